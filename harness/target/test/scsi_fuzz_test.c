/*
 * scsi_fuzz_test.c - pseudo-random CDBs, data and events, with and without defects, from a fixed seed: every command ends in a status that exists, with sense data
 * that fit, and answers stay within the medium or their buffer. The address sanitizer watches over the rest.
 */
#include "scsi_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "target/scsi_internal.h"
#include "test/unit.h"

#define ROUNDS 60000

static struct fixture f;
static uint64_t state;

static uint32_t roll(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % below);
}

/* Bytes as they hurt: zeros, ones, small numbers, anything. */
static uint8_t byte(void)
{
	switch (roll(6)) {
	case 0:
	case 1: return 0;
	case 2: return 0xff;
	case 3: return (uint8_t)roll(9);
	case 4: return (uint8_t)(1u << roll(8));
	default: return (uint8_t)roll(256);
	}
}

/* An LBA and a number of blocks where the command has them, mostly ones that exist. */
static void put_extent(uint8_t *cdb, unsigned length)
{
	uint32_t lba = roll(8) ? roll(FIRST_BLOCKS) : FIRST_BLOCKS - roll(3), blocks = roll(40);

	switch (length) {
	case 6:
		assay_put_be24(cdb + 1, lba);
		cdb[4] = (uint8_t)blocks;
		break;
	case 10:
		assay_put_be32(cdb + 2, lba);
		assay_put_be16(cdb + 7, (uint16_t)blocks);
		break;
	case 12:
		assay_put_be32(cdb + 2, lba);
		assay_put_be32(cdb + 6, blocks);
		break;
	default:
		assay_put_be64(cdb + 2, lba);
		assay_put_be32(cdb + 10, blocks);
		cdb[13] = (uint8_t)blocks;
	}
}

/* A command of the table, most of the time with bits in it that mean something. */
static void make_cdb(uint8_t cdb[16])
{
	const struct assay_scsi_operation *o = &assay_scsi_operations[roll(assay_scsi_operation_count)];
	bool wild = roll(8) == 0;

	memset(cdb, 0, 16);
	for (unsigned i = 1; i < 16; i++)
		cdb[i] = wild || i < o->length ? byte() & (wild ? 0xff : o->usage[i]) : 0;
	if (o->flags & ASSAY_SCSI_MEDIUM && roll(8))
		put_extent(cdb, o->length);
	if (o->run == assay_scsi_start_stop && roll(8))
		cdb[4] = 0x01;
	if (o->run == assay_scsi_persistent_out && roll(8)) {
		assay_put_be32(cdb + 5, 24);
		cdb[2] = (uint8_t)(1 + roll(8));
	}
	if (o->run == assay_scsi_mode_sense && roll(4))
		cdb[2] = 0x3f, cdb[3] = 0;
	if (o->run == assay_scsi_mode_select && roll(4)) {
		cdb[1] = 0x10;
		assay_put_be16(cdb + 3, o->length == 6 ? 16 : 0);
		assay_put_be16(cdb + 7, o->length == 6 ? 0 : 20);
	}
	cdb[0] = wild && roll(2) ? (uint8_t)roll(256) : o->opcode;
	if (o->action != ASSAY_SCSI_NO_ACTION && !wild)
		cdb[1] = (uint8_t)((cdb[1] & 0xe0) | o->action);
	if ((cdb[0] == 0x16 || cdb[0] == 0x1b) && roll(4))
		cdb[0] = 0x17; /* fewer reservations and stops: they would end everything else early */
}

/* Parameter lists that have a chance; other data are noise. */
static void make_data(uint8_t *data, uint32_t length, const struct assay_scsi_operation *o)
{
	size_t header = o->length == 6 ? 4 : 8;

	for (uint32_t i = 0; i < length; i++)
		data[i] = i < 64 ? byte() : (uint8_t)i;
	if (roll(8) == 0)
		return;
	if (o->run == assay_scsi_persistent_out && length >= 24) {
		memset(data, 0, 24);
		data[7] = (uint8_t)roll(3);
		data[15] = (uint8_t)roll(3);
	} else if (o->run == assay_scsi_unmap && length >= 24) {
		memset(data, 0, 24);
		assay_put_be16(data + 2, 16);
		assay_put_be32(data + 12, roll(FIRST_BLOCKS + 2));
		assay_put_be32(data + 16, roll(300));
	} else if (o->run == assay_scsi_mode_select && length >= header + 12) {
		memset(data, 0, header + 12);
		data[header] = data[header + 1] = 0x0a; /* control page */
		data[header + 2] = (uint8_t)(roll(2) << 2);
		data[header + 4] = (uint8_t)((roll(20) == 0) << 3);
	}
}

static uint64_t make_lun(void)
{
	static const uint64_t luns[] = { UNIT(0), UNIT(1), UNIT(2), UNIT(3), UNIT(0x4000 | 300), UNIT(60),
		UNIT(0xc101) };

	return roll(40) ? luns[roll(sizeof(luns) / sizeof(luns[0]))]
			: (uint64_t)byte() << 56 | (uint64_t)byte() << 48 | roll(2);
}

static bool within(const struct assay_scsi_command *c)
{
	const struct assay_scsi_medium *m = c->unit ? &c->unit->medium : NULL;
	const uint8_t *end = c->data_in + c->data_in_given;

	if (!c->data_in_given)
		return true;
	if (m && m->ram && c->data_in >= m->ram && end <= m->ram + m->blocks * m->block_size)
		return true;
	return c->buffer && c->data_in == c->buffer->bytes && c->data_in_given <= c->buffer->capacity;
}

static bool ended_well(const struct assay_scsi_command *c)
{
	switch (c->status) {
	case ASSAY_SCSI_CHECK_CONDITION:
		return c->sense_length >= 8 && c->sense_length <= ASSAY_SENSE_MAX && c->data_in_given == 0 &&
		       (c->sense[0] & 0x7c) == 0x70;
	case ASSAY_SCSI_GOOD:
	case ASSAY_SCSI_CONDITION_MET:
	case ASSAY_SCSI_RESERVATION_CONFLICT: return c->sense_length == 0;
	default: return false;
	}
}

static void one_command(struct assay_scsi_nexus *n)
{
	struct assay_scsi_command c;
	uint8_t cdb[16], *data = NULL;
	bool whole, fine;

	memset(&c, 0xee, sizeof(c));
	make_cdb(cdb);
	c.lun = make_lun();
	c.cdb = cdb;
	c.cdb_length = roll(50) ? 16 : roll(17);
	if (assay_scsi_parse(n, &c)) {
		CU_ASSERT(ended_well(&c));
		return;
	}
	whole = roll(4) != 0;
	c.data_out_given = c.data_out_length > 65536 ? 65536 : c.data_out_length;
	if (!whole && c.data_out_given)
		c.data_out_given = roll(c.data_out_given);
	data = malloc(c.data_out_given + 1u);
	make_data(data, c.data_out_given, c.operation);
	c.data_out = data;
	if (c.data_out_given == c.data_out_length && assay_scsi_write_place(n, &c)) {
		c.data_out = assay_scsi_write_place(n, &c);
		memcpy((uint8_t *)c.data_out, data, c.data_out_given);
	}
	if (roll(500) == 0)
		assay_scsi_remove_lun(f.device, 60);
	assay_scsi_execute(n, &c);
	fine = ended_well(&c) && within(&c) && c.data_in_given <= c.data_in_length;
	if (!fine)
		fprintf(stderr, "%s: status %02x, %u bytes of data-in\n", c.operation->name, c.status,
			c.data_in_given);
	CU_ASSERT(fine);
	assay_scsi_command_done(&c);
	free(data);
}

static void one_event(void)
{
	const struct assay_lun_spec spec = { .lun = 60, .blocks = 700, .block_size = 512 };

	switch (roll(6)) {
	case 0: assay_scsi_lun_reset(f.first, make_lun()); break;
	case 1: assay_scsi_target_reset(f.second); break;
	case 2: (void)assay_scsi_add_lun(f.device, &spec, NULL); break;
	case 3:
		assay_scsi_nexus_free(f.second);
		f.second = assay_scsi_nexus_new(f.device, SECOND_NAME, roll(5), (uint16_t)(1 + roll(3)));
		break;
	case 4: assay_scsi_commands_cleared(f.first, make_lun()); break;
	default: assay_scsi_protocol_event(f.second, make_lun()); break;
	}
}

static void rounds(uint64_t seed, bool defects)
{
	state = seed;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (defects && i % 100 == 0)
			fixture_defect(&f, (enum assay_defect)roll(ASSAY_DEFECT_COUNT));
		if (roll(200) == 0)
			one_event();
		one_command(roll(3) ? f.first : f.second);
	}
	memset(f.defects, 0, sizeof(f.defects));
}

/* LUN 22 is not among the LUNs that commands go to: it must stay as it was. */
static void untouched(void)
{
	const struct outcome *o;

	fixture_calm(f.first);
	o = COMMAND(f.first, UNIT(22), 0x28, 0, 0, 0, 0, 0, 0, 0, 128);
	EXPECT_GOOD(o);
	CU_ASSERT_EQUAL(o->length, 128 * 512);
	for (uint32_t i = 0; i < o->length; i++)
		if (o->data[i]) {
			CU_FAIL("LUN 22 was written to");
			break;
		}
}

static void right_target(void)
{
	rounds(0x5eed, false);
	untouched();
}

static void defective_target(void)
{
	rounds(0xdefec7, true);
	untouched();
}

static CU_TestInfo tests[] = {
	{ "random commands", right_target },
	{ "random commands, with defects", defective_target },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fixture_open(&f);
	failed = unit_run("random", tests);
	fixture_close(&f);
	return failed;
}
