/*
 * process.h - the process of a target that we supervise, as a campaign sees it: has it ended, did a sanitizer report, how much memory does it hold, start it again. For one that is
 * not ours all of that is unknown, and it is only asked whether it answers. It plays nothing.
 */
#ifndef ASSAY_CAMPAIGN_PROCESS_H
#define ASSAY_CAMPAIGN_PROCESS_H

#include "campaign/play.h"
#include "campaign/sanitizer.h"
#include "runner/guard.h"
#include "runner/keeper.h"

#define ASSAY_PROCESS_PIDS 64 /* processes of one target whose memory is counted */

struct assay_process {
	struct assay_keeper keeper;
	const volatile int *stop; /* may be NULL */
	size_t mark; /* where the log stood when the case began */
	unsigned starts; /* how often it was started */
	uint64_t started; /* when it was the last time, monotonic nanoseconds */
	uint64_t credit; /* restarts that may come without a pause, in nanoseconds */
	int pids[ASSAY_PROCESS_PIDS];
	unsigned pid_count, looks; /* private: the processes found, and how often they were used */
	char log[ASSAY_GUARD_LOG + 1]; /* of the last case that assay_process_look was asked about */
};

/* What became of the process. */
struct assay_process_end {
	bool ended;
	int status; /* wait status */
	struct assay_sanitizer_report report;
};

/* Starts it where the profile says how. 0 or as assay_supervise_start; assay_process_stop in either case. */
int assay_process_start(struct assay_process *p, struct assay_profile *profile, const volatile int *stop,
	struct assay_error *err);
void assay_process_stop(struct assay_process *p);

/* A case begins. */
void assay_process_begin(struct assay_process *p);
/*
 * A case has ended so. Where that speaks of a process that is about to end, its end is waited for: half a second; ten while a report is being printed. Who has been silent, and
 * whose processes all sleep, is not about to end.
 */
void assay_process_look(struct assay_process *p, struct assay_process_end *out, enum assay_outcome outcome);

/* It lives, and not every task of it sleeps; false where it is not ours. */
bool assay_process_busy(struct assay_process *p);

/* Has it there again and well: starts it, or where it is not ours waits until it answers. At most five starts a second. 0, or a negative error: it does not come back. */
int assay_process_restore(struct assay_process *p, struct assay_error *err);

/* Bytes of memory that all of its processes hold; 0: not known. */
uint64_t assay_process_memory(struct assay_process *p);

#endif
