/* scsi_provisioning.c - UNMAP, WRITE SAME, GET LBA STATUS: SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_provisioning = {
	.name = "scsi",
	.desc = "UNMAP, WRITE SAME, GET LBA STATUS",
};
