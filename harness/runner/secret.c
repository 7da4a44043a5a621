/* secret.c - see secret.h. */
#include "runner/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *assay_secret_in_url(const char *url, size_t *length)
{
	const char *begin = strstr(url, "://"), *at, *percent;

	begin = begin ? begin + 3 : url;
	at = strrchr(begin, '@');
	percent = strchr(begin, '%');
	if (!at || !percent || percent > at)
		return NULL;
	*length = (size_t)(at - percent - 1);
	return percent + 1;
}

static int take(
	char out[ASSAY_CHAP_SECRET_MAX + 1], const char *value, const char *where, struct assay_error *err)
{
	if (!value || !value[0] || strlen(value) > ASSAY_CHAP_SECRET_MAX)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%.100s has no secret of 1 to %d bytes", where,
			ASSAY_CHAP_SECRET_MAX);
	strcpy(out, value);
	return 0;
}

int assay_secret_read(
	char out[ASSAY_CHAP_SECRET_MAX + 1], const char *path, const char *variable, struct assay_error *err)
{
	char line[ASSAY_CHAP_SECRET_MAX + 3] = "", where[120];
	FILE *file;

	if (variable) {
		snprintf(where, sizeof(where), "the environment variable %.80s", variable);
		return take(out, getenv(variable), where, err);
	}
	file = fopen(path, "re");
	if (!file)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "cannot read the secret in %.150s: %s", path, strerror(errno));
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	line[strcspn(line, "\r\n")] = 0;
	snprintf(where, sizeof(where), "the first line of %.90s", path);
	return take(out, line, where, err);
}
