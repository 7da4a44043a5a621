/* held.c - bytes of a side that came before their turn, in pieces of a fixed pool, sorted by offset and never overlapping, in a list that can be skipped through; and those given out last, to compare what is repeated. */
#include <string.h>

#include "capture/reassembly_private.h"

void conflict_told(
	struct assay_reassembly *r, uint32_t flow, unsigned side, uint64_t at, uint64_t frame, uint64_t time)
{
	const struct assay_bytes_place place = { frame, time, at,
		r->flow[flow].side[side].next_seq + (uint32_t)(at - r->flow[flow].side[side].given), NULL };

	r->counts.conflicts++;
	if (r->flow[flow].begun && !r->flow[flow].ignored)
		r->events.conflict(r->payload, flow, side, &place);
}

void history_add(struct side *s, uint64_t at, const uint8_t *bytes, size_t length, size_t kept)
{
	uint64_t end = at + length;
	size_t place, part;

	if (at != s->history_end)
		s->history_from = at;
	if (length > kept) {
		bytes += length - kept;
		length = kept;
	}
	place = (size_t)((end - length) % HISTORY);
	part = length < HISTORY - place ? length : HISTORY - place;
	memcpy(s->history + place, bytes, part);
	memcpy(s->history, bytes + part, length - part);
	s->history_end = end;
	if (end - s->history_from > kept)
		s->history_from = end - kept;
}

bool history_differs(uint64_t *where, const struct side *s, uint64_t at, const uint8_t *bytes, size_t length)
{
	for (size_t n = 0; n < length; n++) {
		uint64_t offset = at + n;

		if (offset >= s->history_from && offset < s->history_end &&
			s->history[offset % HISTORY] != bytes[n]) {
			*where = offset;
			return true;
		}
	}
	return false;
}

static uint32_t take(struct assay_reassembly *r)
{
	uint32_t index = r->free_piece;

	if (index != NONE)
		r->free_piece = r->piece[index].next[0];
	else if (r->fresh < r->pieces)
		index = r->fresh++;
	r->taken += index != NONE;
	return index;
}

/* ---- the list ---- */

/* On that level, what follows the piece before (NONE: the first). */
static uint32_t *link_of(struct assay_reassembly *r, struct side *s, uint32_t before, unsigned level)
{
	if (before != NONE)
		return &r->piece[before].next[level];
	return level ? &s->upper[level - 1] : &s->first;
}

/* A place in the list: the last piece before it on each level; NONE. */
struct place {
	uint32_t before[HELD_LEVELS];
};

static void find(struct place *out, struct assay_reassembly *r, struct side *s, uint64_t at)
{
	uint32_t before = NONE;

	for (unsigned level = HELD_LEVELS; level-- > 0;) {
		uint32_t next;

		while ((next = *link_of(r, s, before, level)) != NONE &&
			r->piece[next].at + r->piece[next].length <= at)
			before = next;
		out->before[level] = before;
	}
}

static void pass(struct place *place, const struct assay_reassembly *r, uint32_t index)
{
	for (unsigned level = 0; level < r->piece[index].levels; level++)
		place->before[level] = index;
}

static unsigned some_levels(struct assay_reassembly *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return 1 + (unsigned)__builtin_ctzll(r->random >> 8 | UINT64_C(1) << 3 * (HELD_LEVELS - 1)) / 3;
}

/* Puts a piece in at the place, which then is behind it. */
static void link_piece(struct assay_reassembly *r, struct side *s, struct place *place, uint32_t index)
{
	struct piece *p = &r->piece[index];

	p->levels = (uint8_t)some_levels(r);
	for (unsigned level = 0; level < p->levels; level++) {
		uint32_t *link = link_of(r, s, place->before[level], level);

		p->next[level] = *link;
		*link = index;
	}
	pass(place, r, index);
}

void held_drop_first(struct assay_reassembly *r, struct side *s)
{
	uint32_t index = s->first;
	struct piece *p = &r->piece[index];

	for (unsigned level = 0; level < p->levels; level++)
		*link_of(r, s, NONE, level) = p->next[level];
	if (!p->hole) {
		s->held -= p->length;
		r->held -= p->length;
	}
	p->next[0] = r->free_piece;
	r->free_piece = index;
	r->taken--;
}

void held_drop_all(struct assay_reassembly *r, struct side *s)
{
	while (s->first != NONE)
		held_drop_first(r, s);
}

/* What is put in at one place of the list. */
struct part {
	uint64_t at, end; /* offsets */
	uint64_t needs;
	const struct assay_segment *segment;
	uint64_t base; /* offset of the segment's first byte */
	uint64_t packet;
};

/* Links pieces for [at, end) at the place, which then is behind them. False: the pool is empty. */
static bool insert(struct assay_reassembly *r, struct side *s, struct place *place, const struct part *part)
{
	uint64_t captured_end = part->base + part->segment->captured;
	uint64_t at = part->at;

	while (at < part->end) {
		uint32_t index = take(r);
		struct piece *p;

		if (index == NONE)
			return false;
		p = &r->piece[index];
		p->at = at;
		p->needs = part->needs;
		p->frame = part->segment->frame;
		p->time = part->segment->time;
		p->packet = part->packet;
		p->hole = at >= captured_end;
		p->length = (uint32_t)((p->hole                           ? part->end
					       : part->end < captured_end ? part->end
									  : captured_end) -
				       at);
		if (!p->hole) {
			if (p->length > PIECE_BYTES)
				p->length = PIECE_BYTES;
			memcpy(piece_bytes(r, p), part->segment->data + (at - part->base), p->length);
			s->held += p->length;
			r->held += p->length;
		}
		at += p->length;
		p->end = at == part->base + part->segment->length;
		link_piece(r, s, place, index);
	}
	if (r->held > r->counts.held_most)
		r->counts.held_most = r->held;
	return true;
}

/* Compares a segment with a piece that has some of the same bytes. */
static void compare(struct assay_reassembly *r, uint32_t flow, unsigned side, const struct piece *p,
	const struct part *part)
{
	uint64_t from = p->at > part->at ? p->at : part->at;
	uint64_t captured_end = part->base + part->segment->captured;
	uint64_t to = p->at + p->length < part->end ? p->at + p->length : part->end;
	const uint8_t *bytes = piece_bytes(r, p);

	r->counts.repeated_bytes += to - from;
	if (to > captured_end)
		to = captured_end;
	if (p->hole || from >= to)
		return;
	for (uint64_t at = from; at < to; at++)
		if (bytes[at - p->at] != part->segment->data[at - part->base]) {
			conflict_told(r, flow, side, at, part->segment->frame, part->segment->time);
			return;
		}
}

bool held_add(struct assay_reassembly *r, uint32_t flow, unsigned side, uint64_t at, uint64_t needs,
	const struct assay_segment *segment)
{
	struct side *s = &r->flow[flow].side[side];
	struct part part = { .at = at,
		.end = at + segment->length,
		.needs = needs,
		.segment = segment,
		.base = at,
		.packet = r->flow[flow].packets };
	uint64_t end = part.end;
	struct place place;
	uint32_t index;

	find(&place, r, s, at);
	for (index = *link_of(r, s, place.before[0], 0); index != NONE && part.at < end;
		index = r->piece[index].next[0]) {
		const struct piece *p = &r->piece[index];

		if (p->at >= end)
			break;
		if (p->at > part.at) {
			part.end = p->at;
			if (!insert(r, s, &place, &part))
				return false;
			part.end = end;
		}
		compare(r, flow, side, p, &part);
		part.at = p->at + p->length;
		pass(&place, r, index);
	}
	return part.at >= end || insert(r, s, &place, &part);
}
