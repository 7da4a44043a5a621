/* script_part_test.c - what of an initiator's stream is no whole PDU, from segments to the items of a script: its bytes, at the places at which they came, and what answered them; and its half-close. */
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "replay/script.h"
#include "test/unit.h"

#define INITIATOR 0
#define TARGET    1

static struct world {
	struct assay_timeline *t;
	struct assay_script *s;
	uint32_t sent[2][2]; /* bytes by connection, side */
	uint64_t frame;
} w;

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	assay_script_open(payload, c);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	assay_script_pdu(payload, c, p);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	assay_script_loss(payload, c, l);
}

static void on_stand(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_stand *s)
{
	assay_script_stand(payload, c, s);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	assay_script_close(payload, c, how, by, frame, time);
}

static void start(void)
{
	static const struct assay_timeline_events events = {
		.open = on_open, .pdu = on_pdu, .loss = on_loss, .stand = on_stand, .close = on_close
	};

	assay_timeline_free(w.t);
	assay_script_free(w.s);
	memset(&w, 0, sizeof(w));
	w.s = assay_script_new(4 << 20);
	w.t = assay_timeline_new(NULL, &events, w.s);
	CU_ASSERT_FATAL(w.s && w.t);
}

static void segment(unsigned c, unsigned side, unsigned flags, const void *bytes, uint32_t length)
{
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, (uint16_t)(50000 + c) },
		{ { 192, 0, 2, 2 }, 4, 3260 } };
	const struct assay_segment s = { .from = end[side],
		.to = end[!side],
		.flags = (uint8_t)(flags | ASSAY_TCP_ACK),
		.seq = 1000 + w.sent[c][side],
		.ack = 1000 + w.sent[c][!side],
		.data = bytes,
		.captured = length,
		.length = length,
		.frame = ++w.frame,
		.time = w.frame * 1000 };

	assay_timeline_segment(w.t, &s);
	w.sent[c][side] += length + (flags & (ASSAY_TCP_SYN | ASSAY_TCP_FIN) ? 1 : 0);
}

static uint8_t wire[2][512]; /* by side: the PDU said last */

static uint32_t encode(unsigned side, const struct assay_pdu *pdu)
{
	long length = assay_pdu_encode(wire[side], sizeof(wire[side]), pdu, 0);

	CU_ASSERT_FATAL(length > 0);
	return (uint32_t)length;
}

static void say(unsigned c, unsigned side, const struct assay_pdu *pdu)
{
	segment(c, side, 0, wire[side], encode(side, pdu));
}

static void open_connection(unsigned c)
{
	segment(c, INITIATOR, ASSAY_TCP_SYN, NULL, 0);
	segment(c, TARGET, ASSAY_TCP_SYN, NULL, 0);
	say(c, INITIATOR,
		&(struct assay_pdu){
			.opcode = ASSAY_LOGIN_REQUEST, .immediate = 1, .transit = 1, .csg = 1, .nsg = 3 });
	say(c, TARGET,
		&(struct assay_pdu){
			.opcode = ASSAY_LOGIN_RESPONSE, .transit = 1, .csg = 1, .nsg = 3, .tsih = 1 });
}

static void close_connection(unsigned c)
{
	segment(c, INITIATOR, ASSAY_TCP_FIN, NULL, 0);
	segment(c, TARGET, ASSAY_TCP_FIN, NULL, 0);
}

/* The kinds of the items behind the login, a letter each. */
static const char *kinds(uint32_t from)
{
	static char out[64];
	size_t at = 0;

	for (uint32_t n = from; n < w.s->item_count && at < sizeof(out) - 1; n++)
		out[at++] = "OPCRGpF"[w.s->items[n].kind];
	out[at] = 0;
	return out;
}

/* A ping of 148 bytes. */
static uint32_t long_ping(uint32_t itt)
{
	static const uint8_t data[100] = "ping";

	return encode(INITIATOR, &(struct assay_pdu){ .opcode = ASSAY_NOP_OUT,
					 .final = 1,
					 .itt = itt,
					 .ttt = ASSAY_TAG_RESERVED,
					 .data = data,
					 .data_length = sizeof(data) });
}

static void whole_in_pieces(void)
{
	uint32_t length;

	start();
	open_connection(0);
	length = long_ping(5);
	segment(0, INITIATOR, 0, wire[INITIATOR], 20);
	segment(0, INITIATOR, 0, wire[INITIATOR] + 20, 50);
	segment(0, INITIATOR, 0, wire[INITIATOR] + 70, length - 70);
	close_connection(0);
	CU_ASSERT_STRING_EQUAL(kinds(3), "PC");
	CU_ASSERT_EQUAL(w.s->parts, 0);
}

/* Another connection speaks in between: what was the place of a part has none. */
static void whole_with_others_between(void)
{
	uint32_t length;

	start();
	open_connection(0);
	open_connection(1);
	length = long_ping(5);
	segment(0, INITIATOR, 0, wire[INITIATOR], 20);
	say(1, TARGET, &(struct assay_pdu){ .opcode = ASSAY_NOP_IN, .final = 1, .itt = ASSAY_TAG_RESERVED });
	segment(0, INITIATOR, 0, wire[INITIATOR] + 20, length - 20);
	CU_ASSERT_STRING_EQUAL(kinds(6), "pPP");
	CU_ASSERT_PTR_NULL(w.s->items[6].pdu.wire);
}

/* Half a header, and no more of it. */
static void part_of_a_header(void)
{
	start();
	open_connection(0);
	long_ping(5);
	segment(0, INITIATOR, 0, wire[INITIATOR], 20);
	close_connection(0);
	CU_ASSERT_STRING_EQUAL_FATAL(kinds(3), "pC");
	CU_ASSERT_EQUAL(w.s->parts, 1);
	CU_ASSERT_EQUAL(w.s->connections[0].gaps, 0);
	CU_ASSERT_PTR_NULL(w.s->items[3].pdu.bhs);
	CU_ASSERT_EQUAL_FATAL(w.s->items[3].pdu.wire_length, 20);
	CU_ASSERT_EQUAL(memcmp(w.s->items[3].pdu.wire, wire[INITIATOR], 20), 0);
	CU_ASSERT_EQUAL(w.s->items[3].task, ASSAY_SCRIPT_NONE);
}

/* A header, an answer to it, and some of its data. */
static void answered_part(void)
{
	const struct assay_script_item *first;
	struct assay_pdu reject = { .opcode = ASSAY_REJECT, .final = 1, .itt = ASSAY_TAG_RESERVED };

	start();
	open_connection(0);
	long_ping(5);
	segment(0, INITIATOR, 0, wire[INITIATOR], 30);
	segment(0, INITIATOR, 0, wire[INITIATOR] + 30, 30);
	reject.data = wire[INITIATOR];
	reject.data_length = ASSAY_BHS_LENGTH;
	say(0, TARGET, &reject);
	segment(0, INITIATOR, 0, wire[INITIATOR] + 60, 40);
	close_connection(0);
	CU_ASSERT_STRING_EQUAL_FATAL(kinds(3), "pPpC");
	first = &w.s->items[3];
	CU_ASSERT_PTR_NOT_NULL_FATAL(first->pdu.bhs);
	CU_ASSERT_EQUAL(first->pdu.itt, 5);
	CU_ASSERT_EQUAL(first->pdu.wire_length, 60);
	CU_ASSERT_EQUAL_FATAL(first->next, 5);
	CU_ASSERT_EQUAL(w.s->items[5].pdu.wire_length, 40);
	CU_ASSERT_EQUAL(memcmp(first->pdu.wire, wire[INITIATOR], 100), 0);
	CU_ASSERT_PTR_EQUAL(w.s->items[5].pdu.wire, first->pdu.wire + 60);
	CU_ASSERT_NOT_EQUAL_FATAL(first->task, ASSAY_SCRIPT_NONE);
	CU_ASSERT_EQUAL(w.s->tasks[first->task].request, 3);
	CU_ASSERT_EQUAL(w.s->tasks[first->task].answer, 4);
	CU_ASSERT_EQUAL(w.s->items[4].task, ASSAY_SCRIPT_NONE);
}

/* An answer with that tag that answers an earlier request is not this one's. */
static void answer_of_another(void)
{
	start();
	open_connection(0);
	segment(0, INITIATOR, 0, wire[INITIATOR], long_ping(5));
	segment(0, INITIATOR, 0, wire[INITIATOR], 60);
	say(0, TARGET,
		&(struct assay_pdu){
			.opcode = ASSAY_NOP_IN, .final = 1, .itt = 5, .ttt = ASSAY_TAG_RESERVED });
	close_connection(0);
	CU_ASSERT_STRING_EQUAL_FATAL(kinds(3), "PpPC");
	CU_ASSERT_EQUAL(w.s->items[4].task, ASSAY_SCRIPT_NONE);
	CU_ASSERT_EQUAL(w.s->tasks[w.s->items[3].task].answer, 5);
}

/* What the capture may not have all of is a gap: bytes are missing, or it ends before the connection does. */
static void not_all_there(void)
{
	start();
	open_connection(0);
	long_ping(5);
	segment(0, INITIATOR, 0, wire[INITIATOR], 60);
	assay_timeline_end(w.t);
	CU_ASSERT_STRING_EQUAL(kinds(3), "pGC");
	CU_ASSERT_PTR_NULL(w.s->items[3].pdu.wire);
	CU_ASSERT_EQUAL(w.s->connections[0].gaps, 60);
	start();
	open_connection(0);
	segment(0, INITIATOR, 0, wire[INITIATOR], 60);
	w.sent[0][INITIATOR] += 8;
	segment(0, INITIATOR, 0, wire[INITIATOR] + 68, 10);
	close_connection(0);
	assay_timeline_end(w.t);
	CU_ASSERT_EQUAL(w.s->parts, 0);
	CU_ASSERT(w.s->connections[0].gaps > 0);
}

static void half_close(void)
{
	start();
	open_connection(0);
	segment(0, INITIATOR, 0, wire[INITIATOR], long_ping(5));
	segment(0, INITIATOR, ASSAY_TCP_FIN, NULL, 0);
	say(0, TARGET,
		&(struct assay_pdu){
			.opcode = ASSAY_NOP_IN, .final = 1, .itt = 5, .ttt = ASSAY_TAG_RESERVED });
	segment(0, TARGET, ASSAY_TCP_FIN, NULL, 0);
	CU_ASSERT_STRING_EQUAL(kinds(3), "PFPC");
	CU_ASSERT_EQUAL(w.s->items[4].dir, ASSAY_TO_TARGET);
}

/* An end is where the initiator closed, also where the target did so later than others said something. */
static void place_of_an_end(void)
{
	start();
	open_connection(0);
	segment(0, INITIATOR, ASSAY_TCP_FIN, NULL, 0);
	open_connection(1);
	segment(0, TARGET, ASSAY_TCP_FIN, NULL, 0);
	CU_ASSERT_STRING_EQUAL(kinds(3), "FOPPC");
	start();
	open_connection(0);
	segment(0, TARGET, ASSAY_TCP_FIN, NULL, 0);
	open_connection(1);
	segment(0, INITIATOR, ASSAY_TCP_FIN, NULL, 0);
	CU_ASSERT_STRING_EQUAL(kinds(3), "FOPPC");
	CU_ASSERT_EQUAL(w.s->items[3].dir, ASSAY_TO_INITIATOR);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(whole_in_pieces),
	UNIT_TEST(whole_with_others_between),
	UNIT_TEST(part_of_a_header),
	UNIT_TEST(answered_part),
	UNIT_TEST(answer_of_another),
	UNIT_TEST(not_all_there),
	UNIT_TEST(half_close),
	UNIT_TEST(place_of_an_end),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed = unit_run("script_part", tests);

	assay_timeline_free(w.t);
	assay_script_free(w.s);
	return failed;
}
