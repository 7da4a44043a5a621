/* holes.c - bytes that are missing: how long they are waited for, and when they are lost. What is there and waits is in held.c. */
#include "capture/reassembly_private.h"

#define UNSEEN                                                                                               \
	8 /* for a side of which nothing was seen, as where only one was captured, the patience is that many times less */

/* One past the bytes that are missing at the front of a side; given where none are. */
static uint64_t hole_end(const struct assay_reassembly *r, const struct side *s, uint64_t most)
{
	uint64_t end = s->first == NONE ? most : r->piece[s->first].at;

	if (end > most)
		end = most;
	return end > s->given ? end : s->given;
}

/* Bytes that the other side has had and we have not: lost. No more than what its next bytes answered, so that each answer has its own loss before it. */
static void lose_acknowledged(struct assay_reassembly *r, struct flow *f, unsigned side)
{
	struct side *s = &f->side[side];
	const struct side *other = &f->side[!side];
	uint64_t end = hole_end(r, s, s->acked);

	if (other->first != NONE) {
		uint64_t needs = r->piece[other->first].needs;

		if (needs > s->given && needs < end)
			end = needs;
	}
	flow_lose(r, f, side, end - s->given, f->frame, f->time);
}

/* The side whose first piece is given out next where holes count for nothing: the one that waits for no held piece of the other; where both do, or neither, that with the earlier packet. */
static unsigned next_side(const struct assay_reassembly *r, const struct flow *f)
{
	const struct piece *p[2];
	bool free[2];

	for (unsigned side = 0; side < 2; side++) {
		if (f->side[side].first == NONE)
			return !side;
		p[side] = &r->piece[f->side[side].first];
	}
	for (unsigned side = 0; side < 2; side++)
		free[side] = p[side]->needs <= p[!side]->at;
	return free[0] != free[1] ? free[1] : p[1]->frame < p[0]->frame;
}

/* What the next piece waits for is waited for no longer. */
static void stop_waiting(struct assay_reassembly *r, struct flow *f)
{
	unsigned side = next_side(r, f);
	struct side *s = &f->side[side], *other = &f->side[!side];
	uint64_t needs = r->piece[s->first].needs;

	flow_lose(r, f, side, hole_end(r, s, UINT64_MAX) - s->given, f->frame, f->time);
	if (!flow_reached(other, needs))
		flow_lose(r, f, !side, hole_end(r, other, needs) - other->given, f->frame, f->time);
	r->piece[s->first].needs = 0; /* were both to wait for each other, neither would come */
	flow_drain(r, f);
}

/* The same for want of room. */
void holes_give_way(struct assay_reassembly *r, struct flow *f)
{
	uint64_t before = r->counts.lost_bytes;

	stop_waiting(r, f);
	r->counts.given_up_bytes += r->counts.lost_bytes - before;
}

bool flow_waits(const struct flow *f)
{
	return f->side[0].first != NONE || f->side[1].first != NONE;
}

/* Was the hole that the side stands at acknowledged, and has what waits behind it, or for it, waited for long? */
static bool out_of_patience(const struct assay_reassembly *r, const struct flow *f, unsigned side)
{
	const struct side *s = &f->side[side];
	uint32_t behind = s->first, other = f->side[!side].first;
	uint64_t since = f->packets;

	if (hole_end(r, s, s->acked) == s->given)
		return false;
	if (behind != NONE)
		since = r->piece[behind].packet;
	if (other != NONE && r->piece[other].needs > s->given && r->piece[other].packet < since)
		since = r->piece[other].packet;
	return f->packets - since > (s->seen ? r->limits.patience : r->limits.patience / UNSEEN);
}

/* After each packet of the flow. */
void holes_settle(struct assay_reassembly *r, struct flow *f)
{
	flow_drain(r, f);
	for (unsigned side = 0; flow_waits(f) && side < 2; side++)
		while (out_of_patience(r, f, side)) {
			lose_acknowledged(r, f, side);
			flow_drain(r, f);
		}
	while (flow_waits(f) && f->side[0].held + f->side[1].held > r->limits.flow_bytes)
		holes_give_way(r, f);
}

/* Room for what a segment needs at most: the other connections that were silent longest wait no longer. */
void holes_make_room(struct assay_reassembly *r, const struct flow *f, uint32_t length)
{
	uint32_t need = length / PIECE_BYTES + 3, index = r->oldest;

	while (r->pieces - r->taken < need) {
		while (index != NONE && (&r->flow[index] == f || !flow_waits(&r->flow[index])))
			index = r->flow[index].newer;
		if (index == NONE)
			return;
		while (flow_waits(&r->flow[index]))
			holes_give_way(r, &r->flow[index]);
	}
}

/* Nothing more comes. */
void holes_end(struct assay_reassembly *r, struct flow *f)
{
	while (flow_waits(f))
		stop_waiting(r, f);
	for (unsigned side = 0; side < 2; side++) {
		if (f->side[side].acked == f->side[side].given + 1)
			f->side[side].acked--; /* a FIN that is not in the capture */
		lose_acknowledged(r, f, side);
	}
}
