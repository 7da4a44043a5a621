/* scenarios.h - the right sequences that cases begin from. Private to campaign/. */
#ifndef ASSAY_CAMPAIGN_SCENARIOS_H
#define ASSAY_CAMPAIGN_SCENARIOS_H

#include "campaign/case.h"

#define ASSAY_SCENARIO_NO_BODY 255

struct assay_scenario {
	const char *name; /* slug */
	const struct assay_step *steps;
	uint8_t count;
	uint8_t body; /* the first step that any full feature phase of a normal session on connection 0 can go on with, or NO_BODY */
	uint8_t weight; /* how often it is drawn */
};

extern const struct assay_scenario assay_scenarios[];
extern const unsigned assay_scenario_total;

#endif
