/* negotiation_digests.c - HeaderDigest, DataDigest and list values: RFC 7143 sections 6.2.1, 13.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_negotiation_digests = {
	.name = "negotiation",
	.desc = "HeaderDigest, DataDigest and list values",
};
