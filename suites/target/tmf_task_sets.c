/* tmf_task_sets.c - functions for many tasks: ABORT TASK SET, CLEAR TASK SET and resets: RFC 7143 sections 4.2.3.3, 10.7, 11.5 and 11.6, SAM-5 section 7. */
#include "codec/lun.h"
#include "suites/target/target_suites.h"
#include "suites/target/tmf.h"
#include "suites/target/transfer.h"

static struct assay_initiator *session(struct assay_t *t)
{
	return assay_connect_with(t, SOLICITED, NULL);
}

/* An immediate ping, which goes ahead of what waits; returns its tag. */
static uint32_t ping(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_pdu nop;

	assay_make(i, &nop, ASSAY_NOP_OUT);
	nop.immediate = 1;
	REQUIRE(t, i, assay_send(i, &nop));
	return nop.itt;
}

/* Functions that are not to be had everywhere: sections 11.5.1 and 11.6.1, SAM-5. To SCSI the responses 5, 6 and 255 are one, FUNCTION REJECTED: each says that an optional
 * function is not to be had. */
static void skip_unsupported(
	struct assay_t *t, enum assay_function function, const struct assay_pdu *response)
{
	if ((function == ASSAY_CLEAR_TASK_SET || function >= ASSAY_TARGET_WARM_RESET) &&
		response->opcode == ASSAY_TASK_MANAGEMENT_RESPONSE &&
		(response->response == 5 || response->response == 6 || response->response == 255))
		assay_skip(t, "not-offered");
}

/* The next PDU answers the ping: until then nothing else came. But what is refused may be refused at once, and is judged the same before and after the pong;
 * and a target that is silent until it has what it waits for sends nothing else, either. */
static void expect_pong(struct assay_t *t, struct assay_initiator *i, uint32_t itt,
	enum assay_function function, const char *expected)
{
	struct assay_pdu pdu;
	int result = assay_recv(i, &pdu);

	if (result == ASSAY_E_TIMEOUT)
		return;
	REQUIRE(t, i, result);
	skip_unsupported(t, function, &pdu);
	if (pdu.opcode == ASSAY_TASK_MANAGEMENT_RESPONSE && pdu.response == 5) {
		EXPECT_TMF(t, &pdu, ASSAY_COMPLETE);
		assay_stop(t);
	}
	EXPECT(t, pdu.opcode == ASSAY_NOP_IN && pdu.itt == itt, expected, "opcode 0x%02x, ITT 0x%08x",
		pdu.opcode, pdu.itt);
	if (pdu.opcode != ASSAY_NOP_IN)
		assay_stop(t);
}

/* ---- the tasks of the session that asks ---- */

/* Sections 4.2.3.3 and 11.5.1: two writes wait for data, which the initiator goes on to send. When the response has come, nothing more comes for them. */
static void own_tasks_end(struct assay_t *t, enum assay_function function)
{
	struct assay_initiator *i = assay_tmf_connect(t, function, assay_write_lun(t));
	struct assay_transfer *a = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *b = assay_transfer_asked_beside(t, a, 1024);
	struct assay_transfer *const writes[] = { a, b, NULL };
	struct assay_pdu request = assay_tmf(
		i, function, function >= ASSAY_TARGET_WARM_RESET ? 0 : assay_write_lun(t));
	struct assay_pdu response;

	REQUIRE(t, i, assay_send(i, &request));
	assay_transfer_answer(t, a);
	assay_transfer_answer(t, b);
	response = assay_tmf_await(t, i, request.itt, writes);
	skip_unsupported(t, function, &response);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_OVER(t, i);
	EXPECT_ALIVE(t, i);
}

static void abort_task_set(struct assay_t *t)
{
	own_tasks_end(t, ASSAY_ABORT_TASK_SET);
}

static void clear_task_set(struct assay_t *t)
{
	own_tasks_end(t, ASSAY_CLEAR_TASK_SET);
}

static void unit_reset(struct assay_t *t)
{
	own_tasks_end(t, ASSAY_LOGICAL_UNIT_RESET);
}

static void warm_reset(struct assay_t *t)
{
	own_tasks_end(t, ASSAY_TARGET_WARM_RESET);
}

/* Section 11.5.1: before it acts, the target waits for the answers to all R2Ts of the tasks. */
static void waits_for_data(struct assay_t *t, enum assay_function function)
{
	struct assay_initiator *i = assay_tmf_connect(t, function, assay_write_lun(t));
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 1024), *const writes[] = { w, NULL };
	struct assay_pdu request = assay_tmf(i, function, assay_write_lun(t)), response;

	REQUIRE(t, i, assay_send(i, &request));
	expect_pong(t, i, ping(t, i), function, "no response before the R2T is answered");
	assay_transfer_answer(t, w);
	response = assay_tmf_await(t, i, request.itt, writes);
	skip_unsupported(t, function, &response);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
}

static void abort_task_set_waits(struct assay_t *t)
{
	waits_for_data(t, ASSAY_ABORT_TASK_SET);
}

static void clear_task_set_waits(struct assay_t *t)
{
	waits_for_data(t, ASSAY_CLEAR_TASK_SET);
}

static void unit_reset_waits(struct assay_t *t)
{
	waits_for_data(t, ASSAY_LOGICAL_UNIT_RESET);
}

/* Section 4.2.3.3 b: it waits for commands that are missing, too: the function means all that have a lower CmdSN. */
static void abort_task_set_waits_for_commands(struct assay_t *t)
{
	struct assay_initiator *i = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, assay_lun(t));
	struct assay_task *task = assay_scsi_prepare(t, assay_lun(t), scsi_cdb_testunitready(), NULL, 0);
	struct assay_transfer missing = { .i = i, .task = task }, *const tasks[] = { &missing, NULL };
	struct assay_pdu request, response;

	REQUIRE(t, i, assay_await_window(i));
	i->session->cmd_sn++;
	request = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_lun(t));
	REQUIRE(t, i, assay_send(i, &request));
	expect_pong(
		t, i, ping(t, i), ASSAY_ABORT_TASK_SET, "no response before the missing command has come");
	i->session->cmd_sn--;
	REQUIRE(t, i, assay_task_start(i, task));
	response = assay_tmf_await(t, i, request.itt, tasks);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	if (response.response) /* then nothing is promised of the command */
		assay_stop(t);
	EXPECT_SILENCE(t, i);
}

/* Section 11.5.1: the function means commands with a lower CmdSN; one that comes behind it, while it waits for data, is executed. */
static void abort_task_set_spares_later(struct assay_t *t)
{
	struct assay_initiator *i = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, assay_write_lun(t));
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *later = assay_transfer_new(t, i, w->place.blocks, 1024);
	struct assay_transfer *const writes[] = { w, later, NULL };
	struct assay_pdu request = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_write_lun(t)), response;

	REQUIRE(t, i, assay_send(i, &request));
	assay_transfer_start(t, later);
	assay_transfer_answer(t, w);
	response = assay_tmf_await(t, i, request.itt, writes);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_WRITTEN(t, later);
}

/* Section 11.6.1: where there are no tasks the function is complete as well. */
static void empty_task_set(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_pdu request = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_lun(t)),
			 response = assay_tmf_run(t, i, &request);

	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_ALIVE(t, i);
}

/* SAM-5: ABORT TASK SET is for the tasks of one unit. */
static void abort_task_set_on_other_unit(struct assay_t *t)
{
	uint64_t other = assay_lun_from_number(assay_setup(t)->second_lun);
	struct assay_initiator *i;
	struct assay_transfer *w;
	struct assay_pdu request, response;

	if (assay_setup(t)->second_lun == assay_setup(t)->write_lun)
		assay_skip(t, "needs-second-lun");
	i = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, other);
	w = assay_transfer_asked(t, i, 0, 1024);
	request = assay_tmf(i, ASSAY_ABORT_TASK_SET, other);
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* ---- the tasks of another session ---- */

/* SAM-5: ABORT TASK SET is for the tasks of one nexus. */
static void abort_task_set_spares_others(struct assay_t *t)
{
	struct assay_initiator *a = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, assay_write_lun(t)),
			       *b = session(t);
	struct assay_transfer *w = assay_transfer_asked(t, b, 0, 1024);
	struct assay_pdu request = assay_tmf(a, ASSAY_ABORT_TASK_SET, assay_write_lun(t)),
			 response = assay_tmf_run(t, a, &request);

	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Is the task set one for all nexuses (TST=000b in the Control mode page, or no such page)? */
static bool task_set_shared(struct assay_t *t, struct assay_initiator *i)
{
	const struct assay_task *task = assay_scsi_on(
		t, i, assay_write_lun(t), scsi_cdb_modesense6(1, 0, 0x0a, 0, 252));
	const uint8_t *data = assay_scsi_data(task);

	if (task->status || task->data_in_length < 4 || task->data_in_length < 4u + data[3] + 3)
		return true;
	return data[4 + data[3] + 2] >> 5 == 0;
}

/* One function on a, while a write of b waits for data; the data comes when the target has the request. The target may wait for it (section 4.2.3.3 a). */
struct third_party {
	struct assay_transfer *w;
	struct assay_task *next; /* TEST UNIT READY on b, after all that */
};

static struct third_party function_on_other(struct assay_t *t, enum assay_function function)
{
	struct assay_initiator *a = session(t), *b = session(t);
	struct third_party p = { .w = assay_transfer_asked(t, b, 0, 1024) };
	struct assay_pdu request = assay_tmf(
		a, function, function >= ASSAY_TARGET_WARM_RESET ? 0 : assay_write_lun(t));
	struct assay_pdu response = { 0 }, pdu;
	uint32_t itt;

	REQUIRE(t, a, assay_send(a, &request));
	itt = ping(t, a);
	do {
		REQUIRE(t, a, assay_recv(a, &pdu));
		if (pdu.itt == request.itt)
			response = pdu;
	} while (pdu.itt != itt);
	assay_transfer_answer(t, p.w);
	if (!response.opcode)
		response = assay_tmf_await(t, a, request.itt, NULL);
	skip_unsupported(t, function, &response);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	p.next = assay_scsi_prepare(t, assay_write_lun(t), scsi_cdb_testunitready(), NULL, 0);
	REQUIRE(t, b, assay_await_window(b));
	REQUIRE(t, b, assay_task_start(b, p.next));
	while (!p.next->done) {
		int taken;

		REQUIRE(t, b, assay_recv(b, &pdu));
		taken = assay_task_take(b, p.w->task, &pdu);
		if (!taken)
			taken = assay_task_take(b, p.next, &pdu);
		/* Section 10.7: data that was on its way is thrown away in silence. */
		EXPECT(t, taken == 1, "the answer to TEST UNIT READY, and no word about the data",
			"opcode 0x%02x", pdu.opcode);
	}
	return p;
}

/* SAM-5: the aborted write ends with TASK ABORTED (TAS=1), or without a word but for a unit attention on the next command. That the write itself ends with the unit
 * attention is as good: it was not executed, and its initiator knows why. */
static void expect_told(struct assay_t *t, const struct third_party *p, uint8_t asc)
{
	const struct assay_task *write = p->w->task, *next = p->next, *told = write->done ? write : next;
	bool aborted = write->done && write->status == 0x40;

	EXPECT(t, aborted || (told->status == 2 && told->sense_key == 6 && told->asc == asc),
		"TASK ABORTED for the write of the other session, or a unit attention of that cause",
		"%s 0x%02x for the write; then status 0x%02x, sense %x/%02x/%02x",
		write->done ? "status" : "no answer", told->status, next->status, told->sense_key, told->asc,
		told->ascq);
}

static void clear_task_set_tells_others(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct third_party p;

	if (!task_set_shared(t, i))
		assay_skip(t, "not-offered");
	p = function_on_other(t, ASSAY_CLEAR_TASK_SET);
	expect_told(t, &p, 0x2f);
}

static void unit_reset_tells_others(struct assay_t *t)
{
	struct third_party p = function_on_other(t, ASSAY_LOGICAL_UNIT_RESET);

	expect_told(t, &p, 0x29);
}

static void warm_reset_tells_others(struct assay_t *t)
{
	struct third_party p = function_on_other(t, ASSAY_TARGET_WARM_RESET);

	expect_told(t, &p, 0x29);
}

/* SAM-5: a reset without any task is told to the other nexuses as well. */
static void unit_reset_attention(struct assay_t *t)
{
	struct assay_initiator *a = session(t), *b = session(t);
	struct assay_pdu request = assay_tmf(a, ASSAY_LOGICAL_UNIT_RESET, assay_lun(t)),
			 response = assay_tmf_run(t, a, &request);
	const struct assay_task *task;

	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	task = assay_scsi(t, b, scsi_cdb_testunitready());
	EXPECT_SENSE(t, task, 0x6, -1);
	EXPECT_EQ(t, task->asc, 0x29);
	EXPECT_ALIVE(t, b);
}

/* SAM-5: a reset leaves the medium as it is. */
static void unit_reset_keeps_medium(struct assay_t *t)
{
	struct assay_initiator *i = session(t);
	struct assay_place place = assay_place(t, 8);
	struct assay_pdu request, response;

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	request = assay_tmf(i, ASSAY_LOGICAL_UNIT_RESET, assay_write_lun(t)); /* with the CmdSN of now */
	response = assay_tmf_run(t, i, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	assay_expect_medium(t, session(t), &place, place.pattern);
}

/* SPC-2 section 7.21: a reset of the unit ends a RESERVE(6), whoever asks for it. */
static void unit_reset_ends_reservation(struct assay_t *t)
{
	struct assay_initiator *a = session(t), *b = session(t);
	struct assay_pdu request, response;

	assay_scsi_offered(t, assay_scsi_on(t, a, assay_write_lun(t), scsi_cdb_reserve6()));
	if (assay_scsi_ready(t, b, assay_write_lun(t))->status != 0x18) {
		assay_scsi_on(t, a, assay_write_lun(t), scsi_cdb_release6()); /* no other test's burden */
		assay_skip(t, "blocked-by:scsi.reserve-release");
	}
	request = assay_tmf(b, ASSAY_LOGICAL_UNIT_RESET, assay_write_lun(t));
	response = assay_tmf_run(t, b, &request);
	EXPECT_TMF(t, &response, ASSAY_COMPLETE);
	EXPECT_GOOD(t, assay_scsi_ready(t, b, assay_write_lun(t)));
}

/* Section 11.5.1: a cold reset, where it is supported, is a power-on: all sessions end, that of the asker too, and a response may not come through. */
static void cold_reset(struct assay_t *t)
{
	struct assay_initiator *a = session(t), *b = session(t);
	struct assay_pdu request = assay_tmf(a, ASSAY_TARGET_COLD_RESET, 0), response = { 0 };
	int result;

	REQUIRE(t, a, assay_send(a, &request));
	result = assay_recv(a, &response);
	if (result == 0 && response.response) {
		EXPECT_TMF(
			t, &response, ASSAY_NOT_SUPPORTED | ASSAY_NOT_AUTHORIZED | ASSAY_FUNCTION_REJECTED);
		EXPECT_ALIVE(t, b);
		return;
	}
	if (result == 0)
		EXPECT_CLOSE(t, a);
	else
		EXPECT(t, result == ASSAY_E_CLOSED || result == ASSAY_E_RESET,
			"the connection closed, with or without a response", "%s", a->error.message);
	EXPECT_CLOSE(t, b);
	EXPECT_ALIVE(t, session(t));
}

#define WRITES     ASSAY_NEED_WRITE
#define DISRUPTIVE (ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE)

#define RECORD(name, requirements, where, need, function, claims, broken_by)                                 \
	{                                                                                                    \
		.id = "tmf." name, .reqs = requirements, .section = where, .level = MUST, .needs = (need),   \
		.run = function, .desc = claims, .defects = broken_by                                        \
	}

static const struct assay_test tests[] = {
	RECORD("abort-task-set", "R7143-11.5.1-04 R7143-11.5.1-01", "11.5.1", WRITES, abort_task_set,
		"ends all tasks of the session with ABORT TASK SET", "task-set-not-aborted"),
	RECORD("clear-task-set", "R7143-11.5.1-04 R7143-11.5.1-01", "11.5.1", WRITES | DISRUPTIVE,
		clear_task_set, "ends all tasks of the session with CLEAR TASK SET", "task-set-not-aborted"),
	RECORD("unit-reset", "R7143-11.5.1-04 R7143-11.5.1-14 S-TMF-04", "11.5.1", WRITES | DISRUPTIVE,
		unit_reset, "ends all tasks of the session with LOGICAL UNIT RESET", "task-set-not-aborted"),
	RECORD("warm-reset", "R7143-11.5.1-04 R7143-11.5.1-15", "11.5.1", WRITES | DISRUPTIVE, warm_reset,
		"ends all tasks of the session with TARGET WARM RESET, where that is supported",
		"task-set-not-aborted"),
	RECORD("abort-task-set-waits", "R7143-11.5.1-07 R7143-4.2.3.3-01 R7143-4.2.3.3-07 R7143-4.2.3.3-14",
		"4.2.3.3", WRITES, abort_task_set_waits,
		"waits for the data of R2Ts before it acts on ABORT TASK SET", "tmf-does-not-wait"),
	RECORD("clear-task-set-waits", "R7143-11.5.1-07 R7143-4.2.3.3-07", "4.2.3.3", WRITES | DISRUPTIVE,
		clear_task_set_waits, "waits for the data of R2Ts before it acts on CLEAR TASK SET",
		"tmf-does-not-wait"),
	RECORD("unit-reset-waits", "R7143-4.2.3.3-07", "4.2.3.3", WRITES | DISRUPTIVE, unit_reset_waits,
		"waits for the data of R2Ts before it acts on LOGICAL UNIT RESET", "tmf-does-not-wait"),
	RECORD("abort-task-set-waits-for-commands", "R7143-4.2.3.3-09 R7143-11.6.1-02", "4.2.3.3", 0,
		abort_task_set_waits_for_commands,
		"waits for missing commands before it acts on ABORT TASK SET", "tmf-gap-ignored"),
	RECORD("abort-task-set-spares-later", "R7143-11.5.1-24", "11.5.1", WRITES,
		abort_task_set_spares_later, "executes a command that comes behind ABORT TASK SET",
		"tmf-takes-later"),
	RECORD("abort-task-set-empty", "R7143-11.5.1-01", "11.6.1", 0, empty_task_set,
		"answers Function complete to ABORT TASK SET without tasks", "tmf-silent"),
	RECORD("abort-task-set-on-other-unit", "S-TMF-02 R7143-11.5.3-01", "11.5.3",
		WRITES | ASSAY_NEED_SECOND_LUN, abort_task_set_on_other_unit,
		"leaves the tasks of other units alone with ABORT TASK SET", "tmf-any-lun"),
	RECORD("abort-task-set-spares-others", "S-TMF-02", "11.5.1", WRITES, abort_task_set_spares_others,
		"leaves the tasks of other sessions alone with ABORT TASK SET", "other-sessions-aborted"),
	RECORD("clear-task-set-tells-others", "S-TMF-03 S-TMF-07 S-UNIT-ATTENTION-10 R7143-10.7-02", "10.7",
		WRITES | DISRUPTIVE, clear_task_set_tells_others,
		"ends the tasks of other sessions with CLEAR TASK SET, throws away their data in silence and "
		"tells them",
		"other-sessions-spared commands-cleared-untold late-data-rejected"),
	RECORD("unit-reset-tells-others", "S-TMF-04 S-UNIT-ATTENTION-06 R7143-10.7-02", "10.7",
		WRITES | DISRUPTIVE, unit_reset_tells_others,
		"ends the tasks of other sessions with LOGICAL UNIT RESET, throws away their data in silence "
		"and tells them",
		"other-sessions-spared reset-untold late-data-rejected"),
	RECORD("warm-reset-tells-others", "R7143-11.5.1-15 S-UNIT-ATTENTION-06", "11.5.1",
		WRITES | DISRUPTIVE, warm_reset_tells_others,
		"ends the tasks of other sessions with TARGET WARM RESET and tells them",
		"other-sessions-spared reset-untold"),
	RECORD("unit-reset-attention", "S-UNIT-ATTENTION-06", "11.5.1", DISRUPTIVE, unit_reset_attention,
		"raises a unit attention for other sessions with LOGICAL UNIT RESET", "reset-untold"),
	RECORD("unit-reset-keeps-medium", "S-TMF-04", "11.5.1", WRITES | DISRUPTIVE, unit_reset_keeps_medium,
		"keeps what is on the medium through LOGICAL UNIT RESET", "tmf-silent"),
	RECORD("unit-reset-ends-reservation", "S-TMF-05", "11.5.1",
		WRITES | DISRUPTIVE | ASSAY_NEED_EXCLUSIVE, unit_reset_ends_reservation,
		"ends a RESERVE(6) with LOGICAL UNIT RESET", "reserve-survives-reset"),
	RECORD("cold-reset", "R7143-11.5.1-17 R7143-11.6.1-01", "11.5.1", DISRUPTIVE, cold_reset,
		"closes all connections with TARGET COLD RESET, where that is supported",
		"cold-reset-keeps-sessions"),
};

const struct assay_suite assay_suite_tmf_task_sets = {
	.name = "tmf",
	.desc = "task sets and resets",
	ASSAY_TESTS(tests),
};
