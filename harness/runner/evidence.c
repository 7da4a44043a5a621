/* evidence.c - writes the folder of a test that did not pass; see evidence.h. A write that fails is reported, never passed over. */
#include "runner/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/pcapng.h"
#include "capture/verdict.h"
#include "codec/listing.h"
#include "runner/json_text.h"
#include "runner/reply.h"

#define PATH_LENGTH  4096
#define ENTRY_LENGTH 16384 /* bytes of one PDU's listing; longer ones are cut */

static int make_path(char *out, const char *dir, const char *id, const char *name, struct assay_error *err)
{
	if (snprintf(out, PATH_LENGTH, "%s/%s%s%s", dir, id, name[0] ? "/" : "", name) >= PATH_LENGTH)
		return assay_error_set(err, ASSAY_E_LIMIT, "the path of the evidence is too long");
	return 0;
}

static FILE *open_file(const char *dir, const char *id, const char *name, struct assay_error *err)
{
	char path[PATH_LENGTH];
	FILE *file;

	if (make_path(path, dir, id, "", err) < 0)
		return NULL;
	if (mkdir(path, 0777) && errno != EEXIST) {
		assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
		return NULL;
	}
	if (make_path(path, dir, id, name, err) < 0)
		return NULL;
	file = fopen(path, "we");
	if (!file)
		assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
	return file;
}

static int close_file(FILE *file, const char *id, const char *name, struct assay_error *err)
{
	bool bad = fflush(file) || ferror(file);
	int why = errno;

	if (fclose(file)) {
		why = bad ? why : errno;
		bad = true;
	}
	return bad ? assay_error_set(err, ASSAY_E_IO, "evidence %s/%s: %s", id, name, strerror(why)) : 0;
}

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* A tap counts all its connections, a capture has places for those at a time: which one is at each place, and the place that comes next. One that has closed keeps its place until it is needed, for its peer may still speak. */
struct places {
	struct {
		uint32_t connection;
		bool taken, open;
	} at[ASSAY_PCAPNG_CONNECTIONS];
	uint32_t next;
};

/* The place of a connection that has one; ASSAY_PCAPNG_CONNECTIONS when not. */
static uint32_t place_of(const struct places *s, uint32_t connection)
{
	uint32_t n = 0;

	while (n < ASSAY_PCAPNG_CONNECTIONS && !(s->at[n].taken && s->at[n].connection == connection))
		n++;
	return n;
}

/* A place for a new one, of those that are not open the one that was given longest ago. */
static uint32_t give_place(struct places *s, uint32_t connection)
{
	for (uint32_t tried = 0; tried < ASSAY_PCAPNG_CONNECTIONS; tried++) {
		uint32_t n = s->next;

		s->next = (s->next + 1) % ASSAY_PCAPNG_CONNECTIONS;
		if (s->at[n].open)
			continue;
		s->at[n].connection = connection;
		s->at[n].taken = s->at[n].open = true;
		return n;
	}
	return ASSAY_PCAPNG_CONNECTIONS;
}

/* Where each failure is told. */
struct telling {
	const struct assay_evidence *e;
	size_t count;
	uint64_t at[ASSAY_FAILURES_MAX];
};

/* The packet at which a failure is told: of the PDU that came last, else of the start of the connection. 0: of none. */
static uint64_t told_at(const struct assay_tap *tap, const struct assay_failure *f)
{
	uint64_t opened = 0;

	for (size_t i = assay_tap_count(tap); i-- > 0;) {
		const struct assay_tap_record *r = assay_tap_at(tap, i);

		if (r->number > f->at)
			continue;
		if (r->kind == ASSAY_TAP_PDU)
			return r->number;
		if (r->kind == ASSAY_TAP_OPEN && !opened)
			opened = r->number;
	}
	return opened;
}

/* The test's own claim goes before what the rules say. */
static bool find_claim(struct assay_claim *out, const struct telling *t, uint64_t number)
{
	const struct assay_failure *first = NULL;
	unsigned count = 0;

	*out = (struct assay_claim){ 0 };
	for (size_t i = 0; i < t->count; i++) {
		const struct assay_failure *f = &t->e->failures[i];

		if (t->at[i] != number)
			continue;
		if (!first || (first->rule && !f->rule))
			first = f;
		out->at = f->at > out->at ? f->at : out->at;
		count++;
	}
	if (!first)
		return false;
	out->more = count - 1;
	out->since = first->since < number ? first->since : number;
	out->should = first->should;
	assay_claim_put(out->test, sizeof(out->test), t->e->id);
	assay_claim_put(out->reqs, sizeof(out->reqs), first->reqs);
	assay_claim_put(out->rule, sizeof(out->rule), first->rule);
	assay_claim_put(out->claim, sizeof(out->claim), first->claim);
	assay_claim_put(out->expected, sizeof(out->expected), first->expected);
	assay_claim_put(out->got, sizeof(out->got), first->got);
	return true;
}

static void comment_on(char out[ASSAY_CLAIM_LINE], const struct telling *t, const struct assay_tap_record *r)
{
	bool opens = r->kind == ASSAY_TAP_OPEN;
	struct assay_claim claim;

	if (find_claim(&claim, t, r->number))
		assay_claim_write(out, ASSAY_CLAIM_LINE, r->number, &claim);
	else
		snprintf(out, ASSAY_CLAIM_LINE, "#%" PRIu64 "%s%.*s", r->number,
			opens                        ? " "
			: r->kind == ASSAY_TAP_BYTES ? " no whole PDU"
						     : "",
			opens ? (int)r->kept : 0, (const char *)r->bytes);
}

/* What belongs to a connection for which there was no place is left out. */
static int trace_record(struct assay_pcapng *p, struct places *places, const struct telling *telling,
	const struct assay_tap_record *r, uint64_t base)
{
	uint32_t place = r->kind == ASSAY_TAP_OPEN ? give_place(places, r->connection)
						   : place_of(places, r->connection);
	char comment[ASSAY_CLAIM_LINE];

	if (place == ASSAY_PCAPNG_CONNECTIONS)
		return 0;
	comment_on(comment, telling, r);
	switch (r->kind) {
	case ASSAY_TAP_OPEN: return assay_pcapng_open(p, place, base + r->time, comment);
	case ASSAY_TAP_PDU:
	case ASSAY_TAP_BYTES:
		return assay_pcapng_cut(p, place, (enum assay_dir)r->dir, r->bytes, r->kept, r->length,
			base + r->time, comment);
	default:
		places->at[place].open = false;
		return assay_pcapng_close(
			p, place, (enum assay_dir)r->dir, r->kind == ASSAY_TAP_RESET, base + r->time);
	}
}

static int trace_failed(struct assay_error *err, int code, const char *id)
{
	const char *why = code == ASSAY_E_IO && errno ? strerror(errno) : assay_err_name(code);

	return assay_error_set(err, code, "evidence %s/trace.pcapng: %s", id, why);
}

static int write_trace(FILE *file, const struct assay_evidence *e, struct assay_error *err)
{
	const struct assay_tap *tap = e->tap;
	const char *id = e->id;
	size_t count = tap ? assay_tap_count(tap) : 0;
	uint64_t base = wall_clock();
	struct telling telling = { .e = e };
	struct places places = { 0 };
	struct assay_pcapng *p = NULL;
	int r, ended;

	for (; tap && telling.count < e->failure_count && telling.count < ASSAY_FAILURES_MAX; telling.count++)
		telling.at[telling.count] = told_at(tap, &e->failures[telling.count]);
	errno = 0;
	r = assay_pcapng_begin(&p, file, id);
	if (r < 0)
		return trace_failed(err, r, id);
	if (count && assay_tap_at(tap, count - 1)->time < base)
		base -= assay_tap_at(tap, count - 1)->time;
	for (size_t i = 0; r >= 0 && i < count; i++)
		r = trace_record(p, &places, &telling, assay_tap_at(tap, i), base);
	ended = assay_pcapng_end(p);
	r = r < 0 ? r : ended;
	return r < 0 ? trace_failed(err, r, id) : 0;
}

static void list_record(FILE *file, const struct assay_tap_record *r, char *text)
{
	const char *who = r->dir == ASSAY_TO_TARGET ? "initiator" : "target";
	struct assay_pdu pdu;

	fprintf(file, "#%" PRIu64 " %.6f s connection %" PRIu32 " ", r->number, (double)r->time / 1e9,
		r->connection);
	switch (r->kind) {
	case ASSAY_TAP_OPEN: fprintf(file, "opens: %.*s\n\n", (int)r->kept, (const char *)r->bytes); return;
	case ASSAY_TAP_CLOSE: fprintf(file, "closed by the %s\n\n", who); return;
	case ASSAY_TAP_RESET: fprintf(file, "reset by the %s\n\n", who); return;
	case ASSAY_TAP_BYTES:
		fprintf(file, "%s sends %" PRIu32 " bytes that are no whole PDU:", who, r->length);
		for (uint32_t i = 0; i < r->kept && i < 256; i++)
			fprintf(file, "%s%02x", i % 32 ? " " : "\n    ", r->bytes[i]);
		fprintf(file, "\n\n");
		return;
	default: break;
	}
	fprintf(file, "%s sends %" PRIu32 " bytes%s\n", who, r->length,
		r->kept < r->length ? ", not all were kept" : "");
	if (r->kept < ASSAY_BHS_LENGTH)
		return;
	if (assay_pdu_decode(&pdu, r->bytes, r->kept, r->digests) < 0)
		assay_pdu_decode_bhs(&pdu, r->bytes);
	assay_listing_full(text, ENTRY_LENGTH, &pdu);
	fprintf(file, "%s\n", text);
}

static int write_listing(FILE *file, const struct assay_evidence *e, struct assay_error *err)
{
	const struct assay_tap *tap = e->tap;
	char *text = malloc(ENTRY_LENGTH);
	size_t count = tap ? assay_tap_count(tap) : 0;

	if (!text)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	fprintf(file, "%s: what was said. #N is the number that failures name.\n\n", e->id);
	if (!tap)
		fprintf(file, "Nothing was kept: the worker came to no end.\n");
	for (size_t i = 0; i < count && !ferror(file); i++) {
		if (ftell(file) > ASSAY_LISTING_LIMIT) {
			fprintf(file, "%zu more records are in trace.pcapng\n", count - i);
			break;
		}
		list_record(file, assay_tap_at(tap, i), text);
	}
	free(text);
	return 0;
}

int assay_evidence_traces(const char *dir, const struct assay_evidence *e, struct assay_error *err)
{
	static const struct {
		const char *name;
		int (*write)(FILE *, const struct assay_evidence *, struct assay_error *);
	} files[] = { { "trace.pcapng", write_trace }, { "pdus.txt", write_listing } };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = open_file(dir, e->id, files[i].name, err);
		int r, closed;

		if (!file)
			return ASSAY_E_IO;
		r = files[i].write(file, e, err);
		closed = close_file(file, e->id, files[i].name, r < 0 ? NULL : err);
		if (r < 0 || closed < 0)
			return r < 0 ? r : closed;
	}
	return 0;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, text ? assay_json_text(text) : json_null());
}

static json_t *failure_json(const struct assay_failure *f)
{
	json_t *o = json_object();

	set_text(o, "rule", f->rule);
	set_text(o, "reqs", f->reqs);
	set_text(o, "section", f->section);
	set_text(o, "claim", f->claim);
	set_text(o, "sent", f->sent);
	set_text(o, "expected", f->expected);
	set_text(o, "got", f->got);
	set_text(o, "file", f->file);
	json_object_set_new(o, "line", json_integer(f->line));
	json_object_set_new(o, "since", json_integer((json_int_t)f->since));
	json_object_set_new(o, "at", json_integer((json_int_t)f->at));
	json_object_set_new(o, "level", json_string(f->should ? "SHOULD" : "MUST"));
	return o;
}

static json_t *result_json(const struct assay_test_result *r, const struct assay_run_info *info)
{
	json_t *o = json_object(), *failures = json_array();

	set_text(o, "id", r->id);
	set_text(o, "verdict", assay_verdict_name(r->verdict));
	set_text(o, "raw", assay_verdict_name(r->raw));
	set_text(o, "desc", r->desc);
	set_text(o, "reqs", r->reqs);
	set_text(o, "section", r->section);
	set_text(o, "level", r->level);
	set_text(o, "reason", r->reason);
	set_text(o, "baseline", r->baseline);
	set_text(o, "signature", r->signature);
	for (size_t i = 0; i < r->failure_count; i++)
		json_array_append_new(failures, failure_json(&r->failures[i]));
	json_object_set_new(o, "failures", failures);
	json_object_set_new(o, "duration_ns", json_integer((json_int_t)r->duration));
	json_object_set_new(o, "pdus_sent", json_integer((json_int_t)r->pdus_sent));
	json_object_set_new(o, "pdus_received", json_integer((json_int_t)r->pdus_received));
	set_text(o, "again", r->again);
	set_text(o, "version", info->version);
	set_text(o, "target", info->target);
	set_text(o, "profile", info->profile);
	set_text(o, "implementation", info->implementation);
	set_text(o, "started", info->started);
	return o;
}

int assay_evidence_result(const char *dir, const struct assay_test_result *result,
	const struct assay_run_info *info, bool traces, struct assay_error *err)
{
	const struct assay_evidence none = { .id = result->id };
	json_t *json;
	FILE *file;
	int r = 0, closed;

	if (!traces)
		r = assay_evidence_traces(dir, &none, err);
	if (r < 0)
		return r;
	file = open_file(dir, result->id, "result.json", err);
	if (!file)
		return ASSAY_E_IO;
	json = result_json(result, info);
	r = json_dumpf(json, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	fputc('\n', file);
	closed = close_file(file, result->id, "result.json", err);
	if (r < 0 && closed >= 0)
		return assay_error_set(
			err, ASSAY_E_IO, "evidence %s/result.json could not be written", result->id);
	return closed;
}

int assay_evidence_log(const char *dir, const char *id, const char *text, struct assay_error *err)
{
	FILE *file = open_file(dir, id, "target.log", err);

	if (!file)
		return ASSAY_E_IO;
	fprintf(file, "%s%s", text, text[0] && text[strlen(text) - 1] == '\n' ? "" : "\n");
	return close_file(file, id, "target.log", err);
}
