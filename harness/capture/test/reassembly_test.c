/* reassembly_test.c - bytes come out in their order, each at most once, whatever order the segments have; what is missing, repeated or contradictory is said; memory stays within its bound. */
#include "reassembly_world.h"

static void in_order(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "hello");
	data(1, 0, 5, "world");
	flag(0, ASSAY_TCP_FIN, 5, 5);
	data(1, 5, 6, "!"); /* half closed: the other side may go on */
	flag(1, ASSAY_TCP_FIN, 6, 6);
	came("hello", "world!");
	CU_ASSERT(w.syn);
	CU_ASSERT_STRING_EQUAL(w.ends, "fin by 0;");
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->lost_bytes, 0);
}

static void out_of_order(void)
{
	start(NULL);
	handshake();
	data(0, 6, 0, "ghi");
	data(0, 3, 0, "def");
	CU_ASSERT_STRING_EQUAL(w.out[0], "");
	data(0, 0, 0, "abc");
	CU_ASSERT_STRING_EQUAL(w.out[0], "abcdefghi");
	came("abcdefghi", "");
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->reordered, 2);
}

static void repeated_and_overlapping(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "abcdef");
	data(0, 0, 0, "abcdef");
	data(0, 3, 0, "defghi");
	data(0, 12, 0, "mno");
	data(0, 10, 0, "klmnopq");
	data(0, 9, 0, "jk");
	came("abcdefghijklmnopq", "");
	CU_ASSERT_EQUAL(w.conflicts, 0);
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->repeated_bytes, 6 + 3 + 3 + 1);
}

static void other_content_is_said(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "abcdef");
	data(0, 0, 0, "abXdef");
	CU_ASSERT_EQUAL(w.conflicts, 1);
	data(0, 8, 0, "ijk");
	data(0, 7, 0, "hiYk");
	CU_ASSERT_EQUAL(w.conflicts, 2);
	data(0, 6, 0, "g");
	data(0, 10, 0, "Z"); /* a keep-alive: one byte of no meaning before what comes next */
	came("abcdefghijk", "");
	CU_ASSERT_EQUAL(w.conflicts, 2);
}

static void sequence_numbers_wrap(void)
{
	start(NULL);
	w.isn[0] = UINT32_MAX - 4;
	handshake();
	data(0, 6, 0, "ghi");
	data(0, 0, 0, "abcdef");
	data(1, 0, 9, "x");
	data(0, 9, 1, "jkl");
	came("abcdefghijkl", "x");
}

static void missing_is_said_before_what_answers_it(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "abc");
	/* "def" is not in the capture */
	data(1, 0, 6, "answer");
	CU_ASSERT_STRING_EQUAL(w.order, "c");
	for (unsigned n = 0; n < 260; n++)
		flag(0, 0, 6, 0);
	CU_ASSERT_STRING_EQUAL(w.order, "cCs");
	data(0, 6, 6, "ghi");
	came("abc[3]ghi", "answer");
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->lost_bytes, 3);
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->given_up_bytes, 0);
}

/* The capture may have an answer before what it answers. */
static void an_answer_waits_for_its_question(void)
{
	start(NULL);
	handshake();
	data(1, 0, 3, "answer");
	data(0, 0, 0, "ask");
	CU_ASSERT_STRING_EQUAL(w.order, "cs");
	came("ask", "answer");
}

/* Where much comes late all the time, as from a card with several queues, each hole is waited for as long as any. */
static void what_comes_late_again_and_again_is_waited_for(void)
{
	start(NULL);
	handshake();
	data(0, 1, 0, "x");
	for (uint32_t n = 0; n < 200; n++) {
		data(0, 2 * n + 3, 0, "x");
		flag(1, 0, 0, 2 * n + 4);
		data(0, 2 * n, 0, "x");
	}
	CU_ASSERT_EQUAL(strlen(w.out[0]), 400);
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->lost_bytes, 0);
}

/* At the end each side may wait for the other, over holes of both: answers still come behind their questions. */
static void what_is_left_at_the_end_keeps_its_order(void)
{
	start(NULL);
	handshake();
	data(0, 0, 0, "ask1");
	/* ask2 is not in the capture */
	data(1, 0, 8, "answer2");
	/* ask3 is not */
	data(1, 7, 12, "answer3");
	data(0, 12, 14, "ask4");
	came("ask1[4][4]ask4", "answer2answer3");
	CU_ASSERT_STRING_EQUAL(w.order, "cCsCsc");
}

/* Many holes at a time are waited for at the same time, not one after the other. */
static void holes_do_not_queue(void)
{
	start(NULL);
	handshake();
	for (uint32_t n = 0; n < 600; n++) {
		data(0, 2 * n + 1, 0, "x");
		flag(1, 0, 0, 2 * n + 2);
	}
	CU_ASSERT(assay_reassembly_held(w.r) <= 130);
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->given_up_bytes, 0);
}

static void not_acknowledged_is_waited_for(void)
{
	start(NULL);
	handshake();
	data(0, 3, 0, "def");
	for (unsigned n = 0; n < 400; n++)
		flag(1, 0, 0, 0);
	CU_ASSERT_STRING_EQUAL(w.out[0], "");
	data(0, 0, 0, "abc");
	came("abcdef", "");
}

static void without_its_start(void)
{
	start(NULL);
	data(0, 500, 700, "abc");
	data(1, 700, 503, "def");
	data(0, 503, 703, "ghi");
	came("abcghi", "def");
	CU_ASSERT(!w.syn);
	CU_ASSERT_STRING_EQUAL(w.ends, "open by -1;");
}

static void of_one_side_only(void)
{
	start(NULL);
	raw(0, ASSAY_TCP_SYN, 0, 0, "", 0);
	data(0, 0, 0, "abc");
	data(0, 3, 10, "def");
	data(0, 6, 10, "ghi");
	CU_ASSERT_STRING_EQUAL(w.order, "c"); /* it may come yet */
	data(0, 9, 30, "jkl");
	for (unsigned n = 0; n < 40; n++)
		flag(0, 0, 12, 30);
	CU_ASSERT_STRING_EQUAL(w.order, "cSccSc"); /* each loss before what answered it */
	came("abcdefghijkl", "[10][20]");
}

/* Without its SYN, and with later packets first, a side begins where its first acknowledgment says. */
static void a_late_start(void)
{
	start(NULL);
	raw(0, ASSAY_TCP_SYN, 0, 0, "", 0);
	data(0, 3, 6, "def");
	data(1, 3, 3, "two");
	data(1, 0, 3, "one");
	data(0, 0, 0, "abc");
	came("abcdef", "onetwo");
	CU_ASSERT_STRING_EQUAL(w.order, "cssc");
}

static void cut_by_the_snap_length(void)
{
	start(NULL);
	handshake();
	raw(0, ASSAY_TCP_ACK, 1, 1, "abcdef", 4);
	data(0, 6, 0, "ghi");
	raw(0, ASSAY_TCP_ACK, 1 + 12, 1, "mnopqr", 2);
	data(0, 9, 0, "jkl");
	data(0, 18, 0, "stu");
	came("abcd[2]ghijklmn[4]stu", "");
}

/* However much is missing, no more is held than the bound. */
static void held_bytes_are_bounded(void)
{
	const struct assay_reassembly_limits limits = { .held_bytes = 20000, .flow_bytes = 9000 };
	static char text[1001];

	start(&limits);
	handshake();
	memset(text, 'x', 1000);
	for (uint32_t n = 1; n < 200; n += 2) {
		data(0, n * 1000, 0, text);
		CU_ASSERT_FATAL(assay_reassembly_held(w.r) <= 10000);
		w.out[0][0] = w.order[0] = 0;
	}
	CU_ASSERT(assay_reassembly_counts(w.r)->given_up_bytes > 50000);
	CU_ASSERT(assay_reassembly_counts(w.r)->held_most <= 10000);
	assay_reassembly_end(w.r);
	CU_ASSERT_EQUAL(assay_reassembly_held(w.r), 0);
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->lost_bytes, 100 * 1000);
}

/* When all pieces are taken, the flows that were silent longest wait no longer for those that speak. */
static void the_pool_is_bounded(void)
{
	const struct assay_reassembly_limits limits = { .held_bytes = 20000, .flow_bytes = 20000 };

	start(&limits);
	for (unsigned n = 0; n < 20; n++) {
		handshake();
		data(0, 1, 0, "b");
		w.port++;
	}
	CU_ASSERT_EQUAL(assay_reassembly_held(w.r), 8);
	w.port--;
	data(0, 0, 0, "a"); /* the youngest one still waits */
	came("[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]b[1]bab[1]b[1]b[1]b[1]b[1]b[1]b", "");
	CU_ASSERT_EQUAL(assay_reassembly_counts(w.r)->given_up_bytes, 13);
}

static CU_TestInfo tests[] = { UNIT_TEST(in_order), UNIT_TEST(out_of_order),
	UNIT_TEST(repeated_and_overlapping), UNIT_TEST(other_content_is_said),
	UNIT_TEST(sequence_numbers_wrap), UNIT_TEST(missing_is_said_before_what_answers_it),
	UNIT_TEST(an_answer_waits_for_its_question), UNIT_TEST(what_comes_late_again_and_again_is_waited_for),
	UNIT_TEST(what_is_left_at_the_end_keeps_its_order), UNIT_TEST(holes_do_not_queue),
	UNIT_TEST(not_acknowledged_is_waited_for), UNIT_TEST(without_its_start), UNIT_TEST(of_one_side_only),
	UNIT_TEST(a_late_start), UNIT_TEST(cut_by_the_snap_length), UNIT_TEST(held_bytes_are_bounded),
	UNIT_TEST(the_pool_is_bounded), CU_TEST_INFO_NULL };

int main(void)
{
	int failed = unit_run("reassembly", tests);

	assay_reassembly_free(w.r);
	return failed;
}
