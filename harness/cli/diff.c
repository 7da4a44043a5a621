/* diff.c - the command diff: what became of a target from one run.json to the next. Exit 1 when something is worse. */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/saved_run.h"
#include "report/diff.h"

static int show(const struct assay_run *before, const struct assay_run *after, bool json)
{
	struct assay_diff *diff;
	char why[ASSAY_DIFF_WHY];
	int result = assay_diff_make(&diff, before, after, assay_cli_current_id, why);

	if (result) {
		result = assay_complain("%s", why);
	} else {
		(json ? assay_diff_json : assay_diff_print)(stdout, diff);
		result = diff->changes[ASSAY_CHANGE_REGRESSED] ? ASSAY_EXIT_FAIL : ASSAY_EXIT_OK;
	}
	assay_diff_free(diff);
	return result;
}

int assay_cli_diff(struct assay_cli *cli)
{
	struct assay_saved_run *before = NULL, *after = NULL;
	struct assay_error err = { 0 };
	int result;

	if (cli->words.count != 2)
		return assay_complain("diff needs two files: the run.json of before and the one of after");
	result = assay_saved_run_read(&before, cli->words.word[0], &err);
	if (!result)
		result = assay_saved_run_read(&after, cli->words.word[1], &err);
	result = result ? assay_complain_of(&err)
			: show(assay_saved_run_of(before), assay_saved_run_of(after), cli->json);
	assay_saved_run_free(before);
	assay_saved_run_free(after);
	return result;
}
