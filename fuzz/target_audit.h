/* target_audit.h - what the built-in target's machine counts, counted again. It knows the machine's private state, and changes nothing of it. */
#ifndef ASSAY_FUZZ_TARGET_AUDIT_H
#define ASSAY_FUZZ_TARGET_AUDIT_H

#include "target/target.h"

/* Between two calls of the machine: sums and limits. What does not hold ends in assay_fuzz_fail. */
void assay_fuzz_audit(const struct assay_target *t);

/* With all connections closed: nothing of them is left. */
void assay_fuzz_audit_empty(const struct assay_target *t);

#endif
