/* diff.c - see diff.h: which line of one run belongs to which of the other, and what became of it. */
#include "report/diff.h"

#include <stdlib.h>
#include <string.h>

#include "report/ids.h"
#include "report/verdicts.h"

struct making {
	struct assay_diff *diff;
	const char *(*current)(const char *id);
	struct assay_ids before, after; /* to the places of the results */
};

static const char *id_of(const struct making *m, const char *id)
{
	return m->current ? m->current(id) : id;
}

static int note_places(struct assay_ids *ids, const struct making *m, const struct assay_run *run,
	const char *which, char *why)
{
	for (size_t i = 0; i < run->count; i++) {
		size_t *place = assay_ids_at(ids, id_of(m, run->results[i].id));

		if (*place != ASSAY_IDS_NONE) {
			snprintf(why, ASSAY_DIFF_WHY, "the %s run has the test %.100s twice", which,
				run->results[i].id);
			return -1;
		}
		*place = i;
	}
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Does the baseline of that run expect the verdict and the signature that the other had, too? */
static bool expected_by(const struct assay_test_result *line, const struct assay_test_result *other)
{
	struct assay_test_result held = *other;

	held.baseline_verdicts = line->baseline_verdicts;
	return assay_result_varies(line) && assay_result_varies(&held);
}

static bool any_signature(const struct assay_test_result *r)
{
	return r->verdict == ASSAY_XFAIL && same_text(r->baseline_signature, "*");
}

static enum assay_change change_of(const struct assay_test_result *a, const struct assay_test_result *b)
{
	int before = assay_verdict_badness(a->raw), after = assay_verdict_badness(b->raw);

	if (expected_by(a, b) || expected_by(b, a))
		return ASSAY_CHANGE_NONE;
	if (before >= 0 && (after > before || b->raw == ASSAY_ERROR))
		return ASSAY_CHANGE_REGRESSED;
	if (before > 0 && after == 0)
		return ASSAY_CHANGE_FIXED;
	if (a->raw != b->raw)
		return ASSAY_CHANGE_CHANGED;
	if (a->raw == ASSAY_SKIP)
		return same_text(a->reason, b->reason) ? ASSAY_CHANGE_NONE : ASSAY_CHANGE_CHANGED;
	if (same_text(a->signature, b->signature) || any_signature(a) || any_signature(b))
		return ASSAY_CHANGE_NONE;
	return ASSAY_CHANGE_CHANGED;
}

static void add(struct assay_diff *d, const struct assay_test_result *before,
	const struct assay_test_result *after, enum assay_change change)
{
	bool renamed = before && after && strcmp(before->id, after->id) != 0;

	d->changes[change]++;
	d->renamed += renamed;
	if (change != ASSAY_CHANGE_NONE || renamed)
		d->lines[d->count++] = (struct assay_diff_line){ before, after, change, renamed };
}

static void compare(struct making *m)
{
	struct assay_diff *d = m->diff;

	for (size_t i = 0; i < d->after->count; i++) {
		const struct assay_test_result *after = &d->after->results[i];
		size_t place = assay_ids_find(&m->before, id_of(m, after->id));

		if (place == ASSAY_IDS_NONE)
			add(d, NULL, after, ASSAY_CHANGE_NEW);
		else
			add(d, &d->before->results[place], after,
				change_of(&d->before->results[place], after));
	}
	for (size_t i = 0; i < d->before->count; i++)
		if (assay_ids_find(&m->after, id_of(m, d->before->results[i].id)) == ASSAY_IDS_NONE)
			add(d, &d->before->results[i], NULL, ASSAY_CHANGE_REMOVED);
}

/* Lines of a kind together, the order within a kind kept. */
static void sort_lines(struct assay_diff *d)
{
	struct assay_diff_line *sorted = calloc(d->count + 1, sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		abort();
	for (int change = 0; change < ASSAY_CHANGE_COUNT; change++)
		for (size_t i = 0; i < d->count; i++)
			if ((int)d->lines[i].change == change)
				sorted[count++] = d->lines[i];
	free(d->lines);
	d->lines = sorted;
}

int assay_diff_make(struct assay_diff **out, const struct assay_run *before, const struct assay_run *after,
	const char *(*current)(const char *id), char why[ASSAY_DIFF_WHY])
{
	struct assay_diff *d = calloc(1, sizeof(*d));
	struct making m = { .diff = d, .current = current };
	int result;

	if (!d)
		abort();
	*out = d;
	*d = (struct assay_diff){ .before = before, .after = after };
	d->lines = calloc(before->count + after->count + 1, sizeof(*d->lines));
	if (!d->lines)
		abort();
	result = note_places(&m.before, &m, before, "first", why);
	if (!result)
		result = note_places(&m.after, &m, after, "second", why);
	if (!result)
		compare(&m);
	sort_lines(d);
	assay_ids_free(&m.before);
	assay_ids_free(&m.after);
	return result;
}

void assay_diff_free(struct assay_diff *d)
{
	if (!d)
		return;
	free(d->lines);
	free(d);
}
