/*
 * target_world.h - the built-in target with a few connections of a hostile initiator, watched from outside as a wire would be: by the rule engine, by
 * the transport's contract (target.h), by the audit. What it breaks ends in assay_fuzz_fail. No socket and no clock.
 */
#ifndef ASSAY_FUZZ_TARGET_WORLD_H
#define ASSAY_FUZZ_TARGET_WORLD_H

#include "codec/framer.h"
#include "fuzz/session_input.h"
#include "proto/rules.h"
#include "target/target.h"

#define ASSAY_FUZZ_LINKS      4
#define ASSAY_FUZZ_OPENED_MAX 40 /* connections of one input: no more than the watch remembers */
#define ASSAY_FUZZ_TAKEN_MAX  (4u << 20) /* bytes of answers after which an input ends */

/* One connection. */
struct assay_fuzz_link {
	struct assay_target_conn *conn; /* NULL: closed */
	int watched; /* the watch's number */
	uint8_t in[2 * ASSAY_FUZZ_WIRE_MAX]; /* the start of a PDU whose rest was not sent */
	size_t in_length;
	uint8_t waiting[ASSAY_FUZZ_WIRE_MAX]; /* bytes to be sent with those that come next */
	size_t waiting_length;
	struct assay_framer out; /* what the target says, cut again */
	unsigned digests; /* of that */
	bool held; /* we do not read */
	bool finished; /* we half-closed */
	struct assay_pdu last; /* that came; header only */
};

struct assay_fuzz_world {
	struct assay_target *target;
	struct assay_watch *watch; /* made once, cleared for each input */
	struct assay_fuzz_link link[ASSAY_FUZZ_LINKS];
	uint64_t now, number;
	unsigned opened;
	size_t taken; /* bytes of answers */
};

/* A target as new, no connection. The world is the only one. */
struct assay_fuzz_world *assay_fuzz_world_begin(void);
/* Closes what is open; then nothing may be left of it, and another initiator must be served. Frees the target. */
void assay_fuzz_world_end(struct assay_fuzz_world *w);

/* Connects, where it is not yet. False: no more connections in this input. */
bool assay_fuzz_world_open(struct assay_fuzz_world *w, struct assay_fuzz_link *l, unsigned portal);
/* Sends bytes after those that wait, and takes what all connections say that are not held. */
void assay_fuzz_world_send(
	struct assay_fuzz_world *w, struct assay_fuzz_link *l, const uint8_t *bytes, size_t length);
/* We close, the target is told. */
void assay_fuzz_world_close(struct assay_fuzz_world *w, struct assay_fuzz_link *l);
void assay_fuzz_world_finish(struct assay_fuzz_world *w, struct assay_fuzz_link *l);
/* Reads it no more, or again. */
void assay_fuzz_world_hold(struct assay_fuzz_world *w, struct assay_fuzz_link *l, bool held);
/* Takes at most limit bytes from a connection, held or not. */
void assay_fuzz_world_take(struct assay_fuzz_world *w, struct assay_fuzz_link *l, size_t limit);
/* After anything that may have made the target speak: takes all, closes what it wants closed, audits. */
void assay_fuzz_world_settle(struct assay_fuzz_world *w);
/* Time passes: to the target's next timer, or by that much. */
void assay_fuzz_world_next_timer(struct assay_fuzz_world *w);
void assay_fuzz_world_later(struct assay_fuzz_world *w, uint64_t nanoseconds);

#endif
