/* security.c - CHAP by hand, a step at a time: RFC 7143 sections 9.2 and 12.1.3. Secrets go into responses and nowhere else. */
#include "suites/target/security.h"

#include <string.h>

/* What a target must do for a test to go on: its fault when it does not. */
static void must(struct assay_t *t, bool holds, const char *expected, const char *got)
{
	if (holds)
		return;
	EXPECT(t, false, expected, "%s", got);
	assay_stop(t);
}

struct assay_initiator *assay_security_begin(struct assay_t *t, const char *target_name)
{
	struct assay_initiator *i;

	assay_aim(t, target_name);
	i = assay_connect(t);
	assay_login_begin(i, ASSAY_STAGE_SECURITY);
	return i;
}

struct assay_initiator *assay_security_chap(struct assay_t *t, const char *target_name)
{
	struct assay_initiator *i = assay_security_begin(t, target_name);
	struct assay_pair pair;

	assay_login_key(i, "AuthMethod", "CHAP");
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	must(t, assay_login_answer(i, &pair, "AuthMethod") && assay_value_is(&pair, "CHAP"),
		"AuthMethod=CHAP, which the target asks for", "another answer");
	return i;
}

void assay_challenge_ask(
	struct assay_t *t, struct assay_initiator *i, const char *algorithms, struct assay_challenge *out)
{
	struct assay_pair a, id, c;
	uint64_t algorithm = 0, number = 0;
	long length;

	assay_login_key(i, "CHAP_A", algorithms);
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAY));
	must(t,
		assay_login_answer(i, &a, "CHAP_A") && assay_login_answer(i, &id, "CHAP_I") &&
			assay_login_answer(i, &c, "CHAP_C"),
		"CHAP_A, CHAP_I and CHAP_C", "not all of them");
	length = assay_value_binary(out->bytes, sizeof(out->bytes), c.value, c.value_length);
	must(t, assay_value_number(&algorithm, a.value, a.value_length) == 0 && algorithm <= 255,
		"CHAP_A= a number", "something else");
	must(t, assay_value_number(&number, id.value, id.value_length) == 0 && number <= 255,
		"CHAP_I= a number from 0 to 255", "something else");
	must(t, length >= 1, "CHAP_C= a binary value of 1 to 1024 bytes", assay_err_name((int)length));
	out->algorithm = (int)algorithm;
	out->id = (uint8_t)number;
	out->length = (size_t)length;
}

struct assay_initiator *assay_security_challenged(
	struct assay_t *t, const char *target_name, const char *algorithms, struct assay_challenge *out)
{
	struct assay_initiator *i = assay_security_chap(t, target_name);

	assay_challenge_ask(t, i, algorithms, out);
	return i;
}

size_t assay_challenge_response(struct assay_t *t, uint8_t out[ASSAY_CHAP_RESPONSE_MAX],
	const struct assay_challenge *challenge, const char *secret)
{
	return (size_t)REQUIRE(t, NULL,
		assay_chap_compute(out, challenge->algorithm, challenge->id, secret, strlen(secret),
			challenge->bytes, challenge->length));
}

void assay_login_binary(struct assay_t *t, struct assay_initiator *i, const char *key, const uint8_t *bytes,
	size_t length, enum assay_binary_form form)
{
	size_t capacity = 2 * length + 8;
	char *value = assay_alloc(t, capacity);

	REQUIRE(t, i,
		form == ASSAY_FORM_HEX ? assay_binary_to_hex(value, capacity, bytes, length)
				       : assay_binary_to_base64(value, capacity, bytes, length));
	assay_login_key(i, key, value);
}

void assay_login_proof(struct assay_t *t, struct assay_initiator *i, const struct assay_challenge *challenge,
	const struct assay_chap_account *account)
{
	uint8_t response[ASSAY_CHAP_RESPONSE_MAX];
	size_t length = assay_challenge_response(t, response, challenge, account->secret);

	assay_login_key(i, "CHAP_N", account->name);
	assay_login_binary(t, i, "CHAP_R", response, length, ASSAY_FORM_HEX);
}

void assay_security_ends(struct assay_t *t, struct assay_initiator *i)
{
	REQUIRE(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
	while (!i->login.response.transit && i->login.rounds < 8)
		REQUIRE(t, i, assay_login_send(i, ASSAY_STAGE_OPERATIONAL));
}

void assay_expect_step_error(struct assay_t *t, struct assay_initiator *i, int result)
{
	const struct assay_pdu *r = &i->login.response;

	if (assay_err_is_ours(result))
		REQUIRE(t, i, result);
	EXPECT(t,
		result == ASSAY_E_LOGIN && r->status_class == 2 &&
			(r->status_detail == 0x00 || r->status_detail == 0x07),
		"Login Response status 0x0200 (initiator error) or 0x0207 (missing parameter)",
		"status 0x%02x%02x, %s", r->status_class, r->status_detail,
		result < 0 ? assay_err_name(result) : "login goes on");
}

void assay_expect_kept_out(struct assay_t *t, struct assay_initiator *i, int result)
{
	if (result != ASSAY_E_LOGIN && result != ASSAY_E_CLOSED && result != ASSAY_E_RESET)
		REQUIRE(t, i, result);
	EXPECT(t, result < 0 || !i->login.response.transit,
		"a refused login, or T=0: the security stage does not end without authentication",
		"T=1 to stage %u", i->login.response.nsg);
}
