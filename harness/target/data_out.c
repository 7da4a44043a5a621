/*
 * data_out.c - the data of writes: immediate, unsolicited, and what R2Ts ask for. RFC 7143 sections 4.2.5.2, 7.8, 7.9, 11.3.6, 11.7, 11.8 and 13.11;
 * the sense data of broken transfers is section 11.4.7.2's. Nothing is recovered at ErrorRecoveryLevel 0: such a task ends with CHECK CONDITION
 * once no more of its data is on the way.
 */
#include <stdlib.h>
#include <string.h>

#include "target/machine.h"

/* Additional sense codes, with the key ABORTED COMMAND. */
#define WRITE_ERROR          0x0c
#define UNEXPECTED_DATA      0x0c /* ... WRITE ERROR - UNEXPECTED UNSOLICITED DATA */
#define WRONG_AMOUNT         0x0d /* ... WRITE ERROR - NOT ENOUGH UNSOLICITED DATA */
#define PROTOCOL_SERVICE     0x47
#define PROTOCOL_SERVICE_CRC 0x05

/* ---- tags whose data may still come ---- */

void assay_tgt_remember_ended(struct assay_target_conn *c, uint32_t itt)
{
	c->ended[c->ended_count++ % ASSAY_TGT_ENDED] = itt;
}

static bool has_ended(const struct assay_target_conn *c, uint32_t itt)
{
	unsigned count = c->ended_count < ASSAY_TGT_ENDED ? c->ended_count : ASSAY_TGT_ENDED;

	for (unsigned i = 0; i < count; i++)
		if (c->ended[i] == itt)
			return !assay_tgt_defective(c->target, ASSAY_DEFECT_LATE_DATA_REJECTED);
	return false;
}

/* ---- into its place ---- */

/* A command that is ahead of its order is not parsed yet: its unsolicited data gets a buffer. */
static bool early_place(struct assay_tgt_task *task)
{
	const struct assay_params *p = &task->session->params;
	uint32_t size = task->edtl < p->first_burst_length ? task->edtl : p->first_burst_length;

	if (task->place || !size)
		return true;
	if (!assay_tgt_task_holds(task, size))
		return false;
	task->place = malloc(size);
	task->place_owned = task->place != NULL;
	task->place_size = task->place ? size : 0;
	return task->place != NULL;
}

static bool take_data(struct assay_tgt_task *task, uint32_t offset, const uint8_t *data, uint32_t length)
{
	if (task->state == ASSAY_TGT_HELD && !early_place(task))
		return false;
	if (task->place && offset < task->place_size && length)
		memcpy(task->place + offset, data,
			length < task->place_size - offset ? length : task->place_size - offset);
	return true;
}

static void fail(struct assay_tgt_task *task, uint8_t asc, uint8_t ascq)
{
	if (task->failed_asc)
		return; /* the first reason counts */
	task->failed_asc = asc;
	task->failed_ascq = ascq;
}

void assay_tgt_immediate_data(struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	const struct assay_params *p = &task->session->params;
	const struct assay_target *t = task->session->target;

	if (task->unsolicited_open && p->initial_r2t &&
		!assay_tgt_defective(t, ASSAY_DEFECT_INITIAL_R2T_UNCHECKED))
		fail(task, WRITE_ERROR, UNEXPECTED_DATA);
	if (!pdu->data_length)
		return;
	if (!task->write ||
		(!p->immediate_data && !assay_tgt_defective(t, ASSAY_DEFECT_IMMEDIATE_DATA_UNCHECKED)))
		fail(task, WRITE_ERROR, UNEXPECTED_DATA);
	else if (pdu->data_length > task->edtl ||
		 (pdu->data_length > p->first_burst_length &&
			 !assay_tgt_defective(t, ASSAY_DEFECT_FIRST_BURST_UNCHECKED)))
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
	else if (!assay_tgt_defective(t, ASSAY_DEFECT_IMMEDIATE_DATA_LOST) &&
		 !take_data(task, 0, pdu->data, pdu->data_length))
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
	else
		task->received = task->requested = pdu->data_length;
	if (assay_tgt_defective(t, ASSAY_DEFECT_UNSOLICITED_ASKED_AGAIN))
		task->requested = 0;
}

/* ---- R2T ---- */

static void send_r2t(struct assay_tgt_task *task)
{
	const struct assay_tgt_session *s = task->session;
	const struct assay_target *t = s->target;
	uint32_t left = task->place_size - task->requested, most = s->params.max_burst_length;
	struct assay_tgt_r2t *r = &task->r2t[task->r2t_count++];
	struct assay_pdu pdu = { .opcode = ASSAY_R2T, .final = 1, .lun = task->lun, .itt = task->itt };

	if (assay_tgt_defective(t, ASSAY_DEFECT_R2T_BURST_IGNORED))
		most = UINT32_MAX;
	*r = (struct assay_tgt_r2t){ .ttt = assay_tgt_defective(t, ASSAY_DEFECT_R2T_TTT_REPEATED)
						    ? task->cmd_sn
						    : assay_tgt_new_ttt(task->session),
		.offset = task->requested,
		.end = task->requested + (left < most ? left : most) };
	pdu.ttt = assay_tgt_defective(t, ASSAY_DEFECT_R2T_TTT_RESERVED) ? ASSAY_TAG_RESERVED : r->ttt;
	pdu.r2t_sn = assay_tgt_defective(t, ASSAY_DEFECT_R2TSN_FROM_ONE) ? ++task->r2t_sn : task->r2t_sn++;
	pdu.buffer_offset = r->offset;
	pdu.desired_data_transfer_length = r->end - r->offset;
	if (assay_tgt_defective(t, ASSAY_DEFECT_R2T_WRONG_LUN))
		pdu.lun ^= UINT64_C(1) << 48;
	if (assay_tgt_defective(t, ASSAY_DEFECT_R2T_BEYOND_EDTL))
		pdu.desired_data_transfer_length += 512;
	task->requested = r->end;
	assay_tgt_send(task->conn, &pdu,
		assay_tgt_defective(t, ASSAY_DEFECT_R2T_TAKES_STATSN) ? ASSAY_TGT_NUMBERED : ASSAY_TGT_SHOWN);
}

void assay_tgt_solicit(struct assay_tgt_task *task)
{
	unsigned limit = task->session->params.max_outstanding_r2t;

	if (limit > ASSAY_TGT_R2T_MAX ||
		assay_tgt_defective(task->session->target, ASSAY_DEFECT_R2T_TOO_MANY))
		limit = ASSAY_TGT_R2T_MAX;
	if (task->state != ASSAY_TGT_COLLECT || task->unsolicited_open)
		return;
	while (!task->executed && !task->failed_asc && !task->aborting &&
		task->requested < task->place_size && task->r2t_count < limit)
		send_r2t(task);
	if (!task->r2t_count)
		assay_tgt_task_collected(task);
}

/* ---- Data-Out ---- */

/* Takes a PDU of the sequence whose next byte and DataSN are these, and that may go up to end. */
static void take_sequence(struct assay_tgt_task *task, const struct assay_pdu *pdu, uint32_t *offset,
	uint32_t *data_sn, uint32_t end)
{
	const struct assay_target *t = task->session->target;
	bool in_order = pdu->data_sn == *data_sn || assay_tgt_defective(t, ASSAY_DEFECT_DATASN_UNCHECKED);
	bool in_place = pdu->buffer_offset == *offset ||
			assay_tgt_defective(t, ASSAY_DEFECT_BUFFER_OFFSET_UNCHECKED);
	uint32_t length = pdu->data_length;

	*data_sn = pdu->data_sn + 1;
	if (task->failed_asc)
		return; /* nothing of it counts any more but its F bit */
	if (pdu->bad_digests & ASSAY_DATA_DIGEST || !in_order) {
		fail(task, PROTOCOL_SERVICE, PROTOCOL_SERVICE_CRC);
	} else if (!in_place) {
		assay_tgt_reject(task->conn, pdu, ASSAY_TGT_INVALID_FIELD);
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
	} else if ((length > end - *offset && !assay_tgt_defective(t, ASSAY_DEFECT_DATA_OUT_TOO_LONG)) ||
		   !take_data(task, *offset, pdu->data, length)) {
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
	} else {
		*offset += length > end - *offset ? end - *offset : length;
	}
	if (pdu->final && *offset != end && !assay_tgt_defective(t, ASSAY_DEFECT_SHORT_DATA_ACCEPTED))
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
}

/* Is no more of the sequence to come, as far as the target knows? */
static bool sequence_over(const struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	const struct assay_target *t = task->session->target;

	return pdu->final || (task->failed_asc && assay_tgt_defective(t, ASSAY_DEFECT_RESPONSE_BEFORE_FINAL));
}

static void unsolicited(struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	const struct assay_params *p = &task->session->params;
	const struct assay_target *t = task->session->target;
	uint32_t end = task->edtl < p->first_burst_length ? task->edtl : p->first_burst_length;

	if (assay_tgt_defective(t, ASSAY_DEFECT_UNSOLICITED_REFUSED) ||
		(task->next && assay_tgt_defective(t, ASSAY_DEFECT_UNSOLICITED_LATE_REFUSED)))
		fail(task, WRITE_ERROR, UNEXPECTED_DATA);
	if (!task->unsolicited_open && !assay_tgt_defective(t, ASSAY_DEFECT_UNSOLICITED_AFTER_FINAL)) {
		fail(task, WRITE_ERROR, UNEXPECTED_DATA);
		return;
	}
	if ((!task->unsolicited_open || assay_tgt_defective(t, ASSAY_DEFECT_FIRST_BURST_UNCHECKED)) &&
		pdu->data_length > end - task->received && pdu->data_length <= task->edtl - task->received)
		end = task->received + pdu->data_length;
	take_sequence(task, pdu, &task->received, &task->unsolicited_data_sn, end);
	if (task->requested < task->received)
		task->requested = task->received;
	if (assay_tgt_defective(t, ASSAY_DEFECT_UNSOLICITED_ASKED_AGAIN))
		task->requested = 0;
	if (!sequence_over(task, pdu))
		return;
	task->unsolicited_open = false;
	assay_tgt_solicit(task);
}

static void solicited(struct assay_tgt_task *task, const struct assay_pdu *pdu, unsigned index)
{
	struct assay_tgt_r2t *r = &task->r2t[index];

	if (pdu->lun != task->lun &&
		!assay_tgt_defective(task->session->target, ASSAY_DEFECT_DATA_OUT_LUN_UNCHECKED)) {
		assay_tgt_reject(task->conn, pdu, ASSAY_TGT_INVALID_FIELD);
		fail(task, WRITE_ERROR, WRONG_AMOUNT);
	} else {
		take_sequence(task, pdu, &r->offset, &r->data_sn, r->end);
	}
	if (!sequence_over(task, pdu) &&
		!assay_tgt_defective(task->session->target, ASSAY_DEFECT_R2T_ONE_DATA_OUT))
		return;
	task->r2t_count--;
	memmove(r, r + 1, (task->r2t_count - index) * sizeof(*r));
	assay_tgt_solicit(task);
}

/* The R2T that the PDU answers; -1: none. */
static int find_r2t(const struct assay_tgt_task *task, const struct assay_pdu *pdu)
{
	for (unsigned i = 0; i < task->r2t_count; i++)
		if (task->r2t[i].ttt == pdu->ttt)
			return (int)i;
	if (task->r2t_count && assay_tgt_defective(task->session->target, ASSAY_DEFECT_STALE_TTT_ACCEPTED))
		return 0;
	return -1;
}

void assay_tgt_data_out(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;
	struct assay_tgt_task *task;
	int index;

	assay_tgt_acknowledge(c, pdu->exp_stat_sn);
	if (c->closing)
		return;
	if (!pdu->data_length && assay_tgt_defective(c->target, ASSAY_DEFECT_EMPTY_DATA_OUT_REFUSED)) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR);
		return;
	}
	task = assay_tgt_defective(c->target, ASSAY_DEFECT_DATA_OUT_ITT_IGNORED)
		       ? s->tasks
		       : assay_tgt_task_find(s, pdu->itt);
	if (!task || task->conn != c || task->state > ASSAY_TGT_COLLECT) {
		/* Section 10.7: what was on its way for a task that is gone is passed over in silence. */
		if ((!has_ended(c, pdu->itt) || task) && !pdu->bad_digests)
			assay_tgt_reject(c, pdu, ASSAY_TGT_INVALID_FIELD);
		return;
	}
	if (pdu->ttt == ASSAY_TAG_RESERVED) {
		unsolicited(task, pdu);
		return;
	}
	index = find_r2t(task, pdu);
	if (index >= 0)
		solicited(task, pdu, (unsigned)index);
	else if (!pdu->bad_digests) /* it was rejected for its digest */
		assay_tgt_reject(c, pdu, ASSAY_TGT_INVALID_FIELD);
}
