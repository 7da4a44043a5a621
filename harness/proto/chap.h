/*
 * chap.h - CHAP for both sides. RFC 7143 section 12.1.3 and 9.2.1, RFC 1994. Algorithms: MD5 (5), SHA1 (6), SHA-256 (7),
 * SHA3-256 (8). Values in hexadecimal or base64. Secrets stay in the caller's memory and are never printed.
 * No I/O and no randomness of its own: challenges come from the caller.
 */
#ifndef ASSAY_PROTO_CHAP_H
#define ASSAY_PROTO_CHAP_H

#include "codec/text.h"

enum assay_chap_algorithm { ASSAY_CHAP_MD5 = 5, ASSAY_CHAP_SHA1 = 6, ASSAY_CHAP_SHA256 = 7, ASSAY_CHAP_SHA3_256 = 8 };

#define ASSAY_CHAP_RESPONSE_MAX 32   /* bytes: the longest digest */
#define ASSAY_CHAP_CHALLENGE_MAX 1024 /* bytes, section 12.1.3 */
#define ASSAY_CHAP_NAME_MAX 255
#define ASSAY_CHAP_SECRET_MAX 255

/* The length of an algorithm's response in bytes; 0 for one that we do not know. */
size_t assay_chap_response_length(int algorithm);

/* response = H(id | secret | challenge). Returns its length, ASSAY_E_INVAL for an unknown algorithm, ASSAY_E_CRYPTO. */
long assay_chap_compute(uint8_t out[ASSAY_CHAP_RESPONSE_MAX], int algorithm, uint8_t id, const char *secret,
	size_t secret_length, const uint8_t *challenge, size_t challenge_length);

/* A name and its secret. Strings are the caller's. */
struct assay_chap_account {
	const char *name;   /* NULL: no account */
	const char *secret; /* terminated; may hold any bytes but NUL */
};

enum assay_chap_state {
	ASSAY_CHAP_IDLE,
	ASSAY_CHAP_ALGORITHM, /* initiator: CHAP_A sent. target: waits for CHAP_A */
	ASSAY_CHAP_CHALLENGE, /* initiator: waits for CHAP_A/I/C. target: sent them, waits for CHAP_N/R */
	ASSAY_CHAP_RESPONSE,  /* initiator: CHAP_N/R sent; with mutual, waits for the target's */
	ASSAY_CHAP_DONE,      /* all that was asked for is proven */
	ASSAY_CHAP_FAILED,
};

/* One side's exchange; lives inside a session. */
struct assay_chap {
	bool target;			    /* which side we are */
	enum assay_chap_state state;
	int algorithm;			    /* chosen */
	const char *algorithms;		    /* what we offer or accept, in order: "7,5" */
	struct assay_chap_account mine;	    /* what we prove: initiator's own; target's own for mutual (NULL name: not offered) */
	struct assay_chap_account theirs;   /* what the peer must prove: on the target the account, looked up by lookup; on the initiator the target's, NULL name or secret: one way */
	/* target: finds the secret of a name that the initiator gave; NULL when there is none. */
	const char *(*lookup)(void *payload, const char *name, size_t length);
	void *payload;
	uint8_t id;			    /* target: ours; initiator: the one that we send for mutual */
	uint8_t challenge[ASSAY_CHAP_CHALLENGE_MAX]; /* ours: target's, or the initiator's for mutual */
	size_t challenge_length;	    /* bytes; the caller fills id, challenge and this from a random source first */
	bool base64;			    /* write binary values in base64 rather than hexadecimal */
	bool sent_challenge;		    /* initiator: we sent CHAP_I and CHAP_C (mutual) */
	char peer_name[ASSAY_CHAP_NAME_MAX + 1]; /* CHAP_N of the peer */
};

/* Initiator: appends CHAP_A. */
int assay_chap_begin(struct assay_chap *c, struct assay_text *out);

/*
 * Takes the whole text of one login PDU (all parts of a C-bit sequence joined) and appends what comes next. Checks: algorithm among those offered,
 * lengths, response right, the peer does not reflect our challenge or use one secret both ways.
 * Returns 0 (look at state), ASSAY_E_AUTH (wrong proof), ASSAY_E_PROTOCOL (missing, repeated or malformed keys), ASSAY_E_CRYPTO.
 */
int assay_chap_take(struct assay_chap *c, struct assay_text *out, const void *text, size_t length, struct assay_error *err);

#endif
