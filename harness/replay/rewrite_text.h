/*
 * rewrite_text.h - text keys of a captured PDU made fit for a live peer: names, addresses, and the proofs of CHAP, which are worth something for one challenge only. What was wrong in the capture
 * stays wrong: a proof that its challenge did not ask for, a name that nobody has. Secrets are the caller's and never get out but in a proof. No I/O; nothing allocates.
 * RFC 7143 sections 6.1, 12.1.3, 13.3 to 13.8.
 */
#ifndef ASSAY_REPLAY_REWRITE_TEXT_H
#define ASSAY_REPLAY_REWRITE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/chap.h"
#include "proto/role.h"

/* Who proves what; strings are the caller's, NULL: not known. */
struct assay_replay_prover {
	const char *secret; /* that the live peer knows */
	const char *captured_secret; /* that was in use in the capture; NULL: the same */
	const char *name; /* CHAP_N for the live peer; NULL: as captured */
};

struct assay_replay_names {
	const char *initiator_name; /* InitiatorName for the live peer; NULL: as captured */
	const char *captured_target,
		*target_name; /* TargetName and SendTargets: the first becomes the second; first NULL: any does; second NULL: as captured */
	const char *
		target_address; /* "host:port" for TargetAddress, whose portal group tag stays; NULL: as captured */
	struct assay_replay_prover initiator, target; /* target: in mutual CHAP */
};

/* A challenge as one side sent it. */
struct assay_replay_challenge {
	bool id_known, known; /* known: the challenge */
	uint8_t id;
	uint16_t length; /* bytes */
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX];
};

/* CHAP on one connection, in the capture or in the live session. Zeroed at the start of a login. */
struct assay_replay_chap {
	int algorithm; /* that the target chose; 0: not yet */
	struct assay_replay_challenge by_target, by_initiator;
};

/* Takes CHAP_A, CHAP_I and CHAP_C out of the text of a Login PDU (whole, where it came in several) that sender sent. Malformed ones count as not sent. */
void assay_replay_chap_note(
	struct assay_replay_chap *c, enum assay_role sender, const char *text, size_t length);

enum assay_replay_proof {
	ASSAY_REPLAY_PROOF_NONE, /* there is no CHAP_R */
	ASSAY_REPLAY_PROOF_RIGHT,
	ASSAY_REPLAY_PROOF_WRONG,
	ASSAY_REPLAY_PROOF_UNKNOWN, /* the secret or the challenge is not known */
};

/* Is the CHAP_R in prover's text the one that c asks for? */
enum assay_replay_proof assay_replay_proof_of(const struct assay_replay_chap *c, enum assay_role prover,
	const char *secret, const char *text, size_t length);

/*
 * Writes the text of a captured PDU from sender as it goes to the live peer. A CHAP_R that was right in the capture (checked with the captured secret) becomes the one for the live challenge, and
 * CHAP_N beside it the live name; one that was wrong, or that cannot be checked, stays as it was. What is no pair stays, too. captured and live: what was noted of the two logins; both NULL: no CHAP.
 * *proof, which may be NULL, says what the captured one was. Returns the length, or ASSAY_E_LIMIT when capacity is too small; it never needs more than length +
 * ASSAY_REPLAY_TEXT_MORE for each key that is rewritten.
 */
#define ASSAY_REPLAY_TEXT_MORE 512
long assay_replay_rewrite_text(char *out, size_t capacity, const struct assay_replay_names *names,
	enum assay_role sender, const struct assay_replay_chap *captured,
	const struct assay_replay_chap *live, const char *text, size_t length,
	enum assay_replay_proof *proof);

#endif
