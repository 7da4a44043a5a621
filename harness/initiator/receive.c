/*
 * receive.c - PDUs from the target, whatever they are: cut from the stream within bounded memory and time, shown to the
 * tap, and their numbers heeded. It judges nothing; what cannot be followed is an error with words.
 * RFC 7143 sections 4.2.2.1 (command window), 4.2.2.2 (StatSN), 11.18 and 11.19 (pings).
 */
#include <stdlib.h>
#include <string.h>

#include "codec/layout.h"
#include "codec/listing.h"
#include "codec/serial.h"
#include "initiator/internal.h"

#define ASIDE_MAX 1000 /* pings and events that one receive passes over */

/* Makes room for the PDU whose header says that it does not fit. Its length field bounds it: 16 MiB and its header. */
static int grow_framer(struct assay_initiator *i)
{
	struct assay_framer *f = &i->framer;
	size_t needed = assay_pdu_wire_length(f->buf + f->start, f->digests);
	size_t size = f->size;
	uint8_t *grown;

	while (size < needed)
		size *= 2;
	grown = realloc(f->buf, size);
	if (!grown)
		return assay_error_set(&i->error, ASSAY_E_NOMEM, "no memory for a PDU of %zu bytes", needed);
	f->buf = grown;
	f->size = size;
	return 0;
}

/* The stream gave nothing: says so, and records the end of the connection once. */
static int lost(struct assay_initiator *i, int rc)
{
	size_t left = assay_framer_pending(&i->framer);
	uint64_t now = assay_stream_now(i->stream);

	if (assay_peer_left(rc) && !i->ended) {
		if (left > 0)
			i->last_received = assay_tap_bytes(i->config->tap, i->connection, ASSAY_TO_INITIATOR,
				i->framer.buf + i->framer.start, left, now);
		assay_tap_close(i->config->tap, i->connection,
			i->finished ? ASSAY_TO_TARGET : ASSAY_TO_INITIATOR,
			rc == ASSAY_E_RESET && !i->finished, now);
		i->ended = true;
	}
	if (rc == ASSAY_E_TIMEOUT)
		return assay_error_set(&i->error, rc, "nothing came within %.1f s after %zu bytes of a PDU",
			(double)i->config->timeout / (double)ASSAY_SECOND, left);
	if (rc == ASSAY_E_CLOSED || rc == ASSAY_E_RESET)
		return assay_error_set(&i->error, rc, "the target %s the connection after %zu bytes of a PDU",
			rc == ASSAY_E_CLOSED ? "closed" : "reset", left);
	return assay_error_set(&i->error, rc, "receiving failed: %s", assay_err_name(rc));
}

/* Does it carry a status of its own, so that StatSN moves on? Section 4.2.2.2; R2T and pings only show the next one. */
static bool carries_status(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_DATA_IN: return pdu->status_present;
	case ASSAY_NOP_IN: return pdu->itt != ASSAY_TAG_RESERVED;
	case ASSAY_R2T: return false;
	default: return true;
	}
}

static void heed_window(struct assay_session *s, const struct assay_pdu *pdu)
{
	if (assay_sn_lt(pdu->max_cmd_sn, pdu->exp_cmd_sn - 1))
		return;
	if (!s->heard || assay_sn_gt(pdu->exp_cmd_sn, s->exp_cmd_sn))
		s->exp_cmd_sn = pdu->exp_cmd_sn;
	if (!s->heard || assay_sn_gt(pdu->max_cmd_sn, s->max_cmd_sn))
		s->max_cmd_sn = pdu->max_cmd_sn;
	s->heard = true;
}

/* Section 7.3: the CmdSN of a rejected command is still missing at the target, and the next command fills the gap. Where the target counted it
 * (ExpCmdSN says so) there is no gap; with more commands in flight behind it the caller has to fill it. */
static void heed_reject(struct assay_session *s, const struct assay_pdu *reject)
{
	struct assay_pdu refused;

	if (reject->data_length < ASSAY_BHS_LENGTH)
		return;
	assay_pdu_decode_bhs(&refused, reject->data);
	if (!refused.immediate && assay_layout_find(refused.opcode, "CmdSN") &&
		refused.cmd_sn + 1 == s->cmd_sn && reject->exp_cmd_sn == refused.cmd_sn)
		s->cmd_sn = refused.cmd_sn;
}

void assay_numbers_heard(
	struct assay_session *s, uint32_t *exp_stat_sn, bool *heard, const struct assay_pdu *pdu)
{
	if (!assay_opcode_from_target(pdu->opcode) || !assay_opcode_name(pdu->opcode))
		return;
	/* Section 11.13.4: a refused login says no numbers. */
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE && pdu->status_class != 0)
		return;
	heed_window(s, pdu);
	if (carries_status(pdu) && (!*heard || assay_sn_ge(pdu->stat_sn, *exp_stat_sn))) {
		*exp_stat_sn = pdu->stat_sn + 1;
		*heard = true;
	}
	if (pdu->opcode == ASSAY_REJECT)
		heed_reject(s, pdu);
}

static int received(struct assay_initiator *i, const struct assay_pdu *pdu)
{
	/* A target may answer a header alone: what it says now need not be the answer to a whole PDU. */
	if (i->pieces_length >= ASSAY_BHS_LENGTH)
		assay_tap_gap(i->config->tap, i->connection, ASSAY_TO_TARGET);
	i->last_received = assay_tap_pdu(
		i->config->tap, i->connection, ASSAY_TO_INITIATOR, pdu, assay_stream_now(i->stream));
	if (pdu->bad_digests)
		return assay_error_set(&i->error, ASSAY_E_DIGEST, "the %s digest of PDU #%llu is wrong",
			pdu->bad_digests & ASSAY_HEADER_DIGEST ? "header" : "data",
			(unsigned long long)i->last_received);
	assay_numbers_heard(i->session, &i->exp_stat_sn, &i->heard, pdu);
	return 0;
}

int assay_recv_any_until(struct assay_initiator *i, struct assay_pdu *out, uint64_t deadline)
{
	if (!i->stream)
		return assay_error_set(&i->error, ASSAY_E_INVAL, "the connection was closed by us");
	for (;;) {
		uint8_t *space;
		size_t room;
		long n;

		i->framer.digests = i->recv_digests;
		n = assay_framer_next(&i->framer, out);
		if (n > 0)
			return received(i, out);
		if (n == ASSAY_E_TOO_LONG)
			n = grow_framer(i);
		if (n < 0)
			return (int)n;
		room = assay_framer_space(&i->framer, &space);
		n = assay_stream_recv(i->stream, space, room, deadline);
		if (n < 0)
			return lost(i, (int)n);
		assay_framer_commit(&i->framer, (size_t)n);
	}
}

void assay_find_end(struct assay_initiator *i, int why)
{
	uint8_t *space;
	size_t room;
	long n;

	if (i->ended || assay_framer_pending(&i->framer) > 0)
		return;
	room = assay_framer_space(&i->framer, &space);
	n = assay_stream_recv(i->stream, space, room, assay_stream_now(i->stream));
	if (n > 0)
		assay_framer_commit(&i->framer, (size_t)n);
	else
		(void)lost(i, why == ASSAY_E_RESET && assay_peer_left((int)n) ? why : (int)n);
}

/* Answers a target's ping, section 11.18: LUN and TTT are copied. */
static int answer_ping(struct assay_initiator *i, const struct assay_pdu *ping)
{
	struct assay_pdu pong;

	assay_make(i, &pong, ASSAY_NOP_OUT);
	pong.itt = ASSAY_TAG_RESERVED;
	pong.immediate = 1;
	pong.ttt = ping->ttt;
	pong.lun = ping->lun;
	return assay_send(i, &pong);
}

static void keep_event(struct assay_initiator *i, const struct assay_pdu *event)
{
	i->async = *event;
	i->async.ahs = i->async.data = i->async.bhs = i->async.wire = NULL;
	i->async.ahs_length = i->async.data_length = i->async.wire_length = 0;
}

/* Deals with what answers nothing: an Async Message is kept, a ping answered, another NOP-In has done its work already.
 * Returns 1 when it was such a PDU, 0 when not, or an error. */
static int take_aside(struct assay_initiator *i, const struct assay_pdu *pdu)
{
	if (pdu->opcode == ASSAY_ASYNC_MESSAGE) {
		keep_event(i, pdu);
		return 1;
	}
	if (pdu->opcode != ASSAY_NOP_IN || pdu->itt != ASSAY_TAG_RESERVED)
		return 0;

	int rc = pdu->ttt != ASSAY_TAG_RESERVED ? answer_ping(i, pdu) : 0;

	return rc < 0 ? rc : 1;
}

int assay_recv_until(struct assay_initiator *i, struct assay_pdu *out, uint64_t deadline)
{
	for (int aside = 0; aside < ASIDE_MAX; aside++) {
		int rc = assay_recv_any_until(i, out, deadline);

		if (rc == 0)
			rc = take_aside(i, out);
		if (rc <= 0)
			return rc;
	}
	return assay_error_set(
		&i->error, ASSAY_E_PROTOCOL, "%d pings and events without an answer between", ASIDE_MAX);
}

int assay_recv_any(struct assay_initiator *i, struct assay_pdu *out)
{
	return assay_recv_any_until(i, out, assay_initiator_deadline(i));
}

int assay_recv(struct assay_initiator *i, struct assay_pdu *out)
{
	return assay_recv_until(i, out, assay_initiator_deadline(i));
}

int assay_unexpected(struct assay_initiator *i, const struct assay_pdu *pdu, const char *expected)
{
	char brief[160];
	int code = pdu->opcode == ASSAY_REJECT ? ASSAY_E_REJECT : ASSAY_E_PROTOCOL;

	assay_listing_brief(brief, sizeof(brief), pdu);
	return assay_error_set(&i->error, code, "#%llu is not %s: %s", (unsigned long long)i->last_received,
		expected, brief);
}

int assay_await(struct assay_initiator *i, struct assay_pdu *out, uint32_t itt)
{
	int rc = assay_recv(i, out);

	if (rc < 0 || (out->itt == itt && out->opcode != ASSAY_REJECT))
		return rc;
	return assay_unexpected(i, out, "the answer awaited");
}

int assay_await_window(struct assay_initiator *i)
{
	const struct assay_session *s = i->session;
	uint64_t deadline = assay_initiator_deadline(i);

	for (int aside = 0; s->heard && assay_sn_gt(s->cmd_sn, s->max_cmd_sn); aside++) {
		struct assay_pdu pdu;
		int rc = aside < ASIDE_MAX ? assay_recv_any_until(i, &pdu, deadline) : ASSAY_E_TIMEOUT;

		if (rc == ASSAY_E_TIMEOUT)
			return assay_error_set(&i->error, rc,
				"the command window stays closed: CmdSN %u, MaxCmdSN %u", s->cmd_sn,
				s->max_cmd_sn);
		if (rc == 0)
			rc = take_aside(i, &pdu);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return assay_unexpected(i, &pdu, "an opening of the command window");
	}
	return 0;
}

int assay_await_close(struct assay_initiator *i, struct assay_pdu *out)
{
	int rc = assay_recv_any(i, out);

	if (rc == 0 || rc == ASSAY_E_DIGEST)
		return 1;
	if (!assay_peer_left(rc))
		return rc;
	return assay_framer_pending(&i->framer) == 0 ? 0
						     : assay_error_set(&i->error, ASSAY_E_PROTOCOL,
							       "the target closed in the middle of a PDU");
}
