/* options.c - what reads the table of options; see options.h. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options_table.h"
#include "runner/result.h"
#include "runner/secret.h"

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

/* Keeps a copy of the value and leaves no secret in argv. */
static void set_scrubbed(const char **out, char *value, void (*scrub)(char *))
{
	*out = strdup(value);
	if (!*out)
		abort();
	scrub(value);
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
	case URL: set_scrubbed(field, value, assay_secret_scrub); break;
	case COMMAND:
		set_scrubbed(field, value, assay_secret_scrub_command);
		o->exec_shown = value;
		break;
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
