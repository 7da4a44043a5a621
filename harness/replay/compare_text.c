/* compare_text.c - text keys of two PDUs beside each other, key by key in any order. Which may differ stands in masks.def. RFC 7143 sections 6.1 and 6.2. */
#include <inttypes.h>
#include <string.h>

#include "codec/text.h"
#include "proto/keys.h"
#include "replay/compare_private.h"

#define PAIRS 256 /* of a text that are compared one by one; a longer one is compared as a whole */

static const struct {
	const char *name;
	uint8_t how;
} keys[] = {
#define KEY(name, how, why) { name, how },
#include "replay/masks.def"
};

struct text {
	const char *text;
	size_t length;
	size_t count; /* pairs; PAIRS + 1: more than that */
	bool broken; /* it does not end as pairs do */
	struct assay_pair pairs[PAIRS];
};

static enum how how_of(const struct assay_pair *pair)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (assay_pair_is(pair, keys[i].name))
			return (enum how)keys[i].how;
	return EXACT;
}

static void read_text(struct text *t, const struct assay_pdu *pdu, const char *joined, size_t joined_length)
{
	size_t offset = 0;
	int r;

	t->text = joined ? joined : (const char *)pdu->data;
	t->length = joined ? joined_length : pdu->data_length;
	t->count = 0;
	t->broken = false;
	while (t->count < PAIRS &&
		(r = assay_text_next(&t->pairs[t->count], &offset, t->text, t->length)) != 0) {
		t->broken = t->broken || r < 0;
		t->count++;
		if (r == ASSAY_E_SHORT)
			break;
	}
	if (t->count == PAIRS && offset < t->length)
		t->count++;
}

static bool same_key(const struct assay_pair *a, const struct assay_pair *b)
{
	return a->key_length == b->key_length && !memcmp(a->key, b->key, a->key_length);
}

/* That occurrence of the key in a text; NULL when it has fewer. */
static const struct assay_pair *occurrence(const struct text *in, const struct assay_pair *of, size_t number)
{
	for (size_t i = 0; i < in->count; i++)
		if (same_key(&in->pairs[i], of) && !number--)
			return &in->pairs[i];
	return NULL;
}

static size_t occurrences_before(const struct text *in, size_t index)
{
	size_t count = 0;

	for (size_t i = 0; i < index; i++)
		count += same_key(&in->pairs[i], &in->pairs[index]);
	return count;
}

/* Numbers may be written in two ways. */
static bool same_value(const struct assay_pair *a, const struct assay_pair *b)
{
	const struct assay_key *key = assay_key_at(assay_key_find(a->key, a->key_length));
	uint64_t x, y;

	if (a->value_length == b->value_length && !memcmp(a->value, b->value, a->value_length))
		return true;
	return key && key->type == ASSAY_TYPE_NUMBER && !assay_value_number(&x, a->value, a->value_length) &&
	       !assay_value_number(&y, b->value, b->value_length) && x == y;
}

static int differ(struct comparison *c, const struct assay_pair *name, const struct assay_pair *captured,
	const struct assay_pair *live)
{
	char what[ASSAY_SHOW_MAX + 8], key[ASSAY_SHOW_MAX], a[ASSAY_SHOW_MAX], b[ASSAY_SHOW_MAX];

	assay_key_show(key, name->key, name->key_length);
	if (assay_replay_is_ignored(c, key))
		return 0;
	snprintf(what, sizeof(what), "key %s", key);
	return assay_replay_differ(c->out, true, what,
		captured ? assay_key_show(a, captured->value, captured->value_length) : "none",
		live ? assay_key_show(b, live->value, live->value_length) : "none");
}

/* To offer or declare it was no good. */
static bool is_rejected(const struct assay_pair *pair)
{
	return pair && pair->value_length == 6 && !memcmp(pair->value, "Reject", 6);
}

/* A list of targets has a comparison of its own. */
static bool is_target(const struct assay_pair *pair)
{
	return assay_pair_is(pair, "TargetName") || assay_pair_is(pair, "TargetAddress");
}

/* One pair and what the other text has for it. from_capture: whose pair it is. */
static int compare_pair(struct comparison *c, const struct text *of, size_t index, const struct text *other,
	bool from_capture)
{
	static const struct assay_pair there = { .value = "there", .value_length = 5 };
	const struct assay_pair *mine = &of->pairs[index];
	size_t before = occurrences_before(of, index);
	const struct assay_pair *its = occurrence(other, mine, before);
	enum how how = how_of(mine);

	if (is_rejected(mine) != is_rejected(its) && how != EXACT)
		return from_capture || !its
			       ? differ(c, mine, from_capture ? mine : its, from_capture ? its : mine)
			       : 0;
	if (how == IGNORED || (how == THERE && !from_capture))
		return 0;
	if (how != EXACT) {
		if (its || before)
			return 0;
		return differ(c, mine, from_capture ? &there : NULL, from_capture ? NULL : &there);
	}
	if (its && (!from_capture || same_value(mine, its))) /* two that differ are told once */
		return 0;
	return differ(c, mine, from_capture ? mine : its, from_capture ? its : mine);
}

static int compare_whole(struct comparison *c, const struct text *captured, const struct text *live)
{
	char a[40], b[40];

	if (captured->length == live->length &&
		(!live->length || !memcmp(captured->text, live->text, live->length)))
		return 0;
	snprintf(a, sizeof(a), "%zu bytes", captured->length);
	snprintf(b, sizeof(b), "%zu bytes", live->length);
	return assay_replay_differ(c->out, true, "text", a, b);
}

int assay_replay_compare_text(struct comparison *c)
{
	const struct assay_replay_exchange none = { 0 }, *e = c->exchange ? c->exchange : &none;
	struct text captured, live;
	int counting;
	bool listed;

	if (c->captured->cont && c->live->cont)
		return 0;
	counting = assay_replay_compare_targets(&listed, c);
	read_text(&captured, c->captured, e->captured_text, e->captured_text_length);
	read_text(&live, c->live, e->live_text, e->live_text_length);
	if (captured.count > PAIRS || live.count > PAIRS || captured.broken || live.broken)
		return counting + (listed ? 0 : compare_whole(c, &captured, &live));
	for (size_t i = 0; i < captured.count; i++)
		if (!listed || !is_target(&captured.pairs[i]))
			counting += compare_pair(c, &captured, i, &live, true);
	for (size_t i = 0; i < live.count; i++)
		if (!listed || !is_target(&live.pairs[i]))
			counting += compare_pair(c, &live, i, &captured, false);
	return counting;
}
