/*
 * fields.c - the fuzz entry of what is made of PDUs beside decode and encode: the framer, the fields by their table, AHS and LUN writers. Input as that of pdu.c. The
 * framer cuts the same PDUs out of the stream, whatever pieces it comes in; a field that is set is read again; segments and LUNs that are written are read as the same.
 */
#include <string.h>

#include "codec/ahs.h"
#include "codec/framer.h"
#include "codec/layout.h"
#include "codec/lun.h"
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"

static void check_field(const struct assay_pdu *pdu, const struct assay_layout_entry *entry)
{
	const struct assay_field *field = assay_field_at(entry->field);
	struct assay_pdu copy = *pdu;
	uint64_t value;

	if (assay_layout_find(pdu->opcode, field->name) != entry ||
		assay_layout_find(pdu->opcode, field->member) != entry)
		assay_fuzz_fail("opcode 0x%02x: %s is not found by its names", pdu->opcode, field->name);
	if (entry->bits > 64)
		return;
	value = assay_field_get(pdu, field);
	if (entry->bits < 64 && value >> entry->bits)
		assay_fuzz_fail(
			"opcode 0x%02x: %s has more than %u bits", pdu->opcode, field->name, entry->bits);
	assay_field_set(&copy, field, ~value);
	if (assay_field_get(&copy, field) == value)
		assay_fuzz_fail("%s cannot be set", field->name);
	assay_field_set(&copy, field, value);
	if (memcmp(&copy, pdu, sizeof(copy)) != 0)
		assay_fuzz_fail("%s: setting it changes others", field->name);
}

static void check_fields(const struct assay_pdu *pdu)
{
	const struct assay_layout *layout = assay_layout_of(pdu->opcode);

	for (size_t i = 0; i < layout->count; i++)
		check_field(pdu, &layout->entries[i]);
	if (assay_layout_find(pdu->opcode, "NoSuchField"))
		assay_fuzz_fail("opcode 0x%02x has a field that there is not", pdu->opcode);
}

/* The segments of an AHS, written one by one, are the same segments. */
static void check_ahs(const struct assay_pdu *pdu)
{
	uint8_t again[ASSAY_AHS_MAX + 4];
	struct assay_ahs a, b;
	size_t from = 0, to = 0;
	long length = 0;
	uint32_t bidi, back;

	while (length >= 0 && assay_ahs_next(&a, &from, pdu->ahs, pdu->ahs_length) == 1) {
		length = assay_ahs_append(again, sizeof(again), (size_t)length, a.type, a.specific, a.length);
		if (length < 0 || assay_ahs_next(&b, &to, again, (size_t)length) != 1 || a.type != b.type ||
			a.length != b.length || memcmp(a.specific, b.specific, a.length) != 0)
			assay_fuzz_fail("an AHS of type %u and %u bytes is another once it was written",
				a.type, a.length);
	}
	if (assay_ahs_bidi_read_length(&bidi, pdu->ahs, pdu->ahs_length) == 1) {
		length = assay_ahs_append_bidi_read(again, sizeof(again), 0, bidi);
		if (length < 0 || !assay_ahs_bidi_read_length(&back, again, (size_t)length) || back != bidi)
			assay_fuzz_fail("a bidirectional length of %u is not read as itself", bidi);
	}
	length = assay_ahs_append_cdb(
		again, sizeof(again), 0, pdu->data, pdu->data_length > 260 ? 260 : pdu->data_length);
	if (length >= 0 && (assay_ahs_next(&b, &(size_t){ 0 }, again, (size_t)length) != 1 ||
				   b.type != ASSAY_AHS_EXTENDED_CDB))
		assay_fuzz_fail("the AHS of a CDB cannot be read");
}

static void check_lun(uint64_t lun)
{
	struct assay_lun_parts parts;
	char text[32], again[32];

	assay_lun_parse(&parts, lun);
	assay_lun_print(text, sizeof(text), lun);
	if (!parts.simple)
		return;
	assay_lun_print(again, sizeof(again), assay_lun_from_number(parts.number));
	if (strcmp(text, again) != 0)
		assay_fuzz_fail("LUN %s becomes LUN %s", text, again);
	if (parts.method == ASSAY_LUN_FLAT && assay_lun_flat(parts.number) != lun)
		assay_fuzz_fail("LUN %s in the flat form is another", text);
}

/* The stream in pieces of three lengths, through a buffer that holds no more than the longest PDU. */
static void check_framer(const uint8_t *data, size_t size, unsigned digests)
{
	static uint8_t held[ASSAY_FUZZ_PDUS_MAX];
	static const size_t pieces[] = { 1, 47, 1000 };
	struct assay_framer framer;
	struct assay_pdu pdu;
	size_t given = 0, taken = 0, turn = 0, room;
	uint8_t *at;
	int r = 0;

	assay_framer_init(&framer, held, sizeof(held));
	framer.digests = digests;
	while (r >= 0 && given < size) {
		size_t piece = pieces[turn++ % 3];

		room = assay_framer_space(&framer, &at);
		piece = piece < room ? piece : room;
		piece = piece < size - given ? piece : size - given;
		if (!piece)
			assay_fuzz_fail("the framer has no room, and no PDU");
		memcpy(at, data + given, piece);
		assay_framer_commit(&framer, piece);
		given += piece;
		while ((r = assay_framer_next(&framer, &pdu)) == 1) {
			if (pdu.wire_length > size - taken ||
				memcmp(pdu.wire, data + taken, pdu.wire_length) != 0)
				assay_fuzz_fail("the framer gives other bytes at %zu", taken);
			taken += pdu.wire_length;
		}
		if (taken + assay_framer_pending(&framer) != given)
			assay_fuzz_fail("%zu bytes given, %zu taken, %zu pending", given, taken,
				assay_framer_pending(&framer));
	}
	if (r < 0 && r != ASSAY_E_TOO_LONG)
		assay_fuzz_fail("the framer fails with %d", r);
}

static void one(const uint8_t *data, size_t size)
{
	unsigned digests = size ? data[0] & (ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST) : 0;
	struct assay_pdu pdu;
	long used;

	if (size < 2)
		return;
	check_framer(data + 1, size - 1, digests);
	for (size_t at = 1; at < size; at += (size_t)used) {
		used = assay_pdu_decode(&pdu, data + at, size - at, digests);
		if (used < 0)
			return;
		check_fields(&pdu);
		check_ahs(&pdu);
		check_lun(pdu.lun);
	}
}

const struct assay_fuzz_entry assay_fuzz_entry_fields = {
	.name = "fields",
	.desc = "the framer cuts the same PDUs; fields, AHS and LUNs that are written are read as the same",
	.one = one,
	.max_len = ASSAY_FUZZ_PDUS_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.prefix = 1,
	.digests_in_prefix = true,
};
