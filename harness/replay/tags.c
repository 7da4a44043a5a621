/* tags.c - see tags.h. Open addressing, at most half full; where a key stands rests on a secret, for who makes a capture, or is at the other end, chooses the tags. */
#include "replay/tags.h"

#include <stdlib.h>
#include <sys/random.h>

#define FIRST 1024 /* places; a power of two */
#define FREE  UINT32_MAX

struct assay_tag_place {
	uint64_t key;
	uint32_t value; /* FREE */
};

static struct assay_tag_place *place_of(const struct assay_tags *t, uint64_t key)
{
	uint64_t mixed = (key ^ t->secret) * UINT64_C(0xff51afd7ed558ccd);
	uint32_t at = (uint32_t)(((mixed ^ mixed >> 32) * (t->secret | 1)) >> 32) & (t->places - 1);

	while (t->table[at].value != FREE && t->table[at].key != key)
		at = (at + 1) & (t->places - 1);
	return &t->table[at];
}

uint32_t assay_tags_get(const struct assay_tags *t, uint64_t key)
{
	return t->places ? place_of(t, key)->value : FREE;
}

static uint32_t next_size(const struct assay_tags *t)
{
	if (t->places && t->taken < t->places / 2)
		return t->places;
	return t->places ? t->places * 2 : FIRST;
}

size_t assay_tags_growth(const struct assay_tags *t)
{
	return (next_size(t) - t->places) * sizeof(*t->table);
}

static bool grow(struct assay_tags *t)
{
	struct assay_tags grown = { .places = next_size(t), .taken = t->taken, .secret = t->secret };

	if (grown.places == t->places)
		return true;
	grown.table = grown.places > t->places ? malloc(grown.places * sizeof(*grown.table)) : NULL;
	if (!grown.table)
		return false;
	if (!t->places && getrandom(&grown.secret, sizeof(grown.secret), GRND_NONBLOCK) < 0)
		grown.secret = UINT64_C(0x9e3779b97f4a7c15); /* then somebody could choose */
	for (uint32_t n = 0; n < grown.places; n++)
		grown.table[n].value = FREE;
	for (uint32_t n = 0; n < t->places; n++)
		if (t->table[n].value != FREE)
			*place_of(&grown, t->table[n].key) = t->table[n];
	free(t->table);
	*t = grown;
	return true;
}

bool assay_tags_set(struct assay_tags *t, uint64_t key, uint32_t value)
{
	struct assay_tag_place *place;

	if (!grow(t))
		return false;
	place = place_of(t, key);
	t->taken += place->value == FREE;
	*place = (struct assay_tag_place){ key, value };
	return true;
}

void assay_tags_free(struct assay_tags *t)
{
	free(t->table);
	*t = (struct assay_tags){ 0 };
}
