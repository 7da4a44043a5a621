/* rules_cases.h - the timelines that break each rule, and those beside them that do not. */
#ifndef ASSAY_PROTO_TEST_RULES_CASES_H
#define ASSAY_PROTO_TEST_RULES_CASES_H

#include "proto/role.h"
#include <stddef.h>

struct rules_case {
	const char *rule;
	enum assay_role offender;
	const char *bad; /* breaks the rule, and no other but also */
	const char *good; /* breaks none but also */
	const char *also; /* a rule that the other side, or this one, must break to get there; NULL: none */
};

extern const struct rules_case rules_cases[];
extern const size_t rules_case_count;

/* A timeline with findings, all of them against one side. */
struct rules_fault {
	enum assay_role whose;
	const char *script;
};

extern const struct rules_fault rules_faults[];
extern const size_t rules_fault_count;

/* A timeline with one fault, after which that side goes on as if it had done it right, and the other as it may: how often the rule is found, and no other one. */
struct rules_slip {
	const char *rule;
	enum assay_role whose;
	unsigned findings;
	const char *script;
};

extern const struct rules_slip rules_slips[];
extern const size_t rules_slip_count;

/* Timelines without a finding. */
extern const char *const rules_unseen[];
extern const size_t rules_unseen_count;

#endif
