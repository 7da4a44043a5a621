/* as_target_tell.c - a live initiator's requests beside the captured ones: fields and text by compare.h, the proof of CHAP, written data. It keeps no secret and shows none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "codec/text.h"
#include "replay/as_target_private.h"

static void tell(struct assay_replay_target *t, const struct assay_replay_place *place,
	const struct assay_replay_differences *d)
{
	if (!d->count)
		return;
	t->counts.differing += d->counting > 0;
	t->o.differs(t->o.payload, place, d);
}

void target_differ(struct assay_replay_target *t, uint32_t connection, uint64_t number,
	const struct assay_pdu *live, bool counts, const char *what, const char *captured, const char *got)
{
	struct assay_replay_differences d = { 0 };
	struct assay_replay_place place = { .number = number,
		.connection = connection == ASSAY_SCRIPT_NONE ? 0 : t->s->connections[connection].number,
		.live = live };

	assay_replay_differ(&d, counts, what, captured, got);
	tell(t, &place, &d);
}

/* ---- text that comes in several PDUs ---- */

static bool has_text(const struct assay_pdu *pdu)
{
	return pdu->opcode == ASSAY_LOGIN_REQUEST || pdu->opcode == ASSAY_TEXT_REQUEST;
}

bool target_text_join(struct target_text *t, const struct assay_pdu *pdu)
{
	size_t part = pdu->data_length;

	if (!t->bytes)
		t->bytes = malloc(TARGET_TEXT);
	if (!t->bytes || part > TARGET_TEXT - t->length)
		return false;
	if (part)
		memcpy(t->bytes + t->length, pdu->data, part);
	t->length += part;
	return true;
}

void target_text_forget(struct target_text *t)
{
	free(t->bytes);
	*t = (struct target_text){ 0 };
}

/* ---- CHAP ---- */

static const char *words_of(enum assay_replay_proof proof)
{
	return proof == ASSAY_REPLAY_PROOF_RIGHT ? "right" : "wrong";
}

/* Without the secret: the challenge is the captured one, and so must the response be. */
static bool same_response(const char *captured, size_t captured_length, const char *live, size_t live_length)
{
	uint8_t bytes[2][ASSAY_CHAP_RESPONSE_MAX];
	struct assay_pair a, b;
	long length;

	if (!assay_text_find(&a, captured, captured_length, "CHAP_R") ||
		!assay_text_find(&b, live, live_length, "CHAP_R"))
		return true; /* that one is not there is told as a key */
	length = assay_value_binary(bytes[0], sizeof(bytes[0]), a.value, a.value_length);
	return length == assay_value_binary(bytes[1], sizeof(bytes[1]), b.value, b.value_length) &&
	       (length <= 0 || !memcmp(bytes[0], bytes[1], (size_t)length));
}

static void compare_proof(struct assay_replay_target_link *k, struct assay_replay_differences *d,
	const struct assay_replay_exchange *e)
{
	const struct assay_replay_prover *prover = &k->t->o.names->initiator;
	const char *then = prover->captured_secret ? prover->captured_secret : prover->secret;
	enum assay_replay_proof was = assay_replay_proof_of(
		&k->captured_chap, ASSAY_INITIATOR, then, e->captured_text, e->captured_text_length);
	enum assay_replay_proof is = assay_replay_proof_of(
		&k->chap, ASSAY_INITIATOR, prover->secret, e->live_text, e->live_text_length);

	if (was == ASSAY_REPLAY_PROOF_UNKNOWN || is == ASSAY_REPLAY_PROOF_UNKNOWN) {
		if (!same_response(
			    e->captured_text, e->captured_text_length, e->live_text, e->live_text_length))
			assay_replay_differ(
				d, true, "proof of CHAP", "one", "another, for the same challenge");
	} else if (was != is && was != ASSAY_REPLAY_PROOF_NONE && is != ASSAY_REPLAY_PROOF_NONE) {
		assay_replay_differ(d, true, "proof of CHAP", words_of(was), words_of(is));
	}
}

/* ---- requests ---- */

/* The whole text of both, once it is whole; what it has of CHAP is noted. */
static bool whole_text(struct assay_replay_target_link *k, struct assay_replay_exchange *e,
	const struct assay_pdu *captured, const struct assay_pdu *live)
{
	(void)target_text_join(&k->text[0], captured); /* what is longer is compared as far as it fits */
	(void)target_text_join(&k->text[1], live);
	if (captured->cont || live->cont)
		return false;
	e->captured_text = k->text[0].bytes;
	e->captured_text_length = k->text[0].length;
	e->live_text = k->text[1].bytes;
	e->live_text_length = k->text[1].length;
	return e->captured_text && e->live_text;
}

void target_compare(struct assay_replay_target_link *k, uint32_t item, const struct assay_pdu *live)
{
	const struct assay_script_item *i = &k->t->s->items[item];
	struct assay_replay_differences d = { 0 };
	struct assay_replay_exchange e = { 0 };
	struct assay_replay_place place = { .number = i->number,
		.frame = i->frame,
		.connection = k->t->s->connections[k->connection].number,
		.captured = &i->pdu,
		.live = live };
	bool whole = has_text(live) && whole_text(k, &e, &i->pdu, live);

	if (i->cut)
		return;
	assay_replay_compare(&d, &i->pdu, live, k->t->o.masks, &e);
	if (whole && live->opcode == ASSAY_LOGIN_REQUEST) {
		compare_proof(k, &d, &e);
		assay_replay_chap_note(
			&k->captured_chap, ASSAY_INITIATOR, e.captured_text, e.captured_text_length);
		assay_replay_chap_note(&k->chap, ASSAY_INITIATOR, e.live_text, e.live_text_length);
	}
	if (!i->pdu.cont && !live->cont) {
		target_text_forget(&k->text[0]);
		target_text_forget(&k->text[1]);
	}
	tell(k->t, &place, &d);
}

void target_compare_written(struct assay_replay_target_link *k, uint32_t task, const struct assay_pdu *live)
{
	const struct assay_script *s = k->t->s;
	const struct assay_script_item *request = &s->items[s->tasks[task].request];
	uint32_t offset = live->opcode == ASSAY_DATA_OUT ? live->buffer_offset : 0, there;
	struct assay_replay_differences d = { 0 };
	struct assay_replay_place place = { .number = request->number,
		.frame = request->frame,
		.connection = s->connections[k->connection].number,
		.live = live };
	uint8_t *captured = live->data_length ? malloc(live->data_length) : NULL;
	char what[64];

	if (!captured)
		return;
	there = assay_script_write_data(captured, s, &s->tasks[task], offset, live->data_length);
	if (there < live->data_length || memcmp(captured, live->data, there)) {
		snprintf(what, sizeof(what), "data written at byte %" PRIu32, offset);
		assay_replay_differ(&d, true, what, there < live->data_length ? "fewer bytes" : "other bytes",
			"as listed");
	}
	free(captured);
	tell(k->t, &place, &d);
}
