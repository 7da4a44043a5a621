/* login_test.c - logins by hand and all the way, against a target that says what the test wants, or stops saying it. */
#include <stdlib.h>
#include <string.h>

#include "initiator/test/script.h"
#include "test/unit.h"

#define TPGT "TargetPortalGroupTag=1\0"

/* The end of a test whose login was to be without fault. */
static void leave(struct script *s, struct assay_tap *tap)
{
	CU_ASSERT_EQUAL(s->blamed, 0);
	assay_tap_free(tap);
	free(s);
}

static void plain(struct script *s, const struct assay_pdu *request)
{
	if (request->opcode == ASSAY_LOGIN_REQUEST)
		SCRIPT_LOGIN(s, request, TPGT "HeaderDigest=None\0MaxRecvDataSegmentLength=16384\0");
	else
		script_agree(s, request);
}

static void all_the_way(void)
{
	struct script *s = script_new(plain);
	struct assay_initiator_config c = script_config(s);

	c.tap = script_watch(s);
	c.wants.value[ASSAY_KEY_HEADER_DIGEST] = "CRC32C,None";

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_TRUE(i->full_feature);
	CU_ASSERT_EQUAL(i->session->tsih, 7);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 1);
	CU_ASSERT_EQUAL(i->session->max_cmd_sn, 32);
	CU_ASSERT_EQUAL(i->exp_stat_sn, 101);
	CU_ASSERT_EQUAL(i->negotiation.params.target_max_recv, 16384);
	CU_ASSERT_EQUAL(i->negotiation.params.target_portal_group_tag, 1);
	CU_ASSERT_EQUAL(i->recv_digests, 0);
	CU_ASSERT_EQUAL(s->count, 1);
	CU_ASSERT_EQUAL(s->heard[0].isid, 0x800012345678);
	CU_ASSERT_TRUE(
		s->heard[0].transit && s->heard[0].immediate && s->heard[0].csg == ASSAY_STAGE_OPERATIONAL);
	CU_ASSERT_TRUE(script_heard(s, 0, "InitiatorName", "iqn.2026-01.test:initiator"));
	CU_ASSERT_TRUE(script_heard(s, 0, "TargetName", "iqn.2026-01.test:target"));
	CU_ASSERT_TRUE(script_heard(s, 0, "SessionType", "Normal"));
	CU_ASSERT_TRUE(script_heard(s, 0, "HeaderDigest", "CRC32C,None"));
	assay_initiator_free(i);
	CU_ASSERT_EQUAL(s->closed, 1);
	leave(s, c.tap);
}

static void with_digests(struct script *s, const struct assay_pdu *request)
{
	if (request->opcode == ASSAY_LOGIN_REQUEST) {
		SCRIPT_LOGIN(s, request, "HeaderDigest=CRC32C\0DataDigest=CRC32C\0");
		s->digests = s->framer.digests = ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST;
		return;
	}
	CU_ASSERT_EQUAL(request->bad_digests, 0);
	script_agree(s, request);
}

static void digests_begin_after_the_login(void)
{
	struct script *s = script_new(with_digests);
	struct assay_initiator_config c = script_config(s);
	struct assay_pdu pdu;

	c.wants.value[ASSAY_KEY_HEADER_DIGEST] = "CRC32C";
	c.wants.value[ASSAY_KEY_DATA_DIGEST] = "CRC32C";

	c.tap = script_watch(s);

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_EQUAL(i->send_digests, ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);
	CU_ASSERT_EQUAL(assay_nop(i, "abc", 3, &pdu), 0);
	CU_ASSERT_EQUAL(pdu.data_length, 3);
	CU_ASSERT_EQUAL(pdu.digests, ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);
	s->digests = 0;
	CU_ASSERT(assay_nop(i, "abc", 3, &pdu) < 0);
	assay_initiator_free(i);
	leave(s, c.tap);
}

/* Stays in the stage once, and offers keys of its own that must be answered. */
static void bargaining(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu stay = *request;

	stay.transit = stay.nsg = 0;
	if (s->step++ == 0)
		SCRIPT_LOGIN(
			s, &stay, TPGT "ErrorRecoveryLevel=2\0X-com.example.knob=5\0MaxBurstLength=131072\0");
	else
		SCRIPT_LOGIN(s, request, "");
}

static void offers_of_the_target_are_answered(void)
{
	struct script *s = script_new(bargaining);
	struct assay_initiator_config c = script_config(s);

	c.wants.value[ASSAY_KEY_MAX_BURST_LENGTH] = "262144";

	c.tap = script_watch(s);

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_EQUAL_FATAL(s->count, 2);
	CU_ASSERT_TRUE(script_heard(s, 1, "ErrorRecoveryLevel", "0"));
	CU_ASSERT_TRUE(script_heard(s, 1, "X-com.example.knob", "NotUnderstood"));
	CU_ASSERT_FALSE(script_heard(s, 1, "MaxBurstLength", "131072"));
	CU_ASSERT_EQUAL(s->heard[1].exp_stat_sn, 101);
	CU_ASSERT_EQUAL(s->heard[1].itt, s->heard[0].itt);
	CU_ASSERT_EQUAL(i->negotiation.params.max_burst_length, 131072);
	assay_initiator_free(i);
	leave(s, c.tap);
}

static void by_hand_the_test_says_what_it_wants(void)
{
	struct script *s = script_new(bargaining);
	struct assay_initiator_config c = script_config(s);
	struct assay_initiator *i = script_open(&c);
	struct assay_pair pair;

	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_key(i, "MaxBurstLength", "262144");
	i->login.request.cid = 77;
	i->login.request.cmd_sn = 0xfffffffe;
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_FALSE(i->login.response.transit);
	CU_ASSERT_EQUAL(assay_login_answer(i, &pair, "ErrorRecoveryLevel"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "2"));
	CU_ASSERT_EQUAL(assay_login_answer(i, &pair, "DataDigest"), 0);
	assay_login_key(i, "ErrorRecoveryLevel", "1");
	assay_login_raw(i, "raw\0=", 5);
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_TRUE(i->full_feature);
	CU_ASSERT_EQUAL(i->negotiation.params.max_burst_length, 131072);
	CU_ASSERT_EQUAL(s->heard[0].cid, 77);
	CU_ASSERT_EQUAL(s->heard[1].cid, 77);
	CU_ASSERT_EQUAL(i->cid, 77);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 0xfffffffe);
	CU_ASSERT_EQUAL(s->heard[1].data_length,
		sizeof("ErrorRecoveryLevel=1") + 5 + sizeof("X-com.example.knob=NotUnderstood"));
	assay_initiator_free(i);
	free(s);
}

/* Stays until what it offers of its own accord is answered; says what was written past the negotiation as if it were agreed on. */
static void offering(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu = *request;

	pdu.transit = s->step > 0 && request->transit;
	if (s->step++ == 0)
		SCRIPT_LOGIN(s, &pdu,
			"MaxOutstandingR2T=8\0ImmediateData=Yes\0X-com.example.mine=1\0X-com.example.yours="
			"2\0");
	else
		SCRIPT_LOGIN(s, &pdu, "");
}

static void offers_are_answered_by_hand_too(void)
{
	static const char raw[] = "ImmediateData=Yes\0X-com.example.mine=1";
	struct script *s = script_new(offering);
	struct assay_initiator_config c = script_config(s);
	struct assay_initiator *i = script_open(&c);

	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_raw(i, raw, sizeof(raw));
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAY), 0);
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_TRUE(script_heard(s, 1, "MaxOutstandingR2T", "1"));
	CU_ASSERT_TRUE(script_heard(s, 1, "X-com.example.yours", "NotUnderstood"));
	CU_ASSERT_EQUAL(s->heard[1].data_length,
		sizeof("MaxOutstandingR2T=1") + sizeof("X-com.example.yours=NotUnderstood"));
	CU_ASSERT_TRUE(i->full_feature);
	assay_initiator_free(i);
	free(s);
}

/* The answer in three parts, cut inside of a key. */
static void in_parts(struct script *s, const struct assay_pdu *request)
{
	static const char text[] = TPGT "TargetAlias=in parts\0";
	static const size_t cuts[] = { 0, 10, 30, sizeof(text) - 1 };
	struct assay_pdu pdu;

	if (s->step > 0)
		CU_ASSERT_EQUAL(request->data_length, 0);
	script_make(s, &pdu, ASSAY_LOGIN_RESPONSE, request);
	pdu.final = 0;
	pdu.cont = s->step < 2;
	pdu.transit = !pdu.cont && request->transit;
	pdu.csg = request->csg;
	pdu.nsg = pdu.transit ? request->nsg : 0;
	pdu.tsih = pdu.transit ? 9 : 0;
	pdu.data = (const uint8_t *)text + cuts[s->step];
	pdu.data_length = (uint32_t)(cuts[s->step + 1] - cuts[s->step]);
	s->step++;
	script_say(s, &pdu);
}

static void parts_of_an_answer_are_joined(void)
{
	struct script *s = script_new(in_parts);
	struct assay_initiator_config c = script_config(s);
	c.tap = script_watch(s);

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_EQUAL(s->count, 3);
	CU_ASSERT_TRUE(s->heard[1].transit && s->heard[2].transit);
	CU_ASSERT_STRING_EQUAL(i->negotiation.params.target_alias, "in parts");
	CU_ASSERT_EQUAL(i->session->tsih, 9);
	assay_initiator_free(i);
	leave(s, c.tap);
}

static void long_requests_are_sent_in_parts(void)
{
	struct script *s = script_new(script_agree);
	struct assay_initiator_config c = script_config(s);
	struct assay_initiator *i = script_open(&c);
	static char value[20001];

	memset(value, 'x', 20000);
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_key(i, "X-com.example.long", value);

	size_t length = i->login.keys.length;

	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_EQUAL_FATAL(s->count, 3);
	CU_ASSERT_TRUE(s->heard[0].cont && !s->heard[0].transit && s->heard[0].nsg == 0);
	CU_ASSERT_TRUE(s->heard[1].cont && s->heard[1].exp_stat_sn == 101);
	CU_ASSERT_TRUE(!s->heard[2].cont && s->heard[2].transit);
	CU_ASSERT_EQUAL(s->heard[0].data_length, 8192);
	CU_ASSERT_EQUAL(s->heard[2].data_length, length - 2 * 8192);

	for (int n = 0; n < 4; n++)
		assay_login_key(i, "X-com.example.long", value);
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAY), ASSAY_E_LIMIT);
	assay_initiator_free(i);
	free(s);
}

/* Each step something that a login must not end well with. */
static void refusing(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu,
		s->step == 0   ? ASSAY_LOGIN_RESPONSE
		: s->step == 1 ? ASSAY_REJECT
			       : ASSAY_NOP_IN,
		request);
	if (s->step == 0) {
		pdu.final = 0;
		pdu.status_class = 2;
		pdu.status_detail = 0x0b;
		pdu.stat_sn = pdu.exp_cmd_sn = pdu.max_cmd_sn = 0xdeadbeef;
	}
	pdu.reason = s->step == 1 ? 4 : 0;
	script_say(s, &pdu);
	s->closing = true;
}

static void refusals_are_told_apart(void)
{
	static const int expected[] = { ASSAY_E_LOGIN, ASSAY_E_REJECT, ASSAY_E_PROTOCOL };

	for (unsigned step = 0; step < 3; step++) {
		struct script *s = script_new(refusing);
		struct assay_initiator_config c = script_config(s);
		struct assay_initiator *i = script_open(&c);
		struct assay_pdu pdu;

		s->step = step;
		CU_ASSERT_EQUAL(assay_login(i), expected[step]);
		CU_ASSERT_EQUAL(i->error.code, expected[step]);
		CU_ASSERT_FALSE(i->full_feature);
		if (step == 0) {
			CU_ASSERT_EQUAL(i->login.response.status_detail, 0x0b);
			CU_ASSERT_EQUAL(i->session->max_cmd_sn, 1);
			CU_ASSERT_EQUAL(i->exp_stat_sn, 0);
		}
		if (step == 1)
			CU_ASSERT_EQUAL(i->login.response.reason, 4);
		CU_ASSERT_EQUAL(assay_await_close(i, &pdu), 0);
		assay_initiator_free(i);
		free(s);
	}
}

static void illegal_answer(struct script *s, const struct assay_pdu *request)
{
	SCRIPT_LOGIN(s, request, "HeaderDigest=None\0");
}

static void an_illegal_answer_ends_a_login_but_not_one_by_hand(void)
{
	struct script *s = script_new(illegal_answer);
	struct assay_initiator_config c = script_config(s);

	c.wants.value[ASSAY_KEY_HEADER_DIGEST] = "CRC32C";

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_PROTOCOL);
	CU_ASSERT_PTR_NOT_NULL(strstr(i->error.message, "HeaderDigest"));
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	assay_login_key(i, "HeaderDigest", "CRC32C");
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_TRUE(i->full_feature);
	assay_initiator_free(i);
	free(s);
}

/* Never ends: always another part, or never a transition. */
static void endless(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_LOGIN_RESPONSE, request);
	pdu.final = 0;
	pdu.csg = request->csg;
	pdu.cont = s->step == 0;
	pdu.data = (const uint8_t *)"X-a=b";
	pdu.data_length = s->step == 2 ? 0 : 5;
	script_say(s, &pdu);
}

static void endless_logins_end(void)
{
	for (unsigned step = 0; step < 3; step += 2) {
		struct script *s = script_new(endless);
		struct assay_initiator_config c = script_config(s);
		struct assay_initiator *i = script_open(&c);

		s->step = step;
		CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_PROTOCOL);
		CU_ASSERT(s->count < 1000);
		assay_initiator_free(i);
		free(s);
	}
}

/* All that the target says of a login, stopped after each byte: an error, within the deadline. */
static void stopped_at_each_byte(void)
{
	for (int end = SCRIPT_CLOSES; end <= SCRIPT_STALLS; end++) {
		for (size_t cut = 0;; cut++) {
			struct script *s = script_new(bargaining);
			struct assay_initiator_config c = script_config(s);
			struct assay_initiator *i = script_open(&c);

			s->end = (enum script_end)end;
			s->cut = cut;

			int rc = assay_login(i);

			CU_ASSERT_EQUAL(s->clock.now, rc == ASSAY_E_TIMEOUT ? c.timeout : 0);
			assay_initiator_free(i);
			free(s);
			if (rc == 0) {
				CU_ASSERT(cut > 96);
				break;
			}
			CU_ASSERT_EQUAL(rc, end == SCRIPT_CLOSES ? ASSAY_E_CLOSED : ASSAY_E_TIMEOUT);
			if (rc >= 0 || cut > 10000)
				break;
		}
	}
}

static void garbled(struct script *s, const struct assay_pdu *request)
{
	size_t from = s->out_end;

	bargaining(s, request);
	if (s->cut >= from && s->cut < s->out_end)
		s->out[s->cut] ^= (uint8_t)s->stat_sn | 1;
}

/* Each byte of it garbled in turn, a few ways: any result, but an end. */
static void garbled_at_each_byte(void)
{
	for (uint32_t flip = 1; flip < 256; flip <<= 1) {
		for (size_t at = 0; at < 300; at++) {
			struct script *s = script_new(garbled);
			struct assay_initiator_config c = script_config(s);
			struct assay_initiator *i = script_open(&c);

			s->stat_sn = flip;
			s->cut = at;
			(void)assay_login(i);
			CU_ASSERT(s->clock.now <= 40 * c.timeout);
			CU_ASSERT(s->count < 1000);
			assay_initiator_free(i);
			free(s);
		}
	}
}

static void a_further_connection_joins_the_session(void)
{
	struct script *s = script_new(script_agree), *s2 = script_new(script_agree);
	struct assay_initiator_config c = script_config(s), c2 = script_config(s2);
	struct assay_initiator *i, *j = NULL;
	struct assay_error err = { 0 };

	c.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = c2.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = "2";
	i = script_open(&c);
	i->session->cmd_sn = 1;
	CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_PROTOCOL); /* MaxConnections was not answered */
	CU_ASSERT_EQUAL(i->session->tsih, 0);
	c.wants.value[ASSAY_KEY_MAX_CONNECTIONS] = NULL;
	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_EQUAL(assay_nop(i, NULL, 0, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(assay_initiator_open_in(&j, &c2, i->session, 3, &err), 0);
	CU_ASSERT_EQUAL(assay_login(j), 0);
	CU_ASSERT_EQUAL(s2->heard[0].tsih, 7);
	CU_ASSERT_EQUAL(s2->heard[0].cid, 3);
	CU_ASSERT_EQUAL(s2->heard[0].cmd_sn, 2);
	CU_ASSERT_FALSE(script_heard(s2, 0, "MaxConnections", "2"));
	CU_ASSERT_FALSE(script_heard(s2, 0, "SessionType", "Normal"));
	CU_ASSERT_TRUE(script_heard(s2, 0, "TargetName", "iqn.2026-01.test:target"));
	assay_initiator_free(i);
	CU_ASSERT_EQUAL(j->session->tsih, 7);
	assay_initiator_free(j);
	free(s);
	free(s2);
}

static void no_connection_is_an_error(void)
{
	struct script *s = script_new(script_agree);
	struct assay_initiator_config c = script_config(s);
	struct assay_initiator *i = NULL;
	struct assay_error err = { 0 };

	c.port = 1;
	CU_ASSERT_EQUAL(assay_initiator_open(&i, &c, &err), ASSAY_E_CONNECT);
	CU_ASSERT_PTR_NULL(i);
	assay_initiator_free(NULL);
	free(s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(all_the_way),
	UNIT_TEST(digests_begin_after_the_login),
	UNIT_TEST(offers_of_the_target_are_answered),
	UNIT_TEST(by_hand_the_test_says_what_it_wants),
	UNIT_TEST(offers_are_answered_by_hand_too),
	UNIT_TEST(parts_of_an_answer_are_joined),
	UNIT_TEST(long_requests_are_sent_in_parts),
	UNIT_TEST(refusals_are_told_apart),
	UNIT_TEST(an_illegal_answer_ends_a_login_but_not_one_by_hand),
	UNIT_TEST(endless_logins_end),
	UNIT_TEST(stopped_at_each_byte),
	UNIT_TEST(garbled_at_each_byte),
	UNIT_TEST(a_further_connection_joins_the_session),
	UNIT_TEST(no_connection_is_an_error),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("login", tests);
}
