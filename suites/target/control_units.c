/* control_units.c - units that come and go while sessions are there: SPC-4 section 6.33 (the inventory), SAM-5 sections 4.7 and 5.14 (what initiators are told). */
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

#define ATTENTIONS   8 /* that may be pending before the one that is looked for */
#define CHANGED      0x3f0e /* REPORTED LUNS DATA HAS CHANGED */
#define UNIT_NEEDS   (ASSAY_NEED_LUN_CHANGE | ASSAY_NEED_DISRUPTIVE)
#define CHANGED_SAID "UNIT ATTENTION, REPORTED LUNS DATA HAS CHANGED (3F/0E)"

static bool is_attention(const struct assay_task *task)
{
	return task->status == 2 && task->sense_key == 6;
}

/* Does the unit under test say that the inventory has changed? Its other unit attentions are passed over. */
static bool says_changed(struct assay_t *t, struct assay_initiator *i)
{
	for (unsigned n = 0; n < ATTENTIONS; n++) {
		struct assay_task *task = assay_scsi(t, i, scsi_cdb_testunitready());

		if (!is_attention(task))
			return false;
		if (task->asc << 8 == (CHANGED & 0xff00) && task->ascq == (CHANGED & 0xff))
			return true;
	}
	return false;
}

/* TEST UNIT READY to the unit that was added, its unit attentions taken. */
static struct assay_task *ask_unit(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = NULL;

	for (unsigned n = 0; n < ATTENTIONS && (!task || is_attention(task)); n++)
		task = assay_scsi_on(t, i, assay_control_unit(t), scsi_cdb_testunitready());
	return task;
}

static bool is_listed(struct assay_t *t, struct assay_initiator *i)
{
	uint64_t luns[ASSAY_LUNS_MAX];
	size_t count = assay_report_luns(t, i, luns);
	bool listed = false;

	for (size_t n = 0; n < count; n++)
		listed = listed || luns[n] == assay_control_unit(t);
	return listed;
}

/* Each nexus is told of a change of the inventory by a unit attention. */
static void added_told(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_control(t, "add-lun");
	EXPECT(t, says_changed(t, i), CHANGED_SAID, "no such unit attention");
}

static void removed_told(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_control(t, "add-lun");
	i = assay_connect_full_feature(t);
	assay_control(t, "remove-lun");
	EXPECT(t, says_changed(t, i), CHANGED_SAID, "no such unit attention");
}

/* A session that was there before sees the unit in the list and can use it. */
static void added_listed(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_control(t, "add-lun");
	EXPECT(t, is_listed(t, i), "the LUN that was added in the list of REPORT LUNS", "it is not there");
	EXPECT_GOOD(t, ask_unit(t, i));
}

/* A unit that was removed is one that is not there. */
static void removed_gone(struct assay_t *t)
{
	struct assay_initiator *i;

	assay_control(t, "add-lun");
	i = assay_connect_full_feature(t);
	EXPECT_GOOD(t, ask_unit(t, i));
	assay_control(t, "remove-lun");
	EXPECT_SENSE(t, ask_unit(t, i), 0x5, 0x2500);
	EXPECT(t, !is_listed(t, i), "no such LUN in the list of REPORT LUNS", "it is still there");
}

/* Who has read the list knows: REPORT LUNS clears that unit attention. */
static void list_clears(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	assay_control(t, "add-lun");
	is_listed(t, i);
	EXPECT(t, !says_changed(t, i), "nothing of that change once REPORT LUNS has told it", CHANGED_SAID);
}

static const struct assay_test tests[] = {
	{ .id = "control.added-unit-told",
		.reqs = "S-UNIT-ATTENTION-09",
		.section = "SPC-4 6.33",
		.level = MUST,
		.needs = UNIT_NEEDS,
		.run = added_told,
		.desc = "tells a session of a unit that was added by the unit attention 3F/0E",
		.defects = "ua-inventory-untold" },
	{ .id = "control.removed-unit-told",
		.reqs = "S-UNIT-ATTENTION-09",
		.section = "SPC-4 6.33",
		.level = MUST,
		.needs = UNIT_NEEDS,
		.run = removed_told,
		.desc = "tells a session of a unit that was removed by the unit attention 3F/0E",
		.defects = "ua-inventory-untold" },
	{ .id = "control.added-unit-listed",
		.reqs = "S-REPORT-LUNS-05 S-LUN-08",
		.section = "SPC-4 6.33",
		.level = MUST,
		.needs = UNIT_NEEDS,
		.run = added_listed,
		.desc = "lists a unit that was added to a session that was there before, and serves it",
		.defects = "report-luns-stale" },
	{ .id = "control.removed-unit-gone",
		.reqs = "S-LUN-02 S-LUN-07",
		.section = "SAM-5 4.7",
		.level = MUST,
		.needs = UNIT_NEEDS,
		.run = removed_gone,
		.desc = "answers commands to a unit that was removed with 25h/00h, and lists it no more",
		.defects = "removed-lun-answers removed-lun-listed unknown-lun-wrong-sense" },
	{ .id = "control.list-clears-change",
		.reqs = "S-UNIT-ATTENTION-02",
		.section = "SAM-5 5.14",
		.level = MUST,
		.needs = UNIT_NEEDS,
		.run = list_clears,
		.desc = "takes back the unit attention 3F/0E once REPORT LUNS has told the change",
		.defects = "ua-inventory-kept" },
};

const struct assay_suite assay_suite_control_units = {
	.name = "control",
	.desc = "what an administrator does while sessions are there: units that come and go",
	ASSAY_TESTS(tests),
};
