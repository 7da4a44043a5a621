/*
 * rules_keys.c - the text of login and text PDUs as sets of pairs: the C bit, the form of a pair, what must be answered before
 * the end. What a pair may say is judged in rules_offer.c. RFC 7143 sections 6.1 and 6.2.
 */
#include <string.h>

#include "proto/watch_private.h"

/* Section 6.1: a standard-label. '#' stands in the one key of the standard that begins with X#. */
static bool is_label(const char *key, size_t length)
{
	if (!length || length > ASSAY_KEY_NAME_MAX || key[0] < 'A' || key[0] > 'Z')
		/* iSCSIProtocolLevel, RFC 7144, is no standard-label itself */
		return length <= ASSAY_KEY_NAME_MAX && assay_key_find(key, length) != ASSAY_KEY_UNKNOWN;
	for (size_t i = 0; i < length; i++) {
		char c = key[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && !(c && strchr(".-+@_#", c)))
			return false;
	}
	return true;
}

static void malformed(struct watch_event *e, const char *expected, const char *text, size_t length)
{
	char shown[ASSAY_SHOW_MAX];

	/* What was malformed already comes back in a NotUnderstood. */
	if (e->sender == ASSAY_TARGET && (e->c->keys.is_void || e->c->keys.malformed))
		return;
	e->c->keys.malformed |= e->sender == ASSAY_TARGET;
	found(e, RULE_KEY_FORMAT, expected, say(e->got, "%s", assay_key_show(shown, text, length)));
	if (e->sender == ASSAY_INITIATOR)
		e->c->keys.is_void = true;
}

/* One pair without its NUL. */
static void take(struct watch_event *e, const char *text, size_t length, unsigned in)
{
	struct watch_side *side = &e->c->keys.side[e->dir];
	const char *equals = memchr(text, '=', length);
	struct assay_pair pair = { .key = text, .key_length = length };
	enum assay_key_id id;

	if (!length) /* a lone NUL */
		return;
	if (!equals) {
		malformed(e, "key=value", text, length);
		return;
	}
	pair.key_length = (size_t)(equals - text);
	pair.value = equals + 1;
	pair.value_length = length - pair.key_length - 1;
	if (!is_label(pair.key, pair.key_length)) {
		malformed(e, "a key name of at most 63 letters, digits or .-+@_, the first a capital", text,
			length);
		return;
	}
	side->pairs++;
	if (in == ASSAY_KEY_IN_FULL_FEATURE && e->sender == ASSAY_TARGET && e->c->text.send_targets)
		rules_send_targets(e, &pair);
	id = assay_key_find(pair.key, pair.key_length);
	if (id == ASSAY_KEY_UNKNOWN)
		return;
	side->set |= UINT64_C(1) << id;
	rules_auth_pair(e, id, &pair);
	rules_offer(e, id, &pair, in);
}

/* Keeps the beginning of a pair for the next PDU. */
static void hold(struct watch_side *side, const char *text, size_t length)
{
	if (length > sizeof(side->part) - side->part_length) {
		side->lost = true;
		return;
	}
	memcpy(side->part + side->part_length, text, length);
	side->part_length = (uint16_t)(side->part_length + length);
}

/* A pair of which part was held. */
static void take_joined(struct watch_event *e, const char *text, size_t length, unsigned in)
{
	struct watch_side *side = &e->c->keys.side[e->dir];
	uint16_t joined;

	hold(side, text, length);
	joined = side->part_length;
	side->part_length = 0;
	if (!side->lost)
		take(e, side->part, joined, in);
	else
		e->c->keys.is_void = true;
}

/* Reads the text of a PDU. in: the stage, as the flags of a key name it. cont: the C bit. */
void rules_keys(struct watch_event *e, unsigned in, bool cont)
{
	struct watch_side *side = &e->c->keys.side[e->dir];
	const char *text = (const char *)e->pdu->data, *nul;
	size_t left = e->pdu->data_length;

	if (side->unseen) { /* where a pair begins is not known either */
		side->unseen = cont;
		return;
	}
	if (!side->continuing) {
		side->set = 0;
		side->pairs = 0;
		side->lost = false;
		side->part_length = 0;
	}
	side->continuing = cont;
	side->of_other_stage = side->leading = false;
	while (left && (nul = memchr(text, '\0', left)) != NULL) {
		size_t length = (size_t)(nul - text);

		if (side->part_length || side->lost)
			take_joined(e, text, length, in);
		else
			take(e, text, length, in);
		text += length + 1;
		left -= length + 1;
	}
	if (left)
		hold(side, text, left);
	if (!cont && (left || side->part_length)) {
		malformed(e, "a NUL after the last pair", side->part, side->part_length);
		side->part_length = 0;
	}
}

/* Section 6.2: C=1 is answered with an empty PDU. */
void rules_keys_continue(struct watch_event *e, bool peer_continues)
{
	if (peer_continues && e->pdu->data_segment_length)
		found(e,
			e->sender == ASSAY_INITIATOR ? RULE_CONTINUE_ANSWER_INITIATOR
						     : RULE_CONTINUE_ANSWER_TARGET,
			say(e->expected, "no data: the other side's text goes on (C=1)"),
			say(e->got, "%u bytes", e->pdu->data_segment_length));
}

/* The stage, or the text negotiation, ends with this PDU of the target's: what was offered must have been answered. */
void rules_keys_end(struct watch_event *e, enum watch_rule offer_rule)
{
	struct watch_negotiation *n = &e->c->keys;
	bool is_void = n->is_void || e->c->broken;

	for (unsigned i = 0; i < ASSAY_KEY_COUNT; i++) {
		struct watch_key *k = &n->key[i];
		const char *name = assay_key_at(i)->name;

		if (k->state != KEY_OFFERED)
			continue;
		k->state = KEY_SETTLED;
		if (k->optional) {
			rules_offer_taken(e, i, NULL);
			continue;
		}
		if (is_void)
			continue;
		if (k->offerer == ASSAY_INITIATOR &&
			!n->malformed) /* else it may be what could not be read */
			FOUND(e, ANSWER_MISSING, ("an answer to %s", name), ("the end without one"));
		else if (k->offerer == ASSAY_TARGET && k->round == n->rounds)
			found(e, offer_rule, say(e->expected, "no offer in the last response"),
				say(e->got, "%s offered", name));
		else if (k->offerer == ASSAY_TARGET && !k->moot)
			FOUND_AGAINST(e, ASSAY_INITIATOR, ANSWER_MISSING, ("an answer to %s", name),
				("the end without one"));
	}
}

void rules_keys_restart(struct watch_negotiation *n)
{
	memset(n, 0, sizeof(*n));
}
