/* test.h - what the unit tests of this folder share: a registry from a table, and files in a folder of the test's own. */
#ifndef ASSAY_RUNNER_TEST_TEST_H
#define ASSAY_RUNNER_TEST_TEST_H

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* Runs them all; the exit status of main. */
static inline int run_unit_tests(const char *suite_name, const struct unit_test *tests, size_t count)
{
	unsigned failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; suite && i < count; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].run))
			suite = NULL;
	if (!suite)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures() + (CU_get_number_of_tests_run() != count);
	CU_cleanup_registry();
	return failures != 0;
}

/* Goes to a new folder; goes away again and removes it, and what is in it. */
static char own_folder[] = "/tmp/assay-unit-XXXXXX";

static inline void own_folder_begin(void)
{
	if (!mkdtemp(own_folder) || chdir(own_folder))
		abort();
}

static inline void own_folder_end(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", own_folder);
	if (chdir("/") || system(command))
		abort();
}

/* The same as run_unit_tests, for tests that write files: in a folder of their own. */
static inline int run_unit_tests_in_folder(
	const char *suite_name, const struct unit_test *tests, size_t count)
{
	int result;

	own_folder_begin();
	result = run_unit_tests(suite_name, tests, count);
	own_folder_end();
	return result;
}

static inline void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

/* Is the part in the text? Says both when not. */
#define ASSERT_HAS(text, part)                                                                               \
	do {                                                                                                 \
		const char *has_text = (text);                                                               \
		if (!has_text || !strstr(has_text, (part)))                                                  \
			fprintf(stderr, "\n'%s' has no '%s'\n", has_text ? has_text : "(null)", (part));     \
		CU_ASSERT(has_text &&strstr(has_text, (part)));                                              \
	} while (0)

#endif
