/* as_target_part_test.c - what of a captured target's stream is no whole PDU: it goes out at its place, with a live header where it has one, and nothing goes out behind it. */
#include <string.h>

#include "as_target_world.h"

/* Takes what has gone out; it must be that long. */
static const uint8_t *take_bytes(size_t length)
{
	const uint8_t *out;

	CU_ASSERT_EQUAL_FATAL(assay_replay_target_output(w.k, &out), length);
	memcpy(w.in, out, length);
	assay_replay_target_sent(w.k, length, w.now);
	return w.in;
}

static void say_ping(void)
{
	live_say((struct assay_pdu){ .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = 600,
		.ttt = ASSAY_TAG_RESERVED,
		.immediate = 1,
		.cmd_sn = 9001 });
}

/* Garbage behind the answer to the first command, and the target closes. */
static void bytes_before_a_close(void)
{
	static const uint8_t junk[] = { 0xde, 0xad, 0xbe, 0xef, 0x01 };

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured_stand(0, sizeof(junk));
	captured_rest(0, junk, sizeof(junk));
	captured_end(0, ASSAY_TARGET, ASSAY_FLOW_FIN);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_FALSE(live_hear());
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_FALSE(memcmp(take_bytes(sizeof(junk)), junk, sizeof(junk)));
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->parts, sizeof(junk));
	CU_ASSERT_EQUAL(w.differing + w.findings, 0);
}

/* Of 100 bytes of data the target sent ten, then another request came, then ten more. */
static void capture_half(uint8_t wire[200])
{
	static const uint8_t data[100] = { 0x5a, 0xa5 };
	struct assay_pdu half = { .opcode = ASSAY_DATA_IN,
		.final = 1,
		.status_present = 1,
		.itt = 2,
		.ttt = ASSAY_TAG_RESERVED,
		.stat_sn = 51,
		.exp_cmd_sn = 101,
		.max_cmd_sn = 132,
		.data = data,
		.data_length = sizeof(data) };

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x28));
	captured_stand(0, 58);
	captured(0, command(3, 101, 0x25));
	captured_stand(0, 68);
	CU_ASSERT_EQUAL_FATAL(assay_pdu_encode(wire + 0, 200, &half, 0), 148);
	captured_rest(0, wire, 68);
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}

static void in_two_parts(void)
{
	uint8_t wire[200];
	struct assay_pdu pdu;

	capture_half(wire);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x28));
	assay_pdu_decode_bhs(&pdu, take_bytes(58));
	CU_ASSERT_TRUE(pdu.opcode == ASSAY_DATA_IN && pdu.itt == 500 && pdu.data_segment_length == 100);
	CU_ASSERT_TRUE(pdu.stat_sn == 51 && pdu.exp_cmd_sn == 9001 && pdu.max_cmd_sn == 9032);
	CU_ASSERT_FALSE(memcmp(w.in + 48, wire + 48, 10));
	live_say(command(501, 9001, 0x25));
	CU_ASSERT_FALSE(memcmp(take_bytes(10), wire + 58, 10));
	say_ping(); /* an answer would be the rest of the data */
	live_say(command(502, 9002, 0x88));
	take_bytes(0);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->parts, 68);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 0);
}

static void verbatim_and_stopped(void)
{
	uint8_t wire[200];

	capture_half(wire);
	w.verbatim = true;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	live_say(login_request(UINT64_C(0x400000123456), 77, 9000));
	live_expect(ASSAY_LOGIN_RESPONSE, 1);
	live_say(command(500, 9000, 0x28));
	CU_ASSERT_FALSE(memcmp(take_bytes(58), wire, 58));
	live_leave();
	capture_half(wire);
	w.stop_at = 3;
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x28));
	take_bytes(0);
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* What became whole is no part, wherever packets cut it. */
static void pieces_of_whole_ones(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured_stand(0, 20);
	captured(0, command(3, 101, 0x25));
	captured_stand(0, 40);
	captured(0, response(2, 51, 102));
	captured(0, response(3, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x12));
	live_say(command(501, 9001, 0x25));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_FALSE(live_hear());
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->parts, 0);
	CU_ASSERT_EQUAL(w.differing, 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(bytes_before_a_close),
	UNIT_TEST(in_two_parts),
	UNIT_TEST(verbatim_and_stopped),
	UNIT_TEST(pieces_of_whole_ones),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target_part", tests);
}
