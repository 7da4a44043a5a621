/* medium.c - reads and writes that many tests need. */
#include "suites/target/medium.h"

#include <string.h>

#include "codec/bytes.h"

struct assay_medium assay_medium(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct assay_task *task = assay_scsi_on(t, i, lun, scsi_cdb_readcapacity10(0, 0));
	const uint8_t *data = assay_scsi_data(task);
	struct assay_medium medium;

	REQUIRE_THAT(t, task->status == 0 && task->data_in_length == 8,
		"GOOD and 8 bytes for READ CAPACITY(10)", "status 0x%02x, %u bytes", task->status,
		task->data_in_length);
	medium.last_lba = assay_get_be32(data);
	medium.block_size = assay_get_be32(data + 4);
	if (medium.last_lba == UINT32_MAX) {
		task = assay_scsi_on(t, i, lun, scsi_cdb_readcapacity16());
		REQUIRE_THAT(t, task->status == 0 && task->data_in_length >= 12,
			"GOOD and 12 bytes for READ CAPACITY(16)", "status 0x%02x, %u bytes", task->status,
			task->data_in_length);
		medium.last_lba = assay_get_be64(assay_scsi_data(task));
	}
	if (medium.block_size < 512 || medium.block_size > 65536) /* of these our buffers are no multiple */
		assay_skip(t, "not-offered");
	return medium;
}

struct assay_medium assay_medium_of(
	struct assay_t *t, struct assay_initiator *i, uint64_t lun, uint64_t bytes)
{
	struct assay_medium medium = assay_medium(t, i, lun);

	if (medium.last_lba < (bytes - 1) / medium.block_size)
		assay_skip(t, "not-offered");
	return medium;
}

struct assay_place assay_place(struct assay_t *t, uint32_t blocks)
{
	struct assay_place place;

	place.lba = assay_region(t, &place.blocks, &place.block_size);
	if (place.blocks < blocks)
		assay_skip(t, "needs-write-lun");
	place.blocks = blocks;
	place.length = blocks * place.block_size;
	place.pattern = assay_alloc(t, place.length);
	assay_fill(t, place.pattern, place.length);
	return place;
}

struct assay_task *assay_read10(
	struct assay_t *t, struct assay_initiator *i, uint64_t lba, uint32_t blocks, uint32_t block_size)
{
	return assay_scsi_on(t, i, assay_write_lun(t),
		scsi_cdb_read10((uint32_t)lba, blocks * block_size, (int)block_size, 0, 0, 0, 0, 0));
}

struct assay_task *assay_write10(
	struct assay_t *t, struct assay_initiator *i, const struct assay_place *place)
{
	return assay_scsi_write(t, i,
		scsi_cdb_write10((uint32_t)place->lba, place->length, (int)place->block_size, 0, 0, 0, 0, 0),
		place->pattern, place->length);
}

void assay_expect_medium(
	struct assay_t *t, struct assay_initiator *i, const struct assay_place *place, const void *bytes)
{
	struct assay_task *task = assay_read10(t, i, place->lba, place->blocks, place->block_size);
	const uint8_t *wanted = bytes, *got = assay_scsi_data(task);
	uint32_t n = 0;

	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length == place->length, "all bytes of the blocks", "%u of %u bytes",
		task->data_in_length, place->length);
	while (n < place->length && wanted[n] == got[n])
		n++;
	EXPECT(t, n == place->length, "the bytes that were written",
		"the first difference at byte %u: %02x for %02x", n, n < place->length ? got[n] : 0,
		n < place->length ? wanted[n] : 0);
}
