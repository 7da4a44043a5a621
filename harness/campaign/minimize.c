/* minimize.c - see minimize.h. */
#include "campaign/minimize.h"

struct search {
	struct assay_case_cut *best;
	uint64_t *bits; /* of best: those that are searched now */
	unsigned asked, questions;
	assay_still_fn *still;
	void *payload;
};

/* Which of the first count are still in. */
static unsigned list_left(uint8_t out[64], uint64_t left_out, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count && i < 64; i++)
		if (!(left_out >> i & 1))
			out[n++] = (uint8_t)i;
	return n;
}

/* Tries with some more left out; keeps it when it still does it. */
static int try_without(struct search *s, uint64_t more)
{
	uint64_t before = *s->bits;
	int r;

	if (s->asked == s->questions)
		return 0;
	s->asked++;
	*s->bits |= more;
	r = s->still(s->payload, s->best);
	if (r != 1)
		*s->bits = before;
	return r;
}

/* One pass: 1 when something could be left out, 0, or an error. */
static int reduce(struct search *s, unsigned count)
{
	unsigned parts = 2, left;
	uint8_t in[64];
	int any = 0;

	while ((left = list_left(in, *s->bits, count)) > 0 && s->asked < s->questions) {
		int r = 0;

		parts = parts < left ? parts : left;
		for (unsigned p = 0; p < parts && r == 0; p++) {
			uint64_t more = 0;

			for (unsigned i = left * p / parts; i < left * (p + 1) / parts; i++)
				more |= UINT64_C(1) << in[i];
			r = try_without(s, more);
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

int assay_minimize(struct assay_case_cut *cut, unsigned steps, unsigned changes, unsigned questions,
	assay_still_fn *still, void *payload)
{
	struct search s = { cut, NULL, 0, questions, still, payload };
	int any;

	do {
		s.bits = &cut->steps;
		any = reduce(&s, steps);
		if (any < 0)
			return any;
		s.bits = &cut->changes;
		any = reduce(&s, changes);
		if (any < 0)
			return any;
	} while (any); /* fewer changes may do with fewer steps */
	return (int)s.asked;
}
