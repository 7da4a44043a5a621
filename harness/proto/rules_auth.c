/*
 * rules_auth.c - the steps of CHAP as they pass in a login. The proofs themselves are recomputed where their secret was given; secrets and proofs never get into words.
 * RFC 7143 sections 9.2.1 and 12.1.3.
 */
#include <string.h>

#include "proto/watch_private.h"

#define BIT(id) (UINT64_C(1) << ASSAY_KEY_##id)

/* FNV-1a of the value as it is written; 0 is kept for none. */
static uint64_t hash(const struct assay_pair *pair)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < pair->value_length; i++)
		h = (h ^ (uint8_t)pair->value[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

/* ---- proofs ---- */

static void note_challenge(struct watch_challenge *c, enum assay_key_id id, const struct assay_pair *pair)
{
	uint64_t number;
	long length;

	if (id == ASSAY_KEY_CHAP_I) {
		c->id_known = assay_value_number(&number, pair->value, pair->value_length) == ASSAY_OK &&
			      number <= UINT8_MAX;
		c->id = c->id_known ? (uint8_t)number : 0;
		return;
	}
	length = assay_value_binary(c->bytes, sizeof(c->bytes), pair->value, pair->value_length);
	c->length = length > 0 ? (uint16_t)length : 0;
}

/* Is the account that side's, at this target? */
static bool is_good(const struct watch_event *e, unsigned account, enum assay_role role)
{
	const char *target = e->w->account[account].target;

	return e->w->account[account].role == role &&
	       (!target || strcmp(target, e->c->params.target_name) == 0);
}

/* Does the target have a secret, so that it may insist on being asked for it? */
static bool may_insist(const struct watch_event *e)
{
	for (unsigned i = 0; i < e->w->accounts; i++)
		if (is_good(e, i, ASSAY_TARGET))
			return true;
	return false;
}

static void note_response(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair)
{
	struct watch_response *p = &e->c->login.proof[e->dir];
	long length;

	if (id == ASSAY_KEY_CHAP_R) {
		length = assay_value_binary(p->bytes, sizeof(p->bytes), pair->value, pair->value_length);
		p->length = length > 0 ? (uint16_t)length : 0;
		return;
	}
	p->accounts = 0;
	for (unsigned i = 0; i < e->w->accounts; i++) {
		const char *name = e->w->account[i].account.name;

		if (is_good(e, i, e->sender) && (!name || assay_value_is(pair, name)))
			p->accounts |= (uint8_t)(1u << i);
	}
}

/* Did the sender, who says a name and a response, know the secret? */
static enum watch_proof verify(const struct watch_event *e)
{
	const struct watch_login *l = &e->c->login;
	const struct watch_response *p = &l->proof[e->dir];
	const struct watch_challenge *asked = &l->asked[!e->dir];

	if (!p->accounts || !p->length || !asked->id_known || !asked->length || e->c->keys.side[e->dir].lost)
		return PROOF_UNKNOWN;
	for (unsigned i = 0; i < e->w->accounts; i++) {
		const char *secret = e->w->account[i].account.secret;
		uint8_t right[ASSAY_CHAP_RESPONSE_MAX];
		long length;

		if (!(p->accounts & 1u << i))
			continue;
		length = assay_chap_compute(
			right, l->algorithm, asked->id, secret, strlen(secret), asked->bytes, asked->length);
		if (length < 0)
			return PROOF_UNKNOWN;
		if (p->length == length && !memcmp(p->bytes, right, (size_t)length))
			return PROOF_RIGHT;
	}
	return PROOF_WRONG;
}

/* The login was refused. */
void rules_auth_refusal(struct watch_event *e)
{
	struct watch_login *l = &e->c->login;

	if (l->proven == PROOF_RIGHT && l->alone && e->pdu->status_class == 2 && e->pdu->status_detail == 1 &&
		!may_insist(e) && !e->c->broken && !e->c->keys.is_void)
		FOUND(e, CHAP_RIGHT_REFUSED, ("the login to go on: CHAP_R is what the secret makes"),
			("status 0x0201"));
	l->proven = PROOF_UNKNOWN;
}

/* Whatever the initiator sends to a target that did not prove itself, but for a logout. */
void rules_auth_distrust(struct watch_event *e)
{
	struct watch_login *l = &e->c->login;

	if (!l->distrusted || e->sender != ASSAY_INITIATOR)
		return;
	l->distrusted = false;
	if (e->pdu->opcode != ASSAY_LOGOUT_REQUEST)
		FOUND(e, CHAP_WRONG_TRUSTED,
			("the connection closed: the target's CHAP_R is not what its secret makes"),
			("another PDU"));
}

/* ---- challenges ---- */

#define LONG_ENOUGH 8 /* bytes of a challenge that does not come again by chance */

static uint64_t hash_of(const uint8_t *bytes, size_t length)
{
	const struct assay_pair pair = { .value = (const char *)bytes, .value_length = length };

	return hash(&pair);
}

/* A login that is seen twice, before and behind a proxy: the same first request, and both are there at once. */
static bool is_seen_twice(
	const struct watch_event *e, const struct watch_said_challenge *before, uint64_t login)
{
	const struct watch_connection *c = &e->w->connection[before->connection % WATCH_CONNECTIONS];

	return before->login == login && c->used && c->number == before->connection && !c->closed;
}

/* Section 4.1 of RFC 1994: it is another one each time. */
static void fresh(struct watch_event *e)
{
	const struct watch_challenge *asked = &e->c->login.asked[e->dir];
	struct assay_watch *w = e->w;
	uint64_t kept = w->challenges < WATCH_CHALLENGES ? w->challenges : WATCH_CHALLENGES;
	uint8_t first[ASSAY_BHS_LENGTH];
	struct watch_said_challenge now = { .connection = e->c->number };

	if (asked->length < LONG_ENOUGH || e->c->broken)
		return;
	assay_pdu_encode_bhs(first, &e->c->login.first);
	now.login = hash_of(first, sizeof(first));
	now.hash = hash_of(asked->bytes, asked->length);
	for (uint64_t i = 0; i < kept; i++) {
		if (w->challenge[i].hash != now.hash || w->challenge[i].connection == now.connection ||
			is_seen_twice(e, &w->challenge[i], now.login))
			continue;
		FOUND(e, CHAP_CHALLENGE_REPEATED, ("a CHAP_C that no login before had"),
			("one of another login"));
		break;
	}
	w->challenge[w->challenges++ % WATCH_CHALLENGES] = now;
}

/* ---- steps ---- */

/* Called for each known key before it is judged as offer or answer. */
void rules_auth_pair(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair)
{
	struct watch_login *l = &e->c->login;
	const struct watch_key *k = &e->c->keys.key[id];
	bool initiator = e->sender == ASSAY_INITIATOR;
	char text[ASSAY_SHOW_MAX];
	uint64_t algorithm;

	switch (id) {
	case ASSAY_KEY_AUTH_METHOD:
		if (k->state != KEY_OFFERED || k->offerer == e->sender)
			break;
		l->chap = assay_value_is(pair, "CHAP");
		assay_value_copy(e->c->params.auth_method, sizeof(e->c->params.auth_method), pair);
		break;
	case ASSAY_KEY_CHAP_A:
		if (initiator && !assay_list_has(pair->value, pair->value_length, "5", 1))
			FOUND(e, CHAP_ALGORITHMS, ("CHAP_A with 5 (MD5)"),
				("CHAP_A=%s", assay_key_show(text, pair->value, pair->value_length)));
		if (!initiator)
			l->algorithm = assay_value_number(&algorithm, pair->value, pair->value_length) < 0 ||
						       algorithm > ASSAY_CHAP_SHA3_256
					       ? 0
					       : (int)algorithm;
		break;
	case ASSAY_KEY_CHAP_I: note_challenge(&l->asked[e->dir], id, pair); break;
	case ASSAY_KEY_CHAP_N: note_response(e, id, pair); break;
	case ASSAY_KEY_CHAP_C:
		note_challenge(&l->asked[e->dir], id, pair);
		if (!initiator) {
			l->challenge = hash(pair);
			fresh(e);
		} else if (l->challenge == hash(pair))
			FOUND(e, CHAP_REFLECTED, ("a challenge of its own"), ("the target's CHAP_C"));
		break;
	case ASSAY_KEY_CHAP_R:
		l->proved |= initiator;
		note_response(e, id, pair);
		break;
	default: break;
	}
}

/* A whole set of the initiator's has been read. */
void rules_auth_request(struct watch_event *e)
{
	struct watch_login *l = &e->c->login;
	uint64_t set = e->c->keys.side[ASSAY_TO_TARGET].set, proof = BIT(CHAP_N) | BIT(CHAP_R),
		 mutual = BIT(CHAP_I) | BIT(CHAP_C);

	if (l->proof_due && (set & proof) != proof)
		FOUND(e, CHAP_RESPONSE, ("CHAP_N and CHAP_R"),
			("%s", set & BIT(CHAP_N)    ? "CHAP_N only"
				: set & BIT(CHAP_R) ? "CHAP_R only"
						    : "neither"));
	l->proven = l->proof_due && (set & proof) == proof ? verify(e) : PROOF_UNKNOWN;
	if (l->offer_due && !(set & BIT(CHAP_A))) {
		FOUND(e, CHAP_OFFER, ("CHAP_A, as AuthMethod=CHAP was chosen"), ("a request without it"));
		e->c->keys.is_void = true; /* what a CHAP_A of the target's is then, nobody can say */
	}
	if (set & mutual && (set & mutual) != mutual)
		FOUND(e, CHAP_MUTUAL_PAIR, ("CHAP_I and CHAP_C, or neither"),
			("%s only", set & BIT(CHAP_I) ? "CHAP_I" : "CHAP_C"));
	l->offer_due = false;
	l->alone = !(set & (mutual | BIT(CHAP_A)));
	l->mutual_due = l->proof_due && (set & mutual) == mutual;
	l->proof_due = false;
	l->challenge_due = l->chap && set & BIT(CHAP_A);
}

/* A whole set of the target's has been read, with status 0. */
void rules_auth_response(struct watch_event *e)
{
	struct watch_login *l = &e->c->login;
	uint64_t set = e->c->keys.side[ASSAY_TO_INITIATOR].set, proof = BIT(CHAP_N) | BIT(CHAP_R),
		 challenge = BIT(CHAP_A) | BIT(CHAP_I) | BIT(CHAP_C);
	bool judged = !e->c->broken && !e->c->keys.side[ASSAY_TO_INITIATOR].lost;

	if (l->challenge_due && (set & challenge) != challenge && judged)
		FOUND(e, CHAP_CHALLENGE, ("CHAP_A, CHAP_I and CHAP_C, or a login reject"),
			("not all of them"));
	if (l->mutual_due && (set & proof) != proof && judged)
		FOUND(e, CHAP_MUTUAL, ("CHAP_N and CHAP_R, or a login reject"), ("not both of them"));
	if (l->mutual_due && (set & proof) == proof && judged)
		l->distrusted = verify(e) == PROOF_WRONG;
	if (l->proven == PROOF_WRONG && judged)
		FOUND(e, CHAP_WRONG_ACCEPTED,
			("Login Response status 0x0201: CHAP_R is not what the secret makes"),
			("status 0x0000"));
	l->proven = PROOF_UNKNOWN;
	l->proof_due = l->chap && (set & challenge) == challenge;
	l->offer_due = l->chap && judged && set & BIT(AUTH_METHOD) && !e->pdu->transit;
	l->challenge_due = false;
	l->mutual_due = false;
	if (l->chap && !l->proved && e->pdu->transit && l->request.transit &&
		e->pdu->csg == ASSAY_STAGE_SECURITY)
		FOUND(e, CHAP_SKIPPED, ("T=0 or a login reject until CHAP is done"),
			("T=1 without a CHAP_R of the initiator"));
}
