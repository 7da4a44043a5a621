/* login_stages.c - stages and their transitions: RFC 7143 sections 6.3, 11.12.3 and 11.13.6. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Section 6.3.1: with nothing to negotiate, requests from the operational stage to the full feature phase are a whole login. One will do, but a target may
 * answer T=1 with T=0 as long as it has something to say. */
static void operational_only(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	if (i->config->account.name)
		assay_skip(t, "not-offered"); /* a login without authentication */
	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_EQ(t, i->login.response.transit, 1);
	EXPECT_EQ(t, i->login.response.csg, ASSAY_STAGE_OPERATIONAL);
	EXPECT_EQ(t, i->login.response.nsg, ASSAY_STAGE_FULL_FEATURE);
	EXPECT_ALIVE(t, i);
}

/* The table of section 6.3: from the security stage straight to the full feature phase is allowed; the target may stop over. */
static void security_to_full_feature(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	REQUIRE(t, i, assay_login_security(i, ASSAY_STAGE_FULL_FEATURE));
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT(t, i->full_feature, "the full feature phase within 8 requests", "still in stage %u",
		i->login.response.csg);
	EXPECT_ALIVE(t, i);
}

/* The same table: security, then operational, then full feature. */
static void both_stages(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	REQUIRE(t, i, assay_login_security(i, ASSAY_STAGE_OPERATIONAL));
	EXPECT_EQ(t, i->login.response.csg, ASSAY_STAGE_SECURITY);
	EXPECT_EQ(t, i->login.response.nsg, ASSAY_STAGE_OPERATIONAL);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_EQ(t, i->login.response.csg, ASSAY_STAGE_OPERATIONAL);
	EXPECT_EQ(t, i->login.response.nsg, ASSAY_STAGE_FULL_FEATURE);
}

/* Section 11.13.6: T=1 never answers T=0. */
static void transit_not_asked_for(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.transit, 0);
	EXPECT_EQ(t, i->login.response.csg, ASSAY_STAGE_OPERATIONAL);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_EQ(t, i->login.response.transit, 1);
}

/* Section 6.3: the target selects the next stage, and never a later one than the initiator named. */
static void next_stage_not_exceeded(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	REQUIRE(t, i, assay_login_security(i, ASSAY_STAGE_OPERATIONAL));
	EXPECT(t, !i->login.response.transit || i->login.response.nsg == ASSAY_STAGE_OPERATIONAL,
		"T=0, or T=1 with NSG=1 (LoginOperationalNegotiation)", "T=1 with NSG=%u",
		i->login.response.nsg);
}

/* Section 11.12.3: the next stage is valid only with T=1; what a T=0 request says there is reserved, and a receiver ignores it. */
static void next_stage_ignored(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	i->login.request.nsg = ASSAY_STAGE_FULL_FEATURE;
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.status_class, 0);
	EXPECT_EQ(t, i->login.response.transit, 0);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_ALIVE(t, i);
}

/* A first request of a stage that no login begins in: section 11 has reserved codes reported as protocol errors, the table of section 6.3 no such start. */
static void refuses_start(struct assay_t *t, enum assay_stage csg)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_begin(i, csg);
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
}

static void reserved_current_stage(struct assay_t *t)
{
	refuses_start(t, ASSAY_STAGE_RESERVED);
}

static void starts_in_full_feature(struct assay_t *t)
{
	refuses_start(t, ASSAY_STAGE_FULL_FEATURE);
}

static void reserved_next_stage(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_RESERVED), 0);
}

/* A transition from the operational stage which the table of section 6.3 does not have: the login is refused, or (section 6.3.3) T=1 answered with T=0. */
static void makes_no_transition(struct assay_t *t, enum assay_stage nsg)
{
	struct assay_initiator *i = assay_connect(t);
	int result;

	assay_login_operational(t, i);
	result = assay_login_send(i, nsg);
	if (result != 0 || i->login.response.transit)
		EXPECT_LOGIN_STATUS(t, i, result, 0);
	else
		EXPECT_EQ(t, i->login.response.csg, ASSAY_STAGE_OPERATIONAL);
}

static void same_next_stage(struct assay_t *t)
{
	makes_no_transition(t, ASSAY_STAGE_OPERATIONAL);
}

static void earlier_next_stage(struct assay_t *t)
{
	makes_no_transition(t, ASSAY_STAGE_SECURITY);
}

/* Section 6.3: once in the operational stage there is no way back to the security stage. */
static void back_to_security(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	REQUIRE(t, i, assay_login_security(i, ASSAY_STAGE_OPERATIONAL));
	i->login.request.csg = ASSAY_STAGE_SECURITY;
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
}

/* Section 6.3: the operational stage may be skipped by the initiator only after the current one ended: a stage cannot be jumped into with T=0. */
static void jump_without_transit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_secure(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	REQUIRE_THAT(t, !i->login.response.transit, "T=0", "T=1");
	i->login.request.csg = ASSAY_STAGE_OPERATIONAL;
	EXPECT_LOGIN_STATUS(t, i, assay_login_send(i, ASSAY_STAGE_FULL_FEATURE), 0);
}

/* Section 6.2: six exchanges should be allowed, also where they say nothing; section 6.3: what T said in one pair has no bearing on the next. */
static void empty_rounds(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	for (unsigned round = 0; round < 5; round++) {
		REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
		EXPECT_EQ(t, i->login.response.transit, 0);
	}
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_ALIVE(t, i);
}

/* Section 4.2.4: there is one Login Phase a connection. */
static void second_login_phase(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu pdu;
	int result;

	assay_login_begin(i, ASSAY_STAGE_OPERATIONAL);
	REQUIRE(t, i, assay_login_request(i, ASSAY_STAGE_FULL_FEATURE));
	result = assay_recv(i, &pdu);
	EXPECT(t,
		result == ASSAY_E_CLOSED || result == ASSAY_E_RESET ||
			(result == 0 && (pdu.opcode == ASSAY_REJECT || (pdu.opcode == ASSAY_LOGIN_RESPONSE &&
									       pdu.status_class != 0))),
		"a Reject, a Login Response with a failure, or the connection closed", "%s",
		result == 0 ? assay_opcode_name(pdu.opcode) ? assay_opcode_name(pdu.opcode)
							    : "an undefined opcode"
			    : assay_err_name(result));
}

static const struct assay_test tests[] = {
	{ .id = "login.operational-only",
		.reqs = "R7143-6.3-12 R7143-6.3-05",
		.section = "6.3.1",
		.level = MUST,
		.run = operational_only,
		.desc = "logs in from the operational stage to the full feature phase",
		.defects = "login-nsg-stays login-last-offer login-reserved-value redirect-without-address "
			   "redirect-with-tag login-answered-twice" },
	{ .id = "login.security-to-full-feature",
		.reqs = "R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = security_to_full_feature,
		.desc = "goes from the security stage to the full feature phase",
		.defects = "login-nsg-stays login-last-offer" },
	{ .id = "login.both-stages",
		.reqs = "R7143-6.3-07 R7143-6.3-18 R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = both_stages,
		.desc = "goes through both stages in order",
		.defects = "login-csg-changed login-nop-in" },
	{ .id = "login.transit-not-asked-for",
		.reqs = "R7143-11.13.6-02",
		.section = "11.13.6",
		.level = MUST,
		.run = transit_not_asked_for,
		.desc = "answers T=0 with T=0",
		.defects = "login-transit-unasked" },
	{ .id = "login.next-stage-not-exceeded",
		.reqs = "R7143-6.3-10",
		.section = "6.3",
		.level = MUST,
		.run = next_stage_not_exceeded,
		.desc = "selects no later next stage than the initiator named",
		.defects = "login-nsg-exceeded" },
	{ .id = "login.next-stage-ignored-without-transit",
		.reqs = "R7143-11.12.3-01",
		.section = "11.12.3",
		.level = MUST,
		.run = next_stage_ignored,
		.desc = "ignores NSG in a request with T=0",
		.defects = "login-nsg-always-checked" },
	{ .id = "login.reserved-current-stage",
		.reqs = "R7143-11.12.3-01",
		.section = "11.12.3",
		.level = MUST,
		.run = reserved_current_stage,
		.desc = "refuses CSG=2, which is reserved",
		.defects = "login-stage-unchecked" },
	{ .id = "login.reserved-next-stage",
		.reqs = "R7143-11.12.3-01",
		.section = "11.12.3",
		.level = MUST,
		.run = reserved_next_stage,
		.desc = "refuses T=1 with NSG=2, which is reserved",
		.defects = "login-stage-unchecked" },
	{ .id = "login.next-stage-same",
		.reqs = "R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = same_next_stage,
		.desc = "makes no transition from the operational stage to itself",
		.defects = "login-stage-unchecked" },
	{ .id = "login.next-stage-earlier",
		.reqs = "R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = earlier_next_stage,
		.desc = "makes no transition from the operational to the security stage",
		.defects = "login-stage-unchecked" },
	{ .id = "login.starts-in-full-feature",
		.reqs = "R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = starts_in_full_feature,
		.desc = "refuses a first request that says it is in the full feature phase",
		.defects = "login-stage-unchecked" },
	{ .id = "login.back-to-security",
		.reqs = "R7143-6.3-16 R7143-6.3-07",
		.section = "6.3",
		.level = MUST,
		.run = back_to_security,
		.desc = "refuses a request of the security stage once the operational one has begun",
		.defects = "login-stage-unchecked" },
	{ .id = "login.stage-jump-without-transit",
		.reqs = "R7143-6.3-16",
		.section = "6.3",
		.level = MUST,
		.run = jump_without_transit,
		.desc = "refuses a request of a stage that no transition led to",
		.defects = "login-stage-unchecked" },
	{ .id = "login.empty-rounds",
		.reqs = "R7143-6.2-24",
		.section = "6.2",
		.level = SHOULD,
		.run = empty_rounds,
		.desc = "goes on through six exchanges, empty ones with T=0, until the initiator is ready",
		.defects = "login-limit-four" },
	{ .id = "login.second-login-phase",
		.reqs = "R7143-4.2.4-06",
		.section = "4.2.4",
		.level = MUST,
		.run = second_login_phase,
		.desc = "does not start another Login Phase in the full feature phase",
		.defects = "reject-silent" },
};

const struct assay_suite assay_suite_login_stages = {
	.name = "login",
	.desc = "stages and their transitions",
	ASSAY_TESTS(tests),
};
