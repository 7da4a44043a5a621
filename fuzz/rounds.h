/* rounds.h - an input's text cut into what the peer says round by round, at line feeds: what the entries of negotiation and CHAP share. */
#ifndef ASSAY_FUZZ_ROUNDS_H
#define ASSAY_FUZZ_ROUNDS_H

#include <stdbool.h>
#include <string.h>

struct assay_fuzz_round {
	const char *text;
	size_t length;
};

/* Steps: *at starts at 0. false at the end. */
static inline bool assay_fuzz_round_next(
	struct assay_fuzz_round *out, size_t *at, const void *text, size_t size)
{
	const char *start = (const char *)text + *at, *end;

	if (*at >= size)
		return false;
	end = memchr(start, '\n', size - *at);
	out->text = start;
	out->length = end ? (size_t)(end - start) : size - *at;
	*at += out->length + 1;
	return true;
}

#endif
