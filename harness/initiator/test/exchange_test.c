/* exchange_test.c - PDUs, pings, text, logout and task management in the full feature phase, and what is said to the tap. */
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "initiator/test/script.h"
#include "test/unit.h"

static unsigned forgiven; /* findings against the initiator that a test provokes */

/* A connection in the full feature phase to a target that then answers with fn; the rules watch it. */
static struct assay_initiator *logged_in(struct assay_initiator_config *c, struct script **out,
	void (*fn)(struct script *s, const struct assay_pdu *request))
{
	struct script *s = script_new(script_agree);

	*out = s;
	*c = script_config(s);
	c->tap = script_watch(s);
	forgiven = 0;

	struct assay_initiator *i = script_open(c);

	CU_ASSERT_EQUAL_FATAL(assay_login(i), 0);
	s->answer = fn;
	s->count = 0;
	return i;
}

static void leave(struct assay_initiator *i, struct script *s)
{
	struct assay_tap *tap = i->config->tap;

	assay_initiator_free(i);
	CU_ASSERT_EQUAL(s->closed, 1);
	CU_ASSERT_EQUAL(s->blamed, forgiven);
	assay_tap_free(tap);
	free(s);
}

static void numbers_move_by_themselves(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, script_agree);
	struct assay_pdu pdu;

	CU_ASSERT_EQUAL(assay_nop(i, "ping", 4, &pdu), 0);
	CU_ASSERT_EQUAL(memcmp(pdu.data, "ping", 4), 0);
	CU_ASSERT_EQUAL(assay_barrier(i), 0);
	CU_ASSERT_EQUAL(s->heard[0].cmd_sn, 1);
	CU_ASSERT_EQUAL(s->heard[0].exp_stat_sn, 101);
	CU_ASSERT_EQUAL(s->heard[0].ttt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(s->heard[1].cmd_sn, 2);
	CU_ASSERT_EQUAL(s->heard[1].exp_stat_sn, 102);
	CU_ASSERT_NOT_EQUAL(s->heard[0].itt, s->heard[1].itt);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	pdu.immediate = 1;
	CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 3);
	CU_ASSERT_EQUAL(assay_await(i, &pdu, pdu.itt), 0);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	pdu.cmd_sn += 5;
	forgiven = 1;
	CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 3);
	leave(i, s);
}

/* A ping, an event and a Reject before the answer. */
static void talkative(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	if (request->itt == ASSAY_TAG_RESERVED)
		return;
	script_make(s, &pdu, ASSAY_NOP_IN, NULL);
	pdu.ttt = 0x1234;
	pdu.lun = UINT64_C(1) << 48;
	script_say(s, &pdu);
	script_make(s, &pdu, ASSAY_NOP_IN, NULL);
	script_say(s, &pdu);
	script_make(s, &pdu, ASSAY_ASYNC_MESSAGE, NULL);
	pdu.async_event = 1;
	pdu.parameter3 = 9;
	pdu.data = (const uint8_t *)"xy";
	pdu.data_length = 2;
	script_say(s, &pdu);
	if (s->step > 0) {
		script_make(s, &pdu, ASSAY_REJECT, NULL);
		pdu.reason = 9;
		script_say(s, &pdu);
	}
	script_agree(s, request);
}

static void pings_are_answered_and_events_kept(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, talkative);
	struct assay_pdu pdu;

	CU_ASSERT_EQUAL(assay_barrier(i), 0);
	CU_ASSERT_EQUAL_FATAL(s->count, 2);
	CU_ASSERT_EQUAL(s->heard[1].opcode, ASSAY_NOP_OUT);
	CU_ASSERT_EQUAL(s->heard[1].itt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(s->heard[1].ttt, 0x1234);
	CU_ASSERT_EQUAL(s->heard[1].lun, UINT64_C(1) << 48);
	CU_ASSERT_TRUE(s->heard[1].immediate);
	CU_ASSERT_EQUAL(i->async.opcode, ASSAY_ASYNC_MESSAGE);
	CU_ASSERT_EQUAL(i->async.parameter3, 9);
	CU_ASSERT_PTR_NULL(i->async.data);
	CU_ASSERT_EQUAL(i->exp_stat_sn, 103);
	s->step = 1;
	CU_ASSERT_EQUAL(assay_nop(i, NULL, 0, &pdu), ASSAY_E_REJECT);
	CU_ASSERT_EQUAL(pdu.reason, 9);
	CU_ASSERT_EQUAL(assay_recv(i, &pdu), 0);
	CU_ASSERT_EQUAL(assay_barrier(i), ASSAY_E_PROTOCOL);
	CU_ASSERT_PTR_NOT_NULL(strstr(i->error.message, "Reject"));
	leave(i, s);
}

static void ping_flood(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	(void)request;
	script_make(s, &pdu, ASSAY_NOP_IN, NULL);
	pdu.ttt = 1;
	script_say(s, &pdu);
}

static void a_flood_of_pings_ends(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, ping_flood);

	CU_ASSERT_EQUAL(assay_nop(i, NULL, 0, NULL), ASSAY_E_PROTOCOL);
	leave(i, s);
}

/* SendTargets in three parts; each but the last asks for an empty request with its TTT. */
static void three_parts(struct script *s, const struct assay_pdu *request)
{
	static const char *const parts[] = { "TargetName=iqn.2026", "-01.test:t1",
		"\0TargetAddress=10.0.0.1:3260,1\0" };
	static const size_t lengths[] = { 19, 11, 32 };
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_TEXT_RESPONSE, request);
	pdu.final = s->step == 2;
	pdu.cont = s->step < 2;
	pdu.ttt = pdu.final ? ASSAY_TAG_RESERVED : 0x77 + s->step;
	pdu.lun = pdu.final ? 0 : 5;
	pdu.data = (const uint8_t *)parts[s->step];
	pdu.data_length = (uint32_t)lengths[s->step];
	s->step++;
	script_say(s, &pdu);
}

static void text_is_joined(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, three_parts);
	struct assay_pair pair;
	const char *text;
	long n = assay_send_targets(i, &text, "All");

	CU_ASSERT_EQUAL_FATAL(n, 62);
	CU_ASSERT_EQUAL(assay_text_find(&pair, text, (size_t)n, "TargetName"), 1);
	CU_ASSERT_TRUE(assay_value_is(&pair, "iqn.2026-01.test:t1"));
	CU_ASSERT_TRUE(script_heard(s, 0, "SendTargets", "All"));
	CU_ASSERT_EQUAL(s->heard[0].ttt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(s->heard[1].ttt, 0x77);
	CU_ASSERT_EQUAL(s->heard[2].ttt, 0x78);
	CU_ASSERT_EQUAL(s->heard[2].lun, 5);
	CU_ASSERT_EQUAL(s->heard[2].itt, s->heard[0].itt);
	CU_ASSERT_EQUAL(s->heard[2].cmd_sn, 3);
	CU_ASSERT_EQUAL(s->heard[2].data_length, 0);
	leave(i, s);
}

/* Wants more for as long as a request has C=1, then agrees. */
static void collecting(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_TEXT_RESPONSE, request);
	pdu.final = request->final;
	pdu.ttt = request->final ? ASSAY_TAG_RESERVED : 3;
	if (request->final) {
		pdu.data = (const uint8_t *)"MaxRecvDataSegmentLength=512";
		pdu.data_length = 29;
	}
	script_say(s, &pdu);
}

static void long_text_is_sent_in_parts(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, collecting);
	static char said[9000] = "MaxRecvDataSegmentLength=1024";
	const char *text;

	CU_ASSERT_EQUAL(assay_text(i, &text, said, sizeof(said)), 29);
	CU_ASSERT_EQUAL_FATAL(s->count, 2);
	CU_ASSERT_TRUE(s->heard[0].cont && !s->heard[0].final);
	CU_ASSERT_TRUE(!s->heard[1].cont && s->heard[1].final);
	CU_ASSERT_EQUAL(s->heard[1].ttt, 3);
	CU_ASSERT_EQUAL(s->heard[1].data_length, 9000 - 8192);
	CU_ASSERT_EQUAL(i->negotiation.params.initiator_max_recv, 1024);
	CU_ASSERT_EQUAL(i->negotiation.params.target_max_recv, 512);
	leave(i, s);
}

static void endless_text(struct script *s, const struct assay_pdu *request)
{
	struct assay_pdu pdu;

	script_make(s, &pdu, ASSAY_TEXT_RESPONSE, request);
	pdu.final = 0;
	pdu.ttt = 1;
	pdu.data = s->texts;
	pdu.data_length = s->step ? 8192 : 0;
	script_say(s, &pdu);
}

static void endless_text_ends(void)
{
	for (unsigned step = 0; step < 2; step++) {
		struct assay_initiator_config c;
		struct script *s;
		struct assay_initiator *i = logged_in(&c, &s, endless_text);
		const char *text;

		s->step = step;
		CU_ASSERT_EQUAL(
			assay_send_targets(i, &text, "All"), step ? ASSAY_E_TOO_LONG : ASSAY_E_PROTOCOL);
		leave(i, s);
	}
}

static void logout_and_task_management(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, script_agree);
	struct assay_pdu pdu;
	const uint8_t test_unit_ready[6] = { 0 };
	struct assay_task task;

	assay_task_init(&task, 0, test_unit_ready, sizeof(test_unit_ready));
	CU_ASSERT_EQUAL(assay_task_run(i, &task), 0);
	CU_ASSERT_EQUAL(assay_task_management(i, 1, 0, task.itt, &pdu), 0);
	CU_ASSERT_EQUAL(pdu.opcode, ASSAY_TASK_MANAGEMENT_RESPONSE);
	CU_ASSERT_EQUAL(s->heard[1].rtt, task.itt);
	CU_ASSERT_EQUAL(s->heard[1].ref_cmd_sn, 1);
	CU_ASSERT_EQUAL(s->heard[1].cmd_sn, 2);
	CU_ASSERT_TRUE(s->heard[1].immediate);
	CU_ASSERT_EQUAL(assay_task_management(i, 1, 0, 0x4444, NULL), 0);
	CU_ASSERT_EQUAL(s->heard[2].ref_cmd_sn, s->heard[2].cmd_sn);
	CU_ASSERT_EQUAL(assay_logout(i, 1, &pdu), 0);
	CU_ASSERT_EQUAL(s->heard[3].reason, 1);
	CU_ASSERT_FALSE(i->full_feature);
	CU_ASSERT_EQUAL(assay_await_close(i, &pdu), ASSAY_E_TIMEOUT);
	s->closing = true;
	CU_ASSERT_EQUAL(assay_await_close(i, &pdu), 0);
	leave(i, s);
}

/* Never opens the window again, or after 3 s, by itself. */
static void open_window(struct script *s)
{
	struct assay_pdu pdu;

	s->max_cmd_sn = s->exp_cmd_sn;
	script_make(s, &pdu, ASSAY_NOP_IN, NULL);
	script_say(s, &pdu);
}

static void closing_window(struct script *s, const struct assay_pdu *request)
{
	s->max_cmd_sn = s->exp_cmd_sn - 1;
	script_agree(s, request);
	if (s->step > 0) {
		s->on_timer = open_window;
		s->timer = s->clock.now + 3 * ASSAY_SECOND;
	}
}

static void a_closed_window_is_waited_for(void)
{
	for (unsigned step = 0; step < 2; step++) {
		struct assay_initiator_config c;
		struct script *s;
		struct assay_initiator *i = logged_in(&c, &s, closing_window);
		const uint8_t test_unit_ready[6] = { 0 };
		struct assay_task task;

		s->step = step;
		i->session->max_cmd_sn = 1; /* serial numbers only grow: as if the login had said so */
		CU_ASSERT_EQUAL(assay_nop(i, NULL, 0, NULL), 0);
		assay_task_init(&task, 0, test_unit_ready, sizeof(test_unit_ready));
		CU_ASSERT_EQUAL(assay_task_run(i, &task), step ? 0 : ASSAY_E_TIMEOUT);
		CU_ASSERT_EQUAL(s->clock.now, step ? 3 * ASSAY_SECOND : c.timeout);
		leave(i, s);
	}
}

static void silent(struct script *s, const struct assay_pdu *request)
{
	(void)s;
	(void)request;
}

static void raw_bytes_and_pieces(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, silent);
	uint8_t bytes[256];
	struct assay_pdu pdu;

	assay_tap_free(c.tap);
	c.tap = assay_tap_new(1 << 20, NULL, NULL);
	assay_make(i, &pdu, ASSAY_NOP_OUT);

	long n = assay_pdu_encode(bytes, sizeof(bytes), &pdu, 0);

	CU_ASSERT_EQUAL(assay_send_bytes(i, bytes, (size_t)n), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 2);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	assay_pdu_encode(bytes, sizeof(bytes), &pdu, 0);
	CU_ASSERT_EQUAL(assay_send_bytes(i, bytes, 20), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 2);
	CU_ASSERT_EQUAL(assay_send_bytes(i, bytes + 20, (size_t)n - 20), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 3);
	CU_ASSERT_EQUAL(assay_tap_count(c.tap), 3);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 0)->kind, ASSAY_TAP_PDU);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 2)->kind, ASSAY_TAP_BYTES);
	CU_ASSERT_EQUAL(i->last_sent, 3);
	CU_ASSERT_EQUAL(s->count, 2);

	/* A length that lies: what follows belongs to the same PDU until it is whole. */
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	pdu.data_segment_length = 48;
	pdu.overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH;
	CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
	CU_ASSERT_EQUAL(i->session->cmd_sn, 4);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
	CU_ASSERT_EQUAL(s->count, 3);
	CU_ASSERT_EQUAL(i->pieces_length, 0);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	CU_ASSERT_EQUAL(assay_send(i, &pdu), 0);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, assay_tap_count(c.tap) - 1)->kind, ASSAY_TAP_PDU);
	assay_initiator_reset(i);
	CU_ASSERT_EQUAL(s->resets, 1);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, assay_tap_count(c.tap) - 1)->kind, ASSAY_TAP_RESET);
	CU_ASSERT_EQUAL(assay_send(i, &pdu), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_recv(i, &pdu), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_login(i), ASSAY_E_INVAL);
	leave(i, s);
}

static void half_a_pdu(struct script *s, const struct assay_pdu *request)
{
	(void)request;
	script_say_bytes(s, "half of a header", 16);
	s->closing = true;
}

static void the_tap_sees_the_end(void)
{
	struct assay_initiator_config c;
	struct script *s;
	struct assay_initiator *i = logged_in(&c, &s, half_a_pdu);
	struct assay_pdu pdu;

	assay_tap_free(c.tap);
	c.tap = assay_tap_new(1 << 20, NULL, NULL);
	assay_make(i, &pdu, ASSAY_NOP_OUT);
	assay_send(i, &pdu);
	CU_ASSERT_EQUAL(assay_await_close(i, &pdu), ASSAY_E_PROTOCOL);
	CU_ASSERT_EQUAL(assay_recv(i, &pdu), ASSAY_E_CLOSED);
	CU_ASSERT_EQUAL_FATAL(assay_tap_count(c.tap), 3);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 1)->kind, ASSAY_TAP_BYTES);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 1)->length, 16);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 2)->kind, ASSAY_TAP_CLOSE);
	CU_ASSERT_EQUAL(assay_tap_at(c.tap, 2)->dir, ASSAY_TO_INITIATOR);
	assay_initiator_close(i);
	CU_ASSERT_EQUAL(assay_tap_count(c.tap), 3);
	leave(i, s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(numbers_move_by_themselves),
	UNIT_TEST(pings_are_answered_and_events_kept),
	UNIT_TEST(a_flood_of_pings_ends),
	UNIT_TEST(text_is_joined),
	UNIT_TEST(long_text_is_sent_in_parts),
	UNIT_TEST(endless_text_ends),
	UNIT_TEST(logout_and_task_management),
	UNIT_TEST(a_closed_window_is_waited_for),
	UNIT_TEST(raw_bytes_and_pieces),
	UNIT_TEST(the_tap_sees_the_end),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("exchange", tests);
}
