/*
 * as_target_login.c - a login of our own, for a captured connection that begins behind its login: whoever comes is let in without a proof, to the keys that what was captured keeps to. It judges the live
 * login only as far as it must to go on; the rules do the rest. RFC 7143 sections 6.3, 11.12, 11.13.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "proto/negotiation.h"
#include "replay/as_target_private.h"

#define ANSWER_MAX 8192u /* bytes: what an initiator takes in a login; a longer answer is none */
#define WINDOW     31u /* commands, until the capture says how many */

/* Status-Class and Status-Detail, section 11.13.5 */
#define INITIATOR_ERROR 0x0200u
#define NO_PROOF        0x0201u
#define VERSION         0x0205u
#define MISSING         0x0207u
#define NO_LOGIN        0x020bu
#define NO_RESOURCES    0x0302u

struct target_login {
	struct assay_negotiation negotiation;
	struct assay_wants wants;
	bool started;
	uint8_t stage;
	struct target_text text;
	char longest[16], burst[16];
	char answer[ANSWER_MAX];
};

/* ---- the keys ---- */

/* What the initiator's side of a connection did. */
struct habits {
	uint32_t longest, burst; /* bytes: of a data segment, of an R2T */
	bool writes, immediate, unsolicited;
	unsigned digests;
};

static void note(struct habits *h, const struct assay_pdu *pdu)
{
	h->digests |= pdu->digests;
	if (pdu->opcode == ASSAY_R2T && pdu->desired_data_transfer_length > h->burst)
		h->burst = pdu->desired_data_transfer_length;
	if (pdu->opcode != ASSAY_SCSI_COMMAND && pdu->opcode != ASSAY_DATA_OUT)
		return;
	if (pdu->data_length > h->longest)
		h->longest = pdu->data_length;
	h->writes |= pdu->opcode == ASSAY_SCSI_COMMAND && pdu->write;
	h->immediate |= pdu->opcode == ASSAY_SCSI_COMMAND && pdu->data_length;
	h->unsolicited |= pdu->opcode == ASSAY_DATA_OUT && pdu->ttt == ASSAY_TAG_RESERVED;
}

static const char *larger(char out[16], uint32_t value, uint32_t least)
{
	snprintf(out, 16, "%u", value > least ? value : least);
	return out;
}

/* As told, so far as the initiator offers it: a digest that the captured stream has is taken wherever it is offered. */
static void want_digest(
	struct assay_wants *w, enum assay_key_id id, bool captured, const char *text, size_t length)
{
	struct assay_pair offer;

	w->value[id] = "None";
	if (captured && assay_text_find(&offer, text, length, assay_key_at(id)->name) &&
		memmem(offer.value, offer.value_length, "CRC32C", 6))
		w->value[id] = "CRC32C";
}

static struct habits habits_of(const struct assay_replay_target_link *k)
{
	struct habits h = { 0 };

	for (uint32_t n = 0; n < target_length(k); n++) {
		const struct assay_script_item *i = &k->t->s->items[target_item(k, n)];

		if (i->kind == ASSAY_SCRIPT_PDU && k->t->state[target_item(k, n)] != TARGET_SKIPPED)
			note(&h, &i->pdu);
	}
	return h;
}

static void want(struct assay_replay_target_link *k, const char *text, size_t length)
{
	struct target_login *l = k->login;
	const struct habits h = habits_of(k);
	const char **value = l->wants.value;

	want_digest(&l->wants, ASSAY_KEY_HEADER_DIGEST, h.digests & ASSAY_HEADER_DIGEST, text, length);
	want_digest(&l->wants, ASSAY_KEY_DATA_DIGEST, h.digests & ASSAY_DATA_DIGEST, text, length);
	value[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = "1";
	value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = larger(l->longest, h.longest, 8192);
	value[ASSAY_KEY_MAX_BURST_LENGTH] = larger(l->burst, h.burst, 262144);
	value[ASSAY_KEY_INITIAL_R2T] = h.unsolicited ? "No" : "Yes";
	value[ASSAY_KEY_IMMEDIATE_DATA] = h.writes && !h.immediate ? "No" : "Yes";
	value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "16";
}

/* ---- the exchange ---- */

static void respond(struct assay_replay_target_link *k, const struct assay_pdu *request, unsigned status,
	bool transit, size_t length)
{
	bool full = transit && request->nsg == ASSAY_STAGE_FULL_FEATURE;
	struct assay_pdu pdu = { .opcode = ASSAY_LOGIN_RESPONSE,
		.transit = transit,
		.csg = status ? 0 : request->csg,
		.nsg = transit ? request->nsg : 0,
		.isid = request->isid,
		.tsih = full && !request->tsih ? (uint16_t)(k->connection % 0xffff + 1) : request->tsih,
		.itt = request->itt,
		.status_class = (uint8_t)(status >> 8),
		.status_detail = (uint8_t)status,
		.data = (const uint8_t *)k->login->answer,
		.data_length = (uint32_t)length };

	target_send_own(k, &pdu);
}

static void refuse(struct assay_replay_target_link *k, const struct assay_pdu *request, unsigned status)
{
	char words[48];

	snprintf(words, sizeof(words), "refused with status 0x%04x", status);
	target_differ(k->t, k->connection, 0, request, true, "login of our own", "not in the capture", words);
	respond(k, request, status, false, 0);
	k->end = ASSAY_REPLAY_CLOSES;
}

/* The first request says who it is; a stage is left for a later one. 0 or a status. */
static unsigned check(struct target_login *l, const struct assay_pdu *pdu)
{
	if (pdu->opcode != ASSAY_LOGIN_REQUEST)
		return NO_LOGIN;
	if (pdu->version_min > 0)
		return VERSION;
	if (!l->started)
		l->stage = pdu->csg;
	if (pdu->csg != l->stage || pdu->csg > ASSAY_STAGE_OPERATIONAL || (pdu->transit && pdu->cont))
		return INITIATOR_ERROR;
	if (pdu->transit && (pdu->nsg <= pdu->csg || pdu->nsg == ASSAY_STAGE_RESERVED))
		return INITIATOR_ERROR;
	return 0;
}

/* libiscsi says its names in each stage; that it may not is for the rules. */
static void drop_names(struct target_text *t)
{
	static const char *const names[] = { "InitiatorName", "InitiatorAlias", "TargetName", "SessionType" };
	size_t offset = 0, kept = 0, begin = 0;
	struct assay_pair pair;

	while (assay_text_next(&pair, &offset, t->bytes, t->length) == 1) {
		bool again = false;

		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			again |= assay_pair_is(&pair, names[n]);
		if (!again) {
			memmove(t->bytes + kept, t->bytes + begin, offset - begin);
			kept += offset - begin;
		}
		begin = offset;
	}
	memmove(t->bytes + kept, t->bytes + begin, t->length - begin);
	t->length = kept + t->length - begin;
}

/* The whole text of a request. Answers are in made then. 0 or a status. */
static unsigned negotiate(struct assay_replay_target_link *k, struct assay_text *made)
{
	struct target_login *l = k->login;
	enum assay_phase phase = l->stage == ASSAY_STAGE_SECURITY ? ASSAY_PHASE_SECURITY
								  : ASSAY_PHASE_OPERATIONAL;
	struct assay_pair name;
	int rc;

	if (l->started)
		drop_names(&l->text);
	else if (!assay_text_find(&name, l->text.bytes, l->text.length, "InitiatorName"))
		return MISSING;
	else
		assay_negotiation_init(&l->negotiation, ASSAY_TARGET, &l->wants, true);
	if (!l->started || phase == ASSAY_PHASE_OPERATIONAL)
		want(k, l->text.bytes, l->text.length);
	l->started = true;
	rc = assay_negotiation_take_text(&l->negotiation, made, l->text.bytes, l->text.length, phase, NULL);
	if (rc >= 0)
		rc = assay_negotiation_declare_all(&l->negotiation, made, phase);
	if (rc < 0)
		return rc == ASSAY_E_LIMIT ? NO_RESOURCES : INITIATOR_ERROR;
	return strcmp(l->negotiation.params.auth_method, "Reject") != 0 ? 0 : NO_PROOF;
}

static void answer(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	struct target_login *l = k->login;
	struct assay_text made;
	unsigned status;
	bool transit;

	assay_text_init(&made, l->answer, sizeof(l->answer));
	status = negotiate(k, &made);
	target_text_forget(&l->text);
	transit = pdu->transit && !status && !assay_negotiation_pending(&l->negotiation);
	if (transit && pdu->nsg == ASSAY_STAGE_FULL_FEATURE &&
		assay_negotiation_finish(&l->negotiation, NULL) < 0)
		status = INITIATOR_ERROR;
	if (status) {
		refuse(k, pdu, status);
		return;
	}
	respond(k, pdu, 0, transit, made.length);
	if (transit)
		l->stage = pdu->nsg;
}

bool target_login_begin(struct assay_replay_target_link *k)
{
	struct target_window *w = target_window_of(k);

	k->login = calloc(1, sizeof(*k->login));
	w->max = w->exp + WINDOW;
	k->t->counts.own_logins++;
	return k->login != NULL;
}

void target_login_take(struct assay_replay_target_link *k, const struct assay_pdu *pdu)
{
	struct target_login *l = k->login;
	unsigned status = check(l, pdu);

	if (!status && !target_text_join(&l->text, pdu))
		status = NO_RESOURCES;
	if (status)
		refuse(k, pdu, status);
	else if (pdu->cont)
		respond(k, pdu, 0, false, 0);
	else
		answer(k, pdu);
	if (k->full_feature)
		target_login_free(k);
}

void target_login_free(struct assay_replay_target_link *k)
{
	if (k->login)
		target_text_forget(&k->login->text);
	free(k->login);
	k->login = NULL;
}
