/*
 * tmf.c - task management: which tasks a function means, what it waits for, and its response. RFC 7143 sections 4.2.3.3 (standard multi-task abort),
 * 7.11, 11.5 and 11.6. What a reset does to a unit is scsi.h's.
 */
#include "target/machine.h"

enum function {
	ABORT_TASK = 1,
	ABORT_TASK_SET = 2,
	CLEAR_ACA = 3,
	CLEAR_TASK_SET = 4,
	LOGICAL_UNIT_RESET = 5,
	TARGET_WARM_RESET = 6,
	TARGET_COLD_RESET = 7,
	TASK_REASSIGN = 8,
};

enum response {
	COMPLETE = 0,
	NO_SUCH_TASK = 1,
	NO_SUCH_LUN = 2,
	NO_REASSIGNMENT = 4,
	NOT_SUPPORTED = 5,
	REJECTED = 255,
	LATER = -1, /* of ours: not to be answered yet */
};

static bool for_one_unit(uint8_t function)
{
	return function <= LOGICAL_UNIT_RESET;
}

/* ---- ABORT TASK ---- */

static bool is_tmf(const struct assay_tgt_session *s, uint32_t itt)
{
	for (unsigned i = 0; i < ASSAY_TGT_TMF_MAX; i++)
		if (s->tmfs[i].used && s->tmfs[i].itt == itt)
			return true;
	return false;
}

/* The task is not here: section 11.6.1 b and c. */
static int abort_unseen(struct assay_tgt_session *s, const struct assay_pdu *pdu)
{
	if (assay_tgt_defective(s->target, ASSAY_DEFECT_ABORT_UNSEEN_NOT_RECEIVED) &&
		assay_sn_ge(pdu->ref_cmd_sn, s->exp_cmd_sn))
		return COMPLETE;
	if (!assay_sn_lt(pdu->ref_cmd_sn, pdu->cmd_sn) || !assay_tgt_plug(s, pdu->ref_cmd_sn))
		return assay_tgt_defective(s->target, ASSAY_DEFECT_ABORT_UNKNOWN_COMPLETE) ? COMPLETE
											   : NO_SUCH_TASK;
	assay_tgt_deliver_held(s);
	return COMPLETE;
}

static int abort_task(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	struct assay_tgt_task *task = assay_tgt_task_find(s, pdu->rtt);
	uint32_t cmd_sn;
	bool ahead;

	if (is_tmf(s, pdu->rtt))
		return assay_tgt_defective(s->target, ASSAY_DEFECT_ABORT_TMF_COMPLETE) ? COMPLETE : REJECTED;
	if (c->text && c->text->active && c->text->itt == pdu->rtt) {
		c->text->active = false;
		return COMPLETE;
	}
	if (!task)
		return abort_unseen(s, pdu);
	if (task->conn != c)
		return REJECTED; /* section 11.5.1: on the connection of its allegiance */
	if (task->lun != pdu->lun && !assay_tgt_defective(s->target, ASSAY_DEFECT_TMF_ANY_LUN))
		return NO_SUCH_TASK;
	if (assay_tgt_defective(s->target, ASSAY_DEFECT_ABORT_TASK_IGNORED))
		return COMPLETE;
	cmd_sn = task->cmd_sn;
	ahead = task->state == ASSAY_TGT_HELD;
	assay_tgt_task_abort(task);
	if (assay_tgt_defective(s->target, ASSAY_DEFECT_ABORT_TAKES_OLDEST) && s->tasks &&
		s->tasks->state != ASSAY_TGT_DRAINING)
		assay_tgt_task_abort(s->tasks);
	if (ahead && assay_tgt_plug(s, cmd_sn))
		assay_tgt_deliver_held(s);
	assay_tgt_run_ready(s);
	return COMPLETE;
}

/* ---- functions for many tasks ---- */

/* Does the function, given on session s, mean the task? */
static bool affects(
	const struct assay_tgt_tmf *f, const struct assay_tgt_session *s, const struct assay_tgt_task *task)
{
	if (task->state == ASSAY_TGT_DRAINING)
		return false;
	if (for_one_unit(f->function) && task->lun != f->lun &&
		!assay_tgt_defective(task->session->target, ASSAY_DEFECT_TMF_ANY_LUN))
		return false;
	if (f->function >= LOGICAL_UNIT_RESET || task->session != s ||
		assay_tgt_defective(task->session->target, ASSAY_DEFECT_TMF_TAKES_LATER))
		return true;
	return task->immediate ? assay_sn_le(task->cmd_sn, f->cmd_sn) : assay_sn_lt(task->cmd_sn, f->cmd_sn);
}

/* Has every command arrived that the function may mean? A reset of the target does not wait for them. */
static bool commands_here(const struct assay_tgt_tmf *f, struct assay_tgt_session *s)
{
	if (f->function >= TARGET_WARM_RESET) {
		for (uint32_t sn = s->exp_cmd_sn; assay_sn_lt(sn, f->cmd_sn) && assay_tgt_plug(s, sn); sn++)
			;
		assay_tgt_deliver_held(s);
		return true;
	}
	return assay_sn_ge(s->exp_cmd_sn, f->cmd_sn) ||
	       assay_tgt_defective(s->target, ASSAY_DEFECT_TMF_GAP_IGNORED);
}

/* Are answers to R2Ts, or unsolicited data, still to come? The tasks ask for no more. */
static bool data_here(const struct assay_tgt_tmf *f, struct assay_tgt_session *s)
{
	bool here = true;

	for (struct assay_tgt_task *task = s->tasks; task; task = task->next) {
		if (!affects(f, s, task))
			continue;
		task->aborting = true;
		here &= !task->unsolicited_open && !task->r2t_count;
	}
	return here || assay_tgt_defective(s->target, ASSAY_DEFECT_TMF_DOES_NOT_WAIT);
}

/* Aborts what the function means in one session; returns how many. */
static unsigned abort_all(
	const struct assay_tgt_tmf *f, const struct assay_tgt_session *issuer, struct assay_tgt_session *s)
{
	unsigned count = 0;
	struct assay_tgt_task *next;

	for (struct assay_tgt_task *task = s->tasks; task; task = next) {
		next = task->next;
		if (!affects(f, issuer, task))
			continue;
		assay_tgt_task_abort(task);
		count++;
	}
	return count;
}

/* A command of another session is being executed: nothing may be run here, and on that unit nothing is left to. */
void assay_tgt_abort_victim(void *payload, struct assay_scsi_nexus *victim, uint64_t lun)
{
	const struct assay_tgt_tmf all = { .function = LOGICAL_UNIT_RESET, .lun = lun };
	struct assay_target *t = payload;
	struct assay_tgt_session *s = t->sessions;

	while (s && s->nexus != victim)
		s = s->next;
	if (s && abort_all(&all, NULL, s))
		assay_tgt_show_window(s);
}

/* The defect of them: what was about to be aborted goes on. */
static void spare_all(const struct assay_tgt_tmf *f, struct assay_tgt_session *s)
{
	for (struct assay_tgt_task *task = s->tasks; task; task = task->next)
		task->aborting = task->aborting && !affects(f, s, task);
}

static void abort_others(const struct assay_tgt_tmf *f, struct assay_tgt_session *issuer)
{
	struct assay_tgt_session *next;

	for (struct assay_tgt_session *s = issuer->target->sessions; s; s = next) {
		next = s->next;
		if (s == issuer || s->node != issuer->node || !s->nexus || !abort_all(f, issuer, s))
			continue;
		if (f->function == CLEAR_TASK_SET &&
			!assay_tgt_defective(s->target, ASSAY_DEFECT_COMMANDS_CLEARED_UNTOLD))
			assay_scsi_commands_cleared(s->nexus, f->lun);
		assay_tgt_show_window(s);
		assay_tgt_run_ready(s);
	}
}

static void execute(struct assay_tgt_tmf *f, struct assay_tgt_session *s)
{
	bool untold = assay_tgt_defective(s->target, ASSAY_DEFECT_RESET_UNTOLD);

	f->executed = true;
	if (assay_tgt_defective(s->target, ASSAY_DEFECT_TASK_SET_NOT_ABORTED))
		spare_all(f, s);
	else
		abort_all(f, s, s);
	if (f->function >= CLEAR_TASK_SET
			? !assay_tgt_defective(s->target, ASSAY_DEFECT_OTHER_SESSIONS_SPARED)
			: assay_tgt_defective(s->target, ASSAY_DEFECT_OTHER_SESSIONS_ABORTED))
		abort_others(f, s);
	if (f->function == LOGICAL_UNIT_RESET && !untold)
		assay_scsi_lun_reset(s->nexus, f->lun);
	else if (f->function >= TARGET_WARM_RESET && !untold)
		assay_scsi_target_reset(s->nexus);
	/* The response must not overtake those on other connections: sections 4.2.3.3 d and 4.2.2.3.2. */
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++) {
		struct assay_target_conn *c = s->conns[i];

		f->fence[i] = c ? c->stat_sn : 0;
		if (c && c != f->conn && c->exp_stat_sn != c->stat_sn)
			assay_tgt_ping(c);
	}
}

static bool fence_clear(const struct assay_tgt_tmf *f, const struct assay_tgt_session *s)
{
	for (unsigned i = 0; i < ASSAY_TGT_CONNECTIONS_MAX; i++)
		if (s->conns[i] && s->conns[i] != f->conn &&
			assay_sn_lt(s->conns[i]->exp_stat_sn, f->fence[i]))
			return false;
	return true;
}

/* ---- the response ---- */

static void respond(struct assay_target_conn *c, uint32_t itt, int response)
{
	struct assay_pdu pdu = { .opcode = ASSAY_TASK_MANAGEMENT_RESPONSE,
		.final = 1,
		.itt = itt,
		.response = (uint8_t)response };

	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_TMF_SILENT))
		assay_tgt_send(c, &pdu, ASSAY_TGT_NUMBERED);
}

/* A cold reset is a power-on: every session of the target ends, section 11.5.1. */
static void end_sessions(struct assay_target_conn *c)
{
	struct assay_tgt_session *own = c->session, *s = own->target->sessions;

	if (assay_tgt_defective(c->target, ASSAY_DEFECT_COLD_RESET_KEEPS_SESSIONS))
		return;
	while (s) {
		if (s == own || s->node != own->node) {
			s = s->next;
			continue;
		}
		assay_tgt_session_end(s, NULL);
		s = own->target->sessions;
	}
	assay_tgt_session_end(own, c);
	assay_tgt_finish(c);
}

static void progress(struct assay_tgt_tmf *f, struct assay_tgt_session *s)
{
	struct assay_tgt_tmf done;

	if (!f->executed) {
		if (!commands_here(f, s) || s->ended || !f->used || !data_here(f, s))
			return;
		execute(f, s);
	}
	if (!fence_clear(f, s))
		return;
	done = *f;
	*f = (struct assay_tgt_tmf){ 0 };
	respond(done.conn, done.itt, COMPLETE);
	if (done.function == TARGET_COLD_RESET)
		end_sessions(done.conn);
	else
		assay_tgt_run_ready(s);
}

void assay_tgt_tmf_progress(struct assay_tgt_session *s)
{
	for (unsigned i = 0; i < ASSAY_TGT_TMF_MAX && !s->ended; i++)
		if (s->tmfs[i].used)
			progress(&s->tmfs[i], s);
}

void assay_tgt_tmf_forget(struct assay_tgt_session *s, const struct assay_target_conn *c)
{
	for (unsigned i = 0; i < ASSAY_TGT_TMF_MAX; i++)
		if (s->tmfs[i].used && s->tmfs[i].conn == c)
			s->tmfs[i] = (struct assay_tgt_tmf){ 0 };
}

/* ---- the request ---- */

/* What can be said at once, or LATER. */
static int answer_now(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	switch (pdu->function) {
	case ABORT_TASK:
	case ABORT_TASK_SET:
	case CLEAR_TASK_SET:
	case LOGICAL_UNIT_RESET:
		if (!assay_scsi_lun_exists(c->session->nexus, pdu->lun) &&
			!assay_tgt_defective(c->target, ASSAY_DEFECT_TMF_LUN_UNCHECKED))
			return NO_SUCH_LUN;
		return pdu->function == ABORT_TASK ? abort_task(c, pdu) : LATER;
	case TARGET_WARM_RESET:
	case TARGET_COLD_RESET: return LATER;
	case TASK_REASSIGN:
		return assay_tgt_defective(c->target, ASSAY_DEFECT_REASSIGN_COMPLETE) ? COMPLETE
										      : NO_REASSIGNMENT;
	default:
		return assay_tgt_defective(c->target, ASSAY_DEFECT_TMF_UNKNOWN_COMPLETE) ? COMPLETE
											 : NOT_SUPPORTED;
	}
}

void assay_tgt_tmf(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	unsigned place = 0;
	int response;

	if (!pdu->immediate && assay_tgt_defective(c->target, ASSAY_DEFECT_TMF_IN_ORDER_IGNORED))
		return;
	if (is_tmf(s, pdu->itt)) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_TASK_IN_PROGRESS);
		return;
	}
	response = answer_now(c, pdu);
	while (place < ASSAY_TGT_TMF_MAX && s->tmfs[place].used)
		place++;
	if (response == LATER && place == ASSAY_TGT_TMF_MAX) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_TOO_MANY_IMMEDIATE);
		return;
	}
	if (response != LATER) {
		if (!c->closing &&
			!assay_tgt_fault_tmf(c, response != NO_SUCH_TASK && response != NO_SUCH_LUN))
			respond(c, pdu->itt, response);
		return;
	}
	s->tmfs[place] = (struct assay_tgt_tmf){ .used = true,
		.conn = c,
		.lun = pdu->lun,
		.itt = pdu->itt,
		.cmd_sn = pdu->cmd_sn,
		.function = pdu->function,
		.deadline = c->target->now + ASSAY_TGT_ABORT_TIME };
	progress(&s->tmfs[place], s);
}
