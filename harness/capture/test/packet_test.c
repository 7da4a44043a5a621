/* packet_test.c - each link layer, IPv4 and IPv6 with what may stand between them and TCP, fragments; and that what is cut off anywhere is no segment. */
#include <stdlib.h>
#include <string.h>

#include "capture/packet.h"
#include "codec/bytes.h"
#include "test/unit.h"

static struct assay_fragments *fragments;

/* A packet as it is built, front to back. */
static struct made {
	uint8_t bytes[70000];
	uint32_t length;
} m;

static void put(const void *bytes, size_t length)
{
	memcpy(m.bytes + m.length, bytes, length);
	m.length += (uint32_t)length;
}

static void begin(const char *head, size_t length)
{
	m.length = 0;
	put(head, length);
}
#define BEGIN(head) begin(head, sizeof(head) - 1)
#define PUT(bytes)  put(bytes, sizeof(bytes) - 1)

/* 40000 to 3260, seq 7, ack 9, FIN and ACK, one word of options, "hello". */
static char tcp[] = "\x9c\x40\x0c\xbc\0\0\0\x07\0\0\0\x09\x60\x11\xff\xff\0\0\0\0\x01\x01\x01\x01hello";
#define TCP_LENGTH (sizeof(tcp) - 1)

static void put_ip4(unsigned id, unsigned place, size_t payload)
{
	uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };

	assay_put_be16(ip + 2, (uint16_t)(20 + payload));
	assay_put_be16(ip + 4, (uint16_t)id);
	assay_put_be16(ip + 6, (uint16_t)place);
	put(ip, sizeof(ip));
}

static void put_ip6(unsigned next, size_t payload)
{
	uint8_t ip[40] = { 0x60, [6] = (uint8_t)next, [7] = 64, [8] = 0x20, [23] = 1, [24] = 0x20, [39] = 2 };

	assay_put_be16(ip + 4, (uint16_t)payload);
	put(ip, sizeof(ip));
}

static enum assay_packet_kind look(struct assay_segment *out, uint32_t link, uint32_t captured)
{
	const struct assay_packet packet = { .link = link,
		.bytes = m.bytes,
		.captured = captured,
		.length = m.length,
		.frame = 3,
		.time = 4 };

	return assay_packet_tcp(out, fragments, &packet);
}

/* The packet that was made is the segment above, whole; and with any byte of its headers missing it is none. */
static void is_segment(uint32_t link, unsigned family)
{
	struct assay_segment s;

	CU_ASSERT_EQUAL_FATAL(look(&s, link, m.length), ASSAY_PACKET_TCP);
	CU_ASSERT(s.from.port == 40000 && s.to.port == 3260 && s.seq == 7 && s.ack == 9 && s.flags == 0x11);
	CU_ASSERT(s.from.family == family && s.to.family == family && s.frame == 3 && s.time == 4);
	CU_ASSERT(s.from.address[family == 4 ? 3 : 15] == 1 && s.to.address[family == 4 ? 3 : 15] == 2);
	CU_ASSERT_FATAL(s.length == 5 && s.captured == 5);
	CU_ASSERT_EQUAL(memcmp(s.data, "hello", 5), 0);
}

static void cut_anywhere(uint32_t link)
{
	uint32_t headers = m.length - 5;
	struct assay_segment s;

	for (uint32_t captured = 0; captured < m.length; captured++) {
		enum assay_packet_kind kind = look(&s, link, captured);

		/* that the options are whole is not asked for */
		CU_ASSERT(captured + 4 >= headers || kind != ASSAY_PACKET_TCP);
		CU_ASSERT(captured < headers ||
			  (kind == ASSAY_PACKET_TCP && s.length == 5 && s.captured == captured - headers));
	}
}

static void one_link(const char *head, size_t length, uint32_t link, unsigned family)
{
	begin(head, length);
	if (family == 4)
		put_ip4(1, 0x4000, TCP_LENGTH);
	else
		put_ip6(6, TCP_LENGTH);
	put(tcp, TCP_LENGTH);
	is_segment(link, family);
	cut_anywhere(link);
}
#define LINK(head, link, family) one_link(head, sizeof(head) - 1, link, family)
#define MACS                     "\x02\0\0\0\0\1\x02\0\0\0\0\2"

static void link_layers(void)
{
	LINK(MACS "\x08\x00", 1, 4);
	LINK(MACS "\x86\xdd", 1, 6);
	LINK(MACS "\x81\x00\x00\x05\x08\x00", 1, 4);
	LINK(MACS "\x88\xa8\x00\x07\x81\x00\x00\x05\x86\xdd", 1, 6);
	LINK("\0\0\3\4\0\6\0\0\0\0\0\0\0\0\x08\x00", 113, 4);
	LINK("\0\0\3\4\0\6\0\0\0\0\0\0\0\0\x81\x00\x00\x05\x86\xdd", 113, 6);
	LINK("\x08\x00\0\0\0\0\0\1\3\4\0\6\0\0\0\0\0\0\0\0", 276, 4);
	LINK("\x86\xdd\0\0\0\0\0\1\3\4\0\6\0\0\0\0\0\0\0\0", 276, 6);
	LINK("\2\0\0\0", 0, 4); /* of either byte order */
	LINK("\0\0\0\2", 0, 4);
	LINK("\x1e\0\0\0", 0, 6);
	LINK("\0\0\0\x18", 108, 6);
	LINK("", 101, 4);
	LINK("", 101, 6);
	LINK("", 12, 4);
	LINK("", 228, 4);
	LINK("", 229, 6);
}

static void other_things(void)
{
	struct assay_segment s;

	BEGIN(MACS "\x08\x06"
		   "no address resolution");
	CU_ASSERT_EQUAL(look(&s, 1, m.length), ASSAY_PACKET_OTHER);
	CU_ASSERT_EQUAL(look(&s, 105, m.length), ASSAY_PACKET_LINK);
	BEGIN("");
	put_ip4(1, 0, TCP_LENGTH);
	put(tcp, TCP_LENGTH);
	m.bytes[9] = 17;
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_OTHER);
	m.bytes[9] = 6;
	m.bytes[0] = 0x44; /* a header of 16 bytes */
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_BAD);
	m.bytes[0] = 0x45;
	m.bytes[32] = 0x40;
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_BAD);
	m.bytes[32] = 0xf0; /* longer than the packet */
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_BAD);
}

/* What an Ethernet card adds to fill a frame is no data; a length of 0 is that of a packet still to be cut. */
static void lengths(void)
{
	struct assay_segment s;

	BEGIN(MACS "\x08\x00");
	put_ip4(1, 0, TCP_LENGTH);
	put(tcp, TCP_LENGTH);
	PUT("\0\0\0\0\0\0");
	is_segment(1, 4);
	BEGIN("");
	put_ip4(1, 0, TCP_LENGTH);
	put(tcp, TCP_LENGTH);
	assay_put_be16(m.bytes + 2, 0);
	is_segment(101, 4);
	BEGIN("");
	put_ip6(6, TCP_LENGTH);
	put(tcp, TCP_LENGTH);
	PUT("trailer");
	is_segment(101, 6);
	CU_ASSERT_EQUAL(look(&s, 101, m.length - 9), ASSAY_PACKET_TCP);
	CU_ASSERT(s.length == 5 && s.captured == 3);
}

static void extension_headers(void)
{
	BEGIN("");
	put_ip6(0, 8 + 16 + 12 + 8 + TCP_LENGTH);
	PUT("\x3c\0\1\4\0\0\0\0"); /* hop-by-hop */
	PUT("\x33\1\1\x0c\0\0\0\0\0\0\0\0\0\0\0\0"); /* destination options of 16 bytes */
	PUT("\x2b\1\0\0\0\0\0\1\0\0\0\1"); /* authentication of 12 bytes */
	PUT("\6\0\0\0\0\0\0\0"); /* routing */
	put(tcp, TCP_LENGTH);
	is_segment(101, 6);
	BEGIN("");
	put_ip6(44, 8 + TCP_LENGTH); /* a fragment that is all there is */
	PUT("\6\0\0\0\0\0\0\1");
	put(tcp, TCP_LENGTH);
	is_segment(101, 6);
}

static enum assay_packet_kind fragment4(struct assay_segment *s, unsigned id, size_t from, size_t to)
{
	BEGIN("");
	put_ip4(id, (unsigned)(from / 8) | (to < TCP_LENGTH ? 0x2000 : 0), to - from);
	put(tcp + from, to - from);
	return look(s, 101, m.length);
}

static void fragments_of_ipv4(void)
{
	struct assay_segment s;

	CU_ASSERT_EQUAL(fragment4(&s, 1, 16, 24), ASSAY_PACKET_FRAGMENT);
	CU_ASSERT_EQUAL(fragment4(&s, 2, 0, 8), ASSAY_PACKET_FRAGMENT); /* of another datagram */
	CU_ASSERT_EQUAL(fragment4(&s, 1, 24, TCP_LENGTH), ASSAY_PACKET_FRAGMENT);
	CU_ASSERT_EQUAL(fragment4(&s, 1, 16, 24), ASSAY_PACKET_FRAGMENT); /* again */
	CU_ASSERT_EQUAL(fragment4(&s, 1, 0, 16), ASSAY_PACKET_TCP);
	CU_ASSERT(s.length == 5 && s.captured == 5 && memcmp(s.data, "hello", 5) == 0 && s.to.port == 3260);
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), 1);
	CU_ASSERT_EQUAL(fragment4(&s, 2, 8, TCP_LENGTH), ASSAY_PACKET_TCP);
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), 0);
	CU_ASSERT_EQUAL(fragment4(&s, 2, 0, 8), ASSAY_PACKET_FRAGMENT); /* all of it comes again */
	CU_ASSERT_EQUAL(fragment4(&s, 2, 8, TCP_LENGTH), ASSAY_PACKET_FRAGMENT);
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), 0);
}

/* It is told, and nothing is made of a mixture; the same identification may be of another datagram. */
static void fragments_with_other_content(void)
{
	struct assay_segment s;
	uint64_t lost = assay_fragments_lost(fragments);

	CU_ASSERT_EQUAL(fragment4(&s, 3, 0, 16), ASSAY_PACKET_FRAGMENT);
	tcp[9] ^= 1;
	CU_ASSERT_EQUAL(fragment4(&s, 3, 8, 24), ASSAY_PACKET_FRAGMENT);
	tcp[9] ^= 1;
	CU_ASSERT_EQUAL(assay_fragments_conflicts(fragments), 1);
	CU_ASSERT_EQUAL(
		fragment4(&s, 3, 24, TCP_LENGTH), ASSAY_PACKET_FRAGMENT); /* the first eight bytes are gone */
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), lost + 2);
	CU_ASSERT_EQUAL(
		fragment4(&s, 3, 8, 24), ASSAY_PACKET_FRAGMENT); /* others again: it is of a new one */
	CU_ASSERT_EQUAL(assay_fragments_conflicts(fragments), 2);
	CU_ASSERT_EQUAL(fragment4(&s, 3, 0, 8), ASSAY_PACKET_FRAGMENT);
	CU_ASSERT_EQUAL(fragment4(&s, 3, 24, TCP_LENGTH), ASSAY_PACKET_TCP);
	CU_ASSERT(s.length == 5 && memcmp(s.data, "hello", 5) == 0);
	CU_ASSERT_EQUAL(assay_fragments_conflicts(fragments), 2);
}

static void fragments_of_ipv6(void)
{
	struct assay_segment s;

	BEGIN("");
	put_ip6(44, 8 + TCP_LENGTH - 16);
	PUT("\x3c\0\0\x18\0\0\0\5"); /* at byte 24, the last */
	put(tcp + 16, TCP_LENGTH - 16);
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_FRAGMENT);
	BEGIN("");
	put_ip6(44, 8 + 24);
	PUT("\x3c\0\0\1\0\0\0\5"); /* the first: destination options, and TCP */
	PUT("\6\0\1\4\0\0\0\0");
	put(tcp, 16);
	CU_ASSERT_EQUAL(look(&s, 101, m.length), ASSAY_PACKET_TCP);
	CU_ASSERT(s.length == 5 && memcmp(s.data, "hello", 5) == 0 && s.from.port == 40000);
}

/* However many datagrams never become whole. */
static void fragments_are_bounded(void)
{
	struct assay_segment s;
	uint64_t before = assay_fragments_lost(fragments);

	for (unsigned id = 0; id < 1000; id++)
		CU_ASSERT_EQUAL(fragment4(&s, 100 + id, 0, 16), ASSAY_PACKET_FRAGMENT);
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), before + 1000);
	CU_ASSERT_EQUAL(fragment4(&s, 100 + 999, 16, TCP_LENGTH), ASSAY_PACKET_TCP);
	CU_ASSERT_EQUAL(assay_fragments_lost(fragments), before + 999);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(link_layers),
	UNIT_TEST(other_things),
	UNIT_TEST(lengths),
	UNIT_TEST(extension_headers),
	UNIT_TEST(fragments_of_ipv4),
	UNIT_TEST(fragments_with_other_content),
	UNIT_TEST(fragments_of_ipv6),
	UNIT_TEST(fragments_are_bounded),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	fragments = assay_fragments_new();
	if (!fragments)
		return 1;
	failed = unit_run("packet", tests);
	assay_fragments_free(fragments);
	return failed;
}
