/* journal.c - see journal.h. */
#include "campaign/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/json_text.h"

#define FORMAT      "iscsi-assay-fuzz-1"
#define PATH_LENGTH 4096
#define SIZE_MOST   (256L << 20) /* bytes that are read back */

/* ---- writing ---- */

/* Takes the value. */
static void put(struct assay_journal *j, json_t *value)
{
	char *line = value ? json_dumps(value, JSON_COMPACT) : NULL;
	size_t length = line ? strlen(line) : 0;

	json_decref(value);
	if (!line) {
		j->failed = j->failed ? j->failed : ENOMEM;
		return;
	}
	line[length] = '\n'; /* in place of its end, which write does not need */
	if (j->fd >= 0 && write(j->fd, line, length + 1) != (ssize_t)length + 1)
		j->failed = j->failed ? j->failed : errno ? errno : EIO;
	free(line);
}

/* Has it on the disk, so that a machine that loses its power loses none of it: of findings with their folders, which were written before. */
static void keep(struct assay_journal *j, int (*sync)(int fd))
{
	if (j->fd < 0 || !sync(j->fd) || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
		return; /* a file system that cannot is no disk that fails */
	j->failed = j->failed ? j->failed : errno;
}

static const char *print(
	char out[ASSAY_CASE_TEXT], const struct assay_case_id *id, const struct assay_case_cut *cut)
{
	if (assay_case_id_print(out, ASSAY_CASE_TEXT, id, cut) < 0)
		out[0] = 0;
	return out;
}

void assay_journal_campaign(struct assay_journal *j, const struct assay_journal_campaign *c)
{
	char seed[32];

	snprintf(seed, sizeof(seed), "0x%llx", (unsigned long long)c->seed);
	put(j, json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:i,s:i}", "type", "campaign", "format", FORMAT, "version",
		       c->version, "target", c->target, "seed", seed, "random", (int)c->random, "shard",
		       (int)c->shard, "shards", (int)c->shards));
}

void assay_journal_known(struct assay_journal *j, const struct assay_rule *rule)
{
	put(j, json_pack("{s:s,s:s}", "type", "known", "rule", rule->id));
}

void assay_journal_kept(struct assay_journal *j, const struct assay_case_id *id, unsigned edges)
{
	char name[ASSAY_CASE_TEXT];

	put(j, json_pack(
		       "{s:s,s:s,s:i}", "type", "kept", "case", print(name, id, NULL), "edges", (int)edges));
}

void assay_journal_finding(struct assay_journal *j, const struct assay_found *f)
{
	char name[ASSAY_CASE_TEXT];

	put(j, json_pack("{s:s,s:s,s:s,s:s,s:o,s:I}", "type", "finding", "key", f->key, "case",
		       print(name, &f->name.id, &f->name.cut), "outcome",
		       assay_outcome_name(f->judged.played.outcome), "words",
		       assay_json_text(f->judged.played.words), "cases", (json_int_t)f->at));
	keep(j, syncfs);
}

void assay_journal_repeats(struct assay_journal *j, const struct assay_found *f)
{
	put(j, json_pack("{s:s,s:s,s:i,s:i}", "type", "repeats", "key", f->key, "of", (int)f->tried, "same",
		       (int)f->repeats));
}

void assay_journal_again(struct assay_journal *j, const struct assay_found *f)
{
	put(j, json_pack("{s:s,s:s,s:I}", "type", "again", "key", f->key, "count", (json_int_t)f->count));
}

void assay_journal_checkpoint(struct assay_journal *j, uint32_t next, uint64_t cases, unsigned states,
	unsigned edges, unsigned findings, double seconds)
{
	put(j, json_pack("{s:s,s:I,s:I,s:i,s:i,s:i,s:f}", "type", "checkpoint", "next", (json_int_t)next,
		       "cases", (json_int_t)cases, "states", (int)states, "edges", (int)edges, "findings",
		       (int)findings, "seconds", seconds));
	keep(j, fdatasync);
}

void assay_journal_stopped(struct assay_journal *j, const char *why)
{
	put(j, json_pack("{s:s,s:s}", "type", "stopped", "why", why));
}

/* ---- reading ---- */

static bool read_campaign(const struct assay_journal_reader *r, json_t *value)
{
	struct assay_journal_campaign c = { 0 };
	const char *format = NULL, *seed = NULL;
	int random = 0, shard = 0, shards = 0;

	if (json_unpack(value, "{s:s,s:s,s:s,s:s,s:b,s:i,s:i}", "format", &format, "version", &c.version,
		    "target", &c.target, "seed", &seed, "random", &random, "shard", &shard, "shards",
		    &shards) ||
		strcmp(format, FORMAT) != 0 || shards < 1 || shard < 1)
		return false;
	c.seed = strtoull(seed, NULL, 16);
	c.shard = (unsigned)shard;
	c.shards = (unsigned)shards;
	c.random = random;
	r->campaign(r->payload, &c);
	return true;
}

static bool read_kept(const struct assay_journal_reader *r, json_t *value)
{
	struct assay_case_id id = { 0 };
	const char *name = json_string_value(json_object_get(value, "case"));

	if (!name || assay_case_id_parse(&id, NULL, name))
		return false;
	r->kept(r->payload, &id);
	return true;
}

static bool read_finding(const struct assay_journal_reader *r, json_t *value)
{
	const char *key = NULL, *name = NULL, *outcome = NULL, *words = NULL;
	struct assay_case_name parsed = { .id = { 0 } };

	if (json_unpack(value, "{s:s,s:s,s:s,s:s}", "key", &key, "case", &name, "outcome", &outcome, "words",
		    &words) ||
		!assay_finding_key_good(key) || assay_case_id_parse(&parsed.id, &parsed.cut, name))
		return false;
	r->finding(r->payload, key, &parsed, assay_outcome_find(outcome), words);
	return true;
}

static bool read_repeats(const struct assay_journal_reader *r, json_t *value)
{
	const char *key = NULL;
	int of = 0, same = 0;

	if (json_unpack(value, "{s:s,s:i,s:i}", "key", &key, "of", &of, "same", &same) || of < 0 || same < 0)
		return false;
	r->repeats(r->payload, key, (unsigned)of, (unsigned)same);
	return true;
}

static bool read_again(const struct assay_journal_reader *r, json_t *value)
{
	const char *key = NULL;
	json_int_t count = 0;

	if (json_unpack(value, "{s:s,s:I}", "key", &key, "count", &count) || count < 0)
		return false;
	r->again(r->payload, key, (uint64_t)count);
	return true;
}

static bool read_checkpoint(const struct assay_journal_reader *r, json_t *value)
{
	json_int_t next = 0, cases = 0;
	double seconds = 0;

	if (json_unpack(value, "{s:I,s:I,s:F}", "next", &next, "cases", &cases, "seconds", &seconds) ||
		next < 0 || next > UINT32_MAX || cases < 0 || seconds < 0)
		return false;
	r->checkpoint(r->payload, (uint32_t)next, (uint64_t)cases, seconds);
	return true;
}

static bool nothing_to_read(const struct assay_journal_reader *r, json_t *value)
{
	(void)r;
	(void)value;
	return true;
}

static const struct {
	const char *type;
	bool (*read)(const struct assay_journal_reader *r, json_t *value);
} lines[] = {
	{ "campaign", read_campaign },
	{ "kept", read_kept },
	{ "finding", read_finding },
	{ "repeats", read_repeats },
	{ "again", read_again },
	{ "checkpoint", read_checkpoint },
	{ "known", nothing_to_read },
	{ "stopped", nothing_to_read },
};

static bool read_line(const struct assay_journal_reader *r, const char *line, size_t length)
{
	json_t *value = json_loadb(line, length, 0, NULL);
	const char *type = json_string_value(json_object_get(value, "type"));
	bool good = false;

	for (size_t i = 0; type && i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(lines[i].type, type))
			good = lines[i].read(r, value);
	json_decref(value);
	return good;
}

/* The number of lines, or ASSAY_E_SYNTAX. *whole: bytes up to the end of the last whole line. */
static long read_lines(size_t *whole, const struct assay_journal_reader *reader, const char *text,
	size_t length, struct assay_error *err)
{
	long count = 0;

	*whole = 0;
	while (*whole < length) {
		const char *end = memchr(text + *whole, '\n', length - *whole);

		if (!end)
			break;
		count++;
		if (!read_line(reader, text + *whole, (size_t)(end - text) - *whole))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				ASSAY_JOURNAL ":%ld: no line of iscsi-assay fuzz", count);
		*whole = (size_t)(end - text) + 1;
	}
	return count;
}

static long read_back(
	struct assay_journal *j, const struct assay_journal_reader *reader, struct assay_error *err)
{
	struct stat status;
	size_t whole = 0;
	char *text;
	long count;

	if (fstat(j->fd, &status) || status.st_size > SIZE_MOST)
		return assay_error_set(err, ASSAY_E_IO, ASSAY_JOURNAL ": no file, or a huge one");
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (pread(j->fd, text, (size_t)status.st_size, 0) != status.st_size)
		count = assay_error_set(
			err, ASSAY_E_IO, ASSAY_JOURNAL ": cannot be read: %s", strerror(errno));
	else
		count = read_lines(&whole, reader, text, (size_t)status.st_size, err);
	free(text);
	if (count >= 0 && (off_t)whole < status.st_size && ftruncate(j->fd, (off_t)whole))
		return assay_error_set(err, ASSAY_E_IO, ASSAY_JOURNAL ": %s", strerror(errno));
	return count;
}

long assay_journal_open(struct assay_journal *j, const char *dir, const struct assay_journal_reader *reader,
	struct assay_error *err)
{
	char path[PATH_LENGTH];
	long count;

	*j = (struct assay_journal){ .fd = -1 };
	if (snprintf(path, sizeof(path), "%s/" ASSAY_JOURNAL, dir) >= (int)sizeof(path))
		return assay_error_set(err, ASSAY_E_LIMIT, "the output folder's name is too long");
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (j->fd < 0)
		return assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
	count = read_back(j, reader, err);
	if (count < 0)
		assay_journal_close(j);
	return count;
}

void assay_journal_close(struct assay_journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}
