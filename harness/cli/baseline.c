/* baseline.c - the command baseline: makes, renews or checks the file of what one target is known to fail, from a run's run.json. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/saved_run.h"
#include "runner/baseline.h"
#include "suites/suites.h"

static int write_baseline(
	const char *path, const struct assay_run *run, const struct assay_baseline *old, const char *why)
{
	struct assay_error err = { 0 };
	size_t added, gone;

	if (assay_baseline_write(path, run, old, why, &added, &gone, &err)) {
		assay_complain("%s", err.message);
		return ASSAY_EXIT_HARNESS;
	}
	printf("%s: %zu lines added, %zu no longer needed and removed\n", path, added, gone);
	if (added && !why)
		printf("next:    say why in each new line: put words in place of '?' in %s\n", path);
	return ASSAY_EXIT_OK;
}

static int init(const char *path, const struct assay_run *run, const char *why)
{
	if (access(path, F_OK) == 0)
		return assay_complain(
			"%s: is there already; iscsi-assay baseline update %s keeps its whys", path, path);
	return write_baseline(path, run, NULL, why);
}

static int update(const char *path, const struct assay_run *run, const char *why)
{
	struct assay_baseline *old = NULL;
	struct assay_error err = { 0 };
	int result;

	if (assay_baseline_read(&old, path, assay_target_suites, &err))
		return assay_complain_of(&err);
	result = write_baseline(path, run, old, why);
	assay_baseline_free(old);
	return result;
}

/* Says each result that the baseline gets wrong. Exit 1 when there is one. */
static int compare(const struct assay_run *run, const struct assay_baseline *baseline)
{
	size_t differences = 0, expected = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct assay_test_result *r = &run->results[i];
		const struct assay_baseline_line *line = assay_baseline_find(baseline, r->id);
		enum assay_verdict verdict = assay_baseline_apply(line, r->raw, r->signature);

		expected += verdict == ASSAY_XFAIL;
		if (!assay_verdict_unexpected(verdict, false))
			continue;
		differences++;
		printf("%s %s: %s\n", assay_verdict_name(verdict), r->id,
			verdict == ASSAY_XPASS ? "passes: its line can go"
			: line                 ? "fails in another way than its line says"
					       : "is not in the baseline");
	}
	printf("%zu expected failures, %zu differences\n", expected, differences);
	return differences ? ASSAY_EXIT_FAIL : ASSAY_EXIT_OK;
}

static int check(const char *path, const struct assay_run *run, const char *why)
{
	struct assay_baseline *baseline = NULL;
	struct assay_error err = { 0 };
	int result;

	(void)why;
	if (assay_baseline_read(&baseline, path, assay_target_suites, &err))
		return assay_complain_of(&err);
	result = compare(run, baseline);
	assay_baseline_free(baseline);
	return result;
}

int assay_cli_baseline(struct assay_cli *cli)
{
	static const struct {
		const char *name;
		int (*run)(const char *path, const struct assay_run *run, const char *why);
	} verbs[] = { { "init", init }, { "update", update }, { "check", check } };
	struct assay_saved_run *saved = NULL;
	struct assay_error err = { 0 };
	char path[4096];
	int result;

	if (cli->words.count < 2 || cli->words.count > 3)
		return assay_complain("baseline needs init, update or check, and the baseline's file; a "
				      "run.json may follow");
	snprintf(path, sizeof(path), "%s/run.json", cli->output ? cli->output : ASSAY_OUTPUT_DEFAULT);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(cli->words.word[0], verbs[i].name) != 0)
			continue;
		result = assay_saved_run_read(
			&saved, cli->words.count == 3 ? cli->words.word[2] : path, &err);
		result = result ? assay_complain_of(&err)
				: verbs[i].run(cli->words.word[1], assay_saved_run_of(saved), cli->why);
		assay_saved_run_free(saved);
		return result;
	}
	return assay_complain("baseline: bad word '%s': init, update or check", cli->words.word[0]);
}
