/* profile_places.c - {port}, {port2} … {port9} and {dir} in a profile's texts; and secrets kept out of what is printed. */
#include <stdio.h>
#include <string.h>

#include "runner/profile_internal.h"

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

void assay_profile_redact(const struct assay_profile *p, char *text)
{
	const char *const secrets[] = { p->setup.chap_account.secret, p->setup.mutual_account.secret,
		p->setup.mutual_target_account.secret };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		size_t length = secrets[i] ? strlen(secrets[i]) : 0;

		for (char *at = length ? strstr(text, secrets[i]) : NULL; at;
			at = strstr(at + length, secrets[i]))
			memset(at, '*', length);
	}
}
