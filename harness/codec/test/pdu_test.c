/*
 * pdu_test.c - layout, decode and encode of all 18 PDU types. What is decoded ends at a forbidden page, and so does what is
 * encoded.
 */
#include "codec/pdu.h"

#include "codec/ahs.h"
#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"
#include "figures.h"
#include "guard_page.h"
#include "test/unit.h"

#define TYPES      (sizeof(assay_opcodes) / sizeof(assay_opcodes[0]))
#define FIGURES    (sizeof(figures) / sizeof(figures[0]))
#define BOTH       (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST)
#define AS_WRITTEN (ASSAY_OVERRIDE_TOTAL_AHS_LENGTH | ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH)

static struct guard_page page;

static uint8_t random_byte(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint8_t)(state >> 32);
}

/* Marks the bits of a field in 48 bytes. */
static void mark(uint8_t *bits, unsigned byte, unsigned shift, unsigned width)
{
	if (width < 8)
		bits[byte] |= (uint8_t)(((1u << width) - 1) << shift);
	else
		memset(bits + byte, 0xff, width / 8);
}

/* Every field of every figure is in the layout at that place, and the layout has no others. */
static void layout_is_the_standards(void)
{
	for (size_t t = 0; t < TYPES; t++) {
		uint8_t opcode = assay_opcodes[t];
		size_t drawn = 2; /* opcode and bit 7 */

		for (size_t i = 0; i < FIGURES; i++) {
			const struct figure_field *f = &figures[i];
			const struct assay_layout_entry *e;

			if (f->opcode != opcode)
				continue;
			drawn++;
			e = assay_layout_find(opcode, f->member);
			CU_ASSERT_PTR_NOT_NULL_FATAL(e);
			CU_ASSERT_EQUAL(e->byte, f->byte);
			CU_ASSERT_EQUAL(e->shift, f->shift);
			CU_ASSERT_EQUAL(e->bits, f->bits);
		}
		CU_ASSERT_EQUAL(assay_layout_of(opcode)->count, drawn);
		CU_ASSERT_PTR_NOT_NULL(assay_layout_find(opcode, "opcode"));
		CU_ASSERT_PTR_NOT_NULL(assay_layout_find(opcode, "bit7"));
	}
}

/* Entries stand in the order of the wire, do not overlap, and what is left is reserved. */
static void reserved_is_the_rest(void)
{
	for (size_t t = 0; t < TYPES; t++) {
		const struct assay_layout *layout = assay_layout_of(assay_opcodes[t]);
		const uint8_t *reserved = assay_layout_reserved(assay_opcodes[t]);
		uint8_t used[ASSAY_BHS_LENGTH] = { 0 };
		unsigned last = 0;

		for (size_t i = 0; i < layout->count; i++) {
			const struct assay_layout_entry *e = &layout->entries[i];
			uint8_t own[ASSAY_BHS_LENGTH] = { 0 };
			unsigned place = e->byte * 8u + (e->bits < 8 ? 8u - e->shift - e->bits : 0);

			CU_ASSERT_TRUE(i == 0 || place > last);
			last = place;
			mark(own, e->byte, e->shift, e->bits);
			for (size_t b = 0; b < ASSAY_BHS_LENGTH; b++) {
				CU_ASSERT_EQUAL(own[b] & used[b], 0);
				used[b] |= own[b];
			}
		}
		used[0] &= 0x7f;
		for (size_t b = 0; b < ASSAY_BHS_LENGTH; b++)
			CU_ASSERT_EQUAL((uint8_t)~used[b], reserved[b]);
	}
	CU_ASSERT_EQUAL(assay_layout_reserved(0x1d)[0], 0x80);
	CU_ASSERT_EQUAL(assay_layout_reserved(0x1d)[20], 0);
}

static void opcodes_and_names(void)
{
	size_t named = 0;

	for (unsigned opcode = 0; opcode < 256; opcode++)
		named += assay_opcode_name((uint8_t)opcode) != NULL;
	CU_ASSERT_EQUAL(named, TYPES);
	for (size_t t = 0; t < TYPES; t++) {
		CU_ASSERT_TRUE(t == 0 || assay_opcodes[t] > assay_opcodes[t - 1]);
		CU_ASSERT_PTR_NOT_NULL(assay_opcode_name(assay_opcodes[t]));
	}
	CU_ASSERT_STRING_EQUAL(assay_opcode_name(ASSAY_NOP_OUT), "NOP-Out");
	CU_ASSERT_STRING_EQUAL(assay_opcode_name(ASSAY_REJECT), "Reject");
	CU_ASSERT_PTR_EQUAL(assay_layout_find(ASSAY_R2T, "R2TSN"), assay_layout_find(ASSAY_R2T, "r2t_sn"));
	CU_ASSERT_PTR_NULL(assay_layout_find(ASSAY_R2T, "CmdSN"));
	CU_ASSERT_NOT_EQUAL(assay_layout_find(ASSAY_SCSI_RESPONSE, "o")->shift,
		assay_layout_find(ASSAY_SCSI_RESPONSE, "O")->shift);
	CU_ASSERT_PTR_NULL(assay_field_at(255));
}

/* Gives each field of the type a value of its own, over all its bits. */
static void fill_distinct(struct assay_pdu *pdu, uint8_t opcode)
{
	const struct assay_layout *layout = assay_layout_of(opcode);

	memset(pdu, 0, sizeof(*pdu));
	for (size_t i = 0; i < layout->count; i++) {
		const struct assay_layout_entry *e = &layout->entries[i];
		const struct assay_field *field = assay_field_at(e->field);
		uint64_t value = UINT64_C(0x9e3779b97f4a7c15) * (i + 1) | 1;

		assay_field_set(pdu, field, e->bits < 64 ? value >> (64 - e->bits) : value);
	}
	for (size_t i = 0; i < sizeof(pdu->cdb); i++)
		pdu->cdb[i] = (uint8_t)(0xc0 + i);
	pdu->opcode = opcode;
	pdu->overrides = AS_WRITTEN;
}

static void every_field_both_ways(void)
{
	for (size_t t = 0; t < TYPES; t++) {
		uint8_t *bhs = guard_page_at(&page, ASSAY_BHS_LENGTH);
		const struct assay_layout *layout = assay_layout_of(assay_opcodes[t]);
		struct assay_pdu pdu, again;

		fill_distinct(&pdu, assay_opcodes[t]);
		assay_pdu_encode_bhs(bhs, &pdu);
		assay_pdu_decode_bhs(&again, bhs);
		for (size_t i = 0; i < layout->count; i++) {
			const struct assay_field *field = assay_field_at(layout->entries[i].field);

			CU_ASSERT_EQUAL(assay_field_get(&again, field), assay_field_get(&pdu, field));
		}
		if (assay_opcodes[t] == ASSAY_SCSI_COMMAND)
			CU_ASSERT_EQUAL(memcmp(again.cdb, pdu.cdb, sizeof(pdu.cdb)), 0);
		CU_ASSERT_PTR_EQUAL(again.bhs, bhs);
		CU_ASSERT_EQUAL(again.wire_length, ASSAY_BHS_LENGTH);
	}
}

/* The bytes of one header of each direction, written down by hand: the table and its users cannot be wrong together. */
static void known_bytes(void)
{
	static const uint8_t login[ASSAY_BHS_LENGTH] = { 0x43, 0x87, 1, 2, 0, 0, 0, 5, 0x80, 0x12, 0x34, 0x56,
		0x78, 0x9a, 0xbc, 0xde, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t data_in[ASSAY_BHS_LENGTH] = { 0x25, 0xc5, 0, 2, 0, 1, 2, 3, 0, 22, 0, 0, 0, 0, 0,
		0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8,
		8, 8 };
	struct assay_pdu pdu;

	assay_pdu_decode_bhs(&pdu, login);
	CU_ASSERT_EQUAL(pdu.opcode, ASSAY_LOGIN_REQUEST);
	CU_ASSERT_EQUAL(pdu.immediate, 1);
	CU_ASSERT_EQUAL(pdu.transit, 1);
	CU_ASSERT_EQUAL(pdu.cont, 0);
	CU_ASSERT_EQUAL(pdu.csg, ASSAY_STAGE_OPERATIONAL);
	CU_ASSERT_EQUAL(pdu.nsg, ASSAY_STAGE_FULL_FEATURE);
	CU_ASSERT_EQUAL(pdu.version_max, 1);
	CU_ASSERT_EQUAL(pdu.version_min, 2);
	CU_ASSERT_EQUAL(pdu.data_segment_length, 5);
	CU_ASSERT_EQUAL(pdu.isid, UINT64_C(0x80123456789a));
	CU_ASSERT_EQUAL(pdu.tsih, 0xbcde);
	CU_ASSERT_EQUAL(pdu.itt, 0x11223344);
	CU_ASSERT_EQUAL(pdu.cid, 0x5566);
	CU_ASSERT_EQUAL(pdu.cmd_sn, 0x01020304);
	CU_ASSERT_EQUAL(pdu.exp_stat_sn, 0x05060708);
	assay_pdu_decode_bhs(&pdu, data_in);
	CU_ASSERT_EQUAL(pdu.final, 1);
	CU_ASSERT_EQUAL(pdu.acknowledge, 1);
	CU_ASSERT_EQUAL(pdu.overflow, 1);
	CU_ASSERT_EQUAL(pdu.underflow, 0);
	CU_ASSERT_EQUAL(pdu.status_present, 1);
	CU_ASSERT_EQUAL(pdu.status, 2);
	CU_ASSERT_EQUAL(pdu.data_segment_length, 0x010203);
	CU_ASSERT_EQUAL(pdu.lun, UINT64_C(22) << 48);
	CU_ASSERT_EQUAL(pdu.residual_count, 0x08080808);
}

/* Any 48 bytes: what decode reads, encode writes back, but for the bits that no field uses. */
static void random_headers(void)
{
	for (unsigned round = 0; round < 64 * 400; round++) {
		uint8_t *bhs = guard_page_at(&page, ASSAY_BHS_LENGTH), again[ASSAY_BHS_LENGTH];
		uint8_t named[ASSAY_BHS_LENGTH] = { 0 };
		const struct assay_layout *layout;
		struct assay_pdu pdu;
		int differ = 0;

		for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
			bhs[i] = random_byte();
		bhs[0] = (uint8_t)((bhs[0] & 0xc0) | round % 64);
		assay_pdu_decode_bhs(&pdu, bhs);
		CU_ASSERT_EQUAL(pdu.opcode, round % 64);
		pdu.overrides = AS_WRITTEN;
		assay_pdu_encode_bhs(again, &pdu);
		layout = assay_layout_of(pdu.opcode);
		for (size_t i = 0; i < layout->count; i++)
			mark(named, layout->entries[i].byte, layout->entries[i].shift,
				layout->entries[i].bits);
		for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
			differ |= again[i] ^ (bhs[i] & named[i]);
		CU_ASSERT_EQUAL(differ, 0);
	}
}

/* A whole PDU of the type, with AHS and data of such lengths, encoded right before the forbidden page. */
static uint8_t *encode_whole(
	size_t *length, uint8_t opcode, size_t ahs, size_t data, unsigned digests, unsigned overrides)
{
	static uint8_t bytes[4096];
	struct assay_pdu pdu;
	uint8_t *wire;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	fill_distinct(&pdu, opcode);
	pdu.overrides = (uint8_t)overrides;
	pdu.ahs = ahs ? bytes : NULL;
	pdu.ahs_length = (uint32_t)ahs;
	pdu.data = data ? bytes + 1 : NULL;
	pdu.data_length = (uint32_t)data;
	pdu.header_digest = 0x01020304;
	pdu.data_digest = 0x05060708;
	*length = assay_pdu_encoded_length(&pdu, digests);
	wire = guard_page_at(&page, *length);
	CU_ASSERT_EQUAL(assay_pdu_encode(wire, *length, &pdu, digests), (long)*length);
	CU_ASSERT_EQUAL(assay_pdu_encode(wire, *length - 1, &pdu, digests), ASSAY_E_LIMIT);
	return wire;
}

static void whole_pdus(void)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 48, 511, 1020 };

	for (size_t t = 0; t < TYPES; t++) {
		for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
			for (unsigned digests = 0; digests <= BOTH; digests++) {
				size_t n = lengths[l], ahs = l % 2 ? 0 : n, length;
				uint8_t *wire = encode_whole(&length, assay_opcodes[t], ahs, n, digests, 0);
				struct assay_pdu pdu;

				CU_ASSERT_EQUAL(assay_pdu_wire_length(wire, digests), length);
				CU_ASSERT_EQUAL_FATAL(
					assay_pdu_decode(&pdu, wire, length, digests), (long)length);
				CU_ASSERT_EQUAL(pdu.wire_length, length);
				CU_ASSERT_PTR_EQUAL(pdu.wire, wire);
				CU_ASSERT_EQUAL(pdu.ahs_length, assay_padded(ahs));
				CU_ASSERT_EQUAL(pdu.total_ahs_length, assay_padded(ahs) / 4);
				CU_ASSERT_EQUAL(pdu.data_length, n);
				CU_ASSERT_EQUAL(pdu.data_segment_length, n);
				CU_ASSERT_EQUAL(pdu.data == NULL, n == 0);
				CU_ASSERT_EQUAL(pdu.ahs == NULL, ahs == 0);
				CU_ASSERT_EQUAL(pdu.digests, n ? digests : digests & ASSAY_HEADER_DIGEST);
				CU_ASSERT_EQUAL(pdu.bad_digests, 0);
				for (size_t i = 0; i < n; i++)
					CU_ASSERT_EQUAL(pdu.data[i], (uint8_t)((i + 1) * 7 + 1));
				for (size_t i = n; i < assay_padded(n); i++)
					CU_ASSERT_EQUAL(pdu.data[i], 0);
			}
		}
	}
}

/* Each prefix of a PDU, up to its last byte but one, says that more is needed and touches nothing behind it. */
static void truncations(void)
{
	for (size_t t = 0; t < TYPES; t++) {
		for (unsigned digests = 0; digests <= BOTH; digests++) {
			uint8_t copy[256], *wire;
			struct assay_pdu pdu;
			size_t length;

			wire = encode_whole(&length, assay_opcodes[t], 12, 77, digests, 0);
			CU_ASSERT_TRUE_FATAL(length <= sizeof(copy));
			memcpy(copy, wire, length);
			for (size_t cut = 0; cut < length; cut++)
				CU_ASSERT_EQUAL(assay_pdu_decode(&pdu, guard_page_copy(&page, copy, cut), cut,
							digests),
					ASSAY_E_SHORT);
		}
	}
}

/* Each byte of a PDU that is changed spoils the digest that covers it, and only that. */
static void wrong_digests(void)
{
	for (size_t at = 8; at < 48 + 4 + 4 + 12 + 4; at++) {
		struct assay_pdu pdu;
		size_t length;
		uint8_t *wire = encode_whole(&length, ASSAY_NOP_OUT, 4, 10, BOTH, 0);

		wire[at] ^= 0x10;
		CU_ASSERT_EQUAL_FATAL(assay_pdu_decode(&pdu, wire, length, BOTH), (long)length);
		CU_ASSERT_EQUAL(pdu.bad_digests, at < 56 ? ASSAY_HEADER_DIGEST : ASSAY_DATA_DIGEST);
	}
}

static void overridden_digests(void)
{
	size_t length;
	uint8_t *wire = encode_whole(&length, ASSAY_NOP_OUT, 0, 4, BOTH,
		ASSAY_OVERRIDE_HEADER_DIGEST | ASSAY_OVERRIDE_DATA_DIGEST);
	struct assay_pdu pdu;

	CU_ASSERT_EQUAL(assay_pdu_decode(&pdu, wire, length, BOTH), (long)length);
	CU_ASSERT_EQUAL(pdu.header_digest, 0x01020304);
	CU_ASSERT_EQUAL(pdu.data_digest, 0x05060708);
	CU_ASSERT_EQUAL(pdu.bad_digests, BOTH);
	wire = encode_whole(&length, ASSAY_NOP_OUT, 0, 4, BOTH, ASSAY_OVERRIDE_DATA_DIGEST);
	assay_pdu_decode(&pdu, wire, length, BOTH);
	CU_ASSERT_EQUAL(pdu.bad_digests, ASSAY_DATA_DIGEST);
}

static void overridden_lengths(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT, .data = (const uint8_t *)"abcd", .data_length = 4 };
	uint8_t *wire;

	pdu.data_segment_length = 0xfedcba;
	pdu.total_ahs_length = 0xfe;
	wire = guard_page_at(&page, 52);
	CU_ASSERT_EQUAL(assay_pdu_encode(wire, 52, &pdu, 0), 52);
	CU_ASSERT_EQUAL(assay_get_be32(wire + 4), 4);
	pdu.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	CU_ASSERT_EQUAL(assay_pdu_encode(wire, 52, &pdu, 0), 52);
	CU_ASSERT_EQUAL(assay_get_be32(wire + 4), 0x00fedcba);
	pdu.overrides = AS_WRITTEN;
	CU_ASSERT_EQUAL(assay_pdu_encode(wire, 52, &pdu, 0), 52);
	CU_ASSERT_EQUAL(assay_get_be32(wire + 4), 0xfefedcba);
	CU_ASSERT_EQUAL(assay_pdu_wire_length(wire, BOTH), 48 + 4 * 0xfe + 0xfedcbc + 8);
}

/* What the length fields cannot say is the caller's mistake. */
static void too_long_segments(void)
{
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_OUT, .data_length = ASSAY_DATA_SEGMENT_MAX + 1 };
	uint8_t out[ASSAY_BHS_LENGTH];

	CU_ASSERT_EQUAL(assay_pdu_encode(out, sizeof(out), &pdu, 0), ASSAY_E_INVAL);
	pdu.data_length = 0;
	pdu.ahs_length = ASSAY_AHS_MAX + 1;
	CU_ASSERT_EQUAL(assay_pdu_encode(out, sizeof(out), &pdu, 0), ASSAY_E_INVAL);
	pdu.overrides = ASSAY_OVERRIDE_TOTAL_AHS_LENGTH;
	CU_ASSERT_EQUAL(assay_pdu_encode(out, sizeof(out), &pdu, 0), ASSAY_E_LIMIT);
}

static CU_TestInfo tests[] = {
	{ "the layout is the standard's", layout_is_the_standards },
	{ "reserved is the rest", reserved_is_the_rest },
	{ "opcodes and names", opcodes_and_names },
	{ "every field both ways", every_field_both_ways },
	{ "known bytes", known_bytes },
	{ "random headers", random_headers },
	{ "whole PDUs", whole_pdus },
	{ "truncations", truncations },
	{ "wrong digests", wrong_digests },
	{ "overridden digests", overridden_digests },
	{ "overridden lengths", overridden_lengths },
	{ "too long segments", too_long_segments },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(8192);
	failed = unit_run("pdu", tests);
	guard_page_free(&page);
	return failed;
}
