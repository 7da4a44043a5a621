/* data_in.c - Data-In PDUs: numbers, offsets, lengths, sequences and status: RFC 7143 sections 11.7, 4.2.2.4 and 11.4.8. */
#include <string.h>

#include "suites/target/medium.h"
#include "suites/target/target_suites.h"

#define PDUS_MAX 4096

/* A read and the headers of the Data-In PDUs that it was answered with. */
struct input {
	struct assay_task *task;
	size_t count;
	struct assay_pdu pdu[PDUS_MAX];
};

static struct assay_task *prepare_read(struct assay_t *t, struct assay_initiator *i, uint32_t bytes)
{
	uint32_t block_size = assay_medium_of(t, i, assay_lun(t), bytes).block_size;
	uint32_t length = (bytes + block_size - 1) / block_size * block_size;

	return assay_scsi_prepare(
		t, assay_lun(t), scsi_cdb_read10(0, length, (int)block_size, 0, 0, 0, 0, 0), NULL, 0);
}

static struct input *run(struct assay_t *t, struct assay_initiator *i, struct assay_task *task)
{
	struct input *in = assay_alloc(t, sizeof(*in));

	in->task = task;
	in->count = 0;
	REQUIRE(t, i, assay_await_window(i));
	REQUIRE(t, i, assay_task_start(i, task));
	while (!task->done) {
		struct assay_pdu pdu;

		REQUIRE(t, i, assay_await(i, &pdu, task->itt));
		REQUIRE(t, i, assay_task_take(i, task, &pdu));
		REQUIRE_THAT(t, in->count < PDUS_MAX, "an end of the Data-In PDUs", "%zu of them", in->count);
		if (pdu.opcode == ASSAY_DATA_IN)
			in->pdu[in->count++] = pdu;
	}
	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->data_in_length, task->read_length);
	return in;
}

static struct input *read_bytes(struct assay_t *t, struct assay_initiator *i, uint32_t bytes)
{
	return run(t, i, prepare_read(t, i, bytes));
}

static void expect_numbered(struct assay_t *t, const struct input *in)
{
	size_t n = 0;

	while (n < in->count && in->pdu[n].data_sn == n)
		n++;
	EXPECT(t, n == in->count, "DataSN 0, 1, 2 and so on",
		"DataSN %u in the Data-In after %zu that are right", in->pdu[n % PDUS_MAX].data_sn, n);
}

/* Section 4.2.2.4: the Data-In PDUs of a command are numbered 0, 1, 2 … */
static void numbered_from_zero(struct assay_t *t)
{
	expect_numbered(
		t, read_bytes(t, assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL), 8192));
}

/* Section 11.7.5: the number counts within the command, so the next command begins with 0 again, whatever went before. */
static void numbered_per_command(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", NULL);

	for (unsigned n = 0; n < 3; n++)
		EXPECT_EQ(t, read_bytes(t, i, 4096)->pdu[0].data_sn, 0);
}

/* Section 11.7.5: a change of sequence does not restart the numbers. */
static void numbered_across_sequences(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "1024",
		"MaxBurstLength", "2048", "FirstBurstLength", "2048", NULL);

	expect_numbered(t, read_bytes(t, i, 16384));
}

/* Section 11.7.6: with DataPDUInOrder=Yes the PDUs come in order of their offset, without overlays and so without holes. */
static void offsets_contiguous(struct assay_t *t)
{
	const struct input *in = read_bytes(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL), 8192);
	uint32_t offset = 0;
	size_t n = 0;

	for (; n < in->count && in->pdu[n].buffer_offset == offset; n++)
		offset += in->pdu[n].data_length;
	EXPECT(t, n == in->count, "each Buffer Offset where the data before ends",
		"Buffer Offset %u in the Data-In after %u bytes", in->pdu[n % PDUS_MAX].buffer_offset,
		offset);
}

/* Section 11.7.1: no data segment is longer than the initiator's MaxRecvDataSegmentLength. */
static void short_segments(struct assay_t *t, const char *declared)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", declared, NULL);
	const struct input *in = read_bytes(t, i, 16384);
	uint32_t most = i->negotiation.params.initiator_max_recv, longest = 0;

	for (size_t n = 0; n < in->count; n++)
		longest = in->pdu[n].data_length > longest ? in->pdu[n].data_length : longest;
	EXPECT(t, longest <= most, "no data segment longer than the declared MaxRecvDataSegmentLength",
		"%u bytes after a declaration of %u", longest, most);
}

static void smallest_segments(struct assay_t *t)
{
	short_segments(t, "512");
}

static void segments_of_4096(struct assay_t *t)
{
	short_segments(t, "4096");
}

/* Section 11.7.7: data segments are filled to whole words unless F is set, also where the declared length is no multiple of four. */
static void whole_words(struct assay_t *t)
{
	const struct input *in = read_bytes(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "1023", NULL), 16384);

	size_t n = 0;

	while (n < in->count && (in->pdu[n].final || in->pdu[n].data_length % 4 == 0))
		n++;
	EXPECT(t, n == in->count, "a multiple of four bytes in every Data-In without F",
		"%u bytes in number %zu", in->pdu[n % PDUS_MAX].data_length, n + 1);
}

/* Section 11.7.1: a sequence, from one F to the next, is not longer than MaxBurstLength. */
static void short_sequences(struct assay_t *t, const char *segment, const char *burst)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", segment,
		"MaxBurstLength", burst, "FirstBurstLength", "512", NULL);
	const struct input *in = read_bytes(t, i, 32768);
	uint32_t most = i->negotiation.params.max_burst_length, sequence = 0, longest = 0;

	for (size_t n = 0; n < in->count; n++) {
		sequence += in->pdu[n].data_length;
		longest = sequence > longest ? sequence : longest;
		if (in->pdu[n].final)
			sequence = 0;
	}
	EXPECT(t, longest <= most, "no sequence longer than MaxBurstLength",
		"%u bytes from one F to the next with a MaxBurstLength of %u", longest, most);
	EXPECT(t, sequence == 0, "F with the last Data-In of the last sequence", "%u bytes without F",
		sequence);
}

static void sequences_of_segments(struct assay_t *t)
{
	short_sequences(t, "1024", "4096");
}

static void sequence_shorter_than_segment(struct assay_t *t)
{
	short_sequences(t, "65536", "1536");
}

/* Section 11.7.3: a Data-In with status has F, and is the last one. */
static void status_with_final(struct assay_t *t)
{
	const struct input *in = read_bytes(
		t, assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", NULL), 8192);

	size_t n = 0;

	while (n < in->count && !in->pdu[n].status_present)
		n++;
	EXPECT(t, n == in->count || (n + 1 == in->count && in->pdu[n].final),
		"status with the last Data-In, which has F, or none in Data-In", "S%s in number %zu of %zu",
		in->pdu[n % PDUS_MAX].final ? " and F" : " without F", n + 1, in->count);
}

/* Section 4.2.5.1: the status ends it: nothing more comes for the command. */
static void nothing_after_status(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", NULL);

	read_bytes(t, i, 4096);
	EXPECT_SILENCE(t, i);
}

/* Section 11.7.2: at ErrorRecoveryLevel 0 no acknowledgement is asked for. */
static void no_acknowledge(struct assay_t *t)
{
	const struct input *in = read_bytes(t,
		assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", "ErrorRecoveryLevel", "0", NULL),
		8192);

	size_t asked = 0;

	for (size_t n = 0; n < in->count; n++)
		asked += in->pdu[n].acknowledge;
	EXPECT(t, asked == 0, "no Data-In with A", "%zu of %zu", asked, in->count);
}

/* Section 11.7.4: above that level the A bit comes with a Target Transfer Tag, and the LUN that goes with it. */
static void acknowledge_tagged(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(
		t, "MaxRecvDataSegmentLength", "1024", "ErrorRecoveryLevel", "2", NULL);
	const struct input *in = read_bytes(t, i, 8192);
	size_t asked = 0, right = 0;

	for (size_t n = 0; n < in->count; n++) {
		asked += in->pdu[n].acknowledge;
		right += in->pdu[n].acknowledge && i->negotiation.params.error_recovery_level &&
			 in->pdu[n].ttt != ASSAY_TAG_RESERVED && in->pdu[n].lun == in->task->lun;
	}
	EXPECT(t, asked == right, "A above ErrorRecoveryLevel 0 only, and with a TTT and the LUN",
		"%zu of %zu with A otherwise", asked - right, asked);
}

/* Section 11.7.3: a command that ends with an error has its status in a SCSI Response, where the sense data is. */
static void error_in_response(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *task;

	if (medium.last_lba >= UINT32_MAX)
		assay_skip(t, "not-offered");
	task = assay_scsi(t, i,
		scsi_cdb_read10((uint32_t)medium.last_lba + 1, medium.block_size, (int)medium.block_size, 0,
			0, 0, 0, 0));
	EXPECT_SENSE(t, task, 0x5, 0x2100);
	EXPECT_EQ(t, task->status_in_data, 0);
}

/* Section 11.4.8: a SCSI Response says how many Data-In PDUs went before; with the status in Data-In there is nothing to say. */
static void counted_in_response(struct assay_t *t)
{
	const struct assay_task *task =
		read_bytes(t, assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", NULL), 8192)->task;

	EXPECT(t, task->status_in_data || task->exp_data_sn == task->data_in_pdus,
		"ExpDataSN is the number of Data-In PDUs, or the status came in Data-In",
		"ExpDataSN %u after %u Data-In PDUs", task->exp_data_sn, task->data_in_pdus);
}

/* Section 11.4.8: without Data-In, ExpDataSN is 0; R2Ts do not count. */
static void write_counts_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_with(t, "InitialR2T", "Yes", "ImmediateData", "No", NULL);
	struct assay_place place = assay_place(t, 4);
	struct assay_task *task = assay_write10(t, i, &place);

	EXPECT_GOOD(t, task);
	EXPECT_EQ(t, task->exp_data_sn, 0);
}

/* Sections 4.2.5.1 and 11.7: the bytes are the same in many small segments as in large ones. */
static void same_in_small_pieces(struct assay_t *t)
{
	struct assay_initiator *large = assay_connect_with(t, "MaxRecvDataSegmentLength", "262144", NULL);
	struct assay_initiator *small = assay_connect_with(t, "MaxRecvDataSegmentLength", "512", NULL);
	struct assay_place place = assay_place(t, 64);

	EXPECT_GOOD(t, assay_write10(t, large, &place));
	assay_expect_medium(t, large, &place, place.pattern);
	assay_expect_medium(t, small, &place, place.pattern);
}

/* Section 4.2.5.1: reads in flight together each get their own data, numbers and status. */
static void several_in_flight(struct assay_t *t)
{
	enum { READS = 6, BLOCKS = 8 };
	struct assay_initiator *i = assay_connect_with(t, "MaxRecvDataSegmentLength", "1024", NULL);
	struct assay_place place = assay_place(t, READS * BLOCKS);
	struct assay_task *tasks = assay_alloc(t, READS * sizeof(*tasks));
	uint32_t length = BLOCKS * place.block_size;

	EXPECT_GOOD(t, assay_write10(t, i, &place));
	for (uint32_t n = 0; n < READS; n++) {
		tasks[n] = *assay_scsi_prepare(t, assay_write_lun(t),
			scsi_cdb_read10((uint32_t)place.lba + n * BLOCKS, length, (int)place.block_size, 0, 0,
				0, 0, 0),
			NULL, 0);
		REQUIRE(t, i, assay_await_window(i));
		REQUIRE(t, i, assay_task_start(i, &tasks[n]));
	}
	REQUIRE(t, i, assay_tasks_finish(i, tasks, READS));
	for (uint32_t n = 0; n < READS; n++) {
		EXPECT_GOOD(t, &tasks[n]);
		EXPECT(t, memcmp(tasks[n].data_in, place.pattern + n * length, length) == 0,
			"the bytes of its own blocks", "other bytes for read %u", n);
	}
}

static const struct assay_test tests[] = {
	{ .id = "data.in-numbered-from-zero",
		.reqs = "R7143-4.2.2.4-04 R7143-4.2.2.4-01",
		.section = "4.2.2.4",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = numbered_from_zero,
		.desc = "numbers the Data-In PDUs of a read from 0 by one",
		.defects = "datasn-stuck" },
	{ .id = "data.in-numbered-per-command",
		.reqs = "R7143-11.7.5-02 R7143-4.2.2.4-04",
		.section = "11.7.5",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = numbered_per_command,
		.desc = "begins the Data-In of each read with DataSN 0",
		.defects = "datasn-from-cmdsn" },
	{ .id = "data.in-numbered-across-sequences",
		.reqs = "R7143-11.7.5-02",
		.section = "11.7.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = numbered_across_sequences,
		.desc = "goes on with DataSN from one sequence to the next",
		.defects = "datasn-stuck" },
	{ .id = "data.in-offsets-contiguous",
		.reqs = "R7143-11.7.6-02",
		.section = "11.7.6",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = offsets_contiguous,
		.desc = "sends Data-In in order of the Buffer Offset, without overlays and holes",
		.defects = "data-in-offset-stuck" },
	{ .id = "data.in-smallest-segments",
		.reqs = "R7143-11.7.1-02 R7143-13.12-02",
		.section = "11.7.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = smallest_segments,
		.desc = "keeps to a MaxRecvDataSegmentLength of 512",
		.defects = "max-recv-ignored" },
	{ .id = "data.in-segments-of-4096",
		.reqs = "R7143-11.7.1-02 R7143-13.12-02",
		.section = "11.7.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = segments_of_4096,
		.desc = "keeps to a MaxRecvDataSegmentLength of 4096",
		.defects = "max-recv-ignored" },
	{ .id = "data.in-whole-words",
		.reqs = "R7143-11.7.7-02",
		.section = "11.7.7",
		.level = SHOULD,
		.needs = ASSAY_NEED_DISK,
		.run = whole_words,
		.desc = "fills Data-In to whole words where MaxRecvDataSegmentLength is no multiple of four",
		.defects = "data-in-odd-words" },
	{ .id = "data.in-sequences",
		.reqs = "R7143-11.7.1-03 R7143-11.7.1-05",
		.section = "11.7.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = sequences_of_segments,
		.desc = "ends each sequence of Data-In with F after at most MaxBurstLength",
		.defects = "max-burst-ignored data-in-no-final" },
	{ .id = "data.in-sequence-shorter-than-segment",
		.reqs = "R7143-11.7.1-03 R7143-11.7.1-05",
		.section = "11.7.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = sequence_shorter_than_segment,
		.desc = "keeps to a MaxBurstLength below MaxRecvDataSegmentLength",
		.defects = "max-burst-ignored data-in-offset-stuck" },
	{ .id = "data.in-status-with-final",
		.reqs = "R7143-11.7.3-03",
		.section = "11.7.3",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = status_with_final,
		.desc = "sends status with the last Data-In only, and F with it",
		.defects = "data-in-status-not-final" },
	{ .id = "data.in-nothing-after-status",
		.reqs = "R7143-4.2.5.1-02",
		.section = "4.2.5.1",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = nothing_after_status,
		.desc = "sends nothing more for a read after its status",
		.defects = "data-in-after-status" },
	{ .id = "data.in-no-acknowledge",
		.reqs = "R7143-11.7.2-02",
		.section = "11.7.2",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = no_acknowledge,
		.desc = "never sets A at ErrorRecoveryLevel 0",
		.defects = "data-in-a-bit" },
	{ .id = "data.in-acknowledge-tagged",
		.reqs = "R7143-11.7.4-01 R7143-11.7.4-02 R7143-11.7.2-02",
		.section = "11.7.4",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = acknowledge_tagged,
		.desc = "gives a Target Transfer Tag and the LUN with A",
		.defects = "data-in-ack-untagged data-in-ack-often" },
	{ .id = "data.in-error-in-response",
		.reqs = "R7143-11.7.3-01",
		.section = "11.7.3",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = error_in_response,
		.desc = "sends an error status in a SCSI Response, never in Data-In",
		.defects = "data-in-bad-status" },
	{ .id = "data.in-counted-in-response",
		.reqs = "R7143-11.4.8-02",
		.section = "11.4.8",
		.level = MUST,
		.needs = ASSAY_NEED_DISK,
		.run = counted_in_response,
		.desc = "counts the Data-In PDUs of a read in ExpDataSN",
		.defects = "expdatasn-zero" },
	{ .id = "data.write-counts-nothing",
		.reqs = "R7143-11.4.8-01",
		.section = "11.4.8",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = write_counts_nothing,
		.desc = "says ExpDataSN 0 after a write, however many R2Ts it sent",
		.defects = "expdatasn-counts-r2t" },
	{ .id = "data.in-same-in-small-pieces",
		.reqs = "R7143-11.7.6-02 R7143-4.2.5.1-02",
		.section = "11.7.6",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = same_in_small_pieces,
		.desc = "sends the same bytes in small segments as in large ones",
		.defects = "data-in-offset-stuck" },
	{ .id = "data.in-several-in-flight",
		.reqs = "R7143-4.2.5.1-02 R7143-4.2.5.1-07",
		.section = "4.2.5.1",
		.level = MUST,
		.needs = ASSAY_NEED_WRITE,
		.run = several_in_flight,
		.desc = "keeps the data of reads in flight together apart",
		.defects = "data-in-offset-stuck datasn-from-cmdsn" },
};

const struct assay_suite assay_suite_data_in = {
	.name = "data",
	.desc = "Data-In: sequences, lengths, status",
	ASSAY_TESTS(tests),
};
