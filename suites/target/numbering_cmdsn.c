/* numbering_cmdsn.c - CmdSN, ExpCmdSN and MaxCmdSN: order, window, duplicates, immediate commands, wraparound: RFC 7143 section 4.2.2.1. */
#include "codec/serial.h"
#include "suites/target/common.h"
#include "suites/target/target_suites.h"

#define WINDOW_MOST 1024 /* commands that a test sends to fill a window; a larger one is left alone */

/* Commands that the window takes from CmdSN on; a test that needs more than there are is not for this target. */
static uint32_t window(struct assay_t *t, const struct assay_initiator *i, uint32_t least)
{
	uint32_t size = i->session->max_cmd_sn - i->session->cmd_sn + 1;

	if (size < least || size > WINDOW_MOST)
		assay_skip(t, "not-offered");
	return size;
}

/* Commands reach execution in the order of CmdSN, in whatever order they come: the one that fills the gap is answered first. */
static void order(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t sn = i->session->cmd_sn, first, second, third;

	window(t, i, 3);
	second = assay_send_ping(t, i, sn + 1);
	third = assay_send_ping(t, i, sn + 2);
	first = assay_send_ping(t, i, sn);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the ping with the lowest CmdSN answered first");
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, second, "the ping with the next CmdSN answered next");
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, third, "the ping with the highest CmdSN answered last");
}

/* ExpCmdSN has no holes: while a command is missing, what came behind it is neither acknowledged nor answered. */
static void gap(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t sn = i->session->cmd_sn, held;
	struct assay_pdu answer;

	window(t, i, 2);
	held = assay_send_ping(t, i, sn + 1);
	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.exp_cmd_sn, sn);
	assay_send_ping(t, i, sn);
	REQUIRE(t, i, assay_recv(i, &answer));
	EXPECT_NEXT(t, i, &answer, ASSAY_NOP_IN, held, "the ping behind the gap, now that it is filled");
	EXPECT_EQ(t, answer.exp_cmd_sn, sn + 2);
}

/* A session has one CmdSN for all its connections: a command on one waits for the missing one that goes to another. */
static void order_across_connections(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;
	uint32_t sn, first, second;

	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	REQUIRE(t, j, assay_login(j));
	sn = i->session->cmd_sn;
	window(t, i, 2);
	second = assay_send_ping(t, j, sn + 1);
	EXPECT_QUIET(t, j, NULL);
	first = assay_send_ping(t, i, sn);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the ping that fills the gap answered");
	EXPECT_NEXT(t, j, NULL, ASSAY_NOP_IN, second, "the ping behind the gap answered after it");
}

/* What carries a CmdSN outside ExpCmdSN to MaxCmdSN is silently ignored, and moves nothing. */
static void ignored(struct assay_t *t, struct assay_initiator *i, uint32_t cmd_sn)
{
	uint32_t expected = i->session->cmd_sn;
	struct assay_pdu answer;

	assay_send_ping(t, i, cmd_sn);
	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.exp_cmd_sn, expected);
}

static void beyond_window(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	ignored(t, i, i->session->max_cmd_sn + 1);
	ignored(t, i, i->session->max_cmd_sn + 100000);
	EXPECT_ALIVE(t, i);
}

static void below_window(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	ignored(t, i, i->session->cmd_sn - 1);
	ignored(t, i, i->session->cmd_sn - 100000);
	EXPECT_ALIVE(t, i);
}

/* Ignored means forgotten: when the window has moved so far, another command with that CmdSN is the first of it. */
static void beyond_window_is_forgotten(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t size = window(t, i, 1), inside;

	assay_send_ping(t, i, i->session->max_cmd_sn + 1);
	for (uint32_t n = 0; n < size; n++)
		REQUIRE(t, i, assay_nop(i, NULL, 0, NULL));
	inside = assay_send_ping(t, i, i->session->cmd_sn);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, inside, "an answer to the ping that came inside the window");
	EXPECT_SILENCE(t, i);
}

/* Two commands with one CmdSN inside the window: the second is a duplicate, silently ignored, whether it is the same command or another. */
static void duplicate(struct assay_t *t, bool same)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t sn = i->session->cmd_sn, first;
	struct assay_pdu held;

	window(t, i, 2);
	assay_make(i, &held, ASSAY_NOP_OUT);
	held.cmd_sn = sn + 1;
	REQUIRE(t, i, assay_send(i, &held));
	if (same)
		REQUIRE(t, i, assay_send(i, &held));
	else
		assay_send_ping(t, i, sn + 1);
	first = assay_send_ping(t, i, sn);
	i->session->cmd_sn = sn + 2;
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the ping that fills the gap answered");
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, held.itt, "the first ping with the CmdSN behind it answered");
	EXPECT_SILENCE(t, i);
}

static void duplicate_number(struct assay_t *t)
{
	duplicate(t, false);
}

static void duplicate_command(struct assay_t *t)
{
	duplicate(t, true);
}

/* Section 7.2.1: a retry of a command that is in progress already is silently ignored; the task goes on as if there had been none. */
static void retry_of_live_command(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);

	w.command.exp_stat_sn = i->exp_stat_sn;
	REQUIRE(t, i, assay_send(i, &w.command));
	EXPECT_QUIET(t, i, NULL);
	assay_finish_write(t, i, &w);
	EXPECT_SILENCE(t, i);
}

/* Serial arithmetic: a session that begins just below 2^32 goes on beyond it, its window first. */
static void wraparound(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pdu answer;

	i->session->cmd_sn = 0xfffffffd;
	REQUIRE(t, i, assay_login(i));
	for (int n = 0; n < 6; n++) {
		REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
		EXPECT_EQ(t, answer.exp_cmd_sn, i->session->cmd_sn);
	}
}

/* The same with a command ahead of its turn: 0 comes after 0xffffffff. */
static void order_across_wraparound(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	uint32_t first, second;

	i->session->cmd_sn = 0xffffffff;
	REQUIRE(t, i, assay_login(i));
	window(t, i, 2);
	second = assay_send_ping(t, i, 0);
	EXPECT_QUIET(t, i, NULL);
	first = assay_send_ping(t, i, 0xffffffff);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the ping with CmdSN 0xffffffff answered first");
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, second, "the ping with CmdSN 0 answered next");
}

/* An immediate command takes no number: ExpCmdSN stays, and the next command has the same CmdSN. */
static void immediate_takes_no_number(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t sn = i->session->cmd_sn;
	struct assay_pdu answer;

	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.exp_cmd_sn, sn);
	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.exp_cmd_sn, sn);
	REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
	EXPECT_EQ(t, answer.exp_cmd_sn, sn + 1);
}

/* The window is never less than closed: MaxCmdSN is ExpCmdSN - 1 at least, from the login on. */
static void window_floor(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pdu answer;

	REQUIRE(t, i, assay_login(i));
	answer = i->login.response;
	for (int n = 0; n < 4; n++) {
		EXPECT(t, assay_sn_ge(answer.max_cmd_sn, answer.exp_cmd_sn - 1),
			"MaxCmdSN at least ExpCmdSN - 1", "MaxCmdSN=%u ExpCmdSN=%u", answer.max_cmd_sn,
			answer.exp_cmd_sn);
		REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
	}
}

/* What MaxCmdSN has allowed stays allowed: an initiator ignores a lower one, so a target that needs the room back cannot count on it. */
static void window_kept(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t max = i->session->max_cmd_sn;
	struct assay_pdu answer;

	for (int n = 0; n < 6; n++) {
		REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
		EXPECT(t, assay_sn_ge(answer.max_cmd_sn, max), "a MaxCmdSN no lower than before",
			"MaxCmdSN=%u after %u", answer.max_cmd_sn, max);
		max = answer.max_cmd_sn;
	}
}

/* Sends pings for the whole window but its first number, so that none of them can be answered. Returns their ITTs and the window's size. */
static uint32_t *fill_window(struct assay_t *t, struct assay_initiator *i, uint32_t *size)
{
	uint32_t *itts;

	*size = window(t, i, 2);
	itts = assay_alloc(t, *size * sizeof(*itts));
	for (uint32_t n = 1; n < *size; n++)
		itts[n] = assay_send_ping(t, i, i->session->cmd_sn + n);
	return itts;
}

/* MaxCmdSN - ExpCmdSN + 1 is what the target can queue: so many commands find their place, in order or not. */
static void whole_window(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t size, *itts = fill_window(t, i, &size);

	itts[0] = assay_send_ping(t, i, i->session->cmd_sn);
	for (uint32_t n = 0; n < size; n++)
		EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, itts[n],
			"every ping of the window answered in the order of CmdSN");
}

/* SAM-5: whoever cannot queue a command says so, with BUSY or TASK SET FULL, and loses none silently; the window is what the target says that it can. */
static void window_of_commands(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t size = window(t, i, 2), sn = i->session->cmd_sn;
	struct assay_task *tasks = assay_alloc(t, size * sizeof(*tasks));

	for (uint32_t n = 1; n <= size; n++) { /* the first comes last, so that the others have to be kept */
		struct assay_task *task = &tasks[n % size];

		*task = *assay_scsi_prepare(t, assay_lun(t), scsi_cdb_testunitready(), NULL, 0);
		i->session->cmd_sn = sn + n % size;
		REQUIRE(t, i, assay_task_start(i, task));
	}
	i->session->cmd_sn = sn + size;
	REQUIRE(t, i, assay_tasks_finish(i, tasks, size));
	for (uint32_t n = 0; n < size; n++)
		EXPECT(t, tasks[n].status == 0x00 || tasks[n].status == 0x08 || tasks[n].status == 0x28,
			"GOOD, BUSY or TASK SET FULL for each command of the window", "status 0x%02x",
			tasks[n].status);
}

/* The CmdSN of an immediate command may lie outside the window: when that is used up, task management must still get through. */
static void immediate_with_closed_window(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t size, sn = i->session->cmd_sn;
	struct assay_pdu answer;

	fill_window(t, i, &size);
	i->session->cmd_sn = sn + size;
	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.exp_cmd_sn, sn);
}

/* A response never comes before its command is acknowledged, at the latest by the response itself. */
static void acknowledged_with_response(struct assay_t *t)
{
	static const uint8_t test_unit_ready[6];
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t sn = i->session->cmd_sn;
	struct assay_task task;
	struct assay_pdu pdu;

	assay_task_init(&task, assay_lun(t), test_unit_ready, sizeof(test_unit_ready));
	REQUIRE(t, i, assay_task_start(i, &task));
	EXPECT_NEXT(t, i, &pdu, ASSAY_SCSI_RESPONSE, task.itt, "the response to TEST UNIT READY");
	EXPECT_EQ(t, pdu.exp_cmd_sn, sn + 1);
}

/* At any time there is room for an immediate task management request and another immediate command on a connection. */
static void immediate_pair(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu abort, ping, answer;

	assay_make(i, &abort, ASSAY_TASK_MANAGEMENT_REQUEST);
	abort.function = 1;
	abort.lun = assay_lun(t);
	abort.rtt = 0x7ffffff0;
	abort.ref_cmd_sn = i->session->cmd_sn - 1;
	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.immediate = 1;
	REQUIRE(t, i, assay_send(i, &abort));
	REQUIRE(t, i, assay_send(i, &ping));
	for (int n = 0; n < 2; n++) {
		REQUIRE(t, i, assay_recv(i, &answer));
		EXPECT(t,
			(answer.opcode == ASSAY_NOP_IN && answer.itt == ping.itt) ||
				(answer.opcode == ASSAY_TASK_MANAGEMENT_RESPONSE && answer.itt == abort.itt),
			"an answer to each of two immediate requests",
			"opcode 0x%02x, ITT=0x%x, reason 0x%02x", answer.opcode, answer.itt, answer.reason);
	}
}

static const struct assay_test tests[] = {
	{ .id = "numbering.order",
		.reqs = "R7143-4.2.2.1-07",
		.section = "4.2.2.1",
		.level = MUST,
		.run = order,
		.desc = "executes commands in the order of CmdSN, not of their coming",
		.defects = "cmdsn-gap-ignored cmdsn-gap-dropped" },
	{ .id = "numbering.gap",
		.reqs = "R7143-4.2.2.1-09 R7143-4.2.2.1-07",
		.section = "4.2.2.1",
		.level = MUST,
		.run = gap,
		.desc = "neither acknowledges nor answers commands behind a missing one",
		.defects = "cmdsn-gap-ignored" },
	{ .id = "numbering.order-across-connections",
		.reqs = "R7143-4.2.2.1-07 R7143-4.2.2.1-09",
		.section = "4.2.2.1",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = order_across_connections,
		.desc = "keeps the order of CmdSN over the connections of a session",
		.defects = "cmdsn-gap-ignored" },
	{ .id = "numbering.beyond-window",
		.reqs = "R7143-4.2.2.1-12",
		.section = "4.2.2.1",
		.level = MUST,
		.run = beyond_window,
		.desc = "silently ignores commands with a CmdSN above MaxCmdSN",
		.defects = "cmdsn-window-unchecked" },
	{ .id = "numbering.below-window",
		.reqs = "R7143-4.2.2.1-12 R7143-4.2.2.1-13",
		.section = "4.2.2.1",
		.level = MUST,
		.run = below_window,
		.desc = "silently ignores commands with a CmdSN below ExpCmdSN",
		.defects = "cmdsn-window-unchecked" },
	{ .id = "numbering.beyond-window-is-forgotten",
		.reqs = "R7143-4.2.2.1-12",
		.section = "4.2.2.1",
		.level = MUST,
		.run = beyond_window_is_forgotten,
		.desc = "does not keep a command from beyond the window until the window has moved to it",
		.defects = "cmdsn-beyond-kept" },
	{ .id = "numbering.duplicate-number",
		.reqs = "R7143-4.2.2.1-13",
		.section = "4.2.2.1",
		.level = MUST,
		.run = duplicate_number,
		.desc = "silently ignores a second command with a CmdSN that waits for its turn",
		.defects = "cmdsn-last-duplicate-wins" },
	{ .id = "numbering.duplicate-command",
		.reqs = "R7143-4.2.2.1-13",
		.section = "4.2.2.1",
		.level = MUST,
		.run = duplicate_command,
		.desc = "silently ignores a command that comes again while it waits for its turn",
		.defects = "cmdsn-duplicate-rejected" },
	{ .id = "numbering.retry-of-live-command",
		.reqs = "R7143-4.2.2.1-15 R7143-4.2.2.1-13",
		.section = "7.2.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = retry_of_live_command,
		.desc = "silently ignores the retry of a command in progress and goes on with it",
		.defects = "cmdsn-duplicate-rejected" },
	{ .id = "numbering.wraparound",
		.reqs = "R7143-4.2.2.1-10",
		.section = "4.2.2.1",
		.level = MUST,
		.run = wraparound,
		.desc = "counts CmdSN on from 0xffffffff to 0",
		.defects = "cmdsn-plain-arithmetic" },
	{ .id = "numbering.order-across-wraparound",
		.reqs = "R7143-4.2.2.1-10 R7143-4.2.2.1-07",
		.section = "4.2.2.1",
		.level = MUST,
		.run = order_across_wraparound,
		.desc = "executes CmdSN 0 after 0xffffffff",
		.defects = "cmdsn-plain-arithmetic cmdsn-gap-ignored" },
	{ .id = "numbering.immediate-takes-no-number",
		.reqs = "R7143-4.2.2.1-14",
		.section = "4.2.2.1",
		.level = MUST,
		.run = immediate_takes_no_number,
		.desc = "does not count immediate commands in ExpCmdSN",
		.defects = "cmdsn-immediate-counted expcmdsn-back" },
	{ .id = "numbering.window-floor",
		.reqs = "R7143-4.2.2.1-11",
		.section = "4.2.2.1",
		.level = MUST,
		.run = window_floor,
		.desc = "sends no MaxCmdSN below ExpCmdSN - 1",
		.defects = "maxcmdsn-too-low" },
	{ .id = "numbering.window-kept",
		.reqs = "R7143-4.2.2.1-14",
		.section = "4.2.2.1",
		.level = SHOULD,
		.run = window_kept,
		.desc = "does not take back what MaxCmdSN has allowed",
		.defects = "maxcmdsn-back" },
	{ .id = "numbering.whole-window",
		.reqs = "R7143-4.2.2.1-14 R7143-4.2.2.1-07",
		.section = "4.2.2.1",
		.level = MUST,
		.run = whole_window,
		.desc = "queues as many commands as MaxCmdSN - ExpCmdSN + 1 promises",
		.defects = "cmdsn-queue-short" },
	{ .id = "numbering.window-of-commands",
		.reqs = "S-STATUS-02 R7143-4.2.2.1-14",
		.section = "4.2.2.1",
		.level = MUST,
		.run = window_of_commands,
		.desc = "answers every command of a whole window, if only with TASK SET FULL",
		.defects = "cmdsn-queue-short" },
	{ .id = "numbering.immediate-with-closed-window",
		.reqs = "R7143-4.2.2.1-22",
		.section = "4.2.2.1",
		.level = MUST,
		.run = immediate_with_closed_window,
		.desc = "serves an immediate command while the command window is used up",
		.defects = "cmdsn-immediate-in-window" },
	{ .id = "numbering.acknowledged-with-response",
		.reqs = "R7143-4.2.2.1-17",
		.section = "4.2.2.1",
		.level = MUST,
		.run = acknowledged_with_response,
		.desc = "acknowledges a command with its response at the latest",
		.defects = "expcmdsn-late" },
	{ .id = "numbering.immediate-pair",
		.reqs = "R7143-4.2.2.1-06",
		.section = "4.2.2.1",
		.level = MUST,
		.run = immediate_pair,
		.desc = "takes an immediate task management request and another immediate command together",
		.defects = "immediate-refused" },
};

const struct assay_suite assay_suite_numbering_cmdsn = {
	.name = "numbering",
	.desc = "command numbering: order, window, duplicates, immediate commands",
	ASSAY_TESTS(tests),
};
