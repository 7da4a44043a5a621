/* ahs_test.c - additional header segments: both standard types, padding, and segments that lie about their length. */
#include "codec/ahs.h"

#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;

static void extended_cdb(void)
{
	uint8_t cdb[260], *ahs;
	struct assay_ahs segment;
	size_t offset;

	for (size_t i = 0; i < sizeof(cdb); i++)
		cdb[i] = (uint8_t)(i + 1);
	for (size_t length = 17; length <= sizeof(cdb); length++) {
		size_t whole = (length - 16 + 4 + 3) / 4 * 4;

		ahs = guard_page_at(&page, whole);
		memset(ahs, 0xee, whole);
		CU_ASSERT_EQUAL(assay_ahs_append_cdb(ahs, whole - 1, 0, cdb, length), ASSAY_E_LIMIT);
		CU_ASSERT_EQUAL(assay_ahs_append_cdb(ahs, whole, 0, cdb, length), (long)whole);
		offset = 0;
		CU_ASSERT_EQUAL_FATAL(assay_ahs_next(&segment, &offset, ahs, whole), 1);
		CU_ASSERT_EQUAL(segment.type, ASSAY_AHS_EXTENDED_CDB);
		CU_ASSERT_EQUAL(segment.length, length - 15);
		CU_ASSERT_EQUAL(segment.specific[0], 0);
		CU_ASSERT_EQUAL(memcmp(segment.specific + 1, cdb + 16, length - 16), 0);
		for (size_t i = length - 16 + 4; i < whole; i++)
			CU_ASSERT_EQUAL(ahs[i], 0);
		CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, whole), 0);
	}
	CU_ASSERT_EQUAL(assay_ahs_append_cdb(cdb, sizeof(cdb), 0, cdb, 16), ASSAY_E_INVAL);
}

static void two_segments(void)
{
	static const uint8_t expected[] = { 0, 3, 1, 0, 0xaa, 0xbb, 0, 0, 0, 5, 2, 0, 1, 2, 3, 4 };
	static const uint8_t cdb[18] = { [16] = 0xaa, 0xbb };
	uint8_t *ahs = guard_page_at(&page, sizeof(expected));
	struct assay_ahs segment;
	uint32_t read_length = 0;
	size_t offset = 0;

	CU_ASSERT_EQUAL(assay_ahs_append_cdb(ahs, sizeof(expected), 0, cdb, sizeof(cdb)), 8);
	CU_ASSERT_EQUAL(assay_ahs_append_bidi_read(ahs, 15, 8, 0x01020304), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_ahs_append_bidi_read(ahs, 16, 8, 0x01020304), 16);
	CU_ASSERT_EQUAL(memcmp(ahs, expected, sizeof(expected)), 0);
	CU_ASSERT_EQUAL(assay_ahs_bidi_read_length(&read_length, ahs, 16), 1);
	CU_ASSERT_EQUAL(read_length, 0x01020304);
	CU_ASSERT_EQUAL(assay_ahs_bidi_read_length(&read_length, ahs, 8), 0);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 1);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 1);
	CU_ASSERT_EQUAL(segment.type, ASSAY_AHS_BIDI_READ_LENGTH);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 0);
}

static void odd_segments(void)
{
	static const uint8_t specific[] = { 1, 2, 3, 4, 5, 6 };
	uint8_t ahs[16];
	struct assay_ahs segment;
	size_t offset = 0;

	CU_ASSERT_EQUAL(assay_ahs_append(ahs, sizeof(ahs), 0, 0xff, specific, 6), 12);
	CU_ASSERT_EQUAL(assay_ahs_append(ahs, sizeof(ahs), 12, 3, NULL, 0), 16);
	CU_ASSERT_EQUAL(assay_ahs_append(ahs, sizeof(ahs), 16, 3, NULL, 0), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 1);
	CU_ASSERT_EQUAL(segment.type, 0x3f);
	CU_ASSERT_EQUAL(segment.type_reserved, 3);
	CU_ASSERT_EQUAL(segment.length, 6);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 1);
	CU_ASSERT_EQUAL(segment.length, 0);
	CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, 16), 0);
}

static void segments_that_run_over(void)
{
	static const uint8_t over[] = { 0, 6, 2, 0, 0, 0, 0, 0 };
	struct assay_ahs segment;
	uint32_t read_length;

	for (size_t length = 1; length <= sizeof(over); length++) {
		const uint8_t *ahs = guard_page_copy(&page, over, length);
		size_t offset = 0;

		CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, length), ASSAY_E_SYNTAX);
		CU_ASSERT_EQUAL(assay_ahs_next(&segment, &offset, ahs, length), 0);
		CU_ASSERT_EQUAL(assay_ahs_bidi_read_length(&read_length, ahs, length), 0);
	}
	for (unsigned seed = 0; seed < 20000; seed++) {
		uint8_t bytes[20], *ahs;
		size_t offset = 0, length = seed % 21, steps = 0;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)((seed * 2654435761u >> (i % 24)) & (i % 4 ? 0x0f : 0));
		ahs = guard_page_copy(&page, bytes, length);
		while (assay_ahs_next(&segment, &offset, ahs, length) == 1) {
			CU_ASSERT_TRUE(segment.specific + segment.length <= ahs + length);
			CU_ASSERT_TRUE_FATAL(++steps <= 5);
		}
	}
}

static CU_TestInfo tests[] = {
	{ "extended CDB", extended_cdb },
	{ "two segments", two_segments },
	{ "odd segments", odd_segments },
	{ "segments that run over", segments_that_run_over },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("ahs", tests);
	guard_page_free(&page);
	return failed;
}
