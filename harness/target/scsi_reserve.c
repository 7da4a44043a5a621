/* scsi_reserve.c - RESERVE(6) and RELEASE(6), SPC-2 sections 7.16 and 7.21, and the question whether a reservation of either kind forbids a command. */
#include "target/scsi_internal.h"

#include <string.h>

bool assay_scsi_is_all_registrants(uint8_t type)
{
	return type == ASSAY_WRITE_EXCLUSIVE_ALL || type == ASSAY_EXCLUSIVE_ACCESS_ALL;
}

bool assay_scsi_is_registrants_only(uint8_t type)
{
	return type >= ASSAY_WRITE_EXCLUSIVE_REGISTRANTS;
}

static bool is_write_exclusive(uint8_t type)
{
	return type == ASSAY_WRITE_EXCLUSIVE || type == ASSAY_WRITE_EXCLUSIVE_REGISTRANTS ||
	       type == ASSAY_WRITE_EXCLUSIVE_ALL;
}

int assay_scsi_registration(const struct assay_scsi_persistent *p, const struct assay_scsi_nexus *n)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct assay_scsi_registrant *r = &p->registrants[i];

		if (r->isid == n->isid && r->tpgt == n->tpgt && strcmp(r->initiator, n->initiator) == 0)
			return (int)i;
	}
	return -1;
}

bool assay_scsi_holds_persistent(const struct assay_scsi_persistent *p, const struct assay_scsi_nexus *n)
{
	int mine = p->type ? assay_scsi_registration(p, n) : -1;

	return mine >= 0 && (assay_scsi_is_all_registrants(p->type) || (unsigned)mine == p->holder);
}

/* START STOP UNIT and PREVENT ALLOW are allowed in their harmless direction. SPC-4 table 66, SBC-3 table 12. */
static bool harmless(const struct assay_scsi_command *c)
{
	if (c->operation->run == assay_scsi_start_stop)
		return c->cdb[4] & 0x01;
	return c->operation->run == assay_scsi_prevent_allow && !(c->cdb[4] & 0x03);
}

static bool persistent_conflict(const struct assay_scsi_command *c)
{
	const struct assay_scsi_persistent *p = &c->unit->persistent;
	uint16_t flags = c->operation->flags;

	if (!p->type || flags & ASSAY_SCSI_PERSISTENT_OK || assay_scsi_holds_persistent(p, c->nexus))
		return false;
	if (assay_scsi_is_registrants_only(p->type) && assay_scsi_registration(p, c->nexus) >= 0)
		return false;
	if (flags & ASSAY_SCSI_PERSISTENT_READ) {
		if (is_write_exclusive(p->type) && !ASSAY_SCSI_DEFECT(c, PR_READ_FENCED))
			return false;
		if (ASSAY_SCSI_DEFECT(c, PR_READ_NOT_FENCED))
			return false;
	} else if (ASSAY_SCSI_DEFECT(c, PR_WRITE_NOT_FENCED)) {
		return false;
	}
	return !harmless(c);
}

/* Neither kind of reservation exists beside the other (CRH is 0). */
static bool other_kind(const struct assay_scsi_command *c)
{
	const struct assay_scsi_operation *o = c->operation;

	if (o->run == assay_scsi_reserve || o->run == assay_scsi_release)
		return c->unit->persistent.count != 0 && !ASSAY_SCSI_DEFECT(c, RESERVE_BESIDE_KEYS);
	return c->unit->reserved_by &&
	       (o->run == assay_scsi_persistent_in || o->run == assay_scsi_persistent_out);
}

bool assay_scsi_reservation_conflict(const struct assay_scsi_command *c)
{
	const struct assay_scsi_unit *u = c->unit;

	if (!u->reserved_by && !u->persistent.count)
		return false;
	if (u->reserved_by && u->reserved_by != c->nexus && !(c->operation->flags & ASSAY_SCSI_RESERVED_OK))
		return true;
	return other_kind(c) || persistent_conflict(c);
}

void assay_scsi_reserve(struct assay_scsi_command *c)
{
	if (!ASSAY_SCSI_DEFECT(c, RESERVE_NOT_FENCED))
		c->unit->reserved_by = c->nexus;
}

void assay_scsi_release(struct assay_scsi_command *c)
{
	if (c->unit->reserved_by == c->nexus || ASSAY_SCSI_DEFECT(c, RELEASE_BY_ANYONE))
		c->unit->reserved_by = NULL;
}
