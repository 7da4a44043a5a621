/* data_residuals.c - residual counts and flags: RFC 7143 section 11.4.5, with EDTL and the CDB's own length (SPDTL) apart. */
#include <stdio.h>
#include <string.h>

#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

/* READ(10) of so many blocks with another EDTL; the buffer is as long as the longer of the two. */
static struct assay_task *read_with_edtl(
	struct assay_t *t, struct assay_initiator *i, uint32_t blocks, uint32_t block_size, uint32_t edtl)
{
	struct assay_task *task = assay_scsi_prepare(t, assay_lun(t),
		scsi_cdb_read10(0, blocks * block_size, (int)block_size, 0, 0, 0, 0, 0), NULL, 0);

	task->read_length = edtl;
	task->data_in = assay_alloc(t, edtl + blocks * block_size);
	REQUIRE(t, i, assay_task_run(i, task));
	return task;
}

/*
 * The residual of a task of edtl bytes whose CDB asks for length. The SCSI layer that runs the command presents length bytes. One that refuses it instead
 * (CHECK CONDITION) has presented what came, or would have presented length: either is told, by flag and count, or nothing (see check_condition).
 */
static void expect_residual(struct assay_t *t, const struct assay_task *task, uint32_t length, uint32_t edtl)
{
	bool told = length > edtl
			    ? task->overflow && !task->underflow && task->residual_count == length - edtl
			    : task->underflow && !task->overflow && task->residual_count == edtl - length;
	bool refused = task->status == 2 && !task->overflow &&
		       (!task->underflow || task->residual_count == edtl - task->data_in_length);
	char expected[120];

	snprintf(expected, sizeof(expected),
		"%s of the difference; if the command is refused, none or of what was not transferred",
		length > edtl ? "overflow" : "underflow");
	EXPECT(t, told || refused, expected,
		"status 0x%02x, O=%d U=%d, residual count %u; EDTL %u, CDB %u bytes", task->status,
		task->overflow, task->underflow, task->residual_count, edtl, length);
}

/* EDTL above the CDB's length: underflow, by the difference. */
static void read_underflow(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t block_size = assay_medium(t, i, assay_lun(t)).block_size;
	struct assay_task *task = read_with_edtl(t, i, 1, block_size, 3 * block_size);

	expect_residual(t, task, block_size, 3 * block_size);
	EXPECT(t, task->status != 0 || task->data_in_length == block_size, "the block that was asked for",
		"%u bytes", task->data_in_length);
}

/* EDTL below the CDB's length: overflow, by the difference, and no more data than EDTL. */
static void read_overflow(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t block_size = assay_medium(t, i, assay_lun(t)).block_size;
	struct assay_task *task = read_with_edtl(t, i, 3, block_size, block_size);

	expect_residual(t, task, 3 * block_size, block_size);
	EXPECT(t, task->data_in_length <= block_size, "no more data than EDTL", "%u bytes",
		task->data_in_length);
}

/* EDTL of the CDB's length: neither flag, residual 0. */
static void read_exact(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint32_t block_size = assay_medium(t, i, assay_lun(t)).block_size;
	struct assay_task *task = read_with_edtl(t, i, 1, block_size, block_size);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->underflow, 0);
	EXPECT_EQ(t, task->overflow, 0);
	EXPECT_EQ(t, task->residual_count, 0);
}

/* INQUIRY for a page that there is none of, with an EDTL of 255: it ends in CHECK CONDITION before anything moved. */
static struct assay_task *refused_inquiry(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[6] = { 0x12, 1, 0xae, 0, 255, 0 };
	struct assay_task *task = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 255, NULL, 0);

	if (task->status != 2 || task->data_in_length)
		assay_skip(t, "blocked-by:scsi.inquiry-unknown-page");
	return task;
}

/*
 * The residual is all of EDTL: the SCSI layer presented less, and section 11.4.5.2 has underflow signaled then. But it has it signaled "as specified in Section 11.4.5.1", by which targets
 * may set the residual count when the status is not GOOD; and section 11.3.4 has them tell what was processed at the end of a transfer, which there was none of. So it is no MUST.
 */
static void check_condition(struct assay_t *t)
{
	struct assay_task *task = refused_inquiry(t);

	EXPECT(t, task->underflow || task->overflow, "underflow of all of EDTL", "neither U nor O");
}

/* Section 11.4.5.1: what is told must be valid, whatever the status. */
static void check_condition_valid(struct assay_t *t)
{
	struct assay_task *task = refused_inquiry(t);

	EXPECT_EQ(t, task->overflow, 0);
	if (task->underflow)
		EXPECT_EQ(t, task->residual_count, 255);
}

/* INQUIRY data shorter than the allocation length: underflow against EDTL. */
static void inquiry_underflow(struct assay_t *t)
{
	struct assay_task *task = assay_scsi(t, assay_connect_full_feature(t), scsi_cdb_inquiry(0, 0, 255));

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->underflow, task->data_in_length < 255);
	EXPECT_EQ(t, task->residual_count, 255 - task->data_in_length);
}

/* REPORT LUNS cut by its allocation length is no overflow: SPDTL is what the CDB lets through. */
static void report_luns_cut(struct assay_t *t)
{
	const uint8_t cdb[12] = { 0xa0, [9] = 16 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), 0, cdb, sizeof(cdb), 16, NULL, 0);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->overflow, 0);
	EXPECT_EQ(t, task->underflow, task->data_in_length < 16);
	EXPECT_EQ(t, task->residual_count, 16 - task->data_in_length);
}

/* REPORT LUNS with EDTL above the allocation length: underflow of the difference, at least. */
static void report_luns_underflow(struct assay_t *t)
{
	const uint8_t cdb[12] = { 0xa0, [9] = 16 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), 0, cdb, sizeof(cdb), 64, NULL, 0);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->underflow, 1);
	EXPECT_EQ(t, task->residual_count, 64 - task->data_in_length);
	EXPECT(t, task->data_in_length <= 16, "no more than the allocation length", "%u bytes",
		task->data_in_length);
}

/* WRITE(10) of so many blocks with that many bytes of data. */
static struct assay_task *write_with_data(struct assay_t *t, struct assay_initiator *i,
	const struct assay_place *place, uint32_t blocks, uint32_t length)
{
	return assay_scsi_write(t, i,
		scsi_cdb_write10((uint32_t)place->lba, blocks * place->block_size, (int)place->block_size, 0,
			0, 0, 0, 0),
		place->pattern, length);
}

/* More data than the CDB writes: underflow, the rest ignored, the blocks behind untouched. */
static void write_underflow(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 3), old = place;
	uint8_t *expected = assay_alloc(t, place.length);
	struct assay_task *task;

	old.pattern = assay_alloc(t, place.length);
	memset(old.pattern, 0x77, place.length);
	memcpy(expected, old.pattern, place.length);
	memcpy(expected, place.pattern, place.block_size);
	EXPECT_GOOD(t, assay_write10(t, i, &old));
	task = write_with_data(t, i, &place, 1, 3 * place.block_size);
	expect_residual(t, task, place.block_size, 3 * place.block_size);
	if (task->status == 0)
		assay_expect_medium(t, i, &place, expected);
}

/* Less data than the CDB writes: overflow by the difference. */
static void write_overflow(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 3);
	struct assay_task *task = write_with_data(t, i, &place, 3, place.block_size);

	expect_residual(t, task, 3 * place.block_size, place.block_size);
}

/* Whatever comes of a command whose flags go the wrong way, be it the end of the connection, it comes; the blocks stay as they were. */
static void survives(struct assay_t *t, struct assay_initiator *i, struct assay_task *task,
	const struct assay_place *place)
{
	int result = assay_task_run(i, task);

	if (result != ASSAY_E_REJECT && result != ASSAY_E_CLOSED && result != ASSAY_E_RESET)
		REQUIRE(t, i, result);
	assay_expect_medium(t, assay_connect_full_feature(t), place, place->pattern);
}

/* A WRITE that says R: there are no data to read, and none to write. */
static void write_says_read(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_task *task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_write10((uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 0, 0, 0),
		NULL, 0);

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	task->read_length = place.length;
	task->data_in = assay_alloc(t, place.length);
	survives(t, i, task, &place);
	EXPECT(t, task->data_in_length == 0, "no data in for a WRITE that says R", "%u bytes",
		task->data_in_length);
}

/* A READ that says W: there is nothing to write. */
static void read_says_write(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_task *task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_read10((uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 0, 0, 0),
		NULL, 0);
	uint8_t *other = assay_alloc(t, place.length);

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	memset(other, 0xee, place.length);
	task->read_length = 0;
	task->data_out = other;
	task->write_length = place.length;
	survives(t, i, task, &place);
}

static const struct assay_test tests[] = {
	{ .id = "data.read-underflow",
		.reqs = "R7143-11.4.5.2-03 R7143-11.4.5.2-04 S-RESIDUAL-01",
		.section = "11.4.5.2",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_underflow,
		.desc = "reports underflow of the difference when EDTL is above the CDB's length",
		.defects = "residual-missing residual-off-by-one residual-wrong-flag residual-unflagged" },
	{ .id = "data.read-overflow",
		.reqs = "R7143-11.4.5.2-01 R7143-11.4.5.2-02 R7143-11.4.5.2-05 S-RESIDUAL-02",
		.section = "11.4.5.2",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = read_overflow,
		.desc = "reports overflow of the difference when EDTL is below the CDB's length, and sends "
			"no more than EDTL",
		.defects = "residual-missing residual-off-by-one data-in-beyond-edtl" },
	{ .id = "data.read-exact",
		.reqs = "R7143-11.4.5.1-03",
		.section = "11.4.5.1",
		.level = SHOULD,
		.needs = ASSAY_NEED_DISK,
		.run = read_exact,
		.desc = "reports no residual when EDTL is the CDB's length",
		.defects = "residual-always" },
	{ .id = "data.residual-of-check-condition",
		.reqs = "S-RESIDUAL-04",
		.section = "11.4.5.2",
		.level = SHOULD,
		.run = check_condition,
		.desc = "reports an underflow when a command ends in CHECK CONDITION before any data",
		.defects = "residual-missing" },
	{ .id = "data.residual-of-check-condition-valid",
		.reqs = "R7143-11.4.5.1-01",
		.section = "11.4.5.1",
		.level = MUST,
		.run = check_condition_valid,
		.desc = "counts all of EDTL when it reports a residual of a command that ended before any "
			"data",
		.defects = "residual-off-by-one" },
	{ .id = "data.inquiry-underflow",
		.reqs = "R7143-11.4.5.2-03 R7143-11.4.5.2-04",
		.section = "11.4.5.2",
		.level = MUST,
		.run = inquiry_underflow,
		.desc = "reports what INQUIRY fell short of EDTL",
		.defects = "residual-missing" },
	{ .id = "data.report-luns-cut",
		.reqs = "R7143-11.4.5.3-01",
		.section = "11.4.5.3",
		.level = MUST,
		.run = report_luns_cut,
		.desc = "does not call REPORT LUNS data cut by the allocation length an overflow",
		.defects = "residual-always" },
	{ .id = "data.report-luns-underflow",
		.reqs = "R7143-11.4.5.3-02",
		.section = "11.4.5.3",
		.level = MUST,
		.run = report_luns_underflow,
		.desc = "reports underflow when EDTL is above the allocation length of REPORT LUNS",
		.defects = "residual-missing" },
	{ .id = "data.write-underflow",
		.reqs = "R7143-11.4.5.2-03 R7143-11.4.5.2-04 S-WRITE-08",
		.section = "11.4.5.2",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = write_underflow,
		.desc = "reports underflow for data that the CDB does not write, and ignores them",
		.defects = "residual-missing" },
	{ .id = "data.write-overflow",
		.reqs = "R7143-11.4.5.2-01 R7143-11.4.5.2-02 S-WRITE-07",
		.section = "11.4.5.2",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = write_overflow,
		.desc = "reports overflow for blocks that there were no data for",
		.defects = "residual-missing" },
	{ .id = "data.direction-mismatch",
		.reqs = "S-RESIDUAL-03",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = write_says_read,
		.desc = "survives a WRITE that says R, and has no data for it",
		.defects = "direction-hangs" },
	{ .id = "data.direction-mismatch-of-read",
		.reqs = "S-RESIDUAL-03",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = read_says_write,
		.desc = "survives a READ that says W, and writes nothing",
		.defects = "direction-hangs" },
};

const struct assay_suite assay_suite_data_residuals = {
	.name = "data",
	.desc = "residual counts and flags",
	ASSAY_TESTS(tests),
};
