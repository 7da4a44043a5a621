/*
 * scsi_block.c - reading and writing blocks: READ, WRITE, READ CAPACITY. SBC-3 sections 5.8 to 5.32. The hot path: nothing here allocates
 * for a unit in RAM. What other commands need of LBAs and lengths is decoded here too.
 */
#include "target/scsi_block.h"

#include <string.h>

#include "codec/bytes.h"

#define FUA 0x08 /* byte 1 of READ and WRITE(10), (12), (16) */

/* Blocks that a form with a defect takes its LBA to be off by. */
static unsigned shift(const struct assay_scsi_command *c)
{
	switch (c->cdb[0]) {
	case 0x08: return ASSAY_SCSI_DEFECT(c, READ_6_LBA_OFF_BY_ONE);
	case 0x0a: return ASSAY_SCSI_DEFECT(c, WRITE_6_LBA_OFF_BY_ONE);
	case 0x88: return ASSAY_SCSI_DEFECT(c, READ_16_LBA_OFF_BY_ONE);
	case 0x8a: return ASSAY_SCSI_DEFECT(c, WRITE_16_LBA_OFF_BY_ONE);
	case 0xa8: return ASSAY_SCSI_DEFECT(c, READ_12_LBA_OFF_BY_ONE);
	case 0xaa: return ASSAY_SCSI_DEFECT(c, WRITE_12_LBA_OFF_BY_ONE);
	default: return 0;
	}
}

/* What length 0 means in READ(6) and WRITE(6). */
static uint32_t zero_of_six(const struct assay_scsi_command *c)
{
	if (c->cdb[0] == 0x08)
		return ASSAY_SCSI_DEFECT(c, READ_6_ZERO_IS_NOTHING) ? 0 : 256;
	return ASSAY_SCSI_DEFECT(c, WRITE_6_ZERO_IS_NOTHING) ? 0 : 256;
}

void assay_scsi_decode_extent(struct assay_scsi_command *c)
{
	const uint8_t *cdb = c->cdb;

	switch (c->operation->length) {
	case 6:
		c->lba = assay_get_be24(cdb + 1) & 0x1fffff;
		c->blocks = cdb[4] ? cdb[4] : zero_of_six(c);
		break;
	case 10:
		c->lba = assay_get_be32(cdb + 2);
		c->blocks = assay_get_be16(cdb + 7);
		break;
	case 12:
		c->lba = assay_get_be32(cdb + 2);
		c->blocks = assay_get_be32(cdb + 6);
		break;
	default:
		c->lba = assay_get_be64(cdb + 2);
		c->blocks = assay_get_be32(cdb + 10);
		break;
	}
	c->lba += shift(c);
}

bool assay_scsi_in_range(const struct assay_scsi_unit *u, uint64_t lba, uint64_t blocks)
{
	return lba <= u->blocks && blocks <= u->blocks - lba;
}

/* With a defect, a range that does not exist passes: the last blocks of the unit are taken instead. */
static bool range_overlooked(struct assay_scsi_command *c)
{
	const struct assay_scsi_unit *u = c->unit;
	uint64_t end = c->operation->length == 16 ? c->lba + c->blocks : (uint32_t)(c->lba + c->blocks);

	if (!ASSAY_SCSI_DEFECT(c, LBA_LIMIT_UNCHECKED) &&
		!(ASSAY_SCSI_DEFECT(c, LBA_ONLY_START_CHECKED) && c->lba < u->blocks) &&
		!(ASSAY_SCSI_DEFECT(c, LBA_SUM_WRAPS) && end <= u->blocks))
		return false;
	if (c->blocks > u->blocks)
		return false;
	c->lba = u->blocks - c->blocks;
	return true;
}

int assay_scsi_check_extent(struct assay_scsi_command *c)
{
	if (assay_scsi_in_range(c->unit, c->lba, c->blocks) || range_overlooked(c))
		return 0;
	return assay_scsi_check(
		c, ASSAY_SCSI_DEFECT(c, LBA_WRONG_SENSE) ? ASSAY_SENSE_BAD_CDB : ASSAY_SENSE_LBA_RANGE);
}

unsigned assay_scsi_length_byte(const struct assay_scsi_command *c)
{
	switch (c->operation->length) {
	case 6: return 4;
	case 10: return 7;
	case 12: return 6;
	default: return 10;
	}
}

int assay_scsi_check_transfer(struct assay_scsi_command *c)
{
	if (c->blocks > ASSAY_SCSI_TRANSFER_BYTES / c->unit->medium.block_size &&
		!ASSAY_SCSI_DEFECT(c, TRANSFER_LIMIT_UNCHECKED))
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	return assay_scsi_check_extent(c);
}

/* What only a defect refuses: no blocks at all, or FUA. */
static bool refused(struct assay_scsi_command *c, enum assay_defect no_blocks)
{
	if (c->operation->length == 6)
		return false;
	if (!c->blocks && assay_scsi_defective(c->nexus->device, no_blocks))
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	return c->cdb[1] & FUA && ASSAY_SCSI_DEFECT(c, FUA_REFUSED) && assay_scsi_bad_cdb(c, 1, 3);
}

int assay_scsi_prepare_read(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	if (refused(c, ASSAY_DEFECT_READ_ZERO_BLOCKS_REFUSED) || assay_scsi_check_transfer(c))
		return 1;
	c->data_in_length = c->blocks * c->unit->medium.block_size;
	return 0;
}

/* With this defect a range across the end is noticed only when its first part is written. */
static bool crosses_end(const struct assay_scsi_command *c)
{
	return ASSAY_SCSI_DEFECT(c, WRITE_ACROSS_END_PARTIAL) && c->lba < c->unit->blocks &&
	       c->blocks > c->unit->blocks - c->lba;
}

int assay_scsi_prepare_write(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	if (refused(c, ASSAY_DEFECT_WRITE_ZERO_BLOCKS_REFUSED))
		return 1;
	if (!(crosses_end(c) && c->blocks <= 16) && assay_scsi_check_transfer(c))
		return 1;
	c->data_out_length = c->blocks * c->unit->medium.block_size;
	return 0;
}

int assay_scsi_prepare_length(struct assay_scsi_command *c)
{
	const uint8_t *cdb = c->cdb;
	uint32_t length;

	switch (c->operation->length) {
	case 6: length = cdb[4]; break;
	case 10: length = assay_get_be16(cdb + 7); break;
	case 12: length = assay_get_be32(cdb + 6); break;
	default: length = assay_get_be32(cdb + 10); break;
	}
	if (c->operation->direction == ASSAY_SCSI_DATA_IN)
		c->data_in_length = length < ASSAY_SCSI_REPLY_MAX ? length : ASSAY_SCSI_REPLY_MAX;
	else
		c->data_out_length = length;
	return 0;
}

void assay_scsi_read(struct assay_scsi_command *c)
{
	struct assay_scsi_medium *m = &c->unit->medium;
	uint8_t *room;

	if (!c->blocks)
		return;
	if (m->ram) {
		c->data_in = m->ram + c->lba * m->block_size;
		c->data_in_given = c->data_in_length;
		return;
	}
	room = assay_scsi_room(c, c->data_in_length);
	if (!room)
		return;
	if (assay_scsi_medium_read(m, room, c->lba, c->blocks))
		assay_scsi_check_information(c, ASSAY_SENSE_READ_ERROR, c->lba);
	else
		assay_scsi_give(c, c->data_in_length);
}

int assay_scsi_settle(struct assay_scsi_command *c, bool fua)
{
	if ((fua || !c->unit->modes.wce) && assay_scsi_medium_sync(&c->unit->medium))
		return assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
	return 0;
}

uint32_t assay_scsi_blocks_given(const struct assay_scsi_command *c)
{
	uint32_t bytes = c->data_out_given < c->data_out_length ? c->data_out_given : c->data_out_length;

	return bytes / c->unit->medium.block_size;
}

int assay_scsi_write_out(struct assay_scsi_command *c)
{
	uint32_t blocks = assay_scsi_blocks_given(c);

	if (crosses_end(c)) {
		if (blocks > c->unit->blocks - c->lba)
			blocks = (uint32_t)(c->unit->blocks - c->lba);
		(void)assay_scsi_medium_write(&c->unit->medium, c->data_out, c->lba, blocks);
		return assay_scsi_check(c, ASSAY_SENSE_LBA_RANGE);
	}
	if (blocks && ASSAY_SCSI_DEFECT(c, WRITE_LAST_BLOCK_LOST))
		blocks--;
	if (ASSAY_SCSI_DEFECT(c, WRITE_ONE_BLOCK_MORE) && assay_scsi_in_range(c->unit, c->lba, blocks + 1))
		(void)assay_scsi_medium_unmap(&c->unit->medium, c->lba + blocks, 1);
	if (blocks && assay_scsi_medium_write(&c->unit->medium, c->data_out, c->lba, blocks))
		return assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
	return 0;
}

void assay_scsi_write_blocks(struct assay_scsi_command *c)
{
	if (!assay_scsi_write_out(c))
		assay_scsi_settle(c, c->operation->length > 6 && c->cdb[1] & FUA);
}

uint8_t *assay_scsi_write_place(struct assay_scsi_nexus *n, struct assay_scsi_command *c)
{
	(void)n;
	if (c->operation->run != assay_scsi_write_blocks || !c->unit->medium.ram || !c->blocks)
		return NULL;
	if (crosses_end(c) || ASSAY_SCSI_DEFECT(c, WRITE_LAST_BLOCK_LOST))
		return NULL; /* their data must not be there before execute */
	return c->unit->medium.ram + c->lba * c->unit->medium.block_size;
}

int assay_scsi_prepare_capacity_10(struct assay_scsi_command *c)
{
	if (assay_get_be32(c->cdb + 2) && !(c->cdb[8] & 0x01)) /* PMI */
		return assay_scsi_bad_cdb(c, 2, 7);
	c->data_in_length = 8;
	return 0;
}

void assay_scsi_read_capacity_10(struct assay_scsi_command *c)
{
	uint64_t last = c->unit->blocks - (ASSAY_SCSI_DEFECT(c, CAPACITY_COUNTS_BLOCKS) ? 0 : 1);
	uint8_t *out = assay_scsi_room(c, 8);

	if (!out)
		return;
	assay_put_be32(out, last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
	assay_put_be32(out + 4, c->unit->medium.block_size);
	assay_scsi_give(c, 8);
}

int assay_scsi_prepare_capacity_16(struct assay_scsi_command *c)
{
	if (assay_get_be64(c->cdb + 2) && !(c->cdb[14] & 0x01))
		return assay_scsi_bad_cdb(c, 2, 7);
	assay_scsi_prepare_length(c);
	if (ASSAY_SCSI_DEFECT(c, CAPACITY_16_IGNORES_ALLOCATION))
		c->data_in_length = 32;
	return 0;
}

void assay_scsi_read_capacity_16(struct assay_scsi_command *c)
{
	bool more = ASSAY_SCSI_DEFECT(c, CAPACITY_COUNTS_BLOCKS) ||
		    ASSAY_SCSI_DEFECT(c, CAPACITY_16_OFF_BY_ONE);
	uint8_t *out = assay_scsi_room(c, 32);

	if (!out)
		return;
	memset(out, 0, 32);
	assay_put_be64(out, c->unit->blocks - (more ? 0 : 1));
	assay_put_be32(out + 8, c->unit->medium.block_size);
	out[14] = ASSAY_SCSI_DEFECT(c, PROVISIONING_DISAGREES) ? 0 : 0xc0; /* LBPME, LBPRZ */
	assay_scsi_give(c, 32);
}
