/* tmf.c - task management as tests ask for it. What a response should be is the tests' to say. */
#include "suites/target/tmf.h"

#include <stdio.h>
#include <string.h>

#include "codec/listing.h"
#include "suites/target/transfer.h"

static const struct {
	uint8_t code;
	const char *words;
} responses[] = {
	{ 0, "0 (Function complete)" },
	{ 1, "1 (Task does not exist)" },
	{ 2, "2 (LUN does not exist)" },
	{ 3, "3 (Task still allegiant)" },
	{ 4, "4 (Task allegiance reassignment not supported)" },
	{ 5, "5 (Task management function not supported)" },
	{ 6, "6 (Function authorization failed)" },
	{ 255, "255 (Function rejected)" },
};
#define RESPONSES (sizeof(responses) / sizeof(responses[0]))

struct assay_pdu assay_tmf(struct assay_initiator *i, enum assay_function function, uint64_t lun)
{
	struct assay_pdu pdu;

	assay_make(i, &pdu, ASSAY_TASK_MANAGEMENT_REQUEST);
	pdu.function = (uint8_t)function;
	pdu.lun = lun;
	return pdu;
}

struct assay_pdu assay_tmf_abort(struct assay_initiator *i, const struct assay_transfer *w)
{
	struct assay_pdu pdu = assay_tmf(i, ASSAY_ABORT_TASK, w->task->lun);

	pdu.rtt = w->task->itt;
	pdu.ref_cmd_sn = w->cmd_sn;
	return pdu;
}

struct assay_pdu assay_tmf_await(
	struct assay_t *t, struct assay_initiator *i, uint32_t itt, struct assay_transfer *const *writes)
{
	for (;;) {
		struct assay_transfer *const *w = writes;
		struct assay_pdu pdu;
		int taken = 0;

		REQUIRE(t, i, assay_recv(i, &pdu));
		if (pdu.opcode == ASSAY_TASK_MANAGEMENT_RESPONSE && pdu.itt == itt)
			return pdu;
		if (pdu.opcode == ASSAY_NOP_IN && pdu.ttt == ASSAY_TAG_RESERVED)
			continue; /* a ping from before, answered late */
		for (; w && *w && !taken; w++)
			taken = assay_task_take(i, (*w)->task, &pdu);
		REQUIRE(t, i, taken);
		if (!taken) {
			char brief[160];

			assay_listing_brief(brief, sizeof(brief), &pdu);
			EXPECT(t, false, "the Task Management Function Response", "%s", brief);
			assay_stop(t);
		}
	}
}

struct assay_pdu assay_tmf_run(struct assay_t *t, struct assay_initiator *i, const struct assay_pdu *request)
{
	REQUIRE(t, i, assay_send(i, request));
	return assay_tmf_await(t, i, request->itt, NULL);
}

struct assay_initiator *assay_tmf_connect(struct assay_t *t, enum assay_function function, uint64_t lun)
{
	struct assay_initiator *i = assay_connect_with(t, SOLICITED, NULL);
	struct assay_pdu request = assay_tmf(i, function, lun);

	if (function == ASSAY_ABORT_TASK_SET && assay_tmf_run(t, i, &request).response == 5)
		assay_skip(t, "blocked-by:tmf.abort-task-set-empty");
	return i;
}

void assay_tmf_expect(
	struct assay_t *t, const struct assay_pdu *pdu, unsigned set, const char *file, int line)
{
	char expected[400] = "response ";
	const char *between = "";
	bool holds = false;

	for (size_t n = 0; n < RESPONSES; n++) {
		if (!(set & 1u << n))
			continue;
		holds = holds || pdu->response == responses[n].code;
		strcat(strcat(expected, between), responses[n].words);
		between = " or ";
	}
	assay_check(t, holds, false, file, line, expected, "response %u", pdu->response);
}

#define READS 4

/* One PDU that is not a Reject. */
static void next(struct assay_t *t, struct assay_initiator *i, struct assay_pdu *pdu)
{
	do
		REQUIRE(t, i, assay_recv(i, pdu));
	while (pdu->opcode == ASSAY_REJECT);
}

static void must_belong(
	struct assay_t *t, bool belongs, const struct assay_pdu *pdu, const char *file, int line)
{
	assay_check(t, belongs, false, file, line,
		"nothing of the tasks after the Task Management Function Response",
		"opcode 0x%02x, ITT 0x%08x", pdu->opcode, pdu->itt);
	if (!belongs)
		assay_stop(t);
}

void assay_tmf_expect_over(struct assay_t *t, struct assay_initiator *i, const char *file, int line)
{
	struct assay_place place = assay_place(t, 1);
	struct assay_pdu nop, pdu;

	assay_make(i, &nop, ASSAY_NOP_OUT);
	nop.immediate = 1;
	REQUIRE(t, i, assay_send(i, &nop));
	next(t, i, &pdu);
	must_belong(t, pdu.opcode == ASSAY_NOP_IN && pdu.itt == nop.itt, &pdu, file, line);
	for (unsigned n = 0; n < READS; n++) {
		struct assay_task *read = assay_scsi_prepare(t, assay_write_lun(t),
			scsi_cdb_read10(
				(uint32_t)place.lba, place.length, (int)place.block_size, 0, 0, 0, 0, 0),
			NULL, 0);

		REQUIRE(t, i, assay_await_window(i));
		REQUIRE(t, i, assay_task_start(i, read));
		while (!read->done) {
			next(t, i, &pdu);
			must_belong(t, REQUIRE(t, i, assay_task_take(i, read, &pdu)) == 1, &pdu, file, line);
		}
	}
}
