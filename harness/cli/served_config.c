/* served_config.c - the served target from an INI file; see served.h. One line of words for a mistake: file, line, what is allowed. */
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/served.h"

#define WORDS_MAX   64
#define HEADING_MAX 256 /* bytes of what stands in [ ]; inih keeps 49 of them, and names are longer */

/* A target under construction: it is added when its section ends. */
struct section {
	char name[HEADING_MAX];
	struct assay_target_spec spec;
	struct assay_list luns, acl, addresses;
	const char *secret_file, *mutual_secret_file;
	char secret[ASSAY_CHAP_SECRET_MAX + 1], mutual_secret[ASSAY_CHAP_SECRET_MAX + 1];
};

struct reader {
	struct assay_served *served;
	struct assay_error *err;
	const char *path;
	FILE *file;
	unsigned line; /* of the file, from 1 */
	char heading[HEADING_MAX]; /* of the section that is being read */
	int result; /* 0 while all is well */
	bool open; /* a section is under construction */
	struct section section;
	char **kept; /* copies of values, until the targets are built */
	size_t kept_count;
};

/* inih's value is gone after the call. */
static const char *keep(struct reader *r, const char *value)
{
	char **grown = realloc(r->kept, (r->kept_count + 1) * sizeof(*grown));
	char *copy = strdup(value);

	if (!grown || !copy)
		abort();
	r->kept = grown;
	return r->kept[r->kept_count++] = copy;
}

static int finish_section(struct reader *r)
{
	struct section *s = &r->section;
	int result;

	if (!r->open)
		return 0;
	r->open = false;
	if (s->spec.incoming.name)
		s->spec.incoming.secret = s->secret;
	if (s->spec.outgoing.name)
		s->spec.outgoing.secret = s->mutual_secret;
	if (s->acl.count)
		s->spec.acl = s->acl.word;
	if (s->addresses.count)
		s->spec.acl_address = s->addresses.word;
	if ((s->spec.incoming.name && !s->secret_file) || (s->spec.outgoing.name && !s->mutual_secret_file))
		return assay_error_set(
			r->err, ASSAY_E_SYNTAX, "[target %.150s]: a user needs a secret-file", s->name);
	if (s->spec.incoming.name && assay_cli_secret(s->secret, s->secret_file, NULL))
		return assay_error_set(r->err, ASSAY_E_SYNTAX, "[target %.150s]: no secret", s->name);
	if (s->spec.outgoing.name && assay_cli_secret(s->mutual_secret, s->mutual_secret_file, NULL))
		return assay_error_set(r->err, ASSAY_E_SYNTAX, "[target %.150s]: no mutual secret", s->name);
	result = assay_served_target(r->served, &s->spec, r->err);
	for (size_t i = 0; !result && i < s->luns.count; i++)
		result = assay_served_lun(r->served, s->luns.word[i], r->err);
	return result;
}

static int begin_section(struct reader *r, const char *name)
{
	int result = finish_section(r);

	memset(&r->section, 0, sizeof(r->section));
	snprintf(r->section.name, sizeof(r->section.name), "%s", name);
	r->section.spec.name = r->section.name;
	r->open = true;
	return result;
}

static int add(struct assay_list *list, const char *word)
{
	if (list->count == WORDS_MAX)
		return -1;
	list->word[list->count++] = word;
	return 0;
}

/* 0, or -1 for a key or value that there is none of. */
static int take_key(struct reader *r, const char *key, const char *value)
{
	struct section *s = &r->section;
	char *end;

	if (strcmp(key, "tid") == 0) {
		s->spec.tid = (unsigned)strtoul(value, &end, 10);
		return *end || s->spec.tid < 1 || s->spec.tid > 65535 ? -1 : 0;
	}
	if (strcmp(key, "ids") == 0) {
		s->spec.ids = strcmp(value, "iet") == 0 ? ASSAY_ID_IET : ASSAY_ID_NAA;
		return strcmp(value, "iet") != 0 && strcmp(value, "naa") != 0 ? -1 : 0;
	}
	value = keep(r, value);
	if (strcmp(key, "lun") == 0)
		return add(&s->luns, value);
	if (strcmp(key, "acl") == 0)
		return add(&s->acl, value);
	if (strcmp(key, "acl-address") == 0)
		return add(&s->addresses, value);
	if (strcmp(key, "user") == 0)
		s->spec.incoming.name = value;
	else if (strcmp(key, "secret-file") == 0)
		s->secret_file = value;
	else if (strcmp(key, "mutual-user") == 0)
		s->spec.outgoing.name = value;
	else if (strcmp(key, "mutual-secret-file") == 0)
		s->mutual_secret_file = value;
	else
		return -1;
	return 0;
}

static int on_pair(void *payload, const char *cut_section, const char *key, const char *value)
{
	struct reader *r = payload;
	const char *section = r->heading;

	(void)cut_section;
	if (r->result)
		return 1;
	if (strcmp(section, "server") == 0 && strcmp(key, "listen") == 0) {
		r->result = assay_served_listen(r->served, value, r->err);
		return 1;
	}
	if (strncmp(section, "target ", 7) != 0) {
		r->result = assay_error_set(r->err, ASSAY_E_SYNTAX,
			"%.100s: [%.60s] %.40s: allowed are [server] listen, and [target IQN]", r->path,
			section, key);
		return 1;
	}
	if (!r->open || strcmp(section + 7, r->section.name) != 0)
		r->result = begin_section(r, section + 7);
	if (!r->result && take_key(r, key, value))
		r->result = assay_error_set(r->err, ASSAY_E_SYNTAX,
			"%.60s: [%.60s] %.30s: bad key or value; allowed: tid=1…65535, ids=naa|iet, lun, "
			"acl, acl-address, user, secret-file, mutual-user, mutual-secret-file",
			r->path, section, key);
	return 1;
}

/* A line for inih, as fgets gives it. It would cut a long one, or a long heading, without a word; the heading is kept here. */
static char *next_line(char *out, int room, void *payload)
{
	struct reader *r = payload;
	char *text = NULL;
	size_t space = 0, length;
	const char *from;

	if (r->result || getline(&text, &space, r->file) < 0) {
		free(text);
		return NULL;
	}
	r->line++;
	from = text + strspn(text, " \t");
	length = *from == '[' ? strcspn(from + 1, "]\r\n") : 0;
	if (length >= HEADING_MAX || (!length && strlen(text) >= (size_t)room))
		r->result = assay_error_set(r->err, ASSAY_E_SYNTAX,
			"%.180s:%u: the line is too long: %d at most", r->path, r->line,
			length ? HEADING_MAX - 1 : room - 1);
	else if (length && from[1 + length] == ']')
		snprintf(r->heading, sizeof(r->heading), "%.*s", (int)length, from + 1);
	snprintf(out, (size_t)room, "%s", length && from[1 + length] == ']' ? "[]\n" : text);
	free(text);
	return out;
}

int assay_served_read(struct assay_served *s, const char *path, struct assay_error *err)
{
	struct reader r = { .served = s, .err = err, .path = path, .file = fopen(path, "re") };
	int line;

	if (!r.file)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%.200s: cannot be read", path);
	line = ini_parse_stream(next_line, &r, on_pair, &r);
	fclose(r.file);
	if (line > 0 && !r.result)
		r.result = assay_error_set(
			err, ASSAY_E_SYNTAX, "%.200s:%d: neither [section] nor key = value", path, line);
	if (!r.result)
		r.result = finish_section(&r);
	for (size_t i = 0; i < r.kept_count; i++)
		free(r.kept[i]);
	free(r.kept);
	return r.result;
}
