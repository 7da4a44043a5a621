/* digest_errors.c - header and data digests in use, and wrong ones: RFC 7143 sections 7.7, 13.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_digest_errors = {
	.name = "digest",
	.desc = "header and data digests in use, and wrong ones",
};
