/* memory_test.c - virtual time and the order of events of a stream in memory. */
#include <string.h>

#include "test/unit.h"
#include "transport/memory.h"

/* Echoes what it gets after delay, and closes on "bye". */
struct echo {
	uint8_t held[64], out[64];
	size_t held_length, out_length;
	uint64_t delay, timer;
	bool bye, finished, stuck;
	int closed, resets;
};

static void echo_input(void *peer, const void *bytes, size_t length, uint64_t now)
{
	struct echo *e = peer;

	if (length == 3 && memcmp(bytes, "bye", 3) == 0) {
		e->bye = true;
		return;
	}
	memcpy(e->held, bytes, length);
	e->held_length = length;
	e->timer = now + e->delay;
}

static size_t echo_output(void *peer, const uint8_t **out)
{
	struct echo *e = peer;

	*out = e->out;
	return e->out_length;
}

static void echo_consumed(void *peer, size_t length)
{
	struct echo *e = peer;

	memmove(e->out, e->out + length, e->out_length - length);
	e->out_length -= length;
}

static bool echo_closing(void *peer)
{
	return ((struct echo *)peer)->bye;
}

static uint64_t echo_next_timer(void *peer)
{
	return ((struct echo *)peer)->timer;
}

static void echo_tick(void *peer, uint64_t now)
{
	struct echo *e = peer;

	if (e->stuck || now < e->timer)
		return;
	memcpy(e->out, e->held, e->held_length);
	e->out_length = e->held_length;
	e->timer = UINT64_MAX;
}

static void echo_closed(void *peer, bool reset)
{
	struct echo *e = peer;

	e->closed++;
	e->resets += reset;
}

static void echo_finished(void *peer)
{
	((struct echo *)peer)->finished = true;
}

static const struct assay_memory_peer_ops echo_ops = {
	.input = echo_input,
	.output = echo_output,
	.consumed = echo_consumed,
	.closing = echo_closing,
	.next_timer = echo_next_timer,
	.tick = echo_tick,
	.closed = echo_closed,
	.finished = echo_finished,
};

static struct assay_stream *stream(struct echo *e, struct assay_memory_clock *clock)
{
	struct assay_stream *s = NULL;

	e->timer = UINT64_MAX;
	CU_ASSERT_EQUAL_FATAL(assay_memory_stream(&s, &echo_ops, e, clock), 0);
	return s;
}

static void time_moves_to_the_timer(void)
{
	struct assay_memory_clock clock = { 7 };
	struct echo e = { .delay = 15 * ASSAY_SECOND };
	struct assay_stream *s = stream(&e, &clock);
	char buf[8];

	CU_ASSERT_EQUAL(assay_stream_send(s, "hello", 5, 0), 0);
	CU_ASSERT_EQUAL(
		assay_stream_recv(s, buf, 2, assay_stream_now(s) + 10 * ASSAY_SECOND), ASSAY_E_TIMEOUT);
	CU_ASSERT_EQUAL(assay_stream_now(s), 7 + 10 * ASSAY_SECOND);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, 2, UINT64_MAX), 2);
	CU_ASSERT_EQUAL(assay_stream_now(s), 7 + 15 * ASSAY_SECOND);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), UINT64_MAX), 3);
	CU_ASSERT_EQUAL(memcmp(buf, "llo", 3), 0);
	/* Nothing is left that could happen: silence is certain, whatever the deadline. */
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), UINT64_MAX), ASSAY_E_TIMEOUT);
	assay_stream_close(s);
	CU_ASSERT_EQUAL(e.closed, 1);
	CU_ASSERT_EQUAL(e.resets, 0);
}

static void a_closing_peer_is_closed_after_its_output(void)
{
	struct assay_memory_clock clock = { 0 };
	struct echo e = { .delay = 0 };
	struct assay_stream *s = stream(&e, &clock);
	char buf[8];

	assay_stream_send(s, "x", 1, 0);
	assay_stream_send(s, "bye", 3, 0);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), 1), 1);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), 1), ASSAY_E_CLOSED);
	CU_ASSERT_EQUAL(assay_stream_send(s, "lost", 4, 0), 0);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), 1), ASSAY_E_CLOSED);
	assay_stream_close(s);
}

static void reset_and_finish_reach_the_peer_once(void)
{
	struct assay_memory_clock clock = { 0 };
	struct echo e = { .delay = 0 };
	struct assay_stream *s = stream(&e, &clock);
	char buf[8];

	CU_ASSERT_EQUAL(assay_stream_finish(s), 0);
	CU_ASSERT_TRUE(e.finished);
	CU_ASSERT_EQUAL(assay_stream_send(s, "x", 1, 0), ASSAY_E_INVAL);
	assay_stream_reset(s);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), 1), ASSAY_E_INVAL);
	assay_stream_close(s);
	CU_ASSERT_EQUAL(e.closed, 1);
	CU_ASSERT_EQUAL(e.resets, 1);
}

static void a_stuck_timer_ends(void)
{
	struct assay_memory_clock clock = { 0 };
	struct echo e = { .stuck = true };
	struct assay_stream *s = stream(&e, &clock);
	char buf[8];

	assay_stream_send(s, "x", 1, 0);
	CU_ASSERT_EQUAL(assay_stream_recv(s, buf, sizeof(buf), ASSAY_SECOND), ASSAY_E_INVAL);
	assay_stream_close(s);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(time_moves_to_the_timer),
	UNIT_TEST(a_closing_peer_is_closed_after_its_output),
	UNIT_TEST(reset_and_finish_reach_the_peer_once),
	UNIT_TEST(a_stuck_timer_ends),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("memory", tests);
}
