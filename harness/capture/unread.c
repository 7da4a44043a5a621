/* unread.c - data that nobody looks at: what SCSI transfers, in step, without a digest. It is neither read from the file nor copied; see hole.h. */
#include <string.h>

#include "capture/timeline_private.h"
#include "codec/listing.h"

/* Where a PDU is looked at: before head, and the padding from tail on. */
struct looks {
	size_t head, tail;
};

/* False: everywhere. header: its basic header. Past the login the digests change no more. */
static bool is_unread(struct looks *out, const struct assay_timeline *t, const struct connection *c,
	unsigned side, const uint8_t *header)
{
	unsigned digests;

	if (!t->events.no_data || !c->full || assay_rules_read_data(header[0] & 0x3f))
		return false;
	digests = digests_of(t, c, side);
	out->head = ASSAY_BHS_LENGTH + ASSAY_AHS_MAX + 4 + ASSAY_LISTING_DATA;
	out->tail = assay_pdu_wire_length(header, digests) - 4;
	return !(digests & ASSAY_DATA_DIGEST) && out->head < out->tail;
}

/* Copies those of the bytes that lie between two offsets of the PDU; at: offset of the first of them. */
static void put_between(struct assay_hole *hole, uint8_t *room, const uint8_t *bytes, size_t length,
	size_t at, size_t from, size_t to)
{
	if (from < at)
		from = at;
	if (to > at + length)
		to = at + length;
	if (from >= to)
		return;
	assay_want(hole, bytes + (from - at), to - from);
	memcpy(room + (from - at), bytes + (from - at), to - from);
}

void unread_want(struct assay_timeline *t, const struct connection *c, unsigned side, const uint8_t *bytes,
	size_t length)
{
	struct looks looks;

	assay_want(t->hole, bytes, ASSAY_BHS_LENGTH);
	if (!is_unread(&looks, t, c, side, bytes)) {
		assay_want(t->hole, bytes, length);
	} else if (length >= looks.tail + 4) {
		assay_want(t->hole, bytes, looks.head);
		assay_want(t->hole, bytes + looks.tail, 4);
	}
}

void unread_put(struct assay_timeline *t, const struct connection *c, unsigned side, uint8_t *room,
	const uint8_t *bytes, size_t length)
{
	const struct half *h = &c->half[side];
	const uint8_t *header = held(h) ? h->framer.buf + h->framer.start : bytes;
	struct looks looks = { SIZE_MAX, SIZE_MAX };

	if (in_step(c, h) && (held(h) ? held(h) : length) >= ASSAY_BHS_LENGTH) {
		assay_want(t->hole, header, ASSAY_BHS_LENGTH);
		if (!is_unread(&looks, t, c, side, header))
			looks.head = looks.tail = SIZE_MAX;
	}
	put_between(t->hole, room, bytes, length, held(h), 0, looks.head);
	put_between(t->hole, room, bytes, length, held(h), looks.tail, SIZE_MAX);
}
