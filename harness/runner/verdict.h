/* verdict.h - what the verdicts come to: the exit code. Section "Verdicts and exit codes" of the design. */
#ifndef ASSAY_RUNNER_VERDICT_H
#define ASSAY_RUNNER_VERDICT_H

#include "runner/result.h"

/* What the exit code depends on, beside the verdicts. */
struct assay_exit_facts {
	bool usage; /* bad usage or configuration */
	bool harness; /* a fault of ours */
	bool unreachable; /* nothing was judged */
	bool crash; /* it ended early for that */
	bool max_time; /* or for that */
	bool findings; /* of fuzz, check, replay */
	bool strict;
	int signal; /* interrupted by it; 0 for none */
	size_t min_run; /* --min-run */
};

/* The first that applies of 2, 5, 3, 6, 7, 1, 8, 4, 77, 0; 128 + signal when interrupted, unless it is 2. */
int assay_exit_code(const size_t verdicts[ASSAY_VERDICT_COUNT], const struct assay_exit_facts *facts);

#endif
