/* baseline.c - reads, applies and writes expected failures; see baseline.h. It must not forgive what a line does not name. */
#include "runner/baseline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/arena.h"
#include "runner/run.h"

#define LINE_MAX_LENGTH 4096
#define HEAD_MAX_LENGTH 4096

struct assay_baseline {
	struct assay_arena arena;
	char head[HEAD_MAX_LENGTH]; /* the comments before its first line, with their line ends */
	struct assay_baseline_line *lines;
	size_t count, capacity;
};

/* PASS only beside another. */
static const enum assay_verdict expectable[] = { ASSAY_FAIL, ASSAY_WARN, ASSAY_TIMEOUT, ASSAY_CRASH,
	ASSAY_PASS };

#define BIT(verdict) (1u << (verdict))

/* "FAIL", or "FAIL|CRASH". */
static bool parse_verdicts(unsigned *out, const char *words)
{
	*out = 0;
	for (;; words++) {
		size_t length = strcspn(words, "|"), i = 0, all = sizeof(expectable) / sizeof(expectable[0]);

		while (i < all && (strlen(assay_verdict_name(expectable[i])) != length ||
					  memcmp(words, assay_verdict_name(expectable[i]), length) != 0))
			i++;
		if (i == all || *out & BIT(expectable[i]))
			return false;
		*out |= BIT(expectable[i]);
		words += length;
		if (!*words)
			return *out != BIT(ASSAY_PASS);
	}
}

static bool several(const struct assay_baseline_line *line)
{
	return line->verdicts & (line->verdicts - 1);
}

static struct assay_baseline_line *grow(struct assay_baseline *b)
{
	if (b->count == b->capacity) {
		size_t capacity = b->capacity ? 2 * b->capacity : 32;
		struct assay_baseline_line *lines = realloc(b->lines, capacity * sizeof(*lines));

		if (!lines)
			return NULL;
		b->lines = lines;
		b->capacity = capacity;
	}
	return &b->lines[b->count];
}

/* One line that is no comment; text is cut up. *what is set to the mistake. */
static int take_line(struct assay_baseline *b, char *text, unsigned number,
	const struct assay_suite *const *suites, const char **what)
{
	struct assay_baseline_line *line = grow(b);
	char *save = NULL, *why = strchr(text, '#');
	const char *id, *verdict, *signature;

	if (!line)
		return ASSAY_E_NOMEM;
	*what = "ID VERDICT SIGNATURE|* # why is the form of a line, and it must say why";
	if (!why)
		return ASSAY_E_SYNTAX;
	*why++ = 0;
	why += strspn(why, " \t");
	id = strtok_r(text, " \t", &save);
	verdict = strtok_r(NULL, " \t", &save);
	signature = strtok_r(NULL, " \t", &save);
	if (!signature || strtok_r(NULL, " \t", &save) || !*why)
		return ASSAY_E_SYNTAX;
	*what = "put the reason in place of '?': every line says why";
	if (!strcmp(why, "?"))
		return ASSAY_E_SYNTAX;
	*what = "a verdict that can be expected is FAIL, WARN, TIMEOUT or CRASH, or several with | between, "
		"PASS among them";
	if (!parse_verdicts(&line->verdicts, verdict))
		return ASSAY_E_SYNTAX;
	*what = "the signature is * where there are several verdicts";
	if (several(line) && strcmp(signature, "*") != 0)
		return ASSAY_E_SYNTAX;
	*what = "there is no test of that id; `iscsi-assay list` shows them";
	line->id = assay_current_id(suites, id);
	if (!line->id)
		return ASSAY_E_SYNTAX;
	*what = "this test has a line already";
	if (assay_baseline_find(b, line->id))
		return ASSAY_E_SYNTAX;
	line->id = assay_arena_strdup(&b->arena, line->id);
	line->words = assay_arena_strdup(&b->arena, verdict);
	line->signature = assay_arena_strdup(&b->arena, signature);
	line->why = assay_arena_strdup(&b->arena, why);
	line->line = number;
	if (!line->id || !line->words || !line->signature || !line->why)
		return ASSAY_E_NOMEM;
	b->count++;
	return 0;
}

/* People's words at the top outlive an update, as far as they fit. Comments further down belong to lines that may go. */
static void keep_head(struct assay_baseline *b, const char *text)
{
	size_t used = strlen(b->head), length = strlen(text);

	if (b->count || !length || used + length + 2 > sizeof(b->head))
		return;
	memcpy(b->head + used, text, length);
	b->head[used + length] = '\n';
}

static int read_lines(struct assay_baseline *b, FILE *file, const char *path,
	const struct assay_suite *const *suites, struct assay_error *err)
{
	char text[LINE_MAX_LENGTH], copy[64];

	for (unsigned number = 1; fgets(text, sizeof(text), file); number++) {
		size_t length = strlen(text), start = strspn(text, " \t\r\n");
		const char *what = "out of memory";
		int r;

		if (length + 1 < sizeof(text) && (!length || text[length - 1] != '\n') && !feof(file))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"%.150s:%u: a NUL byte: a baseline is text", path, number);
		if (length + 1 == sizeof(text) && text[length - 1] != '\n')
			return assay_error_set(err, ASSAY_E_SYNTAX, "%.150s:%u: longer than %d characters",
				path, number, LINE_MAX_LENGTH - 2);
		while (length && strchr(" \t\r\n", text[length - 1]))
			text[--length] = 0;
		if (start >= length || text[start] == '#') {
			keep_head(b, text);
			continue;
		}
		snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text + start, " \t#"), text + start);
		r = take_line(b, text + start, number, suites, &what);
		if (r < 0) {
			assay_error_set(err, r, "%.100s:%u: %.60s: %s", path, number, copy, what);
			if (err)
				err->place = number;
			return r;
		}
	}
	if (ferror(file))
		return assay_error_set(err, ASSAY_E_IO, "%.150s: %s", path, strerror(errno));
	return 0;
}

int assay_baseline_parse(struct assay_baseline **out, FILE *file, const char *path,
	const struct assay_suite *const *suites, struct assay_error *err)
{
	struct assay_baseline *b = calloc(1, sizeof(*b));
	int r;

	*out = NULL;
	if (!b)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r = read_lines(b, file, path, suites, err);
	if (r < 0)
		assay_baseline_free(b);
	else
		*out = b;
	return r;
}

int assay_baseline_read(struct assay_baseline **out, const char *path,
	const struct assay_suite *const *suites, struct assay_error *err)
{
	FILE *file = fopen(path, "re");
	int r;

	*out = NULL;
	if (!file)
		return assay_error_set(err, ASSAY_E_SYNTAX, "baseline %.150s: %s", path, strerror(errno));
	r = assay_baseline_parse(out, file, path, suites, err);
	fclose(file);
	return r;
}

void assay_baseline_free(struct assay_baseline *b)
{
	if (!b)
		return;
	assay_arena_free(&b->arena);
	free(b->lines);
	free(b);
}

const struct assay_baseline_line *assay_baseline_find(const struct assay_baseline *b, const char *id)
{
	for (size_t i = 0; b && i < b->count; i++)
		if (!strcmp(b->lines[i].id, id))
			return &b->lines[i];
	return NULL;
}

size_t assay_baseline_count(const struct assay_baseline *b)
{
	return b ? b->count : 0;
}

const struct assay_baseline_line *assay_baseline_at(const struct assay_baseline *b, size_t index)
{
	return &b->lines[index];
}

enum assay_verdict assay_baseline_apply(
	const struct assay_baseline_line *line, enum assay_verdict raw, const char *signature)
{
	if (!line)
		return raw;
	if (raw == ASSAY_PASS)
		return line->verdicts & BIT(ASSAY_PASS) ? ASSAY_PASS : ASSAY_XPASS;
	if (line->verdicts & BIT(raw) &&
		(!strcmp(line->signature, "*") || (signature && !strcmp(line->signature, signature))))
		return ASSAY_XFAIL;
	return raw;
}

/* Does a result need a line? */
static bool needs_line(const struct assay_test_result *r)
{
	for (size_t i = 0; i < sizeof(expectable) / sizeof(expectable[0]); i++)
		if (r->raw == expectable[i])
			return r->raw != ASSAY_PASS;
	return false;
}

static const struct assay_test_result *result_of(const struct assay_run *run, const char *id)
{
	for (size_t i = 0; i < run->count; i++)
		if (!strcmp(run->results[i].id, id))
			return &run->results[i];
	return NULL;
}

static void put_line(FILE *file, const struct assay_baseline_line *line)
{
	fprintf(file, "%s %s %s # %s\n", line->id, line->words, line->signature, line->why);
}

static void write_lines(FILE *file, const struct assay_run *run, const struct assay_baseline *old,
	const char *why, size_t *added, size_t *gone)
{
	if (old && old->head[0])
		fputs(old->head, file);
	else
		fprintf(file, "# Expected failures of %s. A line: ID VERDICT SIGNATURE|* # why\n",
			run->info.profile ? run->info.profile : run->info.target);
	for (size_t i = 0; i < run->count; i++) {
		const struct assay_test_result *r = &run->results[i];
		const struct assay_baseline_line *line = assay_baseline_find(old, r->id);
		bool same = line && line->verdicts & BIT(r->raw);

		if (same && several(line)) {
			put_line(file, line);
		} else if (needs_line(r)) {
			bool any = same && !strcmp(line->signature, "*");

			fprintf(file, "%s %s %s # %s\n", r->id, assay_verdict_name(r->raw),
				any || !r->signature ? "*" : r->signature,
				same  ? line->why
				: why ? why
				      : "?");
			*added += !same;
		} else if (line && (r->raw == ASSAY_SKIP || r->raw == ASSAY_ERROR)) {
			put_line(file, line);
		} else if (line) {
			(*gone)++;
		}
	}
	for (size_t i = 0; old && i < old->count; i++)
		if (!result_of(run, old->lines[i].id))
			put_line(file, &old->lines[i]);
}

int assay_baseline_write(const char *path, const struct assay_run *run, const struct assay_baseline *old,
	const char *why, size_t *added, size_t *gone, struct assay_error *err)
{
	char name[4096];
	FILE *file;
	bool bad;

	*added = *gone = 0;
	if ((size_t)snprintf(name, sizeof(name), "%s.new", path) >= sizeof(name))
		return assay_error_set(err, ASSAY_E_LIMIT, "the path of the baseline is too long");
	file = fopen(name, "we");
	if (!file)
		return assay_error_set(err, ASSAY_E_IO, "%.150s: %s", name, strerror(errno));
	write_lines(file, run, old, why, added, gone);
	bad = fflush(file) || ferror(file);
	bad = fclose(file) || bad;
	if (bad || rename(name, path)) {
		assay_error_set(err, ASSAY_E_IO, "%.150s: %s", path, strerror(errno));
		unlink(name);
		return ASSAY_E_IO;
	}
	return 0;
}
