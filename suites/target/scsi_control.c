/* scsi_control.c - TEST UNIT READY, START STOP UNIT, SYNCHRONIZE CACHE, what is wrong with a CDB, REPORT SUPPORTED OPERATION CODES: SPC-4, SBC-3. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

static struct assay_task *cdb_on_unit(
	struct assay_t *t, struct assay_initiator *i, const uint8_t *cdb, size_t length, uint32_t read_length)
{
	return assay_scsi_cdb(t, i, assay_lun(t), cdb, length, read_length, NULL, 0);
}

/* Ends a test whose command the unit does not have: INVALID COMMAND OPERATION CODE decides nothing about the command's fields. */
static void skip_without_command(struct assay_t *t, const struct assay_task *task)
{
	if (task->status == 2 && task->asc == 0x20)
		assay_skip(t, "not-offered");
}

/* A unit whose medium can be reached says GOOD. */
static void ready(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	EXPECT_GOOD(t, assay_scsi(t, i, scsi_cdb_testunitready()));
}

/* Data asked for by EDTL of a command that has none: GOOD, nothing transferred, and the residual is all of it. */
static void ready_without_data(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0 };
	struct assay_task *task = cdb_on_unit(t, assay_connect_full_feature(t), cdb, sizeof(cdb), 512);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->data_in_length, 0);
	EXPECT_EQ(t, task->underflow, 1);
	EXPECT_EQ(t, task->residual_count, 512);
}

/* An operation code that the unit does not have: one that no standard gives to a disk. */
static void unknown_operation(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x1f };

	EXPECT_SENSE(t, cdb_on_unit(t, assay_connect_full_feature(t), cdb, sizeof(cdb), 0), 0x5, 0x2000);
}

/* And one of the 16-byte commands: the length of the CDB that comes with it makes no difference. */
static void unknown_operation_16(struct assay_t *t)
{
	const uint8_t cdb[16] = { 0x98, [15] = 0 };

	EXPECT_SENSE(t, cdb_on_unit(t, assay_connect_full_feature(t), cdb, sizeof(cdb), 0), 0x5, 0x2000);
}

/* NACA=1 where INQUIRY says NORMACA=0: INVALID FIELD IN CDB. */
static void naca(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	const uint8_t cdb[6] = { [5] = 0x04 };
	struct assay_task *inquiry = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 36));

	if (inquiry->data_in_length >= 4 && assay_scsi_data(inquiry)[3] & 0x20)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t, cdb_on_unit(t, i, cdb, sizeof(cdb), 0), 0x5, 0x2400);
}

/* Where the sense data point into the CDB, they point at the byte that is wrong. */
static void field_pointer(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x12, 0, 0x83, 0, 255, 0 };
	struct assay_task *task = cdb_on_unit(t, assay_connect_full_feature(t), cdb, sizeof(cdb), 255);
	const uint8_t *specific;

	EXPECT_SENSE(t, task, 0x5, 0x2400);
	if (task->sense_length < 18 || (task->sense[0] & 0x7e) != 0x70 || !(task->sense[15] & 0x80))
		assay_skip(t, "not-offered");
	specific = task->sense + 15;
	EXPECT(t,
		(specific[0] & 0x40) &&
			(assay_get_be16(specific + 1) == 2 || assay_get_be16(specific + 1) == 1),
		"a pointer to CDB byte 2 (PAGE CODE) or 1 (EVPD)", "C/D %u, byte %u", specific[0] >> 6 & 1,
		assay_get_be16(specific + 1));
}

/* SYNCHRONIZE CACHE with length 0: to the end of the medium. */
static void synchronize_all(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_synchronizecache10(0, 0, 0, 0));

	skip_without_command(t, task);
	EXPECT_GOOD(t, task);
}

static void synchronize_beyond_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_synchronizecache16(medium.last_lba, 2, 0, 0));

	skip_without_command(t, task);
	EXPECT_SENSE(t, task, 0x5, 0x2100);
}

/* START STOP UNIT: a reserved POWER CONDITION is refused. */
static void reserved_power_condition(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_startstopunit(0, 0, 0xe, 0, 0, 1));

	skip_without_command(t, task);
	EXPECT_SENSE(t, task, 0x5, 0x2400);
}

/* A stopped unit ends commands to the medium NOT READY, INITIALIZING COMMAND REQUIRED, and starts again. INQUIRY goes on. A unit may know START STOP UNIT without the
 * stop, and refuse that: then it goes on, too, and there is no stopped unit to look at. */
static void stopped_unit(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *stop = assay_scsi(t, i, scsi_cdb_startstopunit(0, 0, 0, 0, 0, 0)), *read, *inquiry,
			  *start;

	skip_without_command(t, stop);
	read = assay_scsi(t, i, scsi_cdb_read10(0, medium.block_size, (int)medium.block_size, 0, 0, 0, 0, 0));
	inquiry = assay_scsi(t, i, scsi_cdb_inquiry(0, 0, 36));
	start = assay_scsi(t, i, scsi_cdb_startstopunit(0, 0, 0, 0, 0, 1));
	if (stop->status == 2 && stop->sense_key == 5 && stop->asc == 0x24) {
		EXPECT_GOOD(t, read);
		assay_skip(t, "not-offered");
	}
	EXPECT_GOOD(t, stop);
	EXPECT_SENSE(t, read, 0x2, 0x0402);
	EXPECT_GOOD(t, inquiry);
	EXPECT_GOOD(t, start);
	EXPECT_GOOD(t, assay_scsi(t, i, scsi_cdb_testunitready()));
}

/* The list of all commands: each entry has a length that fits, and what every disk must have is in it. */
static void supported_operations(struct assay_t *t)
{
	static const uint8_t mandatory[] = { 0x00, 0x12, 0xa0 };
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_report_supported_opcodes(0, 0, 0, 0, 8192));
	const uint8_t *data = assay_scsi_data(task);
	uint32_t length;

	if (task->status == 2)
		assay_skip(t, "not-offered");
	REQUIRE_THAT(t, task->data_in_length >= 4, "a list", "%u bytes", task->data_in_length);
	length = assay_get_be32(data);
	EXPECT(t, length % 8 == 0 && length + 4 == task->data_in_length,
		"COMMAND DATA LENGTH of the descriptors of 8 bytes that follow", "%u with %u bytes after it",
		length, task->data_in_length - 4);
	for (size_t n = 0; n < sizeof(mandatory); n++) {
		uint32_t at = 4;

		while (at + 8 <= task->data_in_length && data[at] != mandatory[n])
			at += 8;
		EXPECT(t, at + 8 <= task->data_in_length,
			"TEST UNIT READY, INQUIRY and REPORT LUNS in the list", "no %02xh", mandatory[n]);
	}
}

/* A command that the list names is not answered INVALID COMMAND OPERATION CODE; asked for one by one, the list says the same. */
static void operations_agree(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *known = assay_scsi(t, i, scsi_cdb_report_supported_opcodes(0, 1, 0x12, 0, 64)),
			  *unknown;

	if (known->status == 2)
		assay_skip(t, "not-offered");
	unknown = assay_scsi(t, i, scsi_cdb_report_supported_opcodes(0, 1, 0x1f, 0, 64));
	EXPECT_GOOD(t, known);
	EXPECT_GOOD(t, unknown);
	REQUIRE_THAT(t, known->data_in_length >= 4 && unknown->data_in_length >= 2, "a one-command answer",
		"%u and %u bytes", known->data_in_length, unknown->data_in_length);
	if ((assay_scsi_data(known)[1] & 7) == 0 || (assay_scsi_data(unknown)[1] & 7) == 0)
		assay_skip(t, "not-offered"); /* data are not available now */
	EXPECT(t, (assay_scsi_data(known)[1] & 7) == 3 || (assay_scsi_data(known)[1] & 7) == 5,
		"SUPPORT 011b or 101b for INQUIRY", "%u", assay_scsi_data(known)[1] & 7);
	EXPECT_EQ(t, assay_scsi_data(unknown)[1] & 7, 1);
}

/* RFC 7143 sections 11.2.2 and 11.3.5: what a CDB has beyond 16 bytes comes in an additional header segment, there is no other way. A unit that has no such command
 * says so, a target that takes none rejects it; but the PDU is well formed, and only for those that are not may the connection go (7.7).
 * Where no session goes without header digests, what closed it cannot be told. */
static void long_cdb(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "HeaderDigest", "None", NULL);

	if (i->negotiation.params.header_digest)
		assay_skip(t, "not-offered");
	REQUIRE_THAT(t, assay_scsi_long(t, i), "an answer to a command of 32 bytes, of SCSI or a Reject",
		"%s", i->error.message);
	EXPECT_ALIVE(t, i);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.long-cdb",
		.reqs = "S-MISC-03",
		.section = "11.2.2",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = long_cdb,
		.desc = "answers a command whose CDB goes on in an additional header segment",
		.defects = "ahs-closes" },
	{ .id = "scsi.ready",
		.reqs = "S-TUR-01",
		.section = "SPC-4 6.47",
		.level = MUST,
		.run = ready,
		.desc = "answers TEST UNIT READY with GOOD",
		.defects = "tur-not-ready data-in-unasked r2t-unasked scsi-response-unassigned "
			   "scsi-status-unassigned snack-tag-invented residual-both-ways "
			   "residual-of-failure response-wrong-itt" },
	{ .id = "scsi.ready-without-data",
		.reqs = "S-TUR-02 S-RESIDUAL-01",
		.section = "SPC-4 6.47",
		.level = MUST,
		.run = ready_without_data,
		.desc = "transfers nothing for TEST UNIT READY and counts the residual",
		.defects = "residual-missing" },
	{ .id = "scsi.unknown-operation",
		.reqs = "S-CDB-01",
		.section = "SPC-4 4.3.4",
		.level = MUST,
		.run = unknown_operation,
		.desc = "answers an operation code that it does not have with 20h/00h",
		.defects = "unknown-opcode-good unknown-opcode-wrong-sense" },
	{ .id = "scsi.unknown-operation-16",
		.reqs = "S-CDB-01",
		.section = "SPC-4 4.3.4",
		.level = MUST,
		.run = unknown_operation_16,
		.desc = "answers a 16-byte command that it does not have with 20h/00h",
		.defects = "unknown-opcode-good unknown-opcode-wrong-sense" },
	{ .id = "scsi.naca",
		.reqs = "S-ACA-01 S-CDB-09",
		.section = "SAM-5 5.2",
		.level = MUST,
		.run = naca,
		.desc = "refuses NACA=1 where it has no ACA",
		.defects = "naca-ignored" },
	{ .id = "scsi.field-pointer",
		.reqs = "S-CDB-04",
		.section = "SPC-4 4.5.2.4.2",
		.level = SHOULD,
		.run = field_pointer,
		.desc = "points at the wrong byte of the CDB where it points at one",
		.defects = "field-pointer-wrong" },
	{ .id = "scsi.synchronize-cache-all",
		.reqs = "S-SYNC-CACHE-01",
		.section = "SBC-3 5.26",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = synchronize_all,
		.desc = "takes SYNCHRONIZE CACHE with length 0 for the whole medium",
		.defects = "sync-cache-zero-refused" },
	{ .id = "scsi.synchronize-cache-beyond-end",
		.reqs = "S-SYNC-CACHE-02",
		.section = "SBC-3 5.27",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = synchronize_beyond_end,
		.desc = "refuses SYNCHRONIZE CACHE behind the last block",
		.defects = "sync-cache-unchecked" },
	{ .id = "scsi.reserved-power-condition",
		.reqs = "S-START-STOP-03 S-CDB-03",
		.section = "SBC-3 5.25",
		.level = MUST,
		.needs = ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_DISK,
		.run = reserved_power_condition,
		.desc = "refuses a reserved POWER CONDITION",
		.defects = "power-condition-unchecked" },
	{ .id = "scsi.stopped-unit",
		.reqs = "S-START-STOP-02 S-INQUIRY-09 S-TUR-01",
		.section = "SBC-3 5.25",
		.level = MUST,
		.needs = ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE | ASSAY_NEED_DISK,
		.run = stopped_unit,
		.desc = "keeps the medium of a stopped unit from being read until it is started",
		.defects = "stop-ignored" },
	{ .id = "scsi.supported-operations",
		.reqs = "S-RSOC-01",
		.section = "SPC-4 6.35",
		.level = MUST,
		.run = supported_operations,
		.desc = "lists its commands, with what every disk has among them",
		.defects = "rsoc-length-wrong rsoc-incomplete" },
	{ .id = "scsi.supported-operation-one",
		.reqs = "S-RSOC-02",
		.section = "SPC-4 6.35",
		.level = MUST,
		.run = operations_agree,
		.desc = "tells of one command whether it has it",
		.defects = "rsoc-support-wrong" },
};

const struct assay_suite assay_suite_scsi_control = {
	.name = "scsi",
	.desc = "TEST UNIT READY, START STOP UNIT, SYNCHRONIZE CACHE, CDB errors, supported operations",
	ASSAY_TESTS(tests),
};
