/*
 * text.c - Text Requests: exchanges of several PDUs, negotiation in the full feature phase, long answers. RFC 7143 sections 6.2, 6.4, 7.12, 11.10
 * and 11.11. SendTargets itself is discovery.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

static void reset(struct assay_tgt_text *x)
{
	assay_tgt_buffer_clear(&x->request);
	assay_tgt_buffer_clear(&x->answer);
	x->answered = 0;
	x->exchanges = 0;
	x->active = x->negotiating = false;
}

void assay_tgt_text_free(struct assay_tgt_text *text)
{
	if (text)
		reset(text);
	free(text);
}

/* A Reject ends the negotiation; what it came to so far is forgotten (section 7.12). */
static void refuse(struct assay_target_conn *c, const struct assay_pdu *pdu, enum assay_tgt_reject reason)
{
	reset(c->text);
	assay_tgt_reject(c, pdu, reason);
}

/* ---- the answer ---- */

static void respond(struct assay_target_conn *c, const uint8_t *text, size_t length, bool final, bool cont)
{
	struct assay_tgt_text *x = c->text;
	const struct assay_target *t = c->target;
	struct assay_pdu pdu = { .opcode = ASSAY_TEXT_RESPONSE,
		.final = final,
		.cont = cont,
		.itt = x->itt,
		.ttt = ASSAY_TAG_RESERVED,
		.data = text,
		.data_length = (uint32_t)length };

	if (cont && assay_tgt_defective(t, ASSAY_DEFECT_TEXT_LONG_FINAL))
		pdu.final = final = true;
	x->active = !final;
	if (!final && !assay_tgt_defective(t, ASSAY_DEFECT_TEXT_NO_TTT))
		pdu.ttt = x->ttt = assay_tgt_new_ttt(c->session);
	if (final && assay_tgt_defective(t, ASSAY_DEFECT_TEXT_FINAL_WITH_TTT))
		pdu.ttt = 1;
	assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
}

/* The negotiation has ended well: its results count from here on. */
static void conclude(struct assay_target_conn *c)
{
	struct assay_tgt_text *x = c->text;

	if (x->negotiating && !assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_RECEIVE_LENGTH_IGNORED))
		c->initiator_max_recv = x->negotiation.params.initiator_max_recv;
	reset(x);
}

/* Sends the next part of the answer. */
static void answer(struct assay_target_conn *c, const struct assay_pdu *request)
{
	struct assay_tgt_text *x = c->text;
	size_t left = x->answer.length - x->answered;
	size_t part = left < c->initiator_max_recv ? left : c->initiator_max_recv;
	const uint8_t *text = x->answer.bytes ? x->answer.bytes + x->answered : NULL;
	const struct assay_target *t = c->target;
	bool whole, final;

	if (assay_tgt_defective(t, ASSAY_DEFECT_TEXT_MAX_RECV_IGNORED))
		part = left;
	whole = part == left || assay_tgt_defective(t, ASSAY_DEFECT_TEXT_LONG_CUT);
	final = whole && (request->final || assay_tgt_defective(t, ASSAY_DEFECT_TEXT_F_FOR_F0));
	respond(c, text, part, final, !whole);
	x->answered += part;
	if (final) {
		conclude(c);
	} else if (whole) {
		assay_tgt_buffer_clear(&x->answer);
		x->answered = 0;
	}
}

/* ---- the request ---- */

static int take_pairs(struct assay_target_conn *c, struct assay_text *made)
{
	struct assay_tgt_text *x = c->text;
	struct assay_pair pair;

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_RECEIVE_LENGTH_REJECTED) &&
		assay_text_find(&pair, x->request.bytes, x->request.length, "MaxRecvDataSegmentLength"))
		return assay_text_append(made, "MaxRecvDataSegmentLength", "Reject");
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_LOGIN_KEYS_ACCEPTED)) {
		x->negotiation.leading = true;
		return assay_tgt_take_loosely(
			&x->negotiation, made, &x->request, ASSAY_PHASE_FULL_FEATURE, false, true);
	}
	return assay_negotiation_take_text(
		&x->negotiation, made, x->request.bytes, x->request.length, ASSAY_PHASE_FULL_FEATURE, NULL);
}

static void begin_negotiation(const struct assay_target_conn *c)
{
	struct assay_tgt_text *x = c->text;
	const struct assay_tgt_session *s = c->session;

	assay_negotiation_init(&x->negotiation, ASSAY_TARGET, s->node ? &s->node->wants : NULL, false);
	x->negotiation.params = s->params;
	x->negotiation.params.initiator_max_recv = c->initiator_max_recv;
	x->negotiating = true;
}

/* Keys beside SendTargets: 0 or a Reject reason. */
static unsigned negotiate(struct assay_target_conn *c)
{
	struct assay_tgt_text *x = c->text;
	struct assay_text made, said;
	char *room = malloc(2 * ASSAY_TGT_ANSWER_MAX);
	int rc;

	if (!room)
		return ASSAY_TGT_LONG_OPERATION;
	if (!x->negotiating)
		begin_negotiation(c);
	assay_text_init(&made, room, ASSAY_TGT_ANSWER_MAX);
	assay_text_init(&said, room + ASSAY_TGT_ANSWER_MAX, ASSAY_TGT_ANSWER_MAX);
	rc = take_pairs(c, &made);
	if (rc >= 0)
		rc = assay_tgt_spoil_answer(c, &said, &made, &x->request);
	if (rc >= 0 && !assay_tgt_buffer_add(&x->answer, said.buf, said.length, ASSAY_TGT_ANSWER_MAX))
		rc = ASSAY_E_LIMIT;
	free(room);
	if (rc < 0 && assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_FAILURE_HALF_DONE))
		c->initiator_max_recv = x->negotiation.params.initiator_max_recv;
	if (rc < 0 && !(rc == ASSAY_E_PROTOCOL &&
			      assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_RENEGOTIATION_ACCEPTED)))
		return ASSAY_TGT_PROTOCOL_ERROR;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_EFFECTIVE_AT_ONCE))
		c->initiator_max_recv = x->negotiation.params.initiator_max_recv;
	return 0;
}

/* A whole text is there: 0 or a Reject reason. */
static unsigned take_text(struct assay_target_conn *c)
{
	struct assay_tgt_text *x = c->text;
	struct assay_pair first, targets;
	size_t offset = 0, ignore;
	int more = assay_text_next(&first, &offset, x->request.bytes, x->request.length);

	assay_tgt_fault_text(c);
	if (!assay_text_find(&targets, x->request.bytes, x->request.length, "SendTargets")) {
		if (c->session->params.discovery)
			return ASSAY_TGT_PROTOCOL_ERROR; /* section 4.3: SendTargets and nothing else */
		return more ? negotiate(c) : 0;
	}
	ignore = offset;
	if (assay_text_next(&targets, &ignore, x->request.bytes, x->request.length) ||
		!assay_pair_is(&first, "SendTargets"))
		return ASSAY_TGT_PROTOCOL_ERROR; /* appendix C: exactly one key */
	return assay_tgt_send_targets(c, &x->answer, &first);
}

/* Where the request belongs: a new exchange or the next step of one. 0 or a Reject reason. */
static unsigned place(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_text *x = c->text;
	const struct assay_target *t = c->target;

	if (pdu->cont && pdu->final && !assay_tgt_defective(t, ASSAY_DEFECT_TEXT_C_WITH_F_ACCEPTED))
		return ASSAY_TGT_PROTOCOL_ERROR;
	if (++x->exchanges > 3 && assay_tgt_defective(t, ASSAY_DEFECT_TEXT_THREE_EXCHANGES))
		return ASSAY_TGT_PROTOCOL_ERROR;
	if (pdu->ttt == ASSAY_TAG_RESERVED) {
		if (!assay_tgt_defective(t, ASSAY_DEFECT_TEXT_RESET_KEEPS_TEXT))
			reset(x);
		x->itt = pdu->itt;
		return 0;
	}
	if (!x->active || pdu->ttt != x->ttt || pdu->itt != x->itt)
		return assay_tgt_defective(t, ASSAY_DEFECT_TEXT_STALE_TTT_ACCEPTED) ? 0
										    : ASSAY_TGT_INVALID_FIELD;
	return 0;
}

/* Most bytes of one text, all its parts joined. */
static size_t text_limit(const struct assay_target *t)
{
	return assay_tgt_defective(t, ASSAY_DEFECT_TEXT_LIMIT_2K) ? 2048 : ASSAY_TGT_TEXT_MAX;
}

static bool goes_on(const struct assay_target *t, const struct assay_pdu *pdu)
{
	return pdu->cont && !pdu->final && !assay_tgt_defective(t, ASSAY_DEFECT_TEXT_C_BIT_IGNORED);
}

void assay_tgt_text(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_text *x = c->text;
	unsigned reason;

	if (!x)
		x = c->text = calloc(1, sizeof(*x));
	if (!x) {
		c->broken = true;
		return;
	}
	reason = place(c, pdu);
	if (!reason && x->answer.length) { /* the rest of our answer is asked for */
		reason = pdu->data_length || pdu->cont ? ASSAY_TGT_PROTOCOL_ERROR : 0;
	} else if (!reason) {
		if (!assay_tgt_buffer_add(&x->request, pdu->data, pdu->data_length, text_limit(c->target)))
			reason = ASSAY_TGT_PROTOCOL_ERROR;
		else if (goes_on(c->target, pdu)) {
			bool talks = assay_tgt_defective(c->target, ASSAY_DEFECT_TEXT_C_BIT_ANSWERED);

			respond(c, (const uint8_t *)"X-more=1", talks ? 9 : 0, false, false);
			return;
		} else {
			/* An empty request that carries on says no more than its F bit. */
			if (x->request.length || !x->active)
				reason = take_text(c);
			assay_tgt_buffer_clear(&x->request);
		}
	}
	if (reason)
		refuse(c, pdu, reason);
	else
		answer(c, pdu);
}
