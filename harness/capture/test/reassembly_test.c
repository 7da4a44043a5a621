/* reassembly_test.c - bytes come out in their order, each at most once, whatever order the segments have; what is missing, repeated or contradictory is said; memory stays within its bound. */
#include <stdlib.h>
#include <string.h>

#include "capture/reassembly.h"
#include "test/unit.h"

#define CLIENT_ISN 1000u
#define SERVER_ISN 5000u

/* What came out of one flow: bytes as they are, [N] for N lost, | between the pieces of the two sides. */
static struct world {
	struct assay_reassembly *r;
	char out[2][4096]; /* by side */
	char order[4096]; /* both: c or s for each event, in capitals for lost */
	char ends[256];
	unsigned begun, conflicts;
	bool syn;
	uint64_t frame;
	uint16_t port;
	uint32_t isn[2];
} w;

static void on_begin(void *payload, uint32_t flow, const struct assay_flow_start *start)
{
	(void)payload, (void)flow;
	w.begun++;
	w.syn = start->syn;
}

static void on_bytes(void *payload, uint32_t flow, unsigned side, const uint8_t *bytes, size_t length,
	bool end, const struct assay_bytes_place *place)
{
	char *out = w.out[side];

	(void)payload, (void)flow, (void)end, (void)place;
	if (strlen(out) + length < sizeof(w.out[0]))
		strncat(out, (const char *)bytes, length);
	if (strlen(w.order) + 1 < sizeof(w.order))
		strcat(w.order, side ? "s" : "c");
}

static void on_lost(
	void *payload, uint32_t flow, unsigned side, uint64_t length, const struct assay_bytes_place *place)
{
	char words[32];

	(void)payload, (void)flow, (void)place;
	snprintf(words, sizeof(words), "[%llu]", (unsigned long long)length);
	strcat(w.out[side], words);
	strcat(w.order, side ? "S" : "C");
}

static void on_conflict(void *payload, uint32_t flow, unsigned side, const struct assay_bytes_place *place)
{
	(void)payload, (void)flow, (void)side, (void)place;
	w.conflicts++;
}

static void on_end(
	void *payload, uint32_t flow, enum assay_flow_end how, int by, uint64_t frame, uint64_t time)
{
	static const char *const words[] = { "fin", "reset", "open" };

	(void)payload, (void)flow, (void)frame, (void)time;
	snprintf(w.ends + strlen(w.ends), sizeof(w.ends) - strlen(w.ends), "%s by %d;", words[how], by);
}

static const struct assay_reassembly_events events = { on_begin, on_bytes, on_lost, on_conflict, on_end,
	NULL };

static void start(const struct assay_reassembly_limits *limits)
{
	assay_reassembly_free(w.r);
	memset(&w, 0, sizeof(w));
	w.r = assay_reassembly_new(limits, &events, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.r);
	w.port = 40000;
	w.isn[0] = CLIENT_ISN;
	w.isn[1] = SERVER_ISN;
}

/* A segment of side 0 (client) or 1; offsets count from the first byte after the SYN. */
static void raw(
	unsigned side, uint8_t flags, uint32_t offset, uint32_t ack, const char *text, uint32_t captured)
{
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, w.port },
		{ { 192, 0, 2, 2 }, 4, 9999 } };
	struct assay_segment s = { .from = end[side],
		.to = end[!side],
		.flags = flags,
		.frame = ++w.frame,
		.seq = w.isn[side] + offset,
		.ack = w.isn[!side] + ack,
		.length = (uint32_t)strlen(text),
		.captured = captured,
		.data = (const uint8_t *)text };

	assay_reassembly_segment(w.r, &s);
}

static void data(unsigned side, uint32_t offset, uint32_t ack, const char *text)
{
	raw(side, ASSAY_TCP_ACK, 1 + offset, 1 + ack, text, (uint32_t)strlen(text));
}

static void flag(unsigned side, uint8_t flags, uint32_t offset, uint32_t ack)
{
	raw(side, flags | ASSAY_TCP_ACK, 1 + offset, 1 + ack, "", 0);
}

static void handshake(void)
{
	raw(0, ASSAY_TCP_SYN, 0, 0, "", 0);
	raw(1, ASSAY_TCP_SYN | ASSAY_TCP_ACK, 0, 1, "", 0);
	flag(0, 0, 0, 0);
}

static void came(const char *client, const char *server)
{
	assay_reassembly_end(w.r);
	CU_ASSERT_STRING_EQUAL(w.out[0], client);
	CU_ASSERT_STRING_EQUAL(w.out[1], server);
	CU_ASSERT_EQUAL(assay_reassembly_held(w.r), 0);
}

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
	CU_ASSERT_STRING_EQUAL(w.order, "cScc");
	data(0, 9, 30, "jkl");
	came("abcdefghijkl", "[10][20]");
}

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

static CU_TestInfo tests[] = { UNIT_TEST(in_order), UNIT_TEST(out_of_order),
	UNIT_TEST(repeated_and_overlapping), UNIT_TEST(other_content_is_said),
	UNIT_TEST(sequence_numbers_wrap), UNIT_TEST(missing_is_said_before_what_answers_it),
	UNIT_TEST(an_answer_waits_for_its_question), UNIT_TEST(what_comes_late_again_and_again_is_waited_for),
	UNIT_TEST(holes_do_not_queue), UNIT_TEST(what_is_left_at_the_end_keeps_its_order),
	UNIT_TEST(not_acknowledged_is_waited_for), UNIT_TEST(without_its_start), UNIT_TEST(of_one_side_only),
	UNIT_TEST(several_flows), UNIT_TEST(addresses_used_again), UNIT_TEST(a_handshake_that_comes_late),
	UNIT_TEST(a_reset_that_is_none), UNIT_TEST(addresses_used_again_without_a_handshake),
	UNIT_TEST(a_wide_hole_is_no_other_connection), UNIT_TEST(cut_by_the_snap_length),
	UNIT_TEST(held_bytes_are_bounded), UNIT_TEST(the_pool_is_bounded), UNIT_TEST(flows_are_bounded),
	UNIT_TEST(nobody_wants_it), CU_TEST_INFO_NULL };

int main(void)
{
	int failed = unit_run("reassembly", tests);

	assay_reassembly_free(w.r);
	return failed;
}
