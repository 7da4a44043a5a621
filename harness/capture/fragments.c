/*
 * fragments.c - IP datagrams out of their fragments, RFC 791 section 3.2 and RFC 8200 section 4.5. Memory is fixed. Where bytes come twice with another content, it is told, and nothing is made of what was there: receivers
 * throw it away (RFC 5722), or the identification was used again.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/packet.h"

#define DATAGRAMS    32
#define LONGEST      65535u
#define UNITS        ((LONGEST + 7) / 8)
#define KEY_MAX      40
#define NOT_SEEN_YET UINT32_MAX

struct datagram {
	bool used;
	bool whole; /* it was given out; kept to know its fragments when they come again, as from a mirrored port */
	uint8_t key[KEY_MAX];
	uint8_t have[UNITS]; /* 1: the eight bytes are there */
	uint32_t units; /* of those */
	uint32_t length; /* NOT_SEEN_YET until the last fragment came */
	uint64_t since; /* count of fragments */
	uint8_t bytes[LONGEST];
};

struct assay_fragments {
	uint64_t count, lost, conflicts;
	struct datagram datagram[DATAGRAMS];
};

struct assay_fragments *assay_fragments_new(void)
{
	return calloc(1, sizeof(struct assay_fragments));
}

void assay_fragments_free(struct assay_fragments *f)
{
	free(f);
}

uint64_t assay_fragments_lost(const struct assay_fragments *f)
{
	uint64_t left = 0;

	for (unsigned i = 0; i < DATAGRAMS; i++)
		left += f->datagram[i].used && !f->datagram[i].whole;
	return f->lost + left;
}

uint64_t assay_fragments_conflicts(const struct assay_fragments *f)
{
	return f->conflicts;
}

static void begin(struct assay_fragments *f, struct datagram *d)
{
	d->used = true;
	d->whole = false;
	d->units = 0;
	d->length = NOT_SEEN_YET;
	d->since = f->count;
	memset(d->have, 0, sizeof(d->have));
}

/* Does a give its place rather than b? One that is not used, then one that is whole, then the oldest. */
static bool rather(const struct datagram *a, const struct datagram *b)
{
	bool a_free = !a->used || a->whole, b_free = !b->used || b->whole;

	if (a_free != b_free)
		return a_free;
	return a->used != b->used ? b->used : a->since < b->since;
}

/* The datagram of that key; else a place for it. */
static struct datagram *find(struct assay_fragments *f, const uint8_t key[KEY_MAX])
{
	struct datagram *place = &f->datagram[0];

	for (unsigned i = 0; i < DATAGRAMS; i++) {
		struct datagram *d = &f->datagram[i];

		if (d->used && memcmp(d->key, key, KEY_MAX) == 0)
			return d;
		if (rather(d, place))
			place = d;
	}
	f->lost += place->used && !place->whole;
	memcpy(place->key, key, KEY_MAX);
	begin(f, place);
	return place;
}

static void give_up(struct assay_fragments *f, struct datagram *d)
{
	d->used = false;
	f->lost++;
}

/* Has it some of these bytes with another content? The offset and all lengths but the last one's are multiples of eight. */
static bool differs(const struct datagram *d, uint32_t offset, const uint8_t *bytes, uint32_t length)
{
	for (uint32_t at = 0; at < length; at += 8) {
		uint32_t part = length - at < 8 ? length - at : 8;

		if (d->have[(offset + at) / 8] && memcmp(d->bytes + offset + at, bytes + at, part) != 0)
			return true;
	}
	return false;
}

uint32_t assay_fragments_add(const uint8_t **out, struct assay_fragments *f, const uint8_t *key,
	size_t key_length, uint32_t offset, bool more, const uint8_t *bytes, uint32_t captured,
	uint32_t length)
{
	uint8_t whole_key[KEY_MAX] = { 0 };
	struct datagram *d;

	memcpy(whole_key, key, key_length < KEY_MAX ? key_length : KEY_MAX);
	f->count++;
	d = find(f, whole_key);
	if (d->whole && length && captured == length && (uint64_t)offset + length <= d->length &&
		memcmp(d->bytes + offset, bytes, length) == 0)
		return 0; /* it comes again */
	if (d->whole)
		begin(f, d);
	if (captured < length || offset > LONGEST || length > LONGEST - offset || (more && length % 8) ||
		(!more && d->length != NOT_SEEN_YET && d->length != offset + length)) {
		give_up(f, d);
		return 0;
	}
	if (differs(d, offset, bytes, length)) {
		f->conflicts++;
		f->lost++;
		begin(f, d);
	}
	if (!more)
		d->length = offset + length;
	for (uint32_t at = 0; at < length; at += 8) {
		uint32_t unit = (offset + at) / 8;

		if (d->have[unit])
			continue;
		d->have[unit] = 1;
		d->units++;
		memcpy(d->bytes + offset + at, bytes + at, length - at < 8 ? length - at : 8);
	}
	if (d->length == NOT_SEEN_YET || d->units < (d->length + 7) / 8)
		return 0;
	if (d->units > (d->length + 7) / 8) { /* bytes behind its end */
		give_up(f, d);
		return 0;
	}
	d->whole = true;
	*out = d->bytes;
	return d->length;
}
