/*
 * spoil.c - what the defects of the negotiation do to texts: keys of the initiator's that are changed, overlooked or refused before they are read, and
 * answers of ours that are changed, left out or added before they are said. Without a defect no text passes through here changed.
 */
#include <string.h>

#include "target/machine.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what the initiator says ---- */

/* Values that a defect replaces (never by a longer one), or with NULL overlooks. */
static const struct {
	enum assay_defect defect;
	const char *key, *value;
} misread[] = {
	{ ASSAY_DEFECT_CHAP_ALGORITHM_UNOFFERED, "CHAP_A", "7" },
	{ ASSAY_DEFECT_CHAP_MUTUAL_IGNORED, "CHAP_I", NULL },
	{ ASSAY_DEFECT_CHAP_MUTUAL_IGNORED, "CHAP_C", NULL },
	{ ASSAY_DEFECT_SENDTARGETS_IN_LOGIN, "SendTargets", NULL },
	{ ASSAY_DEFECT_NODE_ARCHITECTURE_REJECTED, "X#NodeArchitecture", NULL },
};

/* Values that a defect cannot take: those that begin so, or are longer than so many bytes (0: no limit). */
static const struct {
	enum assay_defect defect;
	const char *key, *prefix;
	size_t longest;
} refused[] = {
	{ ASSAY_DEFECT_CHAP_BASE64_REFUSED, "CHAP_R", "0b", 0 },
	{ ASSAY_DEFECT_CHAP_BASE64_REFUSED, "CHAP_C", "0b", 0 },
	{ ASSAY_DEFECT_CHAP_UPPER_CASE_REFUSED, "CHAP_R", "0X", 0 },
	{ ASSAY_DEFECT_CHAP_CHALLENGE_LIMIT, "CHAP_C", NULL, 2 + 2 * 255 },
	{ ASSAY_DEFECT_ALIAS_LIMIT, "InitiatorAlias", NULL, 64 },
	{ ASSAY_DEFECT_RECEIVE_LENGTH_LIMIT, "MaxRecvDataSegmentLength", NULL, 7 },
};

static bool is_refused(const struct assay_target *t, const struct assay_pair *pair)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		const char *prefix = refused[i].prefix;

		if (!assay_tgt_defective(t, refused[i].defect) || !assay_pair_is(pair, refused[i].key))
			continue;
		if (prefix && pair->value_length >= 2 && memcmp(pair->value, prefix, 2) == 0)
			return true;
		if (refused[i].longest && pair->value_length > refused[i].longest)
			return true;
	}
	return false;
}

/* Changes the value of a pair; false where the pair is overlooked. */
static bool misreads(const struct assay_target *t, struct assay_pair *pair)
{
	const char *comma = pair->value_length ? memchr(pair->value, ',', pair->value_length) : NULL;

	if (comma && assay_pair_is(pair, "AuthMethod") &&
		assay_tgt_defective(t, ASSAY_DEFECT_AUTH_METHOD_FIRST_ONLY))
		pair->value_length = (size_t)(comma - pair->value);
	for (size_t i = 0; i < COUNT(misread); i++) {
		if (!assay_tgt_defective(t, misread[i].defect) || !assay_pair_is(pair, misread[i].key))
			continue;
		if (!misread[i].value)
			return false;
		pair->value = misread[i].value;
		pair->value_length = strlen(misread[i].value);
	}
	return assay_value_special(pair->value, pair->value_length) < ASSAY_VALUE_REJECT ||
	       !assay_tgt_defective(t, ASSAY_DEFECT_RESERVED_WORDS_IGNORED);
}

/* Answers that nobody should give. */
static int add_answers(
	const struct assay_target_conn *c, struct assay_text *answer, const struct assay_pair *pair)
{
	const struct assay_target *t = c->target;

	if (assay_pair_is(pair, "InitiatorAlias") &&
		assay_tgt_defective(t, ASSAY_DEFECT_DECLARATION_ANSWERED))
		return assay_text_append_pair(answer, pair);
	if (assay_pair_is(pair, "X#NodeArchitecture") &&
		assay_tgt_defective(t, ASSAY_DEFECT_NODE_ARCHITECTURE_REJECTED))
		return assay_text_append(answer, "X#NodeArchitecture", "Reject");
	if (assay_pair_is(pair, "SendTargets") && c->login->node &&
		assay_tgt_defective(t, ASSAY_DEFECT_SENDTARGETS_IN_LOGIN))
		return assay_text_append(answer, "TargetName", c->login->node->name);
	return 0;
}

static bool keep(struct assay_tgt_buffer *kept, const struct assay_pair *pair)
{
	return assay_tgt_buffer_add(kept, pair->key, pair->key_length + 1, ASSAY_TGT_TEXT_MAX) &&
	       assay_tgt_buffer_add(kept, pair->value, pair->value_length, ASSAY_TGT_TEXT_MAX) &&
	       assay_tgt_buffer_add(kept, "", 1, ASSAY_TGT_TEXT_MAX);
}

unsigned assay_tgt_spoil_request(struct assay_target_conn *c, struct assay_text *answer)
{
	struct assay_tgt_buffer *text = &c->login->text, kept = { 0 };
	struct assay_pair pair;
	size_t offset = 0, last = 0;
	unsigned status = 0;

	if (!c->target->defective)
		return 0;
	while (!status && assay_text_next(&pair, &offset, text->bytes, text->length) == 1) {
		if (is_refused(c->target, &pair))
			status = 0x0200;
		else if (add_answers(c, answer, &pair) < 0 ||
			 (misreads(c->target, &pair) && !keep(&kept, &pair)))
			status = 0x0302;
		last = offset;
	}
	/* What is no pair stays as it is. */
	if (!status && last < text->length &&
		!assay_tgt_buffer_add(&kept, text->bytes + last, text->length - last, ASSAY_TGT_TEXT_MAX))
		status = 0x0302;
	assay_tgt_buffer_clear(text);
	*text = kept;
	return status;
}

/* ---- keys where they do not belong ---- */

/* The phase that a key belongs to. */
static enum assay_phase phase_of(const struct assay_pair *pair, enum assay_phase phase)
{
	const struct assay_key *key = assay_key_at(assay_key_find(pair->key, pair->key_length));

	if (!key)
		return phase;
	return key->flags & ASSAY_KEY_IN_OPERATIONAL ? ASSAY_PHASE_OPERATIONAL : ASSAY_PHASE_SECURITY;
}

int assay_tgt_take_loosely(struct assay_negotiation *n, struct assay_text *reply,
	const struct assay_tgt_buffer *text, enum assay_phase phase, bool again, bool anywhere)
{
	struct assay_pair pair;
	size_t offset = 0;
	int rc = 0;

	while (rc >= 0 && assay_text_next(&pair, &offset, text->bytes, text->length) == 1) {
		if (again)
			n->done = n->declared = 0;
		rc = assay_negotiation_take(n, reply, &pair, anywhere ? phase_of(&pair, phase) : phase, NULL);
	}
	return rc;
}

/* ---- what we say ---- */

/* Wrong answers, whatever was offered. */
static const struct {
	enum assay_defect defect;
	const char *key, *value;
} wrong[] = {
	{ ASSAY_DEFECT_DIGEST_NONE_UNOFFERED, "HeaderDigest", "None" },
	{ ASSAY_DEFECT_DIGEST_NONE_UNOFFERED, "DataDigest", "None" },
	{ ASSAY_DEFECT_DIGEST_CRC_UNOFFERED, "HeaderDigest", "CRC32C" },
	{ ASSAY_DEFECT_DIGEST_CRC_UNOFFERED, "DataDigest", "CRC32C" },
	{ ASSAY_DEFECT_BURST_TOO_LARGE, "MaxBurstLength", "16777215" },
	{ ASSAY_DEFECT_NUMBER_ABOVE_OFFER, "MaxConnections", "65535" },
	{ ASSAY_DEFECT_NUMBER_ABOVE_OFFER, "FirstBurstLength", "16777215" },
	{ ASSAY_DEFECT_NUMBER_ABOVE_OFFER, "DefaultTime2Retain", "3600" },
	{ ASSAY_DEFECT_NUMBER_ABOVE_OFFER, "MaxOutstandingR2T", "65535" },
	{ ASSAY_DEFECT_NUMBER_ABOVE_OFFER, "iSCSIProtocolLevel", "31" },
	{ ASSAY_DEFECT_NUMBER_BELOW_OFFER, "DefaultTime2Wait", "0" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "MaxConnections", "0" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "MaxBurstLength", "511" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "FirstBurstLength", "511" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "DefaultTime2Wait", "3601" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "DefaultTime2Retain", "3601" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "MaxOutstandingR2T", "0" },
	{ ASSAY_DEFECT_NUMBER_OUT_OF_RANGE, "ErrorRecoveryLevel", "3" },
	{ ASSAY_DEFECT_RECEIVE_LENGTH_OUT_OF_RANGE, "MaxRecvDataSegmentLength", "16777216" },
	{ ASSAY_DEFECT_FIRST_BURST_ABOVE_MAX, "FirstBurstLength", "65536" },
	{ ASSAY_DEFECT_ERL_RAISED, "ErrorRecoveryLevel", "2" },
	{ ASSAY_DEFECT_DATA_IN_ACK_UNTAGGED, "ErrorRecoveryLevel", "2" },
	{ ASSAY_DEFECT_DATA_IN_ACK_OFTEN, "ErrorRecoveryLevel", "2" },
	{ ASSAY_DEFECT_INITIALR2T_OVERRULED, "InitialR2T", "No" },
	{ ASSAY_DEFECT_BOOLEAN_OVERRULED, "ImmediateData", "Yes" },
	{ ASSAY_DEFECT_BOOLEAN_OVERRULED, "DataPDUInOrder", "No" },
	{ ASSAY_DEFECT_BOOLEAN_OVERRULED, "DataSequenceInOrder", "No" },
	{ ASSAY_DEFECT_MARKER_NOT_UNDERSTOOD, "IFMarker", "NotUnderstood" },
	{ ASSAY_DEFECT_MARKER_NOT_UNDERSTOOD, "OFMarker", "NotUnderstood" },
	{ ASSAY_DEFECT_MARKER_NOT_UNDERSTOOD, "IFMarkInt", "NotUnderstood" },
	{ ASSAY_DEFECT_MARKER_NOT_UNDERSTOOD, "OFMarkInt", "NotUnderstood" },
	{ ASSAY_DEFECT_STANDARD_KEY_NOT_UNDERSTOOD, "DefaultTime2Wait", "NotUnderstood" },
	{ ASSAY_DEFECT_STANDARD_KEY_NOT_UNDERSTOOD, "TaskReporting", "NotUnderstood" },
	{ ASSAY_DEFECT_CHAP_CHALLENGE_MALFORMED, "CHAP_C", "0x" },
	{ ASSAY_DEFECT_CHAP_MUTUAL_WRONG, "CHAP_R", "0x00112233445566778899aabbccddeeff" },
};

/* Answers that are left out, by what they say or the kind of their key. */
static bool is_left_out(const struct assay_target *t, const struct assay_pair *pair)
{
	const struct assay_key *key = assay_key_at(assay_key_find(pair->key, pair->key_length));

	switch (assay_value_special(pair->value, pair->value_length)) {
	case ASSAY_VALUE_NOT_UNDERSTOOD: return assay_tgt_defective(t, ASSAY_DEFECT_UNKNOWN_KEY_IGNORED);
	case ASSAY_VALUE_REJECT: return assay_tgt_defective(t, ASSAY_DEFECT_REJECT_UNSAID);
	default:
		return key && key->type == ASSAY_TYPE_BOOLEAN &&
		       assay_tgt_defective(t, ASSAY_DEFECT_BOOLEAN_UNANSWERED);
	}
}

/* An answer that copies from the offer what it should not. */
static void copy_offer(
	const struct assay_target *t, struct assay_pair *answer, const struct assay_pair *offer)
{
	const struct assay_key *key = assay_key_at(assay_key_find(offer->key, offer->key_length));
	bool first = assay_tgt_defective(t, ASSAY_DEFECT_DIGEST_UNKNOWN_CHOSEN),
	     last = assay_tgt_defective(t, ASSAY_DEFECT_DIGEST_ORDER_IGNORED);
	struct assay_pair item = *answer;
	size_t offset = 0;

	if (key && key->type == ASSAY_TYPE_BOOLEAN && assay_tgt_defective(t, ASSAY_DEFECT_BOOLEAN_ECHOED))
		*answer = *offer;
	if ((!first && !last) ||
		(!assay_pair_is(offer, "HeaderDigest") && !assay_pair_is(offer, "DataDigest")))
		return;
	while (assay_list_next(&item.value, &item.value_length, &offset, offer->value, offer->value_length)) {
		*answer = item;
		if (first)
			return;
	}
}

static void spoil(
	const struct assay_target *t, struct assay_pair *answer, const struct assay_tgt_buffer *request)
{
	struct assay_pair offer;
	size_t offset = 0;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		if (!assay_tgt_defective(t, wrong[i].defect) || !assay_pair_is(answer, wrong[i].key))
			continue;
		answer->value = wrong[i].value;
		answer->value_length = strlen(answer->value);
	}
	if (assay_value_is(answer, "Irrelevant") &&
		assay_tgt_defective(t, ASSAY_DEFECT_IRRELEVANT_NOT_UNDERSTOOD)) {
		answer->value = "NotUnderstood";
		answer->value_length = strlen(answer->value);
	}
	while (assay_text_next(&offer, &offset, request->bytes, request->length) == 1)
		if (offer.key_length == answer->key_length &&
			memcmp(offer.key, answer->key, offer.key_length) == 0)
			copy_offer(t, answer, &offer);
}

/* Keys of our own that we should not say there, as offers. */
static const struct {
	enum assay_defect defect;
	enum place { LEADING, ADDED, TEXT } place;
	const char *key, *value;
} uninvited[] = {
	{ ASSAY_DEFECT_LOGIN_LAST_OFFER, LEADING, "DefaultTime2Retain", "0" },
	{ ASSAY_DEFECT_LOGIN_RESERVED_VALUE, LEADING, "MaxBurstLength", "Reject" },
	{ ASSAY_DEFECT_LOGIN_LEADING_KEY_SAID, ADDED, "DefaultTime2Retain", "0" },
	{ ASSAY_DEFECT_TEXT_FINAL_OFFERS, TEXT, "MaxBurstLength", "65536" },
};

static int add_uninvited(const struct assay_target_conn *c, struct assay_text *out)
{
	enum place place = !c->login ? TEXT : c->login->tsih ? ADDED : LEADING;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < COUNT(uninvited); i++)
		if (uninvited[i].place == place && assay_tgt_defective(c->target, uninvited[i].defect))
			rc = assay_text_append(out, uninvited[i].key, uninvited[i].value);
	return rc;
}

int assay_tgt_spoil_answer(const struct assay_target_conn *c, struct assay_text *out,
	const struct assay_text *made, const struct assay_tgt_buffer *request)
{
	const struct assay_target *t = c->target;
	struct assay_pair pair;
	size_t offset = 0;
	int rc = 0;

	while (rc >= 0 && assay_text_next(&pair, &offset, made->buf, made->length) == 1) {
		if (t->defective) {
			if (is_left_out(t, &pair))
				continue;
			spoil(t, &pair, request);
		}
		rc = assay_text_append_pair(out, &pair);
	}
	return rc < 0 ? rc : add_uninvited(c, out);
}

/* ---- CHAP ---- */

/* The initiator's challenge is our own. */
static bool is_reflected(const struct assay_tgt_login *l)
{
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX];
	struct assay_pair pair;

	return assay_text_find(&pair, l->text.bytes, l->text.length, "CHAP_C") &&
	       assay_value_binary(bytes, sizeof(bytes), pair.value, pair.value_length) ==
		       (long)l->chap.challenge_length &&
	       memcmp(bytes, l->chap.challenge, l->chap.challenge_length) == 0;
}

static bool is_forgiven(const struct assay_target_conn *c, int result)
{
	const struct assay_target *t = c->target;

	if (result == ASSAY_E_AUTH)
		return assay_tgt_defective(t, ASSAY_DEFECT_CHAP_RESPONSE_UNCHECKED) ||
		       (assay_tgt_defective(t, ASSAY_DEFECT_CHAP_REFLECTION_UNCHECKED) &&
			       is_reflected(c->login));
	return result == ASSAY_E_PROTOCOL && assay_tgt_defective(t, ASSAY_DEFECT_CHAP_STEPS_UNCHECKED);
}

int assay_tgt_spoil_chap(struct assay_target_conn *c, struct assay_text *answer, int result)
{
	struct assay_chap *chap = &c->login->chap;
	const struct assay_target *t = c->target;
	struct assay_pair pair;

	if (is_forgiven(c, result)) {
		chap->state = ASSAY_CHAP_DONE;
		return ASSAY_OK;
	}
	if (result == ASSAY_E_PROTOCOL && assay_tgt_defective(t, ASSAY_DEFECT_CHAP_MISSING_KEY_0201))
		return ASSAY_E_AUTH;
	if (result != ASSAY_OK || chap->state != ASSAY_CHAP_DONE)
		return result;
	if (assay_tgt_defective(t, ASSAY_DEFECT_CHAP_RIGHT_REFUSED))
		return ASSAY_E_AUTH;
	if (assay_tgt_defective(t, ASSAY_DEFECT_CHAP_MUTUAL_UNASKED) &&
		!assay_text_find(&pair, answer->buf, answer->length, "CHAP_R"))
		return assay_text_append(answer, "CHAP_R", "0x00112233445566778899aabbccddeeff");
	return result;
}
