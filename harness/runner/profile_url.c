/* profile_url.c - a profile from libiscsi's URL: iscsi://[user[%secret]@]host[:port]/target-iqn/lun. The secret is in no message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/name.h"
#include "runner/dial.h"
#include "runner/profile_internal.h"
#include "runner/secret.h"

#define SCHEME       "iscsi://"
#define FORM         "iscsi://[user[%secret]@]host[:port]/target-iqn/lun"
#define SECRET_ENV   "LIBISCSI_CHAP_PASSWORD" /* as libiscsi's tools have it */
#define DEFAULT_PORT 3260
#define LUN_MAX      16383

static int wrong(struct assay_error *err, const struct assay_url *u, const char *what)
{
	return assay_error_set(
		err, ASSAY_E_SYNTAX, "URL '%.90s': %s; the form is %s", u->printable, what, FORM);
}

/* Decimal, all of the text; false otherwise. */
static bool parse_number(uint32_t *out, const char *text, size_t length, uint32_t maximum)
{
	uint64_t value = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' ||
			(value = value * 10 + (uint64_t)(text[i] - '0')) > maximum)
			return false;
	}
	*out = (uint32_t)value;
	return length > 0;
}

/* user[%secret] before the '@'. */
static int take_user(struct assay_url *out, struct assay_arena *arena, const char *user, size_t length,
	struct assay_error *err)
{
	const char *percent = memchr(user, '%', length);
	size_t name = percent ? (size_t)(percent - user) : length;

	out->user = assay_arena_strndup(arena, user, name);
	out->secret = percent ? assay_arena_strndup(arena, percent + 1, length - name - 1) : NULL;
	if (!out->user || (percent && !out->secret))
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (!name || (percent && !out->secret[0]))
		return wrong(err, out, "the user or the secret is empty");
	return 0;
}

/* "{port}" or "{port2}" and so on, and nothing else; that it is one that there is has been looked at. */
static bool is_port_place(const char *text, size_t length)
{
	return length > 5 && !strncmp(text, "{port", 5) && memchr(text, '}', length) == text + length - 1;
}

/* host[:port]; the port may be a place. */
static int take_portal(struct assay_url *out, struct assay_arena *arena, const char *text, size_t length,
	struct assay_error *err)
{
	const char *end = text + length, *host_end, *port;
	uint32_t number = DEFAULT_PORT;

	if (length && text[0] == '[') {
		host_end = memchr(text, ']', length);
		if (!host_end)
			return wrong(err, out, "the '[' of the address is not closed");
		out->host = assay_arena_strndup(arena, text + 1, (size_t)(host_end - text) - 1);
		host_end++;
	} else {
		host_end = memchr(text, ':', length);
		host_end = host_end ? host_end : end;
		if (memchr(host_end + (host_end < end), ':', (size_t)(end - host_end - (host_end < end))))
			return wrong(err, out, "an IPv6 address stands in [ ]");
		out->host = assay_arena_strndup(arena, text, (size_t)(host_end - text));
	}
	if (!out->host)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (!out->host[0])
		return wrong(err, out, "the host is missing");
	port = host_end + 1;
	if (host_end < end && *host_end != ':')
		return wrong(err, out, "only :port may follow the address");
	if (host_end < end && is_port_place(port, (size_t)(end - port)))
		number = 0;
	else if (host_end < end && (!parse_number(&number, port, (size_t)(end - port), 65535) || !number))
		return wrong(err, out, "the port is a number from 1 to 65535");
	out->port = (uint16_t)number;
	return 0;
}

/* What follows the portal: "", "/", or "/target/lun". */
static int take_path(
	struct assay_url *out, struct assay_arena *arena, const char *path, struct assay_error *err)
{
	struct assay_error why = { 0 };
	const char *slash;

	if (!path[0] || !path[1])
		return 0;
	slash = strchr(path + 1, '/');
	if (!slash)
		return wrong(err, out, "the LUN is missing");
	out->target = assay_arena_strndup(arena, path + 1, (size_t)(slash - path) - 1);
	if (!out->target)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (assay_name_check(out->target, strlen(out->target), &why) < 0)
		return assay_error_set(err, ASSAY_E_SYNTAX, "URL '%.90s': the target's name: %.110s",
			out->printable, why.message);
	if (!parse_number(&out->lun, slash + 1, strlen(slash + 1), LUN_MAX))
		return wrong(err, out, "the LUN is a number from 0 to 16383");
	return 0;
}

int assay_url_parse(
	struct assay_url *out, struct assay_arena *arena, const char *url, struct assay_error *err)
{
	const char *rest = strncmp(url, SCHEME, strlen(SCHEME)) ? NULL : url + strlen(SCHEME);
	size_t portal = rest ? strcspn(rest, "/") : 0;
	const char *at = rest ? memchr(rest, '@', portal) : NULL;
	size_t length;
	const char *secret = assay_secret_in_url(url, &length);
	int r = 0;

	*out = (struct assay_url){ 0 };
	out->printable = secret ? assay_arena_printf(
					  arena, "%.*s%s", (int)(secret - 1 - url), url, secret + length)
				: assay_arena_strdup(arena, url);
	if (!out->printable)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	if (!rest)
		return wrong(err, out, "it does not begin with " SCHEME);
	/* then a part of it would be taken for the host, and be printed */
	if (secret && (memchr(secret, '/', length) || memchr(secret, '@', length)))
		return wrong(
			err, out, "a secret with '/' or '@' in it must come from a file or the environment");
	if (at)
		r = take_user(out, arena, rest, (size_t)(at - rest), err);
	if (!r)
		r = take_portal(
			out, arena, at ? at + 1 : rest, portal - (at ? (size_t)(at + 1 - rest) : 0), err);
	return r ? r : take_path(out, arena, rest + portal, err);
}

struct assay_profile *assay_profile_new(void)
{
	struct assay_profile *p = calloc(1, sizeof(*p));

	if (p)
		p->strings = calloc(1, sizeof(struct assay_profile_private));
	if (!p || !p->strings) {
		free(p);
		return NULL;
	}
	snprintf(p->initiator_name, sizeof(p->initiator_name), "%s", ASSAY_DEFAULT_INITIATOR);
	p->header_digest = p->data_digest = -1;
	p->setup.timing_factor = 1;
	p->answer_timeout_ms = 5000;
	p->exec.ready_timeout_ms = 5000;
	return p;
}

struct assay_profile *assay_profile_copy(const struct assay_profile *p)
{
	const struct assay_profile_private *theirs = p->strings;
	struct assay_profile *copy = assay_profile_new();
	struct assay_profile_private *own = copy ? copy->strings : NULL;

	if (!copy)
		return NULL;
	*own = (struct assay_profile_private){
		.url = theirs->url, .second_portal = theirs->second_portal, .here = theirs->here
	};
	*copy = *p;
	copy->strings = own;
	return copy;
}

void assay_profile_free(struct assay_profile *p)
{
	if (!p)
		return;
	if (p->strings)
		assay_arena_free(&((struct assay_profile_private *)p->strings)->arena);
	free(p->strings);
	free(p);
}

int assay_profile_take_url(struct assay_profile *p, const char *url, struct assay_error *err)
{
	struct assay_profile_private *own = p->strings;
	struct assay_url u;
	int r = assay_places_look(url, NULL, err);

	if (r >= 0)
		r = assay_url_parse(&u, &own->arena, url, err);
	if (r < 0)
		return r;
	own->url = u.printable;
	snprintf(p->url, sizeof(p->url), "%s", u.printable);
	p->setup.host = u.host;
	p->setup.port = u.port;
	p->setup.target_name = u.target;
	p->setup.lun = u.lun;
	if (u.user) {
		p->setup.chap_target = u.target;
		p->setup.chap_account = (struct assay_chap_account){ u.user,
			u.secret ? u.secret : getenv(SECRET_ENV) };
	}
	return 0;
}

int assay_profile_from_url(struct assay_profile **out, const char *url, struct assay_error *err)
{
	struct assay_profile *p = assay_profile_new();
	int r = p ? assay_profile_take_url(p, url, err)
		  : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");

	*out = NULL;
	if (r < 0) {
		assay_profile_free(p);
		return r;
	}
	*out = p;
	return 0;
}

int assay_profile_take_second_portal(struct assay_profile *p, const char *text, struct assay_error *err)
{
	struct assay_profile_private *own = p->strings;
	struct assay_url u = { .printable = text };
	int r = assay_places_look(text, NULL, err);

	if (r >= 0)
		r = take_portal(&u, &own->arena, text, strlen(text), err);
	if (r < 0)
		return r == ASSAY_E_SYNTAX
			       ? assay_error_set(err, r, "'%.100s': host:port, an IPv6 address in [ ]", text)
			       : r;
	own->second_portal = assay_arena_strdup(&own->arena, text);
	p->setup.second_host = u.host;
	p->setup.second_port = u.port;
	return own->second_portal ? 0 : ASSAY_E_NOMEM;
}
