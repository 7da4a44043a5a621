/* scsi_reserve_test.c - RESERVE and RELEASE, persistent reservations: who may do what, and who is told. SPC-2 section 7.16, SPC-4 sections 5.13, 6.15, 6.16. */
#include "scsi_fixture.h"
#include "test/unit.h"

static struct fixture f;
#define A     f.first
#define B     f.second
#define KEY_A 0xaaaau
#define KEY_B 0xbbbbu

enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, REGISTER_AND_IGNORE };

static uint8_t persistent_out(
	struct assay_scsi_nexus *n, uint8_t action, uint8_t type, uint64_t key, uint64_t action_key)
{
	uint8_t list[24] = { 0 };

	assay_put_be64(list, key);
	assay_put_be64(list + 8, action_key);
	return COMMAND_OUT(n, UNIT(1), list, 24, 0x5f, action, type, 0, 0, 0, 0, 0, 24)->status;
}

static const struct outcome *persistent_in(uint8_t action)
{
	return COMMAND(A, UNIT(1), 0x5e, action, 0, 0, 0, 0, 0, 1, 0);
}

static uint32_t generation(void)
{
	return assay_get_be32(persistent_in(0)->data);
}

static unsigned keys(void)
{
	return assay_get_be32(persistent_in(0)->data + 4) / 8;
}

/* Both registered, nothing reserved. */
static void both(void)
{
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER_AND_IGNORE, 0, 0, KEY_A), 0);
	CU_ASSERT_EQUAL(persistent_out(A, CLEAR, 0, KEY_A, 0), 0);
	fixture_calm(B);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, KEY_A), 0);
	CU_ASSERT_EQUAL(persistent_out(B, REGISTER, 0, 0, KEY_B), 0);
}

static void nobody(void)
{
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER_AND_IGNORE, 0, 0, KEY_A), 0);
	CU_ASSERT_EQUAL(persistent_out(A, CLEAR, 0, KEY_A, 0), 0);
	fixture_calm(B);
}

static uint8_t do_read(struct assay_scsi_nexus *n)
{
	return COMMAND(n, UNIT(1), 0x28, 0, 0, 0, 0, 0, 0, 0, 1)->status;
}

static uint8_t do_write(struct assay_scsi_nexus *n)
{
	static const uint8_t block[512];

	return COMMAND_OUT(n, UNIT(1), block, 512, 0x2a, 0, 0, 0, 0, 0, 0, 0, 1)->status;
}

static void reserve_release(void)
{
	EXPECT_GOOD(COMMAND(A, UNIT(1), 0x16));
	EXPECT_GOOD(COMMAND(A, UNIT(1), 0x16));
	CU_ASSERT_EQUAL(do_read(A), 0);
	CU_ASSERT_EQUAL(do_read(B), 0x18);
	CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0)->status, 0x18);
	CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0x16)->status, 0x18);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, KEY_A), 0x18);
	EXPECT_GOOD(COMMAND(B, UNIT(22), 0));
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0x12, 0, 0, 0, 36));
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0x03, 0, 0, 0, 18));
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0x17)); /* no effect */
	CU_ASSERT_EQUAL(do_read(B), 0x18);
	EXPECT_GOOD(COMMAND(A, UNIT(1), 0x17));
	CU_ASSERT_EQUAL(do_read(B), 0);
	EXPECT_GOOD(COMMAND(A, UNIT(1), 0x16));
	assay_scsi_lun_reset(B, UNIT(1));
	CU_ASSERT_EQUAL(do_read(B), 0);
	fixture_calm(A);
	both();
	CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0x16)->status, 0x18);
	nobody();
}

static void session_end(void)
{
	struct assay_scsi_nexus *n = assay_scsi_nexus_new(f.device, FIRST_NAME, 77, 1);

	fixture_calm(n);
	EXPECT_GOOD(COMMAND(n, UNIT(1), 0x16));
	CU_ASSERT_EQUAL(do_read(A), 0x18);
	assay_scsi_nexus_free(n);
	CU_ASSERT_EQUAL(do_read(A), 0);
	n = assay_scsi_nexus_new(f.device, FIRST_NAME, 77, 1);
	fixture_calm(n);
	CU_ASSERT_EQUAL(persistent_out(n, REGISTER, 0, 0, 5), 0);
	CU_ASSERT_EQUAL(persistent_out(n, RESERVE, 3, 5, 0), 0);
	assay_scsi_nexus_free(n);
	CU_ASSERT_EQUAL(do_read(A), 0x18);
	n = assay_scsi_nexus_new(f.device, FIRST_NAME, 77, 1);
	fixture_calm(n);
	CU_ASSERT_EQUAL(do_read(n), 0);
	assay_scsi_target_reset(A);
	fixture_calm(n);
	CU_ASSERT_EQUAL(do_read(A), 0x18);
	CU_ASSERT_EQUAL(persistent_out(n, CLEAR, 0, 5, 0), 0);
	CU_ASSERT_EQUAL(do_read(n), 0);
	assay_scsi_nexus_free(n);
	fixture_calm(A);
	fixture_calm(B);
}

static void registering(void)
{
	uint32_t before;

	nobody();
	before = generation();
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 1, KEY_A), 0x18);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(keys(), 0);
	CU_ASSERT_EQUAL(generation(), before);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, KEY_A), 0);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, KEY_A), 0x18);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, KEY_A, 0xcc), 0);
	CU_ASSERT_EQUAL(persistent_out(B, REGISTER_AND_IGNORE, 0, 99, KEY_B), 0);
	CU_ASSERT_EQUAL(generation(), before + 3);
	CU_ASSERT_EQUAL(keys(), 2);
	CU_ASSERT_EQUAL(assay_get_be64(persistent_in(0)->data + 8), 0xcc);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0xcc, 0), 0);
	CU_ASSERT_EQUAL(keys(), 1);
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 1, 0xcc, 0), 0x18); /* no longer registered */
	CU_ASSERT_EQUAL(persistent_out(B, RESERVE, 1, KEY_A, 0), 0x18);
	CU_ASSERT_EQUAL(persistent_out(B, RESERVE, 1, KEY_B, 0), 0);
	CU_ASSERT_EQUAL(generation(), before + 4);
	nobody();
}

static void lists(void)
{
	static const uint8_t list[24] = { 0 }, spec_i_pt[28] = { [20] = 0x08 }, aptpl[24] = { [20] = 0x01 };
	static const struct scsi_case cases[] = {
		{ "a short list", UNIT(1), { 0x5f, 0, 0, 0, 0, 0, 0, 0, 23 }, 2, 0x051a00, -1, 0 },
		{ "reserved action", UNIT(1), { 0x5f, 0x08, 0, 0, 0, 0, 0, 0, 24 }, 2, 0x052400, 1, 0 },
		{ "REGISTER AND MOVE", UNIT(1), { 0x5f, 0x07, 0, 0, 0, 0, 0, 0, 24 }, 2, 0x052400, 1, 0 },
		{ "reserved type", UNIT(1), { 0x5f, 0x01, 2, 0, 0, 0, 0, 0, 24 }, 2, 0x052400, 2, 0 },
		{ "reserved scope", UNIT(1), { 0x5f, 0x01, 0x11, 0, 0, 0, 0, 0, 24 }, 2, 0x052400, 2, 0 },
		{ "IN, reserved action", UNIT(1), { 0x5e, 0x04, 0, 0, 0, 0, 0, 1, 0 }, 2, 0x052400, 1, 0 },
		{ "IN, cut", UNIT(1), { 0x5e, 0x00, 0, 0, 0, 0, 0, 0, 4 }, 0, 0, -1, 4 },
		{ "IN, capabilities", UNIT(1), { 0x5e, 0x02, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 8 },
		{ "IN, full status of nobody", UNIT(1), { 0x5e, 0x03, 0, 0, 0, 0, 0, 1, 0 }, 0, 0, -1, 8 },
	};

	nobody();
	run_cases(A, cases, sizeof(cases) / sizeof(cases[0]));
	EXPECT_SENSE(COMMAND_OUT(A, UNIT(1), list, 23, 0x5f, 0, 0, 0, 0, 0, 0, 0, 24), 0x051a00);
	EXPECT_SENSE(COMMAND_OUT(A, UNIT(1), spec_i_pt, 28, 0x5f, 0, 0, 0, 0, 0, 0, 0, 28), 0x052600);
	EXPECT_SENSE(COMMAND_OUT(A, UNIT(1), aptpl, 24, 0x5f, 0, 0, 0, 0, 0, 0, 0, 24), 0x052600);
}

/* Rows: type of the reservation that A holds; B registered or not; what B's read, write and TEST UNIT READY end with. */
static void access_matrix(void)
{
	static const struct {
		uint8_t type;
		bool registered;
		uint8_t read, write;
	} rows[] = {
		{ 1, false, 0, 0x18 }, { 1, true, 0, 0x18 }, /**/
		{ 3, false, 0x18, 0x18 }, { 3, true, 0x18, 0x18 }, /**/
		{ 5, false, 0, 0x18 }, { 5, true, 0, 0 }, /**/
		{ 6, false, 0x18, 0x18 }, { 6, true, 0, 0 }, /**/
		{ 7, false, 0, 0x18 }, { 7, true, 0, 0 }, /**/
		{ 8, false, 0x18, 0x18 }, { 8, true, 0, 0 }, /**/
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		both();
		if (!rows[i].registered)
			CU_ASSERT_EQUAL(persistent_out(B, REGISTER, 0, KEY_B, 0), 0);
		CU_ASSERT_EQUAL(persistent_out(A, RESERVE, rows[i].type, KEY_A, 0), 0);
		CU_ASSERT_EQUAL(do_read(A), 0);
		CU_ASSERT_EQUAL(do_write(A), 0);
		CU_ASSERT_EQUAL(do_read(B), rows[i].read);
		CU_ASSERT_EQUAL(do_write(B), rows[i].write);
		EXPECT_GOOD(COMMAND(B, UNIT(1), 0));
		EXPECT_GOOD(COMMAND(B, UNIT(1), 0x25));
		EXPECT_GOOD(COMMAND(B, UNIT(1), 0x1b, 0, 0, 0, 1));
		CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0x1b, 0, 0, 0, 0)->status, rows[i].write);
		EXPECT_GOOD(COMMAND(B, UNIT(1), 0x1b, 0, 0, 0, 1));
		CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0x1a, 0, 0x3f, 0, 255)->status, rows[i].read);
		CU_ASSERT_EQUAL(COMMAND(B, UNIT(1), 0x42)->status, rows[i].write);
	}
	nobody();
}

static void reserving(void)
{
	const struct outcome *o;

	both();
	CU_ASSERT_EQUAL(assay_get_be32(persistent_in(1)->data + 4), 0);
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 3, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 3, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 1, KEY_A, 0), 0x18);
	CU_ASSERT_EQUAL(persistent_out(B, RESERVE, 3, KEY_B, 0), 0x18);
	o = persistent_in(1);
	CU_ASSERT(assay_get_be32(o->data + 4) == 16 && assay_get_be64(o->data + 8) == KEY_A &&
		  o->data[21] == 3);
	CU_ASSERT_EQUAL(persistent_out(B, RELEASE, 3, KEY_B, 0), 0); /* not the holder: no effect */
	CU_ASSERT_EQUAL(persistent_in(1)->data[7], 16);
	CU_ASSERT_EQUAL(persistent_out(A, RELEASE, 1, KEY_A, 0), 2); /* another type */
	CU_ASSERT_EQUAL(persistent_out(A, RELEASE, 3, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_in(1)->data[7], 0);
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0));
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 6, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(A, RELEASE, 6, KEY_A, 0), 0);
	EXPECT_SENSE(COMMAND(B, UNIT(1), 0), 0x062a04);
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 5, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, KEY_A, 0),
		0); /* the holder leaves: the reservation goes with it */
	EXPECT_SENSE(COMMAND(B, UNIT(1), 0), 0x062a04);
	CU_ASSERT_EQUAL(persistent_in(1)->data[7], 0);
	both();
	CU_ASSERT_EQUAL(
		persistent_out(A, RESERVE, 8, KEY_A, 0), 0); /* all registrants: it stays until the last */
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_in(1)->data[7], 16);
	CU_ASSERT_EQUAL(persistent_out(B, REGISTER, 0, KEY_B, 0), 0);
	CU_ASSERT_EQUAL(persistent_in(1)->data[7], 0);
	nobody();
}

static uint64_t aborted_lun;
static const struct assay_scsi_nexus *aborted;

static void note_abort(void *payload, struct assay_scsi_nexus *victim, uint64_t lun)
{
	(void)payload;
	aborted = victim;
	aborted_lun = lun;
}

static void preempting(void)
{
	uint32_t before;

	both();
	assay_scsi_on_abort(f.device, note_abort, NULL);
	before = generation();
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 3, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(B, PREEMPT, 1, KEY_B, 0x1234), 0x18); /* nobody's key */
	CU_ASSERT_EQUAL(persistent_out(B, PREEMPT, 1, KEY_B, 0), 2);
	CU_ASSERT_EQUAL(persistent_out(B, PREEMPT, 1, KEY_B, KEY_A), 0);
	CU_ASSERT_PTR_NULL(aborted);
	EXPECT_SENSE(COMMAND(A, UNIT(1), 0), 0x062a05);
	CU_ASSERT_EQUAL(generation(), before + 1);
	CU_ASSERT_EQUAL(persistent_in(1)->data[21], 1);
	CU_ASSERT_EQUAL(keys(), 1);
	CU_ASSERT_EQUAL(do_write(A), 0x18);
	CU_ASSERT_EQUAL(do_write(B), 0);
	CU_ASSERT_EQUAL(persistent_out(A, REGISTER, 0, 0, KEY_A), 0);
	CU_ASSERT_EQUAL(persistent_out(B, PREEMPT_AND_ABORT, 1, KEY_B, KEY_A),
		0); /* no reservation of its: the key alone */
	CU_ASSERT(aborted == A && aborted_lun == UNIT(1));
	EXPECT_SENSE(COMMAND(A, UNIT(1), 0), 0x062a05);
	CU_ASSERT_EQUAL(persistent_in(1)->data[21], 1);
	both();
	CU_ASSERT_EQUAL(persistent_out(A, RESERVE, 7, KEY_A, 0), 0);
	CU_ASSERT_EQUAL(persistent_out(B, PREEMPT, 3, KEY_B, 0), 0); /* all registrants, key 0: everyone */
	EXPECT_SENSE(COMMAND(A, UNIT(1), 0), 0x062a05);
	CU_ASSERT_EQUAL(keys(), 1);
	assay_scsi_on_abort(f.device, NULL, NULL);
	both();
	EXPECT_GOOD(COMMAND(B, UNIT(1), 0));
	CU_ASSERT_EQUAL(persistent_out(A, CLEAR, 0, KEY_A, 0), 0);
	EXPECT_SENSE(COMMAND(B, UNIT(1), 0), 0x062a03);
	CU_ASSERT_EQUAL(keys(), 0);
	nobody();
}

static void full_status(void)
{
	static const char id[] = SECOND_NAME ",i,0x000000800002";
	const struct outcome *o;
	uint32_t second;

	both();
	CU_ASSERT_EQUAL(persistent_out(B, RESERVE, 5, KEY_B, 0), 0);
	o = persistent_in(3);
	CU_ASSERT_EQUAL(o->length, assay_get_be32(o->data + 4) + 8);
	CU_ASSERT(assay_get_be64(o->data + 8) == KEY_A && o->data[8 + 12] == 0 &&
		  assay_get_be16(o->data + 8 + 18) == 1);
	second = 8 + 24 + assay_get_be32(o->data + 8 + 20);
	CU_ASSERT(assay_get_be64(o->data + second) == KEY_B && o->data[second + 12] == 1 &&
		  o->data[second + 13] == 5);
	CU_ASSERT(o->data[second + 24] == 0x45 && assay_get_be16(o->data + second + 26) % 4 == 0);
	CU_ASSERT(memcmp(o->data + second + 28, id, sizeof(id)) == 0);
	nobody();
}

/* More registrants than there is room for. */
static void crowd(void)
{
	unsigned good = 0;

	nobody();
	for (unsigned i = 0; i < 80; i++) {
		struct assay_scsi_nexus *n = assay_scsi_nexus_new(f.device, SECOND_NAME, 1000 + i, 1);

		fixture_calm(n);
		good += persistent_out(n, REGISTER, 0, 0, i + 1) == 0;
		assay_scsi_nexus_free(n);
	}
	CU_ASSERT_EQUAL(good, 64);
	CU_ASSERT_EQUAL(keys(), 64);
	CU_ASSERT_EQUAL(persistent_in(3)->length, 256);
	{
		struct assay_scsi_nexus *n = assay_scsi_nexus_new(f.device, SECOND_NAME, 1000, 1);

		fixture_calm(n);
		CU_ASSERT_EQUAL(persistent_out(n, CLEAR, 0, 1, 0), 0);
		assay_scsi_nexus_free(n);
	}
}

static CU_TestInfo tests[] = {
	{ "RESERVE and RELEASE", reserve_release },
	{ "the end of a session", session_end },
	{ "registrations", registering },
	{ "fields and lists", lists },
	{ "who may read and write", access_matrix },
	{ "reservations", reserving },
	{ "PREEMPT and CLEAR", preempting },
	{ "full status", full_status },
	{ "a crowd", crowd },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fixture_open(&f);
	failed = unit_run("reservations", tests);
	fixture_close(&f);
	return failed;
}
