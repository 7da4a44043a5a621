/* login_text.c - text of the login: C bit, syntax, lengths: RFC 7143 sections 6.1, 11.12.2. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_login_text = {
	.name = "login",
	.desc = "text of the login: C bit, syntax, lengths",
};
