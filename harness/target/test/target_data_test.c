/*
 * target_data_test.c - data both ways: sequences and status of reads, R2Ts and unsolicited data of writes, residuals, digests, and what breaks a transfer.
 * RFC 7143 sections 7.8, 7.9, 11.3, 11.4, 11.7 and 11.8.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "test/unit.h"

#define SMALL_BURST "MaxBurstLength=8192\nFirstBurstLength=4096\nInitialR2T=No\nImmediateData=Yes\n"

static uint8_t data[65536];

static void begin(const char *keys)
{
	session_begin(keys);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
}

static void expect_good(void)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 0);
	CU_ASSERT_EQUAL(pdu.overflow | pdu.underflow, 0);
}

/* CHECK CONDITION with ABORTED COMMAND and these codes. */
static void expect_aborted(uint8_t asc, uint8_t ascq)
{
	struct assay_pdu pdu;

	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 2);
	CU_ASSERT_TRUE_FATAL(pdu.data_length >= 20);
	CU_ASSERT_EQUAL(pdu.data[2 + 2] & 15, 0x0b);
	CU_ASSERT_EQUAL(pdu.data[2 + 12], asc);
	CU_ASSERT_EQUAL(pdu.data[2 + 13], ascq);
}

static struct assay_pdu data_out(const struct assay_pdu *command, uint32_t ttt, uint32_t data_sn,
	uint32_t offset, uint32_t length, bool final)
{
	return (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = final,
		.lun = command->lun,
		.itt = command->itt,
		.ttt = ttt,
		.exp_stat_sn = p.stat_sn + 1,
		.data_sn = data_sn,
		.buffer_offset = offset,
		.data = data + offset,
		.data_length = length };
}

static void send_data(const struct assay_pdu *command, uint32_t ttt, uint32_t data_sn, uint32_t offset,
	uint32_t length, bool final)
{
	struct assay_pdu pdu = data_out(command, ttt, data_sn, offset, length, final);

	peer_send(&p, &pdu);
}

/* A write of 32 blocks with no data, and the R2T for its first 8192 bytes. */
static struct assay_pdu begin_write(struct assay_pdu *r2t)
{
	struct assay_pdu command = peer_write(&p, 0, 0, 32);

	peer_send(&p, &command);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, r2t, ASSAY_R2T));
	return command;
}

/* ---- reads ---- */

static void read_in_sequences(void)
{
	struct assay_pdu command, pdu;
	uint32_t offset = 0, data_sn = 0;

	begin("MaxRecvDataSegmentLength=3072\nMaxBurstLength=8192\n");
	command = peer_read(&p, 0, 0, 40); /* 20480 bytes: 3072 3072 2048F 3072 3072 2048F 3072 1024FS */
	peer_send(&p, &command);
	do {
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_DATA_IN));
		CU_ASSERT_EQUAL(pdu.itt, command.itt);
		CU_ASSERT_EQUAL(pdu.buffer_offset, offset);
		CU_ASSERT_EQUAL(pdu.data_sn, data_sn++);
		CU_ASSERT_TRUE(pdu.data_length <= 3072);
		CU_ASSERT_EQUAL(pdu.acknowledge, 0);
		CU_ASSERT_EQUAL(pdu.ttt, ASSAY_TAG_RESERVED);
		offset += pdu.data_length;
		CU_ASSERT_EQUAL(pdu.final, offset % 8192 == 0 || offset == 20480);
	} while (!pdu.status_present);
	CU_ASSERT_EQUAL(offset, 20480);
	CU_ASSERT_EQUAL(data_sn, 8);
	CU_ASSERT_EQUAL(pdu.exp_cmd_sn, p.cmd_sn);
	CU_ASSERT_EQUAL(pdu.max_cmd_sn, p.cmd_sn + 63);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void read_residuals(void)
{
	struct assay_pdu command, pdu;

	begin("");
	command = peer_read(&p, 0, 0, 2);
	command.expected_data_transfer_length = 600;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_DATA_IN));
	CU_ASSERT_EQUAL(pdu.data_length, 600);
	CU_ASSERT_TRUE(pdu.overflow && !pdu.underflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 424);
	command = peer_read(&p, 0, 0, 2);
	command.expected_data_transfer_length = 2000;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_DATA_IN));
	CU_ASSERT_EQUAL(pdu.data_length, 1024);
	CU_ASSERT_TRUE(pdu.underflow && !pdu.overflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 976);
	/* No data expected at all. */
	command = peer_read(&p, 0, 0, 1);
	command.read = 0;
	command.expected_data_transfer_length = 0;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_TRUE(pdu.overflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 512);
	session_end();
}

static void check_condition_is_no_data_in(void)
{
	struct assay_pdu command, pdu;

	begin("");
	command = peer_read(&p, 0, 0x7fffffff, 1);
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 2);
	CU_ASSERT_TRUE(pdu.underflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 512);
	CU_ASSERT_EQUAL(pdu.exp_data_sn, 0);
	CU_ASSERT_TRUE(pdu.data_length >= 20);
	session_end();
}

/* ---- writes ---- */

static void expect_stored(uint32_t length)
{
	struct assay_pdu command = peer_read(&p, 0, 0, length / 512), pdu;
	uint32_t at = 0;

	peer_send(&p, &command);
	do {
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_DATA_IN));
		CU_ASSERT_EQUAL(memcmp(pdu.data, data + at, pdu.data_length), 0);
		at += pdu.data_length;
	} while (!pdu.status_present);
	CU_ASSERT_EQUAL(at, length);
}

static void write_by_r2t(void)
{
	struct assay_pdu command, r2t;
	uint32_t stat_sn = 0;

	begin("InitialR2T=Yes\nImmediateData=No\nMaxBurstLength=8192\n");
	stat_sn = p.stat_sn;
	command = peer_write(&p, 0, 0, 40);
	peer_send(&p, &command);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t length = i < 2 ? 8192 : 4096;

		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &r2t, ASSAY_R2T));
		CU_ASSERT_EQUAL(r2t.r2t_sn, i);
		CU_ASSERT_EQUAL(r2t.buffer_offset, i * 8192);
		CU_ASSERT_EQUAL(r2t.desired_data_transfer_length, length);
		CU_ASSERT_EQUAL(r2t.stat_sn, stat_sn + 1);
		CU_ASSERT_NOT_EQUAL(r2t.ttt, ASSAY_TAG_RESERVED);
		CU_ASSERT_TRUE(peer_silent(&p)); /* MaxOutstandingR2T=1 */
		send_data(&command, r2t.ttt, 0, i * 8192, length / 2, false);
		CU_ASSERT_TRUE(peer_silent(&p));
		send_data(&command, r2t.ttt, 1, i * 8192 + length / 2, length / 2, true);
	}
	p.stat_sn = stat_sn;
	expect_good();
	CU_ASSERT_EQUAL(p.stat_sn, stat_sn + 1);
	expect_stored(20480);
	session_end();
}

static void several_r2ts(void)
{
	struct assay_pdu command, r2t;
	uint32_t ttt[3];

	begin("InitialR2T=Yes\nImmediateData=No\nMaxBurstLength=8192\nMaxOutstandingR2T=2\n");
	command = peer_write(&p, 0, 0, 40);
	peer_send(&p, &command);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &r2t, ASSAY_R2T));
		ttt[i] = r2t.ttt;
	}
	CU_ASSERT_NOT_EQUAL(ttt[0], ttt[1]);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, ttt[0], 0, 0, 8192, true);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &r2t, ASSAY_R2T));
	ttt[2] = r2t.ttt;
	send_data(&command, ttt[1], 0, 8192, 8192, true);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, ttt[2], 0, 16384, 4096, true);
	expect_good();
	expect_stored(20480);
	session_end();
}

static void unsolicited(void)
{
	struct assay_pdu command, r2t;

	begin(SMALL_BURST);
	/* All of it, immediately. */
	command = peer_write(&p, 0, 0, 4);
	command.data = data;
	command.data_length = 2048;
	peer_send(&p, &command);
	expect_good();
	/* Immediate data, then Data-Out up to FirstBurstLength, then what R2T asks for. */
	command = peer_write(&p, 0, 0, 16);
	command.data = data;
	command.data_length = 1024;
	command.final = 0;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, ASSAY_TAG_RESERVED, 0, 1024, 1024, false);
	send_data(&command, ASSAY_TAG_RESERVED, 1, 2048, 2048, true);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &r2t, ASSAY_R2T));
	CU_ASSERT_EQUAL(r2t.buffer_offset, 4096);
	CU_ASSERT_EQUAL(r2t.desired_data_transfer_length, 4096);
	send_data(&command, r2t.ttt, 0, 4096, 4096, true);
	expect_good();
	expect_stored(8192);
	session_end();
}

static void unsolicited_that_was_not_agreed(void)
{
	struct assay_pdu command, r2t;

	begin("InitialR2T=Yes\nImmediateData=No\n");
	command = peer_write(&p, 0, 0, 1);
	command.data = data;
	command.data_length = 512;
	peer_send(&p, &command);
	expect_aborted(0x0c, 0x0c);
	command = peer_write(&p, 0, 0, 1);
	command.final = 0;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_silent(&p)); /* its data is still to come */
	send_data(&command, ASSAY_TAG_RESERVED, 0, 0, 512, true);
	expect_aborted(0x0c, 0x0c);
	command = begin_write(&r2t);
	send_data(&command, ASSAY_TAG_RESERVED, 0, 0, 512, true);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, r2t.ttt, 0, 0, r2t.desired_data_transfer_length, true);
	expect_aborted(0x0c, 0x0c);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void wrong_amounts(void)
{
	struct assay_pdu command, r2t;

	begin(SMALL_BURST);
	command = peer_write(&p, 0, 0, 16); /* more immediate data than FirstBurstLength */
	command.data = data;
	command.data_length = 4608;
	peer_send(&p, &command);
	expect_aborted(0x0c, 0x0d);
	command = peer_write(&p, 0, 0, 1); /* more than the command has */
	command.data = data;
	command.data_length = 1024;
	peer_send(&p, &command);
	expect_aborted(0x0c, 0x0d);
	command = peer_write(&p, 0, 0, 16); /* unsolicited data that ends before FirstBurstLength */
	command.final = 0;
	peer_send(&p, &command);
	send_data(&command, ASSAY_TAG_RESERVED, 0, 0, 2048, true);
	expect_aborted(0x0c, 0x0d);
	command = begin_write(&r2t); /* less than the R2T asks for */
	send_data(&command, r2t.ttt, 0, 0, 4096, true);
	expect_aborted(0x0c, 0x0d);
	command = begin_write(&r2t); /* more */
	send_data(&command, r2t.ttt, 0, 0, 8704, false);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, r2t.ttt, 1, 8192, 0, true);
	expect_aborted(0x0c, 0x0d);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void wrong_data_out(void)
{
	struct assay_pdu command, r2t, pdu;

	begin(SMALL_BURST);
	command = begin_write(&r2t); /* a tag that is not one of its R2Ts': the task goes on */
	send_data(&command, r2t.ttt + 100, 0, 0, 8192, true);
	session_expect_reject(0x09);
	send_data(&command, r2t.ttt, 0, 0, 8192, true);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &r2t, ASSAY_R2T));
	send_data(&command, r2t.ttt, 0, 8192, 8192, true);
	expect_good();
	send_data(&command, r2t.ttt, 0, 8192, 8192, true); /* the task is over */
	session_expect_reject(0x09);
	command = begin_write(&r2t); /* DataSN */
	send_data(&command, r2t.ttt, 1, 0, 8192, true);
	expect_aborted(0x47, 0x05);
	command = begin_write(&r2t); /* Buffer Offset */
	send_data(&command, r2t.ttt, 0, 512, 512, false);
	session_expect_reject(0x09);
	send_data(&command, r2t.ttt, 1, 0, 8192, true);
	expect_aborted(0x0c, 0x0d);
	command = begin_write(&r2t); /* LUN */
	pdu = data_out(&command, r2t.ttt, 0, 0, 8192, true);
	pdu.lun = UINT64_C(1) << 48;
	peer_send(&p, &pdu);
	session_expect_reject(0x09);
	expect_aborted(0x0c, 0x0d);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void write_residuals(void)
{
	struct assay_pdu command, pdu;

	begin("");
	command = peer_write(&p, 0, 0, 1);
	command.expected_data_transfer_length = 1024;
	command.data = data;
	command.data_length = 1024;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 0);
	CU_ASSERT_TRUE(pdu.underflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 512);
	command = peer_write(&p, 0, 0, 3);
	command.expected_data_transfer_length = 1024;
	command.data = data;
	command.data_length = 1024;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_TRUE(pdu.overflow);
	CU_ASSERT_EQUAL(pdu.residual_count, 512);
	/* An error is told only after the data that is on its way (section 11.4.2). */
	command = peer_write(&p, 0, 0x7fffffff, 1);
	command.final = 0;
	peer_send(&p, &command);
	CU_ASSERT_TRUE(peer_silent(&p));
	send_data(&command, ASSAY_TAG_RESERVED, 0, 0, 512, true);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 2);
	session_end();
}

/* ---- digests ---- */

#define DIGESTS "HeaderDigest=CRC32C\nDataDigest=CRC32C\n" SMALL_BURST

static void digests_both_ways(void)
{
	struct assay_pdu command;

	begin(DIGESTS);
	command = peer_write(&p, 0, 0, 4);
	command.data = data;
	command.data_length = 2048;
	peer_send(&p, &command);
	expect_good();
	expect_stored(2048);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void wrong_header_digest(void)
{
	struct assay_pdu nop;

	begin(DIGESTS);
	nop = peer_request(&p, ASSAY_NOP_OUT);
	nop.overrides = ASSAY_OVERRIDE_HEADER_DIGEST;
	nop.header_digest = 1;
	peer_send(&p, &nop);
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
	/* A length that is wrong because the header is: nothing waits for those bytes. */
	begin(DIGESTS);
	nop = peer_request(&p, ASSAY_NOP_OUT);
	nop.overrides = ASSAY_OVERRIDE_HEADER_DIGEST | ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	nop.data_segment_length = 100000;
	nop.header_digest = 1;
	peer_send(&p, &nop);
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
}

static void wrong_data_digest(void)
{
	struct assay_pdu command, r2t, pdu;

	begin(DIGESTS);
	command = begin_write(&r2t);
	pdu = data_out(&command, r2t.ttt, 0, 0, 4096, false);
	pdu.overrides = ASSAY_OVERRIDE_DATA_DIGEST;
	pdu.data_digest = 1;
	peer_send(&p, &pdu);
	session_expect_reject(0x02);
	CU_ASSERT_TRUE(peer_silent(&p)); /* until the F bit */
	send_data(&command, r2t.ttt, 1, 4096, 4096, true);
	expect_aborted(0x47, 0x05);
	/* A command is discarded as if it had never come: its CmdSN is still expected. */
	command = peer_write(&p, 0, 0, 4);
	command.data = data;
	command.data_length = 2048;
	command.overrides = ASSAY_OVERRIDE_DATA_DIGEST;
	command.data_digest = 1;
	peer_send(&p, &command);
	session_expect_reject(0x02);
	command.overrides = 0;
	peer_send(&p, &command);
	expect_good();
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

/* ---- output ---- */

/* A peer that asks for much and reads nothing: no more is made than it takes, and all comes in the end. */
static void much_at_once(void)
{
	struct assay_pdu command, pdu;
	uint64_t total = 0;

	begin("MaxRecvDataSegmentLength=262144\nMaxBurstLength=1048576\n");
	for (int i = 0; i < 60; i++) {
		command = peer_read(&p, 0, 0, 2048);
		peer_send(&p, &command);
	}
	for (int i = 0; i < 60;) {
		CU_ASSERT_TRUE_FATAL(peer_expect(&p, &pdu, ASSAY_DATA_IN));
		total += pdu.data_length;
		i += pdu.status_present;
	}
	CU_ASSERT_EQUAL(total, UINT64_C(60) << 20);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void too_long_a_pdu(void)
{
	struct assay_pdu nop;

	begin("");
	nop = peer_request(&p, ASSAY_NOP_OUT);
	nop.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	nop.data_segment_length = 262145;
	peer_send(&p, &nop);
	session_expect_reject(0x04);
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
}

static CU_TestInfo tests[] = { { "read", read_in_sequences }, { "read residuals", read_residuals },
	{ "CHECK CONDITION", check_condition_is_no_data_in }, { "R2T", write_by_r2t },
	{ "several R2Ts", several_r2ts }, UNIT_TEST(unsolicited),
	{ "not agreed", unsolicited_that_was_not_agreed }, { "wrong amounts", wrong_amounts },
	{ "wrong Data-Out", wrong_data_out }, { "write residuals", write_residuals },
	{ "digests", digests_both_ways }, { "header digest", wrong_header_digest },
	{ "data digest", wrong_data_digest }, { "much at once", much_at_once },
	{ "too long", too_long_a_pdu }, CU_TEST_INFO_NULL };

int main(void)
{
	return unit_run("data", tests);
}
