/*
 * case.h - a case of the campaign: a right sequence of PDUs over one or more connections, and what is broken of it. A case follows from its id (and from this
 * program's version) alone. Making, cutting, describing and encoding one is sans-I/O; play.h plays it.
 *
 * An id is a seed and a path. Its first number makes a base case: a scenario of scenarios.c and one or more changes. Each further number makes a child:
 * what its parent is, and a change more, or fewer, or another value, or more steps. So what is kept for being interesting needs no file but its id.
 */
#ifndef ASSAY_CAMPAIGN_CASE_H
#define ASSAY_CAMPAIGN_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "codec/pdu.h"

#define ASSAY_CASE_DEPTH       8 /* numbers of a path */
#define ASSAY_CASE_STEPS       64 /* bits of a cut */
#define ASSAY_CASE_CHANGES     64
#define ASSAY_CASE_ORDER       96 /* steps as played: some are repeated */
#define ASSAY_CASE_CONNECTIONS 4
#define ASSAY_CASE_TEXT        3072 /* bytes that any id fits in as text, NUL included */

struct assay_case_id {
	uint64_t seed;
	uint8_t depth; /* 1 … ASSAY_CASE_DEPTH */
	uint32_t path[ASSAY_CASE_DEPTH];
};

/* How a minimised case is said: what is left out of the case, and which numbers of its changes are others than were drawn; a bit a step or change by its index. All 0: nothing. */
struct assay_case_cut {
	uint64_t steps, changes; /* left out */
	uint64_t values, places; /* struct assay_change's value, and where, is another */
	uint64_t value[ASSAY_CASE_CHANGES]; /* 0 where the bit is not set */
	uint32_t place[ASSAY_CASE_CHANGES];
};

enum assay_step_kind {
	ASSAY_STEP_OPEN, /* connect; a connection that joins another takes over its session once that has one */
	ASSAY_STEP_SEND, /* a PDU */
	ASSAY_STEP_AWAIT, /* receive until what was asked on this connection has its answer, or nothing can come */
	ASSAY_STEP_HALF_CLOSE,
	ASSAY_STEP_RESET,
	ASSAY_STEP_CLOSE,
};

/* Fields that play fills in when the step is sent, from what the connection has heard. */
enum assay_live {
	ASSAY_LIVE_CMD_SN = 1, /* the session's next */
	ASSAY_LIVE_EXP_STAT_SN = 2,
	ASSAY_LIVE_TTT =
		4, /* of the last R2T, Text Response or NOP-In that had one; and the LUN that goes with it */
	ASSAY_LIVE_TSIH = 8, /* of the session that the connection belongs to or, before it has one, joins */
	ASSAY_LIVE_R2T = 16, /* Buffer Offset and length of the data: what the last R2T asked for */
	ASSAY_LIVE_REF_CMD_SN = 32, /* CmdSN of the task that RTT names */
	ASSAY_LIVE_TEXT = 64, /* data is a template: {initiator} and such stand for what the profile says */
	ASSAY_LIVE_LUN = 128, /* the unit under test */
};

/* What must hold when the step's turn comes, or it is passed over: a right scenario is right for every target. */
enum assay_only {
	ASSAY_ONLY_FULL = 1, /* the full feature phase is reached */
	ASSAY_ONLY_IMMEDIATE_DATA = 2, /* ImmediateData=Yes */
	ASSAY_ONLY_UNSOLICITED = 4, /* InitialR2T=No */
	ASSAY_ONLY_R2T = 8, /* an R2T has come and is not answered */
	ASSAY_ONLY_RECOVERY = 16, /* ErrorRecoveryLevel above 0 */
	ASSAY_ONLY_CHAP = 32, /* the target asked for CHAP, and there is an account */
	ASSAY_ONLY_MORE = 64, /* the login, or the text, is not at its end yet */
	ASSAY_ONLY_CONNECTIONS = 128, /* MaxConnections above 1 */
	ASSAY_ONLY_PING = 256, /* a NOP-In with a TTT has come and is not answered */
};

struct assay_step {
	uint8_t kind; /* enum assay_step_kind */
	uint8_t connection;
	int8_t joins; /* OPEN: the connection whose session it joins; negative: none */
	uint16_t live; /* enum assay_live */
	uint16_t only; /* enum assay_only */
	struct assay_pdu pdu; /* SEND: as right; data is static or within the case */
};

enum assay_change_kind {
	ASSAY_CHANGE_FIELD, /* a field of the header := value */
	ASSAY_CHANGE_FIELD_ADD, /* a field of the header := the right one + value */
	ASSAY_CHANGE_BIT, /* a bit of the header is flipped */
	ASSAY_CHANGE_BYTE, /* a byte of the header := value */
	ASSAY_CHANGE_OPCODE, /* another type of PDU with the same bytes */
	ASSAY_CHANGE_DATA_LENGTH, /* DataSegmentLength says something else than the data */
	ASSAY_CHANGE_AHS_LENGTH, /* TotalAHSLength likewise */
	ASSAY_CHANGE_AHS_ADD, /* an AHS of any type is added */
	ASSAY_CHANGE_AHS_CUT, /* an AHS is added whose AHSLength runs past its end */
	ASSAY_CHANGE_AHS_MANY, /* as many as fit, each within the one before */
	ASSAY_CHANGE_DATA_BYTES, /* bytes of the data are overwritten */
	ASSAY_CHANGE_DATA_CUT, /* the data ends early */
	ASSAY_CHANGE_DATA_GROW, /* and late */
	ASSAY_CHANGE_KEY_TWICE, /* text: a pair is there twice */
	ASSAY_CHANGE_KEY_CUT, /* a pair ends early, without its NUL */
	ASSAY_CHANGE_KEY_NUL, /* a NUL inside of a pair */
	ASSAY_CHANGE_KEY_HUGE, /* a value of thousands of bytes */
	ASSAY_CHANGE_KEY_VALUE, /* a value that is at the edge, or of another form */
	ASSAY_CHANGE_KEY_GONE, /* a pair is not there */
	ASSAY_CHANGE_KEY_ADD, /* a pair that belongs elsewhere */
	ASSAY_CHANGE_HEADER_DIGEST, /* wrong, where one is in force */
	ASSAY_CHANGE_DATA_DIGEST,
	ASSAY_CHANGE_REPEAT, /* the step comes again */
	ASSAY_CHANGE_SWAP, /* the step and the next one change places */
	ASSAY_CHANGE_DROP, /* the step is not there */
	ASSAY_CHANGE_SPLIT, /* TCP: two segments, cut at a byte */
	ASSAY_CHANGE_HALF_CLOSE, /* after so many bytes of the step */
	ASSAY_CHANGE_RESET,
	ASSAY_CHANGE_KINDS
};

struct assay_change {
	uint8_t kind; /* enum assay_change_kind */
	uint8_t step; /* index */
	uint8_t field; /* FIELD, FIELD_ADD: for assay_layout_of the step's opcode: which entry */
	uint32_t
		where; /* a place in something whose length is known only when it is sent: taken modulo that */
	uint64_t value;
};

struct assay_case {
	struct assay_case_id id;
	const char *scenario; /* its slug */
	uint8_t extended; /* scenarios whose steps were appended */
	uint8_t own_steps; /* steps before those */
	struct assay_step steps[ASSAY_CASE_STEPS];
	uint8_t step_count;
	struct assay_change changes
		[ASSAY_CASE_CHANGES]; /* those left out are there too; values and places of the cut are in them */
	uint8_t change_count;
	struct assay_case_cut cut;
	uint8_t order[ASSAY_CASE_ORDER]; /* indices of steps as they are played: changes and cut applied */
	uint8_t order_count;
};

/* Makes the case of that id; cut NULL: nothing is left out. Needs no allocation and no profile. 0, or ASSAY_E_INVAL for a depth of 0 or beyond ASSAY_CASE_DEPTH. */
int assay_case_make(struct assay_case *out, const struct assay_case_id *id, const struct assay_case_cut *cut);
/* Puts the values and places of c->cut into c->changes, where there are such changes. What makes cases in another way calls it once all changes are drawn. */
void assay_case_set_values(struct assay_case *c);

/* What of a case can be made less, as it was drawn: see minimize.h. */
struct assay_case_shape {
	unsigned steps; /* that a cut can leave out; 0: none */
	unsigned own_steps; /* of them before those that were appended */
	unsigned change_count;
	struct assay_change changes[ASSAY_CASE_CHANGES];
};

/* Of a case that was made without a cut. */
void assay_case_shape_of(struct assay_case_shape *out, const struct assay_case *c);

/* What a change's place and value were taken modulo when it was done last; 0: not known, or they are not. So many places and values are different ones. */
struct assay_change_bounds {
	uint32_t place, value;
};

/* Scenarios as they are, unchanged: what a target breaks in these it breaks anyway. A case of assay_case_right has depth 0 and its scenario's number as path[0]. */
unsigned assay_scenario_count(void);
const char *assay_scenario_name(unsigned scenario); /* NULL beyond the last */
int assay_case_right(struct assay_case *out, unsigned scenario); /* 0 or ASSAY_E_INVAL */

/* "0x5eed:17.3.250", and with a cut "0x5eed:17.3.250-s3,4-c1-v0=1,2=-4-p2=0": steps 3 and 4 and change 1 left out, the value of change 0 is 1, that of change 2 is -4 (64 bits,
 * two's complement), and its place 0. Whole strings only, each number once.
 * parse: cut may be NULL where none is allowed; without a seed in the text ("17.3.250") id->seed stays as it is. 0 or ASSAY_E_SYNTAX.
 * print: cut NULL or empty: none. Lists are in order. Returns the length without NUL, or ASSAY_E_LIMIT. */
int assay_case_id_parse(struct assay_case_id *id, struct assay_case_cut *cut, const char *text);
long assay_case_id_print(
	char *out, size_t capacity, const struct assay_case_id *id, const struct assay_case_cut *cut);

/* The child number n of id. 0, or ASSAY_E_LIMIT when id is as deep as ids get. */
int assay_case_child(struct assay_case_id *out, const struct assay_case_id *id, uint32_t n);

/* Steps and changes in words, a line each, numbered as a cut numbers them; those left out are marked. */
void assay_case_describe(FILE *out, const struct assay_case *c);
/* One change in words: "step 3, NOP-Out: CmdSN + 7". Returns out. */
const char *assay_change_print(
	char *out, size_t capacity, const struct assay_case *c, const struct assay_change *change);

#endif
