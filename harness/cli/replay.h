/* replay.h - inside cli/ only: what the files of the command replay share. */
#ifndef ASSAY_CLI_REPLAY_H
#define ASSAY_CLI_REPLAY_H

#include "cli/claim.h"
#include "cli/cli.h"
#include "replay/as_initiator.h"
#include "replay/as_target.h"
#include "report/json.h"
#include "runner/dial.h"
#include "runner/keeper.h"
#include "target/defect.h"

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
	const char *url; /* of the live target, without secrets; where the target's side is played, ours */
	enum assay_role tested; /* the live side: its findings count */
	struct assay_profile *profile;
	struct assay_keeper keeper;
	unsigned char defects[ASSAY_DEFECT_BYTES]; /* of the built-in target */
	struct assay_dial *dial;
	struct assay_tap *tap;
	struct assay_script *script;
	struct assay_leave leave;
	struct assay_initiator_config config;
	struct assay_replay_options options;
	struct assay_replay_masks masks; /* --ignore */
	struct assay_replayed replayed;
	struct assay_replay_target_counts served; /* where the target's side is played */
	struct assay_json out; /* where --json */
	bool truncated; /* the capture ends inside of a packet */
	uint64_t losses; /* bytes that are not in the capture */
	size_t rules;
	struct assay_replay_count rule[ASSAY_REPLAY_RULES];
	uint64_t findings, warnings; /* against the live side: rules that are a MUST, and others */
	const char *gone; /* how the target that we started ended; NULL: it did not */
};

#define ASSAY_REPLAY_TAP ((size_t)64 << 20) /* bytes of the live connections that are kept */

/* ---- replay.c ---- */

/* Do the rules that the live side broke make the exit status? */
static inline bool assay_replay_fails(const struct assay_replay_run *r)
{
	return r->findings || (r->cli->strict && r->warnings);
}

/* For the tap: counts and tells. run: struct assay_replay_run. */
void assay_replay_found(void *run, const struct assay_finding *f);
/* Writes what -o asks for. 0 or an exit code after a line of words. */
int assay_replay_evidence(struct assay_replay_run *r);

/* ---- replay_target.c ---- */

/* Does the command line fit a target's side? 0, or ASSAY_EXIT_USAGE after a line of words. */
int assay_replay_target_check(const struct assay_cli *cli);
/* Plays the captured target's side to whoever connects, until all was played, or SIGINT or SIGTERM. Returns enum assay_exit. */
int assay_replay_serve(struct assay_replay_run *r);

/* ---- replay_tell.c ---- */

void assay_replay_told_begin(struct assay_replay_run *r);
void assay_replay_told_difference(void *run, const struct assay_replay_place *place,
	const struct assay_replay_differences *differences);
void assay_replay_told_verdict(void *run, const struct assay_replay_verdict *verdict);
void assay_replay_told_finding(struct assay_replay_run *r, const struct assay_finding *f);
/* What went out and what did not, and what came of it. */
void assay_replay_told_end(struct assay_replay_run *r);

#endif
