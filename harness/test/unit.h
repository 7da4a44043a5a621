/*
 * unit.h - the main of a unit test: one CUnit suite from a table of tests. Whatever tests have in common beyond that belongs to their own folder.
 * A program with a world to set up first does that around unit_run.
 */
#ifndef ASSAY_TEST_UNIT_H
#define ASSAY_TEST_UNIT_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

/* A row of a table, named as its function is; CU_TEST_INFO_NULL ends the table. */
#define UNIT_TEST(test)                                                                                      \
	{                                                                                                    \
#test, test                                                                                  \
	}

/* Runs the table as a suite of that name. Returns what main returns: 0 when each test of at least one ran and none failed. */
static inline int unit_run(const char *name, CU_TestInfo *tests)
{
	CU_SuiteInfo suites[] = { { .pName = name, .pTests = tests }, CU_SUITE_INFO_NULL };
	unsigned count = 0;
	int failed = 1;

	while (tests[count].pName)
		count++;
	if (CU_initialize_registry() == CUE_SUCCESS && CU_register_suites(suites) == CUE_SUCCESS) {
		CU_basic_set_mode(CU_BRM_VERBOSE);
		failed = CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_failures() != 0 ||
			 CU_get_number_of_tests_run() != count || count == 0;
	}
	CU_cleanup_registry();
	return failed;
}

#endif
