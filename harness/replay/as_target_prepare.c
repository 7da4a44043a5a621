/* as_target_prepare.c - what the target's role must know of the capture beforehand: the items of each connection, what is waited for, and which ExpCmdSN would have been right. RFC 7143 section 4.2.2.1. */
#include <stdlib.h>
#include <string.h>

#include "codec/serial.h"
#include "replay/as_target_private.h"

void target_window_take(struct target_window *w, const struct assay_pdu *pdu)
{
	uint32_t distance = pdu->cmd_sn - w->exp;

	if (pdu->opcode == ASSAY_DATA_OUT || pdu->opcode == ASSAY_SNACK_REQUEST)
		return; /* they have no CmdSN */
	if (!w->begun || (pdu->opcode == ASSAY_LOGIN_REQUEST && !pdu->tsih)) {
		*w = (struct target_window){ .begun = true, .exp = pdu->cmd_sn };
		distance = 0;
	}
	if (pdu->immediate || distance > 64)
		return;
	if (distance) {
		w->ahead |= UINT64_C(1) << (distance - 1);
		return;
	}
	for (bool next = true; next; w->ahead >>= 1) {
		w->exp++;
		next = w->ahead & 1;
	}
}

bool target_is_request(const struct assay_script_item *i)
{
	return i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_TARGET &&
	       (i->pdu.opcode != ASSAY_DATA_OUT || i->task == ASSAY_SCRIPT_NONE);
}

bool target_has_stat_sn(const struct assay_pdu *pdu)
{
	switch (pdu->opcode) {
	case ASSAY_R2T: return false;
	case ASSAY_DATA_IN: return pdu->status_present;
	case ASSAY_NOP_IN: return pdu->itt != ASSAY_TAG_RESERVED;
	default: return true;
	}
}

/* Commands before the capture began may have been missing in its first answers: then what those say is held for right. */
static void learn(struct target_window *w, const struct assay_pdu *answer)
{
	uint32_t more = answer->exp_cmd_sn - w->exp;

	if (!w->begun)
		*w = (struct target_window){ .begun = true, .exp = answer->exp_cmd_sn };
	else if (more && more <= 64) {
		w->exp = answer->exp_cmd_sn;
		w->ahead = more < 64 ? w->ahead >> more : 0;
	}
}

static bool allocate(struct assay_replay_target *t)
{
	const struct assay_script *s = t->s;

	t->state = calloc(s->item_count + 1, sizeof(*t->state));
	t->expected = calloc(s->item_count + 1, sizeof(*t->expected));
	t->finals = calloc(s->item_count + 1, sizeof(*t->finals));
	t->order = calloc(s->item_count + 1, sizeof(*t->order));
	t->begins = calloc(s->connection_count + 2, sizeof(*t->begins));
	t->played = calloc(s->connection_count + 1, sizeof(*t->played));
	t->playable = calloc(s->connection_count + 1, sizeof(*t->playable));
	t->tasks = calloc(s->task_count + 1, sizeof(*t->tasks));
	t->sessions = calloc(s->session_count + 1, sizeof(*t->sessions));
	if (t->o.pace)
		t->at = calloc(s->item_count + 1, sizeof(*t->at));
	return (t->at || !t->o.pace) && t->state && t->expected && t->finals && t->order && t->begins &&
	       t->played && t->playable && t->tasks && t->sessions;
}

/* By connection, in the order of the capture. */
static void sort(struct assay_replay_target *t)
{
	const struct assay_script *s = t->s;

	for (uint32_t n = 0; n < s->item_count; n++)
		t->begins[s->items[n].connection + 2]++;
	for (uint32_t c = 0; c < s->connection_count; c++)
		t->begins[c + 2] += t->begins[c + 1];
	/* begins[c + 1] is where the next item of c goes, and so becomes where c + 1 begins */
	for (uint32_t n = 0; n < s->item_count; n++)
		t->order[t->begins[s->items[n].connection + 1]++] = n;
}

/* Behind the last PDU that is played: another one, or bytes that are none. */
static bool is_behind(const struct assay_script_item *i, uint64_t last)
{
	return (i->kind == ASSAY_SCRIPT_PDU && i->number > last) ||
	       (i->kind == ASSAY_SCRIPT_PART && i->number >= last);
}

static uint32_t find_limit(const struct assay_replay_target *t)
{
	uint32_t n = t->o.stop_at ? 0 : t->s->item_count;

	while (n < t->s->item_count && !is_behind(&t->s->items[n], t->o.stop_at))
		n++;
	return n;
}

/* Of a connection that was there before: its login is ours, and what was asked before is not answered. */
static bool is_of_before(const struct assay_script_item *i, bool pinged)
{
	if (i->pdu.opcode == ASSAY_LOGIN_REQUEST || i->pdu.opcode == ASSAY_LOGIN_RESPONSE)
		return true;
	if (i->task != ASSAY_SCRIPT_NONE)
		return false;
	switch (i->pdu.opcode) {
	case ASSAY_REJECT:
	case ASSAY_ASYNC_MESSAGE: return false;
	case ASSAY_NOP_IN: return i->pdu.itt != ASSAY_TAG_RESERVED;
	case ASSAY_NOP_OUT: return i->pdu.ttt != ASSAY_TAG_RESERVED && !pinged;
	case ASSAY_SNACK_REQUEST: return i->pdu.itt != ASSAY_TAG_RESERVED;
	default: return true;
	}
}

static void skip(struct assay_replay_target *t, uint32_t connection)
{
	bool pinged = false;

	for (uint32_t n = t->begins[connection]; n < t->begins[connection + 1]; n++) {
		const struct assay_script_item *i = &t->s->items[t->order[n]];

		if (i->kind != ASSAY_SCRIPT_PDU)
			continue;
		if (is_of_before(i, pinged)) {
			t->state[t->order[n]] = TARGET_SKIPPED;
			t->counts.skipped++;
		}
		pinged |= i->pdu.opcode == ASSAY_NOP_IN && i->pdu.itt == ASSAY_TAG_RESERVED;
	}
}

/* What came behind the end that the target made need not come again: an initiator that notices it sends nothing more. */
static void skip_unread(struct assay_replay_target *t)
{
	for (uint32_t c = 0; c < t->s->connection_count; c++) {
		bool ended = false;

		for (uint32_t n = t->begins[c]; n < t->begins[c + 1]; n++) {
			const struct assay_script_item *i = &t->s->items[t->order[n]];

			ended |= i->kind == ASSAY_SCRIPT_FIN && i->dir == ASSAY_TO_INITIATOR;
			if (ended && i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_TARGET)
				t->state[t->order[n]] = TARGET_SKIPPED;
		}
	}
}

/* A connection can be played when something was asked for. */
static void find_playable(struct assay_replay_target *t)
{
	for (uint32_t c = 0; c < t->s->connection_count; c++)
		for (uint32_t n = t->begins[c];
			n < t->begins[c + 1] && t->order[n] < t->limit && !t->playable[c]; n++)
			t->playable[c] = target_is_request(&t->s->items[t->order[n]]) &&
					 t->state[t->order[n]] != TARGET_SKIPPED;
}

bool target_prepare(struct assay_replay_target *t)
{
	const struct assay_script *s = t->s;
	struct target_window *windows = calloc(s->session_count + 1, sizeof(*windows));
	uint32_t *finals = calloc(s->task_count + 1, sizeof(*finals));
	bool made = windows && finals && allocate(t);

	if (made) {
		sort(t);
		t->limit = find_limit(t);
		for (uint32_t c = 0; c < s->connection_count; c++)
			if (s->connections[c].mid_stream)
				skip(t, c);
		skip_unread(t);
		find_playable(t);
	}
	for (uint32_t n = 0; made && n < s->item_count; n++) {
		const struct assay_script_item *i = &s->items[n];
		struct target_window *w = &windows[s->connections[i->connection].session];

		if (i->kind != ASSAY_SCRIPT_PDU && (i->kind != ASSAY_SCRIPT_PART || !i->pdu.bhs))
			continue;
		if (i->kind == ASSAY_SCRIPT_PART && i->dir == ASSAY_TO_TARGET)
			continue;
		if (i->dir == ASSAY_TO_TARGET) {
			target_window_take(w, &i->pdu);
			if (i->pdu.opcode == ASSAY_DATA_OUT && i->task != ASSAY_SCRIPT_NONE)
				t->finals[n] = finals[i->task] += i->pdu.final;
			continue;
		}
		if (s->connections[i->connection].mid_stream)
			learn(w, &i->pdu);
		t->expected[n] = w->exp;
		t->finals[n] = i->task == ASSAY_SCRIPT_NONE ? 0 : finals[i->task];
	}
	free(windows);
	free(finals);
	return made;
}
