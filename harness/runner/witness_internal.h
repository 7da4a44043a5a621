/* witness_internal.h - the state of the witness, for its two files: witness.c follows the bytes, witness_found.c tells the findings. */
#ifndef ASSAY_RUNNER_WITNESS_INTERNAL_H
#define ASSAY_RUNNER_WITNESS_INTERNAL_H

#include <limits.h>

#include "codec/framer.h"
#include "proto/rules.h"
#include "runner/witness_held.h"

/* One direction of a connection. */
struct witness_flow {
	struct assay_framer framer; /* buf: from malloc; NULL: nothing came yet */
	bool lost; /* can no longer be followed */
};

struct witness_connection {
	int watched; /* the watch's number */
	uint64_t number; /* 1, 2, 3 … */
	char peer[64];
	bool leading; /* its last Login Request asked for a new session */
	bool captured; /* a capture was begun, or there are too many */
	struct witness_flow flow[2]; /* by enum assay_dir */
	struct assay_held held;
};

struct assay_witness {
	char dir[PATH_MAX];
	FILE *live, *findings;
	struct assay_watch *watch;
	size_t rules;
	struct witness_tally {
		uint64_t against[4]; /* by enum assay_role */
		bool allowed; /* for the initiator */
	} * tally; /* a rule */
	uint64_t connections, unseen,
		sessions; /* unseen: connections that could not be followed to their end */
	uint64_t pdus[2]; /* by enum assay_dir */
	uint64_t last_number;
	unsigned captures;
	bool strict; /* warnings count */
	bool failed; /* something could not be written */
	/* what is being judged */
	struct witness_connection *current;
	const struct assay_pdu *current_pdu; /* NULL: the connection's end */
	bool told; /* something that is not allowed was found in it */
	char comment[256]; /* the findings of that PDU, for its packet */
};

uint64_t witness_clock(void); /* nanoseconds since 1970 */

/* witness_found.c */
assay_finding_fn witness_found;
void witness_capture(struct assay_witness *w, struct witness_connection *c);
long witness_summary(struct assay_witness *w, FILE *out);

#endif
