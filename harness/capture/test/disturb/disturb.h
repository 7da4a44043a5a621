/*
 * disturb.h - a capture as a list of segments, and what a network or a capturing machine may do to it: packets come in another order, twice, in other pieces, in fragments, cut, or not at all. What was
 * said stays what it was. A test tool: it knows no rules, and the same seed does the same.
 */
#ifndef ASSAY_CAPTURE_TEST_DISTURB_H
#define ASSAY_CAPTURE_TEST_DISTURB_H

#include "capture/packet.h"

struct trace {
	struct assay_segment *segment;
	size_t count, room;
	bool fragmented; /* each is to be given as fragments of its datagram */
	bool failed; /* no memory */
	struct chunk *chunks; /* what the data are views of */
};

/* One disturbance. */
struct disturbance {
	const char *name;
	void (*make)(struct trace *t);
	unsigned times; /* that the capture is said: of two, findings may be twice as many */
	bool whole; /* nothing of it is missing then */
	bool ordered; /* packets stay in their order */
};

extern const struct disturbance disturbances[]; /* in the order in which several are made */
extern const unsigned disturbance_count;

void seed_with(uint64_t seed);
/* Below n, which is not 0. */
uint32_t pick(uint32_t n);

/* Words on standard error and false where it cannot be read. */
bool trace_read(struct trace *t, const char *path);
bool trace_copy(struct trace *out, const struct trace *t);
void trace_free(struct trace *t);

/* Room for bytes that live as long as the trace; NULL: t->failed. */
uint8_t *trace_bytes(struct trace *t, size_t length);
void trace_add(struct trace *t, const struct assay_segment *s);

#endif
