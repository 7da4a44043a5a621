/* token.h - the words of the space-separated lists in records (reqs, aliases, tags, defects). */
#ifndef ASSAY_RUNNER_TOKEN_H
#define ASSAY_RUNNER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies the next word of *list (NULL is empty) to out, cut to fit, and moves *list on. False at the end. */
static inline bool assay_token_next(char *out, size_t capacity, const char **list)
{
	const char *at = *list ? *list + strspn(*list, " ") : "";
	size_t length = strcspn(at, " ");
	size_t kept = length < capacity ? length : capacity - 1;

	memcpy(out, at, kept);
	out[kept] = 0;
	*list = at + length;
	return length > 0;
}

/* Is the word in the list? */
static inline bool assay_token_in(const char *list, const char *word)
{
	char token[128];

	while (assay_token_next(token, sizeof(token), &list))
		if (!strcmp(token, word))
			return true;
	return false;
}

#endif
