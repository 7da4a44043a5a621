/* requirement.h - the requirement catalogues (docs/requirements.tsv, docs/scsi-requirements.tsv), built into the program. */
#ifndef ASSAY_CLI_REQUIREMENT_H
#define ASSAY_CLI_REQUIREMENT_H

#include <stddef.h>

/* A row. */
struct assay_requirement {
	const char *id; /* "R7143-4.2.2.1-11" */
	const char *standard; /* "7143" for an RFC, "SAM-5" */
	const char *clause;
	const char *level; /* "MUST", "MUST NOT", "SHOULD" … */
	const char *role; /* who must keep it */
	const char *testable; /* "wire", "config", "no" */
	const char *area;
	const char *summary; /* what must hold */
};

/* All rows, in the catalogues' order. */
extern const struct assay_requirement assay_requirements[];
extern const size_t assay_requirement_count;

/* NULL when there is none of that id. */
const struct assay_requirement *assay_requirement_find(const char *id);

#endif
