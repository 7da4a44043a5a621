/* scsi_mode.c - MODE SENSE and MODE SELECT: SPC-4 sections 6.11 to 6.14 and 7.5. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/scsi.h"
#include "suites/target/target_suites.h"

#define SENSE6_MAX   255 /* bytes that we ask for: all that the command has room for */
#define SENSE10_MAX  8192 /* more than any unit's pages that we know */
#define UNKNOWN_PAGE 0x17 /* reserved for disks; 20h to 3Eh are the vendor's */

/* The parts of mode parameter data, of either form. */
struct mode {
	uint32_t said; /* bytes that MODE DATA LENGTH says there are, itself included */
	uint32_t came; /* bytes that came */
	uint32_t descriptors; /* bytes of block descriptors */
	uint32_t pages; /* offset of the first page */
	uint8_t device_specific;
	const uint8_t *bytes;
};

static struct mode parse(struct assay_t *t, const struct assay_task *task, bool ten)
{
	const uint8_t *data = assay_scsi_data(task);
	struct mode mode = { .came = task->data_in_length, .bytes = data };
	uint32_t header = ten ? 8 : 4;

	REQUIRE_THAT(t, task->status == 0 && task->data_in_length >= header,
		"GOOD and a mode parameter header", "status 0x%02x, %u bytes", task->status,
		task->data_in_length);
	mode.said = ten ? assay_get_be16(data) + 2u : data[0] + 1u;
	mode.device_specific = ten ? data[3] : data[2];
	mode.descriptors = ten ? assay_get_be16(data + 6) : data[3];
	mode.pages = header + mode.descriptors;
	return mode;
}

/* MODE SENSE is optional: a unit without it is skipped. */
static struct mode sense6(struct assay_t *t, struct assay_initiator *i, int dbd, int pc, int page)
{
	return parse(t,
		assay_scsi_offered(t, assay_scsi(t, i, scsi_cdb_modesense6(dbd, pc, page, 0, SENSE6_MAX))),
		false);
}

/* libiscsi's builder has room for 255 bytes only. */
static struct mode sense10(struct assay_t *t, struct assay_initiator *i, bool dbd, uint8_t page)
{
	uint8_t cdb[10] = { 0x5a, dbd ? 0x08 : 0, page };

	assay_put_be16(cdb + 7, SENSE10_MAX);
	return parse(t,
		assay_scsi_offered(
			t, assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), SENSE10_MAX, NULL, 0)),
		true);
}

/* MODE DATA LENGTH counts all that follows it, in both forms. */
static void data_length(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct mode six = sense6(t, i, 0, 0, 0x3f), ten;

	EXPECT(t, six.came < SENSE6_MAX ? six.said == six.came : six.said >= six.came,
		"MODE DATA LENGTH of the bytes that follow it", "%u with %u bytes after it", six.said - 1,
		six.came - 1);
	ten = sense10(t, i, false, 0x3f);
	EXPECT_EQ(t, ten.said, ten.came);
}

/* A short allocation length cuts the data, not what MODE DATA LENGTH says. */
static void truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct mode whole = sense6(t, i, 0, 0, 0x3f);
	struct mode cut = parse(t, assay_scsi(t, i, scsi_cdb_modesense6(0, 0, 0x3f, 0, 4)), false);

	EXPECT_EQ(t, cut.came, 4);
	EXPECT_EQ(t, cut.said, whole.said);
}

/* Page 3Fh, subpage 00h returns all pages without their subpages, in ascending order, each with a length that ends within the data. */
static void all_pages(struct assay_t *t)
{
	struct mode mode = sense10(t, assay_connect_full_feature(t), false, 0x3f);
	uint32_t at = mode.pages;
	int last = -1;

	EXPECT(t, at + 2 <= mode.came, "at least one page", "none");
	while (at + 2 <= mode.came) {
		uint8_t code = mode.bytes[at] & 0x3f;

		EXPECT(t, code == 0 || code > last,
			"ascending page codes, each once (subpages are not asked for, page 0 may stand last)",
			"%02xh after %02xh", code, (unsigned)last);
		last = code;
		at += mode.bytes[at] & 0x40 ? 4u + assay_get_be16(mode.bytes + at + 2)
					    : 2u + mode.bytes[at + 1];
	}
	EXPECT_EQ(t, at, mode.came);
}

/* DBD=1: no block descriptors. */
static void no_descriptors(struct assay_t *t)
{
	EXPECT_EQ(t, sense6(t, assay_connect_full_feature(t), 1, 0, 0x3f).descriptors, 0);
}

/* A page that there is none of. */
static void unknown_page(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	EXPECT_SENSE(t,
		assay_scsi_offered(t, assay_scsi(t, i, scsi_cdb_modesense6(0, 0, UNKNOWN_PAGE, 0, 255))), 0x5,
		0x2400);
}

/* Saved values where nothing can be saved: SAVING PARAMETERS NOT SUPPORTED. Where they can, GOOD. */
static void saved_values(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi_offered(
		t, assay_scsi(t, i, scsi_cdb_modesense6(0, 3, 0x3f, 0, 255)));

	EXPECT(t,
		task->status == 0 ||
			(task->status == 2 && task->sense_key == 5 && task->asc == 0x39 && task->ascq == 0),
		"GOOD, or CHECK CONDITION 39h/00h", "status 0x%02x, sense %x/%02x/%02x", task->status,
		task->sense_key, task->asc, task->ascq);
}

/* WP tells the truth: a unit that may be written says WP=0. */
static void write_protect_bit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct mode mode = parse(t,
		assay_scsi_offered(
			t, assay_scsi_on(t, i, assay_write_lun(t), scsi_cdb_modesense6(0, 0, 0x3f, 0, 255))),
		false);

	EXPECT_EQ(t, mode.device_specific >> 7, 0);
}

/* Both forms return the same pages. */
static void forms_agree(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct mode six = sense6(t, i, 1, 0, 0x3f), ten = sense10(t, i, true, 0x3f);

	if (six.came == SENSE6_MAX)
		assay_skip(t, "not-offered"); /* more pages than the short form has room for */
	EXPECT_EQ(t, ten.came - ten.pages, six.came - six.pages);
	EXPECT(t,
		ten.came - ten.pages == six.came - six.pages &&
			memcmp(ten.bytes + ten.pages, six.bytes + six.pages, six.came - six.pages) == 0,
		"the pages of MODE SENSE(6)", "other bytes");
}

/* MODE SELECT, skipped where the unit has none. */
static struct assay_task *select6(
	struct assay_t *t, struct assay_initiator *i, int pf, int sp, const uint8_t *list, uint32_t length)
{
	struct assay_task *task = assay_scsi_write(
		t, i, scsi_cdb_modeselect6(pf, sp, (int)length), list, length);

	return assay_scsi_offered(t, task);
}

/* A parameter list that ends within its header: PARAMETER LIST LENGTH ERROR. */
static void select_cut_short(struct assay_t *t)
{
	static const uint8_t list[4] = { 0 };

	EXPECT_SENSE(t, select6(t, assay_connect_full_feature(t), 1, 0, list, 3), 0x5, 0x1a00);
}

/* No parameter list is no error. */
static void select_nothing(struct assay_t *t)
{
	EXPECT_GOOD(t, select6(t, assay_connect_full_feature(t), 1, 0, NULL, 0));
}

/* A page that there is none of in the list: INVALID FIELD IN PARAMETER LIST. */
static void select_unknown_page(struct assay_t *t)
{
	static const uint8_t list[14] = { [4] = UNKNOWN_PAGE, [5] = 8 };

	EXPECT_SENSE(t, select6(t, assay_connect_full_feature(t), 1, 0, list, sizeof(list)), 0x5, 0x2600);
}

#define CHANGES (ASSAY_NEED_WRITE | ASSAY_NEED_DISRUPTIVE)

static const struct assay_test tests[] = {
	{ .id = "scsi.mode-data-length",
		.reqs = "S-MODE-01",
		.section = "SPC-4 7.5.5",
		.level = MUST,
		.run = data_length,
		.desc = "counts in MODE DATA LENGTH what follows it",
		.defects = "mode-length-wrong" },
	{ .id = "scsi.mode-truncated",
		.reqs = "S-MODE-01 S-CDB-08",
		.section = "SPC-4 6.13",
		.level = MUST,
		.run = truncated,
		.desc = "cuts mode data at the allocation length, and not what MODE DATA LENGTH says",
		.defects = "mode-length-truncated" },
	{ .id = "scsi.mode-all-pages",
		.reqs = "S-MODE-02",
		.section = "SPC-4 6.13",
		.level = MUST,
		.run = all_pages,
		.desc = "returns all pages in ascending order for page 3Fh",
		.defects = "mode-pages-unsorted" },
	{ .id = "scsi.mode-no-descriptors",
		.reqs = "S-MODE-05",
		.section = "SPC-4 6.13",
		.level = MUST,
		.run = no_descriptors,
		.desc = "leaves out block descriptors with DBD=1",
		.defects = "mode-dbd-ignored" },
	{ .id = "scsi.mode-unknown-page",
		.reqs = "S-MODE-03",
		.section = "SPC-4 6.13",
		.level = MUST,
		.run = unknown_page,
		.desc = "refuses a mode page that it does not have",
		.defects = "mode-unknown-page-accepted" },
	{ .id = "scsi.mode-saved-values",
		.reqs = "S-MODE-04",
		.section = "SPC-4 6.13",
		.level = MUST,
		.run = saved_values,
		.desc = "returns saved values or says 39h/00h",
		.defects = "mode-saved-wrong-sense" },
	{ .id = "scsi.mode-write-protect",
		.reqs = "S-MODE-07",
		.section = "SBC-3 6.4.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = write_protect_bit,
		.desc = "says WP=0 for a unit that can be written",
		.defects = "mode-wp-set" },
	{ .id = "scsi.mode-forms-agree",
		.reqs = "S-MODE-02",
		.section = "SPC-4 6.14",
		.level = MUST,
		.run = forms_agree,
		.desc = "returns the same pages by MODE SENSE(6) and (10)",
		.defects = "mode-10-differs" },
	{ .id = "scsi.mode-select-cut-short",
		.reqs = "S-CDB-06",
		.section = "SPC-4 6.11",
		.level = MUST,
		.needs = CHANGES,
		.run = select_cut_short,
		.desc = "refuses a mode parameter list that ends within its header with 1Ah/00h",
		.defects = "mode-select-length-unchecked" },
	{ .id = "scsi.mode-select-nothing",
		.reqs = "S-CDB-07",
		.section = "SPC-4 6.11",
		.level = MUST,
		.needs = CHANGES,
		.run = select_nothing,
		.desc = "takes MODE SELECT with no parameter list as no error",
		.defects = "mode-select-empty-refused" },
	{ .id = "scsi.mode-select-unknown-page",
		.reqs = "S-MODE-09 S-CDB-05",
		.section = "SPC-4 6.11",
		.level = MUST,
		.needs = CHANGES,
		.run = select_unknown_page,
		.desc = "refuses a mode page that it does not have in a parameter list with 26h/00h",
		.defects = "mode-select-unknown-page-accepted" },
};

const struct assay_suite assay_suite_scsi_mode = {
	.name = "scsi",
	.desc = "MODE SENSE and MODE SELECT",
	ASSAY_TESTS(tests),
};
