/* negotiation_general.c - unknown, repeated, irrelevant and misplaced keys: RFC 7143 sections 6.2, 6.4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_negotiation_general = {
	.name = "negotiation",
	.desc = "unknown, repeated, irrelevant and misplaced keys",
};
