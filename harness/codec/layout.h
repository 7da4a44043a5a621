/*
 * layout.h - which fields a PDU type has and in which bits they travel: the one table from which decode, encode, the
 * listing, the reserved-bit rules and the fuzz mutator work. RFC 7143 sections 11.2 to 11.19.
 */
#ifndef ASSAY_CODEC_LAYOUT_H
#define ASSAY_CODEC_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "codec/pdu.h"

/* One field of the flat struct: its name in the standard and where it lives in struct assay_pdu. */
struct assay_field {
	const char *name; /* as the standard writes it: "StatSN", "ITT", "DataSegmentLength" */
	const char *member; /* as the struct writes it: "stat_sn" */
	uint16_t offset; /* bytes, into struct assay_pdu */
	uint8_t size; /* bytes in the struct: 1, 2, 4 or 8; 16 for the CDB, a byte string */
};

/* One field of one PDU type: bits [byte*8 .. ] of the BHS, most significant first. */
struct assay_layout_entry {
	uint8_t field; /* index for assay_field_at */
	uint8_t byte; /* offset of the (first) byte in the BHS */
	uint8_t shift; /* of a field within one byte: the position of its lowest bit; 0 for whole bytes */
	uint8_t bits; /* width: 1 to 7 within a byte, else a multiple of 8 */
};

struct assay_layout {
	const struct assay_layout_entry *entries; /* in the order of the wire */
	size_t count;
};

/* The layout of an opcode; for an undefined one, the common part (opcode, lengths, LUN, ITT). Never NULL. */
const struct assay_layout *assay_layout_of(uint8_t opcode);

/* The field with that index; NULL beyond the last. */
const struct assay_field *assay_field_at(uint8_t field);

/* The value of a field in a PDU; 0 for the CDB. */
uint64_t assay_field_get(const struct assay_pdu *pdu, const struct assay_field *field);
void assay_field_set(struct assay_pdu *pdu, const struct assay_field *field, uint64_t value);

/* Finds the entry of a type's field by the standard's name or the struct's member name; NULL if the type has none. */
const struct assay_layout_entry *assay_layout_find(uint8_t opcode, const char *name);

/* 1 where a sender must write 0: the bits of the BHS that no field of this type uses, and bit 7 of byte 0, which is a field
 * only so that a test can set it. For an undefined opcode that bit alone. 48 bytes, static. */
const uint8_t *assay_layout_reserved(uint8_t opcode);

/* All defined opcodes, 18 of them, ascending. */
extern const uint8_t assay_opcodes[18];

#endif
