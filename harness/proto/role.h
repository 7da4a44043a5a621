/* role.h - the two sides of a connection and the strength of a requirement, as every table of ours names them. */
#ifndef ASSAY_PROTO_ROLE_H
#define ASSAY_PROTO_ROLE_H

enum assay_role { ASSAY_INITIATOR = 1, ASSAY_TARGET = 2, ASSAY_BOTH = 3 };

/* The way a PDU goes. */
enum assay_dir { ASSAY_TO_TARGET = 0, ASSAY_TO_INITIATOR = 1 };

/* RFC 2119 words. MUST NOT and SHOULD NOT are MUST and SHOULD of the opposite. */
enum assay_level { ASSAY_MUST = 1, ASSAY_SHOULD = 2, ASSAY_MAY = 3 };

static inline const char *assay_level_name(enum assay_level level)
{
	return level == ASSAY_MUST ? "MUST" : level == ASSAY_SHOULD ? "SHOULD" : "MAY";
}

/* What it is called that a rule of that level is broken, everywhere: a SHOULD can have its reasons, so it fails nobody who does not ask for that. */
static inline const char *assay_level_finding(enum assay_level level)
{
	return level == ASSAY_MUST ? "finding" : "warning";
}

#endif
