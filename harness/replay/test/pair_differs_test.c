/*
 * pair_differs_test.c - both drivers against one another, each with a capture of its own: what one side's has not got is told by the other, in time that is virtual. Time-outs are those of the options.
 */
#include "pair_captures.h"

/* ---- another target ---- */

/* It answers the first command never: told when the time is over, and what is behind it is played. */
static void an_answer_is_missing(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	initiator = take_capture();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 51, 102));
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "answer"));
	CU_ASSERT_EQUAL(p.replayed.unanswered, 1);
	CU_ASSERT_EQUAL(p.replayed.compared, 2);
	CU_ASSERT_EQUAL(p.clock.now, 6 * ASSAY_SECOND);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
}

static void an_answer_too_many(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	exchange(0, 1);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	initiator = take_capture();
	captured_login(0);
	exchange(0, 0);
	captured(0, response(999, 52, 101));
	captured(0, command(3, 101, 0x12));
	captured(0, response(3, 53, 102));
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "answers to nothing"));
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
}

static void another_status(void)
{
	struct assay_pdu busy = response(2, 51, 101);
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	initiator = take_capture();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	busy.status = 8;
	captured(0, busy);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "Status"));
}

static void it_closes_in_the_middle(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	exchange(0, 1);
	initiator = take_capture();
	captured_login(0);
	exchange(0, 0);
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "connection"));
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
}

static void it_does_not_close(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	initiator = take_capture();
	captured_login(0);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "end of the connection"));
	CU_ASSERT_EQUAL(p.clock.now, 6 * ASSAY_SECOND);
}

static void it_accepts_what_was_rejected(void)
{
	struct assay_script *initiator;

	begin();
	capture_reject();
	initiator = take_capture();
	captured_login(0);
	exchange(0, 0);
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	play_captures(initiator, take_capture());
	CU_ASSERT_TRUE(p.side[ASSAY_INITIATOR].differing >= 1);
	CU_ASSERT_EQUAL(p.replayed.compared, 3);
}

/* Its pings are answered, though the capture has none. */
static void it_pings(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	initiator = take_capture();
	captured_login(0);
	captured(0, nop_in(77, 51, 100, 131));
	captured(0, pong(77, 100));
	exchange(0, 0);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
	CU_ASSERT_EQUAL(p.replayed.pings, 1);
}

static void it_never_opens_the_window(void)
{
	struct assay_script *initiator;

	begin();
	capture_window(true);
	initiator = take_capture();
	capture_window(false);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "command window"));
	CU_ASSERT_EQUAL(p.clock.now, 6 * ASSAY_SECOND);
	CU_ASSERT_EQUAL(p.replayed.not_played, 1);
}

/* It does not ask for the second half. */
static void it_asks_for_less(void)
{
	struct assay_script *initiator = begin_other_write();

	captured(0, data_out(2, 0, "abcd"));
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "R2T"));
	CU_ASSERT_EQUAL(p.clock.now, 6 * ASSAY_SECOND);
}

static void it_is_not_there(void)
{
	for (unsigned from = 1; from <= 2; from++) {
		begin();
		captured_login(0);
		captured_login(1);
		p.refused_from = from;
		p.quiet = true;
		play_both();
		CU_ASSERT_EQUAL(p.result, from == 1 ? ASSAY_E_CONNECT : 0);
		CU_ASSERT_EQUAL(p.replayed.unreachable, from == 1);
		CU_ASSERT_EQUAL(pair_told(&p, ASSAY_INITIATOR, "connection"), from == 2);
		CU_ASSERT_EQUAL(p.counts.not_played, 3 - from);
	}
}

/* ---- another initiator ---- */

static void it_asks_no_more(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	exchange(0, 0);
	initiator = take_capture();
	captured_login(0);
	exchange(0, 0);
	exchange(0, 1);
	captured_login(1);
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 2);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_TARGET, "requests") && pair_told(&p, ASSAY_TARGET, "connection"));
	CU_ASSERT_EQUAL(p.counts.missing, 1);
	CU_ASSERT_FALSE(p.done);
}

/* What comes late is waited for; the rest is answered without it. */
static void it_leaves_one_out(void)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	captured(0, command(3, 100, 0x25));
	captured(0, response(3, 51, 101));
	initiator = take_capture();
	captured_login(0);
	exchange(0, 0);
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
	CU_ASSERT_EQUAL(p.counts.missing, 1);
	CU_ASSERT_TRUE(p.clock.now >= ASSAY_SECOND + 300 * ASSAY_MILLISECOND);
	CU_ASSERT_TRUE(p.clock.now < 2 * ASSAY_SECOND);
}

static void it_writes_something_else(void)
{
	struct assay_script *initiator;

	begin();
	capture_write("efgh");
	initiator = take_capture();
	capture_write("efgx");
	play_captures(initiator, take_capture());
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 1);
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_TARGET, "data written at byte 4"));
}

static CU_TestInfo tests[] = {
	UNIT_TEST(an_answer_is_missing),
	UNIT_TEST(an_answer_too_many),
	UNIT_TEST(another_status),
	UNIT_TEST(it_closes_in_the_middle),
	UNIT_TEST(it_does_not_close),
	UNIT_TEST(it_accepts_what_was_rejected),
	UNIT_TEST(it_pings),
	UNIT_TEST(it_never_opens_the_window),
	UNIT_TEST(it_asks_for_less),
	UNIT_TEST(it_is_not_there),
	UNIT_TEST(it_asks_no_more),
	UNIT_TEST(it_leaves_one_out),
	UNIT_TEST(it_writes_something_else),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("pair_differs", tests);
}
