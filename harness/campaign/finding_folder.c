/* finding_folder.c - the folder of a finding: written whole, then renamed where it is written again, so that a kill leaves no half of it. See finding.h. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/finding.h"
#include "runner/evidence.h"
#include "runner/json_text.h"

#define FORMAT      "iscsi-assay-finding-1"
#define PATH_LENGTH 4096
#define SENT_LIMIT  (1u << 20) /* bytes of sent.json's PDUs */

static int in_folder(
	char *out, const char *dir, const char *folder, const char *name, struct assay_error *err)
{
	if (snprintf(out, PATH_LENGTH, "%s/%s/%s", dir, folder, name) >= PATH_LENGTH)
		return assay_error_set(err, ASSAY_E_LIMIT, "the path of a finding is too long");
	return 0;
}

static int failed(const char *path, struct assay_error *err)
{
	return assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
}

/* A JSON value as a file, put in place whole; takes the value. */
static int write_json(
	const char *dir, const char *folder, const char *name, json_t *value, struct assay_error *err)
{
	char path[PATH_LENGTH], made[PATH_LENGTH + 8];
	int r = value ? in_folder(path, dir, folder, name, err)
		      : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");

	if (!r) {
		snprintf(made, sizeof(made), "%s.new", path);
		if (json_dump_file(value, made, JSON_INDENT(2)) || rename(made, path))
			r = failed(path, err);
	}
	json_decref(value);
	return r;
}

/* A name as text, in a value; "" where none fits. */
static json_t *name_json(const struct assay_case_name *name)
{
	char text[ASSAY_CASE_TEXT] = "";

	if (assay_case_id_print(text, sizeof(text), &name->id, &name->cut) < 0)
		text[0] = 0;
	return json_string(text);
}

static json_t *state_json(const struct assay_state *state)
{
	char words[96];

	return json_string(assay_state_print(words, sizeof(words), state));
}

static json_t *rule_json(const struct assay_rule *rule)
{
	if (!rule)
		return json_null();
	return json_pack("{s:s,s:s,s:s,s:s}", "id", rule->id, "section", rule->section, "requirements",
		rule->reqs, "desc", rule->desc);
}

static json_t *report_json(const struct assay_sanitizer_report *report)
{
	json_t *frames;

	if (!report->kind[0])
		return json_null();
	frames = json_array();
	for (unsigned i = 0; i < ASSAY_SANITIZER_FRAMES && report->frames[i][0]; i++)
		json_array_append_new(frames, assay_json_text(report->frames[i]));
	return json_pack("{s:s,s:o}", "kind", report->kind, "frames", frames);
}

static json_t *again_json(const struct assay_case_name *name, const struct assay_finding_context *context)
{
	char id[ASSAY_CASE_TEXT] = "", line[ASSAY_CASE_TEXT + 4096];

	if (assay_case_id_print(id, sizeof(id), &name->id, &name->cut) < 0)
		return json_null();
	snprintf(line, sizeof(line), "%.4000s --repro %s", context->again, id);
	return json_string(line);
}

static json_t *finding_json(const struct assay_found *f, const struct assay_case_name *minimized,
	const struct assay_finding_context *context)
{
	const struct assay_case_name *best = minimized ? minimized : &f->name;

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:o*,s:o,s:o,s:o,s:o,s:I,s:{s:i,s:i},s:b,s:o}",
		"format", FORMAT, "version", context->version, "key", f->key, "target", context->target,
		"outcome", assay_outcome_name(f->judged.played.outcome), "random", (int)context->random,
		"case", name_json(&f->name), "minimized", minimized ? name_json(minimized) : NULL, "words",
		assay_json_text(f->judged.played.words), "rule", rule_json(f->rule), "sanitizer",
		report_json(&f->judged.report), "state", state_json(&f->judged.played.last), "growth",
		(json_int_t)f->judged.growth, "repeats", "of", (int)f->tried, "same", (int)f->repeats, "sure",
		(int)assay_finding_sure(f), "again", again_json(best, context));
}

int assay_finding_update(const char *dir, const char *folder, const struct assay_found *found,
	const struct assay_case_name *minimized, const struct assay_finding_context *context,
	struct assay_error *err)
{
	return write_json(dir, folder, "finding.json", finding_json(found, minimized, context), err);
}

/* ---- what was sent: for who makes a test of it ---- */

static json_t *hex(const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * length + 1);
	json_t *value;

	if (!text)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	value = json_stringn(text, 2 * length);
	free(text);
	return value;
}

static const char *event_of(const struct assay_tap_record *r)
{
	switch (r->kind) {
	case ASSAY_TAP_OPEN: return "open";
	case ASSAY_TAP_CLOSE: return r->dir == ASSAY_TO_TARGET ? "close" : NULL;
	case ASSAY_TAP_RESET: return r->dir == ASSAY_TO_TARGET ? "reset" : NULL;
	default: return r->dir == ASSAY_TO_TARGET ? "send" : "receive";
	}
}

static json_t *sent_json(const struct assay_tap *tap)
{
	json_t *list = json_array();
	size_t total = 0;
	bool whole = true;

	for (size_t i = 0; tap && i < assay_tap_count(tap); i++) {
		const struct assay_tap_record *r = assay_tap_at(tap, i);
		const char *event = event_of(r);
		bool send = event && !strcmp(event, "send");

		if (!event)
			continue;
		total += send ? r->kept : 0;
		whole = whole && (!send || r->kept == r->length) && total <= SENT_LIMIT;
		if (!whole)
			break;
		json_array_append_new(list,
			json_pack("{s:s,s:i,s:i,s:o*}", "event", event, "connection", (int)r->connection,
				"digests", (int)r->digests, "bytes", send ? hex(r->bytes, r->length) : NULL));
	}
	return json_pack(
		"{s:b,s:o}", "whole", (int)(whole && tap && !assay_tap_dropped(tap)), "events", list);
}

/* ---- the folder ---- */

static int write_case(const char *dir, const char *folder, const struct assay_found *found,
	const struct assay_rig *rig, struct assay_error *err)
{
	char path[PATH_LENGTH];
	FILE *file;
	int r = in_folder(path, dir, folder, "case.txt", err);

	if (r)
		return r;
	file = fopen(path, "we");
	if (!file)
		return failed(path, err);
	rig->describe(rig->payload, file, &found->name);
	r = ferror(file) ? failed(path, err) : 0;
	if (fclose(file) && !r)
		r = failed(path, err);
	return r;
}

int assay_finding_write(const char *dir, const char *folder, const struct assay_found *found,
	const struct assay_rig *rig, const struct assay_finding_context *context, struct assay_error *err)
{
	const struct assay_tap *tap = rig->tap ? rig->tap(rig->payload) : NULL;
	const char *log = rig->log ? rig->log(rig->payload) : "";
	int r;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return failed(dir, err);
	r = assay_evidence_traces(dir, &(struct assay_evidence){ .id = folder, .tap = tap }, err);
	if (!r)
		r = write_case(dir, folder, found, rig, err);
	if (!r)
		r = write_json(dir, folder, "sent.json", sent_json(tap), err);
	if (!r && log[0])
		r = assay_evidence_log(dir, folder, log, err);
	if (!r) /* last: a folder without it is none */
		r = assay_finding_update(dir, folder, found, NULL, context, err);
	return r;
}

/* ---- and read ---- */

static bool take(struct assay_finding_said *out, json_t *value)
{
	const char *format = NULL, *version = NULL, *key = NULL, *target = NULL, *outcome = NULL,
		   *name = NULL, *minimized = NULL, *words = NULL;
	int random = 0, of = 0, same = 0;

	if (json_unpack(value, "{s:s,s:s,s:s,s:s,s:s,s:b,s:s,s?:s,s:s,s:{s:i,s:i}}", "format", &format,
		    "version", &version, "key", &key, "target", &target, "outcome", &outcome, "random",
		    &random, "case", &name, "minimized", &minimized, "words", &words, "repeats", "of", &of,
		    "same", &same) ||
		strcmp(format, FORMAT) != 0 || !assay_finding_key_good(key))
		return false;
	*out = (struct assay_finding_said){ .outcome = assay_outcome_find(outcome), .random = random };
	out->repeats = (unsigned)same;
	out->tried = (unsigned)of;
	snprintf(out->version, sizeof(out->version), "%s", version);
	snprintf(out->key, sizeof(out->key), "%s", key);
	snprintf(out->target, sizeof(out->target), "%s", target);
	snprintf(out->words, sizeof(out->words), "%s", words);
	if (assay_case_id_parse(&out->name.id, &out->name.cut, name))
		return false;
	out->minimized = out->name;
	return !minimized || !assay_case_id_parse(&out->minimized.id, &out->minimized.cut, minimized);
}

int assay_finding_read(struct assay_finding_said *out, const char *folder, struct assay_error *err)
{
	char path[PATH_LENGTH];
	json_error_t why;
	json_t *value;
	bool good;

	if (snprintf(path, sizeof(path), "%s/finding.json", folder) >= (int)sizeof(path))
		return assay_error_set(err, ASSAY_E_SYNTAX, "the name of the folder is too long");
	value = json_load_file(path, 0, &why);
	good = value && take(out, value);
	json_decref(value);
	if (!good)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%.180s: no finding.json of iscsi-assay fuzz", path);
	return 0;
}

bool assay_finding_in_initiator(const struct assay_finding_said *said)
{
	static const char initiator[] = "initiator ";

	return !strncmp(said->target, initiator, sizeof(initiator) - 1);
}
