/* probe_portal.h - finds the second portal that tests may use, for --follow-portals. */
#ifndef ASSAY_RUNNER_PROBE_PORTAL_H
#define ASSAY_RUNNER_PROBE_PORTAL_H

#include "runner/run.h"

/* Sets out->second_host and second_port from out->targets when one of these portals of target is another than here ("address:port" as a stream says it) and takes
 * a login; connections are made like that one, and its dialer has to allow them. */
void assay_probe_portal(struct assay_probe *out, const struct assay_initiator_config *like,
	const char *target, const char *here);

#endif
