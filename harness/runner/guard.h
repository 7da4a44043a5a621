/* guard.h - the process between the harness and a supervised target; see supervise.h. */
#ifndef ASSAY_RUNNER_GUARD_H
#define ASSAY_RUNNER_GUARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

#define ASSAY_GUARD_LOG 16384 /* bytes of the target's output that are kept, the last ones */

/* Shared by harness and guard. */
struct assay_guard_shared {
	atomic_int gone; /* the target has ended */
	atomic_int status; /* its wait status, once gone */
	atomic_int keep; /* the folder stays: the target is to be started again with what it had stored */
	atomic_size_t
		read_up; /* how often all that the target had printed was read because the harness asked */
	atomic_size_t written; /* bytes that it has printed in all; the ring holds the last of them */
	char log[ASSAY_GUARD_LOG];
};

/* What the harness says through the pipe, a byte each. */
enum { ASSAY_GUARD_READ_UP = 'r', ASSAY_GUARD_END = 'e' };

/* What a guard is told, by fork. */
struct assay_guard_spec {
	struct assay_guard_shared *shared;
	char *const *command; /* words */
	char *const *const *stop; /* stop lines as words */
	size_t stop_count;
	const char *dir; /* removed at the end */
	int life; /* end of a pipe whose other end the harness holds: says something, or is closed when it lets
		     * go or dies; its other children may hold it too */
};

/* The guard's whole life; never returns. Call it in the child of a fork. */
void assay_guard_run(const struct assay_guard_spec *spec) __attribute__((noreturn));

#endif
