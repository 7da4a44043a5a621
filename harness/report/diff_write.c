/* diff_write.c - what diff.c found, for people and as docs/diff.schema.json describes it. Strings that a target made never steer the terminal. */
#include <string.h>

#include "report/diff.h"
#include "report/json.h"
#include "report/print.h"

static const char *const names[ASSAY_CHANGE_COUNT] = { "regressed", "fixed", "changed", "new", "removed",
	"same" };

static void put_run(FILE *out, const char *label, const struct assay_run *run)
{
	const struct assay_run_info *info = &run->info;
	const char *implementation = info->implementation_name ? info->implementation_name
							       : info->implementation;

	fprintf(out, "%s  ", label);
	assay_print_clean(out, implementation ? implementation : info->target);
	if (info->implementation_version) {
		putc(' ', out);
		assay_print_clean(out, info->implementation_version);
	}
	if (info->profile) {
		fputs(", profile ", out);
		assay_print_clean(out, info->profile);
	}
	fprintf(out, ": %zu tests, suite ", run->count);
	assay_print_clean(out, info->suite_revision);
	if (info->stopped) {
		fputs("; stopped early: ", out);
		assay_print_clean(out, info->stopped);
	}
	putc('\n', out);
}

static void put_state(FILE *out, const struct assay_test_result *r)
{
	fputs(assay_verdict_name(r->raw), out);
	if (r->raw == ASSAY_SKIP && r->reason) {
		putc(' ', out);
		assay_print_clean(out, r->reason);
	}
}

static void put_signature(FILE *out, const char *label, const struct assay_test_result *r)
{
	if (!r->signature)
		return;
	fprintf(out, "       %s ", label);
	assay_print_clean(out, r->signature);
	putc('\n', out);
}

static void put_line(FILE *out, const struct assay_diff_line *line)
{
	const struct assay_test_result *before = line->before, *after = line->after;

	fputs("  ", out);
	assay_print_clean(out, after ? after->id : before->id);
	if (line->renamed) {
		fputs(" (was ", out);
		assay_print_clean(out, before->id);
		putc(')', out);
	}
	fputs("  ", out);
	put_state(out, before ? before : after);
	if (before && after && line->change != ASSAY_CHANGE_NONE) {
		fputs(" -> ", out);
		put_state(out, after);
	}
	putc('\n', out);
	if (line->change == ASSAY_CHANGE_REGRESSED || line->change == ASSAY_CHANGE_CHANGED) {
		put_signature(out, "before", before);
		put_signature(out, "after ", after);
	}
}

void assay_diff_print(FILE *out, const struct assay_diff *d)
{
	const char *separator = "";
	int last = -1;

	put_run(out, "A", d->before);
	put_run(out, "B", d->after);
	if (strcmp(d->before->info.suite_revision, d->after->info.suite_revision) != 0)
		fputs("the suites differ: a test may claim something else under the same name\n", out);
	for (size_t i = 0; i < d->count; i++) {
		if ((int)d->lines[i].change != last)
			fprintf(out, "\n%s\n",
				d->lines[i].change == ASSAY_CHANGE_NONE ? "renamed, the same"
									: names[d->lines[i].change]);
		last = (int)d->lines[i].change;
		put_line(out, &d->lines[i]);
	}
	if (d->count)
		putc('\n', out);
	for (int c = 0; c < ASSAY_CHANGE_COUNT; c++) {
		fprintf(out, "%s%zu %s", separator, d->changes[c], names[c]);
		separator = ", ";
	}
	fprintf(out, "; %zu renamed\n", d->renamed);
}

static void run_members(struct assay_json *j, const char *key, const struct assay_run *run)
{
	assay_json_object(j, key);
	assay_json_info(j, &run->info);
	assay_json_string(j, "stopped", run->info.stopped);
	assay_json_number(j, "tests", run->count);
	assay_json_end(j);
}

static void state_members(struct assay_json *j, const char *key, const struct assay_test_result *r)
{
	if (!r) {
		assay_json_string(j, key, NULL);
		return;
	}
	assay_json_object(j, key);
	assay_json_string(j, "id", r->id);
	assay_json_string(j, "verdict", assay_verdict_name(r->raw));
	assay_json_string(j, "reason", r->reason);
	assay_json_string(j, "signature", r->signature);
	assay_json_end(j);
}

void assay_diff_json(FILE *out, const struct assay_diff *d)
{
	struct assay_json j;

	assay_json_init(&j, out, true);
	assay_json_object(&j, NULL);
	assay_json_string(&j, "format", "iscsi-assay-diff-1");
	run_members(&j, "before", d->before);
	run_members(&j, "after", d->after);
	assay_json_object(&j, "counts");
	for (int c = 0; c < ASSAY_CHANGE_COUNT; c++)
		assay_json_number(&j, names[c], d->changes[c]);
	assay_json_number(&j, "renamed", d->renamed);
	assay_json_end(&j);
	assay_json_array(&j, "tests");
	for (size_t i = 0; i < d->count; i++) {
		assay_json_object(&j, NULL);
		assay_json_string(
			&j, "id", d->lines[i].after ? d->lines[i].after->id : d->lines[i].before->id);
		assay_json_string(&j, "change", names[d->lines[i].change]);
		assay_json_bool(&j, "renamed", d->lines[i].renamed);
		state_members(&j, "before", d->lines[i].before);
		state_members(&j, "after", d->lines[i].after);
		assay_json_end(&j);
	}
	assay_json_end(&j);
	assay_json_end(&j);
}
