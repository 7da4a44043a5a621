/* suites.c - the list of the target suites, from suites.def: a new file of tests adds its line there and in CMakeLists.txt. */
#include "suites/suites.h"

#include "suites/target/target_suites.h"

const struct assay_suite *const assay_target_suites[] = {
#define X(file) &assay_suite_##file,
#include "suites/target/suites.def"
#undef X
	NULL,
};
