/*
 * task_answer.c - SCSI tasks, the receiving side: Data-In, R2T and the response, put where the task wants them. Nothing is
 * written outside of the task's buffers, whatever the target says. RFC 7143 sections 11.4, 11.7, 11.8 and 11.16.2.
 */
#include <string.h>

#include "codec/bytes.h"
#include "initiator/internal.h"

#define DATA_ACK 2 /* SNACK type, section 11.16.1 */
#define FREE_PDUS                                                                                            \
	4096 /* PDUs that tasks may take, and one more for each BYTES_PER_PDU: a flood is stopped here */
#define BYTES_PER_PDU 64
#define FREE_TIMEOUTS                                                                                        \
	8 /* timeouts that tasks may take, and one more for each MiB: a trickle is stopped here */

static void take_residual(struct assay_task *task, const struct assay_pdu *pdu)
{
	task->status = pdu->status;
	task->overflow = pdu->overflow;
	task->underflow = pdu->underflow;
	task->residual_count = pdu->residual_count;
	task->done = true;
}

/* Sense key and codes of the fixed and descriptor formats, SPC-4 section 4.5. */
static void decode_sense(struct assay_task *task)
{
	const uint8_t *b = task->sense;
	size_t n = task->sense_length;

	switch (n > 0 ? b[0] & 0x7f : 0) {
	case 0x70:
	case 0x71:
		task->sense_key = n > 2 ? b[2] & 0xf : 0;
		task->asc = n > 12 ? b[12] : 0;
		task->ascq = n > 13 ? b[13] : 0;
		break;
	case 0x72:
	case 0x73:
		task->sense_key = n > 1 ? b[1] & 0xf : 0;
		task->asc = n > 2 ? b[2] : 0;
		task->ascq = n > 3 ? b[3] : 0;
		break;
	default: break;
	}
}

static void take_response(struct assay_task *task, const struct assay_pdu *pdu)
{
	take_residual(task, pdu);
	task->response = pdu->response;
	task->exp_data_sn = pdu->exp_data_sn;
	if (pdu->data_length < 2)
		return;

	size_t length = assay_get_be16(pdu->data);

	if (length > pdu->data_length - 2)
		length = pdu->data_length - 2;
	if (length > sizeof(task->sense))
		length = sizeof(task->sense);
	memcpy(task->sense, pdu->data + 2, length);
	task->sense_length = length;
	decode_sense(task);
}

/* Section 11.16.2: above ErrorRecoveryLevel 0 the A bit asks for an acknowledgment. */
static int acknowledge(struct assay_initiator *i, const struct assay_pdu *pdu)
{
	struct assay_pdu snack;

	if (!pdu->acknowledge || i->negotiation.params.error_recovery_level == 0)
		return 0;
	assay_make(i, &snack, ASSAY_SNACK_REQUEST);
	snack.snack_type = DATA_ACK;
	snack.ttt = pdu->ttt;
	snack.lun = pdu->lun;
	snack.beg_run = pdu->data_sn + 1;
	return assay_send(i, &snack);
}

static int take_data_in(struct assay_initiator *i, struct assay_task *task, const struct assay_pdu *pdu)
{
	uint32_t offset = pdu->buffer_offset, length = pdu->data_length;

	task->data_in_pdus++;
	if (task->data_in && offset < task->read_length && length > 0) {
		if (length > task->read_length - offset)
			length = task->read_length - offset;
		memcpy((uint8_t *)task->data_in + offset, pdu->data, length);
		if (offset + length > task->data_in_length)
			task->data_in_length = offset + length;
	}
	if (pdu->status_present) {
		take_residual(task, pdu);
		task->status_in_data = true;
	}
	return acknowledge(i, pdu);
}

static int take_r2t(struct assay_initiator *i, struct assay_task *task, const struct assay_pdu *pdu)
{
	uint32_t offset = pdu->buffer_offset, length = pdu->desired_data_transfer_length;

	task->r2ts++;
	if (length == 0 || offset > task->write_length || length > task->write_length - offset)
		return assay_error_set(&i->error, ASSAY_E_PROTOCOL,
			"R2T #%llu asks for %u bytes from byte %u on of a write of %u",
			(unsigned long long)i->last_received, length, offset, task->write_length);
	return assay_data_out(i, task, pdu->ttt, offset, length);
}

int assay_task_take(struct assay_initiator *i, struct assay_task *task, const struct assay_pdu *pdu)
{
	int rc = 0;

	if (pdu->itt != task->itt || task->itt == ASSAY_TAG_RESERVED || task->done)
		return 0;
	switch (pdu->opcode) {
	case ASSAY_DATA_IN: rc = take_data_in(i, task, pdu); break;
	case ASSAY_R2T: rc = take_r2t(i, task, pdu); break;
	case ASSAY_SCSI_RESPONSE: take_response(task, pdu); break;
	default: return 0;
	}
	return rc < 0 ? rc : 1;
}

/* Gives a PDU to the task that it belongs to. 1, 0 when it is nobody's, or an error. */
static int dispatch(
	struct assay_initiator *i, struct assay_task *tasks, size_t count, const struct assay_pdu *pdu)
{
	int rc = 0;

	for (size_t n = 0; n < count && rc == 0; n++)
		rc = assay_task_take(i, &tasks[n], pdu);
	return rc;
}

static bool all_done(const struct assay_task *tasks, size_t count)
{
	for (size_t n = 0; n < count; n++)
		if (!tasks[n].done)
			return false;
	return true;
}

/* The answer to a ping that went out before: it comes when it comes, and whether it is right is the rules' to say. */
static bool late_pong(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_NOP_IN && pdu->itt != ASSAY_TAG_RESERVED;
}

int assay_tasks_finish(struct assay_initiator *i, struct assay_task *tasks, size_t count)
{
	uint64_t bytes = 0, pdus, now = i->stream ? assay_stream_now(i->stream) : 0, last;

	for (size_t n = 0; n < count; n++)
		bytes += (uint64_t)tasks[n].read_length + tasks[n].write_length;
	pdus = FREE_PDUS + bytes / BYTES_PER_PDU;
	if (__builtin_mul_overflow(i->config->timeout, FREE_TIMEOUTS + (bytes >> 20), &last) ||
		__builtin_add_overflow(last, now, &last))
		last = UINT64_MAX;
	while (!all_done(tasks, count)) {
		uint64_t deadline = assay_initiator_deadline(i);
		struct assay_pdu pdu;
		int rc = assay_recv_until(i, &pdu, deadline < last ? deadline : last);

		if (rc == 0)
			rc = dispatch(i, tasks, count, &pdu);
		if (rc < 0)
			return rc;
		if (rc == 0 && !late_pong(&pdu))
			return assay_unexpected(i, &pdu, "part of a task in flight");
		if (pdus-- == 0)
			return assay_error_set(&i->error, ASSAY_E_PROTOCOL,
				"no end of PDUs for %llu bytes of tasks", (unsigned long long)bytes);
	}
	return 0;
}

int assay_task_run(struct assay_initiator *i, struct assay_task *task)
{
	int rc = task->immediate ? 0 : assay_await_window(i);

	if (rc == 0)
		rc = assay_task_start(i, task);
	if (rc == 0)
		return assay_tasks_finish(i, task, 1);
	if (!assay_peer_left(rc) || !i->stream)
		return rc;

	/* It went away while we were sending data: what it said first tells why. */
	struct assay_error why = i->error;
	int said = assay_tasks_finish(i, task, 1);

	if (said == 0 || said == ASSAY_E_REJECT)
		return said;
	i->error = why;
	return rc;
}
