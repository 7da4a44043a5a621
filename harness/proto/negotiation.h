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
	int target_portal_group_tag;	  /* -1: none said */
	bool discovery;			  /* SessionType=Discovery */
	bool header_digest;		  /* CRC32C in force after login */
	bool data_digest;
	bool initial_r2t;
	bool immediate_data;
	bool data_pdu_in_order;
	bool data_sequence_in_order;
	uint32_t max_connections;
	uint32_t initiator_max_recv;	  /* bytes: MaxRecvDataSegmentLength that the initiator declared */
	uint32_t target_max_recv;	  /* bytes: the same of the target */
	uint32_t max_burst_length;	  /* bytes */
	uint32_t first_burst_length;	  /* bytes */
	uint32_t default_time2wait;	  /* seconds */
	uint32_t default_time2retain;	  /* seconds */
	uint32_t max_outstanding_r2t;
	uint32_t error_recovery_level;
	uint32_t protocol_level;	  /* RFC 7144: 1 unless negotiated */
	uint32_t task_reporting;	  /* 0 RFC3720, 1 ResponseFence, 2 FastAbort */
};

void assay_params_default(struct assay_params *out);

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
	struct assay_params params;	      /* results so far; read it */
	bool leading;			      /* the first connection of its session */
	bool first_request;		      /* ASSAY_KEY_INITIAL keys are still allowed */
	uint64_t offered;		      /* bit a key: we sent it and wait for the answer */
	uint64_t done;			      /* bit a key: settled in this login; a second time is an error */
	uint64_t declared;		      /* bit a key: the peer declared it */
	char offer[ASSAY_KEY_COUNT][64];      /* what we offered, to judge the answer by; cut to fit for names */
};

void assay_negotiation_init(struct assay_negotiation *n, enum assay_role side, const struct assay_wants *wants, bool leading);

/* Offers a key with the wanted value: appends to out and remembers. 0 or a negative error. */
int assay_negotiation_offer(struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id);

/* The same with any value: what a test says on purpose. */
int assay_negotiation_offer_value(struct assay_negotiation *n, struct assay_text *out, enum assay_key_id id, const char *value);

/* Offers every wanted key of this phase that is not offered or done yet. */
int assay_negotiation_offer_all(struct assay_negotiation *n, struct assay_text *out, enum assay_phase phase);

/*
 * Takes one pair of the peer's: settles our offer, records a declaration, or answers an offer of the peer's by appending
 * to reply (Reject, Irrelevant and NotUnderstood included). AuthMethod is answered here too, CHAP_* keys are not: see chap.h.
 * 0; ASSAY_E_PROTOCOL when the peer broke a rule that ends a login (repeated key, illegal answer, wrong phase);
 * ASSAY_E_LIMIT when reply is full.
 */
int assay_negotiation_take(struct assay_negotiation *n, struct assay_text *reply, const struct assay_pair *pair,
	enum assay_phase phase, struct assay_error *err);

/* True while an offer of ours has no answer. */
bool assay_negotiation_pending(const struct assay_negotiation *n);

/* Forgets what was offered and done, keeps params: a new text negotiation in the full feature phase. */
void assay_negotiation_restart(struct assay_negotiation *n);

#endif
