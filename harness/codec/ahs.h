/* ahs.h - additional header segments, RFC 7143 section 11.2.2. Views only; nothing allocates. */
#ifndef ASSAY_CODEC_AHS_H
#define ASSAY_CODEC_AHS_H

#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

enum assay_ahs_type {
	ASSAY_AHS_EXTENDED_CDB = 1, /* section 11.2.2.3 */
	ASSAY_AHS_BIDI_READ_LENGTH = 2, /* section 11.2.2.4: Expected Bidirectional Read Data Length */
};

struct assay_ahs {
	uint16_t length; /* AHSLength: bytes of AHS-specific without padding, the reserved byte included */
	uint8_t type; /* AHSType, 6 bits */
	uint8_t type_reserved; /* the two bits beside it */
	const uint8_t *specific; /* length bytes; the first one is the AHS-specific byte of the header */
};

/* Steps through the segments: *offset starts at 0 and is moved. Returns 1 with *out set, 0 at the end,
 * ASSAY_E_SYNTAX when a segment runs past the end. */
int assay_ahs_next(struct assay_ahs *out, size_t *offset, const uint8_t *ahs, size_t length);

/* Appends a segment, padded with zeros to four bytes. Returns the new length or ASSAY_E_LIMIT. */
long assay_ahs_append(uint8_t *ahs, size_t capacity, size_t length, uint8_t type, const uint8_t *specific,
	uint16_t specific_length);

/* Appends the bytes of a CDB from the 17th on (cdb_length > 16), and a bidirectional read length in bytes. */
long assay_ahs_append_cdb(
	uint8_t *ahs, size_t capacity, size_t length, const uint8_t *cdb, size_t cdb_length);
long assay_ahs_append_bidi_read(uint8_t *ahs, size_t capacity, size_t length, uint32_t read_length);

/* The first Expected Bidirectional Read Data Length, in bytes. Returns 1 when there is one, 0 when not. */
int assay_ahs_bidi_read_length(uint32_t *out, const uint8_t *ahs, size_t length);

#endif
