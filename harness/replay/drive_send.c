/* drive_send.c - what goes out to the live target: requests once what they rest on has come in, written anew, and only with leave. RFC 7143 sections 4.2.2.1, 4.2.3, 11. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/layout.h"
#include "codec/listing.h"
#include "codec/serial.h"
#include "replay/drive.h"

static struct drive_session *session_of(const struct drive *d, uint32_t link)
{
	return &d->sessions[d->s->connections[link].session];
}

static bool takes_number(const struct assay_pdu *pdu)
{
	return !pdu->immediate && pdu->opcode != ASSAY_LOGIN_REQUEST && assay_opcode_name(pdu->opcode) &&
	       assay_layout_find(pdu->opcode, "CmdSN");
}

uint64_t drive_tag(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];

	return assay_tag_key(d->s->connections[i->connection].session, i->connection,
		i->pdu.opcode == ASSAY_LOGIN_REQUEST, i->pdu.itt);
}

void drive_set_tag(struct drive *d, uint32_t item)
{
	uint32_t task = d->s->items[item].task, before = assay_tags_get(&d->tags, drive_tag(d, item));

	if (before != ASSAY_SCRIPT_NONE && d->tasks[before].state != DRIVE_SENT)
		before = ASSAY_SCRIPT_NONE;
	d->tasks[task].before = before;
	if (!assay_tags_set(&d->tags, drive_tag(d, item), task))
		d->fault = ASSAY_E_NOMEM;
}

/* ---- numbers ---- */

bool drive_begin_numbers(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_session *session = session_of(d, i->connection);

	if (session->numbered || !assay_layout_find(i->pdu.opcode, "CmdSN"))
		return false;
	session->numbered = true;
	session->captured->cmd_sn = i->pdu.cmd_sn;
	if (d->s->connections[i->connection].mid_stream)
		return false;
	if (session->live)
		session->live->cmd_sn = i->pdu.cmd_sn;
	return true;
}

void drive_skip(struct drive *d, uint32_t item, enum drive_state state)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_session *session = session_of(d, i->connection);
	uint32_t before;

	if (session->captured) {
		(void)drive_begin_numbers(d, item);
		before = session->captured->cmd_sn;
		assay_numbers_sent(session->captured, &i->pdu);
		/* Later commands have gone out already: those still to come are one less. */
		if (takes_number(&i->pdu) && session->captured->cmd_sn == before && session->live &&
			assay_sn_gt(i->pdu.cmd_sn, before))
			session->live->cmd_sn--;
	}
	if (i->task == ASSAY_SCRIPT_NONE || d->s->tasks[i->task].request != item)
		return;
	d->tasks[i->task].state = (uint8_t)state;
	drive_set_tag(d, item);
}

struct assay_rewrite drive_rewrite(const struct drive *d, uint32_t item)
{
	uint32_t link = d->s->items[item].connection;
	const struct drive_session *session = session_of(d, link);
	const struct drive_link *k = &d->links[link];
	struct assay_rewrite r = {
		.captured = { session->captured, k->captured_exp_stat_sn, k->captured_heard },
		.live = { session->live, k->i->exp_stat_sn, k->i->heard },
		.isid = session->isid,
		.turn = d->turn,
		.lun_mapped = d->lun_mapped,
		.captured_lun = d->captured_lun,
		.live_lun = d->o->lun,
	};

	/* Nothing of it is known, but what is right live is. */
	if (d->s->connections[link].mid_stream && !k->captured_heard) {
		r.captured.heard = true;
		r.captured.exp_stat_sn = d->s->items[item].pdu.exp_stat_sn;
	}
	return r;
}

/* ---- sending ---- */

bool drive_put_out(struct drive *d, uint32_t item, const uint8_t *bytes, size_t length)
{
	uint32_t link = d->s->items[item].connection;
	struct drive_link *k = &d->links[link];
	int rc;

	drive_timeout(d, d->patience);
	rc = assay_send_bytes(k->i, bytes, length);
	d->out->sent++;
	if (assay_err_is_ours(rc))
		d->fault = rc;
	/* That it has gone is what the next receive says, after what it said before; one that takes nothing any more is given up. */
	if (rc == ASSAY_E_TIMEOUT) {
		drive_differ(d, item, ASSAY_SCRIPT_NONE, "sending", "was taken", k->i->error.message);
		k->gone_told = true;
		drive_shut(d, link);
	}
	return rc == 0;
}

static bool send_as_it_was(struct drive *d, uint32_t item)
{
	const struct assay_pdu *pdu = &d->s->items[item].pdu;
	struct assay_initiator *i = d->links[d->s->items[item].connection].i;
	unsigned before = i->send_digests;
	bool sent;

	i->send_digests = pdu->digests;
	sent = drive_put_out(d, item, pdu->wire, pdu->wire_length);
	i->send_digests = before;
	return sent;
}

void drive_keep_forward(struct drive_link *k, struct assay_pdu *fields, const struct assay_pdu *captured)
{
	if (!assay_opcode_name(captured->opcode) || !assay_layout_find(captured->opcode, "ExpStatSN"))
		return;
	if (!k->acknowledged || !k->i->heard) {
		k->acknowledged = k->i->heard;
		k->captured_acknowledged = captured->exp_stat_sn;
		k->live_acknowledged = fields->exp_stat_sn;
		return;
	}
	if (assay_sn_lt(captured->exp_stat_sn, k->captured_acknowledged))
		return; /* it did go back */
	k->captured_acknowledged = captured->exp_stat_sn;
	if (assay_sn_lt(fields->exp_stat_sn, k->live_acknowledged))
		fields->exp_stat_sn = k->live_acknowledged;
	k->live_acknowledged = fields->exp_stat_sn;
}

/* Its bytes are in the buffer then. */
static bool send_anew(struct drive *d, uint32_t item, const struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	unsigned digests = d->links[i->connection].i->send_digests;
	struct assay_pdu fields;
	char *text = NULL;
	bool sent = false;
	uint8_t *buffer;
	size_t room;
	long length;

	assay_rewrite_fields(&fields, &i->pdu, r);
	drive_keep_forward(&d->links[i->connection], &fields, &i->pdu);
	if ((fields.opcode == ASSAY_LOGIN_REQUEST || fields.opcode == ASSAY_TEXT_REQUEST) &&
		fields.data_length)
		drive_rewrite_text(d, &fields, i->connection, &text);
	if (fields.opcode == ASSAY_SCSI_COMMAND && fields.write)
		drive_fit(d, item, &fields);
	room = ASSAY_BHS_LENGTH + fields.ahs_length + assay_padded(fields.data_length) + 8;
	buffer = drive_buffer(d, room);
	length = buffer ? assay_rewrite_encode(buffer, room, &fields, &i->pdu, digests) : ASSAY_E_NOMEM;
	if (length > 0)
		sent = drive_put_out(d, item, buffer, (size_t)length);
	free(text);
	return sent;
}

bool drive_send_rewritten(struct drive *d, uint32_t item, const struct assay_rewrite *r)
{
	const struct assay_script_item *i = &d->s->items[item];
	bool sent = d->o->verbatim ? send_as_it_was(d, item) : send_anew(d, item, r);

	assay_numbers_sent(session_of(d, i->connection)->captured, &i->pdu);
	return sent;
}

void drive_pong(struct drive *d, uint32_t link, const struct assay_rewrite_tag *ping)
{
	struct assay_initiator *i = d->links[link].i;
	struct assay_pdu pong;

	assay_make(i, &pong, ASSAY_NOP_OUT);
	pong.itt = ASSAY_TAG_RESERVED;
	pong.immediate = 1;
	pong.ttt = ping->ttt;
	pong.lun = ping->lun;
	d->out->sent++;
	(void)assay_send(i, &pong);
}

/* ---- a login that takes longer ---- */

#define ROUNDS 8

struct response_wait {
	uint32_t link, count;
};

static bool has_response(struct drive *d, const void *what)
{
	const struct response_wait *w = what;

	return d->links[w->link].responses > w->count;
}

void drive_finish_login(struct drive *d, uint32_t link)
{
	struct drive_link *k = &d->links[link];

	for (unsigned n = 0; n < ROUNDS && k->open && k->captured_full && !k->full && k->responses; n++) {
		const struct response_wait wait = { link, k->responses };
		struct assay_pdu more;

		if (d->o->verbatim || drive_stopped(d))
			return;
		assay_make(k->i, &more, ASSAY_LOGIN_REQUEST);
		more.itt = assay_tag_turn(k->login_itt, d->turn);
		more.cid = d->s->connections[link].cid;
		more.transit = 1;
		more.csg = k->stage;
		more.nsg = ASSAY_STAGE_FULL_FEATURE;
		d->out->sent++;
		d->out->logins_made++;
		(void)assay_send(k->i, &more);
		if (!drive_wait(d, link, ASSAY_SCRIPT_NONE, has_response, &wait))
			return;
	}
}

/* ---- leave ---- */

bool drive_has_leave(struct drive *d, const struct assay_pdu *fields)
{
	struct assay_leave disruptive = *d->o->leave;

	if (assay_leave_allows(d->o->leave, fields))
		return true;
	disruptive.disruptive = true;
	if (assay_leave_allows(&disruptive, fields))
		d->out->disruptive++;
	else
		d->out->writes++;
	return false;
}

/* ---- requests ---- */

/* The task that a task management function is about. */
static void refer(struct drive *d, struct assay_rewrite *r, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	uint32_t task = assay_tags_get(
		&d->tags, assay_tag_key(d->s->connections[i->connection].session, 0, false, i->pdu.rtt));
	struct assay_pdu sent;

	if (task == ASSAY_SCRIPT_NONE)
		return;
	if (d->tasks[task].state == DRIVE_LEFT_OUT || d->tasks[task].state == DRIVE_UNSENT) {
		d->tasks[i->task].dubious = true;
		return;
	}
	assay_pdu_decode_bhs(&sent, d->tasks[task].header);
	r->referenced = true;
	r->captured_ref = d->s->items[d->s->tasks[task].request].pdu.cmd_sn;
	r->live_ref = sent.cmd_sn;
}

struct window_wait {
	uint32_t link, cmd_sn;
};

static bool is_open(struct drive *d, const void *what)
{
	const struct window_wait *w = what;
	const struct assay_session *live = session_of(d, w->link)->live;

	return !live || !live->heard || !assay_sn_gt(w->cmd_sn, live->max_cmd_sn);
}

/* Room in the command window, where it had room in the capture. */
static bool await_window(struct drive *d, uint32_t item, const struct assay_pdu *fields)
{
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_session *captured = session_of(d, i->connection)->captured;
	const struct window_wait wait = { i->connection, fields->cmd_sn };
	struct drive_link *k = &d->links[i->connection];

	if (!takes_number(fields) || (captured->heard && assay_sn_gt(i->pdu.cmd_sn, captured->max_cmd_sn)))
		return true;
	if (drive_wait(d, i->connection, ASSAY_SCRIPT_NONE, is_open, &wait) || drive_stopped(d))
		return !drive_stopped(d);
	if (k->open) {
		drive_differ(d, item, ASSAY_SCRIPT_NONE, "command window", "open", "it stays closed");
		k->gone_told = true;
		drive_shut(d, i->connection);
	}
	return false;
}

static void not_played(struct drive *d, uint32_t item)
{
	if (!d->links[d->s->items[item].connection].gone_told)
		drive_gone(d, d->s->items[item].connection, item);
	d->out->not_played++;
	drive_skip(d, item, DRIVE_UNSENT);
}

static void request(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	bool first_login = drive_begin_numbers(d, item);
	struct assay_rewrite r = drive_rewrite(d, item);
	struct assay_pdu fields;

	assay_rewrite_fields(&fields, &i->pdu, &r);
	if (!drive_has_leave(d, d->o->verbatim ? &i->pdu : &fields)) {
		drive_skip(d, item, DRIVE_LEFT_OUT);
		return;
	}
	drive_take_all(d);
	drive_await_due(d);
	drive_await_strays(d, i->connection, item);
	drive_finish_login(d, i->connection);
	/* A request of a login that is over already, sooner than in the capture. */
	if (k->open && i->pdu.opcode == ASSAY_LOGIN_REQUEST && k->full && !k->captured_full) {
		d->out->logins_dropped++;
		drive_skip(d, item, DRIVE_UNSENT);
		return;
	}
	if (k->open && drive_text_is_over(d, item))
		return;
	k->login_itt = i->pdu.opcode == ASSAY_LOGIN_REQUEST ? i->pdu.itt : k->login_itt;
	if (!k->open || !await_window(d, item, &fields)) {
		not_played(d, item);
		return;
	}
	/* What came meanwhile moved numbers on. */
	r = drive_rewrite(d, item);
	r.first_login = first_login;
	if (i->pdu.opcode == ASSAY_TASK_MANAGEMENT_REQUEST)
		refer(d, &r, item);
	if (i->pdu.opcode == ASSAY_TEXT_REQUEST)
		drive_text_tag(k, &r);
	d->tasks[i->task].state = DRIVE_SENT;
	d->last_sent = i->task;
	drive_set_tag(d, item);
	(void)drive_send_rewritten(d, item, &r);
	if (!d->fault)
		memcpy(d->tasks[i->task].header, d->o->verbatim ? i->pdu.bhs : d->buffer, ASSAY_BHS_LENGTH);
}

/* ---- answers to pings ---- */

static bool has_ping(struct drive *d, const void *link)
{
	return d->links[*(const uint32_t *)link].ping;
}

static void captured_pong(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	struct assay_rewrite r;

	drive_take_all(d);
	if (k->pings_due && !k->ping)
		(void)drive_wait(d, i->connection, ASSAY_SCRIPT_NONE, has_ping, &i->connection);
	k->pings_due -= k->pings_due > 0;
	if (!k->ping || !k->open) {
		d->out->pongs++;
		drive_skip(d, item, DRIVE_UNSENT);
		return;
	}
	r = drive_rewrite(d, item);
	r.tagged = true;
	r.captured_tag = k->captured_ping_tag;
	r.live_tag = k->ping_tag;
	k->ping = false;
	(void)drive_send_rewritten(d, item, &r);
}

void drive_send(struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];
	struct drive_link *k = &d->links[i->connection];
	bool pong = i->pdu.opcode == ASSAY_NOP_OUT && i->pdu.itt == ASSAY_TAG_RESERVED;
	struct assay_rewrite r;

	drive_watch(d, item);
	if (!k->open) {
		not_played(d, item);
		return;
	}
	if (i->cut) {
		d->out->cut++;
		drive_skip(d, item, DRIVE_UNSENT);
		return;
	}
	if (i->pdu.opcode == ASSAY_DATA_OUT) {
		drive_data_out(d, item);
	} else if (pong && i->pdu.ttt != ASSAY_TAG_RESERVED) {
		captured_pong(d, item);
	} else if (i->task != ASSAY_SCRIPT_NONE && d->s->tasks[i->task].request == item) {
		request(d, item);
	} else if (drive_has_leave(d, &i->pdu)) {
		drive_await_due(d);
		drive_await_acks(d, i->connection, item);
		r = drive_rewrite(d, item);
		(void)drive_begin_numbers(d, item);
		if (drive_acknowledge(d, item, &r))
			(void)drive_send_rewritten(d, item, &r);
		else
			d->out->unasked_acks++;
	}
}
