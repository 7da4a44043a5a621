/*
 * target_session_test.c - the full feature phase beside data: command order, task management, text, discovery, logout, NOP, Reject.
 * RFC 7143 sections 4.2.2, 4.2.3, 4.3, 6.4, 7.3, 11.5, 11.10, 11.14, 11.17, 11.18 and appendix C.
 */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "peer.h"

static struct assay_target *t;
static struct peer p;

static void begin(const char *keys)
{
	t = peer_target();
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_login(&p, ASSAY_DEFAULT_NAME, keys));
	peer_clear_attentions(&p, 0);
	peer_clear_attentions(&p, 1);
}

static void begin_discovery(void)
{
	t = peer_target();
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_discovery(&p));
}

static void end(void)
{
	peer_close(&p);
	assay_target_free(t);
}

static void expect_reject(uint8_t reason)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_REJECT));
	CU_ASSERT_EQUAL(pdu.reason, reason);
}

static struct assay_pdu test_unit_ready(void)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_SCSI_COMMAND);

	pdu.attr = ASSAY_ATTR_SIMPLE;
	return pdu;
}

static void expect_response(uint32_t itt)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.itt, itt);
}

/* ---- CmdSN ---- */

static void a_gap_holds_commands_back(void)
{
	struct assay_pdu one, two, three;

	begin("");
	one = test_unit_ready();
	two = peer_request(&p, ASSAY_NOP_OUT);
	three = test_unit_ready();
	peer_send(&p, &three);
	peer_send(&p, &two);
	peer_send(&p, &three); /* a duplicate */
	CU_ASSERT_TRUE(peer_silent(&p));
	peer_send(&p, &one);
	expect_response(one.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &one, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(one.itt, two.itt);
	expect_response(three.itt);
	CU_ASSERT_TRUE(peer_silent(&p));
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void outside_the_window_is_silence(void)
{
	struct assay_pdu pdu;

	begin("");
	pdu = test_unit_ready();
	peer_send(&p, &pdu);
	expect_response(pdu.itt);
	peer_send(&p, &pdu); /* once more */
	pdu = test_unit_ready();
	pdu.cmd_sn += 64;
	peer_send(&p, &pdu);
	p.cmd_sn--;
	CU_ASSERT_TRUE(peer_silent(&p));
	pdu = test_unit_ready();
	pdu.cmd_sn += 1000;
	pdu.immediate = 1;
	p.cmd_sn--;
	peer_send(&p, &pdu);
	expect_response(pdu.itt);
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

/* 64 writes that wait for data close the window. */
static void the_window_closes_and_opens(void)
{
	struct assay_pdu pdu, in;
	uint32_t ttt = 0, itt = 0;

	begin("InitialR2T=Yes\nImmediateData=No\n");
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
	pdu = test_unit_ready();
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
	end();
}

static void tags_in_use(void)
{
	struct assay_pdu write, pdu, in;

	begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_R2T));
	pdu = test_unit_ready();
	pdu.itt = write.itt;
	peer_send(&p, &pdu);
	expect_reject(0x07);
	pdu.itt = p.itt; /* its CmdSN was not taken */
	peer_send(&p, &pdu);
	expect_response(pdu.itt);
	end();
}

static void order_attribute(void)
{
	struct assay_pdu write, read, ordered, in;

	begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	ordered = test_unit_ready();
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
	expect_response(write.itt);
	expect_response(ordered.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_DATA_IN));
	CU_ASSERT_EQUAL(in.itt, read.itt);
	end();
}

/* ---- task management ---- */

static struct assay_pdu tmf(uint8_t function, uint64_t lun)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_TASK_MANAGEMENT_REQUEST);

	pdu.immediate = 1;
	pdu.function = function;
	pdu.lun = lun << 48;
	pdu.rtt = ASSAY_TAG_RESERVED;
	p.cmd_sn--;
	return pdu;
}

static int send_tmf(struct assay_pdu *request)
{
	struct assay_pdu pdu;

	peer_send(&p, request);
	if (!peer_expect(&p, &pdu, ASSAY_TASK_MANAGEMENT_RESPONSE) || pdu.itt != request->itt)
		return -1;
	return pdu.response;
}

static void simple_functions(void)
{
	static const struct {
		uint8_t function;
		uint64_t lun;
		int response;
	} rows[] = { { 2, 0, 0 }, { 4, 0, 0 }, { 5, 0, 0 }, { 6, 0, 0 }, { 2, 5, 2 }, { 1, 5, 2 },
		{ 5, 5, 2 }, { 3, 0, 5 }, { 8, 0, 4 }, { 9, 0, 5 }, { 0, 0, 5 }, { 127, 0, 5 } };

	begin("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pdu pdu = tmf(rows[i].function, rows[i].lun);

		CU_ASSERT_EQUAL(send_tmf(&pdu), rows[i].response);
	}
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void abort_task(void)
{
	struct assay_pdu write, pdu, in;

	begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(1, 0);
	pdu.rtt = write.itt;
	pdu.ref_cmd_sn = write.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	/* Its data, which was on the way, is passed over. */
	pdu = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = in.itt,
		.ttt = in.ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* A task that was answered. */
	pdu = tmf(1, 0);
	pdu.rtt = write.itt;
	pdu.ref_cmd_sn = write.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 1);
	/* A command that never came counts as received: section 11.6.1 b. */
	p.cmd_sn++;
	pdu = tmf(1, 0);
	pdu.rtt = 0x1234;
	pdu.ref_cmd_sn = p.cmd_sn - 1;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void abort_a_command_that_is_held(void)
{
	struct assay_pdu one, two, pdu;

	begin("");
	one = test_unit_ready();
	two = test_unit_ready();
	peer_send(&p, &two);
	pdu = tmf(1, 0);
	pdu.rtt = two.itt;
	pdu.ref_cmd_sn = two.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	peer_send(&p, &one);
	expect_response(one.itt);
	CU_ASSERT_TRUE(peer_silent(&p));
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void a_task_set_waits_for_its_data(void)
{
	struct assay_pdu write, pdu, in, response;

	begin("InitialR2T=Yes\nImmediateData=No\nMaxBurstLength=512\n");
	write = peer_write(&p, 0, 0, 4);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(2, 0);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* The R2T is answered: no other follows, and the function is complete. */
	write = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = in.itt,
		.ttt = in.ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &write);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_TASK_MANAGEMENT_RESPONSE));
	CU_ASSERT_EQUAL(response.response, 0);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* Data that never comes: the connection is dropped in the end. */
	write = peer_write(&p, 0, 0, 4);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(5, 0);
	peer_send(&p, &pdu);
	assay_target_tick(t, assay_target_next_timer(t));
	CU_ASSERT_TRUE(peer_over(&p));
	end();
}

static void a_task_set_waits_for_its_commands(void)
{
	struct assay_pdu one, pdu, response;

	begin("");
	one = test_unit_ready();
	pdu = tmf(4, 0);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	peer_send(&p, &one);
	expect_response(one.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_TASK_MANAGEMENT_RESPONSE));
	end();
}

static void the_response_does_not_overtake_other_connections(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	begin("MaxConnections=2\n");
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	q.cmd_sn = p.cmd_sn;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	pdu = tmf(5, 0);
	pdu.itt = 0x777;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p)); /* q has not acknowledged its Login Response */
	CU_ASSERT_TRUE(peer_expect(&q, &in, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(in.itt, ASSAY_TAG_RESERVED);
	CU_ASSERT_NOT_EQUAL(in.ttt, ASSAY_TAG_RESERVED);
	pdu = (struct assay_pdu){ .opcode = ASSAY_NOP_OUT,
		.immediate = 1,
		.final = 1,
		.itt = ASSAY_TAG_RESERVED,
		.ttt = in.ttt,
		.cmd_sn = p.cmd_sn,
		.exp_stat_sn = in.stat_sn };
	peer_send(&q, &pdu);
	CU_ASSERT_TRUE(peer_silent(&q));
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_TASK_MANAGEMENT_RESPONSE));
	CU_ASSERT_EQUAL(in.itt, 0x777);
	peer_close(&q);
	end();
}

static void cold_reset_ends_all_sessions(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu;

	begin("");
	peer_open(&q, t, 1);
	q.isid += 5;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	pdu = tmf(7, 0);
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	CU_ASSERT_TRUE(peer_over(&p));
	CU_ASSERT_TRUE(peer_over(&q));
	peer_close(&q);
	end();
}

/* ---- text and discovery ---- */

static struct assay_pdu text_request(const char *text)
{
	static char bytes[256];
	struct assay_pdu pdu = peer_request(&p, ASSAY_TEXT_REQUEST);
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		bytes[i] = text[i] == '\n' ? '\0' : text[i];
	pdu.data = (const uint8_t *)bytes;
	pdu.data_length = (uint32_t)length;
	return pdu;
}

/* The answer to a text of one request; its length, or -1 for a Reject. */
static long ask(const char *text, struct assay_pdu *out)
{
	struct assay_pdu pdu = text_request(text);

	peer_send(&p, &pdu);
	if (!peer_take(&p, out) || (out->opcode != ASSAY_TEXT_RESPONSE && out->opcode != ASSAY_REJECT))
		return -2;
	if (out->opcode == ASSAY_REJECT) {
		p.cmd_sn = out->exp_cmd_sn;
		return -1;
	}
	CU_ASSERT_EQUAL(out->itt, pdu.itt);
	return (long)out->data_length;
}

static void send_targets(void)
{
	struct assay_pdu pdu;
	struct assay_pair pair;

	begin_discovery();
	CU_ASSERT_TRUE(ask("SendTargets=All\n", &pdu) > 0);
	CU_ASSERT_EQUAL(pdu.final, 1);
	CU_ASSERT_EQUAL(pdu.ttt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(assay_text_count(pdu.data, pdu.data_length, "TargetName"), 4);
	CU_ASSERT_EQUAL(assay_text_count(pdu.data, pdu.data_length, "TargetAddress"), 8);
	CU_ASSERT_TRUE(ask("SendTargets=" ASSAY_DEFAULT_SECOND "\n", &pdu) > 0);
	CU_ASSERT_EQUAL(assay_text_count(pdu.data, pdu.data_length, "TargetName"), 1);
	CU_ASSERT_EQUAL(assay_text_find(&pair, pdu.data, pdu.data_length, "TargetAddress"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "127.0.0.1:3260,1"));
	CU_ASSERT_EQUAL(ask("SendTargets=" ASSAY_DEFAULT_ACL "\n", &pdu), 0);
	CU_ASSERT_EQUAL(ask("SendTargets=iqn.2026-01.net.nobody:x\n", &pdu), 0);
	CU_ASSERT_EQUAL(ask("SendTargets=\n", &pdu), 0);
	CU_ASSERT_EQUAL(ask("SendTargets=All\nX-a=1\n", &pdu), -1);
	CU_ASSERT_EQUAL(ask("MaxRecvDataSegmentLength=4096\n", &pdu), -1);
	CU_ASSERT_EQUAL(ask("", &pdu), -1);
	end();
	begin("");
	CU_ASSERT_EQUAL(ask("SendTargets=All\n", &pdu), -1);
	CU_ASSERT_TRUE(ask("SendTargets=\n", &pdu) > 0);
	CU_ASSERT_EQUAL(assay_text_count(pdu.data, pdu.data_length, "TargetName"), 1);
	CU_ASSERT_EQUAL(ask("SendTargets=" ASSAY_DEFAULT_SECOND "\n", &pdu), 0);
	end();
}

static void a_long_answer_comes_in_parts(void)
{
	char name[128];
	struct assay_pdu pdu;
	size_t total = 0;
	int parts = 0;

	begin_discovery();
	for (unsigned i = 0; i < 100; i++) {
		struct assay_target_spec spec = { .tid = 100 + i, .name = name };

		snprintf(name, sizeof(name), "iqn.2026-01.net.iscsi-assay:one-of-many-%u", i);
		CU_ASSERT_EQUAL(assay_target_add(t, &spec, NULL), 0);
	}
	ask("SendTargets=All\n", &pdu);
	for (;;) {
		struct assay_pdu next;

		total += pdu.data_length;
		parts++;
		CU_ASSERT_TRUE(pdu.data_length <= 8192);
		CU_ASSERT_EQUAL(pdu.final, !pdu.cont);
		CU_ASSERT_EQUAL(pdu.final, pdu.ttt == ASSAY_TAG_RESERVED);
		if (pdu.final)
			break;
		next = text_request("");
		next.itt = pdu.itt;
		next.ttt = pdu.ttt;
		peer_send(&p, &next);
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_TEXT_RESPONSE));
	}
	CU_ASSERT_EQUAL(parts, 2);
	CU_ASSERT_TRUE(total > 8192);
	end();
}

static void discovery_takes_nothing_else(void)
{
	struct assay_pdu pdu;

	begin_discovery();
	pdu = test_unit_ready();
	peer_send(&p, &pdu);
	expect_reject(0x04);
	pdu.opcode = ASSAY_NOP_OUT;
	peer_send(&p, &pdu);
	expect_reject(0x04);
	pdu.opcode = ASSAY_TASK_MANAGEMENT_REQUEST;
	pdu.function = 6;
	peer_send(&p, &pdu);
	expect_reject(0x04);
	pdu.opcode = ASSAY_LOGOUT_REQUEST;
	pdu.reason = 1;
	peer_send(&p, &pdu);
	expect_reject(0x04);
	CU_ASSERT_FALSE(assay_target_closing(p.c));
	end();
}

static void text_negotiation(void)
{
	struct assay_pdu pdu, next;

	begin("");
	CU_ASSERT_EQUAL(ask("MaxRecvDataSegmentLength=4096\n", &pdu), 0); /* declared */
	next = peer_read(&p, 0, 0, 16);
	peer_send(&p, &next);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_DATA_IN));
	CU_ASSERT_EQUAL(pdu.data_length, 4096);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_DATA_IN));
	CU_ASSERT_TRUE(ask("X-a=1\n", &pdu) > 0);
	CU_ASSERT_EQUAL(ask("MaxRecvDataSegmentLength=512\nMaxRecvDataSegmentLength=512\n", &pdu), -1);
	CU_ASSERT_EQUAL(pdu.reason, 0x04);
	CU_ASSERT_EQUAL(ask("MaxConnections=2\n", &pdu), -1);
	/* F=0 keeps it open; what it came to counts with the end. */
	next = text_request("MaxRecvDataSegmentLength=8192\n");
	next.final = 0;
	peer_send(&p, &next);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_TEXT_RESPONSE));
	CU_ASSERT_EQUAL(pdu.final, 0);
	CU_ASSERT_NOT_EQUAL(pdu.ttt, ASSAY_TAG_RESERVED);
	next = text_request("");
	next.itt = pdu.itt;
	next.ttt = pdu.ttt + 1;
	peer_send(&p, &next);
	expect_reject(0x09);
	p.cmd_sn--; /* section 7.3: it was not received */
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
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

	begin("MaxConnections=2\n");
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
	end();
	begin("");
	CU_ASSERT_EQUAL(logout(0, 0), 0);
	CU_ASSERT_TRUE(peer_over(&p));
	end();
}

/* Section 11.14.5: tasks that end with their connection leave a unit attention. */
static void a_connection_that_ends_with_tasks(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	begin("MaxConnections=2\nInitialR2T=Yes\nImmediateData=No\n");
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
	pdu = test_unit_ready();
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(in.status, 2);
	CU_ASSERT_EQUAL(in.data[2 + 2] & 15, 6);
	CU_ASSERT_EQUAL(in.data[2 + 12], 0x47);
	CU_ASSERT_EQUAL(in.data[2 + 13], 0x7f);
	end();
}

/* A connection that the target gives up is announced on another one. */
static void a_connection_that_is_dropped(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	begin("MaxConnections=2\n");
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
	end();
}

/* ---- NOP and Reject ---- */

static void pings(void)
{
	uint8_t bytes[8192];
	struct assay_pdu pdu, in;
	uint32_t stat_sn;

	begin("MaxRecvDataSegmentLength=1024\n");
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
	end();
}

static void what_is_rejected(void)
{
	static const struct {
		uint8_t opcode, reason;
	} rows[] = { { ASSAY_LOGIN_REQUEST, 0x04 }, { ASSAY_SNACK_REQUEST, 0x04 }, { 0x1c, 0x05 },
		{ 0x0f, 0x05 }, { 0x20, 0x05 }, { 0x3f, 0x05 }, { ASSAY_DATA_OUT, 0x09 } };

	begin("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pdu pdu = { .opcode = rows[i].opcode, .final = 1, .itt = 0x4242, .ttt = 1 };

		peer_send(&p, &pdu);
		expect_reject(rows[i].reason);
	}
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void what_contradicts_itself_ends_the_session(void)
{
	for (int i = 0; i < 6; i++) {
		struct assay_pdu pdu;

		begin("");
		pdu = test_unit_ready();
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
		end();
	}
}

int main(void)
{
	CU_TestInfo tests[] = { { "gap", a_gap_holds_commands_back },
		{ "outside the window", outside_the_window_is_silence },
		{ "window", the_window_closes_and_opens }, { "tags in use", tags_in_use },
		{ "ordered", order_attribute }, { "task management", simple_functions },
		{ "ABORT TASK", abort_task }, { "ABORT TASK ahead", abort_a_command_that_is_held },
		{ "task set: data", a_task_set_waits_for_its_data },
		{ "task set: commands", a_task_set_waits_for_its_commands },
		{ "task set: connections", the_response_does_not_overtake_other_connections },
		{ "cold reset", cold_reset_ends_all_sessions }, { "SendTargets", send_targets },
		{ "long text", a_long_answer_comes_in_parts }, { "discovery", discovery_takes_nothing_else },
		{ "text", text_negotiation }, { "logout", logouts },
		{ "lost tasks", a_connection_that_ends_with_tasks },
		{ "dropped connection", a_connection_that_is_dropped }, { "NOP", pings },
		{ "Reject", what_is_rejected }, { "format errors", what_contradicts_itself_ends_the_session },
		CU_TEST_INFO_NULL };
	CU_SuiteInfo suites[] = { { "session", NULL, NULL, NULL, NULL, tests }, CU_SUITE_INFO_NULL };
	unsigned failures;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	CU_register_suites(suites);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}
