/* reassembly_world.h - what the tests of reassembly share: segments of one connection in, and what came out in words. */
#ifndef ASSAY_CAPTURE_TEST_REASSEMBLY_WORLD_H
#define ASSAY_CAPTURE_TEST_REASSEMBLY_WORLD_H

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

static inline void on_begin(void *payload, uint32_t flow, const struct assay_flow_start *start)
{
	(void)payload, (void)flow;
	w.begun++;
	w.syn = start->syn;
}

static inline void on_bytes(void *payload, uint32_t flow, unsigned side, const uint8_t *bytes, size_t length,
	bool end, const struct assay_bytes_place *place)
{
	char *out = w.out[side];

	(void)payload, (void)flow, (void)end, (void)place;
	if (strlen(out) + length < sizeof(w.out[0]))
		strncat(out, (const char *)bytes, length);
	if (strlen(w.order) + 1 < sizeof(w.order))
		strcat(w.order, side ? "s" : "c");
}

static inline void on_lost(
	void *payload, uint32_t flow, unsigned side, uint64_t length, const struct assay_bytes_place *place)
{
	char words[32];

	(void)payload, (void)flow, (void)place;
	snprintf(words, sizeof(words), "[%llu]", (unsigned long long)length);
	strcat(w.out[side], words);
	strcat(w.order, side ? "S" : "C");
}

static inline void on_conflict(
	void *payload, uint32_t flow, unsigned side, const struct assay_bytes_place *place)
{
	(void)payload, (void)flow, (void)side, (void)place;
	w.conflicts++;
}

static inline void on_end(
	void *payload, uint32_t flow, enum assay_flow_end how, int by, uint64_t frame, uint64_t time)
{
	static const char *const words[] = { "fin", "reset", "open" };

	(void)payload, (void)flow, (void)frame, (void)time;
	snprintf(w.ends + strlen(w.ends), sizeof(w.ends) - strlen(w.ends), "%s by %d;", words[how], by);
}

static const struct assay_reassembly_events events = {
	.begin = on_begin, .bytes = on_bytes, .lost = on_lost, .conflict = on_conflict, .end = on_end
};

static inline void start(const struct assay_reassembly_limits *limits)
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
static inline void raw(
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

static inline void data(unsigned side, uint32_t offset, uint32_t ack, const char *text)
{
	raw(side, ASSAY_TCP_ACK, 1 + offset, 1 + ack, text, (uint32_t)strlen(text));
}

static inline void flag(unsigned side, uint8_t flags, uint32_t offset, uint32_t ack)
{
	raw(side, flags | ASSAY_TCP_ACK, 1 + offset, 1 + ack, "", 0);
}

static inline void handshake(void)
{
	raw(0, ASSAY_TCP_SYN, 0, 0, "", 0);
	raw(1, ASSAY_TCP_SYN | ASSAY_TCP_ACK, 0, 1, "", 0);
	flag(0, 0, 0, 0);
}

static inline void came(const char *client, const char *server)
{
	assay_reassembly_end(w.r);
	CU_ASSERT_STRING_EQUAL(w.out[0], client);
	CU_ASSERT_STRING_EQUAL(w.out[1], server);
	CU_ASSERT_EQUAL(assay_reassembly_held(w.r), 0);
}

#endif
