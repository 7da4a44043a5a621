/* minimize.c - the search, and what is left out; see minimize.h. Numbers are minimize_value.c's. No I/O but by the questions. */
#include "campaign/minimize.h"

#include <stdlib.h>
#include <string.h>

#include "campaign/minimize_internal.h"

#define PAIRS_OF 8 /* steps, or changes, at most */

/* ---- questions ---- */

/* FNV-1a; never 0. A cut has no padding. */
static uint64_t hash_of(const struct assay_case_cut *cut)
{
	const uint8_t *bytes = (const uint8_t *)cut;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t n = 0; n < sizeof(*cut); n++)
		hash = (hash ^ bytes[n]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

/* Its place among those refused, or a free one: there are twice as many as questions. */
static uint64_t *refused_at(struct assay_search *s, uint64_t hash)
{
	size_t n = hash % SEARCH_REFUSED;

	while (s->refused[n] && s->refused[n] != hash)
		n = (n + 1) % SEARCH_REFUSED;
	return &s->refused[n];
}

static void take_bounds(struct assay_search *s)
{
	if (s->m->bounds)
		memcpy(s->bounds, s->m->bounds(s->m->payload), sizeof(s->bounds));
}

int assay_search_try(struct assay_search *s, const struct assay_case_cut *cut)
{
	uint64_t hash = hash_of(cut), *refused = refused_at(s, hash);
	int r;

	if (*refused || s->asked == s->m->questions || s->asked == ASSAY_MINIMIZE_QUESTIONS ||
		!memcmp(cut, s->best, sizeof(*cut)))
		return 0;
	s->asked++;
	r = s->m->still(s->m->payload, cut);
	if (r == 1) {
		*s->best = *cut;
		take_bounds(s);
	} else if (!r) {
		*refused = hash;
	}
	if (s->m->progress && r >= 0)
		s->m->progress(s->m->payload, s->best, s->asked);
	return r;
}

/* ---- ddmin ---- */

static unsigned list_bits(uint8_t out[64], uint64_t bits)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		if (bits >> i & 1)
			out[n++] = (uint8_t)i;
	return n;
}

int assay_search_reduce(struct assay_search *s, const void *aim, uint64_t *kept, assay_search_fn *ask)
{
	unsigned parts = 2, left;
	uint8_t in[64];
	int any = 0;

	while ((left = list_bits(in, *kept)) > 0) {
		int r = 0;

		parts = parts < left ? parts : left;
		for (unsigned p = 0; p < parts && r == 0; p++) {
			uint64_t without = *kept;

			for (unsigned i = left * p / parts; i < left * (p + 1) / parts; i++)
				without &= ~(UINT64_C(1) << in[i]);
			r = ask(s, aim, without);
			if (r == 1)
				*kept = without;
		}
		if (r < 0)
			return r;
		any |= r;
		if (!r && parts == left)
			break;
		parts = !r ? 2 * parts : parts > 2 ? parts - 1 : 2;
	}
	return any;
}

/* ---- what is left out ---- */

static uint64_t all_of(unsigned count)
{
	return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

static int ask_steps(struct assay_search *s, const void *aim, uint64_t kept)
{
	struct assay_case_cut cut = *s->best;

	(void)aim;
	cut.steps = all_of(s->m->shape->steps) & ~kept;
	return assay_search_try(s, &cut);
}

/* A change that is left out has no numbers. */
static int ask_changes(struct assay_search *s, const void *aim, uint64_t kept)
{
	struct assay_case_cut cut = *s->best;

	(void)aim;
	cut.changes = all_of(s->m->shape->change_count) & ~kept;
	cut.values &= kept;
	cut.places &= kept;
	for (unsigned n = 0; n < ASSAY_CASE_CHANGES; n++) {
		cut.value[n] = cut.values >> n & 1 ? cut.value[n] : 0;
		cut.place[n] = cut.places >> n & 1 ? cut.place[n] : 0;
	}
	return assay_search_try(s, &cut);
}

static uint64_t kept_steps(const struct assay_search *s)
{
	return all_of(s->m->shape->steps) & ~s->best->steps;
}

static uint64_t kept_changes(const struct assay_search *s)
{
	return all_of(s->m->shape->change_count) & ~s->best->changes;
}

/* First all that was appended to the scenario. */
static int less_steps(struct assay_search *s)
{
	uint64_t kept = kept_steps(s);
	uint64_t own = kept & all_of(s->m->shape->own_steps);
	int r = own != kept ? ask_steps(s, NULL, own) : 0, reduced;

	if (r < 0)
		return r;
	kept = r ? own : kept;
	reduced = assay_search_reduce(s, NULL, &kept, ask_steps);
	return reduced < 0 ? reduced : r | reduced;
}

static int less_changes(struct assay_search *s)
{
	uint64_t kept = kept_changes(s);

	return assay_search_reduce(s, NULL, &kept, ask_changes);
}

static int simpler_numbers(struct assay_search *s)
{
	int any = 0;

	for (unsigned n = 0; n < s->m->shape->change_count; n++) {
		int r = s->best->changes >> n & 1 ? 0 : assay_search_numbers(s, n);

		if (r < 0)
			return r;
		any |= r;
	}
	return any;
}

/* Two at a time, where few are left: some do only together what nothing needs, as two changes that undo each other. */
static int less_pairs(struct assay_search *s, uint64_t kept, assay_search_fn *ask)
{
	uint8_t in[64];
	unsigned count = list_bits(in, kept);
	int r = 0;

	for (unsigned a = 0; a < count && count <= PAIRS_OF; a++)
		for (unsigned b = a + 1; b < count && !r; b++)
			r = ask(s, NULL, kept & ~(UINT64_C(1) << in[a] | UINT64_C(1) << in[b]));
	return r;
}

static int less_pairs_of_steps(struct assay_search *s)
{
	return less_pairs(s, kept_steps(s), ask_steps);
}

static int less_pairs_of_changes(struct assay_search *s)
{
	return less_pairs(s, kept_changes(s), ask_changes);
}

static int search(struct assay_search *s)
{
	static int (*const less[])(struct assay_search * s) = { less_steps, less_changes, simpler_numbers,
		less_pairs_of_changes, less_pairs_of_steps };
	int any;

	take_bounds(s);
	do { /* fewer changes may do with fewer steps, and simpler ones with fewer of both */
		any = 0;
		for (size_t n = 0; n < sizeof(less) / sizeof(less[0]); n++) {
			int r = less[n](s);

			if (r < 0)
				return r;
			any |= r;
		}
	} while (any);
	return (int)s->asked;
}

int assay_minimize(struct assay_case_cut *cut, const struct assay_minimize *m)
{
	struct assay_search *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return ASSAY_E_NOMEM;
	s->m = m;
	s->best = cut;
	r = search(s);
	free(s);
	return r;
}
