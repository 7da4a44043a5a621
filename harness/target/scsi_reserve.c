/* scsi_reserve.c - RESERVE(6) and RELEASE(6), SPC-2 sections 7.16 and 7.21, and the question whether a reservation of either kind forbids a command. */
#include "target/scsi_internal.h"

bool assay_scsi_reservation_conflict(const struct assay_scsi_command *c)
{
	const struct assay_scsi_unit *u = c->unit;

	return u->reserved_by && u->reserved_by != c->nexus &&
	       !(c->operation->flags & ASSAY_SCSI_RESERVED_OK);
}
