/* fake_suites.h - tests that end in every way that a test can end, for run_test.c. */
#ifndef ASSAY_RUNNER_TEST_FAKE_SUITES_H
#define ASSAY_RUNNER_TEST_FAKE_SUITES_H

#include "runner/test.h"

/* The process that fake.kills-target ends; 0: none. */
extern volatile int fake_target_pid;

extern const struct assay_suite *const fake_suites[];

#endif
