/* as_target.c - see as_target.h: the connections of a live initiator and what it sends on them. */
#include "replay/as_target.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/as_target_private.h"

#define FIRST_SIZE    65536u /* bytes of a connection's first buffer */
#define LONGEST       (ASSAY_DATA_SEGMENT_MAX + 4096u) /* bytes of a PDU */
#define HELD_MOST     ((size_t)128 << 20) /* bytes of buffers of all connections */
#define UNKNOWN_TOLD  64 /* requests that the capture has not got; of more only the number is told */
#define NOT_SUPPORTED 0x05 /* Reject reason: command not supported, section 11.17.1 */

/* ---- begin and end ---- */

int assay_replay_target_new(struct assay_replay_target **out, const struct assay_script *script,
	const struct assay_replay_target_options *options)
{
	struct assay_replay_target *t = calloc(1, sizeof(*t));
	bool any = false;

	*out = NULL;
	if (!t)
		return ASSAY_E_NOMEM;
	t->s = script;
	t->o = *options;
	if (!target_prepare(t)) {
		assay_replay_target_free(t);
		return ASSAY_E_NOMEM;
	}
	for (uint32_t c = 0; c < script->connection_count; c++)
		any |= t->playable[c];
	if (!any) {
		assay_replay_target_free(t);
		return ASSAY_E_INVAL;
	}
	*out = t;
	return 0;
}

static void free_link(struct assay_replay_target_link *k)
{
	k->t->held -= k->in.size;
	free(k->in.buf);
	free(k->out);
	free(k->text[0].bytes);
	free(k->text[1].bytes);
	target_login_free(k);
	free(k->part);
	free(k);
}

void assay_replay_target_free(struct assay_replay_target *t)
{
	if (!t)
		return;
	while (t->links) {
		struct assay_replay_target_link *next = t->links->next;

		free_link(t->links);
		t->links = next;
	}
	assay_tags_free(&t->tags);
	free(t->state);
	free(t->at);
	free(t->expected);
	free(t->finals);
	free(t->order);
	free(t->begins);
	free(t->played);
	free(t->playable);
	free(t->tasks);
	free(t->sessions);
	free(t);
}

bool assay_replay_target_done(const struct assay_replay_target *t)
{
	bool done = true;

	for (const struct assay_replay_target_link *k = t->links; done && k; k = k->next)
		done = k->connection == ASSAY_SCRIPT_NONE;
	for (uint32_t c = 0; done && c < t->s->connection_count; c++)
		done = t->played[c] || !t->playable[c];
	return done;
}

const struct assay_replay_target_counts *assay_replay_target_end(struct assay_replay_target *t, bool early)
{
	t->counts.stopped = t->limit < t->s->item_count;
	for (uint32_t c = 0; c < t->s->connection_count; c++) {
		if (t->played[c] || !t->playable[c])
			continue;
		t->counts.not_played++;
		target_differ(t, c, t->s->items[t->s->connections[c].opened].number, NULL, !early,
			"connection", "there", "none: the initiator did not open it");
	}
	return &t->counts;
}

struct assay_replay_target_link *assay_replay_target_accept(
	struct assay_replay_target *t, const char *local, const char *remote, uint64_t now)
{
	struct assay_replay_target_link *k = calloc(1, sizeof(*k));
	uint8_t *buffer = malloc(FIRST_SIZE);

	if (!k || !buffer) {
		free(k);
		free(buffer);
		return NULL;
	}
	assay_framer_init(&k->in, buffer, FIRST_SIZE);
	t->held += FIRST_SIZE;
	k->t = t;
	k->connection = ASSAY_SCRIPT_NONE;
	k->now = now;
	k->due = UINT64_MAX;
	k->accepted = now;
	k->next = t->links;
	t->links = k;
	assay_tap_open(t->o.tap, &k->tapped, local, remote, now);
	return k;
}

/* What the capture still has of the connection. */
static void count_missing(struct assay_replay_target_link *k)
{
	struct assay_replay_target *t = k->t;
	uint32_t length = target_length(k);
	uint64_t missing = 0, first = 0;
	char words[64];

	for (uint32_t n = 0; n < length; n++) {
		const struct assay_script_item *i = &t->s->items[target_item(k, n)];

		if (!target_is_request(i) || t->state[target_item(k, n)] >= TARGET_DONE ||
			target_item(k, n) >= t->limit)
			continue;
		t->state[target_item(k, n)] = TARGET_GIVEN_UP; /* nobody waits for it any more */
		if (!missing++)
			first = i->number;
	}
	t->counts.missing += missing;
	if (!missing)
		return;
	snprintf(words, sizeof(words), "%" PRIu64 " more, from #%" PRIu64 " on", missing, first);
	target_differ(t, k->connection, first, NULL, true, "requests", words, "none: the connection ended");
}

/* A request that the capture has not got. A hostile initiator has many of them. */
static void tell_unknown(struct assay_replay_target_link *k, const struct assay_pdu *pdu,
	const char *captured, const char *live)
{
	if (k->t->counts.unknown++ < UNKNOWN_TOLD)
		target_differ(k->t, k->connection, k->last_number, pdu, true, "request", captured, live);
	else
		k->t->counts.differing++;
}

/* The last bytes, where they are of no whole PDU. The capture may have such ones, too. */
static void take_rest(struct assay_replay_target_link *k)
{
	const struct assay_replay_target *t = k->t;
	uint32_t length = k->connection == ASSAY_SCRIPT_NONE ? 0 : target_length(k);
	size_t rest = k->in.end - k->in.start;
	char words[64];

	if (!rest || k->end != ASSAY_REPLAY_STAYS)
		return;
	assay_tap_bytes(t->o.tap, k->tapped, ASSAY_TO_TARGET, k->in.buf + k->in.start, rest, k->now);
	for (uint32_t n = 0; n < length; n++)
		if (t->s->items[target_item(k, n)].kind == ASSAY_SCRIPT_PART &&
			t->s->items[target_item(k, n)].dir == ASSAY_TO_TARGET)
			return;
	snprintf(words, sizeof(words), "%zu bytes of one", rest);
	if (!k->stopped)
		tell_unknown(k, NULL, "whole", words);
}

/* What waits on another connection may have waited for this. */
static void advance_others(struct assay_replay_target_link *k)
{
	for (struct assay_replay_target_link *other = k->t->links; other; other = other->next) {
		if (other == k || other->connection == ASSAY_SCRIPT_NONE || other->login ||
			other->end != ASSAY_REPLAY_STAYS)
			continue;
		other->now = k->now;
		target_advance(other);
	}
}

void assay_replay_target_closed(
	struct assay_replay_target_link *k, enum assay_role by, bool reset, uint64_t now)
{
	struct assay_replay_target_link **at = &k->t->links;

	k->now = now;
	take_rest(k);
	if (k->connection != ASSAY_SCRIPT_NONE)
		count_missing(k);
	assay_tap_close(k->t->o.tap, k->tapped, by == ASSAY_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
		reset, now);
	advance_others(k);
	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	free_link(k);
}

/* ---- requests ---- */

static void take_request(struct assay_replay_target_link *k, uint32_t item, const struct assay_pdu *pdu)
{
	struct assay_replay_target *t = k->t;
	uint32_t task = t->s->items[item].task;

	target_played(k, item);
	t->counts.requests++;
	k->last_number = t->s->items[item].number;
	if (task != ASSAY_SCRIPT_NONE && t->s->tasks[task].request == item) {
		t->tasks[task].come = true;
		memcpy(t->tasks[task].header, pdu->bhs, ASSAY_BHS_LENGTH);
		if (pdu->opcode == ASSAY_SCSI_COMMAND &&
			!assay_tags_set(&t->tags, target_tag(k, pdu->itt), task))
			k->end = ASSAY_REPLAY_RESETS;
	}
	target_compare(k, item, pdu);
	if (t->o.data == ASSAY_REPLAY_DATA_ALL && pdu->opcode == ASSAY_SCSI_COMMAND &&
		task != ASSAY_SCRIPT_NONE)
		target_compare_written(k, task, pdu);
}

static void take_data_out(struct assay_replay_target_link *k, uint32_t task, const struct assay_pdu *pdu)
{
	k->t->progress = k->now;
	k->t->tasks[task].finals += pdu->final;
	if (k->t->o.data == ASSAY_REPLAY_DATA_ALL)
		target_compare_written(k, task, pdu);
}

/* A ping beyond the captured ones is answered: initiators send them by their clock. */
static void take_ping(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	struct assay_pdu pong = { .opcode = ASSAY_NOP_IN,
		.itt = pdu->itt,
		.ttt = ASSAY_TAG_RESERVED,
		.data = pdu->data,
		.data_length = pdu->data_length };

	k->t->counts.pings++;
	if (pdu->itt != ASSAY_TAG_RESERVED)
		target_send_own(k, &pong);
}

static void take_unknown(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	struct assay_pdu reject = { .opcode = ASSAY_REJECT,
		.reason = NOT_SUPPORTED,
		.itt = ASSAY_TAG_RESERVED,
		.data = pdu->bhs,
		.data_length = ASSAY_BHS_LENGTH };
	char brief[160];

	if (k->full_feature && pdu->opcode == ASSAY_NOP_OUT) {
		take_ping(k, pdu);
		return;
	}
	if (k->unknown && pdu->opcode == ASSAY_DATA_OUT)
		return; /* of a command that was rejected */
	assay_listing_brief(brief, sizeof(brief), pdu);
	tell_unknown(k, pdu, "none such any more", brief);
	k->unknown |= pdu->opcode == ASSAY_SCSI_COMMAND;
	if (k->full_feature && pdu->opcode != ASSAY_DATA_OUT)
		target_send_own(k, &reject);
	if (!k->full_feature || pdu->opcode == ASSAY_LOGOUT_REQUEST)
		k->end = ASSAY_REPLAY_CLOSES;
}

/* Of a capture that is not played to its end: nothing of it is left for that connection. */
static bool is_over(const struct assay_replay_target *t)
{
	bool over = t->limit < t->s->item_count;

	for (uint32_t c = 0; over && c < t->s->connection_count; c++)
		over = t->played[c] || !t->playable[c];
	return over;
}

static void take_first(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	bool over = is_over(k->t);

	if (!over && target_bind(k, pdu))
		return;
	k->t->counts.beyond += over;
	if (over)
		k->end = ASSAY_REPLAY_CLOSES;
	else
		take_unknown(k, pdu);
}

/* A PDU that is not a captured task's data. */
static void take_matched(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	uint32_t item = target_match(k, pdu);

	if (item == ASSAY_SCRIPT_NONE && !k->stopped) {
		take_unknown(k, pdu);
	} else if (item == ASSAY_SCRIPT_NONE || item >= k->t->limit) {
		k->t->counts.beyond++;
	} else {
		k->t->progress = k->now;
		take_request(k, item, pdu);
	}
}

static void take(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	bool first = k->connection == ASSAY_SCRIPT_NONE;
	uint32_t task = ASSAY_SCRIPT_NONE;

	assay_tap_pdu(k->t->o.tap, k->tapped, ASSAY_TO_TARGET, pdu, k->now);
	if (k->connection == ASSAY_SCRIPT_NONE)
		take_first(k, pdu);
	if (k->connection == ASSAY_SCRIPT_NONE)
		return;
	target_window_take(target_window_of(k), pdu);
	if (first && k->t->s->connections[k->connection].mid_stream && !target_login_begin(k))
		k->end = ASSAY_REPLAY_RESETS;
	if (pdu->opcode == ASSAY_DATA_OUT)
		task = assay_tags_get(&k->t->tags, target_tag(k, pdu->itt));
	if (k->login)
		target_login_take(k, pdu);
	else if (task != ASSAY_SCRIPT_NONE)
		take_data_out(k, task, pdu);
	else
		take_matched(k, pdu);
	if (k->login)
		return;
	target_advance(k);
	advance_others(k);
}

/* ---- bytes ---- */

/* The buffer becomes long enough for the PDU whose header is there. */
static bool grow(struct assay_replay_target_link *k)
{
	struct assay_framer *f = &k->in;
	size_t size = assay_pdu_wire_length(f->buf + f->start, f->digests), more = size - f->size;
	char words[64];
	uint8_t *at;

	assay_framer_space(f, &at); /* what is held is at the front now */
	at = size <= LONGEST && k->t->held + more <= HELD_MOST ? realloc(f->buf, size) : NULL;
	if (!at) {
		snprintf(words, sizeof(words), "one of %zu bytes, and no room for them", size);
		tell_unknown(k, NULL, "none such", words);
		return false;
	}
	f->buf = at;
	f->size = size;
	k->t->held += more;
	return true;
}

static void take_pdus(struct assay_replay_target_link *k)
{
	struct assay_pdu pdu;
	int r = 1;

	while (r && k->end == ASSAY_REPLAY_STAYS) {
		k->in.digests = assay_tap_digests(k->t->o.tap, k->tapped, ASSAY_TO_TARGET);
		r = assay_framer_next(&k->in, &pdu);
		if (r == 1)
			take(k, &pdu);
		else if (r < 0 && !grow(k))
			k->end = ASSAY_REPLAY_RESETS;
	}
}

void assay_replay_target_input(
	struct assay_replay_target_link *k, const void *bytes, size_t length, uint64_t now)
{
	const uint8_t *from = bytes;

	k->now = k->t->active = now;
	while (length && k->end == ASSAY_REPLAY_STAYS) {
		uint8_t *at;
		size_t space = assay_framer_space(&k->in, &at), part = length < space ? length : space;

		memcpy(at, from, part);
		assay_framer_commit(&k->in, part);
		from += part;
		length -= part;
		take_pdus(k);
	}
}

size_t assay_replay_target_output(const struct assay_replay_target_link *k, const uint8_t **out)
{
	*out = k->out ? k->out + k->out_start : NULL;
	return k->out_end - k->out_start;
}

void assay_replay_target_sent(struct assay_replay_target_link *k, size_t length, uint64_t now)
{
	k->now = now;
	k->out_start += length;
	if (k->out_start == k->out_end && k->connection != ASSAY_SCRIPT_NONE && !k->login &&
		k->end == ASSAY_REPLAY_STAYS)
		target_advance(k); /* there may be more than was made at once */
}

bool assay_replay_target_plays(const struct assay_replay_target_link *k)
{
	return k->connection != ASSAY_SCRIPT_NONE;
}

enum assay_replay_target_end assay_replay_target_ends(const struct assay_replay_target_link *k)
{
	return k->end;
}

/* ---- time ---- */

uint64_t assay_replay_target_next(const struct assay_replay_target *t)
{
	uint64_t next = UINT64_MAX;

	for (const struct assay_replay_target_link *k = t->links; k; k = k->next) {
		if (k->end != ASSAY_REPLAY_STAYS)
			continue;
		if (k->waiting && k->waiting + t->o.patience < next)
			next = k->waiting + t->o.patience;
		if (k->due < next)
			next = k->due;
	}
	return next;
}

/* The capture says when a connection was over, not when the target closed its side: that may have been before requests on other connections, and then nobody says anything any more. So it is where the
 * capture is not played to its end. */
static bool is_time_to_end(struct assay_replay_target_link *k, uint64_t now)
{
	bool silent = k->t->active + k->t->o.patience <= now;

	if (!k->stopped && !target_only_ends(k, silent))
		return false;
	if (!silent)
		k->waiting = k->t->active;
	else if (k->stopped)
		k->end = ASSAY_REPLAY_CLOSES;
	return silent;
}

void assay_replay_target_tick(struct assay_replay_target *t, uint64_t now)
{
	for (struct assay_replay_target_link *k = t->links; k; k = k->next) {
		bool late = k->waiting && k->waiting + t->o.patience <= now;

		if (k->end != ASSAY_REPLAY_STAYS || (!late && k->due > now))
			continue;
		k->now = now;
		k->waiting = late ? 0 : k->waiting;
		if (k->due <= now || target_pass(k) || is_time_to_end(k, now))
			target_advance(k);
	}
}
