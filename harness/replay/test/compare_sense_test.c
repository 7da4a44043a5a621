/* compare_sense_test.c - sense data of both formats, one part changed at a time: what counts, what is noted, what is not told. */
#include "replay/compare_private.h"
#include "test/unit.h"

static struct assay_replay_differences found;

/* INVALID FIELD IN CDB with INFORMATION, byte 2 and bit 7 of the CDB, 18 bytes. */
static const uint8_t fixed[] = { 0, 18, 0xf0, 0, 5, 0, 0, 1, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0xcf, 0, 2 };
static const uint8_t described[] = { 0, 28, 0x72, 5, 0x24, 0, 0, 0, 0, 20, 0x00, 10, 0x80, 0, 0, 0, 0, 0, 0,
	0, 1, 0, 0x02, 6, 0, 0, 0xcf, 0, 2, 0 };

static int compare(const uint8_t *captured, size_t captured_length, const uint8_t *live, size_t live_length)
{
	struct assay_pdu a = { .opcode = ASSAY_SCSI_RESPONSE,
		.status = 2,
		.data = captured,
		.data_length = (uint32_t)captured_length };
	struct assay_pdu b = a;

	b.data = live;
	b.data_length = (uint32_t)live_length;
	memset(&found, 0, sizeof(found));
	return assay_replay_compare(&found, &a, &b, NULL, NULL);
}

/* That byte of the sense data is another one live. */
static int change(size_t byte, uint8_t value)
{
	uint8_t live[sizeof(fixed)];

	memcpy(live, fixed, sizeof(live));
	live[2 + byte] = value;
	return compare(fixed, sizeof(fixed), live, sizeof(live));
}

static bool is_told(const char *what)
{
	return found.count == 1 && !strcmp(found.difference[0].what, what);
}

static void the_same(void)
{
	CU_ASSERT_EQUAL(compare(fixed, sizeof(fixed), fixed, sizeof(fixed)), 0);
	CU_ASSERT_EQUAL(compare(described, sizeof(described), described, sizeof(described)), 0);
	CU_ASSERT_EQUAL(change(14, 0x55), 0); /* FIELD REPLACEABLE UNIT CODE */
	CU_ASSERT_EQUAL(found.count, 0);
}

static void parts_that_count(void)
{
	CU_ASSERT_TRUE(change(2, 6) == 1 && is_told("sense"));
	CU_ASSERT_TRUE(change(12, 0x20) == 1 && is_told("sense"));
	CU_ASSERT_TRUE(change(0, 0xf1) == 1 && is_told("sense")); /* deferred */
	CU_ASSERT_TRUE(change(6, 1) == 1 && is_told("sense INFORMATION"));
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "0x100");
	CU_ASSERT_TRUE(change(0, 0x70) == 1 && is_told("sense INFORMATION"));
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "not valid");
	CU_ASSERT_TRUE(change(17, 3) == 1 && is_told("sense field pointer"));
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "byte 3 of the CDB, bit 7");
	CU_ASSERT_TRUE(change(15, 0x8f) == 1 && is_told("sense field pointer"));
	CU_ASSERT_TRUE(change(7, 11) == 1 && is_told("ADDITIONAL SENSE LENGTH"));
}

static void parts_that_are_noted(void)
{
	static const uint8_t range[] = { 0, 18, 0x70, 0, 5, 0, 0, 0, 9, 10, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0 };
	uint8_t live[sizeof(range)];

	CU_ASSERT_TRUE(change(15, 0) == 0 && is_told("sense field pointer")); /* SKSV=0 */
	CU_ASSERT_TRUE(change(15, 0xc8) == 0 && is_told("sense field pointer")); /* bit 0 */
	memcpy(live, range, sizeof(live));
	live[2] = 0xf0;
	CU_ASSERT_TRUE(
		compare(range, sizeof(range), live, sizeof(live)) == 0 && is_told("sense INFORMATION"));
	CU_ASSERT_FALSE(found.difference[0].counts);
}

static void other_formats(void)
{
	CU_ASSERT_TRUE(compare(fixed, sizeof(fixed), described, sizeof(described)) == 1 && is_told("sense"));
	CU_ASSERT_PTR_NOT_NULL(strstr(found.difference[0].live, "descriptors"));
	CU_ASSERT_TRUE(compare(fixed, sizeof(fixed), NULL, 0) == 1 && is_told("sense"));
}

static void cut_anywhere(void)
{
	for (size_t length = 0; length <= sizeof(fixed); length++)
		(void)compare(fixed, sizeof(fixed), fixed, length);
	for (size_t length = 0; length <= sizeof(described); length++)
		(void)compare(described, sizeof(described), described, length);
	CU_ASSERT_EQUAL(found.count, 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(the_same),
	UNIT_TEST(parts_that_count),
	UNIT_TEST(parts_that_are_noted),
	UNIT_TEST(other_formats),
	UNIT_TEST(cut_anywhere),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("compare_sense", tests);
}
