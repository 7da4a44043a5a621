/* pdu_test.c - the codec's layout, decode and encode for all 18 PDU types; inputs end at a forbidden page. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"
#include "codec/pdu.h"
#include "guard_page.h"

static struct guard_page page;

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint8_t random_byte(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint8_t)(random_state >> 32);
}

#define LENGTHS (ASSAY_OVERRIDE_TOTAL_AHS_LENGTH | ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH)

/* Any 48 bytes: what decode reads, encode writes back, but for the bits that no field uses. */
static void random_headers(void)
{
	for (unsigned round = 0; round < 64 * 500; round++) {
		uint8_t *bhs = guard_page_at(&page, ASSAY_BHS_LENGTH), again[ASSAY_BHS_LENGTH];
		const struct assay_layout *layout;
		uint8_t named[ASSAY_BHS_LENGTH] = { 0 };
		struct assay_pdu pdu;
		int differ = 0;

		for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
			bhs[i] = random_byte();
		bhs[0] = (uint8_t)((bhs[0] & 0xc0) | round % 64);
		assay_pdu_decode_bhs(&pdu, bhs);
		CU_ASSERT_EQUAL(pdu.opcode, round % 64);
		pdu.overrides = LENGTHS;
		assay_pdu_encode_bhs(again, &pdu);
		layout = assay_layout_of(pdu.opcode);
		for (size_t i = 0; i < layout->count; i++) {
			const struct assay_layout_entry *e = &layout->entries[i];

			if (e->bits < 8)
				named[e->byte] |= (uint8_t)(((1u << e->bits) - 1) << e->shift);
			else
				memset(named + e->byte, 0xff, e->bits / 8);
		}
		for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
			differ |= again[i] ^ (bhs[i] & named[i]);
		CU_ASSERT_EQUAL(differ, 0);
	}
}

static void digest_vectors(void)
{
	uint8_t bytes[32];

	memset(bytes, 0, sizeof(bytes));
	CU_ASSERT_EQUAL(assay_digest(bytes, sizeof(bytes)), 0xaa36918a);
	memset(bytes, 0xff, sizeof(bytes));
	CU_ASSERT_EQUAL(assay_digest(bytes, sizeof(bytes)), 0x43aba862);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	CU_ASSERT_EQUAL(assay_digest(bytes, sizeof(bytes)), 0x4e79dd46);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(31 - i);
	CU_ASSERT_EQUAL(assay_digest(bytes, sizeof(bytes)), 0x5cdb3f11);
}

int main(void)
{
	CU_pSuite suite;
	unsigned failures;

	page = guard_page_new(1 << 20);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite("pdu", NULL, NULL);
	CU_add_test(suite, "random headers", random_headers);
	CU_add_test(suite, "digest vectors", digest_vectors);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	guard_page_free(&page);
	return failures != 0;
}
