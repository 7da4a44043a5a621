/* schedule.c - see schedule.h. */
#include "campaign/schedule.h"

#include <stdlib.h>

#include "campaign/random.h"
#include "codec/error.h"

#define TOURNAMENT 3 /* parents of which the one with the fewest children has its turn */

int assay_schedule_init(
	struct assay_schedule *s, uint64_t seed, unsigned shard, unsigned shards, bool no_children)
{
	*s = (struct assay_schedule){ seed, shard, shards, no_children, NULL, 0 };
	s->kept = calloc(ASSAY_KEPT_MAX, sizeof(*s->kept));
	return s->kept ? 0 : ASSAY_E_NOMEM;
}

void assay_schedule_free(struct assay_schedule *s)
{
	free(s->kept);
	s->kept = NULL;
	s->count = 0;
}

bool assay_schedule_has(const struct assay_schedule *s, uint32_t turn)
{
	return turn % s->shards == s->shard - 1;
}

/* Worn: a parent that only crashes the target, or that cannot have children. */
static bool worn(const struct assay_kept *k)
{
	return k->faults >= ASSAY_KEPT_FAULT || k->id.depth >= ASSAY_CASE_DEPTH;
}

/* Of a few drawn by lot, the one that had the fewest children for its news. */
static int draw(const struct assay_schedule *s, struct assay_random *random)
{
	int best = -1;

	for (int n = 0; n < TOURNAMENT; n++) {
		int at = (int)assay_random_below(random, s->count);
		const struct assay_kept *k = &s->kept[at], *b = best < 0 ? NULL : &s->kept[best];

		if (!worn(k) &&
			(!b || (uint64_t)k->children * (b->news + 1) < (uint64_t)b->children * (k->news + 1)))
			best = at;
	}
	return best;
}

void assay_schedule_pick(
	struct assay_case_id *out, int *parent, const struct assay_schedule *s, uint32_t turn)
{
	const uint32_t path[2] = { turn, UINT32_MAX };
	struct assay_random random;

	*out = (struct assay_case_id){ .seed = s->seed, .depth = 1, .path = { turn } };
	*parent = -1;
	if (s->no_children || !s->count)
		return;
	assay_random_seed(&random, s->seed, path, 2);
	if (assay_random_below(&random, 2))
		return;
	*parent = draw(s, &random);
	if (*parent >= 0)
		assay_case_child(out, &s->kept[*parent].id, turn);
}

void assay_schedule_note(struct assay_schedule *s, int parent, bool fault, bool new)
{
	if (parent < 0 || (unsigned)parent >= s->count)
		return;
	s->kept[parent].children++;
	s->kept[parent].faults += fault;
	s->kept[parent].news += new;
}

/* Whose place is given away. */
static unsigned least(const struct assay_schedule *s)
{
	unsigned at = 0;

	for (unsigned n = 0; n < s->count; n++) {
		const struct assay_kept *k = &s->kept[n], *b = &s->kept[at];

		if (worn(k))
			return n;
		if ((uint64_t)k->children * (b->news + 1) > (uint64_t)b->children * (k->news + 1))
			at = n;
	}
	return at;
}

void assay_schedule_keep(struct assay_schedule *s, const struct assay_case_id *id)
{
	unsigned at = s->count < ASSAY_KEPT_MAX ? s->count++ : least(s);

	s->kept[at] = (struct assay_kept){ .id = *id };
}
