/*
 * fleet.h - the targets of one run: the one that all jobs share, or (with [exec] for-each-job) one for each job. It starts and ends them through
 * keeper.h, and knows no tests.
 */
#ifndef ASSAY_RUNNER_FLEET_H
#define ASSAY_RUNNER_FLEET_H

#include "runner/keeper.h"

struct assay_member {
	struct assay_profile *profile; /* expanded: ports and folder of this one */
	struct assay_keeper keeper;
	bool used; /* a test has run since it was started */
	bool broken; /* it crashed or fell silent, and has to be started again */
	bool silent; /* the latter: when it says nothing right after its start either, no test is of use */
};

struct assay_fleet {
	struct assay_member *members; /* the first has the caller's profile */
	size_t count; /* 1, or one for each job */
};

/* Starts what the profile says, for so many jobs. stop (may be NULL) ends the wait when it is set. 0, or what assay_supervise_start returns; ASSAY_E_SYNTAX where one for
 * each job is asked for and cannot be. What was started is ended by assay_fleet_stop in any case. */
int assay_fleet_start(struct assay_fleet *out, struct assay_profile *profile, unsigned jobs,
	const volatile int *stop, struct assay_error *err);
/* Has each job a target of its own? */
bool assay_fleet_apart(const struct assay_fleet *f);
/* The target of the job in that slot of the pool. */
struct assay_member *assay_fleet_of_slot(const struct assay_fleet *f, unsigned slot);
/* The target with that profile; one of the fleet's. */
struct assay_member *assay_fleet_of_profile(const struct assay_fleet *f, const struct assay_profile *profile);
/* Does one have to be started again? */
bool assay_fleet_broken(const struct assay_fleet *f);
/* Starts those again. 0 or a negative error, also for one that has been silent and still is. */
int assay_fleet_mend(struct assay_fleet *f, const volatile int *stop, struct assay_error *err);
/* Ends all of them, side by side. */
void assay_fleet_stop(struct assay_fleet *f);

#endif
