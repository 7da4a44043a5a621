/* comments_test.c - what a packet's comment says comes with its PDUs, whichever packets they lie in, and stays within its bounds. */
#include <stdio.h>
#include <string.h>

#include "capture/timeline.h"
#include "test/unit.h"

static struct world {
	struct assay_timeline *t;
	char comments[4096]; /* of the connection, then of its PDUs: "words;" */
	uint32_t sent[2]; /* bytes by side */
	uint64_t frame;
	uint8_t wire[512];
	uint32_t length;
} w;

static void add(const char *comment)
{
	size_t at = strlen(w.comments);

	snprintf(w.comments + at, sizeof(w.comments) - at, "%s;", comment ? comment : "-");
}

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	(void)payload;
	add(c->comment);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	(void)payload;
	(void)c;
	add(p->comment);
}

static void segment(
	unsigned side, uint8_t flags, uint32_t seq, const void *bytes, uint32_t length, const char *comment)
{
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, 50000 },
		{ { 192, 0, 2, 2 }, 4, 3260 } };
	const struct assay_segment s = { .from = end[side],
		.to = end[!side],
		.flags = flags,
		.seq = seq,
		.ack = 1000 + w.sent[!side],
		.data = bytes,
		.captured = length,
		.length = length,
		.frame = ++w.frame,
		.comment = comment,
		.comment_length = comment ? (uint32_t)strlen(comment) : 0 };

	assay_timeline_segment(w.t, &s);
}

/* The next bytes of w.wire, from from to to. */
static void send(unsigned side, uint32_t from, uint32_t to, const char *comment)
{
	segment(side, ASSAY_TCP_ACK, 1000 + w.sent[side], w.wire + from, to - from, comment);
	w.sent[side] += to - from;
}

static void put(const struct assay_pdu *pdu)
{
	long length = assay_pdu_encode(w.wire + w.length, sizeof(w.wire) - w.length, pdu, 0);

	CU_ASSERT_FATAL(length > 0);
	w.length += (uint32_t)length;
}

static void put_login(void)
{
	static const char keys[] = "InitiatorName=iqn.2026-01.test:i\0SessionType=Discovery";

	put(&(struct assay_pdu){ .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.data = (const uint8_t *)keys,
		.data_length = sizeof(keys) });
}

static void start(const char *comment)
{
	static const struct assay_timeline_events events = { .open = on_open, .pdu = on_pdu };

	memset(&w, 0, sizeof(w));
	w.t = assay_timeline_new(NULL, &events, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w.t);
	segment(0, ASSAY_TCP_SYN, 999, NULL, 0, comment);
	segment(1, ASSAY_TCP_SYN | ASSAY_TCP_ACK, 999, NULL, 0, NULL);
}

static void expect(const char *comments)
{
	assay_timeline_end(w.t);
	CU_ASSERT_STRING_EQUAL(w.comments, comments);
	assay_timeline_free(w.t);
}

static void of_the_first_byte_else_of_the_last(void)
{
	start("a to b");
	put_login();
	send(0, 0, w.length, "#1");
	for (unsigned i = 0; i < 3; i++) {
		w.length = 0;
		put_login();
		send(0, 0, 20, i == 0 ? "#2" : NULL);
		send(0, 20, w.length, i < 2 ? "#3" : NULL);
	}
	expect("a to b;#1;#2;#3;-;");
}

static void several_pdus_of_a_packet(void)
{
	start(NULL);
	put_login();
	put_login();
	send(0, 0, w.length, "both");
	expect("-;both;both;");
}

static void bytes_before_their_turn(void)
{
	uint32_t one;

	start(NULL);
	put_login();
	one = w.length;
	put_login();
	segment(0, ASSAY_TCP_ACK, 1000 + one, w.wire + one, one, "second");
	segment(0, ASSAY_TCP_ACK, 1000, w.wire, one, "first");
	expect("-;first;second;");
}

/* So many packets came in between that nobody knows any more. */
static void what_is_held_no_longer(void)
{
	start(NULL);
	put_login();
	send(0, 0, 20, "#1");
	for (unsigned i = 0; i < ASSAY_TIMELINE_NOTES; i++)
		segment(0, ASSAY_TCP_ACK, 1000, w.wire, 20, "again");
	send(0, 20, w.length, NULL);
	expect("-;-;");
}

static void a_long_one_is_cut(void)
{
	static char words[1000], cut[3 * ASSAY_TIMELINE_COMMENT];

	memset(words, 'w', sizeof(words) - 1);
	start(words);
	put_login();
	send(0, 0, w.length, words);
	snprintf(cut, sizeof(cut), "%.*s;%.*s;", ASSAY_TIMELINE_COMMENT - 1, words,
		ASSAY_TIMELINE_COMMENT - 1, words);
	expect(cut);
}

/* An emptied timeline has forgotten them. */
static void none_is_left_over(void)
{
	start("a to b");
	assay_timeline_clear(w.t);
	w.frame = 0;
	segment(0, ASSAY_TCP_SYN, 999, NULL, 0, NULL);
	put_login();
	send(0, 0, w.length, NULL);
	expect("-;-;");
}

static CU_TestInfo tests[] = {
	UNIT_TEST(of_the_first_byte_else_of_the_last),
	UNIT_TEST(several_pdus_of_a_packet),
	UNIT_TEST(bytes_before_their_turn),
	UNIT_TEST(what_is_held_no_longer),
	UNIT_TEST(a_long_one_is_cut),
	UNIT_TEST(none_is_left_over),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("comments", tests);
}
