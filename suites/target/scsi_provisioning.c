/* scsi_provisioning.c - UNMAP, WRITE SAME, GET LBA STATUS and what pages B0h and B2h say of them: SBC-3 sections 4.7, 5.4, 5.28, 5.44 and 6.5. */
#include <string.h>

#include "codec/bytes.h"
#include "suites/target/medium.h"
#include "suites/target/target_suites.h"
#include "suites/target/vpd.h"

#define UNMAP_LIST_MOST 4000 /* descriptors: a list has room for 4,095 */

/* What the unit says of itself. */
struct provisioning {
	bool lbpme; /* READ CAPACITY(16) */
	bool lbprz; /* READ CAPACITY(16): unmapped blocks read as zeros */
	bool lbpu; /* page B2h: UNMAP */
	bool lbpws; /* page B2h: WRITE SAME(16) with UNMAP */
	bool lbprz_page; /* page B2h's LBPRZ */
	bool page; /* there is a page B2h */
};

static struct provisioning provisioning(struct assay_t *t, struct assay_initiator *i, uint64_t lun)
{
	struct assay_task *capacity = assay_scsi_on(t, i, lun, scsi_cdb_readcapacity16());
	struct assay_vpd page = assay_vpd_optional(t, i, lun, 0xb2);
	struct provisioning p = { .lbpme = false };

	if (capacity->status == 0 && capacity->data_in_length >= 15) {
		p.lbpme = assay_scsi_data(capacity)[14] & 0x80;
		p.lbprz = assay_scsi_data(capacity)[14] & 0x40;
	}
	if (page.length >= 6) {
		p.page = true;
		p.lbpu = page.bytes[5] & 0x80;
		p.lbpws = page.bytes[5] & 0x40;
		p.lbprz_page = page.bytes[5] >> 2 & 1; /* xx1b in SBC-4: zeros */
	}
	return p;
}

static void skip_without_unmap(struct assay_t *t, struct assay_initiator *i)
{
	if (!provisioning(t, i, assay_write_lun(t)).lbpu)
		assay_skip(t, "not-offered");
}

/* Both places that speak of provisioning say the same. */
static void pages_agree(struct assay_t *t)
{
	struct provisioning p = provisioning(t, assay_connect_full_feature(t), assay_lun(t));

	if (!p.page)
		assay_skip(t, "not-offered");
	EXPECT(t, p.lbpme || !(p.lbpu || p.lbpws), "LBPU=0 and LBPWS=0 where LBPME=0",
		"LBPU=%d LBPWS=%d with LBPME=0", p.lbpu, p.lbpws);
	if (p.lbpme)
		EXPECT_EQ(t, p.lbprz, p.lbprz_page);
}

/* UNMAP with a parameter list of so many descriptors of one place. */
static struct assay_task *unmap(
	struct assay_t *t, struct assay_initiator *i, uint64_t lba, uint32_t blocks, uint32_t length)
{
	uint8_t *list = assay_alloc(t, 24);

	assay_put_be16(list, 22);
	assay_put_be16(list + 2, 16);
	assay_put_be64(list + 8, lba);
	assay_put_be32(list + 16, blocks);
	return assay_scsi_write(t, i, scsi_cdb_unmap(0, 0, (uint16_t)length), list, length);
}

/* The provisioning status of a block: 0 mapped, 1 deallocated, 2 anchored; -1 where the unit does not tell. */
static int status_of(struct assay_t *t, struct assay_initiator *i, uint64_t lba)
{
	struct assay_task *task = assay_scsi_on(t, i, assay_write_lun(t), scsi_cdb_get_lba_status(lba, 24));

	if (task->status != 0 || task->data_in_length < 24)
		return -1;
	return assay_scsi_data(task)[20] & 0x0f;
}

/* UNMAP asks for blocks to be unmapped, and some may stay as they are: an unmapped block reads as zeros when LBPRZ says so, one that stayed as before. */
static void unmapped_reads_zeros(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 8);
	struct provisioning p = provisioning(t, i, assay_write_lun(t));
	uint8_t *zeros = assay_alloc(t, place.block_size);
	struct assay_task *read;

	if (!p.lbpu || !p.lbprz)
		assay_skip(t, "not-offered");
	memset(zeros, 0, place.block_size);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, unmap(t, i, place.lba, place.blocks, 24));
	read = assay_read10(t, i, place.lba, place.blocks, place.block_size);
	EXPECT_GOOD(t, read);
	REQUIRE_THAT(t, read->data_in_length == place.length, "all bytes of the blocks", "%u",
		read->data_in_length);
	for (uint32_t n = 0; n < place.blocks; n++) {
		const uint8_t *block = assay_scsi_data(read) + (size_t)n * place.block_size;
		bool zero = memcmp(block, zeros, place.block_size) == 0,
		     old = memcmp(block, place.pattern + (size_t)n * place.block_size, place.block_size) == 0;
		int status = zero ? -1 : status_of(t, i, place.lba + n);

		EXPECT(t, zero || (old && status <= 0), "zeros, or the old data of a block that stays mapped",
			"%s data in block %u, provisioning status %d", old ? "old" : "other", n, status);
	}
}

/* No parameter list: GOOD. One that ends within its header: PARAMETER LIST LENGTH ERROR. */
static void unmap_nothing(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	skip_without_unmap(t, i);
	EXPECT_GOOD(t, unmap(t, i, 0, 0, 0));
}

static void unmap_cut_short(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	skip_without_unmap(t, i);
	EXPECT_SENSE(t, unmap(t, i, 0, 0, 7), 0x5, 0x1a00);
}

/* A list of count whole descriptors of one block count, and then odd bytes of one more. */
static struct assay_task *unmap_many(struct assay_t *t, struct assay_initiator *i, uint64_t lba,
	uint32_t blocks, uint32_t count, uint32_t odd)
{
	uint32_t length = 8 + 16 * count + odd;
	uint8_t *list = assay_alloc(t, length);

	memset(list, 0, length);
	assay_put_be16(list, (uint16_t)(length - 2));
	assay_put_be16(list + 2, (uint16_t)(length - 8));
	for (uint32_t n = 0; n < count; n++) {
		assay_put_be64(list + 8 + 16 * n, lba);
		assay_put_be32(list + 8 + 16 * n + 8, blocks);
	}
	return assay_scsi_write(t, i, scsi_cdb_unmap(0, 0, (uint16_t)length), list, length);
}

/* A descriptor that the list cuts off is ignored; the whole ones count. */
static void unmap_odd_length(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);

	skip_without_unmap(t, i);
	EXPECT_GOOD(t, unmap_many(t, i, assay_place(t, 1).lba, 1, 1, 8));
}

/* One descriptor more than page B0h allows. They are of no blocks, so that nothing is lost where nobody counts. */
static void unmap_too_many(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_vpd page = assay_vpd_optional(t, i, assay_write_lun(t), 0xb0);
	uint32_t most;

	skip_without_unmap(t, i);
	if (page.length < 28)
		assay_skip(t, "not-offered");
	most = assay_get_be32(page.bytes + 24);
	if (!most || most >= UNMAP_LIST_MOST)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t, unmap_many(t, i, place.lba, 0, most + 1, 0), 0x5, 0x2600);
}

/* A descriptor of no blocks does nothing. */
static void unmap_no_blocks(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 2);

	skip_without_unmap(t, i);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, unmap(t, i, place.lba, 0, 24));
	assay_expect_medium(t, i, &place, place.pattern);
}

static void unmap_beyond_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_write_lun(t));

	skip_without_unmap(t, i);
	EXPECT_SENSE(t, unmap(t, i, medium.last_lba + 1, 1, 24), 0x5, 0x2100);
}

/* WRITE SAME(16) with these flags of byte 1. */
static struct assay_task *write_same(struct assay_t *t, struct assay_initiator *i, uint8_t flags,
	uint64_t lba, uint32_t blocks, const uint8_t *block, uint32_t block_size)
{
	uint8_t cdb[16] = { 0x93, flags };
	struct assay_task *task;

	assay_put_be64(cdb + 2, lba);
	assay_put_be32(cdb + 10, blocks);
	task = assay_scsi_cdb(t, i, assay_write_lun(t), cdb, sizeof(cdb), 0, block, block_size);
	if (task->status == 2 && task->sense_key == 5 && task->asc == 0x20)
		assay_skip(t, "not-offered");
	return task;
}

/* One block, written all over the range. */
static void same_over_range(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 8);
	uint8_t *expected = assay_alloc(t, place.length);

	for (uint32_t n = 0; n < place.blocks; n++)
		memcpy(expected + (size_t)n * place.block_size, place.pattern, place.block_size);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, write_same(t, i, 0, place.lba, place.blocks, place.pattern, place.block_size));
	assay_expect_medium(t, i, &place, expected);
}

/* No standard orders two errors of one command: what a unit that refuses WRITE SAME in range says of one that goes beyond the end decides nothing about the end. */
static void same_beyond_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_write_lun(t));
	struct assay_place place = assay_place(t, 2);

	if (write_same(t, i, 0, place.lba, 2, place.pattern, place.block_size)->status)
		assay_skip(t, "blocked-by:scsi.write-same-over-range");
	EXPECT_SENSE(
		t, write_same(t, i, 0, medium.last_lba, 2, place.pattern, place.block_size), 0x5, 0x2100);
}

/* UNMAP=1 with a block of zeros: whatever becomes of the mapping, zeros are read. */
static void same_unmap_zeros(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 4);
	uint8_t *zeros = assay_alloc(t, place.length);

	if (!provisioning(t, i, assay_write_lun(t)).lbpws)
		assay_skip(t, "not-offered");
	memset(zeros, 0, place.length);
	EXPECT_GOOD(t, assay_write10(t, i, &place));
	EXPECT_GOOD(t, write_same(t, i, 0x08, place.lba, place.blocks, zeros, place.block_size));
	assay_expect_medium(t, i, &place, zeros);
}

/* GET LBA STATUS: the first descriptor covers the LBA asked for, the others follow on without gaps. */
static void lba_status(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_place place = assay_place(t, 1);
	struct assay_task *task = assay_scsi_on(
		t, i, assay_write_lun(t), scsi_cdb_get_lba_status(place.lba, 8 + 16 * 4));
	const uint8_t *data = assay_scsi_data(task);
	uint64_t next;

	if (task->status == 2 && task->sense_key == 5)
		assay_skip(t, "not-offered");
	EXPECT_GOOD(t, task);
	REQUIRE_THAT(t, task->data_in_length >= 24, "a descriptor", "%u bytes", task->data_in_length);
	next = assay_get_be64(data + 8);
	EXPECT(t, next <= place.lba && next + assay_get_be32(data + 16) > place.lba,
		"a first descriptor that covers the LBA", "%llu and %u blocks", (unsigned long long)next,
		assay_get_be32(data + 16));
	for (uint32_t at = 8; at + 16 <= task->data_in_length; at += 16) {
		EXPECT_EQ(t, assay_get_be64(data + at), next);
		next += assay_get_be32(data + at + 8);
	}
}

static void lba_status_beyond_end(struct assay_t *t)
{
	struct assay_initiator *i = assay_connect_full_feature(t);
	struct assay_medium medium = assay_medium(t, i, assay_lun(t));
	struct assay_task *known = assay_scsi(t, i, scsi_cdb_get_lba_status(0, 24));

	if (known->status == 2)
		assay_skip(t, "not-offered");
	EXPECT_SENSE(t, assay_scsi(t, i, scsi_cdb_get_lba_status(medium.last_lba + 1, 24)), 0x5, 0x2100);
}

#define TEST(slug, requirements, clause, need, function, words, defect)                                      \
	{                                                                                                    \
		.id = "scsi." slug, .reqs = requirements, .section = "SBC-3 " clause, .level = MUST,         \
		.needs = (need) | ASSAY_NEED_DISK, .run = function, .desc = words, .defects = defect         \
	}

static const struct assay_test tests[] = {
	TEST("provisioning-agrees", "S-VPD-13 S-READ-CAPACITY-05", "6.5.4", 0, pages_agree,
		"says the same of provisioning in page B2h and READ CAPACITY(16)", "provisioning-disagrees"),
	TEST("unmapped-reads-zeros", "S-UNMAP-06 S-UNMAP-01", "4.7.3", ASSAY_NEED_WRITE, unmapped_reads_zeros,
		"reads zeros from unmapped blocks where LBPRZ says so", "unmap-reads-rubbish"),
	TEST("unmap-nothing", "S-UNMAP-02", "5.28", ASSAY_NEED_WRITE, unmap_nothing,
		"takes UNMAP with no parameter list as no error", "unmap-empty-refused"),
	TEST("unmap-cut-short", "S-UNMAP-02", "5.28", ASSAY_NEED_WRITE, unmap_cut_short,
		"refuses an UNMAP parameter list that ends within its header with 1Ah/00h",
		"unmap-length-unchecked"),
	TEST("unmap-odd-length", "S-UNMAP-03", "5.28", ASSAY_NEED_WRITE, unmap_odd_length,
		"ignores an UNMAP descriptor that is not whole", "unmap-odd-refused"),
	TEST("unmap-too-many-descriptors", "S-UNMAP-04", "5.28", ASSAY_NEED_WRITE, unmap_too_many,
		"refuses more UNMAP descriptors than page B0h says with 26h/00h",
		"unmap-descriptors-unchecked"),
	TEST("unmap-no-blocks", "S-UNMAP-07", "5.28", ASSAY_NEED_WRITE, unmap_no_blocks,
		"ignores UNMAP descriptors of no blocks", "unmap-zero-means-one"),
	TEST("unmap-beyond-end", "S-UNMAP-05 S-LBA-01", "5.28", ASSAY_NEED_WRITE, unmap_beyond_end,
		"refuses UNMAP behind the last block with 21h/00h", "unmap-range-unchecked"),
	TEST("write-same-over-range", "S-WRITE-SAME-01", "5.44", ASSAY_NEED_WRITE, same_over_range,
		"writes the block of WRITE SAME all over the range", "write-same-first-only"),
	TEST("write-same-beyond-end", "S-LBA-01", "5.44", ASSAY_NEED_WRITE, same_beyond_end,
		"refuses WRITE SAME across the end with 21h/00h", "lba-only-start-checked"),
	TEST("write-same-unmap-zeros", "S-WRITE-SAME-05", "5.44", ASSAY_NEED_WRITE, same_unmap_zeros,
		"reads zeros after WRITE SAME with UNMAP=1 and a block of zeros", "write-same-first-only"),
	TEST("lba-status", "S-GET-LBA-STATUS-02", "5.4", ASSAY_NEED_WRITE, lba_status,
		"describes blocks from the LBA asked for, without gaps", "lba-status-gap"),
	TEST("lba-status-beyond-end", "S-GET-LBA-STATUS-01", "5.4", 0, lba_status_beyond_end,
		"refuses GET LBA STATUS behind the last block with 21h/00h", "lba-status-unchecked"),
};

const struct assay_suite assay_suite_scsi_provisioning = {
	.name = "scsi",
	.desc = "UNMAP, WRITE SAME, GET LBA STATUS",
	ASSAY_TESTS(tests),
};
