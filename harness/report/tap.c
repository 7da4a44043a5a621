/* tap.c - run.tap: the Test Anything Protocol, version 14 (a version 13 reader takes it too). What did not pass has a YAML block. */
#include <string.h>

#include "report/json.h"
#include "report/print.h"
#include "report/report.h"

/* A directive's words: '#' and '\' would be read as TAP's own. */
static void put_words(FILE *out, const char *s)
{
	uint32_t c;

	while (s && (c = assay_utf8_next(&s)) != 0) {
		if (c == '#' || c == '\\')
			putc('\\', out);
		assay_utf8_put(out, c < 0x20 || c == 0x7f ? ' ' : c);
	}
}

static void yaml_string(FILE *out, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, "    %s: ", key);
	assay_json_quote(out, value); /* a JSON string is a YAML string */
	putc('\n', out);
}

static void yaml_block(FILE *out, const struct assay_test_result *r)
{
	fputs("  ---\n", out);
	fprintf(out, "  verdict: %s\n  level: %s\n", assay_verdict_name(r->verdict), r->level);
	if (r->reason) {
		fputs("  reason: ", out);
		assay_json_quote(out, r->reason);
		putc('\n', out);
	}
	if (r->failure_count)
		fputs("  failures:\n", out);
	for (size_t i = 0; i < r->failure_count; i++) {
		const struct assay_failure *f = &r->failures[i];

		fputs("  -\n", out);
		yaml_string(out, "rule", f->rule);
		yaml_string(out, "reqs", f->reqs);
		yaml_string(out, "section", f->section);
		yaml_string(out, "claim", f->claim);
		yaml_string(out, "sent", f->sent);
		yaml_string(out, "expected", f->expected);
		yaml_string(out, "got", f->got);
	}
	if (r->again) {
		fputs("  again: ", out);
		assay_json_quote(out, r->again);
		putc('\n', out);
	}
	fputs("  ...\n", out);
}

static void test_line(FILE *out, const struct assay_test_result *r, size_t number, bool strict)
{
	bool ok = !assay_verdict_unexpected(r->verdict, strict) && r->verdict != ASSAY_XFAIL;

	fprintf(out, "%sok %zu - ", ok ? "" : "not ", number);
	put_words(out, r->id);
	if (r->verdict == ASSAY_SKIP) {
		fputs(" # SKIP ", out);
		put_words(out, r->reason);
	} else if (r->verdict == ASSAY_XFAIL) {
		fputs(" # TODO ", out);
		put_words(out, r->baseline);
	}
	putc('\n', out);
	if (r->verdict != ASSAY_PASS && r->verdict != ASSAY_SKIP)
		yaml_block(out, r);
}

void assay_tap_write(FILE *out, const struct assay_run *run)
{
	fputs("TAP version 14\n", out);
	if (run->count == 0)
		fputs("1..0 # SKIP nothing ran\n", out);
	else
		fprintf(out, "1..%zu\n", run->count);
	for (size_t i = 0; i < run->count; i++)
		test_line(out, &run->results[i], i + 1, run->info.strict);
	if (run->info.stopped) {
		fputs("# stopped early: ", out);
		put_words(out, run->info.stopped);
		putc('\n', out);
	}
}
