/* supervise.h - a target that we start ourselves: started, waited for (an iSCSI answer, not a TCP connect), watched, and ended with us. */
#ifndef ASSAY_RUNNER_SUPERVISE_H
#define ASSAY_RUNNER_SUPERVISE_H

#include "runner/profile.h"

struct assay_supervised;

/* Fills in {port} and the like in the profile, starts exec.command in a process group of its own that dies with us, runs the setup lines, and waits until a discovery or a login is answered.
 * 0; ASSAY_E_CONNECT with the last lines of its output in err when it did not come up. */
int assay_supervise_start(struct assay_supervised **out, struct assay_profile *profile, struct assay_error *err);
/* Is the process still there? When not, *status is its wait status. */
bool assay_supervise_alive(struct assay_supervised *s, int *status);
/* Stop lines, then SIGTERM, then SIGKILL to the group; removes the temporary folder; frees. */
void assay_supervise_stop(struct assay_supervised *s);
/* What it printed, the last bytes; terminated. */
const char *assay_supervise_log(struct assay_supervised *s);

#endif
