/* report.c - the command report: a run.json written again as a page, JUnit, TAP or Markdown, by the same functions that a run has. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/saved_run.h"

/* "-" is standard output, whose fate main() looks after. */
static int write_one(const char *path, assay_report_write *write, const struct assay_run *run)
{
	if (strcmp(path, "-") == 0) {
		write(stdout, run);
		return ASSAY_EXIT_OK;
	}
	if (!assay_report_file(path, write, run))
		return ASSAY_EXIT_OK;
	return assay_cannot(path, "write it");
}

int assay_cli_report(struct assay_cli *cli)
{
	const struct {
		const char *path;
		assay_report_write *write;
	} formats[] = {
		{ cli->html_file, assay_html_write },
		{ cli->junit_file, assay_junit_write },
		{ cli->tap_file, assay_tap_write },
		{ cli->markdown_file, assay_markdown_write },
	};
	const size_t count = sizeof(formats) / sizeof(formats[0]);
	struct assay_saved_run *saved = NULL;
	struct assay_error err = { 0 };
	int result = ASSAY_EXIT_OK, wanted = 0;

	for (size_t i = 0; i < count; i++)
		wanted += formats[i].path != NULL;
	if (cli->words.count != 1 || !wanted)
		return assay_complain("report needs one run.json, and --html, --junit, --tap or --markdown "
				      "with the file to write");
	if (assay_saved_run_read(&saved, cli->words.word[0], &err))
		result = assay_complain_of(&err);
	for (size_t i = 0; i < count && result == ASSAY_EXIT_OK; i++)
		if (formats[i].path)
			result = write_one(formats[i].path, formats[i].write, assay_saved_run_of(saved));
	assay_saved_run_free(saved);
	return result;
}
