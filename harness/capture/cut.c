/* cut.c - a side's bytes into PDUs, and a way to go on where some are missing: a PDU that lost data only is passed over by its length, else the next header is looked for. */
#include <stdlib.h>
#include <string.h>

#include "capture/timeline_private.h"

#define BUFFER_START  8192u
#define BUFFER_KEPT   65536u /* a larger one is given back with its connection */
#define UNDECIDED_MAX (1u << 20) /* bytes without a PDU, after which a flow is none of ours */
#define TRIES_MIN     (32u << 20) /* bytes of data of which digests are tried at any rate */
#define TRIES         8 /* and so many for each that came */
#define START_MAX     65536u /* the same for a flow whose start was seen and is no PDU */

static void drop(struct half *h, size_t n)
{
	h->framer.start += n;
}

static void drop_all(struct half *h)
{
	h->framer.start = h->framer.end = 0;
}

/* Room for more: false when there is none to be had. */
static bool grow(struct assay_timeline *t, struct half *h)
{
	size_t size = h->framer.size ? h->framer.size * 2 : BUFFER_START;
	uint8_t *grown;

	if (t->buffers - h->framer.size + size > ASSAY_TIMELINE_BUFFERS)
		return false;
	grown = realloc(h->framer.buf, size);
	if (!grown)
		return false;
	t->buffers += size - h->framer.size;
	h->framer.buf = grown;
	h->framer.size = size;
	return true;
}

/* Where to put more bytes behind those that are held: how many; 0: there is no room for the PDU at the front. What is held is moved only once as much was taken out before it, or nearly. */
static size_t space(uint8_t **out, struct assay_timeline *t, struct half *h)
{
	struct assay_framer *f = &h->framer;

	if (f->start == f->end)
		f->start = f->end = 0;
	if (f->end == f->size && f->start < held(h) && !grow(t, h) && f->start < held(h) / 8)
		return 0;
	if (f->end == f->size)
		return assay_framer_space(f, out);
	*out = f->buf + f->end;
	return f->size - f->end;
}

/* ---- in step ---- */

/* Is that the first byte of a PDU of that side? */
static bool is_of_side(const struct connection *c, unsigned side, uint8_t first)
{
	return assay_sync_opcode(first) &&
	       assay_opcode_from_target(first & 0x3f) == (dir_of(c, side) == ASSAY_TO_INITIATOR);
}

/* What was passed over, and that nothing is to rest on it. */
static void tell_late(struct assay_timeline *t, struct connection *c, unsigned side)
{
	struct half *h = &c->half[side];

	tell_loss(t, c, side, h->passed, true);
	h->passed = 0;
	h->first_frame = c->frame;
	tell_gap(t, c, side);
}

/* The next PDU of a side whose position is known. False: there is none yet, or the position is lost. */
static bool next(struct assay_timeline *t, struct connection *c, unsigned side, bool end)
{
	struct half *h = &c->half[side];
	struct assay_pdu pdu;

	if (h->owed && held(h) >= 4)
		digests_take_owed(t, c, side);
	if (held(h) < ASSAY_BHS_LENGTH)
		return false;
	/* where the start was not seen, or something is missing, the position may be wrong */
	if ((!c->certain || h->lost) && !is_of_side(c, side, h->framer.buf[h->framer.start])) {
		h->searching = h->lost = true;
		tell_gap(t, c, side);
		return false;
	}
	if (!digests_find(t, c, side, end) || assay_framer_next(&h->framer, &pdu) != 1)
		return false;
	digests_note_owed(c, h, &pdu);
	if (h->end - held(h) - pdu.wire_length < h->late) {
		h->passed += pdu.wire_length;
		tell_stretch(
			t, c, side, ASSAY_TIMELINE_WHOLE, pdu.wire, pdu.wire_length, h->end - held(h), &pdu);
		tell_late(t, c, side);
		return true;
	}
	tell_pdu(t, c, side, &pdu, h->first_frame, false);
	tell_stretch(t, c, side, ASSAY_TIMELINE_WHOLE, pdu.wire, pdu.wire_length, h->end - held(h), &pdu);
	h->first_frame = c->frame;
	return true;
}

/* ---- out of step ---- */

/* What lies before the place that was found. */
static void pass_over(struct half *h, size_t n)
{
	h->passed += n;
	drop(h, n);
}

/* What was passed over since the front stood there. */
static void tell_passed(struct assay_timeline *t, const struct connection *c, unsigned side, size_t front)
{
	const struct half *h = &c->half[side];

	if (h->framer.start > front)
		tell_stretch(t, c, side, ASSAY_TIMELINE_SKIPPED, h->framer.buf + front,
			h->framer.start - front, h->end - held(h), NULL);
}

/* A PDU that is whole and too late: it is passed over as one. */
static void pass_late(struct assay_timeline *t, struct connection *c, unsigned side, unsigned digests)
{
	struct half *h = &c->half[side];
	const uint8_t *at = h->framer.buf + h->framer.start;
	struct assay_pdu pdu;

	if (assay_pdu_decode(&pdu, at, held(h), digests) < 0)
		return;
	pass_over(h, pdu.wire_length);
	tell_stretch(t, c, side, ASSAY_TIMELINE_WHOLE, at, pdu.wire_length, h->end - held(h), &pdu);
}

static void work(struct assay_timeline *t, struct connection *c, unsigned side, size_t fresh, bool end);

/* The connection is iSCSI: what the other side said before comes first. */
static void decided(struct assay_timeline *t, struct connection *c, unsigned initiator, unsigned other)
{
	struct half *h = &c->half[other];

	decide(t, c, ISCSI, initiator);
	h->searching |= h->lost;
	h->no = false;
	work(t, c, other, held(h), true);
	if (held(h) && in_step(c, h))
		tell_stand(t, c, other, false);
}

static void found(struct assay_timeline *t, struct connection *c, unsigned side, unsigned digests, bool late)
{
	struct half *h = &c->half[side];
	const uint8_t *at = h->framer.buf + h->framer.start;
	bool from_target = assay_opcode_from_target(at[0] & 0x3f);
	uint64_t offset = h->end - held(h);

	h->remainder = offset % 4;
	h->aligned = true;
	if (!c->certain && !c->header_known) {
		c->guess = digests;
		c->header_known = (at[0] & 0x1f) != ASSAY_LOGIN_REQUEST &&
				  held(h) > ASSAY_BHS_LENGTH + at[4] * 4u;
		c->data_known = c->header_known && digests_data_told(h, digests);
	}
	if (c->decision == UNDECIDED)
		decided(t, c, from_target ? !side : side, !side);
	if (late) /* seen too late to be judged in its turn */
		pass_late(t, c, side, digests);
	h->searching = false;
	if (h->passed)
		tell_loss(t, c, side, h->passed, true);
	h->passed = 0;
	if (late || h->lost)
		tell_gap(t, c, side);
	h->first_frame = c->frame;
}

/* Looks for a PDU from the front on, which moves to where one may begin. */
static enum assay_sync_answer look(struct assay_timeline *t, struct connection *c, unsigned side,
	unsigned *digests, struct assay_sync_ask *ask)
{
	struct half *h = &c->half[side];
	size_t front = h->framer.start;
	enum assay_sync_answer answer = ASSAY_SYNC_NO;

	while (held(h) >= ASSAY_BHS_LENGTH) {
		struct assay_sync_ask asked = *ask;

		if (h->end - held(h) == h->packet)
			h->whole = h->packet;
		asked.whole = h->end - held(h) == h->whole;
		if (!h->aligned || (h->end - held(h)) % 4 == h->remainder)
			answer = assay_sync_at(digests, &asked, h->framer.buf + h->framer.start, held(h));
		ask->tried = asked.tried;
		if (answer != ASSAY_SYNC_NO)
			break;
		if (!h->lost && c->start.syn) {
			h->no = true; /* its start is there, and is no PDU */
			break;
		}
		pass_over(h, 1);
	}
	tell_passed(t, c, side, front);
	return answer;
}

/* fresh: bytes at the end that have just come. True when a PDU was found. */
static bool search(struct assay_timeline *t, struct connection *c, unsigned side, size_t fresh, bool end)
{
	struct half *h = &c->half[side];
	struct assay_sync_ask ask = { .dir = c->initiator < 0 ? -1 : (int)dir_of(c, side),
		.anywhere = h->lost || !c->start.syn,
		.end = end,
		.tried = h->tried,
		.may_try = TRIES_MIN + TRIES * h->came };
	enum assay_sync_answer answer;
	unsigned digests;

	ask.digests = c->certain                         ? digests_of(t, c, side)
		      : c->header_known && c->data_known ? c->guess
							 : ASSAY_SYNC_DIGESTS_UNKNOWN;
	answer = look(t, c, side, &digests, &ask);
	h->tried = ask.tried;
	if (answer != ASSAY_SYNC_YES && answer != ASSAY_SYNC_NEXT)
		return false;
	found(t, c, side, digests,
		(answer == ASSAY_SYNC_NEXT && h->lost && held(h) > fresh) || h->end - held(h) < h->late);
	return true;
}

/* No flow of ours? */
static void doubt(struct assay_timeline *t, struct connection *c, unsigned side)
{
	const struct half *h = &c->half[side], *other = &c->half[!side];

	if (h->no && (other->no || held(h) > START_MAX))
		decide(t, c, OTHER, 0);
	else if (h->passed + held(h) > UNDECIDED_MAX)
		decide(t, c, OTHER, 0);
}

static void work(struct assay_timeline *t, struct connection *c, unsigned side, size_t fresh, bool end)
{
	struct half *h = &c->half[side];

	for (;;) {
		if (c->decision == OTHER)
			return;
		if (c->decision == UNDECIDED || h->searching) {
			if (h->no || !search(t, c, side, fresh, end))
				break;
		} else if (!next(t, c, side, end)) {
			if (!h->searching)
				break;
		}
	}
	if (c->decision == UNDECIDED)
		doubt(t, c, side);
}

/* ---- in and out ---- */

/* All that is held. */
static void tell_held(
	struct assay_timeline *t, const struct connection *c, unsigned side, enum assay_timeline_fate fate)
{
	const struct half *h = &c->half[side];

	if (held(h)) /* else there may be no buffer */
		tell_stretch(t, c, side, fate, h->framer.buf + h->framer.start, held(h), h->end, NULL);
}

/* There is no room for the PDU at the front: only its header is told. */
static void too_long(struct assay_timeline *t, struct connection *c, unsigned side)
{
	struct half *h = &c->half[side];
	const uint8_t *at;
	struct assay_pdu pdu;
	size_t wire;

	if (held(h) < ASSAY_BHS_LENGTH || h->searching || c->decision != ISCSI) {
		tell_held(t, c, side, ASSAY_TIMELINE_SKIPPED);
		h->passed += held(h);
		drop_all(h);
		h->searching = h->lost = true;
		return;
	}
	at = h->framer.buf + h->framer.start;
	wire = assay_pdu_wire_length(at, h->framer.digests);
	assay_pdu_decode_bhs(&pdu, at);
	tell_gap(t, c, side);
	tell_pdu(t, c, side, &pdu, h->first_frame, true);
	tell_held(t, c, side, ASSAY_TIMELINE_PART);
	t->counts.too_long++;
	h->skip = wire > held(h) ? wire - held(h) : 0;
	drop_all(h);
}

/* A whole PDU in step, with nothing before it, is taken where it lies, without a copy. Returns its bytes; 0: there is none. */
static size_t take_in_place(
	struct assay_timeline *t, struct connection *c, unsigned side, const uint8_t *bytes, size_t length)
{
	struct half *h = &c->half[side];
	struct assay_pdu pdu;

	if (held(h) || length < ASSAY_BHS_LENGTH || !in_step(c, h))
		return 0;
	unread_want(t, c, side, bytes, length);
	if (assay_pdu_decode(&pdu, bytes, length, digests_of(t, c, side)) < 0)
		return 0;
	h->end += pdu.wire_length;
	tell_pdu(t, c, side, &pdu, c->frame, false);
	tell_stretch(t, c, side, ASSAY_TIMELINE_WHOLE, bytes, pdu.wire_length, h->end, &pdu);
	return pdu.wire_length;
}

/* How many of the bytes are put to those that are held: in step no more than their PDU lacks, so that what is behind it is never moved. */
static size_t lacking(
	const struct assay_timeline *t, const struct connection *c, unsigned side, size_t length)
{
	const struct half *h = &c->half[side];
	size_t wire = ASSAY_BHS_LENGTH;

	if (!held(h) || !in_step(c, h))
		return length;
	if (held(h) >= ASSAY_BHS_LENGTH)
		wire = assay_pdu_wire_length(h->framer.buf + h->framer.start, digests_of(t, c, side));
	return wire > held(h) && wire - held(h) < length ? wire - held(h) : length;
}

void cut_bytes(struct assay_timeline *t, struct connection *c, unsigned side, const uint8_t *bytes,
	size_t length, bool end)
{
	struct half *h = &c->half[side];

	h->came += length;
	if (!t->events.no_data)
		assay_want(t->hole, bytes, length);
	if (h->packet_over)
		h->packet = h->end;
	h->packet_over = end;
	if (!h->framer.size && !grow(t, h)) { /* none at all: others have it */
		tell_gap(t, c, side);
		h->lost = h->searching = true;
		h->passed += length;
		h->end += length;
		tell_stretch(t, c, side, ASSAY_TIMELINE_SKIPPED, bytes, length, h->end, NULL);
		return;
	}
	while (length > 0 && c->decision != OTHER) {
		uint8_t *room;
		size_t part, want;

		if (h->skip) {
			part = h->skip < length ? (size_t)h->skip : length;
			h->skip -= part;
			h->end += part;
			tell_stretch(t, c, side, ASSAY_TIMELINE_SKIPPED, bytes, part, h->end, NULL);
			bytes += part;
			length -= part;
			continue;
		}
		part = take_in_place(t, c, side, bytes, length);
		if (part) {
			bytes += part;
			length -= part;
			continue;
		}
		part = space(&room, t, h);
		if (!part) {
			too_long(t, c, side);
			continue;
		}
		want = lacking(t, c, side, length);
		if (part > want)
			part = want;
		if (!held(h))
			h->first_frame = c->frame;
		unread_put(t, c, side, room, bytes, part);
		assay_framer_commit(&h->framer, part);
		h->end += part;
		bytes += part;
		length -= part;
		work(t, c, side, part, end && !length);
	}
	if (end && held(h) && in_step(c, h))
		tell_stand(t, c, side, false);
}

/* The PDU at the front loses data: is its end still known? */
static bool pass_cut(struct assay_timeline *t, struct connection *c, unsigned side, uint64_t lost)
{
	struct half *h = &c->half[side];
	struct assay_pdu pdu;
	size_t wire;

	if (h->skip) {
		if (lost > h->skip)
			return false;
		h->skip -= lost;
		return true;
	}
	if (c->decision != ISCSI || h->searching || held(h) < ASSAY_BHS_LENGTH)
		return false;
	if (c->certain)
		h->framer.digests = digests_of(t, c, side);
	else
		h->framer.digests = c->guess;
	wire = assay_pdu_wire_length(h->framer.buf + h->framer.start, h->framer.digests);
	if (wire <= held(h))
		return false;
	assay_pdu_decode_bhs(&pdu, h->framer.buf + h->framer.start);
	tell_pdu(t, c, side, &pdu, h->first_frame, true);
	tell_held(t, c, side, ASSAY_TIMELINE_PART);
	h->skip = wire - held(h);
	drop_all(h);
	if (lost > h->skip)
		return false;
	h->skip -= lost;
	return true;
}

void cut_lost(struct assay_timeline *t, struct connection *c, unsigned side, uint64_t length)
{
	struct half *h = &c->half[side];

	h->owed = false;
	h->packet_over = true;
	tell_gap(t, c, side);
	if (c->decision == ISCSI)
		tell_loss(t, c, side, length, false);
	else
		h->missing += length;
	if (!c->full && c->certain)
		c->certain = false; /* what was agreed may be among it */
	if (!pass_cut(t, c, side, length)) {
		tell_held(t, c, side, ASSAY_TIMELINE_SKIPPED);
		h->passed += held(h);
		drop_all(h);
		h->skip = 0;
		h->searching = true;
		h->no = false;
	}
	h->lost = true;
	h->end += length;
	tell_stretch(t, c, side, ASSAY_TIMELINE_LOST, NULL, length, h->end, NULL);
}

bool cut_overtaken(struct connection *c, unsigned side)
{
	struct half *h = &c->half[side];
	bool known = c->certain || (c->header_known && c->data_known);

	if (c->decision != ISCSI || h->late == h->end ||
		(h->searching ? !h->end : known || held(h) < ASSAY_BHS_LENGTH))
		return false;
	h->late = h->end;
	return true;
}

void cut_end(struct assay_timeline *t, struct connection *c, bool ended)
{
	for (unsigned side = 0; side < 2; side++) {
		struct half *h = &c->half[side];

		tell_held(t, c, side,
			c->decision == ISCSI && !h->searching && held(h) >= ASSAY_BHS_LENGTH
				? ASSAY_TIMELINE_PART
				: ASSAY_TIMELINE_SKIPPED);
		if (ended && held(h) && !h->passed && in_step(c, h))
			tell_rest(t, c, side);
		else if (c->decision == ISCSI && h->passed + held(h))
			tell_loss(t, c, side, h->passed + held(h), true);
	}
	cut_reset(t, c);
}

void cut_reset(struct assay_timeline *t, struct connection *c)
{
	for (unsigned side = 0; side < 2; side++) {
		struct half *h = &c->half[side];

		if (h->framer.size > BUFFER_KEPT) {
			t->buffers -= h->framer.size;
			free(h->framer.buf);
			h->framer.buf = NULL;
			h->framer.size = 0;
		}
		*h = (struct half){ .framer = { .buf = h->framer.buf, .size = h->framer.size } };
	}
}
