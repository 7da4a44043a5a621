/* temporary.h - the main of a unit test whose tests write a file and read it. */
#ifndef ASSAY_CAPTURE_TEMPORARY_H
#define ASSAY_CAPTURE_TEMPORARY_H

#include <stdlib.h>
#include <unistd.h>

#include "test/unit.h"

/* As unit_run, with an empty file while the tests run. path: "/tmp/…XXXXXX", which becomes its name. */
static inline int run_with_file(const char *name, CU_TestInfo *tests, char *path)
{
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = unit_run(name, tests);
	unlink(path);
	return failed;
}

#endif
