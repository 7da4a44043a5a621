/*
 * chap.c - CHAP for both sides, one-way and mutual. RFC 7143 sections 12.1.3 and 9.2.1, RFC 1994 section 4.1. Texts in, texts
 * out: no I/O, no randomness of its own; neither secrets nor responses ever reach a message.
 */
#include "proto/chap.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "proto/keys.h"

/* ---- digests ---- */

static struct algorithm {
	const char *name; /* as libcrypto's providers call it */
	size_t length; /* bytes of a response */
	EVP_MD *md; /* fetched once; NULL: not to be had */
} algorithms[] = {
	[ASSAY_CHAP_MD5] = { "MD5", 16, NULL },
	[ASSAY_CHAP_SHA1] = { "SHA1", 20, NULL },
	[ASSAY_CHAP_SHA256] = { "SHA2-256", 32, NULL },
	[ASSAY_CHAP_SHA3_256] = { "SHA3-256", 32, NULL },
};

static CRYPTO_ONCE fetched = CRYPTO_ONCE_STATIC_INIT;

static void fetch_all(void)
{
	ERR_set_mark();
	for (int i = ASSAY_CHAP_MD5; i <= ASSAY_CHAP_SHA3_256; i++)
		algorithms[i].md = EVP_MD_fetch(NULL, algorithms[i].name, NULL);
	ERR_pop_to_mark();
}

static const struct algorithm *find(int algorithm)
{
	if (algorithm < ASSAY_CHAP_MD5 || algorithm > ASSAY_CHAP_SHA3_256)
		return NULL;
	return &algorithms[algorithm];
}

size_t assay_chap_response_length(int algorithm)
{
	const struct algorithm *a = find(algorithm);

	return a ? a->length : 0;
}

bool assay_chap_available(int algorithm)
{
	const struct algorithm *a = find(algorithm);

	return a && CRYPTO_THREAD_run_once(&fetched, fetch_all) && a->md;
}

long assay_chap_compute(uint8_t out[ASSAY_CHAP_RESPONSE_MAX], int algorithm, uint8_t id, const char *secret,
	size_t secret_length, const uint8_t *challenge, size_t challenge_length)
{
	const struct algorithm *a = find(algorithm);
	unsigned length = 0;
	EVP_MD_CTX *ctx;
	bool ok;

	if (!a)
		return ASSAY_E_INVAL;
	if (!assay_chap_available(algorithm))
		return ASSAY_E_CRYPTO;
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestInit_ex2(ctx, a->md, NULL) && EVP_DigestUpdate(ctx, &id, 1) &&
	     EVP_DigestUpdate(ctx, secret, secret_length) &&
	     EVP_DigestUpdate(ctx, challenge, challenge_length) && EVP_DigestFinal_ex(ctx, out, &length);
	EVP_MD_CTX_free(ctx);
	return ok && length == a->length ? (long)length : ASSAY_E_CRYPTO;
}

/* ---- keys of one step ---- */

#define A 1u
#define I 2u
#define C 4u
#define N 8u
#define R 16u

static const enum assay_key_id key_ids[5] = { ASSAY_KEY_CHAP_A, ASSAY_KEY_CHAP_I, ASSAY_KEY_CHAP_C,
	ASSAY_KEY_CHAP_N, ASSAY_KEY_CHAP_R };

/* What one text says of CHAP. */
struct step {
	unsigned present; /* A | I | C | N | R */
	struct assay_pair pair[5]; /* in the order of key_ids */
	uint8_t id;
	uint8_t challenge[ASSAY_CHAP_CHALLENGE_MAX];
	size_t challenge_length;
	uint8_t response
		[ASSAY_CHAP_CHALLENGE_MAX]; /* as long as the standard allows, so that a wrong length is seen */
	size_t response_length;
};

static int collect(struct step *s, const void *text, size_t length, struct assay_error *err)
{
	struct assay_pair pair;
	size_t offset = 0;
	int r;

	while ((r = assay_text_next(&pair, &offset, text, length)) > 0) {
		for (unsigned i = 0; i < 5; i++) {
			const struct assay_key *key = assay_key_at(key_ids[i]);

			if (!assay_pair_is(&pair, key->name))
				continue;
			if (s->present & 1u << i)
				return assay_error_set(err, ASSAY_E_PROTOCOL, "%s stands twice", key->name);
			s->present |= 1u << i;
			s->pair[i] = pair;
		}
	}
	return r < 0 ? assay_error_set(err, ASSAY_E_SYNTAX, "the text is not made of key=value pairs")
		     : ASSAY_OK;
}

/* All of must; of may all or nothing; nothing else. */
static int complete(
	struct assay_chap *c, const struct step *s, unsigned must, unsigned may, struct assay_error *err)
{
	if (s->present & may)
		must |= may;
	for (unsigned i = 0; i < 5; i++) {
		const char *name = assay_key_at(key_ids[i])->name;

		if (must & ~s->present & 1u << i) {
			c->missing = name;
			return assay_error_set(err, ASSAY_E_PROTOCOL, "%s is missing", name);
		}
		if (s->present & ~must & 1u << i)
			return assay_error_set(
				err, ASSAY_E_PROTOCOL, "%s does not belong to this step", name);
	}
	return ASSAY_OK;
}

/* Reads the values of I, C, N and R, as far as they are present. */
static int parse(struct step *s, struct assay_error *err)
{
	struct assay_error why = { 0 };
	uint64_t id = 0;

	for (unsigned i = 1; i < 5; i++) {
		const struct assay_pair *pair = &s->pair[i];

		if (s->present & 1u << i && assay_key_value_check(assay_key_at(key_ids[i]), pair->value,
						    pair->value_length, &why) < 0)
			return assay_error_set(err, ASSAY_E_PROTOCOL, "%s", why.message);
	}
	if (s->present & I) {
		(void)assay_value_number(&id, s->pair[1].value, s->pair[1].value_length);
		s->id = (uint8_t)id;
	}
	if (s->present & C)
		s->challenge_length = (size_t)assay_value_binary(
			s->challenge, sizeof(s->challenge), s->pair[2].value, s->pair[2].value_length);
	if (s->present & R)
		s->response_length = (size_t)assay_value_binary(
			s->response, sizeof(s->response), s->pair[4].value, s->pair[4].value_length);
	return ASSAY_OK;
}

/* ---- what we say ---- */

static int append_binary(const struct assay_chap *c, struct assay_text *out, const char *key,
	const uint8_t *bytes, size_t length)
{
	char form[2 + 2 * ASSAY_CHAP_CHALLENGE_MAX + 1];
	long n = c->base64 ? assay_binary_to_base64(form, sizeof(form), bytes, length)
			   : assay_binary_to_hex(form, sizeof(form), bytes, length);

	return n < 0 ? (int)n : assay_text_append(out, key, form);
}

static int append_challenge(const struct assay_chap *c, struct assay_text *out)
{
	int r = assay_text_appendf(out, "CHAP_I", "%u", c->id);

	return r < 0 ? r : append_binary(c, out, "CHAP_C", c->challenge, c->challenge_length);
}

/* CHAP_N and CHAP_R: our proof for the peer's challenge. */
static int append_proof(const struct assay_chap *c, struct assay_text *out, const struct step *s)
{
	uint8_t proof[ASSAY_CHAP_RESPONSE_MAX];
	long n = assay_chap_compute(proof, c->algorithm, s->id, c->mine.secret, strlen(c->mine.secret),
		s->challenge, s->challenge_length);
	int r;

	if (n < 0)
		return (int)n;
	r = assay_text_append(out, "CHAP_N", c->mine.name);
	return r < 0 ? r : append_binary(c, out, "CHAP_R", proof, (size_t)n);
}

static const char *offered(const struct assay_chap *c)
{
	return c->algorithms ? c->algorithms : "5";
}

int assay_chap_begin(struct assay_chap *c, struct assay_text *out)
{
	if (!c->mine.name || !c->mine.secret)
		return ASSAY_E_INVAL;
	c->state = ASSAY_CHAP_ALGORITHM;
	return assay_text_append(out, "CHAP_A", offered(c));
}

/* ---- checks ---- */

/* Is that number in our list of algorithms? */
static bool ours(const struct assay_chap *c, uint64_t algorithm)
{
	const char *item;
	size_t length, offset = 0;
	uint64_t number;

	while (assay_list_next(&item, &length, &offset, offered(c), strlen(offered(c))))
		if (!assay_value_number(&number, item, length) && number == algorithm)
			return true;
	return false;
}

/* Does this secret make the response that came, for our challenge? 1, 0 or ASSAY_E_CRYPTO. */
static int proves(const struct assay_chap *c, const struct step *s, const char *secret)
{
	uint8_t proof[ASSAY_CHAP_RESPONSE_MAX];
	long n = assay_chap_compute(
		proof, c->algorithm, c->id, secret, strlen(secret), c->challenge, c->challenge_length);

	if (n < 0)
		return (int)n;
	return s->response_length == (size_t)n && !CRYPTO_memcmp(proof, s->response, (size_t)n);
}

/* The peer's CHAP_R against the peer's secret, and against ours: section 9.2.1. */
static int verify(
	const struct assay_chap *c, const struct step *s, const char *secret, struct assay_error *err)
{
	int r;

	if (s->response_length != assay_chap_response_length(c->algorithm))
		return assay_error_set(err, ASSAY_E_AUTH, "CHAP_R has %zu bytes; algorithm %d makes %zu",
			s->response_length, c->algorithm, assay_chap_response_length(c->algorithm));
	r = c->mine.secret ? proves(c, s, c->mine.secret) : 0;
	if (r > 0)
		return assay_error_set(
			err, ASSAY_E_AUTH, "CHAP_R is made with our own secret: one secret both ways");
	if (r == 0)
		r = proves(c, s, secret);
	if (r < 0)
		return assay_error_set(err, r, "libcrypto cannot compute algorithm %d", c->algorithm);
	return r ? ASSAY_OK : assay_error_set(err, ASSAY_E_AUTH, "CHAP_R is wrong");
}

static bool same_challenge(const struct assay_chap *c, const struct step *s)
{
	return s->challenge_length == c->challenge_length &&
	       !memcmp(s->challenge, c->challenge, c->challenge_length);
}

/* ---- the initiator's steps ---- */

static int take_challenge(
	struct assay_chap *c, struct assay_text *out, struct step *s, struct assay_error *err)
{
	bool mutual = c->theirs.name && c->theirs.secret;
	uint64_t algorithm;
	int r;

	r = complete(c, s, A | I | C, 0, err);
	if (r == ASSAY_OK)
		r = parse(s, err);
	if (r < 0)
		return r;
	if (assay_value_number(&algorithm, s->pair[0].value, s->pair[0].value_length) < 0 ||
		!ours(c, algorithm))
		return assay_error_set(
			err, ASSAY_E_PROTOCOL, "CHAP_A: the target chose what was not offered");
	if (algorithm > ASSAY_CHAP_SHA3_256 || !assay_chap_available((int)algorithm))
		return assay_error_set(
			err, ASSAY_E_CRYPTO, "CHAP_A: we offered an algorithm that we do not have");
	c->algorithm = (int)algorithm;
	if (mutual && same_challenge(c, s))
		return assay_error_set(
			err, ASSAY_E_AUTH, "CHAP_C is the challenge that we are about to send");
	r = append_proof(c, out, s);
	if (r == ASSAY_OK && mutual)
		r = append_challenge(c, out);
	if (r < 0)
		return assay_error_set(err, r, "our CHAP_N and CHAP_R cannot be made");
	c->sent_challenge = mutual;
	c->state = mutual ? ASSAY_CHAP_RESPONSE : ASSAY_CHAP_DONE;
	return ASSAY_OK;
}

static int take_target_proof(struct assay_chap *c, struct step *s, struct assay_error *err)
{
	int r = complete(c, s, N | R, 0, err);

	if (r == ASSAY_OK)
		r = parse(s, err);
	if (r < 0)
		return r;
	assay_value_copy(c->peer_name, sizeof(c->peer_name), &s->pair[3]);
	if (!assay_value_is(&s->pair[3], c->theirs.name))
		return assay_error_set(
			err, ASSAY_E_AUTH, "CHAP_N is not the name that the target must prove");
	r = verify(c, s, c->theirs.secret, err);
	if (r == ASSAY_OK)
		c->state = ASSAY_CHAP_DONE;
	return r;
}

/* ---- the target's steps ---- */

static int take_algorithms(
	struct assay_chap *c, struct assay_text *out, struct step *s, struct assay_error *err)
{
	const struct assay_pair *pair = &s->pair[0];
	const char *item;
	size_t length, offset = 0;
	uint64_t number;
	int r;

	r = complete(c, s, A, 0, err);
	if (r < 0)
		return r;
	c->algorithm = 0;
	while (!c->algorithm && assay_list_next(&item, &length, &offset, pair->value, pair->value_length)) {
		if (assay_value_number(&number, item, length) < 0)
			return assay_error_set(
				err, ASSAY_E_PROTOCOL, "CHAP_A: an item of the list is not a number");
		if (ours(c, number) && number <= ASSAY_CHAP_SHA3_256 && assay_chap_available((int)number))
			c->algorithm = (int)number;
	}
	if (!c->algorithm)
		return assay_error_set(err, ASSAY_E_AUTH, "CHAP_A: none of the algorithms offered is ours");
	r = assay_text_appendf(out, "CHAP_A", "%d", c->algorithm);
	if (r == ASSAY_OK)
		r = append_challenge(c, out);
	if (r < 0)
		return assay_error_set(err, r, "no room for CHAP_A, CHAP_I and CHAP_C");
	c->state = ASSAY_CHAP_CHALLENGE;
	return ASSAY_OK;
}

/* The secret of the name that the initiator gave; NULL where there is none. */
static const char *secret_of(const struct assay_chap *c, const struct assay_pair *name)
{
	if (c->lookup)
		return c->lookup(c->payload, name->value, name->value_length);
	return c->theirs.name && assay_value_is(name, c->theirs.name) ? c->theirs.secret : NULL;
}

static int take_initiator_proof(
	struct assay_chap *c, struct assay_text *out, struct step *s, struct assay_error *err)
{
	const char *secret;
	int r;

	r = complete(c, s, N | R, I | C, err);
	if (r == ASSAY_OK)
		r = parse(s, err);
	if (r < 0)
		return r;
	assay_value_copy(c->peer_name, sizeof(c->peer_name), &s->pair[3]);
	secret = secret_of(c, &s->pair[3]);
	if (!secret)
		return assay_error_set(err, ASSAY_E_AUTH, "CHAP_N is nobody whom we know");
	r = verify(c, s, secret, err);
	if (r < 0)
		return r;
	if (s->present & C) {
		if (same_challenge(c, s))
			return assay_error_set(err, ASSAY_E_AUTH, "CHAP_C reflects our own challenge");
		if (!c->mine.name || !c->mine.secret)
			return assay_error_set(err, ASSAY_E_AUTH, "we have no secret to prove who we are");
		r = append_proof(c, out, s);
		if (r < 0)
			return assay_error_set(err, r, "our CHAP_N and CHAP_R cannot be made");
	}
	c->state = ASSAY_CHAP_DONE;
	return ASSAY_OK;
}

static int advance(struct assay_chap *c, struct assay_text *out, struct step *s, struct assay_error *err)
{
	switch (c->state) {
	case ASSAY_CHAP_IDLE: return c->target ? take_algorithms(c, out, s, err) : complete(c, s, 0, 0, err);
	case ASSAY_CHAP_ALGORITHM:
		return c->target ? take_algorithms(c, out, s, err) : take_challenge(c, out, s, err);
	case ASSAY_CHAP_CHALLENGE: return take_initiator_proof(c, out, s, err);
	case ASSAY_CHAP_RESPONSE: return take_target_proof(c, s, err);
	case ASSAY_CHAP_DONE: return complete(c, s, 0, 0, err);
	default: return assay_error_set(err, ASSAY_E_AUTH, "the exchange has failed already");
	}
}

int assay_chap_take(struct assay_chap *c, struct assay_text *out, const void *text, size_t length,
	struct assay_error *err)
{
	struct step s = { 0 };
	int r = collect(&s, text, length, err);

	c->missing = NULL;
	if (r == ASSAY_OK)
		r = advance(c, out, &s, err);
	if (r < 0)
		c->state = ASSAY_CHAP_FAILED;
	return r;
}
