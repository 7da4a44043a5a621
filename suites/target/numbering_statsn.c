/* numbering_statsn.c - StatSN, DataSN and their kin as the target counts them: RFC 7143 sections 4.2.2.2. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_numbering_statsn = {
	.name = "numbering",
	.desc = "StatSN, DataSN and their kin as the target counts them",
};
