/* negotiation_misplaced.c - keys said twice, in the wrong stage or on the wrong connection: RFC 7143 sections 6.3, 12 and 13. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

static void begin(struct assay_t *t, struct assay_initiator *i, enum assay_stage stage)
{
	if (stage == ASSAY_STAGE_SECURITY)
		assay_login_begin(i, stage);
	else
		assay_login_operational(t, i);
}

/* Section 6.3: nothing is declared or negotiated twice during a login; a target that sees it refuses the login as the initiator's error. */
static void refuses_in_one_request(
	struct assay_t *t, enum assay_stage stage, const char *key, const char *first, const char *second)
{
	struct assay_initiator *i = assay_connect(t);

	begin(t, i, stage);
	assay_login_key(i, key, first);
	assay_login_key(i, key, second);
	assay_expect_initiator_error(t, i, assay_login_send(i, ASSAY_STAY));
}

static void refuses_in_two_requests(
	struct assay_t *t, enum assay_stage stage, const char *key, const char *first, const char *second)
{
	struct assay_initiator *i = assay_connect(t);

	begin(t, i, stage);
	if (first)
		assay_login_key(i, key, first);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	assay_login_key(i, key, second);
	assay_expect_initiator_error(t, i, assay_login_send(i, ASSAY_STAY));
}

static void repeated_key(struct assay_t *t)
{
	refuses_in_one_request(t, ASSAY_STAGE_OPERATIONAL, "ImmediateData", "Yes", "No");
}

static void renegotiated_key(struct assay_t *t)
{
	refuses_in_two_requests(t, ASSAY_STAGE_OPERATIONAL, "MaxBurstLength", "65536", "131072");
}

static void repeated_auth_method(struct assay_t *t)
{
	refuses_in_one_request(
		t, ASSAY_STAGE_SECURITY, "AuthMethod", assay_login_method(t), assay_login_method(t));
}

static void renegotiated_auth_method(struct assay_t *t)
{
	refuses_in_two_requests(
		t, ASSAY_STAGE_SECURITY, "AuthMethod", assay_login_method(t), assay_login_method(t));
}

static void redeclared_receive_length(struct assay_t *t)
{
	refuses_in_two_requests(t, ASSAY_STAGE_OPERATIONAL, "MaxRecvDataSegmentLength", "8192", "65536");
}

/* Sections 13.4 and 13.5: the names are said once, in the first request. */
static void redeclared_initiator_name(struct assay_t *t)
{
	refuses_in_two_requests(t, ASSAY_STAGE_OPERATIONAL, "InitiatorName", NULL,
		"iqn.2026-01.net.iscsi-assay:someone-else");
}

static void redeclared_target_name(struct assay_t *t)
{
	refuses_in_two_requests(t, ASSAY_STAGE_OPERATIONAL, "TargetName", NULL, assay_setup(t)->target_name);
}

static void redeclared_session_type(struct assay_t *t)
{
	refuses_in_two_requests(t, ASSAY_STAGE_OPERATIONAL, "SessionType", NULL, "Discovery");
}

/* Section 6.3: a key that the stage does not have is a protocol error: whatever else the target does, it agrees to no value. */
static void not_negotiated(struct assay_t *t, enum assay_stage stage, const char *key, const char *value)
{
	struct assay_initiator *i = assay_connect(t);

	begin(t, i, stage);
	assay_offer_more(t, i, key, value, NULL);
	assay_expect_no_value(t, i, key);
}

static void digest_in_security_stage(struct assay_t *t)
{
	not_negotiated(t, ASSAY_STAGE_SECURITY, "HeaderDigest", "None");
}

static void number_in_security_stage(struct assay_t *t)
{
	not_negotiated(t, ASSAY_STAGE_SECURITY, "MaxBurstLength", "65536");
}

static void auth_method_in_operational_stage(struct assay_t *t)
{
	not_negotiated(t, ASSAY_STAGE_OPERATIONAL, "AuthMethod", "None");
}

/* Section 13.3: SendTargets is for the full feature phase alone. */
static void send_targets_in_login(struct assay_t *t)
{
	struct assay_initiator *i = assay_offer(t, "SendTargets", "All", NULL);

	assay_expect_no_value(t, i, "SendTargets");
	assay_expect_no_value(t, i, "TargetName");
}

/* Section 13: leading-only keys cannot be changed by a further connection of the session. */
static void leading_only_key(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;

	j = assay_connect_into(t, i, 1);
	assay_login_operational(t, j);
	assay_offer_more(t, j, "MaxBurstLength", "1024", NULL);
	assay_expect_no_value(t, j, "MaxBurstLength");
	EXPECT_ALIVE(t, i);
}

static const struct assay_test tests[] = {
	{ .id = "negotiation.repeated-key",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = repeated_key,
		.desc = "refuses a login with a key twice in one request",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.renegotiated-key",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = renegotiated_key,
		.desc = "refuses a login that negotiates a key a second time",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.repeated-auth-method",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = repeated_auth_method,
		.desc = "refuses a login with AuthMethod twice in one request",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.renegotiated-auth-method",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = renegotiated_auth_method,
		.desc = "refuses a login that negotiates AuthMethod a second time",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.redeclared-receive-length",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = redeclared_receive_length,
		.desc = "refuses a login that declares MaxRecvDataSegmentLength a second time",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.redeclared-initiator-name",
		.reqs = "R7143-6.3-13 R7143-6.3-14 R7143-13.5-02",
		.section = "6.3",
		.level = MUST,
		.run = redeclared_initiator_name,
		.desc = "refuses a login that names another initiator in a later request",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.redeclared-target-name",
		.reqs = "R7143-6.3-13 R7143-6.3-14 R7143-13.4-02",
		.section = "6.3",
		.level = MUST,
		.run = redeclared_target_name,
		.desc = "refuses a login that names the target a second time",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.redeclared-session-type",
		.reqs = "R7143-6.3-13 R7143-6.3-14",
		.section = "6.3",
		.level = MUST,
		.run = redeclared_session_type,
		.desc = "refuses a login that changes the session type in a later request",
		.defects = "renegotiation-accepted" },
	{ .id = "negotiation.digest-in-security-stage",
		.reqs = "R7143-12-01",
		.section = "6.3",
		.level = MUST,
		.run = digest_in_security_stage,
		.desc = "agrees to no digest in the security stage",
		.defects = "stage-of-keys-unchecked" },
	{ .id = "negotiation.number-in-security-stage",
		.reqs = "R7143-12-01",
		.section = "6.3",
		.level = MUST,
		.run = number_in_security_stage,
		.desc = "agrees to no burst length in the security stage",
		.defects = "stage-of-keys-unchecked" },
	{ .id = "negotiation.auth-method-in-operational-stage",
		.reqs = "R7143-6.3-07",
		.section = "6.3",
		.level = MUST,
		.run = auth_method_in_operational_stage,
		.desc = "agrees to no AuthMethod in the operational stage",
		.defects = "stage-of-keys-unchecked" },
	{ .id = "negotiation.send-targets-in-login",
		.reqs = "R7143-13-02 R7143-13.3-01",
		.section = "13.3",
		.level = MUST,
		.run = send_targets_in_login,
		.desc = "does not answer SendTargets during a login",
		.defects = "sendtargets-in-login" },
	{ .id = "negotiation.leading-only-key",
		.reqs = "R7143-13-01",
		.section = "13",
		.level = MUST,
		.run = leading_only_key,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.desc = "agrees to no leading-only key on a further connection",
		.defects = "leading-only-unchecked" },
};

const struct assay_suite assay_suite_negotiation_misplaced = {
	.name = "negotiation",
	.desc = "repeated and misplaced keys",
	ASSAY_TESTS(tests),
};
