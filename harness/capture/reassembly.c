/*
 * reassembly.c - flows, and whose turn it is; see reassembly.h. Offsets are 64 bits, so a sequence number is looked at once, relative to what comes next, and its wrap is no case.
 * What waits is in held.c. Nothing is allocated after assay_reassembly_new.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "capture/reassembly_private.h"

#define HELD_DEFAULT     (16u << 20)
#define PATIENCE_DEFAULT 256

struct assay_reassembly *assay_reassembly_new(const struct assay_reassembly_limits *limits,
	const struct assay_reassembly_events *events, void *payload)
{
	struct assay_reassembly_limits l = limits ? *limits : (struct assay_reassembly_limits){ 0 };
	struct assay_reassembly *r;
	uint32_t pieces;

	if (!l.held_bytes)
		l.held_bytes = HELD_DEFAULT;
	if (!l.flow_bytes)
		l.flow_bytes = l.held_bytes / 4;
	if (!l.history || l.history > HISTORY)
		l.history = HISTORY;
	if (!l.patience)
		l.patience = PATIENCE_DEFAULT;
	pieces = l.held_bytes / PIECE_BYTES + 1;
	/* what is not used is not resident */
	r = calloc(1, sizeof(*r) + pieces * (sizeof(struct piece) + PIECE_BYTES));
	if (!r)
		return NULL;
	r->bytes = (uint8_t *)(r->piece + pieces);
	if (getrandom(&r->random, sizeof(r->random), GRND_NONBLOCK) < 0 || !r->random)
		r->random = 1;
	r->limits = l;
	r->events = *events;
	r->payload = payload;
	r->pieces = pieces;
	assay_reassembly_clear(r);
	return r;
}

void assay_reassembly_clear(struct assay_reassembly *r)
{
	memset(&r->counts, 0, sizeof(r->counts));
	r->free_piece = r->newest = r->oldest = NONE;
	r->fresh = r->used = 0;
	r->held = 0;
	r->taken = 0;
	memset(r->bucket, 0xff, sizeof(r->bucket));
}

void assay_reassembly_free(struct assay_reassembly *r)
{
	free(r);
}

const struct assay_reassembly_counts *assay_reassembly_counts(const struct assay_reassembly *r)
{
	return &r->counts;
}

size_t assay_reassembly_held(const struct assay_reassembly *r)
{
	return r->held;
}

void assay_reassembly_ignore(struct assay_reassembly *r, uint32_t flow)
{
	r->flow[flow].ignored = true;
}

/* ---- giving out ---- */

static void begin(struct assay_reassembly *r, struct flow *f)
{
	struct assay_flow_start start = { .syn = f->syn, .frame = f->first_frame, .time = f->first_time };

	if (f->begun)
		return;
	f->begun = true;
	r->counts.flows++;
	start.end[0] = f->end[0];
	start.end[1] = f->end[1];
	r->events.begin(r->payload, (uint32_t)(f - r->flow), &start);
}

static void advance(struct side *s, uint64_t length)
{
	s->given += length;
	s->next_seq += (uint32_t)length;
}

/* place: but for offset and seq. */
static void give(struct assay_reassembly *r, struct flow *f, unsigned side, const uint8_t *bytes,
	uint32_t length, bool end, struct assay_bytes_place place)
{
	struct side *s = &f->side[side];
	uint32_t kept = length < r->limits.history ? length : r->limits.history;

	if (!length)
		return;
	begin(r, f);
	place.offset = s->given;
	place.seq = s->next_seq;
	assay_want(place.hole, bytes + length - kept, kept);
	history_add(s, s->given, bytes, length, r->limits.history);
	advance(s, length);
	if (!f->ignored)
		r->events.bytes(r->payload, (uint32_t)(f - r->flow), side, bytes, length, end, &place);
}

void flow_lose(struct assay_reassembly *r, struct flow *f, unsigned side, uint64_t length, uint64_t frame,
	uint64_t time)
{
	struct side *s = &f->side[side];
	const struct assay_bytes_place place = { frame, time, s->given, s->next_seq, NULL };

	if (!length)
		return;
	begin(r, f);
	advance(s, length);
	if (f->ignored)
		return;
	r->counts.lost_bytes += length;
	r->events.lost(r->payload, (uint32_t)(f - r->flow), side, length, &place);
}

/* Has everything up to that offset of the side been given out? A FIN takes a sequence number of its own. */
bool flow_reached(const struct side *s, uint64_t offset)
{
	return offset <= s->given || (s->fin_known && offset == s->fin + 1 && s->given >= s->fin) ||
	       !s->known;
}

static bool fin_reached(const struct side *s)
{
	return s->fin_known && s->given >= s->fin;
}

static void give_first(struct assay_reassembly *r, struct flow *f, unsigned side)
{
	struct side *s = &f->side[side];
	const struct piece *p = &r->piece[s->first];

	if (p->hole)
		flow_lose(r, f, side, p->length, p->frame, p->time);
	else
		give(r, f, side, piece_bytes(r, p), p->length, p->end,
			(struct assay_bytes_place){ .frame = p->frame, .time = p->time });
	held_drop_first(r, s);
}

/* Gives out what is due, of both sides. */
void flow_drain(struct assay_reassembly *r, struct flow *f)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned side = 0; side < 2; side++) {
			struct side *s = &f->side[side];

			while (s->first != NONE && r->piece[s->first].at <= s->given &&
				flow_reached(&f->side[!side], r->piece[s->first].needs)) {
				give_first(r, f, side);
				more = true;
			}
		}
	}
}

/* ---- flows ---- */

/* The flow ends; its place stays, to know what comes late. */
static void finish(struct assay_reassembly *r, struct flow *f, enum assay_flow_end how)
{
	if (f->over)
		return;
	holes_end(r, f);
	f->over = true;
	f->reset = how == ASSAY_FLOW_RESET;
	if (f->begun)
		r->events.end(r->payload, (uint32_t)(f - r->flow), how, f->closer, f->frame, f->time);
}

static enum assay_flow_end unfinished(const struct flow *f)
{
	return f->closer >= 0 ? ASSAY_FLOW_FIN : ASSAY_FLOW_OPEN;
}

static void reset_side(struct side *s)
{
	memset(s, 0, offsetof(struct side, history));
	s->first = NONE;
	memset(s->upper, 0xff, sizeof(s->upper));
}

/* Begins anew where the place is. */
static void reset(struct flow *f, const struct assay_endpoint *opener, const struct assay_endpoint *other,
	const struct assay_segment *s)
{
	f->begun = f->ignored = f->over = f->reset = f->syn = false;
	f->closer = -1;
	f->packets = 0;
	f->end[0] = *opener;
	f->end[1] = *other;
	f->frame = f->first_frame = s->frame;
	f->time = f->first_time = s->time;
	reset_side(&f->side[0]);
	reset_side(&f->side[1]);
}

/* A new connection: f is one of the same addresses, or NULL. */
static struct flow *renew(struct assay_reassembly *r, struct flow *f, const struct assay_segment *s)
{
	bool answer = (s->flags & (ASSAY_TCP_SYN | ASSAY_TCP_ACK)) == (ASSAY_TCP_SYN | ASSAY_TCP_ACK);

	if (f) {
		finish(r, f, unfinished(f));
	} else {
		if (r->used == ASSAY_FLOWS_MAX) {
			struct flow *old = &r->flow[r->oldest];

			r->counts.given_up_flows += !old->over;
			finish(r, old, unfinished(old));
		}
		f = flow_add(r, &s->from, &s->to);
	}
	reset(f, answer ? &s->to : &s->from, answer ? &s->from : &s->to, s);
	if (s->flags & ASSAY_TCP_SYN) {
		f->syn = true;
		f->syn_seq = answer ? s->ack - 1 : s->seq;
		f->side[0].known = f->side[0].sure = true;
		f->side[0].next_seq = f->syn_seq + 1;
	}
	return f;
}

/* ---- segments ---- */

/* The offset of a sequence number; what lies before the start of the stream counts as 0. */
static uint64_t offset_of(const struct side *s, uint32_t seq)
{
	int64_t offset = (int64_t)s->given + (int32_t)(seq - s->next_seq);

	return offset > 0 ? (uint64_t)offset : 0;
}

/* Gives out a segment whose turn it is, and what the capture cut off it as lost. */
static void give_segment(
	struct assay_reassembly *r, struct flow *f, unsigned side, const struct assay_segment *s)
{
	give(r, f, side, s->data, s->captured, s->captured == s->length,
		(struct assay_bytes_place){ .frame = s->frame, .time = s->time, .hole = s->hole });
	flow_lose(r, f, side, s->length - s->captured, s->frame, s->time);
}

/* Takes off what was given out already. */
static void trim(struct assay_segment *s, uint64_t n)
{
	uint32_t captured = n < s->captured ? (uint32_t)n : s->captured;

	if (captured)
		s->data += captured;
	s->captured -= captured;
	s->length -= n < s->length ? (uint32_t)n : s->length;
}

/* There is no room: the bytes before it are waited for no longer. */
static void force(
	struct assay_reassembly *r, struct flow *f, unsigned side, uint64_t at, struct assay_segment *s)
{
	struct side *from = &f->side[side];

	while (flow_waits(f))
		holes_give_way(r, f);
	if (at > from->given) {
		r->counts.given_up_bytes += at - from->given;
		flow_lose(r, f, side, at - from->given, s->frame, s->time);
	}
	trim(s, from->given - at);
	give_segment(r, f, side, s);
}

/* Puts bytes in: at once where it is their turn, else with those that wait. */
static void take_bytes(struct assay_reassembly *r, struct flow *f, unsigned side, uint32_t seq,
	uint64_t needs, const struct assay_segment *segment)
{
	struct side *from = &f->side[side];
	struct assay_segment s = *segment;
	int64_t distance = (int32_t)(seq - from->next_seq);
	uint32_t index = (uint32_t)(f - r->flow), old = distance < 0 ? (uint32_t)-distance : 0;
	uint64_t at = from->given + (uint64_t)distance, where;

	if (fin_reached(from) || (from->fin_known && distance >= 0 && at >= from->fin))
		return;
	if (old > s.length)
		old = s.length;
	assay_want(s.hole, s.data, old < s.captured ? old : s.captured);
	r->counts.repeated_bytes += old;
	if (!(s.length == 1 && distance == -1) && /* no keep-alive, whose byte is of no meaning */
		history_differs(&where, from, at, s.data, old < s.captured ? old : s.captured))
		conflict_told(r, index, side, where, s.frame, s.time);
	trim(&s, old);
	if (!s.length)
		return;
	if (from->first == NONE && distance <= 0 && flow_reached(&f->side[!side], needs)) {
		give_segment(r, f, side, &s);
		return;
	}
	at = distance < 0 ? from->given : at;
	assay_want(s.hole, s.data, s.captured);
	r->counts.reordered += distance > 0;
	if (r->events.waits && !flow_waits(f))
		r->events.waits(r->payload, index, f->begun, f->end);
	holes_make_room(r, f, s.length);
	if (!held_add(r, index, side, at, needs, &s))
		force(r, f, side, at, &s);
}

/*
 * Of a side whose SYN was not seen the first packet of it, or the first acknowledgment, tells where it begins. Where what was sent later came first, that is too far on: an earlier number shows
 * it, as long as nothing has been given out of either. In the first packets only: all that waits is moved.
 */
static void begin_earlier(struct assay_reassembly *r, struct flow *f, unsigned side, uint32_t seq)
{
	struct side *s = &f->side[side];
	const struct side *other = &f->side[!side];
	int32_t by = (int32_t)(s->next_seq - seq);

	if (!s->known || s->sure || s->given || other->given || by <= 0 || by > WINDOW ||
		f->packets > r->limits.patience)
		return;
	s->next_seq = seq;
	s->acked += (uint32_t)by;
	s->fin += (uint32_t)by;
	for (uint32_t index = s->first; index != NONE; index = r->piece[index].next[0])
		r->piece[index].at += (uint32_t)by;
	for (uint32_t index = other->first; index != NONE; index = r->piece[index].next[0])
		r->piece[index].needs += (uint32_t)by;
}

/* What the segment acknowledges, as an offset of the other side. */
static uint64_t take_ack(
	struct assay_reassembly *r, struct flow *f, unsigned side, const struct assay_segment *s)
{
	struct side *other = &f->side[!side];
	uint64_t offset;

	if (!(s->flags & ASSAY_TCP_ACK))
		return 0;
	if (!other->known) {
		other->known = true;
		other->next_seq = s->ack;
		return 0;
	}
	begin_earlier(r, f, !side, s->ack);
	if ((int32_t)(s->ack - other->next_seq) > AHEAD)
		return 0;
	offset = offset_of(other, s->ack);
	if (offset > other->acked && !(other->fin_known && offset == other->fin + 1))
		other->acked = offset;
	return offset;
}

static void take_fin(struct flow *f, unsigned side, uint32_t seq, const struct assay_segment *s)
{
	struct side *from = &f->side[side];

	if (!(s->flags & ASSAY_TCP_FIN) || from->fin_known)
		return;
	from->fin_known = true;
	from->fin = offset_of(from, seq + s->length);
	if (from->acked == from->fin + 1)
		from->acked = from->fin;
	if (f->closer < 0)
		f->closer = (int)side;
}

static void tell_fin(struct assay_reassembly *r, struct flow *f, unsigned side)
{
	struct side *s = &f->side[side];

	if (s->ended || !fin_reached(s) || !f->begun || !r->events.fin)
		return;
	s->ended = true;
	r->events.fin(r->payload, (uint32_t)(f - r->flow), side, f->frame, f->time);
}

static void take(struct assay_reassembly *r, struct flow *f, unsigned side, const struct assay_segment *s)
{
	struct side *from = &f->side[side];
	uint32_t seq = s->seq + (s->flags & ASSAY_TCP_SYN ? 1 : 0);
	uint64_t needs;

	begin_earlier(r, f, side, seq);
	if (!from->known || (s->flags & ASSAY_TCP_SYN && from->given == 0 && from->first == NONE)) {
		from->known = true;
		from->sure |= s->flags & ASSAY_TCP_SYN;
		from->next_seq = seq;
	}
	from->seen = true;
	needs = take_ack(r, f, side, s);
	if (f->ignored) {
		held_drop_all(r, &f->side[0]);
		held_drop_all(r, &f->side[1]);
		from->next_seq = seq + s->length;
		from->given = 0;
	} else if (s->length) {
		take_bytes(r, f, side, seq, needs, s);
	}
	take_fin(f, side, seq, s);
	if (s->flags & ASSAY_TCP_RST &&
		abs((int32_t)(seq - from->next_seq)) <
			WINDOW) { /* else no reset of its sender's: the other side ignores it */
		if (f->closer < 0)
			f->closer = (int)side;
		finish(r, f, ASSAY_FLOW_RESET);
		return;
	}
	if (!f->ignored)
		holes_settle(r, f);
	tell_fin(r, f, side);
	tell_fin(r, f, !side);
	if ((fin_reached(&f->side[0]) || f->ignored) && (fin_reached(&f->side[1]) || f->ignored) &&
		f->side[0].fin_known && f->side[1].fin_known)
		finish(r, f, ASSAY_FLOW_FIN);
}

void assay_reassembly_segment(struct assay_reassembly *r, const struct assay_segment *s)
{
	struct flow *f = flow_find(r, s);
	unsigned side;

	r->counts.segments++;
	if (!f && !s->length && !(s->flags & ASSAY_TCP_SYN))
		return; /* nothing to follow yet */
	side = f && !flow_same_end(&f->end[0], &s->from);
	if (!f || flow_is_other(f, s, side)) {
		f = renew(r, f, s);
		side = !flow_same_end(&f->end[0], &s->from);
	}
	flow_touch(r, f);
	if (f->over)
		return;
	f->frame = s->frame;
	f->time = s->time;
	f->packets++;
	take(r, f, side, s);
}

void assay_reassembly_end(struct assay_reassembly *r)
{
	for (uint32_t n = 0; n < r->used; n++)
		finish(r, &r->flow[n], unfinished(&r->flow[n]));
}
