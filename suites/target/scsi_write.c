/* scsi_write.c - WRITE(6), (10), (12), (16): SBC-2 section 5.24, SBC-3 sections 5.33 to 5.35. Each test has a region of its own on the unit that may be written. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

/* A CDB of the form with so many bytes; libiscsi has no WRITE(6) builder. */
static size_t form(uint8_t cdb[16], unsigned size, uint64_t lba, uint32_t blocks)
{
	memset(cdb, 0, 16);
	switch (size) {
	case 6:
		assay_put_be32(cdb, (uint32_t)lba & 0x1fffff);
		cdb[0] = 0x0a;
		cdb[4] = (uint8_t)blocks;
		break;
	case 12:
		cdb[0] = 0xaa;
		assay_put_be32(cdb + 2, (uint32_t)lba);
		assay_put_be32(cdb + 6, blocks);
		break;
	case 16:
		cdb[0] = 0x8a;
		assay_put_be64(cdb + 2, lba);
		assay_put_be32(cdb + 10, blocks);
		break;
	default:
		cdb[0] = 0x2a;
		assay_put_be32(cdb + 2, (uint32_t)lba);
		assay_put_be16(cdb + 7, (uint16_t)blocks);
	}
	return size;
}

/* What one form writes is read back by READ(10), at once and on another session too. */
static void read_back(struct assay_t *t, unsigned size)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 8);
	uint8_t cdb[16];
	struct assay_task *task;

	if (size == 6 && place.lba + place.blocks > 0x1fffff)
		assay_skip(t, "not-offered");
	task = assay_scsi_cdb(t, i, assay_write_lun(t), cdb, form(cdb, size, place.lba, place.blocks), 0,
		place.pattern, place.length);
	assay_scsi_offered(t, task);
	EXPECT_GOOD(t, task);
	assay_expect_medium(t, i, &place, place.pattern);
}

static void write_6(struct assay_t *t)
{
	read_back(t, 6);
}

static void write_10(struct assay_t *t)
{
	read_back(t, 10);
}

static void write_12(struct assay_t *t)
{
	read_back(t, 12);
}

static void write_16(struct assay_t *t)
{
	read_back(t, 16);
}

/* Written on one nexus, read at once on another. */
static void seen_by_other_session(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j;
	struct assay_place place = assay_place(t, 4);

	j = assay_connect_full_feature(t);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	assay_expect_medium(t, j, &place, place.pattern);
}

/* A write changes its own blocks and no others. */
static void neighbours_untouched(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place whole = assay_place(t, 6), middle = whole;
	uint8_t *expected = assay_alloc(t, whole.length);

	EXPECT_GOOD(t, assay_write10(t, i, &whole));
	middle.lba += 2;
	middle.blocks = 2;
	middle.length = 2 * whole.block_size;
	middle.pattern = assay_alloc(t, middle.length);
	memset(middle.pattern, 0xa5, middle.length);
	memcpy(expected, whole.pattern, whole.length);
	memcpy(expected + 2 * whole.block_size, middle.pattern, middle.length);
	EXPECT_GOOD(t, assay_write10(t, i, &middle));
	assay_expect_medium(t, i, &whole, expected);
}

/* WRITE(10) of no blocks is GOOD and takes no data. */
static void zero_blocks(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	uint8_t cdb[16];

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(
		t, assay_scsi_cdb(t, i, assay_write_lun(t), cdb, form(cdb, 10, place.lba, 0), 0, NULL, 0));
	assay_expect_medium(t, i, &place, place.pattern);
}

/* WRITE(6) with length 0 writes 256 blocks. */
static void write_6_zero(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 256);
	uint8_t cdb[16];
	struct assay_task *task;

	if (place.lba + place.blocks > 0x1fffff)
		assay_skip(t, "not-offered");
	task = assay_scsi_cdb(
		t, i, assay_write_lun(t), cdb, form(cdb, 6, place.lba, 0), 0, place.pattern, place.length);
	assay_scsi_offered(t, task);
	EXPECT_GOOD(t, task);
	assay_expect_medium(t, i, &place, place.pattern);
}

static struct assay_task *read_last(
	struct assay_t *t, struct assay_initiator *i, const struct assay_medium *m)
{
	uint32_t size = m->block_size;

	if (m->last_lba > UINT32_MAX)
		return assay_scsi_on(t, i, assay_write_lun(t),
			scsi_cdb_read16(m->last_lba, size, (int)size, 0, 0, 0, 0, 0));
	return assay_read10(t, i, m->last_lba, 1, size);
}

/* A range that reaches past the end is refused before a block is changed. */
static void across_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_write_lun(t));
	struct assay_place place = assay_place(t, 2);
	struct assay_task *before, *after;
	uint8_t cdb[16];
	size_t length = form(cdb, medium.last_lba > UINT32_MAX ? 16 : 10, medium.last_lba, 2);

	before = read_last(t, i, &medium);
	EXPECT_GOOD(t, before);
	EXPECT_SENSE(t, assay_scsi_cdb(t, i, assay_write_lun(t), cdb, length, 0, place.pattern, place.length),
		0x5, 0x2100);
	after = read_last(t, i, &medium);
	EXPECT_GOOD(t, after);
	EXPECT(t, memcmp(assay_scsi_data(before), assay_scsi_data(after), medium.block_size) == 0,
		"the last block as it was", "changed");
}

/* FUA: on the medium before GOOD, and readable. */
static void fua(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 2);
	struct assay_task *mode = assay_scsi_on(
		t, i, assay_write_lun(t), scsi_cdb_modesense6(0, 0, 0x3f, 0, 255));

	if (mode->status != 0 || mode->data_in_length < 4 || !(assay_scsi_data(mode)[2] & 0x10))
		assay_skip(t, "not-offered");
	EXPECT_GOOD(t, assay_scsi_write(t, i,
			       scsi_cdb_write10((uint32_t)place.lba, place.length, (int)place.block_size, 0,
				       0, 1, 0, 0),
			       place.pattern, place.length));
	assay_expect_medium(t, i, &place, place.pattern);
}

/* WRPROTECT on a unit without protection information is refused, and nothing is written. */
static void write_protect(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_task *inquiry = assay_scsi_on(t, i, assay_write_lun(t), scsi_cdb_inquiry(0, 0, 36));
	uint8_t *other = assay_alloc(t, place.length);

	if (inquiry->data_in_length >= 6 && assay_scsi_data(inquiry)[5] & 1)
		assay_skip(t, "not-offered");
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	memset(other, 0x5a, place.length);
	EXPECT_SENSE(t,
		assay_scsi_write(t, i,
			scsi_cdb_write10(
				(uint32_t)place.lba, place.length, (int)place.block_size, 1, 0, 0, 0, 0),
			other, place.length),
		0x5, 0x2400);
	assay_expect_medium(t, i, &place, place.pattern);
}

/* A mebibyte at once, more than one burst of most; less where the unit says so in page B0h (MAXIMUM TRANSFER LENGTH). */
static void large_write(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_vpd limits = assay_vpd_optional(t, i, assay_write_lun(t), 0xb0);
	uint32_t blocks = (1u << 20) / assay_medium(t, i, assay_write_lun(t)).block_size, most = 0;
	struct assay_place place;

	if (limits.length >= 12)
		most = assay_get_be32(limits.bytes + 8);
	place = assay_place(t, most && most < blocks ? most : blocks);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	assay_expect_medium(t, i, &place, place.pattern);
}

#define WRITES ASSAY_NEED_WRITE

static const struct assay_test tests[] = {
	{ .id = "scsi.write-6",
		.reqs = "S-WRITE-06",
		.section = "SBC-2 5.24",
		.level = MUST,
		.needs = WRITES,
		.run = write_6,
		.desc = "keeps what WRITE(6) writes",
		.defects = "write-6-lba-off-by-one" },
	{ .id = "scsi.write-10",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = write_10,
		.desc = "keeps what WRITE(10) writes",
		.defects = "write-last-block-lost" },
	{ .id = "scsi.write-12",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 5.34",
		.level = MUST,
		.needs = WRITES,
		.run = write_12,
		.desc = "keeps what WRITE(12) writes",
		.defects = "write-12-lba-off-by-one" },
	{ .id = "scsi.write-16",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 5.35",
		.level = MUST,
		.needs = WRITES,
		.run = write_16,
		.desc = "keeps what WRITE(16) writes",
		.defects = "write-16-lba-off-by-one" },
	{ .id = "scsi.write-seen-by-other-session",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 4.15",
		.level = MUST,
		.needs = WRITES,
		.run = seen_by_other_session,
		.desc = "shows written data at once on another session",
		.defects = "write-last-block-lost" },
	{ .id = "scsi.write-neighbours-untouched",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = neighbours_untouched,
		.desc = "changes the blocks of a write and no others",
		.defects = "write-one-block-more" },
	{ .id = "scsi.write-zero-blocks",
		.reqs = "S-WRITE-02",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = zero_blocks,
		.desc = "takes a write of no blocks as no error",
		.defects = "write-zero-blocks-refused" },
	{ .id = "scsi.write-6-zero-is-256",
		.reqs = "S-WRITE-01",
		.section = "SBC-2 5.24",
		.level = MUST,
		.needs = WRITES,
		.run = write_6_zero,
		.desc = "writes 256 blocks with WRITE(6) and length 0",
		.defects = "write-6-zero-is-nothing" },
	{ .id = "scsi.write-across-end",
		.reqs = "S-LBA-01 S-LBA-04",
		.section = "SBC-3 4.5",
		.level = MUST,
		.needs = WRITES | ASSAY_NEED_EXCLUSIVE,
		.run = across_end,
		.desc = "refuses a write across the end with 21h/00h and changes no block",
		.defects = "write-across-end-partial lba-only-start-checked" },
	{ .id = "scsi.write-fua",
		.reqs = "S-WRITE-05",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = fua,
		.desc = "takes FUA where MODE SENSE says DPOFUA=1",
		.defects = "fua-refused" },
	{ .id = "scsi.write-protect-field",
		.reqs = "S-WRITE-03",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = write_protect,
		.desc = "refuses WRPROTECT without protection information and writes nothing",
		.defects = "wrprotect-ignored" },
	{ .id = "scsi.write-large",
		.reqs = "S-WRITE-06",
		.section = "SBC-3 5.33",
		.level = MUST,
		.needs = WRITES,
		.run = large_write,
		.desc = "keeps a mebibyte written by one command",
		.defects = "write-last-block-lost" },
};

const struct assay_suite assay_suite_scsi_write = {
	.name = "scsi",
	.desc = "WRITE",
	ASSAY_TESTS(tests),
};
