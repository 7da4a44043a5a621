/*
 * growth.h - does the other side's memory grow for good, and which case makes it? The memory is looked at every so many cases; when it has grown by more than a target keeps anyway, the
 * cases of late are played again, each and then by halves, until one is left that makes it grow every time.
 */
#ifndef ASSAY_CAMPAIGN_GROWTH_H
#define ASSAY_CAMPAIGN_GROWTH_H

#include "campaign/try.h"

#define ASSAY_GROWTH_CASES 2048 /* of late, that one is looked for in */
#define ASSAY_GROWTH_PLAYS 1024 /* of one case, to measure it */
#define ASSAY_GROWTH_LEAST 256 /* bytes that a play must cost to be a finding */

struct assay_growth {
	struct assay_case_id *late; /* ring of ASSAY_GROWTH_CASES */
	uint64_t noted; /* in all */
	uint64_t since; /* of them, since the level was set */
	uint64_t level; /* bytes; 0: not set yet */
	uint64_t step; /* bytes above the level that make us look */
	unsigned starts; /* of the other side, when the level was set */
};

int assay_growth_init(struct assay_growth *g); /* 0 or ASSAY_E_NOMEM */
void assay_growth_free(struct assay_growth *g);

/* A case was played. Returns whether memory has grown so that it should be looked into. */
bool assay_growth_note(struct assay_growth *g, const struct assay_rig *rig, const struct assay_case_id *id);
/* Looks for the case, until the trier has to end. 1 with *out and *name set; 0: none makes it grow every time; or a negative error of the rig. The level is set anew, and the next step is twice as long. */
int assay_growth_find(struct assay_judged *out, struct assay_case_name *name, struct assay_growth *g,
	const struct assay_trier *t, struct assay_error *err);

/* Plays one case until it is known what a play costs. 1: it costs at least ASSAY_GROWTH_LEAST bytes, *out is the last play, with outcome MEMORY and growth; 0: it
 * does not; or a negative error. */
int assay_growth_measure(struct assay_judged *out, const struct assay_trier *t,
	const struct assay_case_name *name, struct assay_error *err);

#endif
