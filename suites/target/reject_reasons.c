/* reject_reasons.c - Reject: what is rejected, why, with which fields, and what does not end with it: RFC 7143 sections 7.3, 7.7, 11.2.1.2 and 11.17. */
#include "codec/bytes.h"
#include <string.h>

#include "suites/target/common.h"
#include "suites/target/target_suites.h"

#define UNASSIGNED 0x07 /* an opcode that the standard gives nobody */

/* An immediate PDU of any opcode with a tag of its own, sent. Immediate: no CmdSN hangs on it. */
static struct assay_pdu send_opcode(struct assay_t *t, struct assay_initiator *i, uint8_t opcode)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, (enum assay_opcode)opcode);
	pdu.immediate = 1;
	pdu.final = 1;
	pdu.itt = 0x1000 + opcode;
	REQUIRE(t, i, assay_send(i, &pdu));
	return pdu;
}

/* The next PDU is a Reject. A target may answer every error by the end of the session instead (section 7.1.4.4): then there is nothing to look at. taken: NULL, or why the test is skipped
 * when what was sent gets a Text Response: that it is one to reject is another test's claim. */
static struct assay_pdu take_reject(struct assay_t *t, struct assay_initiator *i, const char *taken)
{
	struct assay_pdu pdu = { 0 };
	int result = assay_recv(i, &pdu);

	if (result == ASSAY_E_CLOSED || result == ASSAY_E_RESET)
		assay_skip(t, "not-offered");
	REQUIRE(t, i, result);
	if (taken && pdu.opcode == ASSAY_TEXT_RESPONSE)
		assay_skip(t, taken);
	EXPECT(t, pdu.opcode == ASSAY_REJECT && pdu.itt == ASSAY_TAG_RESERVED,
		"a Reject with the ITT 0xffffffff", "opcode 0x%02x ITT=0x%x", pdu.opcode, pdu.itt);
	return pdu;
}

/* The Reject that answers an unassigned opcode. */
static struct assay_pdu reject(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *sent)
{
	*sent = send_opcode(t, i, UNASSIGNED);
	return take_reject(t, i, NULL);
}

/* Section 11.2.1.2: opcodes that nobody has are not supported; section 11 calls reserved codes a protocol error. Either reason will do; silence will not. */
static void unassigned_opcodes(struct assay_t *t)
{
	static const uint8_t opcodes[] = { 0x07, 0x0f, 0x11, 0x1b };

	for (size_t n = 0; n < sizeof(opcodes); n++) {
		struct assay_initiator *i = assay_connect_full_feature(t);

		send_opcode(t, i, opcodes[n]);
		EXPECT_REFUSED(t, i, 0x05, 0x04);
	}
}

/* The same section: an initiator has no business with a target's opcodes. */
static void target_opcodes(struct assay_t *t)
{
	static const uint8_t opcodes[] = { ASSAY_NOP_IN, ASSAY_SCSI_RESPONSE, ASSAY_R2T, ASSAY_REJECT };

	for (size_t n = 0; n < sizeof(opcodes); n++) {
		struct assay_initiator *i = assay_connect_full_feature(t);

		send_opcode(t, i, opcodes[n]);
		EXPECT_REFUSED(t, i, 0x04, 0x05, 0x09);
	}
}

/* Login is over with the full feature phase. */
static void login_in_full_feature_phase(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	send_opcode(t, i, ASSAY_LOGIN_REQUEST);
	EXPECT_REFUSED(t, i, 0x04, 0x05, 0x09);
}

/* The Reject has no task tag. */
static void tag(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu sent;

	reject(t, i, &sent);
}

/* Its data is the header of the PDU that it rejects, as that came. */
static void header(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu sent, pdu = reject(t, i, &sent);
	uint8_t bhs[ASSAY_BHS_LENGTH];

	assay_pdu_encode_bhs(bhs, &sent);
	EXPECT(t, pdu.data_length >= sizeof(bhs) && memcmp(pdu.data, bhs, sizeof(bhs)) == 0,
		"the 48 bytes of the header", "%u bytes, or other ones", pdu.data_length);
}

/* The Reject itself is numbered: it takes a StatSN. */
static void takes_stat_sn(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t next = i->exp_stat_sn;
	struct assay_pdu sent, pdu = reject(t, i, &sent);

	EXPECT_EQ(t, pdu.stat_sn, next);
	REQUIRE(t, i, assay_nop(i, NULL, 0, &pdu));
	EXPECT_EQ(t, pdu.stat_sn, next + 1);
}

/* What is rejected is discarded; the session goes on. */
static void session_goes_on(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu sent;

	reject(t, i, &sent);
	EXPECT_ALIVE(t, i);
}

/* Section 7.3: a Reject ends no task by itself: the write that waits gets its data, and ends as it should. */
static void task_goes_on(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_pdu sent;

	reject(t, i, &sent);
	assay_finish_write(t, i, &w);
}

/* Section 7.3: the CmdSN of a rejected command counts as never received; the next command fills the gap that it left. */
static void command_was_not_received(struct assay_t *t)
{
	static const char twice[] = "MaxRecvDataSegmentLength=8192\0MaxRecvDataSegmentLength=4096";
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu pdu, answer;
	uint32_t ping;

	assay_make(i, &pdu, ASSAY_TEXT_REQUEST);
	pdu.data = (const uint8_t *)twice;
	pdu.data_length = sizeof(twice);
	REQUIRE(t, i, assay_send(i, &pdu));
	answer = take_reject(t, i, "blocked-by:negotiation.repeated-key-in-text");
	EXPECT_EQ(t, answer.exp_cmd_sn, pdu.cmd_sn);
	ping = assay_send_ping(t, i, pdu.cmd_sn);
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, ping, "an answer to the command that fills the gap");
}

/* The same in a discovery session, for a command that does not belong there. */
static void discovery_command_was_not_received(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_discovery(t);
	const char *text;
	struct assay_pdu pdu, answer;

	assay_make(i, &pdu, ASSAY_SCSI_COMMAND);
	REQUIRE(t, i, assay_send(i, &pdu));
	answer = take_reject(t, i, NULL);
	EXPECT_EQ(t, answer.exp_cmd_sn, pdu.cmd_sn);
	i->session->cmd_sn = pdu.cmd_sn;
	EXPECT(t, assay_send_targets(i, &text, "All") >= 0, "an answer to the request that fills the gap",
		"%s", i->error.message);
}

/* A TEST UNIT READY that no other task of the unit holds up, not even one that another session has put in order: head of queue. */
static uint32_t send_ahead(struct assay_t *t, struct assay_initiator *i, uint32_t itt)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_SCSI_COMMAND);
	pdu.immediate = 1;
	pdu.attr = ASSAY_ATTR_HEAD_OF_QUEUE;
	pdu.lun = assay_lun(t);
	pdu.itt = itt == ASSAY_TAG_RESERVED ? pdu.itt : itt;
	REQUIRE(t, i, assay_send(i, &pdu));
	return pdu.itt;
}

/* Is it the Reject of the request with that tag? */
static bool rejects(const struct assay_pdu *answer, uint32_t itt)
{
	return answer->opcode == ASSAY_REJECT && answer->data_length >= ASSAY_BHS_LENGTH &&
	       assay_get_be32(answer->data + 16) == itt;
}

/* Is such a command served beside a write that waits? Not by a target that takes no immediate commands, or that holds up everything for the data of a write. */
static void need_served_ahead(struct assay_t *t, struct assay_initiator *i)
{
	uint32_t itt = send_ahead(t, i, ASSAY_TAG_RESERVED);
	struct assay_pdu answer;
	int result = assay_recv(i, &answer);

	if (result == ASSAY_E_TIMEOUT)
		assay_skip(t, "blocked-by:nop.beside-a-task");
	REQUIRE(t, i, result);
	if (rejects(&answer, itt))
		assay_skip(t, "not-offered");
}

/* SAM-5, overlapped commands: CHECK CONDITION, ABORTED COMMAND, OVERLAPPED COMMANDS ATTEMPTED (4Eh/00h), which ends the first command as well. */
static bool overlapped(
	struct assay_t *t, struct assay_initiator *i, struct assay_task *task, const struct assay_pdu *answer)
{
	if (answer->opcode != ASSAY_SCSI_RESPONSE || answer->itt != task->itt || answer->status != 2)
		return false;
	REQUIRE(t, i, assay_task_take(i, task, answer));
	return task->sense_key == 0xb && task->asc == 0x4e && !task->ascq;
}

/*
 * Sections 4.2.2.1 and 11.17.1: what comes with the tag of a live task is looked up by the tag first: it is a retry, which gets no answer, or a Reject, reason 7, says that the task is in
 * progress. The first task waits for its data meanwhile; a command of the same kind behind it shows that the time is over. It is a SHOULD: section 11.2.1.8 binds the initiator, the look-up
 * of section 4.2.2.1 is about numbered requests that are sent again (numbering.retry-of-live-command), which an immediate command is not, and SAM-5 leaves it to the transport
 * whether overlapped commands have to be detected. Who does may also answer as SAM-5 has it.
 */
static void tag_in_use(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_pdu answer;
	unsigned executed = 0;
	uint32_t barrier;

	need_served_ahead(t, i);
	send_ahead(t, i, w.task->itt);
	barrier = send_ahead(t, i, ASSAY_TAG_RESERVED);
	for (unsigned n = 0; n < 3; n++) {
		REQUIRE(t, i, assay_recv(i, &answer));
		if (answer.itt == barrier)
			break;
		if (rejects(&answer, barrier)) /* one immediate command too many: nothing is shown */
			assay_skip(t, "not-offered");
		executed += answer.opcode != ASSAY_REJECT && !overlapped(t, i, w.task, &answer);
	}
	EXPECT(t, !executed, "a Reject, no answer, or OVERLAPPED COMMANDS ATTEMPTED (0b/4e/00)", "%u PDUs",
		executed);
	if (!w.task->done)
		assay_finish_write(t, i, &w);
}

/* Sections 11 and 11.3.1: task attributes 5 to 7 are reserved, and that is a protocol error. */
static void reserved_attribute(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_SCSI_COMMAND);
	pdu.immediate = 1;
	pdu.lun = assay_lun(t);
	pdu.attr = 7;
	REQUIRE(t, i, assay_send(i, &pdu));
	EXPECT_REFUSED(t, i, 0x04, 0x09);
}

/* Section 11.2.1.8: 0xffffffff is no task's tag. */
static void command_without_tag(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_SCSI_COMMAND);
	pdu.immediate = 1;
	pdu.lun = assay_lun(t);
	pdu.itt = ASSAY_TAG_RESERVED;
	REQUIRE(t, i, assay_send(i, &pdu));
	EXPECT_REFUSED(t, i, 0x04, 0x09);
}

/* Section 7.7: a data segment longer than the target takes is a format error. All of it goes out: a target need not say so before it has it. */
static void oversized_data_segment(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t length = i->negotiation.params.target_max_recv + 512;
	struct assay_pdu pdu;
	int result;

	if (length > ASSAY_DATA_SEGMENT_MAX)
		assay_skip(t, "not-offered");
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	pdu.immediate = 1;
	pdu.data = assay_alloc(t, length);
	pdu.data_length = length;
	assay_fill(t, (void *)(uintptr_t)pdu.data, length);
	result = assay_send(i, &pdu);
	if (result != ASSAY_E_CLOSED && result != ASSAY_E_RESET)
		REQUIRE(t, i, result);
	EXPECT_REFUSED(t, i, 0x04, 0x05, 0x09);
}

static const struct assay_test tests[] = {
	{ .id = "reject.unassigned-opcodes",
		.reqs = "R7143-11.2.1.2-02 R7143-11-03",
		.section = "11.2.1.2",
		.level = MUST,
		.run = unassigned_opcodes,
		.desc = "rejects opcodes that are not assigned",
		.defects = "reject-silent reject-wrong-reason" },
	{ .id = "reject.target-opcodes",
		.reqs = "R7143-11.2.1.2-02",
		.section = "11.2.1.2",
		.level = MUST,
		.run = target_opcodes,
		.desc = "refuses a target's opcodes from an initiator",
		.defects = "reject-silent" },
	{ .id = "reject.login-in-full-feature-phase",
		.reqs = "R7143-11-03",
		.section = "7.13",
		.level = MUST,
		.run = login_in_full_feature_phase,
		.desc = "refuses a Login Request in the full feature phase",
		.defects = "reject-silent" },
	{ .id = "reject.tag",
		.reqs = "R7143-11.17-01",
		.section = "11.17",
		.level = MUST,
		.run = tag,
		.desc = "rejects with the ITT 0xffffffff",
		.defects = "reject-copies-itt" },
	{ .id = "reject.header",
		.reqs = "R7143-11.17.4-01",
		.section = "11.17.4",
		.level = MUST,
		.run = header,
		.desc = "returns the header of the PDU that it rejects",
		.defects = "reject-no-header" },
	{ .id = "reject.takes-stat-sn",
		.reqs = "R7143-11.17.3-01",
		.section = "11.17.3",
		.level = MUST,
		.run = takes_stat_sn,
		.desc = "advances StatSN with a Reject",
		.defects = "reject-statsn-stuck" },
	{ .id = "reject.session-goes-on",
		.reqs = "R7143-7.3-01",
		.section = "7.3",
		.level = MUST,
		.run = session_goes_on,
		.desc = "goes on with the session after a Reject",
		.defects = "reject-closes" },
	{ .id = "reject.task-goes-on",
		.reqs = "R7143-7.3-01",
		.section = "7.3",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = task_goes_on,
		.desc = "ends no active task by a Reject",
		.defects = "reject-ends-tasks" },
	{ .id = "reject.command-was-not-received",
		.reqs = "R7143-7.3-02",
		.section = "7.3",
		.level = MUST,
		.run = command_was_not_received,
		.desc = "does not count the CmdSN of a rejected command as received",
		.defects = "reject-takes-cmdsn" },
	{ .id = "reject.discovery-command-was-not-received",
		.reqs = "R7143-7.3-02",
		.section = "7.3",
		.level = MUST,
		.run = discovery_command_was_not_received,
		.desc = "does not count the CmdSN of a command rejected in a discovery session",
		.defects = "reject-takes-cmdsn" },
	{ .id = "reject.tag-in-use",
		.reqs = "R7143-11.2.1.8-03",
		.section = "11.17.1",
		.level = SHOULD,
		.needs = ASSAY_NEED_WRITE,
		.run = tag_in_use,
		.desc = "executes no second command with the ITT of a live task",
		.defects = "itt-reuse-accepted" },
	{ .id = "reject.reserved-attribute",
		.reqs = "R7143-11.3.1-05 R7143-11-03",
		.section = "11.3.1",
		.level = MUST,
		.run = reserved_attribute,
		.desc = "refuses a command with a reserved task attribute",
		.defects = "format-error-ignored" },
	{ .id = "reject.command-without-tag",
		.reqs = "R7143-11.17.1-05",
		.section = "11.17.1",
		.level = SHOULD,
		.run = command_without_tag,
		.desc = "refuses a command with the ITT 0xffffffff",
		.defects = "itt-reserved-accepted" },
	{ .id = "reject.oversized-data-segment",
		.reqs = "R7143-7.7-03",
		.section = "7.7",
		.level = MUST,
		.run = oversized_data_segment,
		.desc = "refuses a data segment longer than its MaxRecvDataSegmentLength",
		.defects = "too-long-ignored" },
};

const struct assay_suite assay_suite_reject_reasons = {
	.name = "reject",
	.desc = "Reject: reasons, fields, what goes on",
	ASSAY_TESTS(tests),
};
