/* tmf_functions.c - ABORT TASK, and functions that a target may not know: RFC 7143 sections 7.2.2, 7.11, 11.5 and 11.6. Those for many tasks: tmf_task_sets.c. */
#include "codec/lun.h"
#include "suites/target/target_suites.h"
#include "suites/target/tmf.h"
#include "suites/target/transfer.h"
#include "suites/target/vpd.h"

static struct assay_initiator *session(struct assay_t *t)
{
	return assay_connect_with(t, SOLICITED, NULL);
}

/* ---- ABORT TASK ---- */

/* Section 11.6.1 a: a task that is there is aborted. Its data was never sent, so nothing is written. */
static void abort_waiting_write(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *w = assay_transfer_on_zeros(t, i, 0, 1024);
	struct assay_pdu request, response;

	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	request = assay_tmf_abort(i, w);
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_SILENCE(t, i);
	assay_transfer_expect_zeros(t, w);
}

/* Section 11.5.1: nothing comes for the task after the response, whatever data is on its way. */
static void abort_with_data_on_its_way(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 1024), *const writes[] = { w, NULL };
	struct assay_pdu request = assay_tmf_abort(i, w), response;

	REQUIRE(t, i, assay_send(i, &request));
	assay_transfer_answer(t, w);
	response = assay_tmf_await(t, i, request.itt, writes);
	EXPECT_TMF(t, &response, w->task->done ? ASSAY_COMPLETE | ASSAY_NO_TASK : ASSAY_COMPLETE);
	if (response.response)
		return; /* not aborted: it goes on */
	EXPECT_OVER(t, i);
	EXPECT_ALIVE(t, i);
}

/* SAM-5: ABORT TASK is for the task that it names; another one goes on. */
static void abort_one_of_two(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *a = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *b = assay_transfer_asked_beside(t, a, 1024);
	struct assay_pdu request = assay_tmf_abort(i, a), response = assay_tmf_run(t, i, &request);

	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	assay_transfer_answer(t, b);
	EXPECT_WRITTEN(t, b);
}

/* Section 7.11: a task whose status was sent does not exist any more. */
static void abort_completed(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_testunitready());
	struct assay_pdu response;

	REQUIRE(t, i, assay_task_management(i, ASSAY_ABORT_TASK, assay_lun(t), task->itt, &response));
	EXPECT_TMF(t, &response, ASSAY_NO_TASK);
}

/* Section 11.6.1 c: a tag that is not there, and a RefCmdSN outside the window. */
static void abort_unknown(struct assay_t *t, uint32_t (*ref_cmd_sn)(const struct assay_session *s))
{
	struct assay_initiator *i = session(t);
	struct assay_pdu request = assay_tmf(i, ASSAY_ABORT_TASK, assay_lun(t)), response;

	request.rtt = 0x7a7a7a7a;
	request.ref_cmd_sn = ref_cmd_sn(i->session);
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_NO_TASK);
	EXPECT_ALIVE(t, i);
}

static uint32_t before_window(const struct assay_session *s)
{
	return s->exp_cmd_sn - 100;
}

static uint32_t behind_window(const struct assay_session *s)
{
	return s->max_cmd_sn + 100;
}

static void abort_before_window(struct assay_t *t)
{
	abort_unknown(t, before_window);
}

static void abort_behind_window(struct assay_t *t)
{
	abort_unknown(t, behind_window);
}

/* Leaves a CmdSN out, as if its command were still on its way, and aborts that command: returns its tag. */
static uint32_t abort_missing(struct assay_t *t, struct assay_initiator *i, uint32_t *cmd_sn)
{
	struct assay_pdu command, request, response;

	*cmd_sn = i->session->cmd_sn;
	REQUIRE(t, i, assay_await_window(i));
	assay_make(i, &command, ASSAY_SCSI_COMMAND);
	i->session->cmd_sn++;
	request = assay_tmf(i, ASSAY_ABORT_TASK, assay_lun(t));
	request.rtt = command.itt;
	request.ref_cmd_sn = *cmd_sn;
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	if (response.response) /* then nothing is promised of the command */
		assay_stop(t);
	return command.itt;
}

/* Section 11.6.1 b: a command that has not come yet counts as received from then on: what follows it is executed. */
static void abort_unseen(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	uint32_t cmd_sn;

	abort_missing(t, i, &cmd_sn);
	EXPECT_ALIVE(t, i);
}

/* Section 4.2.2.1: when the command comes after all, its CmdSN is outside the window: it is passed over. */
static void abort_unseen_that_comes(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_pdu late;
	uint32_t cmd_sn, itt = abort_missing(t, i, &cmd_sn);

	assay_make(i, &late, ASSAY_SCSI_COMMAND);
	late.itt = itt;
	late.cmd_sn = cmd_sn;
	late.lun = assay_lun(t);
	REQUIRE(t, i, assay_send(i, &late));
	EXPECT_SILENCE(t, i);
}

/* Section 4.2.5.3: a LUN that is not the task's; the task is not aborted. */
static void abort_on_other_unit(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *w;
	struct assay_pdu request, response;

	if (assay_setup(t)->second_lun == assay_setup(t)->write_lun)
		assay_skip(t, "needs-second-lun");
	w = assay_transfer_asked(t, i, 0, 1024);
	request = assay_tmf_abort(i, w);
	request.lun = assay_lun_from_number(assay_setup(t)->second_lun);
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_NO_TASK | ASSAY_NO_LUN | ASSAY_FUNCTION_REJECTED);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 11.5.1: a task management request is not aborted by ABORT TASK, it is Function rejected. ABORT TASK SET, which waits for the data of a write,
 * is such a request; where it does not wait it is over already, and does not exist. */
static void abort_of_function(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 1024), *const writes[] = { w, NULL };
	struct assay_pdu set = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_write_lun(t)), abort, response;
	bool over;

	REQUIRE(t, i, assay_send(i, &set));
	abort = assay_tmf(i, ASSAY_ABORT_TASK, assay_write_lun(t));
	abort.rtt = set.itt;
	abort.ref_cmd_sn = abort.cmd_sn;
	REQUIRE(t, i, assay_send(i, &abort));
	REQUIRE(t, i, assay_recv(i, &response));
	over = response.itt == set.itt;
	if (over)
		response = assay_tmf_await(t, i, abort.itt, NULL);
	EXPECT_TMF(t, &response, over ? ASSAY_FUNCTION_REJECTED | ASSAY_NO_TASK : ASSAY_FUNCTION_REJECTED);
	if (over)
		return;
	assay_transfer_answer(t, w);
	response = assay_tmf_await(t, i, set.itt, writes);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
}

/* ---- other functions ---- */

/* Section 11.5.1: every request gets a response, also for a function that is not supported. */
static void clear_aca(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_pdu request = assay_tmf(i, ASSAY_CLEAR_ACA, assay_lun(t)),
			 response = assay_tmf_run(t, i, &request);

	EXPECT_TMF(t, &response, ASSAY_COMPLETE | ASSAY_NOT_SUPPORTED | ASSAY_FUNCTION_REJECTED);
	EXPECT_ALIVE(t, i);
}

/* Section 7.2.2: at ErrorRecoveryLevel 0 no task is reassigned; one that lives on this connection is not to be reassigned at any level. */
static void reassign(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 1024);
	struct assay_pdu request = assay_tmf(i, ASSAY_TASK_REASSIGN, 0), response;

	request.rtt = w->task->itt;
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_NO_REASSIGNMENT | ASSAY_STILL_ALLEGIANT);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 11: a function that is not assigned is reported as an error: by a response, by a Reject, or as the format error of section 7.7 by a close. */
static void unassigned(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_pdu request = assay_tmf(i, 0x55, assay_lun(t)), answer = { 0 };
	int result;

	REQUIRE(t, i, assay_send(i, &request));
	result = assay_recv(i, &answer);
	EXPECT(t,
		result == ASSAY_E_CLOSED || result == ASSAY_E_RESET ||
			(result == 0 && (answer.opcode == ASSAY_REJECT ||
						(answer.itt == request.itt &&
							(answer.response == 5 || answer.response == 255)))),
		"response 5 (not supported) or 255 (rejected), a Reject, or the connection closed",
		"opcode 0x%02x, response %u (result %d)", answer.opcode, answer.response, result);
}

/* Section 11.6.1: a logical unit that does not exist. "LUN does not exist" is what the list of responses has for it; but a response "may take on" these values, and the
 * service response that it stands for, INCORRECT LOGICAL UNIT NUMBER, is optional in SAM-5. So it should be that one; 5, 6 and 255, all FUNCTION REJECTED to SCSI, refuse
 * as well. 0 and 1 stand for FUNCTION COMPLETE, and have an initiator believe that a unit was there. */
static void missing_unit(struct assay_t *t, enum assay_function function)
{
	struct assay_initiator *i = session(t);
	struct assay_pdu request = assay_tmf(i, function, assay_missing_lun(t, i)),
			 response = assay_tmf_run(t, i, &request);

	EXPECT_TMF(t, &response,
		ASSAY_NO_LUN | ASSAY_NOT_SUPPORTED | ASSAY_NOT_AUTHORIZED | ASSAY_FUNCTION_REJECTED);
}

static void abort_task_set_of_missing_unit(struct assay_t *t)
{
	missing_unit(t, ASSAY_ABORT_TASK_SET);
}

static void clear_task_set_of_missing_unit(struct assay_t *t)
{
	missing_unit(t, ASSAY_CLEAR_TASK_SET);
}

static void reset_of_missing_unit(struct assay_t *t)
{
	missing_unit(t, ASSAY_LOGICAL_UNIT_RESET);
}

/* Section 11.5: a request may come in its order; it takes a CmdSN then. */
static void not_immediate(struct assay_t *t)
{
	struct assay_initiator *i = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, assay_lun(t));
	struct assay_pdu request = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_lun(t)), response;

	request.immediate = 0;
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_EQ(t, response.exp_cmd_sn, request.cmd_sn + 1);
	EXPECT_ALIVE(t, i);
}

#define WRITES     ASSAY_NEED_WRITE
#define DISRUPTIVE (ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE)

#define RECORD(name, requirements, where, need, function, claims, broken_by)                                 \
	{                                                                                                    \
		.id = "tmf." name, .reqs = requirements, .section = where, .level = MUST, .needs = (need),   \
		.run = function, .desc = claims, .defects = broken_by                                        \
	}
#define MISSING_UNIT(name, need, function, claims)                                                           \
	{                                                                                                    \
		.id = "tmf." name, .reqs = "R7143-11.6.1-06", .section = "11.6.1", .level = SHOULD,          \
		.needs = (need), .run = function, .desc = claims, .defects = "tmf-lun-unchecked"             \
	}

static const struct assay_test tests[] = {
	RECORD("abort-waiting-write", "R7143-11.6.1-03 R7143-11.5.1-01", "11.6.1", WRITES,
		abort_waiting_write, "aborts a write that waits for its data, and writes nothing",
		"tmf-silent"),
	RECORD("abort-with-data-on-its-way", "R7143-11.5.1-04 R7143-11.5.1-02 R7143-11.6.1-03", "11.5.1",
		WRITES, abort_with_data_on_its_way,
		"sends nothing for a task after the response to its abort", "abort-task-ignored"),
	RECORD("abort-one-of-two", "S-TMF-01", "11.5.1", WRITES, abort_one_of_two,
		"aborts the task that ABORT TASK names and no other", "abort-takes-oldest"),
	RECORD("abort-completed", "R7143-7.11-04 R7143-11.6.1-05", "7.11", 0, abort_completed,
		"answers the abort of a task that was answered with Task does not exist",
		"abort-unknown-complete"),
	RECORD("abort-before-window", "R7143-11.6.1-05", "11.6.1", 0, abort_before_window,
		"answers the abort of an unknown task with an old RefCmdSN with Task does not exist",
		"abort-unknown-complete"),
	RECORD("abort-behind-window", "R7143-11.6.1-05", "11.6.1", 0, abort_behind_window,
		"answers the abort of an unknown task with a RefCmdSN beyond MaxCmdSN with Task does not "
		"exist",
		"abort-unknown-complete"),
	RECORD("abort-unseen", "R7143-11.6.1-04 R7143-7.11-03", "11.6.1", 0, abort_unseen,
		"takes a command that has not come as received when it is aborted",
		"abort-unseen-not-received"),
	RECORD("abort-unseen-that-comes", "R7143-11.6.1-04 R7143-4.2.2.1-13", "11.6.1", 0,
		abort_unseen_that_comes, "passes over a command that comes after its abort",
		"abort-unseen-not-received"),
	RECORD("abort-on-other-unit", "R7143-4.2.5.3-01", "4.2.5.3", WRITES | ASSAY_NEED_SECOND_LUN,
		abort_on_other_unit, "does not abort a task when the LUN is not the task's", "tmf-any-lun"),
	RECORD("abort-of-function", "R7143-11.5.1-12 R7143-11.5.1-13", "11.5.1", WRITES, abort_of_function,
		"answers the abort of a task management request with Function rejected",
		"abort-tmf-complete"),
	RECORD("clear-aca", "R7143-11.5.1-01 R7143-11.6.1-07", "11.5.1", 0, clear_aca,
		"answers CLEAR ACA, supported or not", "tmf-silent"),
	RECORD("reassign-not-supported", "R7143-7.2.2-07 R7143-7.2.2-08", "7.2.2", WRITES, reassign,
		"refuses TASK REASSIGN of a task on this connection", "reassign-complete"),
	RECORD("unassigned-function", "R7143-11.5.1-23", "11.5.1", 0, unassigned,
		"refuses a function that is not assigned", "tmf-unknown-complete"),
	MISSING_UNIT("abort-task-set-of-missing-unit", 0, abort_task_set_of_missing_unit,
		"answers ABORT TASK SET of a LUN without unit with LUN does not exist, or refuses it"),
	MISSING_UNIT("clear-task-set-of-missing-unit", DISRUPTIVE, clear_task_set_of_missing_unit,
		"answers CLEAR TASK SET of a LUN without unit with LUN does not exist, or refuses it"),
	MISSING_UNIT("reset-of-missing-unit", DISRUPTIVE, reset_of_missing_unit,
		"answers LOGICAL UNIT RESET of a LUN without unit with LUN does not exist, or refuses it"),
	RECORD("not-immediate", "R7143-11.5.1-01", "11.5", 0, not_immediate,
		"performs a task management function that is not immediate", "tmf-in-order-ignored"),
};

const struct assay_suite assay_suite_tmf_functions = {
	.name = "tmf",
	.desc = "ABORT TASK and single functions",
	ASSAY_TESTS(tests),
};
