/* login_identity.c - names, ISID, TSIH, CID and the echoed fields: RFC 7143 sections 6.3.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_login_identity = {
	.name = "login",
	.desc = "names, ISID, TSIH, CID and the echoed fields",
};
