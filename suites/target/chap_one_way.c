/* chap_one_way.c - the initiator proves who it is: RFC 7143 sections 12.1.3, 9.2.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_chap_one_way = {
	.name = "chap",
	.desc = "the initiator proves who it is",
};
