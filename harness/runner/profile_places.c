/* profile_places.c - {port}, {port2} … {port9} and {dir} in a profile's texts; and secrets kept out of what is printed. */
#include <stdio.h>
#include <string.h>

#include "runner/profile_internal.h"
#include "runner/words.h"

#define SHORTEST_HIDDEN 4 /* a shorter secret is in half of all words, and none to guess */

/* Is a place at text? Its length, and *port its number from 0, or -1 for {dir}. 0: no place; ASSAY_E_SYNTAX: none that there is. */
static int place_at(const char *text, int *port)
{
	size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (text[0] != '{' || !length || text[1 + length] != '}')
		return 0;
	*port = -1;
	if (!strncmp(text, "{dir}", 5))
		return 5;
	*port = 0;
	if (!strncmp(text, "{port}", 6))
		return 6;
	if (!strncmp(text, "{port", 5) && text[5] >= '2' && text[5] <= '0' + ASSAY_PORTS_MAX &&
		text[6] == '}') {
		*port = text[5] - '1';
		return 7;
	}
	return ASSAY_E_SYNTAX;
}

int assay_places_look(const char *text, unsigned *used, struct assay_error *err)
{
	int found = 0, port;

	for (const char *at = text ? strchr(text, '{') : NULL; at; at = strchr(at + 1, '{')) {
		int r = place_at(at, &port);

		if (r < 0)
			return assay_error_set(err, r,
				"'%.*s': the places are {port}, {port2} to {port9} and {dir}",
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
				       assay_places_look(own->second_portal, NULL, NULL) <= 0))
		return 0;
	return assay_error_set(
		err, ASSAY_E_SYNTAX, "{port} has a value only where a command starts the target");
}

static char *fill_in(struct assay_arena *arena, const char *text, const struct assay_places *places)
{
	size_t room = strlen(text) + 1;
	char *out, *to;
	int port;

	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{'))
		room += sizeof(places->dir);
	out = to = assay_arena_alloc(arena, room);
	while (out && *text) {
		int length = place_at(text, &port);

		if (length <= 0) {
			*to++ = *text++;
			continue;
		}
		to += port < 0 ? sprintf(to, "%s", places->dir) : sprintf(to, "%u", places->port[port]);
		text += length;
	}
	return out;
}

/* Calls each for every text of the profile that may hold places but for URL and portal. */
static int each_command(struct assay_profile *p, int (*each)(void *payload, char **text), void *payload)
{
	int r = p->exec.command ? each(payload, &p->exec.command) : 0;

	for (size_t i = 0; !r && i < p->exec.setup_count; i++)
		r = each(payload, &p->exec.setup[i]);
	for (size_t i = 0; !r && i < p->exec.stop_count; i++)
		r = each(payload, &p->exec.stop[i]);
	for (size_t i = 0; !r && i < p->control_count; i++)
		r = each(payload, &p->control[i].command);
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

static void redact(char *text, const char *secret)
{
	size_t length = secret ? strlen(secret) : 0;

	if (length < SHORTEST_HIDDEN)
		return;
	for (char *at = strstr(text, secret); at; at = strstr(at + length, secret))
		memset(at, '*', length);
	/* what keeps the end of a longer text may begin within the secret */
	for (size_t left = length - 1; left >= SHORTEST_HIDDEN; left--)
		if (!strncmp(text, secret + length - left, left)) {
			memset(text, '*', left);
			return;
		}
}

void assay_profile_redact(const struct assay_profile *p, char *text)
{
	redact(text, p->setup.chap_account.secret);
	redact(text, p->setup.mutual_account.secret);
	redact(text, p->setup.mutual_target_account.secret);
}
