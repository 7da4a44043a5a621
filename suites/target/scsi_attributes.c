/*
 * scsi_attributes.c - task attributes, as the ATTR field of a command says them: RFC 7143 section 11.3.1, SAM-5 section 8.
 *
 * What can be seen of an ORDERED command from outside? The write goes first and waits for its data, the ordered read of the same block comes behind it. Section
 * 4.2.2.1 of RFC 7143 has the target deliver commands for execution in the order of CmdSN, so the write is in the task set when the read gets there: that its data
 * has not come changes nothing, since asking for data is a part of executing a write (SAM-5 has data-out delivery within the command's processing), and the R2T
 * that came shows that it had begun. SAM-5 leaves an ordered command dormant until all older commands of the task set have ended. A target that takes a write
 * for received only when its data is complete runs the two in the other order and returns the old bytes: the initiator asked for a barrier and got none.
 * A unit need not know the attribute, and a test cannot hold against it what it never claimed: only where the extended INQUIRY data say ORDSUP=1 is it asked.
 * READ rather than TEST UNIT READY, because a unit may run some commands without medium access as if they were head of queue.
 */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/common.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

#define EXTENDED_INQUIRY 0x86
#define ORDSUP           0x02 /* in byte 5 */
#define HEADSUP          0x04
#define ROUNDS           16

/* The attributes that the unit says to support; none where it says nothing. */
static uint8_t supported(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct assay_vpd page;

	if (!assay_vpd_offers(t, i, lun, EXTENDED_INQUIRY))
		return 0;
	page = assay_vpd_read(t, i, lun, EXTENDED_INQUIRY);
	return page.length < 6 ? 0 : page.bytes[5];
}

static struct assay_initiator *connect_to(struct assay_t *t, uint8_t attributes)
{
	struct assay_initiator *i = assay_connect_solicited(t);

	if ((supported(t, i, assay_write_lun(t)) & attributes) != attributes)
		assay_skip(t, "not-offered");
	return i;
}

/* A READ of the block that the write is about, with that attribute, started. */
static struct assay_task *start(
	struct assay_t *t, struct assay_initiator *i, const struct assay_waiting *w, enum assay_attr attr)
{
	uint32_t length = w->task->write_length;
	struct assay_task *task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_read10(assay_get_be32(w->task->cdb + 2), length, (int)length, 0, 0, 0, 0, 0), NULL,
		0);

	task->attr = (uint8_t)attr;
	REQUIRE(t, i, assay_task_start(i, task));
	return task;
}

/* When it is answered or what it has read shows a command that ran too early: which of the two is chance, so that it is one claim. */
static const char after_the_write[] =
	"nothing that ends before the earlier write has, and its bytes in what reads them later";

/* ordered: NULL, or the command that has to be held for the test to decide anything. That it is held is scsi.ordered-waits' to claim. */
static void claim_held(
	struct assay_t *t, bool held, const struct assay_pdu *pdu, const struct assay_task *ordered)
{
	if (ordered && pdu->itt == ordered->itt)
		assay_skip(t, "blocked-by:scsi.ordered-waits");
	EXPECT(t, held, after_the_write, "%s for ITT 0x%x",
		assay_opcode_name(pdu->opcode) ? assay_opcode_name(pdu->opcode) : "a PDU", pdu->itt);
	if (!held)
		assay_stop(t);
}

/* Nothing ends while the write waits, be it that the ping is answered or that nothing is. Was it? */
static bool expect_held(struct assay_t *t, struct assay_initiator *i, const struct assay_task *ordered)
{
	struct assay_pdu ping, pdu;
	int result;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.immediate = 1;
	REQUIRE(t, i, assay_send(i, &ping));
	result = assay_recv(i, &pdu);
	if (result == ASSAY_E_TIMEOUT)
		return false;
	REQUIRE(t, i, result);
	claim_held(t, pdu.opcode == ASSAY_NOP_IN && pdu.itt == ping.itt, &pdu, ordered);
	return true;
}

/* Receives until the task has ended. Until then, nothing else ends. */
static void expect_end(struct assay_t *t, struct assay_initiator *i, struct assay_task *task,
	const struct assay_task *ordered)
{
	struct assay_pdu pdu;

	while (!task->done) {
		REQUIRE(t, i, assay_recv(i, &pdu));
		if (pdu.opcode == ASSAY_NOP_IN && pdu.ttt == ASSAY_TAG_RESERVED)
			continue; /* the ping's late answer */
		claim_held(t, REQUIRE(t, i, assay_task_take(i, task, &pdu)) == 1, &pdu, ordered);
	}
	EXPECT_GOOD(t, task);
}

/* Sends the data that the write waits for. */
static void finish_first(struct assay_t *t, struct assay_initiator *i, struct assay_waiting *w,
	const struct assay_task *ordered)
{
	const struct assay_pdu *r2t = &w->r2t;

	REQUIRE(t, i,
		assay_data_out(i, w->task, r2t->ttt, r2t->buffer_offset, r2t->desired_data_transfer_length));
	expect_end(t, i, w->task, ordered);
}

static bool has_new_bytes(const struct assay_task *read, const struct assay_waiting *w)
{
	return read->data_in_length == w->task->write_length &&
	       memcmp(assay_scsi_data(read), w->task->data_out, w->task->write_length) == 0;
}

/* It returns what the write before it wrote. */
static void expect_new_bytes(struct assay_t *t, const struct assay_task *read, const struct assay_waiting *w)
{
	EXPECT_GOOD(t, read);
	EXPECT(t, has_new_bytes(read, w), after_the_write, "other bytes, or %u of %u", read->data_in_length,
		w->task->write_length);
	if (!has_new_bytes(read, w))
		assay_stop(t);
}

/* An ordered command runs when all commands before it have ended: one that waits for its data holds it up. The same goes for those behind it, simple ones too.
 * Was the ping beside them answered? */
static bool ordered_once(struct assay_t *t, struct assay_initiator *i, bool with_later)
{
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_task *ordered = start(t, i, &w, ASSAY_ATTR_ORDERED),
			  *simple = with_later ? start(t, i, &w, ASSAY_ATTR_SIMPLE) : NULL;
	bool answered = expect_held(t, i, NULL);

	finish_first(t, i, &w, NULL);
	REQUIRE(t, i, assay_tasks_finish(i, ordered, 1));
	expect_new_bytes(t, ordered, &w);
	if (simple) {
		REQUIRE(t, i, assay_tasks_finish(i, simple, 1));
		expect_new_bytes(t, simple, &w);
	}
	return answered;
}

/* A target that does not hold the command may still be so slow to read that the write overtakes it: by chance now and then, not each time.
 * Where the ping stayed out, that was time enough: nothing was left to chance, and more such waits are longer than a test may last. */
static void ordered_often(struct assay_t *t, bool with_later)
{
	struct assay_initiator *i = connect_to(t, ORDSUP);

	for (int n = 0; n < ROUNDS; n++)
		if (!ordered_once(t, i, with_later))
			break;
}

static void ordered_waits(struct assay_t *t)
{
	ordered_often(t, false);
}

static void later_waits_for_ordered(struct assay_t *t)
{
	ordered_often(t, true);
}

/* A head of queue command is not held up by those that wait for their turn: here an ordered one, behind the write that waits for data. One that ran before the write ended, by
 * when it was answered or by the bytes that it read, did not wait, and there was nothing to overtake: whether it or the head of queue command came first is chance then. */
static void head_of_queue(struct assay_t *t)
{
	struct assay_initiator *i = connect_to(t, ORDSUP | HEADSUP);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_task *ordered = start(t, i, &w, ASSAY_ATTR_ORDERED);

	expect_held(t, i, ordered);
	expect_end(t, i, start(t, i, &w, ASSAY_ATTR_HEAD_OF_QUEUE), ordered);
	finish_first(t, i, &w, ordered);
	REQUIRE(t, i, assay_tasks_finish(i, ordered, 1));
	EXPECT_GOOD(t, ordered);
	if (!has_new_bytes(ordered, &w))
		assay_skip(t, "blocked-by:scsi.ordered-waits");
}

/* SIMPLE is there always, the others where the unit says so; elsewhere they may be refused. Untagged is what SCSI knows no more: as SIMPLE. */
static void attributes(struct assay_t *t)
{
	static const struct {
		enum assay_attr attr;
		uint8_t bit;
		const char *words;
	} rows[] = { { ASSAY_ATTR_UNTAGGED, 0, "an untagged TEST UNIT READY ends with GOOD" },
		{ ASSAY_ATTR_SIMPLE, 0, "a simple TEST UNIT READY ends with GOOD" },
		{ ASSAY_ATTR_ORDERED, ORDSUP,
			"an ordered TEST UNIT READY ends with GOOD, or is refused where ORDSUP=0" },
		{ ASSAY_ATTR_HEAD_OF_QUEUE, HEADSUP,
			"a head of queue TEST UNIT READY ends with GOOD, or is refused where HEADSUP=0" } };
	struct assay_initiator *i = assay_connect_full_feature(t);
	uint8_t said = supported(t, i, assay_lun(t));

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		struct assay_task *task = assay_scsi_prepare(
			t, assay_lun(t), scsi_cdb_testunitready(), NULL, 0);
		bool may_refuse = rows[n].bit && !(said & rows[n].bit);

		task->attr = (uint8_t)rows[n].attr;
		REQUIRE(t, i, assay_task_run(i, task));
		EXPECT(t, task->status == 0 || (may_refuse && task->status == 2 && task->sense_key == 5),
			rows[n].words, "status 0x%02x, sense %x/%02x/%02x", task->status, task->sense_key,
			task->asc, task->ascq);
	}
}

static const struct assay_test tests[] = {
	{ .id = "scsi.task-attributes",
		.reqs = "S-TASK-ATTRIBUTES-01 R7143-11.3.1-04",
		.section = "11.3.1",
		.level = MUST,
		.run = attributes,
		.desc = "takes simple commands, and ordered and head of queue ones as its extended INQUIRY "
			"data say",
		.defects = "head-of-queue-refused" },
	{ .id = "scsi.head-of-queue",
		.reqs = "S-TASK-ATTRIBUTES-03 R7143-11.3.1-04",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE | ASSAY_NEED_EXCLUSIVE,
		.run = head_of_queue,
		.desc = "runs a head of queue command before one that waits for its turn",
		.defects = "head-of-queue-waits" },
	{ .id = "scsi.ordered-waits",
		.reqs = "R7143-11.3.1-04 S-TASK-ATTRIBUTES-02",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE | ASSAY_NEED_EXCLUSIVE, /* the task set is all sessions' */
		.run = ordered_waits,
		.desc = "runs an ordered command after all earlier ones, where its extended INQUIRY data say "
			"ORDSUP=1",
		.defects = "ordered-ignored" },
	{ .id = "scsi.ordered-runs-before-later",
		.reqs = "R7143-11.3.1-04 S-TASK-ATTRIBUTES-02",
		.section = "11.3.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE | ASSAY_NEED_EXCLUSIVE, /* the task set is all sessions' */
		.run = later_waits_for_ordered,
		.desc = "runs an ordered command before all later ones, where its extended INQUIRY data say "
			"ORDSUP=1",
		.defects = "ordered-ignored" },
};

const struct assay_suite assay_suite_scsi_attributes = {
	.name = "scsi",
	.desc = "task attributes",
	ASSAY_TESTS(tests),
};
