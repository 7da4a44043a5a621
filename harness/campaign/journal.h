/*
 * journal.h - fuzz.ndjson: a line of JSON for all that a campaign must not lose, each written by one call, so that whatever ends us leaves whole lines (and at
 * most one torn one, which reading takes away). Findings and checkpoints are on the disk when their function returns, and what was written before them is, too. docs/fuzz.schema.json has the lines.
 */
#ifndef ASSAY_CAMPAIGN_JOURNAL_H
#define ASSAY_CAMPAIGN_JOURNAL_H

#include "campaign/finding.h"

#define ASSAY_JOURNAL "fuzz.ndjson"

/* What makes two campaigns the same one. */
struct assay_journal_campaign {
	const char *version, *target; /* of iscsi-assay; see struct assay_finding_context */
	uint64_t seed;
	unsigned shard, shards;
	bool random;
};

/* What there was to hear, in the order of the lines. */
struct assay_journal_reader {
	/* What the campaign is. Its strings end with the call. */
	void (*campaign)(void *payload, const struct assay_journal_campaign *campaign);
	void (*kept)(void *payload, const struct assay_case_id *id);
	void (*finding)(void *payload, const char *key, const struct assay_case_name *name,
		enum assay_outcome outcome, const char *words);
	void (*repeats)(void *payload, const char *key, unsigned of, unsigned same);
	void (*again)(void *payload, const char *key, uint64_t count);
	void (*checkpoint)(void *payload, uint32_t next, uint64_t cases, double seconds);
	void *payload;
};

struct assay_journal {
	int fd; /* negative: not open */
	int failed; /* errno of the first write that did not succeed; 0 */
};

/* Reads DIR/fuzz.ndjson, cuts a torn last line off, and has the file ready for more; made where there is none. Returns how many lines there were, or ASSAY_E_IO, or ASSAY_E_SYNTAX with
 * words for a line that is none of ours. */
long assay_journal_open(struct assay_journal *j, const char *dir, const struct assay_journal_reader *reader,
	struct assay_error *err);
void assay_journal_close(struct assay_journal *j);

void assay_journal_campaign(struct assay_journal *j, const struct assay_journal_campaign *campaign);
void assay_journal_known(struct assay_journal *j, const struct assay_rule *rule);
void assay_journal_kept(struct assay_journal *j, const struct assay_case_id *id, unsigned edges);
void assay_journal_finding(struct assay_journal *j, const struct assay_found *found);
void assay_journal_repeats(struct assay_journal *j, const struct assay_found *found);
void assay_journal_again(struct assay_journal *j, const struct assay_found *found);
/* next: the turn that comes; states, edges: of the graph. */
void assay_journal_checkpoint(struct assay_journal *j, uint32_t next, uint64_t cases, unsigned states,
	unsigned edges, unsigned findings, double seconds);
void assay_journal_stopped(struct assay_journal *j, const char *why);

#endif
