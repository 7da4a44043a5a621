/* parts.h - inside report/ only: what its files share. */
#ifndef ASSAY_REPORT_PARTS_H
#define ASSAY_REPORT_PARTS_H

#include "report/report.h"

/* The first thing that went wrong while writing; later ones are consequences (one full disk, one line). */
struct assay_report_trouble {
	char message[512]; /* "" while all is well */
};

/* Notes that path could not be written, with errno's words. Returns -1. */
int assay_report_failed(struct assay_report_trouble *trouble, const char *folder, const char *name);

/* run.ndjson: a line when the run begins, for each result, and at the end; each is with the kernel before the next test starts. */
struct assay_ndjson {
	const char *folder;
	struct assay_report_trouble *trouble;
	int fd;
};
int assay_ndjson_open(struct assay_ndjson *n, const char *folder, struct assay_report_trouble *trouble);
void assay_ndjson_close(struct assay_ndjson *n);
struct assay_reporter assay_ndjson_reporter(struct assay_ndjson *n);

/* The console. */
struct assay_console {
	FILE *out;
	bool quiet;
	bool live; /* a terminal: one line of progress, rewritten */
	bool colour;
	unsigned columns;
	bool line_shown; /* the progress line stands there */
	size_t done, planned;
	bool strict;
	const char *folder; /* where the evidence is; NULL: nowhere */
	const struct assay_report_trouble
		*trouble; /* of the files beside it: what could not be written is not pointed to */
};
void assay_console_init(struct assay_console *c, FILE *out, bool quiet, const char *folder,
	const struct assay_report_trouble *trouble);
struct assay_reporter assay_console_reporter(struct assay_console *c);

/* Words in a table or a paragraph of Markdown: what Markdown or HTML would take as its own is escaped. NULL: nothing. */
void assay_markdown_put(FILE *out, const char *s);
/* Seconds for people: "3.1 s", "0.4 ms". */
void assay_report_duration(FILE *out, uint64_t nanoseconds);
/* "needs-write-lun 3, not-offered 1": why tests were skipped, most frequent first; nothing when none was. */
void assay_report_skips(FILE *out, const struct assay_run *run);

#endif
