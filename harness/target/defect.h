/*
 * defect.h - the table of defects: each breaks one rule of the standard in the built-in target, so that a test or a rule that claims to see it can be shown to.
 * A line of defect.def: X(SYMBOL, "name", "requirement ids", "what it does wrong").
 */
#ifndef ASSAY_TARGET_DEFECT_H
#define ASSAY_TARGET_DEFECT_H

#include <stddef.h>

#define X(symbol, name, reqs, desc) ASSAY_DEFECT_##symbol,
enum assay_defect {
#include "target/defect.def"
	ASSAY_DEFECT_COUNT
};
#undef X

#define ASSAY_DEFECT_BYTES ((ASSAY_DEFECT_COUNT + 7) / 8) /* of a set of them, a bit each */

struct assay_defect_info {
	const char *name; /* slug: `iscsi-assay target --defect NAME` */
	const char *reqs; /* requirement ids, space separated */
	const char *desc; /* "never raises StatSN" */
};

const struct assay_defect_info *assay_defect_at(enum assay_defect defect);
/* enum assay_defect, or -1 for a name that there is none of. */
int assay_defect_find(const char *name);
static inline void assay_defect_add(unsigned char set[ASSAY_DEFECT_BYTES], enum assay_defect defect)
{
	set[defect / 8] |= (unsigned char)(1u << defect % 8);
}

#endif
