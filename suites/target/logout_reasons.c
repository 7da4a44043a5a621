/* logout_reasons.c - Logout Request and Response: RFC 7143 sections 11.14, 11.15. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_logout_reasons = {
	.name = "logout",
	.desc = "Logout Request and Response",
};
