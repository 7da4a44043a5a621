/* chap_test.c - the security stage of a login: CHAP one-way and mutual, with a target that proves itself, or does not. */
#include <stdlib.h>
#include <string.h>

#include "initiator/test/script.h"
#include "test/unit.h"

static struct assay_chap chap; /* the target's side */
static const char *method; /* what it answers to AuthMethod */
static bool silent_proof; /* it goes on without its CHAP_N and CHAP_R */

static void secured(struct script *s, const struct assay_pdu *request)
{
	char said[8192];
	struct assay_text reply;
	struct assay_pdu stay = *request;

	if (request->csg != ASSAY_STAGE_SECURITY) {
		script_agree(s, request);
		return;
	}
	assay_text_init(&reply, said, sizeof(said));
	stay.transit = stay.nsg = 0;
	if (strcmp(method, "None") == 0) {
		stay = *request;
		if (s->step++ == 0)
			assay_text_append(&reply, "AuthMethod", method);
	} else if (s->step++ == 0) {
		assay_text_append(&reply, "AuthMethod", method);
	} else {
		struct assay_error err = { 0 };
		int rc = assay_chap_take(&chap, &reply, request->data, request->data_length, &err);

		if (rc < 0) {
			struct assay_pdu refusal;

			script_make(s, &refusal, ASSAY_LOGIN_RESPONSE, request);
			refusal.final = 0;
			refusal.status_class = 2;
			refusal.status_detail = 1;
			script_say(s, &refusal);
			return;
		}
		if (chap.state == ASSAY_CHAP_DONE) {
			stay = *request;
			if (silent_proof)
				assay_text_init(&reply, said, sizeof(said));
		}
	}
	script_login(s, &stay, reply.buf, reply.length);
}

struct outcome {
	int rc;
	bool full_feature;
	uint8_t challenge[8];
};

static struct outcome login(const struct assay_initiator_config *base, uint64_t seed)
{
	struct script *s = script_new(secured);
	struct assay_initiator_config c = script_config(s);
	struct outcome o = { 0 };

	c.account = base->account;
	c.target_account = base->target_account;
	c.chap_algorithms = base->chap_algorithms;
	c.wants = base->wants;
	c.seed = seed;
	chap = (struct assay_chap){
		.target = true,
		.algorithms = "7,5",
		.mine = { "iqn.2026-01.test:target", "the target's own secret" },
		.theirs = { "joe", "a secret of joe's" },
		.id = 33,
		.challenge = "challenge of the target",
		.challenge_length = 16,
	};

	struct assay_initiator *i = script_open(&c);

	o.rc = assay_login(i);
	o.full_feature = i->full_feature;
	memcpy(o.challenge, i->chap.challenge, sizeof(o.challenge));
	if (o.rc < 0)
		CU_ASSERT_NOT_EQUAL(i->error.message[0], '\0');
	assay_initiator_free(i);
	free(s);
	return o;
}

static struct assay_initiator_config account(const char *secret, const char *target_secret)
{
	method = "CHAP";
	silent_proof = false;
	return (struct assay_initiator_config){
		.account = { "joe", secret },
		.target_account = { target_secret ? "iqn.2026-01.test:target" : NULL, target_secret },
	};
}

static void one_way(void)
{
	struct assay_initiator_config c = account("a secret of joe's", NULL);

	CU_ASSERT_EQUAL(login(&c, 1).rc, 0);
	CU_ASSERT_EQUAL(chap.algorithm, 5);
	CU_ASSERT_STRING_EQUAL(chap.peer_name, "joe");
	c.chap_algorithms = "7,5";
	CU_ASSERT_EQUAL(login(&c, 1).rc, 0);
	CU_ASSERT_EQUAL(chap.algorithm, 7);
	c.account.secret = "another one";
	CU_ASSERT_EQUAL(login(&c, 1).rc, ASSAY_E_LOGIN);
}

static void mutual(void)
{
	struct assay_initiator_config c = account("a secret of joe's", "the target's own secret");
	struct outcome one = login(&c, 1);

	CU_ASSERT_EQUAL(one.rc, 0);
	CU_ASSERT_TRUE(one.full_feature);
	CU_ASSERT_EQUAL(memcmp(one.challenge, login(&c, 1).challenge, sizeof(one.challenge)), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(one.challenge, login(&c, 2).challenge, sizeof(one.challenge)), 0);
	c.target_account.secret = "not that";
	CU_ASSERT_EQUAL(login(&c, 1).rc, ASSAY_E_AUTH);
}

static void a_target_that_does_not_prove_itself(void)
{
	struct assay_initiator_config c = account("a secret of joe's", "the target's own secret");

	silent_proof = true;
	CU_ASSERT_EQUAL(login(&c, 1).rc, ASSAY_E_AUTH);
	silent_proof = false;
	method = "None";
	CU_ASSERT(login(&c, 1).rc < 0); /* None was not even offered */
	c.wants.value[ASSAY_KEY_AUTH_METHOD] = "CHAP,None";
	CU_ASSERT(login(&c, 1).rc < 0);
}

static void none_where_none_is_needed(void)
{
	struct assay_initiator_config c = account("a secret of joe's", NULL);

	method = "None";
	CU_ASSERT_EQUAL(login(&c, 1).rc, 0);
	c.account.name = NULL;
	c.wants.value[ASSAY_KEY_AUTH_METHOD] = "None";
	CU_ASSERT_EQUAL(login(&c, 1).rc, 0);
}

static void the_stage_by_hand(void)
{
	struct script *s = script_new(secured);
	struct assay_initiator_config c = script_config(s), a = account("a secret of joe's", NULL);

	c.account = a.account;
	chap = (struct assay_chap){
		.target = true, .theirs = { "joe", "a secret of joe's" }, .id = 1, .challenge_length = 16
	};

	struct assay_initiator *i = script_open(&c);

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	assay_login_key(i, "AuthMethod", "CHAP");
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAY), 0);
	CU_ASSERT_EQUAL(assay_login_security(i, ASSAY_STAGE_OPERATIONAL), 0);
	CU_ASSERT_EQUAL(i->login.request.csg, ASSAY_STAGE_OPERATIONAL);
	CU_ASSERT_FALSE(i->full_feature);
	CU_ASSERT_EQUAL(assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
	CU_ASSERT_TRUE(i->full_feature);
	assay_initiator_free(i);
	free(s);
}

/* A target that stays in the security stage for ever. */
static void staying(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu stay = *request;

	stay.transit = stay.nsg = 0;
	SCRIPT_LOGIN(s, &stay, "");
}

static void a_stage_without_end_ends(void)
{
	struct script *s = script_new(staying);
	struct assay_initiator_config c = script_config(s), a = account("a secret of joe's", NULL);

	c.account = a.account;

	struct assay_initiator *i = script_open(&c);

	CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_PROTOCOL);
	CU_ASSERT(s->count < 100);
	assay_initiator_free(i);
	free(s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(one_way),
	UNIT_TEST(mutual),
	UNIT_TEST(a_target_that_does_not_prove_itself),
	UNIT_TEST(none_where_none_is_needed),
	UNIT_TEST(the_stage_by_hand),
	UNIT_TEST(a_stage_without_end_ends),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("chap", tests);
}
