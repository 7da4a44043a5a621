/* fuzz.h - inside cli/ only: what the files of the command fuzz share. */
#ifndef ASSAY_CLI_FUZZ_H
#define ASSAY_CLI_FUZZ_H

#include "campaign/campaign.h"
#include "campaign/initiators.h"
#include "campaign/live.h"
#include "cli/cli.h"
#include "runner/secret.h"

#define ASSAY_FUZZ_OUTPUT "assay-fuzz"

/* Speaks of a campaign: a line for each finding on standard output, and on a terminal one line of how far it is. */
struct assay_fuzz_teller {
	const char *folder;
	bool live; /* standard error is a terminal */
	bool colour;
	bool quiet;
	bool line; /* the line is there */
};

/* What is fuzzed, and with what. */
struct assay_fuzz {
	struct assay_cli *cli;
	struct assay_profile *profile;
	struct assay_live_rig live;
	bool role_initiator;
	struct assay_initiators *initiators; /* in place of live */
	struct assay_rig rig;
	struct assay_secrets secrets; /* for whom there is no profile that knows them */
	char target[ASSAY_TARGET_MAX]; /* what findings and journal call it: UTF-8, without secrets */
	char *again; /* without secrets, too */
};

void assay_fuzz_teller_init(struct assay_fuzz_teller *t, const char *folder, bool quiet);
/* On a terminal: the line of how far it is; NULL: it goes away. */
void assay_fuzz_line(struct assay_fuzz_teller *t, const char *words);
void assay_fuzz_progress(void *teller, const struct assay_campaign_status *status);
void assay_fuzz_found(void *teller, const struct assay_found *found, bool again);
void assay_fuzz_ended(struct assay_fuzz_teller *t, const struct assay_campaign_status *status);

struct assay_finding_context assay_fuzz_context(const struct assay_fuzz *f);
/* Starts the target, or finds it there. 0, or an exit code after a line of words. */
int assay_fuzz_begin(struct assay_fuzz *f);

/* --repro, --minimize, --promote. Exit codes. */
int assay_fuzz_repro(struct assay_fuzz *f);
int assay_fuzz_minimize(struct assay_fuzz *f);
int assay_fuzz_promote(const struct assay_cli *cli);

#endif
