/* redact_packet.c - link, IP and TCP headers of a copy: addresses masked, what may name a host cleared, checksums made again. IEEE 802.3, LINKTYPE_LINUX_SLL, _SLL2, RFC 791, 8200, 9293. */
#include <string.h>

#include "capture/checksum.h"
#include "capture/redact_private.h"

enum { ETHERNET = 1, SLL = 113, SLL2 = 276 };

/* Addresses of cards. */
static void clear_link(struct waiting *w, uint32_t end)
{
	static const struct {
		uint32_t link, from, to;
	} places[] = { { ETHERNET, 0, 12 }, { SLL, 6, 14 }, { SLL2, 12, 20 } };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (w->packet.link == places[i].link && places[i].from < end)
			memset(w->bytes + places[i].from, 0,
				(places[i].to < end ? places[i].to : end) - places[i].from);
}

static void mask_ipv4(const struct assay_redact *r, uint8_t *ip, uint32_t length)
{
	assay_mask_address(&r->mask, ip + 12, 4);
	assay_mask_address(&r->mask, ip + 16, 4);
	memset(ip + 20, 1, length - 20); /* options may name routers: NOP */
	assay_put_be16(ip + 10, 0);
	assay_put_be16(ip + 10, assay_checksum(assay_sum_words(0, ip, length)));
}

static bool is_fragment_header(unsigned type)
{
	return type == 44;
}

/* Extension headers keep their type and length; routing headers name routers. */
static void mask_ipv6(const struct assay_redact *r, uint8_t *ip, uint32_t length)
{
	uint32_t at = 40;
	unsigned type = ip[6];

	assay_mask_address(&r->mask, ip + 8, 16);
	assay_mask_address(&r->mask, ip + 24, 16);
	while (at + 8 <= length) {
		uint32_t part = is_fragment_header(type) ? 8
				: type == 51             ? 8 + ip[at + 1] * 4u
							 : 8 + ip[at + 1] * 8u;

		if (part > length - at)
			return;
		if (!is_fragment_header(type))
			memset(ip + at + 2, 0, part - 2);
		type = ip[at];
		at += part;
	}
}

/* The sum of what is not TCP's own in its checksum. */
static uint64_t pseudo_header(const uint8_t *ip, uint32_t length)
{
	return ip[0] >> 4 == 4 ? assay_sum_words(6 + length, ip + 12, 8)
			       : assay_sum_words(6 + length, ip + 8, 32);
}

/* 0 for a segment that is whole and has its right checksum. */
static uint16_t sum_of(const struct waiting *w, const uint8_t *payload)
{
	const struct assay_packet_places *p = &w->segment.places;
	uint32_t header = w->payload - p->transport;

	if (w->segment.length != w->payload_length)
		return 1;
	return assay_checksum(assay_sum_words(
		assay_sum_words(pseudo_header(w->bytes + p->network, header + w->payload_length),
			w->bytes + p->transport, header),
		payload, w->payload_length));
}

/* A right checksum is told by 1 in its place, until the payload is masked; what is wrong, or cannot be known, becomes 0. */
static void mark_checksum(struct waiting *w)
{
	bool right = w->payload && sum_of(w, w->was) == 0;

	assay_put_be16(w->bytes + w->segment.places.transport + 16, right);
}

void redact_checksum(struct waiting *w)
{
	uint8_t *at = w->bytes + w->segment.places.transport + 16;

	if (!assay_get_be16(at))
		return;
	assay_put_be16(at, 0);
	if (w->packet.captured == w->payload + w->payload_length ||
		w->packet.captured == w->segment.places.end)
		assay_put_be16(at, sum_of(w, w->bytes + w->payload));
}

void redact_headers(const struct assay_redact *r, struct waiting *w, enum assay_packet_kind kind)
{
	const struct assay_packet_places *p = &w->segment.places;
	uint32_t captured = w->packet.captured, link = p->network, keep;

	if (kind == ASSAY_PACKET_LINK) { /* nothing is known of it */
		memset(w->bytes, 0, captured);
		return;
	}
	if (link == ASSAY_PLACE_NONE) /* what is there of a header of ours, and then what is no IP */
		link = w->packet.link == ETHERNET ? 14 : w->packet.link == SLL ? 16 : 20;
	if (link > captured)
		link = captured;
	keep = kind != ASSAY_PACKET_BAD && p->transport != ASSAY_PLACE_NONE ? p->transport : link;
	if (kind == ASSAY_PACKET_TCP && !p->fragment) {
		mark_checksum(w);
		keep = p->end < captured ? p->end : captured;
	}
	clear_link(w, link);
	if (keep > link && p->network != ASSAY_PLACE_NONE)
		(w->bytes[link] >> 4 == 4 ? mask_ipv4 : mask_ipv6)(r, w->bytes + link, p->transport - link);
	memset(w->bytes + keep, 0, captured - keep);
}
