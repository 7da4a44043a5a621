/* secret.c - secrets come from files and the environment, never stay in argv, and are never printed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "proto/chap.h"

/* The secret of a URL: from behind its '%' to its last '@'. NULL when there is none; *length is set. */
static char *secret_in(const char *url, size_t *length)
{
	const char *begin = strstr(url, "://"), *at, *percent;

	begin = begin ? begin + 3 : url;
	at = strrchr(begin, '@');
	percent = strchr(begin, '%');
	if (!at || !percent || percent > at)
		return NULL;
	*length = (size_t)(at - percent - 1);
	return (char *)percent + 1;
}

void assay_secret_scrub(char *url)
{
	size_t length;
	char *secret = secret_in(url, &length);

	if (secret)
		memset(secret, '*', length);
}

bool assay_secret_plain(const char *url)
{
	size_t length;
	const char *secret = secret_in(url, &length);

	return !secret || (!memchr(secret, '/', length) && !memchr(secret, '@', length));
}

static int from_file(char out[ASSAY_CHAP_SECRET_MAX + 1], const char *path)
{
	char line[ASSAY_CHAP_SECRET_MAX + 3];
	FILE *file = fopen(path, "re");

	if (!file)
		return assay_complain("%s: cannot read the secret: %s", path, strerror(errno));
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	line[strcspn(line, "\r\n")] = 0;
	if (!line[0] || strlen(line) > ASSAY_CHAP_SECRET_MAX)
		return assay_complain(
			"%s: the first line must be a secret of 1 to %d bytes", path, ASSAY_CHAP_SECRET_MAX);
	strcpy(out, line);
	return 0;
}

int assay_secret_read(char out[ASSAY_CHAP_SECRET_MAX + 1], const char *file, const char *variable)
{
	const char *value = variable ? getenv(variable) : NULL;

	if (file && variable)
		return assay_complain("--secret-file and --secret-env: only one of them");
	if (file)
		return from_file(out, file);
	if (!value || !*value || strlen(value) > ASSAY_CHAP_SECRET_MAX)
		return assay_complain(
			"--secret-env: the environment has no %s with a secret of 1 to %d bytes", variable,
			ASSAY_CHAP_SECRET_MAX);
	strcpy(out, value);
	return 0;
}
