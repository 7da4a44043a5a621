/* packet.c - from the bytes of a packet to its TCP segment; see packet.h. IEEE 802.3, 802.1Q, 802.1ad; LINKTYPE_LINUX_SLL, _SLL2, _NULL, _LOOP, _RAW; RFC 791, 8200, 9293. */
#include "capture/packet.h"

#include <string.h>

#include "codec/bytes.h"

#define EXTENSIONS 16 /* IPv6 extension headers of one packet; with more it is malformed */

/* What follows an IP header. */
enum next_header {
	HOP_BY_HOP = 0,
	PROTOCOL_TCP = 6,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	DESTINATION = 60,
	MOBILITY = 135
};

/* LINKTYPE_ numbers, and those that libpcap gives for raw IP. */
enum link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_12 = 12,
	LINK_RAW_14 = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276
};

enum ethertype {
	TYPE_IPV4 = 0x0800,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100
};

/* Bytes that are left, and how many of them the wire had. */
struct rest {
	const uint8_t *at;
	uint32_t captured, length;
	const uint8_t *packet; /* where the packet begins; NULL: these bytes are of several */
};

static uint32_t place_of(const struct rest *r)
{
	return r->packet ? (uint32_t)(r->at - r->packet) : ASSAY_PLACE_NONE;
}

static bool skip(struct rest *r, uint32_t n)
{
	if (n > r->captured || n > r->length)
		return false;
	r->at += n;
	r->captured -= n;
	r->length -= n;
	return true;
}

/* What lies behind the datagram's own length (an Ethernet trailer) is none of it. */
static void limit(struct rest *r, uint32_t length)
{
	if (length < r->length)
		r->length = length;
	if (r->captured > r->length)
		r->captured = r->length;
}

/* The EtherType behind any tags; 0: cut off. */
static uint32_t untag(struct rest *r, uint32_t type)
{
	while (type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD) {
		if (r->captured < 4)
			return 0;
		type = assay_get_be16(r->at + 2);
		skip(r, 4);
	}
	return type;
}

/* A header of head bytes with an EtherType in it. */
static uint32_t typed(struct rest *r, uint32_t head, uint32_t type_at)
{
	uint32_t type;

	if (r->captured < head)
		return 0;
	type = assay_get_be16(r->at + type_at);
	skip(r, head);
	return untag(r, type);
}

/* Raw IP says its version itself. */
static uint32_t by_version(const struct rest *r)
{
	unsigned version = r->captured ? r->at[0] >> 4 : 0;

	return version == 4 ? TYPE_IPV4 : version == 6 ? TYPE_IPV6 : 0;
}

/* Strips the link layer; returns the EtherType of what is left, 0 where there is none, 1 for an unknown link layer. */
static uint32_t unlink_layer(struct rest *r, uint32_t link)
{
	switch (link) {
	case LINK_ETHERNET: return typed(r, 14, 12);
	case LINK_SLL: return typed(r, 16, 14);
	case LINK_SLL2: return typed(r, 20, 0);
	case LINK_NULL:
	case LINK_LOOP: return skip(r, 4) ? by_version(r) : 0; /* the family's number differs by system */
	case LINK_RAW:
	case LINK_RAW_12:
	case LINK_RAW_14:
	case LINK_IPV4:
	case LINK_IPV6: return by_version(r);
	default: return 1;
	}
}

/* Where the datagram's payload begins, and where it ends. */
static void note_payload(struct assay_segment *out, const struct rest *r)
{
	if (!r->packet)
		return;
	out->places.transport = place_of(r);
	out->places.end = out->places.transport + r->captured;
}

static enum assay_packet_kind tcp(struct assay_segment *out, struct rest r)
{
	uint32_t header;

	if (r.captured < 20)
		return ASSAY_PACKET_BAD;
	header = (uint32_t)(r.at[12] >> 4) * 4;
	if (header < 20 || header > r.length)
		return ASSAY_PACKET_BAD;
	out->from.port = assay_get_be16(r.at);
	out->to.port = assay_get_be16(r.at + 2);
	out->seq = assay_get_be32(r.at + 4);
	out->ack = assay_get_be32(r.at + 8);
	out->flags = r.at[13];
	out->length = r.length - header;
	out->captured = r.captured > header ? r.captured - header : 0;
	out->data = out->captured ? r.at + header : NULL;
	return ASSAY_PACKET_TCP;
}

/* Puts a fragment to the others of its datagram. True with the whole in *r once it is there. Without f, never. */
static bool join(struct rest *r, struct assay_segment *ends, struct assay_fragments *f, unsigned protocol,
	uint32_t id, uint32_t offset, bool more)
{
	uint8_t key[38];

	ends->places.fragment = true;
	if (!f)
		return false;
	memcpy(key, ends->from.address, 16);
	memcpy(key + 16, ends->to.address, 16);
	assay_put_be32(key + 32, id);
	key[36] = (uint8_t)protocol;
	key[37] = ends->from.family;
	r->length = assay_fragments_add(
		&r->at, f, key, sizeof(key), offset, more, r->at, r->captured, r->length);
	r->captured = r->length;
	r->packet = NULL;
	return r->length > 0;
}

static enum assay_packet_kind ipv4(struct assay_segment *out, struct assay_fragments *f, struct rest r)
{
	const uint8_t *ip = r.at;
	uint32_t header, total, place;

	out->places.network = place_of(&r);
	if (r.captured < 20 || ip[0] >> 4 != 4)
		return ASSAY_PACKET_BAD;
	header = (uint32_t)(ip[0] & 15) * 4;
	total = assay_get_be16(ip + 2);
	place = assay_get_be16(ip + 6);
	if (total) /* 0: a packet that a card is still to cut, longer than the field can say */
		limit(&r, total);
	if (header < 20 || !skip(&r, header))
		return ASSAY_PACKET_BAD;
	note_payload(out, &r);
	out->from.family = out->to.family = 4;
	memcpy(out->from.address, ip + 12, 4);
	memcpy(out->to.address, ip + 16, 4);
	if (ip[9] != PROTOCOL_TCP)
		return ASSAY_PACKET_OTHER;
	if (place & 0x3fff &&
		!join(&r, out, f, PROTOCOL_TCP, assay_get_be16(ip + 4), (place & 0x1fff) * 8, place & 0x2000))
		return ASSAY_PACKET_FRAGMENT;
	return tcp(out, r);
}

/* The length of an extension header that is passed over; 0: it is none, UINT32_MAX: it is cut off. */
static uint32_t extension_length(const struct rest *r, unsigned header)
{
	switch (header) {
	case HOP_BY_HOP:
	case ROUTING:
	case DESTINATION:
	case MOBILITY: return r->captured < 2 ? UINT32_MAX : 8 + r->at[1] * 8u;
	case AUTHENTICATION: return r->captured < 2 ? UINT32_MAX : 8 + r->at[1] * 4u;
	case FRAGMENT: return 8;
	default: return 0;
	}
}

/* The headers before TCP. */
static enum assay_packet_kind extensions(
	struct assay_segment *out, struct assay_fragments *f, struct rest r, unsigned next)
{
	for (unsigned i = 0; i < EXTENSIONS; i++) {
		uint32_t length = extension_length(&r, next);
		const uint8_t *at = r.at;
		bool fragment = next == FRAGMENT;

		if (!length)
			return next == PROTOCOL_TCP ? tcp(out, r) : ASSAY_PACKET_OTHER;
		if (!skip(&r, length))
			return ASSAY_PACKET_BAD;
		note_payload(out, &r);
		next = at[0];
		if (fragment && assay_get_be16(at + 2) & 0xfff9 &&
			!join(&r, out, f, next, assay_get_be32(at + 4), assay_get_be16(at + 2) & 0xfff8u,
				at[3] & 1))
			return ASSAY_PACKET_FRAGMENT;
	}
	return ASSAY_PACKET_BAD;
}

static enum assay_packet_kind ipv6(struct assay_segment *out, struct assay_fragments *f, struct rest r)
{
	const uint8_t *ip = r.at;

	out->places.network = place_of(&r);
	if (r.captured < 40 || ip[0] >> 4 != 6)
		return ASSAY_PACKET_BAD;
	if (assay_get_be16(ip + 4)) /* 0: as for IPv4, or a jumbogram */
		limit(&r, 40u + assay_get_be16(ip + 4));
	if (!skip(&r, 40))
		return ASSAY_PACKET_BAD;
	note_payload(out, &r);
	out->from.family = out->to.family = 6;
	memcpy(out->from.address, ip + 8, 16);
	memcpy(out->to.address, ip + 24, 16);
	return extensions(out, f, r, ip[6]);
}

static enum assay_packet_kind read_headers(struct assay_segment *out, struct assay_fragments *f,
	const struct assay_packet *packet, uint32_t captured)
{
	struct rest r = { packet->bytes, captured, packet->length, packet->bytes };

	if (r.length < packet->captured)
		r.length = packet->captured;
	memset(out, 0, sizeof(*out));
	out->places.network = out->places.transport = ASSAY_PLACE_NONE;
	out->places.end = packet->captured;
	out->frame = packet->frame;
	out->time = packet->time;
	out->comment = packet->comment;
	out->comment_length = packet->comment_length;
	switch (unlink_layer(&r, packet->link)) {
	case TYPE_IPV4: return ipv4(out, f, r);
	case TYPE_IPV6: return ipv6(out, f, r);
	case 0: return ASSAY_PACKET_BAD;
	case 1: return ASSAY_PACKET_LINK;
	default: return ASSAY_PACKET_OTHER;
	}
}

/* Of a packet with a hole, what is before it is read as if the capture had cut it there. False: that does not do. */
static bool read_before_hole(struct assay_segment *out, const struct assay_packet *packet)
{
	uint32_t at;

	if (read_headers(out, NULL, packet, (uint32_t)(packet->hole->part[0].from - packet->bytes)) !=
			ASSAY_PACKET_TCP ||
		!out->data)
		return false;
	at = (uint32_t)(out->data - packet->bytes);
	out->captured = packet->captured - at < out->length ? packet->captured - at : out->length;
	out->places.end = at + out->captured;
	out->hole = packet->hole;
	return true;
}

enum assay_packet_kind assay_packet_tcp(
	struct assay_segment *out, struct assay_fragments *f, const struct assay_packet *packet)
{
	if (packet->hole && packet->hole->parts && read_before_hole(out, packet))
		return ASSAY_PACKET_TCP;
	assay_want(packet->hole, packet->bytes, packet->captured);
	return read_headers(out, f, packet, packet->captured);
}
