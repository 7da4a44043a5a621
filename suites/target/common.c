/* common.c - claims and small steps that tests of several areas need. */
#include "suites/target/common.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/listing.h"
#include "suites/target/medium.h"

#define WORDS 512

/* What a receive gave, in words. */
static void describe(
	char out[WORDS], const struct assay_initiator *i, int result, const struct assay_pdu *pdu)
{
	if (result < 0)
		snprintf(out, WORDS, "%s: %s", assay_err_name(result), i->error.message);
	else
		assay_listing_brief(out, WORDS, pdu);
}

/* A fault of ours is no claim about the target. */
static int receive(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *out)
{
	int result = assay_recv(i, out);

	return assay_err_is_ours(result) ? (int)REQUIRE(t, i, result) : result;
}

void assay_expect_refused(struct assay_t *t, struct assay_initiator *i, const char *file, int line, ...)
{
	char expected[WORDS] = "the connection closed, or a Reject, reason", got[WORDS];
	size_t used = strlen(expected);
	struct assay_pdu pdu;
	int reason, result = receive(t, i, &pdu);
	bool holds = result == ASSAY_E_CLOSED || result == ASSAY_E_RESET;
	va_list args;

	va_start(args, line);
	while ((reason = va_arg(args, int)) >= 0) {
		holds |= result == 0 && pdu.opcode == ASSAY_REJECT && pdu.reason == reason;
		if (used < sizeof(expected))
			used += (size_t)snprintf(
				expected + used, sizeof(expected) - used, " 0x%02x", (unsigned)reason);
	}
	va_end(args);
	describe(got, i, result, &pdu);
	assay_check(t, holds, false, file, line, expected, "%s", got);
}

void assay_expect_next(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *out, uint8_t opcode,
	uint32_t itt, const char *expected, const char *file, int line)
{
	struct assay_pdu pdu;
	char got[WORDS];
	int result = receive(t, i, &pdu);
	bool holds = result == 0 && pdu.opcode == opcode && pdu.itt == itt;

	describe(got, i, result, &pdu);
	assay_check(t, holds, false, file, line, expected, "%s", got);
	if (!holds)
		assay_stop(t);
	if (out)
		*out = pdu;
}

void assay_expect_quiet(
	struct assay_t *t, struct assay_initiator *i, struct assay_pdu *out, const char *file, int line)
{
	struct assay_pdu ping;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.immediate = 1;
	REQUIRE(t, i, assay_send(i, &ping));
	assay_expect_next(t, i, out, ASSAY_NOP_IN, ping.itt,
		"no PDU but the answer to the immediate ping that was sent next", file, line);
}

uint32_t assay_send_ping(struct assay_t *t, struct assay_initiator *i, uint32_t cmd_sn)
{
	struct assay_pdu ping;

	assay_make(i, &ping, ASSAY_NOP_OUT);
	ping.cmd_sn = cmd_sn;
	REQUIRE(t, i, assay_send(i, &ping));
	return ping.itt;
}

uint8_t *assay_request_bytes(
	struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *pdu, size_t *length)
{
	size_t needed = assay_pdu_encoded_length(pdu, i->send_digests);
	uint8_t *bytes = assay_alloc(t, needed);

	*length = (size_t)REQUIRE(t, i, assay_pdu_encode(bytes, needed, pdu, i->send_digests));
	return bytes;
}

int assay_request_bytes_send(struct assay_initiator *i, uint8_t *bytes, size_t length)
{
	if (i->send_digests & ASSAY_HEADER_DIGEST)
		assay_put_be32(bytes + ASSAY_BHS_LENGTH, assay_digest(bytes, ASSAY_BHS_LENGTH));
	return assay_send_bytes(i, bytes, length);
}

struct assay_initiator *assay_connect_solicited(struct assay_t *t)
{
	return assay_connect_with(t, "InitialR2T", "Yes", "ImmediateData", "No", NULL);
}

struct assay_waiting assay_waiting_write(struct assay_t *t, struct assay_initiator *i)
{
	struct assay_place place = assay_place(t, 1);
	struct assay_waiting w;

	w.task = assay_scsi_prepare(t, assay_write_lun(t),
		scsi_cdb_write10((uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 0, 0, 0),
		place.pattern, place.length);
	assay_make(i, &w.command, ASSAY_SCSI_COMMAND);
	w.command.write = 1;
	w.command.lun = w.task->lun;
	w.command.expected_data_transfer_length = place.length;
	memcpy(w.command.cdb, w.task->cdb, sizeof(w.command.cdb));
	w.task->itt = w.command.itt;
	REQUIRE(t, i, assay_send(i, &w.command));
	EXPECT_NEXT(t, i, &w.r2t, ASSAY_R2T, w.task->itt, "an R2T for a write without unsolicited data");
	return w;
}

void assay_finish_write(struct assay_t *t, struct assay_initiator *i, struct assay_waiting *w)
{
	REQUIRE(t, i,
		assay_data_out(
			i, w->task, w->r2t.ttt, w->r2t.buffer_offset, w->r2t.desired_data_transfer_length));
	REQUIRE(t, i, assay_tasks_finish(i, w->task, 1));
	EXPECT_GOOD(t, w->task);
}
