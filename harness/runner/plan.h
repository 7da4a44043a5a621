/* plan.h - which tests a run consists of, in what order they may start, and how far it is. It starts nothing itself. */
#ifndef ASSAY_RUNNER_PLAN_H
#define ASSAY_RUNNER_PLAN_H

#include "runner/arena.h"
#include "runner/baseline.h"
#include "runner/run.h"

struct assay_plan_item {
	const struct assay_test *test;
	const char *skip; /* why it does not apply; NULL: it does */
	bool exclusive; /* alone */
	bool fresh; /* alone, of a target that no test has used */
	bool started, ended;
	size_t log_mark; /* where the target's log stood when it started */
	const struct assay_baseline_line *line; /* of the baseline, or NULL */
	struct assay_test_result result; /* once it has ended */
};

struct assay_plan {
	struct assay_plan_item *items; /* in the order of the suites */
	size_t count;
	size_t ended;
	bool exclusive_runs; /* one of them runs just now */
};

/* Takes the options' selection, --rerun-failed and shard. 0, or ASSAY_E_SYNTAX in the user's words, ASSAY_E_INVAL for a mistake in a record. */
int assay_plan_make(struct assay_plan *out, struct assay_arena *arena,
	const struct assay_run_options *options, struct assay_error *err);
/* Once the target is known: what does not apply, and what must run alone. apart: no two jobs have the same target. */
void assay_plan_apply(struct assay_plan *plan, const struct assay_run_options *options, bool apart,
	const struct assay_probe *probe, const struct assay_baseline *baseline);
/* The next test that may start while `running` run; NULL: none now. Tests that run alone come last, and of these the ones
 * that want a fresh target. */
struct assay_plan_item *assay_plan_next(struct assay_plan *plan, size_t running);

#endif
