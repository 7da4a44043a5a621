/*
 * saved_run.c - see saved_run.h. A file of another hand is normal: every member is looked for and its type checked, as docs/run.schema.json has them,
 * by the tables below. What is counted (verdicts, what was unexpected) is counted anew from the results.
 */
#include "cli/saved_run.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runner/arena.h"

struct assay_saved_run {
	json_t *root; /* owns the strings */
	struct assay_arena arena; /* and what was made of them */
	struct assay_run run;
};

enum kind {
	TEXT, /* const char * */
	TEXT_OR_NULL,
	TEXT_LATER, /* the same; older files lack it */
	WORDS, /* const char *, from an array of strings; NULL when it is empty */
	COUNT, /* uint64_t */
	SMALL, /* unsigned */
	LINE, /* int */
	FLAG, /* bool */
	HEX, /* uint64_t, from "0x…" */
	VERDICT, /* enum assay_verdict */
	SHOULD, /* bool, from "MUST" or "SHOULD" */
};

/* A member of an object, and where it goes. */
struct member {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define INFO(field) offsetof(struct assay_run_info, field)
static const struct member info_members[] = {
	{ "version", TEXT, INFO(version) },
	{ "suite_revision", TEXT, INFO(suite_revision) },
	{ "target", TEXT, INFO(target) },
	{ "profile", TEXT_OR_NULL, INFO(profile) },
	{ "implementation", TEXT_OR_NULL, INFO(implementation) },
	{ "implementation_name", TEXT_LATER, INFO(implementation_name) },
	{ "implementation_version", TEXT_LATER, INFO(implementation_version) },
	{ "seed", HEX, INFO(seed) },
	{ "jobs", SMALL, INFO(jobs) },
	{ "strict", FLAG, INFO(strict) },
	{ "started", TEXT, INFO(started) },
	{ "duration_ns", COUNT, INFO(duration) },
	{ "stopped", TEXT_OR_NULL, INFO(stopped) },
	{ NULL, TEXT, 0 },
};

#define RESULT(field) offsetof(struct assay_test_result, field)
static const struct member result_members[] = {
	{ "id", TEXT, RESULT(id) },
	{ "area", TEXT, RESULT(area) },
	{ "desc", TEXT, RESULT(desc) },
	{ "reqs", WORDS, RESULT(reqs) },
	{ "section", TEXT, RESULT(section) },
	{ "level", TEXT, RESULT(level) },
	{ "verdict", VERDICT, RESULT(verdict) },
	{ "raw", VERDICT, RESULT(raw) },
	{ "reason", TEXT_OR_NULL, RESULT(reason) },
	{ "baseline", TEXT_OR_NULL, RESULT(baseline) },
	{ "baseline_verdicts", TEXT_LATER, RESULT(baseline_verdicts) },
	{ "baseline_signature", TEXT_LATER, RESULT(baseline_signature) },
	{ "signature", TEXT_OR_NULL, RESULT(signature) },
	{ "duration_ns", COUNT, RESULT(duration) },
	{ "pdus_sent", COUNT, RESULT(pdus_sent) },
	{ "pdus_received", COUNT, RESULT(pdus_received) },
	{ "evidence", TEXT_OR_NULL, RESULT(evidence) },
	{ "again", TEXT_OR_NULL, RESULT(again) },
	{ "shard", SMALL, RESULT(shard) },
	{ NULL, TEXT, 0 },
};

#define FAILURE(field) offsetof(struct assay_failure, field)
static const struct member failure_members[] = {
	{ "rule", TEXT_OR_NULL, FAILURE(rule) },
	{ "reqs", WORDS, FAILURE(reqs) },
	{ "section", TEXT_OR_NULL, FAILURE(section) },
	{ "claim", TEXT_OR_NULL, FAILURE(claim) },
	{ "sent", TEXT_OR_NULL, FAILURE(sent) },
	{ "expected", TEXT_OR_NULL, FAILURE(expected) },
	{ "got", TEXT_OR_NULL, FAILURE(got) },
	{ "file", TEXT_OR_NULL, FAILURE(file) },
	{ "line", LINE, FAILURE(line) },
	{ "level", SHOULD, FAILURE(should) },
	{ NULL, TEXT, 0 },
};

static bool take_text(const char **out, const json_t *value, enum kind kind)
{
	*out = json_string_value(value);
	return *out || (kind != TEXT && json_is_null(value)) || (kind == TEXT_LATER && !value);
}

/* ["a", "b"] as "a b", in the arena. */
static bool take_words(const char **out, struct assay_arena *arena, const json_t *array)
{
	size_t count = json_array_size(array), length = 0;
	char *at;

	if (!json_is_array(array))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!json_is_string(json_array_get(array, i)))
			return false;
		length += json_string_length(json_array_get(array, i)) + 1;
	}
	*out = at = count ? assay_arena_alloc(arena, length) : NULL;
	if (count && !at)
		abort();
	for (size_t i = 0; i < count; i++) {
		at = stpcpy(at, json_string_value(json_array_get(array, i)));
		*at++ = i + 1 < count ? ' ' : 0;
	}
	return true;
}

static bool take_count(uint64_t *out, const json_t *value, uint64_t most)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out = (uint64_t)json_integer_value(value);
	return *out <= most;
}

static bool take_hex(uint64_t *out, const json_t *value)
{
	const char *text = json_string_value(value);
	char *end;

	if (!text || strncmp(text, "0x", 2) != 0 || !strchr("0123456789abcdef", text[2]))
		return false;
	errno = 0;
	*out = strtoull(text + 2, &end, 16);
	return text[2] && !*end && !errno;
}

static bool take_verdict(enum assay_verdict *out, const json_t *value)
{
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		if (json_is_string(value) && strcmp(json_string_value(value), assay_verdict_name(v)) == 0) {
			*out = v;
			return true;
		}
	return false;
}

static bool take_should(bool *out, const json_t *value)
{
	const char *level = json_string_value(value);

	*out = level && strcmp(level, "SHOULD") == 0;
	return *out || (level && strcmp(level, "MUST") == 0);
}

static bool take(void *field, struct assay_arena *arena, enum kind kind, const json_t *value)
{
	uint64_t number;

	switch (kind) {
	case TEXT:
	case TEXT_OR_NULL:
	case TEXT_LATER: return take_text(field, value, kind);
	case WORDS: return take_words(field, arena, value);
	case COUNT: return take_count(field, value, INT64_MAX);
	case HEX: return take_hex(field, value);
	case VERDICT: return take_verdict(field, value);
	case SHOULD: return take_should(field, value);
	case FLAG: *(bool *)field = json_is_true(value); return json_is_boolean(value);
	case SMALL:
	case LINE:
		if (!take_count(&number, value, INT_MAX))
			return false;
		if (kind == SMALL)
			*(unsigned *)field = (unsigned)number;
		else
			*(int *)field = (int)number;
		return true;
	}
	return false;
}

/* All members of a table into a struct. The name of the first that is not there or not as it must be, or NULL. */
static const char *take_all(
	void *out, struct assay_arena *arena, const struct member *members, const json_t *object)
{
	for (const struct member *m = members; m->name; m++)
		if (!take((char *)out + m->offset, arena, m->kind, json_object_get(object, m->name)))
			return m->name;
	return NULL;
}

static const char *take_result(struct assay_test_result *out, struct assay_arena *arena, const json_t *object)
{
	const json_t *array = json_object_get(object, "failures");
	const char *bad = take_all(out, arena, result_members, object);
	struct assay_failure *failures;

	if (bad || !json_is_array(array))
		return bad ? bad : "failures";
	out->failure_count = json_array_size(array);
	failures = assay_arena_alloc(arena, (out->failure_count + 1) * sizeof(*failures));
	if (!failures)
		abort();
	out->failures = failures;
	for (size_t i = 0; i < out->failure_count && !bad; i++)
		bad = take_all(&failures[i], arena, failure_members, json_array_get(array, i));
	return bad;
}

static int take_results(struct assay_saved_run *s, const char *path, struct assay_error *err)
{
	const json_t *array = json_object_get(s->root, "results");
	struct assay_run *run = &s->run;
	struct assay_test_result *results;
	const char *bad;

	if (!json_is_array(array))
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%.120s: \"results\" is missing or no array", path);
	run->count = json_array_size(array);
	results = assay_arena_alloc(&s->arena, (run->count + 1) * sizeof(*results));
	if (!results)
		abort();
	run->results = results;
	for (size_t i = 0; i < run->count; i++) {
		bad = take_result(&results[i], &s->arena, json_array_get(array, i));
		if (bad)
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"%.120s: result %zu: \"%s\" is missing or is not what docs/run.schema.json "
				"allows",
				path, i + 1, bad);
		run->verdicts[results[i].verdict]++;
		run->unexpected += assay_verdict_unexpected(results[i].verdict, run->info.strict);
	}
	return 0;
}

/* Where the file is: the evidence is beside it. */
static const char *folder_of(struct assay_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? assay_arena_strndup(arena, path, (size_t)(slash - path) + 1)
				   : assay_arena_strdup(arena, ".");

	if (!folder)
		abort();
	return folder;
}

/* The JSON of a file; NULL with the reason in words, which last until the next call. */
static json_t *load(const char *path, const char **why)
{
	static json_error_t error;
	FILE *file = fopen(path, "re");
	json_t *root = file ? json_loadf(file, JSON_REJECT_DUPLICATES, &error) : NULL;

	*why = !file || ferror(file) ? strerror(errno)
				     : error.text; /* a folder can be opened, and not read */
	if (file)
		fclose(file);
	return root;
}

int assay_saved_run_read(struct assay_saved_run **out, const char *path, struct assay_error *err)
{
	struct assay_saved_run *s = calloc(1, sizeof(*s));
	const char *format, *bad, *why;
	uint64_t code;

	if (!s)
		abort();
	*out = s;
	s->root = load(path, &why);
	if (!s->root)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%.120s: %.60s; a run.json of iscsi-assay is needed", path, why);
	format = json_string_value(json_object_get(s->root, "format"));
	if (!format || strcmp(format, "iscsi-assay-run-1") != 0)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%.120s: no run.json of iscsi-assay (\"format\": \"iscsi-assay-run-1\")", path);
	bad = take_all(&s->run.info, &s->arena, info_members, s->root);
	if (!bad && !take_count(&code, json_object_get(s->root, "exit"), 255))
		bad = "exit";
	if (bad)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%.120s: \"%s\" is missing or is not what docs/run.schema.json allows", path, bad);
	s->run.exit = (enum assay_exit)code;
	s->run.folder = folder_of(&s->arena, path);
	return take_results(s, path, err);
}

const struct assay_run *assay_saved_run_of(const struct assay_saved_run *s)
{
	return &s->run;
}

const char **assay_saved_run_failed(const struct assay_saved_run *s)
{
	const char **ids = calloc(s->run.count + 1, sizeof(*ids));
	size_t count = 0;

	if (!ids)
		abort();
	for (size_t i = 0; i < s->run.count; i++)
		if (assay_verdict_unexpected(s->run.results[i].verdict, true))
			ids[count++] = s->run.results[i].id;
	return ids;
}

void assay_saved_run_free(struct assay_saved_run *s)
{
	if (!s)
		return;
	json_decref(s->root);
	assay_arena_free(&s->arena);
	free(s);
}
