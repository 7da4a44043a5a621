/* scsi_reservations.c - RESERVE, RELEASE, persistent reservations: SPC-4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_reservations = {
	.name = "scsi",
	.desc = "RESERVE, RELEASE, persistent reservations",
};
