/* drive_take.c - what comes from the live target, and the waits for it, each with its end. What a PDU means stands in RFC 7143 sections 11.4 to 11.19; whether it is right is for the rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/drive.h"

#define AT_ONCE 4096 /* PDUs that are taken in before something is sent again */

/* The one that was sent with a captured tag. */
static uint32_t task_of(const struct drive *d, uint32_t link, bool login, uint32_t itt)
{
	return assay_tags_get(&d->tags, assay_tag_key(d->s->connections[link].session, link, login, itt));
}

static uint32_t live_task_of(const struct drive *d, uint32_t link, bool login, uint32_t itt)
{
	return task_of(d, link, login, assay_tag_turn(itt, d->turn));
}

/* ---- kinds ---- */

/* One that the capture has an answer for waits for that answer. */
static void take_ping(struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	struct drive_link *k = &d->links[link];
	const struct assay_rewrite_tag tag = { pdu->ttt, pdu->lun };

	if (pdu->ttt == ASSAY_TAG_RESERVED)
		return;
	if (k->pings_due && !k->ping) {
		k->ping = true;
		k->ping_tag = tag;
		return;
	}
	d->out->pings++;
	drive_pong(d, link, &tag);
}

static void take_reject(struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	uint32_t task = ASSAY_SCRIPT_NONE;
	struct assay_pdu refused;

	if (pdu->data_length >= ASSAY_BHS_LENGTH) {
		assay_pdu_decode_bhs(&refused, pdu->data);
		task = live_task_of(d, link, refused.opcode == ASSAY_LOGIN_REQUEST, refused.itt);
	}
	if (task == ASSAY_SCRIPT_NONE || d->tasks[task].state != DRIVE_SENT ||
		d->s->items[d->s->tasks[task].request].pdu.opcode != refused.opcode) {
		d->links[link].rejects++;
		return;
	}
	/* The tag was in use: it is the earlier task's again. */
	if (d->tasks[task].before != ASSAY_SCRIPT_NONE)
		(void)assay_tags_set(
			&d->tags, drive_tag(d, d->s->tasks[task].request), d->tasks[task].before);
	drive_answered(d, link, task, pdu);
}

static bool is_final(const struct assay_pdu *pdu)
{
	return !pdu->status_class && pdu->transit && pdu->nsg == ASSAY_STAGE_FULL_FEATURE;
}

static void take_login(struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	struct drive_link *k = &d->links[link];

	if (pdu->data_length)
		assay_replay_chap_note(&k->chap, ASSAY_TARGET, (const char *)pdu->data, pdu->data_length);
	k->responses++;
	k->stage = pdu->transit ? pdu->nsg : pdu->csg;
	if (!is_final(pdu))
		return;
	k->full = true;
	if (!k->i->session->tsih)
		k->i->session->tsih = pdu->tsih;
}

/* To what never was a whole PDU a target may answer with another tag: it may not have read that far. */
static bool is_answer_to_part(const struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	uint32_t part = d->links[link].part_task;

	return part != ASSAY_SCRIPT_NONE && d->tasks[part].state == DRIVE_SENT &&
	       d->s->items[d->s->tasks[part].answer].pdu.opcode == pdu->opcode;
}

static void take_pdu(struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	uint32_t task;

	switch (pdu->opcode) {
	case ASSAY_ASYNC_MESSAGE: drive_event(d, link, pdu); return;
	case ASSAY_REJECT: take_reject(d, link, pdu); return;
	case ASSAY_LOGIN_RESPONSE: take_login(d, link, pdu); break;
	case ASSAY_NOP_IN:
		if (pdu->itt != ASSAY_TAG_RESERVED)
			break;
		take_ping(d, link, pdu);
		return;
	default: break;
	}
	task = live_task_of(d, link, pdu->opcode == ASSAY_LOGIN_RESPONSE, pdu->itt);
	if (task == ASSAY_SCRIPT_NONE && is_answer_to_part(d, link, pdu))
		task = d->links[link].part_task;
	if (task == ASSAY_SCRIPT_NONE || d->tasks[task].state != DRIVE_SENT) {
		d->links[link].strays++;
		d->links[link].unasked += task == ASSAY_SCRIPT_NONE;
		return;
	}
	d->progress = task;
	if (pdu->opcode == ASSAY_R2T)
		drive_r2t(d, link, task, pdu);
	else if (pdu->opcode == ASSAY_DATA_IN)
		drive_data_in(d, task, pdu);
	if (pdu->opcode == ASSAY_DATA_IN && pdu->acknowledge) {
		d->links[link].acks += d->links[link].acks < UINT32_MAX;
		drive_asked(d, task, pdu);
	}
	if (pdu->opcode != ASSAY_R2T && (pdu->opcode != ASSAY_DATA_IN || pdu->status_present))
		drive_answered(d, link, task, pdu);
}

/* One with a wrong digest: it may be just what the capture has, too. Of what it carries only an answer is looked at. */
static void take_broken(struct drive *d, uint32_t link, const struct assay_pdu *pdu)
{
	uint32_t task = pdu->opcode == ASSAY_REJECT || pdu->opcode == ASSAY_ASYNC_MESSAGE
				? ASSAY_SCRIPT_NONE
				: live_task_of(d, link, false, pdu->itt);

	if (task == ASSAY_SCRIPT_NONE || d->tasks[task].state != DRIVE_SENT)
		return;
	d->tasks[task].bad |= pdu->bad_digests;
	d->progress = task;
	if (pdu->opcode != ASSAY_R2T && (pdu->opcode != ASSAY_DATA_IN || pdu->status_present))
		drive_answered(d, link, task, pdu);
}

int drive_take(struct drive *d, uint32_t link, uint64_t timeout)
{
	struct drive_link *k = &d->links[link];
	struct assay_pdu pdu;
	int rc;

	if (!k->open)
		return -1;
	drive_timeout(d, timeout);
	rc = assay_recv_any(k->i, &pdu);
	drive_timeout(d, d->patience);
	if (rc == ASSAY_E_TIMEOUT)
		return 0;
	if (rc == 0 || rc == ASSAY_E_DIGEST) {
		d->out->received++;
		k->received++;
		k->i->send_digests = assay_tap_digests(d->o->config->tap, k->i->connection, ASSAY_TO_TARGET);
		k->i->recv_digests = assay_tap_digests(
			d->o->config->tap, k->i->connection, ASSAY_TO_INITIATOR);
		if (rc == 0)
			take_pdu(d, link, &pdu);
		else
			take_broken(d, link, &pdu);
		return 1;
	}
	if (assay_err_is_ours(rc))
		d->fault = rc;
	k->reset = rc == ASSAY_E_RESET;
	drive_shut(d, link);
	return -1;
}

void drive_take_all(struct drive *d)
{
	unsigned count = 0;

	for (uint32_t n = d->open_count; n-- > 0;)
		while (n < d->open_count && count++ < AT_ONCE && !drive_stopped(d) &&
			drive_take(d, d->open[n], 0) > 0)
			;
}

/* ---- waiting ---- */

bool drive_wait(struct drive *d, uint32_t link, uint32_t task, drive_done_fn *done, const void *what)
{
	uint64_t begin = drive_now(d), last = begin, now = begin;

	while (!done(d, what)) {
		uint64_t left = d->patience - (now - last);
		int rc;

		if (drive_stopped(d))
			return false;
		d->progress = ASSAY_SCRIPT_NONE;
		rc = drive_take(d, link, left < DRIVE_SLICE ? left : DRIVE_SLICE);
		if (rc < 0)
			return done(d, what);
		now = drive_now(d);
		if (rc > 0 && task != ASSAY_SCRIPT_NONE && d->progress == task)
			last = now;
		if (rc == 0)
			drive_take_all(d);
		if (now - last >= d->patience || now - begin >= DRIVE_LONGEST * d->patience)
			return done(d, what);
	}
	return true;
}

static bool is_answered(struct drive *d, const void *task)
{
	return d->tasks[*(const uint32_t *)task].state != DRIVE_SENT;
}

bool drive_await(struct drive *d, uint32_t task)
{
	uint32_t link = d->s->tasks[task].connection, answer = d->s->tasks[task].answer;
	char captured[96] = "nothing", words[64];

	if (d->tasks[task].state != DRIVE_SENT || drive_wait(d, link, task, is_answered, &task))
		return d->tasks[task].state == DRIVE_ANSWERED;
	if (drive_stopped(d))
		return false;
	d->tasks[task].state = DRIVE_GIVEN_UP;
	drive_forget_read(d, task);
	if (answer == ASSAY_SCRIPT_NONE)
		return false;
	if (!d->links[link].open) {
		drive_gone(d, link, answer);
		return false;
	}
	assay_listing_brief(captured, sizeof(captured), &d->s->items[answer].pdu);
	snprintf(words, sizeof(words), "none within %.1f s", (double)d->patience / 1e9);
	d->out->unanswered++;
	drive_differ(d, answer, task, "answer", captured, words);
	/* What the capture says behind a login is nothing without it. */
	if (d->s->items[d->s->tasks[task].request].pdu.opcode == ASSAY_LOGIN_REQUEST) {
		d->links[link].gone_told = true;
		drive_shut(d, link);
	}
	return false;
}

void drive_await_pings(struct drive *d)
{
	for (uint32_t n = 0; n < d->due_count && !drive_stopped(d); n++)
		if (d->s->items[d->s->tasks[d->due[n]].request].pdu.opcode == ASSAY_NOP_OUT)
			(void)drive_await(d, d->due[n]);
}

void drive_await_due(struct drive *d)
{
	for (uint32_t n = 0; n < d->due_count && !drive_stopped(d); n++)
		(void)drive_await(d, d->due[n]);
	d->due_count = 0;
	drive_await_asked(d);
}

struct strays_wait {
	uint32_t link, count;
};

static bool has_strays(struct drive *d, const void *what)
{
	const struct strays_wait *w = what;

	return d->links[w->link].strays >= w->count;
}

static void await_strays(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];
	const struct strays_wait wait = { link, k->captured_strays };
	char captured[48], live[48];

	if (!k->open || k->gap || drive_wait(d, link, ASSAY_SCRIPT_NONE, has_strays, &wait) ||
		drive_stopped(d))
		return;
	snprintf(captured, sizeof(captured), "%u", k->captured_strays);
	snprintf(live, sizeof(live), "%u", k->strays);
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "answers to nothing", captured, live);
	k->captured_strays = k->strays; /* told, and not waited for again */
}

static bool has_rejects(struct drive *d, const void *what)
{
	const struct strays_wait *w = what;

	return d->links[w->link].rejects >= w->count;
}

static void await_rejects(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];
	const struct strays_wait wait = { link, k->rejects_due };
	char captured[48], live[48];

	if (!k->open || k->gap || drive_wait(d, link, ASSAY_SCRIPT_NONE, has_rejects, &wait) ||
		drive_stopped(d))
		return;
	snprintf(captured, sizeof(captured), "%u", k->rejects_due);
	snprintf(live, sizeof(live), "%u", k->rejects);
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "Rejects of what is no request", captured, live);
	k->rejects_due = k->rejects; /* the same */
}

static bool has_acks(struct drive *d, const void *what)
{
	const struct strays_wait *w = what;

	return d->links[w->link].acks >= w->count;
}

void drive_await_acks(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];
	const struct assay_pdu *pdu = &d->s->items[item].pdu;
	const struct strays_wait wait = { link, k->captured_acks };

	if (pdu->opcode != ASSAY_SNACK_REQUEST || pdu->snack_type != ASSAY_REWRITE_DATA_ACK || !k->open ||
		k->gap || drive_wait(d, link, ASSAY_SCRIPT_NONE, has_acks, &wait))
		return;
	k->acks = UINT32_MAX; /* not waited for again */
}

void drive_await_strays(struct drive *d, uint32_t link, uint32_t item)
{
	await_strays(d, link, item);
	await_rejects(d, link, item);
	drive_await_events(d, link, item);
}

/* ---- the capture's side ---- */

void drive_watch(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	int watched = d->links[i->connection].watched;

	if (watched >= 0 && !i->cut)
		assay_watch_pdu(d->watch, watched, (enum assay_dir)i->dir, &i->pdu, i->number);
}

static void heed_captured(struct drive *d, const struct assay_script_item *i)
{
	struct drive_link *k = &d->links[i->connection];
	struct assay_session *captured = d->sessions[d->s->connections[i->connection].session].captured;

	if (captured && !i->pdu.bad_digests)
		assay_numbers_heard(captured, &k->captured_exp_stat_sn, &k->captured_heard, &i->pdu);
	if (i->pdu.opcode == ASSAY_LOGIN_RESPONSE && is_final(&i->pdu))
		k->captured_full = true;
	if (i->pdu.opcode == ASSAY_LOGIN_RESPONSE && i->pdu.data_length)
		assay_replay_chap_note(
			&k->captured_chap, ASSAY_TARGET, (const char *)i->pdu.data, i->pdu.data_length);
}

/* Did what a captured Reject of no request refuses go out as it was captured? Data of a task may not have, or not in the same PDUs. */
static bool went_out(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct assay_pdu refused;
	uint32_t task;

	if (i->cut || i->pdu.data_length < ASSAY_BHS_LENGTH)
		return false;
	assay_pdu_decode_bhs(&refused, i->pdu.data);
	if (refused.opcode == ASSAY_NOP_OUT && refused.itt == ASSAY_TAG_RESERVED)
		return false;
	task = task_of(d, i->connection, refused.opcode == ASSAY_LOGIN_REQUEST, refused.itt);
	return task == ASSAY_SCRIPT_NONE ||
	       ((d->tasks[task].state == DRIVE_SENT || d->tasks[task].state == DRIVE_ANSWERED) &&
		       !d->tasks[task].made && !d->tasks[task].solicited);
}

void drive_captured(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	uint32_t part = k->part_task;
	uint32_t task = part != ASSAY_SCRIPT_NONE && d->s->tasks[part].answer == item ? part : i->task;
	bool answers = task != ASSAY_SCRIPT_NONE && d->s->tasks[task].answer == item;
	uint32_t strays = k->captured_strays;

	heed_captured(d, i);
	drive_watch(d, item);
	if (i->pdu.opcode == ASSAY_NOP_IN && i->pdu.itt == ASSAY_TAG_RESERVED &&
		i->pdu.ttt != ASSAY_TAG_RESERVED) {
		k->pings_due++;
		k->captured_ping_tag = (struct assay_rewrite_tag){ i->pdu.ttt, i->pdu.lun };
	}
	if (i->pdu.opcode == ASSAY_REJECT && !answers) {
		k->captured_rejects++;
		k->rejects_due += went_out(d, item);
	}
	if (task == ASSAY_SCRIPT_NONE && i->pdu.opcode != ASSAY_REJECT &&
		i->pdu.opcode != ASSAY_ASYNC_MESSAGE &&
		(i->pdu.opcode != ASSAY_NOP_IN || i->pdu.itt != ASSAY_TAG_RESERVED))
		k->captured_strays++;
	k->captured_acks += i->pdu.opcode == ASSAY_DATA_IN && i->pdu.acknowledge;
	k->captured_unasked += k->captured_strays > strays;
	if (answers) {
		d->due[d->due_count++] = task;
		drive_text_captured(d, item);
	}
	if (i->pdu.opcode == ASSAY_R2T && task != ASSAY_SCRIPT_NONE && d->asked_count < DRIVE_ASKED)
		d->asked[d->asked_count++] = item;
}
