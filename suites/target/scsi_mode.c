/* scsi_mode.c - MODE SENSE and MODE SELECT: SPC-4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_mode = {
	.name = "scsi",
	.desc = "MODE SENSE and MODE SELECT",
};
