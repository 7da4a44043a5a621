/* fake_rig.h - a rig for tests with nothing behind it: what a case does follows from its id, so a campaign over it can be reckoned. */
#ifndef ASSAY_CAMPAIGN_TEST_FAKE_RIG_H
#define ASSAY_CAMPAIGN_TEST_FAKE_RIG_H

#include "campaign/rig.h"

struct fake_rig {
	uint64_t plays;
	unsigned starts;
	uint64_t memory; /* bytes */
	unsigned leak; /* base cases whose number is a multiple of it cost 4 KiB each time; 0: none */
	unsigned once; /* base cases below it cost 12 KiB when they are played first; 0: none */
	unsigned crash; /* and of this one crash; 0: none */
	unsigned fresh; /* and of this one reach something new the first time, children too; 0: none */
	uint64_t gone_after; /* plays after which the other side does not come back; 0: never */
	uint64_t stop_after; /* plays after which *stop is set; 0: never */
	volatile int stop;
	uint8_t seen[4096]; /* base cases that were played, and how often */
};

struct assay_rig fake_rig(struct fake_rig *f);

#endif
