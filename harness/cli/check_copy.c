/* check_copy.c - a copy of a capture that others may see, and where the copies that the command check writes go. */
#include <inttypes.h>
#include <string.h>

#include "capture/redact.h"
#include "cli/check.h"
#include "report/file.h"

int assay_check_output(struct assay_file *f, const char *path)
{
	if (strcmp(path, "-") == 0) {
		f->out = stdout;
		f->path[0] = 0;
		return 0;
	}
	return assay_file_open(f, path) ? assay_cannot(path, "write it") : 0;
}

int assay_check_output_end(struct assay_file *f, const char *path, int result)
{
	if (!f->path[0])
		return result;
	if (!result)
		return assay_file_close(f) ? assay_cannot(path, "write it") : 0;
	assay_file_drop(f);
	return result;
}

/* ---- for others to see ---- */

/* 0, or an exit code after a line of words. */
static int redact_all(struct assay_redact *r, struct assay_capture_file *file, const char *path)
{
	struct assay_error err = { 0 };
	struct assay_packet packet;
	int more, result = 0;

	while (!assay_stop_signal && (more = assay_capture_file_next(&packet, file, &err)) == 1 && !result)
		result = assay_redact_packet(r, &packet);
	if (!result)
		result = assay_redact_end(r);
	if (result == ASSAY_E_NOMEM)
		return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
	if (!assay_stop_signal && more < 0)
		return assay_check_complain(path, &err);
	return assay_stop_signal ? 128 + assay_stop_signal
				 : 0; /* a failed write is told when the file is closed */
}

int assay_check_redact(const struct assay_cli *cli, struct assay_capture_file *file)
{
	const struct assay_redact_counts *counts;
	struct assay_redact *r;
	struct assay_file out;
	int result = assay_check_output(&out, cli->output);

	if (result)
		return result;
	if (assay_redact_new(&r, out.out, 0) < 0) {
		assay_complain("no memory, or no random numbers");
		return assay_check_output_end(&out, cli->output, ASSAY_EXIT_HARNESS);
	}
	assay_signals_catch();
	result = redact_all(r, file, cli->words.word[0]);
	result = assay_check_output_end(&out, cli->output, result);
	counts = assay_redact_counts(r);
	if (!result)
		fprintf(stderr,
			"%" PRIu64 " packets, %" PRIu64 " bytes of TCP payload masked as far as they are no "
			"headers, %" PRIu64 " left out: fragments, and what waited for too long\n",
			counts->packets, counts->masked_bytes, counts->left_out_bytes);
	assay_redact_free(r);
	return result;
}
