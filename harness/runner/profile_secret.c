/* profile_secret.c - where a profile's secrets come from. They are read into the profile's memory and printed nowhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/profile_internal.h"

const char *assay_beside(struct assay_arena *arena, const char *profile_path, const char *name)
{
	const char *slash = strrchr(profile_path, '/');

	if (name[0] == '/' || !slash)
		return assay_arena_strdup(arena, name);
	return assay_arena_printf(arena, "%.*s/%s", (int)(slash - profile_path), profile_path, name);
}

/* The first line of a file. */
static const char *from_file(
	struct assay_arena *arena, const char *profile_path, const char *file, struct assay_error *err)
{
	char text[ASSAY_CHAP_SECRET_MAX + 3];
	const char *path = assay_beside(arena, profile_path, file);
	FILE *f = path ? fopen(path, "re") : NULL;

	if (!f) {
		assay_error_set(err, ASSAY_E_SYNTAX, "secret-file %.80s: %s", file, strerror(errno));
		return NULL;
	}
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\r\n")] = 0;
	if (text[0] && strlen(text) <= ASSAY_CHAP_SECRET_MAX)
		return assay_arena_strdup(arena, text);
	assay_error_set(err, ASSAY_E_SYNTAX, "secret-file %.80s: its first line is %s", file,
		text[0] ? "longer than 255 bytes" : "empty");
	return NULL;
}

const char *assay_secret_find(struct assay_arena *arena, const char *profile_path, const char *direct,
	const char *file, const char *env, struct assay_error *err)
{
	const char *value;

	if (!!direct + !!file + !!env != 1) {
		assay_error_set(err, ASSAY_E_SYNTAX,
			"needs exactly one of secret, secret-file and secret-env for each user");
		return NULL;
	}
	if (direct)
		return direct;
	if (file)
		return from_file(arena, profile_path, file, err);
	value = getenv(env);
	if (value && value[0])
		return value;
	assay_error_set(err, ASSAY_E_SYNTAX, "secret-env: the environment has no %.60s", env);
	return NULL;
}
