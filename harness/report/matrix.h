/*
 * matrix.h - the results of several targets in one table: a column a profile, grouped by implementation and version; a row a test. Knows the result structs only.
 *
 * Cells are raw verdicts: whether a baseline expects a failure says nothing about the implementation. Nothing in it depends on when, how long or in which order
 * was run, so that what is written changes only when behaviour does; where a baseline says that a target does now this, now that, the cell says so whichever came.
 * The built-in target passes every test by construction: it is shown, and has no say in what is counted over implementations.
 */
#ifndef ASSAY_REPORT_MATRIX_H
#define ASSAY_REPORT_MATRIX_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/result.h"

#define ASSAY_MATRIX_COLUMNS_MAX 64
#define ASSAY_MATRIX_ROWS_MAX    100000
#define ASSAY_MATRIX_WHY         512

/* Which implementations do not keep to what a test claims (FAIL, WARN, TIMEOUT, CRASH in any of its columns), of those that a verdict was come to for. */
enum assay_spread {
	ASSAY_SPREAD_NONE, /* no implementation */
	ASSAY_SPREAD_ONE, /* one, and others do: look at that one */
	ASSAY_SPREAD_SOME, /* several, and others do */
	ASSAY_SPREAD_ALL, /* every one, and there are two or more: suspect the test */
	ASSAY_SPREAD_LONE, /* the only one that could be asked */
	ASSAY_SPREAD_COUNT
};

/* "none", "one" … */
const char *assay_spread_name(enum assay_spread spread);

struct assay_matrix_cell {
	const struct assay_test_result *result; /* NULL: the test was not run there */
	enum assay_verdict verdict; /* raw; the worst of varies */
	const char *varies; /* "FAIL|CRASH|PASS"; NULL: always the same */
	bool known; /* the baseline expects it, and says why: result->baseline */
};

struct assay_matrix_column {
	const char *implementation; /* never NULL */
	const char *version; /* NULL: not known */
	const char *profile; /* its name; the target's URL when there was none */
	const char *inquiry; /* what INQUIRY says; NULL: nothing */
	const char *stopped; /* why it ended early, or NULL */
	bool ours; /* the built-in target */
	size_t implementation_index; /* columns with the same name of implementation, whatever their versions */
	size_t verdicts[ASSAY_VERDICT_COUNT]; /* of its cells */
};

struct assay_matrix_row {
	const char *id;
	const struct assay_test_result *record; /* of any of its cells: what does not depend on the target */
	struct assay_matrix_cell *cells; /* as many as columns */
	enum assay_spread spread;
	const char *only; /* ASSAY_SPREAD_ONE, ASSAY_SPREAD_LONE: that implementation */
	bool differs; /* two columns come to different verdicts */
};

struct assay_matrix_area {
	const char *name;
	const struct assay_matrix_row *rows;
	size_t count;
};

struct assay_matrix {
	struct assay_matrix_column *columns; /* ours first, then by implementation, version and profile */
	size_t column_count;
	struct assay_matrix_row *rows; /* in the order of the suites, an area after the other */
	size_t row_count;
	struct assay_matrix_area *areas;
	size_t area_count;
	size_t spreads[ASSAY_SPREAD_COUNT];
	const char *revisions
		[ASSAY_MATRIX_COLUMNS_MAX]; /* of the suites, sorted; one when they are all the same */
	size_t revision_count;
	bool intersect;
	size_t left_out; /* tests that not all columns have, with intersect */
};

struct assay_matrix_config {
	const struct assay_run *const *runs;
	const char *const *names; /* of each run, for words about it: its file */
	size_t count;
	const char *const *order; /* the ids of the suites in their order, NULL-terminated */
	const char *(*current)(const char *id); /* the id of today for one of yesterday; NULL: as it is */
	bool intersect; /* of different suites, the tests that all have */
};

/* 0; -1 with one line in why: nothing to show, too much, suites that differ, or a test twice in a column. Runs of the same implementation, version and profile
 * make one column when no test is in both (shards). *out is freed by assay_matrix_free, and points into the runs. */
int assay_matrix_make(
	struct assay_matrix **out, const struct assay_matrix_config *config, char why[ASSAY_MATRIX_WHY]);
void assay_matrix_free(struct assay_matrix *m);

/* As Markdown; as docs/matrix.schema.json has it; as one page that needs no other file. */
void assay_matrix_markdown(FILE *out, const struct assay_matrix *m);
void assay_matrix_json(FILE *out, const struct assay_matrix *m);
void assay_matrix_html(FILE *out, const struct assay_matrix *m);

/* The verdicts of an area in one column. */
void assay_matrix_area_verdicts(
	size_t out[ASSAY_VERDICT_COUNT], const struct assay_matrix_area *area, size_t column);

#endif
