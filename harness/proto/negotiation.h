/*
 * negotiation.h - login and text negotiation as a state machine over pairs, the same one for both sides.
 * RFC 7143 sections 6.2, 6.3 and 13. It knows nothing of PDUs: pairs in, pairs out, results in struct assay_params.
 */
#ifndef ASSAY_PROTO_NEGOTIATION_H
#define ASSAY_PROTO_NEGOTIATION_H

#include "codec/name.h"
#include "proto/keys.h"

/* What is in force on a connection and its session. assay_params_default gives the standard's defaults. */
struct assay_params {
	char initiator_name[ASSAY_NAME_MAX + 1];
	char target_name[ASSAY_NAME_MAX + 1];
	char initiator_alias[256];
	char target_alias[256];
	int target_portal_group_tag; /* -1: none said */
	char auth_method[64]; /* what AuthMethod came to: "CHAP", "None", "Reject"; empty: not negotiated */
	bool discovery; /* SessionType=Discovery */
	bool header_digest; /* CRC32C in force after login */
	bool data_digest;
	bool initial_r2t;
	bool immediate_data;
	bool data_pdu_in_order;
	bool data_sequence_in_order;
	uint32_t max_connections;
	uint32_t initiator_max_recv; /* bytes: MaxRecvDataSegmentLength that the initiator declared */
	uint32_t target_max_recv; /* bytes: the same of the target */
	uint32_t max_burst_length; /* bytes */
	uint32_t first_burst_length; /* bytes */
	uint32_t default_time2wait; /* seconds */
	uint32_t default_time2retain; /* seconds */
	uint32_t max_outstanding_r2t;
	uint32_t error_recovery_level;
	uint32_t protocol_level; /* RFC 7144: 1 unless negotiated */
	uint32_t task_reporting; /* 0 RFC3720, 1 ResponseFence, 2 FastAbort */
};

void assay_params_default(struct assay_params *out);

/* What a further connection of a session starts with: the session-wide values, defaults for its own. */
void assay_params_join(struct assay_params *out, const struct assay_params *session);

/* Notes a value that is in order (assay_key_value_check): what that side declared, or what was agreed on. */
void assay_params_record(
	struct assay_params *p, enum assay_key_id id, enum assay_role by, const char *value, size_t length);

/* The boolean key's value in force; false for a key that is no boolean. */
bool assay_params_boolean(const struct assay_params *p, enum assay_key_id id);

/* Where in a session a pair is said. */
enum assay_phase { ASSAY_PHASE_SECURITY, ASSAY_PHASE_OPERATIONAL, ASSAY_PHASE_FULL_FEATURE };

/* What one side wants: the value that it offers, or answers from, for each key, as text. NULL: the standard's default,
 * and not offered. Strings are the caller's and outlive the negotiation. */
struct assay_wants {
	const char *value[ASSAY_KEY_COUNT];
};

/* One side's negotiation. A plain struct so that it can live inside a session; fields are private to negotiation.c. */
struct assay_negotiation {
	enum assay_role side;
	const struct assay_wants *wants;
	/* Results so far; read it. On a further connection of a session, set it with assay_params_join after init. They take
	 * effect when the negotiation has ended well (section 6.2: all or nothing): copy them then. */
	struct assay_params params;
	bool leading; /* the first connection of its session */
	uint64_t offered; /* bit a key: we sent it and may get an answer */
	uint64_t waiting; /* bit a key: of these, the ones that must be answered */
	uint64_t done; /* bit a key: settled in this login; a second time is an error */
	uint64_t said; /* bit a key: we declared it */
	uint64_t declared; /* bit a key: the peer declared it */
	uint64_t cut; /* bit a key: our offer was longer than is kept, so its answer cannot be judged */
	uint64_t before; /* bit a key: the boolean in force before our offer, for an answer of Reject */
	char offer[ASSAY_KEY_COUNT]
		  [256]; /* what we offered, to judge the answer by; empty where it was cut */
};

void assay_negotiation_init(
	struct assay_negotiation *n, enum assay_role side, const struct assay_wants *wants, bool leading);

/* Offers a key with the wanted value: appends to out and remembers. 0 or a negative error. */
int assay_negotiation_offer(struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id);

/* The same with any value: what a test says on purpose. */
int assay_negotiation_offer_value(
	struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id, const char *value);

/* Offers every wanted key of this phase that is not offered or done yet: names and SessionType first; nothing that is
 * for the leading connection only on another, and nothing that a discovery session makes irrelevant. Not CHAP_* and SendTargets. */
int assay_negotiation_offer_all(struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase);

/* The same for declared keys alone (aliases, MaxRecvDataSegmentLength, TargetPortalGroupTag): what a target adds to its answers. */
int assay_negotiation_declare_all(
	struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase);

/*
 * Takes all pairs of one text (all parts of a C-bit sequence joined), each as assay_negotiation_take does. The order in the
 * text does not matter: SessionType is taken first, and what depends on other keys (FirstBurstLength, MaxOutstandingR2T) last.
 * Besides take's errors: ASSAY_E_SYNTAX for text that is not made of pairs.
 */
int assay_negotiation_take_text(struct assay_negotiation *n, struct assay_text *reply, const void *text,
	size_t length, enum assay_phase phase, struct assay_error *err);

/*
 * Takes one pair of the peer's: settles our offer, records a declaration, or answers an offer of the peer's by appending
 * to reply (Reject, Irrelevant and NotUnderstood included). AuthMethod is answered here too, CHAP_* keys are not: see chap.h.
 * 0; ASSAY_E_PROTOCOL when the peer broke a rule that ends a login (repeated key, illegal answer, wrong phase);
 * ASSAY_E_LIMIT when reply is full.
 */
int assay_negotiation_take(struct assay_negotiation *n, struct assay_text *reply,
	const struct assay_pair *pair, enum assay_phase phase, struct assay_error *err);

/* True while an offer of ours has no answer, not counting what may stay without one (section 6.2.2). */
bool assay_negotiation_pending(const struct assay_negotiation *n);

/*
 * Ends a negotiation (the login, or a text negotiation): both sides call it before the results take effect. An offer without
 * its answer and broken integrity rules (sections 13.14, 13.19, 13.20) are ASSAY_E_PROTOCOL. A FirstBurstLength that nobody
 * negotiated follows MaxBurstLength down.
 */
int assay_negotiation_finish(struct assay_negotiation *n, struct assay_error *err);

/* Forgets what was offered and done, keeps params: a new text negotiation in the full feature phase. */
void assay_negotiation_restart(struct assay_negotiation *n);

#endif
