/* hole_test.c - bytes that were left out come when they are wanted, and no others; a file read with holes says the same as one read whole, and one that is cut meanwhile says so. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/file.h"
#include "temporary.h"

#define SIZE 20000u

static uint8_t bytes[SIZE], there[SIZE];

static void fill(void *reader, uint8_t *at, size_t length)
{
	size_t offset = (size_t)(at - bytes);

	CU_ASSERT_PTR_EQUAL(reader, there);
	CU_ASSERT_FATAL(offset + length <= SIZE);
	for (size_t i = offset; i < offset + length; i++)
		CU_ASSERT_EQUAL(there[i]++, 0); /* once */
}

/* Those of [from, to) are there, and those in the parts are not. */
static void check(const struct assay_hole *hole, size_t from, size_t to)
{
	size_t missing = 0, left = 0;

	for (size_t i = from; i < to; i++)
		CU_ASSERT_EQUAL(there[i], 1);
	for (size_t i = 0; i < SIZE; i++)
		missing += !there[i];
	CU_ASSERT(hole->parts <= ASSAY_HOLE_PARTS);
	for (unsigned i = 0; i < hole->parts; i++) {
		CU_ASSERT(hole->part[i].from < hole->part[i].to);
		CU_ASSERT(!i || hole->part[i - 1].to < hole->part[i].from);
		left += (size_t)(hole->part[i].to - hole->part[i].from);
	}
	CU_ASSERT_EQUAL(missing, left);
}

static void begin(struct assay_hole *hole, size_t from, size_t to)
{
	*hole = (struct assay_hole){ .fill = fill, .reader = there };
	memset(there, 1, sizeof(there));
	memset(there + from, 0, to - from);
	assay_hole_begin(hole, bytes + from, bytes + to);
}

static void what_is_wanted_comes(void)
{
	struct assay_hole hole;

	begin(&hole, 1000, 19000);
	assay_want(NULL, bytes, SIZE);
	assay_want(&hole, bytes, 1000);
	assay_want(&hole, bytes + 19000, 1000);
	assay_want(&hole, bytes + 5000, 0);
	CU_ASSERT_EQUAL(there[1000] + there[5000] + there[18999], 0);
	assay_want(&hole, bytes + 8000, 48);
	check(&hole, 8000, 8048);
	CU_ASSERT_EQUAL(hole.parts, 2);
	assay_want(&hole, bytes, SIZE);
	check(&hole, 0, SIZE);
	CU_ASSERT_EQUAL(hole.parts, 0);
	begin(&hole, 10, 20);
	assay_hole_end(&hole);
	assay_want(&hole, bytes, SIZE);
	CU_ASSERT_EQUAL(there[10], 0);
}

static void wants_of_any_kind(void)
{
	unsigned seed = 1;

	for (int round = 0; round < 200; round++) {
		struct assay_hole hole;
		size_t from = (size_t)rand_r(&seed) % SIZE,
		       to = from + 1 + (size_t)rand_r(&seed) % (SIZE - from);

		begin(&hole, from, to);
		for (int n = 0; n < 12; n++) {
			size_t at = (size_t)rand_r(&seed) % SIZE,
			       length = (size_t)rand_r(&seed) % (SIZE - at) % 3000;

			assay_want(&hole, bytes + at, length);
			check(&hole, at, at + length);
		}
		assay_hole_end(&hole);
	}
}

/* ---- files ---- */

static char path[] = "/tmp/assay-hole-XXXXXX";
static FILE *out;

static void put32(uint32_t v)
{
	CU_ASSERT_EQUAL(fwrite(&v, 1, 4, out), 4);
}

static uint8_t content(size_t packet, size_t at)
{
	return (uint8_t)(packet * 7 + at * 13 + (at >> 8));
}

/* Packets of 100, 10100, 20100 … bytes, with a comment, and a block that is none between them. */
static void make(unsigned packets)
{
	out = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	put32(0x0a0d0d0a), put32(28), put32(0x1a2b3c4d), put32(1), put32(UINT32_MAX), put32(UINT32_MAX),
		put32(28);
	put32(1), put32(20), put32(1), put32(0), put32(20);
	for (unsigned n = 0; n < packets; n++) {
		uint32_t length = 100 + n * 10000, total = 32 + length + 12;

		put32(5), put32(16), put32(n), put32(16);
		put32(6), put32(total), put32(0), put32(0), put32(n), put32(length), put32(length);
		for (uint32_t at = 0; at < length; at++)
			fputc(content(n, at), out);
		put32(0x00040001), put32(0x73646f77), put32(0), put32(total);
	}
	CU_ASSERT_EQUAL(fclose(out), 0);
}

static struct assay_capture_file *open_file(size_t least)
{
	const struct assay_hole_rule rule = { .least = least, .head = 64, .tail = 32 };
	struct assay_capture_file *f;
	struct assay_error err;

	CU_ASSERT_EQUAL_FATAL(assay_capture_file_open(&f, path, &err), 0);
	if (least)
		assay_capture_file_leave_out(f, &rule);
	return f;
}

static void check_bytes(const struct assay_packet *p, uint32_t from, uint32_t to)
{
	if (to > p->captured)
		to = p->captured;
	for (uint32_t at = from; at < to; at++)
		if (p->bytes[at] != content(p->frame - 1, at)) {
			CU_FAIL("a byte is another one");
			return;
		}
}

static void files_with_holes(void)
{
	static const size_t least[] = { 0, 64, 5000 };
	struct assay_packet p;
	struct assay_error err;
	unsigned holes[3] = { 0 };

	make(12);
	for (unsigned n = 0; n < 3; n++) {
		struct assay_capture_file *f = open_file(least[n]);
		unsigned packets = 0;

		for (; assay_capture_file_next(&p, f, &err) == 1; packets++) {
			holes[n] += p.hole != NULL;
			CU_ASSERT(p.captured == 100 + packets * 10000 && p.comment_length == 4 &&
				  memcmp(p.comment, "wods", 4) == 0);
			check_bytes(&p, 0, 64);
			check_bytes(&p, p.captured - 32, p.captured);
			if (packets % 2) {
				assay_want(p.hole, p.bytes + p.captured / 2, 50);
				check_bytes(&p, p.captured / 2, p.captured / 2 + 50);
			} else {
				assay_want(p.hole, p.bytes, p.captured);
				check_bytes(&p, 0, p.captured);
			}
		}
		CU_ASSERT(packets == 12 && !assay_capture_file_truncated(f));
		assay_capture_file_close(f);
	}
	CU_ASSERT(!holes[0] && holes[1] > 8 && holes[2] > 8);
}

/* At each of the lengths, the packets that are whole, and that it ends inside of one. */
static void files_that_end_early(void)
{
	struct assay_packet p;
	struct assay_error err;

	for (unsigned cut = 1; cut < 20000; cut += 997) {
		struct assay_capture_file *f;
		unsigned packets = 0;

		make(3);
		CU_ASSERT_EQUAL(
			truncate(path, 48 + 16 * 3 + (44 + 100) + (44 + 10100) + (44 + 20100) - (off_t)cut),
			0);
		f = open_file(64);
		while (assay_capture_file_next(&p, f, &err) == 1)
			packets++;
		CU_ASSERT(packets == 2 && assay_capture_file_truncated(f));
		assay_capture_file_close(f);
	}
}

static void a_file_that_is_cut_meanwhile(void)
{
	struct assay_capture_file *f;
	struct assay_packet p;
	struct assay_error err = { 0 };

	make(6);
	f = open_file(64);
	for (int n = 0; n < 5; n++)
		CU_ASSERT_EQUAL_FATAL(assay_capture_file_next(&p, f, &err), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p.hole);
	CU_ASSERT_EQUAL(truncate(path, 100), 0);
	assay_want(p.hole, p.bytes + 20000, 48);
	CU_ASSERT(p.bytes[20000] == 0 && p.bytes[20047] == 0);
	CU_ASSERT_EQUAL(assay_capture_file_next(&p, f, &err), ASSAY_E_IO);
	CU_ASSERT_STRING_EQUAL(err.message, "cannot be read: it was cut off meanwhile");
	assay_capture_file_close(f);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(what_is_wanted_comes),
	UNIT_TEST(wants_of_any_kind),
	UNIT_TEST(files_with_holes),
	UNIT_TEST(files_that_end_early),
	UNIT_TEST(a_file_that_is_cut_meanwhile),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_with_file("holes", tests, path);
}
