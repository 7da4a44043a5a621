/* summary.c - see summary.h. Requests wait for their answers in a table: where it is full, the oldest is forgotten for the newest. */
#include "capture/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "codec/listing.h"

#define TASKS   16384u
#define BUCKETS 16384u /* a power of two */
#define LINE    16u /* buckets that lie together */
#define NONE    UINT32_MAX

struct task {
	uint64_t connection;
	uint64_t time;
	uint32_t itt;
	uint32_t next, before; /* in its bucket; next: of free ones */
	uint32_t newer, older;
	uint16_t row;
};

struct assay_summary_tasks {
	uint64_t secret; /* odd */
	uint32_t free; /* those used last come first, as they are at hand */
	uint32_t fresh; /* places from there on were never used */
	uint32_t newest, oldest;
	uint32_t bucket[BUCKETS];
	struct task task[TASKS];
};

struct assay_summary *assay_summary_new(void)
{
	struct assay_summary *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tasks = calloc(1, sizeof(*s->tasks));
	if (!s->tasks) {
		free(s);
		return NULL;
	}
	if (getrandom(&s->tasks->secret, sizeof(s->tasks->secret), GRND_NONBLOCK) < 0)
		s->tasks->secret = UINT64_C(0x9e3779b97f4a7c15); /* then somebody could choose */
	s->tasks->secret |= 1;
	s->tasks->free = s->tasks->newest = s->tasks->oldest = NONE;
	memset(s->tasks->bucket, 0xff, sizeof(s->tasks->bucket));
	return s;
}

void assay_summary_free(struct assay_summary *s)
{
	if (s)
		free(s->tasks);
	free(s);
}

/* NULL: it is none of those listed. */
static struct assay_summary_connection *find(
	struct assay_summary *s, const struct assay_timeline_connection *c)
{
	return c->number <= s->connection_count ? &s->connection[c->number - 1] : NULL;
}

void assay_summary_open(struct assay_summary *s, const struct assay_timeline_connection *c)
{
	struct assay_summary_connection *out;

	if (c->number != s->connection_count + 1 || s->connection_count == ASSAY_SUMMARY_CONNECTIONS)
		return;
	out = &s->connection[s->connection_count++];
	*out = (struct assay_summary_connection){
		.number = c->number,
		.initiator = *c->initiator,
		.target = *c->target,
		.mid_stream = c->mid_stream,
		.judged = c->judged,
		.first_frame = c->frame,
		.first_time = c->time,
		.last_frame = c->frame,
		.last_time = c->time,
	};
	snprintf(out->comment, sizeof(out->comment), "%s", c->comment ? c->comment : "");
}

/* ---- requests and answers ---- */

/* Tags that follow one another have buckets that do: in one line of the processor's cache. Which lines, nobody can choose who makes a capture. */
static uint32_t *bucket_of(struct assay_summary_tasks *t, uint64_t connection, uint32_t itt)
{
	uint64_t line = (connection << 28 ^ itt / LINE) * t->secret >> 32;

	return &t->bucket[line % (BUCKETS / LINE) * LINE + itt % LINE];
}

static void remove_task(struct assay_summary_tasks *t, struct task *k)
{
	*(k->before == NONE ? bucket_of(t, k->connection, k->itt) : &t->task[k->before].next) = k->next;
	if (k->next != NONE)
		t->task[k->next].before = k->before;
	*(k->newer == NONE ? &t->newest : &t->task[k->newer].older) = k->older;
	*(k->older == NONE ? &t->oldest : &t->task[k->older].newer) = k->newer;
	k->next = t->free;
	t->free = (uint32_t)(k - t->task);
}

static struct task *find_task(struct assay_summary_tasks *t, uint64_t connection, uint32_t itt)
{
	for (uint32_t i = *bucket_of(t, connection, itt); i != NONE; i = t->task[i].next)
		if (t->task[i].itt == itt && t->task[i].connection == connection)
			return &t->task[i];
	return NULL;
}

/* A place for a task: where all are taken, that of the oldest. */
static struct task *place(struct assay_summary *s)
{
	struct assay_summary_tasks *t = s->tasks;
	uint32_t index = t->free;

	if (index == NONE && t->fresh < TASKS)
		return &t->task[t->fresh++];
	if (index == NONE) {
		index = t->oldest;
		remove_task(t, &t->task[index]);
		s->unmeasured++;
	}
	t->free = t->task[index].next;
	return &t->task[index];
}

static void add_task(struct assay_summary *s, uint64_t connection, uint32_t itt, uint16_t row, uint64_t time)
{
	struct assay_summary_tasks *t = s->tasks;
	struct task *k = find_task(t, connection, itt);
	uint32_t *bucket = bucket_of(t, connection, itt), index;

	if (k)
		remove_task(t, k);
	k = place(s);
	index = (uint32_t)(k - t->task);
	*k = (struct task){ .connection = connection,
		.time = time,
		.itt = itt,
		.row = row,
		.next = *bucket,
		.before = NONE,
		.newer = NONE,
		.older = t->newest };
	if (k->next != NONE)
		t->task[k->next].before = index;
	*(k->older == NONE ? &t->oldest : &t->task[k->older].newer) = index;
	t->newest = *bucket = index;
}

/* The row of a request; ASSAY_SUMMARY_ROWS: it is none. */
static uint16_t row_of(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_SCSI_COMMAND: return pdu->cdb[0];
	case ASSAY_LOGIN_REQUEST: return ASSAY_SUMMARY_LOGIN;
	case ASSAY_TEXT_REQUEST: return ASSAY_SUMMARY_TEXT;
	case ASSAY_NOP_OUT:
		return pdu->itt == ASSAY_TAG_RESERVED ? ASSAY_SUMMARY_ROWS : ASSAY_SUMMARY_NOP_OUT;
	case ASSAY_TASK_MANAGEMENT_REQUEST: return ASSAY_SUMMARY_TASK_MANAGEMENT;
	case ASSAY_LOGOUT_REQUEST: return ASSAY_SUMMARY_LOGOUT;
	default: return ASSAY_SUMMARY_ROWS;
	}
}

/* Does it answer its ITT's request for good? *bad: and not well. */
static bool is_answer(bool *bad, const struct assay_pdu *pdu)
{
	*bad = false;
	switch (pdu->opcode) {
	case ASSAY_SCSI_RESPONSE: *bad = pdu->response || pdu->status; return true;
	case ASSAY_DATA_IN: *bad = pdu->status; return pdu->status_present;
	case ASSAY_LOGIN_RESPONSE: *bad = pdu->status_class > 1; return true;
	case ASSAY_TASK_MANAGEMENT_RESPONSE:
	case ASSAY_LOGOUT_RESPONSE: *bad = pdu->response; return true;
	case ASSAY_TEXT_RESPONSE:
	case ASSAY_NOP_IN: return true;
	default: return false;
	}
}

static unsigned bucket_index(uint64_t nanoseconds)
{
	uint64_t us = nanoseconds / 1000;
	unsigned n = us ? 64 - (unsigned)__builtin_clzll(us) : 0;

	return n < ASSAY_SUMMARY_BUCKETS ? n : ASSAY_SUMMARY_BUCKETS - 1;
}

static void answered(struct assay_summary *s, const struct task *k, uint64_t time, bool bad)
{
	struct assay_summary_row *row = &s->row[k->row];
	uint64_t took = time > k->time ? time - k->time : 0;

	if (!row->answered || took < row->least)
		row->least = took;
	if (took > row->most)
		row->most = took;
	row->sum += took;
	row->answered++;
	row->failed += bad;
	row->bucket[bucket_index(took)]++;
}

static void count_tasks(struct assay_summary *s, uint64_t connection, const struct assay_timeline_pdu *p)
{
	bool bad;

	if (p->dir == ASSAY_TO_TARGET) {
		uint16_t row = row_of(p->pdu);

		if (row == ASSAY_SUMMARY_ROWS)
			return;
		s->row[row].count++;
		add_task(s, connection, p->pdu->itt, row, p->time);
	} else if (is_answer(&bad, p->pdu)) {
		struct task *k = find_task(s->tasks, connection, p->pdu->itt);

		if (!k)
			return;
		answered(s, k, p->time, bad);
		remove_task(s->tasks, k);
	}
}

/* ---- events ---- */

static void note_login(struct assay_summary_connection *c, const struct assay_timeline_pdu *p)
{
	const struct assay_pdu *pdu = p->pdu;

	if (pdu->opcode == ASSAY_LOGIN_REQUEST) {
		c->isid = pdu->isid;
		c->cid = pdu->cid;
	} else if (pdu->opcode == ASSAY_LOGIN_RESPONSE) {
		c->login_seen = true;
		c->login_status = (uint16_t)(pdu->status_class << 8 | pdu->status_detail);
		c->tsih = pdu->tsih;
		c->full |= !pdu->status_class && pdu->transit && pdu->nsg == ASSAY_STAGE_FULL_FEATURE;
	}
}

void assay_summary_pdu(struct assay_summary *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_pdu *p)
{
	struct assay_summary_connection *own = find(s, c);

	s->pdus[p->pdu->opcode & 0x3f]++;
	s->data_bytes[p->dir] += p->pdu->data_segment_length;
	count_tasks(s, c->number, p);
	if (!own)
		return;
	own->pdus[p->dir]++;
	own->data_bytes[p->dir] += p->pdu->data_segment_length;
	own->last_frame = p->frame;
	own->last_time = p->time;
	if (!p->cut)
		note_login(own, p);
}

void assay_summary_finding(
	struct assay_summary *s, const struct assay_timeline_connection *c, const struct assay_finding *f)
{
	struct assay_summary_connection *own = find(s, c);

	if (own)
		++*(f->rule->level == ASSAY_MUST ? &own->findings : &own->warnings);
}

void assay_summary_loss(struct assay_summary *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_loss *l)
{
	struct assay_summary_connection *own = find(s, c);

	if (own)
		*(l->skipped ? &own->skipped_bytes : &own->lost_bytes) += l->bytes;
}

void assay_summary_conflict(struct assay_summary *s, const struct assay_timeline_connection *c)
{
	struct assay_summary_connection *own = find(s, c);

	if (own)
		own->conflicts++;
}

void assay_summary_close(struct assay_summary *s, const struct assay_timeline_connection *c,
	enum assay_flow_end how, enum assay_role by, uint64_t frame, uint64_t time)
{
	struct assay_summary_connection *own = find(s, c);

	if (!own)
		return;
	own->params_known = c->params != NULL;
	if (c->params)
		own->params = *c->params;
	own->closed = how != ASSAY_FLOW_OPEN;
	own->how = how;
	own->by = by;
	own->last_frame = frame;
	own->last_time = time;
}

const char *assay_summary_row_name(unsigned row)
{
	static const char *const names[] = { "Login", "Text", "NOP-Out", "Task Management", "Logout" };

	return row < 256 ? assay_cdb_name((uint8_t)row) : names[row - 256];
}
