/*
 * scsi_verify.c - the block commands that compare, combine or only touch blocks: VERIFY, WRITE AND VERIFY, COMPARE AND WRITE, ORWRITE, PRE-FETCH,
 * SYNCHRONIZE CACHE. SBC-3 section 5. One thread executes commands one after the other, which makes COMPARE AND WRITE atomic.
 */
#include "target/scsi_block.h"

#include <string.h>

#define CHUNK 128u /* blocks looked at in one go */

#define BYTCHK(c)                                                                                            \
	((unsigned)((c)->cdb[1] >> 1 &                                                                       \
		    3)) /* 0: medium only, 1: against the data, 3: against one block of it */

/* The blocks themselves, or a copy in room. NULL: an I/O error. */
static const uint8_t *stored(struct assay_scsi_command *c, uint8_t *room, uint64_t lba, uint32_t blocks)
{
	struct assay_scsi_medium *m = &c->unit->medium;

	if (m->ram)
		return m->ram + lba * m->block_size;
	return assay_scsi_medium_read(m, room, lba, blocks) ? NULL : room;
}

static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t length)
{
	size_t i = 0;

	while (i < length && a[i] == b[i])
		i++;
	return i;
}

/*
 * Compares blocks of the medium with data: block after block, or with its first one each time. data NULL: only reads them.
 * 0: equal; else 1 with status and sense. offset: with a miscompare, INFORMATION says where in the data.
 */
static int compare(
	struct assay_scsi_command *c, const uint8_t *data, bool repeat, uint32_t blocks, bool offset)
{
	uint32_t size = c->unit->medium.block_size, step = repeat ? 1 : CHUNK;
	uint8_t *room = NULL;

	if (!c->unit->medium.ram && !(room = assay_scsi_room(c, (size_t)CHUNK * size)))
		return 1;
	for (uint32_t done = 0; done < blocks; done += step) {
		uint32_t now = blocks - done < step ? blocks - done : step;
		const uint8_t *here = stored(c, room, c->lba + done, now);
		const uint8_t *wanted = data && !repeat ? data + (size_t)done * size : data;

		if (!here)
			return assay_scsi_check_information(c, ASSAY_SENSE_READ_ERROR, c->lba + done);
		if (!wanted || ASSAY_SCSI_DEFECT(c, VERIFY_NEVER_MISCOMPARES) ||
			memcmp(here, wanted, (size_t)now * size) == 0)
			continue;
		if (!offset || ASSAY_SCSI_DEFECT(c, COMPARE_WRITE_NO_OFFSET))
			return assay_scsi_check(c, ASSAY_SENSE_MISCOMPARE);
		return assay_scsi_check_information(c, ASSAY_SENSE_MISCOMPARE,
			(size_t)done * size + first_difference(here, wanted, (size_t)now * size));
	}
	return 0;
}

/* Commands that make no sense with half of their data. */
int assay_scsi_check_given(struct assay_scsi_command *c)
{
	if (c->data_out_given < c->data_out_length)
		return assay_scsi_check(c, ASSAY_SENSE_TOO_SHORT);
	return 0;
}

int assay_scsi_prepare_verify(struct assay_scsi_command *c)
{
	uint32_t size = c->unit->medium.block_size;

	assay_scsi_decode_extent(c);
	if (BYTCHK(c) == 2 && !ASSAY_SCSI_DEFECT(c, VERIFY_BYTCHK_UNCHECKED))
		return assay_scsi_bad_cdb(c, 1, 2);
	if (!c->blocks && ASSAY_SCSI_DEFECT(c, VERIFY_ZERO_REFUSED))
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	if (assay_scsi_check_transfer(c))
		return 1;
	if (BYTCHK(c) == 1 || ASSAY_SCSI_DEFECT(c, VERIFY_ASKS_FOR_DATA))
		c->data_out_length = c->blocks * size;
	else if (BYTCHK(c) == 3 && c->blocks)
		c->data_out_length = size;
	return 0;
}

void assay_scsi_verify(struct assay_scsi_command *c)
{
	if (assay_scsi_check_given(c))
		return;
	compare(c, BYTCHK(c) & 1 ? c->data_out : NULL, BYTCHK(c) == 3, c->blocks, false);
}

int assay_scsi_prepare_write_verify(struct assay_scsi_command *c)
{
	if (BYTCHK(c) > 1)
		return assay_scsi_bad_cdb(c, 1, 2);
	return assay_scsi_prepare_write(c);
}

void assay_scsi_write_verify(struct assay_scsi_command *c)
{
	if (ASSAY_SCSI_DEFECT(c, WRITE_VERIFY_DOES_NOT_WRITE))
		return;
	if (assay_scsi_write_out(c) || assay_scsi_settle(c, true))
		return;
	compare(c, BYTCHK(c) ? c->data_out : NULL, false, assay_scsi_blocks_given(c), false);
}

int assay_scsi_prepare_compare_write(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	c->blocks = c->cdb[13];
	if (!c->blocks && ASSAY_SCSI_DEFECT(c, COMPARE_WRITE_ZERO_REFUSED))
		return assay_scsi_bad_cdb(c, 13, 7);
	if (c->blocks > ASSAY_SCSI_COMPARE_WRITE_BLOCKS &&
		!ASSAY_SCSI_DEFECT(c, COMPARE_WRITE_LIMIT_UNCHECKED))
		return assay_scsi_bad_cdb(c, 13, 7);
	if (assay_scsi_check_extent(c))
		return 1;
	c->data_out_length = 2 * c->blocks * c->unit->medium.block_size;
	return 0;
}

void assay_scsi_compare_write(struct assay_scsi_command *c)
{
	uint32_t half = c->data_out_length / 2;

	if (!c->blocks || assay_scsi_check_given(c))
		return;
	if (compare(c, c->data_out, false, c->blocks, true) &&
		!ASSAY_SCSI_DEFECT(c, COMPARE_WRITE_ALWAYS_WRITES))
		return;
	if (ASSAY_SCSI_DEFECT(c, COMPARE_WRITE_NEVER_WRITES))
		return;
	if (assay_scsi_medium_write(&c->unit->medium, c->data_out + half, c->lba, c->blocks))
		assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
	else
		assay_scsi_settle(c, c->cdb[1] & 0x08);
}

void assay_scsi_orwrite(struct assay_scsi_command *c)
{
	struct assay_scsi_medium *m = &c->unit->medium;
	uint8_t *room;

	if (!c->blocks || assay_scsi_check_given(c))
		return;
	room = assay_scsi_room(c, c->data_out_length);
	if (!room)
		return;
	if (assay_scsi_medium_read(m, room, c->lba, c->blocks)) {
		assay_scsi_check_information(c, ASSAY_SENSE_READ_ERROR, c->lba);
		return;
	}
	for (uint32_t i = 0; i < c->data_out_length; i++)
		room[i] = (uint8_t)(c->data_out[i] |
				    (ASSAY_SCSI_DEFECT(c, ORWRITE_OVERWRITES) ? 0 : room[i]));
	if (assay_scsi_medium_write(m, room, c->lba, c->blocks))
		assay_scsi_check_information(c, ASSAY_SENSE_WRITE_ERROR, c->lba);
	else
		assay_scsi_settle(c, c->cdb[1] & 0x08);
}

int assay_scsi_prepare_extent(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	return assay_scsi_check_extent(c);
}

int assay_scsi_prepare_synchronize(struct assay_scsi_command *c)
{
	assay_scsi_decode_extent(c);
	if (!c->blocks && ASSAY_SCSI_DEFECT(c, SYNC_CACHE_ZERO_REFUSED))
		return assay_scsi_bad_cdb(c, assay_scsi_length_byte(c), 7);
	return ASSAY_SCSI_DEFECT(c, SYNC_CACHE_UNCHECKED) ? 0 : assay_scsi_check_extent(c);
}

void assay_scsi_prefetch(struct assay_scsi_command *c)
{
	c->status = ASSAY_SCSI_CONDITION_MET; /* the cache holds every block there is */
}

void assay_scsi_synchronize(struct assay_scsi_command *c)
{
	assay_scsi_settle(c, true);
}
