/* login_errors.c - what ends a login: status class and detail, versions, other PDUs: RFC 7143 sections 6.3, 11.13.5. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_login_errors = {
	.name = "login",
	.desc = "what ends a login: status class and detail, versions, other PDUs",
};
