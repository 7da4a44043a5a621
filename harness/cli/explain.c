/* explain.c - the command explain: what an id stands for. A test, a rule, a requirement or a defect; one can be named by several kinds. */
#include <string.h>

#include "cli/cli.h"
#include "cli/requirement.h"
#include "proto/rules.h"
#include "report/print.h"
#include "suites/suites.h"
#include "target/defect.h"

/* Is word one of the space separated words of list? */
static bool among(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at && (at = strstr(at, word)) != NULL; at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == 0 || at[length] == ' '))
			return true;
	return false;
}

static void put_standard(const char *standard)
{
	printf("%s%s", standard[0] >= '0' && standard[0] <= '9' ? "RFC " : "", standard);
}

static void put_requirement(const char *id)
{
	const struct assay_requirement *r = assay_requirement_find(id);

	if (!r) {
		printf("  %-20s (not in the catalogue)\n", id);
		return;
	}
	printf("  %-20s %s (%s, ", r->id, r->level, r->role);
	put_standard(r->standard);
	printf(" %s) %s\n", r->clause, r->summary);
}

/* Calls put for each word. */
static void each(const char *words, void (*put)(const char *word))
{
	char word[128];

	while (words && *(words += strspn(words, " "))) {
		size_t length = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		put(word);
		words += length;
	}
}

static void put_defect(const char *name)
{
	int found = assay_defect_find(name);

	printf("  %-32s %s\n", name, found < 0 ? "(no such defect)" : assay_defect_at(found)->desc);
}

static void put_test(const struct assay_test *t)
{
	printf("%s: a test, %s, ", t->id, assay_level_name(t->level));
	assay_print_section(stdout, t->section, assay_print_clean);
	printf("\nthe target %s\n", t->desc);
	if (t->aliases)
		printf("once called: %s\n", t->aliases);
	if (t->tags)
		printf("tags: %s\n", t->tags);
	puts("stands for");
	each(t->reqs, put_requirement);
	if (t->defects)
		puts("is failed by the built-in target with --defect");
	each(t->defects, put_defect);
	printf("run it: iscsi-assay run %s\n", t->id);
}

static void put_rule(const struct assay_rule *r)
{
	static const char *const who[] = { "nobody", "an initiator", "a target", "either side" };

	printf("%s: a rule that watches every connection, %s, ", r->id, assay_level_name(r->level));
	assay_print_section(stdout, r->section, assay_print_clean);
	printf("\n%s %s\nstands for\n", who[r->role], r->desc);
	each(r->reqs, put_requirement);
}

/* Which tests have this word in that list of theirs. */
static void put_tests_with(const char *word, bool defects)
{
	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++) {
			const struct assay_test *t = &(*s)->tests[i];

			if (among(defects ? t->defects : t->reqs, word))
				printf("  test %-40s the target %s\n", t->id, t->desc);
		}
}

static void put_requirement_whole(const struct assay_requirement *r)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	printf("%s: a requirement, %s, ", r->id, r->level);
	put_standard(r->standard);
	printf(" %s%s\nkept by: %s; seen: %s; area: %s\n%s\n", r->standard[0] <= '9' ? "section " : "",
		r->clause, r->role, r->testable, r->area, r->summary);
	puts("watched by");
	put_tests_with(r->id, false);
	for (size_t i = 0; i < count; i++)
		if (among(rules[i].reqs, r->id))
			printf("  rule %-40s %s\n", rules[i].id, rules[i].desc);
}

static void put_defect_whole(const struct assay_defect_info *d)
{
	printf("%s: a defect of the built-in target\n%s\nbreaks\n", d->name, d->desc);
	each(d->reqs, put_requirement);
	puts("caught by");
	put_tests_with(d->name, true);
	printf("serve it: iscsi-assay target --defect %s\n", d->name);
}

static const struct assay_test *find_test(const char *id)
{
	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++)
			if (strcmp((*s)->tests[i].id, id) == 0 || among((*s)->tests[i].aliases, id))
				return &(*s)->tests[i];
	return NULL;
}

static int explain(const char *id)
{
	const struct assay_test *test = find_test(id);
	const struct assay_rule *rule = assay_rule_find(id);
	const struct assay_requirement *requirement = assay_requirement_find(id);
	int defect = assay_defect_find(id);

	if (!test && !rule && !requirement && defect < 0)
		return assay_complain("there is no test, rule, requirement or defect '%s': tests are in "
				      "iscsi-assay list, defects in iscsi-assay target --list-defects",
			id);
	if (test)
		put_test(test);
	if (rule)
		put_rule(rule);
	if (requirement)
		put_requirement_whole(requirement);
	if (defect >= 0)
		put_defect_whole(assay_defect_at(defect));
	return ASSAY_EXIT_OK;
}

int assay_cli_explain(struct assay_cli *cli)
{
	if (!cli->words.count)
		return assay_complain(
			"explain needs an id: a test's, a rule's, a requirement's or a defect's");
	for (size_t i = 0; i < cli->words.count; i++) {
		int result;

		if (i)
			putchar('\n');
		result = explain(cli->words.word[i]);
		if (result)
			return result;
	}
	return ASSAY_EXIT_OK;
}
