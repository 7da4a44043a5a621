/* disturb.c - the disturbances; see disturb.h. */
#include "disturb.h"

#include <stdlib.h>
#include <string.h>

static bool same_end(const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	return a->port == b->port && a->family == b->family && !memcmp(a->address, b->address, 16);
}

static bool same_way(const struct assay_segment *a, const struct assay_segment *b)
{
	return same_end(&a->from, &b->from) && same_end(&a->to, &b->to);
}

static bool other_way(const struct assay_segment *a, const struct assay_segment *b)
{
	return same_end(&a->from, &b->to) && same_end(&a->to, &b->from);
}

/* Of the side that has the higher port: who opens a connection has one of its own. */
static bool of_opener(const struct assay_segment *s)
{
	return s->from.port > s->to.port;
}

/* ---- sequence numbers ---- */

static uint32_t shift_of(const struct assay_endpoint *from, const struct assay_endpoint *to, uint32_t salt)
{
	return (from->port * 2654435761u) ^ (to->port * 40503u) ^ salt;
}

static void shift(struct assay_segment *s, uint32_t salt)
{
	s->seq += shift_of(&s->from, &s->to, salt);
	if (s->flags & ASSAY_TCP_ACK)
		s->ack += shift_of(&s->to, &s->from, salt);
}

/* Every side's sequence numbers wrap within what it says. */
static void wrap(struct trace *t)
{
	for (size_t n = 0; n < t->count; n++) {
		struct assay_segment *first = &t->segment[n];
		bool seen = false;
		uint64_t bytes = 0;
		uint32_t by;

		for (size_t i = 0; i < n && !seen; i++)
			seen = same_way(&t->segment[i], first);
		if (seen)
			continue;
		for (size_t i = n; i < t->count; i++)
			bytes += same_way(&t->segment[i], first) ? t->segment[i].length : 0;
		by = 0u - pick((uint32_t)bytes + 2) - first->seq;
		for (size_t i = n + 1; i < t->count; i++) {
			if (same_way(&t->segment[i], first))
				t->segment[i].seq += by;
			else if (other_way(&t->segment[i], first) && t->segment[i].flags & ASSAY_TCP_ACK)
				t->segment[i].ack += by;
		}
		first->seq += by;
	}
}

/* All of it a second time, from the same addresses, with other sequence numbers. */
static void again(struct trace *t)
{
	size_t count = t->count;

	for (size_t n = 0; n < count; n++) {
		struct assay_segment s = t->segment[n];

		shift(&s, 0x3c6ef372u);
		trace_add(t, &s);
	}
}

/* ---- other pieces ---- */

static void part_of(struct trace *out, const struct assay_segment *whole, uint32_t at, uint32_t length)
{
	struct assay_segment s = *whole;
	bool last = at + length == whole->length;

	s.seq += at + (at && s.flags & ASSAY_TCP_SYN ? 1 : 0);
	s.data += at;
	s.length = s.captured = length;
	if (!last)
		s.flags &= (uint8_t) ~(ASSAY_TCP_FIN | ASSAY_TCP_PSH);
	trace_add(out, &s);
}

static void take_over(struct trace *t, struct trace *made)
{
	free(t->segment);
	t->segment = made->segment;
	t->count = made->count;
	t->room = made->room;
	t->failed |= made->failed;
}

/* Every segment in pieces of at most mss bytes; those of long captures stay as they are, but for a few. */
static void split(struct trace *t)
{
	static const uint32_t sizes[] = { 7, 48, 100, 536, 1448 };
	uint32_t mss = sizes[pick(5)], few = t->count > 2000 ? 50 : 1;
	struct trace made = { 0 };

	for (size_t n = 0; n < t->count; n++) {
		const struct assay_segment *s = &t->segment[n];

		if (s->captured < s->length || s->length <= mss || pick(few)) {
			trace_add(&made, s);
			continue;
		}
		for (uint32_t at = 0; at < s->length; at += mss)
			part_of(&made, s, at, s->length - at < mss ? s->length - at : mss);
	}
	take_over(t, &made);
}

/* What one side says at a stretch comes as one, as a card hands it over. */
static void merge(struct trace *t)
{
	struct trace made = { 0 };

	for (size_t n = 0; n < t->count; n++) {
		const struct assay_segment *s = &t->segment[n];
		struct assay_segment *last = made.count ? &made.segment[made.count - 1] : NULL;
		uint8_t *bytes;

		if (!last || !same_way(last, s) || (last->flags | s->flags) != last->flags ||
			last->flags & (ASSAY_TCP_SYN | ASSAY_TCP_FIN | ASSAY_TCP_RST) || !last->length ||
			last->captured < last->length || s->captured < s->length ||
			last->seq + last->length != s->seq || last->length + s->length > 60000 || !pick(3)) {
			trace_add(&made, s);
			continue;
		}
		bytes = trace_bytes(t, last->length + s->length);
		if (!bytes)
			break;
		memcpy(bytes, last->data, last->length);
		if (s->length)
			memcpy(bytes + last->length, s->data, s->length);
		last->data = bytes;
		last->length = last->captured = last->length + s->length;
		last->ack = s->ack;
		last->frame = s->frame;
	}
	take_over(t, &made);
}

/* ---- another order ---- */

static void move(struct trace *t, size_t from, size_t to)
{
	struct assay_segment s = t->segment[from];

	memmove(&t->segment[from], &t->segment[from + 1], (to - from) * sizeof(s));
	t->segment[to] = s;
}

/*
 * How many places later a packet may come. Within its connection anything may be overtaken. Of other connections what goes the same way only: what goes the other way may rest on it, and
 * nothing in the packets would tell that it did.
 */
static size_t latest(const struct trace *t, size_t n, size_t window)
{
	size_t to = n;

	while (to + 1 < t->count && to - n < window) {
		const struct assay_segment *a = &t->segment[n], *b = &t->segment[to + 1];

		if (!same_way(a, b) && !other_way(a, b) && of_opener(a) != of_opener(b))
			break;
		if ((same_way(a, b) || other_way(a, b)) &&
			((a->flags | b->flags) & ASSAY_TCP_RST ||
				(b->flags & ASSAY_TCP_SYN && !(b->flags & ASSAY_TCP_ACK))))
			break; /* what a reset overtakes is gone; and nothing waits for as long as its connection is used again */
		to++;
	}
	return to;
}

static void reorder(struct trace *t)
{
	size_t window = 1 + pick(24);
	uint32_t one_in = 2 + pick(12);

	for (size_t n = 0; n < t->count; n++) {
		size_t to;

		if (pick(one_in))
			continue;
		to = latest(t, n, window);
		if (to > n)
			move(t, n, n + 1 + pick((uint32_t)(to - n)));
	}
}

/* ---- twice ---- */

static void insert(struct trace *t, size_t at, const struct assay_segment *s)
{
	struct assay_segment copy = *s;

	trace_add(t, &copy);
	if (t->failed)
		return;
	memmove(&t->segment[at + 1], &t->segment[at], (t->count - 1 - at) * sizeof(copy));
	t->segment[at] = copy;
}

/* Packets come twice, or a part of their bytes does. */
static void repeat(struct trace *t)
{
	uint32_t one_in = 3 + pick(20) + (uint32_t)(t->count / 200);

	for (size_t n = 0; n < t->count; n++) {
		struct assay_segment s = t->segment[n];
		size_t to;

		if (pick(one_in))
			continue;
		if (s.length > 1 && s.captured == s.length && !(s.flags & ASSAY_TCP_SYN) && pick(2)) {
			uint32_t from = pick(s.length - 1), length = 1 + pick(s.length - from);

			s.seq += from;
			s.data += from;
			s.length = s.captured = length;
			s.flags &= (uint8_t)~ASSAY_TCP_FIN;
		}
		to = latest(t, n, 1 + pick(30));
		insert(t, to + 1, &s);
		n++;
	}
}

/* ---- less ---- */

static void remove_some(struct trace *t, bool (*gone)(const struct assay_segment *s, size_t n))
{
	size_t kept = 0;

	for (size_t n = 0; n < t->count; n++)
		if (!gone(&t->segment[n], n))
			t->segment[kept++] = t->segment[n];
	t->count = kept;
}

static uint32_t one_in, burst;

static bool is_dropped(const struct assay_segment *s, size_t n)
{
	(void)s;
	(void)n;
	if (burst) {
		burst--;
		return true;
	}
	if (pick(one_in))
		return false;
	burst = pick(4) ? 0 : pick(6);
	return true;
}

/* They were delivered, but the capture has not got them. */
static void drop(struct trace *t)
{
	one_in = 3 + pick(60);
	burst = 0;
	remove_some(t, is_dropped);
}

static size_t begins, ends;

static bool is_outside(const struct assay_segment *s, size_t n)
{
	(void)s;
	return n < begins || n >= ends;
}

static void middle(struct trace *t)
{
	if (!t->count)
		return;
	begins = pick(3) ? pick((uint32_t)t->count) : 0;
	ends = pick(3) ? t->count : begins + pick((uint32_t)(t->count - begins)) + 1;
	remove_some(t, is_outside);
}

static struct assay_segment victim;

static bool is_of_victim(const struct assay_segment *s, size_t n)
{
	(void)n;
	return same_way(s, &victim);
}

/* Of one connection one side was not captured. */
static void one_side(struct trace *t)
{
	if (!t->count)
		return;
	victim = t->segment[pick((uint32_t)t->count)];
	remove_some(t, is_of_victim);
}

static void snap(struct trace *t)
{
	static const uint32_t lengths[] = { 0, 20, 48, 56, 74, 128, 500, 1400 };
	uint32_t most = lengths[pick(8)];

	for (size_t n = 0; n < t->count; n++)
		if (t->segment[n].captured > most)
			t->segment[n].captured = most;
}

static void fragment(struct trace *t)
{
	t->fragmented = true;
}

const struct disturbance disturbances[] = {
	{ "wrap", wrap, 1, true, true },
	{ "again", again, 2, true, true },
	{ "merge", merge, 1, true, true },
	{ "split", split, 1, true, true },
	{ "repeat", repeat, 1, true, false },
	{ "reorder", reorder, 1, true, false },
	{ "fragment", fragment, 1, true, true },
	{ "snap", snap, 1, false, true },
	{ "drop", drop, 1, false, true },
	{ "one-side", one_side, 1, false, true },
	{ "middle", middle, 1, false, true },
};
const unsigned disturbance_count = sizeof(disturbances) / sizeof(disturbances[0]);
