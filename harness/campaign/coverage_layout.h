/*
 * coverage_layout.h - the file that an instrumented target and a campaign share: the target counts in it which edges of its code it went through, the campaign looks and
 * clears. Needs nothing else of this project, for fuzz/coverage_runtime.c is compiled into other people's programs.
 */
#ifndef ASSAY_CAMPAIGN_COVERAGE_LAYOUT_H
#define ASSAY_CAMPAIGN_COVERAGE_LAYOUT_H

#include <stdint.h>

#define ASSAY_COVERAGE_ENV   "ASSAY_COVERAGE_MAP" /* the file's name */
#define ASSAY_COVERAGE_MAGIC UINT64_C(0x31766f6379617373) /* "ssaycov1" */
#define ASSAY_COVERAGE_EDGES 131072u /* a target with more shares counters */

struct assay_coverage_layout {
	uint64_t magic; /* by the campaign: a target counts in no file that lacks it */
	uint32_t edges; /* by the target: how many it has */
	uint32_t reserved;
	uint8_t count[ASSAY_COVERAGE_EDGES]; /* times since it was cleared, 255 at most */
};

#endif
