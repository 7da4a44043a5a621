/* scsi_verify.c - VERIFY, WRITE AND VERIFY, COMPARE AND WRITE: SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_verify = {
	.name = "scsi",
	.desc = "VERIFY, WRITE AND VERIFY, COMPARE AND WRITE",
};
