/* scsi_capacity.c - READ CAPACITY(10) and (16): SBC-3 sections 5.15 and 5.16. */
#include "codec/bytes.h"
#include "suites/target/scsi.h"
#include "suites/target/target_suites.h"

static struct assay_task *capacity10(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_readcapacity10(0, 0));

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length == 8, "8 bytes", "%u", task->data_in_length);
	return task;
}

static struct assay_task *capacity16(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_readcapacity16());

	assay_scsi_offered(t, task);
	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length >= 12, "at least 12 bytes", "%u", task->data_in_length);
	return task;
}

static struct assay_task *read_one(
	struct assay_t *t, struct assay_initiator *i, uint64_t lba, uint32_t block_size)
{
	return assay_scsi(t, i, scsi_cdb_read10((uint32_t)lba, block_size, (int)block_size, 0, 0, 0, 0, 0));
}

/* The LBA returned is that of the last block: it can be read, the next one can not. */
static void returns_last_lba(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t *data = assay_scsi_data(capacity10(t, i));
	uint32_t last = assay_get_be32(data), block_size = assay_get_be32(data + 4);

	if (last == UINT32_MAX)
		assay_skip(t, "not-offered");
	EXPECT_GOOD(t, read_one(t, i, last, block_size));
	EXPECT_SENSE(t, read_one(t, i, (uint64_t)last + 1, block_size), 0x5, 0x2100);
}

/* Both forms speak of one medium. */
static void both_agree(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t *ten = assay_scsi_data(capacity10(t, i)), *sixteen = assay_scsi_data(capacity16(t, i));
	uint64_t last = assay_get_be64(sixteen);

	EXPECT_EQ(t, assay_get_be32(ten), last > UINT32_MAX ? UINT32_MAX : last);
	EXPECT_EQ(t, assay_get_be32(ten + 4), assay_get_be32(sixteen + 8));
}

/* The 16-byte form's data is cut at the allocation length, without an error. */
static void truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[16] = { 0x9e, 0x10, [13] = 12 };
	struct assay_task *whole = capacity16(t, i),
			  *cut = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 64, NULL, 0);

	EXPECT_GOOD(t, cut);
	EXPECT_EQ(t, cut->data_in_length, 12);
	EXPECT_EQ(t, assay_get_be64(assay_scsi_data(cut)), assay_get_be64(assay_scsi_data(whole)));
}

/* A service action that there is none of, of an operation code that there is. */
static void unknown_service_action(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[16] = { 0x9e, 0x1f, [13] = 32 };

	capacity16(t, i);
	EXPECT_SENSE(t, assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 32, NULL, 0), 0x5, 0x2400);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.capacity-last-lba",
		.reqs = "S-READ-CAPACITY-01 S-LBA-01",
		.section = "SBC-3 5.15",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = returns_last_lba,
		.desc = "returns the last LBA that can be read",
		.defects = "capacity-counts-blocks" },
	{ .id = "scsi.capacity-both-agree",
		.reqs = "S-READ-CAPACITY-04",
		.section = "SBC-3 5.16",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = both_agree,
		.desc = "says the same capacity and block size in READ CAPACITY(10) and (16)",
		.defects = "capacity-16-off-by-one" },
	{ .id = "scsi.capacity-truncated",
		.reqs = "S-READ-CAPACITY-06",
		.section = "SBC-3 5.16",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = truncated,
		.desc = "cuts the data of READ CAPACITY(16) at the allocation length",
		.defects = "capacity-16-ignores-allocation" },
	{ .id = "scsi.capacity-unknown-service-action",
		.reqs = "S-CDB-02",
		.section = "SPC-4 4.3.4",
		.level = MUST,
		.run = unknown_service_action,
		.desc = "refuses a service action that it does not have",
		.defects = "service-action-unchecked" },
};

const struct assay_suite assay_suite_scsi_capacity = {
	.name = "scsi",
	.desc = "READ CAPACITY",
	ASSAY_TESTS(tests),
};
