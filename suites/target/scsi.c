/* scsi.c - SCSI commands for tests: from libiscsi's builders to a task of the test initiator. Judges nothing. */
#include "suites/target/scsi.h"

#include <string.h>

struct assay_task *assay_scsi_prepare(
	struct assay_t *t, uint64_t lun, struct scsi_task *built, const void *data, uint32_t length)
{
	struct assay_task *task = assay_alloc(t, sizeof(*task));

	assay_task_init(task, lun, built->cdb, (size_t)built->cdb_size);
	if (built->xfer_dir == SCSI_XFER_READ && built->expxferlen > 0) {
		task->read_length = (uint32_t)built->expxferlen;
		task->data_in = assay_alloc(t, task->read_length);
	}
	task->data_out = data;
	task->write_length = length;
	scsi_free_scsi_task(built);
	return task;
}

struct assay_task *assay_scsi_on(
	struct assay_t *t, struct assay_initiator *i, uint64_t lun, struct scsi_task *built)
{
	struct assay_task *task = assay_scsi_prepare(t, lun, built, NULL, 0);

	REQUIRE(t, i, assay_task_run(i, task));
	return task;
}

struct assay_task *assay_scsi(struct assay_t *t, struct assay_initiator *i, struct scsi_task *built)
{
	return assay_scsi_on(t, i, assay_lun(t), built);
}

struct assay_task *assay_scsi_ready(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct assay_task *task = NULL;

	for (unsigned n = 0; n < 4; n++) {
		task = assay_scsi_on(t, i, lun, scsi_cdb_testunitready());
		if (task->status != 2 || task->sense_key != 6)
			break;
	}
	return task;
}

struct assay_task *assay_scsi_write(struct assay_t *t, struct assay_initiator *i, struct scsi_task *built,
	const void *data, uint32_t length)
{
	struct assay_task *task = assay_scsi_prepare(t, assay_write_lun(t), built, data, length);

	REQUIRE(t, i, assay_task_run(i, task));
	return task;
}

struct assay_task *assay_scsi_cdb(struct assay_t *t, struct assay_initiator *i, uint64_t lun, const void *cdb,
	size_t cdb_length, uint32_t read_length, const void *data, uint32_t write_length)
{
	struct assay_task *task = assay_alloc(t, sizeof(*task));

	assay_task_init(task, lun, cdb, cdb_length);
	task->read_length = read_length;
	if (read_length)
		task->data_in = assay_alloc(t, read_length);
	task->data_out = data;
	task->write_length = write_length;
	REQUIRE(t, i, assay_task_run(i, task));
	return task;
}

bool assay_scsi_long(struct assay_t *t, struct assay_initiator *i)
{
	const uint8_t cdb[32] = { 0x7f, [7] = 24, [9] = 0x09 };
	struct assay_task task;
	int result;

	assay_task_init(&task, assay_write_lun(t), cdb, sizeof(cdb));
	result = assay_task_run(i, &task);
	if (assay_err_is_ours(result))
		REQUIRE(t, i, result);
	return result == 0 || result == ASSAY_E_REJECT;
}

struct assay_task *assay_scsi_offered(struct assay_t *t, struct assay_task *task)
{
	if (task->status == 2 && task->sense_key == 5 && task->asc == 0x20)
		assay_skip(t, "not-offered");
	return task;
}
