/*
 * pcapng.c - PDUs as a capture file: packets of pcapng, and in them IPv4 and TCP headers that were never on a wire but that
 * fit each other. It keeps no bytes and reads nothing back. A failed write is remembered and told at the end.
 * Formats: LINKTYPE_RAW, RFC 791, RFC 9293; the blocks are blocks_out.c's.
 */
#include "capture/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "capture/blocks_out.h"
#include "capture/checksum.h"

#define SEGMENT_MAX  65495u /* bytes of payload: 65535 without the two headers */
#define IP_HEADER    20u
#define TCP_HEADER   20u
#define SYN_OPTIONS  8u /* MSS and window scale */
#define TARGET_PORT  3260
#define FIRST_PORT   49152 /* of the initiator's end: dynamic ports */
#define LINKTYPE_RAW 101

enum tcp_flag { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* 192.0.2.1 and .2, for documentation only (RFC 5737): the capture cannot be mistaken for one of real hosts. */
static const uint8_t addresses[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };

struct connection {
	bool open;
	bool finished[2]; /* a FIN went that way, by enum assay_dir */
	uint16_t port; /* the initiator's */
	uint32_t seq[2]; /* of the next byte each way, by enum assay_dir */
};

struct assay_pcapng {
	struct assay_blocks_out blocks;
	uint16_t next_port, next_ip_id;
	struct connection connections[ASSAY_PCAPNG_CONNECTIONS];
};

static void make_ip(uint8_t ip[IP_HEADER], uint16_t id, enum assay_dir dir, size_t total)
{
	memset(ip, 0, IP_HEADER);
	ip[0] = 0x45;
	assay_put_be16(ip + 2, (uint16_t)total);
	assay_put_be16(ip + 4, id);
	assay_put_be16(ip + 6, 0x4000); /* do not fragment */
	ip[8] = 64;
	ip[9] = 6; /* TCP */
	memcpy(ip + 12, addresses[dir], 4);
	memcpy(ip + 16, addresses[!dir], 4);
	assay_put_be16(ip + 10, assay_checksum(assay_sum_words(0, ip, IP_HEADER)));
}

/* Writes the TCP header, with the options of a SYN where it is one. Returns its length. */
static size_t make_tcp(uint8_t tcp[TCP_HEADER + SYN_OPTIONS], const struct connection *c, enum assay_dir dir,
	unsigned flags, const uint8_t *ip, const uint8_t *data, size_t kept, size_t length)
{
	static const uint8_t syn_options[SYN_OPTIONS] = { 2, 4, 0xff, 0xd7, 3, 3, 8, 0 };
	size_t header = flags & SYN ? TCP_HEADER + SYN_OPTIONS : TCP_HEADER;
	uint64_t sum;

	memset(tcp, 0, TCP_HEADER);
	assay_put_be16(tcp, dir == ASSAY_TO_TARGET ? c->port : TARGET_PORT);
	assay_put_be16(tcp + 2, dir == ASSAY_TO_TARGET ? TARGET_PORT : c->port);
	assay_put_be32(tcp + 4, c->seq[dir]);
	if (flags & ACK)
		assay_put_be32(tcp + 8, c->seq[!dir]);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = (uint8_t)flags;
	assay_put_be16(tcp + 14, 0xffff);
	memcpy(tcp + TCP_HEADER, syn_options, SYN_OPTIONS);
	sum = assay_sum_words(6 + header + length, ip + 12, 8);
	sum = assay_sum_words(sum, tcp, header);
	assay_put_be16(tcp + 16, assay_checksum(assay_sum_words(sum, data, kept)));
	return header;
}

/* One packet, with the first bytes of its data that were kept; moves the sender's sequence number on. */
static void put_cut_packet(struct assay_pcapng *p, struct connection *c, enum assay_dir dir, unsigned flags,
	const uint8_t *data, size_t kept, size_t length, uint64_t time_ns, const char *comment)
{
	uint8_t ip[IP_HEADER], tcp[TCP_HEADER + SYN_OPTIONS];
	size_t header = flags & SYN ? TCP_HEADER + SYN_OPTIONS : TCP_HEADER;
	size_t total = IP_HEADER + header + length;
	const struct assay_piece pieces[] = { { ip, sizeof(ip) }, { tcp, header }, { data, kept } };
	const struct assay_block_packet packet = { .time = time_ns,
		.piece = pieces,
		.pieces = 3,
		.length = (uint32_t)total,
		.comment = comment,
		.comment_length = comment ? strnlen(comment, ASSAY_COMMENT_MAX) : 0 };

	make_ip(ip, p->next_ip_id++, dir, total);
	make_tcp(tcp, c, dir, flags, ip, data, kept, length);
	assay_block_packet(&p->blocks, &packet);
	c->seq[dir] += (uint32_t)length + (flags & (SYN | FIN) ? 1 : 0);
}

static void put_packet(
	struct assay_pcapng *p, struct connection *c, enum assay_dir dir, unsigned flags, uint64_t time_ns)
{
	put_cut_packet(p, c, dir, flags, NULL, 0, 0, time_ns, NULL);
}

/* What a call that wrote something returns. */
static int result(const struct assay_pcapng *p)
{
	return p->blocks.failed ? ASSAY_E_IO : 0;
}

int assay_pcapng_begin(struct assay_pcapng **out, FILE *file, const char *comment)
{
	struct assay_pcapng *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return ASSAY_E_NOMEM;
	p->blocks.file = file;
	p->next_port = FIRST_PORT;
	assay_block_section(&p->blocks, comment);
	assay_block_interface(&p->blocks, LINKTYPE_RAW);
	*out = p;
	return result(p);
}

int assay_pcapng_open(struct assay_pcapng *p, uint32_t connection, uint64_t time_ns, const char *comment)
{
	struct connection *c;

	if (connection >= ASSAY_PCAPNG_CONNECTIONS || p->connections[connection].open)
		return ASSAY_E_INVAL;
	c = &p->connections[connection];
	*c = (struct connection){ .open = true, .port = p->next_port };
	c->seq[ASSAY_TO_TARGET] = 1000;
	c->seq[ASSAY_TO_INITIATOR] = 2000;
	p->next_port = p->next_port < UINT16_MAX ? p->next_port + 1 : FIRST_PORT;
	put_cut_packet(p, c, ASSAY_TO_TARGET, SYN, NULL, 0, 0, time_ns, comment);
	put_packet(p, c, ASSAY_TO_INITIATOR, SYN | ACK, time_ns);
	put_packet(p, c, ASSAY_TO_TARGET, ACK, time_ns);
	return result(p);
}

static struct connection *opened(struct assay_pcapng *p, uint32_t connection)
{
	return connection < ASSAY_PCAPNG_CONNECTIONS && p->connections[connection].open
		       ? &p->connections[connection]
		       : NULL;
}

int assay_pcapng_cut(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t kept, size_t length, uint64_t time_ns, const char *comment)
{
	struct connection *c = connection < ASSAY_PCAPNG_CONNECTIONS ? &p->connections[connection] : NULL;
	const uint8_t *at = bytes;

	if (!c || !c->port) /* after a close the port stays: a side may still speak when the other has gone */
		return ASSAY_E_INVAL;
	while (length > 0) {
		size_t part = length < SEGMENT_MAX ? length : SEGMENT_MAX, have = kept < part ? kept : part;

		put_cut_packet(p, c, dir, part == length ? PSH | ACK : ACK, at, have, part, time_ns, comment);
		comment = NULL;
		if (have)
			at += have;
		kept -= have;
		length -= part;
	}
	return result(p);
}

int assay_pcapng_bytes(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t time_ns, const char *comment)
{
	return assay_pcapng_cut(p, connection, dir, bytes, length, length, time_ns, comment);
}

int assay_pcapng_finish(struct assay_pcapng *p, uint32_t connection, enum assay_dir dir, uint64_t time_ns)
{
	struct connection *c = opened(p, connection);

	if (!c || c->finished[dir])
		return ASSAY_E_INVAL;
	put_packet(p, c, dir, FIN | ACK, time_ns);
	put_packet(p, c, (enum assay_dir) !dir, ACK, time_ns);
	c->finished[dir] = true;
	c->open = !c->finished[!dir];
	return result(p);
}

int assay_pcapng_close(
	struct assay_pcapng *p, uint32_t connection, enum assay_dir by, bool reset, uint64_t time_ns)
{
	struct connection *c = opened(p, connection);

	if (!c)
		return ASSAY_E_INVAL;
	c->open = false;
	if (reset) {
		put_packet(p, c, by, RST | ACK, time_ns);
		return result(p);
	}
	if (!c->finished[by])
		put_packet(p, c, by, FIN | ACK, time_ns);
	if (!c->finished[!by])
		put_packet(p, c, (enum assay_dir) !by, FIN | ACK, time_ns);
	put_packet(p, c, by, ACK, time_ns);
	return result(p);
}

int assay_pcapng_end(struct assay_pcapng *p)
{
	int rc;

	if (!p)
		return 0;
	if (fflush(p->blocks.file) != 0 || ferror(p->blocks.file))
		p->blocks.failed = true;
	rc = result(p);
	free(p);
	return rc;
}
