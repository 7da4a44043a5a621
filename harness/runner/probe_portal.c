/*
 * probe_portal.c - another portal of the target, from what it announced to SendTargets: only where the user said --follow-portals and named none. It takes the
 * first that lets us log in and is not the one that we came by.
 */
#include "runner/probe_portal.h"

#include <stdio.h>
#include <string.h>

#include "codec/name.h"

#define TRIES 8 /* portals that are tried: each may take its time to say nothing */

/* Does a login there work? And is it there, not here by another name? */
static bool leads_elsewhere(const struct assay_initiator_config *config, const char *here)
{
	struct assay_initiator *i = NULL;
	bool elsewhere = assay_initiator_open(&i, config, NULL) >= 0 && strcmp(i->stream->remote, here) &&
			 assay_login(i) >= 0;

	if (elsewhere)
		assay_logout(i, 0, NULL);
	assay_initiator_free(i);
	return elsewhere;
}

/* The address in a line "name address" when it is of that target. */
static bool address_of(struct assay_address *out, const char *line, size_t length, const char *target)
{
	size_t name = strlen(target);

	return length > name + 1 && !strncmp(line, target, name) && line[name] == ' ' &&
	       assay_address_parse(out, line + name + 1, length - name - 1, NULL) == ASSAY_OK;
}

void assay_probe_portal(struct assay_probe *out, const struct assay_initiator_config *like,
	const char *target, const char *here)
{
	struct assay_initiator_config config = *like;
	int tries = 0;

	config.discovery = false;
	config.target_name = target;
	for (const char *line = out->targets; *line && tries < TRIES; line += strcspn(line, "\n") + 1) {
		struct assay_address address;
		size_t length = strcspn(line, "\n");

		if (!line[length])
			return; /* cut off */
		if (!address_of(&address, line, length, target))
			continue;
		tries++;
		config.isid++;
		config.host = address.host;
		config.port = address.port;
		if (!leads_elsewhere(&config, here))
			continue;
		snprintf(out->second_host, sizeof(out->second_host), "%s", address.host);
		out->second_port = address.port;
		return;
	}
}
