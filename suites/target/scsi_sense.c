/* scsi_sense.c - sense data, REQUEST SENSE, unit attentions: SPC-4 section 4.5, SAM-5 sections 5.13 and 5.14. */
#include "codec/lun.h"
#include "suites/target/scsi.h"
#include "suites/target/target_suites.h"

/* A second session of another initiator port, logged in, with its unit attentions taken. */
static struct assay_initiator *other_nexus(struct assay_t *t)
{
	return assay_connect_full_feature(t);
}

/* A session on which no command has been sent yet. */
static struct assay_initiator *fresh_nexus(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect(t);

	REQUIRE(t, i, assay_login(i));
	return i;
}

static struct assay_task *bad_command(struct assay_t *t, struct assay_initiator *i)
{
	const uint8_t cdb[6] = { 0x1f };

	return assay_scsi_cdb(t, i, assay_lun(t), cdb, sizeof(cdb), 0, NULL, 0);
}

/* CHECK CONDITION comes with sense data: autosense is the only way on iSCSI. */
static void check_condition_has_sense(struct assay_t *t)
{
	struct assay_task *task = bad_command(t, assay_connect_full_feature(t));

	EXPECT_EQ(t, task->status, 2);
	EXPECT(t, task->sense_length >= 8, "at least eight bytes of sense data", "%zu", task->sense_length);
}

/* D_SENSE of the Control mode page: 0 or 1; -1 where the unit does not tell. */
static int d_sense(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task = assay_scsi(t, i, scsi_cdb_modesense6(1, 0, 0x0a, 0, 255));
	const uint8_t *data = assay_scsi_data(task);

	if (task->status != 0 || task->data_in_length < 7 || (data[4] & 0x7f) != 0x0a)
		return -1;
	return data[6] >> 2 & 1;
}

/* The response code says which format, the one that D_SENSE asks for; ADDITIONAL SENSE LENGTH counts what follows byte 7, but for zeros behind it. */
static void sense_length(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_task *task = bad_command(t, i);
	int descriptor = d_sense(t, i);
	size_t end;
	uint8_t code;

	REQUIRE_THAT(
		t, task->sense_length >= 8, "at least eight bytes of sense data", "%zu", task->sense_length);
	code = task->sense[0] & 0x7f;
	EXPECT(t, (code == 0x70 && descriptor != 1) || (code == 0x72 && descriptor != 0),
		"response code 70h, or 72h where D_SENSE=1: a current error", "%02xh, D_SENSE=%d", code,
		descriptor);
	end = 8u + task->sense[7];
	EXPECT(t, end <= task->sense_length, "an ADDITIONAL SENSE LENGTH that fits the bytes that came",
		"%u with %zu bytes after it", task->sense[7], task->sense_length - 8);
	for (size_t n = end; n < task->sense_length; n++)
		EXPECT(t, task->sense[n] == 0, "nothing but zeros behind the sense data", "%02xh",
			task->sense[n]);
}

/* Fixed format: VALID=1 only when INFORMATION means something; it does not for an unknown operation code. */
static void information_not_valid(struct assay_t *t)
{
	struct assay_task *task = bad_command(t, assay_connect_full_feature(t));

	REQUIRE_THAT(
		t, task->sense_length >= 8, "at least eight bytes of sense data", "%zu", task->sense_length);
	if ((task->sense[0] & 0x7f) != 0x70)
		assay_skip(t, "not-offered");
	EXPECT(t, !(task->sense[0] & 0x80), "VALID=0", "VALID=1");
}

/* With nothing pending, REQUEST SENSE is GOOD and says NO SENSE. */
static void request_sense_nothing(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x03, 0, 0, 0, 252, 0 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), assay_lun(t), cdb, sizeof(cdb), 252, NULL, 0);

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length >= 8, "sense data", "%u bytes", task->data_in_length);
	EXPECT_EQ(t, assay_scsi_data(task)[2] & 0xf, 0);
}

/* DESC=1 asks for descriptor format: that is what comes, or INVALID FIELD IN CDB. */
static void request_sense_descriptor(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x03, 1, 0, 0, 252, 0 };
	struct assay_task *task = assay_scsi_cdb(
		t, assay_connect_full_feature(t), assay_lun(t), cdb, sizeof(cdb), 252, NULL, 0);
	uint8_t code = task->data_in_length ? assay_scsi_data(task)[0] & 0x7f : 0;

	EXPECT(t,
		(task->status == 0 && code == 0x72) ||
			(task->status == 2 && task->sense_key == 5 && task->asc == 0x24),
		"GOOD with response code 72h, or CHECK CONDITION 24h/00h",
		"status 0x%02x, response code %02xh, sense %x/%02x", task->status, code, task->sense_key,
		task->asc);
}

/* A new I_T nexus hears of POWER ON, RESET or nexus loss with its first ordinary command. */
static void new_nexus_attention(struct assay_t *t)
{
	struct assay_task *task = assay_scsi(t, fresh_nexus(t), scsi_cdb_testunitready());

	EXPECT(t, task->status == 2 && task->sense_key == 6 && task->asc == 0x29,
		"CHECK CONDITION, UNIT ATTENTION, 29h/xxh", "status 0x%02x, sense %x/%02x/%02x", task->status,
		task->sense_key, task->asc, task->ascq);
}

/* INQUIRY and REPORT LUNS run in spite of a unit attention, and leave it pending. */
static void inquiry_leaves_attention(struct assay_t *t)
{
	struct assay_initiator *i = fresh_nexus(t), *j;
	struct assay_task *first = assay_scsi(t, i, scsi_cdb_testunitready());

	if (first->status != 2 || first->sense_key != 6)
		assay_skip(t, "not-offered");
	j = fresh_nexus(t);
	EXPECT_GOOD(t, assay_scsi(t, j, scsi_cdb_inquiry(0, 0, 36)));
	EXPECT_GOOD(t, assay_scsi_on(t, j, 0, scsi_reportluns_cdb(0, 256)));
	EXPECT_SENSE(t, assay_scsi(t, j, scsi_cdb_testunitready()), 0x6, -1);
}

/* Reported once, a unit attention is gone. */
static void attention_reported_once(struct assay_t *t)
{
	struct assay_initiator *i = fresh_nexus(t);
	struct assay_task *task = NULL;
	unsigned n = 0;

	do
		task = assay_scsi(t, i, scsi_cdb_testunitready());
	while (task->status == 2 && task->sense_key == 6 && ++n < 8);
	EXPECT(t, n < 8, "at most a few unit attentions, each once", "one after the other");
	EXPECT_GOOD(t, task);
}

/* TEST UNIT READY until it has no unit attention to tell: how many there were. */
static unsigned attentions(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_task *task;
	unsigned n = 0;

	while ((task = assay_scsi(t, i, scsi_cdb_testunitready()))->status == 2 && task->sense_key == 6 &&
		n < 8)
		n++;
	EXPECT_GOOD(t, task);
	return n;
}

/* REQUEST SENSE takes a pending unit attention: GOOD, and it is gone; others may be behind it, as many as another new nexus has. */
static void request_sense_takes_attention(struct assay_t *t)
{
	const uint8_t cdb[6] = { 0x03, 0, 0, 0, 252, 0 };
	unsigned pending = attentions(t, fresh_nexus(t));
	struct assay_initiator *j;
	struct assay_task *task;

	if (pending == 0)
		assay_skip(t, "not-offered");
	j = fresh_nexus(t);
	task = assay_scsi_cdb(t, j, assay_lun(t), cdb, sizeof(cdb), 252, NULL, 0);
	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length >= 8, "sense data", "%u bytes", task->data_in_length);
	EXPECT_EQ(t, assay_scsi_data(task)[2] & 0xf, 6);
	EXPECT_EQ(t, attentions(t, j), pending - 1);
}

/* A logical unit reset is heard of by the other nexus: 29h/03h, or the general 29h/00h. */
static void reset_attention(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t), *j = other_nexus(t);
	struct assay_pdu response;
	struct assay_task *task;

	REQUIRE(t, i, assay_task_management(i, 5, assay_lun(t), ASSAY_TAG_RESERVED, &response));
	if (response.response == 5 || response.response == 6) /* not supported, or not for us */
		assay_skip(t, "not-offered");
	EXPECT_EQ(t, response.response, 0);
	task = assay_scsi(t, j, scsi_cdb_testunitready());
	EXPECT(t, task->status == 2 && task->sense_key == 6 && task->asc == 0x29,
		"CHECK CONDITION, UNIT ATTENTION, 29h/03h or 29h/xxh", "status 0x%02x, sense %x/%02x/%02x",
		task->status, task->sense_key, task->asc, task->ascq);
}

static const struct assay_test tests[] = {
	{ .id = "scsi.check-condition-has-sense",
		.reqs = "S-STATUS-03 R7143-4.6.1.2-01 R7143-10.2-01 R7144-5.2.2-01",
		.section = "SAM-5 5.13",
		.level = MUST,
		.run = check_condition_has_sense,
		.desc = "sends sense data with CHECK CONDITION",
		.defects = "sense-missing sense-length-too-long" },
	{ .id = "scsi.sense-length",
		.reqs = "S-SENSE-01 S-SENSE-02",
		.section = "SPC-4 4.5",
		.level = MUST,
		.run = sense_length,
		.desc = "says a sense format that exists and a length that fits",
		.defects = "sense-length-wrong" },
	{ .id = "scsi.sense-information-not-valid",
		.reqs = "S-SENSE-03",
		.section = "SPC-4 4.5.3",
		.level = MUST,
		.run = information_not_valid,
		.desc = "says VALID=0 when INFORMATION means nothing",
		.defects = "sense-valid-always" },
	{ .id = "scsi.request-sense-nothing",
		.reqs = "S-REQUEST-SENSE-01",
		.section = "SPC-4 6.39",
		.level = MUST,
		.run = request_sense_nothing,
		.desc = "answers REQUEST SENSE with GOOD and NO SENSE when nothing is pending",
		.defects = "request-sense-check" },
	{ .id = "scsi.request-sense-descriptor",
		.reqs = "S-REQUEST-SENSE-02",
		.section = "SPC-4 6.39",
		.level = MUST,
		.run = request_sense_descriptor,
		.desc = "returns descriptor format for DESC=1, or refuses it",
		.defects = "request-sense-desc-ignored" },
	{ .id = "scsi.new-nexus-attention",
		.reqs = "S-UNIT-ATTENTION-05 S-UNIT-ATTENTION-01",
		.section = "SAM-5 5.14",
		.level = SHOULD,
		.run = new_nexus_attention,
		.desc = "tells a new nexus of power on, reset or nexus loss",
		.defects = "ua-none" },
	{ .id = "scsi.inquiry-leaves-attention",
		.reqs = "S-UNIT-ATTENTION-02 S-STATUS-04 S-REPORT-LUNS-01",
		.section = "SAM-5 5.14",
		.level = MUST,
		.run = inquiry_leaves_attention,
		.desc = "runs INQUIRY and REPORT LUNS in spite of a unit attention, and leaves it pending",
		.defects = "ua-cleared-by-inquiry ua-on-inquiry" },
	{ .id = "scsi.attention-reported-once",
		.reqs = "S-UNIT-ATTENTION-04",
		.section = "SAM-5 5.14",
		.level = MUST,
		.run = attention_reported_once,
		.desc = "reports a unit attention once",
		.defects = "ua-sticky" },
	{ .id = "scsi.request-sense-takes-attention",
		.reqs = "S-UNIT-ATTENTION-03",
		.section = "SAM-5 5.14",
		.level = MUST,
		.run = request_sense_takes_attention,
		.desc = "returns a pending unit attention by REQUEST SENSE, and clears it",
		.defects = "ua-not-in-request-sense" },
	{ .id = "scsi.reset-attention",
		.reqs = "S-UNIT-ATTENTION-06",
		.section = "SAM-5 5.14",
		.level = MUST,
		.needs = ASSAY_NEED_DISRUPTIVE | ASSAY_NEED_EXCLUSIVE,
		.run = reset_attention,
		.desc = "tells the other nexus of a logical unit reset",
		.defects = "ua-reset-untold tmf-response-unassigned" },
};

const struct assay_suite assay_suite_scsi_sense = {
	.name = "scsi",
	.desc = "sense data, unit attentions, REQUEST SENSE",
	ASSAY_TESTS(tests),
};
