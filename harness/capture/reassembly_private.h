/* reassembly_private.h - what reassembly.c (flows and their order), flows.c (their table), held.c (bytes that wait for their turn) and holes.c (those that are missing) share. */
#ifndef ASSAY_CAPTURE_REASSEMBLY_PRIVATE_H
#define ASSAY_CAPTURE_REASSEMBLY_PRIVATE_H

#include "capture/reassembly.h"

#define PIECE_BYTES 2016 /* bytes that a piece holds */
#define HELD_LEVELS 5 /* of the list of pieces, each with an eighth of those of the one below */
#define HISTORY     ASSAY_REASSEMBLY_HISTORY
#define NONE        UINT32_MAX
#define WINDOW      (1 << 24) /* no side is further ahead of the other in practice */
#define AHEAD       (1 << 30) /* sequence numbers this far before are of another connection: the largest window */

/* Bytes of one segment that wait, or a hole of it that the capture cut off. */
struct piece {
	uint64_t at; /* offset in the side's stream */
	uint64_t needs; /* offset in the other side's stream that must be given out first */
	uint64_t frame, time;
	uint64_t packet; /* count of the flow's packets when it came */
	uint32_t next[HELD_LEVELS]; /* index; NONE. By level, below levels; of a free one, only the first */
	uint32_t length;
	uint8_t levels;
	bool hole; /* no bytes are there */
	bool end; /* the last of its packet */
};

struct side {
	bool known; /* next is meaningful */
	bool seen; /* a packet of it was in the capture */
	bool sure; /* a SYN told where it begins */
	bool fin_known;
	bool ended; /* its FIN's turn has come */
	uint32_t next_seq; /* sequence number of offset given */
	uint64_t given; /* offset: all before was given out or lost */
	uint64_t acked; /* offset that the other side has acknowledged */
	uint64_t fin; /* offset of the FIN */
	uint32_t first; /* piece, by offset; NONE */
	uint32_t upper[HELD_LEVELS - 1]; /* the first of each level above */
	uint64_t held; /* bytes in them */
	uint64_t history_end; /* offset one past the newest byte of history */
	uint64_t history_from; /* offset of the oldest */
	uint8_t history[HISTORY];
};

struct flow {
	bool begun, ignored;
	bool over; /* ended; kept so that what comes late is known for what it is */
	bool reset; /* so it ended */
	bool syn;
	int closer; /* the side that closed first; -1 */
	struct assay_endpoint end[2];
	uint32_t syn_seq; /* of side 0, where syn */
	uint32_t chain; /* next of its bucket */
	uint32_t newer, older; /* by last use */
	uint64_t frame, time; /* of the last packet */
	uint64_t first_frame, first_time;
	uint64_t packets;
	struct side side[2];
};

#define BUCKETS 2048 /* a power of two */

struct assay_reassembly {
	struct assay_reassembly_limits limits;
	struct assay_reassembly_events events;
	void *payload;
	struct assay_reassembly_counts counts;
	uint32_t pieces, free_piece, fresh; /* fresh: the first that was never used */
	uint32_t taken; /* pieces that hold something */
	uint64_t random; /* never 0: which pieces are on which level, who makes a capture cannot know */
	uint8_t *bytes; /* PIECE_BYTES of each piece */
	size_t held;
	uint32_t newest, oldest; /* flows */
	uint32_t used;
	uint32_t bucket[BUCKETS];
	struct flow flow[ASSAY_FLOWS_MAX];
	struct piece piece[];
};

static inline uint8_t *piece_bytes(const struct assay_reassembly *r, const struct piece *p)
{
	return r->bytes + (size_t)(p - r->piece) * PIECE_BYTES;
}

/* ---- flows.c ---- */

bool flow_same_end(const struct assay_endpoint *a, const struct assay_endpoint *b);
/* The flow of a segment's addresses; NULL. */
struct flow *flow_find(struct assay_reassembly *r, const struct assay_segment *s);
/* A place for a new one, the newest; where all are taken, that of the oldest, which must have ended. Only end, chain, newer and older are set. */
struct flow *flow_add(
	struct assay_reassembly *r, const struct assay_endpoint *a, const struct assay_endpoint *b);
/* Is a segment of that side of another connection than the one that had its addresses last? */
bool flow_is_other(const struct flow *f, const struct assay_segment *s, unsigned side);
void flow_touch(struct assay_reassembly *r, struct flow *f);

/* ---- reassembly.c ---- */

/* Has everything up to that offset of the side been given out? A FIN takes a sequence number of its own. */
bool flow_reached(const struct side *s, uint64_t offset);
/* Bytes of a side that come next are given up. */
void flow_lose(struct assay_reassembly *r, struct flow *f, unsigned side, uint64_t length, uint64_t frame,
	uint64_t time);
/* Gives out what is due, of both sides. */
void flow_drain(struct assay_reassembly *r, struct flow *f);

/* ---- holes.c ---- */

bool flow_waits(const struct flow *f);
/* After each packet of the flow: gives out what is due, and gives up what was waited for long enough. */
void holes_settle(struct assay_reassembly *r, struct flow *f);
/* What the next piece waits for is given up for want of room. */
void holes_give_way(struct assay_reassembly *r, struct flow *f);
/* Room for a segment of f of that length: other connections, first those that were silent longest, wait no longer, as far as there are any. */
void holes_make_room(struct assay_reassembly *r, const struct flow *f, uint32_t length);
/* Nothing more comes. */
void holes_end(struct assay_reassembly *r, struct flow *f);

/* ---- held.c ---- */

/* A segment whose first byte has the offset at: compares what is there already, keeps the rest. False: there was no room for some of it. */
bool held_add(struct assay_reassembly *r, uint32_t flow, unsigned side, uint64_t at, uint64_t needs,
	const struct assay_segment *segment);
/* Frees the first piece. */
void held_drop_first(struct assay_reassembly *r, struct side *s);
void held_drop_all(struct assay_reassembly *r, struct side *s);
/* Remembers what was given out, the last kept bytes, HISTORY at most. */
void history_add(struct side *s, uint64_t at, const uint8_t *bytes, size_t length, size_t kept);
/* Does a repeated byte differ? As far as the history reaches. */
bool history_differs(uint64_t *where, const struct side *s, uint64_t at, const uint8_t *bytes, size_t length);
void conflict_told(
	struct assay_reassembly *r, uint32_t flow, unsigned side, uint64_t at, uint64_t frame, uint64_t time);

#endif
