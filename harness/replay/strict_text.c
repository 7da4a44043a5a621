/* strict_text.c - the pairs of two texts, in their order; see strict_text.h. RFC 7143 sections 6.1, 12.1.3, 13. */
#include "replay/strict_text.h"

#include <ctype.h>
#include <string.h>

#include "codec/text.h"
#include "proto/keys.h"

enum form { EXACT, FORM, NAME, RANDOM };

/* Values that another target, or the same one another time, may choose. */
static const struct {
	const char *key;
	enum form how;
} keys[] = {
	{ "TargetName", NAME },
	{ "TargetAddress", FORM },
	{ "TargetPortalGroupTag", FORM },
	{ "CHAP_I", FORM },
	{ "CHAP_C", RANDOM },
	{ "CHAP_R", RANDOM },
};

static enum form form_of(const struct assay_pair *pair)
{
	for (size_t n = 0; n < sizeof(keys) / sizeof(keys[0]); n++)
		if (assay_pair_is(pair, keys[n].key))
			return keys[n].how;
	return EXACT;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length)
{
	return a_length == b_length && !memcmp(a, b, a_length);
}

static size_t skip_digits(const struct assay_pair *p, size_t at)
{
	while (at < p->value_length && isdigit((unsigned char)p->value[at]))
		at++;
	return at;
}

/* Numbers are numbers, whichever. */
static bool same_form(const struct assay_pair *a, const struct assay_pair *b)
{
	size_t i = 0, j = 0;

	while (i < a->value_length && j < b->value_length) {
		size_t i_end = skip_digits(a, i), j_end = skip_digits(b, j);

		if ((i_end > i) != (j_end > j) || (i_end == i && a->value[i] != b->value[j]))
			return false;
		i = i_end > i ? i_end : i + 1;
		j = j_end > j ? j_end : j + 1;
	}
	return i == a->value_length && j == b->value_length;
}

/* As long, in the same notation, and the one before again only where that was so. */
static bool same_random(struct assay_strict *s, const struct assay_pair *a, const struct assay_pair *b)
{
	const struct assay_pair *both[2] = { a, b };
	bool again[2], form = a->value_length == b->value_length &&
			      !memcmp(a->value, b->value, a->value_length < 2 ? a->value_length : 2);

	if (!assay_pair_is(a, "CHAP_C"))
		return form;
	for (unsigned side = 0; side < 2; side++) {
		uint64_t hash = UINT64_C(0xcbf29ce484222325);

		for (size_t n = 0; n < both[side]->value_length; n++)
			hash = (hash ^ (uint8_t)both[side]->value[n]) * UINT64_C(0x100000001b3);
		again[side] = hash == s->challenge[side];
		s->challenge[side] = hash;
	}
	return form && again[0] == again[1];
}

static bool same_value(struct assay_strict *s, const struct assay_strict_exchange *x,
	const struct assay_pair *a, const struct assay_pair *b)
{
	switch (form_of(a)) {
	case FORM: return same_form(a, b);
	case RANDOM: return same_random(s, a, b);
	case NAME:
		if (x->captured_target && x->live_target && assay_value_is(a, x->captured_target))
			return assay_value_is(b, x->live_target);
		break;
	default: break;
	}
	return same(a->value, a->value_length, b->value, b->value_length);
}

/* b NULL: there is none. */
static int differ(
	struct assay_replay_differences *out, const struct assay_pair *a, const struct assay_pair *b)
{
	const struct assay_pair *name = a ? a : b;
	char what[ASSAY_SHOW_MAX + 8], key[ASSAY_SHOW_MAX], text[2][ASSAY_SHOW_MAX];

	assay_key_show(key, name->key, name->key_length);
	snprintf(what, sizeof(what), "key %s", key);
	return assay_replay_differ(out, true, what,
		a ? assay_key_show(text[0], a->value, a->value_length) : "not there",
		b ? assay_key_show(text[1], b->value, b->value_length) : "not there");
}

int assay_strict_text(
	struct assay_replay_differences *out, struct assay_strict *s, const struct assay_strict_exchange *x)
{
	const struct assay_pdu *captured = x->captured, *live = x->live;
	size_t at[2] = { 0, 0 };
	struct assay_pair a, b;

	for (;;) {
		size_t from[2] = { at[0], at[1] };
		int r = assay_text_next(&a, &at[0], captured->data, captured->data_length);
		int q = assay_text_next(&b, &at[1], live->data, live->data_length);

		if (r != q)
			return differ(out, r ? &a : NULL, q ? &b : NULL);
		if (r == 0 && captured->data_length - from[0] == live->data_length - from[1])
			return 0;
		if (r == 0)
			return assay_replay_differ(out, true, "text", "ends otherwise", "ends otherwise");
		if (!same(a.key, a.key_length, b.key, b.key_length) || !same_value(s, x, &a, &b))
			return differ(out, &a, &b);
	}
}
