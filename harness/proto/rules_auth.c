/*
 * rules_auth.c - the steps of CHAP as they pass in a login. The proofs themselves are not recomputed: secrets are not known here.
 * RFC 7143 sections 9.2.1 and 12.1.3.
 */
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

/* Called for each known key before it is judged as offer or answer. */
void rules_auth_pair(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair)
{
	struct watch_login *l = &e->c->login;
	const struct watch_key *k = &e->c->keys.key[id];
	bool initiator = e->sender == ASSAY_INITIATOR;
	char text[ASSAY_SHOW_MAX];

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
		break;
	case ASSAY_KEY_CHAP_C:
		if (!initiator)
			l->challenge = hash(pair);
		else if (l->challenge == hash(pair))
			FOUND(e, CHAP_REFLECTED, ("a challenge of its own"), ("the target's CHAP_C"));
		break;
	case ASSAY_KEY_CHAP_R: l->proved |= initiator; break;
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
	l->proof_due = l->chap && (set & challenge) == challenge;
	l->challenge_due = false;
	l->mutual_due = false;
	if (l->chap && !l->proved && e->pdu->transit && l->request.transit &&
		e->pdu->csg == ASSAY_STAGE_SECURITY)
		FOUND(e, CHAP_SKIPPED, ("T=0 or a login reject until CHAP is done"),
			("T=1 without a CHAP_R of the initiator"));
}
