/*
 * layout.c - the tables of layout.h, made from layout_table.h at compile time, and the look-ups in them. Knows no PDU
 * type by itself. RFC 7143 sections 11.2 to 11.19.
 */
#include "codec/layout.h"

#include <string.h>

#include "codec/layout_table.h"

#define OPCODES 64

#define FIELD(m, n)                                                                                          \
	{ .name = (n),                                                                                       \
		.member = #m,                                                                                \
		.offset = offsetof(struct assay_pdu, m),                                                     \
		.size = sizeof(((struct assay_pdu *)0)->m) },

static const struct assay_field fields[] = { ASSAY_FIELDS(FIELD) };

/* For each type: the entries, and the 48 bytes of its reserved bits. */
#define ENTRY(a, m, by, sh, bi) { .field = ASSAY_FIELD_##m, .byte = (by), .shift = (sh), .bits = (bi) },
#define COVERED(i, m, by, sh, bi)                                                                            \
	| ((bi) >= 8 ? ((i) >= (by) && (i) < (by) + (bi) / 8 ? 0xffu : 0u)                                   \
		     : ((i) == (by) ? ((1u << ((bi)&7)) - 1) << (sh) : 0u))
#define BIT7(i)          ((i) == 0 ? 0x80u : 0u)
#define RESERVED(f, i)   ((uint8_t)((~(0u f(COVERED, i)) & 0xffu) | BIT7(i)))
#define RESERVED4(f, i)  RESERVED(f, i), RESERVED(f, i + 1), RESERVED(f, i + 2), RESERVED(f, i + 3)
#define RESERVED16(f, i) RESERVED4(f, i), RESERVED4(f, i + 4), RESERVED4(f, i + 8), RESERVED4(f, i + 12)

#define TYPE_TABLES(type, name)                                                                              \
	static const struct assay_layout_entry entries_##type[] = { ASSAY_LAYOUT_##type(ENTRY, 0) };         \
	static const uint8_t reserved_##type[ASSAY_BHS_LENGTH] = { RESERVED16(ASSAY_LAYOUT_##type, 0),       \
		RESERVED16(ASSAY_LAYOUT_##type, 16), RESERVED16(ASSAY_LAYOUT_##type, 32) };

ASSAY_PDU_TYPES(TYPE_TABLES)

static const struct assay_layout_entry entries_undefined[] = { ASSAY_LAYOUT_UNDEFINED(ENTRY, 0) };
static const uint8_t reserved_undefined[ASSAY_BHS_LENGTH] = { 0x80 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct assay_layout undefined_layout = { entries_undefined, COUNT(entries_undefined) };

#define TYPE_ROW(type, n)                                                                                    \
	[ASSAY_##type] = { { entries_##type, COUNT(entries_##type) }, reserved_##type, (n) },

static const struct type {
	struct assay_layout layout;
	const uint8_t *reserved;
	const char *name;
} types[OPCODES] = { ASSAY_PDU_TYPES(TYPE_ROW) };

#define TYPE_OPCODE(type, name) ASSAY_##type,

const uint8_t assay_opcodes[18] = { ASSAY_PDU_TYPES(TYPE_OPCODE) };

const struct assay_layout *assay_layout_of(uint8_t opcode)
{
	const struct type *type = &types[opcode % OPCODES];

	return type->name ? &type->layout : &undefined_layout;
}

const uint8_t *assay_layout_reserved(uint8_t opcode)
{
	const struct type *type = &types[opcode % OPCODES];

	return type->name ? type->reserved : reserved_undefined;
}

const char *assay_opcode_name(uint8_t opcode)
{
	return opcode < OPCODES ? types[opcode].name : NULL;
}

const struct assay_field *assay_field_at(uint8_t field)
{
	return field < ASSAY_FIELD_COUNT ? &fields[field] : NULL;
}

uint64_t assay_field_get(const struct assay_pdu *pdu, const struct assay_field *field)
{
	const void *at = (const uint8_t *)pdu + field->offset;

	switch (field->size) {
	case 1: return *(const uint8_t *)at;
	case 2: return *(const uint16_t *)at;
	case 4: return *(const uint32_t *)at;
	case 8: return *(const uint64_t *)at;
	default: return 0;
	}
}

void assay_field_set(struct assay_pdu *pdu, const struct assay_field *field, uint64_t value)
{
	void *at = (uint8_t *)pdu + field->offset;

	switch (field->size) {
	case 1: *(uint8_t *)at = (uint8_t)value; break;
	case 2: *(uint16_t *)at = (uint16_t)value; break;
	case 4: *(uint32_t *)at = (uint32_t)value; break;
	case 8: *(uint64_t *)at = value; break;
	default: break;
	}
}

const struct assay_layout_entry *assay_layout_find(uint8_t opcode, const char *name)
{
	const struct assay_layout *layout = assay_layout_of(opcode);

	for (size_t i = 0; i < layout->count; i++) {
		const struct assay_field *field = &fields[layout->entries[i].field];

		if (!strcmp(field->name, name) || !strcmp(field->member, name))
			return &layout->entries[i];
	}
	return NULL;
}
