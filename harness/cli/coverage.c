/* coverage.c - list --coverage: which requirements the tests and rules stand for, as Markdown (docs/coverage.md is made so). It only counts the tables; that a
 * test decides what it names is shown by selftest and by review. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/requirement.h"
#include "proto/rules.h"
#include "suites/suites.h"

#define AREAS_MAX 128

/* Counts over the rows that a target must keep and that show on the wire. */
struct area {
	const char *name;
	unsigned rows, tested, ruled, none;
};

/* Does a space separated list of ids hold this one? */
static bool names(const char *ids, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = ids; at && (at = strstr(at, id)); at += length)
		if ((at == ids || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static bool has_test(const char *id)
{
	for (const struct assay_suite *const *s = assay_target_suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++)
			if (names((*s)->tests[i].reqs, id))
				return true;
	return false;
}

static bool has_rule(const char *id)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	for (size_t i = 0; i < count; i++)
		if ((rules[i].role & ASSAY_TARGET) && names(rules[i].reqs, id))
			return true;
	return false;
}

static bool counts(const struct assay_requirement *r)
{
	return strcmp(r->testable, "wire") == 0 && strcmp(r->role, "initiator") != 0;
}

static bool binds(const struct assay_requirement *r)
{
	return strncmp(r->level, "MUST", 4) == 0;
}

static struct area *area_of(struct area *areas, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(areas[i].name, name) == 0)
			return &areas[i];
	if (*count == AREAS_MAX)
		return &areas[AREAS_MAX - 1];
	areas[*count].name = name;
	return &areas[(*count)++];
}

static void print_row(const struct area *a)
{
	printf("| %s | %u | %u | %u | %u |\n", a->name, a->rows, a->tested, a->ruled, a->none);
}

void assay_print_coverage(void)
{
	struct area areas[AREAS_MAX] = { 0 }, all = { .name = "all" };
	size_t count = 0;

	puts("# Coverage\n\nMade by `iscsi-assay list --coverage`: the rows of the catalogues that bind a "
	     "target with a MUST or MUST NOT and show on the wire; how many "
	     "of them a test names, how many only a rule of the engine, how many nothing.\n\n| area | rows | "
	     "by a test | by a rule only | by nothing |\n|---|---|---|---|---|");
	for (size_t i = 0; i < assay_requirement_count; i++) {
		const struct assay_requirement *r = &assay_requirements[i];
		struct area *a;
		bool tested, ruled;

		if (!counts(r) || !binds(r))
			continue;
		a = area_of(areas, &count, r->area);
		tested = has_test(r->id);
		ruled = !tested && has_rule(r->id);
		a->rows++, all.rows++;
		a->tested += tested, all.tested += tested;
		a->ruled += ruled, all.ruled += ruled;
		a->none += !tested && !ruled, all.none += !tested && !ruled;
	}
	for (size_t i = 0; i < count; i++)
		print_row(&areas[i]);
	print_row(&all);
	puts("\n## By nothing yet\n");
	for (size_t i = 0; i < assay_requirement_count; i++) {
		const struct assay_requirement *r = &assay_requirements[i];

		if (counts(r) && binds(r) && !has_test(r->id) && !has_rule(r->id))
			printf("- `%s` %s\n", r->id, r->summary);
	}
}
