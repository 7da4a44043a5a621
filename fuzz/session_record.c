/* session_record.c - see session_record.h. A PDU that refers to a tag or handle of the target's is marked live: another run may have others. */
#include "fuzz/session_record.h"

#include <string.h>

#include "codec/bytes.h"
#include "fuzz/session_input.h"
#include "fuzz/session_lead.h"

#define SECOND UINT64_C(1000000000)

struct writer {
	uint8_t *out;
	size_t capacity, length;
	uint8_t *last[ASSAY_FUZZ_LINK + 1]; /* lead of the last record of each connection */
	uint64_t time; /* of the last record */
};

static bool refers(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_LOGIN_REQUEST: return pdu->tsih != 0;
	case ASSAY_DATA_OUT:
	case ASSAY_TEXT_REQUEST: return pdu->ttt != ASSAY_TAG_RESERVED;
	case ASSAY_NOP_OUT: return pdu->itt == ASSAY_TAG_RESERVED;
	default: return false;
	}
}

/* The PDU without its digests. False: it does not fit. */
static bool write_pdu(struct writer *w, const uint8_t lead[ASSAY_FUZZ_LEAD], const struct assay_pdu *pdu)
{
	size_t header = ASSAY_BHS_LENGTH + pdu->ahs_length, padded = ((size_t)pdu->data_length + 3) / 4 * 4;
	uint8_t *at = w->out + w->length;

	if (w->capacity - w->length < ASSAY_FUZZ_LEAD + header + padded)
		return false;
	memcpy(at, lead, ASSAY_FUZZ_LEAD);
	memcpy(at + ASSAY_FUZZ_LEAD, pdu->wire, header);
	if (padded)
		memcpy(at + ASSAY_FUZZ_LEAD + header, pdu->data, padded);
	w->length += ASSAY_FUZZ_LEAD + header + padded;
	return true;
}

/* Time that passed before a record of the initiator's goes to the record before it. */
static void let_pass(struct writer *w, const struct assay_tap_record *r)
{
	uint64_t seconds = (r->time - w->time) / SECOND;
	uint8_t *last = w->last[r->connection & ASSAY_FUZZ_LINK];

	if (seconds && last && !last[1])
		last[1] = (uint8_t)(ASSAY_FUZZ_LATER | (seconds < 16 ? seconds - 1 : 15) << 4);
	w->time = r->time;
}

static bool write_record(struct writer *w, const struct assay_tap_record *r)
{
	uint8_t lead[ASSAY_FUZZ_LEAD] = { 0 };
	struct assay_pdu pdu;

	if (r->kind != ASSAY_TAP_PDU || r->kept != r->length ||
		assay_pdu_decode(&pdu, r->bytes, r->length, r->digests) < 0)
		return true;
	if (r->dir == ASSAY_TO_TARGET) {
		let_pass(w, r);
		lead[0] = (uint8_t)((r->connection & ASSAY_FUZZ_LINK) | (refers(&pdu) ? ASSAY_FUZZ_LIVE : 0) |
				    (pdu.bad_digests & ASSAY_HEADER_DIGEST ? ASSAY_FUZZ_SPOIL_HEADER : 0) |
				    (pdu.bad_digests & ASSAY_DATA_DIGEST ? ASSAY_FUZZ_SPOIL_DATA : 0));
		w->last[r->connection & ASSAY_FUZZ_LINK] = w->out + w->length;
	}
	return write_pdu(w, lead, &pdu);
}

size_t assay_fuzz_session_of_tap(uint8_t *out, size_t capacity, const struct assay_tap *t, enum assay_dir dir)
{
	struct writer w = { .out = out, .capacity = capacity };

	for (size_t i = 0; i < assay_tap_count(t); i++) {
		const struct assay_tap_record *r = assay_tap_at(t, i);
		uint8_t *last = w.last[r->connection & ASSAY_FUZZ_LINK];

		if (r->dir == ASSAY_TO_TARGET && dir == ASSAY_TO_TARGET && last &&
			(r->kind == ASSAY_TAP_CLOSE || r->kind == ASSAY_TAP_RESET))
			last[1] = ASSAY_FUZZ_CLOSE;
		else if (r->dir == dir && !write_record(&w, r))
			break;
	}
	return w.length;
}
