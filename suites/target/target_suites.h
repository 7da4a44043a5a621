/* target_suites.h - one suite a file of this folder, from suites.def. */
#ifndef ASSAY_SUITES_TARGET_SUITES_H
#define ASSAY_SUITES_TARGET_SUITES_H

#include "runner/test.h"

#define X(file) extern const struct assay_suite assay_suite_##file;
#include "suites/target/suites.def"
#undef X

/* The members of a suite that follow from its array of tests. */
#define ASSAY_TESTS(array) .tests = (array), .count = sizeof(array) / sizeof((array)[0])

#endif
