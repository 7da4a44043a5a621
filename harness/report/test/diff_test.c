/* diff_test.c - each kind of change from two small runs; old names; targets that do now this, now that; a run that has a test twice. */
#include <stdlib.h>
#include <string.h>

#include "report/diff.h"
#include "report/test/schema.h"
#include "test/unit.h"

#define HOSTILE "\033[31m \xff </script> \" \n"

/* What was before, what is after (NULL: that run lacks the test), and what is made of it. */
static const struct pair {
	const char *id;
	struct assay_test_result before, after;
	enum assay_change change;
} pairs[] = {
	{ "a.same", { .id = "a.same", .raw = ASSAY_PASS }, { .id = "a.same", .raw = ASSAY_PASS },
		ASSAY_CHANGE_NONE },
	{ "a.fails", { .id = "a.fails", .raw = ASSAY_PASS },
		{ .id = "a.fails", .raw = ASSAY_FAIL, .signature = "claim:1 " HOSTILE },
		ASSAY_CHANGE_REGRESSED },
	{ "a.warns", { .id = "a.warns", .raw = ASSAY_PASS }, { .id = "a.warns", .raw = ASSAY_WARN },
		ASSAY_CHANGE_REGRESSED },
	{ "a.must", { .id = "a.must", .raw = ASSAY_WARN }, { .id = "a.must", .raw = ASSAY_FAIL },
		ASSAY_CHANGE_REGRESSED },
	{ "a.crash", { .id = "a.crash", .raw = ASSAY_TIMEOUT }, { .id = "a.crash", .raw = ASSAY_CRASH },
		ASSAY_CHANGE_REGRESSED },
	{ "a.error", { .id = "a.error", .raw = ASSAY_PASS }, { .id = "a.error", .raw = ASSAY_ERROR },
		ASSAY_CHANGE_REGRESSED },
	{ "a.fixed", { .id = "a.fixed", .raw = ASSAY_FAIL }, { .id = "a.fixed", .raw = ASSAY_PASS },
		ASSAY_CHANGE_FIXED },
	{ "a.better", { .id = "a.better", .raw = ASSAY_CRASH }, { .id = "a.better", .raw = ASSAY_FAIL },
		ASSAY_CHANGE_CHANGED },
	{ "a.otherwise", { .id = "a.otherwise", .raw = ASSAY_FAIL, .signature = "claim:1" },
		{ .id = "a.otherwise", .raw = ASSAY_FAIL, .signature = "claim:2" }, ASSAY_CHANGE_CHANGED },
	{ "a.known", { .id = "a.known", .raw = ASSAY_FAIL, .signature = "claim:1" },
		{ .id = "a.known",
			.raw = ASSAY_FAIL,
			.verdict = ASSAY_XFAIL,
			.signature = "claim:1",
			.baseline_verdicts = "FAIL",
			.baseline_signature = "claim:1" },
		ASSAY_CHANGE_NONE },
	{ "a.any",
		{ .id = "a.any",
			.raw = ASSAY_FAIL,
			.verdict = ASSAY_XFAIL,
			.signature = "claim:1",
			.baseline_verdicts = "FAIL",
			.baseline_signature = "*" },
		{ .id = "a.any", .raw = ASSAY_FAIL, .signature = "claim:2" }, ASSAY_CHANGE_NONE },
	{ "a.varies", { .id = "a.varies", .raw = ASSAY_PASS },
		{ .id = "a.varies", .raw = ASSAY_CRASH, .baseline_verdicts = "FAIL|CRASH|PASS" },
		ASSAY_CHANGE_NONE },
	{ "a.varies-less", { .id = "a.varies-less", .raw = ASSAY_PASS },
		{ .id = "a.varies-less", .raw = ASSAY_CRASH, .baseline_verdicts = "FAIL|CRASH" },
		ASSAY_CHANGE_REGRESSED },
	{ "a.skips", { .id = "a.skips", .raw = ASSAY_PASS },
		{ .id = "a.skips", .raw = ASSAY_SKIP, .reason = "not-offered" }, ASSAY_CHANGE_CHANGED },
	{ "a.skipped", { .id = "a.skipped", .raw = ASSAY_SKIP, .reason = "excluded" },
		{ .id = "a.skipped", .raw = ASSAY_SKIP, .reason = "not-offered" }, ASSAY_CHANGE_CHANGED },
	{ "a.decided", { .id = "a.decided", .raw = ASSAY_SKIP, .reason = "excluded" },
		{ .id = "a.decided", .raw = ASSAY_FAIL }, ASSAY_CHANGE_CHANGED },
	{ "a.new", { .id = NULL }, { .id = "a.new", .raw = ASSAY_FAIL }, ASSAY_CHANGE_NEW },
	{ "a.gone", { .id = "a.gone", .raw = ASSAY_PASS }, { .id = NULL }, ASSAY_CHANGE_REMOVED },
	{ "a.today", { .id = "a.yesterday", .raw = ASSAY_FAIL }, { .id = "a.today", .raw = ASSAY_PASS },
		ASSAY_CHANGE_FIXED },
	{ "a.named", { .id = "a.unnamed", .raw = ASSAY_PASS }, { .id = "a.named", .raw = ASSAY_PASS },
		ASSAY_CHANGE_NONE },
};
#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static struct assay_test_result results[2][PAIRS];
static struct assay_run runs[2];

static const char *current(const char *id)
{
	return strcmp(id, "a.yesterday") == 0 ? "a.today" : strcmp(id, "a.unnamed") == 0 ? "a.named" : id;
}

static void make_runs(void)
{
	for (int r = 0; r < 2; r++) {
		runs[r] = (struct assay_run){ .info = { .version = "1",
						      .suite_revision = r ? "b" : "a",
						      .target = "iscsi://h/" HOSTILE,
						      .implementation_name = "tgt",
						      .implementation_version = HOSTILE,
						      .jobs = 1,
						      .started = "2026-01-01T00:00:00Z",
						      .stopped = r ? "crash" : NULL },
			.results = results[r] };
		for (size_t i = 0; i < PAIRS; i++) {
			const struct assay_test_result *one = r ? &pairs[i].after : &pairs[i].before;

			if (one->id)
				results[r][runs[r].count++] = *one;
		}
	}
}

static struct assay_diff *diff_of(const struct assay_run *before, const struct assay_run *after)
{
	struct assay_diff *d;
	char why[ASSAY_DIFF_WHY];

	CU_ASSERT_EQUAL_FATAL(assay_diff_make(&d, before, after, current, why), 0);
	return d;
}

/* What is said of a test; NONE when it is not listed. */
static const struct assay_diff_line *line_of(const struct assay_diff *d, const char *id)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->lines[i].after ? d->lines[i].after->id : d->lines[i].before->id, id) == 0)
			return &d->lines[i];
	return NULL;
}

static void each_kind(void)
{
	struct assay_diff *d = diff_of(&runs[0], &runs[1]);
	size_t wanted[ASSAY_CHANGE_COUNT] = { 0 };

	for (size_t i = 0; i < PAIRS; i++) {
		const struct assay_diff_line *line = line_of(d, pairs[i].id);
		enum assay_change change = line ? line->change : ASSAY_CHANGE_NONE;

		if (change != pairs[i].change)
			fprintf(stderr, "\n%s: %d, not %d\n", pairs[i].id, change, pairs[i].change);
		CU_ASSERT_EQUAL(change, pairs[i].change);
		wanted[pairs[i].change]++;
	}
	CU_ASSERT_EQUAL(memcmp(wanted, d->changes, sizeof(wanted)), 0);
	CU_ASSERT_EQUAL(d->renamed, 2);
	CU_ASSERT(line_of(d, "a.today")->renamed && line_of(d, "a.named")->renamed);
	CU_ASSERT_PTR_NULL(line_of(d, "a.same"));
	for (size_t i = 1; i < d->count; i++)
		CU_ASSERT(d->lines[i - 1].change <= d->lines[i].change);
	assay_diff_free(d);
}

static void same_and_empty(void)
{
	struct assay_run empty = { .info = runs[0].info };
	struct assay_diff *d = diff_of(&runs[1], &runs[1]);

	CU_ASSERT(d->count == 0 && d->changes[ASSAY_CHANGE_NONE] == runs[1].count);
	assay_diff_free(d);
	d = diff_of(&empty, &runs[1]);
	CU_ASSERT(d->count == runs[1].count && d->changes[ASSAY_CHANGE_NEW] == d->count);
	assay_diff_free(d);
	d = diff_of(&empty, &empty);
	CU_ASSERT_EQUAL(d->count, 0);
	assay_diff_free(d);
}

static void twice(void)
{
	static const struct assay_test_result two[] = { { .id = "a.yesterday" }, { .id = "a.today" } };
	struct assay_run bad = { .info = runs[0].info, .results = two, .count = 2 };
	struct assay_diff *d;
	char why[ASSAY_DIFF_WHY];

	CU_ASSERT_EQUAL(assay_diff_make(&d, &runs[0], &bad, current, why), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "the second run has the test a.today twice"));
	assay_diff_free(d);
}

/* What a writer writes; the caller frees it. */
static char *written(void (*write)(FILE *, const struct assay_diff *), const struct assay_diff *d)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	write(out, d);
	fclose(out);
	return text;
}

static void written_out(void)
{
	struct assay_diff *d = diff_of(&runs[0], &runs[1]);
	char *text = written(assay_diff_print, d), *json = written(assay_diff_json, d);
	json_t *schema = json_load_file(ASSAY_DOCS "/diff.schema.json", 0, NULL), *root;

	CU_ASSERT_PTR_NULL(strchr(text, '\033'));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "the suites differ"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "stopped early: crash"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "a.today (was a.yesterday)  FAIL -> PASS\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "a.skips  PASS -> SKIP not-offered\n"));
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_TRUE(schema && assay_schema_holds(schema, root, "diff"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "tests")), d->count);
	json_decref(root);
	json_decref(schema);
	free(text);
	free(json);
	assay_diff_free(d);
}

static CU_TestInfo tests[] = {
	{ "each kind of change", each_kind },
	{ "the same run and empty ones", same_and_empty },
	{ "a test twice", twice },
	{ "for people and programs", written_out },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	make_runs();
	return unit_run("diff", tests);
}
