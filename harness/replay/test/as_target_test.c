/*
 * as_target_test.c - the target's side of a capture that is made here, played to an initiator that is made here, too: other tags and numbers, requests in another order, too many and too few of them, data in
 * other pieces. Bytes in memory; time is a number.
 */
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "replay/as_target.h"

#define PATIENCE UINT64_C(1000)
#define ADDRESS  "192.0.2.9:3260"

static struct world {
	struct assay_script *s;
	struct assay_timeline_connection connections[2];
	uint64_t number;
	struct assay_tap *tap;
	struct assay_replay_names names;
	struct assay_replay_target *t;
	struct assay_replay_target_link *k;
	uint64_t now;
	uint64_t findings, noted, differing; /* rules broken by the initiator; PDUs told */
	char what[72]; /* of the last difference that counts */
	uint8_t in[8192]; /* what the target sent */
	size_t held;
	struct assay_pdu got;
} w;

static const struct assay_endpoint ends[2] = { { { 192, 0, 2, 1 }, 4, 50000 },
	{ { 192, 0, 2, 2 }, 4, 3260 } };

/* ---- the capture ---- */

static void captured(unsigned connection, struct assay_pdu pdu)
{
	uint8_t wire[4096];
	long length;
	struct assay_pdu decoded;
	struct assay_timeline_pdu p = { .number = ++w.number,
		.frame = w.number,
		.dir = pdu.opcode & 0x20 ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
		.pdu = &decoded };

	length = assay_pdu_encode(wire, sizeof(wire), &pdu, 0);
	CU_ASSERT_FATAL(length > 0);
	assay_pdu_decode(&decoded, wire, (size_t)length, 0);
	assay_script_pdu(w.s, &w.connections[connection], &p);
}

static void open_captured(unsigned n)
{
	w.connections[n] = (struct assay_timeline_connection){
		.number = n + 1, .initiator = &ends[0], .target = &ends[1], .judged = true, .slot = n
	};
	assay_script_open(w.s, &w.connections[n]);
}

#define TEXT(t) .data = (const uint8_t *)(t), .data_length = sizeof(t)
#define KEYS    "InitiatorName=iqn.2026-01.test:i\0TargetName=iqn.2026-01.test:t"

static struct assay_pdu login_request(uint64_t isid, uint32_t itt, uint32_t cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = 1,
		.nsg = 3,
		.isid = isid,
		.itt = itt,
		.cmd_sn = cmd_sn,
		TEXT(KEYS) };
}

static void captured_login(unsigned connection)
{
	open_captured(connection);
	captured(connection, login_request(UINT64_C(0x800000000001), 1, 100));
	captured(connection, (struct assay_pdu){ .opcode = ASSAY_LOGIN_RESPONSE,
				     .transit = 1,
				     .csg = 1,
				     .nsg = 3,
				     .isid = UINT64_C(0x800000000001),
				     .tsih = (uint16_t)(7 + connection),
				     .itt = 1,
				     .stat_sn = 50,
				     .exp_cmd_sn = 100,
				     .max_cmd_sn = 131,
				     TEXT("TargetPortalGroupTag=1") });
}

static struct assay_pdu command(uint32_t itt, uint32_t cmd_sn, uint8_t operation_code)
{
	return (struct assay_pdu){ .opcode = ASSAY_SCSI_COMMAND,
		.final = 1,
		.attr = 1,
		.itt = itt,
		.cmd_sn = cmd_sn,
		.exp_stat_sn = 51,
		.cdb = { operation_code } };
}

static struct assay_pdu response(uint32_t itt, uint32_t stat_sn, uint32_t exp_cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_SCSI_RESPONSE,
		.final = 1,
		.itt = itt,
		.stat_sn = stat_sn,
		.exp_cmd_sn = exp_cmd_sn,
		.max_cmd_sn = exp_cmd_sn + 31 };
}

/* ---- the live side ---- */

static void found(void *payload, const struct assay_finding *finding)
{
	(void)payload;
	w.findings += finding->offender == ASSAY_INITIATOR;
}

static void differs(
	void *payload, const struct assay_replay_place *place, const struct assay_replay_differences *d)
{
	(void)payload;
	(void)place;
	w.noted += !d->counting;
	w.differing += d->counting > 0;
	for (size_t n = 0; n < d->count; n++)
		if (d->difference[n].counts)
			memcpy(w.what, d->difference[n].what, sizeof(w.what));
}

static void clear(void)
{
	assay_replay_target_free(w.t);
	assay_script_free(w.s);
	assay_tap_free(w.tap);
	memset(&w, 0, sizeof(w));
	w.s = assay_script_new(1 << 24);
	w.tap = assay_tap_new(1 << 20, found, NULL);
	w.names.target_address = ADDRESS;
	w.now = 1;
	CU_ASSERT_FATAL(w.s && w.tap);
}

static void play(enum assay_replay_data data)
{
	const struct assay_replay_target_options o = {
		.names = &w.names, .data = data, .tap = w.tap, .patience = PATIENCE, .differs = differs
	};

	CU_ASSERT_EQUAL_FATAL(assay_replay_target_new(&w.t, w.s, &o), 0);
}

static void say(struct assay_pdu pdu)
{
	uint8_t wire[4096];
	long length = assay_pdu_encode(wire, sizeof(wire), &pdu, 0);

	CU_ASSERT_FATAL(length > 0);
	for (long n = 0; n < length; n++) /* however the bytes come */
		assay_replay_target_input(w.k, wire + n, 1, ++w.now);
}

/* The next PDU that the target has sent; false: there is none. */
static bool hear(void)
{
	const uint8_t *out;
	size_t length = assay_replay_target_output(w.k, &out);
	long used;

	CU_ASSERT_FATAL(length <= sizeof(w.in));
	if (!length)
		return false;
	used = assay_pdu_decode(&w.got, out, length, 0);
	CU_ASSERT_FATAL(used > 0);
	memcpy(w.in, out, (size_t)used);
	assay_pdu_decode(&w.got, w.in, (size_t)used, 0);
	assay_replay_target_sent(w.k, (size_t)used, w.now);
	return true;
}

static void expect(uint8_t opcode, uint32_t itt)
{
	CU_ASSERT_TRUE_FATAL(hear());
	CU_ASSERT_EQUAL(w.got.opcode, opcode);
	CU_ASSERT_EQUAL(w.got.itt, itt);
}

static void connect_live(void)
{
	w.k = assay_replay_target_accept(w.t, "t", "i", ++w.now);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.k);
}

static void live_login(void)
{
	connect_live();
	say(login_request(UINT64_C(0x400000123456), 77, 9000));
	expect(ASSAY_LOGIN_RESPONSE, 77);
}

static void leave(void)
{
	assay_replay_target_closed(w.k, ASSAY_INITIATOR, false, ++w.now);
}

/* ---- tests ---- */

static void tags_and_numbers(void)
{
	clear();
	captured_login(0);
	captured(0, command(2, 100, 0));
	captured(0, response(2, 51, 101));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_EQUAL(w.got.isid, UINT64_C(0x400000123456));
	CU_ASSERT_TRUE(w.got.tsih == 7 && w.got.stat_sn == 50);
	CU_ASSERT_TRUE(w.got.exp_cmd_sn == 9000 && w.got.max_cmd_sn == 9031);
	say(command(500, 9000, 0));
	expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_TRUE(w.got.stat_sn == 51 && w.got.exp_cmd_sn == 9001 && w.got.max_cmd_sn == 9032);
	CU_ASSERT_FALSE(hear());
	leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->requests, 2);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->answers, 2);
	CU_ASSERT_EQUAL(w.differing + w.noted + w.findings, 0);
}

/* A StatSN that jumped, a tag that was another's, a window that was wrong. */
static void wrong_stays_wrong(void)
{
	struct assay_pdu wrong = response(3, 59, 104);

	clear();
	captured_login(0);
	captured(0, command(2, 100, 0));
	wrong.max_cmd_sn = 103;
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0));
	captured(0, wrong);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(command(500, 9000, 0));
	expect(ASSAY_SCSI_RESPONSE, 500);
	say(command(501, 9001, 0));
	expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_TRUE(w.got.stat_sn == 59 && w.got.exp_cmd_sn == 9004 && w.got.max_cmd_sn == 9003);
	leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* Answers keep the order of the capture, though the initiator asks for the other one first. */
static void order(void)
{
	clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 51, 102));
	captured(0, response(2, 52, 102));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(command(500, 9000, 0x12));
	CU_ASSERT_FALSE(hear()); /* its answer came after another one */
	say(command(501, 9001, 0x25));
	expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.got.stat_sn, 51);
	expect(ASSAY_SCSI_RESPONSE, 500);
	CU_ASSERT_EQUAL(w.got.stat_sn, 52);
	leave();
}

/* What does not come is waited for, and then the others go on without it; it may come late. */
static void patience(void)
{
	clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	CU_ASSERT_EQUAL(assay_replay_target_next(w.t), w.now + PATIENCE);
	say(command(501, 9000, 0x25));
	CU_ASSERT_FALSE(hear());
	assay_replay_target_tick(w.t, w.now + PATIENCE - 1);
	CU_ASSERT_FALSE(hear());
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.got.stat_sn, 51);
	say(command(502, 9001, 0x12));
	expect(ASSAY_SCSI_RESPONSE, 502);
	CU_ASSERT_EQUAL(w.got.stat_sn, 52);
	leave();
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

	clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(ping);
	expect(ASSAY_NOP_IN, 600);
	CU_ASSERT_TRUE(w.got.stat_sn == 51 && w.got.data_length == 4);
	CU_ASSERT_EQUAL(w.differing, 0);
	say(command(501, 9000, 0x28)); /* never captured */
	expect(ASSAY_REJECT, ASSAY_TAG_RESERVED);
	CU_ASSERT_TRUE(w.got.stat_sn == 52 && w.got.data_length == 48);
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	say(command(502, 9001, 0x12));
	expect(ASSAY_SCSI_RESPONSE, 502);
	CU_ASSERT_TRUE(w.got.stat_sn == 53 && w.got.exp_cmd_sn == 9002);
	leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->unknown, 1);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, false)->pings, 1);
}

static void a_request_that_differs(void)
{
	struct assay_pdu inquiry = command(2, 100, 0x12), other = command(501, 9000, 0x12);

	clear();
	captured_login(0);
	inquiry.cdb[4] = 36;
	other.cdb[4] = 96;
	captured(0, inquiry);
	captured(0, response(2, 51, 101));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(other);
	expect(ASSAY_SCSI_RESPONSE, 501);
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "CDB");
	leave();
}

static void too_few(void)
{
	clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured_login(1);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	leave();
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
	clear();
	captured_login(0);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	leave();
	connect_live();
	say(login_request(1, 1, 1));
	CU_ASSERT_FALSE(hear());
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	CU_ASSERT_EQUAL(w.differing, 1);
	leave();
}

static void captured_end(unsigned connection)
{
	assay_script_close(w.s, &w.connections[connection], ASSAY_FLOW_FIN, ASSAY_TARGET, ++w.number, 0);
}

/* The target ends the first connection for the login on the second one, and no sooner. */
static void an_end_for_another_connection(void)
{
	struct assay_replay_target_link *first;

	clear();
	captured_login(0);
	captured_login(1);
	captured_end(0);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	first = w.k;
	CU_ASSERT_EQUAL(assay_replay_target_ends(first), ASSAY_REPLAY_STAYS);
	live_login();
	CU_ASSERT_EQUAL(assay_replay_target_ends(first), ASSAY_REPLAY_CLOSES);
	leave();
	assay_replay_target_closed(first, ASSAY_TARGET, false, ++w.now);
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* It was over later than the target closed it: nobody says anything until it does. */
static void an_end_in_silence(void)
{
	clear();
	captured_login(0);
	captured_login(1);
	captured_end(0);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	assay_replay_target_tick(w.t, w.now + PATIENCE - 1);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_CLOSES);
	leave();
}

/* A connection plays the captured one that begins as it does. */
static void begins_alike(void)
{
	struct assay_pdu other = {
		.opcode = ASSAY_NOP_OUT, .immediate = 1, .final = 1, .itt = 3, .ttt = ASSAY_TAG_RESERVED
	};

	clear();
	captured_login(0);
	open_captured(1);
	captured(1, other);
	captured_end(1);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	say(other);
	CU_ASSERT_EQUAL(w.differing, 0);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS); /* the login came before it */
	leave();
	live_login();
	leave();
	CU_ASSERT_EQUAL(w.differing, 0);
}

/* The command before it has not come: no answer, though it stands first on its connection. */
static void turn_of_a_command(void)
{
	clear();
	captured_login(0);
	captured(0, command(3, 101, 0x25));
	captured(0, command(2, 100, 0x12));
	captured(0, response(3, 51, 102));
	captured(0, response(2, 52, 102));
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(command(501, 9001, 0x25));
	assay_replay_target_tick(w.t, w.now + PATIENCE);
	CU_ASSERT_FALSE(hear());
	say(command(500, 9000, 0x12));
	expect(ASSAY_SCSI_RESPONSE, 501);
	expect(ASSAY_SCSI_RESPONSE, 500);
	leave();
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
		clear();
		capture_write();
		play(ASSAY_REPLAY_DATA_ALL);
		live_login();
		say(write_command(500, 9000));
		expect(ASSAY_R2T, 500);
		CU_ASSERT_TRUE(w.got.ttt == 33 && w.got.stat_sn == 51);
		say(data_out(500, 33, 0, "abcd", false)); /* in other pieces */
		CU_ASSERT_FALSE(hear());
		say(data_out(500, 33, 4, wrong ? "efgx" : "efgh", true));
		expect(ASSAY_SCSI_RESPONSE, 500);
		leave();
		CU_ASSERT_EQUAL(w.differing, (uint64_t)wrong);
		if (wrong)
			CU_ASSERT_STRING_EQUAL(w.what, "data written at byte 4");
	}
}

static void data_for_nobody(void)
{
	clear();
	capture_write();
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	say(data_out(12345, 33, 0, "abcd", true));
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	CU_ASSERT_FALSE(hear());
	leave();
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

	clear();
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
	play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	ask.itt = 80;
	ask.cmd_sn = 9000;
	say(ask);
	expect(ASSAY_TEXT_RESPONSE, 80);
	CU_ASSERT_EQUAL_FATAL(assay_text_find(&pair, w.got.data, w.got.data_length, "TargetAddress"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, ADDRESS ",2"));
	leave();
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
		clear();
		open_captured(0);
		captured(0, security(1, SAID("CHAP_A=5"), false));
		captured(0, answer(50, SAID("CHAP_A=5\0CHAP_I=1\0CHAP_C=0x0102030405"), false));
		captured(0, security(1, responses[0], length, true));
		captured(0, answer(51, NULL, 0, true));
		play(ASSAY_REPLAY_DATA_WRITTEN);
		connect_live();
		say(security(4, SAID("CHAP_A=5"), false));
		expect(ASSAY_LOGIN_RESPONSE, 4);
		say(security(4, responses[wrong], length, true));
		expect(ASSAY_LOGIN_RESPONSE, 4);
		CU_ASSERT_EQUAL(w.differing, wrong);
		if (wrong)
			CU_ASSERT_STRING_EQUAL(w.what, "proof of CHAP");
		leave();
	}
}

/* Bytes that are no PDU of any login. */
static void hostile(void)
{
	uint8_t junk[2000];

	memset(junk, 0xff, sizeof(junk));
	clear();
	captured_login(0);
	play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	assay_replay_target_input(w.k, junk, sizeof(junk), ++w.now);
	CU_ASSERT_FALSE(hear());
	leave();
	assay_replay_target_end(w.t, false);
}

static void nothing_to_play(void)
{
	const struct assay_replay_target_options o = { .names = &w.names, .tap = NULL, .differs = differs };
	struct assay_replay_target *t;

	clear();
	open_captured(0);
	w.s->connections[0].mid_stream = true;
	captured(0, command(2, 100, 0));
	CU_ASSERT_EQUAL(assay_replay_target_new(&t, w.s, &o), ASSAY_E_INVAL);
	CU_ASSERT_PTR_NULL(t);
	clear();
}

static CU_TestInfo tests[] = {
	{ "tags and numbers", tags_and_numbers },
	{ "wrong stays wrong", wrong_stays_wrong },
	{ "order", order },
	{ "patience", patience },
	{ "other requests", other_requests },
	{ "a request that differs", a_request_that_differs },
	{ "too few", too_few },
	{ "too many", too_many },
	{ "an end for another connection", an_end_for_another_connection },
	{ "an end in silence", an_end_in_silence },
	{ "begins alike", begins_alike },
	{ "turn of a command", turn_of_a_command },
	{ "written data", written_data },
	{ "data for nobody", data_for_nobody },
	{ "addresses", addresses },
	{ "proofs", proofs },
	{ "hostile", hostile },
	{ "nothing to play", nothing_to_play },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	CU_SuiteInfo suites[] = { { "as_target", NULL, NULL, NULL, NULL, tests }, CU_SUITE_INFO_NULL };
	int failed;

	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	failed = CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_failures() != 0 ||
		 CU_get_number_of_tests_run() == 0;
	CU_cleanup_registry();
	assay_script_free(w.s);
	assay_tap_free(w.tap);
	return failed;
}
