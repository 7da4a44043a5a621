/* data_out_solicited.c - R2T and solicited data: RFC 7143 sections 11.8. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_data_out_solicited = {
	.name = "data",
	.desc = "R2T and solicited data",
};
