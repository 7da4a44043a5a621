/* numbering_cmdsn.c - CmdSN ordering, the command window, immediate delivery: RFC 7143 sections 4.2.2.1. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_numbering_cmdsn = {
	.name = "numbering",
	.desc = "CmdSN ordering, the command window, immediate delivery",
};
