/* nop_ping.c - NOP-Out and NOP-In: RFC 7143 sections 11.18, 11.19. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_nop_ping = {
	.name = "nop",
	.desc = "NOP-Out and NOP-In",
};
