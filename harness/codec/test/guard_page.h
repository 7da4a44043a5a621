/*
 * guard_page.h - for tests: bytes that end where a page ends, and the next page cannot be touched. A reader or writer
 * that goes one byte too far dies on the spot, with and without sanitizers.
 */
#ifndef ASSAY_CODEC_TEST_GUARD_PAGE_H
#define ASSAY_CODEC_TEST_GUARD_PAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard_page {
	uint8_t *map; /* the mapping, a number of pages and the forbidden one */
	uint8_t *end; /* the first byte that must not be touched */
	size_t capacity; /* bytes before end */
};

/* Maps at least capacity bytes. Aborts when there is no memory: a test cannot go on. */
static inline struct guard_page guard_page_new(size_t capacity)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guard_page g = { .capacity = (capacity + page - 1) / page * page };

	g.map = mmap(NULL, g.capacity + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect(g.map + g.capacity, page, PROT_NONE))
		abort();
	g.end = g.map + g.capacity;
	return g;
}

/* The last length bytes. */
static inline uint8_t *guard_page_at(const struct guard_page *g, size_t length)
{
	if (length > g->capacity)
		abort();
	return g->end - length;
}

/* The last length bytes, filled with a copy. */
static inline uint8_t *guard_page_copy(const struct guard_page *g, const void *bytes, size_t length)
{
	uint8_t *at = guard_page_at(g, length);

	if (length)
		memcpy(at, bytes, length);
	return at;
}

static inline void guard_page_free(struct guard_page *g)
{
	munmap(g->map, g->capacity + (size_t)sysconf(_SC_PAGESIZE));
	*g = (struct guard_page){ 0 };
}

#endif
