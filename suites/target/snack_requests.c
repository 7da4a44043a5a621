/* snack_requests.c - SNACK where recovery is and is not offered: RFC 7143 sections 11.16. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_snack_requests = {
	.name = "snack",
	.desc = "SNACK where recovery is and is not offered",
};
