/* scsi_sense.c - sense data, unit attentions, REQUEST SENSE: SPC-4, SAM-5. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_sense = {
	.name = "scsi",
	.desc = "sense data, unit attentions, REQUEST SENSE",
};
