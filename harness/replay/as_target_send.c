/*
 * as_target_send.c - captured answers for a live initiator: with which tags and numbers each goes out, or the bytes as they were. What was wrong in the capture stays wrong: a number keeps its distance to the right one,
 * an answer to another tag goes to another tag. RFC 7143 sections 4.2.2, 11.4 to 11.19.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/serial.h"
#include "replay/as_target_private.h"
#include "replay/rewrite.h"

/* ---- output ---- */

static uint8_t *reserve(struct assay_replay_target_link *k, size_t length)
{
	size_t held = k->out_end - k->out_start, size = k->out_size ? k->out_size : 65536;
	uint8_t *grown;

	if (k->out_start)
		memmove(k->out, k->out + k->out_start, held);
	k->out_start = 0;
	k->out_end = held;
	while (size - held < length)
		size *= 2;
	if (size == k->out_size)
		return k->out + held;
	grown = realloc(k->out, size);
	if (!grown) {
		k->end = ASSAY_REPLAY_RESETS;
		return NULL;
	}
	k->out = grown;
	k->out_size = size;
	return k->out + held;
}

static unsigned digests_of(const struct assay_replay_target_link *k)
{
	return assay_tap_digests(k->t->o.tap, k->tapped, ASSAY_TO_INITIATOR);
}

/* What goes out is seen by the rules as the initiator will see it. */
static void show(struct assay_replay_target_link *k, uint8_t *wire, long length, unsigned digests)
{
	struct assay_pdu pdu;

	if (length <= 0 || assay_pdu_decode(&pdu, wire, (size_t)length, digests) < 0)
		return;
	k->out_end += (size_t)length;
	assay_tap_pdu(k->t->o.tap, k->tapped, ASSAY_TO_INITIATOR, &pdu, k->now);
	if (pdu.opcode == ASSAY_LOGIN_RESPONSE && !pdu.status_class && pdu.transit &&
		pdu.nsg == ASSAY_STAGE_FULL_FEATURE)
		k->full_feature = true;
}

/* ---- numbers ---- */

/* The place of the next captured answer with a StatSN; the connection's length when there is none. */
static uint32_t next_slot(const struct assay_replay_target_link *k)
{
	uint32_t n = k->slot, length = target_length(k);

	for (; n < length; n++) {
		const struct assay_script_item *i = &k->t->s->items[target_item(k, n)];

		if (i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_INITIATOR &&
			k->t->state[target_item(k, n)] != TARGET_SKIPPED && target_has_stat_sn(&i->pdu))
			break;
	}
	return n;
}

/* StatSNs go out in the order of the capture, also where answers do not. */
static uint32_t next_stat_sn(const struct assay_replay_target_link *k)
{
	uint32_t n = next_slot(k);

	return n < target_length(k) ? k->t->s->items[target_item(k, n)].pdu.stat_sn + k->extra
				    : k->stat_sn + 1;
}

static void number(struct assay_replay_target_link *k, struct assay_pdu *out, uint32_t item)
{
	const struct assay_pdu *captured = &k->t->s->items[item].pdu;
	struct target_window *w = target_window_of(k);

	if (target_has_stat_sn(captured)) {
		out->stat_sn = k->stat_sn = next_stat_sn(k);
		k->slot = next_slot(k) + 1;
	} else if (captured->opcode != ASSAY_DATA_IN) {
		out->stat_sn += k->extra;
	}
	out->exp_cmd_sn = w->exp + (captured->exp_cmd_sn - k->t->expected[item]);
	out->max_cmd_sn = out->exp_cmd_sn + (captured->max_cmd_sn - captured->exp_cmd_sn);
	w->max = out->max_cmd_sn;
}

/* ---- what an answer carries ---- */

static void echo(const struct assay_replay_target_link *k, struct assay_pdu *out, uint32_t item)
{
	const struct assay_script *s = k->t->s;
	uint32_t task = s->items[item].task;
	const struct assay_pdu *captured;
	struct assay_pdu live;

	if (task == ASSAY_SCRIPT_NONE || !k->t->tasks[task].come)
		return;
	captured = &s->items[s->tasks[task].request].pdu;
	assay_pdu_decode_bhs(&live, k->t->tasks[task].header);
	if (out->opcode != ASSAY_REJECT)
		out->itt += live.itt - captured->itt;
	if (out->opcode == ASSAY_LOGIN_RESPONSE && out->isid == captured->isid)
		out->isid = live.isid;
}

/* Text for the live initiator: addresses, proofs. The caller frees it; NULL: out of memory. */
static uint8_t *rewrite(struct assay_replay_target_link *k, struct assay_pdu *out)
{
	const char *text = (const char *)out->data;
	size_t length = out->data_length, capacity = length + 4096;
	char *to = NULL;
	long r = ASSAY_E_LIMIT;

	assay_replay_chap_note(&k->captured_chap, ASSAY_TARGET, text, length);
	assay_replay_chap_note(&k->chap, ASSAY_TARGET, text, length);
	for (; r == ASSAY_E_LIMIT && capacity < 2 * (size_t)ASSAY_DATA_SEGMENT_MAX; capacity *= 2) {
		free(to);
		to = malloc(capacity);
		if (!to)
			return NULL;
		r = assay_replay_rewrite_text(to, capacity, k->t->o.names, ASSAY_TARGET, &k->captured_chap,
			&k->chap, text, length, NULL);
	}
	if (r >= 0 && r <= ASSAY_DATA_SEGMENT_MAX) {
		out->data = (const uint8_t *)to;
		out->data_length = (uint32_t)r;
	}
	return (uint8_t *)to;
}

/* The header of what was rejected is that of the live request; of data that was rejected only the tag is known. */
static uint8_t *reject(const struct assay_replay_target_link *k, struct assay_pdu *out, uint32_t item)
{
	uint32_t task = k->t->s->items[item].task;
	uint8_t *data;

	if (task == ASSAY_SCRIPT_NONE || !k->t->tasks[task].come || out->data_length < ASSAY_BHS_LENGTH)
		return NULL;
	data = malloc(out->data_length);
	if (!data)
		return NULL;
	memcpy(data, out->data, out->data_length);
	if ((data[0] & 0x3f) == (k->t->tasks[task].header[0] & 0x3f))
		memcpy(data, k->t->tasks[task].header, ASSAY_BHS_LENGTH);
	else
		memcpy(data + 16, k->t->tasks[task].header + 16, 4);
	out->data = data;
	return data;
}

static uint8_t *rewrite_segment(struct assay_replay_target_link *k, struct assay_pdu *out, uint32_t item)
{
	if (!out->data_length)
		return NULL;
	switch (out->opcode) {
	case ASSAY_LOGIN_RESPONSE:
	case ASSAY_TEXT_RESPONSE: return rewrite(k, out);
	case ASSAY_REJECT: return reject(k, out, item);
	default: return NULL;
	}
}

/* A command whose tag was in use is rejected: the tag is the earlier one's again, and so are Data-Outs with it. */
static void give_tag_back(struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_script_item *i = &k->t->s->items[item];
	const struct assay_script_task *task = i->task == ASSAY_SCRIPT_NONE ? NULL : &k->t->s->tasks[i->task];
	struct assay_pdu live;

	if (i->pdu.opcode != ASSAY_REJECT || !task || task->before == ASSAY_SCRIPT_NONE ||
		task->answer != item || !k->t->tasks[i->task].come || !k->t->tasks[task->before].come)
		return;
	assay_pdu_decode_bhs(&live, k->t->tasks[i->task].header);
	(void)assay_tags_set(&k->t->tags, target_tag(k, live.itt), task->before); /* it is in the table */
}

static void send_anew(struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_script_item *i = &k->t->s->items[item];
	struct assay_pdu out = i->pdu;
	uint8_t *segment = NULL, *wire;
	unsigned digests = digests_of(k);
	size_t room;

	number(k, &out, item);
	echo(k, &out, item);
	segment = rewrite_segment(k, &out, item);
	room = assay_pdu_encoded_length(&out, digests) + i->pdu.wire_length + 8;
	wire = reserve(k, room);
	if (wire)
		show(k, wire, assay_rewrite_encode(wire, room, &out, &i->pdu, digests), digests);
	free(segment);
}

static void send_as_it_was(struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_pdu *captured = &k->t->s->items[item].pdu;
	struct assay_pdu numbered = *captured;
	uint8_t *wire = reserve(k, captured->wire_length);

	number(k, &numbered, item); /* for what the capture has not got */
	target_window_of(k)->max = captured->max_cmd_sn;
	if (!wire)
		return;
	memcpy(wire, captured->wire, captured->wire_length);
	show(k, wire, (long)captured->wire_length, captured->digests);
}

void target_send_captured(struct assay_replay_target_link *k, uint32_t item)
{
	k->t->counts.answers++;
	if (k->t->o.verbatim)
		send_as_it_was(k, item);
	else
		send_anew(k, item);
	give_tag_back(k, item);
}

/* All parts, which lie one behind the other. False: out of memory. */
static bool begin_part(struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_pdu *captured = &k->t->s->items[item].pdu;
	size_t length = 0;
	struct assay_pdu out;

	for (uint32_t n = item; n != ASSAY_SCRIPT_NONE; n = k->t->s->items[n].next)
		length += k->t->s->items[n].pdu.wire_length;
	k->part = malloc(length);
	if (!k->part)
		return false;
	memcpy(k->part, captured->wire, length);
	if (!captured->bhs || k->t->o.verbatim)
		return true;
	out = *captured;
	number(k, &out, item);
	echo(k, &out, item);
	assay_rewrite_part(k->part, length, &out, captured);
	return true;
}

void target_send_part(struct assay_replay_target_link *k, uint32_t item)
{
	size_t length = k->t->s->items[item].pdu.wire_length;
	uint8_t *wire = k->part || begin_part(k, item) ? reserve(k, length) : NULL;

	if (!wire) {
		k->end = ASSAY_REPLAY_RESETS;
		return;
	}
	memcpy(wire, k->part + k->part_sent, length);
	k->part_sent += length;
	k->out_end += length;
	k->t->counts.parts += length;
	assay_tap_bytes(k->t->o.tap, k->tapped, ASSAY_TO_INITIATOR, wire, length, k->now);
}

void target_send_own(struct assay_replay_target_link *k, struct assay_pdu *pdu)
{
	const struct target_window *w = target_window_of(k);
	size_t room = assay_pdu_encoded_length(pdu, digests_of(k));
	uint8_t *wire;

	if (k->part)
		return; /* it would be the rest of that */
	wire = reserve(k, room);
	pdu->final = pdu->opcode != ASSAY_LOGIN_RESPONSE;
	pdu->stat_sn = k->stat_sn = next_stat_sn(k);
	pdu->exp_cmd_sn = w->exp;
	pdu->max_cmd_sn = w->max;
	k->extra++;
	if (wire)
		show(k, wire, assay_pdu_encode(wire, room, pdu, digests_of(k)), digests_of(k));
}
