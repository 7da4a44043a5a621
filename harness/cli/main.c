/* main.c - the table of commands and the loop over it. Each command is a file of this folder. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "report/print.h"

static int help(int argc, char **argv);

struct command {
	const char *name;
	enum assay_command_bit bit; /* 0: help */
	int (*run)(struct assay_cli *cli);
	const char *words; /* what follows it, beside options */
	const char *help;
};

static const struct command commands[] = {
	{ "run", ASSAY_CMD_RUN, assay_cli_run, "[SELECT...]",
		"test a target; without -t and --profile, the built-in one" },
	{ "list", ASSAY_CMD_LIST, assay_cli_list, "[SELECT...]", "the tests" },
	{ "explain", ASSAY_CMD_EXPLAIN, assay_cli_explain, "ID...",
		"a test, rule, requirement or defect: what, why, where in the standard" },
	{ "probe", ASSAY_CMD_PROBE, assay_cli_probe, "[SELECT...]",
		"what a target offers, and which tests apply" },
	{ "selftest", ASSAY_CMD_SELFTEST, assay_cli_selftest, "[SELECT...]",
		"every test against every defect meant for it" },
	{ "target", ASSAY_CMD_TARGET, assay_cli_target, "", "serve the built-in target" },
	{ "baseline", ASSAY_CMD_BASELINE, assay_cli_baseline, "init|update|check FILE [RUN.JSON]",
		"the failures that one target is known for" },
	{ "diff", ASSAY_CMD_DIFF, assay_cli_diff, "BEFORE.JSON AFTER.JSON",
		"two runs of a target: regressed, fixed, new, removed, renamed" },
	{ "report", ASSAY_CMD_REPORT, assay_cli_report, "RUN.JSON",
		"a run written again: as a page, JUnit, TAP, Markdown" },
	{ "matrix", ASSAY_CMD_MATRIX, assay_cli_matrix, "PROFILE|RUN.JSON...",
		"several targets in one table; profiles are run first" },
	{ "fuzz", ASSAY_CMD_FUZZ, assay_cli_fuzz, "",
		"a campaign of broken PDUs against a live target; without one, the built-in one" },
	{ "check", ASSAY_CMD_CHECK, assay_cli_check, "CAPTURE",
		"judge both sides of what is in a pcap or pcapng; no peer is needed" },
	{ "record", ASSAY_CMD_RECORD, assay_cli_record, "FILE.pcapng",
		"a proxy before a target that writes what passes as a capture" },
	{ "replay", ASSAY_CMD_REPLAY, assay_cli_replay, "CAPTURE",
		"the initiator's side of a capture again, to a live target; without one, the built-in one" },
	{ "help", 0, NULL, "[COMMAND]", "this, or a command's options" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

volatile int assay_stop_signal;

static void on_signal(int number)
{
	assay_stop_signal = number;
}

void assay_signals_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (signal(SIGHUP, SIG_IGN) != SIG_IGN) /* nohup has us go on */
		sigaction(SIGHUP, &action, NULL);
}

int assay_complain(const char *format, ...)
{
	char words[4096]; /* whatever the words come from, they steer no terminal */
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	fflush(stdout);
	fputs("iscsi-assay: ", stderr);
	assay_print_clean(stderr, words);
	putc('\n', stderr);
	return ASSAY_EXIT_USAGE;
}

int assay_complain_of(const struct assay_error *err)
{
	assay_complain("%s", err->message);
	return err->code == ASSAY_E_NOMEM || err->code == ASSAY_E_CRYPTO || err->code == ASSAY_E_LIMIT
		       ? ASSAY_EXIT_HARNESS
		       : ASSAY_EXIT_USAGE;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	return assay_complain("there is no command '%s'; see iscsi-assay help", name);
}

static void help_all(FILE *out)
{
	fputs("iscsi-assay: does an iSCSI target keep to the standard, and what does it do when it does "
	      "not\n\n",
		out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  iscsi-assay %-8s %-35s %s\n", commands[i].name, commands[i].words,
			commands[i].help);
	fputs("\nSELECT  login.*  rfc7143:6.2  R7143-4.2.2.1-11  level:must  @tag; a leading - or ! takes "
	      "out: -nop.*\n"
	      "Begin with: iscsi-assay run, then: iscsi-assay run -t iscsi://HOST/IQN/LUN\n",
		out);
}

static void help_one(FILE *out, const struct command *c)
{
	fprintf(out, "iscsi-assay %s [OPTION...] %s: %s\n", c->name, c->words, c->help);
	assay_options_help(out, c->bit);
}

/* help --words [COMMAND]: for the completion and the checks, a word a line. */
static int words(int argc, char **argv)
{
	const struct command *c = argc > 2 ? find(argv[2]) : NULL;

	if (argc > 2 && !c)
		return unknown(argv[2]);
	if (c)
		assay_options_words(stdout, c->bit);
	for (size_t i = 0; !c && i < COMMANDS; i++)
		puts(commands[i].name);
	return ASSAY_EXIT_OK;
}

static int help(int argc, char **argv)
{
	const struct command *c;

	if (argc > 1 && strcmp(argv[1], "--words") == 0)
		return words(argc, argv);
	if (argc < 2) {
		help_all(stdout);
		return ASSAY_EXIT_OK;
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	help_one(stdout, c);
	return ASSAY_EXIT_OK;
}

static int run_command(const struct command *c, int argc, char **argv)
{
	static struct assay_cli cli;
	int result = assay_options_parse(&cli, c->bit, argc, argv);

	if (result < 0) {
		help_one(stdout, c);
		return ASSAY_EXIT_OK;
	}
	return result ? result : c->run(&cli);
}

/* What was said may have met a full disk only when it is flushed. */
static int flushed(int result)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) || assay_reader_gone(stdout))
		return result;
	assay_complain("cannot write to standard output");
	return ASSAY_EXIT_HARNESS;
}

int main(int argc, char **argv)
{
	const struct command *c;

	signal(SIGXFSZ, SIG_IGN); /* a file that cannot grow is an error of write(), not our end */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		help_all(stderr);
		return ASSAY_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("iscsi-assay " ASSAY_VERSION);
		return flushed(ASSAY_EXIT_OK);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		argv[1] = "help";
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	return flushed(c->run ? run_command(c, argc - 1, argv + 1) : help(argc - 1, argv + 1));
}
