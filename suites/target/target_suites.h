/* target_suites.h - one declaration an area; each is defined in a file of its folder. */
#ifndef ASSAY_SUITES_TARGET_SUITES_H
#define ASSAY_SUITES_TARGET_SUITES_H

#include "runner/test.h"

#endif
