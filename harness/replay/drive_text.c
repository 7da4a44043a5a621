/* drive_text.c - texts of logins and text requests: written anew for the live target, and in step with it where it cuts its own into other parts than the captured one did. RFC 7143 sections 6.2, 11.10. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/serial.h"
#include "replay/drive.h"

#define TEXT_KEYS 64 /* of one PDU that are rewritten at most; text with more '=' stays as it is */
#define PARTS     1000 /* of one live text that are asked for beyond the captured ones */

/* That of the target's name; of a target that has none, any: the secret tells whether it is its, and names stay as they were. */
static void choose_account(struct drive *d, struct drive_link *k, const char *text, size_t length)
{
	const struct assay_replay_names *n = &d->o->names;
	char name[ASSAY_NAME_MAX + 1];
	struct assay_pair pair;

	if (!assay_text_find(&pair, text, length, "TargetName"))
		return;
	assay_value_copy(name, sizeof(name), &pair);
	if (n->target_name && n->captured_target && !strcmp(name, n->captured_target))
		snprintf(name, sizeof(name), "%s", n->target_name);
	k->account = NULL;
	for (unsigned i = d->o->account_count; i-- > 0;)
		if (!d->o->accounts[i].target || !strcmp(d->o->accounts[i].target, name))
			k->account = &d->o->accounts[i];
	k->account_named = k->account != NULL;
	if (!k->account && d->o->account_count)
		k->account = &d->o->accounts[0];
}

static size_t room_for(const char *text, size_t length)
{
	size_t keys = 0;

	for (size_t n = 0; n < length; n++)
		keys += text[n] == '=';
	return keys <= TEXT_KEYS ? length + keys * ASSAY_REPLAY_TEXT_MORE : 0;
}

void drive_rewrite_text(struct drive *d, struct assay_pdu *fields, uint32_t link, char **storage)
{
	struct drive_link *k = &d->links[link];
	struct assay_replay_names names = d->o->names;
	const char *text = (const char *)fields->data;
	size_t length = fields->data_length, room = room_for(text, length);
	enum assay_replay_proof proof = ASSAY_REPLAY_PROOF_NONE;
	long written;

	choose_account(d, k, text, length);
	if (k->account) {
		names.initiator = k->account->initiator;
		names.target = k->account->target_proof;
		/* A name with which no login succeeded is wrong, and stays so. */
		if (!k->account_named || !d->s->sessions[d->s->connections[link].session].tsih)
			names.initiator.name = NULL;
	}
	assay_replay_chap_note(&k->captured_chap, ASSAY_INITIATOR, text, length);
	*storage = room ? malloc(room) : NULL;
	written = *storage ? assay_replay_rewrite_text(*storage, room, &names, ASSAY_INITIATOR,
				     &k->captured_chap, &k->chap, text, length, &proof)
			   : ASSAY_E_LIMIT;
	if (written >= 0) {
		/* As it was, padding and all, where nothing had to change. */
		if ((size_t)written != length || memcmp(*storage, text, length)) {
			fields->data = (const uint8_t *)*storage;
			fields->data_length = (uint32_t)written;
		}
	}
	d->out->proofs += proof == ASSAY_REPLAY_PROOF_WRONG || proof == ASSAY_REPLAY_PROOF_UNKNOWN;
	assay_replay_chap_note(&k->chap, ASSAY_INITIATOR, (const char *)fields->data, fields->data_length);
}

void drive_text_tag(const struct drive_link *k, struct assay_rewrite *r)
{
	r->tagged = k->text_tagged;
	r->captured_tag = k->captured_text_tag;
	r->live_tag = k->text_tag;
}

/* ---- parts ---- */

static bool is_text(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_TEXT_RESPONSE ||
	       (pdu->opcode == ASSAY_LOGIN_RESPONSE && !pdu->status_class);
}

/* Asks for the next part, with an empty request. False: it cannot go out. */
static bool ask_on(
	struct drive *d, uint32_t link, const struct assay_pdu *request, const struct assay_pdu *live)
{
	struct drive_link *k = &d->links[link];
	const struct assay_session *s = k->i->session;
	bool login = request->opcode == ASSAY_LOGIN_REQUEST;
	struct assay_pdu more;
	int rc;

	assay_make(k->i, &more, (enum assay_opcode)request->opcode);
	more.itt = assay_tag_turn(request->itt, d->turn);
	more.immediate = request->immediate;
	if (login) {
		more.cid = d->s->connections[link].cid;
		more.csg = live->csg;
	} else {
		more.ttt = live->ttt;
		more.lun = live->lun;
	}
	if (!more.immediate && s->heard && assay_sn_gt(more.cmd_sn, s->max_cmd_sn))
		return false;
	rc = assay_send(k->i, &more);
	if (assay_err_is_ours(rc))
		d->fault = rc;
	if (rc < 0)
		return false;
	d->out->sent++;
	*(login ? &d->out->logins_made : &d->out->texts_made) += 1;
	if (assay_sn_lt(k->live_acknowledged, more.exp_stat_sn))
		k->live_acknowledged = more.exp_stat_sn;
	return true;
}

/* The live text is over sooner: it waits for the end of the captured one. */
static bool keep_ahead(
	struct drive_link *k, uint32_t task, const struct assay_pdu *captured, const struct assay_pdu *live)
{
	drive_forget_ahead(k);
	k->ahead_wire = malloc(live->wire_length);
	if (!k->ahead_wire)
		return false;
	memcpy(k->ahead_wire, live->wire, live->wire_length);
	k->ahead = *live;
	k->ahead.bhs = k->ahead.wire = k->ahead_wire;
	k->ahead.ahs = live->ahs ? k->ahead_wire + (live->ahs - live->wire) : NULL;
	k->ahead.data = live->data ? k->ahead_wire + (live->data - live->wire) : NULL;
	k->ahead_task = task;
	k->captured_text_tag = (struct assay_rewrite_tag){ captured->ttt, captured->lun };
	drive_keep_text(k, 0, captured);
	return true;
}

void drive_forget_ahead(struct drive_link *k)
{
	free(k->ahead_wire);
	k->ahead_wire = NULL;
	k->text_length[0] = k->text_length[1] = 0;
}

bool drive_text_goes_on(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	const struct assay_pdu *captured = t->answer == ASSAY_SCRIPT_NONE ? NULL
									  : &d->s->items[t->answer].pdu;
	struct drive_link *k = &d->links[link];

	if (!captured || d->o->verbatim || !is_text(captured) || !is_text(live) ||
		captured->opcode != live->opcode || captured->cont == live->cont)
		return false;
	if (!live->cont && d->s->items[t->answer].cut)
		return false;
	if (!live->cont) {
		d->tasks[task].state = DRIVE_ANSWERED;
		return keep_ahead(k, task, captured, live);
	}
	if (d->tasks[task].more_text == PARTS || !ask_on(d, link, &d->s->items[t->request].pdu, live))
		return false;
	d->tasks[task].more_text++;
	drive_keep_text(k, 1, live);
	return true;
}

bool drive_text_is_over(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	bool login = i->pdu.opcode == ASSAY_LOGIN_REQUEST;

	if (!k->ahead_wire || (!login && i->pdu.opcode != ASSAY_TEXT_REQUEST))
		return false;
	if (login ? i->pdu.data_length != 0
		  : i->pdu.ttt == ASSAY_TAG_RESERVED || i->pdu.ttt != k->captured_text_tag.ttt) {
		d->out->uncompared++;
		drive_forget_ahead(k);
		return false;
	}
	*(login ? &d->out->logins_dropped : &d->out->texts_dropped) += 1;
	memcpy(d->tasks[i->task].header, d->tasks[k->ahead_task].header, ASSAY_BHS_LENGTH);
	k->ahead_task = i->task;
	drive_skip(d, item, DRIVE_UNSENT);
	return true;
}

void drive_text_captured(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];

	if (!k->ahead_wire || i->task != k->ahead_task || d->tasks[i->task].state != DRIVE_UNSENT)
		return;
	if (is_text(&i->pdu) && i->pdu.cont) {
		k->captured_text_tag = (struct assay_rewrite_tag){ i->pdu.ttt, i->pdu.lun };
		drive_keep_text(k, 0, &i->pdu);
		return;
	}
	if (i->cut)
		d->out->uncompared++;
	else
		drive_compare(d, i->connection, i->task, &k->ahead);
	drive_forget_ahead(k);
}
