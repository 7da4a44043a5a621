/* again_test.c - a connection that is made anew in the memory of an old one is as a new one: with its session, in another's, or after one that failed. */
#include <stdlib.h>
#include <string.h>

#include "initiator/test/script.h"
#include "test/unit.h"

/* A login with a key of its own, and a ping. */
static void live(struct assay_initiator *i, uint16_t tsih)
{
	CU_ASSERT_FALSE(i->full_feature);
	CU_ASSERT_EQUAL(i->session->tsih, tsih);
	CU_ASSERT_EQUAL(assay_login(i), 0);
	CU_ASSERT_EQUAL(i->session->tsih, 7);
	CU_ASSERT_EQUAL(assay_nop(i, NULL, 0, NULL), 0);
}

static void as_a_new_one(void)
{
	struct assay_initiator *i = NULL, *first = NULL;
	struct assay_error err = { 0 };

	for (int round = 0; round < 3; round++) {
		struct script *s = script_new(script_agree);
		struct assay_initiator_config c = script_config(s);

		c.tap = script_watch(s);
		CU_ASSERT_EQUAL_FATAL(assay_initiator_again(&i, &c, NULL, 0, &err), 0);
		first = first ? first : i;
		CU_ASSERT_PTR_EQUAL(i, first);
		CU_ASSERT_EQUAL(i->session->cmd_sn, 1);
		live(i, 0);
		CU_ASSERT_EQUAL(s->heard[0].tsih, 0);
		CU_ASSERT_EQUAL(s->heard[0].itt, 1);
		/* The start of a PDU that is never ended, and a digest that the next one must not have. */
		CU_ASSERT_EQUAL(assay_send_bytes(i, "abc", 3), 0);
		i->send_digests = ASSAY_HEADER_DIGEST;
		CU_ASSERT_EQUAL(s->blamed, 0);
		assay_initiator_reset(i);
		assay_tap_free(c.tap);
		free(s);
	}
	assay_initiator_free(i);
}

static void into_another_session(void)
{
	struct script *s[3] = { script_new(script_agree), script_new(script_agree),
		script_new(script_agree) };
	struct assay_initiator_config c[3] = { script_config(s[0]), script_config(s[1]),
		script_config(s[2]) };
	struct assay_initiator *i = script_open(&c[0]), *j = NULL;
	struct assay_error err = { 0 };

	live(i, 0);
	CU_ASSERT_EQUAL_FATAL(assay_initiator_again(&j, &c[1], i->session, 3, &err), 0);
	live(j, 7);
	CU_ASSERT_EQUAL(s[1]->heard[0].tsih, 7);
	CU_ASSERT_EQUAL(s[1]->heard[0].cid, 3);
	CU_ASSERT_EQUAL(i->session->connections, 2);
	/* And out of it again: the other one keeps it. */
	CU_ASSERT_EQUAL_FATAL(assay_initiator_again(&j, &c[2], NULL, 0, &err), 0);
	CU_ASSERT_PTR_NOT_EQUAL(j->session, i->session);
	CU_ASSERT_EQUAL(i->session->connections, 1);
	live(j, 0);
	assay_initiator_free(i);
	assay_initiator_free(j);
	for (int n = 0; n < 3; n++)
		free(s[n]);
}

static void after_one_that_failed(void)
{
	struct script *s = script_new(script_agree);
	struct assay_initiator_config c = script_config(s), wrong = c;
	struct assay_initiator *i = NULL;
	struct assay_error err = { 0 };

	wrong.port = 1;
	CU_ASSERT_EQUAL(assay_initiator_again(&i, &wrong, NULL, 0, &err), ASSAY_E_CONNECT);
	CU_ASSERT_PTR_NULL(i);
	CU_ASSERT_EQUAL_FATAL(assay_initiator_again(&i, &c, NULL, 0, &err), 0);
	assay_initiator_close(i);
	CU_ASSERT_EQUAL(assay_initiator_again(&i, &wrong, NULL, 0, &err), ASSAY_E_CONNECT);
	CU_ASSERT_PTR_NULL_FATAL(i->stream);
	CU_ASSERT_EQUAL(assay_send_bytes(i, "a", 1), ASSAY_E_INVAL);
	assay_initiator_free(i);
	free(s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(as_a_new_one),
	UNIT_TEST(into_another_session),
	UNIT_TEST(after_one_that_failed),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("again", tests);
}
