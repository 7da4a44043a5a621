/* redact_pdu.c - the data of a PDU of a copy, by its type. RFC 7143 sections 11.4.7, 11.9.4, 11.17, 11.18 and 13.1. */
#include <string.h>

#include "capture/redact_private.h"
#include "codec/bytes.h"
#include "codec/digest.h"

#define SENSE_MAX 252 /* bytes, SPC-4 section 4.5 */

static uint64_t hash_of(const uint8_t *header)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
		h = (h ^ header[i]) * UINT64_C(0x100000001b3);
	return h;
}

void redact_see(struct seen *seen, const struct assay_pdu *pdu)
{
	if (!assay_opcode_from_target(pdu->opcode))
		seen->header[seen->count++ % HEADERS] = hash_of(pdu->wire);
}

/* Is it a header that the initiator has sent, and that stands in the copy already? */
static bool was_seen(const struct seen *seen, const uint8_t *header)
{
	uint64_t hash = hash_of(header);

	for (uint64_t i = 0; i < HEADERS && i < seen->count; i++)
		if (seen->header[i] == hash)
			return true;
	return false;
}

bool redact_is_text(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_LOGIN_REQUEST || pdu->opcode == ASSAY_LOGIN_RESPONSE ||
	       pdu->opcode == ASSAY_TEXT_REQUEST || pdu->opcode == ASSAY_TEXT_RESPONSE;
}

bool redact_bhs(uint8_t bhs[ASSAY_BHS_LENGTH], int dir)
{
	uint8_t opcode = bhs[0] & 0x3f;

	if (!(bhs[0] & 0x80) && assay_opcode_name(opcode) &&
		(dir < 0 || assay_opcode_from_target(opcode) == (dir == ASSAY_TO_INITIATOR)))
		return false;
	memset(bhs + 2, 0, 2);
	memset(bhs + 8, 0, ASSAY_BHS_LENGTH - 8);
	return true;
}

/* Sense data behind its length stays, what follows it does not. */
static size_t sense_length(const uint8_t *data, size_t length)
{
	size_t sense = length < 2 ? length : 2u + assay_get_be16(data);

	if (sense > 2 + SENSE_MAX)
		sense = 2;

	return sense < length ? sense : length;
}

void redact_pdu(
	const struct assay_redact *r, const struct seen *seen, uint8_t *wire, const struct assay_pdu *pdu)
{
	size_t length = pdu->data_length, keep = 0;
	uint8_t *data = length ? wire + (pdu->data - pdu->wire) : NULL;

	if (!length || redact_is_text(pdu))
		return;
	switch (pdu->opcode) {
	case ASSAY_NOP_OUT:
	case ASSAY_NOP_IN: assay_mask_echo(&r->mask, data, length); return;
	case ASSAY_SCSI_RESPONSE: keep = sense_length(data, length); break;
	case ASSAY_ASYNC_MESSAGE: keep = pdu->async_event ? 0 : sense_length(data, length); break;
	case ASSAY_REJECT:
		if (length < ASSAY_BHS_LENGTH || !was_seen(seen, data)) {
			memset(data, HIDDEN, length);
			return;
		}
		keep = ASSAY_BHS_LENGTH;
		redact_bhs(data, ASSAY_TO_TARGET);
		break;
	default: break;
	}
	memset(data + keep, 0, length - keep);
}

void redact_seal(uint8_t *wire, const struct assay_pdu *pdu)
{
	size_t at = pdu->data_length ? (size_t)(pdu->data - pdu->wire) : 0,
	       padded = assay_padded(pdu->data_length);

	size_t head = ASSAY_BHS_LENGTH + pdu->ahs_length;

	if (pdu->digests & ASSAY_HEADER_DIGEST) /* wrong by as much as it was */
		assay_put_be32(wire + head,
			assay_digest(wire, head) ^ pdu->header_digest ^ assay_digest(pdu->wire, head));
	if (!pdu->data_length)
		return;
	for (size_t i = at + pdu->data_length; i < at + padded; i++)
		wire[i] = wire[i] ? HIDDEN : 0;
	if (pdu->digests & ASSAY_DATA_DIGEST)
		assay_put_be32(wire + at + padded, assay_digest(wire + at, padded) ^ pdu->data_digest ^
							   assay_digest(pdu->wire + at, padded));
}
