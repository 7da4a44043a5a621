/* script_data.c - what a task of a script wrote or read, out of its PDUs. See script.h. RFC 7143 sections 11.7, 11.8. */
#include <string.h>

#include "replay/script.h"

#define PASSES 16 /* over the data of a task, where it was sent in another order than it stands */

/* The part of a piece of data that lies within [offset, offset + length), as *from in its bytes and *at in the range. Returns its length. */
static uint32_t overlap(
	uint32_t *from, uint32_t *at, const struct assay_pdu *pdu, uint32_t offset, uint32_t length)
{
	uint64_t begin = pdu->opcode == ASSAY_SCSI_COMMAND ? 0 : pdu->buffer_offset;
	uint64_t end = begin + pdu->data_length, first = begin > offset ? begin : offset;
	uint64_t last = end < (uint64_t)offset + length ? end : (uint64_t)offset + length;

	if (first >= last)
		return 0;
	*from = (uint32_t)(first - begin);
	*at = (uint32_t)(first - offset);
	return (uint32_t)(last - first);
}

static uint32_t copy_data(
	uint8_t *out, const struct assay_script *s, uint32_t first, uint32_t offset, uint32_t length)
{
	uint32_t whole = 0, before = UINT32_MAX;

	for (unsigned pass = 0; pass < PASSES && whole != before; pass++) {
		before = whole;
		for (uint32_t n = first; n != ASSAY_SCRIPT_NONE; n = s->items[n].next) {
			const struct assay_pdu *pdu = &s->items[n].pdu;
			uint32_t from, at, part = overlap(&from, &at, pdu, offset, length);

			if (part && !pass)
				memcpy(out + at, pdu->data + from, part);
			if (part && at <= whole && at + part > whole)
				whole = at + part;
		}
	}
	return whole;
}

uint32_t assay_script_write_data(uint8_t *out, const struct assay_script *s,
	const struct assay_script_task *task, uint32_t offset, uint32_t length)
{
	return copy_data(out, s, task->first_data, offset, length);
}

uint32_t assay_script_read_data(
	uint8_t *out, const struct assay_script *s, const struct assay_script_task *task, uint32_t length)
{
	return copy_data(out, s, task->first_read, 0, length);
}
