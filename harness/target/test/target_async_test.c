/* target_async_test.c - what an administrator has announced: the message is right, and what it says is done. RFC 7143 section 11.9. */
#include "session.h"
#include "test/unit.h"

#define SECOND UINT64_C(1000000000)

/* Announces it to one session; the message. */
static struct assay_pdu announced(uint8_t event, unsigned argument)
{
	struct assay_pdu pdu = { 0 };
	uint32_t stat_sn = p.stat_sn;

	CU_ASSERT_EQUAL(assay_target_announce(t, event, argument), 1);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_ASYNC_MESSAGE));
	CU_ASSERT_EQUAL(pdu.itt, ASSAY_TAG_RESERVED);
	CU_ASSERT_EQUAL(pdu.async_event, event);
	CU_ASSERT_EQUAL(pdu.stat_sn, stat_sn + 1);
	return pdu;
}

/* News of units, a negotiation, a vendor's: the session goes on. */
static void goes_on(void)
{
	struct assay_pdu pdu;

	session_begin("");
	pdu = announced(0, 22);
	CU_ASSERT_EQUAL(pdu.lun, UINT64_C(22) << 48);
	CU_ASSERT_EQUAL(pdu.data_length, 20);
	CU_ASSERT_EQUAL(announced(4, 9).parameter3, 9);
	CU_ASSERT_EQUAL(announced(255, 7).async_vcode, 7);
	CU_ASSERT_TRUE(peer_alive(&p));
	session_end();
}

/* Who logs out in time is answered; who does not is dropped. */
static void wants_a_logout(void)
{
	struct assay_pdu pdu;

	session_begin("");
	CU_ASSERT_EQUAL(announced(1, 3).parameter3, 3);
	pdu = peer_request(&p, ASSAY_LOGOUT_REQUEST);
	peer_send(&p, &pdu);
	CU_ASSERT_TRUE(peer_expect(&p, &pdu, ASSAY_LOGOUT_RESPONSE));
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();

	session_begin("");
	(void)announced(1, 3);
	CU_ASSERT_TRUE(peer_alive(&p));
	assay_target_tick(t, p.now + 4 * SECOND);
	CU_ASSERT_TRUE(peer_over(&p));
	session_end();
}

static void drops(void)
{
	for (uint8_t event = 2; event <= 3; event++) {
		struct assay_pdu pdu;

		session_begin("");
		pdu = announced(event, 0);
		CU_ASSERT_EQUAL(pdu.parameter1, event == 2 ? p.cid : 0);
		CU_ASSERT_TRUE(peer_over(&p));
		session_end();
	}
}

/* Discovery sessions hear of nothing; what only goes with FastAbort, or is not assigned, is not announced. */
static void to_nobody(void)
{
	session_begin_discovery();
	CU_ASSERT_EQUAL(assay_target_announce(t, 3, 0), 0);
	CU_ASSERT_EQUAL(assay_target_announce(t, 5, 0), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_target_announce(t, 247, 0), ASSAY_E_INVAL);
	CU_ASSERT_TRUE(peer_silent(&p));
	session_end();
}

static CU_TestInfo tests[] = {
	{ "a session goes on", goes_on },
	{ "a logout is wanted", wants_a_logout },
	{ "connections are dropped", drops },
	{ "nobody is told", to_nobody },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("async", tests);
}
