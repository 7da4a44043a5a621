/*
 * promote.h - a finding made to stay: the source of a conformance test, and a seed for the in-process fuzzer of the target's session. Made from the finding's folder alone; no target is
 * asked. A person names the requirement and the defect of the record, and cuts it down: it is a beginning that compiles and fails where the finding is.
 */
#ifndef ASSAY_CAMPAIGN_PROMOTE_H
#define ASSAY_CAMPAIGN_PROMOTE_H

#include "codec/error.h"

struct assay_promoted {
	char test[4096]; /* path of the source */
	char seed[4096]; /* and of the seed */
};

/* From the folder of a finding into the folder out_dir, which is there; files that are there are not touched. 0; ASSAY_E_SYNTAX in words for a folder that is none, or whose PDUs were too many to
 * be kept; ASSAY_E_REFUSED for a finding that no test of a target fails for: in an initiator, of memory, of time; ASSAY_E_IO. */
int assay_promote(
	struct assay_promoted *out, const char *folder, const char *out_dir, struct assay_error *err);

#endif
