/* scsi_write.c - WRITE: SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_write = {
	.name = "scsi",
	.desc = "WRITE",
};
