/* report.c - all reporters of a run together: the console, run.ndjson, and the files that are written when it ends. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/file.h"
#include "report/json.h"
#include "report/parts.h"

struct assay_report {
	struct assay_report_trouble trouble;
	const char *folder;
	struct assay_console console;
	struct assay_ndjson ndjson;
	struct assay_reporter reporters[3];
	const struct assay_reporter *list[4];
};

int assay_report_failed(struct assay_report_trouble *trouble, const char *folder, const char *name)
{
	if (!trouble->message[0])
		snprintf(trouble->message, sizeof(trouble->message), "cannot write %s/%s: %s", folder, name,
			strerror(errno));
	return -1;
}

int assay_report_file(const char *path, assay_report_write *write, const struct assay_run *run)
{
	struct assay_file file;

	if (assay_file_open(&file, path))
		return -1;
	write(file.out, run);
	return assay_file_close(&file);
}

static int write_file(
	struct assay_report *r, const char *name, assay_report_write *write, const struct assay_run *run)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	return assay_report_file(path, write, run) ? assay_report_failed(&r->trouble, r->folder, name) : 0;
}

static int on_end(void *payload, const struct assay_run *run)
{
	static const struct {
		const char *name;
		assay_report_write *write;
	} files[] = {
		{ "run.json", assay_json_write },
		{ "junit.xml", assay_junit_write },
		{ "run.tap", assay_tap_write },
		{ "summary.md", assay_markdown_write },
		{ "report.html", assay_html_write },
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (write_file(payload, files[i].name, files[i].write, run))
			result = -1;
	return result;
}

int assay_report_new(struct assay_report **out, const struct assay_report_config *config)
{
	struct assay_report *r = calloc(1, sizeof(*r));
	size_t count = 0;
	int result = 0;

	if (!r)
		abort();
	r->ndjson.fd = -1;
	r->folder = config->folder;
	if (config->folder) {
		result = assay_ndjson_open(&r->ndjson, config->folder, &r->trouble);
		r->reporters[count++] = assay_ndjson_reporter(&r->ndjson);
		r->reporters[count++] = (struct assay_reporter){ .payload = r, .end = on_end };
	}
	if (config->console) { /* last: its summary names files that are there by then */
		assay_console_init(&r->console, config->console, config->quiet, config->folder, &r->trouble);
		r->reporters[count++] = assay_console_reporter(&r->console);
	}
	for (size_t i = 0; i < count; i++)
		r->list[i] = &r->reporters[i];
	*out = r;
	return result;
}

const struct assay_reporter *const *assay_report_reporters(const struct assay_report *r)
{
	return r->list;
}

const char *assay_report_trouble(const struct assay_report *r)
{
	return r->trouble.message[0] ? r->trouble.message : NULL;
}

void assay_report_free(struct assay_report *r)
{
	if (!r)
		return;
	assay_ndjson_close(&r->ndjson);
	free(r);
}

void assay_report_duration(FILE *out, uint64_t nanoseconds)
{
	double ms = (double)nanoseconds / 1e6;

	if (ms < 1000)
		fprintf(out, "%.1f ms", ms);
	else
		fprintf(out, "%.1f s", ms / 1000);
}

/* Counts a reason among those known; the list is fixed and short, so what does not fit is not told apart. */
#define REASONS_MAX 16

void assay_report_skips(FILE *out, const struct assay_run *run)
{
	struct {
		const char *reason;
		size_t count;
	} seen[REASONS_MAX];
	size_t kinds = 0, k;

	for (size_t i = 0; i < run->count; i++) {
		const char *reason = run->results[i].reason ? run->results[i].reason : "?";

		if (run->results[i].verdict != ASSAY_SKIP)
			continue;
		for (k = 0; k < kinds && strcmp(seen[k].reason, reason) != 0; k++)
			;
		if (k == kinds && kinds < REASONS_MAX) {
			seen[kinds].reason = reason;
			seen[kinds++].count = 0;
		}
		seen[k < kinds ? k : kinds - 1].count++;
	}
	for (size_t written = 0; written < kinds; written++) {
		size_t most = 0;

		for (k = 1; k < kinds; k++)
			if (seen[k].count > seen[most].count)
				most = k;
		fprintf(out, "%s%s %zu", written ? ", " : "", seen[most].reason, seen[most].count);
		seen[most].count = 0;
	}
}
