/*
 * keeper.h - a run's hold on one of its targets beyond the protocol: started by us, or kept by the control lines of its profile (control.h), or out of reach. Is it
 * there, can it be started again, what has it logged. It judges nothing.
 */
#ifndef ASSAY_RUNNER_KEEPER_H
#define ASSAY_RUNNER_KEEPER_H

#include "runner/arena.h"
#include "runner/control.h"
#include "runner/supervise.h"

struct assay_keeper {
	struct assay_profile *profile;
	struct assay_supervised *supervised; /* NULL: not ours */
	char *log; /* of a logs line: its last output, ASSAY_KEEPER_LOG bytes */
	uint64_t log_told; /* bytes of it that were handed out */
};

#define ASSAY_KEEPER_LOG 65536

/* Starts the target where the profile says how; stop (may be NULL) ends the wait when it is set. 0 or as assay_supervise_start. End it with assay_keeper_stop in either case. */
int assay_keeper_start(struct assay_keeper *k, struct assay_profile *profile, const volatile int *stop,
	struct assay_error *err);
void assay_keeper_stop(struct assay_keeper *k);

/* Could assay_keeper_restart do something? */
bool assay_keeper_can_restart(const struct assay_keeper *k);
/* Starts it again; keep: with what it had stored, as the verb restart says. 0 once it answers, or a negative error in words. */
int assay_keeper_restart(
	struct assay_keeper *k, bool keep, const volatile int *stop, struct assay_error *err);
/* Has the process that we started ended? Then how, and its last words. */
bool assay_keeper_gone(struct assay_keeper *k, const char **how, struct assay_arena *arena);

/* Where its log stands now, for: */
size_t assay_keeper_mark(const struct assay_keeper *k);
/* What it has logged since; NULL: nothing that we know of. A logs line tells what is new since it ran last. Valid until the next call. */
const char *assay_keeper_log(struct assay_keeper *k, size_t mark);

#endif
