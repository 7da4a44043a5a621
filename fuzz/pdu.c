/*
 * pdu.c - the fuzz entry of decode and encode, RFC 7143 section 11.2. Input: a byte with the digests in force (enum assay_digests), then
 * PDUs. What was consumed is what the header announces and never more than was given; views lie within it; what encode makes
 * of a decoded PDU are the same bytes where these are written as a sender must (reserved bits and padding 0). Does not allocate.
 */
#include <string.h>

#include "codec/ahs.h"
#include "codec/bytes.h"
#include "codec/layout.h"
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"

/* The peer's bytes as encode would have written them: reserved bits and padding are 0, digests as they came. */
static void as_a_sender_must(uint8_t *out, const struct assay_pdu *pdu)
{
	const uint8_t *reserved = assay_layout_reserved(pdu->opcode);

	memcpy(out, pdu->wire, pdu->wire_length);
	for (size_t i = 0; i < ASSAY_BHS_LENGTH; i += 8)
		assay_put_be64(out + i, assay_get_be64(out + i) & ~assay_get_be64(reserved + i));
	out[0] |= (uint8_t)(pdu->bit7 << 7); /* a field, so that it can be set */
	if (pdu->data_length) {
		size_t start = (size_t)(pdu->data - pdu->wire);

		memset(out + start + pdu->data_length, 0, assay_padded(pdu->data_length) - pdu->data_length);
	}
}

/* Other bytes came back: only reserved bits and padding can be the reason. Of an undefined opcode the struct carries a part of the header alone. */
static void check_difference(const struct assay_pdu *pdu, const uint8_t *again, unsigned digests)
{
	static uint8_t right[ASSAY_FUZZ_PDUS_MAX];
	size_t at = assay_opcode_name(pdu->opcode) ? 0 : ASSAY_BHS_LENGTH;
	struct assay_pdu back;

	as_a_sender_must(right, pdu);
	if (memcmp(again + at, right + at, pdu->wire_length - at) != 0) {
		while (again[at] == right[at])
			at++;
		assay_fuzz_fail(
			"opcode 0x%02x: encode(decode(x)) differs from x at byte %zu: 0x%02x, not 0x%02x",
			pdu->opcode, at, again[at], right[at]);
	}
	if (assay_pdu_decode(&back, again, pdu->wire_length, digests) != (long)pdu->wire_length)
		assay_fuzz_fail("what encode wrote cannot be decoded");
	back.bhs = pdu->bhs;
	back.wire = pdu->wire;
	back.ahs = pdu->ahs;
	back.data = pdu->data;
	back.bad_digests = pdu->bad_digests; /* bits that a sender must not set went into the digest */
	if (memcmp(&back, pdu, sizeof(back)) != 0)
		assay_fuzz_fail("opcode 0x%02x: decode(encode(x)) differs from x", pdu->opcode);
}

static void check_round_trip(const struct assay_pdu *pdu, unsigned digests)
{
	static uint8_t again[ASSAY_FUZZ_PDUS_MAX];
	struct assay_pdu copy = *pdu;
	long length;

	copy.overrides = ASSAY_OVERRIDE_HEADER_DIGEST | ASSAY_OVERRIDE_DATA_DIGEST;
	if (assay_pdu_encoded_length(&copy, digests) != pdu->wire_length)
		assay_fuzz_fail("encode would write %zu bytes of a PDU of %u",
			assay_pdu_encoded_length(&copy, digests), pdu->wire_length);
	if (assay_pdu_encode(again, pdu->wire_length - 1, &copy, digests) != ASSAY_E_LIMIT)
		assay_fuzz_fail("encode wrote more than it had room for");
	length = assay_pdu_encode(again, sizeof(again), &copy, digests);
	if (length != (long)pdu->wire_length)
		assay_fuzz_fail("encode wrote %ld bytes of a PDU of %u", length, pdu->wire_length);
	if (memcmp(again, pdu->wire, pdu->wire_length) != 0)
		check_difference(pdu, again, digests);
}

static void check_views(const struct assay_pdu *pdu, const uint8_t *at, size_t left)
{
	if (pdu->wire != at || pdu->bhs != at || pdu->wire_length > left ||
		pdu->wire_length < ASSAY_BHS_LENGTH)
		assay_fuzz_fail("a PDU of %u bytes decoded from %zu", pdu->wire_length, left);
	if (pdu->ahs_length &&
		(pdu->ahs != at + ASSAY_BHS_LENGTH || pdu->ahs + pdu->ahs_length > at + pdu->wire_length))
		assay_fuzz_fail("the AHS lies outside of the PDU");
	if (pdu->data_length && (pdu->data < at + ASSAY_BHS_LENGTH + pdu->ahs_length ||
					pdu->data + pdu->data_length > at + pdu->wire_length))
		assay_fuzz_fail("the data segment lies outside of the PDU");
}

/* Segments are walked to their end, and each lies within the AHS. */
static void check_ahs(const struct assay_pdu *pdu)
{
	struct assay_ahs segment;
	size_t offset = 0, before = 0;
	uint32_t bidi;

	while (assay_ahs_next(&segment, &offset, pdu->ahs, pdu->ahs_length) == 1) {
		if (offset <= before || offset > pdu->ahs_length)
			assay_fuzz_fail(
				"an AHS moved from %zu to %zu of %u", before, offset, pdu->ahs_length);
		if (segment.length && (segment.specific < pdu->ahs + before ||
					      segment.specific + segment.length > pdu->ahs + offset))
			assay_fuzz_fail("an AHS lies outside of its own bytes");
		before = offset;
	}
	assay_ahs_bidi_read_length(&bidi, pdu->ahs, pdu->ahs_length);
}

static void one(const uint8_t *data, size_t size)
{
	unsigned digests = size ? data[0] & (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST) : 0;
	struct assay_pdu pdu;

	for (size_t at = 1; at < size;) {
		size_t left = size - at;
		long used = assay_pdu_decode(&pdu, data + at, left, digests);

		if (used == ASSAY_E_SHORT &&
			(left < ASSAY_BHS_LENGTH || assay_pdu_wire_length(data + at, digests) > left))
			return;
		if (used < 0 || (size_t)used != assay_pdu_wire_length(data + at, digests))
			assay_fuzz_fail("decode returned %ld where the header announces %zu of %zu", used,
				assay_pdu_wire_length(data + at, digests), left);
		check_views(&pdu, data + at, left);
		check_ahs(&pdu);
		check_round_trip(&pdu, digests);
		at += (size_t)used;
	}
}

const struct assay_fuzz_entry assay_fuzz_entry_pdu = {
	.name = "pdu",
	.desc = "PDUs are decoded within their bytes, and encoded again to the same ones",
	.one = one,
	.max_len = ASSAY_FUZZ_PDUS_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.prefix = 1,
	.digests_in_prefix = true,
};
