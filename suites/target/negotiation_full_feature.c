/* negotiation_full_feature.c - negotiation by Text Requests in the full feature phase: RFC 7143 sections 6.4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_negotiation_full_feature = {
	.name = "negotiation",
	.desc = "negotiation by Text Requests in the full feature phase",
};
