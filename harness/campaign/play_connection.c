/*
 * play_connection.c - one connection of a case: opened, written to as a step wants it, read, ended. It decides nothing about outcomes but what its caller says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "campaign/play_internal.h"

uint64_t play_now(const struct play_connection *k)
{
	return k->i && k->i->stream ? assay_stream_now(k->i->stream) : 0;
}

/* From bad to worse; a rule is said with whatever else there is. */
static unsigned rank(enum assay_outcome outcome)
{
	static const uint8_t ranks[] = { [ASSAY_OUTCOME_OK] = 0,
		[ASSAY_OUTCOME_RULE] = 1,
		[ASSAY_OUTCOME_SLOW] = 2,
		[ASSAY_OUTCOME_REFUSED] = 3,
		[ASSAY_OUTCOME_WEDGED] = 4,
		[ASSAY_OUTCOME_GONE] = 5,
		[ASSAY_OUTCOME_MEMORY] = 6,
		[ASSAY_OUTCOME_SANITIZER] = 7,
		[ASSAY_OUTCOME_OUTPUT] = 1 };

	return ranks[outcome];
}

void play_outcome(struct assay_player *p, enum assay_outcome outcome, const char *format, ...)
{
	va_list arguments;

	if (rank(outcome) <= rank(p->played->outcome))
		return;
	p->played->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(p->played->words, sizeof(p->played->words), format, arguments);
	va_end(arguments);
}

/* All but the initiator; not the buffers, which are long. */
static void forget(struct play_connection *k)
{
	struct assay_initiator *i = k->i;

	memset(k, 0, offsetof(struct play_connection, pending));
	k->i = i;
	k->pending_count = 0;
	k->r2t = k->text = k->ping = (struct play_tag){ 0 };
	k->answer_length = k->reply_length = 0;
	k->immediate_data = true; /* the defaults of sections 13.10, 13.11 and 13.2 */
	k->connections = 1;
	k->opcode = ASSAY_STATE_NOTHING;
	k->state = (struct assay_state){ ASSAY_STATE_START, ASSAY_STATE_NOTHING, ASSAY_STATE_NOTHING, 0 };
}

int play_open(struct assay_player *p, struct play_connection *k, struct play_connection *joins, uint64_t isid,
	struct assay_error *err)
{
	struct assay_session *session = joins && joins->i && joins->i->session->tsih ? joins->i->session
										     : NULL;
	int rc;

	if (k->open)
		play_reset(k);
	forget(k);
	p->config.isid = isid;
	p->config.timeout = p->patience;
	rc = assay_initiator_again(&k->i, &p->config, session, 0, err);
	k->open = rc == 0;
	if (k->open && session) {
		k->immediate_data = joins->immediate_data;
		k->unsolicited = joins->unsolicited;
		k->connections = joins->connections;
		k->recovery = joins->recovery;
	}
	return rc;
}

void play_prove(struct assay_player *p, struct play_connection *k, const struct assay_pdu *login)
{
	struct assay_initiator *i = k->i;

	p->config.timeout = p->patience;
	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	i->login.request.isid = login->isid;
	i->login.request.cid = login->cid;
	i->login.request.itt = login->itt;
	if (assay_login_security(i, ASSAY_STAGE_OPERATIONAL) < 0) {
		play_reset(k);
		return;
	}
	k->phase = ASSAY_STATE_OPERATIONAL;
	k->more = k->proved = true;
}

/* ---- sending ---- */

struct sent {
	struct assay_player *p;
	struct play_connection *k;
};

/* Before anything goes out: is it all allowed? */
static bool allowed(void *payload, const struct assay_pdu *bhs, bool whole)
{
	const struct sent *s = payload;

	return whole || assay_leave_allows(&s->p->leave, bhs);
}

static bool note(void *payload, const struct assay_pdu *bhs, bool whole)
{
	const struct sent *s = payload;

	if (!whole)
		return true;
	if (s->k->phase == ASSAY_STATE_START && bhs->opcode == ASSAY_LOGIN_REQUEST)
		s->k->phase = bhs->csg == ASSAY_STAGE_SECURITY ? ASSAY_STATE_SECURITY
							       : ASSAY_STATE_OPERATIONAL;
	s->k->used_since_login = bhs->opcode != ASSAY_LOGIN_REQUEST;
	play_note_sent(s->k, bhs);
	s->p->played->last_opcode = bhs->opcode;
	return true;
}

/* Each part a segment of its own, as far as TCP lets us say. False when the target has gone. */
static bool send_parts(struct assay_player *p, struct play_connection *k, const struct assay_wire *wire)
{
	size_t at = 0;

	p->config.timeout = p->patience;
	for (unsigned n = 0; n <= wire->splits; n++) {
		size_t end = n < wire->splits ? wire->split[n] : wire->length;

		if (end > at && assay_send_bytes(k->i, wire->bytes + at, end - at) < 0)
			return false;
		at = end;
	}
	return true;
}

/* What we mean as a header may be data to a target that keeps to the lengths that went before, and a header to one that does not. */
static bool step_allowed(const struct assay_player *p, const struct assay_wire *wire)
{
	struct assay_pdu bhs;

	if (wire->length < ASSAY_BHS_LENGTH)
		return true;
	assay_pdu_decode_bhs(&bhs, wire->bytes);
	return assay_leave_allows(&p->leave, &bhs);
}

void play_send(struct assay_player *p, struct play_connection *k, const struct assay_wire *wire)
{
	struct assay_cutter trial = k->cutter;
	struct sent sent = { p, k };
	unsigned digests = k->i->send_digests;

	if (!k->open || k->finished)
		return;
	if (!step_allowed(p, wire) ||
		!assay_cutter_feed(&trial, wire->bytes, wire->length, digests, allowed, &sent)) {
		p->played->withheld = true;
		return;
	}
	/* A header that does not begin where we mean it has no right digest. */
	if ((digests & ASSAY_HEADER_DIGEST) && !assay_cutter_aligned(&k->cutter))
		k->lost = true;
	p->changed = p->changed || wire->changed;
	k->lost = k->lost || wire->sync_lost;
	assay_cutter_feed(&k->cutter, wire->bytes, wire->length, digests, note, &sent);
	k->asked = play_now(k);
	/* That the target has gone is what the next receive says, after what it said before. */
	(void)send_parts(p, k, wire);
	if (wire->end == ASSAY_WIRE_HALF_CLOSED)
		play_half_close(k);
	if (wire->end == ASSAY_WIRE_RESET)
		play_reset(k);
}

void play_half_close(struct play_connection *k)
{
	if (k->open && !k->finished)
		assay_stream_finish(k->i->stream);
	k->finished = true;
}

void play_reset(struct play_connection *k)
{
	if (k->i)
		assay_initiator_reset(k->i);
	k->open = false;
	k->pending_count = 0;
}

/* ---- receiving ---- */

#define BUSY_MOST 3 /* so many times a busy target has its time once more */

static bool busy(const struct assay_player *p)
{
	return p->options.busy && p->options.busy(p->options.payload);
}

int play_take(struct assay_player *p, struct play_connection *k, struct assay_pdu *out, uint64_t timeout)
{
	int rc;

	if (!k->open)
		return -1;
	if (++p->pdus > PLAY_PDUS_MAX) {
		play_outcome(p, ASSAY_OUTCOME_SLOW, "more than %d PDUs came in one case", PLAY_PDUS_MAX);
		play_reset(k);
		return -1;
	}
	p->config.timeout = timeout;
	rc = assay_recv_any(k->i, out);
	for (unsigned n = 0; rc == ASSAY_E_TIMEOUT && n < BUSY_MOST && busy(p); n++)
		rc = assay_recv_any(k->i, out);
	p->config.timeout = p->patience;
	if (rc == 0 || rc == ASSAY_E_DIGEST) {
		play_heed(p, k, out);
		return 1;
	}
	if (rc == ASSAY_E_TIMEOUT)
		return 0;
	play_heed_end(p, k, rc == ASSAY_E_RESET);
	return -1;
}
