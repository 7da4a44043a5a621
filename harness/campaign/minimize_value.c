/* minimize_value.c - the numbers of a change, each to the simplest that still does it; see minimize.h. What is simpler is mutate.h's to say. */
#include <string.h>

#include "campaign/minimize_internal.h"
#include "campaign/mutate.h"

/* One number of the best cut: of which change, and how it is said there. */
struct number {
	unsigned change;
	bool place; /* where it is, in place of its value */
	bool negative; /* a difference below 0: the number is what it is below */
	int byte; /* one byte of the value; negative: all of it */
};

/* ---- as it is, and as it is asked for ---- */

static const struct assay_change *drawn(const struct assay_search *s, unsigned n)
{
	return &s->m->shape->changes[n];
}

static uint64_t value_now(const struct assay_search *s, unsigned n)
{
	return s->best->values >> n & 1 ? s->best->value[n] : drawn(s, n)->value;
}

static uint32_t place_now(const struct assay_search *s, unsigned n)
{
	return s->best->places >> n & 1 ? s->best->place[n] : drawn(s, n)->where;
}

/* What is as it was drawn is not said. */
static void set_value(struct assay_case_cut *cut, const struct assay_search *s, unsigned n, uint64_t value)
{
	bool other = value != drawn(s, n)->value;

	cut->values = (cut->values & ~(UINT64_C(1) << n)) | (uint64_t)other << n;
	cut->value[n] = other ? value : 0;
}

static void set_place(struct assay_case_cut *cut, const struct assay_search *s, unsigned n, uint32_t place)
{
	bool other = place != drawn(s, n)->where;

	cut->places = (cut->places & ~(UINT64_C(1) << n)) | (uint64_t)other << n;
	cut->place[n] = other ? place : 0;
}

static int ask(struct assay_search *s, const void *aim, uint64_t x)
{
	const struct number *at = aim;
	struct assay_case_cut cut = *s->best;

	if (at->place)
		set_place(&cut, s, at->change, (uint32_t)x);
	else if (at->byte >= 0)
		set_value(&cut, s, at->change,
			(value_now(s, at->change) & ~(UINT64_C(0xff) << 8 * at->byte)) | x << 8 * at->byte);
	else
		set_value(&cut, s, at->change, at->negative ? 0 - x : x);
	return assay_search_try(s, &cut);
}

/* The number as it is now. */
static uint64_t now(const struct assay_search *s, const struct number *at)
{
	uint64_t value = value_now(s, at->change);

	if (at->place)
		return place_now(s, at->change);
	if (at->byte >= 0)
		return value >> 8 * at->byte & 0xff;
	return at->negative ? 0 - value : value;
}

/* ---- lower ---- */

/* Between what does not do it and what does, as if all above the one and none below the other did. */
static int halve(struct assay_search *s, const struct number *at, uint64_t least)
{
	uint64_t high = now(s, at);
	int r;

	if (high <= least + 1)
		return 0;
	r = ask(s, at, high - 1);
	if (r != 1)
		return r;
	for (high--; high - least > 1;) {
		uint64_t middle = least + (high - least) / 2;

		r = ask(s, at, middle);
		if (r < 0)
			return r;
		*(r ? &high : &least) = middle;
	}
	return 1;
}

/* To the least, else with fewer bits, else by halves. 1 when it became lower, 0, or an error. */
static int lower(struct assay_search *s, const struct number *at, uint64_t least)
{
	uint64_t bits = now(s, at);
	int r, halved;

	if (bits <= least)
		return 0;
	r = ask(s, at, least);
	if (r)
		return r;
	r = assay_search_reduce(s, at, &bits, ask);
	halved = r < 0 ? r : halve(s, at, least);
	return halved < 0 ? halved : r | halved;
}

/* ---- by what is simpler ---- */

/* Another way to say the same: of so many that there are. */
static int within(struct assay_search *s, const struct number *at, uint32_t bound)
{
	uint64_t x = now(s, at);

	return bound && x >= bound ? ask(s, at, x % bound) : 0;
}

static int nearer(struct assay_search *s, unsigned n)
{
	struct number at = { n, false, false, -1 };
	int r;

	if (now(s, &at) <= 1)
		return 0;
	r = ask(s, &at, 1);
	at.negative = value_now(s, n) > INT64_MAX;
	return r ? r : lower(s, &at, 1);
}

/* The shortest text that does it, and of those of one length the first. */
static int shorter(struct assay_search *s, unsigned n, const char *(*text)(uint64_t value), uint64_t count)
{
	const struct number at = { n, false, false, -1 };
	uint64_t now_at = now(s, &at) % count;
	size_t most = strlen(text(now_at));

	for (size_t length = 0; length <= most; length++)
		for (uint64_t i = 0; i < count && (length < most || i < now_at); i++) {
			int r = strlen(text(i)) == length ? ask(s, &at, i) : 0;

			if (r)
				return r;
		}
	return 0;
}

/* These bytes of the value alone, its place with them. */
static int ask_bytes(struct assay_search *s, unsigned n, unsigned from, unsigned count)
{
	struct assay_case_cut cut = *s->best;
	uint64_t kept = value_now(s, n) >> 8 * from;

	kept &= count < 8 ? (UINT64_C(1) << 8 * count) - 1 : UINT64_MAX;
	set_value(&cut, s, n, count < 8 ? kept | (uint64_t)(count - 1) << 61 : kept);
	set_place(&cut, s, n, place_now(s, n) + from);
	return assay_search_try(s, &cut);
}

/* Fewer bytes: one half or the other, else without one at an end; then each of them to the lowest. */
static int fewer_bytes(struct assay_search *s, unsigned n)
{
	int any = 0, r;
	unsigned count;

	do {
		count = assay_change_bytes(value_now(s, n));
		r = ask_bytes(s, n, 0, count); /* without what is beyond them */
		for (unsigned part = count / 2; !r && part > 0 && part<count; part = part> 1 ? 1 : count) {
			r = ask_bytes(s, n, 0, count - part);
			if (!r)
				r = ask_bytes(s, n, part, count - part);
		}
		any |= r > 0;
	} while (r > 0);
	for (unsigned byte = 0; r >= 0 && byte < count && byte < 7; byte++) { /* the eighth has the count */
		r = lower(s, &(struct number){ n, false, false, (int)byte }, 0);
		any |= r > 0;
	}
	return r < 0 ? r : any;
}

static int simpler_value(struct assay_search *s, unsigned n, enum assay_simpler how)
{
	const struct number at = { n, false, false, -1 };

	switch (how) {
	case ASSAY_SIMPLER_LOW: return lower(s, &at, 0);
	case ASSAY_SIMPLER_ONE: return lower(s, &at, 1);
	case ASSAY_SIMPLER_NEAR: return nearer(s, n);
	case ASSAY_SIMPLER_LENGTH: return drawn(s, n)->field ? nearer(s, n) : lower(s, &at, 0);
	case ASSAY_SIMPLER_VALUE: return shorter(s, n, assay_nasty_value, ASSAY_NASTY_VALUES);
	case ASSAY_SIMPLER_PAIR: return shorter(s, n, assay_nasty_pair, ASSAY_NASTY_PAIRS);
	case ASSAY_SIMPLER_BYTES: return fewer_bytes(s, n);
	default: return 0;
	}
}

static int simpler_place(struct assay_search *s, unsigned n, enum assay_simpler how)
{
	return how == ASSAY_SIMPLER_LOW ? lower(s, &(struct number){ n, true, false, -1 }, 0) : 0;
}

int assay_search_numbers(struct assay_search *s, unsigned n)
{
	const struct assay_change_type *type = &assay_change_types[drawn(s, n)->kind];
	int r[4];

	r[0] = within(s, &(struct number){ n, true, false, -1 }, s->bounds[n].place);
	r[1] = r[0] < 0 ? r[0] : within(s, &(struct number){ n, false, false, -1 }, s->bounds[n].value);
	r[2] = r[1] < 0 ? r[1] : simpler_value(s, n, type->value);
	r[3] = r[2] < 0 ? r[2] : simpler_place(s, n, type->place);
	return r[3] < 0 ? r[3] : r[0] | r[1] | r[2] | r[3];
}
