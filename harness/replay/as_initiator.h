/*
 * as_initiator.h - the initiator's side of a capture played to a live target. Requests go out in the order of the capture, each once all that it rests on has come in: the answers that came before it, the
 * R2T that it serves, the ping that it answers, room in the command window; what never comes is a difference, not a hang. Rewriting is rewrite.h's, comparing compare.h's, judging the rules' (the tap
 * of the configuration). A claim of a test that the capture tells to have failed is reproduced where the live target does the very same up to there; where it does not, what it does otherwise in the PDUs
 * that the claim rests on, and what follows from that in its session, is no difference that counts. It opens no file and prints nothing; connections go where the configuration's dialer lets them.
 */
#ifndef ASSAY_REPLAY_AS_INITIATOR_H
#define ASSAY_REPLAY_AS_INITIATOR_H

#include "initiator/initiator.h"
#include "replay/compare.h"
#include "replay/rewrite_text.h"
#include "replay/script.h"
#include "transport/leave.h"

/* A login at another target than the main one may need other secrets. */
#define ASSAY_REPLAY_ACCOUNTS 4

struct assay_replay_account {
	const char *target; /* as the live peer knows it; NULL: any */
	struct assay_replay_prover initiator, target_proof;
};

/* The clock of the streams, for when none is open. */
struct assay_replay_clock {
	uint64_t (*now)(void *payload); /* nanoseconds */
	void (*pause)(void *payload, uint64_t nanoseconds);
	void *payload;
};

enum assay_replay_outcome {
	ASSAY_REPLAY_UNDECIDED, /* it was not played to there, or not all that lies before it */
	ASSAY_REPLAY_REPRODUCED, /* up to there the live target did the same, in all that a claim can rest on */
	ASSAY_REPLAY_NOT_REPRODUCED, /* it did not */
};

/* A claim that failed in the capture, and what the live target does there. */
struct assay_replay_verdict {
	const struct assay_claim *claim;
	enum assay_replay_outcome outcome;
	const char *why; /* UNDECIDED: in words */
	struct assay_replay_place at; /* where it is told in the capture */
	/* NOT_REPRODUCED: what is otherwise, and where */
	const struct assay_replay_place *place;
	const struct assay_replay_differences *differences;
};

struct assay_replay_options {
	/* Where to, through which dialer, watched by which tap (it must have the rules); timeout: nanoseconds for one answer. For a connection whose login is not in the capture also who
	 * we are. Changed while it plays. */
	struct assay_initiator_config *config;
	struct assay_leave *leave; /* what may go out; all of it passes through it too */
	struct assay_replay_names names; /* its provers are those of accounts */
	struct assay_replay_account accounts[ASSAY_REPLAY_ACCOUNTS]; /* the first that fits */
	unsigned account_count;
	bool verbatim; /* the bytes as they were */
	bool pace; /* not before the time that lay before it in the capture */
	const struct assay_replay_clock *clock; /* NULL: TCP's */
	uint64_t stop_at; /* number of the last PDU; 0: all */
	enum assay_replay_data data;
	const struct assay_replay_masks *masks; /* NULL: none */
	bool lun_given;
	uint64_t
		lun; /* the logical unit that the capture's first reads and writes were for becomes this one */
	uint64_t seed; /* of ISIDs and tags */
	const volatile int *stop; /* ends it when set; may be NULL */
	/* What differs, at once, and a connection that cannot be played, with why. */
	void (*differs)(void *payload, const struct assay_replay_place *place,
		const struct assay_replay_differences *differences);
	void (*verdict)(void *payload, const struct assay_replay_verdict *verdict); /* may be NULL */
	void *payload;
};

struct assay_replayed {
	uint64_t connections, sent, received; /* PDUs */
	uint64_t compared; /* answers */
	uint64_t other_data; /* of those: read data was another one, and is not compared */
	uint64_t differing; /* answers, ends and missing ones with differences that count */
	uint64_t unanswered; /* of those: nothing came */
	uint64_t made; /* Data-Outs made of a task's data, for R2Ts that the capture has not got */
	uint64_t
		fitted; /* commands and Data-Outs whose data was cut otherwise: the live target takes less at a time than the captured one */
	uint64_t logins_made,
		logins_dropped; /* Login Requests more, and fewer, than in the capture: the live target took more, or fewer, to the full feature phase */
	uint64_t texts_made,
		texts_dropped; /* the same of Text Requests: its text came in more parts, or in fewer */
	uint64_t pings; /* of the target's that the capture has no answer to: answered */
	/* not sent */
	uint64_t writes, disruptive; /* commands for which there was no leave */
	uint64_t write_data; /* their Data-Outs */
	uint64_t
		not_played; /* PDUs of connections that were gone or could not be opened, or whose request did not go out */
	uint64_t cut; /* PDUs of which the capture has only the header */
	uint64_t pongs; /* answers to pings that did not come */
	uint64_t unasked_acks; /* DataACKs that the live target did not ask for */
	uint64_t
		uncompared; /* answers that rest on something that was not sent, or of which the capture has not got everything */
	uint64_t
		proofs; /* of CHAP, that were wrong in the capture or cannot be checked: they went out as they were */
	uint64_t unwatched; /* connections more than the rules can follow: not played */
	uint64_t own_logins; /* connections whose login is not in the capture: we logged in as ourselves */
	uint64_t claims, reproduced,
		not_reproduced; /* that failed in the capture; the others are undecided */
	bool stopped; /* by stop_at, or a signal */
	bool unreachable; /* the first connection was refused: nothing was played */
};

/* 0, with everything in *out; ASSAY_E_CONNECT, ASSAY_E_TIMEOUT and their like when the first connection cannot be made, with words; a fault of ours. */
int assay_replay_as_initiator(struct assay_replayed *out, const struct assay_script *s,
	struct assay_replay_options *options, struct assay_error *err);

#endif
