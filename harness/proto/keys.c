/*
 * keys.c - the table of text keys and what can be said of one value, or of an offer and its answer. RFC 7143 sections 6.1, 6.2,
 * 12.1 and 13; RFC 7144 section 7.1.1. It keeps no state and knows nothing of the order in which keys are said: negotiation.c.
 */
#include "proto/keys.h"

#include <string.h>

#include "codec/name.h"

#define SEC       ASSAY_KEY_IN_SECURITY
#define OPER      ASSAY_KEY_IN_OPERATIONAL
#define FULL      ASSAY_KEY_IN_FULL_FEATURE
#define ANY_STAGE (SEC | OPER)
#define IO        ASSAY_KEY_INITIAL
#define LO        ASSAY_KEY_LEADING
#define SW        ASSAY_KEY_SESSION_WIDE
#define ND        ASSAY_KEY_NOT_IN_DISCOVERY

#define SEGMENT_MAX 0xffffffu /* 2**24 - 1 */

/* clang-format off */
static const struct assay_key keys[ASSAY_KEY_COUNT] = {
	[ASSAY_KEY_AUTH_METHOD] = { "AuthMethod", "12.1", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		SEC | IO, 0, 0, NULL, "None,CHAP,SRP,KRB5" },
	[ASSAY_KEY_CHAP_A] = { "CHAP_A", "12.1.3", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		SEC | IO, 0, 0, NULL, "5,6,7,8" },
	[ASSAY_KEY_CHAP_I] = { "CHAP_I", "12.1.3", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		SEC | IO, 0, 255, NULL, NULL },
	[ASSAY_KEY_CHAP_C] = { "CHAP_C", "12.1.3", "7143", ASSAY_TYPE_BINARY, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		SEC | IO, 1, 1024, NULL, NULL },
	[ASSAY_KEY_CHAP_N] = { "CHAP_N", "12.1.3", "7143", ASSAY_TYPE_TEXT, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		SEC | IO, 1, 255, NULL, NULL },
	[ASSAY_KEY_CHAP_R] = { "CHAP_R", "12.1.3", "7143", ASSAY_TYPE_BINARY, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		SEC | IO, 1, 1024, NULL, NULL },
	[ASSAY_KEY_HEADER_DIGEST] = { "HeaderDigest", "13.1", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		OPER | IO, 0, 0, "None", "None,CRC32C" },
	[ASSAY_KEY_DATA_DIGEST] = { "DataDigest", "13.1", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		OPER | IO, 0, 0, "None", "None,CRC32C" },
	[ASSAY_KEY_MAX_CONNECTIONS] = { "MaxConnections", "13.2", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW | ND, 1, 65535, "1", NULL },
	[ASSAY_KEY_SEND_TARGETS] = { "SendTargets", "13.3", "7143", ASSAY_TYPE_TEXT, ASSAY_RESULT_DECLARED, ASSAY_INITIATOR,
		FULL | SW, 0, 223, NULL, NULL },
	[ASSAY_KEY_TARGET_NAME] = { "TargetName", "13.4", "7143", ASSAY_TYPE_NAME, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		ANY_STAGE | FULL | SW | ASSAY_KEY_MULTIPLE, 0, 0, NULL, NULL },
	[ASSAY_KEY_INITIATOR_NAME] = { "InitiatorName", "13.5", "7143", ASSAY_TYPE_NAME, ASSAY_RESULT_DECLARED, ASSAY_INITIATOR,
		ANY_STAGE | IO | SW, 0, 0, NULL, NULL },
	[ASSAY_KEY_TARGET_ALIAS] = { "TargetAlias", "13.6", "7143", ASSAY_TYPE_TEXT, ASSAY_RESULT_DECLARED, ASSAY_TARGET,
		ANY_STAGE | FULL | SW, 0, 255, NULL, NULL },
	[ASSAY_KEY_INITIATOR_ALIAS] = { "InitiatorAlias", "13.7", "7143", ASSAY_TYPE_TEXT, ASSAY_RESULT_DECLARED, ASSAY_INITIATOR,
		ANY_STAGE | FULL | SW, 0, 255, NULL, NULL },
	[ASSAY_KEY_TARGET_ADDRESS] = { "TargetAddress", "13.8", "7143", ASSAY_TYPE_ADDRESS, ASSAY_RESULT_DECLARED, ASSAY_TARGET,
		ANY_STAGE | FULL | SW | ASSAY_KEY_MULTIPLE, 0, 0, NULL, NULL },
	[ASSAY_KEY_TARGET_PORTAL_GROUP_TAG] = { "TargetPortalGroupTag", "13.9", "7143", ASSAY_TYPE_BINARY, ASSAY_RESULT_DECLARED,
		ASSAY_TARGET, ANY_STAGE | IO | SW, 2, 2, NULL, NULL },
	[ASSAY_KEY_INITIAL_R2T] = { "InitialR2T", "13.10", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_OR, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 0, "Yes", NULL },
	[ASSAY_KEY_IMMEDIATE_DATA] = { "ImmediateData", "13.11", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_AND, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 0, "Yes", NULL },
	[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = { "MaxRecvDataSegmentLength", "13.12", "7143", ASSAY_TYPE_NUMBER,
		ASSAY_RESULT_DECLARED, ASSAY_BOTH, OPER | FULL, 512, SEGMENT_MAX, "8192", NULL },
	[ASSAY_KEY_MAX_BURST_LENGTH] = { "MaxBurstLength", "13.13", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW | ND, 512, SEGMENT_MAX, "262144", NULL },
	[ASSAY_KEY_FIRST_BURST_LENGTH] = { "FirstBurstLength", "13.14", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW | ND, 512, SEGMENT_MAX, "65536", NULL },
	[ASSAY_KEY_DEFAULT_TIME2WAIT] = { "DefaultTime2Wait", "13.15", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MAX, ASSAY_BOTH,
		OPER | LO | SW, 0, 3600, "2", NULL },
	[ASSAY_KEY_DEFAULT_TIME2RETAIN] = { "DefaultTime2Retain", "13.16", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW, 0, 3600, "20", NULL },
	[ASSAY_KEY_MAX_OUTSTANDING_R2T] = { "MaxOutstandingR2T", "13.17", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW | ND, 1, 65535, "1", NULL },
	[ASSAY_KEY_DATA_PDU_IN_ORDER] = { "DataPDUInOrder", "13.18", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_OR, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 0, "Yes", NULL },
	[ASSAY_KEY_DATA_SEQUENCE_IN_ORDER] = { "DataSequenceInOrder", "13.19", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_OR, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 0, "Yes", NULL },
	[ASSAY_KEY_ERROR_RECOVERY_LEVEL] = { "ErrorRecoveryLevel", "13.20", "7143", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW, 0, 2, "0", NULL },
	[ASSAY_KEY_SESSION_TYPE] = { "SessionType", "13.21", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_DECLARED, ASSAY_INITIATOR,
		ANY_STAGE | LO | SW, 0, 0, "Normal", "Normal,Discovery" },
	[ASSAY_KEY_TASK_REPORTING] = { "TaskReporting", "13.23", "7143", ASSAY_TYPE_LIST, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 0, "RFC3720", "RFC3720,ResponseFence,FastAbort" },
	[ASSAY_KEY_PROTOCOL_LEVEL] = { "iSCSIProtocolLevel", "7.1.1", "7144", ASSAY_TYPE_NUMBER, ASSAY_RESULT_MIN, ASSAY_BOTH,
		OPER | LO | SW | ND, 0, 31, "1", NULL },
	[ASSAY_KEY_IF_MARKER] = { "IFMarker", "13.25", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_AND, ASSAY_BOTH,
		OPER | IO | ASSAY_KEY_OBSOLETE, 0, 0, "No", NULL },
	[ASSAY_KEY_OF_MARKER] = { "OFMarker", "13.25", "7143", ASSAY_TYPE_BOOLEAN, ASSAY_RESULT_AND, ASSAY_BOTH,
		OPER | IO | ASSAY_KEY_OBSOLETE, 0, 0, "No", NULL },
	[ASSAY_KEY_IF_MARK_INT] = { "IFMarkInt", "13.25", "7143", ASSAY_TYPE_RANGE, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		OPER | IO | ASSAY_KEY_OBSOLETE, 1, 65535, "2048~2048", NULL },
	[ASSAY_KEY_OF_MARK_INT] = { "OFMarkInt", "13.25", "7143", ASSAY_TYPE_RANGE, ASSAY_RESULT_CHOICE, ASSAY_BOTH,
		OPER | IO | ASSAY_KEY_OBSOLETE, 1, 65535, "2048~2048", NULL },
	[ASSAY_KEY_NODE_ARCHITECTURE] = { "X#NodeArchitecture", "13.26", "7143", ASSAY_TYPE_TEXT, ASSAY_RESULT_DECLARED, ASSAY_BOTH,
		OPER | LO | SW, 0, 255, "None", NULL },
};
/* clang-format on */

const struct assay_key *assay_key_at(enum assay_key_id id)
{
	return (unsigned)id < ASSAY_KEY_COUNT ? &keys[id] : NULL;
}

enum assay_key_id assay_key_find(const char *name, size_t length)
{
	for (unsigned i = 0; length && i < ASSAY_KEY_COUNT; i++)
		if (keys[i].name[0] == name[0] && strlen(keys[i].name) == length &&
			!memcmp(keys[i].name, name, length))
			return (enum assay_key_id)i;
	return ASSAY_KEY_UNKNOWN;
}

bool assay_key_allowed(const struct assay_key *key, enum assay_role sender, unsigned in)
{
	if (!(key->sender & sender) || !(key->flags & in))
		return false;
	if (key == &keys[ASSAY_KEY_TARGET_NAME])
		return (in == ASSAY_KEY_IN_FULL_FEATURE) == (sender == ASSAY_TARGET);
	return true;
}

static bool is(const char *value, size_t length, const char *word)
{
	return strlen(word) == length && !memcmp(value, word, length);
}

enum assay_key_special assay_value_special(const char *value, size_t length)
{
	static const char *const words[] = { NULL, "None", "Reject", "Irrelevant", "NotUnderstood" };

	for (int i = ASSAY_VALUE_NONE; i <= ASSAY_VALUE_NOT_UNDERSTOOD; i++)
		if (is(value, length, words[i]))
			return (enum assay_key_special)i;
	return ASSAY_VALUE_PLAIN;
}

const char *assay_key_show(char out[ASSAY_SHOW_MAX], const char *value, size_t length)
{
	size_t n = length < ASSAY_SHOW_MAX - 1 ? length : ASSAY_SHOW_MAX - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = value[i] >= 0x20 && value[i] < 0x7f ? value[i] : '?';
	out[n] = '\0';
	return out;
}

/* ---- one value ---- */

static bool reserved_word(const char *value, size_t length)
{
	return assay_value_special(value, length) >= ASSAY_VALUE_REJECT;
}

/* Section 6.1: text-value. */
static bool text_value(const char *value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = value[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    (c && strchr(".-+@_/[]:", c))))
			return false;
	}
	return true;
}

static int list_check(const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	const char *item;
	size_t item_length, offset = 0, count = 0;

	while (assay_list_next(&item, &item_length, &offset, value, length)) {
		if (!item_length || item_length > ASSAY_TEXT_VALUE_MAX || !text_value(item, item_length))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"%s: item %zu of the list is not a text value", key->name, count + 1);
		if (reserved_word(item, item_length))
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"%s: %.*s is reserved and cannot be offered", key->name, (int)item_length,
				item);
		count++;
	}
	if (!count)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: empty list", key->name);
	if (key->result == ASSAY_RESULT_DECLARED &&
		!assay_list_has(key->values, strlen(key->values), value, length))
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%s: the value is not one of %s", key->name, key->values);
	return ASSAY_OK;
}

static int number_check(
	const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	char shown[ASSAY_SHOW_MAX];
	uint64_t number;

	if (assay_value_number(&number, value, length) < 0)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: \"%s\" is not a number", key->name,
			assay_key_show(shown, value, length));
	if (number < key->minimum || number > key->maximum)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: %s is not within %u to %u", key->name,
			assay_key_show(shown, value, length), key->minimum, key->maximum);
	return ASSAY_OK;
}

/* The value of a fixed binary length of up to eight bytes, which may be written in decimal too (section 6.1). */
static int fixed_binary(uint64_t *out, const struct assay_key *key, const char *value, size_t length)
{
	uint8_t bytes[8] = { 0 };
	long n;

	if (!assay_value_number(out, value, length))
		return *out >> (8 * key->maximum) ? ASSAY_E_SYNTAX : ASSAY_OK;
	n = assay_value_binary(bytes, key->maximum, value, length);
	if (n < 0)
		return ASSAY_E_SYNTAX;
	*out = 0;
	for (long i = 0; i < n; i++)
		*out = *out << 8 | bytes[i];
	return ASSAY_OK;
}

static bool fixed(const struct assay_key *key)
{
	return key->type == ASSAY_TYPE_BINARY && key->minimum == key->maximum;
}

static int binary_check(
	const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	uint8_t bytes[1024];
	uint64_t number;
	long n;

	if (fixed(key)) {
		if (fixed_binary(&number, key, value, length) < 0)
			return assay_error_set(err, ASSAY_E_SYNTAX, "%s: not a binary value of %u bytes",
				key->name, key->maximum);
		return ASSAY_OK;
	}
	n = assay_value_binary(bytes, key->maximum, value, length);
	if (n == ASSAY_E_LIMIT || (n >= 0 && n < (long)key->minimum))
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: not %u to %u bytes long", key->name,
			key->minimum, key->maximum);
	if (n < 0)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "%s: not a hexadecimal or base64 constant", key->name);
	return ASSAY_OK;
}

static int text_check(const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	if (length < key->minimum || length > key->maximum)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: %zu bytes, not %u to %u", key->name, length,
			key->minimum, key->maximum);
	if (key == &keys[ASSAY_KEY_SEND_TARGETS] && length && !is(value, length, "All"))
		return assay_name_check(value, length, err) < 0 ? ASSAY_E_SYNTAX : ASSAY_OK;
	return ASSAY_OK;
}

static int range_check(const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	uint64_t low, high;

	if (assay_value_range(&low, &high, value, length) < 0) {
		if (assay_value_number(&low, value, length) < 0)
			return assay_error_set(err, ASSAY_E_SYNTAX, "%s: not a range of numbers", key->name);
		high = low;
	}
	if (low < key->minimum || high > key->maximum)
		return assay_error_set(err, ASSAY_E_SYNTAX, "%s: the range is not within %u to %u", key->name,
			key->minimum, key->maximum);
	return ASSAY_OK;
}

int assay_key_value_check(
	const struct assay_key *key, const char *value, size_t length, struct assay_error *err)
{
	struct assay_address address;
	bool yes;

	switch (key->type) {
	case ASSAY_TYPE_LIST: return list_check(key, value, length, err);
	case ASSAY_TYPE_NUMBER: return number_check(key, value, length, err);
	case ASSAY_TYPE_BOOLEAN:
		if (assay_value_boolean(&yes, value, length) < 0)
			return assay_error_set(err, ASSAY_E_SYNTAX, "%s: neither Yes nor No", key->name);
		return ASSAY_OK;
	case ASSAY_TYPE_NAME: return assay_name_check(value, length, err) < 0 ? ASSAY_E_SYNTAX : ASSAY_OK;
	case ASSAY_TYPE_TEXT: return text_check(key, value, length, err);
	case ASSAY_TYPE_ADDRESS:
		return assay_address_parse(&address, value, length, err) < 0 ? ASSAY_E_SYNTAX : ASSAY_OK;
	case ASSAY_TYPE_BINARY: return binary_check(key, value, length, err);
	case ASSAY_TYPE_RANGE: return range_check(key, value, length, err);
	}
	return assay_error_set(err, ASSAY_E_INVAL, "%s: no such type", key->name);
}

/* ---- an offer and its answer ---- */

static int refuse(struct assay_error *err, const struct assay_key *key, const char *answer, size_t length,
	const char *why)
{
	char shown[ASSAY_SHOW_MAX];

	return assay_error_set(
		err, ASSAY_E_PROTOCOL, "%s=%s: %s", key->name, assay_key_show(shown, answer, length), why);
}

/* Keys whose answer may be NotUnderstood: those of later standards (section 6.2), and X#NodeArchitecture (13.26.2). */
static bool may_be_unknown(const struct assay_key *key)
{
	return strcmp(key->rfc, "7143") != 0 || key == &keys[ASSAY_KEY_NODE_ARCHITECTURE];
}

/* Section 13.25. */
static int obsolete_answer(
	const struct assay_key *key, const char *answer, size_t length, struct assay_error *err)
{
	if (is(answer, length, "Reject"))
		return ASSAY_OK;
	if (key->type != ASSAY_TYPE_BOOLEAN)
		return refuse(err, key, answer, length, "this obsolete key is answered by Reject");
	if (is(answer, length, "No") || is(answer, length, "Irrelevant"))
		return ASSAY_OK;
	return refuse(err, key, answer, length, "this obsolete key is answered by Reject or No");
}

static int declared_answer(const struct assay_key *key, enum assay_key_special special, bool admissible,
	const char *answer, size_t length, struct assay_error *err)
{
	if (special == ASSAY_VALUE_REJECT && (!admissible || key == &keys[ASSAY_KEY_SEND_TARGETS]))
		return ASSAY_OK;
	if (special >= ASSAY_VALUE_REJECT || key->sender != ASSAY_BOTH)
		return refuse(
			err, key, answer, length, "the key is declared, not negotiated: it has no answer");
	if (assay_key_value_check(key, answer, length, err) < 0)
		return refuse(err, key, answer, length, "malformed or out of range");
	return ASSAY_OK;
}

static int special_answer(const struct assay_key *key, enum assay_key_special special, bool admissible,
	const char *answer, size_t length, struct assay_error *err)
{
	bool list = key->result == ASSAY_RESULT_CHOICE;

	if (special == ASSAY_VALUE_IRRELEVANT && list && !(key->flags & ASSAY_KEY_NOT_IN_DISCOVERY))
		return refuse(err, key, answer, length, "no other key makes this one irrelevant");
	if (special == ASSAY_VALUE_REJECT && !list && admissible)
		return refuse(
			err, key, answer, length, "an admissible value is answered by an admissible value");
	return ASSAY_OK;
}

static int number_answer(const struct assay_key *key, bool admissible, uint64_t offered, const char *answer,
	size_t length, struct assay_error *err)
{
	uint64_t chosen;

	if (number_check(key, answer, length, NULL) < 0 || assay_value_number(&chosen, answer, length) < 0)
		return refuse(err, key, answer, length, "not a number within the key's range");
	if (admissible && key->result == ASSAY_RESULT_MIN && chosen > offered)
		return refuse(
			err, key, answer, length, "more than the offer, and the result function is Minimum");
	if (admissible && key->result == ASSAY_RESULT_MAX && chosen < offered)
		return refuse(
			err, key, answer, length, "less than the offer, and the result function is Maximum");
	return ASSAY_OK;
}

static int boolean_answer(const struct assay_key *key, bool admissible, bool offered, const char *answer,
	size_t length, struct assay_error *err)
{
	bool chosen;

	if (assay_value_boolean(&chosen, answer, length) < 0)
		return refuse(err, key, answer, length, "neither Yes nor No");
	if (admissible && key->result == ASSAY_RESULT_AND && chosen && !offered)
		return refuse(err, key, answer, length, "No was offered, and the result function is AND");
	if (admissible && key->result == ASSAY_RESULT_OR && !chosen && offered)
		return refuse(err, key, answer, length, "Yes was offered, and the result function is OR");
	return ASSAY_OK;
}

int assay_key_answer_check(const struct assay_key *key, const char *offer, size_t offer_length,
	const char *answer, size_t answer_length, struct assay_error *err)
{
	enum assay_key_special special = assay_value_special(answer, answer_length);
	bool admissible = assay_key_value_check(key, offer, offer_length, NULL) == ASSAY_OK;
	uint64_t number = 0;
	bool yes = false;

	if (special == ASSAY_VALUE_NOT_UNDERSTOOD && may_be_unknown(key))
		return ASSAY_OK;
	if (special == ASSAY_VALUE_NOT_UNDERSTOOD)
		return refuse(err, key, answer, answer_length, "every key of RFC 7143 must be understood");
	if (key->flags & ASSAY_KEY_OBSOLETE)
		return obsolete_answer(key, answer, answer_length, err);
	if (key->result == ASSAY_RESULT_DECLARED)
		return declared_answer(key, special, admissible, answer, answer_length, err);
	if (special >= ASSAY_VALUE_REJECT)
		return special_answer(key, special, admissible, answer, answer_length, err);
	if (key->result == ASSAY_RESULT_CHOICE) {
		if (!answer_length || !assay_list_has(offer, offer_length, answer, answer_length))
			return refuse(err, key, answer, answer_length, "the value was not offered");
		return ASSAY_OK;
	}
	if (key->type == ASSAY_TYPE_BOOLEAN) {
		if (admissible)
			(void)assay_value_boolean(&yes, offer, offer_length);
		return boolean_answer(key, admissible, yes, answer, answer_length, err);
	}
	if (admissible)
		(void)assay_value_number(&number, offer, offer_length);
	return number_answer(key, admissible, number, answer, answer_length, err);
}

bool assay_key_answer_optional(const struct assay_key *key, const char *offer, size_t offer_length)
{
	switch (key->result) {
	case ASSAY_RESULT_DECLARED: return true;
	case ASSAY_RESULT_AND: return is(offer, offer_length, "No");
	case ASSAY_RESULT_OR: return is(offer, offer_length, "Yes");
	default: return false;
	}
}

int assay_key_outcome(uint64_t *out, const struct assay_key *key, const char *offer, size_t offer_length,
	const char *answer, size_t answer_length)
{
	const char *item;
	size_t item_length, offset = 0;
	bool yes;

	if (!answer) {
		if (!assay_key_answer_optional(key, offer, offer_length))
			return ASSAY_E_SYNTAX;
		answer = offer;
		answer_length = offer_length;
	}
	switch (key->type) {
	case ASSAY_TYPE_NUMBER: return assay_value_number(out, answer, answer_length);
	case ASSAY_TYPE_BINARY:
		return fixed(key) ? fixed_binary(out, key, answer, answer_length) : ASSAY_E_SYNTAX;
	case ASSAY_TYPE_BOOLEAN:
		if (assay_value_boolean(&yes, answer, answer_length) < 0)
			return ASSAY_E_SYNTAX;
		*out = yes;
		return ASSAY_OK;
	case ASSAY_TYPE_LIST:
		for (uint64_t i = 0;
			assay_list_next(&item, &item_length, &offset, key->values, strlen(key->values));
			i++) {
			if (item_length == answer_length && !memcmp(item, answer, item_length)) {
				*out = i;
				return ASSAY_OK;
			}
		}
		return ASSAY_E_SYNTAX;
	default: return ASSAY_E_SYNTAX;
	}
}
