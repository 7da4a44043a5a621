/*
 * campaign.h - a campaign: turn after turn a case is played, what is new is kept and gets children, what is wrong becomes a finding with its evidence, and everything that must not be
 * lost is in the journal before the next turn. A campaign whose folder holds the same one goes on where that one was. It knows rigs, not connections; and prints nothing.
 */
#ifndef ASSAY_CAMPAIGN_CAMPAIGN_H
#define ASSAY_CAMPAIGN_CAMPAIGN_H

#include "campaign/finding.h"
#include "runner/result.h"

/* How far it is. */
struct assay_campaign_status {
	uint64_t seed; /* also where none was said */
	uint64_t cases; /* played in all, also before it was resumed */
	uint64_t resumed; /* of them, before */
	uint32_t next; /* turn */
	double seconds; /* of playing in all */
	double rate; /* cases a second of this stretch */
	unsigned code,
		code_of; /* edges of the other side's own code that were reached, of how many; 0 of 0: it is not instrumented */
	unsigned states, edges, kept; /* of the graph; cases that have children */
	unsigned findings, unsure; /* keys to act upon; keys that only time told, and no repetition */
	unsigned known; /* rules that are broken without any change */
	uint64_t last_new; /* cases played since something was new */
	uint64_t more; /* cases with findings that there was no room for */
	unsigned restarts; /* of the other side, by this stretch */
};

struct assay_campaign_options {
	const char *folder; /* exists and is ours */
	struct assay_finding_context context;
	uint64_t seed;
	bool seed_said; /* else the folder's, or a new one */
	unsigned shard, shards; /* K of N, from 1 */
	uint64_t cases; /* turns in all, over all shards; 0: no end */
	uint64_t max_time; /* nanoseconds of this stretch; 0: no end */
	bool no_children;
	const volatile int *stop; /* set by a signal handler: 0, or the signal's number */
	/* Called now and then, often enough for a status line; and for each new finding, once it is written (again false) and once it was repeated (again true). May be NULL. */
	void (*progress)(void *payload, const struct assay_campaign_status *status);
	void (*found)(void *payload, const struct assay_found *found, bool again);
	void *payload;
};

struct assay_campaign;

/* Reads what the folder holds. 0; ASSAY_E_SYNTAX in words: another campaign, or none of ours; ASSAY_E_IO, ASSAY_E_NOMEM. The options' strings outlive it. */
int assay_campaign_new(
	struct assay_campaign **out, const struct assay_campaign_options *options, struct assay_error *err);
/* Plays until there is an end, and writes fuzz.json and summary.md. Returns enum assay_exit or 128 and the signal; words in err where it is 5 or 6. */
int assay_campaign_run(struct assay_campaign *c, const struct assay_rig *rig, struct assay_error *err);
const struct assay_campaign_status *assay_campaign_status(const struct assay_campaign *c);
const struct assay_findings *assay_campaign_findings(const struct assay_campaign *c);
void assay_campaign_free(struct assay_campaign *c);

#endif
