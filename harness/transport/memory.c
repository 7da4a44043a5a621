/*
 * memory.c - the stream whose peer is a machine in the same process. It reads no clock and never waits: time moves only
 * where a receive finds nothing to take, and then straight to the peer's next timer or to the deadline.
 */
#include "transport/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A timer that fires this often without moving on is the peer's fault, and would hold a receive for ever. */
#define TICKS_IN_PLACE_MAX 1000

struct memory {
	struct assay_stream stream;
	const struct assay_memory_peer_ops *ops;
	void *peer; /* NULL once it was told that the connection is gone */
	struct assay_memory_clock *clock;
	bool finished; /* we half-closed */
};

static struct memory *memory_of(struct assay_stream *s)
{
	return (struct memory *)s;
}

/* Runs the timers that are due: another stream of the same clock may have moved it. */
static void run_due(struct memory *m)
{
	for (int n = 0; n < TICKS_IN_PLACE_MAX && m->ops->next_timer(m->peer) <= m->clock->now; n++)
		m->ops->tick(m->peer, m->clock->now);
}

static int memory_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	struct memory *m = memory_of(s);

	(void)deadline;
	if (!m->peer || m->finished)
		return ASSAY_E_INVAL;
	run_due(m);
	/* As with TCP, what is sent to a peer that has closed is lost, and only the next receive tells. */
	if (length > 0 && !m->ops->closing(m->peer))
		m->ops->input(m->peer, bytes, length, m->clock->now);
	return 0;
}

static long memory_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline)
{
	struct memory *m = memory_of(s);
	int in_place = 0;

	if (!m->peer || capacity == 0)
		return ASSAY_E_INVAL;
	for (;;) {
		const uint8_t *bytes;
		size_t n = m->ops->output(m->peer, &bytes);

		if (n > 0) {
			n = n < capacity ? n : capacity;
			memcpy(out, bytes, n);
			m->ops->consumed(m->peer, n);
			return (long)n;
		}
		if (m->ops->closing(m->peer))
			return ASSAY_E_CLOSED;

		uint64_t timer = m->ops->next_timer(m->peer);

		if (timer == UINT64_MAX || timer > deadline) {
			if (deadline != UINT64_MAX && deadline > m->clock->now)
				m->clock->now = deadline;
			return ASSAY_E_TIMEOUT;
		}
		if (timer > m->clock->now) {
			m->clock->now = timer;
			in_place = 0;
		} else if (++in_place > TICKS_IN_PLACE_MAX) {
			return ASSAY_E_INVAL;
		}
		m->ops->tick(m->peer, m->clock->now);
	}
}

static int memory_finish(struct assay_stream *s)
{
	struct memory *m = memory_of(s);

	if (!m->peer || m->finished)
		return ASSAY_E_INVAL;
	m->finished = true;
	m->ops->finished(m->peer);
	return 0;
}

static void leave(struct memory *m, bool reset)
{
	if (m->peer)
		m->ops->closed(m->peer, reset);
	m->peer = NULL;
}

static void memory_reset(struct assay_stream *s)
{
	leave(memory_of(s), true);
}

static void memory_close(struct assay_stream *s)
{
	leave(memory_of(s), false);
	free(s);
}

static uint64_t memory_now(struct assay_stream *s)
{
	return memory_of(s)->clock->now;
}

static const struct assay_stream_ops memory_ops = {
	.send = memory_send,
	.recv = memory_recv,
	.finish = memory_finish,
	.reset = memory_reset,
	.close = memory_close,
	.now = memory_now,
};

int assay_memory_stream(struct assay_stream **out, const struct assay_memory_peer_ops *ops, void *peer,
	struct assay_memory_clock *clock)
{
	struct memory *m = calloc(1, sizeof(*m));

	*out = NULL;
	if (!m)
		return ASSAY_E_NOMEM;
	m->stream.ops = &memory_ops;
	snprintf(m->stream.local, sizeof(m->stream.local), "memory");
	snprintf(m->stream.remote, sizeof(m->stream.remote), "memory");
	m->ops = ops;
	m->peer = peer;
	m->clock = clock;
	*out = &m->stream;
	return 0;
}
