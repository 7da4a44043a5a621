/*
 * diff.h - two runs of one target, before and after: what is worse, better, or wrong in another way. Knows the result structs only.
 *
 * Raw verdicts are compared: whether a baseline expects a failure (XFAIL) or not (FAIL) says nothing about the target. And where the
 * baseline of either run says that a target does now this, now that, going from one to the other is no change.
 */
#ifndef ASSAY_REPORT_DIFF_H
#define ASSAY_REPORT_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/result.h"

enum assay_change {
	ASSAY_CHANGE_REGRESSED, /* a worse verdict (PASS, WARN, FAIL and TIMEOUT, CRASH), or an ERROR where there was one */
	ASSAY_CHANGE_FIXED, /* passes, and did not */
	ASSAY_CHANGE_CHANGED, /* neither: another verdict, or the same for another reason */
	ASSAY_CHANGE_NEW, /* only the second run has the test */
	ASSAY_CHANGE_REMOVED, /* only the first run has it */
	ASSAY_CHANGE_NONE, /* the same: in the list only when the test was renamed */
	ASSAY_CHANGE_COUNT
};

struct assay_diff_line {
	const struct assay_test_result *before, *after; /* NULL: that run has none */
	enum assay_change change;
	bool renamed; /* the two ids are names of one test */
};

struct assay_diff {
	const struct assay_run *before, *after;
	struct assay_diff_line
		*lines; /* by kind of change, then in the order of the second run (REMOVED: of the first) */
	size_t count;
	size_t changes[ASSAY_CHANGE_COUNT]; /* NONE: all that are the same, listed or not */
	size_t renamed;
};

#define ASSAY_DIFF_WHY 512

/* current (may be NULL) gives the id of today for one of yesterday. 0; -1 with words in why: a run has a test twice. *out is freed by assay_diff_free
 * and points into the runs. */
int assay_diff_make(struct assay_diff **out, const struct assay_run *before, const struct assay_run *after,
	const char *(*current)(const char *id), char why[ASSAY_DIFF_WHY]);
void assay_diff_free(struct assay_diff *d);

/* For people; and as docs/diff.schema.json has it. */
void assay_diff_print(FILE *out, const struct assay_diff *d);
void assay_diff_json(FILE *out, const struct assay_diff *d);

#endif
