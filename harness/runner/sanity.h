/* sanity.h - does the target still answer? One login, in a process of its own, seen by no rule and kept in no evidence. */
#ifndef ASSAY_RUNNER_SANITY_H
#define ASSAY_RUNNER_SANITY_H

#include <sys/types.h>

#include "runner/profile.h"

/* Forks; the child ends with status 0 when a Login Response came, whatever it says, and after a login that succeeded an answer to a command. The profile's alive line, where there is one, is asked before. *fd is closed by the child when it ends; *deadline (monotonic,
 * nanoseconds) is when to kill it. Returns its process id or ASSAY_E_IO. */
pid_t assay_sanity_start(int *fd, uint64_t *deadline, const struct assay_profile *profile, uint64_t seed,
	struct assay_error *err);
/* In this process, once: 0 when a command is answered after a login, ASSAY_E_TIMEOUT when not, or why there was no login. */
int assay_sanity_commands(const struct assay_profile *profile, uint64_t seed);
/* What is wrong with the target, from that child's end as waitpid has it; NULL: nothing. */
const char *assay_sanity_trouble(int status);

/* In this process: 0 when a Login Response came; else why not. discovery: of a discovery session, rather than to the target. timeout in nanoseconds, for each step. */
int assay_sanity_answers(const struct assay_profile *profile, bool discovery, uint64_t timeout, uint64_t seed,
	struct assay_error *err);

#endif
