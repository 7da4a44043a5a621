/* tags.h - from the tag of a request, of one session, to the newest request that has it. A table that grows; nothing is taken out. Private to replay/. */
#ifndef ASSAY_REPLAY_TAGS_H
#define ASSAY_REPLAY_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assay_tags {
	struct assay_tag_place *table;
	uint32_t places, taken;
};

/* A login has its tags for itself, a connection each: it may not be known yet which session it will be of. */
static inline uint64_t assay_tag_key(uint32_t session, uint32_t connection, bool login, uint32_t itt)
{
	return (uint64_t)(login ? connection : session) << 33 | (uint64_t)login << 32 | itt;
}

/* UINT32_MAX: there is none. */
uint32_t assay_tags_get(const struct assay_tags *t, uint64_t key);
/* value below UINT32_MAX. False: out of memory. */
bool assay_tags_set(struct assay_tags *t, uint64_t key, uint32_t value);
/* Bytes that the next set takes at most. */
size_t assay_tags_growth(const struct assay_tags *t);
void assay_tags_free(struct assay_tags *t);

#endif
