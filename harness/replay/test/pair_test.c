/* pair_test.c - both drivers against one another, with captures that are made here: what is the same on both sides gives no difference, whatever it is, and costs no time. */
#include "pair_captures.h"

/* ---- the same on both sides ---- */

static void two_sessions(void)
{
	begin();
	captured_login(0);
	captured_login(1);
	exchange(1, 0);
	exchange(0, 0);
	captured(1, command(3, 101, 0x25));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	captured(1, response(3, 52, 102));
	captured_end(1, ASSAY_TARGET, ASSAY_FLOW_FIN);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	play_both();
	expect_the_same();
	CU_ASSERT_EQUAL(p.counts.connections, 2);
	CU_ASSERT_EQUAL(p.counts.requests, 6);
	CU_ASSERT_TRUE(p.clock.now < 2 * ASSAY_SECOND);
}

/* A second connection of the session: one command is on it, between two of the first. */
static void two_connections(void)
{
	struct assay_pdu second = login_request(UINT64_C(0x800000000001), 9, 101);
	struct assay_pdu answer = login_response(7, 131);

	begin();
	captured_login(0);
	exchange(0, 0);
	open_captured(1);
	second.tsih = 7;
	second.cid = 1;
	captured(1, second);
	answer.itt = 9;
	answer.stat_sn = 900;
	answer.exp_cmd_sn = 101;
	answer.data_length = 0;
	captured(1, answer);
	captured(1, command(10, 101, 0x12));
	captured(0, command(11, 102, 0x12));
	captured(0, response(11, 52, 103));
	captured(1, response(10, 901, 103));
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	captured_end(1, ASSAY_INITIATOR, ASSAY_FLOW_RESET);
	play_both();
	expect_the_same();
	CU_ASSERT_EQUAL(p.counts.connections, 2);
	CU_ASSERT_EQUAL(p.replayed.compared, 5);
}

static void a_reject(void)
{
	begin();
	capture_reject();
	play_both();
	expect_the_same();
}

/* The target pings, with its answer in the capture; then the initiator does. */
static void pings(void)
{
	struct assay_pdu ping = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.immediate = 1,
		.itt = 40,
		.ttt = ASSAY_TAG_RESERVED,
		.cmd_sn = 100,
		.exp_stat_sn = 51,
		TEXT("ping") };
	struct assay_pdu answer = nop_in(ASSAY_TAG_RESERVED, 51, 100, 131);

	begin();
	captured_login(0);
	captured(0, nop_in(77, 51, 100, 131));
	captured(0, pong(77, 100));
	captured(0, ping);
	answer.itt = 40;
	answer.data = ping.data;
	answer.data_length = ping.data_length;
	captured(0, answer);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	play_both();
	expect_the_same();
	CU_ASSERT_EQUAL(p.replayed.pings + p.counts.pings, 0);
	CU_ASSERT_EQUAL(p.counts.requests, 3);
}

/* A command is aborted; it never gets an answer of its own. */
static void task_management(void)
{
	begin();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, (struct assay_pdu){ .opcode = ASSAY_TASK_MANAGEMENT_REQUEST,
			    .final = 1,
			    .immediate = 1,
			    .function = 1,
			    .itt = 3,
			    .rtt = 2,
			    .ref_cmd_sn = 100,
			    .cmd_sn = 101,
			    .exp_stat_sn = 51 });
	captured(0, (struct assay_pdu){ .opcode = ASSAY_TASK_MANAGEMENT_RESPONSE,
			    .final = 1,
			    .itt = 3,
			    .stat_sn = 51,
			    .exp_cmd_sn = 101,
			    .max_cmd_sn = 132 });
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	play_both();
	expect_the_same();
	CU_ASSERT_TRUE(p.clock.now < 2 * ASSAY_SECOND);
}

static void a_window(void)
{
	begin();
	capture_window(true);
	play_both();
	expect_the_same();
	CU_ASSERT_TRUE(p.clock.now < 2 * ASSAY_SECOND);
}

static void a_write(void)
{
	begin();
	capture_write("efgh");
	play_both();
	expect_the_same();
	CU_ASSERT_EQUAL(p.replayed.made, 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(two_sessions),
	UNIT_TEST(two_connections),
	UNIT_TEST(a_reject),
	UNIT_TEST(pings),
	UNIT_TEST(task_management),
	UNIT_TEST(a_window),
	UNIT_TEST(a_write),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("pair", tests);
}
