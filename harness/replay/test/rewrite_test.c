/* rewrite_test.c - a captured request for a live target: numbers keep their distance to the right ones, tags and LUNs become the live ones, and what was wrong in the bytes is wrong again. */
#include <string.h>

#include "codec/bytes.h"
#include "replay/rewrite.h"
#include "replay/tags.h"
#include "test/unit.h"

static struct assay_session captured, live;
static uint8_t wire[256], out[256];

static struct assay_rewrite start(void)
{
	captured = (struct assay_session){ .cmd_sn = 10, .tsih = 3 };
	live = (struct assay_session){ .cmd_sn = 7, .tsih = 9 };
	return (struct assay_rewrite){ .captured = { &captured, 100, true },
		.live = { &live, 5000, true },
		.isid = UINT64_C(0x80abcdef0001) };
}

/* As a capture has it. */
static struct assay_pdu decoded(const struct assay_pdu *pdu, unsigned digests)
{
	long length = assay_pdu_encode(wire, sizeof(wire), pdu, digests);
	struct assay_pdu result;

	CU_ASSERT_EQUAL_FATAL(assay_pdu_decode(&result, wire, (size_t)length, digests), length);
	return result;
}

static void numbers(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_COMMAND, .cmd_sn = 10, .exp_stat_sn = 100 }, got;
	struct assay_rewrite r = start();

	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.cmd_sn, 7);
	CU_ASSERT_EQUAL(got.exp_stat_sn, 5000);
	pdu.cmd_sn = 12; /* two too many, and an acknowledgment that lags */
	pdu.exp_stat_sn = 99;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.cmd_sn, 9);
	CU_ASSERT_EQUAL(got.exp_stat_sn, 4999);
	r.live.heard = false;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.exp_stat_sn, 99);
}

static void login(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_REQUEST, .isid = 5, .tsih = 3, .cmd_sn = 10 }, got;
	struct assay_rewrite r = start();

	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.isid, r.isid);
	CU_ASSERT_EQUAL(got.tsih, 9);
	CU_ASSERT_EQUAL(got.cmd_sn, 7);
	pdu.tsih = 4; /* no session of the capture's */
	r.first_login = true;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.tsih, 4);
	CU_ASSERT_EQUAL(got.cmd_sn, 10);
}

static void tags(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_DATA_OUT, .lun = 1, .ttt = 5 }, got;
	struct assay_rewrite r = start();

	r.lun_mapped = r.tagged = true;
	r.captured_lun = 1;
	r.live_lun = 2;
	r.captured_tag = (struct assay_rewrite_tag){ 5, 1 };
	r.live_tag = (struct assay_rewrite_tag){ 0x77, 3 };
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.ttt, 0x77);
	CU_ASSERT_EQUAL(got.lun, 3);
	pdu.ttt = 6; /* not the one that was given */
	pdu.lun = 4;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.ttt, 6);
	CU_ASSERT_EQUAL(got.lun, 4);
	pdu = (struct assay_pdu){ .opcode = ASSAY_TASK_MANAGEMENT_REQUEST, .lun = 1, .ref_cmd_sn = 21 };
	r.tagged = false;
	r.referenced = true;
	r.captured_ref = 20;
	r.live_ref = 15;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.lun, 2);
	CU_ASSERT_EQUAL(got.ref_cmd_sn, 16);
}

/* Turned twice, a tag is what it was; edges stay. Whatever has a tag has it turned, and what refers to a task, too. */
static void task_tags(void)
{
	static const uint32_t edges[] = { 0, 0xfffffffe, 0xffffffff };
	static const uint64_t seeds[] = { 0, UINT64_C(0x12345678) << 32, UINT64_MAX };
	struct assay_pdu pdu = { .opcode = ASSAY_TASK_MANAGEMENT_REQUEST, .function = 1, .itt = 9, .rtt = 7 },
			 got;
	struct assay_rewrite r = start();

	for (size_t n = 0; n < sizeof(seeds) / sizeof(seeds[0]); n++) {
		r.turn = assay_tag_turn_by(seeds[n]);
		CU_ASSERT(r.turn != 0 && (r.turn & 0xffff) == 0);
		for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++) {
			CU_ASSERT_EQUAL(assay_tag_turn(edges[e], r.turn), edges[e]);
			CU_ASSERT_EQUAL(assay_tag_turn(edges[e] ^ r.turn, r.turn), edges[e] ^ r.turn);
		}
		CU_ASSERT_NOT_EQUAL(assay_tag_turn(9, r.turn), 9);
		CU_ASSERT_EQUAL(assay_tag_turn(assay_tag_turn(9, r.turn), r.turn), 9);
	}
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.itt, assay_tag_turn(9, r.turn));
	CU_ASSERT_EQUAL(got.rtt, assay_tag_turn(7, r.turn));
	pdu.function = 5; /* it refers to none */
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.rtt, 7);
	r.turn = 0;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.itt, 9);
}

/* A status SNACK names a StatSN, a DataACK what is behind a Data-In; runs of a task's own numbers stay. */
static void runs(void)
{
	struct assay_pdu pdu = {
		.opcode = ASSAY_SNACK_REQUEST, .snack_type = 1, .beg_run = 98, .run_length = 2
	};
	struct assay_rewrite r = start();
	struct assay_pdu got;

	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.beg_run, 4998);
	pdu.beg_run = pdu.run_length = 0; /* all of them */
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.beg_run, 0);
	pdu = (struct assay_pdu){
		.opcode = ASSAY_SNACK_REQUEST, .snack_type = 0, .beg_run = 3, .run_length = 1
	};
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.beg_run, 3);
	pdu = (struct assay_pdu){ .opcode = ASSAY_SNACK_REQUEST, .snack_type = 2, .ttt = 5, .beg_run = 8 };
	r.tagged = r.acknowledges = true;
	r.captured_tag = (struct assay_rewrite_tag){ 5, 0 };
	r.live_tag = (struct assay_rewrite_tag){ 77, 0 };
	r.captured_data_sn = 7;
	r.live_data_sn = 3;
	assay_rewrite_fields(&got, &pdu, &r);
	CU_ASSERT_EQUAL(got.beg_run, 4);
	CU_ASSERT_EQUAL(got.ttt, 77);
}

/* An opcode that the standard does not define: all stays but the tag. */
static void unknown_opcode(void)
{
	const struct assay_pdu pdu = { .opcode = 0x1b, .itt = 9 };
	struct assay_rewrite r = start();
	struct assay_pdu from = decoded(&pdu, 0), fields;

	memset(wire + 20, 0x5a, 28);
	r.turn = assay_tag_turn_by(1);
	assay_rewrite_fields(&fields, &from, &r);
	CU_ASSERT_EQUAL_FATAL(assay_rewrite_encode(out, sizeof(out), &fields, &from, 0), 48);
	CU_ASSERT_EQUAL(assay_get_be32(out + 16), 9 ^ r.turn);
	assay_put_be32(out + 16, 9);
	CU_ASSERT_EQUAL(memcmp(out, wire, 48), 0);
}

static void reserved_bits_and_padding_stay(void)
{
	const struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.itt = 1,
		.cmd_sn = 10,
		.data = (const uint8_t *)"abcde",
		.data_length = 5 };
	struct assay_rewrite r = start();
	struct assay_pdu from = decoded(&pdu, 0), fields;

	wire[2] = 0x5a; /* reserved */
	wire[55] = 0xee; /* padding */
	assay_rewrite_fields(&fields, &from, &r);
	CU_ASSERT_EQUAL_FATAL(assay_rewrite_encode(out, sizeof(out), &fields, &from, 0), 56);
	CU_ASSERT_EQUAL(assay_get_be32(out + 24), 7);
	assay_put_be32(out + 24, 10);
	assay_put_be32(out + 28, 0);
	CU_ASSERT_EQUAL(memcmp(out, wire, 56), 0);
	CU_ASSERT_EQUAL(assay_rewrite_encode(out, 63, &fields, &from, 0), ASSAY_E_LIMIT);
}

/* Digests are those in force live, and as right as they were. */
static void digests(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.data = (const uint8_t *)"abcde",
		.data_length = 5,
		.overrides = ASSAY_OVERRIDE_DATA_DIGEST,
		.data_digest = 1 };
	unsigned both = ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST;
	struct assay_rewrite r = start();
	struct assay_pdu from = decoded(&pdu, both), fields, again;
	long length;

	CU_ASSERT_EQUAL(from.bad_digests, ASSAY_DATA_DIGEST);
	assay_rewrite_fields(&fields, &from, &r);
	length = assay_rewrite_encode(out, sizeof(out), &fields, &from, both);
	CU_ASSERT_EQUAL(assay_pdu_decode(&again, out, (size_t)length, both), length);
	CU_ASSERT_EQUAL(again.bad_digests, ASSAY_DATA_DIGEST);
	CU_ASSERT_EQUAL(assay_rewrite_encode(out, sizeof(out), &fields, &from, 0), 56);
	pdu.overrides = 0;
	from = decoded(&pdu, 0);
	assay_rewrite_fields(&fields, &from, &r);
	length = assay_rewrite_encode(out, sizeof(out), &fields, &from, both);
	CU_ASSERT_EQUAL(assay_pdu_decode(&again, out, (size_t)length, both), length);
	CU_ASSERT_EQUAL(again.bad_digests, 0);
	CU_ASSERT_EQUAL(again.digests, both);
}

static void undefined_opcodes_stay(void)
{
	struct assay_pdu pdu = { .opcode = 0x1c, .lun = 1, .itt = 5 }, from = decoded(&pdu, 0), fields;
	struct assay_rewrite r = start();

	r.lun_mapped = true;
	r.captured_lun = 1;
	for (unsigned n = 20; n < 48; n++)
		wire[n] = (uint8_t)n;
	assay_rewrite_fields(&fields, &from, &r);
	CU_ASSERT_EQUAL_FATAL(assay_rewrite_encode(out, sizeof(out), &fields, &from, 0), 48);
	CU_ASSERT_EQUAL(memcmp(out, wire, 48), 0);
}

static void units_of_a_capture(void)
{
	struct assay_script_item items[2] = {
		{ .pdu = { .opcode = ASSAY_SCSI_COMMAND, .lun = 1 } },
		{ .pdu = { .opcode = ASSAY_SCSI_COMMAND, .lun = 22, .read = 1, .cdb = { 0x28, [8] = 1 } } },
	};
	struct assay_script_task tasks[2] = { { .request = 0 }, { .request = 1 } };
	const struct assay_script s = { .items = items, .item_count = 2, .tasks = tasks, .task_count = 2 };
	uint64_t lun = 0;

	CU_ASSERT_TRUE(assay_script_io_lun(&lun, &s));
	CU_ASSERT_EQUAL(lun, 22);
	CU_ASSERT_TRUE(assay_script_has_io(&s, 22));
	CU_ASSERT_FALSE(assay_script_has_io(&s, 1)); /* TEST UNIT READY has no blocks */
}

static void attention_behind_inquiry(void)
{
	static const uint8_t sense[20] = { [1] = 18, [2] = 0x70, [4] = 6, [9] = 10, [14] = 0x29 };
	struct assay_script_item items[4] = {
		{ .pdu = { .opcode = ASSAY_SCSI_COMMAND, .cdb = { 0x12 } } },
		{ .pdu = { .opcode = ASSAY_SCSI_RESPONSE } },
		{ .pdu = { .opcode = ASSAY_SCSI_COMMAND } },
		{ .pdu = { .opcode = ASSAY_SCSI_RESPONSE, .status = 2, .data = sense, .data_length = 20 } },
	};
	struct assay_script_task tasks[2] = { { .request = 0, .answer = 1 }, { .request = 2, .answer = 3 } };
	const struct assay_script s = { .items = items, .item_count = 4, .tasks = tasks, .task_count = 2 };

	CU_ASSERT_TRUE(assay_script_begins_with_attention(&s));
	items[0].pdu.cdb[0] = 0x03; /* REQUEST SENSE, which would have told of it */
	CU_ASSERT_FALSE(assay_script_begins_with_attention(&s));
}

static CU_TestInfo tests[] = {
	UNIT_TEST(numbers),
	UNIT_TEST(login),
	UNIT_TEST(tags),
	UNIT_TEST(task_tags),
	UNIT_TEST(runs),
	UNIT_TEST(unknown_opcode),
	UNIT_TEST(reserved_bits_and_padding_stay),
	UNIT_TEST(digests),
	UNIT_TEST(undefined_opcodes_stay),
	UNIT_TEST(units_of_a_capture),
	UNIT_TEST(attention_behind_inquiry),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("rewrite", tests);
}
