/* markdown.c - summary.md: what a person pastes into a ticket or a job's summary page. */
#include <string.h>

#include "report/parts.h"
#include "report/print.h"

void assay_markdown_put(FILE *out, const char *s)
{
	uint32_t c;

	while (s && (c = assay_utf8_next(&s)) != 0) {
		if (c < 0x80 && c && strchr("\\`*_{}[]<>|#", (int)c))
			putc('\\', out);
		assay_utf8_put(out, c < 0x20 || c == 0x7f ? ' ' : c);
	}
}

static void item(FILE *out, const char *label, const char *value)
{
	if (!value || !value[0])
		return;
	fprintf(out, "- %s: ", label);
	assay_markdown_put(out, value);
	putc('\n', out);
}

/* A line that is copied as it is: a code block, which needs no escapes but for control characters. */
static void code(FILE *out, const char *line)
{
	if (!line)
		return;
	fputs("\n      ", out);
	assay_print_clean(out, line);
	fputs("\n", out);
}

static void head(FILE *out, const struct assay_run *run)
{
	const struct assay_run_info *info = &run->info;

	fprintf(out, "# iscsi-assay: %zu tests, %zu unexpected\n\n", run->count, run->unexpected);
	item(out, "target", info->target);
	item(out, "profile", info->profile);
	item(out, "implementation", info->implementation);
	item(out, "version", info->version);
	item(out, "suite revision", info->suite_revision);
	fprintf(out, "- seed: 0x%llx, jobs: %u, started: %s, took: ", (unsigned long long)info->seed,
		info->jobs, info->started ? info->started : "?");
	assay_report_duration(out, info->duration);
	putc('\n', out);
	item(out, "stopped early", info->stopped);
}

static void counts(FILE *out, const struct assay_run *run)
{
	fputs("\n| verdict | tests |\n|---|---|\n", out);
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		if (run->verdicts[v])
			fprintf(out, "| %s | %zu |\n", assay_verdict_name(v), run->verdicts[v]);
	if (run->verdicts[ASSAY_SKIP]) {
		fputs("\nSkipped: ", out);
		assay_report_skips(out, run);
		fputs(".\n", out);
	}
}

static void one(FILE *out, const struct assay_test_result *r)
{
	fprintf(out, "\n### %s ", assay_verdict_name(r->verdict));
	assay_markdown_put(out, r->id);
	fprintf(out, "\n\n%s ", r->level);
	assay_markdown_put(out, r->reqs);
	fputs(", ", out);
	assay_print_section(out, r->section, assay_markdown_put);
	fputs(": the target ", out);
	assay_markdown_put(out, r->desc);
	fputs(".\n\n", out);
	item(out, "reason", r->reason);
	item(out, "baseline", r->baseline);
	for (size_t i = 0; i < r->failure_count; i++) {
		const struct assay_failure *f = &r->failures[i];

		item(out, f->rule ? f->rule : "rule", f->claim);
		item(out, "sent", f->sent);
		item(out, "expected", f->expected);
		item(out, "got", f->got);
	}
	item(out, "evidence", r->evidence);
	code(out, r->again);
}

static void section(FILE *out, const struct assay_run *run, const char *title, bool unexpected)
{
	bool begun = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct assay_test_result *r = &run->results[i];

		if (r->verdict == ASSAY_PASS || r->verdict == ASSAY_SKIP ||
			assay_verdict_unexpected(r->verdict, run->info.strict) != unexpected)
			continue;
		if (!begun)
			fprintf(out, "\n## %s\n", title);
		begun = true;
		one(out, r);
	}
}

void assay_markdown_write(FILE *out, const struct assay_run *run)
{
	head(out, run);
	counts(out, run);
	section(out, run, "Unexpected", true);
	section(out, run, "Expected failures and warnings", false);
}
