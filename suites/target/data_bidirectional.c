/*
 * data_bidirectional.c - commands that go both ways, R and W: RFC 7143 sections 4.2.2.4, 11.2.2.4 and 11.7.3. A READ that says W too is one for iSCSI; what the
 * target makes of it as SCSI is its own affair, and one that takes none is not asked further.
 */
#include <string.h>

#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

/* What came for the command, in the order of the numbers that R2T and Data-In share. */
struct both {
	struct assay_task *task;
	uint32_t numbered; /* R2T and Data-In whose numbers were 0, 1, 2 and so on */
	uint32_t count; /* of them all */
};

static void count(struct both *b, const struct assay_pdu *pdu)
{
	if (pdu->opcode != ASSAY_DATA_IN && pdu->opcode != ASSAY_R2T)
		return;
	b->numbered += b->numbered == b->count &&
		       (pdu->opcode == ASSAY_R2T ? pdu->r2t_sn : pdu->data_sn) == b->count;
	b->count++;
}

/* A READ of eight blocks in small pieces that announces a block to write as well. */
static struct both both_ways(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL);
	struct assay_place place = assay_place(t, 8);
	struct both b = { 0 };
	struct assay_pdu pdu;

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	b.task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_read10((uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 0, 0, 0),
		assay_alloc(t, place.block_size), place.block_size);
	REQUIRE(t, i, assay_await_window(i));
	REQUIRE(t, i, assay_task_start(i, b.task));
	while (!b.task->done) {
		int result = assay_await(i, &pdu, b.task->itt);

		if (result == ASSAY_E_REJECT || result == ASSAY_E_CLOSED || result == ASSAY_E_RESET)
			assay_skip(t, "not-offered");
		REQUIRE(t, i, result);
		count(&b, &pdu);
		REQUIRE(t, i, assay_task_take(i, b.task, &pdu));
	}
	if (b.task->response || b.task->status)
		assay_skip(t, "not-offered");
	EXPECT(t,
		b.task->data_in_length == place.length &&
			memcmp(b.task->data_in, place.pattern, place.length) == 0,
		"the bytes that were read", "%u of %u bytes, or other ones", b.task->data_in_length,
		place.length);
	return b;
}

/* Section 11.7.3: status in Data-In is not for these commands: it has residuals both ways to tell. */
static void status_in_response(struct assay_t *t)
{
	EXPECT_EQ(t, both_ways(t).task->status_in_data, 0);
}

/* Section 4.2.2.4: the R2Ts and the Data-In of a command share their numbers when it goes both ways. */
static void numbered_together(struct assay_t *t)
{
	struct both b = both_ways(t);

	EXPECT(t, b.numbered == b.count, "R2T and Data-In numbered 0, 1, 2 and so on, together",
		"another number after %u of %u", b.numbered, b.count);
}

static const struct assay_test tests[] = {
	{ .id = "data.bidirectional-status",
		.reqs = "R7143-11.7.3-02",
		.section = "11.7.3",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = status_in_response,
		.desc = "sends the status of a command with R and W in a SCSI Response",
		.defects = "bidi-status-in-data data-in-no-final" },
	{ .id = "data.bidirectional-numbers",
		.reqs = "R7143-4.2.2.4-07",
		.section = "4.2.2.4",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = numbered_together,
		.desc = "numbers the R2Ts and Data-In of a command with R and W from 0, in one sequence",
		.defects = "datasn-stuck" },
};

const struct assay_suite assay_suite_data_bidirectional = {
	.name = "data",
	.desc = "commands that go both ways",
	ASSAY_TESTS(tests),
};
