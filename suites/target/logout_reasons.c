/* logout_reasons.c - Logout: of a session, of a connection, for recovery; what ends with it: RFC 7143 sections 11.14 and 11.15. */
#include <string.h>

#include "suites/target/common.h"
#include "suites/target/target_suites.h"

enum { CLOSE_SESSION = 0, CLOSE_CONNECTION = 1, REMOVE_FOR_RECOVERY = 2 };
enum { CLOSED = 0, CID_NOT_FOUND = 1, RECOVERY_NOT_SUPPORTED = 2 };

/* A Logout Request with that reason and CID, sent. Returns its ITT. */
static uint32_t send_logout(struct assay_t *t, struct assay_initiator *i, uint8_t reason, uint16_t cid)
{
	struct assay_pdu request;

	assay_make(i, &request, ASSAY_LOGOUT_REQUEST);
	request.reason = reason;
	request.cid = cid;
	REQUIRE(t, i, assay_send(i, &request));
	return request.itt;
}

/* The Logout Response is the next thing to come, and says so. */
static void expect_response(struct assay_t *t, struct assay_initiator *i, uint32_t itt, uint8_t response)
{
	struct assay_pdu answer;

	EXPECT_NEXT(t, i, &answer, ASSAY_LOGOUT_RESPONSE, itt, "the Logout Response");
	EXPECT_EQ(t, answer.response, response);
}

/* Two connections of one session. */
static struct assay_initiator *second_connection(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_initiator *j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));

	REQUIRE(t, j, assay_login(j));
	return j;
}

/* After the response both ends close. */
static void session(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	expect_response(t, i, send_logout(t, i, CLOSE_SESSION, 0), CLOSED);
	EXPECT_CLOSE(t, i);
}

static void connection(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	expect_response(t, i, send_logout(t, i, CLOSE_CONNECTION, i->cid), CLOSED);
	EXPECT_CLOSE(t, i);
}

/* The CID counts only when a connection is meant. */
static void session_ignores_cid(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	expect_response(t, i, send_logout(t, i, CLOSE_SESSION, (uint16_t)(i->cid + 77)), CLOSED);
	EXPECT_CLOSE(t, i);
}

/* A connection that the session does not have: response 1, and the session goes on. */
static void unknown_cid(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	expect_response(t, i, send_logout(t, i, CLOSE_CONNECTION, (uint16_t)(i->cid + 77)), CID_NOT_FOUND);
	EXPECT_ALIVE(t, i);
}

/* Below ErrorRecoveryLevel 2 there is no recovery to remove a connection for: response 2 says so. */
static void recovery_below_level_two(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "ErrorRecoveryLevel", "0", NULL);

	expect_response(t, i, send_logout(t, i, REMOVE_FOR_RECOVERY, i->cid), RECOVERY_NOT_SUPPORTED);
}

/* Reserved reasons are no logout: a Reject, a response other than success, or the end of the connection for a format error. */
static void reserved_reason(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu request, answer = { 0 };
	bool response, closed;
	int result;

	assay_make(i, &request, ASSAY_LOGOUT_REQUEST);
	request.immediate = 0;
	request.reason = 0x7f;
	REQUIRE(t, i, assay_send(i, &request));
	result = assay_recv(i, &answer);
	response = result == 0 && answer.opcode == ASSAY_LOGOUT_RESPONSE && answer.itt == request.itt;
	closed = result == ASSAY_E_CLOSED || result == ASSAY_E_RESET;
	EXPECT(t,
		closed || (result == 0 && answer.opcode == ASSAY_REJECT) ||
			(response && answer.response != CLOSED),
		"a Reject, a Logout Response other than 0, or a close", "opcode 0x%02x, response %u, %s",
		answer.opcode, answer.response, assay_err_name(result));
}

/* Pending commands end with the logout, acknowledged or not: no answer to one that waits behind a gap. */
static void ends_unacknowledged_commands(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_send_ping(t, i, i->session->cmd_sn + 1);
	expect_response(t, i, send_logout(t, i, CLOSE_SESSION, 0), CLOSED);
	EXPECT_CLOSE(t, i);
}

/* The same for a task that waits for its data. */
static void ends_tasks(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);

	assay_waiting_write(t, i);
	expect_response(t, i, send_logout(t, i, CLOSE_CONNECTION, i->cid), CLOSED);
	EXPECT_CLOSE(t, i);
}

/* Section 11.14.5: the next command of the nexus learns that tasks were ended: 47h/7Fh. */
static void unit_attention(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(
		t, "MaxConnections", "2", "InitialR2T", "Yes", "ImmediateData", "No", NULL);
	struct assay_initiator *j = second_connection(t, i);
	struct assay_task *task;

	assay_waiting_write(t, j);
	expect_response(t, j, send_logout(t, j, CLOSE_CONNECTION, j->cid), CLOSED);
	task = assay_scsi_on(t, i, assay_write_lun(t), scsi_cdb_testunitready());
	EXPECT_SENSE(t, task, 6, 0x477f);
}

/* A logout of one connection leaves the others of the session. */
static void keeps_other_connection(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL),
			       *j = second_connection(t, i);

	expect_response(t, j, send_logout(t, j, CLOSE_CONNECTION, j->cid), CLOSED);
	EXPECT_CLOSE(t, j);
	EXPECT_ALIVE(t, i);
}

/* A logout of the session closes all its connections. */
static void closes_all_connections(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL),
			       *j = second_connection(t, i);

	expect_response(t, i, send_logout(t, i, CLOSE_SESSION, 0), CLOSED);
	EXPECT_CLOSE(t, i);
	EXPECT_CLOSE(t, j);
}

/* Another session feels nothing of it. */
static void keeps_other_session(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *other = assay_connect_full_feature(t);

	expect_response(t, i, send_logout(t, i, CLOSE_SESSION, 0), CLOSED);
	EXPECT_CLOSE(t, i);
	EXPECT_ALIVE(t, other);
}

/* A Logout Request may go without immediate delivery: then it takes a CmdSN. */
static void not_immediate(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu request, answer;

	assay_make(i, &request, ASSAY_LOGOUT_REQUEST);
	request.immediate = 0;
	REQUIRE(t, i, assay_send(i, &request));
	EXPECT_NEXT(t, i, &answer, ASSAY_LOGOUT_RESPONSE, request.itt, "the Logout Response");
	EXPECT_EQ(t, answer.response, CLOSED);
	EXPECT_EQ(t, answer.exp_cmd_sn, request.cmd_sn + 1);
	EXPECT_CLOSE(t, i);
}

/* Section 11: reserved fields say nothing. */
static void reserved_fields_ignored(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu request;
	uint8_t *wire;
	size_t length;

	assay_make(i, &request, ASSAY_LOGOUT_REQUEST);
	wire = assay_request_bytes(t, i, &request, &length);
	memset(wire + 2, 0xff, 2);
	memset(wire + 8, 0xff, 8);
	memset(wire + 22, 0xff, 2);
	memset(wire + 32, 0xff, 16);
	REQUIRE(t, i, assay_request_bytes_send(i, wire, length));
	expect_response(t, i, request.itt, CLOSED);
}

static const struct assay_test tests[] = {
	{ .id = "logout.session",
		.reqs = "R7143-11.15-01",
		.section = "11.15",
		.level = MUST,
		.run = session,
		.desc = "answers a logout that closes the session, then closes the connection",
		.defects = "logout-silent logout-stays-open logout-speaks-on logout-response-unknown "
			   "logout-data" },
	{ .id = "logout.connection",
		.reqs = "R7143-11.15-01",
		.section = "11.15",
		.level = MUST,
		.run = connection,
		.desc = "answers a logout that closes the connection, then closes it",
		.defects = "logout-silent logout-stays-open" },
	{ .id = "logout.session-ignores-cid",
		.reqs = "R7143-11.14.3-01",
		.section = "11.14.3",
		.level = MUST,
		.run = session_ignores_cid,
		.desc = "does not look at the CID of a logout that closes the session",
		.defects = "logout-session-checks-cid" },
	{ .id = "logout.unknown-cid",
		.reqs = "R7143-11.15.1-01",
		.section = "11.15.1",
		.level = MUST,
		.run = unknown_cid,
		.desc = "answers the logout of a connection that is not there with CID not found",
		.defects = "logout-always-succeeds" },
	{ .id = "logout.recovery-below-level-two",
		.reqs = "R7143-11.15.1-02",
		.section = "11.15.1",
		.level = MUST,
		.run = recovery_below_level_two,
		.desc = "answers a logout for recovery at ErrorRecoveryLevel 0 with not supported",
		.defects = "logout-always-succeeds" },
	{ .id = "logout.reserved-reason",
		.reqs = "R7143-11.14.1-01 R7143-11-03",
		.section = "11.14.1",
		.level = MUST,
		.run = reserved_reason,
		.desc = "refuses a logout with a reserved reason",
		.defects = "logout-reason-unchecked" },
	{ .id = "logout.ends-unacknowledged-commands",
		.reqs = "R7143-11.14-04",
		.section = "11.14",
		.level = MUST,
		.run = ends_unacknowledged_commands,
		.desc = "ends commands that wait for their turn with the session",
		.defects = "logout-answers-pending" },
	{ .id = "logout.ends-tasks",
		.reqs = "R7143-11.14-04 R7143-11.15-01",
		.section = "11.14",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = ends_tasks,
		.desc = "ends a task that waits for data with the connection, without a response",
		.defects = "logout-waits-for-tasks" },
	{ .id = "logout.unit-attention",
		.reqs = "R7143-11.14.5-01",
		.section = "11.14.5",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE | ASSAY_NEED_MULTI_CONNECTION,
		.run = unit_attention,
		.desc = "reports 47h/7Fh after a logout that ended tasks",
		.defects = "logout-no-unit-attention" },
	{ .id = "logout.keeps-other-connection",
		.reqs = "R7143-11.15-01",
		.section = "11.14.1",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = keeps_other_connection,
		.desc = "leaves the other connections when one logs out",
		.defects = "logout-connection-ends-session" },
	{ .id = "logout.closes-all-connections",
		.reqs = "R7143-11.15-01",
		.section = "11.15",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = closes_all_connections,
		.desc = "closes all connections of a session that logs out",
		.defects = "logout-session-leaves-connections" },
	{ .id = "logout.keeps-other-session",
		.reqs = "R7143-11.15-01",
		.section = "11.14",
		.level = MUST,
		.run = keeps_other_session,
		.desc = "leaves other sessions when one logs out",
		.defects = "logout-ends-all-sessions" },
	{ .id = "logout.not-immediate",
		.reqs = "R7143-11.15-01 R7143-4.2.2.1-17",
		.section = "11.14",
		.level = MUST,
		.run = not_immediate,
		.desc = "takes a logout that is not immediate, and its CmdSN",
		.defects = "logout-must-be-immediate" },
	{ .id = "logout.reserved-fields-ignored",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.run = reserved_fields_ignored,
		.desc = "ignores reserved fields of a Logout Request",
		.defects = "reserved-fields-checked" },
};

const struct assay_suite assay_suite_logout_reasons = {
	.name = "logout",
	.desc = "logout: reasons, responses, what ends",
	ASSAY_TESTS(tests),
};
