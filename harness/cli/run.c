/* run.c - the command run: tests a target, reports on the console and in the output folder. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/saved_run.h"
#include "report/report.h"
#include "runner/baseline.h"
#include "suites/suites.h"

/* Does every selector match? Said before anything is replaced. */
static int check_selection(const struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	bool *chosen = assay_cli_select(cli, &err);

	free(chosen);
	return chosen ? 0 : assay_complain_of(&err);
}

/* The baseline: named on the command line, or by the profile. Said before anything is replaced, too. */
static int check_baseline(const char **path, const struct assay_cli *cli, const struct assay_profile *profile)
{
	struct assay_baseline *baseline;
	struct assay_error err = { 0 };
	int result;

	*path = NULL;
	if (cli->baseline && cli->no_baseline)
		return assay_complain("--baseline and --no-baseline: only one of them");
	if (!cli->no_baseline)
		*path = cli->baseline ? cli->baseline : profile->baseline[0] ? profile->baseline : NULL;
	if (!*path)
		return 0;
	result = assay_baseline_read(&baseline, *path, assay_target_suites, &err);
	if (result)
		return assay_complain_of(&err);
	assay_baseline_free(baseline);
	return 0;
}

/* The ids of --rerun-failed, read before their file may be replaced. */
static int read_failed(const char *const **out, struct assay_saved_run **saved, const struct assay_cli *cli,
	const char *output)
{
	struct assay_error err = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/run.json", output);
	if (assay_saved_run_read(saved, cli->rerun_file ? cli->rerun_file : path, &err))
		return assay_complain_of(&err);
	*out = assay_saved_run_failed(*saved);
	if ((*out)[0])
		return 0;
	assay_complain("nothing to run: all of that run passed");
	return ASSAY_EXIT_NOTHING;
}

/* What a run reports to, from when the target has answered. */
struct results {
	struct assay_report_config config;
	struct assay_run_options *options;
	struct assay_report *report;
};

/* What an earlier run left stays until there is something to put in its place. */
static int open_results(void *payload, struct assay_error *err)
{
	struct results *r = payload;
	int result = assay_output_empty(r->config.folder, err);

	if (!result && assay_report_new(&r->report, &r->config))
		result = assay_error_set(err, ASSAY_E_IO, "%s", assay_report_trouble(r->report));
	if (!result)
		r->options->reporters = assay_report_reporters(r->report);
	return result;
}

/* Runs with everything ready, and says what could not be written. */
static int run(struct assay_run_options *options, const struct assay_cli *cli, const char *output)
{
	struct results results = { .config = { .console = stdout, .quiet = cli->quiet, .folder = output },
		.options = options };
	struct assay_error err = { 0 };
	struct assay_run *found = NULL;
	const char *trouble;
	int result;

	options->ready = open_results;
	options->ready_payload = &results;
	assay_signals_catch();
	result = assay_run(&found, options, &err);
	trouble = results.report ? assay_report_trouble(results.report) : NULL;
	if (trouble) /* the runner says no more than that there was some */
		result = ASSAY_EXIT_HARNESS;
	if (trouble || err.message[0])
		assay_complain("%s", trouble ? trouble : err.message);
	assay_run_free(found);
	assay_report_free(results.report);
	return result;
}

int assay_cli_run(struct assay_cli *cli)
{
	const char *output = cli->output ? cli->output : ASSAY_OUTPUT_DEFAULT;
	struct assay_run_options options;
	struct assay_saved_run *saved = NULL;
	struct assay_profile *profile;
	const char *const *failed = NULL;
	const char *baseline;
	char *again = NULL;
	int result = assay_cli_profile(&profile, cli);

	if (!result)
		result = check_selection(cli);
	if (!result)
		result = check_baseline(&baseline, cli, profile);
	if (!result && cli->rerun)
		result = read_failed(&failed, &saved, cli, output);
	if (!result)
		result = assay_output_take(output);
	if (!result) {
		assay_cli_run_options(&options, cli, profile);
		again = assay_cli_again(cli, profile);
		options.again = again;
		options.baseline_path = baseline;
		options.rerun = failed;
		options.output = cli->no_evidence ? NULL : output;
		result = run(&options, cli, output);
	}
	free(again);
	free((void *)failed);
	assay_saved_run_free(saved);
	assay_profile_free(profile);
	return result;
}
