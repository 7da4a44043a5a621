/* arena.h - memory that is given out piece by piece and freed at once: a test's, a run's, a profile's. */
#ifndef ASSAY_RUNNER_ARENA_H
#define ASSAY_RUNNER_ARENA_H

#include <stddef.h>

struct assay_arena_block;

struct assay_arena {
	struct assay_arena_block *blocks; /* newest first; NULL at first: a zeroed struct is an empty arena */
};

/* length bytes of zeros, aligned for any type; NULL: out of memory. They live until assay_arena_free. */
void *assay_arena_alloc(struct assay_arena *a, size_t length);
/* Copies; NULL for NULL or when out of memory. */
char *assay_arena_strdup(struct assay_arena *a, const char *text);
char *assay_arena_strndup(struct assay_arena *a, const char *text, size_t length);
char *assay_arena_printf(struct assay_arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void assay_arena_free(struct assay_arena *a);

#endif
