/* scsi_read.c - READ(6), (10), (12), (16): SBC-2 section 5.5, SBC-3 sections 5.11 to 5.13; LBA and length limits. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

/* The four forms of the command as libiscsi builds them, for one block count. */
static struct scsi_task *form(unsigned size, uint64_t lba, uint32_t blocks, uint32_t block_size)
{
	uint32_t length = blocks * block_size;

	switch (size) {
	case 6: return scsi_cdb_read6((uint32_t)lba, length, (int)block_size);
	case 10: return scsi_cdb_read10((uint32_t)lba, length, (int)block_size, 0, 0, 0, 0, 0);
	case 12: return scsi_cdb_read12((uint32_t)lba, length, (int)block_size, 0, 0, 0, 0, 0);
	default: return scsi_cdb_read16(lba, length, (int)block_size, 0, 0, 0, 0, 0);
	}
}

/* The medium of the unit under test; a skip where it has fewer blocks. */
static struct assay_medium has_blocks(struct assay_t *t, struct assay_initiator *i, uint64_t blocks)
{
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));

	if (medium.last_lba + 1 < blocks)
		assay_skip(t, "not-offered");
	return medium;
}

/*
 * One form reads what READ(10) reads. A form that the unit does not have (20h/00h) decides nothing, nor do blocks that somebody writes meanwhile: READ(10)
 * before and after tells.
 */
static void same_data(struct assay_t *t, unsigned size)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = has_blocks(t, i, 5);
	struct assay_task *before, *other, *after = assay_scsi(t, i, form(10, 1, 4, medium.block_size));
	unsigned tries = 0;

	do {
		before = after;
		other = assay_scsi_offered(t, assay_scsi(t, i, form(size, 1, 4, medium.block_size)));
		after = assay_scsi(t, i, form(10, 1, 4, medium.block_size));
		EXPECT_GOOD(t, before);
		EXPECT_GOOD(t, other);
		EXPECT_EQ(t, other->data_in_length, 4 * medium.block_size);
	} while (memcmp(assay_scsi_data(before), assay_scsi_data(after), 4 * medium.block_size) != 0 &&
		 ++tries < 4);
	EXPECT(t,
		tries == 4 ||
			memcmp(assay_scsi_data(before), assay_scsi_data(other), 4 * medium.block_size) == 0,
		"the data of READ(10)", "other data");
}

static void read_6(struct assay_t *t)
{
	same_data(t, 6);
}

static void read_12(struct assay_t *t)
{
	same_data(t, 12);
}

static void read_16(struct assay_t *t)
{
	same_data(t, 16);
}

/* READ(6) with length 0 reads 256 blocks. */
static void read_6_zero(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = has_blocks(t, i, 256);
	const uint8_t cdb[6] = { 0x08 };
	struct assay_task *task = assay_scsi_cdb(
		t, i, assay_lun(t), cdb, sizeof(cdb), 256 * medium.block_size, NULL, 0);

	assay_scsi_offered(t, task);
	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->data_in_length, 256 * medium.block_size);
}

/* In the other forms length 0 reads nothing, and that is GOOD. */
static void zero_blocks(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));

	for (unsigned size = 10; size <= 16; size += 2) {
		struct assay_task *task = size == 14 ? NULL
						     : assay_scsi(t, i, form(size, 0, 0, medium.block_size));

		if (!task || (task->status == 2 && task->asc == 0x20))
			continue;
		EXPECT_GOOD(t, task);
		EXPECT_EQ(t, task->data_in_length, 0);
	}
}

/* Past the last block: ILLEGAL REQUEST, LBA OUT OF RANGE, no data. */
static void out_of_range(struct assay_t *t, unsigned size, uint64_t from_end, uint32_t blocks)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *task;

	if (size < 16 && medium.last_lba >= UINT32_MAX - 1)
		assay_skip(t, "not-offered");
	task = assay_scsi_offered(
		t, assay_scsi(t, i, form(size, medium.last_lba + 1 - from_end, blocks, medium.block_size)));
	EXPECT_SENSE(t, task, 0x5, 0x2100);
	EXPECT_EQ(t, task->data_in_length, 0);
}

static void beyond_end(struct assay_t *t)
{
	out_of_range(t, 10, 0, 1);
}

static void across_end(struct assay_t *t)
{
	out_of_range(t, 10, 1, 2);
}

static void across_end_16(struct assay_t *t)
{
	out_of_range(t, 16, 1, 2);
}

/* LBA and length whose sum wraps at 2^64 (or 2^32) are out of range like any other. */
static void wrapping_range(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *sixteen;

	if (medium.last_lba < UINT32_MAX - 1)
		EXPECT_SENSE(t, assay_scsi(t, i, form(10, UINT32_MAX, 2, medium.block_size)), 0x5, 0x2100);
	sixteen = assay_scsi_offered(t, assay_scsi(t, i, form(16, UINT64_MAX, 2, medium.block_size)));
	EXPECT_SENSE(t, sixteen, 0x5, 0x2100);
	EXPECT_EQ(t, sixteen->data_in_length, 0);
}

/* RDPROTECT on a unit without protection information. */
static void read_protect(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *inquiry = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 36));

	if (inquiry->data_in_length >= 6 && assay_scsi_data(inquiry)[5] & 1)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t,
		assay_scsi(
			t, i, scsi_cdb_read10(0, medium.block_size, (int)medium.block_size, 1, 0, 0, 0, 0)),
		0x5, 0x2400);
}

/* FUA and DPO are taken where MODE SENSE says DPOFUA=1. */
static void dpo_fua(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *mode = assay_scsi(t, i, scsi_cdb_modesense6(0, 0, 0x3f, 0, 255)), *task;

	if (mode->status != 0 || mode->data_in_length < 4 || !(assay_scsi_data(mode)[2] & 0x10))
		assay_skip(t, "not-offered");
	task = assay_scsi(t, i, scsi_cdb_read10(0, medium.block_size, (int)medium.block_size, 0, 1, 1, 0, 0));
	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->data_in_length, medium.block_size);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.read-6",
		.reqs = "S-READ-01",
		.section = "SBC-2 5.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_6,
		.desc = "reads with READ(6) what it reads with READ(10)",
		.defects = "read-6-lba-off-by-one" },
	{ .id = "scsi.read-12",
		.reqs = "S-READ-02",
		.section = "SBC-3 5.12",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_12,
		.desc = "reads with READ(12) what it reads with READ(10)",
		.defects = "read-12-lba-off-by-one" },
	{ .id = "scsi.read-16",
		.reqs = "S-READ-06",
		.section = "SBC-3 5.13",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_16,
		.desc = "reads with READ(16) what it reads with READ(10)",
		.defects = "read-16-lba-off-by-one" },
	{ .id = "scsi.read-6-zero-is-256",
		.reqs = "S-READ-01",
		.section = "SBC-2 5.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_6_zero,
		.desc = "reads 256 blocks with READ(6) and length 0",
		.defects = "read-6-zero-is-nothing" },
	{ .id = "scsi.read-zero-blocks",
		.reqs = "S-READ-02",
		.section = "SBC-3 5.11",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = zero_blocks,
		.desc = "reads nothing, with GOOD, when READ(10), (12) or (16) asks for no blocks",
		.defects = "read-zero-blocks-refused" },
	{ .id = "scsi.read-beyond-end",
		.reqs = "S-LBA-01",
		.section = "SBC-3 4.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = beyond_end,
		.desc = "refuses to read behind the last block with 21h/00h",
		.defects = "lba-limit-unchecked lba-wrong-sense" },
	{ .id = "scsi.read-across-end",
		.reqs = "S-LBA-01",
		.section = "SBC-3 4.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = across_end,
		.desc = "refuses a read that begins on the last block and goes on behind it",
		.defects = "lba-only-start-checked" },
	{ .id = "scsi.read-16-across-end",
		.reqs = "S-LBA-01",
		.section = "SBC-3 4.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = across_end_16,
		.desc = "refuses a READ(16) that begins on the last block and goes on behind it",
		.defects = "lba-only-start-checked" },
	{ .id = "scsi.read-wrapping-range",
		.reqs = "S-LBA-02",
		.section = "SBC-3 4.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = wrapping_range,
		.desc = "refuses a range whose end wraps around",
		.defects = "lba-sum-wraps" },
	{ .id = "scsi.read-protect",
		.reqs = "S-READ-03",
		.section = "SBC-3 5.11",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_protect,
		.desc = "refuses RDPROTECT without protection information",
		.defects = "rdprotect-ignored" },
	{ .id = "scsi.read-dpo-fua",
		.reqs = "S-READ-04",
		.section = "SBC-3 5.11",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = dpo_fua,
		.desc = "takes DPO and FUA where MODE SENSE says DPOFUA=1",
		.defects = "fua-refused" },
};

const struct assay_suite assay_suite_scsi_read = {
	.name = "scsi",
	.desc = "READ",
	ASSAY_TESTS(tests),
};
