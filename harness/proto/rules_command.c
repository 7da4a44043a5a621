/*
 * rules_command.c - what the initiator sends for a SCSI task: the command with its immediate data, unsolicited and solicited
 * Data-Out. RFC 7143 sections 4.2.5.2, 11.3, 11.7, 11.8 and 13.10 to 13.14.
 */
#include <string.h>

#include "codec/ahs.h"
#include "proto/watch_private.h"

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- SCSI Command ---- */

/* The read length of a bidirectional command (section 11.3.4). */
static uint32_t bidi_length(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct assay_ahs ahs;
	size_t offset = 0;
	uint32_t bytes = 0;

	while (assay_ahs_next(&ahs, &offset, pdu->ahs, pdu->ahs_length) > 0) {
		if (ahs.type != ASSAY_AHS_BIDI_READ_LENGTH)
			continue;
		if (ahs.length != 5) {
			FOUND(e, BIDI_READ_LENGTH, ("AHSLength 5"), ("AHSLength %u", ahs.length));
			return 0;
		}
		(void)assay_ahs_bidi_read_length(&bytes, pdu->ahs, pdu->ahs_length);
		return bytes;
	}
	FOUND(e, BIDI_READ_LENGTH, ("a Bidirectional Read Expected Data Transfer Length AHS with R and W"),
		("none"));
	return 0;
}

static void immediate_data(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_connection *c = e->c;

	if (!pdu->data_segment_length)
		return;
	if (!pdu->write)
		FOUND(e, IMMEDIATE_DATA_DIRECTION, ("no data without W"),
			("%u bytes", pdu->data_segment_length));
	else if (c->params_known && !c->params.immediate_data)
		FOUND(e, IMMEDIATE_DATA, ("no immediate data: ImmediateData=No"),
			("%u bytes", pdu->data_segment_length));
	else if (c->params_known && pdu->data_segment_length > c->params.first_burst_length)
		FOUND(e, FIRST_BURST, ("at most %u bytes, FirstBurstLength", c->params.first_burst_length),
			("%u bytes of immediate data", pdu->data_segment_length));
	else if (pdu->data_segment_length > pdu->expected_data_transfer_length)
		FOUND(e, DATA_OUT_BOUNDS,
			("at most %u bytes, as expected", pdu->expected_data_transfer_length),
			("%u bytes of immediate data", pdu->data_segment_length));
}

static void flags(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->attr > ASSAY_ATTR_ACA)
		FOUND(e, COMMAND_ATTR, ("ATTR 0 to 4"), ("ATTR %u", pdu->attr));
	if (pdu->expected_data_transfer_length && !pdu->read && !pdu->write)
		FOUND(e, COMMAND_DIRECTION,
			("R or W with %u bytes expected", pdu->expected_data_transfer_length), ("neither"));
	if (pdu->final)
		return;
	if (!pdu->write)
		FOUND(e, COMMAND_FINAL, ("F=1 without W"), ("F=0"));
	else if (pdu->data_segment_length == pdu->expected_data_transfer_length)
		FOUND(e, COMMAND_FINAL, ("F=1: all %u bytes are immediate", pdu->data_segment_length),
			("F=0"));
	else if (e->c->params_known && e->c->params.initial_r2t)
		FOUND(e, UNSOLICITED_INITIAL_R2T, ("F=1 with InitialR2T=Yes"),
			("F=0, which announces unsolicited data"));
}

void rules_command(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t;

	if (!rules_task_begin(e))
		return;
	t = e->task;
	t->read = pdu->read;
	t->write = pdu->write;
	t->write_length = pdu->expected_data_transfer_length;
	t->read_length = pdu->read && pdu->write ? bidi_length(e) : pdu->expected_data_transfer_length;
	flags(e);
	immediate_data(e);
	t->out_bytes = pdu->data_segment_length;
	t->unsolicited_bytes = pdu->data_segment_length;
	t->unsolicited_next = pdu->data_segment_length;
	t->unsolicited = pdu->write && !pdu->final;
	if (t->unsolicited)
		t->unsolicited_order = ++e->c->unsolicited_orders;
}

/* ---- Data-Out ---- */

/* The length of the first burst that goes out by itself. */
static uint32_t first_burst(const struct watch_event *e, const struct watch_task *t)
{
	return least(t->write_length, e->c->params.first_burst_length);
}

static bool in_order(const struct watch_event *e)
{
	return e->c->params_known && e->c->params.data_pdu_in_order;
}

/* Section 4.2.5.2: a command whose unsolicited data is not over yet lets none of a later one pass. Task numbers on a
 * connection grow with each such command, so the earliest open one is found by looking when this is not known to be it. */
static void unsolicited_order(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	const struct watch_task *t = e->task;

	if (t->unsolicited_order <= c->unsolicited_done + 1)
		return;
	for (unsigned i = 0; i < WATCH_TASKS; i++) {
		const struct watch_task *other = &e->w->task[i];

		if (other->state != TASK_LIVE || other->is_void || other->connection != c->number ||
			!other->unsolicited || other->unsolicited_order >= t->unsolicited_order)
			continue;
		FOUND(e, UNSOLICITED_ORDER, ("the unsolicited data of ITT 0x%x first", other->itt),
			("that of ITT 0x%x", t->itt));
		return;
	}
	c->unsolicited_done = t->unsolicited_order - 1;
}

/* in_turn: the last PDU did not tell of some that are missing. */
static void unsolicited_end(struct watch_event *e, bool in_turn)
{
	struct watch_task *t = e->task;

	t->unsolicited = false;
	if (in_turn && e->c->params_known && t->unsolicited_bytes < first_burst(e, t))
		FOUND(e, UNSOLICITED_AMOUNT, ("%u unsolicited bytes", first_burst(e, t)),
			("F after %llu", (unsigned long long)t->unsolicited_bytes));
	if (t->unsolicited_order == e->c->unsolicited_done + 1)
		e->c->unsolicited_done++;
}

static void unsolicited(struct watch_event *e)
{
	struct watch_task *t = e->task;
	const struct assay_pdu *pdu = e->pdu;
	bool numbered = pdu->data_sn == t->unsolicited_sn, placed = pdu->buffer_offset == t->unsolicited_next;

	if (!t->unsolicited) {
		if (e->c->params_known && e->c->params.initial_r2t)
			FOUND(e, UNSOLICITED_INITIAL_R2T, ("no unsolicited data with InitialR2T=Yes"),
				("TTT 0xffffffff"));
		else
			FOUND(e, UNSOLICITED_ENDED, ("no unsolicited data after F"), ("TTT 0xffffffff"));
		return;
	}
	unsolicited_order(e);
	placed |= !in_order(e);
	if (!numbered)
		FOUND(e, DATA_OUT_NUMBERING, ("DataSN %u", t->unsolicited_sn), ("DataSN %u", pdu->data_sn));
	if (numbered && !placed) /* what is missing explains the offset, too */
		FOUND(e, DATA_OUT_ORDER, ("Buffer Offset %llu", (unsigned long long)t->unsolicited_next),
			("Buffer Offset %u", pdu->buffer_offset));
	else if ((uint64_t)pdu->buffer_offset + pdu->data_segment_length > t->write_length)
		FOUND(e, DATA_OUT_BOUNDS, ("data up to %u", t->write_length),
			("up to %llu", (unsigned long long)pdu->buffer_offset + pdu->data_segment_length));
	else if (numbered && e->c->params_known &&
		 t->unsolicited_bytes + pdu->data_segment_length > e->c->params.first_burst_length)
		FOUND(e, FIRST_BURST,
			("at most %u unsolicited bytes, FirstBurstLength", e->c->params.first_burst_length),
			("%llu", (unsigned long long)t->unsolicited_bytes + pdu->data_segment_length));
	t->unsolicited_sn++;
	t->unsolicited_next = (uint64_t)pdu->buffer_offset + pdu->data_segment_length;
	t->unsolicited_bytes += pdu->data_segment_length;
	if (pdu->final)
		unsolicited_end(e, numbered && placed);
}

static void r2t_drop(struct watch_task *t, unsigned i)
{
	t->outstanding--;
	memmove(&t->r2t[i], &t->r2t[i + 1], (t->outstanding - i) * sizeof(t->r2t[0]));
}

/* Data for R2T i while an earlier one waits: served out of order, or the earlier one was served and F forgotten. */
static void earlier(struct watch_event *e, unsigned i)
{
	struct watch_task *t = e->task;

	if (!i)
		return;
	if (t->r2t[0].bytes >= t->r2t[0].length)
		FOUND(e, DATA_OUT_FINAL, ("F in the last Data-Out for TTT 0x%x", t->r2t[0].ttt),
			("data for TTT 0x%x", e->pdu->ttt));
	else
		FOUND(e, R2T_SERVED_IN_ORDER, ("data for TTT 0x%x first", t->r2t[0].ttt),
			("data for TTT 0x%x", e->pdu->ttt));
}

static void solicited_data(struct watch_event *e, struct watch_r2t *r)
{
	const struct assay_pdu *pdu = e->pdu;
	uint64_t end = (uint64_t)pdu->buffer_offset + pdu->data_segment_length;
	bool numbered = pdu->data_sn == r->next_sn,
	     placed = !in_order(e) || pdu->buffer_offset == r->next_offset;

	if (!numbered)
		FOUND(e, DATA_OUT_NUMBERING, ("DataSN %u", r->next_sn), ("DataSN %u", pdu->data_sn));
	if (pdu->lun != e->task->lun)
		FOUND(e, DATA_OUT_LUN, ("LUN 0x%016llx of the R2T", (unsigned long long)e->task->lun),
			("LUN 0x%016llx", (unsigned long long)pdu->lun));
	if (pdu->buffer_offset < r->offset || end > (uint64_t)r->offset + r->length)
		FOUND(e, DATA_OUT_RANGE,
			("bytes %u to %llu", r->offset, (unsigned long long)r->offset + r->length),
			("%u to %llu", pdu->buffer_offset, (unsigned long long)end));
	else if (numbered && !placed) /* what is missing explains the offset, too */
		FOUND(e, DATA_OUT_ORDER, ("Buffer Offset %u", r->next_offset),
			("Buffer Offset %u", pdu->buffer_offset));
	r->next_sn++;
	r->next_offset = (uint32_t)end;
	r->bytes += pdu->data_segment_length;
	if (pdu->final && r->bytes < r->length && numbered && placed)
		FOUND(e, DATA_OUT_SHORT, ("all %u bytes that were asked for", r->length),
			("F after %u", r->bytes));
}

static void solicited(struct watch_event *e)
{
	struct watch_task *t = e->task;
	unsigned i;

	for (i = 0; i < t->outstanding && t->r2t[i].ttt != e->pdu->ttt; i++)
		;
	if (i == t->outstanding) {
		FOUND(e, DATA_OUT_TTT, ("the TTT of an R2T that waits for data"), ("TTT 0x%x", e->pdu->ttt));
		return;
	}
	earlier(e, i);
	solicited_data(e, &t->r2t[i]);
	if (e->pdu->final)
		r2t_drop(t, i);
}

/* Section 11.7.7. */
static void words(struct watch_event *e)
{
	if (!e->pdu->final && e->pdu->data_segment_length % 4)
		FOUND(e, DATA_WORDS, ("whole words without F"),
			("DataSegmentLength %u", e->pdu->data_segment_length));
}

void rules_data_out(struct watch_event *e)
{
	struct watch_task *t = watch_task_find(e->w, e->s, e->pdu->itt);

	words(e);
	if (!t || t->opcode != ASSAY_SCSI_COMMAND || (!t->write && !t->is_void)) {
		if (((t && !t->is_void) || (!t && !e->c->blind && !e->s->forgot && !e->c->tag_misused)) &&
			watch_stranger(e))
			FOUND(e, DATA_OUT_ITT, ("the ITT of a write in progress"), ("ITT 0x%x", e->pdu->itt));
		return;
	}
	e->task = t;
	/* a task that is over: the data may have been on its way */
	if (t->is_void || t->state != TASK_LIVE)
		return;
	if (t->connection != e->c->number) {
		if (!e->s->reassign && !e->c->blind)
			FOUND(e, DATA_OUT_CONNECTION, ("Data-Out on the connection of ITT 0x%x", t->itt),
				("another connection"));
		return;
	}
	if (e->pdu->ttt == ASSAY_TAG_RESERVED)
		unsolicited(e);
	else if (!t->r2t_lost)
		solicited(e);
	t->out_bytes += e->pdu->data_segment_length;
}
