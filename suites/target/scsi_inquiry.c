/* scsi_inquiry.c - INQUIRY, standard data: SPC-4 section 6.6. */
#include <string.h>

#include "suites/target/scsi.h"
#include "suites/target/target_suites.h"

#define STANDARD_MAX 255 /* bytes asked for: more than any standard data that we know */

static struct assay_task *standard(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, STANDARD_MAX));

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length >= 36, "at least 36 bytes of standard data", "%u bytes",
		task->data_in_length);
	return task;
}

/* At least 36 bytes, in the one response data format that there is, of a peripheral that is there. */
static void standard_data(struct assay_t *t)
{
	const uint8_t *data = assay_scsi_data(standard(t, assay_connect_full_feature(t)));

	EXPECT_EQ(t, data[3] & 0x0f, 2);
	EXPECT_EQ(t, data[0] >> 5, 0);
}

/* ADDITIONAL LENGTH counts what follows byte 4, also what did not come because we asked for no more. */
static void additional_length(struct assay_t *t)
{
	struct assay_task *task = standard(t, assay_connect_full_feature(t));
	uint32_t said = assay_scsi_data(task)[4] + 5u;

	EXPECT(t, task->data_in_length < STANDARD_MAX ? said == task->data_in_length : said >= STANDARD_MAX,
		"ADDITIONAL LENGTH of the bytes that follow", "%u with %u bytes after it", said - 5,
		task->data_in_length - 5);
}

/* A short allocation length cuts the data, not what ADDITIONAL LENGTH says; and it is no error. */
static void truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t *whole = assay_scsi_data(standard(t, i));
	struct assay_task *cut = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 5));

	EXPECT_GOOD(t, cut);
	EXPECT_EQ(t, cut->data_in_length, 5);
	EXPECT(t, memcmp(assay_scsi_data(cut), whole, 5) == 0,
		"the first five bytes of the whole data, ADDITIONAL LENGTH and all",
		"ADDITIONAL LENGTH %u, whole data %u", assay_scsi_data(cut)[4], whole[4]);
}

/* ALLOCATION LENGTH 0 asks for nothing and is no error. */
static void nothing_asked_for(struct assay_t *t)
{
	struct assay_task *task = assay_scsi(t, assay_connect_full_feature(t), scsi_cdb_inquiry(0, 0, 0));

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->data_in_length, 0);
}

/* Vendor, product and revision are left-aligned printable ASCII. */
static void text_fields(struct assay_t *t)
{
	const uint8_t *data = assay_scsi_data(standard(t, assay_connect_full_feature(t)));

	for (unsigned n = 8; n < 36; n++)
		EXPECT(t, data[n] >= 0x20 && data[n] <= 0x7e, "printable ASCII in bytes 8 to 35",
			"byte %u is 0x%02x", n, data[n]);
	EXPECT(t, data[8] != ' ', "a vendor that begins in its first byte", "a blank");
	EXPECT(t, data[16] != ' ', "a product that begins in its first byte", "a blank");
}

/* CMDQUE=1: the logical unit supports SAM's command management. Its elder, BQUE (SPC-3: basic management), said so too. */
static void command_queueing(struct assay_t *t)
{
	const uint8_t *data = assay_scsi_data(standard(t, assay_connect_full_feature(t)));

	EXPECT(t, data[7] & 0x02 || data[6] & 0x80, "CMDQUE=1, or BQUE=1 as in SPC-3", "neither");
}

static void refused(struct assay_t *t, uint8_t byte1, uint8_t page)
{
	const uint8_t cdb[6] = { 0x12, byte1, page, 0, 255, 0 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), assay_lun(t), cdb, sizeof(cdb), 255, NULL, 0);

	EXPECT_SENSE(t, task, 0x5, 0x2400);
}

/* A page code means nothing without EVPD. */
static void page_without_evpd(struct assay_t *t)
{
	refused(t, 0, 0x83);
}

/* A page that the device has none of: 0xBE and 0xAE are reserved. */
static void unknown_page(struct assay_t *t)
{
	refused(t, 1, 0xae);
}

/* The version that it claims is one that exists: none, SPC to SPC-5, SPC-6; or one of the obsolete codes of times before. */
static void version(struct assay_t *t)
{
	const uint8_t *data = assay_scsi_data(standard(t, assay_connect_full_feature(t)));

	EXPECT(t, data[2] <= 0x0d || (data[2] & 0x38) == 0x00 || (data[2] & 0x38) == 0x08,
		"VERSION 00h to 0Dh, or an obsolete one (40h to 4Ch, 80h to 8Ch)", "%02xh", data[2]);
}

/* The allocation length has two bytes: 256 is not 0. */
static void allocation_over_255(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[6] = { 0x12, 0, 0, 1, 0, 0 };
	struct assay_task *whole = standard(t, i),
			  *task = assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 256, NULL, 0);

	EXPECT_GOOD(t, task);
	EXPECT(t, task->data_in_length >= whole->data_in_length,
		"at least what an allocation length of 255 brought", "%u bytes", task->data_in_length);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.inquiry-standard-data",
		.reqs = "S-INQUIRY-01",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = standard_data,
		.desc = "returns at least 36 bytes of standard data in response data format 2",
		.defects = "inquiry-format-1" },
	{ .id = "scsi.inquiry-additional-length",
		.reqs = "S-INQUIRY-02",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = additional_length,
		.desc = "counts the bytes behind ADDITIONAL LENGTH in it",
		.defects = "inquiry-additional-length-wrong" },
	{ .id = "scsi.inquiry-truncated",
		.reqs = "S-INQUIRY-02 S-CDB-08",
		.section = "SPC-4 4.3.5.6",
		.level = MUST,
		.run = truncated,
		.desc = "cuts the data at the allocation length, and not what ADDITIONAL LENGTH says",
		.defects = "inquiry-additional-length-truncated" },
	{ .id = "scsi.inquiry-nothing-asked-for",
		.reqs = "S-CDB-07",
		.section = "SPC-4 4.3.5.6",
		.level = MUST,
		.run = nothing_asked_for,
		.desc = "takes an allocation length of 0 as no error",
		.defects = "allocation-length-zero-refused" },
	{ .id = "scsi.inquiry-text-fields",
		.reqs = "S-INQUIRY-03",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = text_fields,
		.desc = "has vendor, product and revision in left-aligned printable ASCII",
		.defects = "inquiry-text-nul-padded" },
	{ .id = "scsi.inquiry-command-queueing",
		.reqs = "S-INQUIRY-05",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = command_queueing,
		.desc = "says that it queues commands",
		.defects = "inquiry-cmdque-zero" },
	{ .id = "scsi.inquiry-version",
		.reqs = "S-INQUIRY-06",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = version,
		.desc = "claims a version of SPC that exists",
		.defects = "inquiry-version-reserved" },
	{ .id = "scsi.inquiry-page-without-evpd",
		.reqs = "S-INQUIRY-04",
		.section = "SPC-4 6.6.1",
		.level = MUST,
		.run = page_without_evpd,
		.desc = "refuses a page code with EVPD=0",
		.defects = "inquiry-page-without-evpd-accepted" },
	{ .id = "scsi.inquiry-unknown-page",
		.reqs = "S-INQUIRY-08",
		.section = "SPC-4 6.6.1",
		.level = MUST,
		.run = unknown_page,
		.desc = "refuses a VPD page that it does not have",
		.defects = "vpd-unknown-page-accepted" },
	{ .id = "scsi.inquiry-allocation-over-255",
		.reqs = "S-CDB-08",
		.section = "SPC-4 6.6.1",
		.level = MUST,
		.run = allocation_over_255,
		.desc = "reads both bytes of the allocation length",
		.defects = "inquiry-allocation-one-byte" },
};

const struct assay_suite assay_suite_scsi_inquiry = {
	.name = "scsi",
	.desc = "INQUIRY: standard data",
	ASSAY_TESTS(tests),
};
