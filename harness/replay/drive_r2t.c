/* drive_r2t.c - what live R2Ts ask for: the same as captured ones, other pieces, for which data is made of the task's, or what went out already. RFC 7143 sections 4.2.5.2, 11.8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/serial.h"
#include "replay/drive.h"

#define R2TS_TOLD                                                                                            \
	20 /* of those that ask for other pieces than in the capture; all are counted by what is made */

uint32_t drive_r2t_of(const struct drive *d, uint32_t item, bool *exact)
{
	const struct assay_script_item *i = &d->s->items[item];
	uint32_t last = ASSAY_SCRIPT_NONE;

	*exact = false;
	for (uint32_t n = d->s->tasks[i->task].first_r2t; n != ASSAY_SCRIPT_NONE && n < item;
		n = d->s->items[n].next) {
		bool same = d->s->items[n].pdu.ttt == i->pdu.ttt;

		if (same || !*exact)
			last = n;
		*exact = *exact || same;
	}
	return last;
}

/* ---- made data ---- */

static int send_made(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *r2t,
	const uint8_t *data, uint32_t length)
{
	const struct assay_params *params = assay_tap_params(d->o->config->tap, d->links[link].i->connection);
	uint32_t most = params && params->target_max_recv ? params->target_max_recv : 512, at = 0, sn = 0;
	struct assay_initiator *i = d->links[link].i;
	int rc = 0;

	for (; at < length && rc == 0; at += most) {
		struct assay_pdu out;

		assay_make(i, &out, ASSAY_DATA_OUT);
		out.itt = assay_tag_turn(d->s->items[d->s->tasks[task].request].pdu.itt, d->turn);
		out.ttt = r2t->ttt;
		out.lun = r2t->lun;
		out.data_sn = sn++;
		out.buffer_offset = r2t->buffer_offset + at;
		out.data = data + at;
		out.data_length = length - at < most ? length - at : most;
		out.final = length - at <= most;
		rc = assay_send(i, &out);
		d->out->made++;
		d->out->sent++;
	}
	if (assay_sn_lt(d->links[link].live_acknowledged, i->exp_stat_sn))
		d->links[link].live_acknowledged = i->exp_stat_sn;
	return rc;
}

/* The capture has no Data-Outs for it. */
static void make_data(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *r2t)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	uint32_t length = r2t->desired_data_transfer_length, have;
	char words[96];
	uint8_t *data;

	data = length && (uint64_t)r2t->buffer_offset + length <= t->data_end ? malloc(length) : NULL;
	have = data ? assay_script_write_data(data, d->s, t, r2t->buffer_offset, length) : 0;
	d->tasks[task].made = true;
	if (have == length && length) {
		int rc = send_made(d, link, task, r2t, data, length);

		if (assay_err_is_ours(rc))
			d->fault = rc;
	} else {
		snprintf(words, sizeof(words), "%u bytes from %u on, of which the capture has %u", length,
			r2t->buffer_offset, have);
		drive_differ(d, t->request, task, "data asked for", "none but what was sent", words);
		d->tasks[task].state = DRIVE_GIVEN_UP;
	}
	free(data);
}

/* Has what is asked for gone out, as far as we know, in a way that a target could take? */
static bool has_gone(const struct drive *d, uint32_t task, uint32_t offset)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	struct assay_pdu sent;

	assay_pdu_decode_bhs(&sent, d->tasks[task].header);
	if (offset < sent.data_segment_length && !d->s->items[t->request].pdu.bad_digests)
		return true;
	for (uint32_t n = t->first_data; n != ASSAY_SCRIPT_NONE && n < d->at; n = d->s->items[n].next) {
		const struct assay_pdu *pdu = &d->s->items[n].pdu;
		bool exact;
		uint32_t r2t;

		if (pdu->opcode != ASSAY_DATA_OUT || pdu->bad_digests || offset < pdu->buffer_offset ||
			offset - pdu->buffer_offset >= pdu->data_length)
			continue;
		if (pdu->ttt == ASSAY_TAG_RESERVED)
			return !d->tasks[task].solicited;
		r2t = drive_r2t_of(d, n, &exact);
		if (exact && d->bound[r2t].bound)
			return true;
	}
	return false;
}

/* An R2T that the capture has not got: how data is asked for is the target's choice, but not twice (section 4.2.5.2). */
static void tell_r2t(struct drive *d, uint32_t task, const struct assay_pdu *r2t)
{
	struct assay_replay_differences differences = { 0 };
	bool again = has_gone(d, task, r2t->buffer_offset);
	char words[64];

	if (!again && (d->tasks[task].made || d->other_r2ts++ >= R2TS_TOLD))
		return;
	snprintf(words, sizeof(words), "%u bytes from %u on", r2t->desired_data_transfer_length,
		r2t->buffer_offset);
	assay_replay_differ(&differences, again, "data asked for", again ? "once" : "in other pieces", words);
	drive_tell(d, d->s->tasks[task].request, task, r2t, &differences);
}

/* Two R2Ts that wait for data at a time have tags of their own (section 11.8.5), as far as they had in the capture. */
static void check_tag(struct drive *d, uint32_t task, uint32_t r2t, const struct assay_pdu *live)
{
	uint32_t tag = d->s->items[r2t].pdu.ttt;
	char captured[48], words[48];

	for (uint32_t n = d->s->tasks[task].first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		if (n == r2t || !d->bound[n].bound || d->bound[n].tag.ttt != live->ttt ||
			d->s->items[n].pdu.ttt == tag || d->bound[n].served)
			continue;
		snprintf(captured, sizeof(captured), "0x%08x and 0x%08x", d->s->items[n].pdu.ttt, tag);
		snprintf(words, sizeof(words), "0x%08x twice", live->ttt);
		drive_differ(d, r2t, task, "Target Transfer Tags at a time", captured, words);
		return;
	}
}

void drive_r2t(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *pdu)
{
	const struct assay_script_task *t = &d->s->tasks[task];

	d->tasks[task].r2ts++;
	if (d->o->verbatim)
		return;
	for (uint32_t n = t->first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		const struct assay_pdu *captured = &d->s->items[n].pdu;

		if (d->bound[n].bound || d->bound[n].passed ||
			captured->buffer_offset != pdu->buffer_offset ||
			captured->desired_data_transfer_length != pdu->desired_data_transfer_length)
			continue;
		d->bound[n] = (struct drive_bound){ .bound = true, .tag = { pdu->ttt, pdu->lun } };
		check_tag(d, task, n, pdu);
		return;
	}
	tell_r2t(d, task, pdu);
	make_data(d, link, task, pdu);
}

/* ---- waiting ---- */

struct r2t_wait {
	uint32_t r2t, task, count;
};

static bool may_go(struct drive *d, const void *what)
{
	const struct r2t_wait *w = what;

	return d->tasks[w->task].state != DRIVE_SENT ||
	       (d->o->verbatim ? d->tasks[w->task].r2ts >= w->count : d->bound[w->r2t].bound);
}

/* Its place among the captured ones, from 1. */
static uint32_t place_of(const struct drive *d, uint32_t task, uint32_t r2t)
{
	uint32_t count = 0;

	for (uint32_t n = d->s->tasks[task].first_r2t; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next) {
		count++;
		if (n == r2t)
			break;
	}
	return count;
}

bool drive_await_r2t(struct drive *d, uint32_t item, uint32_t r2t)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct r2t_wait wait = { r2t, i->task, place_of(d, i->task, r2t) };
	struct drive_task *t = &d->tasks[i->task];
	char words[64];

	if (d->bound[r2t].passed)
		return false;
	if (drive_wait(d, i->connection, i->task, may_go, &wait) && t->state == DRIVE_SENT)
		return true;
	d->bound[r2t].passed = true;
	if (t->state != DRIVE_SENT || t->made || drive_stopped(d))
		return false;
	t->state = DRIVE_GIVEN_UP;
	if (!d->links[i->connection].open) {
		drive_gone(d, i->connection, item);
		return false;
	}
	snprintf(words, sizeof(words), "none within %.1f s", (double)d->patience / 1e9);
	d->out->unanswered++;
	drive_differ(d, r2t, i->task, "R2T", "came", words);
	return false;
}

/* ---- before a request ---- */

struct asked_wait {
	uint32_t r2t, task;
};

static bool has_asked(struct drive *d, const void *what)
{
	const struct asked_wait *w = what;

	return d->tasks[w->task].state != DRIVE_SENT || d->tasks[w->task].made || d->bound[w->r2t].bound ||
	       d->bound[w->r2t].passed || !d->links[d->s->items[w->r2t].connection].open;
}

/* Will it come without more of the task's data? As far as those before it have all that they ask for. */
static bool is_next(const struct drive *d, uint32_t task, uint32_t r2t)
{
	for (uint32_t n = d->s->tasks[task].first_r2t; n != ASSAY_SCRIPT_NONE && n != r2t;
		n = d->s->items[n].next)
		if (!d->bound[n].served)
			return false;
	return true;
}

void drive_await_asked(struct drive *d)
{
	for (uint32_t n = 0; n < d->asked_count && !drive_stopped(d) && !d->o->verbatim; n++) {
		uint32_t r2t = d->asked[n];
		const struct asked_wait wait = { r2t, d->s->items[r2t].task };

		if (!d->asks_late && is_next(d, wait.task, r2t))
			d->asks_late = !drive_wait(
				d, d->s->items[r2t].connection, wait.task, has_asked, &wait);
	}
	d->asked_count = 0;
}
