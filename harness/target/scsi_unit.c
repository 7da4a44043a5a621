/*
 * scsi_unit.c - commands about the unit as such: TEST UNIT READY, REQUEST SENSE, REPORT LUNS, START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL,
 * SEND DIAGNOSTIC. SPC-4 section 6, SBC-3 section 5.25.
 */
#include "target/scsi_internal.h"

#include <string.h>

#include "codec/bytes.h"
#include "codec/lun.h"

void assay_scsi_test_unit_ready(struct assay_scsi_command *c)
{
	/* The flags of its line have said all. */
	if (!ASSAY_SCSI_DEFECT(c, TUR_NOT_READY))
		return;
	if (c->nexus->found_ready)
		assay_scsi_check(c, ASSAY_SENSE_NOT_READY);
	c->nexus->found_ready = !c->nexus->found_ready;
}

void assay_scsi_request_sense(struct assay_scsi_command *c)
{
	bool descriptor = c->cdb[1] & 0x01 && !ASSAY_SCSI_DEFECT(c, REQUEST_SENSE_DESC_IGNORED);
	uint32_t code = ASSAY_SENSE_NONE;
	uint8_t *out;

	if (c->unit && !ASSAY_SCSI_DEFECT(c, UA_NOT_IN_REQUEST_SENSE))
		code = assay_scsi_take_attention(c->nexus, c->unit);
	else if (c->unit)
		code = ASSAY_SENSE_NONE;
	else if (c->lun != ASSAY_SCSI_REPORT_LUNS_LUN)
		code = ASSAY_SENSE_BAD_LUN;
	if (!code && c->unit && c->unit->stopped)
		code = ASSAY_SENSE_STOPPED;
	if (ASSAY_SCSI_DEFECT(c, REQUEST_SENSE_CHECK) ||
		(code == ASSAY_SENSE_BAD_LUN && ASSAY_SCSI_DEFECT(c, UNKNOWN_LUN_REQUEST_SENSE_CHECK))) {
		assay_scsi_check(c, code);
		return;
	}
	out = assay_scsi_room(c, ASSAY_SENSE_MAX);
	if (out)
		assay_scsi_give(c, assay_scsi_sense_bytes(out, code, descriptor));
}

/* The LUNs that this nexus sees; out takes ASSAY_SCSI_UNITS_MAX and three more. Bytes written. */
static size_t list_units(const struct assay_scsi_nexus *n, uint8_t *out)
{
	const struct assay_scsi_device *d = n->device;
	unsigned count = assay_scsi_defective(d, ASSAY_DEFECT_REPORT_LUNS_INCOMPLETE) ? 1 : d->unit_count;
	size_t length = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!d->units[i] || !assay_scsi_visible(n, d->units[i]))
			continue;
		if (n->late[i / 8] >> (i & 7) & 1 && assay_scsi_defective(d, ASSAY_DEFECT_REPORT_LUNS_STALE))
			continue;
		assay_put_be64(out + length, assay_lun_from_number(d->units[i]->number));
		length += 8;
	}
	if (length && assay_scsi_defective(d, ASSAY_DEFECT_REPORT_LUNS_DUPLICATE)) {
		memcpy(out + length, out, 8);
		length += 8;
	}
	if (d->removed != UINT32_MAX && assay_scsi_defective(d, ASSAY_DEFECT_REMOVED_LUN_LISTED)) {
		assay_put_be64(out + length, assay_lun_from_number(d->removed));
		length += 8;
	}
	if (assay_scsi_defective(d, ASSAY_DEFECT_REPORT_LUNS_PHANTOM)) {
		assay_put_be64(out + length, assay_lun_from_number(0x3ffe));
		length += 8;
	}
	return length;
}

void assay_scsi_report_luns(struct assay_scsi_command *c)
{
	uint8_t select = c->cdb[2]; /* 0: all but well-known ones, 1: those, 2: all */
	size_t length = 0;
	uint8_t *out;

	if (select > 2 && !ASSAY_SCSI_DEFECT(c, REPORT_LUNS_SELECT_UNCHECKED)) {
		assay_scsi_bad_cdb(c, 2, 7);
		return;
	}
	if (c->data_in_length < 16) {
		assay_scsi_bad_cdb(c, 6, 7);
		return;
	}
	out = assay_scsi_room(c, 8 + 8 * (ASSAY_SCSI_UNITS_MAX + 4));
	if (!out)
		return;
	if (select != 0) {
		assay_put_be64(out + 8, ASSAY_SCSI_REPORT_LUNS_LUN);
		length = 8;
	}
	if (select != 1 && !(select == 2 && ASSAY_SCSI_DEFECT(c, REPORT_LUNS_SELECT_ALL_EMPTY)))
		length += list_units(c->nexus, out + 8 + length);
	assay_put_be32(out, (uint32_t)length);
	if (ASSAY_SCSI_DEFECT(c, REPORT_LUNS_LENGTH_TRUNCATED) && length > c->data_in_length - 8)
		assay_put_be32(out, c->data_in_length - 8);
	assay_put_be32(out + 4, 0);
	assay_scsi_forget_inventory(c->nexus);
	assay_scsi_give(c, 8 + length);
}

static bool removal_prevented(const struct assay_scsi_unit *u)
{
	for (const struct assay_scsi_nexus *n = u->device->nexuses; n; n = n->next)
		if (n->prevent[u->slot / 8] >> (u->slot & 7) & 1)
			return true;
	return false;
}

void assay_scsi_start_stop(struct assay_scsi_command *c)
{
	bool start = c->cdb[4] & 0x01, eject = c->cdb[4] & 0x02, no_flush = c->cdb[4] & 0x04;

	if (eject && !start && removal_prevented(c->unit)) {
		assay_scsi_check(c, ASSAY_SENSE_REMOVAL_PREVENTED);
		return;
	}
	if (eject) { /* nothing in it can be taken out */
		assay_scsi_bad_cdb(c, 4, 1);
		return;
	}
	if (!start && !no_flush && assay_scsi_medium_sync(&c->unit->medium)) {
		assay_scsi_check(c, ASSAY_SENSE_WRITE_ERROR);
		return;
	}
	c->unit->stopped = !start && !ASSAY_SCSI_DEFECT(c, STOP_IGNORED);
}

void assay_scsi_prevent_allow(struct assay_scsi_command *c)
{
	unsigned prevent = c->cdb[4] & 0x03, slot = c->unit->slot;
	uint8_t *byte = &c->nexus->prevent[slot / 8], bit = (uint8_t)(1u << (slot & 7));

	if (prevent > 1)
		assay_scsi_bad_cdb(c, 4, 1);
	else
		*byte = (uint8_t)(prevent ? *byte | bit : *byte & ~bit);
}

/* The default self-test has nothing to find; there are no diagnostic pages. */
int assay_scsi_prepare_diagnostic(struct assay_scsi_command *c)
{
	return assay_get_be16(c->cdb + 3) ? assay_scsi_bad_cdb(c, 3, 7) : 0;
}

void assay_scsi_send_diagnostic(struct assay_scsi_command *c)
{
	if (ASSAY_SCSI_DEFECT(c, SELF_TEST_NOT_READY))
		assay_scsi_check(c, ASSAY_SENSE_NOT_READY);
}
