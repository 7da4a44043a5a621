/*
 * reserved_fields.c - requests with all reserved bits set: section 11 of RFC 7143 has the receiver ignore them. SCSI Command, Data-Out and Task Management Function
 * Request; the other requests' are beside their own tests. The masks are read off sections 11.3, 11.5 and 11.7 here, not taken from the codec.
 */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/common.h"
#include "suites/target/target_suites.h"
#include "suites/target/tmf.h"

static void send_with(struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *pdu,
	const uint8_t reserved[ASSAY_BHS_LENGTH])
{
	size_t length;
	uint8_t *wire = assay_request_bytes(t, i, pdu, &length);

	for (size_t n = 0; n < ASSAY_BHS_LENGTH; n++)
		wire[n] |= reserved[n];
	REQUIRE(t, i, assay_request_bytes_send(i, wire, length));
}

/* Section 11.3. Byte 2 has the priority of RFC 7144, which is as reserved as the rest of it below iSCSIProtocolLevel 2. */
static void scsi_command(struct assay_t *t)
{
	static const uint8_t reserved[ASSAY_BHS_LENGTH] = { [1] = 0x18, 0xff, 0xff };
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_pdu command;

	assay_make(i, &command, ASSAY_SCSI_COMMAND);
	command.lun = assay_lun(t);
	send_with(t, i, &command, reserved);
	EXPECT_NEXT(t, i, &command, ASSAY_SCSI_RESPONSE, command.itt,
		"a SCSI Response, as if reserved fields were 0");
	EXPECT_EQ(t, command.status, 0);
	EXPECT_ALIVE(t, i);
}

static const uint8_t data_out_reserved[ASSAY_BHS_LENGTH] = { [1] = 0x7f,
	0xff,
	0xff,
	[24] = 0xff,
	0xff,
	0xff,
	0xff,
	[32] = 0xff,
	0xff,
	0xff,
	0xff,
	[44] = 0xff,
	0xff,
	0xff,
	0xff };

/* Section 11.7. */
static void data_out(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_solicited(t);
	struct assay_waiting w = assay_waiting_write(t, i);
	struct assay_task *read;
	struct assay_pdu data;

	if (w.r2t.desired_data_transfer_length != w.task->write_length)
		assay_skip(t, "not-offered"); /* it asks for a block in parts */
	assay_make(i, &data, ASSAY_DATA_OUT);
	data.itt = w.task->itt;
	data.ttt = w.r2t.ttt;
	data.lun = w.task->lun;
	data.data = w.task->data_out;
	data.data_length = w.task->write_length;
	send_with(t, i, &data, data_out_reserved);
	REQUIRE(t, i, assay_tasks_finish(i, w.task, 1));
	EXPECT_GOOD(t, w.task);
	read = assay_scsi_on(t, i, w.task->lun,
		scsi_cdb_read10(assay_get_be32(w.task->cdb + 2), w.task->write_length,
			(int)w.task->write_length, 0, 0, 0, 0, 0));
	EXPECT(t,
		read->data_in_length == w.task->write_length &&
			memcmp(assay_scsi_data(read), w.task->data_out, w.task->write_length) == 0,
		"the bytes of the Data-Out on the medium", "other bytes, or %u of %u", read->data_in_length,
		w.task->write_length);
}

static const uint8_t task_reserved[ASSAY_BHS_LENGTH] = { [2] = 0xff,
	0xff,
	[32] = 0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff };

/* Section 11.5: the tag, RefCmdSN and ExpDataSN are of no meaning to a function for a whole task set. */
static void task_management(struct assay_t *t)
{
	struct assay_initiator *i = assay_tmf_connect(t, ASSAY_ABORT_TASK_SET, assay_lun(t));
	struct assay_pdu request = assay_tmf(i, ASSAY_ABORT_TASK_SET, assay_lun(t)), response;

	send_with(t, i, &request, task_reserved);
	EXPECT_NEXT(t, i, &response, ASSAY_TASK_MANAGEMENT_RESPONSE, request.itt,
		"a Task Management Function Response, as if reserved fields were 0");
	EXPECT_EQ(t, response.response, 0);
	EXPECT_ALIVE(t, i);
}

static const struct assay_test tests[] = {
	{ .id = "reserved.scsi-command",
		.reqs = "R7143-11-02 R7144-5.1.1-02",
		.section = "11",
		.level = MUST,
		.run = scsi_command,
		.desc = "ignores reserved fields of a SCSI Command",
		.defects = "reserved-fields-checked" },
	{ .id = "reserved.data-out",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = data_out,
		.desc = "ignores reserved fields of a Data-Out",
		.defects = "reserved-fields-checked" },
	{ .id = "reserved.task-management",
		.reqs = "R7143-11-02",
		.section = "11",
		.level = MUST,
		.run = task_management,
		.desc = "ignores reserved fields of a Task Management Function Request",
		.defects = "reserved-fields-checked" },
};

const struct assay_suite assay_suite_reserved_fields = {
	.name = "reserved",
	.desc = "reserved fields of requests",
	ASSAY_TESTS(tests),
};
