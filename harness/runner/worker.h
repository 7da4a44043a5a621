/*
 * worker.h - one test in a process of its own: a crash, a hang or a leak of a test harms nobody else. The child inherits everything by fork; what it
 * found comes back through a socket (reply.h).
 */
#ifndef ASSAY_RUNNER_WORKER_H
#define ASSAY_RUNNER_WORKER_H

#include <sys/types.h>

#include "runner/profile.h"
#include "runner/reply.h"
#include "runner/run.h"

/* What a worker is told. Everything outlives it. */
struct assay_worker_spec {
	const struct assay_test *test;
	size_t index; /* the caller's */
	const struct assay_profile *profile; /* expanded, with what the command line said merged in */
	const unsigned char *defects; /* of the built-in target; NULL: none */
	uint64_t seed; /* of this test: see assay_worker_seed */
	uint64_t first_block, block_count; /* of the write LUN, for assay_region */
	uint32_t block_size; /* bytes */
	const uint32_t *luns; /* that the target has, as REPORT LUNS says */
	size_t lun_count;
	uint64_t deadline; /* nanoseconds for the whole test, scaled; the runner enforces it */
	const char *evidence; /* folder for traces, made when they are needed; NULL: none */
	bool always_evidence; /* for a PASS too: it is not expected to */
	bool check_alive; /* after what is no PASS and no SKIP: does the target still answer? */
};

/* Derived from the run's seed and the test's id, so that a test alone sees the same numbers as in a whole run. */
uint64_t assay_worker_seed(uint64_t run_seed, const char *test_id);

/* Once, before the first worker: loads what each of them would load again (libcrypto's digests take milliseconds). */
void assay_worker_warm_up(void);

/* Forks. *fd is our end of its socket; SIGTERM asks it to end early and still write its evidence. Returns its process id or ASSAY_E_IO. */
pid_t assay_worker_start(int *fd, const struct assay_worker_spec *spec, struct assay_error *err);

/* What every child process of the runner does first: dies with its parent, ignores the terminal's Ctrl-C (the runner ends it), leaves no core file.
 * parent: getpid() before the fork. */
void assay_child_begin(pid_t parent);
/* Ends a child without the parent's exit handlers. */
void assay_child_end(int status) __attribute__((noreturn));

#endif
