/*
 * as_target_order.c - when a captured answer goes out: once what it answers has come, in the order of the capture, and with --pace original not before its time. What does not come is waited for as long
 * as the patience says, and never for ever. RFC 7143 section 4.2.2.1 (a command's turn).
 */
#include "codec/serial.h"
#include "replay/as_target_private.h"

/* What answers no request may answer something on another connection. */
static bool all_came_before(struct assay_replay_target *t, uint32_t item)
{
	for (; t->came < item; t->came++) {
		const struct assay_script_item *i = &t->s->items[t->came];

		if (target_is_request(i) && t->state[t->came] == TARGET_NEW && t->playable[i->connection])
			return false;
	}
	return true;
}

/* A command whose turn has not come is not answered, on whatever connection the one before it is to come; unless the captured target did so. */
static bool has_its_turn(const struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_replay_target *t = k->t;
	const struct assay_script_task *task = &t->s->tasks[t->s->items[item].task];
	const struct assay_pdu *captured = &t->s->items[task->request].pdu;
	struct assay_pdu live;

	if (captured->immediate || !assay_sn_gt(t->expected[item], captured->cmd_sn))
		return true;
	assay_pdu_decode_bhs(&live, t->tasks[t->s->items[item].task].header);
	return live.immediate || assay_sn_gt(target_window_of(k)->exp, live.cmd_sn);
}

/* Has everything come that it answers? */
static bool is_ready(const struct assay_replay_target_link *k, uint32_t item)
{
	uint32_t task = k->t->s->items[item].task;

	if (task == ASSAY_SCRIPT_NONE)
		return all_came_before(k->t, item);
	return k->t->tasks[task].come && k->t->tasks[task].finals >= k->t->finals[item] &&
	       has_its_turn(k, item);
}

static bool is_answer(const struct assay_script_item *i)
{
	return i->kind == ASSAY_SCRIPT_PDU && i->dir == ASSAY_TO_INITIATOR;
}

static bool is_part(const struct assay_script_item *i)
{
	return i->kind == ASSAY_SCRIPT_PART && i->dir == ASSAY_TO_INITIATOR;
}

/* The end that the target made. */
static void step_over(struct assay_replay_target_link *k, const struct assay_script_item *i)
{
	if (i->kind == ASSAY_SCRIPT_FIN)
		k->end = ASSAY_REPLAY_CLOSES;
	if (i->end_known)
		k->end = i->kind == ASSAY_SCRIPT_CLOSE   ? ASSAY_REPLAY_CLOSES
			 : i->kind == ASSAY_SCRIPT_RESET ? ASSAY_REPLAY_RESETS
							 : k->end;
}

/* The end of data that has not come, of a task that has: also other tasks were answered after it. */
static bool is_awaited_data(const struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_script_item *i = &k->t->s->items[item];

	return i->kind == ASSAY_SCRIPT_PDU && i->pdu.final && i->task != ASSAY_SCRIPT_NONE &&
	       k->t->tasks[i->task].finals < k->t->finals[item];
}

/* ---- the pace ---- */

/* What it follows: its request, or, where it answers none, what was last before it on its connection. ASSAY_SCRIPT_NONE: that has not come. */
static uint32_t leads(const struct assay_replay_target_link *k, uint32_t place)
{
	uint32_t task = k->t->s->items[target_item(k, place)].task;

	if (task != ASSAY_SCRIPT_NONE)
		return k->t->s->tasks[task].request;
	while (place-- > 0)
		if (k->t->at[target_item(k, place)])
			return target_item(k, place);
	return ASSAY_SCRIPT_NONE;
}

/* When it may go out: as long after what it follows as in the capture. */
static uint64_t due(const struct assay_replay_target_link *k, uint32_t place)
{
	const struct assay_script_item *i = &k->t->s->items[target_item(k, place)];
	uint32_t before = k->t->o.pace ? leads(k, place) : ASSAY_SCRIPT_NONE;
	uint64_t then, since;

	if (before == ASSAY_SCRIPT_NONE || !k->t->at[before])
		return 0;
	then = k->t->s->items[before].time;
	since = i->time > then ? i->time - then : 0;
	return since < UINT64_MAX - k->t->at[before] ? k->t->at[before] + since : UINT64_MAX - 1;
}

/* ---- the walk ---- */

enum step {
	STEP_ON,
	STEP_WAITS, /* what is behind it must wait for something to come */
	STEP_LATER, /* or for its time */
};

static void play(struct assay_replay_target_link *k, uint32_t item)
{
	const struct assay_script_item *i = &k->t->s->items[item];

	if (is_part(i))
		target_send_part(k, item);
	else if (!is_answer(i))
		step_over(k, i);
	else if (i->cut)
		target_differ(
			k->t, k->connection, i->number, NULL, false, "answer", "only its header", "not sent");
	else
		target_send_captured(k, item);
	target_played(k, item);
}

static enum step take_item(struct assay_replay_target_link *k, uint32_t place)
{
	uint32_t item = target_item(k, place);
	const struct assay_script_item *i = &k->t->s->items[item];
	uint8_t *state = &k->t->state[item];
	uint64_t when;

	if (target_is_request(i))
		return *state != TARGET_NEW ? STEP_ON : STEP_WAITS;
	if (is_part(i) && !i->pdu.wire) {
		*state = TARGET_DONE; /* it became whole */
		return STEP_ON;
	}
	if (!is_answer(i) && i->dir == ASSAY_TO_TARGET) {
		if (*state == TARGET_NEW && is_awaited_data(k, item))
			return STEP_WAITS;
		*state = TARGET_DONE; /* its end, a gap, or Data-Out, which its task counts */
		return STEP_ON;
	}
	if (!is_ready(k, item) && (is_answer(i) || *state != TARGET_PASSED))
		return *state == TARGET_PASSED ? STEP_ON : STEP_WAITS;
	when = due(k, place);
	if (when > k->now) {
		k->due = when < k->due ? when : k->due;
		return *state == TARGET_PASSED && is_answer(i) ? STEP_ON : STEP_LATER;
	}
	play(k, item);
	return STEP_ON;
}

/* What was passed over must not keep what comes much later from being looked at. */
static void move_cursor(struct assay_replay_target_link *k, uint32_t place)
{
	for (; k->cursor < place; k->cursor++) {
		uint8_t *state = &k->t->state[target_item(k, k->cursor)];

		if (*state == TARGET_PASSED && place - k->cursor > TARGET_WINDOW / 2)
			*state = TARGET_GIVEN_UP;
		if (*state < TARGET_GIVEN_UP)
			return;
	}
}

/* Since when: what the capture has not got is nothing to begin anew for, or pings would keep the patience from ever ending. */
static void wait(struct assay_replay_target_link *k, enum step step, uint32_t place, uint64_t before)
{
	bool same = before && place == k->blocked && before >= k->t->progress;

	if (step == STEP_WAITS)
		k->waiting = same ? before : k->now;
	k->blocked = place;
}

void target_advance(struct assay_replay_target_link *k)
{
	uint32_t length = target_length(k);
	uint64_t waiting = k->waiting;

	k->waiting = 0;
	k->due = UINT64_MAX;
	k->stopped = false;
	for (uint32_t n = k->cursor; n < length && n - k->cursor < TARGET_WINDOW; n++) {
		uint32_t item = target_item(k, n);
		enum step step = STEP_ON;

		if (k->end != ASSAY_REPLAY_STAYS || k->out_end - k->out_start > TARGET_PENDING)
			return;
		k->stopped = item >= k->t->limit && k->due == UINT64_MAX;
		if (item >= k->t->limit)
			step = k->stopped ? STEP_WAITS : STEP_LATER;
		else if (k->t->state[item] < TARGET_GIVEN_UP)
			step = take_item(k, n);
		if (step != STEP_ON) {
			wait(k, step, n, waiting);
			return;
		}
		move_cursor(k, n + 1);
	}
}

bool target_pass(struct assay_replay_target_link *k)
{
	uint32_t length = target_length(k), n;

	for (n = k->cursor; n < length && n - k->cursor < TARGET_WINDOW; n++) {
		uint32_t item = target_item(k, n);
		const struct assay_script_item *i = &k->t->s->items[item];

		if (item >= k->t->limit)
			return false;
		if ((is_answer(i) || is_part(i)) && k->t->state[item] < TARGET_GIVEN_UP &&
			i->task != ASSAY_SCRIPT_NONE && is_ready(k, item))
			break;
	}
	if (n == length || n - k->cursor == TARGET_WINDOW)
		return false;
	while (n-- > k->cursor)
		if (k->t->state[target_item(k, n)] == TARGET_NEW)
			k->t->state[target_item(k, n)] = TARGET_PASSED;
	return true;
}

bool target_only_ends(struct assay_replay_target_link *k, bool pass)
{
	const struct assay_script_item *i;

	if (k->cursor == target_length(k) || target_item(k, k->cursor) >= k->t->limit)
		return false;
	i = &k->t->s->items[target_item(k, k->cursor)];
	if (i->dir != ASSAY_TO_INITIATOR || (i->kind != ASSAY_SCRIPT_FIN && i->kind != ASSAY_SCRIPT_CLOSE &&
						    i->kind != ASSAY_SCRIPT_RESET && !is_part(i)))
		return false;
	if (pass)
		k->t->state[target_item(k, k->cursor)] = TARGET_PASSED;
	return true;
}
