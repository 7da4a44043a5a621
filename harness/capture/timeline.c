/* timeline.c - connections that carry iSCSI, and what the rules say of them; see timeline.h. What the two sides' bytes are is cut.c's to tell. */
#include "capture/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/timeline_private.h"
#include "codec/bytes.h"

enum assay_dir dir_of(const struct connection *c, unsigned side)
{
	return (int)side == c->initiator ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR;
}

unsigned digests_of(const struct assay_timeline *t, const struct connection *c, unsigned side)
{
	return assay_watch_digests(t->watch, c->watch, dir_of(c, side));
}

/* ---- comments of packets ---- */

static void hold_comment(struct assay_timeline *t, const struct assay_segment *s)
{
	struct note *n = &t->note[s->frame % ASSAY_TIMELINE_NOTES];
	size_t length = s->comment_length < sizeof(n->text) ? s->comment_length : sizeof(n->text) - 1;

	t->noted = true;
	n->frame = s->frame;
	memcpy(n->text, s->comment, length);
	n->text[length] = 0;
}

/* NULL: there is none, or it is held no longer. */
static const char *comment_of(const struct assay_timeline *t, uint64_t frame)
{
	const struct note *n = &t->note[frame % ASSAY_TIMELINE_NOTES];

	return frame && n->frame == frame && n->text[0] ? n->text : NULL;
}

/* ---- what is told ---- */

static void found(void *payload, const struct assay_finding *finding)
{
	struct assay_timeline *t = payload;
	struct assay_timeline_pdu at = { .number = finding->pdu };

	t->counts.findings++;
	if (!t->events.finding || !t->now)
		return;
	if (t->now_pdu && t->now_pdu->number == finding->pdu)
		at = *t->now_pdu;
	else
		at.frame = t->now->frame, at.time = t->now->time;
	t->events.finding(t->payload, &t->now->told, finding, &at);
}

void tell_gap(struct assay_timeline *t, struct connection *c, unsigned side)
{
	if (c->decision == ISCSI && c->watch >= 0)
		assay_watch_gap(t->watch, c->watch, dir_of(c, side));
}

void tell_stretch(struct assay_timeline *t, const struct connection *c, unsigned side,
	enum assay_timeline_fate fate, const uint8_t *bytes, uint64_t length, uint64_t up_to,
	const struct assay_pdu *pdu)
{
	struct assay_timeline_stretch s;

	if (!t->events.stretch || !length)
		return;
	s = (struct assay_timeline_stretch){
		.dir = c->initiator < 0 ? -1 : (int)dir_of(c, side),
		.from = &c->start.end[side],
		.to = &c->start.end[!side],
		.slot = (uint32_t)(c - t->connection),
		.side = side,
		.seq = c->half[side].base + (uint32_t)(up_to - length),
		.fate = fate,
		.bytes = bytes,
		.length = length,
		.pdu = pdu,
	};

	t->events.stretch(t->payload, &s);
}

void tell_loss(struct assay_timeline *t, struct connection *c, unsigned side, uint64_t bytes, bool skipped)
{
	const struct assay_timeline_loss loss = { bytes, skipped, c->frame, c->time, dir_of(c, side), NULL,
		0 };

	*(skipped ? &t->counts.skipped_bytes : &t->counts.lost_bytes) += bytes;
	if (t->events.loss)
		t->events.loss(t->payload, &c->told, &loss);
}

void tell_rest(struct assay_timeline *t, struct connection *c, unsigned side)
{
	const struct half *h = &c->half[side];
	const struct assay_timeline_loss loss = { held(h), true, c->frame, c->time, dir_of(c, side),
		h->framer.buf + h->framer.start, digests_of(t, c, side) };

	t->counts.skipped_bytes += held(h);
	if (t->events.loss)
		t->events.loss(t->payload, &c->told, &loss);
}

void tell_stand(struct assay_timeline *t, const struct connection *c, unsigned side, bool end)
{
	const struct assay_timeline_stand stand = { dir_of(c, side), held(&c->half[side]), end, c->frame,
		c->time };

	if (t->events.stand)
		t->events.stand(t->payload, &c->told, &stand);
}

/* A target may answer a header whose data is not there yet, or never will be: it is no answer to a PDU that the rules were given. */
static bool answers_part(const struct connection *c, unsigned side, const struct assay_pdu *pdu)
{
	const struct half *h = &c->half[!side];
	const uint8_t *at, *refused = pdu->opcode == ASSAY_REJECT && pdu->data_length >= ASSAY_BHS_LENGTH
					      ? pdu->data
					      : NULL;
	uint32_t itt = refused ? assay_get_be32(refused + 16) : pdu->itt;

	if (dir_of(c, side) != ASSAY_TO_INITIATOR || held(h) < ASSAY_BHS_LENGTH || !in_step(c, h))
		return false;
	at = h->framer.buf + h->framer.start;
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE && (at[0] & 0x3f) == ASSAY_LOGIN_REQUEST)
		return true; /* one that read no further than the length may not know the tag */
	return (at[0] & 0x3f) != ASSAY_DATA_OUT && itt == assay_get_be32(at + 16) &&
	       (itt != ASSAY_TAG_RESERVED || refused);
}

void tell_pdu(struct assay_timeline *t, struct connection *c, unsigned side, const struct assay_pdu *pdu,
	uint64_t first_frame, bool cut)
{
	const char *comment = comment_of(t, first_frame);
	const struct assay_timeline_pdu p = { .number = ++t->pdus,
		.first_frame = first_frame,
		.frame = c->frame,
		.time = c->time,
		.dir = dir_of(c, side),
		.cut = cut,
		.pdu = pdu,
		.comment = comment ? comment : comment_of(t, c->frame) };

	t->counts.pdus[p.dir]++;
	t->counts.cut_pdus += cut;
	c->used = p.number;
	if (t->events.pdu)
		t->events.pdu(t->payload, &c->told, &p);
	if (!cut && c->watch >= 0) {
		if (cut_overtaken(c, !side))
			tell_gap(t, c, !side);
		t->now = c;
		t->now_pdu = &p;
		if (p.frame < t->newest)
			assay_watch_late(t->watch, c->watch);
		else
			t->newest = p.frame;
		if (answers_part(c, side, pdu))
			tell_gap(t, c, !side);
		assay_watch_pdu(t->watch, c->watch, p.dir, pdu, p.number);
		t->now = NULL;
		t->now_pdu = NULL;
		c->told.params = c->certain ? assay_watch_params(t->watch, c->watch) : NULL;
	}
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE && !cut && !pdu->status_class && pdu->transit &&
		pdu->nsg == ASSAY_STAGE_FULL_FEATURE)
		c->full = true;
}

/* ---- connections ---- */

/* The rule engine's number; where it follows no more, that of none. */
static void watch(struct assay_timeline *t, struct connection *c)
{
	c->watch = assay_watch_open(t->watch, c->told.mid_stream);
	c->told.judged = c->watch >= 0;
	c->certain = c->watch >= 0 && !c->told.mid_stream;
	t->counts.unjudged += c->watch < 0;
	c->told.params = c->certain ? assay_watch_params(t->watch, c->watch) : NULL;
}

void decide(struct assay_timeline *t, struct connection *c, enum decision decision, unsigned initiator)
{
	c->decision = decision;
	if (decision == OTHER) {
		t->counts.other_flows++;
		assay_reassembly_ignore(t->reassembly, (uint32_t)(c - t->connection));
		if (t->events.over)
			t->events.over(t->payload, (uint32_t)(c - t->connection), c->start.end);
		return;
	}
	c->initiator = (int)initiator;
	c->told = (struct assay_timeline_connection){
		.number = ++t->counts.connections,
		.initiator = &c->start.end[initiator],
		.target = &c->start.end[!initiator],
		.mid_stream = !c->start.syn || c->half[0].lost || c->half[1].lost,
		.frame = c->start.frame,
		.time = c->start.time,
		.slot = (uint32_t)(c - t->connection),
		.comment = c->comment[0] ? c->comment : NULL,
	};
	watch(t, c);
	if (t->events.open)
		t->events.open(t->payload, &c->told);
	for (unsigned side = 0; side < 2; side++)
		if (c->half[side].missing)
			tell_loss(t, c, side, c->half[side].missing, false);
}

/* Of a connection that is not logged in, as far as is known, something was said that is not known: it may be one more of a session that is, if it goes to the same port. */
static void stranger(struct assay_timeline *t, uint32_t flow, const struct assay_endpoint end[2])
{
	for (unsigned i = 0; i < ASSAY_FLOWS_MAX; i++) {
		const struct connection *c = &t->connection[i];

		if (i != flow && c->decision == ISCSI && c->watch >= 0 &&
			(c->told.target->port == end[0].port || c->told.target->port == end[1].port))
			assay_watch_company(t->watch, c->watch);
	}
}

static void on_waits(void *payload, uint32_t flow, bool begun, const struct assay_endpoint end[2])
{
	struct assay_timeline *t = payload;

	if (!begun || (t->connection[flow].decision != OTHER && !t->connection[flow].full))
		stranger(t, flow, end);
}

static void on_begin(void *payload, uint32_t flow, const struct assay_flow_start *start)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];

	const char *comment = comment_of(t, start->frame);

	c->decision = UNDECIDED;
	c->start = *start;
	snprintf(c->comment, sizeof(c->comment), "%s", comment ? comment : "");
	c->watch = c->initiator = -1;
	c->certain = c->full = c->header_known = c->data_known = false;
	c->guess = 0;
	for (unsigned side = 0; side < 2; side++) {
		c->half[side].aligned = start->syn; /* from offset 0 */
		c->half[side].remainder = 0;
		c->half[side].lost = c->half[side].searching = !start->syn;
	}
	if (!start->syn)
		stranger(t, flow, start->end);
}

static void now(struct connection *c, unsigned side, const struct assay_bytes_place *place)
{
	c->half[side].base = place->seq - (uint32_t)place->offset;
	c->frame = place->frame;
	c->time = place->time;
}

static void on_bytes(void *payload, uint32_t flow, unsigned side, const uint8_t *bytes, size_t length,
	bool end, const struct assay_bytes_place *place)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];

	now(c, side, place);
	t->hole = place->hole;
	cut_bytes(t, c, side, bytes, length, end);
}

static void on_lost(
	void *payload, uint32_t flow, unsigned side, uint64_t length, const struct assay_bytes_place *place)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];

	now(c, side, place);
	if (c->decision != OTHER && !c->full)
		stranger(t, flow, c->start.end);
	if (c->decision != OTHER)
		cut_lost(t, c, side, length);
}

static void on_conflict(void *payload, uint32_t flow, unsigned side, const struct assay_bytes_place *place)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];

	if (c->decision == ISCSI && t->events.conflict)
		t->events.conflict(t->payload, &c->told, dir_of(c, side), place->frame);
}

static void on_fin(void *payload, uint32_t flow, unsigned side, uint64_t frame, uint64_t time)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];

	c->frame = frame;
	c->time = time;
	if (c->decision == ISCSI && in_step(c, &c->half[side]))
		tell_stand(t, c, side, true);
}

static void on_end(
	void *payload, uint32_t flow, enum assay_flow_end how, int by, uint64_t frame, uint64_t time)
{
	struct assay_timeline *t = payload;
	struct connection *c = &t->connection[flow];
	enum assay_role role = by < 0 ? ASSAY_BOTH : by == c->initiator ? ASSAY_INITIATOR : ASSAY_TARGET;

	c->frame = frame;
	c->time = time;
	if (c->decision == UNDECIDED) {
		t->counts.other_flows++;
		t->counts.untold_flows += c->half[0].missing || c->half[1].missing;
	}
	cut_end(t, c, how != ASSAY_FLOW_OPEN);
	if (t->events.over)
		t->events.over(t->payload, flow, c->start.end);
	if (c->decision != ISCSI)
		return;
	if (c->watch >= 0) {
		t->now = c;
		assay_watch_close(t->watch, c->watch, role);
		t->now = NULL;
	}
	if (t->events.close)
		t->events.close(t->payload, &c->told, how, role, frame, time);
}

/* ---- outside ---- */

struct assay_timeline *assay_timeline_new(const struct assay_reassembly_limits *limits,
	const struct assay_timeline_events *events, void *payload)
{
	static const struct assay_reassembly_events flows = { on_begin, on_bytes, on_lost, on_conflict,
		on_end, on_fin, on_waits };
	struct assay_timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->events = *events;
	t->payload = payload;
	t->reassembly = assay_reassembly_new(limits, &flows, t);
	t->watch = assay_watch_new(found, t);
	if (!t->reassembly || !t->watch) {
		assay_timeline_free(t);
		return NULL;
	}
	assay_watch_unordered(t->watch);
	return t;
}

void assay_timeline_free(struct assay_timeline *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < ASSAY_FLOWS_MAX; i++)
		for (unsigned side = 0; side < 2; side++)
			free(t->connection[i].half[side].framer.buf);
	assay_reassembly_free(t->reassembly);
	assay_watch_free(t->watch);
	free(t);
}

void assay_timeline_clear(struct assay_timeline *t)
{
	for (unsigned i = 0; i < ASSAY_FLOWS_MAX; i++)
		cut_reset(t, &t->connection[i]);
	assay_reassembly_clear(t->reassembly);
	assay_watch_clear(t->watch);
	memset(&t->counts, 0, sizeof(t->counts));
	if (t->noted)
		memset(t->note, 0, sizeof(t->note));
	t->noted = false;
	t->pdus = t->newest = 0;
}

void assay_timeline_segment(struct assay_timeline *t, const struct assay_segment *s)
{
	if (s->comment)
		hold_comment(t, s);
	assay_reassembly_segment(t->reassembly, s);
}

void assay_timeline_end(struct assay_timeline *t)
{
	assay_reassembly_end(t->reassembly);
}

int assay_timeline_account(struct assay_timeline *t, enum assay_role role,
	const struct assay_chap_account *account, const char *target)
{
	return assay_watch_account(t->watch, role, account, target);
}

bool assay_timeline_follows(
	struct assay_segment_place *out, struct assay_timeline *t, const struct assay_segment *s)
{
	return assay_reassembly_follows(out, t->reassembly, s);
}

const struct assay_timeline_counts *assay_timeline_counts(const struct assay_timeline *t)
{
	return &t->counts;
}

const struct assay_reassembly *assay_timeline_reassembly(const struct assay_timeline *t)
{
	return t->reassembly;
}
