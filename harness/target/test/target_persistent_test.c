/*
 * target_persistent_test.c - where persistent reservations meet sessions: PREEMPT AND ABORT ends the other session's tasks, and the new session of a nexus finds its
 * registration. SPC-4 section 5.13.11.5, RFC 7143 section 4.4.3.2.
 */
#include <string.h>

#include "codec/bytes.h"
#include "peer.h"
#include "test/unit.h"

#define KEY_P 1
#define KEY_Q 2

enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT };

static struct assay_target *t;
static struct peer p, q;

static void open_second(void)
{
	peer_open(&q, t, 1);
	q.isid += 5;
	CU_ASSERT_TRUE_FATAL(peer_login(&q, ASSAY_DEFAULT_NAME, "InitialR2T=Yes\nImmediateData=Yes\n"));
}

static void begin(void)
{
	t = peer_target();
	peer_open(&p, t, 0);
	CU_ASSERT_TRUE_FATAL(peer_login(&p, ASSAY_DEFAULT_NAME, "ImmediateData=Yes\n"));
	open_second();
	peer_clear_attentions(&p, 0);
	peer_clear_attentions(&q, 0);
}

static void end(void)
{
	peer_close(&p);
	peer_close(&q);
	assay_target_free(t);
}

/* PERSISTENT RESERVE OUT on LUN 0; its status. */
static int reserve_out(struct peer *by, uint8_t action, uint8_t type, uint64_t key, uint64_t other)
{
	struct assay_pdu pdu = peer_request(by, ASSAY_SCSI_COMMAND);
	uint8_t list[24] = { 0 };

	assay_put_be64(list, key);
	assay_put_be64(list + 8, other);
	memcpy(pdu.cdb, (uint8_t[16]){ 0x5f, action, type, [8] = 24 }, 16);
	pdu.final = pdu.write = 1;
	pdu.expected_data_transfer_length = 24;
	pdu.data = list;
	pdu.data_length = 24;
	peer_send(by, &pdu);
	if (!peer_expect(by, &pdu, ASSAY_SCSI_RESPONSE))
		return -1;
	return pdu.status;
}

static void send_block(struct peer *by, const struct assay_pdu *r2t)
{
	static const uint8_t bytes[512] = { 1 };
	struct assay_pdu data = { .opcode = ASSAY_DATA_OUT,
		.final = 1,
		.lun = r2t->lun,
		.itt = r2t->itt,
		.ttt = r2t->ttt,
		.data = bytes,
		.data_length = 512 };

	peer_send(by, &data);
}

static void expect_sense(struct peer *of, uint8_t asc, uint8_t ascq)
{
	struct assay_pdu pdu = peer_request(of, ASSAY_SCSI_COMMAND);

	peer_send(of, &pdu);
	CU_ASSERT_TRUE_FATAL(peer_expect(of, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.status, 2);
	CU_ASSERT_TRUE_FATAL(pdu.data_length >= 16);
	CU_ASSERT_EQUAL(pdu.data[2 + 12], asc);
	CU_ASSERT_EQUAL(pdu.data[2 + 13], ascq);
}

/* A write of q's that waits for data goes without a word; late data for it do no harm, and other units are not meant. */
static void preempt_and_abort(void)
{
	struct assay_pdu write, pdu, other, r2t;

	begin();
	peer_clear_attentions(&q, 1);
	CU_ASSERT_EQUAL(reserve_out(&p, REGISTER, 0, 0, KEY_P), 0);
	CU_ASSERT_EQUAL(reserve_out(&q, REGISTER, 0, 0, KEY_Q), 0);
	other = peer_write(&q, 1, 0, 1);
	peer_send(&q, &other);
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &r2t, ASSAY_R2T));
	write = peer_write(&q, 0, 0, 1);
	peer_send(&q, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &pdu, ASSAY_R2T));
	CU_ASSERT_EQUAL(reserve_out(&p, PREEMPT_AND_ABORT, 1, KEY_P, KEY_Q), 0);
	send_block(&q, &pdu);
	send_block(&q, &r2t);
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &pdu, ASSAY_NOP_IN)); /* the window is open again */
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &pdu, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(pdu.itt, other.itt);
	CU_ASSERT_EQUAL(pdu.status, 0);
	CU_ASSERT_TRUE(peer_alive(&q));
	expect_sense(&q, 0x2a, 0x05);
	end();
}

/* PREEMPT alone lets the task go on. */
static void preempt(void)
{
	struct assay_pdu write, r2t;

	begin();
	CU_ASSERT_EQUAL(reserve_out(&p, REGISTER, 0, 0, KEY_P), 0);
	CU_ASSERT_EQUAL(reserve_out(&q, REGISTER, 0, 0, KEY_Q), 0);
	write = peer_write(&q, 0, 0, 1);
	peer_send(&q, &write);
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &r2t, ASSAY_R2T));
	CU_ASSERT_EQUAL(reserve_out(&p, PREEMPT, 1, KEY_P, KEY_Q), 0);
	send_block(&q, &r2t);
	CU_ASSERT_TRUE_FATAL(peer_expect(&q, &r2t, ASSAY_SCSI_RESPONSE));
	CU_ASSERT_EQUAL(r2t.status, 0);
	end();
}

/* The same I_T nexus again: the registration is still its own. */
static void registration_outlives_session(void)
{
	begin();
	CU_ASSERT_EQUAL(reserve_out(&q, REGISTER, 0, 0, KEY_Q), 0);
	CU_ASSERT_EQUAL(reserve_out(&q, RESERVE, 3, KEY_Q, 0), 0);
	peer_close(&q);
	open_second();
	expect_sense(&q, 0x29, 0x07);
	peer_clear_attentions(&q, 0);
	CU_ASSERT_EQUAL(reserve_out(&p, REGISTER, 0, 0, KEY_P), 0);
	CU_ASSERT_EQUAL(reserve_out(&p, RESERVE, 3, KEY_P, 0), 0x18);
	CU_ASSERT_EQUAL(reserve_out(&q, RELEASE, 3, KEY_Q, 0), 0);
	CU_ASSERT_EQUAL(reserve_out(&p, RESERVE, 3, KEY_P, 0), 0);
	end();
}

static CU_TestInfo tests[] = {
	{ "PREEMPT AND ABORT ends tasks", preempt_and_abort },
	{ "PREEMPT does not", preempt },
	{ "a registration outlives its session", registration_outlives_session },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("persistent reservations and sessions", tests);
}
