/* cli.h - inside cli/ only: the commands, and what they share. A command is a file; main.c has the table. */
#ifndef ASSAY_CLI_CLI_H
#define ASSAY_CLI_CLI_H

#include "cli/options.h"
#include "runner/run.h"

#define ASSAY_OUTPUT_DEFAULT "assay-out"

/* Each gets what follows its own name, parsed; returns enum assay_exit. */
int assay_cli_run(struct assay_cli *cli);
int assay_cli_list(struct assay_cli *cli);
int assay_cli_explain(struct assay_cli *cli);
int assay_cli_probe(struct assay_cli *cli);
int assay_cli_selftest(struct assay_cli *cli);
int assay_cli_target(struct assay_cli *cli);
int assay_cli_baseline(struct assay_cli *cli);
int assay_cli_diff(struct assay_cli *cli);
int assay_cli_matrix(struct assay_cli *cli);
int assay_cli_report(struct assay_cli *cli);
int assay_cli_check(struct assay_cli *cli);
int assay_cli_replay(struct assay_cli *cli);
int assay_cli_fuzz(struct assay_cli *cli);
int assay_cli_record(struct assay_cli *cli);

/* The id of today for one that a test has or had; an id that no test ever had stays as it is. */
const char *assay_cli_current_id(const char *id);

/* docs/coverage.md, to stdout. */
void assay_print_coverage(void);

/* One line to stderr, "iscsi-assay: …". Returns ASSAY_EXIT_USAGE. */
int assay_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for an error of the harness's libraries: exit 5 when it is ours, 2 when it is the user's words. */
int assay_complain_of(const struct assay_error *err);

/* The target that the options name: URL, profile file, or the built-in one, with what the options change in it. 0, or an exit code after a line of words. */
int assay_cli_profile(struct assay_profile **out, struct assay_cli *cli);
/* The same, but the built-in one is served over TCP by a process of its own, which needs no leave either. */
int assay_cli_profile_served(struct assay_profile **out, struct assay_cli *cli);
/* The line that runs it again, but for seed and id: "iscsi-assay run -t …", or "iscsi-assay fuzz …". The caller frees it. */
char *assay_cli_again(const struct assay_cli *cli, const struct assay_profile *profile);
/* Runs options that do not come from the target: filled from the command line. */
void assay_cli_run_options(
	struct assay_run_options *out, const struct assay_cli *cli, struct assay_profile *profile);

/* Which tests the words select, one bool a test in the order of the suites; the caller frees it. NULL with words in err. */
bool *assay_cli_select(const struct assay_cli *cli, struct assay_error *err);

/* A secret from the file or environment variable that the options name, into out. 0, or an exit code after a line of words. */
int assay_cli_secret(char out[ASSAY_CHAP_SECRET_MAX + 1], const char *file, const char *variable);
/* Overwrites the secret of a URL, iscsi://user%secret@host, where it stands: in argv it is seen by every user of the machine. */
void assay_secret_scrub(char *url);

/* After errno: "PATH: cannot WHAT: why". A name that cannot be a file or a folder, or is not ours to write to, is bad usage; a disk that is full or fails is not. Returns the exit code. */
int assay_cannot(const char *path, const char *what);
/* Makes a folder and those above it; one that is there is fine. 0 or an exit code after a line of words. */
int assay_output_make(const char *folder);
/* The output folder: made where there is none, and ours until we end. One that is not empty and not ours (it has no marker) is refused, and one that another
 * run writes to. Nothing in it is touched. 0 or an exit code after a line of words. */
int assay_output_take(const char *folder);
/* Empties the folder that was taken. 0 or ASSAY_E_IO. */
int assay_output_empty(const char *folder, struct assay_error *err);
/* Both; NULL: none was asked for. 0 or an exit code after a line of words. */
int assay_output_fresh(const char *folder);

/* enum assay_defect of a --defect; -1 after a line of words. */
int assay_cli_defect(const char *name);

/* What a noun ends in after that number: "1 finding", "2 findings". */
static inline const char *assay_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Set to the signal's number by SIGINT, SIGTERM and SIGHUP once assay_signals_catch was called; a second one ends us. */
extern volatile int assay_stop_signal;
void assay_signals_catch(void);

#endif
