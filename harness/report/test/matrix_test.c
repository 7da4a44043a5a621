/*
 * matrix_test.c - columns, rows and lists of a matrix from small runs: whatever their order, shards, old names, other suites, hostile strings, nothing at all.
 * What is written is read back by another hand: jansson and the documented schema.
 */
#include <stdlib.h>
#include <string.h>

#include "report/matrix.h"
#include "report/test/schema.h"
#include "report/test/tree.h"
#include "test/unit.h"

#define HOSTILE "<b>|`# \033[31m \xff </script> \" \n end"
#define RUNS    5
#define TESTS   8

static const char *const order[] = { "a.one", "a.two", "b.one", "a.three", "c.one", "c.two", "d.old", "d.two",
	"never.run", NULL };

/* Of each test (in the order above) its verdict in each run; '-' has none. ours, tgt 1 plain, tgt 1 chap, tgt 2, LIO. */
static const char verdicts[TESTS][RUNS + 1] = {
	"PPPPP", /* none */
	"PFFFP", /* one: tgt */
	"PFPFF", /* all: tgt in one profile, LIO; ours has no say */
	"PSSSF", /* lone: LIO */
	"PPPPW", /* one: LIO */
	"PESCT", /* all */
	"PVPPP", /* varies: one, tgt */
	"P---P", /* not run in tgt */
};
static const enum assay_spread spreads[TESTS] = { ASSAY_SPREAD_NONE, ASSAY_SPREAD_ONE, ASSAY_SPREAD_ALL,
	ASSAY_SPREAD_LONE, ASSAY_SPREAD_ONE, ASSAY_SPREAD_ALL, ASSAY_SPREAD_ONE, ASSAY_SPREAD_NONE };

static struct assay_test_result results[RUNS][TESTS];
static struct assay_run runs[RUNS] = {
	{ .info = { .target = "built-in", .profile = "built-in" } },
	{ .info = { .target = "iscsi://h:1234/t/1",
		  .profile = "tgt",
		  .implementation = "IET VIRTUAL-DISK 0001",
		  .implementation_name = "tgt",
		  .implementation_version = "1.9" } },
	{ .info = { .target = "iscsi://h:2345/t/1",
		  .profile = "tgt-chap",
		  .implementation_name = "tgt",
		  .implementation_version = "1.9" } },
	{ .info = { .target = "iscsi://h:3456/t/1",
		  .profile = "tgt",
		  .implementation_name = "tgt",
		  .implementation_version = "1.10" } },
	{ .info = { .target = "iscsi://h:4567/" HOSTILE,
		  .implementation = "LIO-ORG " HOSTILE,
		  .stopped = "max-time" } },
};

static enum assay_verdict verdict_of(char letter)
{
	static const char letters[ASSAY_VERDICT_COUNT + 1] = "PFWSXYETC";

	return (enum assay_verdict)(strchr(letters, letter) - letters);
}

static struct assay_test_result result_of(const char *id, char letter)
{
	static const char *const areas[] = { "a", "b", "c", "d" };
	struct assay_test_result r = { .id = id,
		.area = areas[id[0] - 'a'],
		.desc = "does what it must " HOSTILE,
		.reqs = "R7143-1-1 R7143-1-2",
		.section = "4.2|4",
		.level = "MUST" };

	if (letter == 'V') {
		r.baseline_verdicts = "PASS|CRASH|FAIL";
		r.baseline_signature = "*";
		r.baseline = "memory " HOSTILE;
		letter = 'F';
	}
	r.raw = r.verdict = verdict_of(letter);
	if (r.baseline)
		r.verdict = ASSAY_XFAIL;
	if (letter == 'S')
		r.reason = "not-offered";
	return r;
}

static void make_runs(void)
{
	for (size_t r = 0; r < RUNS; r++) {
		runs[r].info.version = "1";
		runs[r].info.suite_revision = "abc";
		runs[r].results = results[r];
		for (size_t t = 0; t < TESTS; t++)
			if (verdicts[t][r] != '-')
				results[r][runs[r].count++] = result_of(order[t], verdicts[t][r]);
	}
}

static const char *current(const char *id)
{
	return strcmp(id, "a.once") == 0 ? "a.one" : id;
}

static char why[ASSAY_MATRIX_WHY];

/* Of these runs; NULL when it was refused, with words in why. The caller frees it. */
static struct assay_matrix *matrix_of(const struct assay_run *const *list, size_t count, bool intersect)
{
	static const char *const names[ASSAY_MATRIX_COLUMNS_MAX + 1] = { "0.json", "1.json", "2.json",
		"3.json", "4.json" };
	struct assay_matrix_config config = { .runs = list,
		.names = names,
		.count = count,
		.order = order,
		.current = current,
		.intersect = intersect };
	struct assay_matrix *m;

	why[0] = 0;
	if (!assay_matrix_make(&m, &config, why))
		return m;
	assay_matrix_free(m);
	return NULL;
}

static struct assay_matrix *matrix_of_all(void)
{
	const struct assay_run *list[RUNS];
	struct assay_matrix *m;

	for (size_t i = 0; i < RUNS; i++)
		list[i] = &runs[RUNS - 1 - i]; /* whatever the order that they are given in */
	m = matrix_of(list, RUNS, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return m;
}

static void columns(void)
{
	struct assay_matrix *m = matrix_of_all();
	static const char *const profiles[] = { "built-in", ("iscsi://h:4567/" HOSTILE), "tgt", "tgt-chap",
		"tgt" };
	static const char *const versions[] = { "", "", "1.9", "1.9", "1.10" };

	CU_ASSERT_EQUAL_FATAL(m->column_count, RUNS);
	for (size_t c = 0; c < RUNS; c++) {
		CU_ASSERT_STRING_EQUAL(m->columns[c].profile, profiles[c]);
		CU_ASSERT_STRING_EQUAL(m->columns[c].version ? m->columns[c].version : "", versions[c]);
		CU_ASSERT_EQUAL(m->columns[c].ours, c == 0);
	}
	CU_ASSERT_STRING_EQUAL(m->columns[0].implementation, "iscsi-assay");
	CU_ASSERT_STRING_EQUAL(m->columns[1].implementation, "LIO-ORG " HOSTILE);
	CU_ASSERT_STRING_EQUAL(m->columns[1].stopped, "max-time");
	CU_ASSERT_EQUAL(m->columns[2].implementation_index, m->columns[4].implementation_index);
	CU_ASSERT_NOT_EQUAL(m->columns[1].implementation_index, m->columns[2].implementation_index);
	assay_matrix_free(m);
}

static const struct assay_matrix_row *row_of(const struct assay_matrix *m, const char *id)
{
	for (size_t i = 0; i < m->row_count; i++)
		if (strcmp(m->rows[i].id, id) == 0)
			return &m->rows[i];
	return NULL;
}

static void rows(void)
{
	static const char *const grouped[TESTS] = { "a.one", "a.two", "a.three", "b.one", "c.one", "c.two",
		"d.old", "d.two" };
	struct assay_matrix *m = matrix_of_all();
	size_t counted[ASSAY_VERDICT_COUNT];

	CU_ASSERT_EQUAL_FATAL(m->row_count, TESTS);
	for (size_t i = 0; i < TESTS; i++)
		CU_ASSERT_STRING_EQUAL(m->rows[i].id, grouped[i]);
	CU_ASSERT_EQUAL(m->area_count, 4);
	CU_ASSERT(m->areas[0].count == 3 && m->areas[0].rows == m->rows);
	assay_matrix_area_verdicts(counted, &m->areas[0], 2);
	CU_ASSERT(counted[ASSAY_PASS] == 1 && counted[ASSAY_FAIL] == 1 && counted[ASSAY_SKIP] == 1);
	CU_ASSERT_PTR_NULL(row_of(m, "d.two")->cells[2].result);
	CU_ASSERT_STRING_EQUAL(row_of(m, "d.old")->cells[2].varies, "PASS|CRASH|FAIL");
	CU_ASSERT_EQUAL(row_of(m, "d.old")->cells[2].verdict, ASSAY_CRASH); /* the worst */
	CU_ASSERT_TRUE(row_of(m, "d.old")->cells[2].known);
	assay_matrix_free(m);
}

static void lists(void)
{
	struct assay_matrix *m = matrix_of_all();
	size_t counted[ASSAY_SPREAD_COUNT] = { 0 };

	for (size_t t = 0; t < TESTS; t++) {
		const struct assay_matrix_row *row = row_of(m, order[t]);

		if (row->spread != spreads[t])
			fprintf(stderr, "\n%s: %s\n", row->id, assay_spread_name(row->spread));
		CU_ASSERT_EQUAL(row->spread, spreads[t]);
		counted[spreads[t]]++;
	}
	CU_ASSERT_EQUAL(memcmp(counted, m->spreads, sizeof(counted)), 0);
	CU_ASSERT_STRING_EQUAL(row_of(m, "a.two")->only, "tgt");
	CU_ASSERT_STRING_EQUAL(row_of(m, "a.three")->only, "LIO-ORG " HOSTILE);
	CU_ASSERT_PTR_NULL(row_of(m, "b.one")->only);
	CU_ASSERT(!row_of(m, "a.one")->differs && row_of(m, "a.two")->differs);
	CU_ASSERT_FALSE(row_of(m, "d.two")->differs);
	assay_matrix_free(m);
}

static void shards(void)
{
	struct assay_run first = runs[1], second = runs[1];
	const struct assay_run *list[] = { &second, &first, &runs[0] };
	struct assay_matrix *m;

	first.count = 3;
	second.results += 3;
	second.count -= 3;
	m = matrix_of(list, 3, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT(m->column_count == 2 && m->row_count == TESTS);
	for (size_t i = 0; i + 1 < TESTS; i++)
		CU_ASSERT_PTR_NOT_NULL(m->rows[i].cells[1].result);
	assay_matrix_free(m);
	first.count = 4; /* one test in both */
	CU_ASSERT_PTR_NULL(matrix_of(list, 3, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "a.three is there already for tgt 1.9, profile tgt"));
}

static void suites(void)
{
	struct assay_run other = runs[4], none = runs[1];
	struct assay_test_result renamed[2] = { result_of("a.once", 'F'), result_of("d.new", 'P') };
	const struct assay_run *list[] = { &runs[0], &other, &none };
	struct assay_matrix *m;

	other.info.suite_revision = "def";
	other.results = renamed;
	other.count = 2;
	CU_ASSERT_PTR_NULL(matrix_of(list, 2, false));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(why, "0.json has tests of suite abc and 1.json of suite def: --intersect"));
	m = matrix_of(list, 2, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT(m->row_count == 1 && m->left_out == TESTS && m->revision_count == 2);
	CU_ASSERT_STRING_EQUAL(m->rows[0].id, "a.one");
	CU_ASSERT_EQUAL(m->rows[0].cells[1].verdict, ASSAY_FAIL);
	assay_matrix_free(m);
	none.count = 0;
	CU_ASSERT_PTR_NULL(matrix_of(list, 3, true));
	CU_ASSERT_STRING_EQUAL(why, "no test is in all of the runs");
}

/* A test that our suites do not have stands behind the one before it in its run. */
static void unknown_tests(void)
{
	struct assay_test_result list_of[] = { result_of("a.new", 'P'), result_of("a.one", 'P'),
		result_of("a.newer", 'P'), result_of("a.two", 'P') };
	static const char *const wanted[] = { "a.new", "a.one", "a.newer", "a.two", "a.three" };
	struct assay_run strange = runs[4];
	const struct assay_run *list[] = { &runs[0], &strange };
	struct assay_matrix *m;

	strange.results = list_of;
	strange.count = 4;
	m = matrix_of(list, 2, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(m->rows[i].id, wanted[i]);
	assay_matrix_free(m);
	list_of[2] = list_of[1];
	CU_ASSERT_PTR_NULL(matrix_of(list, 2, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "1.json: a.one is there already"));
}

static void too_little_too_much(void)
{
	struct assay_run empty = { .info = runs[0].info }, huge = runs[4];
	const struct assay_run *list[ASSAY_MATRIX_COLUMNS_MAX + 1] = { &empty, &huge };
	struct assay_test_result *many = calloc(ASSAY_MATRIX_ROWS_MAX + 1, sizeof(*many));
	char(*ids)[16] = calloc(ASSAY_MATRIX_ROWS_MAX + 1, sizeof(*ids));

	CU_ASSERT_PTR_NULL(matrix_of(list, 0, false));
	CU_ASSERT_PTR_NULL(matrix_of(list, 1, false));
	CU_ASSERT_STRING_EQUAL(why, "there is no test in any of the runs");
	CU_ASSERT_PTR_NULL(matrix_of(list, ASSAY_MATRIX_COLUMNS_MAX + 1, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "room for 64"));
	for (size_t i = 0; many && ids && i <= ASSAY_MATRIX_ROWS_MAX; i++) {
		snprintf(ids[i], sizeof(ids[i]), "a.%zu", i);
		many[i] = result_of(ids[i], 'P');
	}
	huge.results = many;
	huge.count = ASSAY_MATRIX_ROWS_MAX + 1;
	CU_ASSERT_PTR_NULL(matrix_of(list, 2, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "more than 100000 tests"));
	free(many);
	free(ids);
}

/* What a writer writes; the caller frees it. */
static char *written(void (*write)(FILE *, const struct assay_matrix *), const struct assay_matrix *m)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	write(out, m);
	fclose(out);
	return text;
}

static void json_reads_back(void)
{
	struct assay_matrix *m = matrix_of_all();
	char *text = written(assay_matrix_json, m);
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL),
	       *schema = json_load_file(ASSAY_DOCS "/matrix.schema.json", 0, NULL), *test;

	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_TRUE(schema && assay_schema_holds(schema, root, "matrix"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "fails_in_one")), m->spreads[ASSAY_SPREAD_ONE]);
	CU_ASSERT_EQUAL(
		json_array_size(json_object_get(root, "fails_everywhere")), m->spreads[ASSAY_SPREAD_ALL]);
	test = json_array_get(json_object_get(root, "tests"), 7);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(test, "id")), "d.two");
	CU_ASSERT_TRUE(json_is_null(json_array_get(json_object_get(test, "cells"), 2)));
	CU_ASSERT_PTR_NULL(strstr(text, "1234")); /* a port would be another in the next run */
	json_decref(root);
	json_decref(schema);
	free(text);
	assay_matrix_free(m);
}

static void markdown(void)
{
	struct assay_matrix *m = matrix_of_all();
	char *text = written(assay_matrix_markdown, m), *line, *save = NULL;
	size_t rows_seen = 0;

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "## Fails in exactly one implementation: 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "**FAIL** in tgt, tgt-chap, tgt"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "PASS\\|CRASH\\|FAIL in tgt. memory"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Stopped early (max-time)"));
	CU_ASSERT_PTR_NULL(strstr(text, "<b>"));
	CU_ASSERT_PTR_NULL(strchr(text, '\033'));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t bars = 0;

		if (line[0] != '|' || !strstr(line, " | MUST | "))
			continue;
		for (const char *at = line; *at; at++)
			bars += *at == '|' && (at == line || at[-1] != '\\');
		CU_ASSERT_EQUAL(bars, RUNS + 3); /* whatever the strings, the table keeps its columns */
		rows_seen++;
	}
	CU_ASSERT_EQUAL(rows_seen, TESTS);
	free(text);
	assay_matrix_free(m);
}

/* What it does in a browser is tested there (test/browser/matrix.mjs). */
static void html(void)
{
	struct assay_matrix *m = matrix_of_all();
	char *text = written(assay_matrix_html, m);
	htmlDocPtr doc = assay_tree_of(text);

	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@class='row'])"), TESTS);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@class='row'][count(tr[1]/*) = 7])"), TESTS);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//tbody[@class='row'][@data-fails='one implementation'])"), 3);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//tbody[@data-cells='PASS PASS PASS|CRASH|FAIL PASS PASS'])"),
		1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//input[@name='impl'][@data-columns='2 3 4'])"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@class='group'])"), 4);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//script)"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody//b[.='b'])"), 0);
	CU_ASSERT_PTR_NULL(strstr(text, "<b>|"));
	CU_ASSERT_PTR_NULL(strchr(text, '\033'));
	xmlFreeDoc(doc);
	free(text);
	assay_matrix_free(m);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(columns),
	UNIT_TEST(rows),
	UNIT_TEST(lists),
	UNIT_TEST(shards),
	{ "suites that differ", suites },
	{ "unknown tests", unknown_tests },
	{ "too little and too much", too_little_too_much },
	{ "JSON", json_reads_back },
	{ "HTML", html },
	{ "Markdown", markdown },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	make_runs();
	return unit_run("matrix", tests);
}
