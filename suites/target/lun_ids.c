/* lun_ids.c - SCSI ids: designators, serial numbers, tgt's scheme: SPC-4 7.8, SAM-5. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_lun_ids = {
	.name = "lun",
	.desc = "SCSI ids: designators, serial numbers, tgt's scheme",
};
