/* chap_mutual.c - CHAP with the target proving who it is too: RFC 7143 sections 9.2, 9.2.1 and 12.1.3. */
#include <stdio.h>
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/security.h"
#include "suites/target/target_suites.h"

/* Ours, of that length, the same in each run. */
static struct assay_challenge our_challenge(struct assay_t *t, uint8_t id, size_t length)
{
	struct assay_challenge ours = { .algorithm = 5, .id = id, .length = length };

	assay_fill(t, ours.bytes, length);
	return ours;
}

/* The target has sent its challenge; the next request holds our proof. */
static struct assay_initiator *proven(struct assay_t *t, struct assay_challenge *theirs)
{
	struct assay_initiator *i = assay_security_challenged(t, assay_setup(t)->mutual_target, "5", theirs);

	assay_login_proof(t, i, theirs, &assay_setup(t)->mutual_account);
	return i;
}

static void add_challenge(struct assay_t *t, struct assay_initiator *i, const struct assay_challenge *ours,
	enum assay_binary_form form)
{
	char id[8];

	snprintf(id, sizeof(id), "%u", ours->id);
	assay_login_key(i, "CHAP_I", id);
	assay_login_binary(t, i, "CHAP_C", ours->bytes, ours->length, form);
}

/* Section 12.1.3: both sides prove themselves, and the session begins. */
static void both_proven(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_aim(t, assay_setup(t)->mutual_target);
	i = assay_connect(t);
	REQUIRE(t, i, assay_login(i));
	EXPECT(t, assay_nop(i, "chap", 4, NULL) == 0, "a session that answers a NOP-Out", "%s",
		i->error.message);
}

/* The same section: CHAP_R is the digest of our identifier, the target's secret and our challenge; CHAP_N is the target's. */
static void answers(struct assay_t *t, const struct assay_challenge *ours, enum assay_binary_form form)
{
	const struct assay_chap_account *account = &assay_setup(t)->mutual_target_account;
	uint8_t expected[ASSAY_CHAP_RESPONSE_MAX], got[ASSAY_CHAP_CHALLENGE_MAX];
	size_t length = assay_challenge_response(t, expected, ours, account->secret);
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);
	struct assay_pair r;

	add_challenge(t, i, ours, form);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
	EXPECT_KEY(t, i, "CHAP_N", account->name);
	REQUIRE_THAT(t, assay_login_answer(i, &r, "CHAP_R"), "CHAP_R", "none");
	EXPECT(t,
		assay_value_binary(got, sizeof(got), r.value, r.value_length) == (long)length &&
			memcmp(got, expected, length) == 0,
		"the digest of identifier, the target's secret and challenge", "CHAP_R=%.*s",
		r.value_length < 80 ? (int)r.value_length : 80, r.value);
}

static void right_response(struct assay_t *t)
{
	struct assay_challenge ours = our_challenge(t, 0x5a, 16);

	answers(t, &ours, ASSAY_FORM_HEX);
}

static void base64_challenge(struct assay_t *t)
{
	struct assay_challenge ours = our_challenge(t, 7, 20);

	answers(t, &ours, ASSAY_FORM_BASE64);
}

static void identifier_range(struct assay_t *t)
{
	struct assay_challenge first = our_challenge(t, 0, 16), last = our_challenge(t, 255, 16);

	answers(t, &first, ASSAY_FORM_HEX);
	answers(t, &last, ASSAY_FORM_HEX);
}

static void challenge_lengths(struct assay_t *t)
{
	static const size_t lengths[] = { 1, 15, 255, ASSAY_CHAP_CHALLENGE_MAX };

	for (unsigned k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
		struct assay_challenge ours = our_challenge(t, 1, lengths[k]);

		answers(t, &ours, ASSAY_FORM_HEX);
	}
}

/* The same section: only the initiator asks the target to prove itself; unasked there is no CHAP_R, and the login goes on. */
static void not_asked(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);
	int result = assay_login_send(i, ASSAY_STAGE_OPERATIONAL);

	if (result == ASSAY_E_LOGIN && i->login.response.status_class == 2 &&
		i->login.response.status_detail == 1)
		assay_skip(t, "not-offered"); /* it talks to none that does not ask */
	REQUIRE(t, i, result);
	EXPECT_EQ(t, i->login.response.transit, 1);
	assay_expect_no_value(t, i, "CHAP_R");
}

/* The same section: a target that has no account of its own refuses with Authentication Failure; if it has one it answers. Either way the login
 * does not go on without CHAP_R. */
static void asked_of_one_way_target(struct assay_t *t)
{
	struct assay_challenge theirs, ours = our_challenge(t, 3, 16);
	struct assay_initiator *i = assay_security_challenged(t, assay_setup(t)->chap_target, "5", &theirs);
	struct assay_pair r;
	int result;

	assay_login_proof(t, i, &theirs, &assay_setup(t)->chap_account);
	add_challenge(t, i, &ours, ASSAY_FORM_HEX);
	result = assay_login_send(i, ASSAY_STAGE_OPERATIONAL);
	if (result == 0)
		EXPECT(t, assay_login_answer(i, &r, "CHAP_R"),
			"CHAP_R, or a Login Response status 0x0201 (authentication failure)", "no CHAP_R");
	else
		EXPECT_LOGIN_STATUS(t, i, result, 0x0201);
}

/* Section 9.2.1: our challenge is never the target's own sent back; the target checks, and closes. */
static void reflected(struct assay_t *t, enum assay_binary_form form)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);
	int result;

	theirs.id ^= 1;
	add_challenge(t, i, &theirs, form);
	result = assay_login_send(i, ASSAY_STAGE_OPERATIONAL);
	EXPECT_LOGIN_STATUS(t, i, result, 0);
	if (result == ASSAY_E_LOGIN)
		EXPECT_CLOSE(t, i);
}

static void reflected_challenge(struct assay_t *t)
{
	reflected(t, ASSAY_FORM_HEX);
}

static void reflected_in_base64(struct assay_t *t)
{
	reflected(t, ASSAY_FORM_BASE64);
}

/* Section 9.2 tells of the attack that this prevents: the target's challenge sent back to it, and no proof of our own. */
static void reflected_without_proof(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = assay_security_challenged(t, assay_setup(t)->mutual_target, "5", &theirs);

	assay_login_key(i, "CHAP_N", assay_setup(t)->mutual_account.name);
	add_challenge(t, i, &theirs, ASSAY_FORM_HEX);
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
	assay_expect_no_value(t, i, "CHAP_R");
}

/* Section 12.1.3: the target proves nothing to an initiator that failed to. */
static void nothing_for_wrong_secret(struct assay_t *t)
{
	struct assay_challenge theirs, ours = our_challenge(t, 9, 16);
	struct assay_initiator *i = assay_security_challenged(t, assay_setup(t)->mutual_target, "5", &theirs);

	assay_login_proof(t, i, &theirs,
		&(struct assay_chap_account){ assay_setup(t)->mutual_account.name, "not-the-secret-1" });
	add_challenge(t, i, &ours, ASSAY_FORM_HEX);
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL), 0x0201);
	assay_expect_no_value(t, i, "CHAP_R");
}

/* Section 9.2.1: the secret of one direction is none of the other's. */
static void target_secret_refused(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = assay_security_challenged(t, assay_setup(t)->mutual_target, "5", &theirs);

	assay_login_proof(t, i, &theirs,
		&(struct assay_chap_account){
			assay_setup(t)->mutual_account.name, assay_setup(t)->mutual_target_account.secret });
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL), 0x0201);
}

/* Section 9.2: half a challenge, one out of bounds, and one before its step end the login as the initiator's error. */
static void identifier_alone(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);

	assay_login_key(i, "CHAP_I", "1");
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void challenge_alone(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);

	assay_login_key(i, "CHAP_C", "0x00112233445566778899aabbccddeeff");
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void identifier_too_large(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);

	assay_login_key(i, "CHAP_I", "256");
	assay_login_key(i, "CHAP_C", "0x00112233445566778899aabbccddeeff");
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void challenge_too_long(struct assay_t *t)
{
	struct assay_challenge theirs;
	struct assay_initiator *i = proven(t, &theirs);
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX + 1];

	assay_fill(t, bytes, sizeof(bytes));
	assay_login_key(i, "CHAP_I", "1");
	assay_login_binary(t, i, "CHAP_C", bytes, sizeof(bytes), ASSAY_FORM_HEX);
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void challenge_too_early(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_chap(t, assay_setup(t)->mutual_target);
	struct assay_challenge ours = our_challenge(t, 4, 16);

	assay_login_key(i, "CHAP_A", "5");
	add_challenge(t, i, &ours, ASSAY_FORM_HEX);
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAY));
	assay_expect_no_value(t, i, "CHAP_R");
}

static const struct assay_test tests[] = {
	{ .id = "chap.both-proven",
		.reqs = "R7143-9.2.1-01 R7143-12.1.3-06",
		.section = "12.1.3",
		.level = MUST,
		.run = both_proven,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "proves itself to an initiator that asks, and lets it in",
		.defects = "chap-mutual-wrong" },
	{ .id = "chap.right-response",
		.reqs = "R7143-12.1.3-06 R1994-4.1-01",
		.section = "12.1.3",
		.level = MUST,
		.run = right_response,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "answers a challenge with its name and the right response",
		.defects = "chap-mutual-wrong" },
	{ .id = "chap.base64-challenge",
		.reqs = "R7143-12.1.3-10 R7143-12.1.3-06",
		.section = "12.1.3",
		.level = MUST,
		.run = base64_challenge,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "answers a challenge in base64",
		.defects = "chap-base64-refused" },
	{ .id = "chap.identifier-range",
		.reqs = "R7143-12.1.3-06 R1994-4.1-01",
		.section = "12.1.3",
		.level = MUST,
		.run = identifier_range,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "answers challenges with identifiers 0 and 255",
		.defects = "chap-mutual-wrong" },
	{ .id = "chap.challenge-lengths",
		.reqs = "R7143-12.1.3-06 R7143-12.1.3-08",
		.section = "12.1.3",
		.level = MUST,
		.run = challenge_lengths,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "answers challenges of 1 to 1024 bytes",
		.defects = "chap-challenge-limit" },
	{ .id = "chap.target-not-asked",
		.reqs = "R7143-12.1.3-06",
		.section = "12.1.3",
		.level = MUST,
		.run = not_asked,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "does not prove itself to an initiator that does not ask",
		.defects = "chap-mutual-unasked" },
	{ .id = "chap.reflected-challenge",
		.reqs = "R7143-9.2.1-12",
		.section = "9.2.1",
		.level = MUST,
		.run = reflected_challenge,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses its own challenge sent back to it, and closes",
		.defects = "chap-reflection-unchecked" },
	{ .id = "chap.reflected-in-base64",
		.reqs = "R7143-9.2.1-12",
		.section = "9.2.1",
		.level = MUST,
		.run = reflected_in_base64,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "knows its own challenge again in another form",
		.defects = "chap-reflection-unchecked" },
	{ .id = "chap.reflected-without-proof",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = reflected_without_proof,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "proves nothing to an initiator that left out its own proof",
		.defects = "chap-missing-key-0201" },
	{ .id = "chap.nothing-for-wrong-secret",
		.reqs = "R7143-12.1.3-05",
		.section = "12.1.3",
		.level = MUST,
		.run = nothing_for_wrong_secret,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "proves nothing to an initiator with a wrong secret",
		.defects = "chap-response-unchecked" },
	{ .id = "chap.target-secret-refused",
		.reqs = "R7143-9.2.1-09 R7143-12.1.3-05",
		.section = "9.2.1",
		.level = MUST,
		.run = target_secret_refused,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses a proof made with the target's own secret",
		.defects = "chap-response-unchecked" },
	{ .id = "chap.identifier-alone",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = identifier_alone,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses CHAP_I without CHAP_C",
		.defects = "chap-missing-key-0201 chap-mutual-ignored" },
	{ .id = "chap.challenge-alone",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = challenge_alone,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses CHAP_C without CHAP_I",
		.defects = "chap-missing-key-0201 chap-mutual-ignored" },
	{ .id = "chap.identifier-too-large",
		.reqs = "R7143-9.2-05",
		.section = "12.1.3",
		.level = MUST,
		.run = identifier_too_large,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses CHAP_I=256",
		.defects = "chap-mutual-ignored" },
	{ .id = "chap.challenge-too-long",
		.reqs = "R7143-9.2-05 R7143-12.1.3-08",
		.section = "12.1.3",
		.level = MUST,
		.run = challenge_too_long,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses a challenge of 1025 bytes",
		.defects = "chap-mutual-ignored" },
	{ .id = "chap.challenge-too-early",
		.reqs = "R7143-9.2-05 R7143-12.1.3-11",
		.section = "9.2",
		.level = MUST,
		.run = challenge_too_early,
		.needs = ASSAY_NEED_MUTUAL,
		.desc = "refuses a challenge before its own",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.asked-of-one-way-target",
		.reqs = "R7143-12.1.3-06",
		.section = "12.1.3",
		.level = MUST,
		.run = asked_of_one_way_target,
		.needs = ASSAY_NEED_CHAP,
		.desc = "answers a challenge or refuses with 0x0201, and never ignores it",
		.defects = "chap-mutual-ignored" },
};

const struct assay_suite assay_suite_chap_mutual = {
	.name = "chap",
	.desc = "the target proves who it is",
	ASSAY_TESTS(tests),
};
