/* scsi_inquiry.c - INQUIRY: standard data: SPC-4 6.6. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_inquiry = {
	.name = "scsi",
	.desc = "INQUIRY: standard data",
};
