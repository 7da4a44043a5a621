/* tmf_functions.c - task management functions: RFC 7143 sections 11.5, 11.6. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_tmf_functions = {
	.name = "tmf",
	.desc = "task management functions",
};
