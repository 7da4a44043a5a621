/*
 * coverage_runtime.c - what a target is linked with so that a campaign sees which of its code a case reaches. The target is compiled with
 * clang -fsanitize-coverage=trace-pc-guard, this file without, by any compiler: cc -I harness -c fuzz/coverage_runtime.c. Where the environment names no map, or one that a
 * campaign did not make, it counts in memory of its own and nobody looks. docs/fuzzing.md has the how-to.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/coverage_layout.h"

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

static struct assay_coverage_layout own;
static struct assay_coverage_layout *map = &own;

/* Before main, and before the first edge of a library that comes later. */
static void open_map(void)
{
	const char *path = getenv(ASSAY_COVERAGE_ENV);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat st;
	struct assay_coverage_layout *shared;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof(*shared)) {
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (shared != MAP_FAILED && shared->magic == ASSAY_COVERAGE_MAGIC)
			map = shared;
		else if (shared != MAP_FAILED)
			munmap(shared, sizeof(*shared));
	}
	close(fd);
}

/* Called for each part of the program when it is loaded: its guards get the numbers that follow. */
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	static uint32_t edges;

	if (start == stop || *start)
		return;
	if (!edges)
		open_map();
	for (uint32_t *guard = start; guard < stop; guard++)
		*guard = ++edges;
	map->edges = edges;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	uint8_t *count;

	if (!*guard)
		return;
	count = &map->count[(*guard - 1) % ASSAY_COVERAGE_EDGES];
	*count = (uint8_t)(*count + (*count < UINT8_MAX));
}
