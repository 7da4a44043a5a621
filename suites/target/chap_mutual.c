/* chap_mutual.c - the target proves who it is: RFC 7143 sections 12.1.3, 9.2.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_chap_mutual = {
	.name = "chap",
	.desc = "the target proves who it is",
};
