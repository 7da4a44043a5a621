/* options_table.h - the rows of options.c, which includes it and nothing else does: every option of every command. */
#ifndef ASSAY_CLI_OPTIONS_TABLE_H
#define ASSAY_CLI_OPTIONS_TABLE_H

#include "cli/options.h"

enum kind {
	FLAG, /* bool */
	TEXT, /* const char * */
	URL, /* TEXT whose secret is taken out of argv */
	COMMAND, /* the same, of all URLs in it */
	NUMBER, /* uint64_t between least and most */
	SEED, /* uint64_t, any base; seed_said too */
	SHARD, /* "K/N" into shard and shards */
	TIME, /* uint64_t, milliseconds, from "90", "1.5s", "500ms", "2m", "1h" */
	FACTOR, /* double above 0 */
	WORDS, /* struct assay_list */
	RERUN, /* rerun, and its file when one is given */
	PIN, /* pin, and its processor when one is given */
};

/* A row of the table. */
struct row {
	const char *name; /* "--name" */
	char letter; /* "-x", 0: none */
	const char *value; /* as the help shows it; NULL: takes none */
	unsigned commands; /* enum assay_command_bit */
	enum kind kind;
	bool again; /* belongs to the line that runs a test again */
	size_t offset; /* in struct assay_cli */
	uint64_t least, most;
	const char *help;
};

#define AT(field) offsetof(struct assay_cli, field)
#define PEER      (ASSAY_CMD_RUN | ASSAY_CMD_PROBE)
#define REACH     (PEER | ASSAY_CMD_FUZZ | ASSAY_CMD_REPLAY)
#define RUNS      (ASSAY_CMD_RUN | ASSAY_CMD_SELFTEST)

static const struct row rows[] = {
	{ "target", 't', "URL", REACH, URL, false, AT(url), 0, 0,
		"the target, iscsi://[user@]host[:port]/target-iqn/lun; without it the built-in one" },
	{ "profile", 0, "FILE", REACH, TEXT, true, AT(profile), 0, 0,
		"the target and how it is started, from an INI file" },
	{ "exec", 0, "COMMAND", REACH, COMMAND, true, AT(exec), 0, 0,
		"starts the target, waits for it, watches and ends it; {port} is a free port" },
	{ "user", 0, "NAME", REACH | ASSAY_CMD_CHECK, TEXT, true, AT(user), 0, 0, "CHAP name" },
	{ "secret-file", 0, "FILE", REACH | ASSAY_CMD_TARGET | ASSAY_CMD_CHECK, TEXT, true, AT(secret_file),
		0, 0, "CHAP secret: the first line of FILE" },
	{ "secret-env", 0, "NAME", REACH | ASSAY_CMD_TARGET | ASSAY_CMD_CHECK, TEXT, true, AT(secret_env), 0,
		0, "CHAP secret: the value of an environment variable" },
	{ "initiator-name", 0, "IQN", REACH, TEXT, true, AT(initiator_name), 0, 0, "who we say we are" },
	{ "write-lun", 0, "N", REACH, NUMBER, true, AT(write_lun), 0, 16383,
		"a logical unit that tests may write to" },
	{ "second-lun", 0, "N", PEER, NUMBER, true, AT(second_lun), 0, 16383,
		"another logical unit of the target" },
	{ "second-portal", 0, "HOST:PORT", PEER, TEXT, true, AT(second_portal), 0, 0,
		"another portal of the target" },
	{ "follow-portals", 0, NULL, PEER, FLAG, true, AT(follow_portals), 0, 0,
		"without a second portal, take one that the target announces" },
	{ "disruptive", 0, NULL, REACH, FLAG, true, AT(disruptive), 0, 0,
		"allow resets and reservations that other users would feel" },
	{ "timing-factor", 0, "X", REACH | RUNS, FACTOR, true, AT(timing_factor), 0, 0,
		"stretch every deadline of a slow target by X" },
	{ "deadline", 0, "TIME", RUNS, TIME, true, AT(deadline_ms), 1, 3600000,
		"for one test, like 500ms, 10s, 2m; 10s when not said" },
	{ "jobs", 'j', "N", ASSAY_CMD_MATRIX, NUMBER, false, AT(jobs), 1, 64,
		"profiles side by side; 1 when not said" },
	{ "jobs", 'j', "N", RUNS, NUMBER, false, AT(jobs), 1, 64, "tests side by side; 1 when not said" },
	{ "seed", 0, "N", RUNS | ASSAY_CMD_MATRIX | ASSAY_CMD_FUZZ, SEED, false, AT(seed), 0, 0,
		"repeats a run's random choices" },
	{ "shard", 0, "K/N", ASSAY_CMD_RUN, SHARD, false, 0, 0, 0, "only the K-th of N parts of the tests" },
	{ "shard", 0, "K/N", ASSAY_CMD_FUZZ, SHARD, false, 0, 0, 0,
		"only every N-th case, from the K-th on" },
	{ "max-time", 0, "TIME", ASSAY_CMD_RUN | ASSAY_CMD_FUZZ, TIME, false, AT(max_time_ms), 1, 86400000,
		"stop then, exit 7" },
	{ "ignore", 0, "NAME", ASSAY_CMD_REPLAY, WORDS, false, AT(ignore), 0, 0,
		"a field (Status), a text key (MaxBurstLength) or sense, which may differ; may be said "
		"again" },
	{ "role", 0, "ROLE", ASSAY_CMD_REPLAY, TEXT, false, AT(role), 0, 0,
		"the side that is played: initiator, or target, to whoever connects; initiator when not "
		"said" },
	{ "role", 0, "ROLE", ASSAY_CMD_FUZZ, TEXT, true, AT(role), 0, 0,
		"what is fuzzed: target, or initiator: a COMMAND that uses {url}, or {portal}, or {port}" },
	{ "cases", 0, "N", ASSAY_CMD_FUZZ, NUMBER, false, AT(cases), 1, 4000000000,
		"how many in all, over all shards and however often it is interrupted; no end when not "
		"said" },
	{ "verbatim", 0, NULL, ASSAY_CMD_REPLAY, FLAG, false, AT(verbatim), 0, 0,
		"the bytes as they were: nothing is written anew" },
	{ "pace", 0, "PACE", ASSAY_CMD_REPLAY, TEXT, false, AT(pace), 0, 0,
		"fast, or original: nothing goes out before its time in the capture; fast when not said" },
	{ "stop-at", 0, "N", ASSAY_CMD_REPLAY, NUMBER, false, AT(stop_at), 1, UINT32_MAX,
		"play to PDU #N, as check counts them" },
	{ "data", 0, "WHICH", ASSAY_CMD_REPLAY, TEXT, false, AT(data), 0, 0,
		"read data that must be as in the capture: written (by the replay itself), all, none; "
		"written when not said" },
	{ "patience", 0, "TIME", ASSAY_CMD_REPLAY, TIME, false, AT(patience_ms), 1, 3600000,
		"for one answer, 5s when not said; with --role target for a request whose turn it is, "
		"300ms" },
	{ "output", 'o', "DIR", ASSAY_CMD_REPLAY, TEXT, false, AT(output), 0, 0,
		"where the live connections go, as a capture and a listing; nowhere when not said" },
	{ "patience", 0, "TIME", ASSAY_CMD_FUZZ, TIME, true, AT(patience_ms), 1, 3600000,
		"for one answer, after which the target is wedged, 1s when not said; of an initiator: for a "
		"whole run, 5s" },
	{ "pin", 0, "[=CPU]", ASSAY_CMD_FUZZ, PIN, false, 0, 0, 1023,
		"fuzzer and target on one processor, where they take turns fastest" },
	{ "random", 0, NULL, ASSAY_CMD_FUZZ, FLAG, true, AT(random), 0, 0,
		"bytes without structure: what the campaign is measured by" },
	{ "repro", 0, "CASE|FOLDER", ASSAY_CMD_FUZZ, TEXT, false, AT(repro), 0, 0,
		"play that case or finding ten times; exit 8 when it still happens" },
	{ "minimize", 0, "CASE|FOLDER", ASSAY_CMD_FUZZ, TEXT, false, AT(minimize), 0, 0,
		"the fewest steps and changes, and the simplest values, that still do the same" },
	{ "promote", 0, "FOLDER", ASSAY_CMD_FUZZ, TEXT, false, AT(promote), 0, 0,
		"write a finding as a test, and as a seed for the in-process fuzzers" },
	{ "dot", 0, "FILE", ASSAY_CMD_FUZZ, TEXT, false, AT(dot_file), 0, 0,
		"the target's states as its answers showed them, for Graphviz" },
	{ "i-own-this-target", 0, NULL, ASSAY_CMD_FUZZ, FLAG, true, AT(own_target), 0, 0,
		"leave to act upon a target that is not on this machine" },
	{ "output", 'o', "DIR", ASSAY_CMD_FUZZ, TEXT, false, AT(output), 0, 0,
		"where findings go; assay-fuzz when not said; a campaign that is there goes on" },
	{ "slice", 0, "N", ASSAY_CMD_CHECK, NUMBER, false, AT(slice), 1, UINT64_MAX,
		"write the packets around finding or warning N, and those that it rests on, to the FILE of "
		"-o" },
	{ "redact", 0, NULL, ASSAY_CMD_CHECK, FLAG, false, AT(redact), 0, 0,
		"write a copy in which names, addresses and data are masked, to the FILE of -o" },
	{ "output", 'o', "FILE", ASSAY_CMD_CHECK, TEXT, false, AT(output), 0, 0,
		"what --slice and --redact write: a pcapng; - is standard output" },
	{ "min-run", 0, "N", ASSAY_CMD_RUN, NUMBER, false, AT(min_run), 1, 1000000,
		"exit 4 when fewer tests ran" },
	{ "rerun-failed", 0, "[=RUN.JSON]", ASSAY_CMD_RUN, RERUN, false, 0, 0, 0,
		"only what did not pass in that run, or in the output folder's" },
	{ "baseline", 'b', "FILE", ASSAY_CMD_RUN, TEXT, false, AT(baseline), 0, 0,
		"what is known to fail, and why" },
	{ "no-baseline", 0, NULL, ASSAY_CMD_RUN, FLAG, false, AT(no_baseline), 0, 0,
		"not the profile's baseline, either" },
	{ "strict", 0, NULL, RUNS | ASSAY_CMD_CHECK | ASSAY_CMD_REPLAY | ASSAY_CMD_TARGET, FLAG, true,
		AT(strict), 0, 0, "a broken SHOULD fails, too" },
	{ "output", 'o', "DIR", ASSAY_CMD_RUN | ASSAY_CMD_BASELINE, TEXT, false, AT(output), 0, 0,
		"where results go; assay-out when not said" },
	{ "output", 'o', "DIR", ASSAY_CMD_SELFTEST, TEXT, false, AT(output), 0, 0,
		"where the evidence of each defect's tests goes, DEFECT/TEST; nowhere when not said" },
	{ "output", 'o', "DIR", ASSAY_CMD_MATRIX, TEXT, false, AT(output), 0, 0,
		"matrix.{md,json,html}, and a folder for each profile; assay-matrix when not said" },
	{ "why", 0, "WORDS", ASSAY_CMD_BASELINE, TEXT, false, AT(why), 0, 0,
		"the why of every new line; else '?' for you to replace" },
	{ "no-evidence", 0, NULL, ASSAY_CMD_RUN, FLAG, false, AT(no_evidence), 0, 0,
		"no folder for each test that did not pass" },
	{ "quiet", 'q', NULL, RUNS | ASSAY_CMD_FUZZ, FLAG, false, AT(quiet), 0, 0,
		"the summary, and a line for what was not expected" },
	{ "every-defect", 0, NULL, ASSAY_CMD_SELFTEST, FLAG, false, AT(every_defect), 0, 0,
		"with the defects that a test does not name, too: it may not end in ERROR; takes minutes" },
	{ "json", 0, NULL,
		ASSAY_CMD_LIST | ASSAY_CMD_PROBE | ASSAY_CMD_DIFF | ASSAY_CMD_CHECK | ASSAY_CMD_REPLAY, FLAG,
		false, AT(json), 0, 0, "as JSON" },
	{ "md", 0, NULL, ASSAY_CMD_LIST, FLAG, false, AT(markdown), 0, 0, "as Markdown" },
	{ "ids", 0, NULL, ASSAY_CMD_LIST, FLAG, false, AT(ids), 0, 0, "the ids only" },
	{ "coverage", 0, NULL, ASSAY_CMD_LIST, FLAG, false, AT(coverage), 0, 0,
		"instead of tests: which requirements they stand for, as Markdown" },
	{ "html", 0, "FILE", ASSAY_CMD_REPORT | ASSAY_CMD_MATRIX | ASSAY_CMD_CHECK, TEXT, false,
		AT(html_file), 0, 0, "one page that needs no other file; - is standard output" },
	{ "junit", 0, "FILE", ASSAY_CMD_REPORT | ASSAY_CMD_CHECK, TEXT, false, AT(junit_file), 0, 0,
		"for Jenkins, GitLab and their like" },
	{ "tap", 0, "FILE", ASSAY_CMD_REPORT, TEXT, false, AT(tap_file), 0, 0, "Test Anything Protocol" },
	{ "markdown", 0, "FILE", ASSAY_CMD_REPORT | ASSAY_CMD_MATRIX, TEXT, false, AT(markdown_file), 0, 0,
		"for a ticket or a job's page" },
	{ "json", 0, "FILE", ASSAY_CMD_MATRIX, TEXT, false, AT(json_file), 0, 0, "for programs" },
	{ "intersect", 0, NULL, ASSAY_CMD_MATRIX, FLAG, false, AT(intersect), 0, 0,
		"of runs whose suites differ, the tests that all have" },
	{ "listen", 0, "HOST:PORT", ASSAY_CMD_TARGET, WORDS, false, AT(listen), 0, 0,
		"a portal; 127.0.0.1:3260 when not said; port 0: a free one" },
	{ "listen", 0, "HOST:PORT", ASSAY_CMD_RECORD, TEXT, false, AT(listens), 0, 0,
		"where initiators are to connect; 127.0.0.1 and a free port when not said, or with port 0" },
	{ "listen", 0, "HOST:PORT", ASSAY_CMD_REPLAY, TEXT, false, AT(listens), 0, 0,
		"with --role target: where initiators are to connect; 127.0.0.1:3260 when not said; port 0: "
		"a free one" },
	{ "to", 0, "HOST:PORT", ASSAY_CMD_RECORD, TEXT, false, AT(to), 0, 0,
		"the target that they are passed on to" },
	{ "config", 0, "INI", ASSAY_CMD_TARGET, TEXT, false, AT(config), 0, 0,
		"targets, logical units and portals from a file" },
	{ "name", 0, "IQN", ASSAY_CMD_TARGET, TEXT, false, AT(name), 0, 0,
		"one target of that name instead of the default set" },
	{ "lun", 0, "N=SIZE|FILE[,ro]", ASSAY_CMD_TARGET, WORDS, false, AT(luns), 0, 0,
		"its logical unit: memory of SIZE (64M, 1G) or a file" },
	{ "chap", 0, "NAME", ASSAY_CMD_TARGET, TEXT, false, AT(chap), 0, 0,
		"initiators must prove that name with the secret" },
	{ "mutual", 0, "NAME", ASSAY_CMD_TARGET, TEXT, false, AT(mutual), 0, 0,
		"and the target proves this one" },
	{ "mutual", 0, "NAME", ASSAY_CMD_CHECK, TEXT, false, AT(mutual), 0, 0,
		"CHAP name that targets prove" },
	{ "mutual-secret-file", 0, "FILE", ASSAY_CMD_TARGET | ASSAY_CMD_CHECK, TEXT, false,
		AT(mutual_secret_file), 0, 0, "with the first line of FILE" },
	{ "mutual-secret-file", 0, "FILE", ASSAY_CMD_REPLAY, TEXT, false, AT(mutual_secret_file), 0, 0,
		"with --role target: the secret that the target proved itself with, the first line of FILE" },
	{ "defect", 0, "NAME", ASSAY_CMD_REPLAY, WORDS, false, AT(defects), 0, 0,
		"have the built-in target break one rule of the standard; may be said again" },
	{ "defect", 0, "NAME", ASSAY_CMD_TARGET, WORDS, false, AT(defects), 0, 0,
		"break one rule of the standard; may be said again" },
	{ "fault", 0, "NAME", ASSAY_CMD_TARGET, WORDS, false, AT(faults), 0, 0,
		"have a planted bug for a fuzzer to find; may be said again; help lists them" },
	{ "control", 0, "SOCKET", ASSAY_CMD_TARGET, TEXT, false, AT(control), 0, 0,
		"a socket at which --tell can change what is served" },
	{ "tell", 0, "SOCKET", ASSAY_CMD_TARGET, TEXT, false, AT(tell), 0, 0,
		"tell a target that serves: add-lun N=SIZE|FILE [IQN], remove-lun N [IQN], drop, announce "
		"EVENT [N]" },
	{ "watch", 0, "DIR", ASSAY_CMD_TARGET, TEXT, false, AT(watch), 0, 0,
		"judge both sides of every connection; findings and captures go there, exit 8 when there are "
		"any" },
	{ "allow", 0, "RULE", ASSAY_CMD_TARGET, WORDS, false, AT(allow), 0, 0,
		"a rule that the initiator is known to break; may be said again" },
	{ "list-defects", 0, NULL, ASSAY_CMD_TARGET, FLAG, false, AT(list_defects), 0, 0,
		"the defects, and what each breaks" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#endif
