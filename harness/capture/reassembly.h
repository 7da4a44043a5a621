/*
 * reassembly.h - the bytes of TCP connections in their order, out of segments in any order. Segments in, events out: no file, no clock, and no memory but what is taken at the start, however long
 * the capture. RFC 9293.
 *
 * Both sides are put in order together: bytes are given out after those of the other side that their sender had acknowledged, so what answers something never comes before it, though the
 * capture may have it so. Bytes that were acknowledged and are not in the capture are lost, and are told as lost before anything that answered them.
 */
#ifndef ASSAY_CAPTURE_REASSEMBLY_H
#define ASSAY_CAPTURE_REASSEMBLY_H

#include "capture/packet.h"

#define ASSAY_FLOWS_MAX 1024 /* connections at a time; the one that was silent longest gives way */

#define ASSAY_REASSEMBLY_HISTORY                                                                             \
	8192 /* bytes of a side given out last, that what comes again is compared with */

/* What may be held back at most, and for how long; 0: the default. */
struct assay_reassembly_limits {
	uint32_t held_bytes; /* of all connections; 16 MiB */
	uint32_t flow_bytes; /* of one; a quarter of that */
	uint32_t
		history; /* bytes of a side that what comes again is compared with; ASSAY_REASSEMBLY_HISTORY, and no more */
	uint32_t
		patience; /* packets of a connection that missing bytes are waited for once the other side has acknowledged them; 256 */
};

/* A connection. Its number is below ASSAY_FLOWS_MAX and free again after its end. */
struct assay_flow_start {
	struct assay_endpoint
		end[2]; /* of side 0, who sent the SYN or else what was seen first, and of side 1 */
	bool syn; /* its start was seen, and side 0 opened it */
	uint64_t frame, time;
};

/* Where bytes came from. */
struct assay_bytes_place {
	uint64_t frame, time;
	uint64_t offset; /* in that side's stream, from 0 */
	uint32_t seq; /* sequence number of the first */
	struct assay_hole *hole; /* that may be among them; NULL: there is none */
};

enum assay_flow_end {
	ASSAY_FLOW_FIN, /* both sides, or the capture ended after one */
	ASSAY_FLOW_RESET,
	ASSAY_FLOW_OPEN, /* the capture ended, or the addresses were used again, or it was given up */
};

/* All are called from within assay_reassembly_segment and _end. A flow is begun before its first bytes, and ended once. */
struct assay_reassembly_events {
	void (*begin)(void *payload, uint32_t flow, const struct assay_flow_start *start);
	/* end: they are the last of a packet. */
	void (*bytes)(void *payload, uint32_t flow, unsigned side, const uint8_t *bytes, size_t length,
		bool end, const struct assay_bytes_place *place);
	void (*lost)(void *payload, uint32_t flow, unsigned side, uint64_t length,
		const struct assay_bytes_place *place);
	/* A segment repeats bytes with another content; the first ones count. */
	void (*conflict)(void *payload, uint32_t flow, unsigned side, const struct assay_bytes_place *place);
	/* by: the side that closed or reset first, -1: not known. */
	void (*end)(
		void *payload, uint32_t flow, enum assay_flow_end how, int by, uint64_t frame, uint64_t time);
	/* That side's FIN, behind all of its bytes; the other may go on. May be NULL. */
	void (*fin)(void *payload, uint32_t flow, unsigned side, uint64_t frame, uint64_t time);
	/* Bytes of a connection wait, and none did before; begun: it was begun. May be NULL. */
	void (*waits)(void *payload, uint32_t flow, bool begun, const struct assay_endpoint end[2]);
};

struct assay_reassembly_counts {
	uint64_t segments, flows;
	uint64_t held_most; /* bytes that were held at once, at most */
	uint64_t reordered; /* segments that came before their turn */
	uint64_t repeated_bytes, conflicts;
	uint64_t lost_bytes; /* not in the capture */
	uint64_t given_up_bytes; /* of those: what might still have come, but there was no room to wait */
	uint64_t given_up_flows; /* forgotten for newer ones */
};

struct assay_reassembly;

/* limits may be NULL. NULL: out of memory. */
struct assay_reassembly *assay_reassembly_new(const struct assay_reassembly_limits *limits,
	const struct assay_reassembly_events *events, void *payload);
void assay_reassembly_free(struct assay_reassembly *r);
/* As new, with the memory that it has. */
void assay_reassembly_clear(struct assay_reassembly *r);

void assay_reassembly_segment(struct assay_reassembly *r, const struct assay_segment *segment);
/* The capture is over: everything that is held is given out, all flows end. */
void assay_reassembly_end(struct assay_reassembly *r);

/* Nobody wants the bytes of that flow: no more events but its end. May be called from an event. */
void assay_reassembly_ignore(struct assay_reassembly *r, uint32_t flow);

/* Whose a segment is that was taken. */
struct assay_segment_place {
	uint32_t flow;
	unsigned side;
	uint32_t
		given; /* how many of its bytes have been given out, now or before; those behind wait for their turn, or were no part of the stream */
	bool waits; /* some of that side do wait */
};
/* False: nobody wants it, its connection is over, or there is none. */
bool assay_reassembly_follows(
	struct assay_segment_place *out, struct assay_reassembly *r, const struct assay_segment *segment);

const struct assay_reassembly_counts *assay_reassembly_counts(const struct assay_reassembly *r);
/* Bytes held now. */
size_t assay_reassembly_held(const struct assay_reassembly *r);

#endif
