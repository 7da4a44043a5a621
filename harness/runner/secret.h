/* secret.h - CHAP secrets from a file or the environment, and how no secret gets into what is shown. None is shown in a message. */
#ifndef ASSAY_RUNNER_SECRET_H
#define ASSAY_RUNNER_SECRET_H

#include "proto/chap.h"

#define ASSAY_SECRETS_MAX 16

/* The first line of the file at path, or the value of the environment variable; the other is NULL. 0, or ASSAY_E_SYNTAX with words in err. */
int assay_secret_read(
	char out[ASSAY_CHAP_SECRET_MAX + 1], const char *path, const char *variable, struct assay_error *err);

/* The secret of a URL, from behind its first '%' to its last '@', whatever else is wrong with the URL. NULL when there is none; *length is set. */
const char *assay_secret_in_url(const char *url, size_t *length);

/* Puts stars over the secrets of the URLs in a command (words.h), rather over too much than too little: in a word that has such a URL, up to its last '@'. */
void assay_secret_scrub_command(char *command);

/* Secrets that are known. They are the caller's, who keeps them. */
struct assay_secrets {
	struct {
		const char *at;
		size_t length;
	} secret[ASSAY_SECRETS_MAX];
	unsigned count;
};

void assay_secrets_add(struct assay_secrets *s, const char *secret); /* NULL: none */
/* Those of the URLs in a text. */
void assay_secrets_add_urls(struct assay_secrets *s, const char *text);
/* Those that libiscsi's programs take from the environment. */
void assay_secrets_add_environment(struct assay_secrets *s);
/* Puts stars over each, wherever it stands in the text. */
void assay_secrets_hide(const struct assay_secrets *s, char *text);

#endif
