/* reject_reasons.c - Reject: reasons, what it carries, what goes on after it: RFC 7143 sections 11.17. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_reject_reasons = {
	.name = "reject",
	.desc = "Reject: reasons, what it carries, what goes on after it",
};
