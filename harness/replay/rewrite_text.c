/* rewrite_text.c - see rewrite_text.h. Text is a peer's: every length is checked, and whatever is no pair passes as it is. RFC 7143 sections 6.1, 12.1.3, 13.4 to 13.8. */
#include "replay/rewrite_text.h"

#include <stdio.h>
#include <string.h>

#include "codec/text.h"

#define PROOF_TEXT (2 * ASSAY_CHAP_RESPONSE_MAX + 3) /* "0x", digits, NUL */

/* ---- challenges and proofs ---- */

static struct assay_replay_challenge *challenge_by(struct assay_replay_chap *c, enum assay_role sender)
{
	return sender == ASSAY_TARGET ? &c->by_target : &c->by_initiator;
}

void assay_replay_chap_note(
	struct assay_replay_chap *c, enum assay_role sender, const char *text, size_t length)
{
	struct assay_replay_challenge *challenge = challenge_by(c, sender);
	struct assay_pair pair;
	uint64_t number;
	long bytes;

	if (sender == ASSAY_TARGET && assay_text_find(&pair, text, length, "CHAP_A") &&
		!assay_value_number(&number, pair.value, pair.value_length) && number <= 255)
		c->algorithm = (int)number;
	if (assay_text_find(&pair, text, length, "CHAP_I") &&
		!assay_value_number(&number, pair.value, pair.value_length) && number <= 255) {
		challenge->id = (uint8_t)number;
		challenge->id_known = true;
	}
	if (!assay_text_find(&pair, text, length, "CHAP_C"))
		return;
	bytes = assay_value_binary(challenge->bytes, sizeof(challenge->bytes), pair.value, pair.value_length);
	challenge->known = bytes > 0;
	challenge->length = bytes > 0 ? (uint16_t)bytes : 0;
}

/* The response to the other side's challenge. Its length; 0 when it cannot be reckoned. */
static size_t respond(uint8_t out[ASSAY_CHAP_RESPONSE_MAX], const struct assay_replay_chap *c,
	enum assay_role prover, const char *secret)
{
	const struct assay_replay_challenge *challenge = prover == ASSAY_TARGET ? &c->by_initiator
										: &c->by_target;
	long length;

	if (!secret || !challenge->id_known || !challenge->known || !assay_chap_available(c->algorithm))
		return 0;
	length = assay_chap_compute(out, c->algorithm, challenge->id, secret, strlen(secret),
		challenge->bytes, challenge->length);
	return length > 0 ? (size_t)length : 0;
}

enum assay_replay_proof assay_replay_proof_of(const struct assay_replay_chap *c, enum assay_role prover,
	const char *secret, const char *text, size_t length)
{
	uint8_t right[ASSAY_CHAP_RESPONSE_MAX], given[ASSAY_CHAP_RESPONSE_MAX];
	struct assay_pair pair;
	size_t expected;
	long bytes;

	if (!assay_text_find(&pair, text, length, "CHAP_R"))
		return ASSAY_REPLAY_PROOF_NONE;
	expected = respond(right, c, prover, secret);
	if (!expected)
		return ASSAY_REPLAY_PROOF_UNKNOWN;
	bytes = assay_value_binary(given, sizeof(given), pair.value, pair.value_length);
	return bytes == (long)expected && !memcmp(given, right, expected) ? ASSAY_REPLAY_PROOF_RIGHT
									  : ASSAY_REPLAY_PROOF_WRONG;
}

/* ---- rewriting ---- */

struct rewriting {
	const struct assay_replay_names *names;
	enum assay_role sender;
	bool proof; /* CHAP_R and CHAP_N become those for the live peer */
	char proof_text[2][PROOF_TEXT]; /* in hexadecimal and in base64 */
	char address[320];
};

/* In the form in which the captured one was written. */
static const char *proof_value(const struct rewriting *r, const struct assay_pair *captured)
{
	bool base64 = captured->value_length > 1 && (captured->value[1] | 0x20) == 'b';

	return r->proof ? r->proof_text[base64] : NULL;
}

static const char *target_value(const struct rewriting *r, const struct assay_pair *captured)
{
	if (!captured->value_length || assay_value_is(captured, "All"))
		return NULL; /* SendTargets of all, or of this one */
	if (r->names->captured_target && !assay_value_is(captured, r->names->captured_target))
		return NULL;
	return r->names->target_name;
}

static const char *address_value(struct rewriting *r, const struct assay_pair *captured)
{
	const char *tag = memrchr(captured->value, ',', captured->value_length);
	size_t tag_length = tag ? captured->value_length - (size_t)(tag - captured->value) : 0;

	if (!r->names->target_address)
		return NULL;
	if (tag_length > 8) /* no portal group tag */
		tag_length = 0;
	snprintf(r->address, sizeof(r->address), "%s%.*s", r->names->target_address, (int)tag_length,
		tag_length ? tag : "");
	return r->address;
}

/* What stands instead of a pair's value; NULL: what stands there. */
static const char *value_for(struct rewriting *r, const struct assay_pair *pair)
{
	const struct assay_replay_prover *prover = r->sender == ASSAY_TARGET ? &r->names->target
									     : &r->names->initiator;

	if (assay_pair_is(pair, "InitiatorName"))
		return r->names->initiator_name;
	if (assay_pair_is(pair, "TargetName") || assay_pair_is(pair, "SendTargets"))
		return target_value(r, pair);
	if (assay_pair_is(pair, "TargetAddress"))
		return address_value(r, pair);
	if (assay_pair_is(pair, "CHAP_N"))
		return r->proof ? prover->name : NULL;
	if (assay_pair_is(pair, "CHAP_R"))
		return proof_value(r, pair);
	return NULL;
}

/* Is there a proof to be made anew? What the captured one was. */
static enum assay_replay_proof prepare(struct rewriting *r, const struct assay_replay_chap *captured,
	const struct assay_replay_chap *live, const char *text, size_t length)
{
	const struct assay_replay_prover *prover = r->sender == ASSAY_TARGET ? &r->names->target
									     : &r->names->initiator;
	const char *then = prover->captured_secret ? prover->captured_secret : prover->secret;
	uint8_t bytes[ASSAY_CHAP_RESPONSE_MAX];
	enum assay_replay_proof was;
	size_t count;

	if (!captured || !live)
		return assay_text_count(text, length, "CHAP_R") ? ASSAY_REPLAY_PROOF_UNKNOWN
								: ASSAY_REPLAY_PROOF_NONE;
	was = assay_replay_proof_of(captured, r->sender, then, text, length);
	if (was != ASSAY_REPLAY_PROOF_RIGHT)
		return was;
	count = respond(bytes, live, r->sender, prover->secret);
	r->proof = count > 0 &&
		   assay_binary_to_hex(r->proof_text[0], sizeof(r->proof_text[0]), bytes, count) > 0 &&
		   assay_binary_to_base64(r->proof_text[1], sizeof(r->proof_text[1]), bytes, count) > 0;
	return was;
}

static bool put(char *out, size_t capacity, size_t *used, const char *bytes, size_t length)
{
	if (length > capacity - *used)
		return false;
	if (length)
		memcpy(out + *used, bytes, length);
	*used += length;
	return true;
}

long assay_replay_rewrite_text(char *out, size_t capacity, const struct assay_replay_names *names,
	enum assay_role sender, const struct assay_replay_chap *captured,
	const struct assay_replay_chap *live, const char *text, size_t length, enum assay_replay_proof *proof)
{
	struct rewriting r = { .names = names, .sender = sender };
	enum assay_replay_proof was = prepare(&r, captured, live, text, length);
	size_t offset = 0, from = 0, used = 0;
	struct assay_pair pair;
	bool fits = true;
	int rc;

	if (proof)
		*proof = was;
	if (!length)
		return 0;
	while ((rc = assay_text_next(&pair, &offset, text, length)) != 0) {
		/* a pair that goes on in the next PDU is rewritten with it, or not at all */
		const char *value = rc == 1 ? value_for(&r, &pair) : NULL;
		size_t value_at = (size_t)(pair.value - text);

		if (value) {
			fits = fits && put(out, capacity, &used, text + from, value_at - from) &&
			       put(out, capacity, &used, value, strlen(value));
			from = value_at + pair.value_length;
		}
		if (rc == ASSAY_E_SHORT)
			break;
	}
	fits = fits && put(out, capacity, &used, text + from, length - from);
	return fits ? (long)used : ASSAY_E_LIMIT;
}
