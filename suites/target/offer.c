/* offer.c - keys offered in a login by hand, and claims about the answers. RFC 7143 sections 6.2 and 6.3. */
#include "suites/target/offer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "suites/target/medium.h"

#define WORDS 512

static bool peer_left(int code)
{
	return code == ASSAY_E_CLOSED || code == ASSAY_E_RESET;
}

bool assay_login_refused(const struct assay_initiator *i)
{
	return i->login.response.status_class == 2 || peer_left(i->error.code);
}

const char *assay_login_method(struct assay_t *t)
{
	return assay_config(t)->account.name ? "CHAP" : "None";
}

void assay_login_start(struct assay_initiator *i)
{
	assay_login_begin(i, i->config->account.name ? ASSAY_STAGE_SECURITY : ASSAY_STAGE_OPERATIONAL);
}

static int pass_security(struct assay_initiator *i)
{
	return i->login.request.csg == ASSAY_STAGE_SECURITY ? assay_login_security(i, ASSAY_STAGE_OPERATIONAL)
							    : 0;
}

int assay_login_rest(struct assay_initiator *i)
{
	int result = pass_security(i);

	return result < 0 ? result : assay_login_finish(i);
}

void assay_login_operational(struct assay_t *t, struct assay_initiator *i)
{
	assay_login_start(i);
	REQUIRE(t, i, pass_security(i));
}

void assay_login_secure(struct assay_t *t, struct assay_initiator *i)
{
	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	assay_login_key(i, "AuthMethod", assay_login_method(t));
}

int assay_login_finish(struct assay_initiator *i)
{
	unsigned rounds = i->login.rounds + 8;
	int result = 0;

	while (result == 0 && !i->full_feature && i->login.rounds < rounds)
		result = assay_login_send(i, ASSAY_STAGE_FULL_FEATURE);
	return result;
}

static int log_in_as(struct assay_t *t, struct assay_initiator **out, const char *name)
{
	assay_config(t)->initiator_name = name;
	*out = assay_connect(t);
	return assay_login(*out);
}

struct assay_initiator *assay_login_as(struct assay_t *t, const char *name)
{
	struct assay_initiator *i, *plain;
	int result = log_in_as(t, &i, name);

	if ((result == ASSAY_E_LOGIN || peer_left(result)) &&
		log_in_as(t, &plain, "iqn.2026-01.net.iscsi-assay:stranger") < 0)
		assay_skip(t, "not-declared");
	REQUIRE(t, i, result);
	REQUIRE_THAT(t, i->full_feature, "the full feature phase within 8 requests", "still logging in");
	return i;
}

static void send_offers(struct assay_t *t, struct assay_initiator *i, va_list keys)
{
	const char *key;
	int result;

	while ((key = va_arg(keys, const char *)))
		assay_login_key(i, key, va_arg(keys, const char *));
	result = assay_login_send(i, ASSAY_STAY);
	/* A refusal is for the claims that follow to judge. */
	if (result != ASSAY_E_LOGIN && !peer_left(result))
		REQUIRE(t, i, result);
}

struct assay_initiator *assay_offer(struct assay_t *t, ...)
{
	struct assay_initiator *i = assay_connect(t);
	va_list keys;

	assay_login_operational(t, i);
	va_start(keys, t);
	send_offers(t, i, keys);
	va_end(keys);
	return i;
}

void assay_offer_more(struct assay_t *t, struct assay_initiator *i, ...)
{
	va_list keys;

	va_start(keys, i);
	send_offers(t, i, keys);
	va_end(keys);
}

/* Is what came one of the outcomes that take the place of a value? */
static bool is_instead(const struct assay_initiator *i, const struct assay_pair *answer, unsigned instead)
{
	if (!answer)
		return assay_login_refused(i) ? instead & ASSAY_OR_REFUSED : instead & ASSAY_OR_NOTHING;
	switch (assay_value_special(answer->value, answer->value_length)) {
	case ASSAY_VALUE_REJECT: return instead & ASSAY_OR_REJECT;
	case ASSAY_VALUE_IRRELEVANT: return instead & ASSAY_OR_IRRELEVANT;
	case ASSAY_VALUE_NOT_UNDERSTOOD: return instead & ASSAY_OR_NOT_UNDERSTOOD;
	default: return false;
	}
}

/* Claims that holds, or that what came is allowed instead. expected: the values, to which the rest is added. */
static void claim(struct assay_t *t, const struct assay_initiator *i, const struct assay_pair *answer,
	bool holds, char expected[WORDS], unsigned instead)
{
	static const char *const words[] = { "Reject", "Irrelevant", "NotUnderstood",
		"a login refused with status class 2 or a close", "no answer" };
	size_t used = strlen(expected);

	for (unsigned n = 0; n < sizeof(words) / sizeof(words[0]); n++)
		if (instead >> n & 1 && used < WORDS)
			used += (size_t)snprintf(
				expected + used, WORDS - used, "%s%s", used ? ", or " : "", words[n]);
	holds = holds || is_instead(i, answer, instead);
	if (answer)
		EXPECT(t, holds, expected, "%.*s=%.*s", (int)answer->key_length, answer->key,
			answer->value_length < 200 ? (int)answer->value_length : 200, answer->value);
	else
		EXPECT(t, holds, expected, "no answer; status 0x%02x%02x, %s", i->login.response.status_class,
			i->login.response.status_detail, assay_err_name(i->error.code));
}

void assay_expect_number_from(struct assay_t *t, struct assay_initiator *i, const char *key, uint64_t low,
	uint64_t high, unsigned instead)
{
	char expected[WORDS];
	struct assay_pair pair;
	uint64_t number = 0;
	bool said = assay_login_answer(i, &pair, key) == 1;

	snprintf(expected, sizeof(expected), "%s= a number from %" PRIu64 " to %" PRIu64, key, low, high);
	claim(t, i, said ? &pair : NULL,
		said && assay_value_number(&number, pair.value, pair.value_length) == 0 && number >= low &&
			number <= high,
		expected, instead);
}

void assay_expect_one_of(
	struct assay_t *t, struct assay_initiator *i, const char *key, const char *values, unsigned instead)
{
	char expected[WORDS];
	struct assay_pair pair;
	bool said = assay_login_answer(i, &pair, key) == 1;

	snprintf(expected, sizeof(expected), "%s= one of %s", key, values);
	claim(t, i, said ? &pair : NULL,
		said && assay_list_has(values, strlen(values), pair.value, pair.value_length), expected,
		instead);
}

void assay_expect_no_value(struct assay_t *t, struct assay_initiator *i, const char *key)
{
	char expected[WORDS] = "";
	struct assay_pair pair;
	bool said = assay_login_answer(i, &pair, key) == 1;

	claim(t, i, said ? &pair : NULL, false, expected,
		ASSAY_OR_REJECT | ASSAY_OR_IRRELEVANT | ASSAY_OR_NOT_UNDERSTOOD | ASSAY_OR_REFUSED |
			ASSAY_OR_NOTHING);
}

void assay_expect_initiator_error(struct assay_t *t, struct assay_initiator *i, int result)
{
	const struct assay_pdu *r = &i->login.response;

	if (assay_err_is_ours(result))
		REQUIRE(t, i, result);
	EXPECT(t, result == ASSAY_E_LOGIN && r->status_class == 2,
		"a Login Response with status class 2 (initiator error)", "status 0x%02x%02x, %s",
		r->status_class, r->status_detail, result < 0 ? assay_err_name(result) : "login goes on");
}

void assay_expect_refusal(struct assay_t *t, struct assay_initiator *i, int result, unsigned status)
{
	enum assay_level level;

	assay_expect_initiator_error(t, i, result);
	if (result != ASSAY_E_LOGIN || i->login.response.status_class != 2)
		return;
	level = assay_at_level(t, SHOULD);
	EXPECT_LOGIN_STATUS(t, i, result, status);
	assay_at_level(t, level);
}

void assay_expect_pieces(struct assay_t *t, struct assay_initiator *i, uint32_t most)
{
	struct assay_medium medium = assay_medium_of(t, i, assay_lun(t), 4 * most);
	uint32_t length = (4 * most + medium.block_size - 1) / medium.block_size * medium.block_size;
	char expected[WORDS];
	struct assay_task *task;

	task = assay_scsi(t, i, scsi_cdb_read10(0, length, (int)medium.block_size, 0, 0, 0, 0, 0));
	EXPECT_GOOD(t, task);
	snprintf(expected, sizeof(expected), "%u bytes in at least %u Data-In PDUs", length,
		(length + most - 1) / most);
	EXPECT(t, task->data_in_length == length && task->data_in_pdus >= (length + most - 1) / most,
		expected, "%u bytes in %u PDUs", task->data_in_length, task->data_in_pdus);
}
