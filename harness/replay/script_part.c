/* script_part.c - what of a stream is no whole PDU, with its place among PDUs and ends: parts of one that never became whole, and a FIN behind which the other side may go on. See script.h. */
#include <string.h>

#include "replay/script_private.h"

void script_forget_parts(struct assay_script *s, struct slot *slot, enum assay_dir dir)
{
	struct parts *parts = &slot->parts[dir];

	if (parts->last != ASSAY_SCRIPT_NONE && parts->last == s->item_count - 1)
		s->item_count--;
	parts->first = parts->last = ASSAY_SCRIPT_NONE;
}

void script_forget_fin(struct assay_script *s, const struct slot *slot)
{
	if (slot->fin != ASSAY_SCRIPT_NONE && slot->fin == s->item_count - 1)
		s->item_count--;
}

/* A side has closed: its end is here where it was the first to do so. */
static void take_fin(struct assay_script *s, struct slot *slot, const struct assay_timeline_stand *stand)
{
	struct assay_script_item *i;

	if (slot->closed)
		return;
	slot->closed = true;
	i = script_add_item(s, ASSAY_SCRIPT_FIN, stand->dir, slot->connection, stand->frame, stand->time);
	if (!i)
		return;
	i->end_known = true;
	slot->fin = s->item_count - 1;
}

void assay_script_stand(struct assay_script *s, const struct assay_timeline_connection *c,
	const struct assay_timeline_stand *stand)
{
	struct slot *slot = &s->private->slot[c->slot];
	struct parts *parts = &slot->parts[stand->dir];
	struct assay_script_item *i;

	if (slot->connection == ASSAY_SCRIPT_NONE)
		return;
	if (stand->end) {
		take_fin(s, slot, stand);
		return;
	}
	if (parts->last == ASSAY_SCRIPT_NONE || parts->last != s->item_count - 1) {
		if (!script_add_item(s, ASSAY_SCRIPT_PART, stand->dir, slot->connection, 0, 0))
			return;
		script_link(s, &parts->first, &parts->last, s->item_count - 1);
	}
	i = &s->items[parts->last];
	i->frame = stand->frame;
	i->time = stand->time;
	i->pdu.wire_length = (uint32_t)stand->held; /* and of those before it */
}

/* Is that PDU of the target's about the one that begins so? */
static bool is_about(const struct assay_pdu *answer, const struct assay_pdu *part)
{
	struct assay_pdu refused;

	if (answer->opcode == ASSAY_R2T || answer->opcode == ASSAY_DATA_IN)
		return false;
	if (answer->opcode == ASSAY_LOGIN_RESPONSE && part->opcode == ASSAY_LOGIN_REQUEST)
		return true; /* whatever its tag */
	if (answer->opcode != ASSAY_REJECT)
		return answer->itt == part->itt && part->itt != ASSAY_TAG_RESERVED;
	if (answer->data_length < ASSAY_BHS_LENGTH)
		return false;
	assay_pdu_decode_bhs(&refused, answer->data);
	return refused.opcode == part->opcode && refused.itt == part->itt;
}

/* What the target made of it makes it a request: the first thing that it said of it and that answers no other one. */
static void find_answer(struct assay_script *s, uint32_t part)
{
	for (uint32_t n = part + 1; n < s->item_count; n++) {
		const struct assay_script_item *i = &s->items[n];

		if (i->kind != ASSAY_SCRIPT_PDU || i->dir != ASSAY_TO_INITIATOR ||
			i->connection != s->items[part].connection ||
			(i->task != ASSAY_SCRIPT_NONE && s->tasks[i->task].answer == n) ||
			!is_about(&i->pdu, &s->items[part].pdu))
			continue;
		s->items[part].task = script_begin_task(s, part);
		if (s->items[part].task != ASSAY_SCRIPT_NONE)
			s->tasks[s->items[part].task].answer = n;
		return;
	}
}

/* The task that it belongs to, or, of the initiator's, that it begins. */
static void find_task(struct assay_script *s, const struct slot *slot, uint32_t part)
{
	struct assay_script_item *i = &s->items[part];

	if (i->dir == ASSAY_TO_INITIATOR
			? i->pdu.itt != ASSAY_TAG_RESERVED && i->pdu.opcode != ASSAY_LOGIN_RESPONSE
			: i->pdu.opcode == ASSAY_DATA_OUT)
		i->task = script_task_of(s, slot->connection, i->pdu.itt);
	else if (i->dir == ASSAY_TO_TARGET)
		find_answer(s, part);
}

bool script_keep_parts(struct assay_script *s, const struct slot *slot, const struct assay_timeline_loss *l)
{
	const struct parts *parts = &slot->parts[l->dir];
	struct assay_pdu *first;
	uint32_t at = 0;
	uint8_t *copy;

	if (parts->first == ASSAY_SCRIPT_NONE || !(copy = script_take(s, l->bytes)))
		return false;
	first = &s->items[parts->first].pdu;
	memcpy(copy, l->rest, l->bytes);
	if (l->bytes >= ASSAY_BHS_LENGTH) {
		uint32_t length = first->wire_length;

		assay_pdu_decode_bhs(first, copy);
		first->digests = (uint8_t)l->digests;
		first->wire_length = length;
	}
	s->items[parts->last].pdu.wire_length = (uint32_t)l->bytes;
	for (uint32_t n = parts->first; n != ASSAY_SCRIPT_NONE; n = s->items[n].next) {
		struct assay_pdu *part = &s->items[n].pdu;

		part->wire = copy + at;
		part->wire_length -= at;
		at += part->wire_length;
	}
	s->parts += l->dir == ASSAY_TO_TARGET;
	if (first->bhs)
		find_task(s, slot, parts->first);
	return true;
}
