/*
 * rules_text.c - Text Requests and Responses in the full feature phase: sequences, their tags and the F bit; SendTargets.
 * The keys are judged in rules_keys.c and rules_offer.c. RFC 7143 sections 6.4, 11.10, 11.11 and appendix C.
 */
#include <string.h>
#include <strings.h>

#include "codec/name.h"
#include "proto/watch_private.h"

/* ---- requests ---- */

/* The next request of a sequence. */
static void follow(struct watch_event *e)
{
	struct watch_text *x = &e->c->text;
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->itt != x->itt && !(x->strayed && pdu->itt == x->stray)) {
		FOUND(e, TEXT_SEQUENCE, ("ITT 0x%x through the sequence", x->itt), ("ITT 0x%x", pdu->itt));
		x->strayed = true;
		x->stray = pdu->itt;
	} else if (pdu->immediate != x->immediate && !x->immediate_told) {
		x->immediate_told = true;
		FOUND(e, TEXT_SEQUENCE, ("I=%u through the sequence", x->immediate),
			("I=%u", pdu->immediate));
	}
	if (x->unsure)
		x->unsure = false;
	else if (pdu->ttt != x->ttt)
		FOUND(e, TEXT_TTT, ("TTT 0x%x of the last response", x->ttt), ("TTT 0x%x", pdu->ttt));
	else if (pdu->lun != x->lun)
		FOUND(e, TEXT_TTT, ("LUN 0x%016llx of the last response", (unsigned long long)x->lun),
			("LUN 0x%016llx", (unsigned long long)pdu->lun));
	e->task = watch_task_find(e->w, e->s, x->itt);
	rules_task_continued(e);
	rules_request_numbers(e);
}

/* May there be sequences whose start was not seen? */
static bool missed(const struct watch_connection *c)
{
	return c->deaf || c->blind;
}

/* The first one, or one that resets the negotiation (section 6.4). */
static bool begin(struct watch_event *e)
{
	struct watch_text *x = &e->c->text;
	bool reset = x->open && e->pdu->itt == x->itt;

	if (x->open && !reset) {
		struct watch_task *abandoned = watch_task_find(e->w, e->s, x->itt);

		if (abandoned)
			abandoned->is_void = true;
	}
	rules_keys_restart(&e->c->keys);
	memset(x, 0, sizeof(*x));
	if (e->pdu->ttt != ASSAY_TAG_RESERVED) {
		e->c->keys.is_void = missed(e->c);
		e->c->keys.side[ASSAY_TO_TARGET].unseen = missed(e->c);
		e->c->keys.side[ASSAY_TO_INITIATOR].unseen = missed(e->c);
	}
	if (!reset)
		return rules_task_begin(e);
	e->task = watch_task_find(e->w, e->s, e->pdu->itt);
	rules_task_continued(e);
	rules_request_numbers(e);
	return true;
}

void rules_text_request(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_text *x = &c->text;
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_side *said = &c->keys.side[ASSAY_TO_TARGET];
	bool follows = pdu->ttt != ASSAY_TAG_RESERVED && x->open;

	if (x->waiting && rules_task_retried(e))
		return;
	if (x->waiting && !x->answered)
		FOUND(e, TEXT_ONE_REQUEST, ("the answer to the last Text Request first"),
			("another Text Request"));
	if (follows) {
		follow(e);
	} else {
		bool made = begin(e);

		if (pdu->ttt != ASSAY_TAG_RESERVED && !missed(c))
			FOUND(e, TEXT_TTT, ("TTT 0xffffffff: no sequence is open"), ("TTT 0x%x", pdu->ttt));
		if (!made)
			return;
	}
	if (pdu->cont && pdu->final)
		FOUND(e, CONTINUE_FINAL, ("C or F, not both"), ("C and F"));
	rules_keys_continue(e, c->keys.side[ASSAY_TO_INITIATOR].continuing);
	rules_keys(e, ASSAY_KEY_IN_FULL_FEATURE, pdu->cont);
	if (!pdu->cont && said->set & UINT64_C(1) << ASSAY_KEY_SEND_TARGETS && said->pairs > 1)
		FOUND(e, SEND_TARGETS_ALONE, ("SendTargets alone"), ("%u keys", said->pairs));
	if (e->void_task)
		c->keys.is_void = true;
	x->open = true;
	x->waiting = true;
	x->answered = false;
	x->final = pdu->final;
	x->cont = pdu->cont;
	if (!follows) {
		x->immediate = pdu->immediate;
		x->itt = pdu->itt;
	}
}

/* ---- responses ---- */

/* Is it that target's name? In other letters than those of ASCII nobody here can tell. */
static bool is_same_name(const char *name, const struct assay_pair *pair)
{
	if (strlen(name) != pair->value_length)
		return false;
	return !strncasecmp(name, pair->value, pair->value_length);
}

static bool is_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] & 0x80)
			return false;
	return true;
}

/* Appendix C: a normal session is told of its own target, unless it asked for another one by name. */
static void of_this_session(struct watch_event *e, const struct assay_pair *pair)
{
	const struct watch_connection *c = e->c;
	const char *own = c->params.target_name;
	char text[ASSAY_SHOW_MAX];

	if (!c->params_known || c->params.discovery || c->text.send_targets_named || !own[0] ||
		is_same_name(own, pair) || !is_ascii(own, strlen(own)) ||
		!is_ascii(pair->value, pair->value_length))
		return;
	FOUND(e, SEND_TARGETS_OTHERS, ("the session's own target only"),
		("TargetName=%s", assay_key_show(text, pair->value, pair->value_length)));
}

/* One pair of an answer to SendTargets. */
void rules_send_targets(struct watch_event *e, const struct assay_pair *pair)
{
	struct assay_address address;
	char text[ASSAY_SHOW_MAX];

	if (assay_pair_is(pair, "TargetAddress")) {
		if (assay_address_parse(&address, pair->value, pair->value_length, NULL) == ASSAY_OK &&
			address.tpgt < 0)
			FOUND(e, SEND_TARGETS_TAG, ("TargetAddress with a portal group tag"),
				("%s", assay_key_show(text, pair->value, pair->value_length)));
	} else if (assay_pair_is(pair, "TargetName")) {
		of_this_session(e, pair);
	} else if (!assay_pair_is(pair, "SendTargets")) {
		FOUND(e, SEND_TARGETS_KEYS, ("TargetName and TargetAddress"),
			("%s", assay_key_show(text, pair->key, pair->key_length)));
	}
}

static void tags(struct watch_event *e)
{
	const struct assay_pdu *pdu = e->pdu;

	if (pdu->final && !e->c->text.final)
		FOUND(e, TEXT_FINAL, ("F=0, as in the request"), ("F=1"));
	if (pdu->final && pdu->cont)
		FOUND(e, CONTINUE_FINAL, ("C or F, not both"), ("C and F"));
	if (pdu->final && pdu->ttt != ASSAY_TAG_RESERVED)
		FOUND(e, TEXT_FINAL_TTT, ("TTT 0xffffffff with F=1"), ("TTT 0x%x", pdu->ttt));
	if (!pdu->final && pdu->ttt == ASSAY_TAG_RESERVED)
		FOUND(e, TEXT_MORE_TTT, ("a TTT other than 0xffffffff with F=0"), ("0xffffffff"));
	e->c->text.unsure = pdu->final ? !e->c->text.final : pdu->ttt == ASSAY_TAG_RESERVED;
}

/* What was declared is in force from here on: the target knows (section 6.4). */
static void take_lengths(struct watch_connection *c)
{
	if (c->text.declared[ASSAY_TO_TARGET])
		c->params.target_max_recv = c->text.declared[ASSAY_TO_TARGET];
	if (c->text.declared[ASSAY_TO_INITIATOR])
		c->params.initiator_max_recv = c->text.declared[ASSAY_TO_INITIATOR];
	c->recv_limit[ASSAY_TO_INITIATOR] = c->params.initiator_max_recv;
}

static void finish(struct watch_event *e)
{
	struct watch_connection *c = e->c;

	rules_keys_end(e, RULE_TEXT_FINAL_OFFER);
	rules_keys_restart(&c->keys);
	take_lengths(c);
	memset(&c->text, 0, sizeof(c->text));
}

void rules_text_response(struct watch_event *e)
{
	struct watch_connection *c = e->c;
	struct watch_text *x = &c->text;
	const struct assay_pdu *pdu = e->pdu;
	const struct watch_task *t = watch_task_find(e->w, e->s, pdu->itt);
	bool waiting = x->waiting, mine = x->open && pdu->itt == x->itt;

	if (mine)
		x->waiting = false;
	else
		x->unsure = x->answered = !t || t->is_void;
	if (!rules_task_answer(e, ASSAY_TEXT_REQUEST, pdu->final)) {
		if (mine) {
			c->keys.is_void = true;
			x->ttt = pdu->ttt;
			x->lun = pdu->lun;
			if (pdu->final) {
				take_lengths(c);
				memset(x, 0, sizeof(*x));
			}
		}
		return;
	}
	if (!mine) /* an abandoned sequence */
		return;
	if (!waiting) {
		FOUND(e, RESPONSE_ONCE, ("one Text Response for each request"),
			("a second one, StatSN %u", pdu->stat_sn));
		return;
	}
	if (!pdu->final)
		rules_acknowledged(e);
	tags(e);
	rules_keys_continue(e, x->cont);
	rules_keys(e, ASSAY_KEY_IN_FULL_FEATURE, pdu->cont);
	x->ttt = pdu->ttt;
	x->lun = pdu->lun;
	if (pdu->final && x->final)
		finish(e);
	else
		c->keys.rounds++;
}
