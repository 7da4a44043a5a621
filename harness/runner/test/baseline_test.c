/* baseline_test.c - expected failures: read, applied, written; good and bad. */
#include <unistd.h>

#include "runner/baseline.h"
#include "test.h"
#include "test/unit.h"

#define PATH "baseline_test.baseline"

static const struct assay_test tests[] = {
	{ .id = "login.a" },
	{ .id = "login.b", .aliases = "login.old" },
	{ .id = "login.c" },
	{ .id = "login.d" },
};
static const struct assay_suite suite = { "login", "l", tests, 4 };
static const struct assay_suite *const suites[] = { &suite, NULL };

static void good(void)
{
	struct assay_baseline *b;
	struct assay_error err = { 0 };
	const struct assay_baseline_line *line;

	write_file(PATH, "# a comment\n\nlogin.a FAIL rule:x,claim:1 # it does # really\n  login.old\tWARN * "
			 "#w  \nlogin.c TIMEOUT timeout # slow");
	CU_ASSERT_EQUAL_FATAL(assay_baseline_read(&b, PATH, suites, &err), 0);
	CU_ASSERT_EQUAL(assay_baseline_count(b), 3);
	line = assay_baseline_find(b, "login.a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_EQUAL(line->verdicts, 1u << ASSAY_FAIL);
	CU_ASSERT_STRING_EQUAL(line->signature, "rule:x,claim:1");
	CU_ASSERT_STRING_EQUAL(line->why, "it does # really");
	CU_ASSERT_EQUAL(line->line, 3);
	CU_ASSERT_PTR_NOT_NULL(assay_baseline_find(b, "login.b")); /* by its old id */
	CU_ASSERT_PTR_NULL(assay_baseline_find(b, "login.d"));
	CU_ASSERT_PTR_NULL(assay_baseline_find(NULL, "login.a"));
	assay_baseline_free(b);
}

static void bad(void)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "login.a FAIL rule:x", "say why" },
		{ "login.a FAIL rule:x #", "say why" },
		{ "login.a FAIL rule:x #  ", "say why" },
		{ "login.a FAIL rule:x # ?", "'?'" },
		{ "login.a FAIL # why", "form of a line" },
		{ "login.a # why", "form of a line" },
		{ "login.a FAIL rule:x more # why", "form of a line" },
		{ "login.a PASS * # why", "FAIL, WARN, TIMEOUT or CRASH" },
		{ "login.a ERROR * # why", "FAIL, WARN, TIMEOUT or CRASH" },
		{ "login.a fail * # why", "FAIL, WARN, TIMEOUT or CRASH" },
		{ "login.a FAIL|CRASH claim:1 # why", "where there are several" },
		{ "login.a FAIL|FAIL * # why", "FAIL, WARN, TIMEOUT or CRASH" },
		{ "login.a FAIL| * # why", "FAIL, WARN, TIMEOUT or CRASH" },
		{ "login.x FAIL * # why", "no test" },
		{ "login.b FAIL * # why\nlogin.old FAIL * # why", "line already" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_baseline *b;
		struct assay_error err = { 0 };

		write_file(PATH, rows[i].line);
		CU_ASSERT_EQUAL(assay_baseline_read(&b, PATH, suites, &err), ASSAY_E_SYNTAX);
		CU_ASSERT_PTR_NULL(b);
		ASSERT_HAS(err.message, rows[i].why);
		ASSERT_HAS(
			err.message, strchr(rows[i].line, '\n') ? PATH ":2: login.old" : PATH ":1: login.");
		CU_ASSERT_PTR_NULL(strchr(err.message, '\n'));
	}
}

static void bad_files(void)
{
	static char line[6000];
	struct assay_baseline *b;
	struct assay_error err = { 0 };

	CU_ASSERT_EQUAL(assay_baseline_read(&b, "no/such/file", suites, &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, "no/such/file");
	memset(line, 'x', sizeof(line) - 1);
	write_file(PATH, line);
	CU_ASSERT_EQUAL(assay_baseline_read(&b, PATH, suites, &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, ":1: longer");
}

static void apply(void)
{
	const struct assay_baseline_line exact = { "login.a", 1u << ASSAY_FAIL, "", "rule:x", "w", 1 },
					 any = { "login.a", 1u << ASSAY_FAIL, "", "*", "w", 1 };

	const struct assay_baseline_line moody = { "login.a",
		1u << ASSAY_FAIL | 1u << ASSAY_CRASH | 1u << ASSAY_PASS, "FAIL|CRASH|PASS", "*", "w", 1 };

	CU_ASSERT_EQUAL(assay_baseline_apply(&moody, ASSAY_FAIL, "rule:y"), ASSAY_XFAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&moody, ASSAY_CRASH, "crash"), ASSAY_XFAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&moody, ASSAY_PASS, NULL), ASSAY_PASS);
	CU_ASSERT_EQUAL(assay_baseline_apply(&moody, ASSAY_TIMEOUT, NULL), ASSAY_TIMEOUT);
	CU_ASSERT_EQUAL(assay_baseline_apply(NULL, ASSAY_FAIL, "rule:x"), ASSAY_FAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_FAIL, "rule:x"), ASSAY_XFAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_FAIL, "rule:y"), ASSAY_FAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_FAIL, NULL), ASSAY_FAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_TIMEOUT, "rule:x"), ASSAY_TIMEOUT);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_WARN, "rule:x"), ASSAY_WARN);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_PASS, NULL), ASSAY_XPASS);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_SKIP, NULL), ASSAY_SKIP);
	CU_ASSERT_EQUAL(assay_baseline_apply(&exact, ASSAY_ERROR, NULL), ASSAY_ERROR);
	CU_ASSERT_EQUAL(assay_baseline_apply(&any, ASSAY_FAIL, "rule:y"), ASSAY_XFAIL);
	CU_ASSERT_EQUAL(assay_baseline_apply(&any, ASSAY_FAIL, NULL), ASSAY_XFAIL);
}

static void read_back(char *out, size_t capacity)
{
	FILE *file = fopen(PATH, "r");
	size_t n;

	if (!file)
		abort();
	n = fread(out, 1, capacity - 1, file);
	out[n] = 0;
	fclose(file);
}

static void write_anew(void)
{
	static const struct assay_test_result results[] = {
		{ .id = "login.a", .raw = ASSAY_FAIL, .signature = "rule:new" },
		{ .id = "login.b", .raw = ASSAY_PASS },
		{ .id = "login.c", .raw = ASSAY_TIMEOUT, .signature = "timeout" },
	};
	const struct assay_run run = { .info.target = "t", .results = results, .count = 3 };
	struct assay_baseline *old;
	size_t added, gone;
	struct assay_error err = { 0 };
	char text[1024];

	write_file(PATH, "# ours\n  # docs/x.md\n\nlogin.a FAIL rule:old # known\nlogin.b FAIL * # gone "
			 "now\n# of b\nlogin.d WARN * # not run\n");
	CU_ASSERT_EQUAL_FATAL(assay_baseline_read(&old, PATH, suites, &err), 0);
	CU_ASSERT_EQUAL(assay_baseline_write(PATH, &run, old, NULL, &added, &gone, &err), 0);
	assay_baseline_free(old);
	CU_ASSERT_EQUAL(added, 1);
	CU_ASSERT_EQUAL(gone, 1);
	read_back(text, sizeof(text));
	ASSERT_HAS(text, "\nlogin.a FAIL rule:new # known\n");
	ASSERT_HAS(text, "\nlogin.c TIMEOUT timeout # ?\n");
	ASSERT_HAS(text, "\nlogin.d WARN * # not run\n");
	CU_ASSERT_PTR_NULL(strstr(text, "login.b"));
	CU_ASSERT_PTR_EQUAL(strstr(text, "# ours\n  # docs/x.md\nlogin.a"), text);
	CU_ASSERT_PTR_NULL(strstr(text, "# of b"));
	/* nobody has said why yet */
	CU_ASSERT_EQUAL(assay_baseline_read(&old, PATH, suites, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_baseline_write(PATH, &run, NULL, "first", &added, &gone, &err), 0);
	CU_ASSERT_EQUAL(assay_baseline_read(&old, PATH, suites, &err), 0);
	assay_baseline_free(old);
	CU_ASSERT_EQUAL(
		assay_baseline_write("no/such/dir/x", &run, NULL, NULL, &added, &gone, &err), ASSAY_E_IO);
	unlink(PATH);
}

static CU_TestInfo all[] = {
	{ "good lines", good },
	{ "bad lines", bad },
	{ "bad files", bad_files },
	{ "applied", apply },
	{ "written", write_anew },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run_in_folder("baseline", all);
}
