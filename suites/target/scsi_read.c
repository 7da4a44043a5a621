/* scsi_read.c - READ: SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_read = {
	.name = "scsi",
	.desc = "READ",
};
