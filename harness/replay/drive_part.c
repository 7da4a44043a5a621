/* drive_part.c - what a captured initiator sent that is no whole PDU, and its half-close, at their places; and what the target makes of that, silence among it. */
#include <stdlib.h>
#include <string.h>

#include "replay/drive.h"

#define SILENCE DRIVE_SLICE /* an initiator that closed sooner has not waited for anything */

/* Of all parts together, which lie one behind the other. */
static size_t length_of(const struct drive *d, uint32_t item)
{
	size_t length = 0;

	for (; item != ASSAY_SCRIPT_NONE; item = d->s->items[item].next)
		length += d->s->items[item].pdu.wire_length;
	return length;
}

static void rewrite_header(
	struct drive *d, uint32_t item, uint8_t *bytes, size_t length, struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct assay_pdu fields;

	r->first_login = drive_begin_numbers(d, item);
	if (i->pdu.opcode == ASSAY_TEXT_REQUEST)
		drive_text_tag(&d->links[i->connection], r);
	assay_rewrite_fields(&fields, &i->pdu, r);
	drive_keep_forward(&d->links[i->connection], &fields, &i->pdu);
	assay_rewrite_part(bytes, length, &fields, &i->pdu);
}

/* May these go out? Of which the header is there, as that says; bytes behind it that look like one as they do, as the guard of the connection sees them so. */
static bool has_leave(struct drive *d, const uint8_t *bytes, size_t length)
{
	struct assay_pdu pdu;

	if (length < ASSAY_BHS_LENGTH)
		return true;
	assay_pdu_decode_bhs(&pdu, bytes);
	return drive_has_leave(d, &pdu);
}

/* Nothing that rests on it is compared. */
static void leave_out(struct drive *d, uint32_t item)
{
	struct drive_link *k = &d->links[d->s->items[item].connection];

	k->gap = true;
	free(k->part);
	k->part = NULL;
}

/* The first of it: all that it rests on has come, and all of it is made ready. False: it does not go out. */
static bool begin(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	size_t length = length_of(d, item);
	struct assay_rewrite r;

	drive_take_all(d);
	drive_await_due(d);
	drive_await_strays(d, i->connection, item);
	drive_finish_login(d, i->connection);
	if (i->pdu.bhs && i->pdu.opcode == ASSAY_DATA_OUT && !drive_data_ready(d, item, &r))
		return false;
	if (!k->open || drive_stopped(d))
		return false;
	if (!i->pdu.bhs || i->pdu.opcode != ASSAY_DATA_OUT)
		r = drive_rewrite(d, item);
	k->part = malloc(length);
	if (!k->part) {
		d->fault = ASSAY_E_NOMEM;
		return false;
	}
	memcpy(k->part, i->pdu.wire, length);
	k->part_sent = 0;
	if (i->pdu.bhs && !d->o->verbatim)
		rewrite_header(d, item, k->part, length, &r);
	return has_leave(d, k->part, length);
}

/* It has an answer in the capture: what the live target says of it is that one. */
static void set_task(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];

	if (i->task == ASSAY_SCRIPT_NONE || d->s->tasks[i->task].request != item)
		return;
	k->part_task = i->task;
	d->tasks[i->task].state = DRIVE_SENT;
	memcpy(d->tasks[i->task].header, k->part, ASSAY_BHS_LENGTH);
	drive_set_tag(d, item);
}

void drive_part(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	const uint8_t *bytes;

	if (!i->pdu.wire || k->gap)
		return;
	if (!k->open) {
		if (!k->part) /* else the target ended it upon what came before: that is compared */
			drive_gone(d, i->connection, item);
		d->out->not_played++;
		return;
	}
	if (!k->part) {
		if (!begin(d, item)) {
			leave_out(d, item);
			return;
		}
		set_task(d, item);
	} else {
		drive_take_all(d);
		drive_await_due(d);
		drive_await_strays(d, i->connection, item);
	}
	k->part_time = i->time;
	bytes = k->part + k->part_sent;
	if (k->part_sent && !has_leave(d, bytes, i->pdu.wire_length)) {
		leave_out(d, item);
		return;
	}
	k->part_sent += i->pdu.wire_length;
	if (k->open)
		(void)drive_put_out(d, item, bytes, i->pdu.wire_length);
}

void drive_part_end(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_script_connection *c = &d->s->connections[i->connection];
	struct drive_link *k = &d->links[i->connection];
	uint64_t silent = i->time > k->part_time ? i->time - k->part_time : 0, until, now;

	if (!k->part || !k->open || k->gap || k->fin || !i->end_known || i->dir != ASSAY_TO_TARGET ||
		silent < SILENCE)
		return;
	if (c->last_answer != ASSAY_SCRIPT_NONE && d->s->items[c->last_answer].time >= k->part_time)
		return;
	until = drive_now(d) + (silent < d->patience ? silent : d->patience);
	while (k->open && !drive_stopped(d) && (now = drive_now(d)) < until)
		(void)drive_take(d, i->connection, until - now < DRIVE_SLICE ? until - now : DRIVE_SLICE);
	if (k->open || drive_stopped(d))
		return;
	k->gone_told = true;
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "connection", "the target is silent until it is closed",
		k->reset ? "the target has reset it" : "the target has closed it");
}

void drive_fin(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];

	if (!k->open)
		return;
	drive_await_due(d);
	drive_await_strays(d, i->connection, item);
	drive_part_end(d, item);
	drive_take_all(d);
	if (k->open)
		k->fin = assay_initiator_finish(k->i) == 0;
}
