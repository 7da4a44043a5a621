/* compare_private.h - what the parts of the comparison share. Not for other folders. */
#ifndef ASSAY_REPLAY_COMPARE_PRIVATE_H
#define ASSAY_REPLAY_COMPARE_PRIVATE_H

#include "codec/layout.h"
#include "codec/scsi.h"
#include "replay/compare.h"

/* See masks.def. */
enum how { UNSAID, EXACT, MAPPED, RESERVED, ZERO, THERE, NOTED, IGNORED };

struct comparison {
	struct assay_replay_differences *out;
	const struct assay_pdu *captured, *live;
	const struct assay_replay_masks *masks; /* NULL: none */
	const struct assay_replay_exchange *exchange; /* NULL: none */
	uint8_t type; /* opcode whose masks count: that of both, or SCSI Response for a status */
};

/* UNSAID: the table has no line for it, which a test makes sure of. */
enum how assay_replay_how(uint8_t type, const struct assay_field *field);
/* By the user: a field or a key. */
bool assay_replay_is_ignored(const struct comparison *c, const char *name);
/* Text keys, one by one. Returns how many differences that count were added. */
int assay_replay_compare_text(struct comparison *c);
/* The targets in two answers to SendTargets, as sets of names. listed: is there such a list in either? The same. */
int assay_replay_compare_targets(bool *listed, struct comparison *c);
/* Sense data. The same. */
int assay_replay_compare_sense(struct comparison *c);

#endif
