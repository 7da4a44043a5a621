/*
 * chap.h - CHAP for both sides. RFC 7143 section 12.1.3 and 9.2.1, RFC 1994. Algorithms: MD5 (5), SHA1 (6), SHA-256 (7),
 * SHA3-256 (8). Values in hexadecimal or base64. Secrets stay in the caller's memory and are never printed.
 * No I/O and no randomness of its own: challenges come from the caller.
 */
#ifndef ASSAY_PROTO_CHAP_H
#define ASSAY_PROTO_CHAP_H

#include "codec/text.h"

enum assay_chap_algorithm {
	ASSAY_CHAP_MD5 = 5,
	ASSAY_CHAP_SHA1 = 6,
	ASSAY_CHAP_SHA256 = 7,
	ASSAY_CHAP_SHA3_256 = 8
};

#define ASSAY_CHAP_RESPONSE_MAX  32 /* bytes: the longest digest */
#define ASSAY_CHAP_CHALLENGE_MAX 1024 /* bytes, section 12.1.3 */
#define ASSAY_CHAP_NAME_MAX      255
#define ASSAY_CHAP_SECRET_MAX    255

/* The length of an algorithm's response in bytes; 0 for one that we do not know. Whether libcrypto has it: assay_chap_available. */
size_t assay_chap_response_length(int algorithm);

/* False where libcrypto's providers lack the digest (MD5 in FIPS mode), or for an algorithm that we do not know. */
bool assay_chap_available(int algorithm);

/* response = H(id | secret | challenge). Returns its length, ASSAY_E_INVAL for an unknown algorithm, ASSAY_E_CRYPTO. */
long assay_chap_compute(uint8_t out[ASSAY_CHAP_RESPONSE_MAX], int algorithm, uint8_t id, const char *secret,
	size_t secret_length, const uint8_t *challenge, size_t challenge_length);

/* A name and its secret. Strings are the caller's. */
struct assay_chap_account {
	const char *name; /* NULL: no account */
	const char *secret; /* terminated; may hold any bytes but NUL */
};

enum assay_chap_state {
	ASSAY_CHAP_IDLE, /* target: waits for CHAP_A */
	ASSAY_CHAP_ALGORITHM, /* initiator: CHAP_A sent, waits for CHAP_A/I/C */
	ASSAY_CHAP_CHALLENGE, /* target: CHAP_A/I/C sent, waits for CHAP_N/R */
	ASSAY_CHAP_RESPONSE, /* initiator, mutual: CHAP_N/R/I/C sent, waits for the target's CHAP_N/R */
	ASSAY_CHAP_DONE, /* all that was asked for is proven; a one-way initiator has sent its CHAP_N/R */
	ASSAY_CHAP_FAILED,
};

/* One side's exchange; lives inside a session. */
struct assay_chap {
	bool target; /* which side we are */
	enum assay_chap_state state;
	int algorithm; /* chosen */
	const char *algorithms; /* what we offer or accept, in order: "7,5"; NULL: "5" */
	struct assay_chap_account
		mine; /* what we prove: initiator's own; target's own for mutual (NULL name: not offered) */
	struct assay_chap_account
		theirs; /* what the peer must prove: on the target the account, looked up by lookup; on the initiator the target's, NULL name or secret: one way */
	/* target: finds the secret of a name that the initiator gave; NULL when there is none. */
	const char *(*lookup)(void *payload, const char *name, size_t length);
	void *payload;
	uint8_t id; /* target: ours; initiator: the one that we send for mutual */
	uint8_t challenge[ASSAY_CHAP_CHALLENGE_MAX]; /* ours: target's, or the initiator's for mutual */
	size_t challenge_length; /* bytes; the caller fills id, challenge and this from a random source first */
	bool base64; /* write binary values in base64 rather than hexadecimal */
	bool sent_challenge; /* initiator: we sent CHAP_I and CHAP_C (mutual) */
	const char *
		missing; /* after ASSAY_E_PROTOCOL: the key that was not there (status Missing Parameter), else NULL */
	char peer_name[ASSAY_CHAP_NAME_MAX + 1]; /* CHAP_N of the peer */
};

/* Initiator: appends CHAP_A. 0, ASSAY_E_INVAL when no account is set, ASSAY_E_LIMIT. */
int assay_chap_begin(struct assay_chap *c, struct assay_text *out);

/*
 * Takes the whole text of one login PDU (all parts of a C-bit sequence joined) that follows the choice of AuthMethod=CHAP, and
 * appends what comes next. Other keys are passed over. Checks: every step has its keys, once, and no others of CHAP; algorithm
 * among those offered; lengths; response right; the peer does not reflect our challenge or use one secret both ways (section 9.2.1).
 * After DONE it only refuses further CHAP keys.
 * Returns 0 (look at state), ASSAY_E_AUTH (wrong proof, unknown name, no common algorithm: Authentication Failure),
 * ASSAY_E_PROTOCOL (missing, repeated, misplaced or malformed keys), ASSAY_E_SYNTAX (no pairs), ASSAY_E_CRYPTO, ASSAY_E_LIMIT.
 */
int assay_chap_take(struct assay_chap *c, struct assay_text *out, const void *text, size_t length,
	struct assay_error *err);

#endif
