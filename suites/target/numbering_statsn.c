/* numbering_statsn.c - StatSN and ExpStatSN: RFC 7143 sections 4.2.2.2 and 11.7.3. The rule engine watches every StatSN as well. */
#include <string.h>

#include "suites/target/common.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

/* Sends a request; the one PDU that answers it carries the next StatSN. */
static void expect_next_number(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *request)
{
	uint32_t next = i->exp_stat_sn;
	struct assay_pdu answer;

	REQUIRE(t, i, assay_send(i, request));
	REQUIRE(t, i, assay_recv(i, &answer));
	EXPECT_EQ(t, answer.stat_sn, next);
}

/* A request of that opcode that is fit to be answered by one PDU. */
static struct assay_pdu request(struct assay_t *t, struct assay_initiator *i, enum assay_opcode opcode)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, opcode);
	if (opcode == ASSAY_SCSI_COMMAND)
		pdu.lun = assay_lun(t);
	if (opcode == ASSAY_TASK_MANAGEMENT_REQUEST) {
		pdu.function = 1;
		pdu.lun = assay_lun(t);
		pdu.rtt = 0x7ffffff0;
		pdu.ref_cmd_sn = i->session->cmd_sn - 1;
	}
	return pdu;
}

/* Every response that carries a status takes the next StatSN, whatever its type. */
static void every_response(struct assay_t *t)
{
	static const enum assay_opcode opcodes[] = { ASSAY_NOP_OUT, ASSAY_SCSI_COMMAND,
		ASSAY_TASK_MANAGEMENT_REQUEST, ASSAY_NOP_OUT, ASSAY_LOGOUT_REQUEST };
	struct assay_initiator *i = assay_connect_full_feature(t);

	for (size_t n = 0; n < sizeof(opcodes) / sizeof(opcodes[0]); n++) {
		struct assay_pdu pdu = request(t, i, opcodes[n]);

		expect_next_number(t, i, &pdu);
	}
}

/* Status numbering starts with the first Login Response and goes on from the last one. */
static void goes_on_from_login(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);
	struct assay_pdu answer;

	REQUIRE(t, i, assay_login(i));
	REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
	EXPECT_EQ(t, answer.stat_sn, i->login.response.stat_sn + 1);
}

/* The counter is the connection's: what is answered on another one does not move it. */
static void apart(struct assay_t *t, struct assay_initiator *i, struct assay_initiator *j)
{
	for (int n = 0; n < 3; n++) {
		struct assay_pdu ping = request(t, i, ASSAY_NOP_OUT);

		expect_next_number(t, i, &ping);
		ping = request(t, j, ASSAY_NOP_OUT);
		expect_next_number(t, j, &ping);
	}
}

static void sessions_apart(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j = assay_connect_full_feature(t);

	apart(t, i, j);
}

static void connections_apart(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;

	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	REQUIRE(t, j, assay_login(j));
	apart(t, i, j);
}

/* Section 4.2.5.1: what answers a request comes on the connection of the request. */
static void answer_on_own_connection(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxConnections", "2", NULL), *j;
	uint32_t first, second;

	j = assay_connect_into(t, i, (uint16_t)(i->cid + 1));
	REQUIRE(t, j, assay_login(j));
	second = assay_send_ping(t, j, j->session->cmd_sn);
	first = assay_send_ping(t, i, i->session->cmd_sn);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the answer on the connection of the ping");
	EXPECT_NEXT(t, j, NULL, ASSAY_NOP_IN, second, "the answer on the connection of the ping");
}

/* Section 11.7.3: only a Data-In with the S bit carries a StatSN; the others take none, however many they are. */
static void data_takes_none(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL);
	int size = (int)assay_medium_of(t, i, assay_lun(t), 4096).block_size;
	uint32_t next = i->exp_stat_sn, blocks = (uint32_t)((4096 + size - 1) / size);
	struct assay_task *task = assay_scsi_prepare(
		t, assay_lun(t), scsi_cdb_read10(0, blocks * (uint32_t)size, size, 0, 0, 0, 0, 0), NULL, 0);
	struct assay_pdu pdu;

	REQUIRE(t, i, assay_task_start(i, task));
	while (!task->done) {
		REQUIRE(t, i, assay_recv(i, &pdu));
		REQUIRE(t, i, assay_task_take(i, task, &pdu));
	}
	EXPECT_EQ(t, pdu.stat_sn, next);
	REQUIRE(t, i, assay_nop(i, NULL, 0, &pdu));
	EXPECT_EQ(t, pdu.stat_sn, next + 1);
}

/* An initiator may acknowledge several responses at once: until then the target goes on. */
static void late_acknowledgement(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t acknowledged = i->exp_stat_sn;

	for (int n = 0; n < 6; n++) {
		struct assay_pdu ping = request(t, i, ASSAY_NOP_OUT);

		ping.exp_stat_sn = acknowledged;
		expect_next_number(t, i, &ping);
	}
}

static const struct assay_test tests[] = {
	{ .id = "numbering.statsn-every-response",
		.reqs = "R7143-4.2.2.2-04 R7143-4.2.2.2-03",
		.section = "4.2.2.2",
		.level = MUST,
		.run = every_response,
		.desc = "raises StatSN by one for every response, whatever its type",
		.defects = "statsn-stuck async-statsn-stuck" },
	{ .id = "numbering.statsn-goes-on-from-login",
		.reqs = "R7143-4.2.2.2-04",
		.section = "4.2.2.2",
		.level = MUST,
		.run = goes_on_from_login,
		.desc = "goes on with StatSN from the last Login Response",
		.defects = "statsn-restarts-after-login" },
	{ .id = "numbering.statsn-sessions-apart",
		.reqs = "R7143-4.2.2.2-04",
		.section = "4.2.2.2",
		.level = MUST,
		.run = sessions_apart,
		.desc = "keeps a StatSN for each of two sessions",
		.defects = "statsn-of-the-server" },
	{ .id = "numbering.statsn-connections-apart",
		.reqs = "R7143-4.2.2.2-04",
		.section = "4.2.2.2",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = connections_apart,
		.desc = "keeps a StatSN for each connection of a session",
		.defects = "statsn-of-the-server" },
	{ .id = "numbering.answer-on-own-connection",
		.reqs = "R7143-4.2.5.1-01",
		.section = "4.2.5.1",
		.level = MUST,
		.needs = ASSAY_NEED_MULTI_CONNECTION,
		.run = answer_on_own_connection,
		.desc = "answers a request on the connection on which it came",
		.defects = "nop-first-connection" },
	{ .id = "numbering.statsn-data-takes-none",
		.reqs = "R7143-4.2.2.2-04 R7143-11.7.3-04",
		.section = "11.7.3",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = data_takes_none,
		.desc = "raises StatSN for no Data-In without a status",
		.defects = "statsn-counts-data-in" },
	{ .id = "numbering.statsn-late-acknowledgement",
		.reqs = "R7143-4.2.2.2-03",
		.section = "4.2.2.2",
		.level = MUST,
		.run = late_acknowledgement,
		.desc = "goes on while several responses are not acknowledged",
		.defects = "statsn-waits-for-acknowledgement" },
};

const struct assay_suite assay_suite_numbering_statsn = {
	.name = "numbering",
	.desc = "status numbering: StatSN, ExpStatSN",
	ASSAY_TESTS(tests),
};
