/*
 * witness.h - the rule engine beside every connection of a served target: both sides are judged while somebody's initiator uses it. Findings go out
 * as they come, and a capture of each connection that had one. Memory and disk are bounded by the numbers below, whatever the initiator does.
 */
#ifndef ASSAY_RUNNER_WITNESS_H
#define ASSAY_RUNNER_WITNESS_H

#include <stdio.h>

#include "codec/error.h"
#include "target/server.h"

#define ASSAY_WITNESS_PDU (1u << 20) /* bytes: the rest of a connection with a longer PDU is not judged */
#define ASSAY_WITNESS_HELD                                                                                   \
	(1u << 20) /* bytes of a connection's last PDUs that are held, in case of a finding */
#define ASSAY_WITNESS_CAPTURES 32 /* captures that are written */
#define ASSAY_WITNESS_CAPTURE  (4u << 20) /* bytes of PDUs in one of them */
#define ASSAY_WITNESS_TOLD     100 /* findings of one rule against one side that are told; all are counted */

struct assay_witness;

/*
 * dir: a folder that is there; gets findings.ndjson, a line a finding (or a warning, where the rule is a SHOULD) and a last one with the summary, and connection-N.pcapng. allowed: NULL-terminated ids of rules that
 * the initiator is known to break: they are counted and written, but not told and not held against it; our own side is never excused.
 * strict: a warning counts as a finding does. live: gets a line for each. 0, ASSAY_E_SYNTAX for an id that is no rule, ASSAY_E_IO, ASSAY_E_NOMEM.
 */
int assay_witness_new(struct assay_witness **out, const char *dir, const char *const *allowed, bool strict,
	FILE *live, struct assay_error *err);
/* What a server needs to let it see every connection. It must outlive the server. */
struct assay_server_observer assay_witness_observer(struct assay_witness *w);
/* Ends it and frees it: the summary goes to out. How many findings are not allowed (with strict, warnings too), or ASSAY_E_IO when something could not be written. */
long assay_witness_end(struct assay_witness *w, FILE *out, struct assay_error *err);

#endif
