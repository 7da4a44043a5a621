/* scsi_capacity.c - READ CAPACITY: SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_capacity = {
	.name = "scsi",
	.desc = "READ CAPACITY",
};
