/* tags.h - Initiator Task Tags (RFC 7143 section 11.2.1.8): what a captured one becomes live, and from the tag of a request, of one session, to the newest request that has it: a table that grows; nothing is
 * taken out. Private to replay/. */
#ifndef ASSAY_REPLAY_TAGS_H
#define ASSAY_REPLAY_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pdu.h"

struct assay_tags {
	struct assay_tag_place *table;
	uint32_t places, taken;
	uint64_t secret; /* drawn with the first place */
};

/* A login has its tags for itself, a connection each: it may not be known yet which session it will be of. */
static inline uint64_t assay_tag_key(uint32_t session, uint32_t connection, bool login, uint32_t itt)
{
	return (uint64_t)(login ? connection : session) << 33 | (uint64_t)login << 32 | itt;
}

/* By what the tags of a run are turned: never 0, and nothing in the lower half, in which most tags differ: so listings of both sides are read beside each other. */
static inline uint32_t assay_tag_turn_by(uint64_t seed)
{
	return ((uint32_t)(seed >> 32) % 0xffff + 1) << 16;
}

/*
 * The live tag for a captured one, and the captured one for a live one: turned twice, a tag is what it was, so equal ones stay equal and others stay others. by: assay_tag_turn_by; 0: each stays.
 * What is on the edge stays, too, for a peer may take it for special, and a capture have it for that: 0, the reserved 0xffffffff and the one before it.
 */
static inline uint32_t assay_tag_turn(uint32_t itt, uint32_t by)
{
	uint32_t turned = itt ^ by;
	const uint32_t last = ASSAY_TAG_RESERVED - 1;

	return itt && turned && itt < last && turned < last ? turned : itt;
}

/* UINT32_MAX: there is none. */
uint32_t assay_tags_get(const struct assay_tags *t, uint64_t key);
/* value below UINT32_MAX. False: out of memory. */
bool assay_tags_set(struct assay_tags *t, uint64_t key, uint32_t value);
/* Bytes that the next set takes at most. */
size_t assay_tags_growth(const struct assay_tags *t);
void assay_tags_free(struct assay_tags *t);

#endif
