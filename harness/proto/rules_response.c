/*
 * rules_response.c - how a SCSI task ends: status, residuals, sense data, ExpDataSN; in a SCSI Response or in the last Data-In.
 * RFC 7143 sections 11.4, 11.7.3.
 */
#include "codec/bytes.h"
#include "proto/watch_private.h"

enum {
	GOOD = 0x00,
	CHECK_CONDITION = 0x02,
	CONDITION_MET = 0x04,
	INTERMEDIATE = 0x10,
	INTERMEDIATE_MET = 0x14
};

/* ---- status and sense ---- */

static void status_code(struct watch_event *e)
{
	uint8_t status = e->pdu->status;

	switch (status) {
	case GOOD:
	case CONDITION_MET:
	case INTERMEDIATE:
	case INTERMEDIATE_MET: return;
	case CHECK_CONDITION:
	case 0x08: /* BUSY */
	case 0x18: /* RESERVATION CONFLICT */
	case 0x22: /* COMMAND TERMINATED */
	case 0x28: /* TASK SET FULL */
	case 0x30: /* ACA ACTIVE */
	case 0x40: /* TASK ABORTED */
		if (e->pdu->opcode == ASSAY_DATA_IN)
			FOUND(e, DATA_IN_GOOD_STATUS, ("a status that is no error"),
				("0x%02x in Data-In", status));
		return;
	default: FOUND(e, SCSI_STATUS, ("a status code of SAM"), ("0x%02x", status));
	}
}

/* Sections 11.4.7.1 and 11.9.4.1. */
void rules_sense(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	uint32_t bytes;

	if (!pdu->data_length)
		return;
	bytes = pdu->data_length < 2 ? UINT32_MAX : assay_get_be16(pdu->data);
	if (pdu->data_length < 2 || bytes > pdu->data_length - 2)
		FOUND(e, SENSE_LENGTH,
			("a SenseLength of at most %u", pdu->data_length < 2 ? 0 : pdu->data_length - 2),
			("%s%u", pdu->data_length < 2 ? "DataSegmentLength " : "",
				pdu->data_length < 2 ? pdu->data_length : bytes));
}

static void sense(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	rules_sense(e);
	if (!pdu->response && pdu->status == CHECK_CONDITION && pdu->data_length != 1 &&
		(pdu->data_length <= 2 || !assay_get_be16(pdu->data)))
		FOUND(e, CHECK_CONDITION_SENSE, ("sense data with CHECK CONDITION"), ("none"));
}

/* ---- residuals ---- */

struct residual {
	const char *over_name, *under_name; /* of the flags */
	bool over, under;
	uint32_t count;
	uint32_t expected; /* bytes of the command */
	uint64_t moved; /* bytes seen */
	bool exact; /* what moved is what was transferred: reads. A target may take more write data than it uses. */
};

/* Section 11.4.5: only a GOOD status says that all was transferred that the device had for us. */
static void transferred(struct watch_event *e, const struct residual *r)
{
	uint64_t missing = r->moved < r->expected ? r->expected - r->moved : 0;

	if (r->under && (r->count > r->expected || r->count < missing || (r->exact && r->count != missing)))
		FOUND(e, RESIDUAL_COUNT,
			("%s with %s%llu: %llu of %u bytes were transferred", r->under_name,
				r->exact ? "" : "at least ", (unsigned long long)missing,
				(unsigned long long)r->moved, r->expected),
			("%u", r->count));
	else if (r->over && missing)
		FOUND(e, RESIDUAL_OVERFLOW,
			("no %s: %llu of %u bytes were transferred", r->over_name,
				(unsigned long long)r->moved, r->expected),
			("%s with %u", r->over_name, r->count));
	else if (!r->under && !r->over && missing)
		FOUND(e, RESIDUAL_MISSING,
			("%s with %s%llu: %llu of %u bytes were transferred", r->under_name,
				r->exact ? "" : "at least ", (unsigned long long)missing,
				(unsigned long long)r->moved, r->expected),
			("neither %s nor %s", r->over_name, r->under_name));
}

static void flags(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if ((pdu->overflow && pdu->underflow) || (pdu->bidi_overflow && pdu->bidi_underflow))
		FOUND(e, RESIDUAL_BOTH, ("overflow or underflow"),
			("%s", pdu->overflow ? "O and U" : "o and u"));
	else if (pdu->response && (pdu->overflow | pdu->underflow | pdu->bidi_overflow | pdu->bidi_underflow))
		FOUND(e, RESIDUAL_FAILED, ("no residual flag with response 0x%02x", pdu->response), ("one"));
	if (!pdu->overflow && !pdu->underflow && pdu->residual_count)
		FOUND(e, RESIDUAL_UNFLAGGED, ("Residual Count 0 without O and U"),
			("%u", pdu->residual_count));
	else if (!pdu->bidi_overflow && !pdu->bidi_underflow && pdu->bidi_residual_count)
		FOUND(e, RESIDUAL_UNFLAGGED, ("Bidirectional Read Residual Count 0 without o and u"),
			("%u", pdu->bidi_residual_count));
}

/* Status, flags and residuals: the common part of both ways to end a task. */
void rules_status(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	struct watch_task *t = e->task;
	bool judged = !e->void_task && !pdu->response && pdu->status == GOOD;
	struct residual main = { "O", "U", pdu->overflow, pdu->underflow, pdu->residual_count,
		t->write_length, t->out_bytes, false };
	struct residual read = { "o", "u", pdu->bidi_overflow, pdu->bidi_underflow, pdu->bidi_residual_count,
		t->read_length, t->in_bytes, true };

	if (pdu->opcode == ASSAY_DATA_IN)
		rules_acknowledged(e);
	t->state = TASK_DONE;
	t->status_known = true;
	t->status_sn = pdu->stat_sn;
	if (!pdu->response)
		status_code(e);
	flags(e);
	if (!judged || e->void_task)
		return;
	if (t->read && t->write) {
		transferred(e, &read);
	} else if (t->read) {
		main.expected = t->read_length;
		main.moved = t->in_bytes;
		main.exact = true;
	}
	if (t->read || t->write)
		transferred(e, &main);
}

/* ---- SCSI Response ---- */

/* Section 11.4.2. Data that came whole but without F is the initiator's fault. */
static void waits(struct watch_event *e)
{
	const struct watch_task *t = e->task;
	bool bytes_missing = false, open = t->unsolicited;

	if (t->unsolicited && e->c->params_known)
		bytes_missing = t->unsolicited_bytes < t->write_length &&
				t->unsolicited_bytes < e->c->params.first_burst_length;
	for (unsigned i = 0; i < t->outstanding; i++) {
		open = true;
		bytes_missing |= t->r2t[i].bytes < t->r2t[i].length;
	}
	if (!open)
		return;
	if (bytes_missing)
		FOUND(e, RESPONSE_WAITS, ("no response before the last expected Data-Out with F"),
			("status 0x%02x after %llu bytes", e->pdu->status, (unsigned long long)t->out_bytes));
	else if (!t->unsolicited || e->c->params_known)
		FOUND_AGAINST(e, ASSAY_INITIATOR, DATA_OUT_FINAL, ("F in the last Data-Out"),
			("the response without one"));
}

/* Section 11.4.8; of a bidirectional command some count the R2Ts too, as RFC 3720 said. */
static void exp_data_sn(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_task *t = e->task;
	uint32_t want = pdu->response ? 0 : t->data_ins;

	if (pdu->exp_data_sn == want ||
		(!pdu->response && t->data_ins && t->write && pdu->exp_data_sn == want + t->r2ts))
		return;
	FOUND(e, EXPDATASN, ("ExpDataSN %u", want), ("ExpDataSN %u", pdu->exp_data_sn));
}

void rules_scsi_response(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->response > 1 && pdu->response < 0x80)
		FOUND(e, RESPONSE_CODE, ("response 0x00, 0x01 or 0x80 to 0xff"), ("0x%02x", pdu->response));
	sense(e);
	if (!rules_task_answer(e, ASSAY_SCSI_COMMAND, true))
		return;
	if (e->task->in_open)
		FOUND(e, DATA_IN_FINAL, ("F in the last Data-In"), ("the response without one"));
	if (!e->c->snacked) {
		exp_data_sn(e);
		if (pdu->snack_tag)
			FOUND(e, SNACK_TAG, ("SNACK Tag 0"), ("0x%x", pdu->snack_tag));
	}
	if (!pdu->response)
		waits(e);
	rules_status(e);
}
