/*
 * profile.c - reads a profile file; see profile.h. Every mistake is one line: file:line, what, what is allowed. It opens the files of secrets, and starts nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codec/name.h"
#include "runner/profile_parse.h"

#define NAME_LETTERS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define LINE_MAX_LENGTH 198 /* inih keeps lines in 200 bytes; longer ones must be continued */

/* The first mistake stays. Returns 0, which is failure to inih. */
int assay_profile_complain(struct assay_profile_parse *p, const char *format, ...)
{
	char words[220], line[16] = "";
	va_list args;

	if (p->failed)
		return 0;
	p->failed = true;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (p->line)
		snprintf(line, sizeof(line), ":%u", p->line);
	assay_error_set(p->err, ASSAY_E_SYNTAX, "%s%s: %s",
		strlen(p->path) < 100   ? p->path
		: strrchr(p->path, '/') ? strrchr(p->path, '/') + 1
					: "profile",
		line, words);
	if (p->err)
		p->err->place = p->line;
	return 0;
}

struct entry {
	const char *section, *name;
	int (*take)(struct assay_profile_parse *p, const struct entry *e, const char *value);
	size_t at; /* offset: in the profile, or in struct assay_profile_parse for texts */
	uint32_t least, most; /* of a number */
	bool many; /* may be said again */
};

/* The way from a row's offset to its field. */
#define FIELD(base, e, type) ((type *)(void *)((char *)(base) + (e)->at))

static int take_text(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	const char *copy = assay_arena_strdup(p->arena, value);

	*FIELD(p, e, const char *) = copy;
	return copy ? 1 : assay_profile_complain(p, "out of memory");
}

static int take_number(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end || number < e->least || number > e->most)
		return assay_profile_complain(p, "[%s] %s = %.40s: a number from %u to %u", e->section,
			e->name, value, e->least, e->most);
	*FIELD(p->profile, e, uint32_t) = (uint32_t)number;
	return 1;
}

static int take_yes(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	bool yes = !strcasecmp(value, "yes");

	if (!yes && strcasecmp(value, "no"))
		return assay_profile_complain(p, "[%s] %s = %.40s: yes or no", e->section, e->name, value);
	*FIELD(p->profile, e, bool) = yes;
	return 1;
}

static int take_feature(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	static const char *const words[] = { "probe", "no", "yes", "required" };

	for (int i = 0; i < 4; i++)
		if (!strcasecmp(value, words[i])) {
			*FIELD(p->profile, e, int) = i - 1;
			return 1;
		}
	return assay_profile_complain(
		p, "[%s] %s = %.40s: yes, no, required or probe", e->section, e->name, value);
}

static int take_write_lun(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	p->profile->setup.write_lun_given = true;
	return take_number(p, e, value);
}

static int take_second_lun(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	p->profile->setup.second_lun_given = true;
	return take_number(p, e, value);
}

static int take_factor(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	char *end;
	double factor = strtod(value, &end);

	if (end == value || *end || !(factor >= 0.01 && factor <= 1000))
		return assay_profile_complain(
			p, "[%s] %s = %.40s: a number from 0.01 to 1000", e->section, e->name, value);
	p->profile->setup.timing_factor = factor;
	return 1;
}

static int take_seconds(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds > 0 && seconds <= 3600))
		return assay_profile_complain(
			p, "[%s] %s = %.40s: seconds, more than 0, at most 3600", e->section, e->name, value);
	*FIELD(p->profile, e, unsigned) = (unsigned)(seconds * 1000) ? (unsigned)(seconds * 1000) : 1;
	return 1;
}

static int check_name(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	struct assay_error why = { 0 };

	if (assay_name_check(value, strlen(value), &why) < 0)
		return assay_profile_complain(
			p, "[%s] %s = %.60s: an iSCSI name: %.80s", e->section, e->name, value, why.message);
	return 1;
}

static int take_name(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	return check_name(p, e, value) ? take_text(p, e, value) : 0;
}

/* A name that is a string of the profile's setup. */
static int take_setup_name(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	const char *copy = assay_arena_strdup(p->arena, value);

	*FIELD(p->profile, e, const char *) = copy;
	return copy ? check_name(p, e, value) : assay_profile_complain(p, "out of memory");
}

/* An address of this machine: numeric, since it is what connections are made from. */
static int take_address(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	struct in6_addr any;

	if (inet_pton(AF_INET, value, &any) != 1 && inet_pton(AF_INET6, value, &any) != 1)
		return assay_profile_complain(p, "[%s] %s = %.60s: an IPv4 or IPv6 address of this machine",
			e->section, e->name, value);
	*FIELD(p->profile, e, const char *) = assay_arena_strdup(p->arena, value);
	return p->profile->setup.acl_address ? 1 : assay_profile_complain(p, "out of memory");
}

static int take_initiator_name(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	if (!check_name(p, e, value))
		return 0;
	snprintf(p->profile->initiator_name, sizeof(p->profile->initiator_name), "%s", value);
	return 1;
}

static int take_profile_name(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	if (strlen(value) >= sizeof(p->profile->name) || strspn(value, NAME_LETTERS) != strlen(value))
		return assay_profile_complain(p,
			"[%s] %s = %.60s: up to 63 letters, digits, '.', '_' and '-'", e->section, e->name,
			value);
	snprintf(p->profile->name, sizeof(p->profile->name), "%s", value);
	return 1;
}

/* Words for people; they go to every report. */
static int take_implementation(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	if (strlen(value) >= sizeof(p->profile->implementation) ||
		strspn(value, NAME_LETTERS " ") != strlen(value))
		return assay_profile_complain(p,
			"[%s] %s = %.60s: up to 63 letters, digits, blanks, '.', '_' and '-'", e->section,
			e->name, value);
	snprintf(p->profile->implementation, sizeof(p->profile->implementation), "%s", value);
	return 1;
}

static int take_url(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	struct assay_error why = { 0 };

	if (assay_profile_take_url(p->profile, value, &why) < 0)
		return assay_profile_complain(p, "[%s] %s: %s", e->section, e->name, why.message);
	return 1;
}

static int take_second_portal(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	struct assay_error why = { 0 };

	if (assay_profile_take_second_portal(p->profile, value, &why) < 0)
		return assay_profile_complain(p, "[%s] %s: %s", e->section, e->name, why.message);
	return 1;
}

static int take_baseline(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	const char *path = assay_beside(p->arena, p->path, value);

	if (!path || strlen(path) >= sizeof(p->profile->baseline))
		return assay_profile_complain(p, "[%s] %s: the path is too long", e->section, e->name);
	snprintf(p->profile->baseline, sizeof(p->profile->baseline), "%s", path);
	return 1;
}

static int check_command(
	struct assay_profile_parse *p, const char *section, const char *name, const char *value)
{
	struct assay_error why = { 0 };

	if (assay_places_check_command(value, &why) < 0)
		return assay_profile_complain(p, "[%s] %s: %s", section, name, why.message);
	return 1;
}

static int take_command(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	p->profile->exec.command = assay_arena_strdup(p->arena, value);
	return check_command(p, e->section, e->name, value);
}

static int take_version(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	p->profile->exec.version = assay_arena_strdup(p->arena, value);
	return check_command(p, e->section, e->name, value);
}

static int add_line(
	struct assay_profile_parse *p, const struct entry *e, char **lines, size_t *count, const char *value)
{
	if (*count == ASSAY_PROFILE_COMMANDS_MAX)
		return assay_profile_complain(
			p, "[%s] %s: more than %d lines", e->section, e->name, ASSAY_PROFILE_COMMANDS_MAX);
	lines[(*count)++] = assay_arena_strdup(p->arena, value);
	return check_command(p, e->section, e->name, value);
}

static int take_setup(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	return add_line(p, e, p->profile->exec.setup, &p->profile->exec.setup_count, value);
}

static int take_stop(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	return add_line(p, e, p->profile->exec.stop, &p->profile->exec.stop_count, value);
}

/* What it selects is for the run to find out: the tests are not known here. */
static int take_fresh(struct assay_profile_parse *p, const struct entry *e, const char *value)
{
	struct assay_profile *profile = p->profile;

	if (profile->fresh_count == ASSAY_PROFILE_COMMANDS_MAX)
		return assay_profile_complain(
			p, "[%s] %s: more than %d lines", e->section, e->name, ASSAY_PROFILE_COMMANDS_MAX);
	profile->fresh[profile->fresh_count] = assay_arena_strdup(p->arena, value);
	return profile->fresh[profile->fresh_count++] ? 1 : assay_profile_complain(p, "out of memory");
}

#define PROFILE(field) offsetof(struct assay_profile, field)
#define PARSE(field)   offsetof(struct assay_profile_parse, field)

static const struct entry entries[] = {
	{ "target", "name", take_profile_name, 0, 0, 0, false },
	{ "target", "url", take_url, 0, 0, 0, false },
	{ "target", "implementation", take_implementation, 0, 0, 0, false },
	{ "target", "write-lun", take_write_lun, PROFILE(setup.write_lun), 0, 16383, false },
	{ "target", "second-lun", take_second_lun, PROFILE(setup.second_lun), 0, 16383, false },
	{ "target", "second-portal", take_second_portal, 0, 0, 0, false },
	{ "target", "second-target", take_setup_name, PROFILE(setup.second_target), 0, 0, false },
	{ "target", "target-id", take_number, PROFILE(setup.target_id), 1, 65535, false },
	{ "target", "initiator-name", take_initiator_name, 0, 0, 0, false },
	{ "target", "timing-factor", take_factor, 0, 0, 0, false },
	{ "target", "answer-timeout", take_seconds, PROFILE(answer_timeout_ms), 0, 0, false },
	{ "target", "persistent", take_yes, PROFILE(setup.persistent), 0, 0, false },
	{ "target", "follow-portals", take_yes, PROFILE(follow_portals), 0, 0, false },
	{ "chap", "target", take_name, PARSE(chap.target), 0, 0, false },
	{ "chap", "user", take_text, PARSE(chap.user), 0, 0, false },
	{ "chap", "secret", take_text, PARSE(chap.secret), 0, 0, false },
	{ "chap", "secret-file", take_text, PARSE(chap.secret_file), 0, 0, false },
	{ "chap", "secret-env", take_text, PARSE(chap.secret_env), 0, 0, false },
	{ "mutual", "target", take_name, PARSE(mutual.target), 0, 0, false },
	{ "mutual", "user", take_text, PARSE(mutual.user), 0, 0, false },
	{ "mutual", "secret", take_text, PARSE(mutual.secret), 0, 0, false },
	{ "mutual", "secret-file", take_text, PARSE(mutual.secret_file), 0, 0, false },
	{ "mutual", "secret-env", take_text, PARSE(mutual.secret_env), 0, 0, false },
	{ "mutual", "target-user", take_text, PARSE(mutual.target_user), 0, 0, false },
	{ "mutual", "target-secret", take_text, PARSE(mutual.target_secret), 0, 0, false },
	{ "mutual", "target-secret-file", take_text, PARSE(mutual.target_secret_file), 0, 0, false },
	{ "mutual", "target-secret-env", take_text, PARSE(mutual.target_secret_env), 0, 0, false },
	{ "acl", "target", take_name, PARSE(acl_target), 0, 0, false },
	{ "acl", "initiator", take_name, PARSE(acl_initiator), 0, 0, false },
	{ "acl-address", "target", take_setup_name, PROFILE(setup.acl_address_target), 0, 0, false },
	{ "acl-address", "address", take_address, PROFILE(setup.acl_address), 0, 0, false },
	{ "features", "header-digest", take_feature, PROFILE(header_digest), 0, 0, false },
	{ "features", "data-digest", take_feature, PROFILE(data_digest), 0, 0, false },
	{ "exec", "command", take_command, 0, 0, 0, false },
	{ "exec", "setup", take_setup, 0, 0, 0, true },
	{ "exec", "stop", take_stop, 0, 0, 0, true },
	{ "exec", "version", take_version, 0, 0, 0, false },
	{ "exec", "ready-timeout", take_seconds, PROFILE(exec.ready_timeout_ms), 0, 0, false },
	{ "exec", "for-each-job", take_yes, PROFILE(exec.for_each_job), 0, 0, false },
	{ "run", "baseline", take_baseline, 0, 0, 0, false },
	{ "run", "disruptive", take_yes, PROFILE(setup.disruptive), 0, 0, false },
	{ "run", "jobs", take_number, PROFILE(jobs), 1, 64, false },
	{ "run", "fresh", take_fresh, 0, 0, 0, true },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

/* An unknown name: what there is in that section, or which sections there are. */
static int unknown(struct assay_profile_parse *p, const char *section, const char *name)
{
	char allowed[160] = "";
	size_t used = 0;
	bool known = false;

	for (size_t i = 0; i < ENTRIES; i++)
		if (!strcmp(entries[i].section, section)) {
			known = true;
			if (used < sizeof(allowed))
				used += (size_t)snprintf(allowed + used, sizeof(allowed) - used, "%s%s",
					used ? ", " : "", entries[i].name);
		}
	if (known)
		return assay_profile_complain(p, "[%s] has no '%.40s'; it has %s", section, name, allowed);
	if (!section[0])
		return assay_profile_complain(p, "'%.40s' stands before the first [section]", name);
	return assay_profile_complain(p,
		"there is no section [%.40s]; allowed: target, chap, mutual, acl, acl-address, features, "
		"exec, "
		"control, run",
		section);
}

static int handle(void *payload, const char *section, const char *name, const char *value)
{
	struct assay_profile_parse *p = payload;

	if (p->failed)
		return 1;
	if (p->too_long)
		return assay_profile_complain(p,
			"the line is longer than %d characters; a list such as setup goes on in further "
			"lines",
			LINE_MAX_LENGTH);
	if (!value[0])
		return assay_profile_complain(p, "[%s] %.60s has no value", section, name);
	if (!strcmp(section, "control"))
		return assay_profile_take_control(p, name, value);
	for (size_t i = 0; i < ENTRIES; i++) {
		const struct entry *e = &entries[i];

		if (strcmp(e->section, section) || strcmp(e->name, name))
			continue;
		_Static_assert(ENTRIES <= 64, "a bit a row");
		if (p->seen & UINT64_C(1) << i && !e->many)
			return assay_profile_complain(p, "[%s] %s is there already", section, name);
		p->seen |= UINT64_C(1) << i;
		return e->take(p, e, value);
	}
	return unknown(p, section, name);
}

/* inih's reader that counts lines and sees the ones that it would cut. */
static char *read_line(char *out, int capacity, void *payload)
{
	struct assay_profile_parse *p = payload;
	char *line = p->too_long || p->failed ? NULL : fgets(out, capacity, p->file);

	if (line) {
		p->line++;
		if (strlen(line) + 1 < (size_t)capacity && !strchr(line, '\n') && !feof(p->file))
			assay_profile_complain(p, "a NUL byte: a profile is text");
		p->too_long = strlen(line) == (size_t)capacity - 1 && line[capacity - 2] != '\n' &&
			      !feof(p->file);
	}
	return line;
}

/* --- after the last line --- */

/* A profile without a name has that of its file. */
static void name_by_file(struct assay_profile_parse *p)
{
	const char *slash = strrchr(p->path, '/'), *base = slash ? slash + 1 : p->path;
	const char *dot = strrchr(base, '.');
	char *name = p->profile->name;

	snprintf(name, sizeof(p->profile->name), "%.*s",
		(int)(dot && dot > base ? (size_t)(dot - base) : strlen(base)), base);
	for (; *name; name++)
		if (!strchr(NAME_LETTERS, *name))
			*name = '_';
}

/* Where the profile stands, for {here}. */
static const char *folder_of(struct assay_profile_parse *p)
{
	char *path = realpath(p->path, NULL), *slash = path ? strrchr(path, '/') : NULL;
	const char *folder = NULL;

	if (slash) {
		slash[slash == path] = 0;
		folder = assay_arena_strdup(p->arena, path);
	}
	free(path);
	if (!folder)
		assay_profile_complain(p, "its folder: %s", strerror(errno));
	return folder;
}

static void finish(struct assay_profile_parse *p)
{
	struct assay_profile *profile = p->profile;
	struct assay_profile_private *own = profile->strings;
	struct assay_error why = { 0 };

	own->here = folder_of(p);
	if (!own->url) {
		assay_profile_complain(p, "[target] url is missing: iscsi://host[:port]/target-iqn/lun");
		return;
	}
	if (!profile->name[0])
		name_by_file(p);
	assay_profile_accounts(p);
	if (!profile->exec.command && (profile->exec.setup_count || profile->exec.stop_count))
		assay_profile_complain(p, "[exec] has setup or stop lines but no command");
	if (!profile->exec.command && profile->fresh_count)
		assay_profile_complain(
			p, "[run] fresh: only a target that [exec] command starts can be a fresh one");
	if (assay_profile_check_places(profile, &why) < 0)
		assay_profile_complain(p, "%s: [exec] command", why.message);
}

int assay_profile_parse(struct assay_profile **out, FILE *file, const char *path, struct assay_error *err)
{
	struct assay_profile_parse p = { assay_profile_new(), .file = file, .path = path, .err = err };
	int bad;

	*out = NULL;
	if (!p.profile)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	p.arena = &((struct assay_profile_private *)p.profile->strings)->arena;
	bad = ini_parse_stream(read_line, &p, handle, &p);
	if (p.too_long)
		assay_profile_complain(&p,
			"the line is longer than %d characters; a list such as setup goes on in further "
			"lines",
			LINE_MAX_LENGTH);
	if (bad && !p.failed) {
		p.line = bad > 0 ? (unsigned)bad : p.line;
		assay_profile_complain(&p, "neither [section] nor name = value");
	}
	if (ferror(p.file))
		assay_profile_complain(&p, "%s", strerror(errno));
	if (!p.failed)
		finish(&p);
	if (p.failed) {
		assay_profile_free(p.profile);
		return ASSAY_E_SYNTAX;
	}
	*out = p.profile;
	return 0;
}

int assay_profile_read(struct assay_profile **out, const char *path, struct assay_error *err)
{
	FILE *file = fopen(path, "re");
	int r;

	*out = NULL;
	if (!file)
		return assay_error_set(err, ASSAY_E_SYNTAX, "profile %.150s: %s", path, strerror(errno));
	r = assay_profile_parse(out, file, path, err);
	fclose(file);
	return r;
}
