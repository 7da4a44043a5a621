/*
 * scsi.h - SCSI commands for tests, built by libiscsi's scsi-lowlevel.h: a CDB is built by another hand than the one that wrote our target. Where a
 * CDB or parameter data is itself the thing under test, a test writes the bytes.
 */
#ifndef ASSAY_SUITES_TARGET_SCSI_H
#define ASSAY_SUITES_TARGET_SCSI_H

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

#include "runner/test.h"

/*
 * Each runs one command and REQUIREs an answer (whatever its status); the task and its data live as long as the test. built: what one of libiscsi's
 * scsi_cdb_* gave; it is freed here. A read gets a buffer of the length that the builder expects.
 */
struct assay_task *assay_scsi(struct assay_t *t, struct assay_initiator *i, struct scsi_task *built);
struct assay_task *assay_scsi_on(
	struct assay_t *t, struct assay_initiator *i, uint64_t lun, struct scsi_task *built);
/* TEST UNIT READY behind the unit attentions that stand: tried until it says something else, four times at most. */
struct assay_task *assay_scsi_ready(struct assay_t *t, struct assay_initiator *i, uint64_t lun);
/* A command with data to write: length bytes of data. On the LUN that may be written. */
struct assay_task *assay_scsi_write(struct assay_t *t, struct assay_initiator *i, struct scsi_task *built,
	const void *data, uint32_t length);
/* A CDB given as bytes; read_length bytes are asked for (EDTL), or write_length bytes of data sent. */
struct assay_task *assay_scsi_cdb(struct assay_t *t, struct assay_initiator *i, uint64_t lun, const void *cdb,
	size_t cdb_length, uint32_t read_length, const void *data, uint32_t write_length);

/* Runs a command of 32 bytes, in an additional header segment from the 17th on: READ(32) of no blocks, on the LUN that may be written. Was there an answer, of SCSI
 * or a Reject? Without one, i->error says what came of it. */
bool assay_scsi_long(struct assay_t *t, struct assay_initiator *i);

/* Skips the test where the unit does not have the command: INVALID COMMAND OPERATION CODE decides nothing about its fields. Returns the task. */
struct assay_task *assay_scsi_offered(struct assay_t *t, struct assay_task *task);

/* Prepares the task without running it: for tests that change it or run several at a time. */
struct assay_task *assay_scsi_prepare(
	struct assay_t *t, uint64_t lun, struct scsi_task *built, const void *data, uint32_t length);

/* The data of a task as bytes. */
static inline const uint8_t *assay_scsi_data(const struct assay_task *task)
{
	return task->data_in;
}

#endif
