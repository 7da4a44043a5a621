/*
 * profile.c - the fuzz entry of target profiles and URLs: whoever edits one may make any mistake. Input: an INI file, or where it is one line, a URL. What
 * is refused is refused in one line of words; what is taken can be shown without a secret, and its places filled in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/reader.h"
#include "runner/profile_internal.h"

#define MAX_LEN 4096
#define PATH    "/usr/lib" /* what stands beside the profile is looked for in its folder: one without devices */

/* Long enough not to stand somewhere by accident. */
static void check_hidden(const struct assay_profile *p, const char *text, const char *secret)
{
	char copy[sizeof(p->url)];

	if (!secret || strlen(secret) < 6)
		return;
	snprintf(copy, sizeof(copy), "%.500s %.400s", secret, text);
	assay_profile_redact(p, copy);
	if (strstr(copy, secret))
		assay_fuzz_fail("a secret stands in '%s'", copy);
}

static void check_taken(const struct assay_profile *p)
{
	const struct assay_setup *s = &p->setup;
	struct assay_profile *copy;
	struct assay_error err = { 0 };
	struct assay_places places;
	int r;

	if (!s->host || !s->host[0] || !memchr(p->url, 0, sizeof(p->url)))
		assay_fuzz_fail("a profile of no host: '%s'", p->url);
	check_hidden(p, p->url, s->chap_account.secret);
	check_hidden(p, p->url, s->mutual_account.secret);
	check_hidden(p, p->url, s->mutual_target_account.secret);
	if (assay_profile_check_places(p, &err) < 0)
		assay_fuzz_fail("a profile is taken whose places are not: %s", err.message);
	copy = assay_profile_copy(p);
	if (!copy || assay_places_begin(&places, p, &err) < 0)
		assay_fuzz_fail("no copy, or no places: %s", err.message);
	for (size_t i = 0; i < ASSAY_PORTS_MAX; i++)
		if (assay_profile_ports(p) & 1u << i)
			places.port[i] = (uint16_t)(1024 + i);
	snprintf(places.dir, sizeof(places.dir), "/nowhere");
	err.message[0] = 0;
	r = assay_profile_expand(copy, &places, &err);
	assay_fuzz_check_read(r, r == 0, &err);
	assay_profile_free(copy);
}

/* As the command line does: a URL with places is of use only beside a command that starts the target, and there is none. */
static int take_url(struct assay_profile **out, const char *text, struct assay_error *err)
{
	int r = assay_profile_from_url(out, text, err);

	if (r == 0)
		r = assay_profile_check_places(*out, err);
	if (r < 0) {
		assay_profile_free(*out);
		*out = NULL;
	}
	return r;
}

static void one(const uint8_t *data, size_t size)
{
	char text[MAX_LEN + 1];
	struct assay_profile *profile = NULL;
	struct assay_error err = { 0 };
	FILE *file;
	int r;

	if (!size)
		return;
	if (memchr(data, '\n', size)) {
		file = assay_fuzz_file(text, data, size);
		r = assay_profile_parse(&profile, file, PATH, &err);
		fclose(file);
	} else {
		memcpy(text, data, size);
		text[size] = 0;
		r = take_url(&profile, text, &err);
	}
	assay_fuzz_check_read(r, profile, &err);
	if (r == 0)
		check_taken(profile);
	if (r == 0 && memchr(data, '\n', size) && !profile->name[0])
		assay_fuzz_fail("a profile of no name");
	assay_profile_free(profile);
}

const struct assay_fuzz_entry assay_fuzz_entry_profile = {
	.name = "profile",
	.desc = "a profile or URL is refused in words, or taken and shown without its secrets",
	.one = one,
	.max_len = MAX_LEN,
};
