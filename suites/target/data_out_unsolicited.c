/* data_out_unsolicited.c - immediate data and unsolicited Data-Out: RFC 7143 sections 4.2.5.2, 7.9, 11.3.4, 11.4.7.2, 11.7 and 13.10 to 13.14. */
#include "suites/target/target_suites.h"
#include "suites/target/transfer.h"

/* A session with immediate data, and R2T for the rest. */
static struct assay_initiator *immediate_session(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "InitialR2T", "Yes", "ImmediateData", "Yes",
		"FirstBurstLength", "4096", "MaxBurstLength", "16384", NULL);

	if (!i->negotiation.params.immediate_data)
		assay_skip(t, "not-offered");
	return i;
}

/* A session with unsolicited Data-Out. */
static struct assay_initiator *unsolicited_session(struct assay_t *t, const char *immediate_data)
{
	struct assay_initiator *i = assay_connect_with(t, "InitialR2T", "No", "ImmediateData", immediate_data,
		"FirstBurstLength", "4096", "MaxBurstLength", "16384", NULL);

	if (i->negotiation.params.initial_r2t ||
		(*immediate_data == 'Y' && !i->negotiation.params.immediate_data))
		assay_skip(t, "not-offered");
	return i;
}

/* A write that one first burst holds, or a skip; and one of four first bursts. */
static struct assay_transfer *short_write(struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks)
{
	struct assay_transfer *w = assay_transfer_new(t, i, skip_blocks, 1024);

	if (w->place.length > i->negotiation.params.first_burst_length)
		assay_skip(t, "not-offered");
	return w;
}

static struct assay_transfer *long_write(struct assay_t *t, struct assay_initiator *i)
{
	return assay_transfer_new(t, i, 0, 4 * i->negotiation.params.first_burst_length);
}

/* ---- immediate data ---- */

/* Section 13.11: with ImmediateData=Yes the data of a write can be in the command. */
static void immediate_whole(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, immediate_session(t), 0);

	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: only some of it may be; R2Ts ask for the rest. */
static void immediate_part(struct assay_t *t)
{
	struct assay_transfer *w = long_write(t, immediate_session(t));

	w->task->immediate_data = 512;
	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: data that came is not thrown away and asked for again: the first R2T begins behind it. */
static void immediate_not_asked_again(struct assay_t *t)
{
	struct assay_transfer *w = long_write(t, immediate_session(t));

	w->task->immediate_data = 512;
	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	EXPECT_EQ(t, w->r2t.buffer_offset, 512);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: an initiator may send no immediate data although it was agreed on. */
static void immediate_none(struct assay_t *t)
{
	struct assay_transfer *w = long_write(t, immediate_session(t));

	w->task->immediate_data = 0;
	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 13.11: after ImmediateData=No immediate data is refused. */
static void immediate_refused(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_new(t, assay_connect_with(t, SOLICITED, NULL), 0, 512);
	struct assay_pdu command = assay_transfer_command(w);

	command.data = w->place.pattern;
	command.data_length = 512;
	assay_transfer_send(t, w, &command);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA);
}

/* Section 4.2.5.2: more immediate data than FirstBurstLength is an initiator's error. That the target looks for it is not said: section 11.4.7.2 has a condition for it where there was
 * Data-Out as well, section 13.11 for immediate data that was not agreed to at all, and section 7.10 asks for no more checks. */
static void immediate_too_much(struct assay_t *t)
{
	struct assay_initiator *i = immediate_session(t);
	struct assay_transfer *w = long_write(t, i);
	struct assay_pdu command = assay_transfer_command(w);

	command.data = w->place.pattern;
	command.data_length = i->negotiation.params.first_burst_length + 512;
	if (command.data_length > i->negotiation.params.target_max_recv)
		assay_skip(t, "not-offered");
	assay_transfer_send(t, w, &command);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA | ASSAY_WRONG_AMOUNT);
}

/* ---- unsolicited Data-Out ---- */

/* Section 13.10: with InitialR2T=No the data follows the command unasked. */
static void unsolicited_whole(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, unsolicited_session(t, "No"), 0);

	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: up to FirstBurstLength of it; R2Ts ask for the rest. */
static void unsolicited_then_solicited(struct assay_t *t)
{
	struct assay_transfer *w = long_write(t, unsolicited_session(t, "No"));

	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: the first R2T begins where the first burst ended. */
static void unsolicited_not_asked_again(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "No");
	struct assay_transfer *w = long_write(t, i);

	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	EXPECT_EQ(t, w->r2t.buffer_offset, i->negotiation.params.first_burst_length);
	assay_transfer_answer(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 13.11: immediate data first, Data-Out for the rest of the first burst. */
static void immediate_and_unsolicited(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "Yes");
	struct assay_transfer *w = long_write(t, i);

	w->task->immediate_data = 512;
	w->task->unsolicited = i->negotiation.params.first_burst_length - 512;
	if (!w->task->unsolicited)
		assay_skip(t, "not-offered");
	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 11.7.1: the burst may come in more PDUs than its length makes necessary; F is on the last. */
static void unsolicited_pieces(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, unsolicited_session(t, "No"), 0);

	assay_transfer_announce(t, w);
	assay_transfer_pieces(t, w, 0, 0, w->place.length, true);
	EXPECT_WRITTEN(t, w);
}

/* Section 11.7.7: a Data-Out without data is properly received; here it brings nothing but F. */
static void unsolicited_empty_final(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, unsolicited_session(t, "No"), 0);
	struct assay_pdu last;

	assay_transfer_announce(t, w);
	last = assay_transfer_data(
		w, assay_transfer_pieces(t, w, 0, 0, w->place.length, false), w->place.length, 0);
	last.final = 1;
	assay_transfer_send(t, w, &last);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: InitialR2T=No is leave, not duty: after a command with F and no data the target asks for all. */
static void unsolicited_none(struct assay_t *t)
{
	struct assay_transfer *w = long_write(t, unsolicited_session(t, "No"));

	w->task->unsolicited = 0;
	assay_transfer_start(t, w);
	EXPECT_WRITTEN(t, w);
}

/* Section 4.2.5.2: command N+1 may go before the unsolicited data of command N, whose data goes first then. */
static void unsolicited_behind_next_command(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "No");
	struct assay_transfer *a = short_write(t, i, 0), *b = short_write(t, i, a->place.blocks);

	assay_transfer_announce(t, a);
	assay_transfer_announce(t, b);
	assay_transfer_pieces(t, a, 0, 0, a->place.length, true);
	assay_transfer_pieces(t, b, 0, 0, b->place.length, true);
	EXPECT_BOTH_WRITTEN(t, a, b);
}

/* ---- errors ---- */

/* Section 4.2.5.2: after InitialR2T=Yes, a command that announces Data-Out unasked and sends it is an error. */
static void announced_with_initial_r2t(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_new(t, assay_connect_with(t, SOLICITED, NULL), 0, 1024);

	assay_transfer_announce(t, w);
	assay_transfer_pieces(t, w, 0, 0, w->place.length, true);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA);
}

/* The same without the announcement, while an R2T waits for its answer. */
static void unasked_with_initial_r2t(struct assay_t *t)
{
	struct assay_transfer *w = assay_transfer_asked(t, assay_connect_with(t, SOLICITED, NULL), 0, 1024);
	struct assay_pdu pdu = assay_transfer_data(w, 0, 0, 512);

	pdu.ttt = ASSAY_TAG_RESERVED;
	pdu.lun = 0;
	pdu.final = 1;
	assay_transfer_send(t, w, &pdu);
	assay_transfer_settle(t, w);
	assay_transfer_answer(t, w);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA);
}

/* Section 4.2.5.2: F ended the unsolicited data; what comes behind it unasked is an error. */
static void unsolicited_after_final(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "No");
	struct assay_transfer *w = long_write(t, i);
	uint32_t first = i->negotiation.params.first_burst_length, data_sn;
	struct assay_pdu pdu;

	assay_transfer_announce(t, w);
	data_sn = assay_transfer_pieces(t, w, 0, 0, first, true);
	assay_transfer_await_r2t(t, w);
	pdu = assay_transfer_data(w, data_sn, first, 512);
	pdu.ttt = ASSAY_TAG_RESERVED;
	pdu.lun = 0;
	pdu.final = 1;
	assay_transfer_send(t, w, &pdu);
	assay_transfer_settle(t, w);
	assay_transfer_answer(t, w);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA | ASSAY_WRONG_AMOUNT);
}

/* Section 4.2.5.2: more than FirstBurstLength, before F, is an error too. */
static void unsolicited_too_much(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "No");
	struct assay_transfer *w = long_write(t, i);

	assay_transfer_announce(t, w);
	assay_transfer_pieces(t, w, 0, 0, i->negotiation.params.first_burst_length + 512, true);
	EXPECT_REFUSED(t, w, ASSAY_UNEXPECTED_DATA | ASSAY_WRONG_AMOUNT);
}

/* Section 11.4.7.2: less than FirstBurstLength, where the write is longer, is an incorrect amount of data. */
static void unsolicited_too_little(struct assay_t *t)
{
	struct assay_initiator *i = unsolicited_session(t, "No");
	struct assay_transfer *w = long_write(t, i);

	if (i->negotiation.params.first_burst_length <= 512)
		assay_skip(t, "not-offered");
	assay_transfer_announce(t, w);
	assay_transfer_pieces(t, w, 0, 0, i->negotiation.params.first_burst_length - 512, true);
	EXPECT_REFUSED(t, w, ASSAY_WRONG_AMOUNT);
}

/* Section 7.9: a DataSN out of order means that a PDU was lost: a digest error. */
static void unsolicited_data_sn(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, unsolicited_session(t, "No"), 0);

	assay_transfer_announce(t, w);
	assay_transfer_pieces(t, w, 1, 0, w->place.length, true);
	EXPECT_REFUSED(t, w, ASSAY_CRC_ERROR);
}

/* Section 11.7.6: a hole in the data, and data beyond the write's end instead. */
static void unsolicited_offset(struct assay_t *t)
{
	struct assay_transfer *w = short_write(t, unsolicited_session(t, "No"), 0);
	uint32_t rest = w->place.length - 4;
	struct assay_pdu pdu;

	assay_transfer_announce(t, w);
	pdu = assay_transfer_data(w, assay_transfer_pieces(t, w, 0, 0, rest, false), rest, 4);
	pdu.buffer_offset = w->place.length;
	assay_transfer_send(t, w, &pdu);
	EXPECT_REFUSED(t, w, ASSAY_ANY_CONDITION);
}

#define WRITES ASSAY_NEED_WRITE

static const struct assay_test tests[] = {
	{ .id = "data.immediate",
		.reqs = "R7143-13.11-06 R7143-4.2.5.2-03",
		.section = "13.11",
		.level = MUST,
		.needs = WRITES,
		.run = immediate_whole,
		.desc = "writes immediate data",
		.defects = "immediate-data-lost boolean-unanswered" },
	{ .id = "data.immediate-part",
		.reqs = "R7143-4.2.5.2-04 R7143-13.11-06",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = immediate_part,
		.desc = "asks for what the immediate data left out",
		.defects = "immediate-data-lost r2t-beyond-edtl" },
	{ .id = "data.immediate-not-asked-again",
		.reqs = "R7143-4.2.5.2-07",
		.section = "4.2.5.2",
		.level = SHOULD,
		.needs = WRITES,
		.run = immediate_not_asked_again,
		.desc = "keeps immediate data rather than asking for it again",
		.defects = "unsolicited-asked-again" },
	{ .id = "data.immediate-none",
		.reqs = "R7143-4.2.5.2-04",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = immediate_none,
		.desc = "asks for all data when none was immediate",
		.defects = "r2t-beyond-edtl" },
	{ .id = "data.immediate-refused",
		.reqs = "R7143-13.11-02 R7143-11.4.7.2-01",
		.section = "13.11",
		.level = MUST,
		.needs = WRITES,
		.run = immediate_refused,
		.desc = "refuses immediate data after ImmediateData=No",
		.defects = "immediate-data-unchecked" },
	{ .id = "data.immediate-too-much",
		.reqs = "R7143-11.3.6-02",
		.section = "4.2.5.2",
		.level = SHOULD,
		.needs = WRITES,
		.run = immediate_too_much,
		.desc = "refuses more immediate data than FirstBurstLength",
		.defects = "first-burst-unchecked" },
	{ .id = "data.unsolicited",
		.reqs = "R7143-13.10-01 R7143-13.11-04",
		.section = "13.10",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_whole,
		.desc = "writes unsolicited data",
		.defects = "unsolicited-refused" },
	{ .id = "data.unsolicited-then-solicited",
		.reqs = "R7143-13.10-01 R7143-4.2.5.2-01",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_then_solicited,
		.desc = "asks for what follows the first burst",
		.defects = "unsolicited-refused" },
	{ .id = "data.unsolicited-not-asked-again",
		.reqs = "R7143-4.2.5.2-07",
		.section = "4.2.5.2",
		.level = SHOULD,
		.needs = WRITES,
		.run = unsolicited_not_asked_again,
		.desc = "keeps unsolicited data rather than asking for it again",
		.defects = "unsolicited-asked-again" },
	{ .id = "data.immediate-and-unsolicited",
		.reqs = "R7143-13.11-05",
		.section = "13.11",
		.level = MUST,
		.needs = WRITES,
		.run = immediate_and_unsolicited,
		.desc = "writes a first burst of immediate and unsolicited data",
		.defects = "immediate-data-lost unsolicited-refused" },
	{ .id = "data.unsolicited-pieces",
		.reqs = "R7143-13.11-04",
		.section = "11.7.1",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_pieces,
		.desc = "takes a first burst in many small Data-Out PDUs",
		.defects = "unsolicited-refused" },
	{ .id = "data.unsolicited-empty-final",
		.reqs = "R7143-11.7.7-01",
		.section = "11.7.7",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_empty_final,
		.desc = "takes a Data-Out without data that ends the unsolicited data",
		.defects = "empty-data-out-refused" },
	{ .id = "data.unsolicited-none",
		.reqs = "R7143-4.2.5.2-04",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_none,
		.desc = "asks for all data when a command with F brought none, also after InitialR2T=No",
		.defects = "waits-for-unsolicited" },
	{ .id = "data.unsolicited-behind-next-command",
		.reqs = "R7143-4.2.5.2-11",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_behind_next_command,
		.desc = "takes the unsolicited data of a command behind the next command",
		.defects = "unsolicited-late-refused" },
	{ .id = "data.announced-with-initial-r2t",
		.reqs = "R7143-13.11-02 R7143-11.8-01 R7143-11.4.7.2-01",
		.section = "13.11",
		.level = MUST,
		.needs = WRITES,
		.run = announced_with_initial_r2t,
		.desc = "refuses a command with F=0 and its unsolicited data after InitialR2T=Yes",
		.defects = "initial-r2t-unchecked" },
	{ .id = "data.unasked-with-initial-r2t",
		.reqs = "R7143-13.11-02 R7143-11.4.7.2-01",
		.section = "13.11",
		.level = MUST,
		.needs = WRITES,
		.run = unasked_with_initial_r2t,
		.desc = "refuses Data-Out without a Target Transfer Tag after InitialR2T=Yes",
		.defects = "unsolicited-after-final" },
	{ .id = "data.unsolicited-after-final",
		.reqs = "R7143-11.4.7.2-01",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_after_final,
		.desc = "refuses unsolicited data behind F",
		.defects = "unsolicited-after-final" },
	{ .id = "data.unsolicited-too-much",
		.reqs = "R7143-11.4.7.2-02",
		.section = "4.2.5.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_too_much,
		.desc = "refuses more unsolicited data than FirstBurstLength",
		.defects = "first-burst-unchecked" },
	{ .id = "data.unsolicited-too-little",
		.reqs = "R7143-11.4.7.2-02",
		.section = "11.4.7.2",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_too_little,
		.desc = "refuses less unsolicited data than FirstBurstLength where the write is longer",
		.defects = "short-data-accepted" },
	{ .id = "data.unsolicited-data-sn",
		.reqs = "R7143-7.9-02 R7143-11.4.7.2-03",
		.section = "7.9",
		.level = MUST,
		.needs = WRITES,
		.run = unsolicited_data_sn,
		.desc = "treats a wrong DataSN in unsolicited data as a digest error",
		.defects = "datasn-unchecked" },
	{ .id = "data.unsolicited-offset",
		.reqs = "R7143-11.7.6-01 R7143-11.17.1-05",
		.section = "11.7.6",
		.level = MUST,
		.needs = WRITES,
		.tags = "beyond", /* see data_out_wrong.c */
		.run = unsolicited_offset,
		.desc = "does not take unsolicited data beyond the end of the write for its last bytes",
		.defects = "buffer-offset-unchecked" },
};

const struct assay_suite assay_suite_data_out_unsolicited = {
	.name = "data",
	.desc = "immediate and unsolicited data",
	ASSAY_TESTS(tests),
};
