/*
 * pair.h - for the tests of both drivers: the initiator's side of a capture played by as_initiator to its target's side played by as_target, of the same capture or of another. Streams in memory, time
 * virtual: a wait costs nothing. Each side's differences are kept in words, and the rules watch both.
 */
#ifndef ASSAY_REPLAY_PAIR_H
#define ASSAY_REPLAY_PAIR_H

#include "replay/as_initiator.h"
#include "replay/as_target.h"
#include "transport/memory.h"

#define PAIR_TOLD 16 /* differences of a side that are kept */

/* What one side told. */
struct pair_side {
	uint64_t differing, noted;
	uint64_t findings[ASSAY_TARGET + 1]; /* rules broken live, by enum assay_role; each side's own tap */
	char what[PAIR_TOLD][72]; /* of differences that count */
	size_t count;
};

struct pair {
	struct assay_dialer dialer; /* first: the initiator's way to the target */
	struct assay_memory_clock clock;
	struct assay_replay_clock between; /* the same one, where no stream is open */
	struct assay_replay_target *target; /* NULL: connections are refused */
	struct assay_tap *tap[ASSAY_TARGET + 1]; /* of each side, by enum assay_role */
	struct pair_side side[ASSAY_TARGET + 1]; /* by the role that was played */
	struct assay_replay_options initiator; /* a test changes them before pair_play */
	struct assay_replay_target_options served;
	struct assay_initiator_config config;
	struct assay_leave leave;
	struct assay_replay_names names;
	struct assay_replayed replayed;
	struct assay_replay_target_counts counts;
	unsigned dialled,
		refused_from; /* connections; refused_from: the number from which on they are refused, 0: none */
	int result; /* of as_initiator */
	bool done; /* the target had played everything, and no connection was left */
	bool quiet; /* differences are not printed: the test wants them */
};

/* Options as the command has them: everything may be written, data is compared. */
void pair_init(struct pair *p);
/* Plays both; p has what came of it. False: it could not be begun. */
bool pair_play(struct pair *p, const struct assay_script *initiator, const struct assay_script *target);
/* Did that side tell of it? */
bool pair_told(const struct pair *p, enum assay_role side, const char *what);

#endif
