/* lun_mapping.c - REPORT LUNS, addressing, access: SPC-4 section 6.33, SAM-5 section 4.7. */
#include "codec/bytes.h"
#include "codec/lun.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

static struct assay_task *report_luns(
	struct assay_t *t, struct assay_initiator *i, uint8_t select, uint32_t allocation)
{
	uint8_t cdb[12] = { 0xa0, 0, select };

	assay_put_be32(cdb + 6, allocation);
	return assay_scsi_cdb(t, i, 0, cdb, sizeof(cdb), allocation, NULL, 0);
}

/* LUN 0 answers REPORT LUNS, and the unit under test is in the list, once. */
static void lists_unit_under_test(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns), found = 0;

	for (size_t n = 0; n < count; n++) {
		struct assay_lun_parts parts;

		assay_lun_parse(&parts, luns[n]);
		found += parts.simple && parts.number == assay_setup(t)->lun;
		for (size_t m = 0; m < n; m++)
			EXPECT(t, luns[n] != luns[m], "no LUN twice", "0x%016llx twice",
				(unsigned long long)luns[n]);
	}
	if (count == ASSAY_LUNS_MAX && found == 0)
		assay_skip(t, "not-offered"); /* a longer list than we look at */
	EXPECT_EQ(t, found, 1);
}

/* What it lists can be used in just that encoding. */
static void listed_luns_answer(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns);

	for (size_t n = 0; n < count; n++) {
		struct assay_task *task = assay_scsi_on(t, i, luns[n], scsi_cdb_inquiry(0, 0, 36));

		EXPECT_GOOD(t, task);
		REQUIRE_THAT(t, task->data_in_length > 0, "INQUIRY data", "none");
		EXPECT(t, assay_scsi_data(task)[0] >> 5 != 3,
			"another peripheral qualifier than 011b: there is, or could be, a unit", "011b");
	}
}

/* RFC 7143 section 11.4.5.3: a list that is shorter than what was asked for is an underflow, though all is well. */
static void short_list_underflows(struct assay_t *t)
{
	const uint32_t asked = 8 + 8 * ASSAY_LUNS_MAX;
	struct assay_task *task = report_luns(t, assay_connect_full_feature(t), 0, asked);

	EXPECT_GOOD(t, task);
	if (task->data_in_length == asked)
		assay_skip(t, "not-offered"); /* so many LUNs */
	EXPECT(t, task->underflow && !task->overflow && task->residual_count == asked - task->data_in_length,
		"U=1 and a residual count of what did not come",
		"O=%d U=%d, residual count %u; %u bytes asked for, %u came", task->overflow, task->underflow,
		task->residual_count, asked, task->data_in_length);
}

/* LUN LIST LENGTH tells the whole inventory, however little was asked for. */
static void length_when_truncated(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *whole = report_luns(t, i, 0, 2056), *cut = report_luns(t, i, 0, 16);

	EXPECT_GOOD(t, whole);
	EXPECT_GOOD(t, cut);
	REQUIRE_THAT(t, whole->data_in_length >= 16 && cut->data_in_length == 16,
		"16 bytes, and the whole list", "%u and %u bytes", cut->data_in_length,
		whole->data_in_length);
	EXPECT_EQ(t, assay_get_be32(assay_scsi_data(cut)), assay_get_be32(assay_scsi_data(whole)));
	EXPECT_EQ(t, assay_get_be32(assay_scsi_data(whole)) % 8, 0);
}

/* A reserved SELECT REPORT is refused. */
static void reserved_select(struct assay_t *t)
{
	EXPECT_SENSE(t, report_luns(t, assay_connect_full_feature(t), 0x7f, 256), 0x5, 0x2400);
}

/* SELECT REPORT 02h: all there are, so what 00h lists is among them. */
static void select_all(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *some = report_luns(t, i, 0, 2056), *all = report_luns(t, i, 2, 2056);

	EXPECT_GOOD(t, some);
	EXPECT_GOOD(t, all);
	EXPECT(t, all->data_in_length >= some->data_in_length, "at least as many as SELECT REPORT 00h lists",
		"%u bytes against %u", all->data_in_length, some->data_in_length);
}

/* INQUIRY of a LUN that is not there: GOOD, qualifier 011b and type 1Fh, or 001b where a unit could be. */
static void unknown_lun_inquiry(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi_on(t, i, assay_missing_lun(t, i), scsi_cdb_inquiry(0, 0, 36));

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length > 0, "INQUIRY data", "none");
	EXPECT(t, assay_scsi_data(task)[0] == 0x7f || assay_scsi_data(task)[0] >> 5 == 1,
		"qualifier 011b and type 1Fh, or qualifier 001b", "byte 0 = 0x%02x",
		assay_scsi_data(task)[0]);
}

/* Other commands: ILLEGAL REQUEST, LOGICAL UNIT NOT SUPPORTED. */
static void unknown_lun_command(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	EXPECT_SENSE(t, assay_scsi_on(t, i, assay_missing_lun(t, i), scsi_cdb_testunitready()), 0x5, 0x2500);
}

/* REQUEST SENSE of a LUN that is not there: GOOD, and the sense data say LOGICAL UNIT NOT SUPPORTED. */
static void unknown_lun_request_sense(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[6] = { 0x03, 0, 0, 0, 18, 0 };
	struct assay_task *task = assay_scsi_cdb(
		t, i, assay_missing_lun(t, i), cdb, sizeof(cdb), 18, NULL, 0);

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(
		t, task->data_in_length >= 14, "fixed format sense data", "%u bytes", task->data_in_length);
	EXPECT(t, (assay_scsi_data(task)[2] & 0xf) == 5 && assay_scsi_data(task)[12] == 0x25,
		"sense key 5h and additional sense code 25h in the data", "%xh and %02xh",
		assay_scsi_data(task)[2] & 0xf, assay_scsi_data(task)[12]);
}

/* A LUN with something behind its first level, or in a reserved form, never reaches the unit of the first level: there is no such unit, or no such LUN. */
static void never_reaches(struct assay_t *t, uint64_t lun)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi_prepare(t, lun, scsi_cdb_testunitready(), NULL, 0);
	int result = assay_task_run(i, task);

	for (unsigned n = 0; n < 4 && result == 0 && task->status == 2 && task->sense_key == 6; n++) {
		task = assay_scsi_prepare(t, lun, scsi_cdb_testunitready(), NULL, 0);
		result = assay_task_run(i, task);
	}
	if (result != ASSAY_E_REJECT)
		REQUIRE(t, i, result);
	EXPECT(t, result == ASSAY_E_REJECT || (task->status == 2 && task->sense_key == 5),
		"CHECK CONDITION, ILLEGAL REQUEST, or a Reject: no such unit", "status 0x%02x, sense key %xh",
		task->status, task->sense_key);
}

static void deeper_level(struct assay_t *t)
{
	never_reaches(t, assay_lun(t) | UINT64_C(0x0000000100000000));
}

static void last_level(struct assay_t *t)
{
	never_reaches(t, assay_lun(t) | 1);
}

static void other_bus(struct assay_t *t)
{
	if (assay_setup(t)->lun > 255)
		assay_skip(t, "not-offered"); /* a LUN of the form that has a bus */
	never_reaches(t, assay_lun(t) | UINT64_C(0x0500000000000000));
}

/* The second unit is there beside the first. */
static void second_unit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint64_t second = assay_lun_from_number(assay_setup(t)->second_lun);

	EXPECT_GOOD(t, assay_scsi_ready(t, i, assay_lun(t)));
	EXPECT_GOOD(t, assay_scsi_ready(t, i, second));
}

static const struct assay_test tests[] = {
	{ .id = "lun.lists-unit-under-test",
		.reqs = "S-REPORT-LUNS-05 S-LUN-08",
		.section = "SPC-4 6.33",
		.level = MUST,
		.run = lists_unit_under_test,
		.desc = "lists the unit under test in REPORT LUNS to LUN 0, and no LUN twice",
		.defects = "report-luns-duplicate report-luns-incomplete" },
	{ .id = "lun.listed-luns-answer",
		.reqs = "S-LUN-07",
		.section = "SAM-5 4.7",
		.level = MUST,
		.run = listed_luns_answer,
		.desc = "has a unit behind each LUN that it lists, in that encoding",
		.defects = "report-luns-phantom" },
	{ .id = "lun.length-when-truncated",
		.reqs = "S-REPORT-LUNS-02",
		.section = "SPC-4 6.33",
		.level = MUST,
		.run = length_when_truncated,
		.desc = "tells the length of the whole list when it is cut",
		.defects = "report-luns-length-truncated" },
	{ .id = "lun.short-list-underflows",
		.reqs = "R7143-11.4.5.3-03 R7143-11.4.5.1-01",
		.section = "11.4.5.3",
		.level = MUST,
		.run = short_list_underflows,
		.desc = "reports an underflow when its LUNs are fewer than was room for",
		.defects = "residual-missing" },
	{ .id = "lun.reserved-select",
		.reqs = "S-REPORT-LUNS-04",
		.section = "SPC-4 6.33",
		.level = MUST,
		.run = reserved_select,
		.desc = "refuses a reserved SELECT REPORT",
		.defects = "report-luns-select-unchecked" },
	{ .id = "lun.select-all",
		.reqs = "S-REPORT-LUNS-04",
		.section = "SPC-4 6.33",
		.level = MUST,
		.run = select_all,
		.desc = "lists with SELECT REPORT 02h what it lists with 00h",
		.defects = "report-luns-select-all-empty" },
	{ .id = "lun.unknown-lun-inquiry",
		.reqs = "S-LUN-01",
		.section = "SPC-4 6.6.2",
		.level = MUST,
		.run = unknown_lun_inquiry,
		.desc = "answers INQUIRY to a LUN that is not there with a qualifier that says so",
		.defects = "unknown-lun-inquiry-connected" },
	{ .id = "lun.unknown-lun-command",
		.reqs = "S-LUN-02",
		.section = "SAM-5 5.11",
		.level = MUST,
		.run = unknown_lun_command,
		.desc = "answers other commands to a LUN that is not there with 25h/00h",
		.defects = "unknown-lun-good unknown-lun-wrong-sense" },
	{ .id = "lun.unknown-lun-request-sense",
		.reqs = "S-REQUEST-SENSE-03",
		.section = "SPC-4 6.39",
		.level = MUST,
		.run = unknown_lun_request_sense,
		.desc = "answers REQUEST SENSE to a LUN that is not there with GOOD and 25h/00h in the data",
		.defects = "unknown-lun-request-sense-check" },
	{ .id = "lun.deeper-level",
		.reqs = "S-LUN-11",
		.section = "SAM-5 4.7",
		.level = MUST,
		.run = deeper_level,
		.desc = "does not take a LUN with a second level for the one of its first level",
		.defects = "lun-lower-levels-ignored" },
	{ .id = "lun.last-level",
		.reqs = "S-LUN-11",
		.section = "SAM-5 4.7",
		.level = MUST,
		.run = last_level,
		.desc = "looks at all eight bytes of a LUN",
		.defects = "lun-lower-levels-ignored" },
	{ .id = "lun.other-bus",
		.reqs = "S-LUN-10",
		.section = "SAM-5 4.7",
		.level = MUST,
		.run = other_bus,
		.desc = "does not take a LUN on another bus for the one on bus 0",
		.defects = "lun-bus-ignored" },
	{ .id = "lun.second-unit",
		.reqs = "S-LUN-03",
		.section = "SAM-5 4.7",
		.level = MUST,
		.needs = ASSAY_NEED_SECOND_LUN,
		.run = second_unit,
		.desc = "serves the second unit beside the first",
		.defects = "lun-only-first" },
};

const struct assay_suite assay_suite_lun_mapping = {
	.name = "lun",
	.desc = "REPORT LUNS, LUN addressing, access rights",
	ASSAY_TESTS(tests),
};
