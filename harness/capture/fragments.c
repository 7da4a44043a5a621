/* fragments.c - IP datagrams out of their fragments, RFC 791 section 3.2 and RFC 8200 section 4.5. Memory is fixed; of bytes that come twice the first ones stay. */
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
	uint8_t key[KEY_MAX];
	uint8_t have[UNITS]; /* 1: the eight bytes are there */
	uint32_t units; /* of those */
	uint32_t length; /* NOT_SEEN_YET until the last fragment came */
	uint64_t since; /* count of fragments */
	uint8_t bytes[LONGEST];
};

struct assay_fragments {
	uint64_t count, lost;
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
		left += f->datagram[i].used;
	return f->lost + left;
}

/* The datagram of that key; else a place for it. */
static struct datagram *find(struct assay_fragments *f, const uint8_t key[KEY_MAX])
{
	struct datagram *place = &f->datagram[0];

	for (unsigned i = 0; i < DATAGRAMS; i++) {
		struct datagram *d = &f->datagram[i];

		if (d->used && memcmp(d->key, key, KEY_MAX) == 0)
			return d;
		if (place->used && (!d->used || d->since < place->since))
			place = d;
	}
	if (place->used)
		f->lost++;
	place->used = true;
	place->units = 0;
	place->length = NOT_SEEN_YET;
	place->since = f->count;
	memcpy(place->key, key, KEY_MAX);
	memset(place->have, 0, sizeof(place->have));
	return place;
}

static void give_up(struct assay_fragments *f, struct datagram *d)
{
	d->used = false;
	f->lost++;
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
	if (captured < length || offset > LONGEST || length > LONGEST - offset || (more && length % 8) ||
		(!more && d->length != NOT_SEEN_YET && d->length != offset + length)) {
		give_up(f, d);
		return 0;
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
	d->used = false;
	if (d->units > (d->length + 7) / 8) { /* bytes behind its end */
		f->lost++;
		return 0;
	}
	*out = d->bytes;
	return d->length;
}
