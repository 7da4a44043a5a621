/*
 * drive_order.c - what a capture says by its order and by its silence: that a request is answered by nobody, that an answer waits for data or for commands, that two sessions are two, that a challenge is a fresh one. Only what the
 * standard leaves no choice in is told: the answers of tasks that rest on nothing of each other come in any order. RFC 7143 sections 4.2.2.1, 4.2.3.3, 4.2.3.4, 4.4.3, 7.8, 11.5.1, 12.1.3.
 */
#include <stdio.h>
#include <string.h>

#include "codec/layout.h"
#include "codec/listing.h"
#include "codec/serial.h"
#include "codec/text.h"
#include "replay/drive.h"

#define WINDOW 4096 /* tasks, and items, behind a request or before an answer that are looked at */

static const struct assay_pdu *request_of(const struct drive *d, uint32_t task)
{
	return &d->s->items[d->s->tasks[task].request].pdu;
}

static const struct assay_pdu *answer_of(const struct drive *d, uint32_t task)
{
	uint32_t answer = d->s->tasks[task].answer;

	return answer == ASSAY_SCRIPT_NONE ? NULL : &d->s->items[answer].pdu;
}

/* ---- what ends tasks ---- */

enum function {
	ABORT_TASK = 1,
	ABORT_TASK_SET,
	CLEAR_ACA,
	CLEAR_TASK_SET,
	LOGICAL_UNIT_RESET,
	WARM_RESET,
	COLD_RESET
};

/* Of a task management function: is the task, of any session, among those that it ends? */
static bool is_about(const struct drive *d, uint32_t by, uint32_t task)
{
	const struct assay_pdu *tmf = request_of(d, by), *command = request_of(d, task);
	bool nexus = d->s->tasks[by].session == d->s->tasks[task].session, unit = tmf->lun == command->lun;

	if (tmf->opcode != ASSAY_TASK_MANAGEMENT_REQUEST || command->opcode != ASSAY_SCSI_COMMAND)
		return false;
	switch (tmf->function) {
	case ABORT_TASK: return nexus && tmf->rtt == command->itt;
	case ABORT_TASK_SET: return nexus && unit;
	case CLEAR_TASK_SET:
	case LOGICAL_UNIT_RESET: return unit;
	case WARM_RESET:
	case COLD_RESET: return true;
	default: return false;
	}
}

/* Did it end the task in the capture? */
static bool ends(const struct drive *d, uint32_t by, uint32_t task)
{
	const struct assay_pdu *answer = answer_of(d, by);

	if (!answer || answer->response)
		return false;
	if (answer->opcode == ASSAY_LOGOUT_RESPONSE)
		return d->s->tasks[by].session == d->s->tasks[task].session;
	return answer->opcode == ASSAY_TASK_MANAGEMENT_RESPONSE && is_about(d, by, task);
}

/* ---- silence ---- */

/* The connection is in the capture from where the task began to its end. */
static bool is_whole(const struct drive *d, uint32_t link)
{
	const struct assay_script_connection *c = &d->s->connections[link];

	return !c->gaps && !d->s->full && c->ended != ASSAY_SCRIPT_NONE && d->s->items[c->ended].end_known;
}

bool drive_silent(const struct drive *d, uint32_t task)
{
	uint32_t link = d->s->tasks[task].connection, n;
	bool silent = false;

	if (!is_whole(d, link) || d->tasks[task].dubious || d->tasks[task].made)
		return false;
	for (n = task + 1; n < d->s->task_count && n - task < WINDOW; n++) {
		/* It may have come to its end before it was to be ended. */
		if (ends(d, n, task) && d->tasks[n].state != DRIVE_ANSWERED)
			return false;
		silent = silent || ends(d, n, task) ||
			 (d->s->tasks[n].connection == link && answer_of(d, n) &&
				 answer_of(d, n)->opcode != ASSAY_LOGOUT_RESPONSE);
	}
	return silent;
}

/* ---- order ---- */

static bool is_set(const struct drive *d, uint32_t task)
{
	uint8_t function = request_of(d, task)->function;

	return request_of(d, task)->opcode == ASSAY_TASK_MANAGEMENT_REQUEST &&
	       (function == ABORT_TASK_SET || function >= CLEAR_TASK_SET);
}

static bool is_fast(const struct drive *d, uint32_t link)
{
	const struct assay_params *p = assay_tap_params(d->o->config->tap, d->links[link].i->connection);

	return p && p->task_reporting == 2;
}

/* Data that a live target waits for: unsolicited, or of an R2T of its own that came before item. */
static bool is_awaited(const struct drive *d, uint32_t data, uint32_t before)
{
	const struct assay_script_item *i = &d->s->items[data];

	if (i->pdu.ttt == ASSAY_TAG_RESERVED)
		return !d->tasks[i->task].solicited;
	for (uint32_t n = d->s->tasks[i->task].first_r2t; n != ASSAY_SCRIPT_NONE && n < before;
		n = d->s->items[n].next)
		if (d->bound[n].bound && d->s->items[n].pdu.ttt == i->pdu.ttt)
			return true;
	return false;
}

static bool is_numbered(const struct assay_pdu *pdu)
{
	return !pdu->immediate && pdu->opcode != ASSAY_LOGIN_REQUEST && assay_opcode_name(pdu->opcode) &&
	       assay_layout_find(pdu->opcode, "CmdSN");
}

/* Must the answer of the task wait for that PDU of the initiator's, which came before it in the capture? */
static bool waits_for(const struct drive *d, uint32_t task, uint32_t item)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_session *captured = d->sessions[t->session].captured;
	const struct assay_pdu *request = request_of(d, task);

	if (i->kind != ASSAY_SCRIPT_PDU || i->dir != ASSAY_TO_TARGET || i->cut)
		return false;
	if (i->pdu.opcode == ASSAY_DATA_OUT && i->task != ASSAY_SCRIPT_NONE) {
		if (i->task == task)
			return is_awaited(d, item, item);
		return d->tasks[i->task].state == DRIVE_SENT && is_set(d, task) &&
		       is_about(d, task, i->task) && !is_fast(d, t->connection) &&
		       is_awaited(d, item, t->request);
	}
	if (!assay_leave_allows(d->o->leave, &i->pdu)) /* it will not go out */
		return false;
	return d->s->connections[i->connection].session == t->session && is_numbered(&i->pdu) && captured &&
	       (is_set(d, task) || is_numbered(request)) && assay_sn_lt(i->pdu.cmd_sn, request->cmd_sn) &&
	       assay_sn_ge(i->pdu.cmd_sn, captured->exp_cmd_sn);
}

void drive_compare_order(struct drive *d, struct assay_replay_differences *out, uint32_t task)
{
	uint32_t answer = d->s->tasks[task].answer;
	char captured[64];

	if (d->o->verbatim || d->links[d->s->tasks[task].connection].gap || d->tasks[task].made)
		return;
	for (uint32_t n = d->at; n < answer && n - d->at < WINDOW; n++) {
		if (!waits_for(d, task, n))
			continue;
		snprintf(captured, sizeof(captured), "behind #%llu, %s",
			(unsigned long long)d->s->items[n].number,
			assay_opcode_name(d->s->items[n].pdu.opcode));
		assay_replay_differ(out, true, "order", captured, "before that was sent");
		return;
	}
}

/* ---- sessions ---- */

/* What the first Login Request of a session says; false where the capture has none, or not that key. */
static bool said_first(struct assay_pair *out, const struct drive *d, uint32_t session, const char *key)
{
	uint32_t link = d->s->sessions[session].leading, from = d->s->connections[link].opened;

	for (uint32_t n = from; n < d->s->item_count && n - from < WINDOW; n++) {
		const struct assay_script_item *i = &d->s->items[n];

		if (i->connection == link && i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_TARGET)
			return i->pdu.opcode == ASSAY_LOGIN_REQUEST && !i->cut && i->pdu.data_length &&
			       assay_text_find(out, i->pdu.data, i->pdu.data_length, key);
	}
	return false;
}

static bool say_alike(const struct drive *d, uint32_t session, uint32_t other, const char *key)
{
	struct assay_pair a, b;

	return said_first(&a, d, session, key) && said_first(&b, d, other, key) &&
	       a.value_length == b.value_length && !memcmp(a.value, b.value, a.value_length);
}

/* A TSIH is that of a session with one initiator, at one target. */
static bool shares(const struct drive *d, uint32_t session, uint32_t other, uint16_t tsih)
{
	const struct drive_session *a = &d->sessions[session], *b = &d->sessions[other];

	return other != session && b->live && b->live->tsih == tsih && a->isid != b->isid &&
	       say_alike(d, session, other, "InitiatorName") && say_alike(d, session, other, "TargetName");
}

static void compare_tsih(struct drive *d, struct assay_replay_differences *out, uint32_t link,
	const struct assay_pdu *captured, const struct assay_pdu *live)
{
	uint32_t own = d->s->connections[link].session;
	char words[2][48];

	if (!live->tsih || live->status_class)
		return;
	for (uint32_t n = 0; n < d->open_count; n++) {
		uint32_t other = d->s->connections[d->open[n]].session;

		if (d->s->sessions[other].tsih == captured->tsih || !shares(d, own, other, live->tsih))
			continue;
		snprintf(words[0], sizeof(words[0]), "0x%04x, another session 0x%04x", captured->tsih,
			d->s->sessions[other].tsih);
		snprintf(words[1], sizeof(words[1]), "0x%04x, both sessions", live->tsih);
		assay_replay_differ(out, true, "TSIH", words[0], words[1]);
		return;
	}
}

/* The same as the last one; which becomes the last one. */
static bool comes_again(struct assay_replay_challenge *last, const struct assay_pdu *pdu)
{
	struct assay_replay_chap chap = { 0 };
	bool again;

	if (!pdu->data_length)
		return false;
	assay_replay_chap_note(&chap, ASSAY_TARGET, (const char *)pdu->data, pdu->data_length);
	if (!chap.by_target.known)
		return false;
	again = last->known && last->length == chap.by_target.length &&
		!memcmp(last->bytes, chap.by_target.bytes, last->length);
	*last = chap.by_target;
	return again;
}

void drive_compare_session(struct drive *d, struct assay_replay_differences *out, uint32_t link,
	const struct assay_pdu *captured, const struct assay_pdu *live)
{
	bool was_again, again;

	if (live->opcode != ASSAY_LOGIN_RESPONSE || captured->opcode != ASSAY_LOGIN_RESPONSE)
		return;
	compare_tsih(d, out, link, captured, live);
	was_again = comes_again(&d->captured_challenge, captured);
	again = comes_again(&d->challenge, live);
	if (again && !was_again)
		assay_replay_differ(out, true, "CHAP_C", "another one each time", "the same again");
}
