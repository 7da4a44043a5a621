/* suites.c - the list of the target suites. A new file of tests adds its suite here and in suites/CMakeLists.txt. */
#include "suites/suites.h"

#include "suites/target/target_suites.h"

const struct assay_suite *const assay_target_suites[] = {
	NULL,
};
