/* redact_stream.c - bytes of connections in their order, masked and put into all packets that carry them: those that wait, and by what is remembered those that still come. */
#include <stdlib.h>
#include <string.h>

#include "capture/redact_private.h"
#include "capture/sync.h"
#include "codec/bytes.h"
#include "codec/digest.h"

#define DEFERRED_MAX     (256u << 10) /* bytes of PDUs of one side that wait for the rest of a text */
#define DEFERRED_ALL_MAX (8u << 20)

static bool same_end(const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

/* ---- what was sent last ---- */

static void remember(struct past *p, uint32_t seq, const uint8_t *was, const uint8_t *is, uint64_t length)
{
	uint64_t from = length > PAST ? length - PAST : 0;

	if (!p->known) {
		p->length = 0;
		p->known = true;
	}
	p->end = seq + (uint32_t)length;
	if (!was)
		return;
	if (p->kept != seq) /* as the reassembly does: behind a hole all is new */
		p->length = 0;
	p->kept = p->end;
	for (uint64_t i = from; i < length; i++) {
		p->was[(seq + (uint32_t)i) % PAST] = was[i];
		p->is[(seq + (uint32_t)i) % PAST] = is ? is[i] : HIDDEN;
	}
	length += p->length;
	p->length = (uint32_t)(length < PAST ? length : PAST);
}

/* A byte that came again with another content gets another one again. */
static uint8_t again(uint8_t came, uint8_t was, uint8_t is)
{
	return came == was ? is : (uint8_t)~is;
}

void redact_again(struct assay_redact *r, struct waiting *w, uint32_t slot, unsigned side)
{
	const struct past *p = &r->past[slot][side];
	int32_t ahead = (int32_t)(p->end - w->seq);
	uint32_t old = ahead > 0 ? (uint32_t)ahead : 0;

	if (!p->known)
		return;
	if (old > w->told_from)
		old = w->told_from;
	for (uint32_t i = 0; i < old; i++) {
		uint32_t seq = w->seq + i;

		if (p->kept - seq - 1 < p->length)
			w->bytes[w->payload + i] = again(w->was[i], p->was[seq % PAST], p->is[seq % PAST]);
	}
	if (old > w->done)
		w->done = old;
	if (w->done >= w->due)
		finish_waiting(r, w);
}

/* ---- into packets ---- */

/* is: NULL, they are hidden. was: NULL, they are not known. */
static void put_into(struct waiting *w, uint32_t seq, const uint8_t *was, const uint8_t *is, uint64_t length)
{
	int64_t offset = (int32_t)(seq - w->seq), end = offset + (int64_t)length;
	uint32_t from = offset > 0 ? (uint32_t)(offset < w->payload_length ? offset : w->payload_length) : 0,
		 to = end > 0 ? (uint32_t)(end < w->payload_length ? end : w->payload_length) : 0;

	for (uint32_t i = from; i < to && was; i++) {
		int64_t at = (int64_t)i - offset;

		w->bytes[w->payload + i] = again(w->was[i], was[at], is ? is[at] : HIDDEN);
	}
	if (from < to && from < w->told_from)
		w->told_from = from;
	if (to > w->done)
		w->done = to;
}

static void settle(struct assay_redact *r, const struct assay_timeline_stretch *s, uint32_t seq,
	const uint8_t *was, const uint8_t *is, uint64_t length)
{
	struct waiting *next;

	remember(&r->past[s->slot][s->side], seq, was, is, length);
	for (struct waiting *w = r->chain[chain_of(s->from, s->to)]; w; w = next) {
		next = w->after;
		if (!same_end(&w->from, s->from) || !same_end(&w->to, s->to))
			continue;
		put_into(w, seq, was, is, length);
		if (w->done >= w->due && w != r->now) /* of that one, the beginning may be old */
			finish_waiting(r, w);
	}
}

/* ---- PDUs ---- */

static uint8_t *scratch(struct assay_redact *r, size_t length)
{
	uint8_t *grown = length > r->scratch_size ? realloc(r->scratch, length) : r->scratch;

	if (!grown) {
		r->nomem = true;
		return NULL;
	}
	r->scratch = grown;
	if (length > r->scratch_size)
		r->scratch_size = length;
	return grown;
}

/* All but text. */
static void mask_pdu(struct assay_redact *r, const struct assay_timeline_stretch *s, uint8_t *is,
	const struct assay_pdu *pdu)
{
	redact_see(&r->seen[s->slot], pdu);
	redact_pdu(r, &r->seen[s->slot], is, pdu);
	if (redact_bhs(is, s->dir) && pdu->ahs_length)
		memset(is + ASSAY_BHS_LENGTH, 0, pdu->ahs_length);
	redact_seal(is, pdu);
}

/* The text of all text PDUs in bytes, masked as one. */
static void mask_texts(struct assay_redact *r, struct deferred *d, uint8_t *bytes)
{
	char *text = malloc(d->length + 1);
	size_t length = 0;

	for (int back = 0; text && back < 2; back++) {
		size_t at = 0;

		length = 0;
		for (uint32_t i = 0; i < d->count; i++) {
			struct assay_pdu pdu;

			if (assay_pdu_decode(&pdu, d->bytes + at, d->pdu[i].length, d->pdu[i].digests) > 0 &&
				redact_is_text(&pdu) && pdu.data_length) {
				uint8_t *data = bytes + (pdu.data - d->bytes);

				if (back)
					memcpy(data, text + length, pdu.data_length);
				else
					memcpy(text + length, data, pdu.data_length);
				length += pdu.data_length;
			}
			at += d->pdu[i].length;
		}
		if (!back)
			assay_mask_text(&r->mask, text, length, d->tail);
	}
	if (!text) {
		memset(bytes, HIDDEN, d->length);
		r->nomem = true;
	}
	free(text);
}

/* All PDUs that wait: text is whole, or is waited for no longer. */
static void flush(struct assay_redact *r, const struct assay_timeline_stretch *s, bool whole)
{
	struct deferred *d = &r->deferred[s->slot][s->side];
	uint8_t *is = d->count ? scratch(r, d->length) : NULL;
	size_t at = 0;

	if (!is)
		return;
	memcpy(is, d->bytes, d->length);
	mask_texts(r, d, is);
	for (uint32_t i = 0; i < d->count; i++) {
		struct assay_pdu pdu;

		if (assay_pdu_decode(&pdu, d->bytes + at, d->pdu[i].length, d->pdu[i].digests) > 0)
			mask_pdu(r, s, is + at, &pdu);
		at += d->pdu[i].length;
	}
	settle(r, s, d->seq, d->bytes, is, d->length);
	r->deferred_bytes -= d->length;
	d->length = d->count = 0;
	d->tail = !whole;
}

static bool defer(struct assay_redact *r, const struct assay_timeline_stretch *s)
{
	struct deferred *d = &r->deferred[s->slot][s->side];

	if (d->length + s->length > d->size) {
		size_t size = (d->length + (size_t)s->length) * 2;
		uint8_t *grown = realloc(d->bytes, size);

		if (!grown)
			return false;
		d->bytes = grown;
		d->size = size;
	}
	if (d->count == d->room) {
		uint32_t room = d->room ? d->room * 2 : 4;
		void *grown = realloc(d->pdu, room * sizeof(*d->pdu));

		if (!grown)
			return false;
		d->pdu = grown;
		d->room = room;
	}
	if (!d->count)
		d->seq = s->seq;
	memcpy(d->bytes + d->length, s->bytes, (size_t)s->length);
	d->pdu[d->count].length = (uint32_t)s->length;
	d->pdu[d->count++].digests = s->pdu->digests;
	d->length += (size_t)s->length;
	r->deferred_bytes += (size_t)s->length;
	return true;
}

static void take_pdu(struct assay_redact *r, const struct assay_timeline_stretch *s)
{
	struct deferred *d = &r->deferred[s->slot][s->side];
	bool text = redact_is_text(s->pdu), more = text && s->pdu->cont;
	uint8_t *is;

	if (text || d->count) {
		if (!defer(r, s)) {
			r->nomem = true;
			return;
		}
		if ((text && !more) || d->length > DEFERRED_MAX || r->deferred_bytes > DEFERRED_ALL_MAX)
			flush(r, s, text && !more);
		return;
	}
	is = scratch(r, (size_t)s->length);
	if (!is)
		return;
	memcpy(is, s->bytes, (size_t)s->length);
	mask_pdu(r, s, is, s->pdu);
	settle(r, s, s->seq, s->bytes, is, s->length);
}

/* Of a PDU that is not whole: its header, and the header's digest where it is right. */
static void take_part(struct assay_redact *r, const struct assay_timeline_stretch *s)
{
	size_t head = s->length < ASSAY_BHS_LENGTH ? 0 : ASSAY_BHS_LENGTH + s->bytes[4] * 4u;
	uint8_t *is = scratch(r, (size_t)s->length);

	if (!is)
		return;
	if (head && head + 4 <= s->length && assay_get_be32(s->bytes + head) == assay_digest(s->bytes, head))
		head += 4;
	if (head > s->length)
		head = ASSAY_BHS_LENGTH;
	memcpy(is, s->bytes, head);
	memset(is + head, HIDDEN, (size_t)s->length - head);
	if (head && redact_bhs(is, s->dir))
		memset(is + ASSAY_BHS_LENGTH, HIDDEN, (size_t)s->length - ASSAY_BHS_LENGTH);
	settle(r, s, s->seq, s->bytes, is, s->length);
}

void redact_stretch(void *payload, const struct assay_timeline_stretch *s)
{
	struct assay_redact *r = payload;

	if (s->fate != ASSAY_TIMELINE_WHOLE)
		flush(r, s, false);
	switch (s->fate) {
	case ASSAY_TIMELINE_WHOLE: take_pdu(r, s); break;
	case ASSAY_TIMELINE_PART: take_part(r, s); break;
	default: settle(r, s, s->seq, s->bytes, NULL, s->length); break;
	}
}

void redact_over(void *payload, uint32_t slot, const struct assay_endpoint end[2])
{
	struct assay_redact *r = payload;

	for (unsigned side = 0; side < 2; side++) {
		const struct assay_timeline_stretch s = {
			.from = &end[side], .to = &end[!side], .slot = slot, .side = side, .dir = -1
		};
		struct waiting *next;

		flush(r, &s, false);
		r->deferred[slot][side].tail = false;
		r->past[slot][side].known = false;
		for (struct waiting *w = r->chain[chain_of(s.from, s.to)]; w; w = next) {
			next = w->after;
			if (w != r->now && same_end(&w->from, s.from) && same_end(&w->to, s.to))
				finish_waiting(r, w);
		}
	}
	r->seen[slot].count = 0;
}
