/*
 * minimize.h - the least of a case that still does it: delta debugging (Zeller's ddmin, by complements) over what a cut can leave out, steps first, then changes. It asks whether a cut
 * still does it, and knows nothing else.
 */
#ifndef ASSAY_CAMPAIGN_MINIMIZE_H
#define ASSAY_CAMPAIGN_MINIMIZE_H

#include "campaign/case.h"

/* Does it still do it with that left out? 1, 0, or a negative error, which ends it all. */
typedef int assay_still_fn(void *payload, const struct assay_case_cut *cut);

/* Begins with *cut, which does it, and leaves more out, until nothing more can be, or after so many questions. Returns how many were asked, or the error; *cut is the
 * best so far in either case. */
int assay_minimize(struct assay_case_cut *cut, unsigned steps, unsigned changes, unsigned questions,
	assay_still_fn *still, void *payload);

#endif
