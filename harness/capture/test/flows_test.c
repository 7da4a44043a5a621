/* flows_test.c - which connection a segment is of: several at a time, one after the other with the same addresses, more than there are places for. */
#include "reassembly_world.h"

static void several_flows(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "a");
	w.port++;
	handshake();
	data(0, 1, 0, "c");
	w.port--;
	data(0, 1, 0, "b");
	w.port++;
	data(0, 0, 0, "X");
	came("abXc", "");
	CU_ASSERT_EQUAL(w.begun, 2);
}

static void addresses_used_again(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "first");
	flag(1, ASSAY_TCP_RST, 0, 5);
	data(0, 5, 0, "late"); /* of what is over: nobody's */
	w.isn[0] += 77777;
	w.isn[1] += 99999;
	handshake();
	data(0, 0, 0, "second");
	w.isn[0] += 77777;
	handshake(); /* no end was seen */
	data(0, 0, 0, "third");
	came("firstsecondthird", "");
	CU_ASSERT_EQUAL(w.begun, 3);
	CU_ASSERT_STRING_EQUAL(w.ends, "reset by 1;open by -1;open by -1;");
}

/* The capture may have the first bytes before the handshake. */
static void a_handshake_that_comes_late(void)
{
	start(NULL);
	data(0, 0, 0, "ask");
	handshake();
	data(1, 0, 3, "answer");
	came("ask", "answer");
	CU_ASSERT_EQUAL(w.begun, 1);
}

static void a_reset_that_is_none(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "ask");
	raw(1, ASSAY_TCP_RST, 0x20000000, 4, "", 0); /* somebody else's guess */
	data(1, 0, 3, "answer");
	flag(0, ASSAY_TCP_RST, 3, 6);
	data(0, 3, 6,
		"more"); /* who sent the reset goes on: a connection of its own, as it is not told how it began */
	came("askmore", "answer");
	CU_ASSERT_EQUAL(w.begun, 2);
	CU_ASSERT_STRING_EQUAL(w.ends, "reset by 0;open by -1;");
}

static void addresses_used_again_without_a_handshake(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "first");
	data(1, 0, 5, "answer");
	w.isn[0] += 100u << 20;
	w.isn[1] -= 50u << 20;
	data(0, 0, 0, "second");
	data(1, 0, 6, "ANSWER");
	flag(0, ASSAY_TCP_FIN, 6, 6);
	flag(1, ASSAY_TCP_FIN, 6, 7);
	data(1, 0, 7, "ANSWER"); /* late */
	w.isn[0] += 4000;
	w.isn[1] += 4000;
	data(0, 0, 0, "third");
	came("firstsecondthird", "answerANSWER");
	CU_ASSERT_STRING_EQUAL(w.ends, "open by -1;fin by 0;open by -1;");
}

/* So much is missing of one side only: a hole in the capture. */
static void a_wide_hole_is_no_other_connection(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "abc");
	data(0, 100u << 20, 0, "xyz");
	flag(1, 0, 0, (100u << 20) + 3);
	came("abc[104857597]xyz", "");
	CU_ASSERT_EQUAL(w.begun, 1);
}

static void flows_are_bounded(void)
{
	start(NULL);
	for (unsigned n = 0; n < ASSAY_FLOWS_MAX + 10; n++) {
		handshake();
		data(0, 0, 0, "a");
		w.out[0][0] = w.order[0] = w.ends[0] = 0;
		w.port++;
	}
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->given_up_flows, 10);
	CU_ASSERT_EQUAL(w.begun, ASSAY_FLOWS_MAX + 10);
}

static void nobody_wants_it(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "a");
	data(0, 2, 0, "c");
	assay_reassembly_ignore(w.r, 0);
	data(0, 1, 0, "b");
	flag(0, ASSAY_TCP_FIN, 3, 0);
	flag(1, ASSAY_TCP_FIN, 0, 4);
	came("a", "");
	CU_ASSERT_STRING_EQUAL(w.ends, "fin by 0;");
}

static CU_TestInfo tests[] = { UNIT_TEST(several_flows), UNIT_TEST(addresses_used_again),
	UNIT_TEST(a_handshake_that_comes_late), UNIT_TEST(a_reset_that_is_none),
	UNIT_TEST(addresses_used_again_without_a_handshake), UNIT_TEST(a_wide_hole_is_no_other_connection),
	UNIT_TEST(flows_are_bounded), UNIT_TEST(nobody_wants_it), CU_TEST_INFO_NULL };

int main(void)
{
	int failed = unit_run("flows", tests);

	assay_reassembly_free(w.r);
	return failed;
}
