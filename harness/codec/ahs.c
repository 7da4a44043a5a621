/* ahs.c - additional header segments, RFC 7143 section 11.2.2. Walks and appends; judges no type. */
#include "codec/ahs.h"

#include <string.h>

#include "codec/bytes.h"

#define HEADER 3u /* AHSLength and AHSType; the AHS-specific byte beside them is counted by AHSLength */

int assay_ahs_next(struct assay_ahs *out, size_t *offset, const uint8_t *ahs, size_t length)
{
	const uint8_t *at;
	size_t left, whole;

	if (*offset >= length)
		return 0;
	at = ahs + *offset;
	left = length - *offset;
	*offset = length;
	if (left < HEADER)
		return ASSAY_E_SYNTAX;
	out->length = assay_get_be16(at);
	out->type = at[2] & 0x3f;
	out->type_reserved = at[2] >> 6;
	out->specific = at + HEADER;
	if (out->length > left - HEADER)
		return ASSAY_E_SYNTAX;
	whole = assay_padded(HEADER + out->length);
	if (whole < left)
		*offset = length - left + whole;
	return 1;
}

/* Makes room for a segment, all zeros behind its header. Sets *specific; returns the new length or ASSAY_E_LIMIT. */
static long open_segment(uint8_t **specific, uint8_t *ahs, size_t capacity, size_t length, uint8_t type,
	size_t specific_length)
{
	size_t whole = assay_padded(HEADER + specific_length);

	if (specific_length > UINT16_MAX || length > capacity || whole > capacity - length)
		return ASSAY_E_LIMIT;
	memset(ahs + length, 0, whole);
	assay_put_be16(ahs + length, (uint16_t)specific_length);
	ahs[length + 2] = type;
	*specific = ahs + length + HEADER;
	return (long)(length + whole);
}

long assay_ahs_append(uint8_t *ahs, size_t capacity, size_t length, uint8_t type, const uint8_t *specific,
	uint16_t specific_length)
{
	uint8_t *at;
	long end = open_segment(&at, ahs, capacity, length, type, specific_length);

	if (end >= 0 && specific_length)
		memcpy(at, specific, specific_length);
	return end;
}

long assay_ahs_append_cdb(uint8_t *ahs, size_t capacity, size_t length, const uint8_t *cdb, size_t cdb_length)
{
	uint8_t *at;
	long end;

	if (cdb_length <= 16)
		return ASSAY_E_INVAL;
	end = open_segment(&at, ahs, capacity, length, ASSAY_AHS_EXTENDED_CDB, cdb_length - 15);
	if (end >= 0)
		memcpy(at + 1, cdb + 16, cdb_length - 16);
	return end;
}

long assay_ahs_append_bidi_read(uint8_t *ahs, size_t capacity, size_t length, uint32_t read_length)
{
	uint8_t *at;
	long end = open_segment(&at, ahs, capacity, length, ASSAY_AHS_BIDI_READ_LENGTH, 5);

	if (end >= 0)
		assay_put_be32(at + 1, read_length);
	return end;
}

int assay_ahs_bidi_read_length(uint32_t *out, const uint8_t *ahs, size_t length)
{
	struct assay_ahs segment;
	size_t offset = 0;

	while (assay_ahs_next(&segment, &offset, ahs, length) == 1) {
		if (segment.type == ASSAY_AHS_BIDI_READ_LENGTH && segment.length >= 5) {
			*out = assay_get_be32(segment.specific + 1);
			return 1;
		}
	}
	return 0;
}
