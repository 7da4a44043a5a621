/*
 * initiators.h - the rig (rig.h) for initiators: a case runs a command once, which uses the built-in target as an initiator does, over TCP on a port that the system chose; what the
 * target answers is changed on its way (mutate.h's table). Oracles: a signal or a sanitizer's report, no end although its connections were reset and new ones
 * are served well, exit 0 with other output than without changes, and the rule engine. It judges only what the command does, never the target.
 *
 * A case of depth 1 is one or more changes to answers, by their numbers from the command's first connection on; a child has one more. An id means the same for as
 * long as the command, run without changes, is given the same answers.
 */
#ifndef ASSAY_CAMPAIGN_INITIATORS_H
#define ASSAY_CAMPAIGN_INITIATORS_H

#include <stdint.h>

#include "codec/error.h"

struct assay_initiators;
struct assay_rig;
struct assay_secrets;

struct assay_initiators_options {
	const char *
		command; /* words as a profile's exec line has them, no shell; {port}: 127.0.0.1's; {url}: portal, target and LUN; {portal}: iscsi://127.0.0.1:PORT */
	uint64_t deadline; /* nanoseconds for one run; 0: 5 seconds */
	const volatile int *stop; /* ends a run when it is set; may be NULL */
	const struct assay_secrets *secrets; /* kept out of what it printed; may be NULL */
};

/* This process becomes the reaper of all that the command starts, and ends its own children with each run: it must have no others.
 * Runs the command twice without changes, and learns: its answers, its output, rules that it breaks anyway. *out and *rig are set where it returns 0. ASSAY_E_SYNTAX: there is no such command, or
 * it ends in failure, or it does not come to the port; another negative error: a fault of ours. */
int assay_initiators_begin(struct assay_initiators **out, struct assay_rig *rig,
	const struct assay_initiators_options *options, struct assay_error *err);
void assay_initiators_end(struct assay_initiators *i); /* NULL is fine */

#endif
