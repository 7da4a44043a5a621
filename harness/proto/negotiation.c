/*
 * negotiation.c - one side's login or text negotiation: what was offered, settled and declared, and what it came to.
 * RFC 7143 sections 6.2 to 6.4 and 13. It works from the table in keys.c alone, for both sides alike; it knows no PDUs and does
 * not run CHAP.
 */
#include "proto/negotiation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t bit(enum assay_key_id id)
{
	return UINT64_C(1) << id;
}

static unsigned in(enum assay_phase phase)
{
	switch (phase) {
	case ASSAY_PHASE_SECURITY: return ASSAY_KEY_IN_SECURITY;
	case ASSAY_PHASE_OPERATIONAL: return ASSAY_KEY_IN_OPERATIONAL;
	default: return ASSAY_KEY_IN_FULL_FEATURE;
	}
}

static enum assay_role peer(const struct assay_negotiation *n)
{
	return n->side == ASSAY_INITIATOR ? ASSAY_TARGET : ASSAY_INITIATOR;
}

static bool of_chap(enum assay_key_id id)
{
	return id >= ASSAY_KEY_CHAP_A && id <= ASSAY_KEY_CHAP_R;
}

void assay_negotiation_init(
	struct assay_negotiation *n, enum assay_role side, const struct assay_wants *wants, bool leading)
{
	memset(n, 0, sizeof(*n));
	n->side = side;
	n->wants = wants;
	n->leading = leading;
	assay_params_default(&n->params);
}

void assay_negotiation_restart(struct assay_negotiation *n)
{
	n->offered = n->waiting = n->done = n->said = n->declared = n->cut = 0;
}

bool assay_negotiation_pending(const struct assay_negotiation *n)
{
	return n->waiting != 0;
}

/* What we answer from; never NULL for a key that is negotiated. */
static const char *wanted(const struct assay_negotiation *n, enum assay_key_id id)
{
	const char *value = n->wants ? n->wants->value[id] : NULL;

	if (!value)
		value = assay_key_at(id)->initial;
	if (!value && id == ASSAY_KEY_AUTH_METHOD)
		value = "None";
	return value;
}

/* ---- what we say ---- */

/* Keeps an offer, to judge its answer by. */
static void keep_offer(struct assay_negotiation *n, enum assay_key_id id, const char *value, size_t length)
{
	n->cut &= ~bit(id);
	if (length >= sizeof(n->offer[id])) {
		n->cut |= bit(id);
		length = 0;
	}
	memcpy(n->offer[id], value, length);
	n->offer[id][length] = '\0';
}

int assay_negotiation_offer_value(
	struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id, const char *value)
{
	const struct assay_key *key = assay_key_at(id);
	size_t length;
	int r;

	if (!key || !value)
		return ASSAY_E_INVAL;
	r = assay_text_append(out, key->name, value);
	if (r < 0)
		return r;
	if (of_chap(id))
		return ASSAY_OK;
	length = strlen(value);
	keep_offer(n, id, value, length);
	if (key->result == ASSAY_RESULT_DECLARED) {
		n->said |= bit(id);
		if (assay_key_value_check(key, value, length, NULL) == ASSAY_OK)
			assay_params_record(&n->params, id, n->side, value, length);
		return ASSAY_OK;
	}
	n->offered |= bit(id);
	n->waiting |= bit(id);
	if (assay_key_answer_optional(key, value, length)) {
		n->waiting &= ~bit(id);
		n->before &= ~bit(id);
		n->before |= assay_params_boolean(&n->params, id) ? bit(id) : 0;
		assay_params_record(&n->params, id, n->side, value, length);
	}
	return ASSAY_OK;
}

int assay_negotiation_offer(struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id)
{
	return assay_key_at(id) ? assay_negotiation_offer_value(n, out, id, wanted(n, id)) : ASSAY_E_INVAL;
}

static bool to_be_offered(const struct assay_negotiation *n, enum assay_key_id id, enum assay_phase phase)
{
	const struct assay_key *key = assay_key_at(id);

	if (!n->wants || !n->wants->value[id] || of_chap(id) || id == ASSAY_KEY_SEND_TARGETS)
		return false;
	if ((n->said | n->offered | n->done) & bit(id) || !assay_key_allowed(key, n->side, in(phase)))
		return false;
	return !(key->flags & ASSAY_KEY_LEADING && !n->leading) &&
	       !(key->flags & ASSAY_KEY_NOT_IN_DISCOVERY && n->params.discovery);
}

static int offer_wanted(
	struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase, bool declared_only)
{
	/* What tells the peer who speaks and in which kind of session comes before all that depends on it. */
	static const enum assay_key_id first[] = { ASSAY_KEY_INITIATOR_NAME, ASSAY_KEY_INITIATOR_ALIAS,
		ASSAY_KEY_TARGET_NAME, ASSAY_KEY_SESSION_TYPE, ASSAY_KEY_TARGET_PORTAL_GROUP_TAG };
	const size_t firsts = sizeof(first) / sizeof(first[0]);

	for (size_t i = 0; i < firsts + ASSAY_KEY_COUNT; i++) {
		enum assay_key_id id = i < firsts ? first[i] : (enum assay_key_id)(i - firsts);
		int r;

		if (!to_be_offered(n, id, phase))
			continue;
		if (declared_only && assay_key_at(id)->result != ASSAY_RESULT_DECLARED)
			continue;
		r = assay_negotiation_offer(n, out, id);
		if (r < 0)
			return r;
	}
	return ASSAY_OK;
}

int assay_negotiation_offer_all(struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase)
{
	return offer_wanted(n, out, phase, false);
}

int assay_negotiation_declare_all(struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase)
{
	return offer_wanted(n, out, phase, true);
}

/* ---- what the peer says ---- */

/* The answer to an offer of ours. */
static int settle(struct assay_negotiation *n, enum assay_key_id id, const struct assay_pair *pair,
	struct assay_error *err)
{
	const struct assay_key *key = assay_key_at(id);
	const char *was = n->before & bit(id) ? "Yes" : "No";
	int r;

	if (!(n->cut & bit(id))) {
		r = assay_key_answer_check(
			key, n->offer[id], strlen(n->offer[id]), pair->value, pair->value_length, err);
		if (r < 0)
			return r;
	}
	n->offered &= ~bit(id);
	n->waiting &= ~bit(id);
	n->done |= bit(id);
	if (assay_value_special(pair->value, pair->value_length) < ASSAY_VALUE_REJECT ||
		id == ASSAY_KEY_AUTH_METHOD)
		assay_params_record(&n->params, id, n->side, pair->value, pair->value_length);
	else if (key->type == ASSAY_TYPE_BOOLEAN &&
		 assay_key_answer_optional(key, n->offer[id], strlen(n->offer[id])))
		assay_params_record(&n->params, id, n->side, was, strlen(was));
	return ASSAY_OK;
}

/* True where the key may be said again: section 6.3 names TargetAddress; TargetName begins each record of a SendTargets answer. */
static bool repeatable(enum assay_key_id id, enum assay_phase phase)
{
	if (!(assay_key_at(id)->flags & ASSAY_KEY_MULTIPLE))
		return false;
	return phase == ASSAY_PHASE_FULL_FEATURE || id == ASSAY_KEY_TARGET_ADDRESS;
}

static int take_declaration(struct assay_negotiation *n, enum assay_key_id id, const struct assay_pair *pair,
	enum assay_phase phase, struct assay_error *err)
{
	const struct assay_key *key = assay_key_at(id);
	struct assay_error why = { 0 };

	if (!assay_key_allowed(key, peer(n), in(phase)))
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: not for the %s to say here", key->name,
			peer(n) == ASSAY_TARGET ? "target" : "initiator");
	if (n->declared & bit(id) && !repeatable(id, phase))
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: declared twice", key->name);
	if (assay_key_value_check(key, pair->value, pair->value_length, &why) < 0)
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: %.200s", key->name, why.message);
	n->declared |= bit(id);
	assay_params_record(&n->params, id, peer(n), pair->value, pair->value_length);
	return ASSAY_OK;
}

/* Section 6.2: these words answer; nobody may offer them. */
static bool offers_reserved(const struct assay_pair *pair)
{
	const char *item;
	size_t length, offset = 0;

	while (assay_list_next(&item, &length, &offset, pair->value, pair->value_length))
		if (assay_value_special(item, length) >= ASSAY_VALUE_REJECT)
			return true;
	return false;
}

static bool irrelevant(const struct assay_negotiation *n, enum assay_key_id id)
{
	const struct assay_params *p = &n->params;

	if (p->discovery && assay_key_at(id)->flags & ASSAY_KEY_NOT_IN_DISCOVERY)
		return true;
	return id == ASSAY_KEY_FIRST_BURST_LENGTH && n->done & bit(ASSAY_KEY_INITIAL_R2T) && p->initial_r2t &&
	       !p->immediate_data;
}

/* The first of the offered values that we want. */
static void choose(struct assay_pair *out, const struct assay_pair *offer, const char *ours)
{
	const char *item;
	size_t length, offset = 0;

	while (assay_list_next(&item, &length, &offset, offer->value, offer->value_length)) {
		if (length && assay_list_has(ours, strlen(ours), item, length)) {
			out->value = item;
			out->value_length = length;
			return;
		}
	}
}

static uint64_t wanted_number(const struct assay_negotiation *n, enum assay_key_id id)
{
	const char *value = wanted(n, id);
	uint64_t number;

	if (assay_value_number(&number, value, strlen(value)) < 0) {
		value = assay_key_at(id)->initial;
		(void)assay_value_number(&number, value, strlen(value));
	}
	return number;
}

/* Our number is never above what the integrity rules leave: sections 13.14, 13.19 and 13.20. MaxBurstLength may still be to
 * come, or never come at all. */
static uint64_t limit_of(const struct assay_negotiation *n, enum assay_key_id id)
{
	const struct assay_params *p = &n->params;
	uint64_t burst;

	switch (id) {
	case ASSAY_KEY_FIRST_BURST_LENGTH:
		burst = wanted_number(n, ASSAY_KEY_MAX_BURST_LENGTH);
		return n->done & bit(ASSAY_KEY_MAX_BURST_LENGTH) || p->max_burst_length < burst
			       ? p->max_burst_length
			       : burst;
	case ASSAY_KEY_MAX_OUTSTANDING_R2T:
		return p->error_recovery_level && p->data_sequence_in_order ? 1 : UINT64_MAX;
	case ASSAY_KEY_ERROR_RECOVERY_LEVEL: return p->discovery ? 0 : UINT64_MAX;
	default: return UINT64_MAX;
	}
}

/* Writes our answer to an admissible number or boolean into out, terminated. */
static void select_value(
	char out[24], const struct assay_negotiation *n, enum assay_key_id id, const struct assay_pair *offer)
{
	const struct assay_key *key = assay_key_at(id);
	uint64_t theirs = 0, ours, limit;

	(void)assay_key_outcome(
		&theirs, key, offer->value, offer->value_length, offer->value, offer->value_length);
	if (key->type == ASSAY_TYPE_BOOLEAN) {
		bool yes = !strcmp(wanted(n, id), "Yes");

		yes = key->result == ASSAY_RESULT_AND ? yes && theirs : yes || theirs;
		snprintf(out, 24, "%s", yes ? "Yes" : "No");
		return;
	}
	ours = wanted_number(n, id);
	if (key->result == ASSAY_RESULT_MIN ? theirs < ours : theirs > ours)
		ours = theirs;
	limit = limit_of(n, id);
	snprintf(out, 24, "%" PRIu64, ours < limit ? ours : limit);
}

/* Fills in our answer to an offer; number is room for it. What is left alone stays Reject. */
static void select_answer(struct assay_pair *out, char number[24], const struct assay_negotiation *n,
	enum assay_key_id id, const struct assay_pair *offer)
{
	const struct assay_key *key = assay_key_at(id);

	if (key->flags & ASSAY_KEY_OBSOLETE) /* section 13.25 */
		return;
	if (irrelevant(n, id)) {
		out->value = "Irrelevant";
		out->value_length = strlen(out->value);
	} else if (key->result == ASSAY_RESULT_CHOICE) {
		choose(out, offer, wanted(n, id));
	} else if (assay_key_value_check(key, offer->value, offer->value_length, NULL) == ASSAY_OK) {
		select_value(number, n, id, offer);
		out->value = number;
		out->value_length = strlen(number);
	}
}

static int answer_offer(struct assay_negotiation *n, struct assay_text *reply, enum assay_key_id id,
	const struct assay_pair *pair, struct assay_error *err)
{
	const struct assay_key *key = assay_key_at(id);
	struct assay_pair answer = { key->name, strlen(key->name), "Reject", strlen("Reject") };
	char number[24];
	int r;

	if (n->done & bit(id))
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: negotiated twice", key->name);
	if (offers_reserved(pair))
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: a reserved word was offered", key->name);
	select_answer(&answer, number, n, id, pair);
	r = assay_text_append_pair(reply, &answer);
	if (r < 0)
		return assay_error_set(err, r, "%s: no room for the answer", key->name);
	n->done |= bit(id);
	if (assay_value_special(answer.value, answer.value_length) < ASSAY_VALUE_REJECT ||
		id == ASSAY_KEY_AUTH_METHOD)
		assay_params_record(&n->params, id, n->side, answer.value, answer.value_length);
	return ASSAY_OK;
}

static int take_unknown(struct assay_negotiation *n, struct assay_text *reply, const struct assay_pair *pair,
	struct assay_error *err)
{
	struct assay_pair answer = { pair->key, pair->key_length, "NotUnderstood", strlen("NotUnderstood") };
	char shown[ASSAY_SHOW_MAX];
	int r;

	if (!pair->key_length || pair->key_length > ASSAY_KEY_NAME_MAX)
		return assay_error_set(err, ASSAY_E_PROTOCOL, "a key of %zu bytes; 1 to %d are allowed",
			pair->key_length, ASSAY_KEY_NAME_MAX);
	if (assay_value_special(pair->value, pair->value_length) >= ASSAY_VALUE_REJECT) {
		if (n->side == ASSAY_INITIATOR) /* a test may have said any key past us: this answers it */
			return ASSAY_OK;
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: answers what was never offered",
			assay_key_show(shown, pair->key, pair->key_length));
	}
	r = assay_text_append_pair(reply, &answer);
	return r < 0 ? assay_error_set(err, r, "no room for NotUnderstood") : ASSAY_OK;
}

int assay_negotiation_take(struct assay_negotiation *n, struct assay_text *reply,
	const struct assay_pair *pair, enum assay_phase phase, struct assay_error *err)
{
	enum assay_key_id id = assay_key_find(pair->key, pair->key_length);
	const struct assay_key *key = assay_key_at(id);

	if (!key)
		return take_unknown(n, reply, pair, err);
	if (n->offered & bit(id))
		return settle(n, id, pair, err);
	if (n->said & bit(id) && assay_value_special(pair->value, pair->value_length) >= ASSAY_VALUE_REJECT)
		return settle(n, id, pair, err);
	if (!(key->flags & in(phase)))
		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: not allowed in this stage", key->name);
	if (key->flags & ASSAY_KEY_LEADING && !n->leading)
		return assay_error_set(
			err, ASSAY_E_PROTOCOL, "%s: for the leading connection only", key->name);
	if (of_chap(id))
		return ASSAY_OK;
	if (key->result == ASSAY_RESULT_DECLARED)
		return take_declaration(n, id, pair, phase, err);
	return answer_offer(n, reply, id, pair, err);
}

/* What others depend on first, what depends on others last. */
static int rank(const struct assay_pair *pair)
{
	switch (assay_key_find(pair->key, pair->key_length)) {
	case ASSAY_KEY_SESSION_TYPE: return 0;
	case ASSAY_KEY_FIRST_BURST_LENGTH:
	case ASSAY_KEY_MAX_OUTSTANDING_R2T: return 2;
	default: return 1;
	}
}

int assay_negotiation_take_text(struct assay_negotiation *n, struct assay_text *reply, const void *text,
	size_t length, enum assay_phase phase, struct assay_error *err)
{
	struct assay_pair pair;
	size_t offset = 0;
	int r;

	while ((r = assay_text_next(&pair, &offset, text, length)) > 0)
		;
	if (r < 0)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			r == ASSAY_E_SHORT ? "the last pair has no NUL" : "a pair has no =");
	for (int round = 0; round < 3; round++) {
		offset = 0;
		while (assay_text_next(&pair, &offset, text, length) > 0) {
			if (rank(&pair) != round)
				continue;
			r = assay_negotiation_take(n, reply, &pair, phase, err);
			if (r < 0)
				return r;
		}
	}
	return ASSAY_OK;
}

int assay_negotiation_finish(struct assay_negotiation *n, struct assay_error *err)
{
	struct assay_params *p = &n->params;

	if (n->waiting) {
		const struct assay_key *key = assay_key_at((enum assay_key_id)__builtin_ctzll(n->waiting));

		return assay_error_set(err, ASSAY_E_PROTOCOL, "%s: was not answered", key->name);
	}
	if (p->discovery) {
		p->max_connections = 1;
		p->error_recovery_level = 0;
	}
	if (p->first_burst_length > p->max_burst_length) {
		if (n->done & bit(ASSAY_KEY_FIRST_BURST_LENGTH) && !(p->initial_r2t && !p->immediate_data))
			return assay_error_set(err, ASSAY_E_PROTOCOL,
				"FirstBurstLength %u exceeds MaxBurstLength %u", p->first_burst_length,
				p->max_burst_length);
		p->first_burst_length = p->max_burst_length;
	}
	if (p->error_recovery_level && p->data_sequence_in_order && p->max_outstanding_r2t > 1)
		return assay_error_set(err, ASSAY_E_PROTOCOL,
			"MaxOutstandingR2T must be 1 with ErrorRecoveryLevel above 0 and "
			"DataSequenceInOrder=Yes");
	return ASSAY_OK;
}
