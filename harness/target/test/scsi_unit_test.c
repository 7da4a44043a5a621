/*
 * scsi_unit_test.c - what is about the unit, not its blocks: readiness, sense data, unit attentions, resets, mode pages, reports of what is supported.
 * SAM-5 section 5.14, SPC-4 sections 4.5, 6 and 7.5.
 */
#include "scsi_fixture.h"
#include "test/unit.h"

static struct fixture f;

static void fields(void)
{
	static const struct scsi_case cases[] = {
		{ "TEST UNIT READY", UNIT(1), { 0 }, 0, 0, -1, 0 },
		{ "TEST UNIT READY, reserved byte", UNIT(1), { 0, 0, 0, 1 }, 2, 0x052400, 3, 0 },
		{ "REQUEST SENSE", UNIT(1), { 0x03, 0, 0, 0, 255 }, 0, 0, -1, 18 },
		{ "REQUEST SENSE cut", UNIT(1), { 0x03, 0, 0, 0, 4 }, 0, 0, -1, 4 },
		{ "REQUEST SENSE, descriptor format", UNIT(1), { 0x03, 1, 0, 0, 255 }, 0, 0, -1, 8 },
		{ "SEND DIAGNOSTIC", UNIT(1), { 0x1d, 0x04 }, 0, 0, -1, 0 },
		{ "SEND DIAGNOSTIC, a page", UNIT(1), { 0x1d, 0, 0, 0, 4 }, 2, 0x052400, 3, 0 },
		{ "START, LOEJ", UNIT(1), { 0x1b, 0, 0, 0, 0x03 }, 2, 0x052400, 4, 0 },
		{ "STOP, LOEJ", UNIT(1), { 0x1b, 0, 0, 0, 0x02 }, 2, 0x052400, 4, 0 },
		{ "a power condition", UNIT(1), { 0x1b, 0, 0, 0, 0x30 }, 2, 0x052400, 4, 0 },
		{ "PREVENT", UNIT(1), { 0x1e, 0, 0, 0, 1 }, 0, 0, -1, 0 },
		{ "STOP, LOEJ while prevented", UNIT(1), { 0x1b, 0, 0, 0, 0x02 }, 2, 0x055302, -1, 0 },
		{ "ALLOW", UNIT(1), { 0x1e, 0, 0, 0, 0 }, 0, 0, -1, 0 },
		{ "PREVENT, obsolete", UNIT(1), { 0x1e, 0, 0, 0, 3 }, 2, 0x052400, 4, 0 },
		{ "MODE SENSE(6), all", UNIT(1), { 0x1a, 0, 0x3f, 0, 255 }, 0, 0, -1, 4 + 8 + 56 },
		{ "MODE SENSE(6), DBD", UNIT(1), { 0x1a, 8, 0x3f, 0, 255 }, 0, 0, -1, 4 + 56 },
		{ "MODE SENSE(6), subpages", UNIT(1), { 0x1a, 8, 0x3f, 0xff, 255 }, 0, 0, -1, 4 + 56 },
		{ "MODE SENSE(6), one page", UNIT(1), { 0x1a, 8, 0x08, 0, 255 }, 0, 0, -1, 24 },
		{ "MODE SENSE(6) cut", UNIT(1), { 0x1a, 0, 0x3f, 0, 3 }, 0, 0, -1, 3 },
		{ "MODE SENSE(6), no such page", UNIT(1), { 0x1a, 0, 0x2a, 0, 255 }, 2, 0x052400, 2, 0 },
		{ "MODE SENSE(6), no such subpage", UNIT(1), { 0x1a, 0, 0x08, 1, 255 }, 2, 0x052400, 3, 0 },
		{ "MODE SENSE(6), saved", UNIT(1), { 0x1a, 0, 0xc8, 0, 255 }, 2, 0x053900, -1, 0 },
		{ "MODE SENSE(10)", UNIT(1), { 0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 8 + 8 + 56 },
		{ "MODE SENSE(10), LLBAA", UNIT(1), { 0x5a, 0x10, 0x3f, 0, 0, 0, 0, 1, 0 }, 0, 0, -1,
			8 + 16 + 56 },
		{ "MODE SELECT(6), PF 0", UNIT(1), { 0x15, 0, 0, 0, 0 }, 2, 0x052400, 1, 0 },
		{ "MODE SELECT(6), SP", UNIT(1), { 0x15, 0x11, 0, 0, 0 }, 2, 0x052400, 1, 0 },
		{ "MODE SELECT(6), nothing", UNIT(1), { 0x15, 0x10, 0, 0, 0 }, 0, 0, -1, 0 },
		{ "MODE SELECT(10), its list missing", UNIT(1), { 0x55, 0x10, 0, 0, 0, 0, 0, 0, 8 }, 2,
			0x051a00, -1, 0 },
		{ "all commands", UNIT(1), { 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 8 }, 0, 0, -1, 8 },
		{ "one command", UNIT(1), { 0xa3, 0x0c, 1, 0x28, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 4 + 10 },
		{ "one command, timeouts", UNIT(1), { 0xa3, 0x0c, 0x81, 0x28, 0, 0, 0, 0, 1, 0 }, 0, 0, -1,
			4 + 10 + 12 },
		{ "one command, none such", UNIT(1), { 0xa3, 0x0c, 1, 0xff, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 4 },
		{ "a service action is missing", UNIT(1), { 0xa3, 0x0c, 1, 0x9e, 0, 0, 0, 0, 1, 0 }, 2,
			0x052400, 2, 0 },
		{ "a service action too many", UNIT(1), { 0xa3, 0x0c, 2, 0x28, 0, 0, 0, 0, 1, 0 }, 2,
			0x052400, 2, 0 },
		{ "service action", UNIT(1), { 0xa3, 0x0c, 2, 0x9e, 0, 0x10, 0, 0, 1, 0 }, 0, 0, -1, 4 + 16 },
		{ "reserved option", UNIT(1), { 0xa3, 0x0c, 4, 0x9e, 0, 0x10, 0, 0, 1, 0 }, 2, 0x052400, 2,
			0 },
		{ "task management functions", UNIT(1), { 0xa3, 0x0d, 0, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 4 },
		{ "port groups", UNIT(1), { 0xa3, 0x0a, 0, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 4 + 2 * 12 },
		{ "port groups, extended header", UNIT(1), { 0xa3, 0x2a, 0, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1,
			8 + 2 * 12 },
		{ "port groups, reserved format", UNIT(1), { 0xa3, 0x4a, 0, 0, 0, 0, 0, 0, 1, 0 }, 2,
			0x052400, 1, 0 },
		{ "MAINTENANCE IN, none such", UNIT(1), { 0xa3, 0x05 }, 2, 0x052400, 1, 0 },
		{ "no unit", UNIT(7), { 0 }, 2, 0x052500, -1, 0 },
		{ "no unit, unknown opcode", UNIT(7), { 0xff }, 2, 0x052500, -1, 0 },
		{ "no unit, REQUEST SENSE", UNIT(7), { 0x03, 0, 0, 0, 18 }, 0, 0, -1, 18 },
	};

	run_cases(f.first, cases, sizeof(cases) / sizeof(cases[0]));
}

static void short_cdb(void)
{
	static const uint8_t cdb[16] = { 0x88 };

	EXPECT_SENSE(command_out(f.first, UNIT(1), cdb, 10, NULL, 0), 0x052000);
	EXPECT_SENSE(command_out(f.first, UNIT(1), cdb, 1, NULL, 0), 0x052000);
}

static void sense_data(void)
{
	const struct outcome *o = COMMAND(f.first, UNIT(7), 0x03, 0, 0, 0, 18);

	CU_ASSERT(o->data[0] == 0x70 && o->data[2] == 5 && o->data[12] == 0x25 && o->data[7] == 10);
	o = COMMAND(f.first, UNIT(7), 0x03, 1, 0, 0, 18);
	CU_ASSERT(o->data[0] == 0x72 && o->data[1] == 5 && o->data[2] == 0x25 && o->data[7] == 0);
	o = COMMAND(f.first, UNIT(1), 0x03, 0, 0, 0, 18);
	CU_ASSERT(o->data[0] == 0x70 && o->data[2] == 0 && o->data[12] == 0);
	o = COMMAND(f.first, UNIT(1), 0x12, 0, 0x83, 0, 255); /* the field pointer: CDB, byte 2, bit 7 */
	CU_ASSERT(o->sense_length == 18 && o->sense[15] == 0xcf && assay_get_be16(o->sense + 16) == 2);
}

static void stopped(void)
{
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0x1b, 0, 0, 0, 0));
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0), 0x020402);
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0x28, 0, 0, 0, 0, 0, 0, 0, 1), 0x020402);
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0x35), 0x020402);
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0x12, 0, 0, 0, 36));
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0x1a, 0, 0x3f, 0, 255));
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(1), 0x03, 0, 0, 0, 18)->data[2], 2);
	EXPECT_GOOD(COMMAND(f.first, UNIT(22), 0));
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0x1b, 0, 0, 0, 1));
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0));
}

/* A new nexus: INQUIRY, REPORT LUNS do not take the attention, one other command does. */
static void new_nexus(void)
{
	struct assay_scsi_nexus *n = assay_scsi_nexus_new(f.device, FIRST_NAME ".third", 3, 1);

	EXPECT_GOOD(COMMAND(n, UNIT(1), 0x12, 0, 0, 0, 36));
	EXPECT_GOOD(COMMAND(n, UNIT(1), 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
	EXPECT_SENSE(COMMAND(n, UNIT(1), 0x28, 0, 0, 0, 0, 0, 0, 0, 1), 0x062900);
	EXPECT_GOOD(COMMAND(n, UNIT(1), 0));
	EXPECT_SENSE(COMMAND(n, UNIT(22), 0xff), 0x062900); /* each unit its own; before the opcode */
	EXPECT_SENSE(COMMAND(n, UNIT(22), 0xff), 0x052000);
	CU_ASSERT_EQUAL(COMMAND(n, UNIT(2), 0x03, 0, 0, 0, 18)->data[12], 0x29); /* REQUEST SENSE takes it */
	EXPECT_GOOD(COMMAND(n, UNIT(2), 0));
	assay_scsi_nexus_free(n);
	n = assay_scsi_nexus_new(f.device, FIRST_NAME ".third", 3, 1);
	EXPECT_SENSE(COMMAND(n, UNIT(1), 0), 0x062907);
	assay_scsi_nexus_free(n);
}

static void resets(void)
{
	assay_scsi_lun_reset(f.first, UNIT(1));
	EXPECT_GOOD(COMMAND(f.first, UNIT(1), 0));
	EXPECT_GOOD(COMMAND(f.second, UNIT(22), 0));
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0), 0x062903);
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0));
	assay_scsi_target_reset(f.second);
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0), 0x062902);
	EXPECT_SENSE(COMMAND(f.first, UNIT(22), 0), 0x062902);
	assay_scsi_commands_cleared(f.first, UNIT(1));
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0), 0x062f00);
	assay_scsi_protocol_event(f.first, UNIT(1));
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0), 0x06477f);
	assay_scsi_lun_reset(f.first, UNIT(77));
	CU_ASSERT(assay_scsi_lun_exists(f.first, UNIT(1)) && !assay_scsi_lun_exists(f.first, UNIT(77)));
	fixture_calm(f.first);
}

static void inventory(void)
{
	const struct assay_lun_spec spec = { .lun = 50, .blocks = 16, .block_size = 512 };
	struct assay_scsi_command c = {
		.lun = UNIT(50), .cdb = CDB(0x28, 0, 0, 0, 0, 0, 0, 0, 1), .cdb_length = 16
	};

	CU_ASSERT_EQUAL(assay_scsi_add_lun(f.device, &spec, NULL), 0);
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0), 0x063f0e);
	EXPECT_GOOD(COMMAND(f.first, UNIT(22), 0)); /* told once, known (LUICLR) */
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0)); /* REPORT LUNS told it */
	EXPECT_SENSE(COMMAND(f.first, UNIT(50), 0), 0x062900);
	CU_ASSERT_EQUAL(assay_scsi_parse(f.first, &c), 0);
	CU_ASSERT_EQUAL(assay_scsi_remove_lun(f.device, 50), 0);
	assay_scsi_execute(f.first, &c); /* it was on its way */
	CU_ASSERT_EQUAL(c.status, 2);
	CU_ASSERT_EQUAL(c.sense[12], 0x25);
	assay_scsi_command_done(&c);
	EXPECT_SENSE(COMMAND(f.first, UNIT(50), 0), 0x052500);
	EXPECT_SENSE(COMMAND(f.second, UNIT(2), 0), 0x063f0e);
	fixture_calm(f.first);
}

/* --- mode pages --- */

static void mode_data(void)
{
	const struct outcome *o = COMMAND(f.first, UNIT(3), 0x1a, 0, 0x3f, 0, 255);
	static const uint8_t order[] = { 0x01, 0x08, 0x0a, 0x1c };
	uint32_t at = 12;

	CU_ASSERT_EQUAL(o->data[0], o->length - 1);
	CU_ASSERT_EQUAL(o->data[2], 0x90); /* read-only: WP; DPOFUA */
	CU_ASSERT_EQUAL(o->data[3], 8);
	CU_ASSERT_EQUAL(assay_get_be32(o->data + 4), FIRST_BLOCKS);
	for (unsigned i = 0; i < 4; at += 2u + o->data[at + 1], i++)
		CU_ASSERT_EQUAL(o->data[at], order[i]);
	CU_ASSERT_EQUAL(at, o->length);
	o = COMMAND(f.first, UNIT(1), 0x5a, 0x10, 0x0a, 0, 0, 0, 0, 1, 0);
	CU_ASSERT(o->data[3] == 0x10 && o->data[4] == 1 && assay_get_be16(o->data + 6) == 16);
	CU_ASSERT_EQUAL(assay_get_be64(o->data + 8), FIRST_BLOCKS);
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(1), 0x1a, 8, 0x48, 0, 255)->data[4 + 2],
		0x04); /* changeable: WCE alone */
	CU_ASSERT_EQUAL(
		COMMAND(f.first, UNIT(1), 0x1a, 8, 0x88, 0, 255)->data[4 + 2], 0x04); /* default: on */
}

static void mode_select(void)
{
	uint8_t list[] = { 0, 0, 0, 0, 0x0a, 0x0a, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	const struct outcome *o;

	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), list, 16, 0x15, 0x10, 0, 0, 16)); /* D_SENSE */
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0), 0x062a01);
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0));
	o = COMMAND(f.second, UNIT(1), 0x12, 0, 0x83, 0, 255);
	CU_ASSERT(o->sense[0] == 0x72 && o->sense[7] == 8 && o->sense[8] == 2 && o->sense_length == 16);
	CU_ASSERT_EQUAL(o->code, 0x052400);
	list[6] = 0;
	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), list, 16, 0x15, 0x10, 0, 0, 16));
	EXPECT_GOOD(
		COMMAND_OUT(f.first, UNIT(1), list, 16, 0x15, 0x10, 0, 0, 16)); /* no change, no attention */
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0), 0x062a01);
	list[8] = 0x08; /* SWP */
	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), list, 16, 0x15, 0x10, 0, 0, 16));
	EXPECT_SENSE(COMMAND(f.first, UNIT(1), 0x2a, 0, 0, 0, 0, 0, 0, 0, 1), 0x072700);
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(1), 0x1a, 0, 0x3f, 0, 255)->data[2], 0x90);
	assay_scsi_lun_reset(f.first, UNIT(1)); /* nothing is saved */
	CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(1), 0x1a, 0, 0x3f, 0, 255)->data[2], 0x10);
	fixture_calm(f.second);
}

static void bad_lists(void)
{
	static const struct {
		uint8_t list[48], length;
		uint32_t code;
		uint16_t field;
	} cases[] = {
		{ { 0, 0, 0 }, 3, 0x051a00, 0 }, { { 0, 1, 0, 0 }, 4, 0x052600, 1 },
		{ { 0, 0, 0, 7 }, 4, 0x052600, 3 }, { { 0, 0, 0, 8, 0, 0, 0, 0 }, 8, 0x051a00, 0 },
		{ { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0x10, 0 }, 12, 0x052600, 9 },
		{ { 0, 0, 0, 8, 0, 0, 8, 1, 0, 0, 2, 0 }, 12, 0x052600, 4 },
		{ { 0, 0, 0, 0, 0x0a }, 5, 0x051a00, 0 }, { { 0, 0, 0, 0, 0x2a, 0x0a }, 16, 0x052600, 4 },
		{ { 0, 0, 0, 0, 0x4a, 0x0a }, 16, 0x052600, 4 },
		{ { 0, 0, 0, 0, 0x0a, 0x09 }, 16, 0x052600, 5 },
		{ { 0, 0, 0, 0, 0x0a, 0x0a }, 15, 0x051a00, 0 },
		{ { 0, 0, 0, 0, 0x0a, 0x0a, 0x24 }, 16, 0x052600, 6 },
		{ { 0, 0, 0, 0, 0x08, 0x12, 0, [24] = 0x0a, 0x0a, 0, 0x10 }, 36, 0x052600,
			27 }, /* the first page is right */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct outcome *o = COMMAND_OUT(
			f.first, UNIT(1), cases[i].list, cases[i].length, 0x15, 0x10, 0, 0, cases[i].length);

		EXPECT_SENSE(o, cases[i].code);
		CU_ASSERT_EQUAL(assay_get_be16(o->sense + 16), cases[i].field);
		CU_ASSERT_EQUAL(COMMAND(f.first, UNIT(1), 0x1a, 8, 0x08, 0, 255)->data[4 + 2],
			0x04); /* nothing changed */
	}
	EXPECT_GOOD(COMMAND(f.second, UNIT(1), 0));
}

static void capacity_change(void)
{
	static const uint8_t less[] = { 0, 0, 0, 8, 0, 0, 4, 0, 0, 0, 2, 0 };
	static const uint8_t all[] = { 0, 0, 0, 0, 1, 0, 0, 16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0, 0, 0, 0, 0, 0, 2, 0 };

	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), less, 12, 0x15, 0x10, 0, 0, 12));
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0), 0x062a09);
	CU_ASSERT_EQUAL(assay_get_be32(COMMAND(f.second, UNIT(1), 0x25)->data), 1023);
	EXPECT_SENSE(COMMAND(f.second, UNIT(1), 0x28, 0, 0, 0, 4, 0, 0, 0, 1), 0x052100);
	EXPECT_GOOD(COMMAND_OUT(f.first, UNIT(1), all, 24, 0x55, 0x10, 0, 0, 0, 0, 0, 0, 24));
	CU_ASSERT_EQUAL(assay_get_be32(COMMAND(f.first, UNIT(1), 0x25)->data), FIRST_BLOCKS - 1);
	fixture_calm(f.second);
}

/* What is listed is accepted, what is not is refused, and the usage map of each begins with its opcode. */
static void listed_commands(void)
{
	static struct outcome list;
	bool listed[256] = { false };

	list = *COMMAND(f.first, UNIT(1), 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
	CU_ASSERT_EQUAL(assay_get_be32(list.data) + 4, list.length);
	for (uint32_t at = 4; at < list.length; at += 8) {
		const uint8_t *d = list.data + at;
		bool action = d[5] & 1;
		const struct outcome *o = COMMAND(
			f.first, UNIT(1), 0xa3, 0x0c, action ? 2 : 1, d[0], d[2], d[3], 0, 0, 1, 0);

		listed[d[0]] = true;
		EXPECT_GOOD(o);
		CU_ASSERT_EQUAL(o->data[1], 3);
		CU_ASSERT_EQUAL(assay_get_be16(o->data + 2), assay_get_be16(d + 6));
		CU_ASSERT_EQUAL(o->data[4], d[0]);
		if (action)
			CU_ASSERT_EQUAL(o->data[5] & 0x1f, d[3]);
		CU_ASSERT(COMMAND(f.first, UNIT(1), d[0], action ? d[3] : 0)->code != 0x052000);
	}
	for (unsigned opcode = 0; opcode < 256; opcode++)
		if (!listed[opcode])
			EXPECT_SENSE(COMMAND(f.first, UNIT(1), (uint8_t)opcode), 0x052000);
	fixture_calm(f.first);
	COMMAND(f.first, UNIT(1), 0x17);
	COMMAND(f.first, UNIT(1), 0x1b, 0, 0, 0, 1);
}

static CU_TestInfo tests[] = {
	{ "fields of the CDBs", fields },
	{ "a CDB that is too short", short_cdb },
	{ "sense data", sense_data },
	{ "a stopped unit", stopped },
	{ "a new nexus", new_nexus },
	UNIT_TEST(resets),
	{ "units come and go", inventory },
	{ "mode data", mode_data },
	{ "MODE SELECT", mode_select },
	{ "bad mode parameter lists", bad_lists },
	{ "capacity by MODE SELECT", capacity_change },
	{ "listed commands", listed_commands },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fixture_open(&f);
	failed = unit_run("units", tests);
	fixture_close(&f);
	return failed;
}
