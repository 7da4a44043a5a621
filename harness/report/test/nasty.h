/* nasty.h - for tests: a run with every verdict, whose strings hold what a format could stumble over. */
#ifndef ASSAY_REPORT_TEST_NASTY_H
#define ASSAY_REPORT_TEST_NASTY_H

#include "runner/result.h"

/* What a target may put into a string. */
#define HOSTILE                                                                                              \
	"quote \" back \\ tag <a&b> bell \a esc \033[31m bad \xff\xc0\x80 high \xf0\x9f\x98\x80 | ` # "      \
	"</script><img src=x onerror='hit()'> ]]> --> \xe2\x80\xae end"

extern struct assay_test_result assay_nasty_results[ASSAY_VERDICT_COUNT]; /* one a verdict, in their order */
extern struct assay_run assay_nasty_run;
/* Fills in what all results have alike; before anything else. */
void assay_nasty_complete(void);

#endif
