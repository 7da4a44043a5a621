/*
 * baseline.h - the expected failures of one target, as a text file. A line is
 *
 *   ID VERDICT SIGNATURE|* # why
 *
 * VERDICT is FAIL, WARN, TIMEOUT or CRASH, or several of them and PASS with | between, for a target that does now this, now that; SIGNATURE is that of the result (struct assay_test_result), * stands for any. Every line says why. An ERROR
 * cannot be expected: nothing was decided. Blank lines and lines that begin with # are comments.
 */
#ifndef ASSAY_RUNNER_BASELINE_H
#define ASSAY_RUNNER_BASELINE_H

#include <stdio.h>

#include "codec/error.h"
#include "runner/result.h"
#include "runner/test.h"

struct assay_baseline;

struct assay_baseline_line {
	const char *id; /* of the test; the current one where the file has an old one */
	unsigned verdicts; /* a bit (1 << enum assay_verdict) each */
	const char *words; /* as the file has them: "FAIL|CRASH" */
	const char *signature; /* "*" for any */
	const char *why;
	unsigned line;
};

/* Reads a file against the tests there are. 0, or ASSAY_E_SYNTAX ("FILE:3: …, allowed: …"; unknown and repeated ids are errors), ASSAY_E_IO, ASSAY_E_NOMEM.
 * *out is freed by assay_baseline_free. */
int assay_baseline_read(struct assay_baseline **out, const char *path,
	const struct assay_suite *const *suites, struct assay_error *err);
/* The same of a file that is open, which stays open; path: for words. */
int assay_baseline_parse(struct assay_baseline **out, FILE *file, const char *path,
	const struct assay_suite *const *suites, struct assay_error *err);
void assay_baseline_free(struct assay_baseline *b);
/* The line of a test, or NULL (b may be NULL). */
const struct assay_baseline_line *assay_baseline_find(const struct assay_baseline *b, const char *id);
size_t assay_baseline_count(const struct assay_baseline *b);
const struct assay_baseline_line *assay_baseline_at(const struct assay_baseline *b, size_t index);

/* What a raw verdict becomes: XFAIL when the line expects it with that signature, XPASS when it passed all the same; else the raw one.
 * line may be NULL. signature may be NULL. */
enum assay_verdict assay_baseline_apply(
	const struct assay_baseline_line *line, enum assay_verdict raw, const char *signature);

/* Writes the file anew from a run: a line for each result that is not as it should be. Whys come from old (may be NULL) where the verdict is the same; new lines
 * get why (NULL: "?", which assay_baseline_read refuses until a person has said why). Tests that were not run keep their old lines. Replaces the file
 * at once or not at all. *added and *gone count lines that are new and lines that are no longer needed. 0 or ASSAY_E_IO, ASSAY_E_NOMEM. */
int assay_baseline_write(const char *path, const struct assay_run *run, const struct assay_baseline *old,
	const char *why, size_t *added, size_t *gone, struct assay_error *err);

#endif
