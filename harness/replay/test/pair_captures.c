/* pair_captures.c - see pair_captures.h. */
#include "pair_captures.h"

struct pair p;

void play_both(void)
{
	struct assay_script *s = take_capture();

	CU_ASSERT_TRUE(pair_play(&p, s, s));
	assay_script_free(s);
}

void play_captures(struct assay_script *initiator, struct assay_script *target)
{
	p.quiet = true;
	CU_ASSERT_TRUE(pair_play(&p, initiator, target));
	assay_script_free(initiator);
	assay_script_free(target);
}

void begin(void)
{
	live_clear();
	pair_init(&p);
}

void expect_the_same(void)
{
	CU_ASSERT_EQUAL(p.result, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].count, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].count, 0);
	CU_ASSERT_TRUE(p.done);
}

void exchange(unsigned connection, uint32_t n)
{
	captured(connection, command(2 + n, 100 + n, 0x12));
	captured(connection, response(2 + n, 51 + n, 101 + n));
}

struct assay_pdu reject_of(const struct assay_pdu *refused, uint32_t stat_sn, uint32_t exp_cmd_sn)
{
	static uint8_t header[ASSAY_BHS_LENGTH];

	CU_ASSERT_FATAL(assay_pdu_encode(header, sizeof(header), refused, 0) > 0);
	return (struct assay_pdu){ .opcode = ASSAY_REJECT,
		.final = 1,
		.reason = 4,
		.itt = ASSAY_TAG_RESERVED,
		.stat_sn = stat_sn,
		.exp_cmd_sn = exp_cmd_sn,
		.max_cmd_sn = exp_cmd_sn + 31,
		.data = header,
		.data_length = sizeof(header) };
}

void capture_reject(void)
{
	struct assay_pdu refused = command(2, 100, 0x12);

	captured_login(0);
	captured(0, refused);
	captured(0, reject_of(&refused, 51, 100));
	captured(0, command(3, 100, 0x25));
	captured(0, response(3, 52, 101));
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}

struct assay_pdu nop_in(uint32_t ttt, uint32_t stat_sn, uint32_t exp_cmd_sn, uint32_t max_cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_NOP_IN,
		.final = 1,
		.itt = ASSAY_TAG_RESERVED,
		.ttt = ttt,
		.stat_sn = stat_sn,
		.exp_cmd_sn = exp_cmd_sn,
		.max_cmd_sn = max_cmd_sn };
}

struct assay_pdu pong(uint32_t ttt, uint32_t cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_NOP_OUT,
		.final = 1,
		.immediate = 1,
		.itt = ASSAY_TAG_RESERVED,
		.ttt = ttt,
		.cmd_sn = cmd_sn,
		.exp_stat_sn = 51 };
}

struct assay_pdu write_command(uint32_t itt, uint32_t cmd_sn)
{
	struct assay_pdu pdu = command(itt, cmd_sn, 0x2a);

	pdu.write = 1;
	pdu.expected_data_transfer_length = 8;
	return pdu;
}

struct assay_pdu r2t(uint32_t itt, uint32_t offset, uint32_t r2t_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_R2T,
		.final = 1,
		.itt = itt,
		.ttt = 33 + offset,
		.stat_sn = 51,
		.exp_cmd_sn = 101,
		.max_cmd_sn = 132,
		.r2t_sn = r2t_sn,
		.buffer_offset = offset,
		.desired_data_transfer_length = 4 };
}

struct assay_pdu data_out(uint32_t itt, uint32_t offset, const char *data)
{
	return (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = itt,
		.ttt = 33 + offset,
		.exp_stat_sn = 51,
		.buffer_offset = offset,
		.data = (const uint8_t *)data,
		.data_length = 4 };
}

void capture_write(const char *second)
{
	captured_login(0);
	captured(0, write_command(2, 100));
	captured(0, r2t(2, 0, 0));
	captured(0, data_out(2, 0, "abcd"));
	captured(0, r2t(2, 4, 1));
	captured(0, data_out(2, 4, second));
	captured(0, response(2, 51, 101));
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}

struct assay_script *begin_other_write(void)
{
	struct assay_script *initiator;

	begin();
	capture_write("efgh");
	initiator = take_capture();
	captured_login(0);
	captured(0, write_command(2, 100));
	captured(0, r2t(2, 0, 0));
	return initiator;
}

void capture_window(bool opens)
{
	struct assay_pdu closing = response(2, 51, 101);

	open_captured(0);
	captured(0, login_request(UINT64_C(0x800000000001), 1, 100));
	captured(0, login_response(7, 100));
	captured(0, command(2, 100, 0x12));
	closing.max_cmd_sn = 100;
	captured(0, closing);
	if (opens)
		captured(0, nop_in(ASSAY_TAG_RESERVED, 52, 101, 101));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}
