/* coverage_map_test.c - the map and the runtime that fills it, which is called here by hand as instrumented code calls it, from another process. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/coverage_layout.h"
#include "campaign/coverage_map.h"
#include "test/unit.h"

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

/* A target with four edges: it goes times through each of the first so many. */
static void run(unsigned edges, unsigned times)
{
	int status = -1;
	pid_t child = fork();

	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (!child) {
		static uint32_t guards[4];

		__sanitizer_cov_trace_pc_guard_init(guards, guards + 4);
		for (unsigned n = 0; n < edges * times; n++)
			__sanitizer_cov_trace_pc_guard(&guards[n % edges]);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

static void what_is_new(void)
{
	struct assay_coverage_map *map;
	struct assay_error err;

	CU_ASSERT_EQUAL_FATAL(assay_coverage_map_new(&map, &err), 0);
	CU_ASSERT_EQUAL(assay_coverage_map_edges(map), 0);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 0);
	run(3, 1);
	CU_ASSERT_EQUAL(assay_coverage_map_edges(map), 4);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 3);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 0);
	run(3, 1);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 0);
	run(4, 1);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 1);
	run(2, 100);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 2);
	run(2, 127);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 0);
	run(1, 100000);
	CU_ASSERT_EQUAL(assay_coverage_map_take(map), 1);
	CU_ASSERT_EQUAL(assay_coverage_map_reached(map), 4);
	assay_coverage_map_free(map);
	CU_ASSERT_PTR_NULL(getenv(ASSAY_COVERAGE_ENV));
}

static void no_map(void)
{
	run(4, 1);
	setenv(ASSAY_COVERAGE_ENV, "/dev/null", 1);
	run(4, 1);
	unsetenv(ASSAY_COVERAGE_ENV);
}

static CU_TestInfo tests[] = {
	{ "what is new", what_is_new },
	{ "no map", no_map },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("coverage map", tests);
}
