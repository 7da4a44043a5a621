/*
 * reassembly.c - the fuzz entry of TCP reassembly. Input: segments of eight bytes: what (flow, side, flags), sequence number relative to that side's last one, acknowledgment relative to the other side's, length, how much of it is there.
 * The content of a segment follows from its sequence numbers, so what comes out can be told right from wrong: in order, each byte at most once, lost bytes in their place; unless a flag gives a segment another content. No more
 * is held than the bound, and nothing at the end.
 */
#include <string.h>

#include "capture/reassembly.h"
#include "fuzz/fuzz.h"

#define SEGMENT 8 /* bytes of input for one */
#define MAX_LEN (SEGMENT * 512)
#define FLOWS   4
#define HELD    16384
#define LONGEST 4096

/* The first byte. */
enum { FLOW = 3, SIDE = 4, SYN = 8, FIN = 16, RST = 32, NO_ACK = 64, OTHER_CONTENT = 128 };

static struct {
	struct assay_reassembly *r;
	bool other_content; /* some segment lied: content cannot be told any more */
	uint32_t seq[FLOWS][2]; /* the last one, of what was put in */
	struct {
		bool open, known[2];
		uint64_t next[2]; /* offset of what comes out next */
		uint8_t base[2]; /* content at offset 0 */
	} out[ASSAY_FLOWS_MAX];
	uint64_t lost;
} world;

static void on_begin(void *payload, uint32_t flow, const struct assay_flow_start *start)
{
	(void)payload;
	(void)start;
	if (flow >= ASSAY_FLOWS_MAX || world.out[flow].open)
		assay_fuzz_fail("flow %u begins again", flow);
	memset(&world.out[flow], 0, sizeof(world.out[flow]));
	world.out[flow].open = true;
}

static void check_place(uint32_t flow, unsigned side, uint64_t length, const struct assay_bytes_place *place)
{
	if (flow >= ASSAY_FLOWS_MAX || side > 1 || !world.out[flow].open || !length)
		assay_fuzz_fail("%llu bytes of side %u of flow %u, which is not open",
			(unsigned long long)length, side, flow);
	if (place->offset != world.out[flow].next[side])
		assay_fuzz_fail("offset %llu follows after %llu", (unsigned long long)place->offset,
			(unsigned long long)world.out[flow].next[side]);
	world.out[flow].next[side] += length;
}

static void on_bytes(void *payload, uint32_t flow, unsigned side, const uint8_t *bytes, size_t length,
	bool end, const struct assay_bytes_place *place)
{
	(void)payload;
	(void)end;
	check_place(flow, side, length, place);
	if (world.other_content)
		return;
	if (!world.out[flow].known[side])
		world.out[flow].base[side] = (uint8_t)(bytes[0] - place->offset);
	world.out[flow].known[side] = true;
	for (size_t n = 0; n < length; n++)
		if (bytes[n] != (uint8_t)(world.out[flow].base[side] + place->offset + n))
			assay_fuzz_fail("offset %llu has the content of another",
				(unsigned long long)(place->offset + n));
}

static void on_lost(
	void *payload, uint32_t flow, unsigned side, uint64_t length, const struct assay_bytes_place *place)
{
	(void)payload;
	check_place(flow, side, length, place);
	world.lost += length;
}

static void on_conflict(void *payload, uint32_t flow, unsigned side, const struct assay_bytes_place *place)
{
	(void)payload;
	(void)place;
	if (!world.other_content)
		assay_fuzz_fail("a conflict in flow %u, side %u, where there is none", flow, side);
}

static void on_end(
	void *payload, uint32_t flow, enum assay_flow_end how, int by, uint64_t frame, uint64_t time)
{
	(void)payload;
	(void)how;
	(void)frame;
	(void)time;
	if (flow >= ASSAY_FLOWS_MAX || !world.out[flow].open || by < -1 || by > 1)
		assay_fuzz_fail("flow %u ends, by %d", flow, by);
	world.out[flow].open = false;
}

static void take(const uint8_t *in, uint64_t frame)
{
	static uint8_t content[LONGEST];
	unsigned what = in[0], flow = what & FLOW, side = (what & SIDE) != 0;
	const struct assay_endpoint end[2] = { { { 192, 0, 2, 1 }, 4, (uint16_t)(40000 + flow) },
		{ { 192, 0, 2, 2 }, 4, 3260 } };
	uint32_t move = (uint32_t)(int32_t)(int16_t)(in[1] << 8 | in[2]);
	struct assay_segment s = { .from = end[side], .to = end[!side], .frame = frame, .data = content };

	if (in[7] & 1)
		move *= 65521; /* now and then far away */
	s.seq = world.seq[flow][side] += move;
	s.ack = world.seq[flow][!side] + (uint32_t)(int32_t)(int16_t)(in[3] << 8 | in[4]);
	s.length = (in[5] << 8 | in[6]) & (LONGEST - 1);
	s.captured = in[7] & 2 ? s.length * (in[7] >> 2) / 64 : s.length;
	s.flags = (uint8_t)((what & SYN ? ASSAY_TCP_SYN : 0) | (what & FIN ? ASSAY_TCP_FIN : 0) |
			    (what & RST ? ASSAY_TCP_RST : 0) | (what & NO_ACK ? 0 : ASSAY_TCP_ACK));
	for (uint32_t n = 0; n < s.captured; n++)
		content[n] = (uint8_t)(s.seq + (what & SYN ? 1 : 0) + n + (what & OTHER_CONTENT ? n % 3 : 0));
	world.other_content |= (what & OTHER_CONTENT) != 0;
	assay_reassembly_segment(world.r, &s);
	if (assay_reassembly_held(world.r) > HELD + LONGEST)
		assay_fuzz_fail("%zu bytes are held, of %d allowed", assay_reassembly_held(world.r), HELD);
}

static void one(const uint8_t *data, size_t size)
{
	static const struct assay_reassembly_events events = {
		.begin = on_begin, .bytes = on_bytes, .lost = on_lost, .conflict = on_conflict, .end = on_end
	};
	static const struct assay_reassembly_limits limits = {
		.held_bytes = HELD, .flow_bytes = HELD / 2, .patience = 4
	};

	static struct assay_reassembly *reassembly; /* its tables take longer to make than an input to run */

	memset(&world, 0, sizeof(world));
	if (!reassembly)
		reassembly = assay_reassembly_new(&limits, &events, NULL);
	else
		assay_reassembly_clear(reassembly);
	world.r = reassembly;
	if (!world.r)
		assay_fuzz_fail("out of memory");
	for (size_t at = 0; at + SEGMENT <= size; at += SEGMENT)
		take(data + at, at / SEGMENT + 1);
	assay_reassembly_end(world.r);
	for (uint32_t flow = 0; flow < ASSAY_FLOWS_MAX; flow++)
		if (world.out[flow].open)
			assay_fuzz_fail("flow %u does not end", flow);
	if (assay_reassembly_held(world.r) || assay_reassembly_counts(world.r)->lost_bytes != world.lost)
		assay_fuzz_fail("%zu bytes are held after the end; %llu were counted as lost",
			assay_reassembly_held(world.r),
			(unsigned long long)assay_reassembly_counts(world.r)->lost_bytes);
}

const struct assay_fuzz_entry assay_fuzz_entry_reassembly = {
	.name = "reassembly",
	.desc = "bytes come out in order and each at most once, and no more are held than the bound",
	.one = one,
	.max_len = MAX_LEN,
};
