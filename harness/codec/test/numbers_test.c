/* numbers_test.c - serial number arithmetic, LUN forms, big-endian numbers, the names of error codes. */
#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/lun.h"
#include "codec/serial.h"
#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;

static void serial_numbers(void)
{
	static const uint32_t starts[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint32_t a = starts[i], b = a + 1, far = a + 0x7fffffff, opposite = a + 0x80000000;

		CU_ASSERT_TRUE(
			assay_sn_lt(a, b) && !assay_sn_lt(b, a) && assay_sn_gt(b, a) && !assay_sn_gt(a, b));
		CU_ASSERT_TRUE(
			assay_sn_le(a, b) && !assay_sn_le(b, a) && assay_sn_ge(b, a) && !assay_sn_ge(a, b));
		CU_ASSERT_TRUE(
			assay_sn_le(a, a) && assay_sn_ge(a, a) && !assay_sn_lt(a, a) && !assay_sn_gt(a, a));
		CU_ASSERT_TRUE(assay_sn_lt(a, far) && assay_sn_gt(far, a) && !assay_sn_lt(far, a));
		CU_ASSERT_TRUE(assay_sn_lt(far + 2, a) && !assay_sn_lt(a, far + 2));
		/* RFC 1982 leaves this distance undefined; it is no order here */
		CU_ASSERT_TRUE(!assay_sn_lt(a, opposite) && !assay_sn_lt(opposite, a));
	}
}

static void lun_forms(void)
{
	static const struct {
		uint32_t number;
		uint64_t lun;
	} cases[] = {
		{ 0, UINT64_C(0) },
		{ 22, UINT64_C(0x0016000000000000) },
		{ 255, UINT64_C(0x00ff000000000000) },
		{ 256, UINT64_C(0x4100000000000000) },
		{ 16383, UINT64_C(0x7fff000000000000) },
		{ 16384, UINT64_C(0xd200400000000000) },
		{ 0xffffff, UINT64_C(0xd2ffffff00000000) },
		{ 0x1000000, UINT64_C(0xe200010000000000) },
		{ 0xffffffff, UINT64_C(0xe200ffffffff0000) },
	};
	struct assay_lun_parts parts;
	char text[24], number[24];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(assay_lun_from_number(cases[i].number), cases[i].lun);
		assay_lun_parse(&parts, cases[i].lun);
		CU_ASSERT_EQUAL(parts.number, cases[i].number);
		CU_ASSERT_TRUE(parts.simple);
		assay_lun_print(text, sizeof(text), cases[i].lun);
		snprintf(number, sizeof(number), "%u", cases[i].number);
		CU_ASSERT_STRING_EQUAL(text, number);
	}
	CU_ASSERT_EQUAL(assay_lun_flat(22), UINT64_C(0x4016000000000000));
	assay_lun_parse(&parts, assay_lun_flat(22));
	CU_ASSERT_EQUAL(parts.method, ASSAY_LUN_FLAT);
	CU_ASSERT_EQUAL(parts.number, 22);
}

static void luns_that_are_not_simple(void)
{
	static const struct {
		uint64_t lun;
		enum assay_lun_method method;
		uint8_t bus;
		uint32_t number;
	} cases[] = {
		{ UINT64_C(0x0116000000000000), ASSAY_LUN_PERIPHERAL, 1, 22 },
		{ UINT64_C(0x0016000100000000), ASSAY_LUN_PERIPHERAL, 0, 22 },
		{ UINT64_C(0x0000000000000001), ASSAY_LUN_PERIPHERAL, 0, 0 },
		{ UINT64_C(0x4016000000000001), ASSAY_LUN_FLAT, 0, 22 },
		{ UINT64_C(0x8041000000000000), ASSAY_LUN_LOGICAL_UNIT, 2, 1 },
		{ UINT64_C(0xc101000000000000), ASSAY_LUN_EXTENDED, 0, 1 }, /* a well known logical unit */
		{ UINT64_C(0xd200400000000001), ASSAY_LUN_EXTENDED, 0, 16384 },
		{ UINT64_C(0xe2010000000a0000), ASSAY_LUN_EXTENDED, 0, 10 },
	};
	char text[24], expected[24];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct assay_lun_parts parts;

		assay_lun_parse(&parts, cases[i].lun);
		CU_ASSERT_EQUAL(parts.method, cases[i].method);
		CU_ASSERT_EQUAL(parts.bus, cases[i].bus);
		CU_ASSERT_EQUAL(parts.number, cases[i].number);
		CU_ASSERT_FALSE(parts.simple);
		assay_lun_print(text, sizeof(text), cases[i].lun);
		snprintf(expected, sizeof(expected), "0x%016llx", (unsigned long long)cases[i].lun);
		CU_ASSERT_STRING_EQUAL(text, expected);
	}
	assay_lun_print(text, 3, UINT64_C(0x0116000000000000));
	CU_ASSERT_STRING_EQUAL(text, "0x");
}

static void big_endian(void)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t *at = guard_page_at(&page, 8);

	CU_ASSERT_EQUAL(assay_get_be16(guard_page_copy(&page, bytes, 2)), 0x0102);
	CU_ASSERT_EQUAL(assay_get_be24(guard_page_copy(&page, bytes, 3)), 0x010203);
	CU_ASSERT_EQUAL(assay_get_be32(guard_page_copy(&page, bytes, 4)), 0x01020304);
	CU_ASSERT_EQUAL(assay_get_be64(guard_page_copy(&page, bytes, 8)), UINT64_C(0x0102030405060708));
	assay_put_be64(at, UINT64_C(0x0102030405060708));
	CU_ASSERT_EQUAL(memcmp(at, bytes, 8), 0);
	assay_put_be32(at + 4, 0x01020304);
	CU_ASSERT_EQUAL(memcmp(at + 4, bytes, 4), 0);
	assay_put_be24(at + 5, 0x010203);
	CU_ASSERT_EQUAL(memcmp(at + 5, bytes, 3), 0);
	assay_put_be16(at + 6, 0x0102);
	CU_ASSERT_EQUAL(memcmp(at + 6, bytes, 2), 0);
	CU_ASSERT_EQUAL(assay_padded(0), 0);
	CU_ASSERT_EQUAL(assay_padded(1), 4);
	CU_ASSERT_EQUAL(assay_padded(4), 4);
}

static void errors(void)
{
	struct assay_error err;

	CU_ASSERT_EQUAL(assay_error_set(&err, ASSAY_E_SYNTAX, "line %d", 7), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(err.code, ASSAY_E_SYNTAX);
	CU_ASSERT_STRING_EQUAL(err.message, "line 7");
	CU_ASSERT_EQUAL(assay_error_set(NULL, ASSAY_E_IO, "x"), ASSAY_E_IO);
	CU_ASSERT_FALSE(assay_err_is_ours(ASSAY_E_AUTH));
	CU_ASSERT_TRUE(assay_err_is_ours(ASSAY_E_NOMEM));
	for (int code = ASSAY_E_AUTH; code < 0; code++)
		CU_ASSERT_STRING_NOT_EQUAL(assay_err_name(code), "unknown error");
	for (int code = ASSAY_E_REFUSED; code < ASSAY_E_FATAL; code++)
		CU_ASSERT_STRING_NOT_EQUAL(assay_err_name(code), "unknown error");
	CU_ASSERT_STRING_EQUAL(assay_err_name(12345), "unknown error");
}

static CU_TestInfo tests[] = {
	{ "serial numbers", serial_numbers },
	{ "LUN forms", lun_forms },
	{ "LUNs that are not simple", luns_that_are_not_simple },
	{ "big endian", big_endian },
	{ "errors", errors },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("numbers", tests);
	guard_page_free(&page);
	return failed;
}
