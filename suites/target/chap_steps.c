/* chap_steps.c - the way to CHAP and through it: methods, keys missing or out of their step, ways around it: RFC 7143 sections 6.3, 9.2 and 12.1. */
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

/* Section 9.2: a step without all its keys ends the login with Initiator Error or Missing Parameter. */
static void missing_response(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	assay_login_key(i, "CHAP_N", account(t)->name);
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void missing_name(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX];
	size_t length = assay_challenge_response(t, response, &challenge, account(t)->secret);

	assay_login_binary(t, i, "CHAP_R", response, length, ASSAY_FORM_HEX);
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

/* So does a step out of its turn: a proof before the challenge, and a second list of algorithms after it. */
static void proof_before_challenge(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_chap(t, assay_setup(t)->chap_target);

	assay_login_key(i, "CHAP_N", account(t)->name);
	assay_login_key(i, "CHAP_R", "0x00112233445566778899aabbccddeeff");
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

static void second_algorithm_list(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	assay_login_key(i, "CHAP_A", "7,5");
	assay_expect_step_error(t, i, assay_login_send(i, ASSAY_STAY));
}

/* Section 6.3.2: where CHAP is asked for None is not an option: Reject, or the login ends. */
static void none_alone(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_begin(t, assay_setup(t)->chap_target);
	int result;

	assay_login_key(i, "AuthMethod", "None");
	result = assay_login_send(i, ASSAY_STAGE_OPERATIONAL);
	assay_expect_kept_out(t, i, result);
	assay_expect_one_of(t, i, "AuthMethod", "Reject", ASSAY_OR_REFUSED);
}

/* The same section: the first method that may be used with this initiator is chosen, and None is not. */
static void none_preferred(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_begin(t, assay_setup(t)->chap_target);

	assay_login_key(i, "AuthMethod", "None,CHAP");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "AuthMethod", "CHAP");
}

static void unknown_method_passed_over(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_begin(t, assay_setup(t)->chap_target);

	assay_login_key(i, "AuthMethod", "Z-net.iscsi-assay.handshake,CHAP");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_KEY(t, i, "AuthMethod", "CHAP");
}

/* Section 6.3.1: a login that leaves out the security stage is refused with Authentication Failure. */
static void operational_start(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_aim(t, assay_setup(t)->chap_target);
	i = assay_connect(t);
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0x0201);
}

/* Section 6.3: nor does T=1 lead out of the security stage, at any step before the proof. */
static void no_method_offered(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_begin(t, assay_setup(t)->chap_target);

	assay_expect_kept_out(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
}

static void transit_after_method(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_chap(t, assay_setup(t)->chap_target);

	assay_expect_kept_out(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
}

static void transit_with_method(struct assay_t *t)
{
	struct assay_initiator *i = assay_security_begin(t, assay_setup(t)->chap_target);

	assay_login_key(i, "AuthMethod", "CHAP");
	assay_expect_kept_out(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
}

static void transit_after_challenge(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	assay_expect_kept_out(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
}

/* Section 6.3: CSG=1 while the security stage goes on is no way out either. */
static void jump_to_operational(struct assay_t *t)
{
	struct assay_challenge challenge;
	struct assay_initiator *i = challenged(t, "5", &challenge);

	i->login.request.csg = ASSAY_STAGE_OPERATIONAL;
	assay_expect_kept_out(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE));
}

static const struct assay_test tests[] = {
	{ .id = "chap.missing-response",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = missing_response,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses CHAP_N without CHAP_R as the initiator's error",
		.defects = "chap-missing-key-0201" },
	{ .id = "chap.missing-name",
		.reqs = "R7143-9.2-05",
		.section = "9.2",
		.level = MUST,
		.run = missing_name,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses CHAP_R without CHAP_N as the initiator's error",
		.defects = "chap-missing-key-0201" },
	{ .id = "chap.proof-before-challenge",
		.reqs = "R7143-12.1.3-11 R7143-9.2-05",
		.section = "12.1.3",
		.level = MUST,
		.run = proof_before_challenge,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses CHAP_N and CHAP_R before it has sent a challenge",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.second-algorithm-list",
		.reqs = "R7143-12.1.3-11 R7143-9.2-05",
		.section = "12.1.3",
		.level = MUST,
		.run = second_algorithm_list,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses CHAP_A in place of the response",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.none-alone",
		.reqs = "R7143-6.3.2-02 R7143-6.3-17",
		.section = "6.3.2",
		.level = MUST,
		.run = none_alone,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses AuthMethod=None where it asks for CHAP",
		.defects = "chap-none-chosen" },
	{ .id = "chap.none-preferred",
		.reqs = "R7143-6.3.2-02",
		.section = "6.3.2",
		.level = MUST,
		.run = none_preferred,
		.needs = ASSAY_NEED_CHAP,
		.desc = "chooses CHAP of None,CHAP where it asks for CHAP",
		.defects = "chap-none-chosen" },
	{ .id = "chap.unknown-method-passed-over",
		.reqs = "R7143-6.3.2-02 R7143-6.2.1-04",
		.section = "6.3.2",
		.level = MUST,
		.run = unknown_method_passed_over,
		.needs = ASSAY_NEED_CHAP,
		.desc = "passes over an AuthMethod that it does not know",
		.defects = "auth-method-first-only" },
	{ .id = "chap.operational-start",
		.reqs = "R7143-6.3.1-08 R7143-6.3-17",
		.section = "6.3.1",
		.level = MUST,
		.run = operational_start,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses with 0x0201 a login that starts in the operational stage",
		.defects = "chap-skippable" },
	{ .id = "chap.no-method-offered",
		.reqs = "R7143-6.3-17",
		.section = "6.3",
		.level = MUST,
		.run = no_method_offered,
		.needs = ASSAY_NEED_CHAP,
		.desc = "lets nobody out of the security stage who offers no AuthMethod",
		.defects = "chap-skippable" },
	{ .id = "chap.transit-with-method",
		.reqs = "R7143-6.3-17 R7143-12.1.3-11",
		.section = "6.3",
		.level = MUST,
		.run = transit_with_method,
		.needs = ASSAY_NEED_CHAP,
		.desc = "does not leave the security stage with the choice of CHAP",
		.defects = "chap-skippable" },
	{ .id = "chap.transit-after-method",
		.reqs = "R7143-6.3-17 R7143-12.1.3-11",
		.section = "6.3",
		.level = MUST,
		.run = transit_after_method,
		.needs = ASSAY_NEED_CHAP,
		.desc = "does not leave the security stage before the challenge",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.transit-after-challenge",
		.reqs = "R7143-6.3-17 R7143-12.1.3-11",
		.section = "6.3",
		.level = MUST,
		.run = transit_after_challenge,
		.needs = ASSAY_NEED_CHAP,
		.desc = "does not leave the security stage before the response",
		.defects = "chap-steps-unchecked" },
	{ .id = "chap.jump-to-operational",
		.reqs = "R7143-6.3-17 R7143-12.1.3-11",
		.section = "6.3",
		.level = MUST,
		.run = jump_to_operational,
		.needs = ASSAY_NEED_CHAP,
		.desc = "refuses a request of the operational stage before the response",
		.defects = "chap-stage-jump" },
};

const struct assay_suite assay_suite_chap_steps = {
	.name = "chap",
	.desc = "nobody gets around the proof",
	ASSAY_TESTS(tests),
};
