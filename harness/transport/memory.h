/*
 * memory.h - a stream whose peer is a sans-I/O machine in the same process, with virtual time. Deterministic: a receive
 * takes what the peer answers to what it was sent, moves the clock to the peer's next timer when there is nothing, and
 * times out only when neither bytes nor timers are left before the deadline.
 */
#ifndef ASSAY_TRANSPORT_MEMORY_H
#define ASSAY_TRANSPORT_MEMORY_H

#include <stdbool.h>

#include "transport/stream.h"

/* Virtual time, shared by all streams of one peer. */
struct assay_memory_clock {
	uint64_t now; /* nanoseconds */
};

/* The machine on the other end, one connection of it. */
struct assay_memory_peer_ops {
	void (*input)(void *peer, const void *bytes, size_t length, uint64_t now);
	/* The bytes waiting to be sent; *out is valid until consumed. Returns how many. */
	size_t (*output)(void *peer, const uint8_t **out);
	void (*consumed)(void *peer, size_t length);
	bool (*closing)(void *peer); /* it closes once its output is taken */
	uint64_t (*next_timer)(void *peer); /* absolute, UINT64_MAX for none */
	void (*tick)(void *peer, uint64_t now);
	void (*closed)(void *peer, bool reset); /* we closed or reset: the connection is gone, peer is void */
	void (*finished)(void *peer); /* we half-closed */
};

/* The stream owns nothing of the peer, and calls closed exactly once. 0 or ASSAY_E_NOMEM. */
int assay_memory_stream(struct assay_stream **out, const struct assay_memory_peer_ops *ops, void *peer,
	struct assay_memory_clock *clock);

#endif
