/* profile_places.c - {port}, {port2} … {port9}, {dir}, {self} and {here} in a profile's texts; and secrets kept out of what is printed. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/profile_internal.h"
#include "runner/secret.h"
#include "runner/words.h"

static const struct {
	const char *name;
	size_t at; /* of its text in struct assay_places */
} texts[] = {
	{ "{dir}", offsetof(struct assay_places, dir) },
	{ "{self}", offsetof(struct assay_places, self) },
	{ "{here}", offsetof(struct assay_places, here) },
};
#define TEXTS (int)(sizeof(texts) / sizeof(texts[0]))

/* Is a place at text? Its length; *which is the number of its port from 0, or -1 - n for row n of texts. 0: no place; ASSAY_E_SYNTAX: none that there is. */
static int place_at(const char *text, int *which)
{
	int length = (int)strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_-") + 2;

	if (text[0] != '{' || length == 2 || text[length - 1] != '}')
		return 0;
	for (int i = 0; i < TEXTS; i++)
		if (!strncmp(text, texts[i].name, (size_t)length)) {
			*which = -1 - i;
			return length;
		}
	*which = 0;
	if (!strncmp(text, "{port}", 6))
		return length;
	*which = text[5] - '1';
	return !strncmp(text, "{port", 5) && length == 7 && *which >= 1 && *which < ASSAY_PORTS_MAX
		       ? length
		       : ASSAY_E_SYNTAX;
}

int assay_places_look(const char *text, unsigned *used, struct assay_error *err)
{
	int found = 0, port;

	for (const char *at = text ? strchr(text, '{') : NULL; at; at = strchr(at + 1, '{')) {
		int r = place_at(at, &port);

		if (r < 0)
			return assay_error_set(err, r,
				"'%.*s': the places are {port}, {port2} to {port9}, {dir}, {self} and {here}",
				(int)strcspn(at, "}") + 1, at);
		found = found || r > 0;
		if (r > 0 && port >= 0 && used)
			*used |= 1u << port;
	}
	return found;
}

int assay_places_check_command(const char *line, struct assay_error *err)
{
	struct assay_arena scratch = { 0 };
	char **words;
	int r = assay_words_split(&words, &scratch, line, err);

	if (r >= 0)
		r = assay_places_look(line, NULL, err);
	assay_arena_free(&scratch);
	return r < 0 ? r : 0;
}

int assay_profile_take_exec(struct assay_profile *p, const char *command, struct assay_error *err)
{
	struct assay_profile_private *own = p->strings;
	int r = assay_places_check_command(command, err);

	if (r < 0)
		return r;
	p->exec.command = assay_arena_strdup(&own->arena, command);
	return p->exec.command ? 0 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
}

int assay_profile_check_places(const struct assay_profile *p, struct assay_error *err)
{
	const struct assay_profile_private *own = p->strings;

	if (p->exec.command || (assay_places_look(own->url, NULL, NULL) <= 0 &&
				       assay_places_look(own->second_portal, NULL, NULL) <= 0 &&
				       assay_places_look(p->exec.version, NULL, NULL) <= 0))
		return 0;
	return assay_error_set(
		err, ASSAY_E_SYNTAX, "{port} has a value only where a command starts the target");
}

/* A value within a line that is split into words later: what the splitting would take for itself is quoted in the way that the place needs. */
static char *put_value(char *to, const char *value, char quote)
{
	for (; *value; value++) {
		if (quote == '\'' && *value == '\'')
			to += sprintf(to, "'\\");
		else if (quote != '\'' && strchr(quote ? "\"\\" : " \t\r\n'\"\\", *value))
			*to++ = '\\';
		*to++ = *value;
		if (quote == '\'' && *value == '\'')
			*to++ = '\'';
	}
	return to;
}

static const char *value_of(const struct assay_places *places, int which, char port[static 6])
{
	if (which < 0)
		return (const char *)places + texts[-1 - which].at;
	snprintf(port, 6, "%u", places->port[which]);
	return port;
}

/* In the arena; NULL: out of memory. */
static char *fill_in(struct assay_arena *arena, const char *text, const struct assay_places *places)
{
	size_t room = strlen(text) + 1;
	char *out, *to, quote = 0, number[6];
	int which;

	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{'))
		if (place_at(at, &which) > 0)
			room += 4 * strlen(value_of(places, which, number)); /* ' becomes '\'' */
	out = to = assay_arena_alloc(arena, room);
	while (out && *text) {
		int length = place_at(text, &which);

		if (length > 0) {
			to = put_value(to, value_of(places, which, number), quote);
			text += length;
			continue;
		}
		if (*text == '\\' && quote != '\'' && text[1])
			*to++ = *text++;
		else if (*text == quote)
			quote = 0;
		else if (!quote && (*text == '\'' || *text == '"'))
			quote = *text;
		*to++ = *text++;
	}
	return out;
}

int assay_places_begin(struct assay_places *out, const struct assay_profile *profile, struct assay_error *err)
{
	const struct assay_profile_private *own = profile->strings;
	ssize_t length;

	memset(out, 0, sizeof(*out));
	length = readlink("/proc/self/exe", out->self, sizeof(out->self) - 1);
	if (length <= 0)
		return assay_error_set(err, ASSAY_E_IO, "/proc/self/exe cannot be read: is /proc mounted?");
	if (snprintf(out->here, sizeof(out->here), "%s", own->here ? own->here : ".") >=
		(int)sizeof(out->here))
		return assay_error_set(err, ASSAY_E_SYNTAX, "the name of the profile's folder is too long");
	return 0;
}

/* Calls each for every text of the profile that may hold places but for URL and portal. */
static int each_command(struct assay_profile *p, int (*each)(void *payload, char **text), void *payload)
{
	int r = p->exec.command ? each(payload, &p->exec.command) : 0;

	for (size_t i = 0; !r && i < p->exec.setup_count; i++)
		r = each(payload, &p->exec.setup[i]);
	for (size_t i = 0; !r && i < p->exec.stop_count; i++)
		r = each(payload, &p->exec.stop[i]);
	if (!r && p->exec.version)
		r = each(payload, &p->exec.version);
	for (size_t i = 0; !r && i < ASSAY_VERB_COUNT; i++)
		if (p->control[i])
			r = each(payload, &p->control[i]);
	return r;
}

static int look(void *payload, char **text)
{
	assay_places_look(*text, payload, NULL);
	return 0;
}

unsigned assay_profile_ports(const struct assay_profile *p)
{
	const struct assay_profile_private *own = p->strings;
	unsigned used = 0;

	assay_places_look(own->url, &used, NULL);
	assay_places_look(own->second_portal, &used, NULL);
	each_command((struct assay_profile *)p, look, &used);
	return used;
}

struct filling {
	struct assay_arena *arena;
	const struct assay_places *places;
};

static int fill(void *payload, char **text)
{
	struct filling *f = payload;
	char *filled = fill_in(f->arena, *text, f->places);

	if (!filled)
		return ASSAY_E_NOMEM;
	*text = filled;
	return 0;
}

int assay_profile_expand(struct assay_profile *p, const struct assay_places *places, struct assay_error *err)
{
	struct assay_profile_private *own = p->strings;
	struct filling f = { &own->arena, places };
	char *url = fill_in(&own->arena, own->url, places);
	char *portal = own->second_portal && strchr(own->second_portal, '{')
			       ? fill_in(&own->arena, own->second_portal, places)
			       : NULL;
	struct assay_url u;
	int r = url ? each_command(p, fill, &f) : ASSAY_E_NOMEM;

	if (!r)
		r = assay_url_parse(&u, &own->arena, url, err);
	if (!r && portal)
		r = assay_profile_take_second_portal(p, portal, err);
	if (r)
		return r == ASSAY_E_NOMEM ? assay_error_set(err, r, "out of memory") : r;
	snprintf(p->url, sizeof(p->url), "%s", url);
	p->setup.host = u.host;
	p->setup.port = u.port;
	return 0;
}

void assay_profile_redact(const struct assay_profile *p, char *text)
{
	struct assay_secrets secrets = { .count = 0 };

	assay_secrets_add(&secrets, p->setup.chap_account.secret);
	assay_secrets_add(&secrets, p->setup.mutual_account.secret);
	assay_secrets_add(&secrets, p->setup.mutual_target_account.secret);
	if (p->exec.command)
		assay_secrets_add_urls(&secrets, p->exec.command);
	assay_secrets_add_environment(&secrets);
	assay_secrets_hide(&secrets, text);
}
