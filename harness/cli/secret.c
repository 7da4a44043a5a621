/* secret.c - secrets come from files and the environment, never stay in argv, and are never printed. */
#include <string.h>

#include "cli/cli.h"
#include "runner/secret.h"

void assay_secret_scrub(char *url)
{
	size_t length;
	const char *secret = assay_secret_in_url(url, &length);

	if (secret)
		memset(url + (secret - url), '*', length);
}

int assay_cli_secret(char out[ASSAY_CHAP_SECRET_MAX + 1], const char *file, const char *variable)
{
	struct assay_error err = { 0 };

	if (file && variable)
		return assay_complain("--secret-file and --secret-env: only one of them");
	return assay_secret_read(out, file, variable, &err) ? assay_complain_of(&err) : 0;
}
