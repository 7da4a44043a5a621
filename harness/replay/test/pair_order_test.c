/*
 * pair_order_test.c - both drivers against one another: what a capture says by its silence and by its order, Asynchronous Messages, R2Ts for other pieces, numbers and challenges that come twice. What counts,
 * and what the standard leaves to the target.
 */
#include "pair_captures.h"

static struct assay_pdu task_management(uint32_t itt, uint8_t function, uint32_t cmd_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_TASK_MANAGEMENT_REQUEST,
		.final = 1,
		.immediate = 1,
		.function = function,
		.itt = itt,
		.rtt = function == 1 ? 2 : ASSAY_TAG_RESERVED,
		.cmd_sn = cmd_sn,
		.ref_cmd_sn = 100,
		.exp_stat_sn = 51 };
}

static struct assay_pdu managed(uint32_t itt, uint32_t stat_sn, uint32_t exp_cmd_sn)
{
	struct assay_pdu pdu = response(itt, stat_sn, exp_cmd_sn);

	pdu.opcode = ASSAY_TASK_MANAGEMENT_RESPONSE;
	return pdu;
}

static void captured_close(void)
{
	captured_end(0, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}

static void expect(uint64_t differing, const char *what)
{
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, differing);
	CU_ASSERT_EQUAL(pair_told(&p, ASSAY_INITIATOR, what), differing > 0);
}

/* ---- silence ---- */

/* The first of two commands has no answer in the capture, and its connection ends, or not; live it has. */
static void play_silence(bool later, bool end)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, command(3, 101, 0x25));
	if (later)
		captured(0, response(3, 51, 102));
	if (end)
		captured_close();
	initiator = take_capture();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	play_captures(initiator, take_capture());
}

static void an_answer_to_what_had_none(void)
{
	play_silence(true, true);
	expect(1, "answer");
	CU_ASSERT_EQUAL(p.replayed.uncompared, 0);
}

static void silence_that_may_be_none(void)
{
	play_silence(false, true); /* nobody was answered any more */
	expect(0, "answer");
	CU_ASSERT_EQUAL(p.replayed.uncompared, 2);
	play_silence(true, false); /* the answer may be behind the capture's end */
	expect(0, "answer");
	CU_ASSERT_EQUAL(p.replayed.uncompared, 1);
}

/* The task is aborted in the capture; live it ends before, or after it was aborted. */
static void play_abort(bool late)
{
	struct assay_script *initiator;

	begin();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, task_management(3, 1, 101));
	captured(0, managed(3, 51, 101));
	captured(0, command(4, 101, 0x25));
	captured(0, response(4, 52, 102));
	captured_close();
	initiator = take_capture();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	if (!late)
		captured(0, response(2, 51, 101));
	captured(0, task_management(3, 1, 101));
	captured(0, managed(3, late ? 51 : 52, 101));
	if (late)
		captured(0, response(2, 52, 101));
	captured(0, command(4, 101, 0x25));
	captured(0, response(4, 53, 102));
	play_captures(initiator, take_capture());
}

static void an_answer_after_the_abort(void)
{
	play_abort(true);
	expect(1, "answer");
	play_abort(false); /* it was there first */
	expect(0, "answer");
}

/* ---- order ---- */

static void independent_answers(void)
{
	struct assay_script *initiator;

	begin();
	for (unsigned n = 0; n < 2; n++) {
		captured_login(0);
		captured(0, command(2, 100, 0x12));
		captured(0, command(3, 101, 0x25));
		captured(0, response(n ? 3 : 2, 51, 102));
		captured(0, response(n ? 2 : 3, 52, 102));
		captured_close();
		if (!n)
			initiator = take_capture();
	}
	play_captures(initiator, take_capture());
	expect(0, "order");
	CU_ASSERT_EQUAL(p.replayed.compared, 3);
}

/* A function comes while a write waits for its data; its answer comes behind the data, or before it. */
static void capture_function(uint8_t function, bool waits)
{
	captured_login(0);
	captured(0, write_command(2, 100));
	captured(0, r2t(2, 0, 0));
	captured(0, task_management(3, function, 101));
	if (!waits)
		captured(0, managed(3, 51, 101));
	captured(0, data_out(2, 0, "abcd"));
	if (waits)
		captured(0, managed(3, 51, 101));
	captured(0, command(4, 101, 0x25));
	captured(0, response(4, 52, 102));
	captured_close();
}

static void functions_that_wait_for_data(void)
{
	static const struct {
		uint8_t function;
		bool waits;
	} cases[] = { { 1, false }, { 2, true }, { 4, true }, { 5, true }, { 6, true }, { 7, true } };

	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct assay_script *initiator;

		begin();
		capture_function(cases[n].function, true);
		initiator = take_capture();
		capture_function(cases[n].function, false);
		play_captures(initiator, take_capture());
		expect(cases[n].waits, "order");
	}
}

/* There is no leave to write: the function waits for no data. */
static void a_write_that_does_not_go_out(void)
{
	struct assay_script *initiator;

	begin();
	capture_function(4, true);
	initiator = take_capture();
	captured_login(0);
	captured(0, task_management(3, 4, 100));
	captured(0, managed(3, 51, 100));
	captured(0, command(4, 100, 0x25));
	captured(0, response(4, 52, 101));
	p.leave.lun_count = 0; /* any unit may be there */
	play_captures(initiator, take_capture());
	expect(0, "order");
	CU_ASSERT_EQUAL(p.replayed.writes, 1);
}

/* Two come out of order; the function that is behind both waits for the one that is missing. */
static void capture_gap(bool waits)
{
	struct assay_pdu early = managed(4, 51, waits ? 102 : 100);

	captured_login(0);
	captured(0, command(3, 101, 0x25));
	captured(0, task_management(4, 2, 102));
	if (!waits)
		captured(0, early);
	captured(0, command(2, 100, 0x12));
	if (waits)
		captured(0, early);
	captured(0, command(5, 102, 0x25));
	captured(0, response(5, 52, 103));
	captured_close();
}

static void a_function_waits_for_commands(void)
{
	struct assay_script *initiator;

	begin();
	capture_gap(true);
	initiator = take_capture();
	capture_gap(false);
	play_captures(initiator, take_capture());
	expect(1, "order");
}

/* A status while data of the write is still to come. */
static void an_answer_before_its_data(void)
{
	struct assay_script *initiator = begin_other_write();

	captured(0, response(2, 51, 101));
	captured(0, data_out(2, 0, "abcd"));
	play_captures(initiator, take_capture());
	expect(1, "order");
}

/* ---- Asynchronous Messages ---- */

static struct assay_pdu event(uint8_t code, uint32_t stat_sn)
{
	return (struct assay_pdu){ .opcode = ASSAY_ASYNC_MESSAGE,
		.final = 1,
		.async_event = code,
		.itt = ASSAY_TAG_RESERVED,
		.stat_sn = stat_sn,
		.exp_cmd_sn = 100,
		.max_cmd_sn = 131 };
}

/* code 0xff..: none; the first one is in the initiator's capture, the other one in the target's. */
static void play_events(int code, int live)
{
	struct assay_script *initiator;

	begin();
	for (unsigned n = 0; n < 2; n++) {
		int now = n ? live : code;

		captured_login(0);
		if (now >= 0)
			captured(0, event((uint8_t)now, 51));
		captured(0, command(2, 100, 0x12));
		captured(0, response(2, now >= 0 ? 52 : 51, 101));
		captured_close();
		if (!n)
			initiator = take_capture();
	}
	play_captures(initiator, take_capture());
}

static void events(void)
{
	play_events(5, 5);
	expect(0, "event");
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].noted, 0);
	CU_ASSERT_EQUAL(p.replayed.compared, 3);
	play_events(5, -1);
	expect(1, "event");
	play_events(-1, 5);
	expect(1, "event");
	play_events(100, 5);
	expect(2, "event");
}

static void events_of_its_own(void)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 4, 255 };

	for (size_t n = 0; n < sizeof(codes); n++) {
		play_events(-1, codes[n]);
		expect(0, "event");
		CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].noted, 1);
		play_events(codes[n], -1);
		expect(0, "event");
		CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].noted, 1);
		CU_ASSERT_TRUE(p.clock.now < 2 * ASSAY_SECOND); /* not waited for */
	}
}

/* ---- R2Ts ---- */

static void data_asked_for_twice(void)
{
	struct assay_script *initiator = begin_other_write();

	captured(0, data_out(2, 0, "abcd"));
	captured(0, r2t(2, 0, 1));
	captured(0, data_out(2, 0, "abcd"));
	captured(0, r2t(2, 4, 2));
	captured(0, data_out(2, 4, "efgh"));
	captured(0, response(2, 51, 101));
	play_captures(initiator, take_capture());
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "data asked for"));
}

static void data_asked_for_in_other_pieces(void)
{
	struct assay_script *initiator;
	struct assay_pdu whole = r2t(2, 0, 0), data = data_out(2, 0, "abcd");

	begin();
	capture_write("efgh");
	initiator = take_capture();
	whole.desired_data_transfer_length = 8;
	data.data = (const uint8_t *)"abcdefgh";
	data.data_length = 8;
	captured_login(0);
	captured(0, write_command(2, 100));
	captured(0, whole);
	captured(0, data);
	captured(0, response(2, 51, 101));
	play_captures(initiator, take_capture());
	expect(0, "data asked for");
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].noted, 1);
	CU_ASSERT_EQUAL(p.replayed.made, 1);
}

static void one_tag_for_two(void)
{
	struct assay_script *initiator;

	begin();
	for (unsigned n = 0; n < 2; n++) {
		struct assay_pdu second = r2t(2, 4, 1), data = data_out(2, 4, "efgh");

		if (n)
			second.ttt = data.ttt = 33;
		captured_login(0);
		captured(0, write_command(2, 100));
		captured(0, r2t(2, 0, 0));
		captured(0, second);
		captured(0, data_out(2, 0, "abcd"));
		captured(0, data);
		captured(0, response(2, 51, 101));
		if (!n)
			initiator = take_capture();
	}
	play_captures(initiator, take_capture());
	CU_ASSERT_TRUE(pair_told(&p, ASSAY_INITIATOR, "Target Transfer Tags at a time"));
}

/* ---- logins ---- */

static void capture_two(uint16_t tsih, const char *challenge)
{
	for (unsigned n = 0; n < 2; n++) {
		struct assay_pdu answer = login_response(n ? tsih : 7, 131);

		open_captured(n);
		captured(n, login_request(UINT64_C(0x800000000001) + n, 1, 100));
		answer.isid += n;
		if (n && challenge)
			answer.data = (const uint8_t *)challenge;
		else if (challenge)
			answer.data = (const uint8_t *)"CHAP_I=1\0CHAP_C=0x0102";
		if (challenge)
			answer.data_length = sizeof("CHAP_I=1\0CHAP_C=0x0102");
		captured(n, answer);
	}
	for (unsigned n = 0; n < 2; n++)
		captured_end(n, ASSAY_INITIATOR, ASSAY_FLOW_FIN);
}

static void sessions_with_one_tsih(void)
{
	struct assay_script *initiator;

	begin();
	capture_two(8, NULL);
	initiator = take_capture();
	capture_two(7, NULL);
	play_captures(initiator, take_capture());
	expect(1, "TSIH");
}

static void one_challenge_for_two(void)
{
	struct assay_script *initiator;

	begin();
	capture_two(8, "CHAP_I=1\0CHAP_C=0x0304");
	initiator = take_capture();
	capture_two(8, "CHAP_I=1\0CHAP_C=0x0102");
	play_captures(initiator, take_capture());
	expect(1, "CHAP_C");
}

static CU_TestInfo tests[] = {
	UNIT_TEST(an_answer_to_what_had_none),
	UNIT_TEST(silence_that_may_be_none),
	UNIT_TEST(an_answer_after_the_abort),
	UNIT_TEST(independent_answers),
	UNIT_TEST(functions_that_wait_for_data),
	UNIT_TEST(a_write_that_does_not_go_out),
	UNIT_TEST(a_function_waits_for_commands),
	UNIT_TEST(an_answer_before_its_data),
	UNIT_TEST(events),
	UNIT_TEST(events_of_its_own),
	UNIT_TEST(data_asked_for_twice),
	UNIT_TEST(data_asked_for_in_other_pieces),
	UNIT_TEST(one_tag_for_two),
	UNIT_TEST(sessions_with_one_tsih),
	UNIT_TEST(one_challenge_for_two),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("pair_order", tests);
}
