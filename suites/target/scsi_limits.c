/* scsi_limits.c - what the block limits page promises, options of WRITE SAME, ORWRITE and PRE-FETCH: SBC-3 sections 5 and 6.5.3. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

/* The block limits page of a unit, or a skip where it has none that is this long. */
static const uint8_t *block_limits(
	struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint32_t length)
{
	struct assay_vpd page = assay_vpd_optional(t, i, lun, 0xb0);

	if (page.length < length)
		assay_skip(t, "not-offered");
	return page.bytes;
}

/* More blocks than MAXIMUM TRANSFER LENGTH: INVALID FIELD IN CDB. Only where the unit has so many, or the range could be what is wrong. */
static void transfer_limit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	uint32_t limit = assay_get_be32(block_limits(t, i, assay_lun(t), 12) + 8);
	uint8_t cdb[16] = { 0x88 };

	if (!limit || limit >= medium.last_lba)
		assay_skip(t, "not-offered");
	assay_put_be32(cdb + 10, limit + 1);
	EXPECT_SENSE(t,
		assay_scsi_offered(
			t, assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), medium.block_size, NULL, 0)),
		0x5, 0x2400);
}

/* COMPARE AND WRITE of no blocks, which changes nothing, tells if there is such a command. Where there is, the limit is not zero. */
static uint8_t compare_limit(struct assay_t *t, struct assay_initiator *i)
{
	const uint8_t cdb[16] = { 0x89 };

	assay_scsi_offered(t, assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0, NULL, 0));
	return block_limits(t, i, assay_write_lun(t), 6)[5];
}

static void compare_limit_said(struct assay_t *t)
{
	uint8_t limit = compare_limit(t, assay_connect_full_feature(t));

	EXPECT(t, limit > 0, "a MAXIMUM COMPARE AND WRITE LENGTH above 0 beside the command", "%u", limit);
}

static void compare_limit_kept(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint8_t limit = compare_limit(t, i), cdb[16] = { 0x89, [13] = (uint8_t)(limit + 1) };
	struct assay_place place = assay_place(t, 256);

	if (!limit || limit == 255)
		assay_skip(t, "not-offered");
	assay_put_be64(cdb + 2, place.lba);
	EXPECT_SENSE(t,
		assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0,
			assay_alloc(t, 2 * place.length), 2 * (limit + 1u) * place.block_size),
		0x5, 0x2400);
}

static struct assay_task *write_same(struct assay_t *t, struct assay_initiator *i, uint8_t options,
	uint64_t lba, uint32_t blocks, const struct assay_place *place)
{
	uint8_t cdb[16] = { 0x93, options };

	assay_put_be64(cdb + 2, lba);
	assay_put_be32(cdb + 10, blocks);
	return assay_scsi_offered(t, assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0,
					     place->pattern, place->block_size));
}

/* No blocks mean all to the end, unless WSNZ=1: then they are refused. At the last block, so that little is lost where they are not. */
static void write_same_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);

	if (!(block_limits(t, i, assay_write_lun(t), 5)[4] & 0x01))
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t, write_same(t, i, 0, assay_medium(t, i, assay_write_lun(t)).last_lba, 0, &place), 0x5,
		0x2400);
}

/* More blocks than MAXIMUM WRITE SAME LENGTH. */
static void write_same_limit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_medium medium = assay_medium(t, i, assay_write_lun(t));
	uint64_t limit = assay_get_be64(block_limits(t, i, assay_write_lun(t), 44) + 36);

	if (!limit || limit >= medium.last_lba || limit >= UINT32_MAX)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(
		t, write_same(t, i, 0, medium.last_lba - limit, (uint32_t)limit + 1, &place), 0x5, 0x2400);
}

/* ANCHOR=1, with or without UNMAP, where page B2h says ANC_SUP=0 or does not exist. */
static void write_same_anchor(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_vpd page = assay_vpd_optional(t, i, assay_write_lun(t), 0xb2);

	if (page.length >= 6 && page.bytes[5] & 0x02)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t, write_same(t, i, 0x10, place.lba, 1, &place), 0x5, 0x2400);
	EXPECT_SENSE(t, write_same(t, i, 0x18, place.lba, 1, &place), 0x5, 0x2400);
}

static struct assay_task *orwrite(struct assay_t *t, struct assay_initiator *i, uint64_t lba, uint32_t blocks,
	const struct assay_place *place)
{
	uint8_t cdb[16] = { 0x8b };

	assay_put_be64(cdb + 2, lba);
	assay_put_be32(cdb + 10, blocks);
	return assay_scsi_offered(t, assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0,
					     place->pattern, blocks * place->block_size));
}

/* What is on the medium then is the bitwise or of what was, and what was sent. */
static void orwrite_ors(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 2), other = place;
	uint8_t *both = assay_alloc(t, place.length);

	other.pattern = assay_alloc(t, place.length);
	for (uint32_t n = 0; n < place.length; n++) {
		other.pattern[n] = (uint8_t)(place.pattern[n] << 3 ^ n);
		both[n] = place.pattern[n] | other.pattern[n];
	}
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, orwrite(t, i, place.lba, 2, &other));
	assay_expect_medium(t, i, &place, both);
}

/* No blocks are no error; a range across the end is. */
static void orwrite_range(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 2);

	EXPECT_GOOD(t, orwrite(t, i, place.lba, 0, &place));
	EXPECT_SENSE(
		t, orwrite(t, i, assay_medium(t, i, assay_write_lun(t)).last_lba, 2, &place), 0x5, 0x2100);
}

/* PRE-FETCH ends CONDITION MET where all blocks fit into the cache, GOOD otherwise. It transfers nothing, and its range is checked. */
static void prefetch(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t last = assay_medium(t, i, assay_lun(t)).last_lba;
	uint8_t cdb[16] = { 0x90, [13] = 1 };
	struct assay_task *task = assay_scsi_offered(
		t, assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0));

	EXPECT(t, task->status == 0x04 || task->status == 0x00, "CONDITION MET or GOOD", "status 0x%02x",
		task->status);
	assay_put_be64(cdb + 2, last);
	cdb[13] = 2;
	EXPECT_SENSE(t, assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0), 0x5, 0x2100);
}

#define TEST(slug, requirements, clause, need, function, words, defect)                                      \
	{                                                                                                    \
		.id = "scsi." slug, .reqs = requirements, .section = "SBC-3 " clause, .level = MUST,         \
		.needs = (need) | ASSAY_NEED_DISK, .run = function, .desc = words, .defects = defect         \
	}

#define OVERWRITES (ASSAY_NEED_WRITE | ASSAY_NEED_EXCLUSIVE)

static const struct assay_test tests[] = {
	TEST("transfer-limit", "S-VPD-09", "6.5.3", 0, transfer_limit,
		"refuses to read more than MAXIMUM TRANSFER LENGTH", "transfer-limit-unchecked"),
	TEST("compare-and-write-limit-said", "S-VPD-11", "6.5.3", ASSAY_NEED_WRITE, compare_limit_said,
		"says how many blocks COMPARE AND WRITE takes", "vpd-compare-write-zero"),
	TEST("compare-and-write-limit", "S-COMPARE-AND-WRITE-05", "5.2", ASSAY_NEED_WRITE, compare_limit_kept,
		"refuses COMPARE AND WRITE of more blocks than it says", "compare-write-limit-unchecked"),
	TEST("write-same-nothing", "S-WRITE-SAME-02", "5.44", OVERWRITES, write_same_nothing,
		"refuses WRITE SAME of no blocks where it says WSNZ=1", "write-same-zero-accepted"),
	TEST("write-same-limit", "S-WRITE-SAME-03", "5.44", OVERWRITES, write_same_limit,
		"refuses WRITE SAME of more blocks than MAXIMUM WRITE SAME LENGTH",
		"write-same-limit-unchecked"),
	TEST("write-same-anchor", "S-WRITE-SAME-08", "5.44", ASSAY_NEED_WRITE, write_same_anchor,
		"refuses ANCHOR=1 where it cannot anchor", "write-same-anchor-ignored"),
	TEST("orwrite-ors", "S-ORWRITE-01", "5.5", ASSAY_NEED_WRITE, orwrite_ors,
		"keeps the bitwise or of old and new data", "orwrite-overwrites"),
	TEST("orwrite-range", "S-ORWRITE-02", "5.5", ASSAY_NEED_WRITE, orwrite_range,
		"takes ORWRITE of no blocks, and refuses one across the end",
		"lba-only-start-checked write-zero-blocks-refused"),
	TEST("pre-fetch", "S-PREFETCH-01", "5.9", 0, prefetch,
		"answers PRE-FETCH with CONDITION MET or GOOD, and 21h/00h across the end",
		"lba-only-start-checked"),
};

const struct assay_suite assay_suite_scsi_limits = {
	.name = "scsi",
	.desc = "Block limits, options of WRITE SAME, ORWRITE, PRE-FETCH",
	ASSAY_TESTS(tests),
};
