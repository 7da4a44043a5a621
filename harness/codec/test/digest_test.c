/* digest_test.c - CRC32C against the vectors of RFC 7143 appendix A.4 and against a bit by bit definition. */
#include "codec/digest.h"

#include "guard_page.h"
#include "test/unit.h"

static struct guard_page page;

/* The definition: polynomial 0x11edc6f41 reflected, a bit at a time; then as the number of the bytes on the wire. */
static uint32_t slow(const uint8_t *bytes, size_t length)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return __builtin_bswap32(~crc);
}

static void standard_vectors(void)
{
	static const uint8_t read_command[48] = { 0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14,
		0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2 };
	uint8_t *bytes = guard_page_at(&page, 32);

	memset(bytes, 0, 32);
	CU_ASSERT_EQUAL(assay_digest(bytes, 32), 0xaa36918a);
	memset(bytes, 0xff, 32);
	CU_ASSERT_EQUAL(assay_digest(bytes, 32), 0x43aba862);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	CU_ASSERT_EQUAL(assay_digest(bytes, 32), 0x4e79dd46);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(31 - i);
	CU_ASSERT_EQUAL(assay_digest(bytes, 32), 0x5cdb3f11);
	CU_ASSERT_EQUAL(assay_digest(read_command, 48), 0x563a96d9);
}

static void every_length(void)
{
	uint8_t bytes[1500];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i + 3 * i);
	for (size_t length = 0; length <= sizeof(bytes); length++)
		CU_ASSERT_EQUAL(
			assay_digest(guard_page_copy(&page, bytes, length), length), slow(bytes, length));
}

static void data_and_padding_apart(void)
{
	uint8_t bytes[1024];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 5 + 1);
	for (size_t length = 0; length < 1000; length++)
		for (size_t padding = 0; padding <= 3; padding++)
			CU_ASSERT_EQUAL(assay_digest_padded(bytes, length,
						guard_page_copy(&page, bytes + length, padding), padding),
				slow(bytes, length + padding));
}

static CU_TestInfo tests[] = {
	{ "vectors of the standard", standard_vectors },
	{ "every length", every_length },
	{ "data and padding apart", data_and_padding_apart },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("digest", tests);
	guard_page_free(&page);
	return failed;
}
