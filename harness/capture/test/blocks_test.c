/* blocks_test.c - pcapng by blocks, both byte orders, interfaces that differ, any time resolution; pcap, gzip and what is no capture by files. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/blocks.h"
#include "capture/file.h"
#include "temporary.h"

static struct made {
	uint8_t bytes[8192];
	size_t length;
	bool swapped;
} m;

static void put32(uint32_t v)
{
	if (m.swapped)
		v = __builtin_bswap32(v);
	memcpy(m.bytes + m.length, &v, 4);
	m.length += 4;
}

static void put16(uint16_t v)
{
	if (m.swapped)
		v = __builtin_bswap16(v);
	memcpy(m.bytes + m.length, &v, 2);
	m.length += 2;
}

static void put_text(const char *text)
{
	size_t length = strlen(text);

	memcpy(m.bytes + m.length, text, length);
	memset(m.bytes + m.length + length, 0, 3);
	m.length += (length + 3) & ~(size_t)3;
}

static size_t open_block(uint32_t type)
{
	put32(type);
	put32(0);
	return m.length - 8;
}

static void close_block(size_t at)
{
	size_t end = m.length;

	put32((uint32_t)(end + 4 - at));
	m.length = at + 4;
	put32((uint32_t)(end + 4 - at));
	m.length = end + 4;
}

static void section(void)
{
	size_t at = open_block(0x0a0d0d0a);

	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put32(UINT32_MAX);
	put32(UINT32_MAX);
	close_block(at);
}

static void interface(uint16_t link, uint32_t snap, int resolution)
{
	size_t at = open_block(1);

	put16(link);
	put16(0);
	put32(snap);
	if (resolution >= 0) {
		put16(9);
		put16(1);
		m.bytes[m.length++] = (uint8_t)resolution;
		m.length += 3;
		put32(0);
	}
	close_block(at);
}

static void packet(uint32_t number, uint64_t stamp, const char *text, uint32_t length, const char *comment)
{
	size_t at = open_block(6);

	put32(number);
	put32((uint32_t)(stamp >> 32));
	put32((uint32_t)stamp);
	put32((uint32_t)strlen(text));
	put32(length);
	put_text(text);
	if (comment) {
		put16(1);
		put16((uint16_t)strlen(comment));
		put_text(comment);
		put32(0);
	}
	close_block(at);
}

static void make(bool swapped)
{
	memset(&m, 0, sizeof(m));
	m.swapped = swapped;
	section();
	interface(1, 96, -1);
	interface(101, 0, 9);
	interface(113, 0, 0x80 | 10);
	close_block(open_block(0x0bad)); /* of a kind that nobody knows */
	packet(0, UINT64_C(1700000000000001), "one", 3, NULL);
	packet(1, UINT64_C(1700000000123456789), "three", 900, "words");
	packet(2, UINT64_C(1700000000) << 10 | 512, "", 0, NULL);
}

static void check_packet(const struct assay_packet *p)
{
	static const struct {
		uint32_t link, captured, length;
		uint64_t time;
	} right[] = { { 1, 3, 3, UINT64_C(1700000000000001000) },
		{ 101, 5, 900, UINT64_C(1700000000123456789) },
		{ 113, 0, 0, UINT64_C(1700000000500000000) } };

	CU_ASSERT_FATAL(p->frame >= 1 && p->frame <= 3);
	CU_ASSERT_EQUAL(p->link, right[p->frame - 1].link);
	CU_ASSERT_EQUAL(p->captured, right[p->frame - 1].captured);
	CU_ASSERT_EQUAL(p->length, right[p->frame - 1].length);
	CU_ASSERT_EQUAL(p->time, right[p->frame - 1].time);
	CU_ASSERT_EQUAL(p->comment != NULL, p->frame == 2);
	if (p->frame == 2) {
		CU_ASSERT(p->comment_length == 5 && memcmp(p->comment, "words", 5) == 0);
		CU_ASSERT_EQUAL(memcmp(p->bytes, "three", 5), 0);
	}
}

static void blocks_of_either_byte_order(void)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct assay_blocks b = { 0 };
		struct assay_packet p;
		struct assay_error err = { 0 };
		size_t at = 0, need, packets = 0;
		bool has;
		long used;

		make(swapped);
		while (at < m.length) {
			/* with any fewer bytes, it says how many it needs */
			CU_ASSERT_EQUAL(assay_blocks_next(&p, &has, &need, &b, m.bytes + at, 11, &err), 0);
			CU_ASSERT_EQUAL(need, 12);
			used = assay_blocks_next(&p, &has, &need, &b, m.bytes + at, m.length - at, &err);
			CU_ASSERT_FATAL(used >= 12);
			at += (size_t)used;
			if (has)
				check_packet(&p);
			packets += has;
		}
		CU_ASSERT_EQUAL(packets, 3);
	}
}

static long refused(struct assay_error *err)
{
	struct assay_blocks b = { 0 };
	struct assay_packet p;
	size_t at = 0, need;
	bool has;
	long used;

	memset(err, 0, sizeof(*err));
	while ((used = assay_blocks_next(&p, &has, &need, &b, m.bytes + at, m.length - at, err)) > 0)
		at += (size_t)used;
	return used;
}

static void malformed_blocks(void)
{
	struct assay_error err;

	make(false);
	packet(3, 0, "x", 1, NULL);
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "interface 3; the section has 3"));
	make(false);
	m.bytes[m.length - 1] = 1;
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	make(false);
	m.bytes[4] = 13;
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	make(false);
	m.bytes[8] = 0;
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	make(false);
	m.bytes[28 + 4] = 12; /* an interface without its fields */
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	memset(m.bytes, 'x', 100);
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_SYNTAX);
	memset(&m, 0, sizeof(m));
	section();
	for (int n = 0; n <= ASSAY_BLOCK_INTERFACES; n++)
		interface(1, 0, -1);
	CU_ASSERT_EQUAL(refused(&err), ASSAY_E_LIMIT);
}

static char path[] = "/tmp/assay-blocks-XXXXXX";

static void write_file(const void *bytes, size_t length, bool gzip)
{
	gzFile gz = gzopen(path, gzip ? "wb" : "wbT");

	CU_ASSERT_PTR_NOT_NULL_FATAL(gz);
	CU_ASSERT_EQUAL(length ? gzwrite(gz, bytes, (unsigned)length) : 0, (int)length);
	gzclose(gz);
}

/* Packets of the file, -1 when it is refused. */
static int read_file(bool *truncated)
{
	struct assay_capture_file *f;
	struct assay_error err = { 0 };
	struct assay_packet p;
	int packets = 0, r = assay_capture_file_open(&f, path, &err);

	while (r >= 0 && (r = assay_capture_file_next(&p, f, &err)) == 1) {
		check_packet(&p);
		packets++;
	}
	*truncated = f && assay_capture_file_truncated(f);
	assay_capture_file_close(f);
	CU_ASSERT(r >= 0 || (err.message[0] && !strchr(err.message, '\n')));
	return r < 0 ? -1 : packets;
}

static void files_of_pcapng(void)
{
	bool truncated;

	for (int gzip = 0; gzip < 2; gzip++) {
		make(false);
		write_file(m.bytes, m.length, gzip);
		CU_ASSERT_EQUAL(read_file(&truncated), 3);
		CU_ASSERT(!truncated);
		write_file(m.bytes, m.length - 1, gzip);
		CU_ASSERT_EQUAL(read_file(&truncated), 2);
		CU_ASSERT(truncated);
	}
}

/* pcap with nanoseconds; the third packet is left out, it has another link. */
static void files_of_pcap(void)
{
	static const uint32_t head[] = { 0xa1b23c4d, 0x00040002, 0, 0, 65535, 1 };
	static const uint32_t one[] = { 1700000000, 1000, 3, 3 };
	uint8_t bytes[sizeof(head) + sizeof(one) + 3];
	bool truncated;

	memcpy(bytes, head, sizeof(head));
	memcpy(bytes + sizeof(head), one, sizeof(one));
	memcpy(bytes + sizeof(head) + sizeof(one), "one", 3);
	for (int gzip = 0; gzip < 2; gzip++) {
		write_file(bytes, sizeof(bytes), gzip);
		CU_ASSERT_EQUAL(read_file(&truncated), 1);
		CU_ASSERT(!truncated);
		write_file(bytes, sizeof(bytes) - 1, gzip);
		CU_ASSERT_EQUAL(read_file(&truncated), 0);
		CU_ASSERT(truncated);
	}
	write_file(bytes, sizeof(head), false);
	CU_ASSERT_EQUAL(read_file(&truncated), 0);
}

static void what_is_no_capture(void)
{
	bool truncated;

	write_file("", 0, false);
	CU_ASSERT_EQUAL(read_file(&truncated), -1);
	write_file("#!/bin/sh\necho hello\n", 21, false);
	CU_ASSERT_EQUAL(read_file(&truncated), -1);
	write_file("\x0a\x0d\x0d\x0a nothing more of it than this", 33, true);
	CU_ASSERT_EQUAL(read_file(&truncated), -1);
	unlink(path);
	CU_ASSERT_EQUAL(read_file(&truncated), -1);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(blocks_of_either_byte_order),
	UNIT_TEST(malformed_blocks),
	UNIT_TEST(files_of_pcapng),
	UNIT_TEST(files_of_pcap),
	UNIT_TEST(what_is_no_capture),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_with_file("blocks and files", tests, path);
}
