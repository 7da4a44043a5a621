/* scsi_verify.c - VERIFY, WRITE AND VERIFY, COMPARE AND WRITE: SBC-3 sections 5.2, 5.29 to 5.31 and 5.37. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

static void skip_without_command(struct assay_t *t, const struct assay_task *task)
{
	if (task->status == 2 && task->sense_key == 5 && task->asc == 0x20)
		assay_skip(t, "not-offered");
}

static struct assay_task *verify(struct assay_t *t, struct assay_initiator *i,
	const struct assay_place *place, int bytchk, const void *data)
{
	struct assay_task *task = assay_scsi_write(t, i,
		scsi_cdb_verify10((uint32_t)place->lba, place->length, 0, 0, bytchk, (int)place->block_size),
		data, bytchk ? place->length : 0);

	skip_without_command(t, task);
	return task;
}

/* BYTCHK=00b: the medium is looked at, no data go either way. */
static void medium_only(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 4);
	struct assay_task *task = verify(t, i, &place, 0, NULL);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->r2ts, 0);
}

/* BYTCHK=01b: the data sent are compared; equal is GOOD, a difference MISCOMPARE. */
static void compares(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 4);
	uint8_t *other = assay_alloc(t, place.length);

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, verify(t, i, &place, 1, place.pattern));
	memcpy(other, place.pattern, place.length);
	other[place.length - 1] ^= 1;
	EXPECT_SENSE(t, verify(t, i, &place, 1, other), 0xe, 0x1d00);
	assay_expect_medium(t, i, &place, place.pattern);
}

/* Does the standard data's list of version descriptors name SBC-3 or SBC-4? BYTCHK was one bit before. */
static bool claims_sbc_3(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = assay_scsi_on(t, i, assay_write_lun(t), scsi_cdb_inquiry(0, 0, 96));

	for (uint32_t at = 58; at + 2 <= task->data_in_length && at < 74; at += 2) {
		uint16_t version = assay_get_be16(assay_scsi_data(task) + at);

		if ((version & 0xffe0) == 0x04c0 || (version & 0xffe0) == 0x0600)
			return true;
	}
	return false;
}

/* BYTCHK=10b is reserved. */
static void reserved_bytchk(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	uint8_t cdb[10] = { 0x2f, 0x04, [8] = 1 };
	struct assay_task *task;

	if (!claims_sbc_3(t, i))
		assay_skip(t, "not-offered");
	assay_put_be32(cdb + 2, (uint32_t)place.lba);
	task = assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0, NULL, 0);
	skip_without_command(t, task);
	EXPECT_SENSE(t, task, 0x5, 0x2400);
}

/* No blocks: GOOD. Behind the last block: LBA OUT OF RANGE. */
static void nothing_to_verify(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[10] = { 0x2f };
	struct assay_task *task = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0);

	skip_without_command(t, task);
	EXPECT_GOOD(t, task);
}

static void beyond_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	uint8_t cdb[16] = { 0x8f, [13] = 2 };
	struct assay_task *task;

	assay_put_be64(cdb + 2, medium.last_lba);
	task = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0);
	skip_without_command(t, task);
	EXPECT_SENSE(t, task, 0x5, 0x2100);
}

/* WRITE AND VERIFY writes. */
static void write_and_verify(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 4);
	struct assay_task *task = assay_scsi_write(t, i,
		scsi_cdb_writeverify10((uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 1, 0),
		place.pattern, place.length);

	skip_without_command(t, task);
	EXPECT_GOOD(t, task);
	assay_expect_medium(t, i, &place, place.pattern);
}

/* COMPARE AND WRITE of one block: data-out is what to compare with, then what to write. */
static struct assay_task *compare_and_write(struct assay_t *t, struct assay_initiator *i,
	const struct assay_place *place, const void *old, const void *new, uint8_t blocks)
{
	uint8_t *data = assay_alloc(t, 2 * place->length), cdb[16] = { 0x89, [13] = blocks };
	struct assay_task *task;

	memcpy(data, old, place->length);
	memcpy(data + place->length, new, place->length);
	assay_put_be64(cdb + 2, place->lba);
	task = assay_scsi_cdb(
		t, i, assay_write_lun(t), cdb, sizeof(cdb), 0, data, blocks ? 2 * place->length : 0);
	skip_without_command(t, task);
	return task;
}

static void compare_equal(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	uint8_t *new = assay_alloc(t, place.length);

	memset(new, 0x3c, place.length);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, compare_and_write(t, i, &place, place.pattern, new, 1));
	assay_expect_medium(t, i, &place, new);
}

/* A difference: MISCOMPARE, INFORMATION says at which byte, and nothing is written. */
static void compare_different(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	uint8_t *old = assay_alloc(t, place.length), *new = assay_alloc(t, place.length);
	struct assay_task *task;

	memset(new, 0x3c, place.length);
	memcpy(old, place.pattern, place.length);
	old[100] ^= 0xff;
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	task = compare_and_write(t, i, &place, old, new, 1);
	EXPECT_SENSE(t, task, 0xe, 0x1d00);
	assay_expect_medium(t, i, &place, place.pattern);
	if (task->sense_length >= 8 && (task->sense[0] & 0x7f) == 0x70) {
		EXPECT(t, task->sense[0] & 0x80, "VALID=1: INFORMATION holds the offset of the difference",
			"VALID=0");
		EXPECT_EQ(t, assay_get_be32(task->sense + 3), 100);
	}
}

static void compare_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, compare_and_write(t, i, &place, place.pattern, place.pattern, 0));
	assay_expect_medium(t, i, &place, place.pattern);
}

#define TEST(slug, requirements, clause, need, function, words, defect)                                      \
	{                                                                                                    \
		.id = "scsi." slug, .reqs = requirements, .section = "SBC-3 " clause, .level = MUST,         \
		.needs = (need) | ASSAY_NEED_DISK, .run = function, .desc = words, .defects = defect         \
	}

static const struct assay_test tests[] = {
	TEST("verify-medium-only", "S-VERIFY-01", "5.29", ASSAY_NEED_WRITE, medium_only,
		"verifies the medium without data for BYTCHK=00b", "verify-asks-for-data"),
	TEST("verify-compares", "S-VERIFY-02", "5.29", ASSAY_NEED_WRITE, compares,
		"compares the data for BYTCHK=01b and says MISCOMPARE where they differ",
		"verify-never-miscompares"),
	TEST("verify-reserved-bytchk", "S-VERIFY-04", "5.29", ASSAY_NEED_WRITE, reserved_bytchk,
		"refuses BYTCHK=10b", "verify-bytchk-unchecked"),
	TEST("verify-nothing", "S-VERIFY-05", "5.29", 0, nothing_to_verify,
		"takes VERIFY of no blocks as no error", "verify-zero-refused"),
	TEST("verify-beyond-end", "S-VERIFY-05 S-LBA-01", "5.31", 0, beyond_end,
		"refuses VERIFY across the end with 21h/00h", "lba-only-start-checked"),
	TEST("write-and-verify", "S-WRITE-VERIFY-01", "5.37", ASSAY_NEED_WRITE, write_and_verify,
		"keeps what WRITE AND VERIFY writes", "write-verify-does-not-write"),
	TEST("compare-and-write-equal", "S-COMPARE-AND-WRITE-01", "5.2", ASSAY_NEED_WRITE, compare_equal,
		"writes the second half of the data when the first half is on the medium",
		"compare-write-never-writes"),
	TEST("compare-and-write-different", "S-COMPARE-AND-WRITE-02 S-COMPARE-AND-WRITE-03", "5.2",
		ASSAY_NEED_WRITE, compare_different, "writes nothing when the data differ, and says where",
		"compare-write-always-writes compare-write-no-offset"),
	TEST("compare-and-write-nothing", "S-COMPARE-AND-WRITE-06", "5.2", ASSAY_NEED_WRITE, compare_nothing,
		"takes COMPARE AND WRITE of no blocks as no error", "compare-write-zero-refused"),
};

const struct assay_suite assay_suite_scsi_verify = {
	.name = "scsi",
	.desc = "VERIFY, WRITE AND VERIFY, COMPARE AND WRITE",
	ASSAY_TESTS(tests),
};
