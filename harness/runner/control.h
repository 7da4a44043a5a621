/* control.h - the control verbs of a profile (profile.h): their names, and how their lines are run. It knows neither tests nor the supervisor. */
#ifndef ASSAY_RUNNER_CONTROL_H
#define ASSAY_RUNNER_CONTROL_H

#include "runner/command.h"
#include "runner/profile.h"

/* A verb by its name, "restart" …; ASSAY_E_INVAL: there is none called so. */
int assay_verb_find(const char *name);
const char *assay_verb_name(enum assay_verb verb);

/* Can it be asked for: a line, the supervisor (restart, alive, logs), or the built-in target (restart, add-lun, remove-lun)? */
bool assay_control_offers(const struct assay_profile *p, enum assay_verb verb);

/*
 * Runs the profile's line, which must be there; lun stands for {lun}, timeout is in nanoseconds. keep (may be NULL): where the end of its output goes.
 * 0 when it ended with exit status 0; else ASSAY_E_IO, or ASSAY_E_NOMEM, with words in err that show no secret.
 */
int assay_control_run(const struct assay_profile *p, enum assay_verb verb, uint32_t lun, uint64_t timeout,
	struct assay_command_keep *keep, struct assay_error *err);

/* Runs the restart line, which must be there, and waits until the target answers a login: exec.ready_timeout_ms. stop (may be NULL) ends the wait when it is
 * set. 0 or a negative error in words. */
int assay_control_restart(const struct assay_profile *p, const volatile int *stop, struct assay_error *err);

/* A number for add-lun: the lowest above 1 that none of luns is. */
uint32_t assay_control_lun(const uint32_t *luns, size_t count);

#endif
