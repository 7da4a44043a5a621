/*
 * options.h - every option of every command, in one table: parsing with getopt_long, the help, the completion, the man page's check and the line
 * that runs a test again all come from it. Words that begin with '-' and are no option take out tests: "-login.*"; "!login.*" says the same.
 */
#ifndef ASSAY_CLI_OPTIONS_H
#define ASSAY_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/chap.h"

/* The commands, as bits of an option's row. */
enum assay_command_bit {
	ASSAY_CMD_RUN = 1,
	ASSAY_CMD_LIST = 2,
	ASSAY_CMD_EXPLAIN = 4,
	ASSAY_CMD_PROBE = 8,
	ASSAY_CMD_SELFTEST = 16,
	ASSAY_CMD_TARGET = 32,
	ASSAY_CMD_BASELINE = 64,
	ASSAY_CMD_DIFF = 128,
	ASSAY_CMD_REPORT = 256,
	ASSAY_CMD_MATRIX = 512,
	ASSAY_CMD_FUZZ = 1024,
	ASSAY_CMD_CHECK = 2048,
	ASSAY_CMD_REPLAY = 4096,
	ASSAY_CMD_RECORD = 8192,
};

#define ASSAY_LIST_MAX 256

/* Values of an option that may be said again. */
struct assay_list {
	const char *word[ASSAY_LIST_MAX + 1]; /* NULL-terminated */
	size_t count;
};

/* What was said. Strings live as long as the program. */
struct assay_cli {
	enum assay_command_bit command;
	/* what to test */
	const char *url; /* with its secret; argv has none any more */
	const char *profile, *exec, *initiator_name, *user, *secret_file, *secret_env, *second_portal;
	char *exec_shown; /* exec where it stands in argv, for everyone to see: without secrets; NULL: it does not */
	char secret[ASSAY_CHAP_SECRET_MAX + 1],
		mutual_secret[ASSAY_CHAP_SECRET_MAX + 1]; /* once they were read */
	uint64_t write_lun, second_lun; /* UINT64_MAX: not said */
	bool follow_portals, disruptive;
	/* how */
	uint64_t jobs, shard, shards, min_run, deadline_ms, max_time_ms; /* 0: not said */
	uint64_t seed;
	bool seed_said;
	double timing_factor; /* 0: not said */
	bool strict;
	bool rerun;
	const char *rerun_file; /* NULL: the output folder's run.json */
	const char *baseline;
	bool no_baseline;
	const char *why;
	/* what to say */
	const char *output;
	bool quiet, no_evidence, json, markdown, ids, coverage, every_defect;
	/* a run written again, or a matrix; "-": to standard output */
	const char *html_file, *junit_file, *tap_file, *markdown_file, *json_file;
	bool intersect;
	/* the built-in target */
	const char *config, *name, *chap, *mutual, *mutual_secret_file;
	bool list_defects;
	const char *control, *tell; /* sockets */
	struct assay_list listen, luns, defects, faults;
	const char *watch; /* folder for findings; NULL: nobody watches */
	struct assay_list allow; /* rules that an initiator is known to break */
	/* a replay */
	struct assay_list ignore; /* names of fields and keys that need not be as captured */
	/* a recording */
	const char *listens, *to; /* NULL: not said */
	/* a campaign */
	uint64_t cases, patience_ms; /* 0: not said */
	bool pin;
	uint64_t cpu; /* UINT64_MAX: the one that we are on */
	const char *repro, *minimize, *promote; /* a case or a folder */
	bool random, own_target;
	const char *dot_file;
	const char *role; /* what is fuzzed: NULL: a target */
	/* a capture */
	uint64_t slice; /* a finding's number; 0: none */
	bool redact;
	/* a replay */
	uint64_t stop_at; /* 0: not said */
	const char *pace, *data; /* NULL: not said */
	bool verbatim;
	/* the rest: selectors, ids */
	struct assay_list words;
	/* the options as they were given, that belong to the line that runs it again */
	struct assay_list again;
};

/* Parses what follows the command's name (argv[0] is the command). 0; an exit code after a line of words; -1: help was asked for. */
int assay_options_parse(struct assay_cli *out, enum assay_command_bit command, int argc, char **argv);
/* The command's options, a line each, for people; only the names, for completion. */
void assay_options_help(FILE *out, enum assay_command_bit command);
void assay_options_words(FILE *out, enum assay_command_bit command);

#endif
