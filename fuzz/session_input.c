/* session_input.c - records out of an input, and bytes for the wire out of a record. It judges nothing. */
#include "fuzz/session_input.h"

#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"

bool assay_fuzz_record_next(struct assay_fuzz_record *out, size_t *offset, const uint8_t *data, size_t size)
{
	size_t left = size - *offset, length;

	if (left <= ASSAY_FUZZ_LEAD)
		return false;
	out->lead = data + *offset;
	out->bytes = out->lead + ASSAY_FUZZ_LEAD;
	left -= ASSAY_FUZZ_LEAD;
	length = left < ASSAY_BHS_LENGTH ? SIZE_MAX : assay_pdu_wire_length(out->bytes, 0);
	out->whole = length <= left;
	out->length = out->whole ? length : left;
	*offset += ASSAY_FUZZ_LEAD + out->length;
	return true;
}

static size_t put_digest(uint8_t *at, size_t covered, bool spoilt)
{
	assay_put_be32(at, assay_digest(at - covered, covered) ^ spoilt);
	return 4;
}

size_t assay_fuzz_record_wire(
	uint8_t *out, const uint8_t *pdu, size_t length, unsigned digests, unsigned spoilt)
{
	size_t header = ASSAY_BHS_LENGTH + 4 * (size_t)pdu[4], made = header;

	memcpy(out, pdu, header);
	if (digests & ASSAY_HEADER_DIGEST)
		made += put_digest(out + made, header, spoilt & ASSAY_HEADER_DIGEST);
	if (length == header)
		return made;
	memcpy(out + made, pdu + header, length - header);
	made += length - header;
	if (digests & ASSAY_DATA_DIGEST)
		made += put_digest(out + made, length - header, spoilt & ASSAY_DATA_DIGEST);
	return made;
}
