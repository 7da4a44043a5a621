/*
 * rules_task.c - Initiator Task Tags: which request makes which task, which task a target's PDU belongs to; and the requests
 * that carry no data: NOP-Out, Task Management Function Request, Logout Request.
 * RFC 7143 sections 4.2.5.1, 4.2.5.3, 7.2.1, 11.2.1.8, 11.5, 11.14 and 11.18.
 */
#include <string.h>

#include "codec/digest.h"
#include "proto/watch_private.h"

/* ---- requests ---- */

/* What must be the same when a command is sent again: all of the header but ExpStatSN. */
static uint32_t fingerprint(const struct assay_pdu *pdu)
{
	uint8_t bhs[ASSAY_BHS_LENGTH];

	if (pdu->bhs)
		memcpy(bhs, pdu->bhs, sizeof(bhs));
	else
		assay_pdu_encode_bhs(bhs, pdu);
	memset(bhs + 28, 0, 4);
	return assay_digest(bhs, sizeof(bhs));
}

/* Section 7.2.1: a retry, though perhaps another header. */
static bool sent_again(const struct watch_task *old, const struct assay_pdu *pdu)
{
	return old->opcode == pdu->opcode && !old->immediate && !pdu->immediate && old->cmd_sn == pdu->cmd_sn;
}

/* The very request of that task once more. */
bool rules_task_retried(const struct watch_event *e)
{
	const struct watch_task *t = watch_task_find(e->w, e->s, e->pdu->itt);

	return t && t->state == TASK_LIVE && !t->is_void && sent_again(t, e->pdu) &&
	       t->fingerprint == fingerprint(e->pdu);
}

/* The next request of e->task, which is a text sequence; it may be NULL. */
void rules_task_continued(struct watch_event *e)
{
	if (!e->task)
		return;
	e->task->cmd_sn = e->pdu->cmd_sn;
	e->task->fingerprint = fingerprint(e->pdu);
}

/* A request whose tag belongs to a task that lives. Returns false when that task is out of the way. */
static bool taken(struct watch_event *e, struct watch_task *old)
{
	const struct assay_pdu *pdu = e->pdu;

	if (old->state != TASK_LIVE || old->is_void)
		return false;
	if (old->connection != e->c->number && e->w->unordered && watch_has_company(e)) {
		old->is_void = true; /* its end may be still to come */
		return false;
	}
	e->task = old;
	if (sent_again(old, pdu)) {
		if (old->fingerprint != fingerprint(pdu))
			FOUND(e, RETRY_IDENTICAL, ("the command as it was first sent"),
				("another header with CmdSN %u", pdu->cmd_sn));
		if (e->s->hole && pdu->cmd_sn == e->s->hole_at)
			e->s->hole = false;
		return true;
	}
	FOUND(e, ITT_REUSE, ("a tag that no task has"),
		("ITT 0x%x of a %s in progress", old->itt, assay_opcode_name(old->opcode)));
	e->task = NULL; /* the number is the new command's */
	rules_request_numbers(e);
	e->task = old;
	return true;
}

/* May an answer to that void task still come, in place of the new one's? Not to one that went with its connection. */
static bool may_be_answered(const struct watch_event *e, const struct watch_task *old)
{
	const struct watch_connection *c = &e->w->connection[old->connection % WATCH_CONNECTIONS];

	if (old->connection == e->c->number)
		return true;
	return old->state == TASK_LIVE && c->used && c->number == old->connection && !c->closed &&
	       c->phase != PHASE_DEAD;
}

/* A new request. True when it made a task, e->task; false when it is none, or one sent again. */
bool rules_task_begin(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *old;
	bool is_void;

	if (e->c->closing) {
		FOUND(e, LOGOUT_LAST_INITIATOR, ("no new request after the Logout Request"),
			("%s", assay_opcode_name(pdu->opcode)));
		e->c->broken = true;
	}
	if (pdu->itt == ASSAY_TAG_RESERVED) {
		FOUND(e, ITT_RESERVED, ("an ITT other than 0xffffffff"),
			("%s with 0xffffffff", assay_opcode_name(pdu->opcode)));
		e->c->tag_misused = true;
		rules_request_numbers(e);
		return false;
	}
	old = watch_task_find(e->w, e->s, pdu->itt);
	if (old && taken(e, old))
		return false;
	is_void = old && old->is_void && may_be_answered(e, old) && !e->c->deaf;
	e->task = watch_task_new(e);
	e->task->is_void = is_void;
	e->task->fingerprint = fingerprint(pdu);
	rules_request_numbers(e);
	return true;
}

/* ---- answers ---- */

static bool unknown_task(struct watch_event *e, uint8_t request)
{
	uint32_t itt = e->pdu->itt;

	if (e->c->blind || e->s->forgot || (itt == ASSAY_TAG_RESERVED && e->c->tag_misused) ||
		(e->c->text.strayed && itt == e->c->text.stray))
		return false;
	if (e->c->stat_known && e->pdu->stat_sn + 1 == e->c->stat_sn) {
		e->c->stat_other_known = true; /* what answers nothing may as well take no number */
		e->c->stat_other = e->pdu->stat_sn;
	}
	if (watch_stranger(e))
		found(e, request == ASSAY_NOP_OUT ? RULE_NOP_IN_ITT : RULE_RESPONSE_ITT,
			say(e->expected, "the ITT of a %s that waits for it", assay_opcode_name(request)),
			say(e->got, "ITT 0x%x", itt));
	return false;
}

/* A PDU for a task that is over. */
static void late(struct watch_event *e, bool completes)
{
	const struct watch_task *t = e->task;
	const char *name = assay_opcode_name(e->pdu->opcode);

	if (t->state == TASK_ABORTED)
		FOUND(e, RESPONSE_AFTER_ABORT,
			("nothing for ITT 0x%x after the task management response", t->itt), ("%s", name));
	else if (t->state == TASK_DONE && !completes)
		FOUND(e, DATA_IN_AFTER_STATUS, ("nothing for ITT 0x%x after its status", t->itt),
			("%s", name));
	else if (t->state == TASK_DONE && !e->replayed)
		FOUND(e, RESPONSE_ONCE, ("one response to ITT 0x%x", t->itt),
			("a second one, StatSN %u", e->pdu->stat_sn));
}

/*
 * The task that a target's PDU belongs to becomes e->task. request: the opcode that it must answer. completes: it is the task's
 * response. True when the PDU may be judged further.
 */
bool rules_task_answer(struct watch_event *e, uint8_t request, bool completes)
{
	struct watch_task *t = watch_task_find(e->w, e->s, e->pdu->itt);

	if (!t)
		return unknown_task(e, request);
	e->task = t;
	if (t->is_void) {
		if (completes && t->state == TASK_LIVE)
			t->state = TASK_DONE;
		return false;
	}
	if (t->opcode != request) {
		FOUND(e, RESPONSE_TYPE, ("an answer to a %s, ITT 0x%x", assay_opcode_name(t->opcode), t->itt),
			("%s", assay_opcode_name(e->pdu->opcode)));
		return false;
	}
	if (t->connection != e->c->number) {
		if (!e->s->reassign && !e->c->blind)
			FOUND(e, RESPONSE_CONNECTION,
				("%s for ITT 0x%x on the connection of the request",
					assay_opcode_name(e->pdu->opcode), t->itt),
				("another connection"));
		t->is_void = true;
		return false;
	}
	if (t->state != TASK_LIVE) {
		late(e, completes);
		return false;
	}
	if (completes) {
		rules_acknowledged(e);
		t->state = TASK_DONE;
		t->status_known = true;
		t->status_sn = e->pdu->stat_sn;
	}
	return true;
}

/* ---- NOP-Out ---- */

/* Section 11.18.2. */
static void ping_answer(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	for (unsigned i = 0; i < c->pings; i++) {
		if (c->ping[i].ttt != e->pdu->ttt)
			continue;
		if (c->ping[i].lun != e->pdu->lun)
			FOUND(e, NOP_OUT_LUN,
				("LUN 0x%016llx of the NOP-In", (unsigned long long)c->ping[i].lun),
				("LUN 0x%016llx", (unsigned long long)e->pdu->lun));
		c->pings--;
		memmove(&c->ping[i], &c->ping[i + 1], (c->pings - i) * sizeof(c->ping[0]));
		return;
	}
	if (!c->deaf && !c->pings_lost)
		FOUND(e, NOP_OUT_TTT, ("TTT 0xffffffff, or that of a NOP-In"), ("TTT 0x%x", e->pdu->ttt));
}

void rules_nop_out(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->ttt != ASSAY_TAG_RESERVED)
		ping_answer(e);
	if (pdu->itt != ASSAY_TAG_RESERVED) {
		if (!rules_task_begin(e))
			return;
		e->task->echo_length = pdu->data_length;
		if (e->task->echo_length > e->c->params.initiator_max_recv)
			e->task->echo_length = e->c->params.initiator_max_recv;
		e->task->echo_digest = assay_digest(pdu->data, e->task->echo_length);
	} else if (pdu->immediate) {
		rules_request_numbers(e);
	} else {
		FOUND(e, NOP_OUT_IMMEDIATE, ("I=1 with ITT 0xffffffff"), ("I=0"));
		rules_unnumbered(e);
	}
}

/* ---- Task Management Function Request ---- */

enum {
	ABORT_TASK = 1,
	TARGET_WARM_RESET = 6,
	TARGET_COLD_RESET = 7,
	TASK_REASSIGN = 8,
	QUERY_TASK = 9,
	I_T_NEXUS_RESET = 11,
	LAST_FUNCTION = 12
};

/* ABORT TASK and QUERY TASK name a task by its tag, its CmdSN and its logical unit, on its connection. */
static void of_a_task(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_task *t = watch_task_find(e->w, e->s, pdu->rtt);
	uint32_t want;

	if (!t || t == e->task || t->state != TASK_LIVE || t->is_void)
		return;
	if (t->connection != e->c->number && e->c->blind)
		return; /* it may be another one's tag */
	if (t->connection != e->c->number && !e->s->reassign)
		FOUND(e, TMF_CONNECTION, ("function %u on the connection of ITT 0x%x", pdu->function, t->itt),
			("another connection"));
	want = t->immediate ? pdu->cmd_sn : t->cmd_sn;
	if (pdu->ref_cmd_sn != want)
		FOUND(e, TMF_REF_CMDSN, ("RefCmdSN %u", want), ("RefCmdSN %u", pdu->ref_cmd_sn));
	if (t->opcode == ASSAY_SCSI_COMMAND && pdu->lun != t->lun)
		FOUND(e, TMF_LUN, ("LUN 0x%016llx of ITT 0x%x", (unsigned long long)t->lun, t->itt),
			("LUN 0x%016llx", (unsigned long long)pdu->lun));
}

/* Section 11.5.3, and section 6.3.1 of RFC 7144: functions for more than a logical unit have none. */
static void lun_of_a_function(struct watch_event *e)
{
	uint8_t function = e->pdu->function;

	if (e->pdu->lun && (function == TARGET_WARM_RESET || function == TARGET_COLD_RESET ||
				   function == TASK_REASSIGN || function == I_T_NEXUS_RESET))
		FOUND(e, TMF_LUN, ("LUN 0 with function %u", function),
			("LUN 0x%016llx", (unsigned long long)e->pdu->lun));
}

/* Section 11.6.1: counted as received from now on, also the one that was to come next. */
static void abort_task(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_session *s = e->s;

	if (s->hole && pdu->ref_cmd_sn == s->hole_at)
		s->hole = false;
	if (s->cmd_known && pdu->ref_cmd_sn == s->cmd_sn && assay_sn_gt(pdu->cmd_sn, s->cmd_sn))
		s->cmd_sn++;
	else if (s->cmd_known && assay_sn_gt(pdu->ref_cmd_sn, s->cmd_sn))
		s->unsure = true; /* counts as received, too, though others before it are still to come */
	if (s->refused && pdu->ref_cmd_sn == s->refused_at)
		s->refused = false;
}

/* Section 4.2.3.3 b: commands that are missing before it may count as received, and so may one that was rejected. */
static void reset_target(struct watch_event *e)
{
	struct watch_session *s = e->s;
	uint32_t cmd_sn = e->pdu->cmd_sn;

	s->hole = s->hole && assay_sn_ge(s->hole_at, cmd_sn);
	s->refused = s->refused && assay_sn_ge(s->refused_at, cmd_sn);
	s->reset = true;
	s->reset_at = cmd_sn;
	if (s->cmd_known && assay_sn_gt(cmd_sn, s->cmd_sn))
		s->cmd_sn = cmd_sn;
}

void rules_task_management(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	uint8_t last = !e->c->params_known || e->c->params.protocol_level >= 2 ? LAST_FUNCTION
									       : TASK_REASSIGN;

	if (!rules_task_begin(e))
		return;
	e->task->function = pdu->function;
	e->task->rtt = pdu->rtt;
	if (!pdu->function || pdu->function > last) {
		FOUND(e, TMF_FUNCTION, ("function 1 to %u", last), ("function %u", pdu->function));
		return;
	}
	lun_of_a_function(e);
	if (pdu->function == ABORT_TASK || pdu->function == QUERY_TASK)
		of_a_task(e);
	if (pdu->function == TASK_REASSIGN) {
		e->s->reassign = true;
		if (!pdu->immediate)
			FOUND(e, TMF_REASSIGN_IMMEDIATE, ("TASK REASSIGN with I=1"), ("I=0"));
	} else if (pdu->function == ABORT_TASK) {
		abort_task(e);
	} else {
		if (pdu->function == TARGET_WARM_RESET || pdu->function == TARGET_COLD_RESET)
			reset_target(e);
		if (pdu->function != QUERY_TASK && pdu->rtt != ASSAY_TAG_RESERVED)
			FOUND(e, TMF_REFERENCED_TAG,
				("Referenced Task Tag 0xffffffff with function %u", pdu->function),
				("0x%x", pdu->rtt));
	}
}

/* ---- Logout Request ---- */

void rules_logout_request(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (!rules_task_begin(e))
		return;
	e->task->function = pdu->reason;
	e->task->cid = pdu->cid;
	if (pdu->reason > 2)
		FOUND(e, LOGOUT_REASON, ("reason 0 to 2"), ("reason %u", pdu->reason));
	else if (!pdu->reason || (e->c->cid_known && pdu->cid == e->c->cid))
		e->c->closing = true;
	if (pdu->reason == 2)
		e->s->reassign = true;
}
