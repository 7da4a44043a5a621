/* scsi_vpd.c - INQUIRY: vital product data: SPC-4 7.8. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_vpd = {
	.name = "scsi",
	.desc = "INQUIRY: vital product data",
};
