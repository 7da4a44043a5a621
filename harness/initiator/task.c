/*
 * task.c - SCSI tasks, the sending side: the command with its immediate and unsolicited data, and data for R2Ts, as much
 * as was negotiated unless a test says otherwise. RFC 7143 sections 4.2.5, 11.3 and 11.7.
 */
#include <string.h>

#include "codec/ahs.h"
#include "initiator/internal.h"

static uint32_t smaller(uint64_t a, uint64_t b)
{
	return (uint32_t)(a < b ? a : b);
}

void assay_task_init(struct assay_task *task, uint64_t lun, const void *cdb, size_t cdb_length)
{
	memset(task, 0, sizeof(*task));
	task->cdb_length = cdb_length < sizeof(task->cdb) ? cdb_length : sizeof(task->cdb);
	memcpy(task->cdb, cdb, task->cdb_length);
	task->lun = lun;
	task->attr = ASSAY_ATTR_SIMPLE;
	task->edtl = -1;
	task->immediate_data = -1;
	task->unsolicited = -1;
	task->itt = ASSAY_TAG_RESERVED;
}

/* What goes out without an R2T, in bytes. */
struct shares {
	uint32_t immediate, unsolicited;
};

static struct shares shares_of(const struct assay_initiator *i, const struct assay_task *task, uint32_t edtl)
{
	const struct assay_params *p = &i->negotiation.params;
	uint32_t data = smaller(task->write_length, edtl);
	uint32_t first = smaller(data, p->first_burst_length);
	struct shares s = { 0, 0 };

	if (task->write_length == 0)
		return s;
	if (task->immediate_data >= 0)
		s.immediate = smaller((uint64_t)task->immediate_data, task->write_length);
	else if (p->immediate_data)
		s.immediate = smaller(first, p->target_max_recv);
	if (task->unsolicited >= 0)
		s.unsolicited = smaller((uint64_t)task->unsolicited, task->write_length - s.immediate);
	else if (!p->initial_r2t && first > s.immediate)
		s.unsolicited = first - s.immediate;
	return s;
}

static int append_ahs(struct assay_pdu *command, uint8_t *ahs, size_t capacity, const struct assay_task *task)
{
	long length = 0;

	if (task->cdb_length > sizeof(command->cdb))
		length = assay_ahs_append_cdb(ahs, capacity, 0, task->cdb, task->cdb_length);
	if (length >= 0 && task->read_length > 0 && task->write_length > 0)
		length = assay_ahs_append_bidi_read(ahs, capacity, (size_t)length, task->read_length);
	if (length < 0)
		return (int)length;
	command->ahs = length > 0 ? ahs : NULL;
	command->ahs_length = (uint32_t)length;
	return 0;
}

int assay_data_out(struct assay_initiator *i, const struct assay_task *task, uint32_t ttt, uint32_t offset,
	uint32_t length)
{
	const uint8_t *data = task->data_out;
	struct assay_pdu pdu;
	uint32_t data_sn = 0;

	if (!data || offset > task->write_length || length > task->write_length - offset)
		return assay_error_set(
			&i->error, ASSAY_E_INVAL, "the task has no %u bytes from byte %u on", length, offset);
	do {
		uint32_t part = smaller(length, i->negotiation.params.target_max_recv);

		assay_make(i, &pdu, ASSAY_DATA_OUT);
		pdu.itt = task->itt;
		pdu.ttt = ttt;
		pdu.lun = ttt == ASSAY_TAG_RESERVED ? 0
						    : task->lun; /* section 11.7.4: reserved without a TTT */
		pdu.final = part == length;
		pdu.data_sn = data_sn++;
		pdu.buffer_offset = offset;
		pdu.data = data + offset;
		pdu.data_length = part;

		int rc = assay_send(i, &pdu);

		if (rc < 0)
			return rc;
		offset += part;
		length -= part;
	} while (length > 0);
	return 0;
}

static void forget_result(struct assay_task *task)
{
	task->response = task->status = 0;
	task->overflow = task->underflow = task->status_in_data = task->done = false;
	task->residual_count = task->data_in_length = task->exp_data_sn = 0;
	task->data_in_pdus = task->r2ts = 0;
	task->sense_length = 0;
	task->sense_key = task->asc = task->ascq = 0;
}

int assay_task_start(struct assay_initiator *i, struct assay_task *task)
{
	uint32_t edtl = task->write_length > 0 ? task->write_length : task->read_length;
	uint8_t ahs[sizeof(task->cdb) + 16];
	struct assay_pdu command;

	if (task->edtl >= 0)
		edtl = (uint32_t)task->edtl;
	if (task->write_length > 0 && !task->data_out)
		return assay_error_set(&i->error, ASSAY_E_INVAL, "a task that writes has no data_out");

	struct shares s = shares_of(i, task, edtl);

	forget_result(task);
	assay_make(i, &command, ASSAY_SCSI_COMMAND);
	task->itt = command.itt;
	command.immediate = task->immediate;
	command.attr = task->attr;
	command.lun = task->lun;
	command.read = task->read_length > 0;
	command.write = task->write_length > 0;
	command.expected_data_transfer_length = edtl;
	memcpy(command.cdb, task->cdb, sizeof(command.cdb));
	command.final = s.unsolicited == 0;
	command.data = task->data_out;
	command.data_length = s.immediate;

	int rc = append_ahs(&command, ahs, sizeof(ahs), task);

	if (rc < 0)
		return assay_error_set(&i->error, rc, "the CDB of %zu bytes does not fit", task->cdb_length);
	rc = assay_send(i, &command);
	if (rc < 0 || s.unsolicited == 0)
		return rc;
	return assay_data_out(i, task, ASSAY_TAG_RESERVED, s.immediate, s.unsolicited);
}
