/* discovery_send_targets.c - SendTargets in discovery and normal sessions: RFC 7143 sections 4.3, C. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_discovery_send_targets = {
	.name = "discovery",
	.desc = "SendTargets in discovery and normal sessions",
};
