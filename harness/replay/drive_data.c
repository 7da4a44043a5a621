/* drive_data.c - the data of tasks: captured Data-Outs, cut where the live target takes less, and what was read. Which R2T they are for says drive_r2t.c. RFC 7143 sections 11.7, 11.8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ahs.h"
#include "codec/serial.h"
#include "replay/drive.h"

/* ---- a live target that takes less ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What was negotiated in the capture, and what is live; false where either is not known. */
static bool negotiated(const struct drive *d, uint32_t link, const struct assay_params **captured,
	const struct assay_params **live)
{
	const struct drive_link *k = &d->links[link];

	*captured = k->watched >= 0 ? assay_watch_params(d->watch, k->watched) : NULL;
	*live = assay_tap_params(d->o->config->tap, k->i->connection);
	return *captured && *live;
}

/* Bytes of immediate data that a target takes. */
static uint32_t most_immediate(const struct assay_params *p)
{
	return p->immediate_data ? least(p->target_max_recv, p->first_burst_length) : 0;
}

/* Of unsolicited Data-Outs. */
static bool takes_less(const struct assay_params *captured, const struct assay_params *live, bool unknown)
{
	return (unknown || !captured->initial_r2t) &&
	       (live->initial_r2t || live->first_burst_length < captured->first_burst_length);
}

void drive_fit(struct drive *d, uint32_t item, struct assay_pdu *fields)
{
	const struct assay_script_item *i = &d->s->items[item];
	bool unknown = d->s->connections[i->connection].mid_stream, cut, late;
	const struct assay_params *captured, *live;

	/* What was too much in the capture, too, stays so. */
	if (i->task == ASSAY_SCRIPT_NONE || !negotiated(d, i->connection, &captured, &live) ||
		(!unknown && fields->data_length > most_immediate(captured)))
		return;
	cut = fields->data_length > most_immediate(live);
	late = !fields->final && (cut || takes_less(captured, live, unknown));
	d->out->fitted += cut || late;
	if (cut)
		fields->data_length = most_immediate(live);
	if (!fields->data_length)
		fields->data = NULL;
	if (late)
		fields->final = 1;
	d->tasks[i->task].solicited = late;
}

/* The most that a captured Data-Out may carry live; UINT32_MAX where it was too long in the capture, too. */
static uint32_t most_data(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_params *captured, *live;

	if (d->o->verbatim || !negotiated(d, i->connection, &captured, &live) || !live->target_max_recv ||
		(!d->s->connections[i->connection].mid_stream &&
			i->pdu.data_length > captured->target_max_recv))
		return UINT32_MAX;
	return live->target_max_recv;
}

/* One captured Data-Out as several. */
static void send_pieces(struct drive *d, uint32_t item, const struct assay_rewrite *r, uint32_t most)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t = &d->tasks[i->task];
	struct assay_initiator *initiator = d->links[i->connection].i;
	struct assay_pdu fields, piece;
	uint32_t at = 0;
	int rc = 0;

	assay_rewrite_fields(&fields, &i->pdu, r);
	fields.data_sn += t->more;
	do {
		piece = fields;
		piece.data = fields.data + at;
		piece.data_length = least(fields.data_length - at, most);
		piece.buffer_offset += at;
		at += piece.data_length;
		piece.final = fields.final && at == fields.data_length;
		rc = assay_send(initiator, &piece);
		d->out->sent++;
		fields.data_sn++;
		t->more += at < fields.data_length;
	} while (rc == 0 && at < fields.data_length);
	d->out->fitted++;
	if (assay_err_is_ours(rc))
		d->fault = rc;
}

/* ---- captured Data-Outs ---- */

/* Its task has its answer: in the capture, too? */
static bool is_late(const struct drive *d, uint32_t item)
{
	uint32_t answer = d->s->tasks[d->s->items[item].task].answer;

	return answer != ASSAY_SCRIPT_NONE && answer < item;
}

static void count_unsent(struct drive *d, enum drive_state state)
{
	if (state == DRIVE_LEFT_OUT)
		d->out->write_data++;
	else if (state != DRIVE_ANSWERED)
		d->out->not_played++;
}

bool drive_data_ready(struct drive *d, uint32_t item, struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t;
	bool exact = false, goes;
	uint32_t r2t;

	drive_take_all(d);
	drive_await_pings(d);
	*r = drive_rewrite(d, item);
	if (i->task == ASSAY_SCRIPT_NONE)
		return true;
	t = &d->tasks[i->task];
	r2t = i->pdu.ttt == ASSAY_TAG_RESERVED ? ASSAY_SCRIPT_NONE : drive_r2t_of(d, item, &exact);
	goes = t->state == DRIVE_SENT && (r2t == ASSAY_SCRIPT_NONE || drive_await_r2t(d, item, r2t));
	if (t->solicited && i->pdu.ttt == ASSAY_TAG_RESERVED)
		return false;
	if (!goes && (!is_late(d, item) || t->state != DRIVE_ANSWERED)) {
		count_unsent(d, (enum drive_state)t->state);
		return false;
	}
	*r = drive_rewrite(d, item);
	if (r2t != ASSAY_SCRIPT_NONE && exact && d->bound[r2t].bound) {
		r->tagged = true;
		r->captured_tag = (struct assay_rewrite_tag){ d->s->items[r2t].pdu.ttt,
			d->s->items[r2t].pdu.lun };
		r->live_tag = d->bound[r2t].tag;
		d->bound[r2t].served = d->bound[r2t].served || i->pdu.final;
	}
	return true;
}

void drive_data_out(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_task *t = i->task == ASSAY_SCRIPT_NONE ? NULL : &d->tasks[i->task];
	struct assay_rewrite r;

	if (!drive_data_ready(d, item, &r))
		return;
	if (t && !i->pdu.data_sn)
		t->more = 0;
	if (t && (t->more || i->pdu.data_length > most_data(d, item)))
		send_pieces(d, item, &r, most_data(d, item));
	else
		(void)drive_send_rewritten(d, item, &r);
}

/* ---- read data ---- */

/* Bytes that a command reads at most. */
static uint32_t expected(const struct assay_pdu *command)
{
	uint32_t bidirectional = 0;

	if (!command->read)
		return 0;
	if (!command->write)
		return command->expected_data_transfer_length;
	(void)assay_ahs_bidi_read_length(&bidirectional, command->ahs, command->ahs_length);
	return bidirectional;
}

static bool make_room(struct drive *d, struct drive_task *t, const struct assay_pdu *command)
{
	uint32_t room = expected(command);

	if (t->read)
		return true;
	if (!room || room > DRIVE_READ || d->read_bytes + room > DRIVE_READ_ALL)
		return false;
	t->read = calloc(1, room);
	if (!t->read)
		return false;
	t->read_room = room;
	d->read_bytes += room;
	return true;
}

void drive_data_in(struct drive *d, uint32_t task, const struct assay_pdu *pdu)
{
	struct drive_task *t = &d->tasks[task];
	uint64_t end = (uint64_t)pdu->buffer_offset + pdu->data_length;

	if (!pdu->data_length || d->o->data == ASSAY_REPLAY_DATA_NONE)
		return;
	if (!make_room(d, t, &d->s->items[d->s->tasks[task].request].pdu) || end > t->read_room) {
		t->read_lost = true;
		return;
	}
	memcpy(t->read + pdu->buffer_offset, pdu->data, pdu->data_length);
	t->read_end = end > t->read_end ? (uint32_t)end : t->read_end;
}

void drive_forget_read(struct drive *d, uint32_t task)
{
	struct drive_task *t = &d->tasks[task];

	if (t->read)
		d->read_bytes -= t->read_room;
	free(t->read);
	t->read = NULL;
	t->read_room = t->read_end = 0;
}

static bool is_cut(const struct drive *d, uint32_t task)
{
	for (uint32_t n = d->s->tasks[task].first_read; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next)
		if (d->s->items[n].cut || d->s->items[n].pdu.bad_digests)
			return true;
	return false;
}

void drive_compare_read(
	struct drive *d, struct assay_replay_differences *out, uint32_t task, const struct assay_pdu *request)
{
	struct drive_task *t = &d->tasks[task];
	uint32_t room = expected(&d->s->items[d->s->tasks[task].request].pdu);
	uint8_t *captured;
	bool other = false;
	struct assay_replay_read read = {
		.command = request, .live = t->read, .live_length = t->read_end, .other = &other
	};

	if (!room || d->o->data == ASSAY_REPLAY_DATA_NONE)
		return;
	captured = t->read_lost || room > DRIVE_READ || is_cut(d, task) ? NULL : malloc(room);
	if (!captured) {
		d->out->uncompared++;
		return;
	}
	read.captured = captured;
	read.captured_length = assay_script_read_data(captured, d->s, &d->s->tasks[task], room);
	(void)assay_replay_compare_read(out, &read, d->o->data, d->blocks);
	d->out->other_data += other;
	free(captured);
}
