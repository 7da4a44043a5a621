/*
 * security.h - CHAP by hand, a step at a time: RFC 7143 section 12.1.3. The steps that REQUIRE are right ones; what a test says
 * wrongly it adds to the next request itself.
 */
#ifndef ASSAY_SUITES_TARGET_SECURITY_H
#define ASSAY_SUITES_TARGET_SECURITY_H

#include "runner/test.h"

/* A challenge, the target's or ours. */
struct assay_challenge {
	int algorithm;
	uint8_t id;
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX];
	size_t length;
};

enum assay_binary_form { ASSAY_FORM_HEX, ASSAY_FORM_BASE64 };

/* A connection to that target with a login begun in the security stage; nothing is sent. */
struct assay_initiator *assay_security_begin(struct assay_t *t, const char *target_name);
/* The same with AuthMethod=CHAP agreed on. */
struct assay_initiator *assay_security_chap(struct assay_t *t, const char *target_name);
/* The same with CHAP_A offered and the target's challenge in *out. */
struct assay_initiator *assay_security_challenged(
	struct assay_t *t, const char *target_name, const char *algorithms, struct assay_challenge *out);
/* Offers CHAP_A and takes the challenge; REQUIREs a well-formed one. */
void assay_challenge_ask(
	struct assay_t *t, struct assay_initiator *i, const char *algorithms, struct assay_challenge *out);

/* The response to a challenge; returns its length. */
size_t assay_challenge_response(struct assay_t *t, uint8_t out[ASSAY_CHAP_RESPONSE_MAX],
	const struct assay_challenge *challenge, const char *secret);
/* Adds key=value with a binary value to the next request. */
void assay_login_binary(struct assay_t *t, struct assay_initiator *i, const char *key, const uint8_t *bytes,
	size_t length, enum assay_binary_form form);
/* Adds CHAP_N and the CHAP_R that the account makes of the challenge to the next request. */
void assay_login_proof(struct assay_t *t, struct assay_initiator *i, const struct assay_challenge *challenge,
	const struct assay_chap_account *account);
/* Sends the next request with T=1 to the operational stage and REQUIREs the target to go there. */
void assay_security_ends(struct assay_t *t, struct assay_initiator *i);

/* EXPECTs the login to be refused as section 9.2 says where keys are missing or not in their step: Initiator Error 0x0200 or
 * Missing Parameter 0x0207. */
void assay_expect_step_error(struct assay_t *t, struct assay_initiator *i, int result);
/* EXPECTs that the target did not let the initiator out of the security stage: a refused login, or T=0. */
void assay_expect_kept_out(struct assay_t *t, struct assay_initiator *i, int result);

#endif
