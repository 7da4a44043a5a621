/* data_in.c - Data-In: sequences, lengths, status: RFC 7143 sections 11.7. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_data_in = {
	.name = "data",
	.desc = "Data-In: sequences, lengths, status",
};
