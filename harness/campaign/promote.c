/* promote.c - see promote.h. The test sends the bytes that were sent, connection by connection, reads where something was read, and asks at the end whether a session still works. */
#include "campaign/promote.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign/cutter.h"
#include "campaign/finding.h"
#include "transport/leave.h"

#define PATH_LENGTH      4096
#define NAME_LENGTH      61
#define CONNECTIONS_MOST 64
#define PDU_MOST         (1u << 20)
#define LEAD             4 /* bytes before each PDU of a seed: fuzz/session_input.h; byte 0 has the connection */
#define SEED_MOST        16384

/* What happened, in the folder's words. */
struct event {
	const char *kind, *hex;
	int connection, digests;
};

/* What the test must have leave for. */
struct needs {
	bool write, disruptive;
};

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10;
}

/* The bytes of an event; the caller frees them. NULL: none, or out of memory. */
static uint8_t *bytes_of(size_t *length, const struct event *e)
{
	size_t digits = e->hex ? strlen(e->hex) : 0;
	uint8_t *bytes;

	*length = digits / 2;
	if (!digits || digits % 2 || *length > PDU_MOST || strspn(e->hex, "0123456789abcdef") != digits)
		return NULL;
	bytes = malloc(*length);
	for (size_t i = 0; bytes && i < *length; i++)
		bytes[i] = (uint8_t)(nibble(e->hex[2 * i]) << 4 | nibble(e->hex[2 * i + 1]));
	return bytes;
}

static bool event_at(struct event *out, json_t *events, size_t index)
{
	*out = (struct event){ 0 };
	return !json_unpack(json_array_get(events, index), "{s:s,s:i,s:i,s?:s}", "event", &out->kind,
		       "connection", &out->connection, "digests", &out->digests, "bytes", &out->hex) &&
	       out->connection >= 0 && out->connection < CONNECTIONS_MOST;
}

static json_t *read_events(json_t **whole, const char *folder, struct assay_error *err)
{
	char path[PATH_LENGTH];
	json_t *events;
	struct event e;

	snprintf(path, sizeof(path), "%s/sent.json", folder);
	*whole = json_load_file(path, 0, NULL);
	events = json_object_get(*whole, "events");
	if (!json_is_array(events)) {
		assay_error_set(err, ASSAY_E_SYNTAX, "%.180s: not written by iscsi-assay fuzz", path);
		return NULL;
	}
	if (!json_is_true(json_object_get(*whole, "whole"))) {
		assay_error_set(err, ASSAY_E_SYNTAX,
			"%.180s: the case sent more than is kept: minimise it first", path);
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(events); i++)
		if (!event_at(&e, events, i)) {
			assay_error_set(err, ASSAY_E_SYNTAX, "%.180s: event %zu is none", path, i);
			return NULL;
		}
	return events;
}

/* ---- the test ---- */

/* "wedged-full" as a name of C's. */
static void name_of(char *out, size_t capacity, const char *key)
{
	size_t n = 0;

	for (; key[n] && n + 1 < capacity; n++)
		out[n] = isalnum((unsigned char)key[n]) ? key[n] : '_';
	out[n] = 0;
}

/* Words in a comment or a string: nothing in them ends it. */
static void put_plain(FILE *out, const char *words)
{
	for (; *words; words++)
		putc(strchr("\\\"*/", *words) || (unsigned char)*words < ' ' || (unsigned char)*words > '~'
				? '_'
				: *words,
			out);
}

static void put_array(FILE *out, size_t number, const uint8_t *bytes, size_t length)
{
	fprintf(out, "static const uint8_t sent_%zu[] = {", number);
	for (size_t i = 0; i < length; i++)
		fprintf(out, "%s0x%02x,", i % 12 ? " " : "\n\t", bytes[i]);
	fputs("\n};\n\n", out);
}

static int put_arrays(FILE *out, json_t *events)
{
	struct event e;

	for (size_t i = 0; i < json_array_size(events); i++) {
		size_t length;
		uint8_t *bytes;

		if (!event_at(&e, events, i) || strcmp(e.kind, "send") != 0)
			continue;
		bytes = bytes_of(&length, &e);
		if (!bytes)
			return ASSAY_E_SYNTAX;
		put_array(out, i, bytes, length);
		free(bytes);
	}
	return 0;
}

/* One row a step: which connection, what, which bytes. */
static void put_steps(FILE *out, json_t *events)
{
	struct event e;

	fputs("static const struct step steps[] = {\n", out);
	for (size_t i = 0; i < json_array_size(events); i++) {
		if (!event_at(&e, events, i))
			continue;
		if (!strcmp(e.kind, "send"))
			fprintf(out, "\t{ %d, SEND, sent_%zu, sizeof(sent_%zu) },\n", e.connection, i, i);
		else
			fprintf(out, "\t{ %d, %s, NULL, 0 },\n", e.connection,
				!strcmp(e.kind, "open")      ? "OPEN"
				: !strcmp(e.kind, "receive") ? "RECEIVE"
				: !strcmp(e.kind, "reset")   ? "RESET"
							     : "CLOSE");
	}
	fputs("};\n\n", out);
}

static const char head[] =
	"#include \"suites/target/common.h\"\n#include \"suites/target/target_suites.h\"\n\n"
	"enum what { OPEN, SEND, RECEIVE, CLOSE, RESET };\n\n"
	"struct step {\n\tunsigned connection;\n\tenum what what;\n\tconst uint8_t *bytes;\n\tsize_t "
	"length;\n"
	"};\n\n";

/* What the target answers is not what the test is about, so a send or a receive may fail. */
static const char body[] =
	"static void take(struct assay_t *t, struct assay_initiator **at, const struct step *s)\n{\n"
	"\tstruct assay_pdu pdu;\n\n"
	"\tif (s->what == OPEN)\n\t\t*at = assay_connect(t);\n"
	"\telse if (!*at || !(*at)->stream)\n\t\treturn;\n"
	"\telse if (s->what == SEND)\n\t\tassay_send_bytes(*at, s->bytes, s->length);\n"
	"\telse if (s->what == RECEIVE)\n\t\tassay_recv_any(*at, &pdu);\n"
	"\telse if (s->what == CLOSE)\n\t\tassay_initiator_close(*at);\n"
	"\telse\n\t\tassay_initiator_reset(*at);\n}\n\n";

/* What a header that is sent needs leave for. */
static bool note_needs(void *payload, const struct assay_pdu *bhs, bool whole)
{
	struct assay_leave none = { 0 }, disruptive = { .disruptive = true };
	struct needs *needs = payload;

	if (whole)
		return true;
	needs->write |= !assay_leave_allows(&disruptive, bhs);
	needs->disruptive |= !assay_leave_allows(&none, bhs) && assay_leave_allows(&disruptive, bhs);
	return true;
}

static struct needs needs_of(json_t *events)
{
	struct assay_cutter cutters[CONNECTIONS_MOST] = { 0 };
	struct needs needs = { 0 };
	struct event e;

	for (size_t i = 0; i < json_array_size(events); i++) {
		size_t length;
		uint8_t *bytes = event_at(&e, events, i) ? bytes_of(&length, &e) : NULL;

		if (bytes)
			assay_cutter_feed(&cutters[e.connection], bytes, length, (unsigned)e.digests,
				note_needs, &needs);
		free(bytes);
	}
	return needs;
}

static void put_test(
	FILE *out, const char *name, const struct assay_finding_said *said, const struct needs *needs)
{
	bool rule = said->outcome == ASSAY_OUTCOME_RULE;

	fprintf(out,
		"static void %s(struct assay_t *t)\n{\n\tstruct assay_initiator *c[%d] = { NULL };\n\n"
		"\tfor (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]); n++)\n"
		"\t\ttake(t, &c[steps[n].connection], &steps[n]);\n"
		"\tEXPECT_ALIVE(t, assay_connect_full_feature(t));\n}\n\n",
		name, CONNECTIONS_MOST);
	fprintf(out, "static const struct assay_test tests[] = {\n\t{ .id = \"fuzz.%s\",\n", said->key);
	fprintf(out,
		"\t\t.reqs = \"R7143-7.7-03\", /* the requirement that it stands for: yours to name */\n"
		"\t\t.section = \"7.7\",\n\t\t.level = MUST,\n%s\t\t.run = %s,\n\t\t.desc = \"%s\",\n"
		"\t\t.defects = \"\" /* of the built-in target, that it catches: yours to name */ },\n};\n\n",
		needs->write && needs->disruptive ? "\t\t.needs = ASSAY_NEED_WRITE | ASSAY_NEED_DISRUPTIVE,\n"
		: needs->write                    ? "\t\t.needs = ASSAY_NEED_WRITE,\n"
		: needs->disruptive               ? "\t\t.needs = ASSAY_NEED_DISRUPTIVE,\n"
						  : "",
		name,
		rule ? "keeps the rules while it is sent this, and serves a session after it"
		     : "serves a session after it was sent this");
	fprintf(out,
		"const struct assay_suite assay_suite_fuzz_%s = {\n\t.name = \"fuzz\",\n"
		"\t.desc = \"what a campaign found\",\n\tASSAY_TESTS(tests),\n};\n",
		name);
}

static int write_test(FILE *out, const struct assay_finding_said *said, json_t *events)
{
	const struct needs needs = needs_of(events);
	char name[NAME_LENGTH], id[ASSAY_CASE_TEXT] = "";
	int r;

	name_of(name, sizeof(name), said->key);
	assay_case_id_print(id, sizeof(id), &said->minimized.id, &said->minimized.cut);
	fprintf(out, "/*\n * fuzz_%s.c - found by iscsi-assay fuzz: case %s,\n * ", name, id);
	put_plain(out, said->words);
	fputs(".\n * Numbers that the target chose (ExpStatSN, TTT, TSIH) stand as they were then: where "
	      "they matter, "
	      "assay_make and assay_send fill them in.\n */\n",
		out);
	fputs(head, out);
	r = put_arrays(out, events);
	put_steps(out, events);
	fputs(body, out);
	put_test(out, name, said, &needs);
	return r;
}

/* ---- the seed ---- */

/* A PDU without its digests: the entry adds them. Data has one where there is any, which is four bytes at least. Returns the length. */
static size_t strip(uint8_t *pdu, size_t length, int digests)
{
	size_t header = length < ASSAY_BHS_LENGTH ? length : ASSAY_BHS_LENGTH + 4 * (size_t)pdu[4];

	if (digests & ASSAY_HEADER_DIGEST && length >= header + 4) {
		memmove(pdu + header, pdu + header + 4, length - header - 4);
		length -= 4;
	}
	if (digests & ASSAY_DATA_DIGEST && length >= header + 8)
		length -= 4;
	return length;
}

static int write_seed(FILE *out, json_t *events)
{
	struct event e;
	size_t total = 0;

	for (size_t i = 0; i < json_array_size(events); i++) {
		uint8_t lead[LEAD] = { 0 }, *bytes;
		size_t length;

		if (!event_at(&e, events, i) || strcmp(e.kind, "send") != 0)
			continue;
		bytes = bytes_of(&length, &e);
		if (!bytes)
			return ASSAY_E_SYNTAX;
		length = strip(bytes, length, e.digests);
		lead[0] = (uint8_t)(e.connection & 3);
		total += sizeof(lead) + length;
		if (total <= SEED_MOST)
			fwrite(lead, sizeof(lead), 1, out), fwrite(bytes, length, 1, out);
		free(bytes);
	}
	return 0;
}

/* ---- both ---- */

/* A file that was not there: nothing is overwritten, and no link followed. */
static FILE *create(const char *path, struct assay_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file)
		return file;
	if (fd < 0 && errno == EEXIST)
		assay_error_set(err, ASSAY_E_IO, "%.180s: is there, and is not overwritten", path);
	else
		assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Takes the file; what is not whole goes. */
static int finish(FILE *file, const char *path, int r, struct assay_error *err)
{
	bool bad = ferror(file);

	if (fclose(file) || bad)
		r = assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
	else if (r)
		assay_error_set(err, r, "%.180s: what was sent is no hexadecimal", path);
	if (r)
		unlink(path);
	return r;
}

static int write_both(struct assay_promoted *out, const char *out_dir, const struct assay_finding_said *said,
	json_t *events, struct assay_error *err)
{
	char name[NAME_LENGTH];
	FILE *file;
	int r;

	name_of(name, sizeof(name), said->key);
	snprintf(out->test, sizeof(out->test), "%.3800s/fuzz_%s.c", out_dir, name);
	snprintf(out->seed, sizeof(out->seed), "%.3800s/%s", out_dir, said->key);
	file = create(out->test, err);
	r = file ? finish(file, out->test, write_test(file, said, events), err) : ASSAY_E_IO;
	if (r)
		return r;
	file = create(out->seed, err);
	r = file ? finish(file, out->seed, write_seed(file, events), err) : ASSAY_E_IO;
	if (r)
		unlink(out->test);
	return r;
}

/* A test of targets sends what was sent, once: what it cannot fail for is not made one. */
static int check(const struct assay_finding_said *said, const char *folder, struct assay_error *err)
{
	if (assay_finding_in_initiator(said))
		return assay_error_set(err, ASSAY_E_REFUSED,
			"%.120s: found in an initiator: only a finding in a target becomes a test", folder);
	if (said->outcome == ASSAY_OUTCOME_MEMORY || said->outcome == ASSAY_OUTCOME_SLOW)
		return assay_error_set(err, ASSAY_E_REFUSED,
			"%.120s: found as %s, which no test fails for: only gone, wedged, refused, rule and "
			"sanitizer become tests",
			folder, assay_outcome_name(said->outcome));
	return 0;
}

int assay_promote(
	struct assay_promoted *out, const char *folder, const char *out_dir, struct assay_error *err)
{
	char smaller[PATH_LENGTH];
	struct assay_finding_said said;
	json_t *whole = NULL, *events;
	int r = assay_finding_read(&said, folder, err);

	*out = (struct assay_promoted){ .test = "" };
	if (!r)
		r = check(&said, folder, err);
	if (r)
		return r;
	/* the smallest that there is */
	snprintf(smaller, sizeof(smaller), "%.4000s/minimized", folder);
	events = read_events(&whole, smaller, err);
	if (!events) {
		json_decref(whole);
		events = read_events(&whole, folder, err);
	}
	r = events ? write_both(out, out_dir, &said, events, err) : ASSAY_E_SYNTAX;
	json_decref(whole);
	return r;
}
