/* scsi_test.c - the blocks that a CDB names, and sense data of both formats, cut off anywhere. */
#include <string.h>

#include "codec/scsi.h"
#include "test/unit.h"

static void blocks_of_commands(void)
{
	static const struct {
		uint8_t cdb[16];
		uint64_t lba, blocks;
	} cases[] = {
		{ { 0x08, 0xff, 1, 2, 0 }, 0x1f0102, 256 },
		{ { 0x0a, 0, 0, 7, 3 }, 7, 3 },
		{ { 0x28, 0, 1, 2, 3, 4, 0, 5, 6 }, 0x01020304, 0x0506 },
		{ { 0x88, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, UINT64_C(0x0102030405060708),
			0x090a0b0c },
		{ { 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0xff, 2 }, 9, 2 },
		{ { 0xa8, 0, 0, 0, 0, 1, 0, 1, 0, 0 }, 1, 65536 },
	};
	uint64_t lba, blocks;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_TRUE(assay_cdb_blocks(&lba, &blocks, cases[i].cdb));
		CU_ASSERT_EQUAL(lba, cases[i].lba);
		CU_ASSERT_EQUAL(blocks, cases[i].blocks);
	}
	CU_ASSERT_FALSE(assay_cdb_blocks(&lba, &blocks, (const uint8_t[16]){ 0x12 }));
	CU_ASSERT_FALSE(assay_cdb_blocks(&lba, &blocks, (const uint8_t[16]){ 0 }));
}

static void sense_of_both_formats(void)
{
	static const uint8_t fixed[] = { 0, 14, 0x70, 0, 5, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0x24, 1 };
	static const uint8_t descriptor[] = { 0, 8, 0x73, 6, 0x29, 2, 0, 0, 0, 0 };
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_RESPONSE, .data = fixed, .data_length = sizeof(fixed) };
	struct assay_sense s;

	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu));
	CU_ASSERT_TRUE(s.code == 0x70 && s.key == 5 && s.asc == 0x24 && s.ascq == 1);
	pdu.data_length = 15; /* the qualifier is cut off */
	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu) && s.asc == 0x24 && s.ascq == 0);
	pdu.data = descriptor;
	pdu.data_length = sizeof(descriptor);
	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu));
	CU_ASSERT_TRUE(s.code == 0x73 && s.key == 6 && s.asc == 0x29 && s.ascq == 2);
	pdu.data_length = 3;
	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu) && s.code == 0x73 && s.key == 0);
}

static void parts_of_sense(void)
{
	static const uint8_t fixed[] = { 0, 18, 0xf0, 0, 5, 1, 2, 3, 4, 10, 0, 0, 0, 0, 0x24, 0, 0, 0xcf, 0,
		2 };
	static const uint8_t described[] = { 0, 28, 0x72, 5, 0x24, 0, 0, 0, 0, 20, 0x00, 10, 0x80, 0, 0, 0, 0,
		0, 1, 2, 3, 4, 0x02, 6, 0, 0, 0xcf, 0, 2, 0 };
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_RESPONSE, .data = fixed, .data_length = sizeof(fixed) };
	struct assay_sense a, b;

	CU_ASSERT_TRUE(assay_sense_of(&a, &pdu) && a.length_fits && a.has_information && a.has_specific);
	pdu.data = described;
	pdu.data_length = sizeof(described);
	CU_ASSERT_TRUE(assay_sense_of(&b, &pdu) && b.length_fits && b.has_information && b.has_specific);
	CU_ASSERT_TRUE(a.information == 0x01020304 && b.information == a.information);
	CU_ASSERT_EQUAL(memcmp(a.specific, b.specific, sizeof(a.specific)), 0);
	for (uint32_t length = 0; length < sizeof(described); length++) {
		pdu.data_length = length;
		(void)assay_sense_of(&b, &pdu);
		CU_ASSERT_FALSE(b.length_fits && length >= 10);
	}
}

static void no_sense(void)
{
	static const uint8_t none[] = { 0, 0, 0x70, 0, 5 }, other[] = { 0, 3, 0x12, 0xff, 0xff };
	struct assay_pdu pdu = { .opcode = ASSAY_SCSI_RESPONSE, .data = none, .data_length = sizeof(none) };
	struct assay_sense s;

	CU_ASSERT_FALSE(assay_sense_of(&s, &pdu)); /* SenseLength 0 */
	pdu.data = other;
	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu));
	CU_ASSERT_TRUE(s.code == 0x12 && s.key == 0 && s.asc == 0);
	pdu.data_length = 2;
	CU_ASSERT_FALSE(assay_sense_of(&s, &pdu));
	pdu.data_length = sizeof(other);
	pdu.opcode = ASSAY_DATA_IN;
	CU_ASSERT_FALSE(assay_sense_of(&s, &pdu));
	pdu.opcode = ASSAY_ASYNC_MESSAGE;
	CU_ASSERT_TRUE(assay_sense_of(&s, &pdu));
	pdu.async_event = 1;
	CU_ASSERT_FALSE(assay_sense_of(&s, &pdu));
}

static CU_TestInfo tests[] = {
	{ "blocks of commands", blocks_of_commands },
	{ "sense of both formats", sense_of_both_formats },
	{ "parts of sense", parts_of_sense },
	{ "no sense", no_sense },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("scsi", tests);
}
