/* login_sessions.c - session and connection reinstatement, several connections: RFC 7143 sections 6.3.5, 4.4. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_login_sessions = {
	.name = "login",
	.desc = "session and connection reinstatement, several connections",
};
