/* saved_run.c - see saved_run.h. A file of another hand is normal: every member is checked. */
#include "cli/saved_run.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct assay_saved_run {
	json_t *root; /* owns the strings */
	struct assay_test_result *results;
	struct assay_run run;
};

/* enum assay_verdict, or -1. */
static int verdict_of(const json_t *name)
{
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		if (json_is_string(name) && strcmp(json_string_value(name), assay_verdict_name(v)) == 0)
			return v;
	return -1;
}

static int take_result(struct assay_run *run, struct assay_test_result *out, const json_t *object)
{
	int verdict = verdict_of(json_object_get(object, "verdict")),
	    raw = verdict_of(json_object_get(object, "raw"));

	out->id = json_string_value(json_object_get(object, "id"));
	if (!out->id || verdict < 0 || raw < 0)
		return ASSAY_E_SYNTAX;
	out->verdict = verdict;
	out->raw = raw;
	out->signature = json_string_value(json_object_get(object, "signature"));
	out->baseline = json_string_value(json_object_get(object, "baseline"));
	run->verdicts[verdict]++;
	return 0;
}

int assay_saved_run_read(struct assay_saved_run **out, const char *path, struct assay_error *err)
{
	struct assay_saved_run *s = calloc(1, sizeof(*s));
	json_error_t error;
	const json_t *results, *format;

	if (!s)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	*out = s;
	s->root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!s->root)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%.120s: %.60s; a run.json of iscsi-assay is needed", path,
			error.line < 0 ? strerror(errno) : error.text);
	format = json_object_get(s->root, "format");
	results = json_object_get(s->root, "results");
	if (!json_is_string(format) || strcmp(json_string_value(format), "iscsi-assay-run-1") != 0 ||
		!json_is_array(results))
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%s: no run.json of iscsi-assay (\"format\": \"iscsi-assay-run-1\")", path);
	s->run.info.target = json_string_value(json_object_get(s->root, "target"));
	s->run.info.profile = json_string_value(json_object_get(s->root, "profile"));
	if (!s->run.info.target)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: it does not say its target", path);
	s->run.count = json_array_size(results);
	s->results = calloc(s->run.count + 1, sizeof(*s->results));
	if (!s->results)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	s->run.results = s->results;
	for (size_t i = 0; i < s->run.count; i++)
		if (take_result(&s->run, &s->results[i], json_array_get(results, i)))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"%s: result %zu has no id or verdict that we know", path, i + 1);
	return 0;
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
		if (assay_verdict_unexpected(s->results[i].verdict, true))
			ids[count++] = s->results[i].id;
	return ids;
}

void assay_saved_run_free(struct assay_saved_run *s)
{
	if (!s)
		return;
	json_decref(s->root);
	free(s->results);
	free(s);
}
