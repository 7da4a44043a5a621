/* minimize_internal.h - what minimize.c (sets) and minimize_value.c (numbers) share. */
#ifndef ASSAY_CAMPAIGN_MINIMIZE_INTERNAL_H
#define ASSAY_CAMPAIGN_MINIMIZE_INTERNAL_H

#include "campaign/minimize.h"

#define SEARCH_REFUSED (2 * ASSAY_MINIMIZE_QUESTIONS) /* a power of two */

struct assay_search {
	const struct assay_minimize *m;
	struct assay_case_cut *best;
	struct assay_change_bounds bounds[ASSAY_CASE_CHANGES];
	unsigned asked;
	uint64_t refused[SEARCH_REFUSED]; /* hashes of what does not do it; 0: free */
};

/* What of is asked for: the same case with these bits of something kept. What it is stands in aim. */
typedef int assay_search_fn(struct assay_search *s, const void *aim, uint64_t kept);

/* Asks, where it is another than the best and was not asked before; it becomes the best when it does it. 1, 0, or an error. */
int assay_search_try(struct assay_search *s, const struct assay_case_cut *cut);
/* Leaves out what can be left out of the bits in *kept, by asking with fewer of them. 1 when something was, 0, or an error. */
int assay_search_reduce(struct assay_search *s, const void *aim, uint64_t *kept, assay_search_fn *ask);
/* The numbers of the change n, each to the simplest: as above. */
int assay_search_numbers(struct assay_search *s, unsigned n);

#endif
