/* secret.c - secrets come from files and the environment, never stay in argv, and are never printed. */
#include <string.h>

#include "cli/cli.h"
#include "runner/secret.h"

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

int assay_cli_secret(char out[ASSAY_CHAP_SECRET_MAX + 1], const char *file, const char *variable)
{
	struct assay_error err = { 0 };

	if (file && variable)
		return assay_complain("--secret-file and --secret-env: only one of them");
	return assay_secret_read(out, file, variable, &err) ? assay_complain_of(&err) : 0;
}
