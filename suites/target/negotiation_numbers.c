/* negotiation_numbers.c - numerical keys: ranges and result functions: RFC 7143 sections 6.2.2, 13. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_negotiation_numbers = {
	.name = "negotiation",
	.desc = "numerical keys: ranges and result functions",
};
