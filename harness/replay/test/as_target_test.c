/*
 * as_target_test.c - the target's side of a capture that is made here, played to an initiator that is made here, too: other tags and numbers, too many and too few requests, data in other pieces, logins.
 */
#include <stdlib.h>
#include <string.h>

#include "as_target_world.h"
#include "codec/text.h"

static void tags_and_numbers(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0));
	captured(0, response(2, 51, 101));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_EQUAL(w.got.isid, UINT64_C(0x400000123456));
	CU_ASSERT_TRUE(w.got.tsih == 7 && w.got.stat_sn == 50);
	CU_ASSERT_TRUE(w.got.exp_cmd_sn == 9000 && w.got.max_cmd_sn == 9031);
	live_say(command(500, 9000, 0));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_TRUE(w.got.stat_sn == 51 && w.got.exp_cmd_sn == 9001 && w.got.max_cmd_sn == 9032);
	CU_ASSERT_FALSE(live_hear());
	live_leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->requests, 2);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->answers, 2);
	CU_ASSERT_EQUAL(w.differing + w.noted + w.findings, 0);
}

/* A StatSN that jumped, a tag that was another's, a window that was wrong. */
static void wrong_stays_wrong(void)
{
	struct assay_pdu wrong = response(3, 59, 104);

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0));
	wrong.max_cmd_sn = 103;
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0));
	captured(0, wrong);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	live_say(command(501, 9001, 0));
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_TRUE(w.got.stat_sn == 59 && w.got.exp_cmd_sn == 9004 && w.got.max_cmd_sn == 9003);
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

static void other_requests(void)
{
	struct assay_pdu ping = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = 600,
		.ttt = ASSAY_TAG_RESERVED,
		.immediate = 1,
		.cmd_sn = 9000,
		.data = (const uint8_t *)"ping",
		.data_length = 4 };

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(ping);
	live_expect(ASSAY_NOP_IN, 600);
	CU_ASSERT_TRUE(w.got.stat_sn == 51 && w.got.data_length == 4);
	CU_ASSERT_EQUAL(w.differing, 0);
	live_say(command(501, 9000, 0x28)); /* never captured */
	live_expect(ASSAY_REJECT, ASSAY_TAG_RESERVED);
	CU_ASSERT_TRUE(w.got.stat_sn == 52 && w.got.data_length == 48);
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	live_say(command(502, 9001, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 502);
	CU_ASSERT_TRUE(w.got.stat_sn == 53 && w.got.exp_cmd_sn == 9002);
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->unknown, 1);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->pings, 1);
}

static void a_request_that_differs(void)
{
	struct assay_pdu inquiry = command(2, 100, 0x12), other = command(501, 9000, 0x12);

	live_clear();
	captured_login(0);
	inquiry.cdb[4] = 36;
	other.cdb[4] = 96;
	captured(0, inquiry);
	captured(0, response(2, 51, 101));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(other);
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "CDB");
	live_leave();
}

static void too_few(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured_login(1);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_leave();
	CU_ASSERT_FALSE(assay_replay_target_done(w.t));
	CU_ASSERT_STRING_EQUAL(w.what, "requests");
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 1);
	CU_ASSERT_EQUAL(w.differing, 2);
	CU_ASSERT_STRING_EQUAL(w.what, "connection");
}

/* Nothing is left to be played, or what comes is no login: the end of the connection. */
static void too_many(void)
{
	live_clear();
	captured_login(0);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_leave();
	connect_live();
	live_say(login_request(1, 1, 1));
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	CU_ASSERT_EQUAL(w.differing, 1);
	live_leave();
}

/* ---- written data ---- */

static struct assay_pdu data_out(uint32_t itt, uint32_t ttt, uint32_t offset, const char *data, bool final)
{
	return (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = final,
		.itt = itt,
		.ttt = ttt,
		.exp_stat_sn = 51,
		.buffer_offset = offset,
		.data = (const uint8_t *)data,
		.data_length = (uint32_t)strlen(data) };
}

static struct assay_pdu write_command(uint32_t itt, uint32_t cmd_sn)
{
	struct assay_pdu pdu = command(itt, cmd_sn, 0x2a);

	pdu.write = 1;
	pdu.expected_data_transfer_length = 8;
	return pdu;
}

static void capture_write(void)
{
	captured_login(0);
	captured(0, write_command(2, 100));
	captured(0, (struct assay_pdu){ .opcode = ASSAY_R2T,
			    .final = 1,
			    .itt = 2,
			    .ttt = 33,
			    .stat_sn = 51,
			    .exp_cmd_sn = 101,
			    .max_cmd_sn = 132,
			    .desired_data_transfer_length = 8 });
	captured(0, data_out(2, 33, 0, "abcdefgh", true));
	captured(0, response(2, 51, 101));
}

static void written_data(void)
{
	for (int wrong = 0; wrong < 2; wrong++) {
		live_clear();
		capture_write();
		live_play(ASSAY_REPLAY_DATA_ALL);
		live_login();
		live_say(write_command(500, 9000));
		live_expect(ASSAY_R2T, 500);
		CU_ASSERT_TRUE(w.got.ttt == 33 && w.got.stat_sn == 51);
		live_say(data_out(500, 33, 0, "abcd", false)); /* in other pieces */
		CU_ASSERT_FALSE(live_hear());
		live_say(data_out(500, 33, 4, wrong ? "efgx" : "efgh", true));
		live_expect(ASSAY_SCSI_RESPONSE, 500);
		live_leave();
		CU_ASSERT_EQUAL(w.differing, (uint64_t)wrong);
		if (wrong)
			CU_ASSERT_STRING_EQUAL(w.what, "data written at byte 4");
	}
}

static void data_for_nobody(void)
{
	live_clear();
	capture_write();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(data_out(12345, 33, 0, "abcd", true));
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	CU_ASSERT_FALSE(live_hear());
	live_leave();
}

/* ---- login ---- */

static void addresses(void)
{
	struct assay_pdu ask = { .opcode = ASSAY_TEXT_REQUEST,
		.final = 1,
		.immediate = 1,
		.itt = 2,
		.ttt = ASSAY_TAG_RESERVED,
		.cmd_sn = 100,
		.exp_stat_sn = 51,
		TEXT("SendTargets=All") };
	struct assay_pair pair;

	live_clear();
	captured_login(0);
	captured(0, ask);
	captured(0, (struct assay_pdu){ .opcode = ASSAY_TEXT_RESPONSE,
			    .final = 1,
			    .itt = 2,
			    .ttt = ASSAY_TAG_RESERVED,
			    .stat_sn = 51,
			    .exp_cmd_sn = 100,
			    .max_cmd_sn = 131,
			    TEXT("TargetName=a\0TargetAddress=10.0.0.1:3260,2") });
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	ask.itt = 80;
	ask.cmd_sn = 9000;
	live_say(ask);
	live_expect(ASSAY_TEXT_RESPONSE, 80);
	CU_ASSERT_EQUAL_FATAL(assay_text_find(&pair, w.got.data, w.got.data_length, "TargetAddress"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, ADDRESS ",2"));
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

static struct assay_pdu security(uint32_t itt, const char *text, size_t length, bool last)
{
	return (struct assay_pdu){ .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = last,
		.nsg = last,
		.itt = itt,
		.cmd_sn = 100,
		.data = (const uint8_t *)text,
		.data_length = (uint32_t)length };
}

static struct assay_pdu answer(uint32_t stat_sn, const char *text, size_t length, bool last)
{
	return (struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE,
		.transit = last,
		.nsg = last,
		.itt = 1,
		.stat_sn = stat_sn,
		.exp_cmd_sn = 100,
		.max_cmd_sn = 131,
		.data = (const uint8_t *)text,
		.data_length = (uint32_t)length };
}

#define SAID(t) t, sizeof(t)

/* The challenge is the captured one, and so the response tells who has another secret, though we have none. */
static void proofs(void)
{
	static const char *const responses[] = { "CHAP_N=u\0CHAP_R=0x0102030405060708090a0b0c0d0e0f10",
		"CHAP_N=u\0CHAP_R=0xff02030405060708090a0b0c0d0e0f10" };
	size_t length = 9 + 9 + 32 + 1;

	for (unsigned wrong = 0; wrong < 2; wrong++) {
		live_clear();
		open_captured(0);
		captured(0, security(1, SAID("CHAP_A=5"), false));
		captured(0, answer(50, SAID("CHAP_A=5\0CHAP_I=1\0CHAP_C=0x0102030405"), false));
		captured(0, security(1, responses[0], length, true));
		captured(0, answer(51, NULL, 0, true));
		live_play(ASSAY_REPLAY_DATA_WRITTEN);
		connect_live();
		live_say(security(4, SAID("CHAP_A=5"), false));
		live_expect(ASSAY_LOGIN_RESPONSE, 4);
		live_say(security(4, responses[wrong], length, true));
		live_expect(ASSAY_LOGIN_RESPONSE, 4);
		CU_ASSERT_EQUAL(w.differing, wrong);
		if (wrong)
			CU_ASSERT_STRING_EQUAL(w.what, "proof of CHAP");
		live_leave();
	}
}

static void nothing_to_play(void)
{
	const struct assay_replay_target_options o = { .names = &w.names };
	struct assay_replay_target *t;

	live_clear();
	open_captured(0);
	captured(0, response(2, 51, 101));
	CU_ASSERT_EQUAL(assay_replay_target_new(&t, w.s, &o), ASSAY_E_INVAL);
	CU_ASSERT_PTR_NULL(t);
	live_clear();
}

static CU_TestInfo tests[] = {
	{ "tags and numbers", tags_and_numbers },
	{ "wrong stays wrong", wrong_stays_wrong },
	{ "other requests", other_requests },
	{ "a request that differs", a_request_that_differs },
	{ "too few", too_few },
	{ "too many", too_many },
	{ "written data", written_data },
	{ "data for nobody", data_for_nobody },
	{ "addresses", addresses },
	{ "proofs", proofs },
	{ "nothing to play", nothing_to_play },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target", tests);
}
