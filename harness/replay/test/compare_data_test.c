/* compare_data_test.c - which blocks a replay has written, and what was read beside what the capture has. */
#include <string.h>

#include "replay/compare.h"
#include "test/unit.h"

static struct assay_replay_differences found;

static struct assay_pdu block_command(uint8_t operation_code, uint8_t lba, uint8_t blocks, uint64_t lun)
{
	struct assay_pdu c = {
		.opcode = ASSAY_SCSI_COMMAND, .lun = lun, .expected_data_transfer_length = 512u * blocks
	};

	c.cdb[0] = operation_code;
	c.cdb[5] = lba;
	c.cdb[8] = blocks;
	return c;
}

static void blocks_that_were_written(void)
{
	struct assay_replay_blocks *b = assay_replay_blocks_new();
	struct assay_pdu write = block_command(0x2a, 10, 4, 1), more = block_command(0x2a, 14, 2, 1);
	struct assay_pdu unmap = { .opcode = ASSAY_SCSI_COMMAND, .lun = 1, .cdb = { 0x42 } };
	struct assay_pdu read = block_command(0x28, 0, 1, 1);

	assay_replay_blocks_note(b, &write);
	CU_ASSERT_TRUE(assay_replay_blocks_has(b, 1, 10) && assay_replay_blocks_has(b, 1, 13));
	CU_ASSERT_FALSE(assay_replay_blocks_has(b, 1, 14) || assay_replay_blocks_has(b, 1, 9));
	CU_ASSERT_FALSE(assay_replay_blocks_has(b, 2, 10));
	assay_replay_blocks_note(b, &more);
	assay_replay_blocks_note(b, &read);
	CU_ASSERT_TRUE(assay_replay_blocks_has(b, 1, 15));
	CU_ASSERT_FALSE(assay_replay_blocks_has(b, 1, 0));
	write.lun = 2;
	assay_replay_blocks_note(b, &write);
	assay_replay_blocks_note(b, &unmap);
	CU_ASSERT_FALSE(assay_replay_blocks_has(b, 1, 10));
	CU_ASSERT_TRUE(assay_replay_blocks_has(b, 2, 10));
	assay_replay_blocks_free(b);
}

static void read_data(void)
{
	struct assay_replay_blocks *b = assay_replay_blocks_new();
	struct assay_pdu write = block_command(0x2a, 11, 1, 1), read = block_command(0x28, 10, 3, 1);
	static uint8_t captured[1536], live[1536];
	bool other = false;
	struct assay_replay_read r = { &read, captured, live, sizeof(captured), sizeof(live), &other };

	assay_replay_blocks_note(b, &write);
	memset(&found, 0, sizeof(found));
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_WRITTEN, b), 0);
	CU_ASSERT_FALSE(other); /* it is the same, whoever wrote it */
	live[0] = live[1100] = 1; /* in blocks 10 and 12 */
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_NONE, b), 0);
	CU_ASSERT_FALSE(other);
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_WRITTEN, b), 0);
	CU_ASSERT_TRUE(other);
	live[600] = 0xab;
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_WRITTEN, b), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "data of block 11 from byte 88 on");
	CU_ASSERT_EQUAL(strncmp(found.difference[0].live, "ab 00", 5), 0);
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_ALL, NULL), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[1].what, "data of block 10 from byte 0 on");
	r.live_length = 512; /* block 11 did not come */
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_WRITTEN, b), 1);
	CU_ASSERT_EQUAL(strncmp(found.difference[2].live, "0 bytes", 7), 0);
	assay_replay_blocks_free(b);
}

static void other_data(void)
{
	struct assay_replay_blocks *b = assay_replay_blocks_new();
	struct assay_pdu inquiry = {
		.opcode = ASSAY_SCSI_COMMAND, .cdb = { 0x12 }, .expected_data_transfer_length = 4
	};
	static const uint8_t one[4] = { 0, 0, 5, 2 }, two[4] = { 0, 0, 6, 2 };
	struct assay_replay_read r = { &inquiry, one, two, 4, 4, NULL };

	memset(&found, 0, sizeof(found));
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_WRITTEN, b), 0);
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_ALL, b), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "data from byte 2 on");
	r = (struct assay_replay_read){ &inquiry, NULL, NULL, 0, 0, NULL };
	CU_ASSERT_EQUAL(assay_replay_compare_read(&found, &r, ASSAY_REPLAY_DATA_ALL, b), 0);
	assay_replay_blocks_free(b);
}

static CU_TestInfo tests[] = {
	{ "blocks that were written", blocks_that_were_written },
	{ "read data", read_data },
	{ "other data", other_data },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("compare_data", tests);
}
