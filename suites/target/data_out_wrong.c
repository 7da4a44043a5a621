/* data_out_wrong.c - wrong answers to R2Ts: tags, LUNs, offsets, numbers and amounts of Data-Out. RFC 7143 sections 4.2.5.3, 7.9, 11.4.7.2, 11.7, 11.8 and 11.17.1. */
#include <string.h>

#include "suites/target/target_suites.h"
#include "suites/target/transfer.h"

#define LAST                                                                                                 \
	4 /* bytes at a wrong offset: as good as many, and the least harm to a target that puts them there */

static struct assay_initiator *small_bursts(struct assay_t *t)
{
	return assay_connect_with(t, SMALL_BURSTS, NULL);
}

/* A write whose first R2T asks for at least two pieces of 512 bytes, which is the case for 4096 bytes. */
static struct assay_transfer *begin(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 8192);

	if (w->r2t.desired_data_transfer_length < 1024)
		assay_skip(t, "not-offered");
	return w;
}

/* Sends a whole answer to the R2T, of other bytes and with another tag; then the right one. */
static void answer_with_tag(struct assay_t *t, struct assay_transfer *w, uint32_t ttt)
{
	uint32_t length = w->r2t.desired_data_transfer_length;
	struct assay_pdu pdu = assay_transfer_data(w, 0, w->r2t.buffer_offset, length);
	uint8_t *other = assay_alloc(t, length);

	if (length > w->i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	memset(other, 0xee, length);
	pdu.data = other;
	pdu.ttt = ttt;
	assay_transfer_send(t, w, &pdu);
	assay_transfer_settle(t, w);
	assay_transfer_answer(t, w);
	EXPECT_REFUSED(t, w, ASSAY_ANY_CONDITION);
}

/*
 * Section 11.7.4: Data-Out with a tag that no R2T gave. Sections 4.2.5.3 and 11.8.5 leave Target Transfer Tags to the target ("There is no protocol rule"): one that finds the
 * task and the place of the data by ITT and offset, which are checked by tests of their own, needs no tag. Note 2 of section 11.17.1 is a should, and section 7.10 asks for no more.
 */
static void unknown_tag(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 1024);
	uint32_t ttt = w->r2t.ttt ^ 0x5a5a5a5a;

	answer_with_tag(t, w, ttt == ASSAY_TAG_RESERVED ? ttt ^ 1 : ttt);
}

/* The same with the tag of an R2T that has had its answer, while the next one waits. */
static void used_tag(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 8192);
	uint32_t used = w->r2t.ttt;

	assay_transfer_answer(t, w);
	assay_transfer_await_r2t(t, w);
	if (w->r2t.ttt == used) /* section 11.8.5: it may give the tag again once it is free */
		assay_skip(t, "not-offered");
	answer_with_tag(t, w, used);
}

/* The same with the tag of another write, which has come to its end. Two tasks' R2Ts may have one tag: the ITT tells them apart. */
static void stale_tag(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	struct assay_transfer *a = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *b = assay_transfer_asked_beside(t, a, 1024);

	if (a->r2t.ttt == b->r2t.ttt)
		assay_skip(t, "not-offered");
	assay_transfer_answer(t, a);
	EXPECT_WRITTEN(t, a);
	answer_with_tag(t, b, a->r2t.ttt);
}

/* Section 4.2.5.3: the LUN has to be that of the command. */
static void wrong_lun(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, 512);

	pdu.lun ^= UINT64_C(0x0005) << 48;
	pdu.final = 0;
	assay_transfer_send(t, w, &pdu);
	assay_transfer_pieces(t, w, 1, 512, w->r2t.desired_data_transfer_length - 512, true);
	EXPECT_REFUSED(t, w, ASSAY_ANY_CONDITION);
}

/* Section 11.8: the offset has to be within what the R2T asks for: one that is behind it, one beyond the write, one that leaves a hole. */
static void wrong_offset(struct assay_t *t, uint32_t (*offset)(const struct assay_transfer *w))
{
	struct assay_transfer *w = begin(t);
	uint32_t rest = w->r2t.desired_data_transfer_length - LAST;
	struct assay_pdu pdu;

	pdu = assay_transfer_data(w, assay_transfer_pieces(t, w, 0, 0, rest, false), rest, LAST);
	pdu.buffer_offset = offset(w);
	assay_transfer_send(t, w, &pdu);
	w->sent = w->r2t.desired_data_transfer_length;
	EXPECT_REFUSED(t, w, ASSAY_ANY_CONDITION);
}

static uint32_t behind_r2t(const struct assay_transfer *w)
{
	return w->r2t.desired_data_transfer_length;
}

static uint32_t beyond_write(const struct assay_transfer *w)
{
	return w->place.length;
}

static uint32_t overlap(const struct assay_transfer *w)
{
	return w->r2t.desired_data_transfer_length - 1024;
}

static void offset_behind_r2t(struct assay_t *t)
{
	wrong_offset(t, behind_r2t);
}

static void offset_beyond_write(struct assay_t *t)
{
	wrong_offset(t, beyond_write);
}

static void offset_overlaps(struct assay_t *t)
{
	wrong_offset(t, overlap);
}

/* Section 7.9: a DataSN out of order means that a Data-Out was lost: a digest error. */
static void data_sn_gap(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);

	assay_transfer_pieces(t, w, 0, 0, 512, false);
	assay_transfer_pieces(t, w, 2, 512, w->r2t.desired_data_transfer_length - 512, true);
	EXPECT_REFUSED(t, w, ASSAY_CRC_ERROR);
}

static void data_sn_from_one(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);

	assay_transfer_pieces(t, w, 1, 0, w->r2t.desired_data_transfer_length, true);
	EXPECT_REFUSED(t, w, ASSAY_CRC_ERROR);
}

/* Section 11.4.7.2: less data than the R2T asks for. */
static void too_short(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);

	assay_transfer_pieces(t, w, 0, 0, w->r2t.desired_data_transfer_length - 512, true);
	w->sent = w->r2t.desired_data_transfer_length;
	EXPECT_REFUSED(t, w, ASSAY_WRONG_AMOUNT);
}

/* Section 11.4.7.2: more data than the R2T asks for: some of what the next one would ask for. */
static void too_long(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, w->r2t.desired_data_transfer_length + 512);

	if (pdu.data_length > w->place.length || pdu.data_length > w->i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	pdu.final = 1;
	assay_transfer_send(t, w, &pdu);
	w->sent = w->r2t.desired_data_transfer_length; /* the next R2T asks for nothing again */
	EXPECT_REFUSED(t, w, ASSAY_WRONG_AMOUNT);
}

/* Section 11.17.1: Data-Out for a task that does not exist is rejected for its field, or the connection ends. */
static void unknown_task(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 512);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, 512), answer;

	pdu.itt = 0x7a7a7a7a;
	pdu.ttt = 0x12345678;
	pdu.final = 1;
	REQUIRE(t, i, assay_send(i, &pdu));
	if (assay_recv(i, &answer) == 0)
		EXPECT(t, answer.opcode == ASSAY_REJECT && (answer.reason == 0x09 || answer.reason == 0x04),
			"Reject, reason 0x09 (invalid PDU field) or 0x04 (protocol error), or a close",
			"opcode 0x%02x, reason 0x%02x", answer.opcode, answer.reason);
	else
		EXPECT(t, i->error.code == ASSAY_E_CLOSED || i->error.code == ASSAY_E_RESET,
			"Reject, reason 0x09 (invalid PDU field) or 0x04 (protocol error), or a close", "%s",
			i->error.message);
}

/* Section 11.17.1: the status of a broken write waits for the Data-Out with F. */
static void status_waits(struct assay_t *t)
{
	struct assay_transfer *w = begin(t);
	struct assay_pdu nop, pdu = { 0 };

	assay_transfer_pieces(t, w, 1, 0, 512, false);
	assay_make(w->i, &nop, ASSAY_NOP_OUT);
	assay_transfer_send(t, w, &nop);
	while (assay_recv(w->i, &pdu) == 0 && pdu.itt != nop.itt && pdu.opcode != ASSAY_SCSI_RESPONSE)
		;
	EXPECT(t, pdu.opcode != ASSAY_SCSI_RESPONSE, "no SCSI Response before the Data-Out with F",
		"a SCSI Response, status 0x%02x", pdu.status);
}

#define TAGGED(name, requirements, where, must, function, claims, broken_by, with)                           \
	{                                                                                                    \
		.id = "data." name, .reqs = requirements, .section = where, .level = must,                   \
		.needs = ASSAY_NEED_WRITE, .run = function, .desc = claims, .defects = broken_by,            \
		.tags = with                                                                                 \
	}
#define RECORD(...) TAGGED(__VA_ARGS__, NULL)
/* Data beyond the write's own memory: a target that takes it may be broken from then on, whatever the tests after it say. */
#define BEYOND      "beyond"

static const struct assay_test tests[] = {
	RECORD("out-unknown-tag", "R7143-11.17.1-05", "11.7.4", SHOULD, unknown_tag,
		"does not take Data-Out with a Target Transfer Tag that it did not give",
		"stale-ttt-accepted"),
	RECORD("out-used-tag", "R7143-11.17.1-05", "11.7.4", SHOULD, used_tag,
		"does not take Data-Out with the Target Transfer Tag of an R2T that was answered",
		"stale-ttt-accepted"),
	RECORD("out-stale-tag", "R7143-11.17.1-05", "11.7.4", SHOULD, stale_tag,
		"does not take Data-Out with the Target Transfer Tag of a write that has ended",
		"stale-ttt-accepted"),
	RECORD("out-wrong-lun", "R7143-4.2.5.3-01", "4.2.5.3", MUST, wrong_lun,
		"does not take Data-Out with another LUN than its command's", "data-out-lun-unchecked"),
	RECORD("out-offset-behind-r2t", "R7143-11.17.1-05 R7143-4.2.5.2-09", "11.8", MUST, offset_behind_r2t,
		"does not take Data-Out with an offset behind what the R2T asks for",
		"buffer-offset-unchecked"),
	TAGGED("out-offset-beyond-write", "R7143-11.17.1-05 R7143-11.7.6-01", "11.7.6", MUST,
		offset_beyond_write, "does not take Data-Out with an offset beyond the write",
		"buffer-offset-unchecked", BEYOND),
	RECORD("out-offset-overlaps", "R7143-11.17.1-05 R7143-4.2.5.2-09", "11.8", MUST, offset_overlaps,
		"does not take Data-Out that overlays what came before and leaves a hole",
		"buffer-offset-unchecked"),
	RECORD("out-data-sn-gap", "R7143-7.9-02 R7143-11.4.7.2-03", "7.9", MUST, data_sn_gap,
		"treats a missing DataSN as a digest error", "datasn-unchecked"),
	RECORD("out-data-sn-from-one", "R7143-7.9-02 R7143-11.4.7.2-03", "7.9", MUST, data_sn_from_one,
		"treats Data-Out that begins with DataSN 1 as a digest error", "datasn-unchecked"),
	RECORD("out-too-short", "R7143-11.4.7.2-02", "11.4.7.2", MUST, too_short,
		"does not take less data than an R2T asks for", "short-data-accepted"),
	RECORD("out-too-long", "R7143-11.4.7.2-02", "11.4.7.2", MUST, too_long,
		"does not take more data than an R2T asks for", "data-out-too-long"),
	RECORD("out-unknown-task", "R7143-11.17.1-05", "11.17.1", SHOULD, unknown_task,
		"rejects Data-Out for a task that does not exist", "reject-silent"),
	RECORD("out-status-waits", "R7143-11.17.1-04 R7143-7.8-04", "11.17.1", MUST, status_waits,
		"sends the status of a broken write after the Data-Out with F", "response-before-final"),
};

const struct assay_suite assay_suite_data_out_wrong = {
	.name = "data",
	.desc = "wrong answers to R2Ts",
	ASSAY_TESTS(tests),
};
