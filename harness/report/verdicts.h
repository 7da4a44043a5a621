/* verdicts.h - inside report/ only: what verdicts mean when those of several runs are held together. */
#ifndef ASSAY_REPORT_VERDICTS_H
#define ASSAY_REPORT_VERDICTS_H

#include "runner/result.h"

/* How bad: 0 PASS, 1 WARN, 2 FAIL and TIMEOUT, 3 CRASH; -1 where nothing was decided: SKIP, ERROR. Of raw verdicts. */
int assay_verdict_badness(enum assay_verdict raw);
/* What the baseline's line expects, when that is more than one verdict and this is one of them: "FAIL|CRASH"; else NULL. */
const char *assay_result_varies(const struct assay_test_result *r);
/* The worst of those ("FAIL|CRASH": CRASH), the same whichever of them came this time. */
enum assay_verdict assay_verdict_worst(const char *verdicts);

#endif
