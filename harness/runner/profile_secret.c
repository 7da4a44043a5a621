/* profile_secret.c - where a profile's secrets come from. They are read into the profile's memory and printed nowhere. */
#include <string.h>

#include "runner/profile_internal.h"
#include "runner/secret.h"

const char *assay_beside(struct assay_arena *arena, const char *profile_path, const char *name)
{
	const char *slash = strrchr(profile_path, '/');

	if (name[0] == '/' || !slash)
		return assay_arena_strdup(arena, name);
	return assay_arena_printf(arena, "%.*s/%s", (int)(slash - profile_path), profile_path, name);
}

const char *assay_secret_find(struct assay_arena *arena, const char *profile_path, const char *direct,
	const char *file, const char *env, struct assay_error *err)
{
	char secret[ASSAY_CHAP_SECRET_MAX + 1];
	const char *path = file ? assay_beside(arena, profile_path, file) : NULL;

	if (!!direct + !!file + !!env != 1) {
		assay_error_set(err, ASSAY_E_SYNTAX,
			"needs exactly one of secret, secret-file and secret-env for each user");
		return NULL;
	}
	if (direct)
		return direct;
	if (assay_secret_read(secret, path, env, err))
		return NULL;
	return assay_arena_strdup(arena, secret);
}
