/* plan.c - the records checked, the selection and the shard taken, the order of starts; see plan.h. */
#include "runner/plan.h"

#include <stdio.h>
#include <string.h>

#include "runner/token.h"

#define ID_MAX 100

/* "area.what-is-claimed": lower case, digits and '-', at least one dot. It is a folder's name too. */
static bool is_slug(const char *id)
{
	size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-.");
	const char *dot = strchr(id, '.');

	return !id[length] && length <= ID_MAX && dot && dot != id && dot[1] && !strstr(id, "..");
}

static const char *missing(const struct assay_test *t)
{
	if (!t->id || !is_slug(t->id))
		return "its id is no slug area.what-is-claimed";
	if (!t->reqs || !t->reqs[0])
		return "it names no requirement";
	if (!t->section || !t->section[0])
		return "it names no section";
	if (!t->desc || !t->desc[0])
		return "it has no description";
	if (!t->defects || !t->defects[0])
		return "it names no defect that it catches";
	if (t->level < ASSAY_MUST || t->level > ASSAY_MAY)
		return "it has no level";
	return t->run ? NULL : "it has no function";
}

/* How many records own the word as id or old id. */
static size_t owners(const struct assay_suite *const *suites, const char *id)
{
	size_t count = 0;

	for (; *suites; suites++)
		for (size_t i = 0; i < (*suites)->count; i++)
			count += !strcmp((*suites)->tests[i].id, id) ||
				 assay_token_in((*suites)->tests[i].aliases, id);
	return count;
}

int assay_check_records(const struct assay_suite *const *suites, struct assay_error *err)
{
	for (const struct assay_suite *const *s = suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++) {
			const struct assay_test *t = &(*s)->tests[i];
			const char *what = missing(t);

			if (what)
				return assay_error_set(err, ASSAY_E_INVAL, "test %.100s (%s, number %zu): %s",
					t->id ? t->id : "?", (*s)->name, i, what);
		}
	for (const struct assay_suite *const *s = suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++) {
			const char *aliases = (*s)->tests[i].aliases;
			char id[ID_MAX + 1];

			snprintf(id, sizeof(id), "%s", (*s)->tests[i].id);
			do {
				if (owners(suites, id) != 1)
					return assay_error_set(err, ASSAY_E_INVAL,
						"the test id %s is there more than once", id);
			} while (assay_token_next(id, sizeof(id), &aliases));
		}
	return 0;
}

/* Leaves only what --rerun-failed names. */
static int keep_rerun(bool *chosen, const struct assay_run_options *o, struct assay_error *err)
{
	size_t index = 0;

	for (const char *const *id = o->rerun; *id; id++)
		if (!owners(o->suites, *id))
			return assay_error_set(
				err, ASSAY_E_SYNTAX, "to run again: there is no test %.150s", *id);
	for (const struct assay_suite *const *s = o->suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++, index++) {
			bool named = false;

			for (const char *const *id = o->rerun; *id; id++)
				named = named || !strcmp(*id, (*s)->tests[i].id) ||
					assay_token_in((*s)->tests[i].aliases, *id);
			chosen[index] = chosen[index] && named;
		}
	return 0;
}

static int check_options(const struct assay_run_options *o, struct assay_error *err)
{
	if (o->shards && (o->shard < 1 || o->shard > o->shards))
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "shard %u/%u: K/N with K from 1 to N", o->shard, o->shards);
	if (!o->profile->builtin && !o->profile->setup.target_name)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%.120s names no target to test: iscsi://host[:port]/target-iqn/lun",
			o->profile->url);
	return 0;
}

/* Marks what [run] fresh selects. */
static int mark_fresh(
	struct assay_plan *plan, bool *chosen, const struct assay_run_options *o, struct assay_error *err)
{
	size_t index = 0, taken = 0;
	int r = o->profile->fresh_count ? assay_select(chosen, o->suites, o->profile->fresh, err) : 0;

	if (r || !o->profile->fresh_count)
		return r;
	for (const struct assay_suite *const *s = o->suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++, index++)
			if (taken < plan->count && plan->items[taken].test == &(*s)->tests[i])
				plan->items[taken++].fresh = chosen[index];
	return 0;
}

int assay_plan_make(struct assay_plan *out, struct assay_arena *arena, const struct assay_run_options *o,
	struct assay_error *err)
{
	size_t all = 0, index = 0, taken = 0;
	bool *chosen;
	int r;

	*out = (struct assay_plan){ 0 };
	for (const struct assay_suite *const *s = o->suites; *s; s++)
		all += (*s)->count;
	chosen = assay_arena_alloc(arena, all + 1);
	out->items = assay_arena_alloc(arena, (all + 1) * sizeof(*out->items));
	if (!chosen || !out->items)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r = assay_check_records(o->suites, err);
	if (!r)
		r = check_options(o, err);
	if (!r)
		r = assay_select(chosen, o->suites, o->select, err);
	if (!r && o->rerun)
		r = keep_rerun(chosen, o, err);
	if (r)
		return r;
	for (const struct assay_suite *const *s = o->suites; *s; s++)
		for (size_t i = 0; i < (*s)->count; i++, index++) {
			if (!chosen[index])
				continue;
			if (!o->shards || taken % o->shards == o->shard - 1)
				out->items[out->count++].test = &(*s)->tests[i];
			taken++;
		}
	return mark_fresh(out, chosen, o, err);
}

void assay_plan_apply(struct assay_plan *plan, const struct assay_run_options *o, bool apart,
	const struct assay_probe *probe, const struct assay_baseline *baseline)
{
	const unsigned alone = ASSAY_NEED_EXCLUSIVE | ASSAY_NEED_RESTART | ASSAY_NEED_LUN_CHANGE |
			       ASSAY_NEED_DISRUPTIVE;
	unsigned jobs = o->jobs ? o->jobs : 1;
	bool narrow = probe->write_blocks / jobs < ASSAY_REGION_BLOCKS; /* no region for each job */

	for (size_t i = 0; i < plan->count; i++) {
		struct assay_plan_item *item = &plan->items[i];
		unsigned needs = item->test->needs;

		item->skip = assay_skip_reason(item->test, o->profile, probe);
		item->line = assay_baseline_find(baseline, item->test->id);
		/* with one job every test is alone */
		item->exclusive = !apart && jobs > 1 &&
				  (needs & alone || (needs & ASSAY_NEED_WRITE && narrow));
	}
}

struct assay_plan_item *assay_plan_next(struct assay_plan *plan, size_t running)
{
	struct assay_plan_item *alone = NULL;

	if (running && plan->exclusive_runs)
		return NULL;
	plan->exclusive_runs = false;
	for (size_t i = 0; i < plan->count; i++) {
		struct assay_plan_item *item = &plan->items[i];

		if (item->started || item->skip)
			continue;
		if (!item->exclusive && !item->fresh)
			return item;
		if (!alone || (alone->fresh && !item->fresh))
			alone = item;
	}
	if (running || !alone)
		return NULL;
	plan->exclusive_runs = true;
	return alone;
}
