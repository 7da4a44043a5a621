/* data_out_solicited.c - R2T and the Data-Out that answers it; wrong answers are in data_out_wrong.c. RFC 7143 sections 4.2.2.4, 4.2.5.1, 11.7 and 11.8. */
#include "suites/target/target_suites.h"
#include "suites/target/transfer.h"

#define R2TS_MAX 256

struct asked {
	size_t count;
	struct assay_pdu r2t[R2TS_MAX];
};

static void note(struct assay_t *t, struct asked *a, const struct assay_pdu *r2t)
{
	REQUIRE_THAT(t, a->count < R2TS_MAX, "an end of the R2Ts", "%zu of them", a->count);
	a->r2t[a->count++] = *r2t;
}

/* Writes so many bursts, answers each R2T as it comes, and returns all of them. */
static struct asked *write_bursts(struct assay_t *t, struct assay_initiator *i, uint32_t bursts)
{
	struct asked *a = assay_alloc(t, sizeof(*a));
	struct assay_transfer *w = assay_transfer_new(
		t, i, 0, bursts * i->negotiation.params.max_burst_length);

	a->count = 0;
	assay_transfer_start(t, w);
	while (!w->task->done) {
		struct assay_pdu pdu;

		REQUIRE(t, i, assay_await(i, &pdu, w->task->itt));
		if (pdu.opcode == ASSAY_R2T)
			note(t, a, &pdu);
		REQUIRE(t, i, assay_task_take(i, w->task, &pdu));
	}
	EXPECT_GOOD(t, w->task);
	return a;
}

/* Starts a write and returns the R2Ts that stand before any of it is answered: a ping shows that there are no more, or that nothing comes until then. */
static struct asked *outstanding(struct assay_t *t, struct assay_transfer *w)
{
	struct asked *a = assay_alloc(t, sizeof(*a));
	struct assay_pdu nop, pdu;

	a->count = 0;
	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	note(t, a, &w->r2t);
	REQUIRE(t, w->i, assay_await_window(w->i));
	assay_make(w->i, &nop, ASSAY_NOP_OUT);
	REQUIRE(t, w->i, assay_send(w->i, &nop));
	for (;;) {
		int result = assay_recv(w->i, &pdu);

		if (result == ASSAY_E_TIMEOUT)
			return a;
		REQUIRE(t, w->i, result);
		if (pdu.opcode != ASSAY_R2T)
			break;
		note(t, a, &pdu);
	}
	EXPECT(t, pdu.opcode == ASSAY_NOP_IN && pdu.itt == nop.itt, "the answer to the ping", "opcode 0x%02x",
		pdu.opcode);
	return a;
}

static struct assay_initiator *small_bursts(struct assay_t *t)
{
	return assay_connect_with(t, SMALL_BURSTS, NULL);
}

/* ---- R2T ---- */

/* Section 11.8: the R2Ts ask for all of the write and nothing twice, in order with DataSequenceInOrder=Yes. */
static void covers_write(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	const struct asked *a = write_bursts(t, i, 6);
	uint32_t end = 0;
	size_t n = 0;

	for (; n < a->count && a->r2t[n].buffer_offset == end; n++)
		end += a->r2t[n].desired_data_transfer_length;
	EXPECT(t, n == a->count, "each R2T where the one before ended", "Buffer Offset %u after %u bytes",
		a->r2t[n % R2TS_MAX].buffer_offset, end);
	EXPECT(t, end >= 6 * i->negotiation.params.max_burst_length, "R2Ts for all of the write",
		"R2Ts for %u bytes", end);
}

/* Section 11.8.4: an R2T asks for at least one byte and at most MaxBurstLength. */
static void within_burst(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	const struct asked *a = write_bursts(t, i, 6);
	uint32_t most = i->negotiation.params.max_burst_length;

	for (size_t n = 0; n < a->count; n++)
		EXPECT(t,
			a->r2t[n].desired_data_transfer_length > 0 &&
				a->r2t[n].desired_data_transfer_length <= most,
			"a Desired Data Transfer Length from 1 to MaxBurstLength",
			"%u with a MaxBurstLength of %u", a->r2t[n].desired_data_transfer_length, most);
}

/* Sections 4.2.2.4 and 11.8.2: R2Ts are numbered 0, 1, 2 … within the command. */
static void numbered(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);

	for (unsigned command = 0; command < 2; command++) {
		const struct asked *a = write_bursts(t, i, 4);

		for (size_t n = 0; n < a->count; n++)
			EXPECT_EQ(t, a->r2t[n].r2t_sn, n);
	}
}

/* Section 11.8.5: the reserved tag is no Target Transfer Tag. */
static void tag_not_reserved(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 512);

	EXPECT(t, w->r2t.ttt != ASSAY_TAG_RESERVED, "a Target Transfer Tag other than 0xffffffff", "0x%08x",
		w->r2t.ttt);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.3: the R2T has the LUN of the command. */
static void lun_of_command(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 512);

	EXPECT_EQ(t, w->r2t.lun, assay_write_lun(t));
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 11.8.3: the R2T carries the next StatSN and does not use it up. */
static void next_stat_sn(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	uint32_t next = i->exp_stat_sn;
	struct assay_transfer *w = assay_transfer_asked(t, i, 0, 512);
	struct assay_pdu response;

	EXPECT_EQ(t, w->r2t.stat_sn, next);
	assay_transfer_answer(t, w);
	REQUIRE(t, i, assay_await(i, &response, w->task->itt));
	EXPECT_EQ(t, response.stat_sn, next);
}

/* Section 13.17: no more R2Ts of a command stand at once than MaxOutstandingR2T. */
static void outstanding_at_once(struct assay_t *t, const char *offer)
{
	struct assay_initiator *i = assay_connect_with(t, SMALL_BURSTS, "MaxOutstandingR2T", offer, NULL);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 12 * i->negotiation.params.max_burst_length);
	const struct asked *a = outstanding(t, w);

	EXPECT(t, a->count <= i->negotiation.params.max_outstanding_r2t,
		"no more R2Ts outstanding than MaxOutstandingR2T", "%zu with a MaxOutstandingR2T of %u",
		a->count, i->negotiation.params.max_outstanding_r2t);
	for (size_t n = 0; n < a->count; n++) {
		w->r2t = a->r2t[n];
		assay_transfer_answer(t, w);
	}
	EXPECT_WRITTEN(t, w);
}

static void one_outstanding(struct assay_t *t)
{
	outstanding_at_once(t, "1");
}

static void four_outstanding(struct assay_t *t)
{
	outstanding_at_once(t, "4");
}

/* Sections 4.2.5.3 and 11.8.5: tags are the target's own affair, but it is assumed to tell the data that it asked for apart by them. */
static void tags_apart(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, SMALL_BURSTS, "MaxOutstandingR2T", "4", NULL);
	struct assay_transfer *w = assay_transfer_new(t, i, 0, 12 * i->negotiation.params.max_burst_length);
	const struct asked *a = outstanding(t, w);

	if (a->count < 2)
		assay_skip(t, "not-offered");
	for (size_t n = 1; n < a->count; n++)
		EXPECT(t, a->r2t[n].ttt != a->r2t[n - 1].ttt,
			"another Target Transfer Tag for each R2T that waits", "0x%08x twice", a->r2t[n].ttt);
}

/* ---- Data-Out, right ---- */

/* Section 11.8: an R2T may be answered with several Data-Out PDUs. */
static void many_pieces(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 8192);

	assay_transfer_pieces(t, w, 0, w->r2t.buffer_offset, w->r2t.desired_data_transfer_length, true);
	EXPECT_WRITTEN(t, w);
}

/* Section 11.7.7: a Data-Out without data is properly received; here it brings nothing but F. */
static void empty_final(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, small_bursts(t), 0, 2048);
	uint32_t length = w->r2t.desired_data_transfer_length;
	struct assay_pdu last = assay_transfer_data(
		w, assay_transfer_pieces(t, w, 0, 0, length, false), length, 0);

	assay_transfer_send(t, w, &last);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.1: the data of two writes comes interleaved; the tags tell what belongs where. */
static void interleaved(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	struct assay_transfer *a = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *b = assay_transfer_asked_beside(t, a, 1024);

	for (uint32_t offset = 0; offset < a->r2t.desired_data_transfer_length; offset += 512) {
		bool last = offset + 512 >= a->r2t.desired_data_transfer_length;

		assay_transfer_pieces(t, a, offset / 512, offset, 512, last);
		assay_transfer_pieces(t, b, offset / 512, offset, 512, last);
	}
	EXPECT_BOTH_WRITTEN(t, a, b);
}

/* Section 11.7: several writes wait for their data; it is sent for the last one first. */
static void later_write_first(struct assay_t *t)
{
	struct assay_initiator *i = small_bursts(t);
	struct assay_transfer *a = assay_transfer_asked(t, i, 0, 1024);
	struct assay_transfer *b = assay_transfer_asked_beside(t, a, 1024);

	assay_transfer_answer(t, b);
	assay_transfer_answer(t, a);
	EXPECT_BOTH_WRITTEN(t, a, b);
}

#define RECORD(name, requirements, where, must, function, claims, broken_by)                                 \
	{                                                                                                    \
		.id = "data." name, .reqs = requirements, .section = where, .level = must,                   \
		.needs = ASSAY_NEED_WRITE, .run = function, .desc = claims, .defects = broken_by             \
	}

static const struct assay_test tests[] = {
	RECORD("r2t-covers-write", "R7143-11.8-09 R7143-11.8.4-02 R7143-13.19-01", "11.8", MUST, covers_write,
		"asks for all of a write, in order and nothing twice", "r2t-beyond-edtl r2t-overlaps"),
	RECORD("r2t-within-burst", "R7143-11.8.4-01", "11.8.4", MUST, within_burst,
		"asks with each R2T for one byte to MaxBurstLength", "r2t-burst-ignored"),
	RECORD("r2t-numbered", "R7143-4.2.2.4-05 R7143-11.8.2-01", "11.8.2", MUST, numbered,
		"numbers the R2Ts of each write from 0 by one", "r2tsn-from-one"),
	RECORD("r2t-tag-not-reserved", "R7143-11.8.5-01", "11.8.5", MUST, tag_not_reserved,
		"gives R2Ts a Target Transfer Tag other than 0xffffffff", "r2t-ttt-reserved"),
	RECORD("r2t-lun", "R7143-4.2.5.3-02", "4.2.5.3", MUST, lun_of_command,
		"sends R2Ts with the LUN of the command", "r2t-wrong-lun"),
	RECORD("r2t-next-stat-sn", "R7143-11.8.3-01", "11.8.3", MUST, next_stat_sn,
		"sends the next StatSN in an R2T and does not use it up", "r2t-takes-statsn"),
	RECORD("r2t-one-outstanding", "R7143-13.17-01 R7143-11.8-10", "13.17", MUST, one_outstanding,
		"waits for the answer to an R2T before the next with MaxOutstandingR2T=1", "r2t-too-many"),
	RECORD("r2t-four-outstanding", "R7143-13.17-01 R7143-11.8-10", "13.17", MUST, four_outstanding,
		"has no more R2Ts outstanding than MaxOutstandingR2T", "r2t-too-many"),
	RECORD("r2t-tags-apart", "R7143-11.8.5-02", "11.8.5", SHOULD, tags_apart,
		"gives the R2Ts of a command that wait at a time different Target Transfer Tags",
		"r2t-ttt-repeated"),
	RECORD("out-many-pieces", "R7143-11.8-02", "11.8", MUST, many_pieces,
		"takes several Data-Out PDUs for an R2T", "r2t-one-data-out"),
	RECORD("out-empty-final", "R7143-11.7.7-01", "11.7.7", MUST, empty_final,
		"takes a Data-Out without data that ends the answer to an R2T", "empty-data-out-refused"),
	RECORD("out-interleaved", "R7143-4.2.5.1-07", "4.2.5.1", MUST, interleaved,
		"keeps the interleaved data of two writes apart", "data-out-itt-ignored r2t-one-data-out"),
	RECORD("out-later-write-first", "R7143-4.2.5.1-07", "4.2.5.1", MUST, later_write_first,
		"takes the solicited data of a later write before that of an earlier one",
		"data-out-itt-ignored"),
};

const struct assay_suite assay_suite_data_out_solicited = {
	.name = "data",
	.desc = "R2T and solicited data",
	ASSAY_TESTS(tests),
};
