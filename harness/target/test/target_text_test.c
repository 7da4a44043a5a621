/* target_text_test.c - text requests and discovery. RFC 7143 sections 4.3, 6.4, 11.10 and appendix C. */
#include <stdio.h>
#include <string.h>

#include "codec/text.h"
#include "session.h"
#include "test/unit.h"

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

	session_begin_discovery();
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
	session_end();
	session_begin("");
	CU_ASSERT_EQUAL(ask("SendTargets=All\n", &pdu), -1);
	CU_ASSERT_TRUE(ask("SendTargets=\n", &pdu) > 0);
	CU_ASSERT_EQUAL(assay_text_count(pdu.data, pdu.data_length, "TargetName"), 1);
	CU_ASSERT_EQUAL(ask("SendTargets=" ASSAY_DEFAULT_SECOND "\n", &pdu), 0);
	session_end();
}

static void a_long_answer_comes_in_parts(void)
{
	char name[128];
	struct assay_pdu pdu;
	size_t total = 0;
	int parts = 0;

	session_begin_discovery();
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
	session_end();
}

static void discovery_takes_nothing_else(void)
{
	struct assay_pdu pdu;

	session_begin_discovery();
	pdu = session_test_unit_ready();
	peer_send(&p, &pdu);
	session_expect_reject(0x04);
	pdu.opcode = ASSAY_NOP_OUT;
	peer_send(&p, &pdu);
	session_expect_reject(0x04);
	pdu.opcode = ASSAY_TASK_MANAGEMENT_REQUEST;
	pdu.function = 6;
	peer_send(&p, &pdu);
	session_expect_reject(0x04);
	pdu.opcode = ASSAY_LOGOUT_REQUEST;
	pdu.reason = 1;
	peer_send(&p, &pdu);
	session_expect_reject(0x04);
	CU_ASSERT_FALSE(assay_target_closing(p.c));
	session_end();
}

static void text_negotiation(void)
{
	struct assay_pdu pdu, next;

	session_begin("");
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
	session_expect_reject(0x09);
	p.cmd_sn--; /* section 7.3: it was not received */
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static CU_TestInfo tests[] = {
	{ "SendTargets", send_targets },
	{ "long text", a_long_answer_comes_in_parts },
	{ "discovery", discovery_takes_nothing_else },
	{ "text", text_negotiation },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("text", tests);
}
