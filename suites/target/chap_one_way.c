/* chap_one_way.c - CHAP with the initiator proving who it is: RFC 7143 sections 6.3.2, 9.2, 12.1 and 12.1.3; RFC 1994. */
#include <stdio.h>
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/security.h"
#include "suites/target/target_suites.h"

static const struct assay_chap_account *account(struct assay_t *t)
{
	return &assay_setup(t)->chap_account;
}

/* The target's challenge, after AuthMethod and CHAP_A. */
static struct assay_initiator *challenged(
	struct assay_t *t, const char *algorithms, struct assay_challenge *out)
{
	return assay_security_challenged(t, assay_setup(t)->chap_target, algorithms, out);
}

/* A login by the initiator's own CHAP, into the full feature phase. */
static void logs_in(struct assay_t *t, const char *algorithms)
{
	struct assay_initiator *i;

	assay_aim(t, assay_setup(t)->chap_target);
	assay_config(t)->chap_algorithms = algorithms;
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
	EXPECT(t, assay_nop(i, "chap", 4, NULL) == 0, "a session that answers a NOP-Out", "%s",
		i->error.message);
}

/* Section 12.1: MD5 must be there, and the right proof opens the target. */
static void right_secret(struct assay_t *t)
{
	logs_in(t, "5");
}

/* Section 12.1.3: whatever the target chooses of a list, it works. */
static void every_algorithm(struct assay_t *t)
{
	static const char *const lists[] = { "6,5", "7,5", "8,5", "8,7,6,5" };

	for (unsigned k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		logs_in(t, lists[k]);
}

/* The same section: CHAP_A is one of those that were offered; one that is not known is passed over. */
static void algorithm_from_list(struct assay_t *t)
{
	static const char *const lists[] = { "5", "5,7", "99,5", "7,6,5", "200,5,8" };

	for (unsigned k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		struct assay_initiator *i = assay_security_chap(t, assay_setup(t)->chap_target);

		assay_login_key(i, "CHAP_A", lists[k]);
		REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
		assay_expect_one_of(t, i, "CHAP_A", lists[k], 0);
	}
}

/* The same section: where no algorithm will do the login ends with Authentication Failure. */
static void unknown_algorithm(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_chap(t, assay_setup(t)->chap_target);

	assay_login_key(i, "CHAP_A", "99,200");
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAY), 0x0201);
}

/* The same section: with its CHAP_A the target sends one CHAP_I, a byte, and one CHAP_C of 1 to 1024 bytes, and does not leave the stage. */
static void challenge_form(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	EXPECT_EQ(t, assay_text_count(i->login.answer, i->login.answer_length, "CHAP_A"), 1);
	EXPECT_EQ(t, assay_text_count(i->login.answer, i->login.answer_length, "CHAP_I"), 1);
	EXPECT_EQ(t, assay_text_count(i->login.answer, i->login.answer_length, "CHAP_C"), 1);
	EXPECT_EQ(t, assay_text_count(i->login.answer, i->login.answer_length, "CHAP_R"), 0);
	EXPECT_EQ(t, i->login.response.transit, 0);
}

/* RFC 1994 section 4.1: a challenge is unique; two in a row never agree. */
static void fresh_challenges(struct assay_t *t)
{
	struct assay_challenge first, second, third;

	challenged(t, "5", &first);
	challenged(t, "5", &second);
	challenged(t, "5", &third);
	EXPECT(t, first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0,
		"different challenges in two logins", "the same %zu bytes", first.length);
	EXPECT(t, third.length != second.length || memcmp(third.bytes, second.bytes, third.length) != 0,
		"different challenges in two logins", "the same %zu bytes", third.length);
}

/* So an old proof is worth nothing. */
static void replayed_response(struct assay_t *t)
{
	struct assay_challenge old, fresh;
	struct assay_initiator *i = challenged(t, "5", &old);

	assay_login_proof(t, i, &old, account(t));
	assay_security_ends(t, i);
	i = challenged(t, "5", &fresh);
	assay_login_proof(t, i, &old, account(t));
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL), 0x0201);
}

/* Section 12.1.3: the wrong proof ends the login with Authentication Failure, and the connection. */
static void fails(struct assay_t *t, const char *name, const char *secret)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	assay_login_proof(t, i, &challenge, &(struct assay_chap_account){ name, secret });
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL), 0x0201);
	EXPECT_CLOSE(t, i);
}

static void wrong_secret(struct assay_t *t)
{
	fails(t, account(t)->name, "not-the-secret-1");
}

static void empty_secret(struct assay_t *t)
{
	fails(t, account(t)->name, "");
}

static void cut_secret(struct assay_t *t)
{
	size_t length = strlen(account(t)->secret);
	char *secret = assay_alloc(t, length);

	memcpy(secret, account(t)->secret, length - 1);
	secret[length - 1] = '\0';
	fails(t, account(t)->name, secret);
}

/* The same status as for a wrong secret: nobody learns which names there are. */
static void unknown_user(struct assay_t *t)
{
	fails(t, "there-is-no-such-user", account(t)->secret);
}

static void longer_user(struct assay_t *t)
{
	size_t length = strlen(account(t)->name) + 2;
	char *name = assay_alloc(t, length);

	snprintf(name, length, "%sx", account(t)->name);
	fails(t, name, account(t)->secret);
}

/* Section 12.1.3: CHAP_R may be written in hexadecimal of either case or in base64. */
static void accepts_form(struct assay_t *t, enum assay_binary_form form, bool upper)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX];
	size_t length = assay_challenge_response(t, response, &challenge, account(t)->secret);
	char value[2 * ASSAY_CHAP_RESPONSE_MAX + 8];

	if (form == ASSAY_FORM_BASE64)
		assay_binary_to_base64(value, sizeof(value), response, length);
	else
		assay_binary_to_hex(value, sizeof(value), response, length);
	for (char *c = value; upper && *c; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
	assay_login_key(i, "CHAP_N", account(t)->name);
	assay_login_key(i, "CHAP_R", value);
	assay_security_ends(t, i);
	EXPECT_EQ(t, i->login.response.transit, 1);
}

static void base64_response(struct assay_t *t)
{
	accepts_form(t, ASSAY_FORM_BASE64, false);
}

static void upper_case_response(struct assay_t *t)
{
	accepts_form(t, ASSAY_FORM_HEX, true);
}

/* Section 9.2: a CHAP_R that is not as long as the digest, or no binary value at all, is no proof: refused as the initiator's error or as failed. */
static void refuses_response(struct assay_t *t, const char *value)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	assay_login_key(i, "CHAP_N", account(t)->name);
	assay_login_key(i, "CHAP_R", value);
	assay_expect_initiator_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void malformed_response(struct assay_t *t)
{
	refuses_response(t, "");
	refuses_response(t, "0x");
	refuses_response(t, "0xthis-is-no-digit-of-anything-at-all");
	refuses_response(t, "00112233445566778899aabbccddeeff");
	refuses_response(t, "0b****");
}

/* The right response with a byte less, a byte more, or 1025 bytes in all. */
static void response_of_length(struct assay_t *t, size_t length)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);
	uint8_t *response = assay_alloc(t, 2048);

	memset(response, 0, 2048);
	assay_challenge_response(t, response, &challenge, account(t)->secret);
	assay_login_key(i, "CHAP_N", account(t)->name);
	assay_login_binary(t, i, "CHAP_R", response, length, ASSAY_FORM_HEX);
	assay_expect_initiator_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void response_lengths(struct assay_t *t)
{
	response_of_length(t, 1);
	response_of_length(t, 15);
	response_of_length(t, 17);
	response_of_length(t, 1025);
}

static const struct assay_test tests[] = {
	{ .id = "chap.right-secret",
		.reqs = "R7143-12.1-03 R7143-9.2.1-01",
		.section = "12.1",
		.level = MUST,
		.run = right_secret,
		.needs = ASSAY_NEED_CHAP,
		.desc = "lets in an initiator that proves itself with MD5",
		.defects = "chap-right-refused" },
	{ .id = "chap.every-algorithm",
		.reqs = "R7143-12.1.3-03",
		.section = "12.1.3",
		.level = MUST,
		.run = every_algorithm,
		.needs = ASSAY_NEED_CHAP,
		.desc = "lets in an initiator that proves itself with any algorithm that the target chooses",
		.defects = "chap-right-refused" },
	{ .id = "chap.algorithm-from-list",
		.reqs = "R7143-12.1.3-02 R7143-12.1.3-03",
		.section = "12.1.3",
		.level = MUST,
		.run = algorithm_from_list,
		.needs = ASSAY_NEED_CHAP,
		.desc = "chooses one of the algorithms offered",
		.defects = "chap-algorithm-unoffered" },
	{ .id = "chap.unknown-algorithm",
		.reqs = "R7143-12.1.3-02",
		.section = "12.1.3",
		.level = MUST,
		.run = unknown_algorithm,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses with 0x0201 a list of algorithms that it does not know",
		.defects = "chap-algorithm-unoffered" },
	{ .id = "chap.challenge-form",
		.reqs = "R7143-12.1.3-02 R7143-12.1.3-08",
		.section = "12.1.3",
		.level = MUST,
		.run = challenge_form,
		.needs = ASSAY_NEED_CHAP,
		.desc = "sends one CHAP_A, one CHAP_I and one CHAP_C of 1 to 1024 bytes",
		.defects = "chap-challenge-malformed" },
	{ .id = "chap.fresh-challenges",
		.reqs = "R7143-12.1.3-12 R1994-4.1-03",
		.section = "12.1.3",
		.level = MUST,
		.run = fresh_challenges,
		.needs = ASSAY_NEED_CHAP,
		.desc = "sends another challenge in each login",
		.defects = "chap-challenge-fixed" },
	{ .id = "chap.replayed-response",
		.reqs = "R7143-12.1.3-05 R7143-12.1.3-12",
		.section = "12.1.3",
		.level = MUST,
		.run = replayed_response,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses the response to an earlier challenge",
		.defects = "chap-challenge-fixed" },
	{ .id = "chap.wrong-secret",
		.reqs = "R7143-12.1.3-05 R7143-9.2-06 R7143-6.3.2-04",
		.section = "12.1.3",
		.level = MUST,
		.run = wrong_secret,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a wrong secret with 0x0201 and closes",
		.defects = "chap-response-unchecked login-reject-generic" },
	{ .id = "chap.empty-secret",
		.reqs = "R7143-12.1.3-05 R7143-9.2-06",
		.section = "12.1.3",
		.level = MUST,
		.run = empty_secret,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses an empty secret with 0x0201",
		.defects = "chap-response-unchecked" },
	{ .id = "chap.cut-secret",
		.reqs = "R7143-12.1.3-05 R7143-9.2-06",
		.section = "12.1.3",
		.level = MUST,
		.run = cut_secret,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a secret without its last character",
		.defects = "chap-response-unchecked" },
	{ .id = "chap.unknown-user",
		.reqs = "R7143-12.1.3-05 R7143-9.2-06",
		.section = "12.1.3",
		.level = MUST,
		.run = unknown_user,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses an unknown user with 0x0201, as it does a wrong secret",
		.defects = "chap-unknown-user-told" },
	{ .id = "chap.longer-user",
		.reqs = "R7143-12.1.3-05",
		.section = "12.1.3",
		.level = MUST,
		.run = longer_user,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a user name that only begins like a known one",
		.defects = "chap-user-prefix" },
	{ .id = "chap.base64-response",
		.reqs = "R7143-12.1.3-10 R7143-6.1-09",
		.section = "12.1.3",
		.level = MUST,
		.run = base64_response,
		.needs = ASSAY_NEED_CHAP,
		.desc = "takes CHAP_R in base64",
		.defects = "chap-base64-refused" },
	{ .id = "chap.upper-case-response",
		.reqs = "R7143-12.1.3-10",
		.section = "6.1",
		.level = MUST,
		.run = upper_case_response,
		.needs = ASSAY_NEED_CHAP,
		.desc = "takes CHAP_R in hexadecimal of upper case, 0X too",
		.defects = "chap-upper-case-refused" },
	{ .id = "chap.malformed-response",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = malformed_response,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a CHAP_R that is no binary value",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.response-lengths",
		.reqs = "R7143-9.2-05 R7143-12.1.3-08",
		.section = "12.1.3",
		.level = MUST,
		.run = response_lengths,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a CHAP_R that is not as long as the digest",
		.defects = "chap-response-unchecked chap-steps-unchecked" },
};

const struct assay_suite assay_suite_chap_one_way = {
	.name = "chap",
	.desc = "the initiator proves who it is",
	ASSAY_TESTS(tests),
};
