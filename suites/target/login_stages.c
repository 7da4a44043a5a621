/* login_stages.c - stages and their transitions: RFC 7143 sections 6.3. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_login_stages = {
	.name = "login",
	.desc = "stages and their transitions",
};
