/* as_target_ways_test.c - the ways in which a target is played: at the pace of the capture, to a PDU of it, and with the bytes as they were. The time is the test's. */
#include <string.h>

#include "as_target_world.h"

#define LATER UINT64_C(500000) /* nanoseconds of the capture; longer than the patience */

/* ---- the pace ---- */

static void paced(void)
{
	live_clear();
	captured_login(0);
	w.pace = true;
}

/* Nothing until then, and at that time something. */
static void expect_at(uint64_t when)
{
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), when);
	assay_replay_target_tick(w.t, when - 1);
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), when);
	w.now = when;
	assay_replay_target_tick(w.t, when);
}

static void an_answer_has_its_time(void)
{
	paced();
	captured(0, command(2, 100, 0x12));
	w.captured_time += LATER;
	captured(0, response(2, 51, 101));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	CU_ASSERT_FALSE(live_hear());
	expect_at(w.now + LATER);
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), UINT64_MAX);
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* The second one was quick, but it stands behind the first one, whose time counts from its own request. */
static void answers_keep_their_order(void)
{
	uint64_t first;

	paced();
	captured(0, command(2, 100, 0x12));
	captured(0, command(3, 101, 0x25));
	w.captured_time += LATER;
	captured(0, response(2, 51, 102));
	captured(0, response(3, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	first = w.now;
	w.now += LATER / 2;
	live_say(command(501, 9001, 0x25));
	expect_at(first + LATER);
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_FALSE(live_hear());
	expect_at(first + LATER + LATER / 2 + 48);
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	live_leave();
}

/* A ping and an end answer nothing: they come as long after what was before them as they did. */
static void what_answers_nothing_has_its_time(void)
{
	paced();
	w.captured_time += LATER;
	captured(0, (struct assay_pdu){ .opcode = ASSAY_NOP_IN,
			    .final = 1,
			    .itt = ASSAY_TAG_RESERVED,
			    .ttt = ASSAY_TAG_RESERVED,
			    .stat_sn = 51,
			    .exp_cmd_sn = 100,
			    .max_cmd_sn = 131 });
	w.captured_time += 2 * LATER;
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	expect_at(w.now + LATER);
	live_expect(ASSAY_NOP_IN, ASSAY_TAG_RESERVED);
	expect_at(w.now + 2 * LATER);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
}

static void a_time_that_goes_back(void)
{
	live_clear();
	w.captured_time = LATER;
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	w.captured_time = 0;
	captured(0, response(2, 51, 101));
	w.pace = true;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	live_leave();
}

static void a_time_beyond_all(void)
{
	paced();
	captured(0, command(2, 100, 0x12));
	w.captured_time = UINT64_MAX;
	captured(0, response(2, 51, 101));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), UINT64_MAX - 1);
	CU_ASSERT_FALSE(live_hear());
	live_leave();
}

/* ---- a part ---- */

static void capture_three(void)
{
	live_clear();
	captured_login(0);
	for (uint32_t n = 0; n < 3; n++) {
		captured(0, command(2 + n, 100 + n, 0x12));
		captured(0, response(2 + n, 51 + n, 101 + n));
	}
}

/* #4 is the answer to the first command: it goes out, and nothing behind it; the connection ends in silence. */
static void nothing_behind_it(void)
{
	capture_three();
	w.stop_at = 4;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	live_say(command(501, 9001, 0x12));
	live_say(command(502, 9002, 0x88)); /* not captured at all */
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(w.differing, 0);
	assay_replay_target_tick(w.t, w.now + PATIENCE - 1);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	assay_replay_target_tick(w.t, assay_replay_target_next(w.t));
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->beyond, 2);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->requests, 2);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 0);
	CU_ASSERT_TRUE(assay_replay_target_end(w.t, false)->stopped);
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* What comes before it is compared as ever, and what does not come is told. */
static void before_it_all_counts(void)
{
	capture_three();
	w.stop_at = 6;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x88));
	live_expect(ASSAY_REJECT, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(w.differing, 1);
	live_say(command(501, 9001, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 2);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 1);
}

/* A connection that begins behind it is not expected, and one that comes is ended without a word. */
static void connections_behind_it(void)
{
	live_clear();
	captured_login(0);
	captured_login(1);
	w.stop_at = 2;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	connect_live();
	live_say(login_request(1, 1, 1));
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->not_played, 0);
	CU_ASSERT_EQUAL(w.differing, 0);
}

static void before_the_first(void)
{
	const struct assay_replay_target_options o = { .names = &w.names, .tap = w.tap, .stop_at = 1 };
	struct assay_replay_target *t;

	live_clear();
	open_captured(0);
	captured(0, response(2, 51, 101)); /* of the target's, and nothing else up to #1 */
	captured(0, command(2, 100, 0));
	CU_ASSERT_EQUAL(assay_replay_target_new(&t, w.s, &o), ASSAY_E_INVAL);
}

/* ---- verbatim ---- */

static void bytes_as_they_were(void)
{
	struct assay_pdu odd = response(2, 59, 104);
	const struct assay_script_item *i;

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0));
	odd.max_cmd_sn = 7;
	captured(0, odd);
	w.verbatim = true;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	live_say(login_request(UINT64_C(0x400000123456), 77, 9000));
	live_expect(ASSAY_LOGIN_RESPONSE, 1);
	CU_ASSERT_TRUE(w.got.isid == UINT64_C(0x800000000001) && w.got.exp_cmd_sn == 100);
	live_say(command(500, 9000, 0));
	live_expect(ASSAY_SCSI_RESPONSE, 2);
	i = &w.s->items[w.s->item_count - 1];
	CU_ASSERT_EQUAL_FATAL(w.got.wire_length, i->pdu.wire_length);
	CU_ASSERT_FALSE(memcmp(w.got.wire, i->pdu.wire, i->pdu.wire_length));
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(an_answer_has_its_time),
	UNIT_TEST(answers_keep_their_order),
	UNIT_TEST(what_answers_nothing_has_its_time),
	UNIT_TEST(a_time_that_goes_back),
	UNIT_TEST(a_time_beyond_all),
	UNIT_TEST(nothing_behind_it),
	UNIT_TEST(before_it_all_counts),
	UNIT_TEST(connections_behind_it),
	UNIT_TEST(before_the_first),
	UNIT_TEST(bytes_as_they_were),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target_ways", tests);
}
