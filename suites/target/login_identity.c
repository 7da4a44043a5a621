/* login_identity.c - names, ISID, TSIH, CID and the fields that are echoed: RFC 7143 sections 6.3.1, 11.12 and 11.13. */
#include <stdio.h>
#include <string.h>

#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* A login that ends in the full feature phase by single steps, whatever the target negotiates in between. */
static void log_in(struct assay_t *t, struct assay_initiator *i)
{
	assay_login_start(i);
	REQUIRE(t, i, assay_login_rest(i));
	REQUIRE_THAT(t, i->full_feature, "the full feature phase within 8 requests", "still logging in");
}

/* Section 11.13.3: a new session's TSIH is not zero, and only the final response tells it. */
static void tsih_in_final_response_only(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_operational(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.tsih, 0);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT(t, i->login.response.tsih != 0, "a TSIH other than 0 in the final response", "TSIH=0");
}

/* Sections 11.12 and 11.13: requests and responses of a login carry one ITT, and the ISID is the session's. */
static void echoed_fields(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	uint32_t itt;

	assay_login_secure(t, i);
	i->login.request.itt = itt = 0x1234abcd;
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.itt, itt);
	EXPECT_EQ(t, i->login.response.isid, i->session->isid);
	REQUIRE(t, i, assay_login_rest(i));
	EXPECT_EQ(t, i->login.response.itt, itt);
	EXPECT_EQ(t, i->login.response.isid, i->session->isid);
}

/* Section 6.3.1, first row of the table: a new ISID with a TSIH names a session that does not exist. */
static void new_isid_with_tsih(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_start(i);
	i->login.request.tsih = 0x7a7a;
	EXPECT_LOGIN_STATUS(t, i, assay_login_rest(i), 0x020a);
}

/* The last row: a known ISID with a TSIH that is not its session's. */
static void known_isid_with_other_tsih(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j = assay_connect(t);

	assay_login_start(j);
	j->login.request.isid = i->session->isid;
	j->login.request.tsih = (uint16_t)(i->session->tsih ^ 0x5555) ? (uint16_t)(i->session->tsih ^ 0x5555)
								      : 1;
	EXPECT_LOGIN_STATUS(t, j, assay_login_rest(j), 0x020a);
	EXPECT_ALIVE(t, i);
}

/* Section 4.4.3: sessions that live at the same time have TSIHs of their own, for the same initiator name. */
static void sessions_have_own_tsih(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;

	j = assay_connect_full_feature(t);
	EXPECT(t, i->session->tsih != j->session->tsih, "two sessions with different TSIHs",
		"TSIH=0x%04x twice", i->session->tsih);
	EXPECT_ALIVE(t, i);
	EXPECT_ALIVE(t, j);
}

/* Section 11.12.8: ExpCmdSN starts at the CmdSN of the leading login, and the first command carries the same. */
static void starts_at_cmdsn(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	i->session->cmd_sn = 0xfffffffe;
	log_in(t, i);
	EXPECT_EQ(t, i->login.response.exp_cmd_sn, 0xfffffffe);
	REQUIRE(t, i, assay_nop(i, "wrap", 4, NULL));
	REQUIRE(t, i, assay_nop(i, "wrap", 4, NULL));
	EXPECT_EQ(t, i->session->exp_cmd_sn, 0);
}

/* Section 6.3.1: the portal group's tag comes with the first response that may carry it, in every session type. */
static void portal_group_tag(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pair pair;
	uint64_t tag = 0;

	assay_login_secure(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	if (!assay_login_answer(i, &pair, "TargetPortalGroupTag")) {
		EXPECT(t, false, "TargetPortalGroupTag in the first response", "none");
		assay_stop(t);
	}
	EXPECT(t, assay_value_number(&tag, pair.value, pair.value_length) == 0 && tag <= 65535,
		"a number from 0 to 65535", "%.*s", (int)pair.value_length, pair.value);
}

/*
 * In a discovery session no TargetName is given as a rule, and section 13.9 says that the key is returned when it is. That is no "only": it has no keyword, and
 * sends the reader to section 6.3 for all that is expected of the key. There it is a MUST "for all session types", which would say nothing if sessions without a
 * TargetName, that is discovery sessions, were left out.
 */
static void portal_group_tag_in_discovery(struct assay_t *t)
{
	struct assay_initiator *i;
	struct assay_pair pair;

	assay_aim(t, NULL);
	i = assay_connect(t);
	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	assay_login_key(i, "AuthMethod", i->config->account.name ? "CHAP,None" : "None");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT(t, assay_login_answer(i, &pair, "TargetPortalGroupTag"),
		"TargetPortalGroupTag in the first response", "none");
}

/* Sections 11.13.1 and 11.13.2: both versions are the same in all responses of a login, and the active one lies in the range offered. */
static void constant_versions(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	uint8_t version_max, version_active;

	assay_login_operational(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	version_max = i->login.response.version_max;
	version_active = i->login.response.version_active;
	EXPECT_EQ(t, version_active, 0);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_EQ(t, i->login.response.version_max, version_max);
	EXPECT_EQ(t, i->login.response.version_active, version_active);
}

/* Section 11.12.7: any CID will do for a first connection, the greatest too. */
static void any_cid(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	i->cid = 0xffff;
	log_in(t, i);
	EXPECT_ALIVE(t, i);
}

/* The session of an initiator of that name works; what logical units it may see is the target's to say. */
static void accepts_name(struct assay_t *t, const char *name)
{
	struct assay_initiator *i = assay_login_as(t, name);

	EXPECT_EQ(t, i->login.response.status_class, 0);
	EXPECT_SILENCE(t, i);
}

/* Section 4.2.7.1: names of 223 bytes are legal. */
static void longest_initiator_name(struct assay_t *t)
{
	char *name = assay_alloc(t, ASSAY_NAME_MAX + 1);
	int length = snprintf(name, ASSAY_NAME_MAX + 1, "iqn.2026-01.net.iscsi-assay:");

	memset(name + length, 'x', (size_t)(ASSAY_NAME_MAX - length));
	name[ASSAY_NAME_MAX] = '\0';
	accepts_name(t, name);
}

/* Sections 4.2.7.5 and 4.2.7.6: names of the eui. and naa. types are as good as iqn. names. */
static void eui_initiator_name(struct assay_t *t)
{
	accepts_name(t, "eui.02004567a425678d");
}

static void naa_initiator_name(struct assay_t *t)
{
	accepts_name(t, "naa.52004567ba64678d");
}

/* Section 11.12.5: the ISID is the initiator's business, whatever its type. */
static void any_isid_type(struct assay_t *t)
{
	struct assay_initiator *i, *j;

	assay_config(t)->isid = UINT64_C(0x400001370001);
	i = assay_connect_full_feature(t);
	assay_config(t)->isid = UINT64_C(0x80abcdef0001);
	j = assay_connect_full_feature(t);
	EXPECT_ALIVE(t, i);
	EXPECT_ALIVE(t, j);
}

static const struct assay_test tests[] = {
	{ .id = "login.tsih-in-final-response-only",
		.reqs = "R7143-11.13.3-01 R7143-6.3.2-03 R7143-4.4.3-03",
		.section = "11.13.3",
		.level = MUST,
		.run = tsih_in_final_response_only,
		.desc = "tells a new session's TSIH, not zero, in the final response and not before",
		.defects = "tsih-early tsih-zero" },
	{ .id = "login.echoed-fields",
		.reqs = "R7143-4.2.5.3-01",
		.section = "11.12",
		.level = MUST,
		.run = echoed_fields,
		.desc = "returns ITT and ISID of the request in every Login Response",
		.defects = "login-itt-changed login-isid-changed" },
	{ .id = "login.new-isid-with-tsih",
		.reqs = "R7143-6.3.1-02 R7143-11.12.6-04",
		.section = "6.3.1",
		.level = MUST,
		.run = new_isid_with_tsih,
		.desc = "refuses a new ISID with a TSIH: session does not exist (0x020a)",
		.defects = "tsih-unknown-accepted tsih-unknown-new login-reject-generic" },
	{ .id = "login.known-isid-with-other-tsih",
		.reqs = "R7143-6.3.1-07",
		.section = "6.3.1",
		.level = MUST,
		.run = known_isid_with_other_tsih,
		.desc = "refuses a known ISID with a TSIH of no session (0x020a) and leaves the session "
			"alone",
		.defects = "tsih-unknown-accepted tsih-unknown-new login-reject-generic" },
	{ .id = "login.sessions-have-own-tsih",
		.reqs = "R7143-4.4.3-01 R7143-6.3.1-03",
		.section = "4.4.3",
		.level = MUST,
		.run = sessions_have_own_tsih,
		.desc = "gives sessions that live at the same time TSIHs of their own",
		.defects = "tsih-constant" },
	{ .id = "login.starts-at-cmdsn",
		.reqs = "R7143-11.12.8-01 R7143-11.12-02",
		.section = "11.12.8",
		.level = MUST,
		.run = starts_at_cmdsn,
		.desc = "starts ExpCmdSN at the CmdSN of the leading login and lets it wrap",
		.defects = "expcmdsn-from-one" },
	{ .id = "login.portal-group-tag",
		.reqs = "R7143-6.3.1-01 R7143-11.13.8-01 R7143-13.9-01",
		.section = "6.3.1",
		.level = MUST,
		.run = portal_group_tag,
		.desc = "sends TargetPortalGroupTag with the first Login Response",
		.defects = "tpgt-omitted" },
	{ .id = "login.portal-group-tag-in-discovery",
		.reqs = "R7143-6.3.1-01",
		.section = "6.3.1",
		.level = MUST,
		.run = portal_group_tag_in_discovery,
		.desc = "sends TargetPortalGroupTag in a discovery session too",
		.defects = "tpgt-omitted" },
	{ .id = "login.constant-versions",
		.reqs = "R7143-11.13.1-01 R7143-11.13.2-01",
		.section = "11.13.1",
		.level = MUST,
		.run = constant_versions,
		.desc = "says the same Version-max and Version-active in all responses, Version-active 0",
		.defects = "version-changes version-unoffered" },
	{ .id = "login.any-cid",
		.reqs = "R7143-11.12.7-02",
		.section = "11.12.7",
		.level = MUST,
		.run = any_cid,
		.desc = "takes any CID on a leading connection, 0xffff too",
		.defects = "cid-ffff-refused" },
	{ .id = "login.longest-initiator-name",
		.reqs = "R7143-4.2.7.1-03",
		.section = "4.2.7.1",
		.level = MUST,
		.run = longest_initiator_name,
		.desc = "takes an InitiatorName of 223 bytes",
		.defects = "name-limit-64" },
	{ .id = "login.eui-initiator-name",
		.reqs = "R7143-4.2.7.5-01",
		.section = "4.2.7.5",
		.level = MUST,
		.run = eui_initiator_name,
		.desc = "takes an InitiatorName of the eui. type",
		.defects = "iqn-names-only" },
	{ .id = "login.naa-initiator-name",
		.reqs = "R7143-4.2.7.6-01",
		.section = "4.2.7.6",
		.level = MUST,
		.run = naa_initiator_name,
		.desc = "takes an InitiatorName of the naa. type",
		.defects = "iqn-names-only" },
	{ .id = "login.any-isid-type",
		.reqs = "R7143-6.3.1-03",
		.section = "11.12.5",
		.level = MUST,
		.run = any_isid_type,
		.desc = "takes ISIDs of the enterprise number and random types, each a session of its own",
		.defects = "isid-oui-only" },
};

const struct assay_suite assay_suite_login_identity = {
	.name = "login",
	.desc = "names, ISID, TSIH, CID and the echoed fields",
	ASSAY_TESTS(tests),
};
