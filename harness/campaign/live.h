/* live.h - the rig (rig.h) for a live target: a player, and the process of the target where it is ours. */
#ifndef ASSAY_CAMPAIGN_LIVE_H
#define ASSAY_CAMPAIGN_LIVE_H

#include "campaign/coverage_map.h"
#include "campaign/process.h"
#include "campaign/rig.h"

struct assay_live_rig {
	struct assay_process process;
	struct assay_player *player;
	struct assay_coverage_map
		*map; /* of the target's own code; for one that is not instrumented nothing is ever new */
	struct assay_case made; /* the case played last */
	bool random; /* cases are bytes without structure that follow from their ids */
};

/* Starts the target where the profile says how, and learns what it breaks anyway. The profile outlives it. 0; ASSAY_E_SYNTAX for a bad command; another negative error: the target
 * is not there, or not well before anything was broken. End it with assay_live_end in either case. */
int assay_live_begin(struct assay_live_rig *l, struct assay_rig *rig, struct assay_profile *profile,
	const struct assay_play_options *options, bool random, const volatile int *stop,
	struct assay_error *err);
void assay_live_end(struct assay_live_rig *l);

#endif
