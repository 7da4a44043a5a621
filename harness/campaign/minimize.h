/*
 * minimize.h - the least of a case that still does it: delta debugging (Zeller's ddmin, by complements) over what a cut can say: steps that are left out, then changes, then the numbers
 * of the changes that remain, each to the simplest that still does it (mutate.h says what is simpler); and again, until nothing becomes less. It asks whether a cut still does it, and knows
 * nothing else.
 *
 * Of a number the simplest is found by leaving out its bits as steps are left out, and by halving the distance to what does not do it: for a fault that needs at least some number that is this number.
 */
#ifndef ASSAY_CAMPAIGN_MINIMIZE_H
#define ASSAY_CAMPAIGN_MINIMIZE_H

#include "campaign/case.h"

#define ASSAY_MINIMIZE_QUESTIONS 2048 /* at most */

struct assay_minimize {
	const struct assay_case_shape *shape;
	unsigned questions; /* that are asked at most; up to ASSAY_MINIMIZE_QUESTIONS */
	/* Does it still do it with that cut? 1, 0, or a negative error, which ends it all. */
	int (*still)(void *payload, const struct assay_case_cut *cut);
	/* ASSAY_CASE_CHANGES bounds from when a case did it last. Called at the beginning, and after each answer of 1. NULL: not known. */
	const struct assay_change_bounds *(*bounds)(void *payload);
	/* After each answer: the best so far. May be NULL. */
	void (*progress)(void *payload, const struct assay_case_cut *best, unsigned asked);
	void *payload;
};

/* Begins with *cut, which does it. Returns how many questions were asked, or the error; *cut is the best so far in either case. No question is asked twice. */
int assay_minimize(struct assay_case_cut *cut, const struct assay_minimize *m);

#endif
