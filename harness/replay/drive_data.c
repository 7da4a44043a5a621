/* drive_data.c - the data of tasks: captured Data-Outs for the R2Ts that ask for the same as in the capture, data made of the task's for all others, and what was read. RFC 7143 sections 11.7, 11.8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ahs.h"
#include "codec/serial.h"
#include "replay/drive.h"

#define R2TS_TOLD                                                                                            \
	20 /* of those that ask for other pieces than in the capture; all are counted by what is made */

/* ---- R2Ts ---- */

/* The captured R2T that it serves: the last one before it with its tag, or, where none has, just the last one; exact says which. */
static uint32_t r2t_of(const struct drive *d, uint32_t item, bool *exact)
{
	const struct assay_script_item *i = &d->s->items[item];
	uint32_t last = ASSAY_SCRIPT_NONE;

	*exact = false;
	for (uint32_t n = d->s->tasks[i->task].first_r2t; n != ASSAY_SCRIPT_NONE && n < item;
		n = d->s->items[n].next) {
		bool same = d->s->items[n].pdu.ttt == i->pdu.ttt;

		if (same || !*exact)
			last = n;
		*exact = *exact || same;
	}
	return last;
}

/* ---- made data ---- */

static int send_made(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *r2t,
	const uint8_t *data, uint32_t length)
{
	const struct assay_params *params = assay_tap_params(d->o->config->tap, d->links[link].i->connection);
	uint32_t most = params && params->target_max_recv ? params->target_max_recv : 512, at = 0, sn = 0;
	struct assay_initiator *i = d->links[link].i;
	int rc = 0;

	for (; at < length && rc == 0; at += most) {
		struct assay_pdu out;

		assay_make(i, &out, ASSAY_DATA_OUT);
		out.itt = assay_tag_turn(d->s->items[d->s->tasks[task].request].pdu.itt, d->turn);
		out.ttt = r2t->ttt;
		out.lun = r2t->lun;
		out.data_sn = sn++;
		out.buffer_offset = r2t->buffer_offset + at;
		out.data = data + at;
		out.data_length = length - at < most ? length - at : most;
		out.final = length - at <= most;
		rc = assay_send(i, &out);
		d->out->made++;
		d->out->sent++;
	}
	if (assay_sn_lt(d->links[link].live_acknowledged, i->exp_stat_sn))
		d->links[link].live_acknowledged = i->exp_stat_sn;
	return rc;
}

/* The capture has no Data-Outs for it. */
static void make_data(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *r2t)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	uint32_t length = r2t->desired_data_transfer_length, have;
	char words[96];
	uint8_t *data;

	data = length && (uint64_t)r2t->buffer_offset + length <= t->data_end ? malloc(length) : NULL;
	have = data ? assay_script_write_data(data, d->s, t, r2t->buffer_offset, length) : 0;
	d->tasks[task].made = true;
	if (have == length && length) {
		int rc = send_made(d, link, task, r2t, data, length);

		if (assay_err_is_ours(rc))
			d->fault = rc;
	} else {
		snprintf(words, sizeof(words), "%u bytes from %u on, of which the capture has %u", length,
			r2t->buffer_offset, have);
		drive_differ(d, t->request, task, "data asked for", "none but what was sent", words);
		d->tasks[task].state = DRIVE_GIVEN_UP;
	}
	free(data);
}

/* Has what is asked for gone out, as far as we know, in a way that a target could take? */
static bool has_gone(const struct drive *d, uint32_t task, uint32_t offset)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	struct assay_pdu sent;

	assay_pdu_decode_bhs(&sent, d->tasks[task].header);
	if (offset < sent.data_segment_length && !d->s->items[t->request].pdu.bad_digests)
		return true;
	for (uint32_t n = t->first_data; n != ASSAY_SCRIPT_NONE && n < d->at; n = d->s->items[n].next) {
		const struct assay_pdu *pdu = &d->s->items[n].pdu;
		bool exact;
		uint32_t r2t;

		if (pdu->opcode != ASSAY_DATA_OUT || pdu->bad_digests || offset < pdu->buffer_offset ||
			offset - pdu->buffer_offset >= pdu->data_length)
			continue;
		if (pdu->ttt == ASSAY_TAG_RESERVED)
			return !d->tasks[task].solicited;
		r2t = r2t_of(d, n, &exact);
		if (exact && d->bound[r2t].bound)
			return true;
	}
	return false;
}

/* An R2T that the capture has not got: how data is asked for is the target's choice, but not twice (section 4.2.5.2). */
static void tell_r2t(struct drive *d, uint32_t task, const struct assay_pdu *r2t)
{
	struct assay_replay_differences differences = { 0 };
	bool again = has_gone(d, task, r2t->buffer_offset);
	char words[64];

	if (!again && (d->tasks[task].made || d->other_r2ts++ >= R2TS_TOLD))
		return;
	snprintf(words, sizeof(words), "%u bytes from %u on", r2t->desired_data_transfer_length,
		r2t->buffer_offset);
	assay_replay_differ(&differences, again, "data asked for", again ? "once" : "in other pieces", words);
	drive_tell(d, d->s->tasks[task].request, task, r2t, &differences);
}

/* Has all that a captured R2T asks for gone out? */
static bool is_served(const struct drive *d, uint32_t task, uint32_t r2t)
{
	for (uint32_t n = d->s->tasks[task].first_data; n != ASSAY_SCRIPT_NONE && n < d->at;
		n = d->s->items[n].next)
		if (n > r2t && d->s->items[n].pdu.ttt == d->s->items[r2t].pdu.ttt && d->s->items[n].pdu.final)
			return true;
	return false;
}

/* Two R2Ts that wait for data at a time have tags of their own (section 11.8.5), as far as they had in the capture. */
static void check_tag(struct drive *d, uint32_t task, uint32_t r2t, const struct assay_pdu *live)
{
	uint32_t tag = d->s->items[r2t].pdu.ttt;
	char captured[48], words[48];

	for (uint32_t n = d->s->tasks[task].first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		if (n == r2t || !d->bound[n].bound || d->bound[n].tag.ttt != live->ttt ||
			d->s->items[n].pdu.ttt == tag || is_served(d, task, n))
			continue;
		snprintf(captured, sizeof(captured), "0x%08x and 0x%08x", d->s->items[n].pdu.ttt, tag);
		snprintf(words, sizeof(words), "0x%08x twice", live->ttt);
		drive_differ(d, r2t, task, "Target Transfer Tags at a time", captured, words);
		return;
	}
}

void drive_r2t(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *pdu)
{
	const struct assay_script_task *t = &d->s->tasks[task];

	d->tasks[task].r2ts++;
	if (d->o->verbatim)
		return;
	for (uint32_t n = t->first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		const struct assay_pdu *captured = &d->s->items[n].pdu;

		if (d->bound[n].bound || d->bound[n].passed ||
			captured->buffer_offset != pdu->buffer_offset ||
			captured->desired_data_transfer_length != pdu->desired_data_transfer_length)
			continue;
		d->bound[n] = (struct drive_bound){ true, false, { pdu->ttt, pdu->lun } };
		check_tag(d, task, n, pdu);
		return;
	}
	tell_r2t(d, task, pdu);
	make_data(d, link, task, pdu);
}

/* ---- a live target that takes less ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What was negotiated in the capture, and what is live; false where either is not known. */
static bool negotiated(const struct drive *d, uint32_t link, const struct assay_params **captured,
	const struct assay_params **live)
{
	const struct drive_link *k = &d->links[link];

	*captured = k->watched >= 0 ? assay_watch_params(d->watch, k->watched) : NULL;
	*live = assay_tap_params(d->o->config->tap, k->i->connection);
	return *captured && *live;
}

/* Bytes of immediate data that a target takes. */
static uint32_t most_immediate(const struct assay_params *p)
{
	return p->immediate_data ? least(p->target_max_recv, p->first_burst_length) : 0;
}

/* Of unsolicited Data-Outs. */
static bool takes_less(const struct assay_params *captured, const struct assay_params *live, bool unknown)
{
	return (unknown || !captured->initial_r2t) &&
	       (live->initial_r2t || live->first_burst_length < captured->first_burst_length);
}

void drive_fit(struct drive *d, uint32_t item, struct assay_pdu *fields)
{
	const struct assay_script_item *i = &d->s->items[item];
	bool unknown = d->s->connections[i->connection].mid_stream, cut, late;
	const struct assay_params *captured, *live;

	/* What was too much in the capture, too, stays so. */
	if (i->task == ASSAY_SCRIPT_NONE || !negotiated(d, i->connection, &captured, &live) ||
		(!unknown && fields->data_length > most_immediate(captured)))
		return;
	cut = fields->data_length > most_immediate(live);
	late = !fields->final && (cut || takes_less(captured, live, unknown));
	d->out->fitted += cut || late;
	if (cut)
		fields->data_length = most_immediate(live);
	if (!fields->data_length)
		fields->data = NULL;
	if (late)
		fields->final = 1;
	d->tasks[i->task].solicited = late;
}

/* The most that a captured Data-Out may carry live; UINT32_MAX where it was too long in the capture, too. */
static uint32_t most_data(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_params *captured, *live;

	if (d->o->verbatim || !negotiated(d, i->connection, &captured, &live) || !live->target_max_recv ||
		(!d->s->connections[i->connection].mid_stream &&
			i->pdu.data_length > captured->target_max_recv))
		return UINT32_MAX;
	return live->target_max_recv;
}

/* One captured Data-Out as several. */
static void send_pieces(struct drive *d, uint32_t item, const struct assay_rewrite *r, uint32_t most)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t = &d->tasks[i->task];
	struct assay_initiator *initiator = d->links[i->connection].i;
	struct assay_pdu fields, piece;
	uint32_t at = 0;
	int rc = 0;

	assay_rewrite_fields(&fields, &i->pdu, r);
	fields.data_sn += t->more;
	do {
		piece = fields;
		piece.data = fields.data + at;
		piece.data_length = least(fields.data_length - at, most);
		piece.buffer_offset += at;
		at += piece.data_length;
		piece.final = fields.final && at == fields.data_length;
		rc = assay_send(initiator, &piece);
		d->out->sent++;
		fields.data_sn++;
		t->more += at < fields.data_length;
	} while (rc == 0 && at < fields.data_length);
	d->out->fitted++;
	if (assay_err_is_ours(rc))
		d->fault = rc;
}

/* ---- captured Data-Outs ---- */

struct r2t_wait {
	uint32_t r2t, task, count;
};

static bool may_go(struct drive *d, const void *what)
{
	const struct r2t_wait *w = what;

	return d->tasks[w->task].state != DRIVE_SENT ||
	       (d->o->verbatim ? d->tasks[w->task].r2ts >= w->count : d->bound[w->r2t].bound);
}

/* Its place among the captured ones, from 1. */
static uint32_t place_of(const struct drive *d, uint32_t task, uint32_t r2t)
{
	uint32_t count = 0;

	for (uint32_t n = d->s->tasks[task].first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		count++;
		if (n == r2t)
			break;
	}
	return count;
}

/* Is there a live R2T for it? Not where the live target asked otherwise, or had enough. */
static bool await_r2t(struct drive *d, uint32_t item, uint32_t r2t)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct r2t_wait wait = { r2t, i->task, place_of(d, i->task, r2t) };
	struct drive_task *t = &d->tasks[i->task];
	char words[64];

	if (d->bound[r2t].passed)
		return false;
	if (drive_wait(d, i->connection, i->task, may_go, &wait) && t->state == DRIVE_SENT)
		return true;
	d->bound[r2t].passed = true;
	if (t->state != DRIVE_SENT || t->made || drive_stopped(d))
		return false;
	t->state = DRIVE_GIVEN_UP;
	if (!d->links[i->connection].open) {
		drive_gone(d, i->connection, item);
		return false;
	}
	snprintf(words, sizeof(words), "none within %.1f s", (double)d->patience / 1e9);
	d->out->unanswered++;
	drive_differ(d, r2t, i->task, "R2T", "came", words);
	return false;
}

/* Its task has its answer: in the capture, too? */
static bool is_late(const struct drive *d, uint32_t item)
{
	uint32_t answer = d->s->tasks[d->s->items[item].task].answer;

	return answer != ASSAY_SCRIPT_NONE && answer < item;
}

static void count_unsent(struct drive *d, enum drive_state state)
{
	if (state == DRIVE_LEFT_OUT)
		d->out->write_data++;
	else if (state != DRIVE_ANSWERED)
		d->out->not_played++;
}

bool drive_data_ready(struct drive *d, uint32_t item, struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t;
	bool exact = false, goes;
	uint32_t r2t;

	drive_take_all(d);
	*r = drive_rewrite(d, item);
	if (i->task == ASSAY_SCRIPT_NONE)
		return true;
	t = &d->tasks[i->task];
	r2t = i->pdu.ttt == ASSAY_TAG_RESERVED ? ASSAY_SCRIPT_NONE : r2t_of(d, item, &exact);
	goes = t->state == DRIVE_SENT && (r2t == ASSAY_SCRIPT_NONE || await_r2t(d, item, r2t));
	if (t->solicited && i->pdu.ttt == ASSAY_TAG_RESERVED)
		return false;
	if (!goes && (!is_late(d, item) || t->state != DRIVE_ANSWERED)) {
		count_unsent(d, (enum drive_state)t->state);
		return false;
	}
	*r = drive_rewrite(d, item);
	if (r2t != ASSAY_SCRIPT_NONE && exact && d->bound[r2t].bound) {
		r->tagged = true;
		r->captured_tag = (struct assay_rewrite_tag){ d->s->items[r2t].pdu.ttt,
			d->s->items[r2t].pdu.lun };
		r->live_tag = d->bound[r2t].tag;
	}
	return true;
}

void drive_data_out(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t = i->task == ASSAY_SCRIPT_NONE ? NULL : &d->tasks[i->task];
	struct assay_rewrite r;

	if (!drive_data_ready(d, item, &r))
		return;
	if (t && !i->pdu.data_sn)
		t->more = 0;
	if (t && (t->more || i->pdu.data_length > most_data(d, item)))
		send_pieces(d, item, &r, most_data(d, item));
	else
		(void)drive_send_rewritten(d, item, &r);
}

/* ---- read data ---- */

/* Bytes that a command reads at most. */
static uint32_t expected(const struct assay_pdu *command)
{
	uint32_t bidirectional = 0;

	if (!command->read)
		return 0;
	if (!command->write)
		return command->expected_data_transfer_length;
	(void)assay_ahs_bidi_read_length(&bidirectional, command->ahs, command->ahs_length);
	return bidirectional;
}

static bool make_room(struct drive *d, struct drive_task *t, const struct assay_pdu *command)
{
	uint32_t room = expected(command);

	if (t->read)
		return true;
	if (!room || room > DRIVE_READ || d->read_bytes + room > DRIVE_READ_ALL)
		return false;
	t->read = calloc(1, room);
	if (!t->read)
		return false;
	t->read_room = room;
	d->read_bytes += room;
	return true;
}

void drive_data_in(struct drive *d, uint32_t task, const struct assay_pdu *pdu)
{
	struct drive_task *t = &d->tasks[task];
	uint64_t end = (uint64_t)pdu->buffer_offset + pdu->data_length;

	if (!pdu->data_length || d->o->data == ASSAY_REPLAY_DATA_NONE)
		return;
	if (!make_room(d, t, &d->s->items[d->s->tasks[task].request].pdu) || end > t->read_room) {
		t->read_lost = true;
		return;
	}
	memcpy(t->read + pdu->buffer_offset, pdu->data, pdu->data_length);
	t->read_end = end > t->read_end ? (uint32_t)end : t->read_end;
}

void drive_forget_read(struct drive *d, uint32_t task)
{
	struct drive_task *t = &d->tasks[task];

	if (t->read)
		d->read_bytes -= t->read_room;
	free(t->read);
	t->read = NULL;
	t->read_room = t->read_end = 0;
}

static bool is_cut(const struct drive *d, uint32_t task)
{
	for (uint32_t n = d->s->tasks[task].first_read; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next)
		if (d->s->items[n].cut || d->s->items[n].pdu.bad_digests)
			return true;
	return false;
}

void drive_compare_read(
	struct drive *d, struct assay_replay_differences *out, uint32_t task, const struct assay_pdu *request)
{
	struct drive_task *t = &d->tasks[task];
	uint32_t room = expected(&d->s->items[d->s->tasks[task].request].pdu);
	uint8_t *captured;
	bool other = false;
	struct assay_replay_read read = {
		.command = request, .live = t->read, .live_length = t->read_end, .other = &other
	};

	if (!room || d->o->data == ASSAY_REPLAY_DATA_NONE)
		return;
	captured = t->read_lost || room > DRIVE_READ || is_cut(d, task) ? NULL : malloc(room);
	if (!captured) {
		d->out->uncompared++;
		return;
	}
	read.captured = captured;
	read.captured_length = assay_script_read_data(captured, d->s, &d->s->tasks[task], room);
	(void)assay_replay_compare_read(out, &read, d->o->data, d->blocks);
	d->out->other_data += other;
	free(captured);
}
