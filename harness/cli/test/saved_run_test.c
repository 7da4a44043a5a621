/* saved_run_test.c - a run.json is read back whole, and one that lacks a member or has it of another type is refused by that member's name. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/saved_run.h"
#include "report/report.h"
#include "test/unit.h"

static char folder[] = "/tmp/assay-saved-run-XXXXXX";

static const struct assay_failure failures[] = {
	{ .rule = "statsn-step",
		.reqs = "R7143-4.2.2.2-02 R7143-4.2.2.2-03",
		.section = "4.2.2.2",
		.claim = "raises StatSN",
		.sent = "#3 NOP-Out",
		.expected = "</script> \" \\ \n",
		.got = "\xf0\x9f\x98\x80",
		.file = "rules.c",
		.line = 12 },
	{ .expected = "Reject", .should = true },
};

static const struct assay_test_result results[] = {
	{ .id = "login.fail",
		.area = "login",
		.desc = "does it",
		.reqs = "R7143-4.2.2.2-02",
		.section = "4.2.2.2",
		.level = "MUST",
		.verdict = ASSAY_XFAIL,
		.raw = ASSAY_FAIL,
		.reason = "why",
		.baseline = "known",
		.baseline_verdicts = "FAIL|CRASH",
		.baseline_signature = "*",
		.signature = "rule:statsn-step",
		.failures = failures,
		.failure_count = 2,
		.duration = 5000000000,
		.pdus_sent = 3,
		.pdus_received = 4,
		.evidence = "login.fail",
		.again = "iscsi-assay run login.fail",
		.shard = 1 },
	{ .id = "nop.warn",
		.area = "nop",
		.desc = "does it",
		.section = "C",
		.level = "SHOULD",
		.verdict = ASSAY_WARN,
		.raw = ASSAY_WARN },
};

static const struct assay_run run = {
	.info = { .version = "0.1.0",
		.suite_revision = "abc",
		.target = "iscsi://h/iqn/1",
		.profile = "p",
		.implementation = "IET",
		.implementation_name = "tgt",
		.implementation_version = "1.0.85",
		.seed = UINT64_MAX,
		.jobs = 2,
		.strict = true,
		.started = "2026-01-01T00:00:00Z",
		.duration = 1234567890,
		.stopped = "crash" },
	.results = results,
	.count = 2,
	.verdicts = { [ASSAY_XFAIL] = 1, [ASSAY_WARN] = 1 },
	.unexpected = 1,
	.exit = ASSAY_EXIT_CRASH,
};

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* A run's run.json; the caller frees it. */
static char *text_of(const struct assay_run *r)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assay_json_write(out, r);
	fclose(out);
	return text;
}

/* Reads what was written; *saved is the caller's. */
static int read_text(struct assay_saved_run **saved, const char *text, struct assay_error *err)
{
	FILE *out = fopen(path_of("run.json"), "w");

	fputs(text, out);
	fclose(out);
	return assay_saved_run_read(saved, path_of("run.json"), err);
}

static void comes_back_whole(void)
{
	struct assay_saved_run *saved;
	struct assay_error err = { 0 };
	char *before = text_of(&run), *after;
	const char **failed;

	CU_ASSERT_EQUAL_FATAL(read_text(&saved, before, &err), 0);
	after = text_of(assay_saved_run_of(saved));
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_NSTRING_EQUAL(assay_saved_run_of(saved)->folder, folder, strlen(folder));
	failed = assay_saved_run_failed(saved);
	CU_ASSERT_PTR_NOT_NULL_FATAL(failed[0]);
	CU_ASSERT_STRING_EQUAL(failed[0], "nop.warn");
	CU_ASSERT_PTR_NULL(failed[1]);
	free(failed);
	free(before);
	free(after);
	assay_saved_run_free(saved);
}

/* Is the document refused, and the member named? */
static bool refused(json_t *root, const char *member)
{
	char *text = json_dumps(root, 0), quoted[64];
	struct assay_saved_run *saved;
	struct assay_error err = { 0 };
	bool result;

	snprintf(quoted, sizeof(quoted), "\"%s\"", member);
	result = read_text(&saved, text, &err) == ASSAY_E_SYNTAX && strstr(err.message, quoted);
	if (!result)
		fprintf(stderr, "%s: %s\n", member, err.message);
	assay_saved_run_free(saved);
	free(text);
	return result;
}

/* The object in the document that is looked at: the whole, a result, a failure. */
static json_t *object_at(json_t *root, int depth)
{
	json_t *object = root;

	if (depth > 0)
		object = json_array_get(json_object_get(object, "results"), 0);
	return depth > 1 ? json_array_get(json_object_get(object, "failures"), 1) : object;
}

static bool among(const char *const *list, const char *word)
{
	while (*list && strcmp(*list, word) != 0)
		list++;
	return *list != NULL;
}

static bool accepted(json_t *root)
{
	char *text = json_dumps(root, 0);
	struct assay_saved_run *saved;
	struct assay_error err = { 0 };
	bool result = read_text(&saved, text, &err) == 0;

	assay_saved_run_free(saved);
	free(text);
	return result;
}

static void each_member_counts(void)
{
	static const char *const counted_anew[] = { "verdicts", "unexpected", NULL };
	static const char *const later[] = { "implementation_name", "implementation_version",
		"baseline_verdicts", "baseline_signature", NULL };
	char *text = text_of(&run);
	json_t *whole = json_loads(text, 0, NULL), *member;
	const char *key;

	for (int depth = 0; depth < 3; depth++) {
		json_object_foreach(object_at(whole, depth), key, member)
		{
			json_t *without = json_deep_copy(whole), *other = json_deep_copy(whole);

			json_object_del(object_at(without, depth), key);
			json_object_set_new(object_at(other, depth), key, json_real(0.5));
			if (depth > 0 || !among(counted_anew, key)) {
				CU_ASSERT_TRUE(among(later, key) ? accepted(without) : refused(without, key));
				CU_ASSERT_TRUE(refused(other, key));
			}
			json_decref(without);
			json_decref(other);
		}
	}
	json_decref(whole);
	free(text);
}

static void bad_values_are_refused(void)
{
	static const struct {
		int depth;
		const char *member, *value;
	} bad[] = { { 0, "format", "\"iscsi-assay-run-2\"" }, { 0, "seed", "\"0x\"" },
		{ 0, "seed", "\"12\"" }, { 0, "seed", "\"0x11112222333344445\"" }, { 0, "seed", "\"0x-1\"" },
		{ 0, "jobs", "-1" }, { 0, "exit", "256" }, { 0, "target", "null" }, { 0, "results", "{}" },
		{ 1, "verdict", "\"GOOD\"" }, { 1, "reqs", "[1]" }, { 1, "failures", "[1]" },
		{ 1, "shard", "2147483648" }, { 2, "level", "\"MAY\"" }, { 2, "line", "-1" } };
	char *text = text_of(&run);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *root = json_loads(text, 0, NULL);
		const char *named = strcmp(bad[i].value, "[1]") == 0 && bad[i].member[0] == 'f'
					    ? "rule"
					    : bad[i].member;

		json_object_set_new(object_at(root, bad[i].depth), bad[i].member,
			json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
		CU_ASSERT_TRUE(refused(root, named));
		json_decref(root);
	}
	free(text);
}

static void other_files_are_refused(void)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{\"format\": 1}" };
	struct assay_saved_run *saved;
	struct assay_error err = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_EQUAL(read_text(&saved, texts[i], &err), ASSAY_E_SYNTAX);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "run.json"));
		assay_saved_run_free(saved);
	}
	CU_ASSERT_EQUAL(assay_saved_run_read(&saved, path_of("none"), &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "No such file"));
	assay_saved_run_free(saved);
}

static CU_TestInfo tests[] = {
	{ "comes back whole", comes_back_whole },
	{ "each member counts", each_member_counts },
	{ "bad values are refused", bad_values_are_refused },
	{ "other files are refused", other_files_are_refused },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = unit_run("saved run", tests);
	unlink(path_of("run.json"));
	rmdir(folder);
	return failed;
}
