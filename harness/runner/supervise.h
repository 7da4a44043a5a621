/*
 * supervise.h - a target that we start ourselves: started, waited for (an iSCSI answer, not a TCP connect), watched, and ended with us, whatever way we end.
 *
 * Between us and the target stands a guard, a small process of ours that is the reaper of all that the target starts. It keeps the end of the target's log, and
 * ends the target when we say so or when we are gone, be it by SIGKILL.
 */
#ifndef ASSAY_RUNNER_SUPERVISE_H
#define ASSAY_RUNNER_SUPERVISE_H

#include "runner/profile.h"

struct assay_supervised;

/* Fills in {port} and the like in the profile, starts exec.command in a process group of its own, runs the setup lines (each again until it succeeds: the target
 * takes a moment to come up), and waits until a discovery is answered. stop (may be NULL): ends the wait when it is set.
 * 0; ASSAY_E_CONNECT with the last lines of its output in err when it did not come up; ASSAY_E_SYNTAX for a command that does not exist. */
int assay_supervise_start(struct assay_supervised **out, struct assay_profile *profile,
	const volatile int *stop, struct assay_error *err);
/* The same again, with the same ports, after it died or fell silent. keep: {dir} is left as it is, so what the target stores there is still there; the
 * setup lines run again all the same. */
int assay_supervise_restart(
	struct assay_supervised *s, bool keep, const volatile int *stop, struct assay_error *err);
/* Is the process still there? When not, *status is its wait status. */
bool assay_supervise_alive(struct assay_supervised *s, int *status);
/* The process that all that the target started descends from, itself none of it; 0: there is none. */
int assay_supervise_guard(const struct assay_supervised *s);
/* Tells it to end, and does not wait: for several that end side by side. assay_supervise_stop must follow. NULL is fine. */
void assay_supervise_let_go(struct assay_supervised *s);
/* Stop lines, then SIGTERM, then SIGKILL to all that it started; removes the temporary folder; frees. NULL is fine. */
void assay_supervise_stop(struct assay_supervised *s);
/* What it printed, the last bytes; terminated; without the profile's secrets. Valid until the next call. */
const char *assay_supervise_log(struct assay_supervised *s);
/* How much it has printed so far, and what it printed since then: with its line ends, the last bytes, terminated, without secrets. Valid until the next call. */
size_t assay_supervise_log_mark(const struct assay_supervised *s);
const char *assay_supervise_log_since(struct assay_supervised *s, size_t mark);

#endif
