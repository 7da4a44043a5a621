/* options.c - the table of options and what reads it; see options.h. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "runner/result.h"

enum kind {
	FLAG, /* bool */
	TEXT, /* const char * */
	URL, /* TEXT whose secret is taken out of argv */
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
#define REACH     (PEER | ASSAY_CMD_FUZZ)
#define RUNS      (ASSAY_CMD_RUN | ASSAY_CMD_SELFTEST)

static const struct row rows[] = {
	{ "target", 't', "URL", REACH, URL, false, AT(url), 0, 0,
		"the target, iscsi://[user@]host[:port]/target-iqn/lun; without it the built-in one" },
	{ "profile", 0, "FILE", REACH, TEXT, true, AT(profile), 0, 0,
		"the target and how it is started, from an INI file" },
	{ "exec", 0, "COMMAND", REACH, TEXT, true, AT(exec), 0, 0,
		"starts the target, waits for it, watches and ends it; {port} is a free port" },
	{ "user", 0, "NAME", REACH, TEXT, true, AT(user), 0, 0, "CHAP name" },
	{ "secret-file", 0, "FILE", REACH | ASSAY_CMD_TARGET, TEXT, true, AT(secret_file), 0, 0,
		"CHAP secret: the first line of FILE" },
	{ "secret-env", 0, "NAME", REACH | ASSAY_CMD_TARGET, TEXT, true, AT(secret_env), 0, 0,
		"CHAP secret: the value of an environment variable" },
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
	{ "role", 0, "ROLE", ASSAY_CMD_FUZZ, TEXT, true, AT(role), 0, 0,
		"what is fuzzed: target, or initiator: a COMMAND that uses {url}, or {portal}, or {port}" },
	{ "cases", 0, "N", ASSAY_CMD_FUZZ, NUMBER, false, AT(cases), 1, 4000000000,
		"how many in all, over all shards and however often it is interrupted; no end when not "
		"said" },
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
		"the fewest steps and changes that still do the same" },
	{ "promote", 0, "FOLDER", ASSAY_CMD_FUZZ, TEXT, false, AT(promote), 0, 0,
		"write a finding as a test, and as a seed for the in-process fuzzers" },
	{ "dot", 0, "FILE", ASSAY_CMD_FUZZ, TEXT, false, AT(dot_file), 0, 0,
		"the target's states as its answers showed them, for Graphviz" },
	{ "i-own-this-target", 0, NULL, ASSAY_CMD_FUZZ, FLAG, true, AT(own_target), 0, 0,
		"leave to act upon a target that is not on this machine" },
	{ "output", 'o', "DIR", ASSAY_CMD_FUZZ, TEXT, false, AT(output), 0, 0,
		"where findings go; assay-fuzz when not said; a campaign that is there goes on" },
	{ "min-run", 0, "N", ASSAY_CMD_RUN, NUMBER, false, AT(min_run), 1, 1000000,
		"exit 4 when fewer tests ran" },
	{ "rerun-failed", 0, "[=RUN.JSON]", ASSAY_CMD_RUN, RERUN, false, 0, 0, 0,
		"only what did not pass in that run, or in the output folder's" },
	{ "baseline", 'b', "FILE", ASSAY_CMD_RUN, TEXT, false, AT(baseline), 0, 0,
		"what is known to fail, and why" },
	{ "no-baseline", 0, NULL, ASSAY_CMD_RUN, FLAG, false, AT(no_baseline), 0, 0,
		"not the profile's baseline, either" },
	{ "strict", 0, NULL, RUNS | ASSAY_CMD_CHECK, FLAG, true, AT(strict), 0, 0,
		"a broken SHOULD fails, too" },
	{ "output", 'o', "DIR", ASSAY_CMD_RUN | ASSAY_CMD_BASELINE, TEXT, false, AT(output), 0, 0,
		"where results go; assay-out when not said" },
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
	{ "json", 0, NULL, ASSAY_CMD_LIST | ASSAY_CMD_PROBE | ASSAY_CMD_DIFF | ASSAY_CMD_CHECK, FLAG, false,
		AT(json), 0, 0, "as JSON" },
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
	{ "mutual-secret-file", 0, "FILE", ASSAY_CMD_TARGET, TEXT, false, AT(mutual_secret_file), 0, 0,
		"with the first line of FILE" },
	{ "defect", 0, "NAME", ASSAY_CMD_TARGET, WORDS, false, AT(defects), 0, 0,
		"break one rule of the standard; may be said again" },
	{ "fault", 0, "NAME", ASSAY_CMD_TARGET, WORDS, false, AT(faults), 0, 0,
		"have a planted bug for a fuzzer to find; may be said again; help lists them" },
	{ "control", 0, "SOCKET", ASSAY_CMD_TARGET, TEXT, false, AT(control), 0, 0,
		"a socket at which --tell can change what is served" },
	{ "tell", 0, "SOCKET", ASSAY_CMD_TARGET, TEXT, false, AT(tell), 0, 0,
		"tell a target that serves: add-lun N=SIZE|FILE [IQN], remove-lun N [IQN], drop" },
	{ "watch", 0, "DIR", ASSAY_CMD_TARGET, TEXT, false, AT(watch), 0, 0,
		"judge both sides of every connection; findings and captures go there, exit 8 when there are "
		"any" },
	{ "allow", 0, "RULE", ASSAY_CMD_TARGET, WORDS, false, AT(allow), 0, 0,
		"a rule that the initiator is known to break; may be said again" },
	{ "list-defects", 0, NULL, ASSAY_CMD_TARGET, FLAG, false, AT(list_defects), 0, 0,
		"the defects, and what each breaks" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int add_word(struct assay_list *list, const char *word, const char *what)
{
	if (list->count == ASSAY_LIST_MAX)
		return assay_complain("too many %s: %d at most", what, ASSAY_LIST_MAX);
	list->word[list->count++] = word;
	return 0;
}

static int bad_value(const struct row *row, const char *value, const char *allowed)
{
	return assay_complain("--%s: bad value '%s': %s", row->name, value, allowed);
}

static bool digits_only(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == 0;
}

static int set_number(uint64_t *out, const struct row *row, const char *value)
{
	char allowed[80];

	errno = 0;
	*out = strtoull(value, NULL, 10);
	if (digits_only(value) && !errno && *out >= row->least && *out <= row->most)
		return 0;
	snprintf(allowed, sizeof(allowed), "a number from %llu to %llu", (unsigned long long)row->least,
		(unsigned long long)row->most);
	return bad_value(row, value, allowed);
}

static int set_seed(struct assay_cli *o, const struct row *row, const char *value)
{
	char *end;

	errno = 0;
	o->seed = strtoull(value, &end, 0);
	o->seed_said = true;
	if (*value < '0' || *value > '9' || *end || errno)
		return bad_value(row, value, "a number of 64 bits, decimal or 0x…");
	return 0;
}

static int set_shard(struct assay_cli *o, const struct row *row, const char *value)
{
	unsigned k, n;
	char more;

	if (strspn(value, "0123456789/") != strlen(value) || sscanf(value, "%u/%u%c", &k, &n, &more) != 2 ||
		k < 1 || k > n || n > 1000)
		return bad_value(row, value, "K/N with 1 <= K <= N <= 1000, like 2/4");
	o->shard = k;
	o->shards = n;
	return 0;
}

static int set_time(uint64_t *out, const struct row *row, const char *value)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double number = strtod(value, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double ms = number * units[i].ms;

		if (strspn(value, "0123456789.") != (size_t)(end - value) || end == value ||
			strcmp(end, units[i].unit) != 0)
			continue;
		if (ms < (double)row->least || ms > (double)row->most)
			break;
		*out = (uint64_t)ms;
		return 0;
	}
	return bad_value(row, value,
		row->most > 3600000 ? "a time like 500ms, 90s, 5m, 2h; 24h at most"
				    : "a time like 500ms, 90s, 5m; 1h at most");
}

static int set_factor(double *out, const struct row *row, const char *value)
{
	char *end;

	*out = strtod(value, &end);
	if (*end || end == value || !(*out >= 0.01 && *out <= 1000))
		return bad_value(row, value, "a number from 0.01 to 1000");
	return 0;
}

/* Keeps a copy of the URL and leaves none of its secret in argv. */
static void set_url(const char **out, char *value)
{
	*out = strdup(value);
	if (!*out)
		abort();
	assay_secret_scrub(value);
}

static int set_pin(struct assay_cli *o, const struct row *row, const char *value)
{
	o->pin = true;
	return value ? set_number(&o->cpu, row, value) : 0;
}

static int set_again(struct assay_cli *o, const struct row *row, const char *value)
{
	char *words;

	if (!row->again)
		return 0;
	if (asprintf(&words, value ? "--%s=%s" : "--%s", row->name, value) < 0)
		abort();
	return add_word(&o->again, words, "options");
}

static int set(struct assay_cli *o, const struct row *row, char *value)
{
	void *field = (char *)o + row->offset;

	switch (row->kind) {
	case FLAG: *(bool *)field = true; break;
	case TEXT: *(const char **)field = value; break;
	case URL: set_url(field, value); break;
	case SEED: return set_seed(o, row, value);
	case SHARD: return set_shard(o, row, value);
	case NUMBER:
		if (set_number(field, row, value))
			return ASSAY_EXIT_USAGE;
		break;
	case TIME:
		if (set_time(field, row, value))
			return ASSAY_EXIT_USAGE;
		break;
	case FACTOR:
		if (set_factor(field, row, value))
			return ASSAY_EXIT_USAGE;
		break;
	case WORDS: return add_word(field, value, row->name);
	case PIN: return set_pin(o, row, value);
	case RERUN:
		o->rerun = true;
		o->rerun_file = value;
		break;
	}
	return set_again(o, row, value);
}

/* Its value, where it has one, stands behind a '='. */
static bool is_optional(const struct row *row)
{
	return row->kind == RERUN || row->kind == PIN;
}

/* Does this word want the next one as its value? */
static bool takes_next(const char *word, unsigned command)
{
	size_t length = strlen(word + (word[1] == '-' ? 2 : 1));

	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		if (!(row->commands & command) || !row->value || is_optional(row))
			continue;
		if (word[1] == '-' ? strncmp(row->name, word + 2, length) == 0
				   : length == 1 && row->letter == word[1])
			return true;
	}
	return false;
}

/*
 * getopt_long would read "-login.*" as the options l, o, g … So short options stand alone (-t URL, not -tURL), and every longer word with one dash
 * is a selector that takes out. It goes through getopt_long as "!login.*".
 */
static char *hide_selector(const char *word)
{
	char *hidden = strdup(word);

	if (!hidden)
		abort();
	hidden[0] = '!';
	return hidden;
}

static void hide_selectors(int argc, char **argv, unsigned command)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return;
		if (argv[i][0] != '-' || argv[i][1] == 0)
			continue;
		if (argv[i][1] != '-' && argv[i][2] != 0)
			argv[i] = hide_selector(argv[i]);
		else if (takes_next(argv[i], command))
			i++;
	}
}

static int take_words(struct assay_cli *o, int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		if (strstr(argv[i], "iscsi:")) { /* not shown: there may be a secret in it */
			assay_secret_scrub(argv[i]);
			return assay_complain(
				"a URL is no word of its own: -t URL or --target=URL names the target");
		}
		if (argv[i][0] == '!')
			argv[i][0] = '-';
		if (add_word(&o->words, argv[i], "words"))
			return ASSAY_EXIT_USAGE;
	}
	return 0;
}

/* What getopt_long refused, in one line. */
static int refuse(int result, char **argv, const struct option *options)
{
	const char *word = argv[optind - 1];
	int length = (int)strcspn(word, "="); /* its value is not shown: there may be a secret in it */
	unsigned alike = 0;

	if (result == ':')
		return assay_complain("option '%s' needs a value", word);
	if (strncmp(word, "--", 2) != 0 && optopt)
		return assay_complain("unknown option '-%c'; see iscsi-assay help", optopt);
	for (const struct option *o = options; o->name; o++)
		alike += strncmp(o->name, word + 2, strcspn(word + 2, "=")) == 0;

	if (alike > 1)
		return assay_complain("option '%.*s' may mean several; see iscsi-assay help", length, word);
	if (alike == 1)
		return assay_complain("option '%.*s' takes no value", length, word);
	return assay_complain("unknown option '%.*s'; see iscsi-assay help", length, word);
}

/* The rows of one command as getopt_long wants them. */
static void rows_of(struct option *options, char *letters, enum assay_command_bit command)
{
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		int argument = !rows[i].value          ? no_argument
			       : is_optional(&rows[i]) ? optional_argument
						       : required_argument;

		if (!(rows[i].commands & command))
			continue;
		*options++ = (struct option){ rows[i].name, argument, NULL, 256 + (int)i };
		if (rows[i].letter) {
			*letters++ = rows[i].letter;
			if (rows[i].value)
				*letters++ = ':';
		}
	}
	*options++ = (struct option){ "help", no_argument, NULL, 'h' };
	*options = (struct option){ 0 };
	*letters++ = 'h';
	*letters = 0;
}

static const struct row *row_of(int found, enum assay_command_bit command)
{
	if (found >= 256)
		return &rows[found - 256];
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter == found && rows[i].commands & command)
			return &rows[i];
	return NULL;
}

int assay_options_parse(struct assay_cli *out, enum assay_command_bit command, int argc, char **argv)
{
	struct option options[ROWS + 2];
	char letters[3 * ROWS + 4];
	int found;

	*out = (struct assay_cli){
		.command = command, .write_lun = UINT64_MAX, .second_lun = UINT64_MAX, .cpu = UINT64_MAX
	};
	rows_of(options, letters, command);
	hide_selectors(argc, argv, command);
	opterr = 0;
	optind = 1;
	while ((found = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		const struct row *row = row_of(found, command);

		if (found == 'h')
			return -1;
		if (!row)
			return refuse(found, argv, options);
		if (set(out, row, optarg))
			return ASSAY_EXIT_USAGE;
	}
	return take_words(out, argc, argv);
}

void assay_options_help(FILE *out, enum assay_command_bit command)
{
	char left[64];

	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (!(r->commands & command))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", r->letter ? '-' : ' ',
			r->letter ? r->letter : ' ', r->letter ? "," : " ", r->name,
			!r->value || r->value[0] == '[' ? "" : " ", r->value ? r->value : "");
		fprintf(out, "  %-30s %s\n", left, r->help);
	}
}

void assay_options_words(FILE *out, enum assay_command_bit command)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].commands & command)
			fprintf(out, "--%s%s\n", rows[i].name,
				rows[i].value && !is_optional(&rows[i]) ? "=" : "");
	fputs("--help\n", out);
}
