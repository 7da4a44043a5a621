/* scsi_block_test.c - blocks go in and come out, and ranges and lengths are kept. SBC-3 section 5. */
#include "scsi_fixture.h"
#include "test/unit.h"

static struct fixture f;
static uint8_t pattern[256 * 512];

static void make_pattern(uint8_t seed)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(seed + i * 7 + i / 512);
}

/* Every form writes, every form reads it back. */
static void every_form(void)
{
	static const struct {
		uint8_t write[16], read[16];
		uint32_t blocks;
	} forms[] = {
		{ { 0x0a, 0, 0, 9, 2 }, { 0x08, 0, 0, 9, 2 }, 2 },
		{ { 0x2a, 0, 0, 0, 0, 40, 0, 0, 3 }, { 0x28, 0, 0, 0, 0, 40, 0, 0, 3 }, 3 },
		{ { 0xaa, 0x08, 0, 0, 0, 50, 0, 0, 0, 4 }, { 0xa8, 0x18, 0, 0, 0, 50, 0, 0, 0, 4 }, 4 },
		{ { 0x8a, 0, 0, 0, 0, 0, 0, 0, 7, 0xff, 0, 0, 0, 1 },
			{ 0x88, 0, 0, 0, 0, 0, 0, 0, 7, 0xff, 0, 0, 0, 1 }, 1 },
		{ { 0x0a, 0, 1, 0, 0 }, { 0x08, 0, 1, 0, 0 }, 256 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint32_t bytes = forms[i].blocks * 512;
		const struct outcome *o;

		make_pattern((uint8_t)(i + 1));
		o = command_out(f.first, UNIT(1), forms[i].write, 16, pattern, bytes);
		EXPECT_GOOD(o);
		CU_ASSERT_EQUAL(o->wanted_out, bytes);
		o = command_out(f.second, UNIT(1), forms[i].read, 16, NULL, 0);
		EXPECT_GOOD(o);
		CU_ASSERT_EQUAL(o->length, bytes);
		CU_ASSERT(memcmp(o->data, pattern, bytes < sizeof(o->data) ? bytes : sizeof(o->data)) == 0);
	}
}

static void ranges(void)
{
	static const struct scsi_case cases[] = {
		{ "last block", UNIT(1), { 0x28, 0, 0, 0, 7, 0xff, 0, 0, 1 }, 0, 0, -1, 512 },
		{ "one behind the last", UNIT(1), { 0x28, 0, 0, 0, 8, 0, 0, 0, 1 }, 2, 0x052100, -1, 0 },
		{ "over the end", UNIT(1), { 0x28, 0, 0, 0, 7, 0xff, 0, 0, 2 }, 2, 0x052100, -1, 0 },
		{ "no blocks at the end", UNIT(1), { 0x28, 0, 0, 0, 8, 0, 0, 0, 0 }, 0, 0, -1, 0 },
		{ "no blocks behind the end", UNIT(1), { 0x28, 0, 0, 0, 8, 1, 0, 0, 0 }, 2, 0x052100, -1, 0 },
		{ "32-bit wrap", UNIT(1), { 0x28, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 2 }, 2, 0x052100, -1, 0 },
		{ "64-bit wrap", UNIT(1),
			{ 0x88, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2 }, 2, 0x052100,
			-1, 0 },
		{ "byte wrap", UNIT(1), { 0x88, 0, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052100,
			-1, 0 },
		{ "over the transfer limit", UNIT(1), { 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 }, 2,
			0x052400, 10, 0 },
		{ "over the limit, 12", UNIT(1), { 0xa8, 0, 0, 0, 0, 0, 0, 1, 0, 0 }, 2, 0x052400, 6, 0 },
		{ "write over the end", UNIT(1), { 0x2a, 0, 0, 0, 7, 0xff, 0, 0, 2 }, 2, 0x052100, -1, 0 },
		{ "write 6 over the end", UNIT(1), { 0x0a, 0x1f, 0xff, 0xff, 1 }, 2, 0x052100, -1, 0 },
		{ "RDPROTECT", UNIT(1), { 0x28, 0x20, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052400, 1, 0 },
		{ "WRPROTECT", UNIT(1), { 0x8a, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x052400, 1,
			0 },
		{ "group number", UNIT(1), { 0x28, 0, 0, 0, 0, 0, 0x1f, 0, 1 }, 0, 0, -1, 512 },
		{ "above the group number", UNIT(1), { 0x28, 0, 0, 0, 0, 0, 0x20, 0, 1 }, 2, 0x052400, 6, 0 },
		{ "DPO and FUA", UNIT(1), { 0x28, 0x18, 0, 0, 0, 0, 0, 0, 1 }, 0, 0, -1, 512 },
		{ "NACA", UNIT(1), { 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0x04 }, 2, 0x052400, 9, 0 },
		{ "read-only", UNIT(3), { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 }, 2, 0x072700, -1, 0 },
		{ "read-only reads", UNIT(3), { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 }, 0, 0, -1, 512 },
		{ "4 KiB blocks", UNIT(2), { 0x28, 0, 0, 0, 0, 0xff, 0, 0, 1 }, 0, 0, -1, 4096 },
		{ "flat LUN", UNIT(0x4000 | 300), { 0x28, 0, 0, 0, 0, 1, 0, 0, 1 }, 0, 0, -1, 512 },
		{ "flat form of LUN 22", UNIT(0x4000 | 22), { 0x28, 0, 0, 0, 0, 1, 0, 0, 1 }, 0, 0, -1, 512 },
		{ "deeper level", UNIT(1) | 1, { 0x28, 0, 0, 0, 0, 1, 0, 0, 1 }, 2, 0x052500, -1, 0 },
		{ "another bus", UNIT(0x0101), { 0x28, 0, 0, 0, 0, 1, 0, 0, 1 }, 2, 0x052500, -1, 0 },
		{ "no unit", UNIT(9), { 0x28, 0, 0, 0, 0, 1, 0, 0, 1 }, 2, 0x052500, -1, 0 },
		{ "READ CAPACITY", UNIT(1), { 0x25 }, 0, 0, -1, 8 },
		{ "READ CAPACITY, LBA without PMI", UNIT(1), { 0x25, 0, 0, 0, 0, 1 }, 2, 0x052400, 2, 0 },
		{ "READ CAPACITY, PMI", UNIT(1), { 0x25, 0, 0, 0, 0, 1, 0, 0, 1 }, 0, 0, -1, 8 },
		{ "READ CAPACITY(16) cut", UNIT(1), { 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12 }, 0, 0,
			-1, 12 },
		{ "READ CAPACITY(16) whole", UNIT(1), { 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255 }, 0,
			0, -1, 32 },
		{ "a service action that there is none of", UNIT(1), { 0x9e, 0x1f }, 2, 0x052400, 1, 0 },
		{ "an opcode that there is none of", UNIT(1), { 0xff }, 2, 0x052000, -1, 0 },
		{ "variable length", UNIT(1), { 0x7f }, 2, 0x052000, -1, 0 },
	};

	run_cases(f.first, cases, sizeof(cases) / sizeof(cases[0]));
}

static void short_data(void)
{
	const struct outcome *o;

	make_pattern(3);
	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), pattern, 3 * 512, 0x2a, 0, 0, 0, 1, 0, 0, 0, 3));
	make_pattern(90);
	o = COMMAND_OUT(f.first, UNIT(1), pattern, 512 + 100, 0x2a, 0, 0, 0, 1, 0, 0, 0, 3);
	EXPECT_GOOD(o);
	CU_ASSERT_EQUAL(o->wanted_out, 3 * 512);
	o = COMMAND(f.first, UNIT(1), 0x28, 0, 0, 0, 1, 0, 0, 0, 3);
	CU_ASSERT(memcmp(o->data, pattern, 512) == 0);
	make_pattern(3);
	CU_ASSERT(memcmp(o->data + 1024, pattern + 1024, 512) == 0);
}

static void write_in_place(void)
{
	struct assay_scsi_command c = {
		.lun = UNIT(1), .cdb = CDB(0x2a, 0, 0, 0, 0, 5, 0, 0, 1), .cdb_length = 16
	};
	const struct outcome *o;
	uint8_t *place;

	CU_ASSERT_EQUAL(assay_scsi_parse(f.first, &c), 0);
	place = assay_scsi_write_place(f.first, &c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(place);
	memset(place, 0x5a, 512);
	c.data_out = place;
	c.data_out_given = 512;
	assay_scsi_execute(f.first, &c);
	CU_ASSERT_EQUAL(c.status, 0);
	assay_scsi_command_done(&c);
	o = COMMAND(f.first, UNIT(1), 0x28, 0, 0, 0, 0, 5, 0, 0, 1);
	CU_ASSERT(o->data[0] == 0x5a && o->data[511] == 0x5a);
}

static void capacities(void)
{
	const struct outcome *o = COMMAND(f.first, UNIT(2), 0x25);

	CU_ASSERT_EQUAL(assay_get_be32(o->data), 255);
	CU_ASSERT_EQUAL(assay_get_be32(o->data + 4), 4096);
	o = COMMAND(f.first, UNIT(2), 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32);
	CU_ASSERT_EQUAL(assay_get_be64(o->data), 255);
	CU_ASSERT_EQUAL(assay_get_be32(o->data + 8), 4096);
}

/* 5 TiB, of which a few pages exist: LBAs over 32 bits. */
static void large_unit(void)
{
	const struct assay_lun_spec spec = { .lun = 5, .blocks = UINT64_C(10) << 30, .block_size = 512 };
	static const uint8_t at[16] = { 0x8a, 0, 0, 0, 0, 2, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1 };
	uint8_t read[16];
	const struct outcome *o;

	CU_ASSERT_EQUAL_FATAL(assay_scsi_add_lun(f.device, &spec, NULL), 0);
	fixture_calm(f.first);
	COMMAND(f.first, UNIT(5), 0x03, 0, 0, 0, 18);
	CU_ASSERT_EQUAL(assay_get_be32(COMMAND(f.first, UNIT(5), 0x25)->data), UINT32_MAX);
	make_pattern(17);
	EXPECT_GOOD(command_out(f.first, UNIT(5), at, 16, pattern, 512));
	memcpy(read, at, sizeof(read));
	read[0] = 0x88;
	o = command_out(f.first, UNIT(5), read, 16, NULL, 0);
	EXPECT_GOOD(o);
	CU_ASSERT(memcmp(o->data, pattern, 512) == 0);
	CU_ASSERT_EQUAL(assay_scsi_remove_lun(f.device, 5), 0);
	fixture_calm(f.first);
	fixture_calm(f.second);
}

static CU_TestInfo tests[] = {
	{ "every form of READ and WRITE", every_form },
	{ "ranges, limits and fields", ranges },
	{ "less data than blocks", short_data },
	{ "data received in place", write_in_place },
	UNIT_TEST(capacities),
	{ "LBAs over 32 bits", large_unit },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fixture_open(&f);
	failed = unit_run("blocks", tests);
	fixture_close(&f);
	return failed;
}
