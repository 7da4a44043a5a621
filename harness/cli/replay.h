/* replay.h - inside cli/ only: what the files of the command replay share. */
#ifndef ASSAY_CLI_REPLAY_H
#define ASSAY_CLI_REPLAY_H

#include "cli/cli.h"
#include "replay/as_initiator.h"
#include "report/json.h"
#include "runner/dial.h"
#include "runner/keeper.h"

#define ASSAY_REPLAY_RULES  256 /* rules by offender that are counted */
#define ASSAY_REPLAY_LISTED 20 /* findings of one rule and side that are told */

/* How often a rule was broken live. */
struct assay_replay_count {
	const struct assay_rule *rule;
	enum assay_role offender;
	uint64_t count;
};

struct assay_replay_run {
	struct assay_cli *cli;
	const char *path;
	struct assay_profile *profile;
	struct assay_keeper keeper;
	struct assay_dial *dial;
	struct assay_tap *tap;
	struct assay_script *script;
	struct assay_leave leave;
	struct assay_initiator_config config;
	struct assay_replay_options options;
	struct assay_replayed replayed;
	struct assay_json out; /* where --json */
	bool truncated; /* the capture ends inside of a packet */
	uint64_t losses; /* bytes that are not in the capture */
	size_t rules;
	struct assay_replay_count rule[ASSAY_REPLAY_RULES];
	uint64_t findings; /* against the target */
	const char *gone; /* how the target that we started ended; NULL: it did not */
};

void assay_replay_told_begin(struct assay_replay_run *r);
void assay_replay_told_difference(void *run, const struct assay_replay_place *place,
	const struct assay_replay_differences *differences);
void assay_replay_told_finding(struct assay_replay_run *r, const struct assay_finding *f);
/* What went out and what did not, and what came of it. */
void assay_replay_told_end(struct assay_replay_run *r);

#endif
