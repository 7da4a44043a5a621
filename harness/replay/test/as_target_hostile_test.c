/*
 * as_target_hostile_test.c - a live initiator that means no good: garbage, floods, PDUs that never end, very many connections, and captured streams with bytes changed by chance. What the target holds and tells
 * stays bounded, what it says is PDUs, and all is over when the connections are.
 */
#include <stdlib.h>
#include <string.h>

#include "as_target_world.h"

static const struct assay_pdu ping = { .opcode = ASSAY_NOP_OUT,
	.final = 1,
	.itt = 600,
	.ttt = ASSAY_TAG_RESERVED,
	.immediate = 1,
	.cmd_sn = 9000 };

static void capture_write(void)
{
	struct assay_pdu write = command(3, 101, 0x2a);

	write.write = 1;
	write.expected_data_transfer_length = 4;
	captured(0, write);
	captured(0, (struct assay_pdu){ .opcode = ASSAY_R2T,
			    .final = 1,
			    .itt = 3,
			    .ttt = 33,
			    .stat_sn = 52,
			    .exp_cmd_sn = 102,
			    .max_cmd_sn = 133,
			    .desired_data_transfer_length = 4 });
	captured(0, (struct assay_pdu){ .opcode = ASSAY_DATA_OUT,
			    .final = 1,
			    .itt = 3,
			    .ttt = 33,
			    .data = (const uint8_t *)"abcd",
			    .data_length = 4 });
	captured(0, response(3, 52, 102));
}

static void capture_text(void)
{
	captured(0, (struct assay_pdu){ .opcode = ASSAY_TEXT_REQUEST,
			    .final = 1,
			    .immediate = 1,
			    .itt = 4,
			    .ttt = ASSAY_TAG_RESERVED,
			    .cmd_sn = 102,
			    TEXT("SendTargets=All") });
	captured(0, (struct assay_pdu){ .opcode = ASSAY_TEXT_RESPONSE,
			    .final = 1,
			    .itt = 4,
			    .ttt = ASSAY_TAG_RESERVED,
			    .stat_sn = 53,
			    .exp_cmd_sn = 102,
			    .max_cmd_sn = 133,
			    TEXT("TargetName=iqn.2026-01.test:t\0TargetAddress=10.0.0.1:3260,1") });
}

static void capture_session(void)
{
	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	capture_write();
	capture_text();
	captured_login(1);
	captured(1, command(9, 100, 0x12));
	captured(1, response(9, 51, 101));
}

/* All that has gone out must be PDUs; takes it. Returns how many. */
static unsigned take_pdus(struct assay_replay_target_link *k)
{
	const uint8_t *out;
	size_t length = assay_replay_target_output(k, &out), at = 0;
	struct assay_pdu pdu;
	unsigned count = 0;

	while (at < length) {
		long used = assay_pdu_decode(&pdu, out + at, length - at, 0);

		CU_ASSERT_FATAL(used > 0);
		at += (size_t)used;
		count++;
	}
	if (length)
		assay_replay_target_sent(k, length, w.now);
	return count;
}

static void garbage(void)
{
	static uint8_t junk[2000];

	memset(junk, 0xff, sizeof(junk));
	live_clear();
	captured_login(0);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	connect_live();
	assay_replay_target_input(w.k, junk, sizeof(junk), ++w.now);
	CU_ASSERT_FALSE(live_hear());
	CU_ASSERT_EQUAL(w.differing, 0); /* it may become one yet */
	live_leave();
	CU_ASSERT_EQUAL(w.differing, 1);
	CU_ASSERT_STRING_EQUAL(w.what, "request");
	CU_ASSERT_FALSE(assay_replay_target_done(w.t));
}

/* Half of a request, and the connection is gone; as in the capture, that is no difference. */
static void half_a_request(void)
{
	uint8_t wire[64];
	struct assay_pdu pdu = command(500, 9000, 0x12);
	const struct assay_timeline_stand stand = { .dir = ASSAY_TO_TARGET, .held = 20 };
	const struct assay_timeline_loss loss = {
		.bytes = 20, .skipped = true, .dir = ASSAY_TO_TARGET, .rest = wire
	};

	CU_ASSERT_FATAL(assay_pdu_encode(wire, sizeof(wire), &pdu, 0) > 0);
	for (unsigned captured_too = 0; captured_too < 2; captured_too++) {
		live_clear();
		captured_login(0);
		if (captured_too) {
			assay_script_stand(w.s, &w.connections[0], &stand);
			assay_script_loss(w.s, &w.connections[0], &loss);
		}
		live_play(ASSAY_REPLAY_DATA_WRITTEN);
		live_login();
		assay_replay_target_input(w.k, wire, 20, ++w.now);
		live_leave();
		CU_ASSERT_EQUAL(w.differing, !captured_too);
		CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	}
}

static void floods(void)
{
	enum { MANY = 5000 };

	capture_session();
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	for (uint32_t n = 0; n < MANY; n++) {
		live_say(ping);
		CU_ASSERT_EQUAL(take_pdus(w.k), 1);
	}
	CU_ASSERT_EQUAL(w.differing, 0);
	for (uint32_t n = 0; n < MANY; n++) {
		live_say(command(1000 + n, 9000 + n, 0xc0));
		CU_ASSERT_EQUAL(take_pdus(w.k), 1);
	}
	CU_ASSERT_TRUE(w.differing > 0 && w.differing < 100); /* told */
	live_leave();
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, true)->pings, MANY);
	CU_ASSERT_EQUAL(assay_replay_target_end(w.t, true)->unknown, MANY);
	CU_ASSERT_TRUE(assay_replay_target_end(w.t, true)->differing >= MANY);
}

/* They do not hold back what waits for a request that does not come. */
static void pings_in_the_way(void)
{
	unsigned pdus = 0;

	live_clear();
	captured_login(0);
	captured(0, command(2, 100, 0x12));
	captured(0, response(2, 51, 101));
	captured(0, command(3, 101, 0x25));
	captured(0, response(3, 52, 102));
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	live_login();
	live_say(command(500, 9000, 0x25));
	for (unsigned n = 0; n < 4; n++) {
		w.now += PATIENCE / 3;
		live_say(ping);
		assay_replay_target_tick(w.t, w.now);
		pdus += take_pdus(w.k);
	}
	CU_ASSERT_EQUAL(pdus, 5);
	live_leave();
}

/* Headers of the longest PDUs on very many connections: some get no room. Once they are gone there is room again, and they are not waited for. */
static void long_ones(void)
{
	enum { MANY = 100 };
	struct assay_replay_target_link *links[MANY];
	const uint8_t header[ASSAY_BHS_LENGTH] = { 0x43, 0x87, 0, 0, 0, 0xff, 0xff, 0xff };
	unsigned gone = 0;

	live_clear();
	captured_login(0);
	live_play(ASSAY_REPLAY_DATA_WRITTEN);
	for (unsigned n = 0; n < MANY; n++) {
		links[n] = assay_replay_target_accept(w.t, "t", "i", ++w.now);
		CU_ASSERT_PTR_NOT_NULL_FATAL(links[n]);
		assay_replay_target_input(links[n], header, sizeof(header), w.now);
		gone += assay_replay_target_ends(links[n]) == ASSAY_REPLAY_RESETS;
		CU_ASSERT_FALSE(assay_replay_target_plays(links[n]));
	}
	CU_ASSERT_TRUE(gone >= MANY - 8);
	live_login();
	live_leave();
	CU_ASSERT_TRUE(assay_replay_target_done(w.t));
	for (unsigned n = 0; n < MANY; n++)
		assay_replay_target_closed(links[n], ASSAY_INITIATOR, false, ++w.now);
	connect_live();
	assay_replay_target_input(w.k, header, sizeof(header), w.now);
	CU_ASSERT_EQUAL(assay_replay_target_ends(w.k), ASSAY_REPLAY_STAYS);
	live_leave();
}

/* ---- by chance ---- */

static uint32_t chance(uint32_t below)
{
	static uint32_t state = 0x5eed;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

/* Some bits changed, mostly of the header; in two pieces, now and then several times or never. */
static void say_changed(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	uint8_t wire[4096];
	size_t length = pdu->wire_length, first = chance((uint32_t)length + 1);

	memcpy(wire, pdu->wire, length);
	for (uint32_t c = chance(4); c > 0; c--)
		wire[chance(chance(3) ? 48 : (uint32_t)length)] ^= (uint8_t)(1u << chance(8));
	w.now += chance(3) ? 1 : PATIENCE;
	for (uint32_t times = chance(8) ? 1 : chance(4); times > 0; times--) {
		assay_replay_target_input(k, wire, first, w.now);
		assay_replay_target_input(k, wire + first, length - first, w.now);
	}
	assay_replay_target_tick(w.t, w.now);
}

static void say_side(struct assay_replay_target_link *k, uint32_t connection)
{
	for (uint32_t n = 0; n < w.s->item_count; n++) {
		const struct assay_script_item *i = &w.s->items[n];

		if (i->connection == connection && i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_TARGET)
			say_changed(k, &i->pdu);
	}
}

/* In all the ways in which a target is played. */
static void begin_round(unsigned round)
{
	capture_session();
	w.s->connections[1].mid_stream = round & 1;
	w.pace = round & 2;
	w.verbatim = round & 4;
	w.stop_at = round & 8 ? 2 + chance(16) : 0;
	live_play(ASSAY_REPLAY_DATA_ALL);
}

static void changed_by_chance(void)
{
	enum { ROUNDS = 2000 };

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct assay_replay_target_link *links[3];

		begin_round(round);
		for (unsigned n = 0; n < 3; n++)
			links[n] = assay_replay_target_accept(w.t, "t", "i", ++w.now);
		for (unsigned n = 0; n < 3; n++)
			say_side(links[n], chance(2));
		for (unsigned n = 0; n < 3; n++) {
			(void)take_pdus(links[n]);
			assay_replay_target_closed(links[n], ASSAY_INITIATOR, chance(2), ++w.now);
		}
		CU_ASSERT_EQUAL(assay_replay_target_next(w.t), UINT64_MAX);
		assay_replay_target_end(w.t, false);
	}
}

static CU_TestInfo tests[] = {
	UNIT_TEST(garbage),
	UNIT_TEST(half_a_request),
	UNIT_TEST(floods),
	UNIT_TEST(pings_in_the_way),
	UNIT_TEST(long_ones),
	UNIT_TEST(changed_by_chance),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_world("as_target_hostile", tests);
}
