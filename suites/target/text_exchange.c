/* text_exchange.c - Text Request and Response: tags, F and C bits, resets: RFC 7143 sections 11.10, 11.11. */
#include "suites/target/target_suites.h"

const struct assay_suite assay_suite_text_exchange = {
	.name = "text",
	.desc = "Text Request and Response: tags, F and C bits, resets",
};
