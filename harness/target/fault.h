/*
 * fault.h - planted faults: bugs as implementations have them, for the fuzz campaign to find, so that it can be shown that it does. Unlike a defect (defect.h) a fault
 * is no steady breach of a rule: it needs an unusual but possible input, and no test of the suites is meant to meet it. None is on unless it was asked for.
 */
#ifndef ASSAY_TARGET_FAULT_H
#define ASSAY_TARGET_FAULT_H

#define X(symbol, name, desc) ASSAY_FAULT_##symbol,
enum assay_fault {
#include "target/fault.def"
	ASSAY_FAULT_COUNT
};
#undef X

struct assay_fault_info {
	const char *name; /* slug: `iscsi-assay target --fault NAME` */
	const char *desc;
};

const struct assay_fault_info *assay_fault_at(enum assay_fault fault);
/* enum assay_fault, or -1 for a name that there is none of. */
int assay_fault_find(const char *name);

#endif
