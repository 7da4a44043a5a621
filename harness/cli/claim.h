/* claim.h - the claims of tests that captures carry (capture/verdict.h), told by check and by replay alike. */
#ifndef ASSAY_CLI_CLAIM_H
#define ASSAY_CLI_CLAIM_H

#include "capture/verdict.h"
#include "report/json.h"

/* For people: "FAIL login.x  R7143-…, reproduced", and a line for each that it says. what: behind the requirements; why: behind that, NULL: nothing. */
void assay_claim_tell(const struct assay_claim *claim, const char *what, const char *why);
/* Its members, into the object that is open. */
void assay_claim_json(struct assay_json *j, const struct assay_claim *claim);

#endif
