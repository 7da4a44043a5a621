/* drive_tell.c - a live answer beside the captured one, and what differs otherwise, told to the caller. Compares by compare.h alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/drive.h"

#define TEXT_MOST                                                                                            \
	(1u << 20) /* bytes of a text that came in several PDUs; a longer one is compared by its end */

/* ---- telling ---- */

void drive_tell_now(struct drive *d, struct assay_replay_place *place,
	struct assay_replay_differences *differences, bool follows)
{
	place->follows = follows && differences->counting;
	if (place->follows) {
		differences->counting = 0;
		for (size_t n = 0; n < differences->count; n++)
			differences->difference[n].counts = false;
	}
	d->out->differing += differences->counting != 0;
	if (differences->count && d->o->differs)
		d->o->differs(d->o->payload, place, differences);
}

/* What is no whole PDU has none. */
static uint64_t request_number(const struct drive *d, uint32_t task)
{
	const struct assay_script_item *i = task == ASSAY_SCRIPT_NONE
						    ? NULL
						    : &d->s->items[d->s->tasks[task].request];

	return i && i->kind == ASSAY_SCRIPT_PDU ? i->number : 0;
}

struct assay_replay_place drive_place(const struct drive *d, uint32_t item, uint32_t task)
{
	const struct assay_script_item *i = &d->s->items[item];

	return (struct assay_replay_place){
		.number = i->number,
		.frame = i->frame,
		.connection = d->s->connections[i->connection].number,
		.request_number = request_number(d, task),
		.captured = i->kind == ASSAY_SCRIPT_PDU ? &i->pdu : NULL,
	};
}

void drive_tell(struct drive *d, uint32_t item, uint32_t task, const struct assay_pdu *live,
	const struct assay_replay_differences *differences)
{
	uint32_t at = item < d->s->item_count ? item : d->s->item_count - 1;
	struct assay_replay_place place = drive_place(d, at, task);
	struct assay_replay_differences copy = *differences;
	struct assay_pdu request;

	if (task != ASSAY_SCRIPT_NONE) {
		assay_pdu_decode_bhs(&request, d->tasks[task].header);
		place.request = &request;
	}
	place.live = live;
	drive_claims_tell(d, at, &place, &copy);
}

void drive_differ(struct drive *d, uint32_t item, uint32_t task, const char *what, const char *captured,
	const char *live)
{
	struct assay_replay_differences differences = { 0 };

	assay_replay_differ(&differences, true, what, captured, live);
	drive_tell(d, item, task, NULL, &differences);
}

/* Was nothing answered any more in the capture, either, before the target closed? Then only the time is another one. */
static bool was_to_end(const struct drive *d, uint32_t link, uint32_t item)
{
	const struct assay_script_connection *c = &d->s->connections[link];

	return c->ended != ASSAY_SCRIPT_NONE && d->s->items[c->ended].end_known &&
	       d->s->items[c->ended].dir == ASSAY_TO_INITIATOR &&
	       (c->last_answer == ASSAY_SCRIPT_NONE || c->last_answer < item);
}

void drive_gone(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];
	bool whole = d->s->items[item].kind == ASSAY_SCRIPT_PDU;
	const char *name = whole ? assay_opcode_name(d->s->items[item].pdu.opcode) : NULL;
	char captured[96];

	if (k->gone_told || k->over)
		return;
	k->gone_told = true;
	if (was_to_end(d, link, item))
		return;
	snprintf(captured, sizeof(captured), "goes on with a %s",
		name    ? name
		: whole ? "PDU"
			: "part of a PDU");
	drive_differ(d, item, ASSAY_SCRIPT_NONE, "connection", captured,
		k->reset ? "the target has reset it" : "the target has closed it");
}

/* ---- answers ---- */

void drive_keep_text(struct drive_link *k, unsigned side, const struct assay_pdu *pdu)
{
	size_t length = k->text_length[side] + pdu->data_length;
	char *grown;

	if (!pdu->data_length || length > TEXT_MOST)
		return;
	grown = realloc(k->text[side], length);
	if (!grown)
		return;
	memcpy(grown + k->text_length[side], pdu->data, pdu->data_length);
	k->text[side] = grown;
	k->text_length[side] = length;
}

/* The whole text of an answer that came in parts, on either side. */
static void join_text(struct drive_link *k, struct assay_replay_exchange *x, const struct assay_pdu *captured,
	const struct assay_pdu *live)
{
	const struct assay_pdu *both[2] = { captured, live };

	for (unsigned side = 0; side < 2; side++)
		if (both[side]->cont || k->text_length[side])
			drive_keep_text(k, side, both[side]);
	if (captured->cont || live->cont)
		return;
	if (k->text_length[0]) {
		x->captured_text = k->text[0];
		x->captured_text_length = k->text_length[0];
	}
	if (k->text_length[1]) {
		x->live_text = k->text[1];
		x->live_text_length = k->text_length[1];
	}
	k->text_length[0] = k->text_length[1] = 0;
}

static bool is_text(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_LOGIN_RESPONSE || pdu->opcode == ASSAY_TEXT_RESPONSE;
}

/* Mutual CHAP: the target's proof answers our challenge, which is the captured one. One that was wrong in the capture, where another secret may have been known, tells something to a claim only. */
static void check_proof(struct drive *d, struct drive_link *k, struct assay_replay_differences *out,
	uint32_t answer, const struct assay_pdu *live)
{
	const struct assay_pdu *captured = &d->s->items[answer].pdu;
	const char *secret = k->account ? k->account->target_proof.secret : NULL;
	enum assay_replay_proof was, is;

	if (live->opcode != ASSAY_LOGIN_RESPONSE || !secret || !live->data_length || !captured->data_length)
		return;
	is = assay_replay_proof_of(
		&k->chap, ASSAY_TARGET, secret, (const char *)live->data, live->data_length);
	was = assay_replay_proof_of(
		&k->captured_chap, ASSAY_TARGET, secret, (const char *)captured->data, captured->data_length);
	if (is == ASSAY_REPLAY_PROOF_WRONG && was != ASSAY_REPLAY_PROOF_WRONG)
		assay_replay_differ(out, true, "CHAP_R", "the target proves who it is", "a wrong proof");
	if (is == ASSAY_REPLAY_PROOF_RIGHT && was == ASSAY_REPLAY_PROOF_WRONG &&
		drive_claims_rest_on(d, answer))
		assay_replay_differ(out, true, "CHAP_R", "a wrong proof", "the target proves who it is");
}

static bool is_good(const struct assay_pdu *pdu)
{
	return (pdu->opcode == ASSAY_SCSI_RESPONSE || pdu->opcode == ASSAY_DATA_IN) && !pdu->response &&
	       !pdu->status;
}

/* A text that goes on has a tag of the target's. */
static void keep_tag(struct drive_link *k, const struct assay_pdu *captured, const struct assay_pdu *live)
{
	if (captured->opcode != ASSAY_TEXT_RESPONSE || live->opcode != ASSAY_TEXT_RESPONSE)
		return;
	k->text_tagged = captured->ttt != ASSAY_TAG_RESERVED && live->ttt != ASSAY_TAG_RESERVED;
	k->captured_text_tag = (struct assay_rewrite_tag){ captured->ttt, captured->lun };
	k->text_tag = (struct assay_rewrite_tag){ live->ttt, live->lun };
}

static const char *digests_in_words(uint8_t bad)
{
	static const char *const words[] = { "right", "header digest wrong", "data digest wrong",
		"both wrong" };

	return words[(bad & ASSAY_HEADER_DIGEST ? 1 : 0) + (bad & ASSAY_DATA_DIGEST ? 2 : 0)];
}

static uint8_t bad_of(const struct drive *d, uint32_t first)
{
	uint8_t bad = 0;

	for (uint32_t n = first; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next)
		bad |= d->s->items[n].pdu.bad_digests;
	return bad;
}

/* Of all that came for a task: one that was wrong is wrong again, no other. */
static void compare_digests(struct drive *d, struct assay_replay_differences *out, uint32_t task)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	uint8_t captured = bad_of(d, t->first_read) | bad_of(d, t->first_r2t) |
			   d->s->items[t->answer].pdu.bad_digests;

	if (captured != d->tasks[task].bad)
		assay_replay_differ(out, true, "digests", digests_in_words(captured),
			digests_in_words(d->tasks[task].bad));
}

void drive_compare(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live)
{
	const struct assay_script_task *t = &d->s->tasks[task];
	const struct assay_pdu *captured = &d->s->items[t->answer].pdu;
	struct assay_replay_place place = drive_place(d, t->answer, task);
	struct assay_replay_differences differences = { 0 };
	struct assay_replay_exchange exchange = { .captured_request = &d->s->items[t->request].pdu };
	struct drive_link *k = &d->links[link];
	struct assay_pdu request;

	assay_pdu_decode_bhs(&request, d->tasks[task].header);
	exchange.live_request = place.request = &request;
	exchange.captured_target = d->captured_target[0] ? d->captured_target : NULL;
	exchange.live_target = d->o->names.target_name;
	place.live = live;
	d->out->compared++;
	if (is_text(captured) && is_text(live))
		join_text(k, &exchange, captured, live);
	(void)assay_replay_compare(&differences, captured, live, d->o->masks, &exchange);
	check_proof(d, k, &differences, t->answer, live);
	compare_digests(d, &differences, task);
	drive_compare_order(d, &differences, task);
	drive_compare_session(d, &differences, link, captured, live);
	if (request.opcode == ASSAY_SCSI_COMMAND && is_good(captured) && is_good(live)) {
		drive_compare_read(d, &differences, task, &request);
		assay_replay_blocks_note(d->blocks, &request);
	}
	keep_tag(k, captured, live);
	drive_claims_tell(d, t->answer, &place, &differences);
	/* What the capture says behind a login that succeeded is no answer to one that did not. */
	if (live->opcode == ASSAY_LOGIN_RESPONSE && live->status_class && !captured->status_class) {
		k->gone_told = true;
		drive_shut(d, link);
	}
}

/* The capture says that nobody answers it. */
static void unheard_of(struct drive *d, uint32_t task, const struct assay_pdu *live)
{
	struct assay_replay_differences differences = { 0 };
	char words[96];

	d->out->compared++;
	assay_listing_brief(words, sizeof(words), live);
	assay_replay_differ(&differences, true, "answer", "none", words);
	drive_tell(d, d->s->tasks[task].request, task, live, &differences);
}

void drive_answered(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live)
{
	uint32_t answer = d->s->tasks[task].answer;

	if (d->tasks[task].state != DRIVE_SENT || drive_text_goes_on(d, link, task, live))
		return;
	d->tasks[task].state = DRIVE_ANSWERED;
	if (answer == ASSAY_SCRIPT_NONE && drive_silent(d, task))
		unheard_of(d, task, live);
	else if (answer == ASSAY_SCRIPT_NONE || d->tasks[task].dubious || d->s->items[answer].cut)
		d->out->uncompared++;
	else
		drive_compare(d, link, task, live);
	drive_forget_read(d, task);
}
