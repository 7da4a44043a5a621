/*
 * packet.h - a packet of a capture, and the TCP segment in it. Bytes in, views out: link layers (Ethernet with VLAN tags, Linux cooked v1 and v2, loopback, raw IP),
 * IPv4 with fragments, IPv6 with extension headers, TCP. Nothing is judged: what is no whole TCP header is no segment.
 * Checksums are not looked at: where a card reckons them, a capture of what is sent has wrong ones.
 */
#ifndef ASSAY_CAPTURE_PACKET_H
#define ASSAY_CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/hole.h"

/* As a capture file has it. bytes and comment are views of the reader's, valid until its next call. */
struct assay_packet {
	uint64_t frame; /* 1, 2, 3 … in the order of the file, as Wireshark counts */
	uint64_t time; /* nanoseconds since 1970 */
	uint32_t link; /* LINKTYPE_ number: how bytes begin */
	const uint8_t *bytes;
	uint32_t captured; /* bytes that are there */
	uint32_t length; /* bytes that were on the wire */
	const char *comment; /* of a pcapng; not terminated; NULL: none */
	uint32_t comment_length;
	struct assay_hole *hole; /* bytes that were not read; NULL: they all were. The reader's */
};

enum assay_tcp_flag {
	ASSAY_TCP_FIN = 1,
	ASSAY_TCP_SYN = 2,
	ASSAY_TCP_RST = 4,
	ASSAY_TCP_PSH = 8,
	ASSAY_TCP_ACK = 16
};

struct assay_endpoint {
	uint8_t address[16]; /* IPv4: the first four bytes, the others 0 */
	uint8_t family; /* 4 or 6 */
	uint16_t port;
};

#define ASSAY_PLACE_NONE UINT32_MAX

/* Where things begin in a packet's bytes; ASSAY_PLACE_NONE: there is none, or the packet ends before. */
struct assay_packet_places {
	uint32_t network; /* the IP header */
	uint32_t transport; /* what follows it and its extensions */
	uint32_t end; /* one past the datagram's last byte: a trailer lies behind */
	bool fragment; /* it has a part of a datagram, also where that is whole with it */
};

struct assay_segment {
	struct assay_endpoint from, to;
	uint32_t seq, ack;
	uint8_t flags; /* enum assay_tcp_flag */
	const uint8_t *data;
	uint32_t captured; /* bytes of data; fewer than length where the capture cut the packet */
	uint32_t length; /* bytes that were sent */
	uint64_t frame, time; /* of the packet */
	struct assay_packet_places places;
	const char *comment; /* as in struct assay_packet */
	uint32_t comment_length;
	struct assay_hole *hole; /* the same: of data only */
};

/* Datagrams whose fragments have not all come: a fixed number, the oldest gives way. */
struct assay_fragments;
/* NULL: out of memory. All memory is taken here. */
struct assay_fragments *assay_fragments_new(void);
void assay_fragments_free(struct assay_fragments *f);
/* Datagrams that were given up: pushed out by newer ones, cut by the capture, or left over. */
uint64_t assay_fragments_lost(const struct assay_fragments *f);
/* Of those: fragments that repeat bytes of a datagram that is not whole yet with another content. What was there is given up, and the datagram begins anew with them. */
uint64_t assay_fragments_conflicts(const struct assay_fragments *f);

/* One fragment. key: what tells the datagram, key_length bytes, 40 at most; offset: of its bytes in the datagram's; more: it is not the last. Returns the whole payload's length, and
 * *out as a view valid until the next call, or 0. */
uint32_t assay_fragments_add(const uint8_t **out, struct assay_fragments *f, const uint8_t *key,
	size_t key_length, uint32_t offset, bool more, const uint8_t *bytes, uint32_t captured,
	uint32_t length);

enum assay_packet_kind {
	ASSAY_PACKET_TCP, /* *out is set */
	ASSAY_PACKET_OTHER, /* other protocols */
	ASSAY_PACKET_FRAGMENT, /* the datagram is not whole yet */
	ASSAY_PACKET_BAD, /* cut off or malformed before the end of the TCP header */
	ASSAY_PACKET_LINK, /* a link layer that is not known here */
};
/* out->places is set in any case. out->data is a view into the packet's bytes or into f, valid until the next call. */
enum assay_packet_kind assay_packet_tcp(
	struct assay_segment *out, struct assay_fragments *f, const struct assay_packet *packet);

#endif
