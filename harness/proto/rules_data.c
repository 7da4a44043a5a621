/*
 * rules_data.c - what the target sends for a SCSI task before its response: R2T and Data-In. The status in a Data-In is
 * judged in rules_response.c. RFC 7143 sections 4.2.2.4, 11.7, 11.8, 13.17 to 13.19.
 */
#include "proto/watch_private.h"

/* The number of an R2T or Data-In within its command: false for a wrong one, and what is missing then explains the place, too. */
static bool numbered(
	struct watch_event *e, enum watch_rule rule, uint32_t want, uint32_t is, const char *name)
{
	if (is == want)
		return true;
	found(e, e->task->read && e->task->write ? RULE_BIDI_NUMBERING : rule,
		say(e->expected, "%s %u", name, want), say(e->got, "%s %u", name, is));
	return false;
}

/* ---- R2T ---- */

static void r2t_range(struct watch_event *e, bool in_turn)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_connection *c = e->c;
	struct watch_task *t = e->task;
	uint32_t wanted = pdu->desired_data_transfer_length;
	uint64_t end = (uint64_t)pdu->buffer_offset + wanted;

	if (!wanted)
		FOUND(e, R2T_LENGTH, ("a Desired Data Transfer Length other than 0"), ("0"));
	else if (c->params_known && wanted > c->params.max_burst_length)
		FOUND(e, R2T_LENGTH, ("at most %u bytes, MaxBurstLength", c->params.max_burst_length),
			("%u", wanted));
	if (end > t->write_length)
		FOUND(e, R2T_BOUNDS, ("bytes up to %u", t->write_length),
			("up to %llu", (unsigned long long)end));
	else if (in_turn && c->params_known && c->params.data_sequence_in_order && t->r2ts &&
		 pdu->buffer_offset != t->r2t_next)
		FOUND(e, R2T_ORDER,
			("Buffer Offset %llu, where the last R2T ended", (unsigned long long)t->r2t_next),
			("Buffer Offset %u", pdu->buffer_offset));
}

static void r2t_keep(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t = e->task;

	if (t->outstanding == WATCH_R2TS) {
		t->r2t_lost = true;
		return;
	}
	t->r2t[t->outstanding++] = (struct watch_r2t){ .ttt = pdu->ttt,
		.offset = pdu->buffer_offset,
		.length = pdu->desired_data_transfer_length,
		.next_offset = pdu->buffer_offset };
}

void rules_r2t(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t;
	bool recovery, in_turn;

	if (!rules_task_answer(e, ASSAY_SCSI_COMMAND, false))
		return;
	t = e->task;
	if (!t->write) {
		FOUND(e, R2T_DIRECTION, ("no R2T for a command without W"), ("R2T for ITT 0x%x", t->itt));
		return;
	}
	if (pdu->lun != t->lun)
		FOUND(e, R2T_LUN, ("LUN 0x%016llx of the command", (unsigned long long)t->lun),
			("LUN 0x%016llx", (unsigned long long)pdu->lun));
	if (pdu->ttt == ASSAY_TAG_RESERVED)
		FOUND(e, R2T_TTT, ("a TTT other than 0xffffffff"), ("0xffffffff"));
	in_turn = numbered(
		e, RULE_R2T_NUMBERING, t->r2ts + (t->read ? t->data_ins : 0), pdu->r2t_sn, "R2TSN");
	/* section 11.8: an R2T for what an earlier one asked for recovers lost data, and stands outside the order */
	recovery = (!e->c->params_known || e->c->params.error_recovery_level) && t->r2ts &&
		   pdu->buffer_offset < t->r2t_next;
	if (recovery) {
		t->is_void = true;
	} else {
		r2t_range(e, in_turn);
		if (in_turn && e->c->params_known && t->outstanding >= e->c->params.max_outstanding_r2t)
			FOUND(e, R2T_OUTSTANDING,
				("at most %u R2Ts outstanding", e->c->params.max_outstanding_r2t),
				("%u", t->outstanding + 1u));
		r2t_keep(e);
		t->r2t_next = (uint64_t)pdu->buffer_offset + pdu->desired_data_transfer_length;
	}
	t->r2ts++;
}

/* ---- Data-In ---- */

/* Sections 11.7.2 and 11.7.4. */
static void acknowledge(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t = e->task;
	uint64_t bytes = t->in_bytes + pdu->data_segment_length;

	if (t->ack_soon) { /* and it was not the last one */
		t->ack_soon = false;
		FOUND(e, DATA_IN_ACK_OFTEN,
			("no A bit within %u bytes, MaxBurstLength", e->c->params.max_burst_length),
			("the one before, and more data"));
	}
	if (!pdu->acknowledge)
		return;
	t->ack_soon = t->acked && e->c->params_known && e->c->params.error_recovery_level &&
		      bytes - t->ack_bytes < e->c->params.max_burst_length;
	t->acked = true;
	t->ack_bytes = bytes;
	if (e->c->params_known && !e->c->params.error_recovery_level)
		FOUND(e, DATA_IN_ACK_LEVEL, ("A=0 at ErrorRecoveryLevel 0"), ("A=1"));
	else if (pdu->ttt == ASSAY_TAG_RESERVED)
		FOUND(e, DATA_IN_ACK_TAG, ("a TTT with A=1"), ("TTT 0xffffffff"));
	else if (pdu->lun != t->lun)
		FOUND(e, DATA_IN_ACK_TAG, ("LUN 0x%016llx of the command", (unsigned long long)t->lun),
			("LUN 0x%016llx", (unsigned long long)pdu->lun));
}

/* Where the data lies: within the command, and in order within and between sequences. */
static void placed(struct watch_event *e, bool in_turn)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_connection *c = e->c;
	struct watch_task *t = e->task;
	uint64_t end = (uint64_t)pdu->buffer_offset + pdu->data_segment_length;

	if (end > t->read_length)
		FOUND(e, DATA_IN_BOUNDS, ("bytes up to %u", t->read_length),
			("up to %llu", (unsigned long long)end));
	else if (in_turn && !t->in_open && c->params_known && c->params.data_sequence_in_order &&
		 pdu->buffer_offset < t->in_end)
		FOUND(e, DATA_IN_SEQUENCE_ORDER,
			("Buffer Offset %llu or more", (unsigned long long)t->in_end),
			("Buffer Offset %u", pdu->buffer_offset));
	else if (in_turn && t->in_open && c->params_known && c->params.data_pdu_in_order &&
		 pdu->buffer_offset != t->in_next)
		FOUND(e, DATA_IN_ORDER, ("Buffer Offset %llu", (unsigned long long)t->in_next),
			("Buffer Offset %u", pdu->buffer_offset));
	if (!t->in_open)
		t->in_sequence = 0;
	t->in_sequence += pdu->data_segment_length;
	if (c->params_known && t->in_sequence > c->params.max_burst_length)
		FOUND(e, DATA_IN_BURST,
			("a sequence of at most %u bytes, MaxBurstLength", c->params.max_burst_length),
			("%llu", (unsigned long long)t->in_sequence));
	t->in_open = !pdu->final;
	t->in_next = end;
	t->in_bytes += pdu->data_segment_length;
	if (end > t->in_end)
		t->in_end = end;
}

void rules_data_in(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t;
	bool in_turn;

	if (pdu->acknowledge)
		rules_ack_wanted(e);
	if (!pdu->final && pdu->data_segment_length % 4)
		FOUND(e, DATA_WORDS, ("whole words without F"),
			("DataSegmentLength %u", pdu->data_segment_length));
	if (!rules_task_answer(e, ASSAY_SCSI_COMMAND, false)) {
		if (e->task && pdu->status_present && e->task->state == TASK_LIVE)
			e->task->state = TASK_DONE;
		return;
	}
	t = e->task;
	if (!t->read) {
		FOUND(e, DATA_IN_DIRECTION, ("no Data-In for a command without R"),
			("Data-In for ITT 0x%x", t->itt));
		return;
	}
	acknowledge(e);
	in_turn = numbered(
		e, RULE_DATA_IN_NUMBERING, t->data_ins + (t->write ? t->r2ts : 0), pdu->data_sn, "DataSN");
	t->data_ins++;
	placed(e, in_turn);
	if (!pdu->status_present)
		return;
	if (!pdu->final)
		FOUND(e, DATA_IN_STATUS_FINAL, ("F=1 with S=1"), ("F=0"));
	if (t->write)
		FOUND(e, BIDI_STATUS, ("the status of a bidirectional command in a SCSI Response"), ("S=1"));
	rules_status(e);
}
