/* secret.h - CHAP secrets from a file or the environment. None is shown in a message. */
#ifndef ASSAY_RUNNER_SECRET_H
#define ASSAY_RUNNER_SECRET_H

#include "proto/chap.h"

/* The first line of the file at path, or the value of the environment variable; the other is NULL. 0, or ASSAY_E_SYNTAX with words in err. */
int assay_secret_read(
	char out[ASSAY_CHAP_SECRET_MAX + 1], const char *path, const char *variable, struct assay_error *err);

/* The secret of a URL, from behind its first '%' to its last '@', whatever else is wrong with the URL. NULL when there is none; *length is set. */
const char *assay_secret_in_url(const char *url, size_t *length);

#endif
