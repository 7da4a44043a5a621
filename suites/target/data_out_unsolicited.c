/* data_out_unsolicited.c - immediate and unsolicited data: RFC 7143 sections 4.2.4, 11.7. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_data_out_unsolicited = {
	.name = "data",
	.desc = "immediate and unsolicited data",
};
