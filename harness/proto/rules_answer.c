/*
 * rules_answer.c - what the target sends that carries no SCSI status: NOP-In, the responses to task management and logout,
 * Asynchronous Messages and Rejects. RFC 7143 sections 7.3, 11.6, 11.9, 11.15, 11.17 and 11.19.
 */
#include <string.h>

#include "codec/digest.h"
#include "proto/watch_private.h"

/* ---- NOP-In ---- */

/* Section 11.19: a ping of the target's, or news of its counters. */
static void unsolicited_nop_in(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->data_segment_length)
		FOUND(e, NOP_IN_DATA, ("no data with ITT 0xffffffff"),
			("DataSegmentLength %u", pdu->data_segment_length));
	if (pdu->ttt == ASSAY_TAG_RESERVED)
		return;
	if (c->pings == WATCH_PINGS) {
		c->pings_lost = true;
		return;
	}
	c->ping[c->pings++] = (struct watch_ping){ .ttt = pdu->ttt, .lun = pdu->lun };
}

void rules_nop_in(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_task *t;

	if (pdu->itt == ASSAY_TAG_RESERVED) {
		unsolicited_nop_in(e);
		return;
	}
	if (!rules_task_answer(e, ASSAY_NOP_OUT, true))
		return;
	t = e->task;
	if (pdu->ttt != ASSAY_TAG_RESERVED)
		FOUND(e, NOP_IN_TTT, ("TTT 0xffffffff in an answer"), ("TTT 0x%x", pdu->ttt));
	if (!e->c->params_known)
		return;
	if (pdu->data_length != t->echo_length)
		FOUND(e, NOP_IN_ECHO, ("%u bytes of ping data", t->echo_length), ("%u", pdu->data_length));
	else if (assay_digest(pdu->data, pdu->data_length) != t->echo_digest)
		FOUND(e, NOP_IN_ECHO, ("the ping data of the NOP-Out"), ("other data"));
}

/* ---- task management ---- */

enum {
	ABORT_TASK = 1,
	ABORT_TASK_SET = 2,
	CLEAR_TASK_SET = 4,
	LOGICAL_UNIT_RESET = 5,
	TARGET_WARM_RESET = 6,
	TARGET_COLD_RESET = 7,
	QUERY_TASK = 9,
	I_T_NEXUS_RESET = 11,
};

/* A task that the function has ended: nothing more comes for it on this connection. What it may or may not have ended, or
 * what may still come on another connection, is not judged. */
static void ended(struct watch_event *e, struct watch_task *t, bool certain)
{
	if (t->state != TASK_LIVE)
		return;
	if (certain && t->connection == e->c->number)
		t->state = TASK_ABORTED;
	else
		t->is_void = true;
}

static void abort_tasks(struct watch_event *e)
{
	const struct watch_task *f = e->task;
	unsigned session = watch_session_index(e->w, e->s);
	bool of_lun = f->function <= LOGICAL_UNIT_RESET;

	for (unsigned i = 0; i < WATCH_TASKS; i++) {
		struct watch_task *t = &e->w->task[i];

		if (t->state == TASK_FREE || t->session != session || t->opcode != ASSAY_SCSI_COMMAND ||
			(of_lun && t->lun != f->lun))
			continue;
		if (!t->immediate && assay_sn_lt(t->cmd_sn, f->cmd_sn))
			ended(e, t, true);
		else if (t->immediate || f->function >= LOGICAL_UNIT_RESET)
			ended(e, t, false);
	}
}

static void function_complete(struct watch_event *e)
{
	struct watch_task *t;

	switch (e->task->function) {
	case ABORT_TASK:
		t = watch_task_find(e->w, e->s, e->task->rtt);
		if (t)
			ended(e, t, t->opcode == ASSAY_SCSI_COMMAND);
		break;
	case ABORT_TASK_SET:
	case CLEAR_TASK_SET:
	case LOGICAL_UNIT_RESET:
	case TARGET_WARM_RESET:
	case TARGET_COLD_RESET:
	case I_T_NEXUS_RESET: abort_tasks(e); break;
	default: break;
	}
}

void rules_task_management_response(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	bool succeeded = pdu->response == 7, known = pdu->response <= 7 || pdu->response == 255;

	if (!known)
		FOUND(e, TMF_RESPONSE, ("response 0 to 7 or 255"), ("%u", pdu->response));
	if (!rules_task_answer(e, ASSAY_TASK_MANAGEMENT_REQUEST, true)) {
		if (e->task && !pdu->response && e->task->opcode == ASSAY_TASK_MANAGEMENT_REQUEST)
			watch_tasks_void(e->w, e->c->number);
		return;
	}
	if (succeeded && e->task->function < QUERY_TASK)
		FOUND(e, TMF_RESPONSE, ("no response 7 to function %u", e->task->function), ("7"));
	if (!pdu->response)
		function_complete(e);
}

/* ---- logout ---- */

/* The end of connections that this response names; what may still be on its way on others is not judged. */
static void logged_out(struct watch_event *e)
{
	const struct watch_task *t = e->task;

	for (unsigned i = 0; i < WATCH_CONNECTIONS; i++) {
		struct watch_connection *c = &e->w->connection[i];

		if (!c->used || c->session != e->c->session || c->phase != PHASE_FULL ||
			(t->function && !(c->cid_known && c->cid == t->cid)))
			continue;
		watch_tasks_void(e->w, c->number);
		if (c == e->c)
			c->phase = PHASE_LOGGED_OUT;
		else
			rules_over(c, t->function ? OVER_UNJUDGED : OVER_LOGGED_OUT);
	}
}

void rules_logout_response(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_session *s = e->s;
	const struct watch_task *t;

	if (pdu->response > 3)
		FOUND(e, LOGOUT_RESPONSE, ("response 0 to 3"), ("%u", pdu->response));
	if (!rules_task_answer(e, ASSAY_LOGOUT_REQUEST, true)) {
		if (e->task && !pdu->response && e->c->closing)
			e->c->phase = PHASE_DEAD;
		return;
	}
	t = e->task;
	if (pdu->response) {
		e->c->closing = false;
		e->c->broken = false;
		return;
	}
	if (t->function && !s->blind && s->cid_count <= WATCH_CIDS && !watch_session_has_cid(s, t->cid))
		FOUND(e, LOGOUT_CID, ("response 1, CID not found: CID %u", t->cid), ("response 0"));
	else if (t->function == 2 && e->c->params_known && e->c->params.error_recovery_level < 2)
		FOUND(e, LOGOUT_RECOVERY,
			("response 2 at ErrorRecoveryLevel %u", e->c->params.error_recovery_level),
			("response 0"));
	logged_out(e);
}

/* ---- Asynchronous Message ---- */

#define EVENTS (ASSAY_ASYNC_TASK_TERMINATION + 1)

enum { LUN = 1, PARAMETER1 = 2, PARAMETER2 = 4, PARAMETER3 = 8 };

static void async_reserved(struct watch_event *e)
{
	static const uint8_t used[EVENTS] = { [ASSAY_ASYNC_SCSI_EVENT] = LUN,
		[ASSAY_ASYNC_LOGOUT_REQUEST] = PARAMETER3,
		[ASSAY_ASYNC_CONNECTION_DROP] = PARAMETER1 | PARAMETER2 | PARAMETER3,
		[ASSAY_ASYNC_SESSION_DROP] = PARAMETER2 | PARAMETER3,
		[ASSAY_ASYNC_NEGOTIATION_REQUEST] = PARAMETER3,
		[ASSAY_ASYNC_TASK_TERMINATION] = LUN };
	const struct assay_pdu *pdu = e->pdu;
	unsigned set = (pdu->lun ? LUN : 0u) | (pdu->parameter1 ? PARAMETER1 : 0u) |
		       (pdu->parameter2 ? PARAMETER2 : 0u) | (pdu->parameter3 ? PARAMETER3 : 0u);

	set &= ~(unsigned)used[pdu->async_event];
	if (set || pdu->async_vcode)
		FOUND(e, ASYNC_RESERVED, ("0 in what AsyncEvent %u does not use", pdu->async_event),
			("%s", pdu->async_vcode    ? "an AsyncVCode"
				: set & LUN        ? "a LUN"
				: set & PARAMETER1 ? "Parameter1"
				: set & PARAMETER2 ? "Parameter2"
						   : "Parameter3"));
}

/* Section 4.2.3.4: the tasks of a logical unit end. */
static void task_termination(struct watch_event *e)
{
	unsigned session = watch_session_index(e->w, e->s);

	if (e->c->params_known && e->c->params.task_reporting != 2)
		FOUND(e, ASYNC_TASK_TERMINATION, ("AsyncEvent 5 with TaskReporting=FastAbort only"),
			("AsyncEvent 5"));
	for (unsigned i = 0; i < WATCH_TASKS; i++)
		if (e->w->task[i].state == TASK_LIVE && e->w->task[i].session == session &&
			e->w->task[i].lun == e->pdu->lun)
			e->w->task[i].is_void = true;
}

void rules_async(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->itt != ASSAY_TAG_RESERVED)
		FOUND(e, ASYNC_ITT, ("ITT 0xffffffff"), ("ITT 0x%x", pdu->itt));
	if (pdu->async_event < EVENTS)
		async_reserved(e);
	else if (pdu->async_event < ASSAY_ASYNC_VENDOR)
		FOUND(e, ASYNC_EVENT, ("AsyncEvent 0 to 5 or 248 to 255"), ("%u", pdu->async_event));
	if (pdu->async_event == ASSAY_ASYNC_TASK_TERMINATION)
		task_termination(e);
	rules_sense(e);
}

/* ---- Reject ---- */

/* The request that it returns, as it went by. */
static const uint8_t *returned(struct watch_event *e)
{
	const struct watch_connection *c = e->c;
	const struct assay_pdu *pdu = e->pdu;
	uint64_t kept = c->headers < WATCH_HEADERS ? c->headers : WATCH_HEADERS;

	if (pdu->data_length < ASSAY_BHS_LENGTH) {
		FOUND(e, REJECT_HEADER, ("the 48 bytes of the rejected header"),
			("%u bytes", pdu->data_length));
		return NULL;
	}
	for (uint64_t i = 0; i < kept; i++)
		if (!memcmp(c->header[i], pdu->data, ASSAY_BHS_LENGTH))
			return c->header[i];
	if (c->headers <= WATCH_HEADERS && !c->blind)
		FOUND(e, REJECT_HEADER, ("the header of a PDU that was sent"), ("another one"));
	return NULL;
}

/* Section 7.3: the request is gone, and its number with it. */
static void discard(struct watch_event *e, const struct assay_pdu *request)
{
	struct watch_task *t = watch_task_find(e->w, e->s, request->itt);

	if (!t)
		return;
	if (request->opcode == ASSAY_DATA_OUT) {
		t->is_void = true;
		return;
	}
	if (t->opcode != request->opcode || t->cmd_sn != request->cmd_sn || t->state != TASK_LIVE)
		return;
	t->state = TASK_REJECTED;
	/*
	 * A Text Request may have been delivered in its place, and only its negotiation refused (section 6.4); a command that came with the same number
	 * has it now; and where the count was lost since, one may come that is not recognised.
	 */
	if (t->counted && e->s->cmd_known && !e->s->several && t->opcode != ASSAY_TEXT_REQUEST &&
		!(e->s->repeated && e->s->repeated_at == t->cmd_sn) &&
		!(e->s->reset && assay_sn_lt(t->cmd_sn, e->s->reset_at))) {
		e->s->refused = true;
		e->s->refused_at = t->cmd_sn;
		rules_holes(e);
	}
	if (t->opcode == ASSAY_TEXT_REQUEST)
		memset(&e->c->text, 0, sizeof(e->c->text));
	if (t->opcode == ASSAY_LOGOUT_REQUEST)
		e->c->closing = false;
}

void rules_reject(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct assay_pdu request;
	const uint8_t *header;

	if (pdu->itt != ASSAY_TAG_RESERVED)
		FOUND(e, REJECT_ITT, ("ITT 0xffffffff"), ("ITT 0x%x", pdu->itt));
	if (pdu->reason < 0x02 || pdu->reason > 0x0c || pdu->reason == 0x0b)
		FOUND(e, REJECT_REASON, ("reason 0x02 to 0x0a or 0x0c"), ("0x%02x", pdu->reason));
	header = returned(e);
	if (!header) {
		e->s->cmd_other_known =
			e->s->cmd_known; /* the last command's number may be to be used again */
		e->s->cmd_other = e->s->cmd_sn - 1;
		return;
	}
	assay_pdu_decode_bhs(&request, header);
	discard(e, &request);
}
