/* as_target_login_test.c - a captured connection that begins behind its login: the login is the target's own, and what was captured goes on from there. */
#include <string.h>

#include "as_target_world.h"
#include "codec/text.h"

#define OFFERS KEYS "\0HeaderDigest=None,CRC32C\0DataDigest=None,CRC32C\0InitialR2T=No\0ImmediateData=Yes"

/* A command that waits for its answer, an answer to one from before, and what was asked then. */
static void capture_middle(void)
{
	live_clear();
	open_captured(0);
	w.s->connections[0].mid_stream = true;
	captured(0, command(20, 300, 0x12));
	captured(0, response(19, 700, 300));
	captured(0, response(20, 701, 301));
	captured(0, command(21, 301, 0x25));
	captured(0, response(21, 702, 302));
}

static void log_in(const char *text, size_t length)
{
	struct assay_pdu request = login_request(UINT64_C(0x400000123456), 77, 9000);

	request.data = (const uint8_t *)text;
	request.data_length = (uint32_t)length;
	connect_live();
	live_say(request);
}

static bool answered(const char *key, const char *value)
{
	struct assay_pair pair;

	return assay_text_find(&pair, w.got.data, w.got.data_length, key) && assay_value_is(&pair, value);
}

static void goes_on_behind_it(void)
{
	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(KEYS, sizeof(KEYS));
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_TRUE(!w.got.status_class && w.got.transit && w.got.nsg == 3 && w.got.tsih);
	CU_ASSERT_TRUE(w.got.exp_cmd_sn == 9000 && w.got.max_cmd_sn == 9031 && w.got.stat_sn == 701);
	CU_ASSERT_TRUE(answered("TargetPortalGroupTag", "1"));
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_TRUE(w.got.stat_sn == 702 && w.got.exp_cmd_sn == 9001 && w.got.max_cmd_sn == 9032);
	live_say(command(501, 9001, 0x25));
	live_expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.got.stat_sn, 703);
	live_leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->own_logins, 1);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->skipped, 1);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->missing, 0);
	CU_ASSERT_EQUAL(w.differing + w.noted + w.findings, 0);
}

/* The digests of the stream, where they are offered; unsolicited data only where there was some. */
static void keys_that_fit(void)
{
	struct assay_pdu with_data = response(20, 701, 301);

	with_data.data = (const uint8_t *)"\0\2\0\0";
	with_data.data_length = 4;
	for (unsigned digests = 0; digests < 4; digests++) {
		live_clear();
		open_captured(0);
		w.s->connections[0].mid_stream = true;
		w.captured_digests = digests;
		captured(0, command(20, 300, 0x12));
		captured(0, with_data);
		live_play(ASSAY_REPLAY_DATA_WRITTEN);
		log_in(OFFERS, sizeof(OFFERS));
		live_expect(ASSAY_LOGIN_RESPONSE, 77);
		CU_ASSERT_TRUE(answered("HeaderDigest", digests & ASSAY_HEADER_DIGEST ? "CRC32C" : "None"));
		CU_ASSERT_TRUE(answered("DataDigest", digests & ASSAY_DATA_DIGEST ? "CRC32C" : "None"));
		CU_ASSERT_TRUE(answered("InitialR2T", "Yes") && answered("ImmediateData", "Yes"));
		w.digests = digests;
		live_say(command(500, 9000, 0x12));
		live_expect(ASSAY_SCSI_RESPONSE, 500);
		CU_ASSERT_EQUAL(w.got.bad_digests, 0);
		live_leave();
		CU_ASSERT_EQUAL(w.differing + w.findings, 0);
	}
}

static void unsolicited_data(void)
{
	struct assay_pdu write = command(20, 300, 0x2a);

	live_clear();
	open_captured(0);
	w.s->connections[0].mid_stream = true;
	write.write = 1;
	write.final = 0;
	write.expected_data_transfer_length = 4;
	captured(0, write);
	captured(0, (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
			    .final = 1,
			    .itt = 20,
			    .ttt = ASSAY_TAG_RESERVED,
			    .data = (const uint8_t *)"abcd",
			    .data_length = 4 });
	captured(0, response(20, 701, 301));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(OFFERS, sizeof(OFFERS));
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_TRUE(answered("InitialR2T", "No") && answered("ImmediateData", "No"));
	live_leave();
}

/* In two stages, the text of the second one in two parts. */
static void a_longer_login(void)
{
	struct assay_pdu request = login_request(UINT64_C(0x400000123456), 77, 9000);

	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	request.csg = 0;
	request.nsg = 1;
	request.data = (const uint8_t *)(KEYS "\0AuthMethod=CHAP,None");
	request.data_length = sizeof(KEYS "\0AuthMethod=CHAP,None");
	live_say(request);
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_TRUE(w.got.transit && w.got.nsg == 1 && !w.got.tsih && answered("AuthMethod", "None"));
	request = login_request(UINT64_C(0x400000123456), 77, 9000);
	request.transit = 0;
	request.nsg = 0;
	request.cont = 1;
	request.exp_stat_sn = 702;
	request.data = (const uint8_t *)(KEYS "\0HeaderDi"); /* names again, as libiscsi says them */
	request.data_length = sizeof(KEYS "\0HeaderDi") - 1;
	live_say(request);
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_TRUE(!w.got.transit && !w.got.data_length);
	request.transit = 1;
	request.nsg = 3;
	request.cont = 0;
	request.exp_stat_sn = 703;
	request.data = (const uint8_t *)"gest=None";
	request.data_length = 10;
	live_say(request);
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_TRUE(w.got.transit && w.got.nsg == 3 && w.got.tsih && answered("HeaderDigest", "None"));
	live_say(command(500, 9000, 0x12));
	live_expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_EQUAL(w.got.stat_sn, 704);
	live_leave();
}

/* What the target said of its own accord comes right behind the login. */
static void a_ping_comes_first(void)
{
	live_clear();
	open_captured(0);
	w.s->connections[0].mid_stream = true;
	captured(0, (struct assay_pdu){ .opcode = ASSAY_NOP_IN,
			    .final = 1,
			    .itt = ASSAY_TAG_RESERVED,
			    .ttt = 5,
			    .stat_sn = 700,
			    .exp_cmd_sn = 300,
			    .max_cmd_sn = 310 });
	captured(0, command(20, 300, 0x12));
	captured(0, response(20, 700, 301));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(KEYS, sizeof(KEYS));
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	live_expect(ASSAY_NOP_IN, ASSAY_TAG_RESERVED);
	CU_ASSERT_TRUE(w.got.stat_sn == 701 && w.got.exp_cmd_sn == 9000 && w.got.max_cmd_sn == 9010);
	live_leave();
}

/* ---- refused ---- */

static void expect_refused(int status)
{
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	CU_ASSERT_EQUAL(w.got.status_class << 8 | w.got.status_detail, status);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "login of our own");
	live_leave();
}

static void refused(void)
{
	static const char proof[] = KEYS "\0AuthMethod=CHAP", nobody[] = "TargetName=iqn.2026-01.test:t",
			  twice[] = KEYS "\0InitialR2T=Yes\0InitialR2T=No";
	struct assay_pdu request = login_request(UINT64_C(0x400000123456), 77, 9000);

	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	request.csg = 0;
	request.nsg = 1;
	request.data = (const uint8_t *)proof;
	request.data_length = sizeof(proof);
	live_say(request);
	expect_refused(0x0201);
	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(nobody, sizeof(nobody));
	expect_refused(0x0207);
	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(twice, sizeof(twice));
	expect_refused(0x0200);
	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	request.version_min = 1;
	live_say(request);
	expect_refused(0x0205);
}

/* Not what is no login, nor one that is for no target. */
static void not_theirs(void)
{
	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	log_in(KEYS "\0SessionType=Discovery", sizeof(KEYS "\0SessionType=Discovery"));
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	live_leave();
	connect_live();
	live_say(command(500, 9000, 0x12));
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	live_leave();
	CU_ASSERT_FALSE(assay_replay_target_done(w.t));
}

static void no_login_in_the_login(void)
{
	struct assay_pdu request = login_request(UINT64_C(0x400000123456), 77, 9000);

	capture_middle();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	request.transit = 0;
	request.nsg = 0;
	live_say(request);
	live_expect(ASSAY_LOGIN_RESPONSE, 77);
	live_say(command(77, 9000, 0x12));
	expect_refused(0x020b);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(goes_on_behind_it),
	UNIT_TEST(keys_that_fit),
	UNIT_TEST(unsolicited_data),
	UNIT_TEST(a_longer_login),
	UNIT_TEST(a_ping_comes_first),
	UNIT_TEST(refused),
	UNIT_TEST(not_theirs),
	UNIT_TEST(no_login_in_the_login),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target_login", tests);
}
