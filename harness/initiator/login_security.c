/*
 * login_security.c - the security stage of a login: AuthMethod, and CHAP one-way or mutual as the configuration says.
 * The computing is proto's; challenges come from the run's seed, so that a test can be repeated. RFC 7143 section 12.1.
 */
#include <string.h>

#include "codec/random.h"
#include "initiator/internal.h"

#define ROUNDS_MAX       16 /* requests of the stage; a target that never goes on is stopped here */
#define CHALLENGE_LENGTH 16 /* bytes of ours, for mutual CHAP */

static void prepare_chap(struct assay_initiator *i)
{
	const struct assay_initiator_config *c = i->config;
	/* Another challenge for each connection of a run. */
	uint64_t state = c->seed ^ (uint64_t)i->connection << 32 ^ i->session->isid ^ i->cid;
	struct assay_chap *chap = &i->chap;

	*chap = (struct assay_chap){
		.algorithms = c->chap_algorithms ? c->chap_algorithms : "5",
		.mine = c->account,
		.theirs = c->target_account,
		.challenge_length = CHALLENGE_LENGTH,
	};
	chap->id = (uint8_t)assay_splitmix(&state);
	for (size_t n = 0; n < CHALLENGE_LENGTH; n++)
		chap->challenge[n] = (uint8_t)(assay_splitmix(&state) >> 32);
}

static const char *methods(const struct assay_initiator_config *c)
{
	const char *wanted = c->wants.value[ASSAY_KEY_AUTH_METHOD];

	if (wanted)
		return wanted;
	if (!c->account.name)
		return "None";
	/* A target that must prove itself can do so only by CHAP. */
	return c->target_account.name ? "CHAP" : "CHAP,None";
}

static bool method_said(const struct assay_initiator *i)
{
	const struct assay_negotiation *n = &i->negotiation;

	return ((n->offered | n->done) >> ASSAY_KEY_AUTH_METHOD & 1) != 0;
}

static int chap_step(struct assay_initiator *i, int nsg)
{
	struct assay_chap *chap = &i->chap;
	int rc;

	if (chap->state == ASSAY_CHAP_IDLE) {
		prepare_chap(i);
		rc = assay_chap_begin(chap, &i->login.keys);
		return rc < 0 ? assay_error_set(&i->error, rc, "CHAP cannot begin: %s", assay_err_name(rc))
			      : ASSAY_STAY;
	}
	if (chap->state == ASSAY_CHAP_ALGORITHM || chap->state == ASSAY_CHAP_CHALLENGE) {
		rc = assay_chap_take(
			chap, &i->login.keys, i->login.answer, i->login.answer_length, &i->error);
		if (rc < 0)
			return rc;
	}
	return chap->state == ASSAY_CHAP_RESPONSE || chap->state == ASSAY_CHAP_DONE ? nsg : ASSAY_STAY;
}

/* Says what comes next; returns the stage to ask for, ASSAY_STAY, or an error. */
static int step(struct assay_initiator *i, int nsg)
{
	const char *method = i->negotiation.params.auth_method;

	if (!method_said(i)) {
		const char *offer = methods(i->config);
		int rc = assay_negotiation_offer_value(
			&i->negotiation, &i->login.keys, ASSAY_KEY_AUTH_METHOD, offer);

		if (rc < 0)
			return assay_error_set(&i->error, rc, "AuthMethod does not fit into the request");
		return strcmp(offer, "None") == 0 ? nsg : ASSAY_STAY;
	}
	return strcmp(method, "CHAP") == 0 ? chap_step(i, nsg) : nsg;
}

/* The target goes on: has it proven what it had to? */
static int conclude(struct assay_initiator *i)
{
	struct assay_chap *chap = &i->chap;
	char unsaid[1024];
	struct assay_text reply;

	if (!i->config->target_account.name)
		return 0;
	assay_text_init(&reply, unsaid, sizeof(unsaid));
	if (chap->state == ASSAY_CHAP_RESPONSE) {
		int rc = assay_chap_take(chap, &reply, i->login.answer, i->login.answer_length, &i->error);

		if (rc < 0 && !chap->missing)
			return rc;
	}
	if (chap->state != ASSAY_CHAP_DONE)
		return assay_error_set(
			&i->error, ASSAY_E_AUTH, "the target went on without proving who it is");
	return 0;
}

int assay_login_security(struct assay_initiator *i, int nsg)
{
	bool automatic = i->login.automatic;
	int rc = ASSAY_E_PROTOCOL;

	i->login.automatic = true;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		rc = step(i, nsg);
		if (rc >= 0)
			rc = assay_login_send(i, rc);
		if (rc < 0 || i->login.response.transit)
			break;
	}
	i->login.automatic = automatic;
	if (rc < 0)
		return rc;
	if (!i->login.response.transit)
		return assay_error_set(&i->error, ASSAY_E_PROTOCOL,
			"the security stage did not end within %d requests", ROUNDS_MAX);
	return conclude(i);
}
