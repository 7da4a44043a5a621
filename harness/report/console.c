/*
 * console.c - what a person sees: one line of progress on a terminal (nothing in a pipe), the five questions for what did not pass, and a
 * summary that names the next step. Colour only on a terminal that wants it (NO_COLOR, TERM=dumb). Target-made strings never steer the terminal.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/parts.h"
#include "report/print.h"

#define COLUMNS 80 /* where the terminal does not say */

void assay_console_init(struct assay_console *c, FILE *out, bool quiet, const char *folder,
	const struct assay_report_trouble *trouble)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;

	*c = (struct assay_console){
		.out = out, .quiet = quiet, .folder = folder, .trouble = trouble, .columns = COLUMNS
	};
	c->live = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
	c->colour = c->live && !(no_colour && no_colour[0]);
	c->live = c->live && !quiet;
	if (c->live && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
		c->columns = size.ws_col;
}

static const char *colour_of(enum assay_verdict verdict)
{
	static const char *const colours[ASSAY_VERDICT_COUNT] = {
		[ASSAY_PASS] = "32",
		[ASSAY_FAIL] = "1;31",
		[ASSAY_WARN] = "33",
		[ASSAY_SKIP] = "36",
		[ASSAY_XFAIL] = "36",
		[ASSAY_XPASS] = "35",
		[ASSAY_ERROR] = "1;31",
		[ASSAY_TIMEOUT] = "1;31",
		[ASSAY_CRASH] = "1;31",
	};

	return colours[verdict];
}

static void put_verdict(const struct assay_console *c, enum assay_verdict verdict)
{
	if (c->colour)
		fprintf(c->out, "\033[%sm%s\033[0m", colour_of(verdict), assay_verdict_name(verdict));
	else
		fputs(assay_verdict_name(verdict), c->out);
}

static void clear_line(struct assay_console *c)
{
	if (c->line_shown)
		fputs("\r\033[K", c->out);
	c->line_shown = false;
}

static void progress(struct assay_console *c, const char *id)
{
	char line[256];
	int length;

	if (!c->live)
		return;
	length = snprintf(line, sizeof(line), "[%zu/%zu] %s", c->done, c->planned, id);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	if ((unsigned)length >= c->columns)
		length = (int)c->columns - 1;
	clear_line(c);
	fprintf(c->out, "%.*s", length, line);
	c->line_shown = true;
	fflush(c->out);
}

static void on_begin(void *payload, const struct assay_run_info *info, size_t planned)
{
	struct assay_console *c = payload;

	c->planned = planned;
	c->strict = info->strict;
	if (c->quiet)
		return;
	fprintf(c->out, "iscsi-assay %s: %zu tests against ", info->version, planned);
	assay_print_clean(c->out, info->target);
	if (info->implementation) {
		fputs(" (", c->out);
		assay_print_clean(c->out, info->implementation);
		putc(')', c->out);
	}
	fprintf(c->out, ", seed 0x%llx\n", (unsigned long long)info->seed);
	fflush(c->out);
}

static void on_started(void *payload, const char *id, size_t running)
{
	(void)running;
	progress(payload, id);
}

static void answer(const struct assay_console *c, const char *question, const char *words)
{
	if (!words || !words[0])
		return;
	fprintf(c->out, "     %-9s ", question);
	assay_print_clean(c->out, words);
	putc('\n', c->out);
}

static void put_failure(
	const struct assay_console *c, const struct assay_failure *f, const struct assay_test_result *r)
{
	fputs("     rule      ", c->out);
	assay_print_clean(c->out, f->claim ? f->claim : r->desc);
	if (f->rule) {
		fprintf(c->out, " [%s, ", f->rule);
		assay_print_clean(c->out, f->reqs);
		if (f->section) {
			fputs(", ", c->out);
			assay_print_section(c->out, f->section, assay_print_clean);
		}
		putc(']', c->out);
	}
	putc('\n', c->out);
	answer(c, "sent", f->sent);
	answer(c, "expected", f->expected);
	answer(c, "got", f->got);
}

static void put_block(const struct assay_console *c, const struct assay_test_result *r)
{
	put_verdict(c, r->verdict);
	fprintf(c->out, " %s  %s  %s  ", r->id, r->level, r->reqs);
	assay_print_section(c->out, r->section, assay_print_clean);
	putc('\n', c->out);
	answer(c, "reason", r->reason);
	answer(c, "baseline", r->baseline);
	for (size_t i = 0; i < r->failure_count; i++)
		put_failure(c, &r->failures[i], r);
	if (r->evidence && c->folder) {
		fputs("     evidence  ", c->out);
		assay_print_clean(c->out, c->folder);
		fprintf(c->out, "/%s/{trace.pcapng,pdus.txt,result.json}\n", r->evidence);
	}
	answer(c, "again", r->again);
}

/* All that a log of --quiet says of a test: which, how, and the first reason. */
static void put_line(const struct assay_console *c, const struct assay_test_result *r)
{
	const struct assay_failure *f = r->failure_count ? &r->failures[0] : NULL;
	const char *words = r->reason ? r->reason : f && f->got ? f->got : r->baseline;

	put_verdict(c, r->verdict);
	fprintf(c->out, " %s", r->id);
	if (words && words[0])
		fputs(": ", c->out);
	assay_print_clean(c->out, words ? words : "");
	putc('\n', c->out);
}

/* What is expected (PASS, SKIP, XFAIL) is counted in the summary and needs no reader now. */
static void on_result(void *payload, const struct assay_test_result *result, size_t done, size_t planned)
{
	struct assay_console *c = payload;
	bool unexpected = assay_verdict_unexpected(result->verdict, c->strict);

	c->done = done;
	c->planned = planned;
	if (c->quiet ? unexpected : unexpected || result->verdict == ASSAY_WARN) {
		clear_line(c);
		(c->quiet ? put_line : put_block)(c, result);
		fflush(c->out);
	}
	progress(c, result->id);
}

static void next_step(const struct assay_console *c, const struct assay_run *run)
{
	bool builtin = strcmp(run->info.target, "built-in") == 0;

	fputs("next:    ", c->out);
	if (c->trouble->message[0])
		fputs("the results are not whole: make room, or choose another folder with -o, and run it "
		      "again\n",
			c->out);
	else if (run->exit == ASSAY_EXIT_UNREACHABLE)
		fputs("see that the target is up and its name and LUN are right: iscsi-assay probe -t URL\n",
			c->out);
	else if (run->unexpected && c->folder)
		fprintf(c->out,
			"look into %s/, ask iscsi-assay explain ID, or accept what is known: iscsi-assay "
			"baseline init FILE\n",
			c->folder);
	else if (builtin)
		fputs("test your own: iscsi-assay run -t iscsi://HOST/IQN/LUN\n", c->out);
	else
		fputs("let a job watch it: iscsi-assay run … --baseline FILE; results for it are in "
		      "junit.xml\n",
			c->out);
}

static int on_end(void *payload, const struct assay_run *run)
{
	struct assay_console *c = payload;
	FILE *out = c->out;
	const char *separator = "";

	clear_line(c);
	fprintf(out, "%zu tests in ", run->count);
	assay_report_duration(out, run->info.duration);
	fputs(": ", out);
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++) {
		if (!run->verdicts[v])
			continue;
		fprintf(out, "%s%zu ", separator, run->verdicts[v]);
		put_verdict(c, v);
		separator = ", ";
	}
	fprintf(out, "; %zu unexpected\n", run->unexpected);
	if (run->verdicts[ASSAY_SKIP]) {
		fputs("skipped: ", out);
		assay_report_skips(out, run);
		putc('\n', out);
	}
	if (run->info.stopped)
		fprintf(out, "stopped: %s, %zu of %zu tests were done\n", run->info.stopped, run->count,
			c->planned);
	if (c->folder && !c->trouble->message[0])
		fprintf(out, "results: %s/{run.json,run.ndjson,junit.xml,run.tap,summary.md,report.html}\n",
			c->folder);
	next_step(c, run);
	return (fflush(out) || ferror(out)) && !assay_reader_gone(out) ? -1 : 0;
}

struct assay_reporter assay_console_reporter(struct assay_console *c)
{
	return (struct assay_reporter){
		.payload = c, .begin = on_begin, .started = on_started, .result = on_result, .end = on_end
	};
}
