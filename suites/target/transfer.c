/*
 * transfer.c - writes step by step, and the one claim about broken ones. RFC 7143 leaves a target several ways to refuse; what it may not do is to call
 * a broken transfer good.
 */
#include "suites/target/transfer.h"

#include <stdio.h>
#include <string.h>

#include "codec/listing.h"

#define READS 4

static const struct {
	enum assay_condition condition;
	const char *words;
	uint8_t asc, ascq;
} conditions_of_iscsi[] = {
	{ ASSAY_UNEXPECTED_DATA, "unexpected unsolicited data (0c/0c)", 0x0c, 0x0c },
	{ ASSAY_WRONG_AMOUNT, "incorrect amount of data (0c/0d)", 0x0c, 0x0d },
	{ ASSAY_CRC_ERROR, "protocol service CRC error (47/05)", 0x47, 0x05 },
};
#define CONDITIONS (sizeof(conditions_of_iscsi) / sizeof(conditions_of_iscsi[0]))

/* ---- the steps ---- */

struct assay_transfer *assay_transfer_new(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes)
{
	struct assay_transfer *w = assay_alloc(t, sizeof(*w));
	struct assay_place *place = &w->place;
	uint32_t blocks, block_size;

	assay_region(t, &blocks, &block_size);
	blocks = (bytes + block_size - 1) / block_size;
	*w = (struct assay_transfer){ .i = i, .place = assay_place(t, skip_blocks + blocks) };
	place->lba += skip_blocks;
	place->blocks = blocks;
	place->length = blocks * block_size;
	place->pattern += skip_blocks * block_size;
	w->task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_write10((uint32_t)place->lba, place->length, (int)block_size, 0, 0, 0, 0, 0),
		place->pattern, place->length);
	return w;
}

struct assay_transfer *assay_transfer_on_zeros(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes)
{
	struct assay_transfer *w = assay_transfer_new(t, i, skip_blocks, bytes);
	struct assay_place zeros = w->place;

	zeros.pattern = assay_alloc(t, zeros.length);
	memset(zeros.pattern, 0, zeros.length);
	REQUIRE_THAT(t, assay_write10(t, i, &zeros)->status == 0, "GOOD for a WRITE(10)", "an error");
	return w;
}

void assay_transfer_expect_zeros(struct assay_t *t, const struct assay_transfer *w)
{
	uint8_t *zeros = assay_alloc(t, w->place.length);

	memset(zeros, 0, w->place.length);
	assay_expect_medium(t,
		assay_connect_with(t, "HeaderDigest", "CRC32C,None", "DataDigest", "CRC32C,None", NULL),
		&w->place, zeros);
}

void assay_transfer_start(struct assay_t *t, struct assay_transfer *w)
{
	REQUIRE(t, w->i, assay_await_window(w->i));
	w->cmd_sn = w->i->session->cmd_sn;
	REQUIRE(t, w->i, assay_task_start(w->i, w->task));
}

struct assay_pdu assay_transfer_command(struct assay_transfer *w)
{
	struct assay_pdu pdu;

	assay_make(w->i, &pdu, ASSAY_SCSI_COMMAND);
	w->task->itt = pdu.itt;
	w->cmd_sn = pdu.cmd_sn;
	pdu.write = 1;
	pdu.lun = w->task->lun;
	pdu.expected_data_transfer_length = w->place.length;
	memcpy(pdu.cdb, w->task->cdb, w->task->cdb_length);
	return pdu;
}

void assay_transfer_announce(struct assay_t *t, struct assay_transfer *w)
{
	struct assay_pdu command;

	REQUIRE(t, w->i, assay_await_window(w->i));
	command = assay_transfer_command(w);
	command.final = 0;
	assay_transfer_send(t, w, &command);
}

/* result: of receiving it. */
static void expect_r2t(struct assay_t *t, struct assay_transfer *w, int result)
{
	char brief[160];

	REQUIRE(t, w->i, result);
	if (w->r2t.opcode == ASSAY_R2T && w->r2t.itt == w->task->itt)
		return;
	assay_listing_brief(brief, sizeof(brief), &w->r2t);
	EXPECT(t, false, "an R2T of the write", "%s", brief);
	assay_stop(t);
}

void assay_transfer_await_r2t(struct assay_t *t, struct assay_transfer *w)
{
	expect_r2t(t, w, assay_recv(w->i, &w->r2t));
}

struct assay_transfer *assay_transfer_asked(
	struct assay_t *t, struct assay_initiator *i, uint32_t skip_blocks, uint32_t bytes)
{
	struct assay_transfer *w = assay_transfer_new(t, i, skip_blocks, bytes);

	assay_transfer_start(t, w);
	assay_transfer_await_r2t(t, w);
	return w;
}

struct assay_transfer *assay_transfer_asked_beside(
	struct assay_t *t, const struct assay_transfer *other, uint32_t bytes)
{
	struct assay_transfer *w = assay_transfer_new(t, other->i, other->place.blocks, bytes);
	int result;

	assay_transfer_start(t, w);
	result = assay_recv(w->i, &w->r2t);
	if (result == ASSAY_E_TIMEOUT)
		assay_skip(t, "not-offered");
	expect_r2t(t, w, result);
	return w;
}

struct assay_pdu assay_transfer_data(
	const struct assay_transfer *w, uint32_t data_sn, uint32_t offset, uint32_t length)
{
	const struct assay_params *p = &w->i->negotiation.params;
	uint32_t end = p->first_burst_length < w->place.length ? p->first_burst_length : w->place.length;
	struct assay_pdu pdu;

	assay_make(w->i, &pdu, ASSAY_DATA_OUT);
	pdu.itt = w->task->itt;
	if (w->r2t.opcode == ASSAY_R2T) {
		pdu.ttt = w->r2t.ttt;
		pdu.lun = w->task->lun;
		end = w->r2t.buffer_offset + w->r2t.desired_data_transfer_length;
	}
	pdu.data_sn = data_sn;
	pdu.buffer_offset = offset;
	pdu.data = w->place.pattern + offset;
	pdu.data_length = length;
	pdu.final = offset + length == end;
	return pdu;
}

static bool gone(int result)
{
	return result == ASSAY_E_CLOSED || result == ASSAY_E_RESET;
}

void assay_transfer_send(struct assay_t *t, struct assay_transfer *w, const struct assay_pdu *pdu)
{
	int result = assay_send(w->i, pdu);

	if (!gone(result))
		REQUIRE(t, w->i, result);
	if (pdu->buffer_offset + pdu->data_length > w->sent) /* immediate data has no offset: it is 0 */
		w->sent = pdu->buffer_offset + pdu->data_length;
}

uint32_t assay_transfer_pieces(struct assay_t *t, struct assay_transfer *w, uint32_t data_sn, uint32_t offset,
	uint32_t length, bool final)
{
	while (length) {
		uint32_t part = length < 512 ? length : 512;
		struct assay_pdu pdu = assay_transfer_data(w, data_sn++, offset, part);

		offset += part;
		length -= part;
		pdu.final = final && !length;
		assay_transfer_send(t, w, &pdu);
	}
	return data_sn;
}

static bool over(const struct assay_transfer *w)
{
	return w->task->done || w->closed || w->command_rejected || w->broken_off;
}

void assay_transfer_answer(struct assay_t *t, struct assay_transfer *w)
{
	const struct assay_pdu *r2t = &w->r2t;
	int result;

	if (over(w))
		return;
	result = assay_data_out(
		w->i, w->task, r2t->ttt, r2t->buffer_offset, r2t->desired_data_transfer_length);
	if (!gone(result))
		REQUIRE(t, w->i, result);
	w->sent = r2t->buffer_offset + r2t->desired_data_transfer_length;
}

/* Looked at on a session of its own with usual lengths: what the small ones do to reads is not these tests' question. */
static void expect_on_medium(struct assay_t *t, const struct assay_transfer *w)
{
	assay_expect_medium(t, assay_connect_full_feature(t), &w->place, w->place.pattern);
}

void assay_transfer_expect_written(
	struct assay_t *t, struct assay_transfer *const *writes, size_t count, const char *file, int line)
{
	struct assay_initiator *i = writes[0]->i;
	struct assay_task *tasks = assay_alloc(t, count * sizeof(*tasks));

	for (size_t n = 0; n < count; n++)
		tasks[n] = *writes[n]->task;
	REQUIRE(t, i, assay_tasks_finish(i, tasks, count));
	for (size_t n = 0; n < count; n++) {
		*writes[n]->task = tasks[n];
		assay_expect_good(t, &tasks[n], file, line);
		expect_on_medium(t, writes[n]);
	}
}

/* ---- how a broken one ends ---- */

static void take(struct assay_transfer *w, const struct assay_pdu *pdu)
{
	int result;

	if (pdu->opcode == ASSAY_REJECT) {
		w->rejected = true;
		w->reason = pdu->reason;
		w->command_rejected |= pdu->data_length >= ASSAY_BHS_LENGTH &&
				       (pdu->data[0] & 0x3f) == ASSAY_SCSI_COMMAND;
		return;
	}
	w->again |= pdu->opcode == ASSAY_R2T && pdu->itt == w->task->itt && pdu->buffer_offset < w->sent;
	result = assay_task_take(w->i, w->task, pdu);
	w->closed = gone(result);
	if (result < 0 && !w->closed)
		w->broken_off = w->i->error.message;
	else if (result == 0)
		w->broken_off = "a PDU that belongs to nothing";
}

/* The next PDU that is none of the read's beside it; false: none came in time. */
static bool take_next(struct assay_t *t, struct assay_transfer *w)
{
	struct assay_task *other = w->beside;
	struct assay_pdu pdu;
	int result = assay_recv(w->i, &pdu);

	w->closed = gone(result);
	if (result == ASSAY_E_TIMEOUT)
		return false;
	if (result < 0 && !w->closed)
		REQUIRE(t, w->i, result);
	else if (!result &&
		 (!other || pdu.itt != other->itt || !REQUIRE(t, w->i, assay_task_take(w->i, other, &pdu))))
		take(w, &pdu);
	return true;
}

void assay_transfer_settle(struct assay_t *t, struct assay_transfer *w)
{
	for (unsigned n = 0; n < READS && !w->closed && !w->broken_off; n++) {
		struct assay_task *read = assay_scsi_prepare(t, w->task->lun,
			scsi_cdb_read10((uint32_t)w->place.lba, w->place.block_size, (int)w->place.block_size,
				0, 0, 0, 0, 0),
			NULL, 0);
		int result = assay_task_start(w->i, read);

		w->closed = gone(result);
		if (!w->closed)
			REQUIRE(t, w->i, result);
		w->beside = read;
		while (!read->done && !w->closed && !w->broken_off)
			if (!take_next(t, w))
				return;
	}
}

static bool condition_told(const struct assay_task *task, unsigned conditions)
{
	if (task->status != 2)
		return false;
	for (size_t n = 0; n < CONDITIONS; n++)
		if (conditions & conditions_of_iscsi[n].condition && task->sense_key == 0xb &&
			task->asc == conditions_of_iscsi[n].asc && task->ascq == conditions_of_iscsi[n].ascq)
			return true;
	return conditions & ASSAY_ANY_CONDITION;
}

void assay_transfer_expect_refused(
	struct assay_t *t, struct assay_transfer *w, unsigned conditions, const char *file, int line)
{
	const struct assay_task *task = w->task;
	char expected[400] = "a Reject, the connection closed, the data asked for again, or CHECK CONDITION";
	const char *before = " with ";
	bool recovered, holds;

	while (!over(w))
		if (!take_next(t, w))
			w->broken_off = "no answer to the write in time";
	recovered = task->done && !task->status && !task->response && (w->rejected || w->again);
	holds = w->closed || w->command_rejected || recovered ||
		(task->done && (condition_told(task, conditions) || (w->rejected && task->status == 2)));
	for (size_t n = 0; n < CONDITIONS; n++) {
		if (!(conditions & conditions_of_iscsi[n].condition))
			continue;
		strcat(strcat(expected, before), conditions_of_iscsi[n].words);
		before = " or ";
	}
	assay_check(t, holds, false, file, line, expected, "%s%s, status 0x%02x, sense %x/%02x/%02x",
		w->rejected ? "a Reject; " : "",
		w->broken_off ? w->broken_off
			      : (task->done ? "an answer to the write" : "the end of the connection"),
		task->status, task->sense_key, task->asc, task->ascq);
	if (recovered)
		expect_on_medium(t, w);
}
