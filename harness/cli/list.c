/* list.c - the command list: the tests, for people, as Markdown (docs/TESTS.md is made so) or JSON. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "report/json.h"
#include "report/print.h"
#include "suites/suites.h"

/* How the chosen tests are printed. */
struct style {
	void (*begin)(struct assay_json *j);
	void (*suite)(const struct assay_suite *suite, size_t chosen);
	void (*test)(struct assay_json *j, const struct assay_test *test, const struct assay_suite *suite);
	void (*end)(struct assay_json *j, size_t chosen);
};

static void put_section(const struct assay_test *test)
{
	assay_print_section(stdout, test->section, assay_print_clean);
}

static void plain_test(struct assay_json *j, const struct assay_test *test, const struct assay_suite *suite)
{
	(void)j, (void)suite;
	printf("%-44s %-6s ", test->id, assay_level_name(test->level));
	put_section(test);
	printf(": %s\n", test->desc);
}

static void plain_end(struct assay_json *j, size_t chosen)
{
	(void)j;
	printf("%zu tests\n", chosen);
}

static void ids_test(struct assay_json *j, const struct assay_test *test, const struct assay_suite *suite)
{
	(void)j, (void)suite;
	puts(test->id);
}

static void markdown_begin(struct assay_json *j)
{
	(void)j;
	puts("# The tests\n\nMade by `iscsi-assay list --md`. Each is shown to fail on the built-in target "
	     "with the defects named.");
}

static void markdown_suite(const struct assay_suite *suite, size_t chosen)
{
	printf("\n## %s: %s (%zu)\n\n| test | level | section | the target … | requirements | caught defects "
	       "|\n|---|---|---|---|---|---|\n",
		suite->name, suite->desc, chosen);
}

static void markdown_cell(const char *words)
{
	for (; words && *words; words++) {
		if (strchr("|<>*_`\\", *words))
			putchar('\\');
		putchar(*words);
	}
}

static void markdown_test(
	struct assay_json *j, const struct assay_test *test, const struct assay_suite *suite)
{
	(void)j, (void)suite;
	printf("| `%s` | %s | ", test->id, assay_level_name(test->level));
	put_section(test);
	fputs(" | ", stdout);
	markdown_cell(test->desc);
	printf(" | %s | %s |\n", test->reqs, test->defects ? test->defects : "");
}

static void json_begin(struct assay_json *j)
{
	assay_json_init(j, stdout, true);
	assay_json_array(j, NULL);
}

static void json_test(struct assay_json *j, const struct assay_test *test, const struct assay_suite *suite)
{
	assay_json_object(j, NULL);
	assay_json_string(j, "id", test->id);
	assay_json_words(j, "aliases", test->aliases);
	assay_json_string(j, "suite", suite->name);
	assay_json_words(j, "reqs", test->reqs);
	assay_json_string(j, "section", test->section);
	assay_json_string(j, "level", assay_level_name(test->level));
	assay_json_string(j, "desc", test->desc);
	assay_json_words(j, "tags", test->tags);
	assay_json_words(j, "defects", test->defects);
	assay_json_end(j);
}

static void json_end(struct assay_json *j, size_t chosen)
{
	(void)chosen;
	assay_json_end(j);
}

static size_t count_chosen(const struct assay_suite *suite, const bool *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < suite->count; i++)
		count += chosen[i];
	return count;
}

static void print(const struct style *style, const bool *chosen)
{
	struct assay_json j;
	size_t all = 0;

	if (style->begin)
		style->begin(&j);
	for (const struct assay_suite *const *s = assay_target_suites; *s; chosen += (*s)->count, s++) {
		size_t count = count_chosen(*s, chosen);

		all += count;
		if (count && style->suite)
			style->suite(*s, count);
		for (size_t i = 0; i < (*s)->count; i++)
			if (chosen[i])
				style->test(&j, &(*s)->tests[i], *s);
	}
	if (style->end)
		style->end(&j, all);
}

int assay_cli_list(struct assay_cli *cli)
{
	static const struct style plain = { .test = plain_test, .end = plain_end };
	static const struct style ids = { .test = ids_test };
	static const struct style markdown = {
		.begin = markdown_begin, .suite = markdown_suite, .test = markdown_test
	};
	static const struct style json = { .begin = json_begin, .test = json_test, .end = json_end };
	struct assay_error err = { 0 };
	bool *chosen;

	if (cli->coverage) {
		if (cli->words.count || cli->json || cli->markdown || cli->ids)
			return assay_complain(
				"--coverage: of all tests; no selectors, --json, --md or --ids beside it");
		assay_print_coverage();
		return ASSAY_EXIT_OK;
	}
	chosen = assay_cli_select(cli, &err);
	if (!chosen)
		return assay_complain_of(&err);
	if (cli->json + cli->markdown + cli->ids > 1) {
		free(chosen);
		return assay_complain("--json, --md and --ids: only one of them");
	}
	print(cli->json ? &json : cli->markdown ? &markdown : cli->ids ? &ids : &plain, chosen);
	free(chosen);
	return ASSAY_EXIT_OK;
}
