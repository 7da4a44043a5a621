/* redact.c - packets of a copy that wait until all their bytes were told, and are written in the order in which they came; see redact.h. */
#include "capture/redact.h"

#include <stdlib.h>
#include <string.h>

#include "capture/redact_private.h"

#define LIMIT_DEFAULT (64u << 20)

/* ---- chains ---- */

static uint32_t hash_end(uint32_t h, const struct assay_endpoint *e)
{
	for (size_t i = 0; i < sizeof(e->address); i++)
		h = (h ^ e->address[i]) * 0x01000193u;
	return (h ^ e->port) * 0x01000193u;
}

unsigned chain_of(const struct assay_endpoint *from, const struct assay_endpoint *to)
{
	return hash_end(hash_end(0x811c9dc5u, from), to) % CHAINS;
}

static void chain(struct assay_redact *r, struct waiting *w)
{
	unsigned n = chain_of(&w->from, &w->to);

	w->pending = true;
	w->before = r->chain_end[n];
	*(w->before ? &w->before->after : &r->chain[n]) = w;
	r->chain_end[n] = w;
}

void finish_waiting(struct assay_redact *r, struct waiting *w)
{
	unsigned n = chain_of(&w->from, &w->to);

	if (!w->pending)
		return;
	w->pending = false;
	*(w->before ? &w->before->after : &r->chain[n]) = w->after;
	*(w->after ? &w->after->before : &r->chain_end[n]) = w->before;
}

/* ---- writing ---- */

static void write_first(struct assay_redact *r)
{
	struct waiting *w = r->first;

	r->counts.packets++;
	r->counts.masked_bytes += w->done;
	if (w->payload)
		redact_checksum(w);
	assay_copy_packet(&r->copy, &w->packet);
	r->first = w->next;
	if (!r->first)
		r->last = NULL;
	r->held -= w->size;
	free(w);
}

/* It is waited for no longer: what was not told is left out. */
static void force_first(struct assay_redact *r)
{
	struct waiting *w = r->first;

	r->counts.left_out_bytes += w->payload_length - w->done;
	w->packet.captured = w->payload + w->done;
	finish_waiting(r, w);
}

static void write_ready(struct assay_redact *r)
{
	while (r->first) {
		if (r->first->pending && r->held <= r->limit)
			return;
		if (r->first->pending)
			force_first(r);
		write_first(r);
	}
}

static int result(const struct assay_redact *r)
{
	return r->nomem ? ASSAY_E_NOMEM : r->copy.blocks.failed ? ASSAY_E_IO : 0;
}

/* ---- packets ---- */

/* "#12": the number of a PDU, as evidence has it. Other comments may say anything. */
static bool is_number(const struct assay_packet *p)
{
	if (!p->comment || p->comment_length < 2 || p->comment_length >= 24 || p->comment[0] != '#')
		return false;
	for (uint32_t i = 1; i < p->comment_length; i++)
		if (p->comment[i] < '0' || p->comment[i] > '9')
			return false;
	return true;
}

/* Its bytes, and room for the payload as it came. */
static struct waiting *copy_of(const struct assay_packet *p)
{
	size_t size = sizeof(struct waiting) + 2 * (size_t)p->captured;
	struct waiting *w = malloc(size);

	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->size = size;
	w->packet = *p;
	w->packet.bytes = w->bytes;
	w->packet.comment = NULL;
	w->packet.comment_length = 0;
	if (p->captured)
		memcpy(w->bytes, p->bytes, p->captured);
	if (is_number(p)) {
		memcpy(w->comment, p->comment, p->comment_length);
		w->packet.comment = w->comment;
		w->packet.comment_length = p->comment_length;
	}
	return w;
}

/* Where its payload lies. */
static void find_payload(struct waiting *w)
{
	const struct assay_segment *s = &w->segment;
	uint32_t header = (uint32_t)(w->bytes[s->places.transport + 12] >> 4) * 4;

	w->payload = s->places.transport + header;
	w->payload_length = w->told_from = w->due = s->captured;
	w->from = s->from;
	w->to = s->to;
	w->seq = s->seq + (s->flags & ASSAY_TCP_SYN ? 1 : 0);
	if (w->payload > w->packet.captured) { /* the header is cut off */
		w->payload = 0;
		w->payload_length = w->due = 0;
	}
	w->was = w->bytes + w->packet.captured;
	if (w->payload_length)
		memcpy(w->bytes + w->packet.captured, w->bytes + w->payload, w->payload_length);
}

static void leave_out(struct assay_redact *r, struct waiting *w)
{
	uint32_t from = w->segment.places.transport, end = w->segment.places.end;

	if (from >= w->packet.captured)
		return;
	r->counts.left_out_bytes += end > from ? end - from : 0;
	w->packet.captured = from;
}

/* Its bytes to those of its connection, which may have it told, and others before it. */
static void feed(struct assay_redact *r, struct waiting *w)
{
	struct assay_segment_place place;

	w->segment.data = w->payload_length ? w->was : NULL;
	w->segment.comment = NULL;
	if (w->payload_length)
		chain(r, w);
	r->now = w;
	assay_timeline_segment(r->timeline, &w->segment);
	r->now = NULL;
	if (!w->pending)
		return;
	if (!assay_timeline_follows(&place, r->timeline, &w->segment)) {
		finish_waiting(r, w);
		return;
	}
	if (!place.waits && place.given < w->due) /* nobody will tell what is behind */
		w->due = place.given;
	redact_again(r, w, place.flow, place.side);
}

int assay_redact_packet(struct assay_redact *r, const struct assay_packet *packet)
{
	struct waiting *w = copy_of(packet);
	enum assay_packet_kind kind;
	bool segment;

	if (!w) {
		r->nomem = true;
		return ASSAY_E_NOMEM;
	}
	*(r->last ? &r->last->next : &r->first) = w;
	r->last = w;
	r->held += w->size;
	kind = assay_packet_tcp(&w->segment, r->fragments, packet);
	segment = kind == ASSAY_PACKET_TCP && !w->segment.places.fragment;
	if (segment)
		find_payload(w);
	redact_headers(r, w, kind);
	memset(w->bytes + w->payload, HIDDEN, w->payload_length);
	if (w->segment.places.fragment)
		leave_out(r, w);
	if (segment)
		feed(r, w);
	write_ready(r);
	return result(r);
}

/* ---- outside ---- */

int assay_redact_new(struct assay_redact **out, FILE *file, size_t limit)
{
	static const struct assay_timeline_events events = { .stretch = redact_stretch, .over = redact_over };
	struct assay_redact *r = calloc(1, sizeof(*r)); /* what is not used is not resident */

	*out = NULL;
	if (!r)
		return ASSAY_E_NOMEM;
	r->limit = limit ? limit : LIMIT_DEFAULT;
	r->timeline = assay_timeline_new(NULL, &events, r);
	r->fragments = assay_fragments_new();
	if (!r->timeline || !r->fragments) {
		assay_redact_free(r);
		return ASSAY_E_NOMEM;
	}
	if (assay_mask_init(&r->mask) < 0) {
		assay_redact_free(r);
		return ASSAY_E_CRYPTO;
	}
	assay_copy_begin(&r->copy, file, "names, addresses and data are masked");
	*out = r;
	return 0;
}

int assay_redact_end(struct assay_redact *r)
{
	assay_timeline_end(r->timeline);
	while (r->first) {
		finish_waiting(r, r->first);
		write_first(r);
	}
	return result(r);
}

const struct assay_redact_counts *assay_redact_counts(const struct assay_redact *r)
{
	return &r->counts;
}

void assay_redact_free(struct assay_redact *r)
{
	struct waiting *next;

	if (!r)
		return;
	for (struct waiting *w = r->first; w; w = next) {
		next = w->next;
		free(w);
	}
	for (unsigned slot = 0; slot < ASSAY_FLOWS_MAX; slot++)
		for (unsigned side = 0; side < 2; side++) {
			free(r->deferred[slot][side].bytes);
			free(r->deferred[slot][side].pdu);
		}
	assay_timeline_free(r->timeline);
	assay_fragments_free(r->fragments);
	free(r->scratch);
	free(r);
}
