/* arena.c - memory freed at once: big blocks, cut from the front; a piece that is too long has a block of its own. */
#include "runner/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_LENGTH 16384

struct assay_arena_block {
	struct assay_arena_block *next;
	size_t used, capacity;
	alignas(max_align_t) unsigned char bytes[];
};

static struct assay_arena_block *block_new(struct assay_arena *a, size_t length)
{
	size_t capacity = length > BLOCK_LENGTH / 4 ? length : BLOCK_LENGTH;
	struct assay_arena_block *b = calloc(1, sizeof(*b) + capacity);

	if (!b)
		return NULL;
	b->capacity = capacity;
	if (a->blocks && capacity == length) { /* the block in use stays in front */
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *assay_arena_alloc(struct assay_arena *a, size_t length)
{
	struct assay_arena_block *b = a->blocks;
	void *out;

	if (length > SIZE_MAX / 2)
		return NULL;
	length = (length + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (!b || b->capacity - b->used < length)
		b = block_new(a, length);
	if (!b)
		return NULL;
	out = b->bytes + b->used;
	b->used += length;
	return out;
}

char *assay_arena_strndup(struct assay_arena *a, const char *text, size_t length)
{
	char *out = text ? assay_arena_alloc(a, length + 1) : NULL;

	if (out)
		memcpy(out, text, length);
	return out;
}

char *assay_arena_strdup(struct assay_arena *a, const char *text)
{
	return text ? assay_arena_strndup(a, text, strlen(text)) : NULL;
}

char *assay_arena_printf(struct assay_arena *a, const char *format, ...)
{
	va_list args, again;
	char *out = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length >= 0)
		out = assay_arena_alloc(a, (size_t)length + 1);
	if (out)
		vsnprintf(out, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return out;
}

void assay_arena_free(struct assay_arena *a)
{
	while (a->blocks) {
		struct assay_arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}
