/* words.c - splits a line into words; must not expand, glob or run anything. */
#include "runner/words.h"

#include <stdbool.h>
#include <string.h>

/* Takes one word from *in to *out (both move on). False: a quote is left open. */
static bool take_word(const char **in, char **out)
{
	const char *at = *in;
	char *to = *out, quote = 0;

	for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
		if (quote && *at == quote)
			quote = 0;
		else if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (*at == '\\' && !quote && at[1])
			*to++ = *++at;
		else if (*at == '\\' && quote == '"' && (at[1] == '"' || at[1] == '\\'))
			*to++ = *++at;
		else
			*to++ = *at;
	}
	*to++ = 0;
	*in = at;
	*out = to;
	return !quote;
}

int assay_words_split(char ***out, struct assay_arena *arena, const char *line, struct assay_error *err)
{
	char **words = assay_arena_alloc(arena, (ASSAY_WORDS_MAX + 1) * sizeof(*words));
	char *to = assay_arena_alloc(arena, 2 * strlen(line) + 2);
	int count = 0;

	if (!words || !to)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	for (;;) {
		line += strspn(line, " \t\r\n");
		if (!*line)
			break;
		if (count == ASSAY_WORDS_MAX)
			return assay_error_set(err, ASSAY_E_SYNTAX, "more than %d words", ASSAY_WORDS_MAX);
		words[count++] = to;
		if (!take_word(&line, &to))
			return assay_error_set(err, ASSAY_E_SYNTAX, "a quote is not closed");
	}
	if (!count)
		return assay_error_set(err, ASSAY_E_SYNTAX, "a command is missing");
	*out = words;
	return count;
}
