/* coverage_map.c - the shared file, and what of it is new; see coverage_map.h. */
#include "campaign/coverage_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "campaign/coverage_layout.h"

struct assay_coverage_map {
	char path[256];
	struct assay_coverage_layout *shared;
	uint8_t seen[ASSAY_COVERAGE_EDGES]; /* a bit a power of two that the count has reached */
	unsigned reached;
};

/* Memory where there is a place for it, else whatever is for temporary files. */
static int make_file(struct assay_coverage_map *map)
{
	const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");

	snprintf(map->path, sizeof(map->path), "%s/iscsi-assay-coverage-XXXXXX", dir ? dir : "/tmp");
	return mkostemp(map->path, O_CLOEXEC);
}

int assay_coverage_map_new(struct assay_coverage_map **out, struct assay_error *err)
{
	struct assay_coverage_map *map = calloc(1, sizeof(*map));
	size_t size = sizeof(*map->shared);
	int fd;

	if (!map)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	fd = make_file(map);
	map->shared = fd < 0 || ftruncate(fd, (off_t)size)
			      ? MAP_FAILED
			      : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map->shared == MAP_FAILED || setenv(ASSAY_COVERAGE_ENV, map->path, 1)) {
		assay_error_set(err, ASSAY_E_IO, "%.150s: %s", map->path, strerror(errno));
		map->shared = map->shared == MAP_FAILED ? NULL : map->shared;
		assay_coverage_map_free(map);
		map = NULL;
	} else {
		map->shared->magic = ASSAY_COVERAGE_MAGIC;
	}
	if (fd >= 0)
		close(fd);
	*out = map;
	return map ? 0 : ASSAY_E_IO;
}

void assay_coverage_map_free(struct assay_coverage_map *map)
{
	if (!map)
		return;
	if (map->shared)
		munmap(map->shared, sizeof(*map->shared));
	unlink(map->path);
	unsetenv(ASSAY_COVERAGE_ENV);
	free(map);
}

static unsigned used(const struct assay_coverage_map *map)
{
	uint32_t edges = *(volatile uint32_t *)&map->shared->edges; /* another process writes it */

	return edges < ASSAY_COVERAGE_EDGES ? edges : ASSAY_COVERAGE_EDGES;
}

/* The highest power of two that is not above the count, as a bit. */
static uint8_t bucket(uint8_t count)
{
	uint8_t bit = 1;

	while (count >>= 1)
		bit = (uint8_t)(bit << 1);
	return bit;
}

unsigned assay_coverage_map_take(void *payload)
{
	struct assay_coverage_map *map = payload;
	uint8_t *count = map->shared->count;
	unsigned edges = used(map), fresh = 0;

	for (unsigned n = 0; n < edges; n++) {
		uint8_t bit;

		if (!count[n])
			continue;
		bit = bucket(count[n]);
		count[n] = 0;
		map->reached += !map->seen[n];
		fresh += !(map->seen[n] & bit);
		map->seen[n] |= bit;
	}
	return fresh;
}

unsigned assay_coverage_map_edges(const struct assay_coverage_map *map)
{
	return *(volatile uint32_t *)&map->shared->edges;
}

unsigned assay_coverage_map_reached(const struct assay_coverage_map *map)
{
	return map->reached;
}
