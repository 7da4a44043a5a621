/*
 * scsi_provision_test.c - the commands that compare, repeat, combine and deallocate blocks, in RAM and in a file: both must do the same.
 * SBC-3 sections 4.7 and 5.
 */
#include "scsi_fixture.h"
#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct fixture f;
static uint64_t unit; /* the unit that the tests use: RAM, then a file */
static uint8_t data[128 * 512];

static void fill(uint8_t seed)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(seed ^ i * 13 ^ i / 512);
}

static void write_blocks(uint8_t lba, uint8_t blocks)
{
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, blocks * 512u, 0x2a, 0, 0, 0, 0, lba, 0, 0, blocks));
}

static const uint8_t *read_blocks(uint8_t lba, uint8_t blocks)
{
	const struct outcome *o = COMMAND(f.first, unit, 0x28, 0, 0, 0, 0, lba, 0, 0, blocks);

	EXPECT_GOOD(o);
	return o->data;
}

static bool all_zero(const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (p[i])
			return false;
	return true;
}

static void fields(void)
{
	const struct scsi_case cases[] = {
		{ "VERIFY without data", unit, { 0x2f, 0, 0, 0, 0, 0, 0, 0, 8 }, 0, 0, -1, 0 },
		{ "VERIFY of nothing", unit, { 0x8f }, 0, 0, -1, 0 },
		{ "VERIFY, BYTCHK 10b", unit, { 0x2f, 0x04, 0, 0, 0, 0, 0, 0, 8 }, 2, 0x052400, 1, 0 },
		{ "VERIFY over the end", unit, { 0xaf, 0, 0, 0, 8, 0, 0, 0, 0, 1 }, 2, 0x052100, -1, 0 },
		{ "WRITE AND VERIFY, BYTCHK 11b", unit, { 0x2e, 0x06, 0, 0, 0, 0, 0, 0, 8 }, 2, 0x052400, 1,
			0 },
		{ "PRE-FETCH", unit, { 0x34, 0, 0, 0, 0, 0, 0, 0, 8 }, 4, 0, -1, 0 },
		{ "PRE-FETCH over the end", unit, { 0x90, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1 }, 2,
			0x052100, -1, 0 },
		{ "SYNCHRONIZE CACHE", unit, { 0x35 }, 0, 0, -1, 0 },
		{ "SYNCHRONIZE CACHE, IMMED", unit, { 0x91, 0x02 }, 0, 0, -1, 0 },
		{ "SYNCHRONIZE CACHE over the end", unit, { 0x35, 0, 0, 0, 8, 0, 0, 0, 1 }, 2, 0x052100, -1,
			0 },
		{ "COMPARE AND WRITE of nothing", unit, { 0x89 }, 0, 0, -1, 0 },
		{ "COMPARE AND WRITE over the limit", unit, { 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 129 },
			2, 0x052400, 13, 0 },
		{ "COMPARE AND WRITE over the end", unit, { 0x89, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1 }, 2,
			0x052100, -1, 0 },
		{ "WRITE SAME of nothing", unit, { 0x41 }, 2, 0x052400, 7, 0 },
		{ "WRITE SAME, ANCHOR", unit, { 0x93, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052400,
			1, 0 },
		{ "WRITE SAME, LBDATA", unit, { 0x41, 0x02, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052400, 1, 0 },
		{ "WRITE SAME, WRPROTECT", unit, { 0x41, 0x20, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052400, 1, 0 },
		{ "WRITE SAME over the end", unit, { 0x41, 0, 0, 0, 7, 0xff, 0, 0, 2 }, 2, 0x052100, -1, 0 },
		{ "WRITE SAME over the limit", unit, { 0x93, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1 }, 2,
			0x052400, 10, 0 },
		{ "UNMAP of nothing", unit, { 0x42 }, 0, 0, -1, 0 },
		{ "UNMAP, ANCHOR", unit, { 0x42, 0x01 }, 2, 0x052400, 1, 0 },
		{ "UNMAP without its list", unit, { 0x42, 0, 0, 0, 0, 0, 0, 0, 24 }, 2, 0x051a00, -1, 0 },
		{ "GET LBA STATUS behind the end", unit, { 0x9e, 0x12, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0 },
			2, 0x052100, -1, 0 },
		{ "GET LBA STATUS cut", unit, { 0x9e, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7 }, 0, 0, -1,
			7 },
		{ "read-only WRITE SAME", UNIT(3), { 0x41, 0, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x072700, -1, 0 },
		{ "read-only UNMAP", UNIT(3), { 0x42 }, 2, 0x072700, -1, 0 },
		{ "read-only COMPARE AND WRITE", UNIT(3), { 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 2,
			0x072700, -1, 0 },
		{ "read-only VERIFY", UNIT(3), { 0x2f }, 0, 0, -1, 0 },
	};

	run_cases(f.first, cases, sizeof(cases) / sizeof(cases[0]));
}

static void verify(void)
{
	fill(1);
	write_blocks(0, 4);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 4 * 512, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 4));
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 4 * 512, 0xaf, 0x02, 0, 0, 0, 0, 0, 0, 0, 4));
	data[4 * 512 - 1] ^= 1;
	EXPECT_SENSE(COMMAND_OUT(f.first, unit, data, 4 * 512, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 4), 0x0e1d00);
	EXPECT_SENSE(
		COMMAND_OUT(f.first, unit, data, 4 * 512, 0x8f, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4),
		0x0e1d00);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 4 * 512, 0x2e, 0x02, 0, 0, 0, 0, 0, 0, 4));
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 4 * 512, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 4));
	/* one block against all */
	CU_ASSERT_EQUAL(
		COMMAND_OUT(f.first, unit, data, 512, 0x2f, 0x06, 0, 0, 0, 0, 0, 0, 4)->wanted_out, 512);
	EXPECT_SENSE(COMMAND_OUT(f.first, unit, data, 512, 0x2f, 0x06, 0, 0, 0, 0, 0, 0, 4), 0x0e1d00);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 512, 0x2f, 0x06, 0, 0, 0, 0, 0, 0, 1));
	EXPECT_SENSE(COMMAND_OUT(f.first, unit, data, 100, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 4), 0x0b0e01);
}

static void compare_and_write(void)
{
	const struct outcome *o;
	uint8_t before[1024];

	fill(9);
	write_blocks(8, 2);
	memcpy(before, data, 1024);
	memset(data + 1024, 0x77, 1024);
	data[700] ^= 0x80;
	o = COMMAND_OUT(f.first, unit, data, 2048, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 2);
	EXPECT_SENSE(o, 0x0e1d00);
	CU_ASSERT_EQUAL(o->wanted_out, 2048);
	CU_ASSERT(o->sense[0] & 0x80);
	CU_ASSERT_EQUAL(assay_get_be32(o->sense + 3), 700);
	CU_ASSERT(memcmp(read_blocks(8, 2), before, 1024) == 0);
	data[700] ^= 0x80;
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 2048, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 2));
	CU_ASSERT(memcmp(read_blocks(8, 2), data + 1024, 1024) == 0);
	EXPECT_SENSE(COMMAND_OUT(f.first, unit, data, 2047, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 2),
		0x0b0e01);
}

static void orwrite(void)
{
	memset(data, 0x51, 512);
	write_blocks(3, 1);
	memset(data, 0x0e, 512);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 512, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1));
	CU_ASSERT(read_blocks(3, 1)[0] == 0x5f && read_blocks(3, 1)[511] == 0x5f);
}

static void write_same(void)
{
	fill(33);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 512, 0x41, 0, 0, 0, 0, 5, 0, 0, 100));
	for (uint8_t i = 0; i < 100; i++)
		CU_ASSERT(memcmp(read_blocks((uint8_t)(5 + i), 1), data, 512) == 0);
	EXPECT_SENSE(COMMAND_OUT(f.first, unit, data, 511, 0x41, 0, 0, 0, 0, 5, 0, 0, 100), 0x0b0e01);
	/* NDOB and UNMAP: zeros, and deallocated */
	EXPECT_GOOD(COMMAND(f.first, unit, 0x93, 0x09, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 50));
	CU_ASSERT(all_zero(read_blocks(6, 50), 50 * 512));
	CU_ASSERT(!all_zero(read_blocks(5, 1), 512) && !all_zero(read_blocks(56, 1), 512));
	/* UNMAP with other data: it is written */
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data, 512, 0x41, 0x08, 0, 0, 0, 7, 0, 0, 2));
	CU_ASSERT(memcmp(read_blocks(8, 1), data, 512) == 0);
}

static uint32_t status_at(uint8_t lba, uint32_t *blocks)
{
	const struct outcome *o = COMMAND(f.first, unit, 0x9e, 0x12, 0, 0, 0, 0, 0, 0, 0, lba, 0, 0, 1, 0);

	EXPECT_GOOD(o);
	CU_ASSERT_EQUAL(assay_get_be64(o->data + 8), lba);
	for (uint32_t at = 24; at + 16 <= o->length; at += 16)
		CU_ASSERT_EQUAL(assay_get_be64(o->data + at),
			assay_get_be64(o->data + at - 16) + assay_get_be32(o->data + at - 8));
	*blocks = assay_get_be32(o->data + 16);
	return o->data[20] & 0xf;
}

/* Descriptor i of an UNMAP list in data. */
static void put_range(unsigned i, uint64_t lba, uint32_t blocks)
{
	assay_put_be64(data + 8 + 16 * i, lba);
	assay_put_be32(data + 16 + 16 * i, blocks);
	assay_put_be32(data + 20 + 16 * i, 0);
}

static const struct outcome *unmap(unsigned count, uint32_t length)
{
	assay_put_be16(data, (uint16_t)(6 + 16 * count));
	assay_put_be16(data + 2, (uint16_t)(16 * count));
	assay_put_be32(data + 4, 0);
	return COMMAND_OUT(
		f.first, unit, data, length, 0x42, 0, 0, 0, 0, 0, 0, (uint8_t)(length >> 8), (uint8_t)length);
}

static void unmapping(void)
{
	uint32_t blocks;

	fill(60);
	write_blocks(0, 64);
	CU_ASSERT_EQUAL(status_at(0, &blocks), 0);
	put_range(0, 1, 3);
	put_range(1, 11, 40);
	put_range(2, 60, 0);
	EXPECT_GOOD(unmap(3, 8 + 48));
	CU_ASSERT(all_zero(read_blocks(1, 3), 3 * 512) && all_zero(read_blocks(11, 40), 40 * 512));
	CU_ASSERT(!all_zero(read_blocks(0, 1), 512) && !all_zero(read_blocks(4, 1), 512) &&
		  !all_zero(read_blocks(51, 1), 512));
	CU_ASSERT_EQUAL(status_at(0, &blocks), 0);
	CU_ASSERT_EQUAL(blocks, 1);
	CU_ASSERT_EQUAL(status_at(2, &blocks), 1);
	CU_ASSERT_EQUAL(blocks, 2);
	CU_ASSERT_EQUAL(status_at(12, &blocks), 1);
	CU_ASSERT_EQUAL(blocks, 39);
	write_blocks(12, 1);
	CU_ASSERT_EQUAL(status_at(12, &blocks), 0);
	CU_ASSERT_EQUAL(blocks, 1);
}

static void unmap_lists(void)
{
	fill(61);
	write_blocks(0, 8);
	put_range(0, 0, 4);
	put_range(1, FIRST_BLOCKS, 1);
	EXPECT_SENSE(unmap(2, 40), 0x052100);
	CU_ASSERT(!all_zero(read_blocks(0, 1), 512)); /* not even the part that is right */
	put_range(0, UINT64_MAX, 2);
	EXPECT_SENSE(unmap(1, 24), 0x052100);
	EXPECT_SENSE(unmap(1, 7), 0x051a00);
	EXPECT_GOOD(unmap(0, 8));
	for (unsigned i = 0; i < 33; i++)
		put_range(i, 0, 0);
	EXPECT_SENSE(unmap(33, 8 + 33 * 16), 0x052600);
	EXPECT_GOOD(unmap(32, 8 + 32 * 16));
	put_range(0, 0, 1);
	put_range(1, 1, 1);
	EXPECT_GOOD(unmap(2, 8 + 31)); /* the second one is not whole */
	CU_ASSERT(all_zero(read_blocks(0, 1), 512) && !all_zero(read_blocks(1, 1), 512));
}

/* WRITE with the cache off, and with FUA. */
static void cache_off(void)
{
	static const uint8_t off[24] = { 0, 0, 0, 0, 0x08, 0x12, 0 };

	EXPECT_GOOD(COMMAND_OUT(f.first, unit, off, 24, 0x15, 0x10, 0, 0, 24));
	fill(70);
	write_blocks(0, 3);
	CU_ASSERT(memcmp(read_blocks(0, 3), data, 3 * 512) == 0);
	EXPECT_GOOD(COMMAND_OUT(f.first, unit, data + 512, 512, 0x2a, 0x08, 0, 0, 0, 0, 0, 0, 1));
	CU_ASSERT(memcmp(read_blocks(0, 1), data + 512, 512) == 0);
	assay_scsi_lun_reset(f.first, unit);
}

/* A file that is cut under us: MEDIUM ERROR, no crash. */
static void lost_file(void)
{
	char path[] = "/tmp/assay-lost-XXXXXX";
	int fd = mkstemp(path);
	const struct assay_lun_spec spec = { .lun = 40, .blocks = 64, .block_size = 512, .path = path };
	struct assay_lun_spec wrong = { .lun = 41, .blocks = 65, .block_size = 512, .path = path };
	struct assay_error err;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &spec, NULL), 0);
	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &wrong, &err), ASSAY_E_INVAL);
	wrong.path = "no/such/folder/file";
	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &wrong, &err), ASSAY_E_IO);
	wrong = (struct assay_lun_spec){ .lun = 41, .blocks = 8, .block_size = 520 };
	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &wrong, &err), ASSAY_E_INVAL);
	COMMAND(f.first, UNIT(40), 0);
	EXPECT_GOOD(COMMAND(f.first, UNIT(40), 0x28, 0, 0, 0, 0, 63, 0, 0, 1));
	CU_ASSERT_EQUAL(ftruncate(fd, 512), 0);
	EXPECT_GOOD(COMMAND(f.first, UNIT(40), 0x28, 0, 0, 0, 0, 0, 0, 0, 1));
	EXPECT_SENSE(COMMAND(f.first, UNIT(40), 0x28, 0, 0, 0, 0, 63, 0, 0, 1), 0x031100);
	EXPECT_SENSE(COMMAND(f.first, UNIT(40), 0x2f, 0, 0, 0, 0, 63, 0, 0, 1), 0x031100);
	CU_ASSERT_EQUAL(assay_scsi_remove_lun(f.device, 40), 0);
	close(fd);
	unlink(path);
	fixture_calm(f.first);
	fixture_calm(f.second);
}

static CU_TestInfo tests[] = {
	{ "fields of the CDBs", fields },
	{ "VERIFY", verify },
	{ "COMPARE AND WRITE", compare_and_write },
	{ "ORWRITE", orwrite },
	{ "WRITE SAME", write_same },
	{ "UNMAP and GET LBA STATUS", unmapping },
	{ "UNMAP parameter lists", unmap_lists },
	{ "write cache off", cache_off },
	{ "a file that is lost", lost_file },
	CU_TEST_INFO_NULL,
};

static void close_fixture(void)
{
	fixture_close(&f);
}

int main(void)
{
	char path[] = "/tmp/assay-medium-XXXXXX";
	int fd = mkstemp(path), failed;
	const struct assay_lun_spec spec = {
		.lun = 30, .blocks = FIRST_BLOCKS, .block_size = 512, .path = path
	};

	if (fd < 0)
		return 1;
	close(fd);
	fixture_open(&f);
	atexit(close_fixture);
	unit = UNIT(1);
	failed = unit_run("provisioning in memory", tests);
	if (assay_scsi_add_lun(f.device, &spec, NULL))
		return 1;
	unlink(path);
	unit = UNIT(30);
	COMMAND(f.first, unit, 0);
	fixture_calm(f.first);
	failed |= unit_run("provisioning in a file", tests);
	return failed;
}
