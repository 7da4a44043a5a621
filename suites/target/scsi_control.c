/* scsi_control.c - TEST UNIT READY, START STOP UNIT, SYNCHRONIZE CACHE, CDB errors, REPORT SUPPORTED OPERATION CODES: SPC-4, SBC-3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_scsi_control = {
	.name = "scsi",
	.desc = "TEST UNIT READY, START STOP UNIT, SYNCHRONIZE CACHE, CDB errors, REPORT SUPPORTED OPERATION "
		"CODES",
};
