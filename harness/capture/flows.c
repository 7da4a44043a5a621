/* flows.c - the table of connections: found by the addresses of both ends, either way round; the one that was silent longest gives its place away. Which of several with the same addresses it is. */
#include <string.h>

#include "capture/reassembly_private.h"

#define FAR                                                                                                  \
	(1 << 28) /* sequence numbers this far behind are of another connection of the same addresses, whatever is acknowledged */

static void unlink_use(struct assay_reassembly *r, uint32_t index)
{
	struct flow *f = &r->flow[index];

	*(f->newer == NONE ? &r->newest : &r->flow[f->newer].older) = f->older;
	*(f->older == NONE ? &r->oldest : &r->flow[f->older].newer) = f->newer;
}

static void link_newest(struct assay_reassembly *r, uint32_t index)
{
	struct flow *f = &r->flow[index];

	f->newer = NONE;
	f->older = r->newest;
	*(r->newest == NONE ? &r->oldest : &r->flow[r->newest].newer) = index;
	r->newest = index;
}

bool flow_same_end(const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static uint32_t hash_end(const struct assay_endpoint *e)
{
	uint64_t a, b;

	memcpy(&a, e->address, 8);
	memcpy(&b, e->address + 8, 8);
	a = (a ^ (b * UINT64_C(0x9e3779b97f4a7c15)) ^ e->port) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(a >> 32);
}

/* The same for both ways. */
static uint32_t *bucket_of(
	struct assay_reassembly *r, const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	return &r->bucket[(hash_end(a) + hash_end(b)) % BUCKETS];
}

struct flow *flow_find(struct assay_reassembly *r, const struct assay_segment *s)
{
	uint32_t index = *bucket_of(r, &s->from, &s->to);

	for (; index != NONE; index = r->flow[index].chain) {
		struct flow *f = &r->flow[index];

		if ((flow_same_end(&f->end[0], &s->from) && flow_same_end(&f->end[1], &s->to)) ||
			(flow_same_end(&f->end[1], &s->from) && flow_same_end(&f->end[0], &s->to)))
			return f;
	}
	return NULL;
}

static void unchain(struct assay_reassembly *r, struct flow *f)
{
	uint32_t *link = bucket_of(r, &f->end[0], &f->end[1]);

	while (&r->flow[*link] != f)
		link = &r->flow[*link].chain;
	*link = f->chain;
}

struct flow *flow_add(
	struct assay_reassembly *r, const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	uint32_t index = r->used < ASSAY_FLOWS_MAX ? r->used : r->oldest, *bucket = bucket_of(r, a, b);
	struct flow *f = &r->flow[index];

	if (r->used < ASSAY_FLOWS_MAX) {
		r->used++;
	} else {
		unlink_use(r, index);
		unchain(r, f);
	}
	link_newest(r, index);
	f->end[0] = *a;
	f->end[1] = *b;
	f->chain = *bucket;
	*bucket = index;
	return f;
}

void flow_touch(struct assay_reassembly *r, struct flow *f)
{
	uint32_t index = (uint32_t)(f - r->flow);

	if (r->newest == index)
		return;
	unlink_use(r, index);
	link_newest(r, index);
}

bool assay_reassembly_follows(
	struct assay_segment_place *out, struct assay_reassembly *r, const struct assay_segment *segment)
{
	const struct flow *f = flow_find(r, segment);
	const struct side *s;
	int32_t given;

	if (!f || f->ignored || f->over)
		return false;
	out->flow = (uint32_t)(f - r->flow);
	out->side = !flow_same_end(&f->end[0], &segment->from);
	s = &f->side[out->side];
	given = (int32_t)(s->next_seq - segment->seq - (segment->flags & ASSAY_TCP_SYN ? 1 : 0));
	out->given = given <= 0 ? 0 : (uint32_t)given < segment->length ? (uint32_t)given : segment->length;
	out->waits = s->first != NONE;
	return true;
}

/* A SYN begins another connection, but when it comes again, or the capture has it behind the first bytes. */
static bool is_other_syn(const struct flow *f, const struct assay_segment *s, unsigned side)
{
	const struct side *from = &f->side[side];

	if (f->syn && side == 0 && !(s->flags & ASSAY_TCP_ACK))
		return s->seq != f->syn_seq;
	if (f->syn && side == 1 && s->flags & ASSAY_TCP_ACK)
		return s->ack != f->syn_seq + 1;
	return f->syn || f->over || !from->known || from->next_seq - (uint32_t)from->given != s->seq + 1;
}

/* Behind the end of a connection come late answers and what was on its way at a reset, but no bytes beyond a FIN, and none of who sent the reset. */
static bool is_beyond_end(const struct flow *f, int32_t distance, unsigned side)
{
	return f->reset ? (int)side == f->closer && distance >= 0 : distance > 0;
}

bool flow_is_other(const struct flow *f, const struct assay_segment *s, unsigned side)
{
	const struct side *from = &f->side[side], *to = &f->side[!side];
	int32_t distance = (int32_t)(s->seq - from->next_seq), answer = (int32_t)(s->ack - to->next_seq);
	bool leap = distance < -WINDOW || distance > WINDOW,
	     answer_leaps = answer < -WINDOW || answer > WINDOW;

	if (s->flags & ASSAY_TCP_SYN)
		return is_other_syn(f, s, side);
	if (!from->known || !s->length)
		return false;
	if (f->over)
		return leap || is_beyond_end(f, distance, side);
	if (leap && answer_leaps && to->known && s->flags & ASSAY_TCP_ACK)
		return true; /* of one side it would be a hole in the capture */
	return distance < -FAR || distance > AHEAD;
}
