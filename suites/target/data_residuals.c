/* data_residuals.c - residual counts and flags: RFC 7143 sections 11.4.5. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_data_residuals = {
	.name = "data",
	.desc = "residual counts and flags",
};
