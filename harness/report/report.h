/*
 * report.h - tells what a run finds: on the console while it happens, and in the output folder as run.ndjson (streamed), run.json, junit.xml,
 * run.tap, summary.md and report.html. Knows the result structs of runner/result.h and nothing else of the program.
 */
#ifndef ASSAY_REPORT_REPORT_H
#define ASSAY_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/result.h"

struct assay_report_config {
	FILE *console; /* NULL: says nothing. The caller's */
	bool quiet; /* console: the summary only */
	const char *folder; /* exists; NULL: no files. Outlives the report */
};

struct assay_report;

/* *out is freed by assay_report_free, and is valid also when the result is -1: a file could not be begun, assay_report_trouble says which. */
int assay_report_new(struct assay_report **out, const struct assay_report_config *config);
/* NULL-terminated, for struct assay_run_options; owned by the report. */
const struct assay_reporter *const *assay_report_reporters(const struct assay_report *r);
/* The first result that could not be written, in one line of words, or NULL. */
const char *assay_report_trouble(const struct assay_report *r);
void assay_report_free(struct assay_report *r);

/* One file a format; each writes a whole run and leaves the checking of `out` to the caller (ferror). */
void assay_json_write(FILE *out, const struct assay_run *run);
void assay_junit_write(FILE *out, const struct assay_run *run);
void assay_tap_write(FILE *out, const struct assay_run *run);
void assay_markdown_write(FILE *out, const struct assay_run *run);
void assay_html_write(FILE *out, const struct assay_run *run);

typedef void assay_report_write(FILE *out, const struct assay_run *run);
/* Writes a format into a file: beside it and then renamed, so that a file of that name is always whole. 0, or -1 with errno. */
int assay_report_file(const char *path, assay_report_write *write, const struct assay_run *run);

#endif
