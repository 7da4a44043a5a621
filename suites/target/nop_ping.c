/* nop_ping.c - NOP-Out and NOP-In: pings, their data and tags: RFC 7143 sections 11.18 and 11.19. */
#include <string.h>

#include "suites/target/common.h"
#include "suites/target/target_suites.h"

#define OWN_LIMIT 512 /* bytes: the least MaxRecvDataSegmentLength that there is */

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A ping with that much data; the answer has the first expected bytes of it, and no more. */
static void expect_echo(struct assay_t *t, struct assay_initiator *i, uint32_t length, uint32_t expected)
{
	uint8_t *data = assay_alloc(t, length + 1);
	struct assay_pdu answer;

	assay_fill(t, data, length);
	REQUIRE(t, i, assay_nop(i, data, length, &answer));
	EXPECT_EQ(t, answer.data_length, expected);
	EXPECT(t,
		answer.data_length > length || !answer.data_length ||
			memcmp(answer.data, data, answer.data_length) == 0,
		"the bytes of the ping", "other bytes among %u", answer.data_length);
}

/* A NOP-Out with a valid Initiator Task Tag is answered, with that tag and without a Target Transfer Tag. */
static void tags(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu ping, answer;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.itt = 0xfffffffe;
	REQUIRE(t, i, assay_send(i, &ping));
	EXPECT_NEXT(t, i, &answer, ASSAY_NOP_IN, ping.itt, "a NOP-In with the ping's ITT");
	EXPECT_EQ(t, answer.ttt, ASSAY_TAG_RESERVED);
	EXPECT_EQ(t, answer.final, 1);
}

/* Section 11: what is reserved is sent as 0. */
static void reserved_fields_zero(struct assay_t *t)
{
	static const uint8_t zeros[12];
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu answer;

	REQUIRE(t, i, assay_nop(i, NULL, 0, &answer));
	EXPECT_EQ(t, answer.bhs[1], 0x80);
	EXPECT(t, memcmp(answer.bhs + 2, zeros, 2) == 0 && memcmp(answer.bhs + 36, zeros, 12) == 0,
		"zeros in bytes 2, 3 and 36 to 47", "something else");
}

/* Zero is a tag like any other: only 0xffffffff is none. */
static void tag_zero(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu ping;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.itt = 0;
	REQUIRE(t, i, assay_send(i, &ping));
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, 0, "a NOP-In with ITT 0");
}

/* Ping data comes back; a length of 0 means none. */
static void no_data(struct assay_t *t)
{
	expect_echo(t, assay_connect_full_feature(t), 0, 0);
}

/* Padding to four bytes is none of it: the length that comes back is the one that was sent. */
static void unaligned_data(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	for (uint32_t length = 1; length <= 5; length++)
		expect_echo(t, i, length, length);
}

/* As much as either side takes in one PDU comes back whole. */
static void longest_data(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const struct assay_params *p = &i->negotiation.params;
	uint32_t length = smaller(smaller(p->target_max_recv, p->initiator_max_recv), 1 << 20);

	expect_echo(t, i, length, length);
}

/* What comes back is limited by the initiator's MaxRecvDataSegmentLength: the first bytes up to there. */
static void limited_data(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL);
	uint32_t length = smaller(i->negotiation.params.target_max_recv, OWN_LIMIT + 100);

	if (length <= OWN_LIMIT)
		assay_skip(t, "not-offered");
	expect_echo(t, i, length, OWN_LIMIT);
	EXPECT_ALIVE(t, i);
}

/* An immediate ping is answered as well. */
static void immediate(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu answer;

	EXPECT_QUIET(t, i, &answer);
	EXPECT_EQ(t, answer.ttt, ASSAY_TAG_RESERVED);
}

/* A ping, so many NOP-Outs without a tag and a ping, in one piece: a target has the next one before it has answered the first. Takes the first answer, returns the
 * last one's ITT. */
static uint32_t send_without_tag(struct assay_t *t, struct assay_initiator *i, unsigned count)
{
	uint8_t *wire = assay_alloc(t, (count + 2) * 64);
	uint32_t first = 0;
	size_t length = 0;
	struct assay_pdu pdu;

	for (unsigned n = 0; n < count + 2; n++) {
		assay_make(i, &pdu, ASSAY_NOP_OUT);
		if (n == 0)
			first = pdu.itt;
		pdu.immediate = 1;
		if (n > 0 && n <= count)
			pdu.itt = ASSAY_TAG_RESERVED;
		pdu.data = (const uint8_t *)"echo";
		pdu.data_length = 4;
		length += (size_t)REQUIRE(t, i, assay_pdu_encode(wire + length, 64, &pdu, i->send_digests));
	}
	REQUIRE(t, i, assay_request_bytes_send(i, wire, length));
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, first, "the answer to the first ping");
	return pdu.itt;
}

/* A NOP-Out without a tag only acknowledges: what comes after it is served. */
static void goes_on_without_tag(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t ping = send_without_tag(t, i, 1);

	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, ping,
		"the answer to the ping that was sent next, and nothing before");
}

/* A NOP-Out without a tag asks for nothing, and gets nothing: pings would beget each other for ever. A target may send a NOP-In of its own at any
 * time, but hardly one for each of these. */
static void without_tag(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	unsigned count = 4, answers = 0;
	struct assay_pdu pdu;
	uint32_t ping = send_without_tag(t, i, count);

	do {
		if (assay_recv_any(i, &pdu) < 0)
			assay_skip(t, "blocked-by:nop.goes-on-without-tag");
		answers += pdu.itt != ping;
	} while (pdu.itt != ping && answers < count);
	EXPECT(t, answers < count, "no answer to a NOP-Out without ITT", "%u PDUs for %u", answers, count);
}

/* Pings sent without waiting are answered each, in their order, with their own data. */
static void several(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t room = i->session->max_cmd_sn - i->session->cmd_sn + 1, count = smaller(room, 8), itts[8];
	struct assay_pdu ping, answer;

	for (uint32_t n = 0; n < count; n++) {
		assay_make(i, &ping, ASSAY_NOP_OUT);
		itts[n] = ping.itt;
		ping.data = (const uint8_t *)&itts[n];
		ping.data_length = sizeof(itts[n]);
		REQUIRE(t, i, assay_send(i, &ping));
	}
	for (uint32_t n = 0; n < count; n++) {
		EXPECT_NEXT(t, i, &answer, ASSAY_NOP_IN, itts[n], "an answer to each ping, in their order");
		EXPECT(t, answer.data_length == 4 && memcmp(answer.data, &itts[n], 4) == 0,
			"the data of this ping", "%u bytes, or other ones", answer.data_length);
	}
}

/* A task that waits for its data holds no ping up. */
static void beside_a_task(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);

	EXPECT_SILENCE(t, i);
	assay_finish_write(t, i, &w);
}

/* Section 11: a receiver ignores what is reserved, be it set or not. */
static void reserved_fields_ignored(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu ping;
	uint8_t *wire;
	size_t length;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	wire = assay_request_bytes(t, i, &ping, &length);
	wire[1] |= 0x7f;
	memset(wire + 2, 0xff, 2);
	memset(wire + 32, 0xff, 16);
	REQUIRE(t, i, assay_request_bytes_send(i, wire, length));
	EXPECT_NEXT(t, i, NULL, ASSAY_NOP_IN, ping.itt, "an answer as if reserved fields were 0");
}

static const struct assay_test tests[] = {
	{ .id = "nop.tags",
		.reqs = "R7143-11.19-01 R7143-11.19-03 R7143-11.18.1-03",
		.section = "11.19",
		.level = MUST,
		.run = tags,
		.desc = "answers a ping with its ITT and the TTT 0xffffffff",
		.defects = "nop-wrong-itt nop-ttt-valid nop-silent nop-final-missing "
			   "nop-answered-by-nop-out nop-answered-by-text nop-opcode-unassigned "
			   "ahs-on-nop-in" },
	{ .id = "nop.reserved-fields-zero",
		.reqs = "R7143-11-01",
		.section = "11",
		.level = MUST,
		.run = reserved_fields_zero,
		.desc = "sends reserved fields of a NOP-In as 0",
		.defects = "nop-reserved-set" },
	{ .id = "nop.tag-zero",
		.reqs = "R7143-11.18.1-03 R7143-11.19-01",
		.section = "11.18.1",
		.level = MUST,
		.run = tag_zero,
		.desc = "answers a ping whose ITT is 0",
		.defects = "nop-tag-zero-is-none" },
	{ .id = "nop.no-data",
		.reqs = "R7143-11.19-02",
		.section = "11.18.3",
		.level = MUST,
		.run = no_data,
		.desc = "answers a ping without data without data",
		.defects = "nop-data-invented nop-in-unasked-with-data" },
	{ .id = "nop.unaligned-data",
		.reqs = "R7143-11.19-02",
		.section = "11.18.3",
		.level = MUST,
		.run = unaligned_data,
		.desc = "returns ping data in its length, padding apart",
		.defects = "nop-data-padded nop-data-lost padding-not-zero" },
	{ .id = "nop.longest-data",
		.reqs = "R7143-11.19-02",
		.section = "11.19",
		.level = MUST,
		.run = longest_data,
		.desc = "returns ping data of the whole MaxRecvDataSegmentLength",
		.defects = "nop-data-short" },
	{ .id = "nop.limited-data",
		.reqs = "R7143-11.19-02",
		.section = "11.19",
		.level = MUST,
		.run = limited_data,
		.desc = "returns ping data up to the initiator's MaxRecvDataSegmentLength",
		.defects = "nop-data-unlimited" },
	{ .id = "nop.immediate",
		.reqs = "R7143-11.18.1-03 R7143-11.19-03",
		.section = "11.18.1",
		.level = MUST,
		.run = immediate,
		.desc = "answers an immediate ping",
		.defects = "immediate-refused nop-wrong-itt" },
	{ .id = "nop.goes-on-without-tag",
		.reqs = "R7143-11.18.1-03",
		.section = "11.18.1",
		.level = MUST,
		.run = goes_on_without_tag,
		.desc = "answers a ping after a NOP-Out with the ITT 0xffffffff",
		.defects = "nop-untagged-closes" },
	{ .id = "nop.without-tag",
		.reqs = "R7143-11.19-04",
		.section = "11.19",
		.level = SHOULD,
		.run = without_tag,
		.desc = "does not answer a NOP-Out with the ITT 0xffffffff",
		.defects = "nop-answers-all" },
	{ .id = "nop.several",
		.reqs = "R7143-11.18.1-03 R7143-11.19-02",
		.section = "11.18.1",
		.level = MUST,
		.run = several,
		.desc = "answers each of several pings that are under way together",
		.defects = "nop-silent nop-data-lost response-twice async-event-unassigned async-with-itt "
			   "async-reserved-set async-tasks-terminated" },
	{ .id = "nop.beside-a-task",
		.reqs = "R7143-11.18.1-03",
		.section = "11.18.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = beside_a_task,
		.desc = "answers a ping while a task waits for its data",
		.defects = "nop-waits-for-tasks scsi-response-early" },
	{ .id = "nop.reserved-fields-ignored",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.run = reserved_fields_ignored,
		.desc = "ignores reserved fields of a NOP-Out",
		.defects = "reserved-fields-checked" },
};

const struct assay_suite assay_suite_nop_ping = {
	.name = "nop",
	.desc = "pings: tags, data, lengths",
	ASSAY_TESTS(tests),
};
