/* scsi_provision.c - WRITE SAME, UNMAP and GET LBA STATUS: logical block provisioning as VPD pages B0h and B2h promise it. SBC-3 sections 4.7 and 5. */
#include "target/scsi_block.h"

#include <string.h>

#include "codec/bytes.h"

#define UNMAP_BIT 0x08
#define NDOB      0x01 /* WRITE SAME(16): no data-out buffer, zeros are meant */

#define STATUS_DESCRIPTORS 32u
#define STATUS_BLOCKS      (1u << 23) /* looked at for one GET LBA STATUS at most */

int assay_scsi_prepare_write_same(struct assay_scsi_command *c)
{
	uint32_t size = c->unit->medium.block_size;

	assay_scsi_decode_extent(c);
	if ((!c->blocks && !ASSAY_SCSI_DEFECT(c, WRITE_SAME_ZERO_ACCEPTED)) ||
		(c->blocks > ASSAY_SCSI_WRITE_SAME_BYTES / size &&
			!ASSAY_SCSI_DEFECT(c, WRITE_SAME_LIMIT_UNCHECKED)))
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	if (assay_scsi_check_extent(c))
		return 1;
	c->data_out_length = c->operation->length == 16 && c->cdb[1] & NDOB ? 0 : size;
	return 0;
}

void assay_scsi_write_same(struct assay_scsi_command *c)
{
	static const uint8_t zeros[4096];
	struct assay_scsi_medium *m = &c->unit->medium;
	const uint8_t *block = c->data_out_length ? c->data_out : zeros;
	bool zero;
	int rc;

	if (assay_scsi_check_given(c))
		return;
	if (ASSAY_SCSI_DEFECT(c, WRITE_SAME_FIRST_ONLY))
		c->blocks = 1;
	zero = memcmp(block, zeros, m->block_size) == 0;
	if (c->cdb[1] & UNMAP_BIT && zero) /* other data cannot be had from a deallocated block */
		rc = assay_scsi_medium_unmap(m, c->lba, c->blocks);
	else
		rc = assay_scsi_medium_fill(m, block, c->lba, c->blocks);
	if (rc)
		assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
	else
		assay_scsi_settle(c, false);
}

/* The descriptors that the parameter list says and has, whole ones. */
static unsigned unmap_descriptors(const struct assay_scsi_command *c)
{
	unsigned said = assay_get_be16(c->data_out + 2), has = c->data_out_length - 8;

	return (said < has ? said : has) / 16;
}

static int check_unmap(struct assay_scsi_command *c, unsigned count)
{
	uint64_t total = 0;

	if (assay_get_be16(c->data_out + 2) % 16 && ASSAY_SCSI_DEFECT(c, UNMAP_ODD_REFUSED))
		return assay_scsi_bad_parameter(c, 2, 7);
	if (count > ASSAY_SCSI_UNMAP_DESCRIPTORS && !ASSAY_SCSI_DEFECT(c, UNMAP_DESCRIPTORS_UNCHECKED))
		return assay_scsi_bad_parameter(c, 2, 7);
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *descriptor = c->data_out + 8 + 16 * i;
		uint32_t blocks = assay_get_be32(descriptor + 8);

		if (!assay_scsi_in_range(c->unit, assay_get_be64(descriptor), blocks) &&
			!ASSAY_SCSI_DEFECT(c, UNMAP_RANGE_UNCHECKED))
			return assay_scsi_check(c, ASSAY_SENSE_LBA_RANGE);
		total += blocks;
		if (total > ASSAY_SCSI_UNMAP_BYTES / c->unit->medium.block_size)
			return assay_scsi_bad_parameter(c, 8 + 16 * i + 8, 7);
	}
	return 0;
}

void assay_scsi_unmap(struct assay_scsi_command *c)
{
	static const uint8_t rubbish[4096] = "unmapped";
	unsigned count;

	if (!c->data_out_length) {
		if (ASSAY_SCSI_DEFECT(c, UNMAP_EMPTY_REFUSED))
			assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
		return;
	}
	if (c->data_out_length < 8 && ASSAY_SCSI_DEFECT(c, UNMAP_LENGTH_UNCHECKED))
		return;
	if (c->data_out_length < 8 || c->data_out_given < c->data_out_length) {
		assay_scsi_check(c, ASSAY_SENSE_PARAMETER_LENGTH);
		return;
	}
	count = unmap_descriptors(c);
	if (check_unmap(c, count))
		return;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *descriptor = c->data_out + 8 + 16 * i;
		uint32_t blocks = assay_get_be32(descriptor + 8);

		c->lba = assay_get_be64(descriptor);
		if (!blocks && ASSAY_SCSI_DEFECT(c, UNMAP_ZERO_MEANS_ONE))
			blocks = 1;
		if (!assay_scsi_in_range(c->unit, c->lba, blocks))
			continue; /* a defect let it pass */
		if (blocks && assay_scsi_medium_unmap(&c->unit->medium, c->lba, blocks)) {
			assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
			return;
		}
		if (ASSAY_SCSI_DEFECT(c, UNMAP_READS_RUBBISH))
			(void)assay_scsi_medium_fill(&c->unit->medium, rubbish, c->lba, blocks);
	}
	assay_scsi_settle(c, false);
}

int assay_scsi_prepare_lba_status(struct assay_scsi_command *c)
{
	c->lba = assay_get_be64(c->cdb + 2);
	c->data_in_length = assay_get_be32(c->cdb + 10);
	if (c->lba >= c->unit->blocks) {
		if (!ASSAY_SCSI_DEFECT(c, LBA_STATUS_UNCHECKED))
			return assay_scsi_check(c, ASSAY_SENSE_LBA_RANGE);
		c->lba = c->unit->blocks - 1;
	}
	return 0;
}

void assay_scsi_lba_status(struct assay_scsi_command *c)
{
	uint8_t *out = assay_scsi_room(c, 8 + 16 * STATUS_DESCRIPTORS);
	uint64_t left = c->unit->blocks - c->lba, lba = c->lba;
	unsigned count = 0;

	if (!out)
		return;
	memset(out, 0, 8 + 16 * STATUS_DESCRIPTORS);
	if (left > STATUS_BLOCKS)
		left = STATUS_BLOCKS;
	while (left && count < STATUS_DESCRIPTORS) {
		uint8_t *descriptor = out + 8 + 16 * count++;
		bool mapped;
		uint32_t run = assay_scsi_medium_run(&c->unit->medium, lba, (uint32_t)left, &mapped);

		assay_put_be64(descriptor, lba + ASSAY_SCSI_DEFECT(c, LBA_STATUS_GAP));
		assay_put_be32(descriptor + 8, run);
		descriptor[12] = mapped ? 0 : 1; /* 1: deallocated */
		lba += run;
		left -= run;
	}
	assay_put_be32(out, 4 + 16 * count);
	assay_scsi_give(c, 8 + 16 * count);
}
