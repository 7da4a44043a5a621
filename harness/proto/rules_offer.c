/*
 * rules_offer.c - what one pair may say: who may say the key and where, declarations, offers and answers, and what they come to.
 * The keys themselves are in the table of keys.c. RFC 7143 sections 6.2, 6.3, 12 and 13, appendix C.
 */
#include <string.h>

#include "proto/watch_private.h"

static const char *shown(char out[ASSAY_SHOW_MAX], const struct assay_pair *pair)
{
	return assay_key_show(out, pair->value, pair->value_length);
}

/* ---- results ---- */

static void number_taken(struct watch_connection *c, enum assay_key_id id, uint64_t value)
{
	struct assay_params *p = &c->params;

	switch (id) {
	case ASSAY_KEY_HEADER_DIGEST: p->header_digest = value == 1; break;
	case ASSAY_KEY_DATA_DIGEST: p->data_digest = value == 1; break;
	case ASSAY_KEY_MAX_CONNECTIONS: p->max_connections = (uint32_t)value; break;
	case ASSAY_KEY_INITIAL_R2T: p->initial_r2t = value; break;
	case ASSAY_KEY_IMMEDIATE_DATA: p->immediate_data = value; break;
	case ASSAY_KEY_MAX_BURST_LENGTH: p->max_burst_length = (uint32_t)value; break;
	case ASSAY_KEY_FIRST_BURST_LENGTH: p->first_burst_length = (uint32_t)value; break;
	case ASSAY_KEY_DEFAULT_TIME2WAIT: p->default_time2wait = (uint32_t)value; break;
	case ASSAY_KEY_DEFAULT_TIME2RETAIN: p->default_time2retain = (uint32_t)value; break;
	case ASSAY_KEY_MAX_OUTSTANDING_R2T: p->max_outstanding_r2t = (uint32_t)value; break;
	case ASSAY_KEY_DATA_PDU_IN_ORDER: p->data_pdu_in_order = value; break;
	case ASSAY_KEY_DATA_SEQUENCE_IN_ORDER: p->data_sequence_in_order = value; break;
	case ASSAY_KEY_ERROR_RECOVERY_LEVEL: p->error_recovery_level = (uint32_t)value; break;
	case ASSAY_KEY_TASK_REPORTING: p->task_reporting = (uint32_t)value; break;
	case ASSAY_KEY_PROTOCOL_LEVEL: p->protocol_level = (uint32_t)value; break;
	default: break;
	}
}

/* answer NULL: none was needed. */
void rules_offer_taken(struct watch_event *e, enum assay_key_id id, const struct assay_pair *answer)
{
	const struct watch_key *k = &e->c->keys.key[id];
	const struct assay_key *key = assay_key_at(id);
	uint64_t value;

	if (k->length == UINT8_MAX && !answer)
		return;
	if (assay_key_outcome(&value, key, k->value, k->length == UINT8_MAX ? 0 : k->length,
		    answer ? answer->value : NULL, answer ? answer->value_length : 0) == ASSAY_OK)
		number_taken(e->c, id, value);
}

/* A longer MaxRecvDataSegmentLength may be used at once, a shorter one only binds who knows of it: rules_text.c. */
static void receives(struct watch_event *e, const struct assay_pair *pair)
{
	enum assay_dir dir = e->sender == ASSAY_INITIATOR ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET;
	uint32_t *limit = dir == ASSAY_TO_TARGET ? &e->c->params.target_max_recv
						 : &e->c->params.initiator_max_recv;
	uint64_t value;

	if (e->pdu->opcode == ASSAY_TEXT_REQUEST ||
		e->pdu->opcode == ASSAY_TEXT_RESPONSE) /* in force when the sequence ends, section 6.4 */
		limit = &e->c->text.declared[dir];

	if (assay_value_number(&value, pair->value, pair->value_length) < 0 || value > ASSAY_DATA_SEGMENT_MAX)
		return;
	*limit = (uint32_t)value;
	if (*limit > e->c->recv_limit[dir])
		e->c->recv_limit[dir] = *limit;
}

static void declared(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair)
{
	struct assay_params *p = &e->c->params;
	uint64_t value;

	switch (id) {
	case ASSAY_KEY_INITIATOR_NAME:
		assay_value_copy(p->initiator_name, sizeof(p->initiator_name), pair);
		break;
	case ASSAY_KEY_TARGET_NAME:
		if (e->sender == ASSAY_INITIATOR)
			assay_value_copy(p->target_name, sizeof(p->target_name), pair);
		break;
	case ASSAY_KEY_INITIATOR_ALIAS:
		assay_value_copy(p->initiator_alias, sizeof(p->initiator_alias), pair);
		break;
	case ASSAY_KEY_TARGET_ALIAS: assay_value_copy(p->target_alias, sizeof(p->target_alias), pair); break;
	case ASSAY_KEY_SESSION_TYPE: p->discovery = assay_value_is(pair, "Discovery"); break;
	case ASSAY_KEY_TARGET_PORTAL_GROUP_TAG:
		if (assay_value_number(&value, pair->value, pair->value_length) == ASSAY_OK &&
			value <= UINT16_MAX)
			p->target_portal_group_tag = (int)value;
		break;
	case ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH: receives(e, pair); break;
	case ASSAY_KEY_SEND_TARGETS:
		e->c->text.send_targets = true;
		e->c->text.send_targets_named = pair->value_length && !assay_value_is(pair, "All");
		break;
	default: break;
	}
}

/* ---- who and where ---- */

/* The rule that a key breaks where assay_key_allowed says no. */
static enum watch_rule misplaced(const struct assay_key *key, enum assay_role sender, unsigned in)
{
	bool login = in != ASSAY_KEY_IN_FULL_FEATURE;

	if (!(key->sender & sender) || (login && key->flags & in))
		return RULE_KEY_SENDER;
	if (!login || !(key->flags & (ASSAY_KEY_IN_SECURITY | ASSAY_KEY_IN_OPERATIONAL)))
		return RULE_KEY_PHASE;
	return RULE_KEY_SECURITY_STAGE;
}

/* A PDU in the wrong stage has all its keys there: one fault. */
static bool once_a_stage(struct watch_event *e, enum watch_rule rule)
{
	struct watch_side *side = &e->c->keys.side[e->dir];
	bool told = side->of_other_stage && rule == RULE_KEY_SECURITY_STAGE;

	side->of_other_stage |= rule == RULE_KEY_SECURITY_STAGE;
	return !told;
}

static void place(struct watch_event *e, const struct assay_key *key, unsigned in)
{
	const char *where = in == ASSAY_KEY_IN_SECURITY      ? "the security stage"
			    : in == ASSAY_KEY_IN_OPERATIONAL ? "the operational stage"
							     : "the full feature phase";
	const char *who = e->sender == ASSAY_INITIATOR ? "initiator" : "target";

	if (!assay_key_allowed(key, e->sender, in)) {
		if (once_a_stage(e, misplaced(key, e->sender, in)))
			found(e, misplaced(key, e->sender, in),
				say(e->expected, "a key that the %s may say in %s", who, where),
				say(e->got, "%s", key->name));
	} else if (in != ASSAY_KEY_IN_FULL_FEATURE && !e->c->leading && key->flags & ASSAY_KEY_LEADING) {
		if (!e->c->keys.side[e->dir].leading)
			FOUND(e, KEY_LEADING, ("no key of use LO on an added connection"), ("%s", key->name));
		e->c->keys.side[e->dir].leading = true;
	}
}

static void repeated(struct watch_event *e, const struct assay_key *key)
{
	FOUND(e, KEY_REPEATED, ("%s once", key->name), ("%s again", key->name));
}

static bool value(struct watch_event *e, const struct assay_key *key, const struct assay_pair *pair)
{
	struct assay_error why = { 0 };
	char text[ASSAY_SHOW_MAX];

	if (assay_key_value_check(key, pair->value, pair->value_length, &why) == ASSAY_OK)
		return true;
	FOUND(e, KEY_VALUE, ("%s as its section %s says: %s", key->name, key->section, why.message),
		("%s=%s", key->name, shown(text, pair)));
	return false;
}

/* ---- declarations, offers, answers ---- */

static void declaration(
	struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair, unsigned in)
{
	struct watch_negotiation *n = &e->c->keys;
	const struct assay_key *key = assay_key_at(id);
	enum assay_key_special special = assay_value_special(pair->value, pair->value_length);
	uint64_t bit = UINT64_C(1) << id;
	bool is_answer = n->side[!e->dir].declared & bit;
	char text[ASSAY_SHOW_MAX];

	if (is_answer && special >= ASSAY_VALUE_REJECT) {
		if (special == ASSAY_VALUE_NOT_UNDERSTOOD && id != ASSAY_KEY_NODE_ARCHITECTURE &&
			!e->c->broken)
			FOUND(e, ANSWER_NOT_UNDERSTOOD, ("%s understood", key->name),
				("%s=NotUnderstood", key->name));
		return;
	}
	if (e->sender == ASSAY_TARGET && (e->c->broken || n->is_void)) {
		declared(e, id, pair);
		return;
	}
	place(e, key, in);
	if (n->side[e->dir].declared & bit && !(key->flags & ASSAY_KEY_MULTIPLE && e->sender == ASSAY_TARGET))
		repeated(e, key);
	n->side[e->dir].declared |= bit;
	if (special >= ASSAY_VALUE_REJECT) {
		FOUND(e, KEY_RESERVED_VALUE, ("a value of %s", key->name),
			("%s=%s", key->name, shown(text, pair)));
		return;
	}
	if (value(e, key, pair) && assay_key_allowed(key, e->sender, in)) /* elsewhere it has no effect */
		declared(e, id, pair);
}

static void offer(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair, unsigned in)
{
	struct watch_negotiation *n = &e->c->keys;
	struct watch_key *k = &n->key[id];
	const struct assay_key *key = assay_key_at(id);
	enum assay_key_special special = assay_value_special(pair->value, pair->value_length);
	bool judged = !(e->sender == ASSAY_TARGET && (e->c->broken || n->is_void)),
	     fits = pair->value_length <= WATCH_VALUE, misplaced = !assay_key_allowed(key, e->sender, in),
	     moot = misplaced;
	char text[ASSAY_SHOW_MAX];

	if (judged) {
		place(e, key, in);
		if (k->state != KEY_FRESH && !k->misplaced) {
			repeated(e, key);
			moot = true;
		} else if (special >= ASSAY_VALUE_REJECT) {
			FOUND(e, KEY_RESERVED_VALUE, ("an offer of %s", key->name),
				("%s=%s", key->name, shown(text, pair)));
		} else if (!(key->flags & ASSAY_KEY_OBSOLETE) && !value(e, key, pair)) {
			fits = false; /* then any answer may stand */
		}
	}
	fits = fits && !moot;
	k->state = KEY_OFFERED;
	k->offerer = (uint8_t)e->sender;
	k->misplaced = misplaced;
	k->moot = moot;
	k->optional = assay_key_answer_optional(key, pair->value, pair->value_length);
	k->round = n->rounds;
	k->length = fits ? (uint8_t)pair->value_length : UINT8_MAX;
	if (fits)
		memcpy(k->value, pair->value, pair->value_length);
}

/* The rule that a wrong answer breaks. */
static enum watch_rule answer_rule(const struct assay_key *key, enum assay_key_special special)
{
	if (key->flags & ASSAY_KEY_OBSOLETE)
		return RULE_ANSWER_OBSOLETE;
	if (special == ASSAY_VALUE_NOT_UNDERSTOOD)
		return RULE_ANSWER_NOT_UNDERSTOOD;
	switch (key->type) {
	case ASSAY_TYPE_LIST: return RULE_ANSWER_LIST;
	case ASSAY_TYPE_BOOLEAN: return RULE_ANSWER_BOOLEAN;
	default: return RULE_ANSWER_NUMBER;
	}
}

/* RFC 3720 does not know TaskReporting: a target of that time answers NotUnderstood (its section 5.2). */
static bool judged(const struct watch_event *e, const struct assay_key *key, enum assay_key_id id,
	enum assay_key_special special)
{
	if (e->c->keys.key[id].length == UINT8_MAX)
		return false;
	if (e->sender == ASSAY_TARGET && (e->c->broken || e->c->keys.is_void))
		return false;
	if (special == ASSAY_VALUE_NOT_UNDERSTOOD && id == ASSAY_KEY_TASK_REPORTING)
		return false;
	if (special == ASSAY_VALUE_IRRELEVANT && !(key->flags & ASSAY_KEY_OBSOLETE))
		return false; /* which keys make others irrelevant is not said in full */
	return !(e->c->params.discovery && key->flags & ASSAY_KEY_NOT_IN_DISCOVERY);
}

static void answer(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair)
{
	struct watch_key *k = &e->c->keys.key[id];
	const struct assay_key *key = assay_key_at(id);
	enum assay_key_special special = assay_value_special(pair->value, pair->value_length);
	struct assay_error why = { 0 };
	char text[ASSAY_SHOW_MAX], offered[ASSAY_SHOW_MAX];
	uint64_t level;

	k->state = KEY_SETTLED;
	if (id == ASSAY_KEY_ERROR_RECOVERY_LEVEL && e->c->params.discovery &&
		assay_value_number(&level, pair->value, pair->value_length) == ASSAY_OK && level) {
		FOUND(e, DISCOVERY_LEVEL, ("ErrorRecoveryLevel=0 in a discovery session"),
			("ErrorRecoveryLevel=%llu", (unsigned long long)level));
	} else if (judged(e, key, id, special) && assay_key_answer_check(key, k->value, k->length,
							  pair->value, pair->value_length, &why) < 0) {
		enum watch_rule rule = answer_rule(key, special);

		found(e, rule,
			say(e->expected, "an answer to %s=%s", key->name,
				assay_key_show(offered, k->value, k->length)),
			say(e->got, "%s=%s", key->name, shown(text, pair)));
		if (rule == RULE_ANSWER_LIST) {
			e->c->login.unoffered_to = k->offerer;
			e->c->login.unoffered_key = (uint8_t)id;
		}
	}
	rules_offer_taken(e, id, pair);
}

void rules_offer(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair, unsigned in)
{
	const struct watch_key *k = &e->c->keys.key[id];

	if (assay_key_at(id)->result == ASSAY_RESULT_DECLARED)
		declaration(e, id, pair, in);
	else if (k->state == KEY_OFFERED && k->offerer != e->sender)
		answer(e, id, pair);
	else
		offer(e, id, pair, in);
}
