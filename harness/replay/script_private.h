/* script_private.h - what script.c (PDUs, ends, what belongs together) and script_part.c (what is no whole PDU) share. */
#ifndef ASSAY_REPLAY_SCRIPT_PRIVATE_H
#define ASSAY_REPLAY_SCRIPT_PRIVATE_H

#include "replay/script.h"
#include "replay/tags.h"

/* Of a connection of the timeline. */
struct slot {
	uint32_t connection; /* ASSAY_SCRIPT_NONE */
	struct parts {
		uint32_t first, last; /* items: of a PDU that is not whole yet; ASSAY_SCRIPT_NONE */
	} parts[2]; /* by enum assay_dir */
	bool closed; /* a side has */
	uint32_t fin; /* item of the first of their FINs; ASSAY_SCRIPT_NONE */
};

struct assay_script_private {
	size_t limit, used; /* bytes */
	struct chunk *chunks; /* the one in use first */
	uint32_t item_capacity, connection_capacity, task_capacity, session_capacity;
	struct assay_tags tags;
	uint64_t number; /* of the last PDU */
	struct slot slot[ASSAY_FLOWS_MAX];
};

/* ---- script.c ---- */

/* NULL: the limit is reached. */
uint8_t *script_take(struct assay_script *s, size_t length);
struct assay_script_item *script_add_item(struct assay_script *s, enum assay_script_kind kind,
	enum assay_dir dir, uint32_t connection, uint64_t frame, uint64_t time);
void script_link(struct assay_script *s, uint32_t *first, uint32_t *last, uint32_t item);
/* The task of a request; ASSAY_SCRIPT_NONE: the limit is reached. */
uint32_t script_begin_task(struct assay_script *s, uint32_t item);

/* The newest request of its session with that tag, no login; ASSAY_SCRIPT_NONE: there is none. */
uint32_t script_task_of(const struct assay_script *s, uint32_t connection, uint32_t itt);

/* ---- script_part.c ---- */

/* It became whole: where nothing came between, no item is left of it. */
void script_forget_parts(struct assay_script *s, struct slot *slot, enum assay_dir dir);
/* The connection ends: where nothing came between that and the first FIN, no item is left of it. */
void script_forget_fin(struct assay_script *s, const struct slot *slot);
/* It never became whole. False: its bytes cannot be kept. */
bool script_keep_parts(struct assay_script *s, const struct slot *slot, const struct assay_timeline_loss *l);

#endif
