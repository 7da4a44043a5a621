/*
 * play_sentinel.c - how the end of a case is told: signs of life that must come, on the connections of the case and on a new one. No waiting but for those.
 *
 * On a connection in the full feature phase it is an immediate NOP-Out with a tag of its own behind all that was sent: a target takes the PDUs of a connection in
 * order, so its answer shows that it is through with the case. That holds for targets of one thread and of many. In a discovery session it is a Logout, the one immediate request that
 * such a session knows (section 4.3). Where the target cannot know where our next PDU begins, or is in a login, nothing can be demanded: then the
 * connection is half-closed, and what still comes is taken for a moment. The new connection shows that other sessions are served; on a target of one thread, also
 * that the case is not at work any more.
 *
 * What is demanded of a connection is only what a target owes whatever came before: an answer, a refusal, or the end of the connection.
 */
#include <string.h>
#include <time.h>

#include "campaign/play_internal.h"

#define LIFE_TAG                                                                                             \
	0xa55a5a00u /* ITT of signs of life; the last byte says which connection asks, and how often it did */
#define SENTINEL_ISID UINT64_C(0x80a5fa22ffff)
#define GRACE_LEAST   (ASSAY_MILLISECOND / 4)
#define USUAL_TIMES   8 /* so many times what answers usually take is the grace */
#define DRAIN_MAX     64 /* PDUs that are taken from a half-closed connection */
#define BUSY_PAUSE    (5 * ASSAY_MILLISECOND) /* between tries, where the target says that it is busy */

uint64_t play_grace(const struct assay_player *p)
{
	uint64_t grace = USUAL_TIMES * p->usual;

	if (grace < GRACE_LEAST)
		grace = GRACE_LEAST;
	return grace < p->patience / 2 ? grace : p->patience / 2;
}

bool play_is_a_life(const struct assay_pdu *pdu)
{
	return (pdu->itt & 0xffffff00) == LIFE_TAG &&
	       (pdu->opcode == ASSAY_NOP_IN || pdu->opcode == ASSAY_LOGOUT_RESPONSE);
}

bool play_is_life(const struct play_connection *k, const struct assay_pdu *pdu)
{
	return play_is_a_life(pdu) && pdu->itt == k->life;
}

/* None that is in flight has it, on whatever connection of the session: section 11.2.1.8. */
static uint32_t life_tag(const struct assay_player *p, struct play_connection *k)
{
	return LIFE_TAG | (k->lives++ & 0x3f) << 2 | (uint32_t)(k - p->connections);
}

/* Is it owed an answer there? */
static bool can_ask(const struct play_connection *k)
{
	return k->open && !k->finished && !k->lost && !k->refused && assay_cutter_aligned(&k->cutter) &&
	       (k->phase == ASSAY_STATE_FULL || k->phase == ASSAY_STATE_DISCOVERY);
}

void play_ask_life(struct assay_player *p, struct play_connection *k)
{
	struct assay_pdu pdu;

	if (k->tagged || !can_ask(k))
		return;
	assay_make(k->i, &pdu, k->discovery ? ASSAY_LOGOUT_REQUEST : ASSAY_NOP_OUT);
	pdu.immediate = 1;
	pdu.itt = k->life = life_tag(p, k);
	if (k->discovery)
		pdu.cid = 0;
	p->config.timeout = p->patience;
	k->asked = play_now(k);
	k->tagged = true;
	(void)assay_send(k->i, &pdu); /* where it went away, the receive says so */
}

/* ---- a new session ---- */

static void say_pair(struct assay_text *text, const char *key, const char *value)
{
	(void)assay_text_append(text, key, value); /* names fit */
}

static void ask_login(struct assay_player *p, struct play_connection *k)
{
	const struct assay_initiator_config *config = &p->config;
	bool security = config->account.name != NULL;
	struct assay_text text;
	struct assay_pdu pdu;
	char said[1024];

	assay_text_init(&text, said, sizeof(said));
	say_pair(&text, "InitiatorName", config->initiator_name);
	say_pair(&text, "SessionType", config->target_name ? "Normal" : "Discovery");
	if (config->target_name)
		say_pair(&text, "TargetName", config->target_name);
	if (security)
		say_pair(&text, "AuthMethod", "CHAP,None");
	assay_make(k->i, &pdu, ASSAY_LOGIN_REQUEST);
	pdu.csg = security ? ASSAY_STAGE_SECURITY : ASSAY_STAGE_OPERATIONAL;
	pdu.nsg = ASSAY_STAGE_FULL_FEATURE;
	pdu.transit = !security;
	pdu.nsg = security ? 0 : pdu.nsg;
	pdu.data = (const uint8_t *)said;
	pdu.data_length = (uint32_t)text.length;
	k->asked = play_now(k);
	(void)assay_send(k->i, &pdu);
}

void play_took(struct assay_player *p, const struct play_connection *k, const char *what)
{
	uint64_t time = play_now(k) - k->asked;

	if (time > p->played->slowest)
		p->played->slowest = time;
	p->usual = p->usual - p->usual / 16 + time / 16;
	if (time >= p->slow)
		play_outcome(
			p, ASSAY_OUTCOME_SLOW, "%s took %.2f s", what, (double)time / (double)ASSAY_SECOND);
}

enum answer { ANSWERED, REFUSED, ENDED, SILENT, NO_CONNECTION };

/* Connects and asks. The words of a refusal are the dialer's. */
static enum answer begin_login(struct assay_player *p)
{
	struct assay_error err = { 0 };
	int rc = play_open(p, &p->sentinel, NULL, SENTINEL_ISID, &err);

	if (rc == 0) {
		ask_login(p, &p->sentinel);
		return ANSWERED;
	}
	if (rc == ASSAY_E_TIMEOUT || rc == ASSAY_E_CONNECT) {
		play_outcome(p, rc == ASSAY_E_TIMEOUT ? ASSAY_OUTCOME_WEDGED : ASSAY_OUTCOME_GONE, "%.120s",
			err.message);
		return NO_CONNECTION;
	}
	p->fault = rc;
	return NO_CONNECTION;
}

static enum answer await_login(struct assay_player *p, struct assay_pdu *pdu)
{
	struct play_connection *k = &p->sentinel;
	int rc;

	do
		rc = play_take(p, k, pdu, p->patience);
	while (rc > 0 && pdu->opcode != ASSAY_LOGIN_RESPONSE);
	if (rc <= 0)
		return rc < 0 ? ENDED : SILENT;
	play_took(p, k, "the answer to a login on a new connection");
	return pdu->status_class ? REFUSED : ANSWERED;
}

/* A target that is busy with what it was asked before says so, or hangs up; it is asked again for as long as an answer may take. */
static void new_session(struct assay_player *p, enum answer begun)
{
	static const struct timespec pause = { 0, BUSY_PAUSE };
	uint64_t since = play_now(&p->sentinel);
	struct assay_pdu pdu;
	enum answer answer;

	for (;;) {
		if (begun == NO_CONNECTION)
			return;
		answer = await_login(p, &pdu);
		if (answer == ANSWERED)
			return;
		if (answer == SILENT) {
			play_outcome(p, ASSAY_OUTCOME_WEDGED,
				"no answer to a login on a new connection within %.1f s",
				(double)p->patience / (double)ASSAY_SECOND);
			return;
		}
		if (play_now(&p->sentinel) - since > p->patience || p->profile->builtin)
			break;
		nanosleep(&pause, NULL);
		begun = begin_login(p);
	}
	if (answer == REFUSED)
		play_outcome(p, ASSAY_OUTCOME_REFUSED,
			"a login on a new connection is refused with status 0x%02x%02x", pdu.status_class,
			pdu.status_detail);
	else
		play_outcome(p, ASSAY_OUTCOME_REFUSED,
			"a new connection is closed before its login has an answer");
}

/* ---- the connections of the case ---- */

static bool waits_for_data(const struct play_connection *k)
{
	for (unsigned n = 0; n < k->pending_count; n++)
		if (k->pending[n].blocked)
			return true;
	return false;
}

static bool forgiven(const struct assay_player *p, const struct play_connection *k)
{
	return p->deaf || (p->deaf_with_r2t && waits_for_data(k));
}

uint64_t play_life_time(const struct assay_player *p, const struct play_connection *k)
{
	return forgiven(p, k) ? play_grace(p) : p->patience;
}

void play_silent(struct assay_player *p, struct play_connection *k, const char *what)
{
	if (p->learning && waits_for_data(k))
		p->deaf_with_r2t = true;
	else if (p->learning)
		p->deaf = true;
	else if (!forgiven(p, k)) {
		k->silent = true;
		play_outcome(p, ASSAY_OUTCOME_WEDGED, "no answer to %s within %.1f s on connection %u", what,
			(double)p->patience / (double)ASSAY_SECOND, (unsigned)(k - p->connections));
	}
}

static void await_life(struct assay_player *p, struct play_connection *k)
{
	struct assay_pdu pdu;
	int rc;

	do
		rc = play_take(p, k, &pdu, play_life_time(p, k));
	while (rc > 0 && !play_is_life(k, &pdu));
	k->tagged = false;
	if (rc > 0)
		play_took(p, k, "an answer");
	if (rc == 0)
		play_silent(p, k, k->discovery ? "a Logout" : "a NOP-Out");
}

/* Something is on its way to the target or may be on its way back, and nothing can be demanded. */
static bool unsettled(const struct play_connection *k)
{
	return k->open && (k->pending_count > 0 || !assay_cutter_aligned(&k->cutter) || k->lost);
}

static void drain(struct assay_player *p, struct play_connection *k)
{
	struct assay_pdu pdu;

	for (int n = 0; n < DRAIN_MAX && play_take(p, k, &pdu, GRACE_LEAST) > 0; n++)
		;
}

/* Through with the case, and rid of its connections. */
static void settle(struct assay_player *p)
{
	for (unsigned n = 0; n < ASSAY_CASE_CONNECTIONS; n++) {
		struct play_connection *k = &p->connections[n];

		k->tagged = false;
		if (k->silent)
			continue;
		play_ask_life(p, k);
		if (!k->tagged && unsettled(k))
			play_half_close(k);
	}
	for (unsigned n = 0; n < ASSAY_CASE_CONNECTIONS; n++) {
		struct play_connection *k = &p->connections[n];

		if (k->tagged)
			await_life(p, k);
		else if (k->open && k->finished)
			drain(p, k);
	}
	for (unsigned n = 0; n < ASSAY_CASE_CONNECTIONS; n++)
		play_reset(&p->connections[n]);
}

void play_sentinels(struct assay_player *p)
{
	/* Only then the new one: what the target does when it clears up after the case belongs to the case. */
	settle(p);
	new_session(p, begin_login(p));
	play_reset(&p->sentinel);
}
