/* login_errors.c - what ends a login: status classes and details, versions, PDUs that do not belong there: RFC 7143 sections 4.2.4 and 11.13.5. */
#include <string.h>

#include "codec/listing.h"
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Section 4.2.4: what is no Login Request before the full feature phase is answered by a login reject 0x020B, then a close. */
static void refused_inside_login(struct assay_t *t, enum assay_opcode opcode)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pdu pdu;

	assay_login_operational(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	assay_make(i, &pdu, opcode);
	if (opcode == ASSAY_TASK_MANAGEMENT_REQUEST)
		pdu.function = 2; /* ABORT TASK SET: one that needs no task */
	REQUIRE(t, i, assay_send(i, &pdu));
	EXPECT_LOGIN_STATUS(t, i, assay_login_response(i), 0x020b);
	EXPECT_CLOSE(t, i);
}

static void nop_inside_login(struct assay_t *t)
{
	refused_inside_login(t, ASSAY_NOP_OUT);
}

static void command_inside_login(struct assay_t *t)
{
	refused_inside_login(t, ASSAY_SCSI_COMMAND);
}

static void text_inside_login(struct assay_t *t)
{
	refused_inside_login(t, ASSAY_TEXT_REQUEST);
}

static void task_management_inside_login(struct assay_t *t)
{
	refused_inside_login(t, ASSAY_TASK_MANAGEMENT_REQUEST);
}

/* The same section: when not even the first PDU is a Login Request, the target closes at once. One that refuses with a Login Response first has served nobody,
 * and of all PDUs it is the one that is allowed before the full feature phase: the close is the MUST, the silence before it a SHOULD. */
static void closes_on_first(struct assay_t *t, enum assay_opcode opcode)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pdu pdu, came = { 0 };
	char words[512];
	bool refused;
	int result;

	assay_make(i, &pdu, opcode);
	REQUIRE(t, i, assay_send(i, &pdu));
	result = assay_recv(i, &came);
	refused = result == 0 && came.opcode == ASSAY_LOGIN_RESPONSE && came.status_class;
	assay_listing_brief(words, sizeof(words), &came);
	EXPECT(t, refused || result == ASSAY_E_CLOSED || result == ASSAY_E_RESET,
		"the connection closed, at most a Login Response with a failure before", "%s",
		result < 0 ? assay_err_name(result) : words);
	if (refused)
		EXPECT_CLOSE(t, i);
	assay_at_level(t, SHOULD);
	EXPECT(t, !refused, "the connection closed, without a word before", "%s", words);
}

static void first_pdu_nop(struct assay_t *t)
{
	closes_on_first(t, ASSAY_NOP_OUT);
}

static void first_pdu_command(struct assay_t *t)
{
	closes_on_first(t, ASSAY_SCSI_COMMAND);
}

static void first_pdu_text(struct assay_t *t)
{
	closes_on_first(t, ASSAY_TEXT_REQUEST);
}

/* Section 11.13.5: after a status class other than 0 the target closes. */
static void closes_after_failure(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_config(t)->target_name = "iqn.2026-01.net.iscsi-assay:there-is-no-such-target";
	i = assay_connect(t);
	assay_login_start(i);
	EXPECT_LOGIN_STATUS(t, i, assay_login_rest(i), 0);
	EXPECT_CLOSE(t, i);
}

/* The same section: 0x0203, the name is not known at this address. What a simple initiator goes by is the class: 2 not to try again, 3 to do so. */
static void unknown_target(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_config(t)->target_name = "iqn.2026-01.net.iscsi-assay:there-is-no-such-target";
	i = assay_connect(t);
	assay_login_start(i);
	assay_expect_refusal(t, i, assay_login_rest(i), 0x0203);
}

/* The same section: 0x0207 when a name that the first request must carry is missing. */
static void missing_target_name(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_config(t)->target_name = NULL;
	i = assay_connect(t);
	assay_login_start(i);
	assay_expect_refusal(t, i, assay_login_rest(i), 0x0207);
}

static void missing_initiator_name(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_config(t)->initiator_name = NULL;
	i = assay_connect(t);
	assay_login_start(i);
	assay_expect_refusal(t, i, assay_login_rest(i), 0x0207);
}

/* Sections 6.3 and 13.4: the names must stand in the first request; later is too late. */
static void names_in_second_request(struct assay_t *t)
{
	const struct assay_initiator_config config = *assay_config(t);
	struct assay_initiator *i;
	int result;

	assay_config(t)->target_name = NULL;
	assay_config(t)->initiator_name = NULL;
	i = assay_connect(t);
	assay_login_start(i);
	result = assay_login_send(i, ASSAY_STAY);
	if (result == 0) {
		assay_login_key(i, "InitiatorName", config.initiator_name);
		assay_login_key(i, "TargetName", config.target_name);
		result = assay_login_rest(i);
	}
	EXPECT_LOGIN_STATUS(t, i, result, 0);
}

/* Sections 11.12.4 and 11.13.2: a range of versions that leaves out 0, the only one there is, is refused by a Login Response, whose Version-active says the lowest that there is;
 * with 0x0205, says the table of section 11.13.5. */
static void unsupported_version(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_start(i);
	i->login.request.version_max = 0x7f;
	i->login.request.version_min = 0x7e;
	assay_expect_refusal(t, i, assay_login_rest(i), 0x0205);
}

/* Section 11.13.2 has a target reject a range that holds none of its versions, and make the highest one of both active else. But section 11.12.4 allows an
 * initiator no other range than 0 to 0, so that one which reaches further may be refused as a broken request: a SHOULD, for the sake of later versions. */
static void wide_version_range(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_secure(t, i);
	i->login.request.version_max = 0x7f;
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	EXPECT_EQ(t, i->login.response.status_class, 0);
	EXPECT_EQ(t, i->login.response.version_active, 0);
}

/* The same section: an initiator that the target's access list does not name is not let in. 0x0202 says so; a target may rather hide that it is there. */
static void not_admitted(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_aim(t, assay_setup(t)->acl_target);
	i = assay_connect(t);
	assay_login_start(i);
	EXPECT_LOGIN_STATUS(t, i, assay_login_rest(i), 0);
}

/* Section 11.13.5: a session type that there is none of is refused with 0x0209; the value is out of the key's list, so any initiator error will do. */
static void unknown_session_type(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	assay_login_start(i);
	assay_text_init(&i->login.keys, i->login.said, sizeof(i->login.said));
	assay_login_key(i, "InitiatorName", assay_config(t)->initiator_name);
	assay_login_key(i, "SessionType", "Conversation");
	assay_login_key(i, "TargetName", assay_config(t)->target_name);
	EXPECT_LOGIN_STATUS(t, i, assay_login_rest(i), 0);
}

/* Section 11: a receiver ignores reserved fields: bits of the first two bytes, and the reserved bytes behind the CID and ExpStatSN, say nothing. */
static void reserved_fields_ignored(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	uint8_t *wire = assay_alloc(t, 1024);
	struct assay_pdu *request = &i->login.request;
	long length;

	assay_login_secure(t, i);
	request->data = (const uint8_t *)i->login.keys.buf;
	request->data_length = (uint32_t)i->login.keys.length;
	length = REQUIRE(t, i, assay_pdu_encode(wire, 1024, request, 0));
	wire[0] |= 0x80;
	wire[1] |= 0x30;
	wire[22] = wire[23] = 0xff;
	memset(wire + 32, 0xff, 16);
	REQUIRE(t, i, assay_send_bytes(i, wire, (size_t)length));
	REQUIRE(t, i, assay_login_response(i));
	EXPECT_EQ(t, i->login.response.status_class, 0);
}

#define NOT_LOGIN(name, opcode, what)                                                                        \
	{                                                                                                    \
		.id = "login." name "-inside-login", .reqs = "R7143-4.2.4-08 R7143-4.2.4-04",                \
		.section = "4.2.4", .level = MUST, .run = opcode,                                            \
		.desc = "answers a " what " inside the login with a login reject 0x020b, then closes",       \
		.defects = "login-no-020b"                                                                   \
	}
#define NOT_FIRST(name, opcode, what, more)                                                                  \
	{                                                                                                    \
		.id = "login.first-pdu-" name, .reqs = "R7143-4.2.4-07", .section = "4.2.4", .level = MUST,  \
		.run = opcode,                                                                               \
		.desc = "closes the connection at once, saying nothing, when its first PDU is a " what,      \
		.defects = "first-pdu-answered" more                                                         \
	}

static const struct assay_test tests[] = {
	NOT_LOGIN("nop", nop_inside_login, "NOP-Out"),
	NOT_LOGIN("command", command_inside_login, "SCSI Command"),
	NOT_LOGIN("text", text_inside_login, "Text Request"),
	NOT_LOGIN("task-management", task_management_inside_login, "Task Management Function Request"),
	NOT_FIRST("nop", first_pdu_nop, "NOP-Out", " first-pdu-taken"),
	NOT_FIRST("command", first_pdu_command, "SCSI Command", ""),
	NOT_FIRST("text", first_pdu_text, "Text Request", ""),
	{ .id = "login.closes-after-failure",
		.reqs = "R7143-11.13.5-06",
		.section = "11.13.5",
		.level = MUST,
		.run = closes_after_failure,
		.desc = "closes the connection after a Login Response with a failure",
		.defects = "login-reject-stays-open login-reject-not-last" },
	{ .id = "login.unknown-target",
		.reqs = "R7143-11.13.5-07",
		.section = "11.13.5",
		.level = MUST,
		.run = unknown_target,
		.desc = "refuses a TargetName that is not there as the initiator's error, with 0x0203",
		.defects = "login-reject-generic login-reject-silent login-reject-with-t "
			   "login-status-unassigned" },
	{ .id = "login.not-admitted",
		.reqs = "R7143-11.13.5-09",
		.section = "11.13.5",
		.level = MUST,
		.needs = ASSAY_NEED_ACL,
		.run = not_admitted,
		.desc = "refuses an initiator that its access list does not name",
		.defects = "acl-ignored" },
	{ .id = "login.missing-target-name",
		.reqs = "R7143-11.13.5-08",
		.section = "11.13.5",
		.level = MUST,
		.run = missing_target_name,
		.desc = "refuses a normal login without TargetName as the initiator's error, with 0x0207",
		.defects = "login-reject-generic" },
	{ .id = "login.missing-initiator-name",
		.reqs = "R7143-11.13.5-08",
		.section = "11.13.5",
		.level = MUST,
		.run = missing_initiator_name,
		.desc = "refuses a login without InitiatorName as the initiator's error, with 0x0207",
		.defects = "login-reject-generic" },
	{ .id = "login.names-in-second-request",
		.reqs = "R7143-11.13.5-08",
		.section = "6.3",
		.level = MUST,
		.run = names_in_second_request,
		.desc = "refuses a login whose first request carries no names, even if a later one does",
		.defects = "login-late-names" },
	{ .id = "login.unsupported-version",
		.reqs = "R7143-11.12.4.2-03 R7143-11.12.4.2-02",
		.section = "11.12.4",
		.level = MUST,
		.run = unsupported_version,
		.desc = "refuses a version range without 0 with 0x0205",
		.defects = "version-unchecked login-reject-generic" },
	{ .id = "login.wide-version-range",
		.reqs = "R7143-11.12.4.1-02 R7143-11.13.2-01",
		.section = "11.13.2",
		.level = SHOULD,
		.run = wide_version_range,
		.desc = "takes a version range that holds 0 and makes 0 the active one",
		.defects = "version-max-checked version-echoed" },
	{ .id = "login.unknown-session-type",
		.reqs = "R7143-11.13.5-12",
		.section = "11.13.5",
		.level = MUST,
		.run = unknown_session_type,
		.desc = "refuses a SessionType that there is none of",
		.defects = "session-type-unchecked" },
	{ .id = "login.reserved-fields-ignored",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.run = reserved_fields_ignored,
		.desc = "ignores reserved fields of a Login Request",
		.defects = "login-reserved-checked" },
};

const struct assay_suite assay_suite_login_errors = {
	.name = "login",
	.desc = "what ends a login: status class and detail, versions, other PDUs",
	ASSAY_TESTS(tests),
};
