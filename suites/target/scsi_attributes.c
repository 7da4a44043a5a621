/* scsi_attributes.c - task attributes, as the ATTR field of a command says them: RFC 7143 section 11.3.1, SAM-5 section 8. */
#include "suites/target/common.h"
#include "suites/target/target_suites.h"

/* TEST UNIT READY with that attribute, started: it needs no data, so that nothing but its turn holds it up. */
static struct assay_task *start(struct assay_t *t, struct assay_initiator *i, enum assay_attr attr)
{
	struct assay_task *task = assay_scsi_prepare(
		t, assay_write_lun(t), scsi_cdb_testunitready(), NULL, 0);

	task->attr = (uint8_t)attr;
	REQUIRE(t, i, assay_task_start(i, task));
	return task;
}

static void claim_held(struct assay_t *t, bool held, const struct assay_pdu *pdu)
{
	EXPECT(t, held, "no response before the earlier write has ended", "%s for ITT 0x%x",
		assay_opcode_name(pdu->opcode) ? assay_opcode_name(pdu->opcode) : "a PDU", pdu->itt);
	if (!held)
		assay_stop(t);
}

/* Nothing ends while the write waits; a target may refuse the attribute (its extended INQUIRY data say so), and is not asked further then. */
static void expect_held(struct assay_t *t, struct assay_initiator *i, const struct assay_task *ordered)
{
	struct assay_pdu ping, pdu;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.immediate = 1;
	REQUIRE(t, i, assay_send(i, &ping));
	REQUIRE(t, i, assay_recv(i, &pdu));
	if (pdu.opcode == ASSAY_SCSI_RESPONSE && pdu.itt == ordered->itt && (pdu.response || pdu.status))
		assay_skip(t, "not-offered");
	claim_held(t, pdu.opcode == ASSAY_NOP_IN && pdu.itt == ping.itt, &pdu);
}

/* Sends the data that the write waits for. Until it has ended, nothing else ends. */
static void finish_first(struct assay_t *t, struct assay_initiator *i, struct assay_waiting *w)
{
	const struct assay_pdu *r2t = &w->r2t;
	struct assay_pdu pdu;

	REQUIRE(t, i,
		assay_data_out(i, w->task, r2t->ttt, r2t->buffer_offset, r2t->desired_data_transfer_length));
	while (!w->task->done) {
		REQUIRE(t, i, assay_recv(i, &pdu));
		claim_held(t, REQUIRE(t, i, assay_task_take(i, w->task, &pdu)) == 1, &pdu);
	}
	EXPECT_GOOD(t, w->task);
}

static void expect_end(struct assay_t *t, struct assay_initiator *i, struct assay_task *task)
{
	REQUIRE(t, i, assay_tasks_finish(i, task, 1));
	EXPECT_GOOD(t, task);
}

/* An ordered command runs when all commands before it have ended: one that waits for its data holds it up. */
static void ordered_waits(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_task *ordered = start(t, i, ASSAY_ATTR_ORDERED);

	expect_held(t, i, ordered);
	finish_first(t, i, &w);
	expect_end(t, i, ordered);
}

/* And the commands behind it run when it has ended, simple ones too. */
static void later_waits_for_ordered(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_task *ordered = start(t, i, ASSAY_ATTR_ORDERED),
			  *simple = start(t, i, ASSAY_ATTR_SIMPLE);

	expect_held(t, i, ordered);
	finish_first(t, i, &w);
	expect_end(t, i, ordered);
	expect_end(t, i, simple);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.ordered-waits",
		.reqs = "R7143-11.3.1-04 S-TASK-ATTRIBUTES-02",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = ordered_waits,
		.desc = "runs an ordered command after all earlier ones",
		.defects = "ordered-ignored" },
	{ .id = "scsi.ordered-runs-before-later",
		.reqs = "R7143-11.3.1-04 S-TASK-ATTRIBUTES-02",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = later_waits_for_ordered,
		.desc = "runs an ordered command before all later ones",
		.defects = "ordered-ignored" },
};

const struct assay_suite assay_suite_scsi_attributes = {
	.name = "scsi",
	.desc = "task attributes",
	ASSAY_TESTS(tests),
};
