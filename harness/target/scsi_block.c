/*
 * scsi_block.c - reading and writing blocks: READ, WRITE, READ CAPACITY. SBC-3 sections 5.8 to 5.32. The hot path: nothing here allocates
 * for a unit in RAM. What other commands need of LBAs and lengths is decoded here too.
 */
#include "target/scsi_block.h"

#include <string.h>

#include "codec/bytes.h"

#define FUA 0x08 /* byte 1 of READ and WRITE(10), (12), (16) */

void assay_scsi_decode_extent(struct assay_scsi_command *c)
{
	const uint8_t *cdb = c->cdb;

	switch (c->operation->length) {
	case 6:
		c->lba = assay_get_be24(cdb + 1) & 0x1fffff;
		c->blocks = cdb[4] ? cdb[4] : 256;
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
}

bool assay_scsi_in_range(const struct assay_scsi_unit *u, uint64_t lba, uint64_t blocks)
{
	return lba <= u->blocks && blocks <= u->blocks - lba;
}

int assay_scsi_check_extent(struct assay_scsi_command *c)
{
	if (!assay_scsi_in_range(c->unit, c->lba, c->blocks))
		return assay_scsi_check(c, ASSAY_SENSE_LBA_RANGE);
	return 0;
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
	if (c->blocks > ASSAY_SCSI_TRANSFER_BYTES / c->unit->medium.block_size)
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	return assay_scsi_check_extent(c);
}

int assay_scsi_prepare_read(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	if (assay_scsi_check_transfer(c))
		return 1;
	c->data_in_length = c->blocks * c->unit->medium.block_size;
	return 0;
}

int assay_scsi_prepare_write(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	if (assay_scsi_check_transfer(c))
		return 1;
	c->data_out_length = c->blocks * c->unit->medium.block_size;
	return 0;
}

int assay_scsi_prepare_length(struct assay_scsi_command *c)
{
	const uint8_t *cdb = c->cdb;
	uint32_t length;

	switch (c->operation->length) {
	case 6:
		length = assay_get_be16(cdb + 3);
		break; /* byte 3 is a usage of 0 where the field has one byte */
	case 10: length = assay_get_be16(cdb + 7); break;
	case 12: length = assay_get_be32(cdb + 6); break;
	default: length = assay_get_be32(cdb + 10); break;
	}
	if (c->operation->direction == ASSAY_SCSI_DATA_IN)
		c->data_in_length = length;
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
	uint64_t last = c->unit->blocks - 1;
	uint8_t *out = assay_scsi_room(c, 8);

	if (!out)
		return;
	assay_put_be32(out, last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
	assay_put_be32(out + 4, c->unit->medium.block_size);
	assay_scsi_give(c, 8);
}

void assay_scsi_read_capacity_16(struct assay_scsi_command *c)
{
	uint8_t *out;

	if (assay_get_be64(c->cdb + 2) && !(c->cdb[14] & 0x01)) {
		assay_scsi_bad_cdb(c, 2, 7);
		return;
	}
	out = assay_scsi_room(c, 32);
	if (!out)
		return;
	memset(out, 0, 32);
	assay_put_be64(out, c->unit->blocks - 1);
	assay_put_be32(out + 8, c->unit->medium.block_size);
	out[14] = 0xc0; /* LBPME, LBPRZ */
	assay_scsi_give(c, 32);
}
