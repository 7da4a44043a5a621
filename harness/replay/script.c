/* script.c - see script.h. Items in an array that grows, their bytes in chunks that never move. */
#include "replay/script.h"

#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "replay/script_private.h"

#define CHUNK_SIZE  (1u << 20) /* bytes taken at a time, or one longer PDU */
#define JOIN_WINDOW 1024 /* sessions back that a login may join */

struct chunk {
	struct chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

/* ---- memory ---- */

/* Takes bytes of the limit; false, from then on always, when there are no more. */
static bool charge(struct assay_script *s, size_t bytes)
{
	if (s->full || bytes > s->private->limit - s->private->used)
		s->full = true;
	else
		s->private->used += bytes;
	return !s->full;
}

/* Room for one element more in an array. */
static bool grow(struct assay_script *s, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t wanted = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (s->full)
		return false;
	if (count < *capacity)
		return true;
	if (wanted <= *capacity || !charge(s, (wanted - *capacity) * size))
		return false;
	grown = realloc(*(void **)array, wanted * size);
	if (!grown) {
		s->full = true;
		return false;
	}
	*(void **)array = grown;
	*capacity = wanted;
	return true;
}

uint8_t *script_take(struct assay_script *s, size_t length)
{
	struct chunk *c = s->private->chunks;
	size_t size = length > CHUNK_SIZE ? length : CHUNK_SIZE;

	if (!c || c->size - c->used < length) {
		size = size < s->private->limit - s->private->used ? size : length;
		if (!charge(s, size))
			return NULL;
		c = malloc(sizeof(*c) + size);
		if (!c) {
			s->full = true;
			return NULL;
		}
		*c = (struct chunk){ .next = s->private->chunks, .size = size };
		s->private->chunks = c;
	}
	c->used += length;
	return c->bytes + c->used - length;
}

static const struct slot no_slot = {
	.connection = ASSAY_SCRIPT_NONE,
	.parts = { { ASSAY_SCRIPT_NONE, ASSAY_SCRIPT_NONE }, { ASSAY_SCRIPT_NONE, ASSAY_SCRIPT_NONE } },
	.fin = ASSAY_SCRIPT_NONE,
};

struct assay_script *assay_script_new(size_t limit)
{
	struct assay_script *s = calloc(1, sizeof(*s));

	if (s)
		s->private = calloc(1, sizeof(*s->private));
	if (!s || !s->private) {
		free(s);
		return NULL;
	}
	s->private->limit = limit;
	for (unsigned n = 0; n < ASSAY_FLOWS_MAX; n++)
		s->private->slot[n] = no_slot;
	return s;
}

void assay_script_free(struct assay_script *s)
{
	if (!s)
		return;
	while (s->private->chunks) {
		struct chunk *next = s->private->chunks->next;

		free(s->private->chunks);
		s->private->chunks = next;
	}
	assay_tags_free(&s->private->tags);
	free(s->private);
	free(s->items);
	free(s->connections);
	free(s->tasks);
	free(s->sessions);
	free(s);
}

/* ---- tags ---- */

static uint32_t task_of(const struct assay_script *s, uint32_t connection, bool login, uint32_t itt)
{
	return assay_tags_get(
		&s->private->tags, assay_tag_key(s->connections[connection].session, connection, login, itt));
}

uint32_t script_task_of(const struct assay_script *s, uint32_t connection, uint32_t itt)
{
	return task_of(s, connection, false, itt);
}

static uint64_t tag_of(const struct assay_script *s, uint32_t request)
{
	const struct assay_script_item *i = &s->items[request];

	return assay_tag_key(s->connections[i->connection].session, i->connection,
		i->pdu.opcode == ASSAY_LOGIN_REQUEST, i->pdu.itt);
}

uint32_t script_begin_task(struct assay_script *s, uint32_t item)
{
	const struct assay_script_item *i = &s->items[item];
	uint32_t session = s->connections[i->connection].session, before;
	bool login = i->pdu.opcode == ASSAY_LOGIN_REQUEST;

	before = task_of(s, i->connection, login, i->pdu.itt);
	if (!grow(s, &s->tasks, s->task_count, &s->private->task_capacity, sizeof(*s->tasks)) ||
		!charge(s, assay_tags_growth(&s->private->tags)))
		return ASSAY_SCRIPT_NONE;
	if (!assay_tags_set(&s->private->tags, tag_of(s, item), s->task_count)) {
		s->full = true;
		return ASSAY_SCRIPT_NONE;
	}
	s->tasks[s->task_count] = (struct assay_script_task){
		.session = session,
		.connection = i->connection,
		.request = item,
		.before = before != ASSAY_SCRIPT_NONE && s->tasks[before].answer == ASSAY_SCRIPT_NONE
				  ? before
				  : ASSAY_SCRIPT_NONE,
		.answer = ASSAY_SCRIPT_NONE,
		.first_data = ASSAY_SCRIPT_NONE,
		.last_data = ASSAY_SCRIPT_NONE,
		.first_r2t = ASSAY_SCRIPT_NONE,
		.last_r2t = ASSAY_SCRIPT_NONE,
		.first_read = ASSAY_SCRIPT_NONE,
		.last_read = ASSAY_SCRIPT_NONE,
	};
	return s->task_count++;
}

/* ---- what belongs together ---- */

void script_link(struct assay_script *s, uint32_t *first, uint32_t *last, uint32_t item)
{
	if (*first == ASSAY_SCRIPT_NONE)
		*first = item;
	else
		s->items[*last].next = item;
	*last = item;
}

static void add_data(struct assay_script *s, uint32_t task, uint32_t item)
{
	struct assay_script_task *t = &s->tasks[task];
	const struct assay_pdu *pdu = &s->items[item].pdu;
	uint64_t end = (uint64_t)(pdu->opcode == ASSAY_DATA_OUT ? pdu->buffer_offset : 0) + pdu->data_length;

	script_link(s, &t->first_data, &t->last_data, item);
	t->data_end = end > t->data_end ? end : t->data_end;
}

/* The connection of a session that is there already: its first Login Request names it. */
static void join(struct assay_script *s, struct assay_script_connection *c, const struct assay_pdu *pdu)
{
	uint32_t oldest = s->session_count > JOIN_WINDOW ? s->session_count - JOIN_WINDOW : 0;
	struct assay_pair name;

	if (c->login_seen)
		return;
	c->login_seen = true;
	c->cid = pdu->cid;
	/* Its first request: there is nothing before it, though the capture has no handshake. */
	if (pdu->data_length && assay_text_find(&name, pdu->data, pdu->data_length, "InitiatorName"))
		c->mid_stream = false;
	for (uint32_t n = s->session_count; pdu->tsih && n-- > oldest;) {
		if (s->sessions[n].isid != pdu->isid || s->sessions[n].tsih != pdu->tsih)
			continue;
		c->session = n;
		return;
	}
	s->sessions[c->session].isid = pdu->isid;
}

static void take_request(struct assay_script *s, uint32_t item)
{
	struct assay_script_item *i = &s->items[item];

	switch (i->pdu.opcode) {
	case ASSAY_DATA_OUT:
	case ASSAY_SNACK_REQUEST:
		i->task = task_of(s, i->connection, false, i->pdu.itt);
		if (i->task != ASSAY_SCRIPT_NONE && i->pdu.opcode == ASSAY_DATA_OUT)
			add_data(s, i->task, item);
		return;
	case ASSAY_NOP_OUT:
		if (i->pdu.itt == ASSAY_TAG_RESERVED)
			return;
		break;
	case ASSAY_LOGIN_REQUEST: join(s, &s->connections[i->connection], &i->pdu); break;
	default: break;
	}
	i->task = script_begin_task(s, item);
	if (i->task != ASSAY_SCRIPT_NONE && i->pdu.opcode == ASSAY_SCSI_COMMAND && i->pdu.data_length)
		add_data(s, i->task, item);
}

/* The PDU that a Reject refuses, in its data. */
static uint32_t refused_task(const struct assay_script *s, const struct assay_script_item *i, bool *whole)
{
	struct assay_pdu refused;
	uint32_t task;

	if (i->pdu.data_length < ASSAY_BHS_LENGTH)
		return ASSAY_SCRIPT_NONE;
	assay_pdu_decode_bhs(&refused, i->pdu.data);
	task = task_of(s, i->connection, refused.opcode == ASSAY_LOGIN_REQUEST, refused.itt);
	*whole = task != ASSAY_SCRIPT_NONE && s->items[s->tasks[task].request].pdu.opcode == refused.opcode;
	return task;
}

static void take_answer(struct assay_script *s, uint32_t item)
{
	struct assay_script_item *i = &s->items[item];
	bool ends = true;

	switch (i->pdu.opcode) {
	case ASSAY_REJECT: i->task = refused_task(s, i, &ends); break;
	case ASSAY_ASYNC_MESSAGE:
		script_link(s, &s->connections[i->connection].first_event,
			&s->connections[i->connection].last_event, item);
		return;
	case ASSAY_NOP_IN:
		if (i->pdu.itt == ASSAY_TAG_RESERVED)
			return;
		i->task = task_of(s, i->connection, false, i->pdu.itt);
		break;
	case ASSAY_LOGIN_RESPONSE:
		i->task = task_of(s, i->connection, true, i->pdu.itt);
		if (!i->pdu.status_class && i->pdu.tsih &&
			s->sessions[s->connections[i->connection].session].leading == i->connection)
			s->sessions[s->connections[i->connection].session].tsih = i->pdu.tsih;
		break;
	case ASSAY_DATA_IN: ends = i->pdu.status_present; /* fall through */
	default:
		if (i->pdu.opcode == ASSAY_R2T)
			ends = false;
		i->task = task_of(s, i->connection, false, i->pdu.itt);
		break;
	}
	if (i->task == ASSAY_SCRIPT_NONE)
		return;

	struct assay_script_task *t = &s->tasks[i->task];

	if (i->pdu.opcode == ASSAY_R2T)
		script_link(s, &t->first_r2t, &t->last_r2t, item);
	if (i->pdu.opcode == ASSAY_DATA_IN)
		script_link(s, &t->first_read, &t->last_read, item);
	if (ends && (t->answer == ASSAY_SCRIPT_NONE || s->items[t->answer].pdu.opcode == ASSAY_REJECT))
		t->answer = item;
	/* The tag was in use: it is the earlier task's again. */
	if (ends && i->pdu.opcode == ASSAY_REJECT && t->before != ASSAY_SCRIPT_NONE)
		(void)assay_tags_set(&s->private->tags, tag_of(s, t->request), t->before);
}

/* ---- events ---- */

struct assay_script_item *script_add_item(struct assay_script *s, enum assay_script_kind kind,
	enum assay_dir dir, uint32_t connection, uint64_t frame, uint64_t time)
{
	if (!grow(s, &s->items, s->item_count, &s->private->item_capacity, sizeof(*s->items)))
		return NULL;
	s->items[s->item_count] = (struct assay_script_item){
		.kind = (uint8_t)kind,
		.dir = (uint8_t)dir,
		.connection = connection,
		.task = ASSAY_SCRIPT_NONE,
		.next = ASSAY_SCRIPT_NONE,
		.number = s->private->number,
		.frame = frame,
		.time = time,
	};
	return &s->items[s->item_count++];
}

/* What the comment of the newest item says. */
static void take_comment(struct assay_script *s, const char *comment)
{
	struct assay_script_claim *c = &s->claims[s->claim_count];

	s->items[s->item_count - 1].mark = assay_comment_number(comment);
	if (s->claim_count < ASSAY_SCRIPT_CLAIMS && assay_claim_read(&c->claim, comment)) {
		c->item = s->item_count - 1;
		s->claim_count++;
	}
}

void assay_script_open(struct assay_script *s, const struct assay_timeline_connection *c)
{
	uint32_t n = s->connection_count;

	s->private->slot[c->slot] = no_slot;
	if (!grow(s, &s->connections, n, &s->private->connection_capacity, sizeof(*s->connections)) ||
		!grow(s, &s->sessions, s->session_count, &s->private->session_capacity,
			sizeof(*s->sessions)) ||
		!script_add_item(s, ASSAY_SCRIPT_OPEN, ASSAY_TO_TARGET, n, c->frame, c->time))
		return;
	s->connections[n] = (struct assay_script_connection){
		.number = c->number,
		.initiator = *c->initiator,
		.target = *c->target,
		.mid_stream = c->mid_stream,
		.judged = c->judged,
		.session = s->session_count,
		.opened = s->item_count - 1,
		.ended = ASSAY_SCRIPT_NONE,
		.last_answer = ASSAY_SCRIPT_NONE,
		.first_event = ASSAY_SCRIPT_NONE,
		.last_event = ASSAY_SCRIPT_NONE,
	};
	s->sessions[s->session_count++] = (struct assay_script_session){ .leading = n };
	s->connection_count++;
	s->private->slot[c->slot].connection = n;
	take_comment(s, c->comment);
}

/* The same place in the copy of a PDU. */
static const uint8_t *moved(const uint8_t *view, const struct assay_pdu *from, const uint8_t *copy)
{
	return view ? copy + (view - from->wire) : NULL;
}

static bool copy_pdu(struct assay_script *s, struct assay_pdu *out, const struct assay_pdu *pdu)
{
	uint8_t *copy = script_take(s, pdu->wire_length);

	if (!copy)
		return false;
	memcpy(copy, pdu->wire, pdu->wire_length);
	*out = *pdu;
	out->wire = copy;
	out->bhs = moved(pdu->bhs, pdu, copy);
	out->ahs = moved(pdu->ahs, pdu, copy);
	out->data = moved(pdu->data, pdu, copy);
	return true;
}

void assay_script_pdu(
	struct assay_script *s, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	struct slot *slot = &s->private->slot[c->slot];
	uint32_t connection = slot->connection;
	struct assay_script_item *i = NULL;
	struct assay_pdu pdu;

	script_forget_parts(s, slot, p->dir);
	s->private->number = p->number;
	if (connection != ASSAY_SCRIPT_NONE && copy_pdu(s, &pdu, p->pdu))
		i = script_add_item(s, ASSAY_SCRIPT_PDU, p->dir, connection, p->frame, p->time);
	if (!i) {
		s->left_out++;
		return;
	}
	i->pdu = pdu;
	i->cut = p->cut;
	s->pdus[p->dir]++;
	take_comment(s, p->comment);
	if (p->dir == ASSAY_TO_INITIATOR)
		s->connections[connection].last_answer = s->item_count - 1;
	if (p->dir == ASSAY_TO_TARGET)
		take_request(s, s->item_count - 1);
	else
		take_answer(s, s->item_count - 1);
}

void assay_script_loss(struct assay_script *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_loss *l)
{
	uint32_t connection = s->private->slot[c->slot].connection;

	if (connection == ASSAY_SCRIPT_NONE)
		return;
	if (l->rest && script_keep_parts(s, &s->private->slot[c->slot], l))
		return;
	s->connections[connection].gaps += l->bytes;
	script_add_item(s, ASSAY_SCRIPT_GAP, l->dir, connection, l->frame, l->time);
}

void assay_script_close(struct assay_script *s, const struct assay_timeline_connection *c,
	enum assay_flow_end how, enum assay_role by, uint64_t frame, uint64_t time)
{
	uint32_t connection = s->private->slot[c->slot].connection;
	struct assay_script_item *i;

	if (connection != ASSAY_SCRIPT_NONE)
		script_forget_fin(s, &s->private->slot[c->slot]);
	s->private->slot[c->slot] = no_slot;
	if (connection == ASSAY_SCRIPT_NONE)
		return;
	i = script_add_item(s, how == ASSAY_FLOW_RESET ? ASSAY_SCRIPT_RESET : ASSAY_SCRIPT_CLOSE,
		by == ASSAY_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET, connection, frame, time);
	if (!i)
		return;
	s->connections[connection].ended = s->item_count - 1;
	i->end_known = how != ASSAY_FLOW_OPEN && by != ASSAY_BOTH;
}
