/*
 * capture.c - the fuzz entry of captures, from the file's bytes to the rules. Input: a pcapng, which is read block by block; or else a byte that chooses the link layer, and packets, each after its length in two bytes and a
 * byte of which the low bits say how much of it the capture cut off. Blocks and packets lie within what was given, and no block wants more than it may; a PDU's parts lie within it, PDUs are numbered in their order, and what
 * is told as lost, cut or found fits the counts.
 */
#include <string.h>

#include "capture/blocks.h"
#include "capture/timeline.h"
#include "fuzz/fuzz.h"

#define MAX_LEN 16384

static const uint32_t links[] = { 1, 101, 0, 108, 113, 276, 228, 229, 12, 147 };

static struct {
	struct assay_timeline *timeline;
	struct assay_fragments *fragments;
	uint64_t pdus, cut, findings, lost, skipped;
	uint64_t connections, open;
	struct {
		bool known;
		uint32_t seq;
	} next[ASSAY_FLOWS_MAX][2];
} world;

/* ---- what the timeline tells ---- */

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	(void)payload;
	world.connections++;
	world.open++;
	if (c->number != world.connections || c->slot >= ASSAY_FLOWS_MAX)
		assay_fuzz_fail("connection %llu is the %lluth, in place %u", (unsigned long long)c->number,
			(unsigned long long)world.connections, c->slot);
}

static bool within(const uint8_t *part, size_t length, const struct assay_pdu *pdu)
{
	return !length || (part >= pdu->wire && part + length <= pdu->wire + pdu->wire_length);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	(void)payload;
	(void)c;
	if (p->number != ++world.pdus || p->first_frame > p->frame)
		assay_fuzz_fail("PDU %llu is the %lluth, of frames %llu to %llu",
			(unsigned long long)p->number, (unsigned long long)world.pdus,
			(unsigned long long)p->first_frame, (unsigned long long)p->frame);
	world.cut += p->cut;
	if (!within(p->pdu->data, p->pdu->data_length, p->pdu) ||
		!within(p->pdu->ahs, p->pdu->ahs_length, p->pdu))
		assay_fuzz_fail("a segment lies outside of its PDU");
}

/* Every byte is told once, in its order. */
static void on_stretch(void *payload, const struct assay_timeline_stretch *s)
{
	(void)payload;
	if (s->slot >= ASSAY_FLOWS_MAX || s->side > 1 || !s->length)
		assay_fuzz_fail("a stretch of %llu bytes of side %u in place %u",
			(unsigned long long)s->length, s->side, s->slot);
	if (world.next[s->slot][s->side].known && world.next[s->slot][s->side].seq != s->seq)
		assay_fuzz_fail("a stretch from %u on behind one that ends at %u", s->seq,
			world.next[s->slot][s->side].seq);
	if ((s->fate == ASSAY_TIMELINE_WHOLE) != (s->pdu != NULL) ||
		(s->pdu && (s->pdu->wire != s->bytes || s->pdu->wire_length != s->length)))
		assay_fuzz_fail("a stretch is another one than its PDU");
	world.next[s->slot][s->side].known = true;
	world.next[s->slot][s->side].seq = s->seq + (uint32_t)s->length;
}

static void on_over(void *payload, uint32_t slot, const struct assay_endpoint end[2])
{
	(void)payload;
	(void)end;
	world.next[slot][0].known = world.next[slot][1].known = false;
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	(void)payload;
	(void)c;
	world.findings++;
	if (at->number != f->pdu || f->pdu > world.pdus || (at->pdu && at->cut))
		assay_fuzz_fail("%s: at PDU %llu of %llu", f->rule->id, (unsigned long long)at->number,
			(unsigned long long)world.pdus);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	(void)payload;
	(void)c;
	if (!l->bytes)
		assay_fuzz_fail("no bytes were lost");
	*(l->skipped ? &world.skipped : &world.lost) += l->bytes;
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	(void)payload;
	(void)c;
	(void)how;
	(void)by;
	(void)frame;
	(void)time;
	if (!world.open--)
		assay_fuzz_fail("a connection ends that was not begun");
}

/* ---- packets ---- */

static void take(const struct assay_packet *p)
{
	struct assay_segment s;
	size_t longest = p->captured > 65535 ? p->captured : 65535; /* of fragments */

	if (assay_packet_tcp(&s, world.fragments, p) != ASSAY_PACKET_TCP)
		return;
	if (s.captured > s.length || s.captured > longest || (s.captured && !s.data))
		assay_fuzz_fail("a segment of %u bytes, of which %u are there, in a packet of %u", s.length,
			s.captured, p->captured);
	assay_timeline_segment(world.timeline, &s);
}

static void check_packet(const struct assay_packet *p, const uint8_t *block, size_t length, uint64_t frame)
{
	if (p->frame != frame || p->bytes < block || p->captured > length ||
		p->bytes + p->captured > block + length)
		assay_fuzz_fail("packet %llu lies outside of its block", (unsigned long long)p->frame);
	if (p->comment_length && ((const uint8_t *)p->comment < block ||
					 (const uint8_t *)p->comment + p->comment_length > block + length))
		assay_fuzz_fail("a comment lies outside of its block");
	take(p);
}

/* Each time no more is given than was asked for. */
static void take_blocks(const uint8_t *data, size_t size)
{
	static struct assay_blocks blocks;
	struct assay_error err = { 0 };
	struct assay_packet packet;
	size_t given = 0, need;
	uint64_t frame = 0;
	bool has;

	memset(&blocks, 0, sizeof(blocks));
	for (;;) {
		long used = assay_blocks_next(&packet, &has, &need, &blocks, data, given, &err);

		if (used < 0) {
			if (!err.message[0] || strchr(err.message, '\n'))
				assay_fuzz_fail("refused in the words '%s'", err.message);
			return;
		}
		if ((size_t)used > given || (has && !used))
			assay_fuzz_fail("a block of %ld bytes out of %zu", used, given);
		if (has)
			check_packet(&packet, data, (size_t)used, ++frame);
		if (!used && (need <= given || need > ASSAY_BLOCK_MAX))
			assay_fuzz_fail("with %zu bytes, a block needs %zu", given, need);
		if (!used && need > size)
			return;
		data += used;
		size -= (size_t)used;
		given = used ? 0 : need;
	}
}

static void take_packets(const uint8_t *data, size_t size)
{
	struct assay_packet p = { .link = links[data[0] % (sizeof(links) / sizeof(links[0]))] };

	for (size_t at = 1; at + 3 <= size;) {
		size_t length = (size_t)data[at] << 8 | data[at + 1], cut = data[at + 2] & 63;

		at += 3;
		if (length > size - at)
			length = size - at;
		p.bytes = data + at;
		p.length = (uint32_t)length;
		p.captured = (uint32_t)(cut < length ? length - cut : 0);
		p.frame++;
		p.time += 1000;
		take(&p);
		at += length;
	}
}

static void check_counts(void)
{
	const struct assay_timeline_counts *c = assay_timeline_counts(world.timeline);

	if (world.open || c->connections != world.connections || c->pdus[0] + c->pdus[1] != world.pdus ||
		c->cut_pdus != world.cut || c->findings != world.findings || c->lost_bytes != world.lost ||
		c->skipped_bytes != world.skipped)
		assay_fuzz_fail("the counts are not what was told");
	if (assay_reassembly_held(assay_timeline_reassembly(world.timeline)))
		assay_fuzz_fail("bytes are held after the end");
}

static void one(const uint8_t *data, size_t size)
{
	static const struct assay_timeline_events events = { .open = on_open,
		.pdu = on_pdu,
		.finding = on_finding,
		.loss = on_loss,
		.close = on_close,
		.stretch = on_stretch,
		.over = on_over };
	static const struct assay_reassembly_limits limits = { .held_bytes = 64 << 10, .patience = 4 };

	static struct assay_timeline *timeline; /* its tables take longer to make than an input to run */

	if (!size)
		return;
	memset(&world, 0, sizeof(world));
	if (!timeline)
		timeline = assay_timeline_new(&limits, &events, NULL);
	else
		assay_timeline_clear(timeline);
	world.timeline = timeline;
	world.fragments = assay_fragments_new();
	if (!world.timeline || !world.fragments)
		assay_fuzz_fail("out of memory");
	if (assay_blocks_is(data, size))
		take_blocks(data, size);
	else
		take_packets(data, size);
	assay_timeline_end(world.timeline);
	check_counts();
	assay_fragments_free(world.fragments);
}

const struct assay_fuzz_entry assay_fuzz_entry_capture = {
	.name = "capture",
	.desc = "blocks, packets and PDUs of a capture lie within its bytes, and are told once, in their "
		"order",
	.one = one,
	.max_len = MAX_LEN,
};
