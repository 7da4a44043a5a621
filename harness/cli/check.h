/* check.h - between the files of the command check: what was found in a capture, and the two ways to tell it. */
#ifndef ASSAY_CLI_CHECK_H
#define ASSAY_CLI_CHECK_H

#include "capture/summary.h"
#include "cli/cli.h"
#include "report/json.h"

#define ASSAY_CHECK_LISTED 20 /* findings of one rule and side that are told in full; all are counted */
#define ASSAY_CHECK_RULES  512

/* How often a rule was broken by one side. */
struct assay_check_count {
	const struct assay_rule *rule;
	enum assay_role offender;
	uint64_t count;
};

struct assay_check {
	const char *path;
	bool json;
	struct assay_json out; /* where json */
	struct assay_timeline *timeline;
	struct assay_summary *summary;
	uint64_t first_time, last_time; /* of the packets */
	uint64_t packets, other, bad, unknown_link, fragments_lost;
	uint32_t link; /* that is not known: the first one */
	bool truncated; /* the file ends inside of a packet */
	size_t rules;
	struct assay_check_count rule[ASSAY_CHECK_RULES];
};

/* A finding; at->pdu may be NULL. */
void assay_check_tell(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at);
/* What was in the capture. */
void assay_check_sum(const struct assay_check *k);

void assay_check_json_begin(struct assay_check *k);
void assay_check_json_finding(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing);
/* error: why reading ended early; NULL. */
void assay_check_json_end(struct assay_check *k, const char *error);

/* "192.0.2.1:3260", "[2001:db8::1]:3260". */
#define ASSAY_CHECK_END 64
const char *assay_check_end(char out[ASSAY_CHECK_END], const struct assay_endpoint *e);
const char *assay_check_side(enum assay_role role);
const char *assay_check_how(const struct assay_summary_connection *c);

#endif
