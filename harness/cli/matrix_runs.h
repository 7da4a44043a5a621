/* matrix_runs.h - inside cli/ only: the profiles that a matrix is made of are run first, each as `iscsi-assay run` would, in a process of its own. */
#ifndef ASSAY_CLI_MATRIX_RUNS_H
#define ASSAY_CLI_MATRIX_RUNS_H

#include "cli/cli.h"

/* A word of the command line. */
struct assay_matrix_source {
	const char *word;
	bool profile; /* is run; else a run.json that is there already */
	char folder[4096]; /* of a profile's results */
	char path[4096 + 16]; /* of the run.json */
	int pid; /* while it runs; 0 before and after */
	int exit; /* once it ran */
	FILE *said; /* on its standard output */
};

/* Runs those that are profiles, cli->jobs at a time, and says of each how it ended. 0 when each left results that are whole; else the exit code that says why
 * there is no matrix, after a line of words. *worst gets the first of 6, 7, 1, 8, 77, 0 that a run ended with. */
int assay_matrix_run_profiles(
	struct assay_matrix_source *sources, size_t count, const struct assay_cli *cli, int *worst);

#endif
