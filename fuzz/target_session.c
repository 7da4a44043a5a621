/*
 * target_session.c - the fuzz entry of the built-in target's session machine, RFC 7143 sections 4 to 13: a hostile initiator on several connections and
 * both portals. Input: records of session_input.h. Their lead (session_lead.h): which connection, what is wrong or live in the PDU, how it is sent; what happens then (a close,
 * time, a control action); where the bytes are split. What must hold: target_world.h.
 */
#include <string.h>

#include "codec/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/session_lead.h"
#include "fuzz/target_world.h"
#include "target/machine.h"

static const uint32_t lun_numbers[] = { 0, 1, 22, 2 };

static const struct assay_tgt_task *first_r2t(const struct assay_tgt_session *s)
{
	const struct assay_tgt_task *task = s->tasks;

	while (task && !task->r2t_count)
		task = task->next;
	return task;
}

static void live_data_out(uint8_t *pdu, const struct assay_tgt_session *s)
{
	const struct assay_tgt_task *task = first_r2t(s);

	if (!task)
		return;
	assay_put_be64(pdu + 8, task->lun);
	assay_put_be32(pdu + 16, task->itt);
	assay_put_be32(pdu + 20, task->r2t[0].ttt);
	assay_put_be32(pdu + 36, task->r2t[0].data_sn);
	assay_put_be32(pdu + 40, task->r2t[0].offset);
}

/* What an initiator that follows the session would say: so that a record still means something after others before it have changed. */
static void make_live(uint8_t *pdu, const struct assay_target_conn *c)
{
	const struct assay_tgt_session *s = c->session;
	uint8_t opcode = pdu[0] & 0x3f;

	if (!s) {
		if (opcode == ASSAY_LOGIN_REQUEST && c->target->sessions)
			assay_put_be16(pdu + 14, c->target->sessions->tsih);
		return;
	}
	assay_put_be32(pdu + 28, c->stat_sn);
	if (opcode != ASSAY_DATA_OUT && opcode != ASSAY_SNACK_REQUEST)
		assay_put_be32(pdu + 24, s->exp_cmd_sn);
	if (opcode == ASSAY_DATA_OUT)
		live_data_out(pdu, s);
	else if (opcode == ASSAY_TASK_MANAGEMENT_REQUEST && s->tasks)
		assay_put_be32(pdu + 20, s->tasks->itt);
	else if (opcode == ASSAY_NOP_OUT && assay_get_be32(pdu + 16) == ASSAY_TAG_RESERVED)
		assay_put_be32(pdu + 20, c->ping_ttt);
	else if (opcode == ASSAY_TEXT_REQUEST && c->text && c->text->active) {
		assay_put_be32(pdu + 16, c->text->itt);
		assay_put_be32(pdu + 20, c->text->ttt);
	}
}

/* The bytes of the record as they go out. */
static size_t make_wire(uint8_t *out, const struct assay_fuzz_record *r, const struct assay_fuzz_link *l)
{
	static uint8_t pdu[ASSAY_FUZZ_WIRE_MAX];
	unsigned spoilt = (r->lead[0] & ASSAY_FUZZ_SPOIL_HEADER ? ASSAY_HEADER_DIGEST : 0u) |
			  (r->lead[0] & ASSAY_FUZZ_SPOIL_DATA ? ASSAY_DATA_DIGEST : 0u);

	memcpy(pdu, r->bytes, r->length);
	if (r->whole && r->lead[0] & ASSAY_FUZZ_LIVE)
		make_live(pdu, l->conn);
	if (r->whole)
		return assay_fuzz_record_wire(out, pdu, r->length, l->conn->in.digests, spoilt);
	memcpy(out, pdu, r->length);
	return r->length;
}

/* Sends what waited and the record, in one or two pieces. */
static void send_record(
	struct assay_fuzz_world *w, struct assay_fuzz_link *l, const struct assay_fuzz_record *r)
{
	static uint8_t bytes[2 * ASSAY_FUZZ_WIRE_MAX], wire[ASSAY_FUZZ_WIRE_MAX];
	size_t length = make_wire(wire, r, l), split = assay_get_be16(r->lead + 2);
	size_t kept = split & ASSAY_FUZZ_DROP_REST ? split & ~ASSAY_FUZZ_DROP_REST : length,
	       first = split ? split & ~ASSAY_FUZZ_DROP_REST : length;
	size_t waiting = l->waiting_length;

	kept = kept < length ? kept : length;
	first = first < kept ? first : kept;
	if (r->lead[0] & ASSAY_FUZZ_GATHER && waiting + kept <= sizeof(l->waiting)) {
		memcpy(l->waiting + waiting, wire, kept);
		l->waiting_length += kept;
		return;
	}
	memcpy(bytes, l->waiting, waiting);
	memcpy(bytes + waiting, wire, kept);
	l->waiting_length = 0;
	assay_fuzz_world_send(w, l, bytes, waiting + first);
	assay_fuzz_world_send(w, l, bytes + waiting + first, kept - first);
}

static void control(struct assay_fuzz_world *w, enum assay_fuzz_after what, unsigned argument)
{
	uint32_t lun = lun_numbers[argument % (sizeof(lun_numbers) / sizeof(lun_numbers[0]))];
	struct assay_lun_spec spec = { .lun = lun, .blocks = 256, .block_size = 512 };

	if (what == ASSAY_FUZZ_ADD_LUN)
		(void)assay_target_add_lun(w->target, 1, &spec, NULL); /* it may be there already, */
	else
		(void)assay_target_remove_lun(w->target, 1, lun); /* or not */
	assay_fuzz_world_settle(w);
}

static void then(struct assay_fuzz_world *w, struct assay_fuzz_link *l, const struct assay_fuzz_record *r)
{
	unsigned argument = r->lead[1] >> 4;
	enum assay_fuzz_after what = r->lead[1] & 0x0f;

	switch (what) {
	case ASSAY_FUZZ_NEXT_TIMER: assay_fuzz_world_next_timer(w); return;
	case ASSAY_FUZZ_LATER: assay_fuzz_world_later(w, (argument + 1) * UINT64_C(1000000000)); return;
	case ASSAY_FUZZ_ADD_LUN:
	case ASSAY_FUZZ_REMOVE_LUN: control(w, what, argument); return;
	default: break;
	}
	if (!l->conn)
		return;
	if (what == ASSAY_FUZZ_FINISH)
		assay_fuzz_world_finish(w, l);
	else if (what == ASSAY_FUZZ_CLOSE)
		assay_fuzz_world_close(w, l);
	else if (what == ASSAY_FUZZ_TAKE)
		assay_fuzz_world_take(w, l, (size_t)argument * argument * 20 + 1);
	else if (what == ASSAY_FUZZ_LOCAL)
		assay_target_conn_set_local(l->conn, "::1");
}

static void one(const uint8_t *data, size_t size)
{
	struct assay_fuzz_world *w = assay_fuzz_world_begin();
	struct assay_fuzz_record r;
	size_t offset = 0;

	while (w->taken < ASSAY_FUZZ_TAKEN_MAX && assay_fuzz_record_next(&r, &offset, data, size)) {
		struct assay_fuzz_link *l = &w->link[r.lead[0] & ASSAY_FUZZ_LINK];

		if (!assay_fuzz_world_open(w, l, r.lead[0] & ASSAY_FUZZ_SECOND_PORTAL ? 1 : 0))
			continue;
		assay_fuzz_world_hold(w, l, r.lead[0] & ASSAY_FUZZ_HOLD);
		if (!l->conn)
			continue;
		send_record(w, l, &r);
		then(w, l, &r);
	}
	assay_fuzz_world_end(w);
}

const struct assay_fuzz_entry assay_fuzz_entry_target_session = {
	.name = "target_session",
	.desc = "whatever initiators say on several connections, the built-in target keeps the rules, its "
		"limits and its promises to the transport",
	.one = one,
	.max_len = ASSAY_FUZZ_SESSION_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.lead = ASSAY_FUZZ_LEAD,
};
