/*
 * pdu.c - a PDU from bytes and back. RFC 7143 sections 11.1 and 11.2; the fields come from layout_table.h as
 * straight-line code, one reader and one writer a type. Judges nothing: a wrong field, digest or opcode is decoded.
 */
#include "codec/pdu.h"

#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout_table.h"

#define OPCODES       64
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* All arguments but the pointers are constants where these are called, so each becomes a load, a swap and a store. */
ALWAYS_INLINE uint64_t bits_get(const uint8_t *bhs, unsigned byte, unsigned shift, unsigned bits)
{
	switch (bits) {
	case 8: return bhs[byte];
	case 16: return assay_get_be16(bhs + byte);
	case 24: return assay_get_be24(bhs + byte);
	case 32: return assay_get_be32(bhs + byte);
	case 48: return (uint64_t)assay_get_be16(bhs + byte) << 32 | assay_get_be32(bhs + byte + 2);
	case 64: return assay_get_be64(bhs + byte);
	default: return (bhs[byte] >> shift) & ((1u << bits) - 1);
	}
}

ALWAYS_INLINE void bits_put(uint8_t *bhs, unsigned byte, unsigned shift, unsigned bits, uint64_t value)
{
	switch (bits) {
	case 8: bhs[byte] = (uint8_t)value; break;
	case 16: assay_put_be16(bhs + byte, (uint16_t)value); break;
	case 24: assay_put_be24(bhs + byte, (uint32_t)value); break;
	case 32: assay_put_be32(bhs + byte, (uint32_t)value); break;
	case 48:
		assay_put_be16(bhs + byte, (uint16_t)(value >> 32));
		assay_put_be32(bhs + byte + 2, (uint32_t)value);
		break;
	case 64: assay_put_be64(bhs + byte, value); break;
	default: bhs[byte] |= (uint8_t)((value & ((1u << bits) - 1)) << shift); break;
	}
}

ALWAYS_INLINE void field_read(
	void *member, size_t size, const uint8_t *bhs, unsigned byte, unsigned shift, unsigned bits)
{
	switch (size) {
	case 1: *(uint8_t *)member = (uint8_t)bits_get(bhs, byte, shift, bits); break;
	case 2: *(uint16_t *)member = (uint16_t)bits_get(bhs, byte, shift, bits); break;
	case 4: *(uint32_t *)member = (uint32_t)bits_get(bhs, byte, shift, bits); break;
	case 8: *(uint64_t *)member = bits_get(bhs, byte, shift, bits); break;
	default: memcpy(member, bhs + byte, size); break;
	}
}

ALWAYS_INLINE void field_write(
	uint8_t *bhs, const void *member, size_t size, unsigned byte, unsigned shift, unsigned bits)
{
	switch (size) {
	case 1: bits_put(bhs, byte, shift, bits, *(const uint8_t *)member); break;
	case 2: bits_put(bhs, byte, shift, bits, *(const uint16_t *)member); break;
	case 4: bits_put(bhs, byte, shift, bits, *(const uint32_t *)member); break;
	case 8: bits_put(bhs, byte, shift, bits, *(const uint64_t *)member); break;
	default: memcpy(bhs + byte, member, size); break;
	}
}

#define READ_FIELD(a, m, by, sh, bi)  field_read(&pdu->m, sizeof(pdu->m), bhs, by, sh, bi);
#define WRITE_FIELD(a, m, by, sh, bi) field_write(bhs, &pdu->m, sizeof(pdu->m), by, sh, bi);

#define TYPE_CODE(type, name)                                                                                \
	static void read_##type(struct assay_pdu *pdu, const uint8_t *bhs)                                   \
	{                                                                                                    \
		ASSAY_LAYOUT_##type(READ_FIELD, 0)                                                           \
	}                                                                                                    \
	static void write_##type(uint8_t *bhs, const struct assay_pdu *pdu)                                  \
	{                                                                                                    \
		ASSAY_LAYOUT_##type(WRITE_FIELD, 0)                                                          \
	}

ASSAY_PDU_TYPES(TYPE_CODE)
TYPE_CODE(UNDEFINED, )

#define TYPE_ROW(type, name) [ASSAY_##type] = { read_##type, write_##type },

static const struct {
	void (*read)(struct assay_pdu *pdu, const uint8_t *bhs);
	void (*write)(uint8_t *bhs, const struct assay_pdu *pdu);
} types[OPCODES] = { ASSAY_PDU_TYPES(TYPE_ROW) };

void assay_pdu_decode_bhs(struct assay_pdu *out, const uint8_t bhs[ASSAY_BHS_LENGTH])
{
	unsigned opcode = bhs[0] % OPCODES;

	memset(out, 0, sizeof(*out));
	out->bhs = bhs;
	out->wire = bhs;
	out->wire_length = ASSAY_BHS_LENGTH;
	if (types[opcode].read)
		types[opcode].read(out, bhs);
	else
		read_UNDEFINED(out, bhs);
}

size_t assay_pdu_wire_length(const uint8_t bhs[ASSAY_BHS_LENGTH], unsigned digests)
{
	size_t data = assay_get_be24(bhs + 5);
	size_t length = ASSAY_BHS_LENGTH + 4 * (size_t)bhs[4] + assay_padded(data);

	if (digests & ASSAY_HEADER_DIGEST)
		length += 4;
	if ((digests & ASSAY_DATA_DIGEST) && data)
		length += 4;
	return length;
}

long assay_pdu_decode(struct assay_pdu *out, const uint8_t *buf, size_t length, unsigned digests)
{
	size_t total, at;

	if (length < ASSAY_BHS_LENGTH)
		return ASSAY_E_SHORT;
	total = assay_pdu_wire_length(buf, digests);
	if (length < total)
		return ASSAY_E_SHORT;
	assay_pdu_decode_bhs(out, buf);
	out->wire_length = (uint32_t)total;
	at = ASSAY_BHS_LENGTH;
	if (out->total_ahs_length) {
		out->ahs = buf + at;
		out->ahs_length = 4u * out->total_ahs_length;
		at += out->ahs_length;
	}
	if (digests & ASSAY_HEADER_DIGEST) {
		out->digests |= ASSAY_HEADER_DIGEST;
		out->header_digest = assay_get_be32(buf + at);
		if (out->header_digest != assay_digest(buf, at))
			out->bad_digests |= ASSAY_HEADER_DIGEST;
		at += 4;
	}
	if (out->data_segment_length) {
		out->data = buf + at;
		out->data_length = out->data_segment_length;
		at += assay_padded(out->data_length);
		if (digests & ASSAY_DATA_DIGEST) {
			out->digests |= ASSAY_DATA_DIGEST;
			out->data_digest = assay_get_be32(buf + at);
			if (out->data_digest != assay_digest(out->data, assay_padded(out->data_length)))
				out->bad_digests |= ASSAY_DATA_DIGEST;
		}
	}
	return (long)total;
}

void assay_pdu_encode_bhs(uint8_t out[ASSAY_BHS_LENGTH], const struct assay_pdu *pdu)
{
	unsigned opcode = pdu->opcode % OPCODES;

	memset(out, 0, ASSAY_BHS_LENGTH);
	if (types[opcode].write)
		types[opcode].write(out, pdu);
	else
		write_UNDEFINED(out, pdu);
	if (!(pdu->overrides & ASSAY_OVERRIDE_TOTAL_AHS_LENGTH))
		out[4] = (uint8_t)(assay_padded(pdu->ahs_length) / 4);
	if (!(pdu->overrides & ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH))
		assay_put_be24(out + 5, pdu->data_length);
}

size_t assay_pdu_encoded_length(const struct assay_pdu *pdu, unsigned digests)
{
	size_t length = ASSAY_BHS_LENGTH + assay_padded(pdu->ahs_length) + assay_padded(pdu->data_length);

	if (digests & ASSAY_HEADER_DIGEST)
		length += 4;
	if ((digests & ASSAY_DATA_DIGEST) && pdu->data_length)
		length += 4;
	return length;
}

/* Copies a segment and its padding of zeros; returns one past it. */
static uint8_t *put_segment(uint8_t *at, const uint8_t *bytes, size_t length)
{
	if (!length)
		return at;
	memcpy(at, bytes, length);
	memset(at + length, 0, assay_padded(length) - length);
	return at + assay_padded(length);
}

static int segment_too_long(const struct assay_pdu *pdu)
{
	return (pdu->ahs_length > ASSAY_AHS_MAX && !(pdu->overrides & ASSAY_OVERRIDE_TOTAL_AHS_LENGTH)) ||
	       (pdu->data_length > ASSAY_DATA_SEGMENT_MAX &&
		       !(pdu->overrides & ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH));
}

long assay_pdu_encode(uint8_t *out, size_t capacity, const struct assay_pdu *pdu, unsigned digests)
{
	uint8_t *at, *data;

	if (segment_too_long(pdu))
		return ASSAY_E_INVAL;
	if (assay_pdu_encoded_length(pdu, digests) > capacity)
		return ASSAY_E_LIMIT;
	assay_pdu_encode_bhs(out, pdu);
	at = put_segment(out + ASSAY_BHS_LENGTH, pdu->ahs, pdu->ahs_length);
	if (digests & ASSAY_HEADER_DIGEST) {
		assay_put_be32(at, pdu->overrides & ASSAY_OVERRIDE_HEADER_DIGEST
					   ? pdu->header_digest
					   : assay_digest(out, (size_t)(at - out)));
		at += 4;
	}
	data = at;
	at = put_segment(at, pdu->data, pdu->data_length);
	if ((digests & ASSAY_DATA_DIGEST) && pdu->data_length) {
		assay_put_be32(at, pdu->overrides & ASSAY_OVERRIDE_DATA_DIGEST
					   ? pdu->data_digest
					   : assay_digest(data, (size_t)(at - data)));
		at += 4;
	}
	return at - out;
}
