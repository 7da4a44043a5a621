/* text_test.c - key=value pairs, the forms of values, lists; RFC 7143 section 6.1. Every input ends at a forbidden page. */
#include "codec/text.h"

#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;

/* The string without its NUL, right before the forbidden page. */
static const char *bare(const char *text)
{
	return (const char *)guard_page_copy(&page, text, strlen(text));
}

static void pairs(void)
{
	static const char text[] = "\0A=1\0\0B==x=\0C\0=y\0D=";
	static const struct {
		int rc;
		const char *key, *value;
	} expected[] = {
		{ 1, "A", "1" },
		{ 1, "B", "=x=" },
		{ ASSAY_E_SYNTAX, "C", "" },
		{ 1, "", "y" },
		{ ASSAY_E_SHORT, "D", "" },
		{ 0, NULL, NULL },
	};
	const uint8_t *at = guard_page_copy(&page, text, sizeof(text) - 1);
	struct assay_pair pair;
	size_t offset = 0;

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		CU_ASSERT_EQUAL(assay_text_next(&pair, &offset, at, sizeof(text) - 1), expected[i].rc);
		if (expected[i].key)
			CU_ASSERT_TRUE(assay_pair_is(&pair, expected[i].key) &&
				       assay_value_is(&pair, expected[i].value));
	}
	offset = 0;
	CU_ASSERT_EQUAL(assay_text_next(&pair, &offset, NULL, 0), 0);
}

static void find_and_count(void)
{
	static const char text[] = "Key=1\0junk\0Keys=2\0Key=3\0Key=4";
	const uint8_t *at = guard_page_copy(&page, text, sizeof(text) - 1);
	struct assay_pair pair;

	CU_ASSERT_EQUAL(assay_text_find(&pair, at, sizeof(text) - 1, "Keys"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "2"));
	CU_ASSERT_EQUAL(assay_text_find(&pair, at, sizeof(text) - 1, "Key"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "1"));
	CU_ASSERT_EQUAL(assay_text_find(&pair, at, sizeof(text) - 1, "key"), 0);
	CU_ASSERT_EQUAL(assay_text_find(&pair, at, sizeof(text) - 1, "junk"), 0);
	CU_ASSERT_EQUAL(assay_text_count(at, sizeof(text) - 1, "Key"), 2);
	CU_ASSERT_EQUAL(assay_text_count(at, sizeof(text) - 1, ""), 0);
}

/* A text fits to the last byte, and what does not fit leaves no trace. */
static void growing_text(void)
{
	static const char expected[] = "A=1\0Bc=Yes\0N=22";
	struct assay_text t;

	for (size_t capacity = 0; capacity <= sizeof(expected); capacity++) {
		char *buf = (char *)guard_page_at(&page, capacity);
		size_t whole = capacity >= 16 ? 16 : capacity >= 11 ? 11 : capacity >= 4 ? 4 : 0;

		assay_text_init(&t, buf, capacity);
		CU_ASSERT_EQUAL(assay_text_append(&t, "A", "1"), capacity < 4 ? ASSAY_E_LIMIT : 0);
		if (capacity >= 4)
			CU_ASSERT_EQUAL(
				assay_text_append(&t, "Bc", "Yes"), capacity < 11 ? ASSAY_E_LIMIT : 0);
		if (capacity >= 11)
			CU_ASSERT_EQUAL(
				assay_text_appendf(&t, "N", "%d", 22), capacity < 16 ? ASSAY_E_LIMIT : 0);
		CU_ASSERT_EQUAL(t.length, whole);
		CU_ASSERT_EQUAL(t.overflow, whole != 16);
		CU_ASSERT_EQUAL(memcmp(buf, expected, whole), 0);
	}
}

static void copied_values(void)
{
	struct assay_pair pair = { .value = bare("abcdef"), .value_length = 6 };
	char out[8] = "xxxxxxx";

	assay_value_copy(out, 4, &pair);
	CU_ASSERT_STRING_EQUAL(out, "abc");
	assay_value_copy(out, 7, &pair);
	CU_ASSERT_STRING_EQUAL(out, "abcdef");
	assay_value_copy(out, 0, &pair);
	CU_ASSERT_STRING_EQUAL(out, "abcdef");
}

static void numbers(void)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t number;
	} cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "262144", 0, 262144 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", ASSAY_E_SYNTAX, 0 },
		{ "99999999999999999999999", ASSAY_E_SYNTAX, 0 },
		{ "0x0", 0, 0 },
		{ "0x1000", 0, 4096 },
		{ "0XaBcDeF", 0, 0xabcdef },
		{ "0x00000000000000000000ffffffffffffffff", 0, UINT64_MAX },
		{ "0x10000000000000000", ASSAY_E_SYNTAX, 0 },
		{ "", ASSAY_E_SYNTAX, 0 },
		{ "0x", ASSAY_E_SYNTAX, 0 },
		{ "007", ASSAY_E_SYNTAX, 0 },
		{ "00", ASSAY_E_SYNTAX, 0 },
		{ "-1", ASSAY_E_SYNTAX, 0 },
		{ "+1", ASSAY_E_SYNTAX, 0 },
		{ " 1", ASSAY_E_SYNTAX, 0 },
		{ "1 ", ASSAY_E_SYNTAX, 0 },
		{ "1a", ASSAY_E_SYNTAX, 0 },
		{ "0xg", ASSAY_E_SYNTAX, 0 },
		{ "0b11", ASSAY_E_SYNTAX, 0 },
		{ "1.0", ASSAY_E_SYNTAX, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t number = 0;

		CU_ASSERT_EQUAL(
			assay_value_number(&number, bare(cases[i].text), strlen(cases[i].text)), cases[i].rc);
		CU_ASSERT_EQUAL(number, cases[i].number);
	}
}

static void booleans_and_ranges(void)
{
	static const char *const not_boolean[] = { "", "yes", "YES", "no", "Yes ", "Ye", "N", "Noo", "1" };
	static const char *const not_range[] = { "", "~", "1", "1~", "~1", "2~1", "1~2~3", "1-2", "1 ~2" };
	uint64_t low = 0, high = 0;
	bool yes = false;

	CU_ASSERT_EQUAL(assay_value_boolean(&yes, bare("Yes"), 3), 0);
	CU_ASSERT_TRUE(yes);
	CU_ASSERT_EQUAL(assay_value_boolean(&yes, bare("No"), 2), 0);
	CU_ASSERT_FALSE(yes);
	for (size_t i = 0; i < sizeof(not_boolean) / sizeof(not_boolean[0]); i++)
		CU_ASSERT_EQUAL(assay_value_boolean(&yes, bare(not_boolean[i]), strlen(not_boolean[i])),
			ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_value_range(&low, &high, bare("16~0x20"), 7), 0);
	CU_ASSERT_EQUAL(low, 16);
	CU_ASSERT_EQUAL(high, 32);
	CU_ASSERT_EQUAL(assay_value_range(&low, &high, bare("3~3"), 3), 0);
	for (size_t i = 0; i < sizeof(not_range) / sizeof(not_range[0]); i++)
		CU_ASSERT_EQUAL(assay_value_range(&low, &high, bare(not_range[i]), strlen(not_range[i])),
			ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(low, 3);
}

static void binary_forms(void)
{
	static const struct {
		const char *text;
		long rc;
		uint8_t bytes[4];
	} cases[] = {
		{ "0x1", 1, { 0x01 } },
		{ "0xabc", 2, { 0x0a, 0xbc } },
		{ "0X00aF", 2, { 0x00, 0xaf } },
		{ "0x0000000", 4, { 0 } },
		{ "0x", ASSAY_E_SYNTAX, { 0 } },
		{ "0x1g", ASSAY_E_SYNTAX, { 0 } },
		{ "0xg", ASSAY_E_SYNTAX, { 0 } },
		{ "0x123456789", ASSAY_E_LIMIT, { 0 } },
		{ "0bAA==", 1, { 0 } },
		{ "0bAQI=", 2, { 1, 2 } },
		{ "0BAQID", 3, { 1, 2, 3 } },
		{ "0b/+8=", 2, { 0xff, 0xef } },
		{ "0bAQIDBA==", 4, { 1, 2, 3, 4 } },
		{ "0bAQIDBAU=", ASSAY_E_LIMIT, { 0 } },
		{ "0b", ASSAY_E_SYNTAX, { 0 } },
		{ "0bA", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAQ", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAQI", ASSAY_E_SYNTAX, { 0 } },
		{ "0bA===", ASSAY_E_SYNTAX, { 0 } },
		{ "0b====", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAQ=I", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAQ==AQ==", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAR==", ASSAY_E_SYNTAX, { 0 } }, /* bits behind the last byte */
		{ "0bAQJ=", ASSAY_E_SYNTAX, { 0 } },
		{ "0bAQ-_", ASSAY_E_SYNTAX, { 0 } },
		{ "0bA\nID", ASSAY_E_SYNTAX, { 0 } },
		{ "", ASSAY_E_SYNTAX, { 0 } },
		{ "0", ASSAY_E_SYNTAX, { 0 } },
		{ "12", ASSAY_E_SYNTAX, { 0 } },
		{ "1x00", ASSAY_E_SYNTAX, { 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t out[4];
		long n = assay_value_binary(out, sizeof(out), bare(cases[i].text), strlen(cases[i].text));

		CU_ASSERT_EQUAL(n, cases[i].rc);
		if (n > 0)
			CU_ASSERT_EQUAL(memcmp(out, cases[i].bytes, (size_t)n), 0);
	}
}

/* Any bytes survive both forms; outputs fit to the last byte. */
static void binary_both_ways(void)
{
	uint8_t bytes[300], *back;
	char text[700], *out;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t length = 1; length <= sizeof(bytes); length++) {
		size_t hex = 2 + 2 * length, base64 = 2 + (length + 2) / 3 * 4;

		out = (char *)guard_page_at(&page, hex + 1);
		CU_ASSERT_EQUAL(assay_binary_to_hex(out, hex, bytes, length), ASSAY_E_LIMIT);
		CU_ASSERT_EQUAL_FATAL(assay_binary_to_hex(out, hex + 1, bytes, length), (long)hex);
		CU_ASSERT_EQUAL(strlen(out), hex);
		memcpy(text, out, hex);
		back = guard_page_at(&page, length);
		CU_ASSERT_EQUAL(assay_value_binary(back, length - 1, text, hex), ASSAY_E_LIMIT);
		CU_ASSERT_EQUAL(assay_value_binary(back, length, text, hex), (long)length);
		CU_ASSERT_EQUAL(memcmp(back, bytes, length), 0);

		out = (char *)guard_page_at(&page, base64 + 1);
		CU_ASSERT_EQUAL(assay_binary_to_base64(out, base64, bytes, length), ASSAY_E_LIMIT);
		CU_ASSERT_EQUAL_FATAL(assay_binary_to_base64(out, base64 + 1, bytes, length), (long)base64);
		CU_ASSERT_EQUAL(strlen(out), base64);
		memcpy(text, out, base64);
		back = guard_page_at(&page, length);
		CU_ASSERT_EQUAL(assay_value_binary(back, length - 1, text, base64), ASSAY_E_LIMIT);
		CU_ASSERT_EQUAL(assay_value_binary(back, length, text, base64), (long)length);
		CU_ASSERT_EQUAL(memcmp(back, bytes, length), 0);
	}
	CU_ASSERT_EQUAL(assay_binary_to_hex(text, 2, bytes, 0), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_binary_to_hex(text, 3, bytes, 0), 2);
	CU_ASSERT_EQUAL(assay_binary_to_base64(text, 3, bytes, 0), 2);
}

static void lists(void)
{
	static const struct {
		const char *list;
		size_t count;
	} cases[] = { { "", 1 }, { "a", 1 }, { ",", 2 }, { "a,", 2 }, { ",a", 2 }, { "None,CRC32C,X-a", 3 } };
	const char *item;
	size_t length, offset;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *list = bare(cases[i].list);
		size_t count = 0;

		offset = 0;
		while (assay_list_next(&item, &length, &offset, list, strlen(cases[i].list)))
			count++;
		CU_ASSERT_EQUAL(count, cases[i].count);
	}
	CU_ASSERT_TRUE(assay_list_has(bare("None,CRC32C"), 11, "CRC32C", 6));
	CU_ASSERT_TRUE(assay_list_has(bare("None,CRC32C"), 11, "None", 4));
	CU_ASSERT_FALSE(assay_list_has(bare("None,CRC32C"), 11, "CRC", 3));
	CU_ASSERT_FALSE(assay_list_has(bare("None,CRC32C"), 11, "", 0));
	CU_ASSERT_TRUE(assay_list_has(bare("None,"), 5, "", 0));
}

static CU_TestInfo tests[] = {
	{ "pairs", pairs },
	{ "find and count", find_and_count },
	{ "growing text", growing_text },
	{ "copied values", copied_values },
	{ "numbers", numbers },
	{ "booleans and ranges", booleans_and_ranges },
	{ "binary forms", binary_forms },
	{ "binary both ways", binary_both_ways },
	{ "lists", lists },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("text", tests);
	guard_page_free(&page);
	return failed;
}
