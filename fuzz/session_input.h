/*
 * session_input.h - the inputs of the session entries: PDUs of the hostile side, each after a lead that says when and how it is sent. PDUs stand
 * there without digests: the entry adds those in force, so that a changed PDU is not only a broken digest. With leads of zeros it is a plain
 * stream of PDUs, one after the other's answer. What is cut off at the end is sent as it is.
 */
#ifndef ASSAY_FUZZ_SESSION_INPUT_H
#define ASSAY_FUZZ_SESSION_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pdu.h"

#define ASSAY_FUZZ_LEAD        4 /* bytes before each PDU */
#define ASSAY_FUZZ_SESSION_MAX 16384 /* bytes of an input */
#define ASSAY_FUZZ_WIRE_MAX    (ASSAY_FUZZ_SESSION_MAX + 8) /* bytes that one record can be on the wire */

struct assay_fuzz_record {
	const uint8_t *lead;
	const uint8_t *bytes; /* of the PDU */
	size_t length;
	bool whole; /* false: the end of the input, no whole PDU */
};

/* The next record from *offset on, which starts at 0. False: there is none. */
bool assay_fuzz_record_next(struct assay_fuzz_record *out, size_t *offset, const uint8_t *data, size_t size);

/* Writes a whole PDU with its digests, those in spoilt (enum assay_digests) wrong. out has room for length + 8 bytes. Returns the bytes. */
size_t assay_fuzz_record_wire(
	uint8_t *out, const uint8_t *pdu, size_t length, unsigned digests, unsigned spoilt);

#endif
