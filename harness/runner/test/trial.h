/* trial.h - whole runs of the fake suites: what is asked for, and what came of it. Run them before CUnit: a worker is a fork, and CUnit cannot run within CUnit. */
#ifndef ASSAY_RUNNER_TEST_TRIAL_H
#define ASSAY_RUNNER_TEST_TRIAL_H

#include "runner/run.h"

#define OUT "trial.out" /* folder for evidence, when a trial asks for it */

/* One run and what came of it. */
struct trial {
	struct assay_run_options options;
	const char *select[4];
	const char *rerun[3];
	const char *baseline; /* text of the file */
	const char *defect;
	const char *url; /* NULL: the built-in target */
	const char *ini; /* a profile, rather than a URL */
	int stop_after; /* results after which the user presses Ctrl-C */
	/* what came */
	int exit;
	struct assay_run *run;
	struct assay_error err;
	struct assay_profile *profile;
	size_t begun, started, told, ended;
	bool orphans;
};

/* Goes to a folder of its own, makes OUT there; removes both. program_folder is where the test programs are. */
extern char program_folder[4096];
void trials_begin(void);
void trials_end(void);
void carry_out(struct trial *t);
/* The result of a test, or NULL. */
const struct assay_test_result *result_of(const struct trial *t, const char *id);
/* Did the evidence of a test come, and is there something in it? */
bool exists(const char *id, const char *name);

#endif
