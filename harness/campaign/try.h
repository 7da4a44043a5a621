/* try.h - one case, once more, and ten times: does what was found happen again? */
#ifndef ASSAY_CAMPAIGN_TRY_H
#define ASSAY_CAMPAIGN_TRY_H

#include "campaign/finding.h"

struct assay_trier {
	const struct assay_rig *rig;
	const volatile int *stop; /* may be NULL */
	uint64_t until; /* monotonic nanoseconds after which nothing more is tried; 0: no end */
	/* What a repetition showed instead of the key that it is about; 0 or a negative error, which ends it. May be NULL. */
	int (*other)(void *payload, const struct assay_case_name *name, const struct assay_judged *judged,
		struct assay_error *err);
	/* While a case is made less: the best so far, after so many tries. May be NULL. */
	void (*progress)(void *payload, const struct assay_case_name *best, unsigned tries);
	void *payload;
};

bool assay_trier_ended(const struct assay_trier *t);
/* Once; a growth of memory is measured over many plays. 0 with *out set, or a negative error of the rig. */
int assay_try(struct assay_judged *out, const struct assay_trier *t, const struct assay_case_name *name,
	bool memory, struct assay_error *err);
/* Up to so many times, each time with a target that is well: found->tried and found->repeats of its key. last (may be NULL): one that showed it, if any did. 0 or a negative error of the rig. */
int assay_try_again(struct assay_found *found, struct assay_judged *last, const struct assay_trier *t,
	unsigned times, struct assay_error *err);
/* The least of found->name, which was played last, that still shows found->key, into *out. Returns how many were tried, or a negative error, ASSAY_E_TIMEOUT when it was stopped:
 * *out is the best so far. */
int assay_try_less(struct assay_case_name *out, const struct assay_found *found, const struct assay_trier *t,
	struct assay_error *err);

#endif
