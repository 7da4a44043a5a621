/* secret.c - see secret.h. */
#include "runner/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST_HIDDEN 4 /* a shorter secret is in half of all words, and none to guess */

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

/* Where the secret begins of the next URL of a text, iscsi://user%secret@; NULL: there is none any more. */
static char *next_secret(const char *text)
{
	while ((text = strstr(text, "://"))) {
		text += 3;
		text += strcspn(text, "%/ \t\n");
		if (*text == '%' && strchr(text, '@'))
			return (char *)text + 1;
	}
	return NULL;
}

/* The end of the word of a command (words.h) in which at stands. */
static const char *end_of_word(const char *command, const char *at)
{
	char quote = 0;

	for (; *command && (command < at || quote || !strchr(" \t\n", *command)); command++) {
		if (*command == '\\' && quote != '\'' && command[1])
			command++;
		else if (quote ? *command == quote : *command == '\'' || *command == '"')
			quote = quote ? 0 : *command;
	}
	return command;
}

void assay_secret_scrub_command(char *command)
{
	for (char *secret = next_secret(command), *end; secret; secret = next_secret(end)) {
		size_t length = (size_t)(end_of_word(command, secret) - secret);

		end = memrchr(secret, '@', length);
		end = end ? end : secret + length;
		memset(secret, '*', (size_t)(end - secret));
	}
}

static void add(struct assay_secrets *s, const char *secret, size_t length)
{
	if (length < SHORTEST_HIDDEN || s->count == ASSAY_SECRETS_MAX)
		return;
	s->secret[s->count].at = secret;
	s->secret[s->count++].length = length;
}

void assay_secrets_add(struct assay_secrets *s, const char *secret)
{
	if (secret)
		add(s, secret, strlen(secret));
}

void assay_secrets_add_urls(struct assay_secrets *s, const char *text)
{
	while ((text = next_secret(text)))
		add(s, text, strcspn(text, "@"));
}

void assay_secrets_add_environment(struct assay_secrets *s)
{
	assay_secrets_add(s, getenv("LIBISCSI_CHAP_PASSWORD"));
	assay_secrets_add(s, getenv("LIBISCSI_CHAP_TARGET_PASSWORD"));
}

static void hide(char *text, const char *secret, size_t length)
{
	for (char *at = text; (at = memmem(at, strlen(at), secret, length)); at += length)
		memset(at, '*', length);
	/* what keeps the end of a longer text may begin within the secret */
	for (size_t left = length - 1; left >= SHORTEST_HIDDEN; left--)
		if (!strncmp(text, secret + length - left, left)) {
			memset(text, '*', left);
			return;
		}
}

void assay_secrets_hide(const struct assay_secrets *s, char *text)
{
	for (unsigned n = 0; n < s->count; n++)
		hide(text, s->secret[n].at, s->secret[n].length);
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
