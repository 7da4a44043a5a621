/* test.h - what the unit tests of this folder share: files in a folder of the test's own. */
#ifndef ASSAY_RUNNER_TEST_TEST_H
#define ASSAY_RUNNER_TEST_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/unit.h"

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

/* The same as unit_run, for tests that write files: in a folder of their own. */
static inline int unit_run_in_folder(const char *name, CU_TestInfo *tests)
{
	int result;

	own_folder_begin();
	result = unit_run(name, tests);
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
