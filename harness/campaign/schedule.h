/*
 * schedule.h - which case has its turn. A turn is a number: shard K of N has every Nth, so shards overlap in nothing and together leave nothing out. A turn is its base case's
 * number, or, once there are kept cases, half of the time that of a child of one of them: which one follows from seed, turn and what is kept.
 */
#ifndef ASSAY_CAMPAIGN_SCHEDULE_H
#define ASSAY_CAMPAIGN_SCHEDULE_H

#include <stdbool.h>

#include "campaign/case.h"

#define ASSAY_KEPT_MAX   4096 /* cases that are parents at a time */
#define ASSAY_KEPT_FAULT 3 /* children that crashed the target, after which a parent has no more of them */

struct assay_kept {
	struct assay_case_id id;
	uint32_t faults; /* of its children */
	uint32_t children; /* played so far */
	uint32_t news; /* of them, that were kept themselves */
};

struct assay_schedule {
	uint64_t seed;
	unsigned shard, shards; /* K of N, from 1 */
	bool no_children; /* base cases only */
	struct assay_kept *kept; /* ASSAY_KEPT_MAX */
	unsigned count;
};

int assay_schedule_init(struct assay_schedule *s, uint64_t seed, unsigned shard, unsigned shards,
	bool no_children); /* 0 or ASSAY_E_NOMEM */
void assay_schedule_free(struct assay_schedule *s);

/* Has this shard that turn? */
bool assay_schedule_has(const struct assay_schedule *s, uint32_t turn);
/* The case of a turn. *parent: index of the kept case whose child it is; negative: none. */
void assay_schedule_pick(
	struct assay_case_id *out, int *parent, const struct assay_schedule *s, uint32_t turn);
/* What became of it: a child that faulted counts against its parent, one that was new for it. */
void assay_schedule_note(struct assay_schedule *s, int parent, bool fault, bool new);
/* Keeps a case as a parent. Where there is no room it takes the place of the one with most children for least news. */
void assay_schedule_keep(struct assay_schedule *s, const struct assay_case_id *id);

#endif
