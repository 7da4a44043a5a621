/* lun_mapping.c - REPORT LUNS, LUN addressing, access rights: SAM-5 4.7, SPC-4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_lun_mapping = {
	.name = "lun",
	.desc = "REPORT LUNS, LUN addressing, access rights",
};
