/* suite.h - for tests: runs one list of CUnit tests and says how it ended, for main to return. */
#ifndef ASSAY_CODEC_TEST_SUITE_H
#define ASSAY_CODEC_TEST_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

/* tests ends with CU_TEST_INFO_NULL. Returns 0 when every test ran and none failed. */
static inline int run_suite(const char *name, CU_TestInfo *tests)
{
	CU_SuiteInfo suites[] = { { name, NULL, NULL, NULL, NULL, tests }, CU_SUITE_INFO_NULL };
	int failed;

	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	failed = CU_basic_run_tests() != CUE_SUCCESS || CU_get_number_of_failures() != 0 ||
		 CU_get_number_of_tests_run() == 0;
	CU_cleanup_registry();
	return failed;
}

#endif
