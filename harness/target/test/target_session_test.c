/*
 * target_session_test.c - the full feature phase beside data: command order, logout, connections that end, NOP, Reject.
 * RFC 7143 sections 4.2.2, 7.3, 11.14, 11.17 and 11.18.
 */
#include <string.h>

#include "session.h"
#include "test/unit.h"

/* ---- CmdSN ---- */

static void a_gap_holds_commands_back(void)
{
	struct assay_pdu one, two, three;

	session_begin("");
	one = session_test_unit_ready();
	two = peer_request(&p, ASSAY_NOP_OUT);
	three = session_test_unit_ready();
	peer_send(&p, &three);
	peer_send(&p, &two);
	peer_send(&p, &three); /* a duplicate */
	CU_ASSERT_TRUE(peer_silent(&p));
	peer_send(&p, &one);
	session_expect_response(one.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &one, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(one.itt, two.itt);
	session_expect_response(three.itt);
	CU_ASSERT_TRUE(peer_silent(&p));
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void outside_the_window_is_silence(void)
{
	struct assay_pdu pdu;

	session_begin("");
	pdu = session_test_unit_ready();
	peer_send(&p, &pdu);
	session_expect_response(pdu.itt);
	peer_send(&p, &pdu); /* once more */
	pdu = session_test_unit_ready();
	pdu.cmd_sn += 64;
	peer_send(&p, &pdu);
	p.cmd_sn--;
	CU_ASSERT_TRUE(peer_silent(&p));
	pdu = session_test_unit_ready();
	pdu.cmd_sn += 1000;
	pdu.immediate = 1;
	p.cmd_sn--;
	peer_send(&p, &pdu);
	session_expect_response(pdu.itt);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

/* 64 writes that wait for data close the window. */
static void the_window_closes_and_opens(void)
{
	struct assay_pdu pdu, in;
	uint32_t ttt = 0, itt = 0;

	session_begin("InitialR2T=Yes\nImmediateData=No\n");
	for (int i = 0; i < 64; i++) {
		pdu = peer_write(&p, 0, 0, 1);
		peer_send(&p, &pdu);
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
		CU_ASSERT_EQUAL(in.exp_cmd_sn, p.cmd_sn);
		CU_ASSERT_EQUAL(in.max_cmd_sn, pdu.cmd_sn + 63 - (uint32_t)i);
		ttt = in.ttt;
		itt = in.itt;
	}
	CU_ASSERT_EQUAL(in.max_cmd_sn, in.exp_cmd_sn - 1);
	pdu = session_test_unit_ready();
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	pdu = peer_request(&p, ASSAY_NOP_OUT);
	pdu.immediate = 1;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_NOP_IN));
	p.cmd_sn -= 2;
	pdu = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = itt,
		.ttt = ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(in.max_cmd_sn, in.exp_cmd_sn);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void tags_in_use(void)
{
	struct assay_pdu write, pdu, in;

	session_begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_R2T));
	pdu = session_test_unit_ready();
	pdu.itt = write.itt;
	peer_send(&p, &pdu);
	session_expect_reject(0x07);
	pdu.itt = p.itt; /* its CmdSN was not taken */
	peer_send(&p, &pdu);
	session_expect_response(pdu.itt);
	session_end();
}

static void order_attribute(void)
{
	struct assay_pdu write, read, ordered, in;

	session_begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	ordered = session_test_unit_ready();
	ordered.attr = ASSAY_ATTR_ORDERED;
	peer_send(&p, &ordered);
	read = peer_read(&p, 0, 0, 1);
	peer_send(&p, &read);
	CU_ASSERT_TRUE(peer_silent(&p)); /* both behind the write */
	write = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = in.itt,
		.ttt = in.ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &write);
	session_expect_response(write.itt);
	session_expect_response(ordered.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_DATA_IN));
	CU_ASSERT_EQUAL(in.itt, read.itt);
	session_end();
}

/* ---- logout ---- */

static int logout(uint8_t reason, uint16_t cid)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_LOGOUT_REQUEST), response;

	pdu.reason = reason;
	pdu.cid = cid;
	peer_send(&p, &pdu);
	return peer_expect(&p, &response, ASSAY_LOGOUT_RESPONSE) && response.itt == pdu.itt
		       ? response.response
		       : -1;
}

static void logouts(void)
{
	struct peer q = { 0 };

	session_begin("MaxConnections=2\n");
	CU_ASSERT_EQUAL(logout(1, 99), 1);
	CU_ASSERT_EQUAL(logout(2, 1), 2);
	CU_ASSERT_EQUAL(logout(3, 1), -1);
	p.cmd_sn--;
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	q.cmd_sn = p.cmd_sn;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_EQUAL(logout(1, 2), 0); /* of the other connection */
	CU_ASSERT_TRUE(peer_over(&q));
	CU_ASSERT_TRUE(peer_alive(&p));
	CU_ASSERT_EQUAL(logout(1, 1), 0);
	CU_ASSERT_TRUE(peer_over(&p));
	peer_close(&q);
	session_end();
	session_begin("");
	CU_ASSERT_EQUAL(logout(0, 0), 0);
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
}

/* Section 11.14.5: tasks that end with their connection leave a unit attention. */
static void a_connection_that_ends_with_tasks(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	session_begin("MaxConnections=2\nInitialR2T=Yes\nImmediateData=No\n");
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	q.cmd_sn = p.cmd_sn;
	q.itt = 1000;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	pdu = peer_write(&q, 0, 0, 1);
	peer_send(&q, &pdu);
	CU_ASSERT_TRUE(peer_expect(&q, &in, ASSAY_R2T));
	peer_close(&q);
	p.cmd_sn++;
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_NOP_IN)); /* the window has opened: section 11.4.11 */
	CU_ASSERT_EQUAL(in.max_cmd_sn, in.exp_cmd_sn + 63);
	pdu = session_test_unit_ready();
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(in.status, 2);
	CU_ASSERT_EQUAL(in.data[2 + 2] & 15, 6);
	CU_ASSERT_EQUAL(in.data[2 + 12], 0x47);
	CU_ASSERT_EQUAL(in.data[2 + 13], 0x7f);
	session_end();
}

/* A connection that the target gives up is announced on another one. */
static void a_connection_that_is_dropped(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	session_begin("MaxConnections=2\n");
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	q.cmd_sn = p.cmd_sn;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, "HeaderDigest=CRC32C\n"));
	q.digests = ASSAY_HEADER_DIGEST;
	pdu = peer_request(&q, ASSAY_NOP_OUT);
	pdu.overrides = ASSAY_OVERRIDE_HEADER_DIGEST;
	peer_send(&q, &pdu);
	CU_ASSERT_TRUE(peer_over(&q));
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_ASYNC_MESSAGE));
	CU_ASSERT_EQUAL(in.async_event, 2);
	CU_ASSERT_EQUAL(in.parameter1, 2);
	CU_ASSERT_EQUAL(in.itt, ASSAY_TAG_RESERVED);
	CU_ASSERT_TRUE(peer_alive(&p));
	peer_close(&q);
	session_end();
}

/* ---- NOP and Reject ---- */

static void pings(void)
{
	uint8_t bytes[8192];
	struct assay_pdu pdu, in;
	uint32_t stat_sn;

	session_begin("MaxRecvDataSegmentLength=1024\n");
	memset(bytes, 0x77, sizeof(bytes));
	pdu = peer_request(&p, ASSAY_NOP_OUT);
	pdu.data = bytes;
	pdu.data_length = sizeof(bytes);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(in.data_length, 1024);
	CU_ASSERT_EQUAL(in.ttt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(memcmp(in.data, bytes, 1024), 0);
	stat_sn = in.stat_sn;
	pdu = peer_request(&p, ASSAY_NOP_OUT);
	pdu.itt = ASSAY_TAG_RESERVED;
	pdu.immediate = 1;
	p.cmd_sn--;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	pdu.ttt = 12345; /* an answer to nothing */
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_REJECT));
	CU_ASSERT_EQUAL(in.reason, 0x09);
	CU_ASSERT_EQUAL(in.stat_sn, stat_sn + 1);
	CU_ASSERT_EQUAL(in.data_length, ASSAY_BHS_LENGTH);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void what_is_rejected(void)
{
	static const struct {
		uint8_t opcode, reason;
	} rows[] = { { ASSAY_LOGIN_REQUEST, 0x04 }, { ASSAY_SNACK_REQUEST, 0x04 }, { 0x1c, 0x05 },
		{ 0x0f, 0x05 }, { 0x20, 0x05 }, { 0x3f, 0x05 }, { ASSAY_DATA_OUT, 0x09 } };

	session_begin("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pdu pdu = { .opcode = rows[i].opcode, .final = 1, .itt = 0x4242, .ttt = 1 };

		peer_send(&p, &pdu);
		session_expect_reject(rows[i].reason);
	}
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void what_contradicts_itself_ends_the_session(void)
{
	for (int i = 0; i < 6; i++) {
		struct assay_pdu pdu;

		session_begin("");
		pdu = session_test_unit_ready();
		if (i == 0) {
			pdu.final = 0; /* W=0 and F=0 */
		} else if (i == 1) {
			pdu.attr = 5;
		} else if (i == 2) {
			pdu.expected_data_transfer_length = 1; /* R=0 and W=0 */
		} else if (i == 3) {
			pdu.opcode = ASSAY_NOP_OUT;
			pdu.itt = ASSAY_TAG_RESERVED; /* and I=0 */
		} else {
			pdu.opcode = i == 4 ? ASSAY_TASK_MANAGEMENT_REQUEST : ASSAY_LOGOUT_REQUEST;
			pdu.data = p.bytes;
			pdu.data_length = 4;
		}
		peer_send(&p, &pdu);
		CU_ASSERT_TRUE(peer_over(&p));
		session_end();
	}
}

/* The defect says None to an offer of CRC32C, and means it. */
static void none_is_meant(void)
{
	struct assay_pdu pdu, in;

	t = peer_target();
	assay_target_set_defect(t, ASSAY_DEFECT_DIGEST_NONE_UNOFFERED);
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_login(&p, ASSAY_DEFAULT_NAME, "HeaderDigest=CRC32C\nDataDigest=CRC32C\n"));
	pdu = peer_request(&p, ASSAY_NOP_OUT);
	pdu.data = (const uint8_t *)"four";
	pdu.data_length = 4;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(in.data_length, 4);
	session_end();
}

static CU_TestInfo tests[] = {
	{ "gap", a_gap_holds_commands_back },
	{ "outside the window", outside_the_window_is_silence },
	{ "window", the_window_closes_and_opens },
	{ "tags in use", tags_in_use },
	{ "ordered", order_attribute },
	{ "logout", logouts },
	{ "lost tasks", a_connection_that_ends_with_tasks },
	{ "dropped connection", a_connection_that_is_dropped },
	{ "NOP", pings },
	{ "Reject", what_is_rejected },
	{ "format errors", what_contradicts_itself_ends_the_session },
	{ "None is meant", none_is_meant },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("session", tests);
}
