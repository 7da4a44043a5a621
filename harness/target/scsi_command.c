/*
 * scsi_command.c - the table of commands, and the way of a command through it: LUN, unit attention, opcode, reserved bits, reservations, state of
 * the unit, then the command's own checks and its work. SAM-5 section 5, SPC-4 section 4.3. It knows no command by itself.
 */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/lun.h"

#define NO   ASSAY_SCSI_NO_ACTION
#define IN   ASSAY_SCSI_DATA_IN
#define OUT  ASSAY_SCSI_DATA_OUT
#define NONE ASSAY_SCSI_NO_DATA
#define ALWAYS                                                                                               \
	(ASSAY_SCSI_NO_ATTENTION | ASSAY_SCSI_ANY_LUN | ASSAY_SCSI_WELL_KNOWN | ASSAY_SCSI_RESERVED_OK |     \
		ASSAY_SCSI_PERSISTENT_OK)
#define FREE       ASSAY_SCSI_PERSISTENT_OK
#define READS      (ASSAY_SCSI_MEDIUM | ASSAY_SCSI_PERSISTENT_READ)
#define WRITES     (ASSAY_SCSI_MEDIUM | ASSAY_SCSI_WRITES)
#define LBA4       0xff, 0xff, 0xff, 0xff
#define GROUP      0x1f /* GROUP NUMBER: taken and without effect, as initiators expect where GROUP_SUP is 0 */
#define LAST       0xff
#define LBA8       LBA4, LBA4
#define PREPARE(x) assay_scsi_prepare_##x
#define RUN(x)     assay_scsi_##x

/* Ascending by opcode and service action. The bits of byte 0 and of the service action are not looked at in usage. */
const struct assay_scsi_operation assay_scsi_operations[] = {
#include "target/scsi_operations.def"
};
const unsigned assay_scsi_operation_count = sizeof(assay_scsi_operations) / sizeof(assay_scsi_operations[0]);

void assay_scsi_index_operations(uint8_t first[256])
{
	memset(first, 0xff, 256);
	for (unsigned i = assay_scsi_operation_count; i-- > 0;)
		first[assay_scsi_operations[i].opcode] = (uint8_t)i;
}

const struct assay_scsi_operation *assay_scsi_find_operation(
	const struct assay_scsi_device *d, uint8_t opcode, uint8_t action, bool *opcode_known)
{
	*opcode_known = d->first[opcode] != 0xff;
	for (unsigned i = d->first[opcode]; i < assay_scsi_operation_count; i++) {
		const struct assay_scsi_operation *o = &assay_scsi_operations[i];

		if (o->opcode != opcode)
			break;
		if (o->action == ASSAY_SCSI_NO_ACTION || o->action == action)
			return o;
	}
	return NULL;
}

/* Bits that a defect makes us overlook. */
static bool overlooked(const struct assay_scsi_command *c, unsigned byte, unsigned bit)
{
	static const struct {
		enum assay_defect defect;
		void (*run)(struct assay_scsi_command *c); /* NULL: every command */
		uint8_t byte; /* LAST: the control byte */
		uint8_t mask;
	} relaxed[] = {
		{ ASSAY_DEFECT_NACA_IGNORED, NULL, LAST, 0x04 },
		{ ASSAY_DEFECT_POWER_CONDITION_UNCHECKED, assay_scsi_start_stop, 4, 0xf0 },
		{ ASSAY_DEFECT_WRITE_SAME_ANCHOR_IGNORED, assay_scsi_write_same, 1, 0x10 },
		{ ASSAY_DEFECT_MODE_SP_IGNORED, assay_scsi_mode_select, 1, 0x01 },
		{ ASSAY_DEFECT_RDPROTECT_IGNORED, assay_scsi_read, 1, 0xe0 },
		{ ASSAY_DEFECT_WRPROTECT_IGNORED, assay_scsi_write_blocks, 1, 0xe0 },
	};
	const struct assay_scsi_operation *o = c->operation;

	for (size_t i = 0; i < sizeof(relaxed) / sizeof(relaxed[0]); i++)
		if (byte == (relaxed[i].byte == LAST ? o->length - 1u : relaxed[i].byte) &&
			relaxed[i].mask >> bit & 1 && (!relaxed[i].run || relaxed[i].run == o->run) &&
			assay_scsi_defective(c->nexus->device, relaxed[i].defect))
			return true;
	return false;
}

/* A bit that means nothing to us is set: reserved, obsolete, or an option that we lack. Which: *byte, *bit. */
static bool unused_bits(const struct assay_scsi_command *c, unsigned *byte, unsigned *bit)
{
	const struct assay_scsi_operation *o = c->operation;
	const uint8_t *cdb = c->cdb;

	for (unsigned i = 1; i < o->length; i++) {
		uint8_t allowed = o->usage[i];

		if (i == 1 && o->action != ASSAY_SCSI_NO_ACTION)
			allowed |= 0x1f;
		if (cdb[i] & ~allowed) {
			*byte = i;
			*bit = 31 - (unsigned)__builtin_clz((unsigned)(cdb[i] & ~allowed));
			return !overlooked(c, *byte, *bit);
		}
	}
	return false;
}

static bool was_removed(const struct assay_scsi_command *c)
{
	uint32_t removed = c->nexus->device->removed;

	return removed != UINT32_MAX && c->lun == assay_lun_from_number(removed);
}

static int lun_missing(struct assay_scsi_command *c)
{
	const struct assay_scsi_operation *o = c->operation;

	if (c->lun == ASSAY_SCSI_REPORT_LUNS_LUN) {
		if (o && o->flags & ASSAY_SCSI_WELL_KNOWN)
			return 0;
		return assay_scsi_check(c, ASSAY_SENSE_BAD_OPCODE);
	}
	if (o && o->flags & ASSAY_SCSI_ANY_LUN)
		return 0;
	if (o && o->run == assay_scsi_report_luns && c->lun == 0)
		return 0; /* LUN 0 answers it, unit or no unit */
	if (ASSAY_SCSI_DEFECT(c, UNKNOWN_LUN_GOOD) ||
		(ASSAY_SCSI_DEFECT(c, REMOVED_LUN_ANSWERS) && was_removed(c)))
		return 1;
	return assay_scsi_check(
		c, ASSAY_SCSI_DEFECT(c, UNKNOWN_LUN_WRONG_SENSE) ? ASSAY_SENSE_BAD_CDB : ASSAY_SENSE_BAD_LUN);
}

/* The unit attention that ends this command, or 0. */
static uint32_t attention(struct assay_scsi_command *c)
{
	const struct assay_scsi_operation *o = c->operation;

	if (o && o->flags & ASSAY_SCSI_NO_ATTENTION) {
		if (o->run != assay_scsi_inquiry)
			return 0;
		if (ASSAY_SCSI_DEFECT(c, UA_CLEARED_BY_INQUIRY))
			assay_scsi_take_attention(c->nexus, c->unit);
		if (!ASSAY_SCSI_DEFECT(c, UA_ON_INQUIRY))
			return 0;
	}
	return assay_scsi_take_attention(c->nexus, c->unit);
}

static int bad_opcode(struct assay_scsi_command *c)
{
	if (ASSAY_SCSI_DEFECT(c, UNKNOWN_OPCODE_GOOD))
		return 1;
	return assay_scsi_check(c, ASSAY_SCSI_DEFECT(c, UNKNOWN_OPCODE_WRONG_SENSE) ? ASSAY_SENSE_BAD_CDB
										    : ASSAY_SENSE_BAD_OPCODE);
}

/* What ends a command before its own fields are looked at. */
static int refuse(struct assay_scsi_command *c, bool opcode_known)
{
	const struct assay_scsi_operation *o = c->operation;
	uint32_t code = c->unit ? attention(c) : 0;
	unsigned byte, bit;

	if (!c->unit && lun_missing(c))
		return 1;
	if (code)
		return assay_scsi_check(c, code);
	if (!o && opcode_known)
		return assay_scsi_bad_cdb(c, 1, 4); /* the service action */
	if (!o || c->cdb_length < o->length)
		return bad_opcode(c);
	if (unused_bits(c, &byte, &bit))
		return assay_scsi_bad_cdb(c, byte, bit);
	if (!c->unit)
		return 0;
	if (assay_scsi_reservation_conflict(c)) {
		c->status = ASSAY_SCSI_RESERVATION_CONFLICT;
		return 1;
	}
	if (o->flags & ASSAY_SCSI_MEDIUM && c->unit->stopped)
		return assay_scsi_check(c, ASSAY_SENSE_STOPPED);
	return 0;
}

static int ended(struct assay_scsi_command *c)
{
	c->data_in_length = 0;
	c->data_out_length = 0;
	assay_scsi_command_done(c);
	return 1;
}

int assay_scsi_parse(struct assay_scsi_nexus *n, struct assay_scsi_command *c)
{
	bool opcode_known = false;

	c->nexus = n;
	c->buffer = NULL;
	c->operation = NULL;
	c->data_in = NULL;
	c->data_out = NULL;
	c->data_out_length = c->data_in_length = c->data_in_given = c->data_out_given = 0;
	c->status = ASSAY_SCSI_GOOD;
	c->sense_length = 0;
	c->unit = assay_scsi_find(n, c->lun);
	if (c->unit)
		c->unit->references++;
	if (c->cdb_length >= 6)
		c->operation = assay_scsi_find_operation(
			n->device, c->cdb[0], c->cdb[1] & 0x1f, &opcode_known);
	if (opcode_known && !c->operation && ASSAY_SCSI_DEFECT(c, SERVICE_ACTION_UNCHECKED))
		c->operation = &assay_scsi_operations[n->device->first[c->cdb[0]]];
	if (refuse(c, opcode_known) || c->operation->prepare(c))
		return ended(c);
	if (c->operation->flags & ASSAY_SCSI_WRITES && c->unit &&
		(c->unit->read_only || (c->unit->modes.swp && !ASSAY_SCSI_DEFECT(c, SWP_IGNORED)))) {
		assay_scsi_check(c, ASSAY_SENSE_WRITE_PROTECTED);
		return ended(c);
	}
	return 0;
}

void assay_scsi_execute(struct assay_scsi_nexus *n, struct assay_scsi_command *c)
{
	c->nexus = n;
	c->status = ASSAY_SCSI_GOOD;
	c->sense_length = 0;
	if (c->unit && c->unit->removed)
		assay_scsi_check(c, ASSAY_SENSE_BAD_LUN);
	else
		c->operation->run(c);
}

int assay_scsi_prepare_none(struct assay_scsi_command *c)
{
	(void)c;
	return 0;
}
