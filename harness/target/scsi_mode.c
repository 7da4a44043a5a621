/*
 * scsi_mode.c - MODE SENSE and MODE SELECT: the pages as data, and the bits in them that can be changed. SPC-4 sections 6.11 to 6.14 and 7.5, SBC-3
 * section 6.5. All nexuses share the values; nothing is saved.
 */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/bytes.h"

#define PAGE_BYTES_MAX 20

/* Ascending. A page is its code, its length, its bytes by default. */
static const struct mode_page {
	uint8_t length; /* of bytes, the two of the header too */
	uint8_t bytes[PAGE_BYTES_MAX];
} pages[] = {
	{ 12, { 0x01, 0x0a, 0xc0 } }, /* read-write error recovery: AWRE, ARRE */
	{ 20, { 0x08, 0x12 } }, /* caching */
	{ 12, { 0x0a, 0x0a } }, /* control */
	{ 12, { 0x1c, 0x0a, 0x08 } }, /* informational exceptions: DEXCPT */
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* The bits that MODE SELECT can change, and where their value is kept. */
static const struct {
	uint8_t page, byte, mask;
	size_t value; /* offset in struct assay_scsi_modes */
} settings[] = {
	{ 0x08, 2, 0x04, offsetof(struct assay_scsi_modes, wce) },
	{ 0x0a, 2, 0x04, offsetof(struct assay_scsi_modes, d_sense) },
	{ 0x0a, 4, 0x08, offsetof(struct assay_scsi_modes, swp) },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

const struct assay_scsi_modes assay_scsi_default_modes = { .wce = true };

enum page_control { CURRENT, CHANGEABLE, DEFAULT, SAVED };

static void put_page(
	uint8_t *out, const struct mode_page *p, enum page_control pc, const struct assay_scsi_modes *modes)
{
	memset(out, 0, p->length);
	memcpy(out, p->bytes, pc == CHANGEABLE ? 2 : p->length);
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct assay_scsi_modes *from = pc == DEFAULT ? &assay_scsi_default_modes : modes;

		if (settings[i].page == p->bytes[0] &&
			(pc == CHANGEABLE || *(const bool *)((const uint8_t *)from + settings[i].value)))
			out[settings[i].byte] |= settings[i].mask;
	}
}

/* --- MODE SENSE --- */

struct form {
	bool ten;
	bool long_lba;
	size_t header;
};

static struct form form_of(const struct assay_scsi_command *c)
{
	bool ten = c->operation->length == 10;

	return (struct form){ .ten = ten, .header = ten ? 8 : 4 };
}

static size_t put_block_descriptor(uint8_t *out, const struct assay_scsi_unit *u, bool long_lba)
{
	if (long_lba) {
		assay_put_be64(out, u->blocks);
		assay_put_be32(out + 12, u->medium.block_size);
		return 16;
	}
	assay_put_be32(out, u->blocks > UINT32_MAX ? UINT32_MAX : (uint32_t)u->blocks);
	assay_put_be24(out + 5, u->medium.block_size);
	return 8;
}

static void put_header(uint8_t *out, const struct assay_scsi_unit *u, const struct form *f, size_t length,
	size_t descriptors)
{
	bool wp = u->read_only || u->modes.swp || assay_scsi_defective(u->device, ASSAY_DEFECT_MODE_WP_SET);
	uint8_t specific = (uint8_t)(0x10 | (wp ? 0x80 : 0)); /* DPOFUA, WP */

	if (assay_scsi_defective(u->device, ASSAY_DEFECT_MODE_LENGTH_WRONG))
		length += 4;

	if (!f->ten) {
		out[0] = (uint8_t)(length - 1);
		out[2] = specific;
		out[3] = (uint8_t)descriptors;
		return;
	}
	assay_put_be16(out, (uint16_t)(length - 2));
	out[3] = specific;
	out[4] = f->long_lba ? 0x01 : 0;
	assay_put_be16(out + 6, (uint16_t)descriptors);
}

/* The pages that the CDB asks for; 0: none that we have. */
static size_t put_pages(uint8_t *out, const struct assay_scsi_command *c, enum page_control pc)
{
	uint8_t code = c->cdb[2] & 0x3f;
	size_t length = 0;

	for (size_t n = 0; n < PAGES; n++) {
		size_t i = ASSAY_SCSI_DEFECT(c, MODE_PAGES_UNSORTED) ? PAGES - 1 - n : n;

		if (code != 0x3f && code != pages[i].bytes[0])
			continue;
		if (code == 0x3f && c->operation->length == 10 && i == 0 &&
			ASSAY_SCSI_DEFECT(c, MODE_10_DIFFERS))
			continue;
		put_page(out + length, &pages[i], pc, &c->unit->modes);
		length += pages[i].length;
	}
	return length;
}

/* What MODE DATA LENGTH counts: all there is, however little of it was asked for. */
static size_t said_length(const struct assay_scsi_command *c, const struct form *f, size_t length)
{
	if (ASSAY_SCSI_DEFECT(c, MODE_LENGTH_TRUNCATED) && c->data_in_length >= f->header &&
		c->data_in_length < length)
		return c->data_in_length;
	return length;
}

void assay_scsi_mode_sense(struct assay_scsi_command *c)
{
	enum page_control pc = (enum page_control)(c->cdb[2] >> 6);
	struct form f = form_of(c);
	size_t descriptors = 0, length;
	uint8_t *out;

	f.long_lba = f.ten && c->cdb[1] & 0x10; /* LLBAA */
	if (pc == SAVED) {
		assay_scsi_check(c, ASSAY_SCSI_DEFECT(c, MODE_SAVED_WRONG_SENSE) ? ASSAY_SENSE_BAD_PARAMETER
										 : ASSAY_SENSE_NO_SAVING);
		return;
	}
	if (c->cdb[3] != 0x00 && c->cdb[3] != 0xff) {
		assay_scsi_bad_cdb(c, 3, 7);
		return;
	}
	out = assay_scsi_room(c, 256);
	if (!out)
		return;
	memset(out, 0, 256);
	if (!(c->cdb[1] & 0x08) || ASSAY_SCSI_DEFECT(c, MODE_DBD_IGNORED)) /* DBD */
		descriptors = put_block_descriptor(out + f.header, c->unit, f.long_lba);
	length = put_pages(out + f.header + descriptors, c, pc);
	if (!length && !ASSAY_SCSI_DEFECT(c, MODE_UNKNOWN_PAGE_ACCEPTED)) {
		assay_scsi_bad_cdb(c, 2, 5);
		return;
	}
	length += f.header + descriptors;
	put_header(out, c->unit, &f, said_length(c, &f, length), descriptors);
	assay_scsi_give(c, length);
}

/* --- MODE SELECT: everything is checked before anything is changed --- */

struct changes {
	struct assay_scsi_modes modes;
	uint64_t blocks;
};

/* A page at this offset of the parameter list. 0, or 1 with sense. */
static int select_page(struct assay_scsi_command *c, struct changes *to, size_t at, size_t *length)
{
	const uint8_t *list = c->data_out;
	uint8_t current[PAGE_BYTES_MAX], changeable[PAGE_BYTES_MAX];
	const struct mode_page *p = NULL;

	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].bytes[0] ==
			(list[at] & 0x7f)) /* PS means nothing here; a subpage is none of ours */
			p = &pages[i];
	if (!p && ASSAY_SCSI_DEFECT(c, MODE_SELECT_UNKNOWN_PAGE_ACCEPTED)) {
		*length = 2u + list[at + 1];
		return 0;
	}
	if (!p)
		return assay_scsi_bad_parameter(c, (unsigned)at, 5);
	if (list[at + 1] != p->bytes[1])
		return assay_scsi_bad_parameter(c, (unsigned)at + 1, 7);
	if (at + p->length > c->data_out_length)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	put_page(current, p, CURRENT, &c->unit->modes);
	put_page(changeable, p, CHANGEABLE, &c->unit->modes);
	for (unsigned i = 2; i < p->length; i++) {
		unsigned wrong = (unsigned)((list[at + i] ^ current[i]) & ~changeable[i]);

		if (wrong && !ASSAY_SCSI_DEFECT(c, MODE_FIXED_ACCEPTED))
			return assay_scsi_bad_parameter(
				c, (unsigned)at + i, 31 - (unsigned)__builtin_clz(wrong));
	}
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].page == p->bytes[0])
			*(bool *)((uint8_t *)&to->modes + settings[i].value) = list[at + settings[i].byte] &
									       settings[i].mask;
	*length = p->length;
	return 0;
}

/* A block descriptor can make the unit smaller, or as large as it was; block sizes stay. */
static int select_blocks(struct assay_scsi_command *c, struct changes *to, size_t at, bool long_lba)
{
	const uint8_t *descriptor = c->data_out + at;
	uint64_t blocks = long_lba ? assay_get_be64(descriptor) : assay_get_be32(descriptor);
	uint64_t all = long_lba ? UINT64_MAX : UINT32_MAX;
	uint32_t size = long_lba ? assay_get_be32(descriptor + 12) : assay_get_be24(descriptor + 5);

	if (size != c->unit->medium.block_size)
		return assay_scsi_bad_parameter(c, (unsigned)at + (long_lba ? 12 : 5), 7);
	if (blocks == all)
		to->blocks = c->unit->medium.blocks;
	else if (blocks > c->unit->medium.blocks)
		return assay_scsi_bad_parameter(c, (unsigned)at, 7);
	else if (blocks)
		to->blocks = blocks;
	return 0;
}

static int select_list(struct assay_scsi_command *c, struct changes *to)
{
	const uint8_t *list = c->data_out;
	struct form f = form_of(c);
	size_t descriptors, length = 0;

	if (c->data_out_length < f.header || c->data_out_given < c->data_out_length)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	f.long_lba = f.ten && list[4] & 0x01;
	descriptors = f.ten ? assay_get_be16(list + 6) : list[3];
	if (list[f.ten ? 2 : 1]) /* medium type */
		return assay_scsi_bad_parameter(c, f.ten ? 2 : 1, 7);
	if (descriptors && descriptors != (f.long_lba ? 16 : 8))
		return assay_scsi_bad_parameter(c, f.ten ? 6 : 3, 7);
	if (f.header + descriptors > c->data_out_length)
		return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	if (descriptors && select_blocks(c, to, f.header, f.long_lba))
		return 1;
	for (size_t at = f.header + descriptors; at < c->data_out_length; at += length) {
		if (c->data_out_length - at < 2)
			return assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
		if (select_page(c, to, at, &length))
			return 1;
	}
	return 0;
}

int assay_scsi_prepare_mode_select(struct assay_scsi_command *c)
{
	if (!(c->cdb[1] & 0x10)) /* PF: pages as the standard has them are the only ones */
		return assay_scsi_bad_cdb(c, 1, 4);
	return assay_scsi_prepare_length(c);
}

void assay_scsi_mode_select(struct assay_scsi_command *c)
{
	struct assay_scsi_unit *u = c->unit;
	struct changes to = { .modes = u->modes, .blocks = u->blocks };
	bool flush = u->modes.wce;

	if (!c->data_out_length && ASSAY_SCSI_DEFECT(c, MODE_SELECT_EMPTY_REFUSED))
		assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
	if (c->data_out_length < form_of(c).header && ASSAY_SCSI_DEFECT(c, MODE_SELECT_LENGTH_UNCHECKED))
		return;
	if (!c->data_out_length)
		return;
	if (select_list(c, &to)) {
		if (ASSAY_SCSI_DEFECT(c, MODE_SELECT_PARTIAL))
			u->modes = to.modes;
		return;
	}
	if (memcmp(&to.modes, &u->modes, sizeof(to.modes)) != 0) {
		u->modes = to.modes;
		if (!ASSAY_SCSI_DEFECT(c, MODE_CHANGE_UNTOLD))
			assay_scsi_attend_others(c->nexus, u, ASSAY_ATTENTION_MODE);
	}
	if (to.blocks != u->blocks) {
		u->blocks = to.blocks;
		assay_scsi_attend_others(c->nexus, u, ASSAY_ATTENTION_CAPACITY);
	}
	if (flush && !u->modes.wce && assay_scsi_medium_sync(&u->medium))
		assay_scsi_check(c, ASSAY_SENSE_WRITE_ERROR);
}
