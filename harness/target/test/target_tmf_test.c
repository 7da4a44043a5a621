/* target_tmf_test.c - task management. RFC 7143 sections 4.2.3 and 11.5. */
#include <string.h>

#include "session.h"
#include "test/unit.h"

/* ---- task management ---- */

static struct assay_pdu tmf(uint8_t function, uint64_t lun)
{
	struct assay_pdu pdu = peer_request(&p, ASSAY_TASK_MANAGEMENT_REQUEST);

	pdu.immediate = 1;
	pdu.function = function;
	pdu.lun = lun << 48;
	pdu.rtt = ASSAY_TAG_RESERVED;
	p.cmd_sn--;
	return pdu;
}

static int send_tmf(struct assay_pdu *request)
{
	struct assay_pdu pdu;

	peer_send(&p, request);
	if (!peer_expect(&p, &pdu, ASSAY_TASK_MANAGEMENT_RESPONSE) || pdu.itt != request->itt)
		return -1;
	return pdu.response;
}

static void simple_functions(void)
{
	static const struct {
		uint8_t function;
		uint64_t lun;
		int response;
	} rows[] = { { 2, 0, 0 }, { 4, 0, 0 }, { 5, 0, 0 }, { 6, 0, 0 }, { 2, 5, 2 }, { 1, 5, 2 },
		{ 5, 5, 2 }, { 3, 0, 5 }, { 8, 0, 4 }, { 9, 0, 5 }, { 0, 0, 5 }, { 127, 0, 5 } };

	session_begin("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pdu pdu = tmf(rows[i].function, rows[i].lun);

		CU_ASSERT_EQUAL(send_tmf(&pdu), rows[i].response);
	}
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void abort_task(void)
{
	struct assay_pdu write, pdu, in;

	session_begin("InitialR2T=Yes\nImmediateData=No\n");
	write = peer_write(&p, 0, 0, 1);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(1, 0);
	pdu.rtt = write.itt;
	pdu.ref_cmd_sn = write.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	/* Its data, which was on the way, is passed over. */
	pdu = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = in.itt,
		.ttt = in.ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* A task that was answered. */
	pdu = tmf(1, 0);
	pdu.rtt = write.itt;
	pdu.ref_cmd_sn = write.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 1);
	/* A command that never came counts as received: section 11.6.1 b. */
	p.cmd_sn++;
	pdu = tmf(1, 0);
	pdu.rtt = 0x1234;
	pdu.ref_cmd_sn = p.cmd_sn - 1;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void abort_a_command_that_is_held(void)
{
	struct assay_pdu one, two, pdu;

	session_begin("");
	one = session_test_unit_ready();
	two = session_test_unit_ready();
	peer_send(&p, &two);
	pdu = tmf(1, 0);
	pdu.rtt = two.itt;
	pdu.ref_cmd_sn = two.cmd_sn;
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	peer_send(&p, &one);
	session_expect_response(one.itt);
	CU_ASSERT_TRUE(peer_silent(&p));
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

static void a_task_set_waits_for_its_data(void)
{
	struct assay_pdu write, pdu, in, response;

	session_begin("InitialR2T=Yes\nImmediateData=No\nMaxBurstLength=512\n");
	write = peer_write(&p, 0, 0, 4);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(2, 0);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* The R2T is answered: no other follows, and the function is complete. */
	write = (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.itt = in.itt,
		.ttt = in.ttt,
		.data = p.bytes,
		.data_length = 512 };
	peer_send(&p, &write);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_TASK_MANAGEMENT_RESPONSE));
	CU_ASSERT_EQUAL(response.response, 0);
	CU_ASSERT_TRUE(peer_silent(&p));
	/* Data that never comes: the connection is dropped in the end. */
	write = peer_write(&p, 0, 0, 4);
	peer_send(&p, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&p, &in, ASSAY_R2T));
	pdu = tmf(5, 0);
	peer_send(&p, &pdu);
	assay_target_tick(t, assay_target_next_timer(t));
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
}

static void a_task_set_waits_for_its_commands(void)
{
	struct assay_pdu one, pdu, response;

	session_begin("");
	one = session_test_unit_ready();
	pdu = tmf(4, 0);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p));
	peer_send(&p, &one);
	session_expect_response(one.itt);
	CU_ASSERT_TRUE(peer_expect(&p, &response, ASSAY_TASK_MANAGEMENT_RESPONSE));
	session_end();
}

static void the_response_does_not_overtake_other_connections(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu, in;

	session_begin("MaxConnections=2\n");
	peer_open(&q, t, 0);
	q.cid = 2;
	q.tsih = p.tsih;
	q.cmd_sn = p.cmd_sn;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	pdu = tmf(5, 0);
	pdu.itt = 0x777;
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_silent(&p)); /* q has not acknowledged its Login Response */
	CU_ASSERT_TRUE(peer_expect(&q, &in, ASSAY_NOP_IN));
	CU_ASSERT_EQUAL(in.itt, ASSAY_TAG_RESERVED);
	CU_ASSERT_NOT_EQUAL(in.ttt, ASSAY_TAG_RESERVED);
	pdu = (struct assay_pdu){ .opcode = ASSAY_NOP_OUT,
		.immediate = 1,
		.final = 1,
		.itt = ASSAY_TAG_RESERVED,
		.ttt = in.ttt,
		.cmd_sn = p.cmd_sn,
		.exp_stat_sn = in.stat_sn };
	peer_send(&q, &pdu);
	CU_ASSERT_TRUE(peer_silent(&q));
	CU_ASSERT_TRUE(peer_expect(&p, &in, ASSAY_TASK_MANAGEMENT_RESPONSE));
	CU_ASSERT_EQUAL(in.itt, 0x777);
	peer_close(&q);
	session_end();
}

static void cold_reset_ends_all_sessions(void)
{
	struct peer q = { 0 };
	struct assay_pdu pdu;

	session_begin("");
	peer_open(&q, t, 1);
	q.isid += 5;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, ""));
	pdu = tmf(7, 0);
	CU_ASSERT_EQUAL(send_tmf(&pdu), 0);
	CU_ASSERT_TRUE(peer_over(&p));
	CU_ASSERT_TRUE(peer_over(&q));
	peer_close(&q);
	session_end();
}

static CU_TestInfo tests[] = {
	{ "task management", simple_functions },
	{ "ABORT TASK", abort_task },
	{ "ABORT TASK ahead", abort_a_command_that_is_held },
	{ "task set: data", a_task_set_waits_for_its_data },
	{ "task set: commands", a_task_set_waits_for_its_commands },
	{ "task set: connections", the_response_does_not_overtake_other_connections },
	{ "cold reset", cold_reset_ends_all_sessions },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("task management", tests);
}
