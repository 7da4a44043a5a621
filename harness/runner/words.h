/* words.h - a line of a profile as the words of a command. Quotes as in a shell, but no shell: nothing is expanded. */
#ifndef ASSAY_RUNNER_WORDS_H
#define ASSAY_RUNNER_WORDS_H

#include "codec/error.h"
#include "runner/arena.h"

#define ASSAY_WORDS_MAX 128

/* Splits at blanks; '…' keeps everything, "…" everything but \" and \\, \x outside of quotes is x. *out is NULL-terminated and
 * lives in the arena. Returns the count (at least 1), ASSAY_E_SYNTAX (no word, an open quote, too many words) or ASSAY_E_NOMEM. */
int assay_words_split(char ***out, struct assay_arena *arena, const char *line, struct assay_error *err);

#endif
