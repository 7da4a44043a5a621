/* target_login_test.c - the login phase of the built-in target: status codes, stages, text over several PDUs, sessions. RFC 7143 sections 6.3 and 11.13. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "peer.h"
#include "test/unit.h"

#define I    "InitiatorName=" PEER_NAME "\n"
#define DISK "TargetName=" ASSAY_DEFAULT_NAME "\n"
#define SEC  ASSAY_STAGE_SECURITY
#define OPER ASSAY_STAGE_OPERATIONAL
#define FULL ASSAY_STAGE_FULL_FEATURE
#define STAY (-1)

static struct assay_target *t;
static struct peer p;

static void fresh(unsigned portal)
{
	if (p.c)
		assay_target_conn_close(p.c, p.now);
	p.c = NULL;
	peer_open(&p, t, portal);
}

static void begin(void)
{
	t = peer_target();
	fresh(0);
}

static void end(void)
{
	peer_close(&p);
	assay_target_free(t);
}

/* The status of a fresh login's first request. */
static unsigned first(unsigned csg, int nsg, const char *text)
{
	unsigned status;

	fresh(0);
	status = peer_login_status(&p, csg, nsg, text);
	if (status)
		CU_ASSERT_TRUE(peer_over(&p));
	return status;
}

static void status_codes(void)
{
	static const struct {
		unsigned csg;
		int nsg;
		const char *text;
		unsigned status;
	} rows[] = {
		{ OPER, FULL, I DISK, 0 },
		{ OPER, FULL, DISK, 0x0207 },
		{ OPER, FULL, I, 0x0207 },
		{ OPER, FULL, "", 0x0207 },
		{ OPER, FULL, I "TargetName=" ASSAY_DEFAULT_NAME ".nobody\n", 0x0203 },
		{ OPER, FULL, I "TargetName=" ASSAY_DEFAULT_ACL "\n", 0x0202 },
		{ OPER, FULL,
			"InitiatorName=" ASSAY_DEFAULT_ACL_INITIATOR "\nTargetName=" ASSAY_DEFAULT_ACL "\n",
			0 },
		{ OPER, FULL, I "TargetName=" ASSAY_DEFAULT_ACL_ADDRESS "\n", 0x0202 },
		{ OPER, FULL, I DISK "SessionType=Other\n", 0x0209 },
		{ OPER, FULL, I "TargetName=" ASSAY_DEFAULT_CHAP "\n", 0x0201 },
		{ SEC, FULL, I "TargetName=" ASSAY_DEFAULT_CHAP "\n", 0x0201 },
		{ SEC, STAY, I "TargetName=" ASSAY_DEFAULT_CHAP "\n", 0 },
		{ SEC, OPER, I "TargetName=" ASSAY_DEFAULT_CHAP "\nAuthMethod=None\n", 0x0201 },
		{ SEC, OPER, I "TargetName=" ASSAY_DEFAULT_CHAP "\nAuthMethod=CHAP\nCHAP_A=5\n", 0x0200 },
		{ SEC, OPER, I DISK "AuthMethod=CHAP,None\n", 0 },
		{ SEC, OPER, I DISK "AuthMethod=CHAP\n", 0x0201 },
		{ SEC, OPER, I DISK "HeaderDigest=None\n", 0x0200 },
		{ 2, FULL, I DISK, 0x0200 },
		{ FULL, FULL, I DISK, 0x0200 },
		{ SEC, 2, I DISK, 0x0200 },
		{ OPER, SEC, I DISK, 0x0200 },
		{ OPER, OPER, I DISK, 0x0200 },
		{ OPER, FULL, I DISK "MaxBurstLength\n", 0x0200 },
		{ OPER, FULL, I DISK "MaxBurstLength=4096\nMaxBurstLength=4096\n", 0x0200 },
		{ OPER, FULL, I DISK I, 0x0200 },
		{ OPER, FULL, I DISK "HeaderDigest=Reject\n", 0x0200 },
		{ OPER, FULL, "InitiatorName=not a name\n" DISK, 0x0200 },
		{ OPER, FULL, I "SessionType=Discovery\n", 0 },
	};

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned status = first(rows[i].csg, rows[i].nsg, rows[i].text);

		if (status != rows[i].status)
			printf("row %zu: %04x\n", i, status);
		CU_ASSERT_EQUAL(status, rows[i].status);
	}
	end();
}

static void header_rules(void)
{
	struct assay_pdu pdu = {
		.opcode = ASSAY_LOGIN_REQUEST, .csg = OPER, .version_min = 1, .version_max = 1
	};

	begin();
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status_class << 8 | pdu.status_detail, 0x0205);
	fresh(0);
	pdu = (struct assay_pdu){
		.opcode = ASSAY_LOGIN_REQUEST, .csg = SEC, .nsg = OPER, .transit = 1, .cont = 1
	};
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status_class << 8 | pdu.status_detail, 0x0200);
	/* What must stay the same in all requests of a login. */
	for (int i = 0; i < 5; i++) {
		fresh(0);
		CU_ASSERT_EQUAL(peer_login_status(&p, SEC, STAY, I DISK), 0);
		p.isid += i == 0;
		p.cid += i == 1;
		p.itt += i == 2;
		p.tsih += i == 3;
		CU_ASSERT_EQUAL(peer_login_status(&p, i == 4 ? OPER : SEC, i == 4 ? FULL : OPER, ""), 0x0200);
		CU_ASSERT_TRUE(peer_over(&p));
	}
	end();
}

static void other_pdus(void)
{
	struct assay_pdu nop = {
		.opcode = ASSAY_NOP_OUT, .immediate = 1, .final = 1, .itt = 7, .ttt = ASSAY_TAG_RESERVED
	};
	struct assay_pdu pdu;

	begin();
	peer_send(&p, &nop);
	CU_ASSERT_TRUE(peer_over(&p)); /* without a word */
	fresh(0);
	CU_ASSERT_EQUAL(peer_login_status(&p, SEC, STAY, I DISK), 0);
	peer_send(&p, &nop);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status_class << 8 | pdu.status_detail, 0x020b);
	CU_ASSERT_TRUE(peer_over(&p));
	end();
}

static void stages_and_tsih(void)
{
	struct assay_pdu pdu;
	struct assay_pair pair;
	uint32_t stat_sn;

	begin();
	peer_login_request(&p, SEC, STAY, I DISK "AuthMethod=CHAP,None\n");
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.transit, 0);
	CU_ASSERT_EQUAL(assay_text_find(&pair, pdu.data, pdu.data_length, "TargetPortalGroupTag"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "1"));
	CU_ASSERT_EQUAL(assay_text_find(&pair, pdu.data, pdu.data_length, "AuthMethod"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "None"));
	stat_sn = pdu.stat_sn;
	peer_login_request(&p, SEC, OPER, "");
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.transit, 1);
	CU_ASSERT_EQUAL(pdu.nsg, OPER);
	CU_ASSERT_EQUAL(pdu.tsih, 0);
	CU_ASSERT_EQUAL(pdu.stat_sn, stat_sn + 1);
	CU_ASSERT_EQUAL(pdu.exp_cmd_sn, p.cmd_sn);
	peer_login_request(&p, OPER, FULL, "MaxRecvDataSegmentLength=65536\nX-unknown.key=1\n");
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(pdu.nsg, FULL);
	CU_ASSERT_NOT_EQUAL(pdu.tsih, 0);
	CU_ASSERT_EQUAL(assay_text_find(&pair, pdu.data, pdu.data_length, "MaxRecvDataSegmentLength"), 1);
	CU_ASSERT_EQUAL(assay_text_find(&pair, pdu.data, pdu.data_length, "X-unknown.key"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "NotUnderstood"));
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

/* A pair cut in two, each half in a request of its own. */
static void text_over_several_requests(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST, .immediate = 1, .cont = 1, .csg = OPER };
	static const char half[] = "InitiatorName=iqn.2026-01.net.iscsi-";
	struct assay_pdu response;

	begin();
	pdu.isid = p.isid;
	pdu.cid = p.cid;
	pdu.cmd_sn = p.cmd_sn;
	pdu.data = (const uint8_t *)half;
	pdu.data_length = sizeof(half) - 1;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(response.data_length, 0);
	CU_ASSERT_EQUAL(response.transit, 0);
	CU_ASSERT_EQUAL(peer_login_status(&p, OPER, FULL, "assay:peer\n" DISK), 0);
	CU_ASSERT_TRUE(peer_alive(&p));
	end();
}

static void answer_over_several_responses(void)
{
	static char text[8192];
	struct assay_pdu pdu;
	size_t length = (size_t)sprintf(text, "%s%s", I, DISK), total = 0;
	int parts = 0;

	while (length < sizeof(text) - 16)
		length += (size_t)sprintf(text + length, "X-%zu=1\n", length);
	begin();
	peer_login_request(&p, OPER, FULL, text);
	do {
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_LOGIN_RESPONSE));
		CU_ASSERT_EQUAL_FATAL(pdu.status_class, 0);
		CU_ASSERT_TRUE(pdu.data_length <= 8192);
		CU_ASSERT_EQUAL(pdu.cont, !pdu.transit);
		total += pdu.data_length;
		parts++;
		if (pdu.cont)
			peer_login_request(&p, OPER, FULL, "");
	} while (pdu.cont);
	CU_ASSERT_TRUE(parts > 1);
	CU_ASSERT_TRUE(total > 8192);
	CU_ASSERT_TRUE(peer_alive(&p));
	/* While parts are missing nothing may be said. */
	fresh(0);
	CU_ASSERT_EQUAL(peer_login_status(&p, OPER, FULL, text), 0);
	CU_ASSERT_EQUAL(peer_login_status(&p, OPER, FULL, "X-more=1\n"), 0x0200);
	end();
}

static void too_much_text(void)
{
	static char text[8192];
	unsigned status = 0;
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST, .cont = 1, .csg = OPER }, response;

	begin();
	memset(text, 'a', sizeof(text));
	pdu.isid = p.isid;
	pdu.cid = p.cid;
	pdu.data = (const uint8_t *)text;
	pdu.data_length = sizeof(text);
	for (int i = 0; i < 9 && !status; i++) {
		peer_send(&p, &pdu);
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &response, ASSAY_LOGIN_RESPONSE));
		status = (unsigned)response.status_class << 8 | response.status_detail;
	}
	CU_ASSERT_EQUAL(status, 0x0200);
	/* More in one PDU than the 8192 bytes that hold during login. */
	fresh(0);
	pdu.data_length = 8193;
	pdu.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	pdu.data_segment_length = 8193;
	pdu.data_length = 8192;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_LOGIN_RESPONSE));
	CU_ASSERT_EQUAL(response.status_class, 2);
	CU_ASSERT_TRUE(peer_over(&p));
	end();
}

static void login_takes_too_long(void)
{
	begin();
	CU_ASSERT_EQUAL(peer_login_status(&p, SEC, STAY, I DISK), 0);
	CU_ASSERT_EQUAL(assay_target_next_timer(t), p.now + 15 * UINT64_C(1000000000));
	assay_target_tick(t, p.now + 14 * UINT64_C(1000000000));
	CU_ASSERT_TRUE(peer_silent(&p));
	assay_target_tick(t, p.now + 15 * UINT64_C(1000000000));
	CU_ASSERT_TRUE(peer_over(&p));
	fresh(0);
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_EQUAL(assay_target_next_timer(t), UINT64_MAX);
	end();
}

/* ---- sessions ---- */

static void reinstatement(void)
{
	struct peer q = { 0 };

	begin();
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	peer_open(&q, t, 0);
	CU_ASSERT_TRUE(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_TRUE(peer_over(&p));
	CU_ASSERT_TRUE(peer_alive(&q));
	/* Another ISID, another portal group, another target: sessions of their own. */
	fresh(0);
	p.isid++;
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_TRUE(peer_alive(&q));
	fresh(1);
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_TRUE(peer_alive(&q));
	fresh(0);
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_SECOND, ""));
	CU_ASSERT_TRUE(peer_alive(&q));
	/* One that fails leaves the old session alone. */
	fresh(0);
	CU_ASSERT_FALSE(peer_login(&p, ASSAY_DEFAULT_NAME, "MaxBurstLength=4096\nMaxBurstLength=4096\n"));
	CU_ASSERT_TRUE(peer_alive(&q));
	peer_close(&q);
	end();
}

static void tsih(void)
{
	begin();
	p.tsih = 77;
	CU_ASSERT_EQUAL(peer_login_status(&p, OPER, FULL, I DISK), 0x020a);
	fresh(0);
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, ""));
	struct peer q = { 0 };
	peer_open(&q, t, 0);
	q.tsih = (uint16_t)(p.tsih + 1);
	CU_ASSERT_EQUAL(peer_login_status(&q, OPER, FULL, I DISK), 0x020a);
	CU_ASSERT_TRUE(peer_alive(&p));
	peer_close(&q);
	end();
}

static void several_connections(void)
{
	struct peer q[4] = { { 0 } };

	begin();
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, "MaxConnections=3\n"));
	for (int i = 0; i < 3; i++) {
		peer_open(&q[i], t, 0);
		q[i].cid = (uint16_t)(i + 2);
		q[i].tsih = p.tsih;
		q[i].cmd_sn = p.cmd_sn;
		CU_ASSERT_EQUAL(peer_login_status(&q[i], OPER, FULL, I DISK), i < 2 ? 0 : 0x0206);
	}
	/* Through the other portal group: not into this session. */
	peer_open(&q[3], t, 1);
	q[3].cid = 9;
	q[3].tsih = p.tsih;
	CU_ASSERT_EQUAL(peer_login_status(&q[3], OPER, FULL, I DISK), 0x0208);
	CU_ASSERT_TRUE(peer_alive(&p));
	q[0].cmd_sn = p.cmd_sn;
	CU_ASSERT_TRUE(peer_alive(&q[0]));
	/* The same CID again: that connection is reinstated, the others stay. */
	assay_target_conn_close(q[2].c, 0);
	q[2].c = NULL;
	peer_open(&q[2], t, 0);
	q[2].cid = 2;
	q[2].tsih = p.tsih;
	q[2].cmd_sn = q[0].cmd_sn;
	CU_ASSERT_TRUE(peer_login(&q[2], ASSAY_DEFAULT_NAME, ""));
	CU_ASSERT_TRUE(peer_over(&q[0]));
	CU_ASSERT_TRUE(peer_alive(&q[2]));
	for (int i = 0; i < 4; i++)
		peer_close(&q[i]);
	end();
}

static void a_leading_key_on_a_further_connection(void)
{
	struct peer q = { 0 };

	begin();
	CU_ASSERT_TRUE(peer_login(&p, ASSAY_DEFAULT_NAME, "MaxConnections=2\n"));
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	CU_ASSERT_EQUAL(peer_login_status(&q, OPER, FULL, I DISK "MaxConnections=2\n"), 0x0200);
	CU_ASSERT_TRUE(peer_alive(&p));
	peer_close(&q);
	end();
}

static CU_TestInfo tests[] = {
	{ "status codes", status_codes },
	{ "header rules", header_rules },
	{ "other PDUs", other_pdus },
	{ "stages and TSIH", stages_and_tsih },
	{ "text over several requests", text_over_several_requests },
	{ "answer over several responses", answer_over_several_responses },
	{ "too much text", too_much_text },
	{ "time", login_takes_too_long },
	UNIT_TEST(reinstatement),
	{ "TSIH", tsih },
	{ "several connections", several_connections },
	{ "leading keys", a_leading_key_on_a_further_connection },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("login", tests);
}
