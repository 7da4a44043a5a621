/*
 * compare.h - an answer of a live peer beside the one in the capture: field by field by the table of masks (masks.def), text by its keys, the targets of SendTargets as a set, sense by its parts, read data by the bytes of blocks.
 * In the target's role requests go the same way. Nothing is judged by the standard: that is the rules'. No I/O but where a FILE is given; nothing allocates but assay_replay_blocks_new and, until it returns, the comparison of two lists of targets.
 */
#ifndef ASSAY_REPLAY_COMPARE_H
#define ASSAY_REPLAY_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "codec/pdu.h"

#define ASSAY_REPLAY_DIFFERENCES 16 /* of one answer that are kept; all are counted */

struct assay_replay_difference {
	char what[72]; /* "Status", "sense key", "key HeaderDigest", "read data of block 7" */
	char captured[96], live[96]; /* values in words, cut to fit and cleaned */
	bool counts; /* false: worth telling, no failure */
};

/* Zeroed by the caller; calls add to it. */
struct assay_replay_differences {
	size_t count; /* kept */
	size_t more; /* not kept */
	size_t counting; /* all that count, kept or not */
	struct assay_replay_difference difference[ASSAY_REPLAY_DIFFERENCES];
};

/* What a user knows to differ: names of fields ("Status", as the standard writes them), text keys ("MaxBurstLength") or "sense", ended by NULL. NULL: nothing but masks.def. */
struct assay_replay_masks {
	const char *const *ignored;
};
/* Is there such a field, or a key that anybody may send? */
bool assay_replay_can_ignore(const char *name);

/* Adds one that no field stands for: an answer that never came, a connection that was closed. Returns 1 where it counts. */
int assay_replay_differ(struct assay_replay_differences *out, bool counts, const char *what,
	const char *captured, const char *live);

/* What both PDUs belong to. */
struct assay_replay_exchange {
	const struct assay_pdu *captured_request,
		*live_request; /* that they answer; NULL: they answer none */
	/* The whole text where it came in several PDUs (C=1); NULL: what the PDU has. With C=1 in both PDUs text is not looked at. */
	const char *captured_text, *live_text;
	size_t captured_text_length, live_text_length;
	/* One target, as the capture and as the live peer names it; NULL: no name stands for another. */
	const char *captured_target, *live_target;
};

/*
 * Compares two PDUs of one direction and adds what differs. Other types than the captured are one difference, but a status is the same in a Data-In and in a SCSI Response. Read data, and how it
 * and what R2Ts ask for is cut, are not looked at here. masks and exchange may be NULL. Returns how many differences that count were added.
 */
int assay_replay_compare(struct assay_replay_differences *out, const struct assay_pdu *captured,
	const struct assay_pdu *live, const struct assay_replay_masks *masks,
	const struct assay_replay_exchange *exchange);

/* ---- data of tasks ---- */

enum assay_replay_data {
	ASSAY_REPLAY_DATA_WRITTEN, /* blocks that the replay has written */
	ASSAY_REPLAY_DATA_ALL, /* whatever was read, of any command */
	ASSAY_REPLAY_DATA_NONE,
};

/* The blocks that the replay has written: a bounded set for every LUN. What does not fit is not compared. */
struct assay_replay_blocks;
/* NULL: out of memory. */
struct assay_replay_blocks *assay_replay_blocks_new(void);
void assay_replay_blocks_free(struct assay_replay_blocks *b);
/* A command ended with GOOD on both sides: what it wrote is known from now on; what one did that leaves blocks in a state of the target's choice (UNMAP, FORMAT UNIT …) is forgotten. */
void assay_replay_blocks_note(struct assay_replay_blocks *b, const struct assay_pdu *command);
bool assay_replay_blocks_has(const struct assay_replay_blocks *b, uint64_t lun, uint64_t lba);

/* What a task read (or, in the target's role, wrote) as a whole, in the order of its buffer. */
struct assay_replay_read {
	const struct assay_pdu *command; /* the live one: its LUN is the one that was written to */
	const uint8_t *captured, *live; /* NULL with length 0 */
	size_t captured_length, live_length;
	bool *other; /* set when some of it differs that is not compared; may be NULL */
};
/* The first block that differs is told, or the first byte where the command names no blocks. Returns 1 when a difference was added. b may be NULL but with ASSAY_REPLAY_DATA_WRITTEN. */
int assay_replay_compare_read(struct assay_replay_differences *out, const struct assay_replay_read *read,
	enum assay_replay_data mode, const struct assay_replay_blocks *b);

/* ---- telling ---- */

/* Where in the capture it was; a number that is 0: not known. PDUs may be NULL. */
struct assay_replay_place {
	uint64_t number, frame; /* of the captured answer, or of the request when there is none */
	uint64_t request_number;
	uint64_t connection; /* as check numbers them */
	bool follows; /* from what was no longer as a test's failure has it: nothing of it counts */
	const struct assay_pdu *request; /* the live one */
	const struct assay_pdu *captured, *live;
};

/* What was sent, each difference, and both listings. */
void assay_replay_tell_details(FILE *out, const struct assay_replay_place *place,
	const struct assay_replay_differences *differences);
/* As test failures are told: what was sent, each difference, and both listings. "DIFFERS" where one counts, else "NOTE". Secrets are left out as in every listing. */
void assay_replay_tell(FILE *out, const struct assay_replay_place *place,
	const struct assay_replay_differences *differences);

#endif
