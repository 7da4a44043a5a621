/* check.h - between the files of the command check: what was found in a capture, and the ways to tell it. */
#ifndef ASSAY_CLI_CHECK_H
#define ASSAY_CLI_CHECK_H

#include "capture/copy.h"
#include "capture/file.h"
#include "capture/summary.h"
#include "cli/claim.h"
#include "cli/cli.h"
#include "report/file.h"
#include "report/json.h"
#include "runner/arena.h"

#define ASSAY_CHECK_LISTED 20 /* findings of one rule and side that are told in full; all are counted */
#define ASSAY_CHECK_RULES  512
#define ASSAY_CHECK_KEPT   4096 /* findings that a report is made of; those behind are counted */

/* How often a rule was broken by one side. */
struct assay_check_count {
	const struct assay_rule *rule;
	enum assay_role offender;
	uint64_t count;
};

/* A claim of the test that left the capture. */
struct assay_check_claim {
	struct assay_claim claim;
	uint64_t connection, pdu, frame; /* pdu 0: told at the connection's start */
};
#define ASSAY_CHECK_CLAIMS 64 /* that are told; all are counted */

/* A finding as a report has it. Strings are the record's. */
struct assay_check_finding {
	uint64_t number;
	const struct assay_rule *rule;
	enum assay_role offender;
	uint64_t connection;
	char *place; /* frame, time, PDU: a line */
	char *expected, *got;
	char *listing, *comment; /* NULL: none */
};

/* Findings of one connection by one side; those of all connections that are not listed are in one. */
struct assay_check_tally {
	uint64_t must, should;
	uint64_t kept;
};

/* What a report is made of once the capture was read. */
struct assay_check_record {
	struct assay_arena arena;
	struct assay_check_finding finding[ASSAY_CHECK_KEPT];
	size_t count;
	struct assay_check_tally tally[ASSAY_SUMMARY_CONNECTIONS + 1][2]; /* by connection, and by side */
};

struct assay_check {
	const char *path;
	bool json;
	bool words; /* told for people */
	bool strict;
	struct assay_check_record *record; /* NULL: no report is asked for */
	struct assay_json out; /* where json */
	struct assay_timeline *timeline;
	struct assay_summary *summary;
	uint64_t first_time, last_time; /* of the packets */
	uint64_t packets, other, bad, unknown_link, fragments_lost, fragment_conflicts;
	uint32_t link; /* that is not known: the first one */
	bool truncated; /* the file ends inside of a packet */
	const char *stopped; /* why reading ended early; NULL */
	uint64_t claims; /* the capture says that they failed: information, no findings */
	struct assay_check_claim claim[ASSAY_CHECK_CLAIMS];
	uint64_t findings, warnings; /* rules that are a MUST, and others; numbered together */
	size_t rules;
	struct assay_check_count rule[ASSAY_CHECK_RULES];
};

/* The number of the last finding or warning: what --slice takes. */
static inline uint64_t assay_check_number(const struct assay_check *k)
{
	return k->findings + k->warnings;
}

/* The last finding or warning; at->pdu may be NULL. listing: of that PDU, or "". */
void assay_check_tell(const struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing);
/* "frame 12, 0.001234 s, connection 1, PDU #7, sent by the target" */
#define ASSAY_CHECK_PLACE 192
void assay_check_place(char out[ASSAY_CHECK_PLACE], const struct assay_check *k,
	const struct assay_timeline_connection *c, const struct assay_timeline_pdu *at);
/* What was in the capture. */
void assay_check_sum(const struct assay_check *k);

void assay_check_json_begin(struct assay_check *k);
void assay_check_json_finding(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing);
void assay_check_json_end(struct assay_check *k);

/* The record: made empty, filled with findings, counted also where told in full no longer. */
struct assay_check_record *assay_check_record_new(void);
void assay_check_record_free(struct assay_check_record *r);
void assay_check_record_count(struct assay_check_record *r, const struct assay_timeline_connection *c,
	const struct assay_finding *f);
void assay_check_record_keep(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing);
/* Index of a connection's tallies. */
static inline size_t assay_check_slot(uint64_t connection)
{
	return connection <= ASSAY_SUMMARY_CONNECTIONS ? connection - 1 : ASSAY_SUMMARY_CONNECTIONS;
}

/* The facts of a report; strings are the record's. */
void assay_check_info(struct assay_run_info *out, const struct assay_check *k);
/* The record as files. */
void assay_check_junit(FILE *out, const struct assay_check *k);
void assay_check_html(FILE *out, const struct assay_check *k);

/* The line of words for a file that cannot be read; returns the exit code. */
int assay_check_complain(const char *path, const struct assay_error *err);
/* The copies, each instead of a report. Return an exit code, after a line of words where one is due. */
int assay_check_redact(const struct assay_cli *cli, struct assay_capture_file *file);
int assay_check_slice(const struct assay_cli *cli);
/* A file of the user's, "-": standard output, whose fate main() looks after. It is begun before anything is read, so that a name that is none costs nobody a long wait. 0, or an exit code after a line of words. */
int assay_check_output(struct assay_file *f, const char *path);
/* Gives it its name, or, where result is not 0, leaves nothing of it. Returns result, or an exit code after a line of words. */
int assay_check_output_end(struct assay_file *f, const char *path, int result);
/* A timeline that knows what the options know. NULL: out of memory. */
struct assay_timeline *assay_check_timeline(
	const struct assay_timeline_events *events, void *payload, const struct assay_cli *cli);

/* "192.0.2.1:3260", "[2001:db8::1]:3260". */
#define ASSAY_CHECK_END 64
const char *assay_check_end(char out[ASSAY_CHECK_END], const struct assay_endpoint *e);
const char *assay_check_side(enum assay_role role);
const char *assay_check_how(const struct assay_summary_connection *c);

#endif
