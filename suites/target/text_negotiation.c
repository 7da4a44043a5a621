/* text_negotiation.c - what a text sequence in the full feature phase negotiates, when it takes effect, and when not: RFC 7143 sections 6.4 and 7.12. What single keys
 * mean is the area negotiation's. */
#include "suites/target/talk.h"
#include "suites/target/target_suites.h"

#define OWN_LIMIT 512 /* bytes: the least MaxRecvDataSegmentLength that there is */
#define PING      (OWN_LIMIT + 88) /* bytes of a ping that shows which limit is in force */

/* Section 6.4: a parameter declared twice in one sequence is answered by a Reject, reason protocol error, where the target detects it. That it has to is not said, other than in
 * section 6.3 of the login; negotiation.repeated-key-in-text-reason holds who does to the reason. */
static void declared_twice(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, true);

	assay_say(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=8192\0MaxRecvDataSegmentLength=4096"));
	EXPECT_REJECT(t, i, 0x04);
}

static void declared_again(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(t, assay_connect_full_feature(t));
	struct assay_pdu pdu = assay_talk_first(i, true);

	pdu.final = 0;
	assay_talk(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=8192"));
	pdu.final = 1;
	assay_say(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=4096"));
	EXPECT_REJECT(t, i, 0x04);
}

/* How much of a ping comes back shows which MaxRecvDataSegmentLength of ours the target goes by. */
static void expect_echo(struct assay_t *t, struct assay_initiator *i, uint32_t length)
{
	uint8_t data[PING] = { 0 };
	struct assay_pdu answer;

	if (i->negotiation.params.target_max_recv < PING)
		assay_skip(t, "not-offered");
	REQUIRE(t, i, assay_nop(i, data, PING, &answer));
	EXPECT_EQ(t, answer.data_length, length);
}

/* What a sequence negotiates takes effect when the sequence is over, not before. */
static void effective_at_the_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "8192", NULL));
	struct assay_pdu pdu = assay_talk_first(i, false), response;

	pdu.final = 0;
	assay_talk(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=512"));
	expect_echo(t, i, PING);
	pdu.final = 1;
	response = assay_talk(t, i, &pdu, NULL, 0);
	EXPECT_EQ(t, response.final, 1);
	expect_echo(t, i, OWN_LIMIT);
}

/* Section 7.12: of a negotiation that failed nothing takes effect. */
static void failed_has_no_effect(struct assay_t *t)
{
	struct assay_initiator *i = assay_talker(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "8192", NULL));
	struct assay_pdu pdu = assay_talk_first(i, true), response;
	int result;

	pdu.final = 0;
	assay_talk(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=512"));
	pdu.final = 1;
	assay_say(t, i, &pdu, TEXT("MaxRecvDataSegmentLength=1024"));
	result = assay_recv(i, &response);
	/* taken for good, it did not fail; and behind the end of the connection there is nothing to look at */
	if (result == ASSAY_E_CLOSED || result == ASSAY_E_RESET ||
		(!result && response.opcode == ASSAY_TEXT_RESPONSE))
		assay_skip(t, "blocked-by:text.declared-again");
	REQUIRE(t, i, result);
	EXPECT(t, response.opcode == ASSAY_REJECT, "a Reject", "opcode 0x%02x", response.opcode);
	expect_echo(t, i, PING);
}

static const struct assay_test tests[] = {
	{ .id = "text.declared-twice",
		.reqs = "R7143-6.4-10",
		.section = "6.4",
		.level = SHOULD,
		.run = declared_twice,
		.desc = "rejects a text that declares a key twice as a protocol error",
		.defects = "text-renegotiation-accepted" },
	{ .id = "text.declared-again",
		.reqs = "R7143-6.4-10",
		.section = "6.4",
		.level = SHOULD,
		.run = declared_again,
		.desc = "rejects a key that was declared earlier in the same sequence as a protocol error",
		.defects = "text-renegotiation-accepted" },
	{ .id = "text.effective-at-the-end",
		.reqs = "R7143-6.2-20 R7143-13.12-04",
		.section = "6.4",
		.level = MUST,
		.run = effective_at_the_end,
		.desc = "goes by what was negotiated once the sequence is over, and not before",
		.defects = "text-effective-at-once text-receive-length-ignored" },
	{ .id = "text.failed-has-no-effect",
		.reqs = "R7143-7.12-02 R7143-7.12-03 R7143-6.2-20",
		.section = "7.12",
		.level = MUST,
		.run = failed_has_no_effect,
		.desc = "lets nothing of a failed negotiation take effect",
		.defects = "text-effective-at-once" },
};

const struct assay_suite assay_suite_text_negotiation = {
	.name = "text",
	.desc = "text negotiation: what takes effect, and when",
	ASSAY_TESTS(tests),
};
