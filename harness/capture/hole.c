/* hole.c - see hole.h. */
#include "capture/hole.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONED 1
#endif
#endif

#ifdef POISONED
void __asan_poison_memory_region(void const volatile *at, size_t length);
void __asan_unpoison_memory_region(void const volatile *at, size_t length);
#define POISON(from, to)   __asan_poison_memory_region(from, (size_t)((to) - (from)))
#define UNPOISON(from, to) __asan_unpoison_memory_region(from, (size_t)((to) - (from)))
#else
#define POISON(from, to)   ((void)(from), (void)(to))
#define UNPOISON(from, to) ((void)(from), (void)(to))
#endif

void assay_hole_begin(struct assay_hole *hole, uint8_t *from, uint8_t *to)
{
	hole->part[0] = (struct assay_hole_part){ from, to };
	hole->parts = 1;
	POISON(from, to);
}

void assay_hole_end(struct assay_hole *hole)
{
	for (unsigned i = 0; i < hole->parts; i++)
		UNPOISON(hole->part[i].from, hole->part[i].to);
	hole->parts = 0;
}

/* What is read of a part for the sake of some bytes in it: more of it where little would be left, or no room for one part more. */
static struct assay_hole_part widen(
	const struct assay_hole *hole, const struct assay_hole_part *p, const uint8_t *at, size_t length)
{
	size_t size = (size_t)(p->to - p->from);
	size_t from = at > p->from ? (size_t)(at - p->from) : 0;
	size_t to = at + length < p->to ? (size_t)(at + length - p->from) : size;

	if (to - from < ASSAY_HOLE_LEAST)
		to = from + ASSAY_HOLE_LEAST;
	if (to + ASSAY_HOLE_LEAST > size)
		to = size;
	if (from < ASSAY_HOLE_LEAST || (to < size && hole->parts == ASSAY_HOLE_PARTS))
		from = 0;
	return (struct assay_hole_part){ p->from + from, p->from + to };
}

/* Takes read off part i. Returns how many parts are left of it. */
static unsigned take_off(struct assay_hole *hole, unsigned i, const struct assay_hole_part *read)
{
	struct assay_hole_part *p = &hole->part[i], old = *p;
	struct assay_hole_part left[2];
	unsigned n = 0;

	if (old.from < read->from)
		left[n++] = (struct assay_hole_part){ old.from, read->from };
	if (read->to < old.to)
		left[n++] = (struct assay_hole_part){ read->to, old.to };
	memmove(p + n, p + 1, (hole->parts - i - 1) * sizeof(*p));
	memcpy(p, left, n * sizeof(*p));
	hole->parts = hole->parts - 1 + n;
	return n;
}

void assay_hole_want(struct assay_hole *hole, const uint8_t *at, size_t length)
{
	for (unsigned i = 0; i < hole->parts;) {
		struct assay_hole_part read, *p = &hole->part[i];

		if (at >= p->to || at + length <= p->from) {
			i++;
			continue;
		}
		read = widen(hole, p, at, length);
		i += take_off(hole, i, &read);
		UNPOISON(read.from, read.to);
		hole->fill(hole->reader, read.from, (size_t)(read.to - read.from));
	}
}
