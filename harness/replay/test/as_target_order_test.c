/* as_target_order_test.c - when a played target answers, and when it ends a connection: requests in another order than in the capture, late ones, other connections, silence. */
#include "as_target_world.h"

/* Answers keep the order of the capture, though the initiator asks for the other one first. */
static void order(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 51, 102));
	captured(0, response(2, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	CU_ASSERT_FALSE(live_hear()); /* its answer came after another one */
	live_say(command(501, 9001, 0x25));
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.got.stat_sn, 51);
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_EQUAL(w.got.stat_sn, 52);
	live_leave();
}

/* What does not come is waited for, and then the others go on without it; it may come late. */
static void patience(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), w.now + PATIENCE);
	live_say(command(501, 9000, 0x25));
	CU_ASSERT_FALSE(live_hear());
	assay_replay_target_tick(w.t, w.now + PATIENCE - 1);
	CU_ASSERT_FALSE(live_hear());
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.got.stat_sn, 51);
	live_say(command(502, 9001, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 502);
	CU_ASSERT_EQUAL(w.got.stat_sn, 52);
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* The target ends the first connection for the login on the second one, and no sooner. */
static void an_end_for_another_connection(void)
{
	struct assay_replay_target_link *first;

	live_clear();
	captured_login(0);
	captured_login(1);
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	first = w.k;
	CU_ASSERT_EQUAL(assay_replay_target_ends(first), ASSAY_REPLAY_STAYS);
	live_login();
	CU_ASSERT_EQUAL(assay_replay_target_ends(first), ASSAY_REPLAY_CLOSES);
	live_leave();
	assay_replay_target_closed(first, ASSAY_TARGET, false, ++w.now);
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* Where the capture has its FIN it closes there, and not for what the initiator sent before it noticed. */
static void an_end_by_a_fin(void)
{
	const struct assay_timeline_stand fin = { .dir = ASSAY_TO_INITIATOR, .end = true };

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	assay_script_stand(w.s, &w.connections[0], &fin);
	captured(0, command(3, 101, 0x25));
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 0);
}

/* A FIN that answers the initiator's is not the target's end: the live initiator closes first, too. */
static void a_fin_that_answers(void)
{
	struct assay_timeline_stand fin = { .dir = ASSAY_TO_TARGET, .end = true };

	live_clear();
	captured_login(0);
	assay_script_stand(w.s, &w.connections[0], &fin);
	fin.dir = ASSAY_TO_INITIATOR;
	assay_script_stand(w.s, &w.connections[0], &fin);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	assay_replay_target_tick(w.t, w.now + 2 * PATIENCE);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	live_leave();
}

/* It was over later than the target closed it: nobody says anything until it does. */
static void an_end_in_silence(void)
{
	live_clear();
	captured_login(0);
	captured_login(1);
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	assay_replay_target_tick(w.t, w.now + PATIENCE - 1);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
}

/* A connection plays the captured one that begins as it does. */
static void begins_alike(void)
{
	struct assay_pdu other = {
		.opcode = ASSAY_NOP_OUT, .immediate = 1, .final = 1, .itt = 3, .ttt = ASSAY_TAG_RESERVED
	};

	live_clear();
	captured_login(0);
	open_captured(1);
	captured(1, other);
	captured_end(1, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	live_say(other);
	CU_ASSERT_EQUAL(w.differing, 0);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS); /* the login came before it */
	live_leave();
	live_login();
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* The command before it has not come: no answer, though it stands first on its connection. */
static void turn_of_a_command(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(3, 101, 0x25));
	captured(0, command(2, 100, 0x12));
	captured(0, response(3, 51, 102));
	captured(0, response(2, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(501, 9001, 0x25));
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	CU_ASSERT_FALSE(live_hear());
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	live_leave();
}

/* One request does not come, and very many behind it do. */
static void one_missing_of_many(void)
{
	enum { MANY = 3000 };

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	for (uint32_t n = 0; n < MANY; n++) {
		captured(0, command(3 + n, 101 + n, 0x25));
		captured(0, response(3 + n, 52 + n, 102 + n));
	}
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	for (uint32_t n = 0; n < MANY; n++) {
		live_say(command(500 + n, 9000 + n, 0x25));
		assay_replay_target_tick(w.t, w.now + PATIENCE);
		live_expect(ASSAY_SCSI_RESPONSE, 500 + n);
	}
	CU_ASSERT_EQUAL(w.differing, 0);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 1);
	CU_ASSERT_EQUAL(w.differing, 1);
}

static CU_TestInfo tests[] = {
	{ "one missing of many", one_missing_of_many },
	{ "order", order },
	{ "patience", patience },
	{ "an end for another connection", an_end_for_another_connection },
	{ "an end by a FIN", an_end_by_a_fin },
	{ "a FIN that answers", a_fin_that_answers },
	{ "an end in silence", an_end_in_silence },
	{ "begins alike", begins_alike },
	{ "turn of a command", turn_of_a_command },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target_order", tests);
}
