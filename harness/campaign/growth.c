/* growth.c - see growth.h. */
#include "campaign/growth.h"

#include <stdlib.h>

#define EVERY 256 /* cases between looks */
#define STEP  (UINT64_C(256) << 10) /* bytes of the first step */
#define SEEN  8192 /* bytes that one play can be seen to cost */
#define AGAIN                                                                                                \
	8 /* plays more in which what was seen must be seen again, or it was something that is taken once */
#define TRIES   3 /* cases that were seen to, twice, and are measured */
#define CHECK   32 /* plays between looks while a case is measured */
/* Bytes after which a target has taken what it takes once and keeps: AddressSanitizer's quarantine is among that */
#define WARM    (UINT64_C(64) << 20)
#define ENOUGH  (UINT64_C(4) << 20) /* bytes after which a case that is measured is played no more */
#define MEASURE 3 /* times: the first is for what it takes once and keeps */

int assay_growth_init(struct assay_growth *g)
{
	*g = (struct assay_growth){ .late = calloc(ASSAY_GROWTH_CASES, sizeof(*g->late)), .step = STEP };
	return g->late ? 0 : ASSAY_E_NOMEM;
}

void assay_growth_free(struct assay_growth *g)
{
	free(g->late);
	g->late = NULL;
}

static unsigned starts_of(const struct assay_rig *rig)
{
	return rig->starts ? rig->starts(rig->payload) : 0;
}

static void set_level(struct assay_growth *g, const struct assay_rig *rig, uint64_t level)
{
	g->level = level;
	g->since = 0;
	g->starts = starts_of(rig);
}

bool assay_growth_note(struct assay_growth *g, const struct assay_rig *rig, const struct assay_case_id *id)
{
	uint64_t now;

	g->late[g->noted++ % ASSAY_GROWTH_CASES] = *id;
	g->since++;
	if (g->noted % EVERY || !rig->memory)
		return false;
	if (starts_of(rig) != g->starts)
		set_level(g, rig, 0);
	if (g->since < ASSAY_GROWTH_CASES && !g->level)
		return false; /* it is still taking what it needs anyway */
	now = rig->memory(rig->payload);
	if (!g->level)
		set_level(g, rig, now);
	return now > g->level + g->step;
}

/* Plays all of a set a number of times; what that cost in bytes. Negative: an error, or (ASSAY_E_TIMEOUT) there is no telling: stopped, or it was started anew meanwhile. */
static int64_t cost(const struct assay_trier *t, const struct assay_case_id *set, unsigned count,
	unsigned times, struct assay_error *err)
{
	const struct assay_rig *rig = t->rig;
	unsigned starts = starts_of(rig);
	uint64_t before = rig->memory(rig->payload), after;

	for (unsigned time = 0; time < times; time++)
		for (unsigned n = 0; n < count; n++) {
			const struct assay_case_name name = { .id = set[n] };
			struct assay_judged judged;
			int r = rig->play(rig->payload, &judged, &name, err);

			if (r < 0)
				return r;
			if (assay_trier_ended(t) || starts_of(rig) != starts)
				return ASSAY_E_TIMEOUT;
		}
	after = rig->memory(rig->payload);
	return after > before ? (int64_t)(after - before) : 0;
}

/* Plays one case over and over: what that cost, and how many plays it took. 1; 0: there is no telling; or a negative error. */
static int measure_once(struct assay_judged *out, uint64_t *bytes, unsigned *plays, uint64_t enough,
	const struct assay_trier *t, const struct assay_case_name *name, struct assay_error *err)
{
	const struct assay_rig *rig = t->rig;
	uint64_t before = rig->memory(rig->payload), now = before;
	unsigned starts = starts_of(rig);

	for (*plays = 0; *plays < ASSAY_GROWTH_PLAYS && now < before + enough; ++*plays) {
		int r = rig->play(rig->payload, out, name, err);

		if (r < 0)
			return r;
		if (assay_trier_ended(t) || starts_of(rig) != starts)
			return 0;
		if (*plays % CHECK == CHECK - 1)
			now = rig->memory(rig->payload);
	}
	now = rig->memory(rig->payload);
	*bytes = now > before ? now - before : 0;
	return 1;
}

int assay_growth_measure(struct assay_judged *out, const struct assay_trier *t,
	const struct assay_case_name *name, struct assay_error *err)
{
	const struct assay_rig *rig = t->rig;
	uint64_t least = UINT64_MAX;
	unsigned plays = 0;
	int r = rig->memory && rig->fresh ? rig->fresh(rig->payload, err) : 0;

	if (r < 0 || !rig->memory)
		return r < 0 ? r : 0;
	for (unsigned time = 0; time < MEASURE; time++) {
		uint64_t bytes = 0;

		r = measure_once(out, &bytes, &plays, time ? ENOUGH : WARM, t, name, err);
		if (r <= 0)
			return r;
		if (time && bytes / plays < least)
			least = bytes / plays;
		if (least < ASSAY_GROWTH_LEAST)
			return 0;
	}
	out->growth = least;
	out->played.outcome = ASSAY_OUTCOME_MEMORY;
	snprintf(out->played.words, sizeof(out->played.words),
		"the target's memory grows by %llu bytes with each play, over %u plays",
		(unsigned long long)least, (MEASURE - 1) * plays);
	return 1;
}

/* Plays each once: what costs something though it was played before is measured, tries of them at most. As assay_growth_find. */
static int scan(struct assay_judged *out, unsigned *tries, struct assay_case_name *name,
	const struct assay_trier *t, const struct assay_case_id *set, unsigned count, struct assay_error *err)
{
	*tries = 0;
	for (unsigned n = 0; n < count && *tries < TRIES && !assay_trier_ended(t); n++) {
		int64_t bytes = cost(t, &set[n], 1, 1, err);
		int r;

		if (bytes >= SEEN)
			bytes = cost(t, &set[n], 1, AGAIN, err);
		if (bytes < 0 && bytes != ASSAY_E_TIMEOUT)
			return (int)bytes;
		if (bytes < SEEN)
			continue;
		++*tries;
		*name = (struct assay_case_name){ .id = set[n] };
		r = assay_growth_measure(out, t, name, err);
		if (r)
			return r;
	}
	return 0;
}

/* The cases of late, oldest first. */
static unsigned list_late(struct assay_case_id *out, const struct assay_growth *g)
{
	unsigned count = g->noted < ASSAY_GROWTH_CASES ? (unsigned)g->noted : ASSAY_GROWTH_CASES;

	for (unsigned n = 0; n < count; n++)
		out[n] = g->late[(g->noted - count + n) % ASSAY_GROWTH_CASES];
	return count;
}

/* Halves the set until one case is left. 0, or a negative error. */
static int halve(
	struct assay_case_id **set, unsigned *count, const struct assay_trier *t, struct assay_error *err)
{
	while (*count > 1) {
		unsigned half = *count / 2, times = 1 + ASSAY_GROWTH_PLAYS / half;
		int64_t first, second;

		first = cost(t, *set, half, times, err);
		second = first < 0 ? first : cost(t, *set + half, *count - half, times, err);
		if (second < 0)
			return (int)second;
		if (second > first)
			*set += half;
		*count = second > first ? *count - half : half;
	}
	return 0;
}

int assay_growth_find(struct assay_judged *out, struct assay_case_name *name, struct assay_growth *g,
	const struct assay_trier *t, struct assay_error *err)
{
	struct assay_case_id *all = malloc(ASSAY_GROWTH_CASES * sizeof(*all)), *set = all;
	unsigned count, tries;
	int r;

	if (!all)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	count = list_late(all, g);
	r = scan(out, &tries, name, t, set, count, err);
	if (!r && !tries) {
		r = halve(&set, &count, t, err);
		*name = (struct assay_case_name){ .id = set[0] };
		if (!r)
			r = assay_growth_measure(out, t, name, err);
	}
	free(all);
	g->step *= 2;
	set_level(g, t->rig, 0);
	return r == ASSAY_E_TIMEOUT ? 0 : r;
}
