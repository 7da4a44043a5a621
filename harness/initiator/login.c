/*
 * login.c - the login phase: one request and its whole answer at a time, by hand or all the way. It says only what it is
 * told to say, follows where the target leads within bounds, and judges nothing. RFC 7143 sections 6.2, 6.3, 11.12 and 11.13.
 */
#include <stdio.h>
#include <string.h>

#include "codec/listing.h"
#include "initiator/internal.h"

#define ROUNDS_MAX 32 /* requests of one login; a target that never ends it is stopped here */

static enum assay_phase phase_of(uint8_t csg)
{
	return csg == ASSAY_STAGE_SECURITY ? ASSAY_PHASE_SECURITY : ASSAY_PHASE_OPERATIONAL;
}

static void offer_identity(struct assay_initiator *i)
{
	const struct assay_initiator_config *c = i->config;
	struct assay_negotiation *n = &i->negotiation;
	struct assay_text *keys = &i->login.keys;

	/* What does not fit sets keys->overflow, which the send reports. */
	if (c->initiator_name)
		assay_negotiation_offer_value(n, keys, ASSAY_KEY_INITIATOR_NAME, c->initiator_name);
	if (n->leading)
		assay_negotiation_offer_value(
			n, keys, ASSAY_KEY_SESSION_TYPE, c->discovery ? "Discovery" : "Normal");
	if (c->target_name)
		assay_negotiation_offer_value(n, keys, ASSAY_KEY_TARGET_NAME, c->target_name);
}

void assay_login_begin(struct assay_initiator *i, enum assay_stage csg)
{
	struct assay_login_state *l = &i->login;
	bool leading = i->session->tsih == 0;

	assay_negotiation_init(&i->negotiation, ASSAY_INITIATOR, &i->config->wants, leading);
	if (!leading)
		assay_params_join(&i->negotiation.params, &i->session->params);
	memset(&i->chap, 0, sizeof(i->chap));
	assay_make(i, &l->request, ASSAY_LOGIN_REQUEST);
	l->request.csg = (uint8_t)csg;
	memset(&l->response, 0, sizeof(l->response));
	assay_text_init(&l->keys, l->said, sizeof(l->said));
	l->answer_length = l->replies_length = 0;
	l->rounds = 0;
	l->automatic = false;
	offer_identity(i);
}

void assay_login_key(struct assay_initiator *i, const char *key, const char *value)
{
	enum assay_key_id id = assay_key_find(key, strlen(key));

	if (id == ASSAY_KEY_UNKNOWN)
		assay_text_append(&i->login.keys, key, value);
	else
		assay_negotiation_offer_value(&i->negotiation, &i->login.keys, id, value);
}

void assay_login_raw(struct assay_initiator *i, const void *text, size_t length)
{
	struct assay_text *keys = &i->login.keys;

	if (length > keys->capacity - keys->length) {
		keys->overflow = true;
		return;
	}
	if (length > 0)
		memcpy(keys->buf + keys->length, text, length);
	keys->length += length;
}

/* Prepares the request after this one: the same stage, nothing said yet. */
static void begin_next(struct assay_initiator *i)
{
	struct assay_login_state *l = &i->login;

	l->request.transit = 0;
	l->request.nsg = 0;
	l->request.cont = 0;
	l->request.data = NULL;
	l->request.data_length = 0;
	l->request.overrides = 0;
	assay_text_init(&l->keys, l->said, sizeof(l->said));
}

static int send_part(struct assay_initiator *i, const struct assay_pdu *part)
{
	/* What the first request says holds for what follows, also where a test changed it: sections 11.12.5 to 11.12.8. */
	if (i->login.rounds++ == 0) {
		i->cid = part->cid;
		if (i->session->tsih == 0) {
			i->session->isid = part->isid;
			i->session->cmd_sn = part->cmd_sn;
		}
	}
	return assay_send(i, part);
}

int assay_answer_add(struct assay_initiator *i, const struct assay_pdu *part)
{
	struct assay_login_state *l = &i->login;

	if (part->data_length > sizeof(l->answer) - l->answer_length)
		return assay_error_set(&i->error, ASSAY_E_TOO_LONG,
			"the target's text is longer than %d bytes", ASSAY_TEXT_MAX);
	if (part->data_length > 0)
		memcpy(l->answer + l->answer_length, part->data, part->data_length);
	l->answer_length += part->data_length;
	return 0;
}

/* Receives one Login Response and adds its text to the answer. */
static int take_part(struct assay_initiator *i, uint64_t deadline)
{
	struct assay_login_state *l = &i->login;
	struct assay_pdu pdu;
	int rc = assay_recv_any_until(i, &pdu, deadline);

	if (rc < 0)
		return rc;

	int kept = assay_answer_add(i, &pdu);

	l->response = pdu;
	l->response.bhs = l->response.wire = l->response.ahs = NULL;
	l->response.wire_length = l->response.ahs_length = 0;
	l->response.data = (const uint8_t *)l->answer;
	l->response.data_length = (uint32_t)l->answer_length;
	l->request.exp_stat_sn = i->exp_stat_sn;
	if (pdu.opcode != ASSAY_LOGIN_RESPONSE)
		return assay_unexpected(i, &pdu, "a Login Response");
	if (pdu.status_class != 0)
		return assay_error_set(&i->error, ASSAY_E_LOGIN, "login refused with status 0x%02x%02x (%s)",
			pdu.status_class, pdu.status_detail,
			assay_login_status_name(pdu.status_class, pdu.status_detail));
	return kept;
}

/* The answers to what the target offered, but for keys that the test has said something about itself. */
static void add_replies(struct assay_login_state *l)
{
	char key[ASSAY_KEY_NAME_MAX + 1];
	struct assay_pair pair, said;
	size_t offset = 0;

	while (assay_text_next(&pair, &offset, l->replies, l->replies_length) > 0) {
		snprintf(key, sizeof(key), "%.*s", (int)pair.key_length, pair.key);
		if (!assay_text_find(&said, l->keys.buf, l->keys.length, key))
			(void)assay_text_append_pair(&l->keys, &pair); /* keys.overflow tells */
	}
	l->replies_length = 0;
}

int assay_login_request(struct assay_initiator *i, int nsg)
{
	struct assay_login_state *l = &i->login;
	struct assay_pdu request = l->request;
	const uint8_t *text = (const uint8_t *)l->keys.buf;
	size_t left;

	if (!request.data && !request.cont)
		add_replies(l);
	left = l->keys.length;
	if (l->keys.overflow)
		return assay_error_set(&i->error, ASSAY_E_LIMIT,
			"the text of the request is longer than %d bytes", ASSAY_TEXT_MAX);
	if (!request.data) {
		for (; left > ASSAY_LOGIN_TEXT_MAX;
			left -= ASSAY_LOGIN_TEXT_MAX, text += ASSAY_LOGIN_TEXT_MAX) {
			struct assay_pdu part = request;
			int rc;

			part.cont = 1;
			part.data = text;
			part.data_length = ASSAY_LOGIN_TEXT_MAX;
			rc = send_part(i, &part);
			l->answer_length = 0;
			if (rc < 0 || (rc = take_part(i, assay_initiator_deadline(i))) < 0)
				return rc;
			request.exp_stat_sn = l->request.exp_stat_sn;
		}
		request.data = text;
		request.data_length = (uint32_t)left;
	}
	request.transit = nsg != ASSAY_STAY;
	request.nsg = nsg != ASSAY_STAY ? (uint8_t)nsg : l->request.nsg;
	l->request.transit = request.transit;
	l->request.nsg = request.nsg;
	return send_part(i, &request);
}

/* The login is over: what it came to is in force from here on. */
static int enter_full_feature(struct assay_initiator *i)
{
	struct assay_params *p = &i->negotiation.params;
	int rc = assay_negotiation_finish(&i->negotiation, i->login.automatic ? &i->error : NULL);

	if (rc < 0 && i->login.automatic)
		return rc;
	if (i->session->tsih == 0) {
		i->session->tsih = i->login.response.tsih;
		i->session->params = *p;
	}
	i->send_digests = i->recv_digests = (p->header_digest ? ASSAY_HEADER_DIGEST : 0u) |
					    (p->data_digest ? ASSAY_DATA_DIGEST : 0u);
	i->full_feature = true;
	return 0;
}

/*
 * By hand nothing is an error: it is the test's to judge. What the target offers will be answered in the next request, or one that offers keys of its
 * own would wait for ever; but a key of the last request is the target's answer, also where a test wrote it past us.
 */
static void note_answer(struct assay_initiator *i, enum assay_phase phase, const void *said, size_t length)
{
	struct assay_login_state *l = &i->login;
	char unsaid[sizeof(l->replies)], key[ASSAY_KEY_NAME_MAX + 1];
	struct assay_text reply, none;
	struct assay_pair pair, ours;
	size_t offset = 0;
	int r;

	assay_text_init(&reply, l->replies, sizeof(l->replies));
	while ((r = assay_text_next(&pair, &offset, l->answer, l->answer_length)) != 0) {
		bool offer = r > 0 && pair.key_length < sizeof(key);

		snprintf(key, sizeof(key), "%.*s", offer ? (int)pair.key_length : 0, pair.key);
		assay_text_init(&none, unsaid, sizeof(unsaid));
		offer = offer && !assay_text_find(&ours, said, length, key);
		(void)assay_negotiation_take(&i->negotiation, offer ? &reply : &none, &pair, phase, NULL);
	}
	l->replies_length = reply.length;
}

/* Section 6.3: from the security stage to the operational one or beyond, never back or in place. */
static bool leads_on(const struct assay_login_state *l)
{
	return l->response.nsg > l->request.csg && l->response.nsg != ASSAY_STAGE_RESERVED;
}

/* Heeds the whole answer to a request that was sent in this stage. */
static int settle(struct assay_initiator *i)
{
	struct assay_login_state *l = &i->login;
	enum assay_phase phase = phase_of(l->request.csg);
	const void *said = l->request.data ? (const void *)l->request.data : l->said;
	size_t length = l->request.data ? l->request.data_length : l->keys.length;
	int rc = 0;

	begin_next(i);
	if (l->automatic)
		rc = assay_negotiation_take_text(
			&i->negotiation, &l->keys, l->answer, l->answer_length, phase, &i->error);
	else
		note_answer(i, phase, said, length);
	if (rc < 0 || !l->response.transit)
		return rc;
	if (l->automatic && !leads_on(l))
		return assay_error_set(&i->error, ASSAY_E_PROTOCOL,
			"the target goes from stage %u to stage %u", l->request.csg, l->response.nsg);
	if (l->response.nsg == ASSAY_STAGE_FULL_FEATURE)
		return enter_full_feature(i);
	l->request.csg = l->response.nsg;
	return 0;
}

int assay_login_response(struct assay_initiator *i)
{
	struct assay_login_state *l = &i->login;
	uint64_t deadline = assay_initiator_deadline(i);

	l->answer_length = 0;
	for (int part = 0; part < ASSAY_PARTS_MAX; part++) {
		int rc = take_part(i, deadline);

		if (rc < 0)
			return rc;
		if (!l->response.cont)
			return settle(i);

		struct assay_pdu more = l->request;

		more.cont = 0;
		more.data = NULL;
		more.data_length = 0;
		rc = send_part(i, &more);
		if (rc < 0)
			return rc;
	}
	return assay_error_set(
		&i->error, ASSAY_E_PROTOCOL, "the target's text goes on after %d parts", ASSAY_PARTS_MAX);
}

int assay_login_send(struct assay_initiator *i, int nsg)
{
	int rc = assay_login_request(i, nsg);

	if (rc == 0)
		return assay_login_response(i);
	if (!assay_peer_left(rc) || !i->stream)
		return rc;

	/* It went away while we were speaking: what it said first tells why. */
	struct assay_error why = i->error;
	int said = assay_login_response(i);

	if (said == ASSAY_E_LOGIN || said == ASSAY_E_REJECT)
		return said;
	i->error = why;
	return rc;
}

int assay_login_answer(struct assay_initiator *i, struct assay_pair *out, const char *key)
{
	return assay_text_find(out, i->login.answer, i->login.answer_length, key);
}

/* The operational stage, until the full feature phase. */
static int negotiate(struct assay_initiator *i)
{
	int rc = assay_negotiation_offer_all(&i->negotiation, &i->login.keys, ASSAY_PHASE_OPERATIONAL);

	if (rc < 0)
		return assay_error_set(&i->error, rc, "the wanted keys do not fit into a request");
	for (int round = 0; round < ROUNDS_MAX; round++) {
		rc = assay_login_send(i, ASSAY_STAGE_FULL_FEATURE);
		if (rc < 0 || i->full_feature)
			return rc;
	}
	return assay_error_set(
		&i->error, ASSAY_E_PROTOCOL, "the login did not end within %d requests", ROUNDS_MAX);
}

int assay_login(struct assay_initiator *i)
{
	bool security = i->config->account.name || i->config->wants.value[ASSAY_KEY_AUTH_METHOD];
	int rc = 0;

	assay_login_begin(i, security ? ASSAY_STAGE_SECURITY : ASSAY_STAGE_OPERATIONAL);
	i->login.automatic = true;
	if (security)
		rc = assay_login_security(i, ASSAY_STAGE_OPERATIONAL);
	return rc < 0 || i->full_feature ? rc : negotiate(i);
}
