/* suites.h - every suite there is. */
#ifndef ASSAY_SUITES_SUITES_H
#define ASSAY_SUITES_SUITES_H

#include "runner/test.h"

/* Tests of targets, NULL-terminated, in the order in which they are listed and reported. */
extern const struct assay_suite *const assay_target_suites[];

#endif
