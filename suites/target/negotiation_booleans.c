/* negotiation_booleans.c - boolean keys: AND, OR: RFC 7143 sections 6.2.2, 13. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_negotiation_booleans = {
	.name = "negotiation",
	.desc = "boolean keys: AND, OR",
};
