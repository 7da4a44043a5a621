/*
 * data_in.c - a task's answer: Data-In PDUs, residuals, status and sense. RFC 7143 sections 11.4 and 11.7. PDUs are made when the transport asks
 * for bytes, so that a peer which does not read holds no memory of ours.
 */
#include <string.h>

#include "codec/bytes.h"
#include "target/machine.h"

#define GOOD 0x00

void assay_tgt_sense(struct assay_scsi_command *command, uint8_t key, uint8_t asc, uint8_t ascq)
{
	command->status = 0x02;
	command->data_in_given = 0;
	command->sense_length = 18;
	memset(command->sense, 0, sizeof(command->sense));
	command->sense[0] = 0x70;
	command->sense[2] = key;
	command->sense[7] = 10;
	command->sense[12] = asc;
	command->sense[13] = ascq;
}

/* ---- residuals, section 11.4.5 ---- */

static void residual(
	uint8_t *overflow, uint8_t *underflow, uint32_t *count, uint32_t presented, uint32_t expected)
{
	*overflow = presented > expected;
	*underflow = presented < expected;
	*count = presented > expected ? presented - expected : expected - presented;
}

static void put_residuals(const struct assay_tgt_task *task, struct assay_pdu *pdu)
{
	const struct assay_scsi_command *command = &task->command;
	uint32_t out = command->status == GOOD || command->data_out_given ? command->data_out_length : 0;
	uint32_t in = command->data_in_given;

	if (assay_tgt_defective(task->session->target, ASSAY_DEFECT_RESIDUAL_MISSING))
		return;
	if (task->write)
		residual(&pdu->overflow, &pdu->underflow, &pdu->residual_count, out, task->edtl);
	else
		residual(&pdu->overflow, &pdu->underflow, &pdu->residual_count,
			task->read || in >= out ? in : out, task->read_edtl);
	if (task->write && task->read)
		residual(&pdu->bidi_overflow, &pdu->bidi_underflow, &pdu->bidi_residual_count, in,
			task->read_edtl);
	if (assay_tgt_defective(task->session->target, ASSAY_DEFECT_RESIDUAL_ALWAYS) &&
		!pdu->residual_count) {
		pdu->underflow = 1;
		pdu->residual_count = 1;
	}
	if (assay_tgt_defective(task->session->target, ASSAY_DEFECT_RESIDUAL_OFF_BY_ONE))
		pdu->residual_count += pdu->underflow | pdu->overflow;
}

/* ---- PDUs ---- */

static void send_response(struct assay_tgt_task *task)
{
	const struct assay_scsi_command *command = &task->command;
	const struct assay_target *t = task->session->target;
	uint8_t sense[2 + ASSAY_SENSE_MAX];
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_RESPONSE,
		.final = 1,
		.itt = task->itt,
		.status = command->status,
		.exp_data_sn = task->data_sn };

	put_residuals(task, &pdu);
	if (command->sense_length && !assay_tgt_defective(t, ASSAY_DEFECT_SENSE_MISSING)) {
		assay_put_be16(sense, (uint16_t)(command->sense_length +
						 assay_tgt_defective(t, ASSAY_DEFECT_SENSE_LENGTH_TOO_LONG)));
		memcpy(sense + 2, command->sense, command->sense_length);
		pdu.data = sense;
		pdu.data_length = 2 + (uint32_t)command->sense_length;
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_EXPDATASN_ZERO))
		pdu.exp_data_sn = 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_EXPDATASN_COUNTS_R2T))
		pdu.exp_data_sn += task->r2t_sn;
	if (assay_tgt_defective(t, ASSAY_DEFECT_RESPONSE_WRONG_ITT))
		pdu.itt ^= 0x80000000;
	if (task->read && assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_BAD_STATUS)) {
		pdu.opcode = ASSAY_DATA_IN;
		pdu.ttt = ASSAY_TAG_RESERVED;
		pdu.status_present = 1;
	}
	assay_tgt_send(task->conn, &pdu, ASSAY_TGT_NUMBERED);
}

/* The length of the next Data-In PDU; sets whether it ends its sequence. */
static uint32_t next_part(const struct assay_tgt_task *task, uint8_t *final)
{
	const struct assay_target *t = task->session->target;
	uint32_t part = task->send_length - task->sent;
	uint32_t burst = task->session->params.max_burst_length - task->burst;
	uint32_t most = task->conn->initiator_max_recv;

	/* Section 11.7.7: whole words, unless F is set. */
	if (!assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_ODD_WORDS))
		most &= ~UINT32_C(3);
	if (assay_tgt_defective(t, ASSAY_DEFECT_MAX_BURST_IGNORED))
		burst = UINT32_MAX;
	if (part > burst)
		part = burst;
	if (part > most && !assay_tgt_defective(t, ASSAY_DEFECT_MAX_RECV_IGNORED))
		part = most;
	*final = part == burst || task->sent + part == task->send_length;
	return part;
}

/* Sends the next part; true when that was all and the status went with it. */
static bool send_data(struct assay_tgt_task *task)
{
	const struct assay_scsi_command *command = &task->command;
	const struct assay_target *t = task->session->target;
	struct assay_pdu pdu = { .opcode = ASSAY_DATA_IN,
		.itt = task->itt,
		.ttt = ASSAY_TAG_RESERVED,
		.data_sn = task->data_sn,
		.buffer_offset = task->sent };
	bool status, numbered;

	pdu.data_length = next_part(task, &pdu.final);
	pdu.data = command->data_in + task->sent;
	status = task->sent + pdu.data_length == task->send_length && command->status == GOOD &&
		 (!task->write || assay_tgt_defective(t, ASSAY_DEFECT_BIDI_STATUS_IN_DATA)) &&
		 !assay_tgt_defective(t, ASSAY_DEFECT_EXPDATASN_ZERO);
	if (status) {
		pdu.status_present = 1;
		put_residuals(task, &pdu);
	}
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATASN_STUCK))
		pdu.data_sn = 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATASN_FROM_CMDSN))
		pdu.data_sn += task->cmd_sn;
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_OFFSET_STUCK))
		pdu.buffer_offset = 0;
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_A_BIT))
		pdu.acknowledge = 1;
	task->data_sn++;
	task->sent += pdu.data_length;
	task->burst = pdu.final ? 0 : task->burst + pdu.data_length;
	if (assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_NO_FINAL))
		pdu.final = pdu.status_present;
	if (status && assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_STATUS_NOT_FINAL))
		pdu.final = 0;
	numbered = status || assay_tgt_defective(t, ASSAY_DEFECT_STATSN_COUNTS_DATA_IN);
	assay_tgt_send_data(task->conn, &pdu, numbered ? ASSAY_TGT_NUMBERED : ASSAY_TGT_UNNUMBERED, task);
	if (status && assay_tgt_defective(t, ASSAY_DEFECT_DATA_IN_AFTER_STATUS)) {
		pdu.status_present = 0;
		assay_tgt_send(task->conn, &pdu, ASSAY_TGT_UNNUMBERED);
	}
	return status;
}

/* ---- */

void assay_tgt_answer(struct assay_tgt_task *task)
{
	struct assay_target_conn *c = task->conn;
	uint32_t given = task->command.data_in_given;

	task->state = ASSAY_TGT_SENDING;
	if (task->read)
		task->send_length = given < task->read_edtl || assay_tgt_defective(task->session->target,
								       ASSAY_DEFECT_DATA_IN_BEYOND_EDTL)
					    ? given
					    : task->read_edtl;
	task->next_sending = NULL;
	*(c->sending ? &c->sending_last->next_sending : &c->sending) = task;
	c->sending_last = task;
	assay_tgt_pump(c);
}

void assay_tgt_pump(struct assay_target_conn *c)
{
	while (c->sending && !c->closing && !c->broken && !assay_tgt_output_full(c)) {
		struct assay_tgt_task *task = c->sending;
		bool done = true;

		/* The place in the window is free with the answer that says so. */
		if (task->send_length - task->sent <= c->initiator_max_recv && task->has_place) {
			task->has_place = false;
			task->session->places--;
		}
		if (task->sent < task->send_length)
			done = send_data(task);
		else
			send_response(task);
		if (done)
			assay_tgt_task_end(task);
	}
}
