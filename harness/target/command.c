/*
 * command.c - requests that carry a CmdSN: the window, their order, and what waits for a gap to close. RFC 7143 sections 4.2.2.1, 4.3 (what a discovery
 * session takes), 7.3 and 11.6.1. It decides when a request is delivered, not what it does.
 */
#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

void assay_tgt_acknowledge(struct assay_target_conn *c, uint32_t exp_stat_sn)
{
	/* Never more than what was sent. */
	if (assay_sn_le(exp_stat_sn, c->stat_sn) && assay_sn_gt(exp_stat_sn, c->exp_stat_sn)) {
		c->exp_stat_sn = exp_stat_sn;
		assay_tgt_tmf_progress(c->session);
	}
}

/* ---- delivery ---- */

static void deliver(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_NOP_OUT: assay_tgt_nop_out(c, pdu); break;
	case ASSAY_TEXT_REQUEST: assay_tgt_text(c, pdu); break;
	case ASSAY_LOGOUT_REQUEST: assay_tgt_logout(c, pdu); break;
	default: assay_tgt_tmf(c, pdu); break;
	}
}

static struct assay_tgt_held *held_at(struct assay_tgt_session *s, uint32_t cmd_sn)
{
	return &s->held[cmd_sn % ASSAY_TGT_WINDOW];
}

static void release(struct assay_tgt_session *s, struct assay_tgt_held *h)
{
	if (h->bytes)
		assay_tgt_session_unhold(s, h->pdu.wire_length);
	free(h->bytes);
	*h = (struct assay_tgt_held){ 0 };
}

void assay_tgt_deliver_held(struct assay_tgt_session *s)
{
	while (!s->ended) {
		struct assay_tgt_held *at = held_at(s, s->exp_cmd_sn), h;

		if (!at->used)
			return;
		h = *at;
		*at = (struct assay_tgt_held){ 0 };
		s->exp_cmd_sn++;
		s->delivering = &h.pdu;
		if (h.task)
			assay_tgt_task_deliver(h.task, NULL);
		else if (!h.plugged)
			deliver(h.conn, &h.pdu);
		s->delivering = NULL;
		if (h.bytes)
			assay_tgt_session_unhold(s, h.pdu.wire_length);
		free(h.bytes);
	}
}

void assay_tgt_forget_held(struct assay_tgt_session *s, const struct assay_target_conn *c)
{
	for (unsigned i = 0; i < ASSAY_TGT_WINDOW; i++)
		if (s->held[i].used && (!c || s->held[i].conn == c))
			release(s, &s->held[i]);
}

bool assay_tgt_plug(struct assay_tgt_session *s, uint32_t cmd_sn)
{
	struct assay_tgt_held *h = held_at(s, cmd_sn);

	if (assay_sn_lt(cmd_sn, s->exp_cmd_sn) || assay_sn_gt(cmd_sn, assay_tgt_max_cmd_sn(s)))
		return false;
	if (!h->used)
		h->used = h->plugged = true;
	return true;
}

/* ---- ahead of the order ---- */

/* Copies header, AHS and data, so that the PDU can be delivered later; where there is no room it counts as lost. */
static bool keep(struct assay_tgt_session *s, struct assay_tgt_held *h, const struct assay_pdu *pdu)
{
	if (!assay_tgt_session_hold(s, pdu->wire_length))
		return false;
	h->bytes = malloc(pdu->wire_length);
	if (!h->bytes) {
		assay_tgt_session_unhold(s, pdu->wire_length);
		return false;
	}
	memcpy(h->bytes, pdu->wire, pdu->wire_length);
	h->pdu = *pdu;
	h->pdu.bhs = h->pdu.wire = h->bytes;
	if (pdu->ahs)
		h->pdu.ahs = h->bytes + (pdu->ahs - pdu->wire);
	if (pdu->data)
		h->pdu.data = h->bytes + (pdu->data - pdu->wire);
	return true;
}

static void hold(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	struct assay_tgt_held *h = held_at(s, pdu->cmd_sn);
	const struct assay_target *t = c->target;

	if (h->used) { /* a duplicate */
		if (assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_DUPLICATE_REJECTED))
			assay_tgt_reject(c, pdu, ASSAY_TGT_TASK_IN_PROGRESS);
		if (!h->bytes || !assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_LAST_DUPLICATE_WINS))
			return;
		release(s, h);
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_QUEUE_SHORT) &&
		pdu->cmd_sn - s->exp_cmd_sn >= ASSAY_TGT_WINDOW / 2)
		return;
	if (pdu->opcode == ASSAY_SCSI_COMMAND) {
		h->task = assay_tgt_task_new(c, pdu);
		if (h->task)
			assay_tgt_immediate_data(h->task, pdu);
	} else if (!keep(s, h, pdu)) {
		return;
	}
	h->conn = c;
	h->used = h->task || h->bytes;
}

/* ---- arrival ---- */

static void run(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_task *task;

	if (pdu->opcode != ASSAY_SCSI_COMMAND) {
		deliver(c, pdu);
		return;
	}
	task = assay_tgt_task_new(c, pdu);
	if (task)
		assay_tgt_task_deliver(task, pdu);
	else
		c->broken = true;
}

static bool outside_window(const struct assay_tgt_session *s, uint32_t cmd_sn)
{
	uint32_t max = assay_tgt_max_cmd_sn(s);

	if (assay_tgt_defective(s->target, ASSAY_DEFECT_CMDSN_PLAIN_ARITHMETIC))
		return cmd_sn < s->exp_cmd_sn || cmd_sn > max;
	return assay_sn_lt(cmd_sn, s->exp_cmd_sn) || assay_sn_gt(cmd_sn, max);
}

static void ordered(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	const struct assay_target *t = c->target;

	if (outside_window(s, pdu->cmd_sn)) {
		if (assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_WINDOW_UNCHECKED))
			run(c, pdu);
		else if (assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_BEYOND_KEPT))
			hold(c, pdu);
		else if (pdu->opcode == ASSAY_SCSI_COMMAND && !pdu->final)
			assay_tgt_remember_ended(c, pdu->itt);
		return; /* silently: section 4.2.2.1 */
	}
	if (pdu->cmd_sn != s->exp_cmd_sn && !assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_GAP_IGNORED)) {
		if (!assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_GAP_DROPPED))
			hold(c, pdu);
		return;
	}
	s->exp_cmd_sn = pdu->cmd_sn + 1;
	s->delivering = pdu;
	run(c, pdu);
	s->delivering = NULL;
	assay_tgt_deliver_held(s);
	if (!s->ended)
		assay_tgt_tmf_progress(s);
}

/* What contradicts itself, section 7.7. */
static bool format_good(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_SCSI_COMMAND:
		if (!pdu->final && !pdu->write)
			return false;
		if (pdu->attr > ASSAY_ATTR_ACA)
			return false;
		return pdu->read || pdu->write || !pdu->expected_data_transfer_length;
	case ASSAY_NOP_OUT: return pdu->itt != ASSAY_TAG_RESERVED || pdu->immediate;
	case ASSAY_TASK_MANAGEMENT_REQUEST:
	case ASSAY_LOGOUT_REQUEST: return !pdu->data_length && !pdu->ahs_length;
	default: return true;
	}
}

/* 0, or why it is rejected. */
static unsigned refuse(const struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	const struct assay_tgt_session *s = c->session;

	if (s->params.discovery && pdu->opcode != ASSAY_TEXT_REQUEST && pdu->opcode != ASSAY_LOGOUT_REQUEST &&
		!(pdu->opcode == ASSAY_NOP_OUT &&
			assay_tgt_defective(c->target, ASSAY_DEFECT_DISCOVERY_TAKES_NOP)))
		return ASSAY_TGT_PROTOCOL_ERROR;
	if (pdu->itt == ASSAY_TAG_RESERVED && pdu->opcode != ASSAY_NOP_OUT &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_ITT_RESERVED_ACCEPTED))
		return ASSAY_TGT_INVALID_FIELD;
	if (pdu->immediate && pdu->opcode == ASSAY_NOP_OUT &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_IMMEDIATE_REFUSED))
		return ASSAY_TGT_TOO_MANY_IMMEDIATE;
	if (pdu->immediate && pdu->opcode == ASSAY_SCSI_COMMAND &&
		c->immediate_tasks >= ASSAY_TGT_IMMEDIATE_MAX)
		return ASSAY_TGT_TOO_MANY_IMMEDIATE;
	return 0;
}

/* An immediate command goes by no number. */
static void immediate(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CMDSN_IMMEDIATE_IN_WINDOW) &&
		outside_window(s, pdu->cmd_sn))
		return;
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_CMDSN_IMMEDIATE_COUNTED))
		s->exp_cmd_sn++;
	run(c, pdu);
}

void assay_tgt_command(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	const struct assay_target *t = c->target;
	const struct assay_tgt_task *task;
	unsigned reason;

	assay_tgt_acknowledge(c, pdu->exp_stat_sn);
	if (c->closing)
		return;
	if (!format_good(pdu)) {
		assay_tgt_format_error(c);
		return;
	}
	reason = refuse(c, pdu);
	if (reason) {
		if (!pdu->immediate && assay_tgt_defective(t, ASSAY_DEFECT_REJECT_TAKES_CMDSN))
			s->exp_cmd_sn = pdu->cmd_sn + 1;
		assay_tgt_reject(c, pdu, reason);
		return;
	}
	if (pdu->exp_stat_sn != c->stat_sn &&
		assay_tgt_defective(t, ASSAY_DEFECT_STATSN_WAITS_FOR_ACKNOWLEDGEMENT))
		return;
	task = pdu->itt == ASSAY_TAG_RESERVED ? NULL : assay_tgt_task_find(s, pdu->itt);
	if (task &&
		!(pdu->immediate &&
			assay_tgt_defective(t,
				ASSAY_DEFECT_ITT_REUSE_ACCEPTED))) { /* the same command once more is a retry of what is here already; anything else reuses a live tag */
		if (pdu->immediate || task->cmd_sn != pdu->cmd_sn ||
			assay_tgt_defective(t, ASSAY_DEFECT_CMDSN_DUPLICATE_REJECTED))
			assay_tgt_reject(c, pdu, ASSAY_TGT_TASK_IN_PROGRESS);
		return;
	}
	if (pdu->immediate)
		immediate(c, pdu);
	else
		ordered(c, pdu);
}
