/*
 * encode_change.c - what each kind of change does to a PDU's fields, header, AHS, data and text. It draws nothing: all is in the change, places are taken
 * modulo what is there. RFC 7143 sections 6.1 and 11.2.
 */
#include "campaign/encode_change.h"

#include <string.h>

#include "campaign/mutate.h"
#include "codec/ahs.h"
#include "codec/layout.h"
#include "codec/text.h"

uint32_t assay_change_place(
	struct assay_change_bounds *bounds, const struct assay_change *change, uint32_t of)
{
	bounds->place = of;
	return change->where % of;
}

static uint32_t place(const struct assay_working *w, const struct assay_change *change, uint32_t of)
{
	return assay_change_place(w->bounds, change, of);
}

/* A value of so many, likewise. */
static uint32_t value_of(const struct assay_working *w, const struct assay_change *change, uint32_t of)
{
	w->bounds->value = of;
	return (uint32_t)(change->value % of);
}

/* ---- header and AHS ---- */

static void change_field(struct assay_working *w, const struct assay_change *change)
{
	const struct assay_layout *layout = assay_layout_of(w->pdu.opcode);
	const struct assay_field *field;
	uint64_t value = change->value;

	field = assay_field_at(layout->entries[change->field % layout->count].field);
	if (change->kind == ASSAY_CHANGE_FIELD_ADD)
		value += assay_field_get(&w->pdu, field);
	assay_field_set(&w->pdu, field, value);
}

/* What a length says instead: of most + 1, or a difference from what is right. */
static uint32_t length_of(
	const struct assay_working *w, const struct assay_change *change, uint32_t right, uint32_t most)
{
	return change->field ? (uint32_t)(right + change->value) & most : value_of(w, change, most + 1);
}

static void append_ahs(struct assay_working *w, uint8_t type, size_t specific)
{
	uint8_t bytes[256];
	long length;

	memset(bytes, 0x7a, sizeof(bytes));
	length = assay_ahs_append(
		w->ahs, ASSAY_AHS_MAX, w->pdu.ahs_length, type, bytes, (uint16_t)(specific % 256));
	if (length > 0)
		w->pdu.ahs_length = (uint32_t)length;
}

/* An AHS whose length says more than there is; its bytes go on being what the next one is. */
static void change_ahs_cut(struct assay_working *w, const struct assay_change *change)
{
	uint32_t at = w->pdu.ahs_length;

	uint32_t length = value_of(w, change, 0x10000);

	append_ahs(w, (uint8_t)(1 + place(w, change, 2)), 5);
	if (w->pdu.ahs_length > at)
		memcpy(w->ahs + at, (uint8_t[]){ (uint8_t)(length >> 8), (uint8_t)(length | 0x20) }, 2);
}

static void change_ahs_many(struct assay_working *w, const struct assay_change *change)
{
	uint32_t before;

	do {
		before = w->pdu.ahs_length;
		append_ahs(w, (uint8_t)value_of(w, change, 256), place(w, change, 20));
	} while (w->pdu.ahs_length > before);
}

void assay_change_header(uint8_t bhs[ASSAY_BHS_LENGTH], const struct assay_working *w)
{
	for (unsigned n = 0; n < w->header_changes; n++) {
		const struct assay_change *change = w->header[n];
		unsigned byte = change->where / 8 % ASSAY_BHS_LENGTH;

		switch (change->kind) {
		case ASSAY_CHANGE_BIT: bhs[byte] ^= (uint8_t)(1u << change->where % 8); break;
		case ASSAY_CHANGE_BYTE: bhs[byte] = (uint8_t)change->value; break;
		default: bhs[0] = (uint8_t)((bhs[0] & 0xc0) | (change->value & 0x3f)); break;
		}
	}
}

/* ---- data ---- */

/* Makes room of so many bytes in the data, or removes them; what does not fit is cut. Returns where. */
static uint8_t *make_room(struct assay_working *w, size_t at, size_t length)
{
	size_t all = w->pdu.data_length;

	if (length > ASSAY_WIRE_DATA - all)
		length = ASSAY_WIRE_DATA - all;
	memmove(w->data + at + length, w->data + at, all - at);
	w->pdu.data_length = (uint32_t)(all + length);
	return w->data + at;
}

static void remove_bytes(struct assay_working *w, size_t at, size_t length)
{
	memmove(w->data + at, w->data + at + length, w->pdu.data_length - at - length);
	w->pdu.data_length -= (uint32_t)length;
}

static void insert(struct assay_working *w, size_t at, const void *bytes, size_t length)
{
	uint32_t before = w->pdu.data_length;
	uint8_t *room = make_room(w, at, length);

	memmove(room, bytes, w->pdu.data_length - before);
}

static void change_data_bytes(struct assay_working *w, const struct assay_change *change)
{
	uint32_t length = w->pdu.data_length;

	for (unsigned n = 0; n < assay_change_bytes(change->value) && length > 0; n++)
		w->data[(place(w, change, length) + n) % length] = (uint8_t)(change->value >> (8 * n));
}

static void change_data_grow(struct assay_working *w, const struct assay_change *change)
{
	uint32_t before = w->pdu.data_length;
	uint8_t *room = make_room(w, before, (size_t)change->value);

	memset(room, (int)place(w, change, 256), w->pdu.data_length - before);
}

/* ---- text ---- */

/* One pair of the text: from its key to behind its NUL, or to the end. */
struct span {
	size_t at, length;
	size_t value; /* where its value begins, from at; length for a pair without one */
	size_t end; /* of the value, from at */
};

static size_t pair_length(const struct assay_working *w, size_t at)
{
	const uint8_t *nul = memchr(w->data + at, 0, w->pdu.data_length - at);

	return nul ? (size_t)(nul - w->data) - at + 1 : w->pdu.data_length - at;
}

/* The one that is the change's place. */
static bool pair_at(struct span *out, const struct assay_working *w, const struct assay_change *change)
{
	uint32_t pairs = 0;
	size_t at = 0;
	const uint8_t *equals;

	for (; at < w->pdu.data_length; at += pair_length(w, at))
		pairs++;
	if (!pairs)
		return false;
	at = 0;
	for (uint32_t n = place(w, change, pairs); n > 0; n--)
		at += pair_length(w, at);
	out->at = at;
	out->length = pair_length(w, at);
	out->end = out->length - (w->data[at + out->length - 1] == 0);
	equals = memchr(w->data + at, '=', out->end);
	out->value = equals ? (size_t)(equals - w->data) - at + 1 : out->end;
	return true;
}

static void replace_value(struct assay_working *w, const struct span *pair, const char *value)
{
	remove_bytes(w, pair->at + pair->value, pair->end - pair->value);
	insert(w, pair->at + pair->value, value, strlen(value));
}

static void change_huge(struct assay_working *w, const struct span *pair, size_t length)
{
	uint32_t before = w->pdu.data_length;
	uint8_t *room = make_room(w, pair->at + pair->end, length);

	memset(room, 'z', w->pdu.data_length - before);
}

static void change_text(struct assay_working *w, const struct assay_change *change)
{
	uint8_t twice[1024];
	struct span pair;

	if (!pair_at(&pair, w, change))
		return;
	switch (change->kind) {
	case ASSAY_CHANGE_KEY_TWICE:
		if (pair.length > sizeof(twice))
			break;
		memcpy(twice, w->data + pair.at, pair.length);
		insert(w, pair.at + pair.length, twice, pair.length);
		break;
	case ASSAY_CHANGE_KEY_CUT: {
		size_t left = value_of(w, change, (uint32_t)pair.length);

		remove_bytes(w, pair.at + left, pair.length - left);
		break;
	}
	case ASSAY_CHANGE_KEY_NUL:
		insert(w, pair.at + value_of(w, change, (uint32_t)pair.length), "", 1);
		break;
	case ASSAY_CHANGE_KEY_HUGE: change_huge(w, &pair, (size_t)change->value); break;
	case ASSAY_CHANGE_KEY_VALUE:
		replace_value(w, &pair, assay_nasty_value(value_of(w, change, ASSAY_NASTY_VALUES)));
		break;
	case ASSAY_CHANGE_KEY_GONE: remove_bytes(w, pair.at, pair.length); break;
	default: break;
	}
}

static void change_key_add(struct assay_working *w, const struct assay_change *change)
{
	const char *pair = assay_nasty_pair(value_of(w, change, ASSAY_NASTY_PAIRS));
	struct span before;
	size_t at = pair_at(&before, w, change) ? before.at : 0;

	insert(w, at, pair, strlen(pair) + 1);
}

void assay_change_apply(struct assay_working *w, const struct assay_change *change)
{
	struct assay_pdu *pdu = &w->pdu;

	switch (change->kind) {
	case ASSAY_CHANGE_FIELD:
	case ASSAY_CHANGE_FIELD_ADD: change_field(w, change); break;
	case ASSAY_CHANGE_BIT:
	case ASSAY_CHANGE_BYTE:
	case ASSAY_CHANGE_OPCODE:
		value_of(w, change, 256); /* an opcode's high bits are of no account either */
		place(w, change, 8 * ASSAY_BHS_LENGTH);
		w->header[w->header_changes++] = change;
		break;
	case ASSAY_CHANGE_DATA_LENGTH:
		pdu->overrides |= ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
		pdu->data_segment_length = length_of(w, change, pdu->data_length, ASSAY_DATA_SEGMENT_MAX);
		break;
	case ASSAY_CHANGE_AHS_LENGTH:
		pdu->overrides |= ASSAY_OVERRIDE_TOTAL_AHS_LENGTH;
		pdu->total_ahs_length = (uint8_t)length_of(w, change, pdu->ahs_length / 4, UINT8_MAX);
		break;
	case ASSAY_CHANGE_AHS_ADD:
		append_ahs(w, (uint8_t)value_of(w, change, 256), place(w, change, 32));
		break;
	case ASSAY_CHANGE_AHS_CUT: change_ahs_cut(w, change); break;
	case ASSAY_CHANGE_AHS_MANY: change_ahs_many(w, change); break;
	case ASSAY_CHANGE_DATA_BYTES: change_data_bytes(w, change); break;
	case ASSAY_CHANGE_DATA_CUT:
		pdu->data_length = pdu->data_length ? place(w, change, pdu->data_length) : 0;
		break;
	case ASSAY_CHANGE_DATA_GROW: change_data_grow(w, change); break;
	case ASSAY_CHANGE_KEY_ADD: change_key_add(w, change); break;
	case ASSAY_CHANGE_HEADER_DIGEST: w->wrong_header_digest = true; break;
	case ASSAY_CHANGE_DATA_DIGEST: w->wrong_data_digest = true; break;
	default: change_text(w, change); break;
	}
}
