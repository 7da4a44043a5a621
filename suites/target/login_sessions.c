/* login_sessions.c - reinstatement of sessions and connections, several connections: RFC 7143 sections 6.3.1, 6.3.4, 6.3.5 and 4.4.3. */
#include "suites/target/offer.h"
#include "suites/target/target_suites.h"

/* Whether a connection that was left open is still served is for a rule to see. */
static void ask_again(struct assay_initiator *old)
{
	struct assay_pdu pdu;

	if (assay_await_close(old, &pdu) == ASSAY_E_TIMEOUT)
		(void)assay_nop(old, NULL, 0, NULL);
}

/* Sections 6.3.1 and 6.3.5: a known ISID with TSIH 0 puts a new session in the place of the old one, whose connections are closed. */
static void session_reinstatement(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_full_feature(t), *new;

	assay_config(t)->isid = old->session->isid;
	new = assay_connect_full_feature(t);
	EXPECT_ALIVE(t, new);
	EXPECT_CLOSE(t, old);
	ask_again(old);
}

/* Section 7.4.2.1: so does a discovery session that names no target, by the same name and ISID at the same portal. */
static void discovery_reinstatement(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_discovery(t), *new;
	const char *text;

	assay_config(t)->isid = old->session->isid;
	new = assay_connect_discovery(t);
	EXPECT(t, assay_send_targets(new, &text, "All") > 0, "targets in the new session", "none");
	EXPECT_CLOSE(t, old);
}

/* Section 6.3.5: the old session's tasks are ended without a word: a write that waits for data must not be heard of again. */
static void reinstatement_ends_tasks(struct assay_t *t)
{
	struct assay_initiator *old = assay_connect_with(t, "InitialR2T", "Yes", "ImmediateData", "No", NULL),
			       *new;
	struct assay_pdu pdu;
	struct assay_task task;
	uint32_t block_size, blocks;
	uint64_t lba = assay_region(t, &blocks, &block_size);
	uint8_t cdb[16] = { 0x2a, 0, (uint8_t)(lba >> 24), (uint8_t)(lba >> 16), (uint8_t)(lba >> 8),
		(uint8_t)lba, 0, 0, 1 };

	assay_task_init(&task, assay_write_lun(t), cdb, 10);
	task.write_length = block_size;
	task.data_out = assay_alloc(t, block_size);
	REQUIRE(t, old, assay_task_start(old, &task));
	REQUIRE(t, old, assay_await(old, &pdu, task.itt));
	REQUIRE_THAT(t, pdu.opcode == ASSAY_R2T, "an R2T", "opcode 0x%02x", pdu.opcode);
	assay_config(t)->isid = old->session->isid;
	new = assay_connect_full_feature(t);
	EXPECT_CLOSE(t, old);
	EXPECT_ALIVE(t, new);
}

/* Section 6.3.1: the session is known by initiator name and ISID; another name with the same ISID is another session. */
static void other_name_is_another_session(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;

	assay_config(t)->isid = i->session->isid;
	j = assay_login_as(t, "iqn.2026-01.net.iscsi-assay:somebody-else");
	EXPECT_SILENCE(t, j);
	EXPECT_ALIVE(t, i);
}

/* Section 4.2.1: with MaxConnections above 1, a second connection joins the session, and commands go on either. */
static void second_connection(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;

	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	REQUIRE(t, j, assay_login(j));
	EXPECT_EQ(t, j->login.response.tsih, i->session->tsih);
	EXPECT_ALIVE(t, j);
	EXPECT_ALIVE(t, i);
}

/* Section 13.2: one connection more than was negotiated is refused; the table of section 11.13.5 has 0x0206 for it. */
static void too_many_connections(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "1", NULL), *j;
	int result;

	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	result = assay_login(j);
	EXPECT_LOGIN_STATUS(t, j, result, 0);
	EXPECT_ALIVE(t, i);
	assay_at_level(t, SHOULD);
	if (result < 0)
		EXPECT_LOGIN_STATUS(t, j, result, 0x0206);
}

/* Section 6.3.4: a login with the CID of a live connection takes that connection's place within the session. Below ErrorRecoveryLevel 2 a target without a
 * second connection to spare may refuse it. */
static void connection_reinstatement(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j = assay_connect_into(t, i, i->cid);
	int result = assay_login(j);

	if (result == ASSAY_E_LOGIN)
		assay_skip(t, "not-offered");
	REQUIRE(t, j, result);
	EXPECT_EQ(t, j->login.response.tsih, i->session->tsih);
	EXPECT_CLOSE(t, i);
	EXPECT_ALIVE(t, j);
	ask_again(i);
}

/* The same section: such a target should have one to spare. */
static void connection_to_spare(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j = assay_connect_into(t, i, i->cid);
	int result = assay_login(j);

	if (result != ASSAY_E_LOGIN)
		REQUIRE(t, j, result);
	EXPECT_EQ(t, j->login.response.status_class, 0);
}

/* Section 13.5: a connection that joins a session must say the session's own InitiatorName. */
static void other_name_cannot_join(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;

	assay_config(t)->initiator_name = "iqn.2026-01.net.iscsi-assay:somebody-else";
	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	EXPECT_LOGIN_STATUS(t, j, assay_login(j), 0);
	EXPECT_ALIVE(t, i);
}

/* A login that is never finished should not keep others out. Section 6.3.1 says what a login of a new ISID does, not how soon, nor how many at a time a target
 * has to take. */
static void unfinished_login(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t), *j;

	assay_keep(t, i);
	assay_login_operational(t, i);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	j = assay_connect_full_feature(t);
	EXPECT_ALIVE(t, j);
	REQUIRE(t, i, assay_login_finish(i));
	EXPECT_ALIVE(t, i);
}

static const struct assay_test tests[] = {
	{ .id = "login.discovery-reinstatement",
		.reqs = "R7143-7.4.2.1-01 R7143-7.4.2.1-05",
		.section = "7.4.2.1",
		.level = MUST,
		.run = discovery_reinstatement,
		.desc = "puts a new unnamed discovery session in the place of the one with the same name and "
			"ISID",
		.defects = "session-not-reinstated" },
	{ .id = "login.session-reinstatement",
		.reqs = "R7143-6.3.1-04 R7143-6.3.5-04 R7143-4.4.3-02 R7143-7.15-02",
		.section = "6.3.5",
		.level = MUST,
		.run = session_reinstatement,
		.desc = "puts a new session in the place of the old one and closes its connections",
		.defects = "session-not-reinstated" },
	{ .id = "login.reinstatement-ends-tasks",
		.reqs = "R7143-6.3.5-03 R7143-6.3.5-04",
		.section = "6.3.5",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = reinstatement_ends_tasks,
		.desc = "ends the old session's tasks silently when it is reinstated",
		.defects = "session-not-reinstated" },
	{ .id = "login.other-name-is-another-session",
		.reqs = "R7143-4.4.3-02 R7143-6.3.1-03",
		.section = "6.3.1",
		.level = MUST,
		.run = other_name_is_another_session,
		.desc = "keeps sessions of different initiator names with the same ISID apart",
		.defects = "session-name-ignored" },
	{ .id = "login.second-connection",
		.reqs = "R7143-6.3.1-05 R7143-4.4.3-01",
		.section = "6.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = second_connection,
		.desc = "adds a connection to a session where MaxConnections allows it",
		.defects = "second-connection-refused login-leading-key-said login-tsih-not-echoed" },
	{ .id = "login.too-many-connections",
		.reqs = "R7143-11.13.5-10",
		.section = "11.13.5",
		.level = MUST,
		.run = too_many_connections,
		.desc = "refuses more connections than were negotiated",
		.defects = "connections-unlimited" },
	{ .id = "login.connection-reinstatement",
		.reqs = "R7143-6.3.1-06",
		.section = "6.3.4",
		.level = MUST,
		.run = connection_reinstatement,
		.desc = "closes a connection whose place another with the same CID has taken",
		.defects = "connection-left-open" },
	{ .id = "login.connection-to-spare",
		.reqs = "R7143-6.3.4-03",
		.section = "6.3.4",
		.level = SHOULD,
		.run = connection_to_spare,
		.desc = "lets a second connection take the first one's place where one is all it has",
		.defects = "connection-not-reinstated" },
	{ .id = "login.other-name-cannot-join",
		.reqs = "R7143-13.5-03",
		.section = "13.5",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = other_name_cannot_join,
		.desc = "refuses a connection to a session under another InitiatorName",
		.defects = "session-name-ignored" },
	{ .id = "login.unfinished-login",
		.reqs = "R7143-6.3.1-03",
		.section = "6.3.1",
		.level = SHOULD,
		.run = unfinished_login,
		.desc = "serves another session while a login is unfinished",
		.defects = "login-one-at-a-time" },
};

const struct assay_suite assay_suite_login_sessions = {
	.name = "login",
	.desc = "session and connection reinstatement, several connections",
	ASSAY_TESTS(tests),
};
