/*
 * negotiation.c - the fuzz entry of login and text negotiation, RFC 7143 sections 6.2, 6.3 and 13, each side against a hostile peer. Input: a
 * byte of flags, a byte that chooses our wants, then what the peer says in rounds (rounds.h). Every answer of ours stands to its offer by the table of
 * keys, and what a negotiation ends in lies within the bounds of the table.
 */
#include <string.h>

#include "fuzz/formats.h"
#include "fuzz/fuzz.h"
#include "fuzz/rounds.h"
#include "proto/negotiation.h"

#define REPLY_ROOM 8192

/* What we want, by the bits of the second byte: where a bit is not set, the key is not wanted. */
static const struct {
	enum assay_key_id id;
	const char *value;
	uint8_t bit;
} wanted[] = {
	{ ASSAY_KEY_INITIATOR_NAME, "iqn.2026-01.net.example:initiator", 1 },
	{ ASSAY_KEY_TARGET_NAME, "iqn.2026-01.net.example:target", 1 },
	{ ASSAY_KEY_AUTH_METHOD, "CHAP,None", 2 },
	{ ASSAY_KEY_HEADER_DIGEST, "CRC32C,None", 4 },
	{ ASSAY_KEY_DATA_DIGEST, "CRC32C", 4 },
	{ ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, "262144", 8 },
	{ ASSAY_KEY_MAX_BURST_LENGTH, "4096", 16 },
	{ ASSAY_KEY_FIRST_BURST_LENGTH, "8192", 16 },
	{ ASSAY_KEY_INITIAL_R2T, "No", 32 },
	{ ASSAY_KEY_IMMEDIATE_DATA, "No", 64 },
	{ ASSAY_KEY_ERROR_RECOVERY_LEVEL, "2", 128 },
	{ ASSAY_KEY_MAX_OUTSTANDING_R2T, "8", 128 },
	{ ASSAY_KEY_MAX_CONNECTIONS, "4", 128 },
	{ ASSAY_KEY_TASK_REPORTING, "FastAbort,RFC3720", 64 },
	{ ASSAY_KEY_PROTOCOL_LEVEL, "2", 32 },
	{ ASSAY_KEY_DATA_PDU_IN_ORDER, "No", 8 },
	{ ASSAY_KEY_DATA_SEQUENCE_IN_ORDER, "No", 2 },
	{ ASSAY_KEY_SESSION_TYPE, "Normal", 1 },
};

static void check_bounds(enum assay_key_id id, uint64_t value)
{
	const struct assay_key *key = assay_key_at(id);

	if (value < key->minimum || value > key->maximum)
		assay_fuzz_fail("%s is %llu, allowed %u to %u", key->name, (unsigned long long)value,
			key->minimum, key->maximum);
}

static void check_params(const struct assay_params *p)
{
	check_bounds(ASSAY_KEY_MAX_CONNECTIONS, p->max_connections);
	check_bounds(ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, p->initiator_max_recv);
	check_bounds(ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH, p->target_max_recv);
	check_bounds(ASSAY_KEY_MAX_BURST_LENGTH, p->max_burst_length);
	check_bounds(ASSAY_KEY_FIRST_BURST_LENGTH, p->first_burst_length);
	check_bounds(ASSAY_KEY_DEFAULT_TIME2WAIT, p->default_time2wait);
	check_bounds(ASSAY_KEY_DEFAULT_TIME2RETAIN, p->default_time2retain);
	check_bounds(ASSAY_KEY_MAX_OUTSTANDING_R2T, p->max_outstanding_r2t);
	check_bounds(ASSAY_KEY_ERROR_RECOVERY_LEVEL, p->error_recovery_level);
	check_bounds(ASSAY_KEY_PROTOCOL_LEVEL, p->protocol_level);
	if (p->task_reporting > 2 || p->target_portal_group_tag < -1 || p->target_portal_group_tag > 65535)
		assay_fuzz_fail(
			"TaskReporting %u, portal group %d", p->task_reporting, p->target_portal_group_tag);
	if (!memchr(p->initiator_name, 0, sizeof(p->initiator_name)) ||
		!memchr(p->target_name, 0, sizeof(p->target_name)) ||
		!memchr(p->initiator_alias, 0, sizeof(p->initiator_alias)) ||
		!memchr(p->target_alias, 0, sizeof(p->target_alias)) ||
		!memchr(p->auth_method, 0, sizeof(p->auth_method)))
		assay_fuzz_fail("a string of the results does not end");
	if (p->initiator_name[0] && assay_name_check(p->initiator_name, strlen(p->initiator_name), NULL) < 0)
		assay_fuzz_fail("InitiatorName %.80s was taken", p->initiator_name);
}

/* The integrity rules, sections 13.14, 13.19 and 13.20. */
static void check_end(const struct assay_params *p)
{
	if (p->first_burst_length > p->max_burst_length)
		assay_fuzz_fail("FirstBurstLength %u over MaxBurstLength %u", p->first_burst_length,
			p->max_burst_length);
	if (p->error_recovery_level && p->data_sequence_in_order && p->max_outstanding_r2t > 1)
		assay_fuzz_fail("MaxOutstandingR2T %u with ErrorRecoveryLevel %u", p->max_outstanding_r2t,
			p->error_recovery_level);
	if (p->discovery && (p->error_recovery_level || p->max_connections != 1))
		assay_fuzz_fail("a discovery session of more than one connection, or with error recovery");
}

/* Each of our answers to what the round says: pairs of keys that we may say, standing to their offers. */
static void check_reply(const struct assay_text *reply, const struct assay_fuzz_round *round)
{
	struct assay_pair answer, offer;
	struct assay_error err = { 0 };
	size_t offset = 0;
	char name[ASSAY_KEY_NAME_MAX + 1];
	int r;

	while ((r = assay_text_next(&answer, &offset, reply->buf, reply->length)) == 1) {
		const struct assay_key *key = assay_key_at(assay_key_find(answer.key, answer.key_length));

		if (!answer.key_length || answer.key_length > ASSAY_KEY_NAME_MAX)
			assay_fuzz_fail("we answer a key of %zu bytes", answer.key_length);
		memcpy(name, answer.key, answer.key_length);
		name[answer.key_length] = 0;
		if (!assay_text_find(&offer, round->text, round->length, name))
			assay_fuzz_fail("%s: we answer what was not said", name);
		if (key &&
			assay_key_answer_check(key, offer.value, offer.value_length, answer.value,
				answer.value_length, &err) < 0 &&
			assay_text_count(round->text, round->length, name) == 1)
			assay_fuzz_fail("%s=%.*s answered with %.*s: %s", name, (int)offer.value_length,
				offer.value, (int)answer.value_length, answer.value, err.message);
		if (!key && !assay_value_is(&answer, "NotUnderstood"))
			assay_fuzz_fail("%s: we claim to understand it", name);
	}
	if (r < 0)
		assay_fuzz_fail("our reply is not made of pairs");
}

static void start(struct assay_negotiation *n, struct assay_wants *wants, const uint8_t *data)
{
	*wants = (struct assay_wants){ 0 };
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (data[1] & wanted[i].bit)
			wants->value[wanted[i].id] = wanted[i].value;
	assay_negotiation_init(n, data[0] & ASSAY_FUZZ_INITIATOR ? ASSAY_INITIATOR : ASSAY_TARGET, wants,
		!(data[0] & ASSAY_FUZZ_FURTHER));
}

static void one(const uint8_t *data, size_t size)
{
	static struct assay_negotiation n;
	static char room[REPLY_ROOM];
	enum assay_phase phase = ASSAY_PHASE_SECURITY;
	struct assay_wants wants;
	struct assay_text reply;
	struct assay_error err = { 0 };
	struct assay_fuzz_round round;
	int r = 0;

	if (size < 2)
		return;
	start(&n, &wants, data);
	if (data[0] & ASSAY_FUZZ_OPERATIONAL)
		phase = ASSAY_PHASE_OPERATIONAL;
	if (data[0] & ASSAY_FUZZ_FULL_FEATURE)
		phase = ASSAY_PHASE_FULL_FEATURE;
	for (size_t at = 0; r == 0 && assay_fuzz_round_next(&round, &at, data + 2, size - 2);) {
		assay_text_init(&reply, room, sizeof(room));
		if (data[0] & ASSAY_FUZZ_OFFERS && assay_negotiation_offer_all(&n, &reply, phase) < 0)
			assay_fuzz_fail("our own offers do not fit");
		assay_text_init(&reply, room, data[0] & ASSAY_FUZZ_SMALL ? 64 : sizeof(room));
		r = assay_negotiation_take_text(&n, &reply, round.text, round.length, phase, &err);
		if (r < 0 && !err.message[0])
			assay_fuzz_fail("a text is refused without words");
		check_reply(&reply, &round);
		check_params(&n.params);
		if (phase < ASSAY_PHASE_FULL_FEATURE)
			phase++;
		else
			assay_negotiation_restart(&n);
	}
	if (r == 0 && assay_negotiation_finish(&n, &err) == 0) {
		check_params(&n.params);
		check_end(&n.params);
	}
}

const struct assay_fuzz_entry assay_fuzz_entry_negotiation = {
	.name = "negotiation",
	.desc = "each side's answers stand to their offers, and the results are within bounds",
	.one = one,
	.max_len = ASSAY_FUZZ_TEXT_MAX,
	.shape = ASSAY_FUZZ_TEXT,
	.prefix = 2,
};
