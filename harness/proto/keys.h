/*
 * keys.h - the one table of text keys: RFC 7143 sections 6.3, 12.1 and 13, RFC 7144 section 7.1 (iSCSIProtocolLevel), and the obsolete
 * marker keys (section 13.25). Negotiation on both sides, the rules, `explain` and the fuzz dictionary work from it.
 */
#ifndef ASSAY_PROTO_KEYS_H
#define ASSAY_PROTO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/text.h"
#include "proto/role.h"

enum assay_key_id {
	ASSAY_KEY_AUTH_METHOD,
	ASSAY_KEY_CHAP_A,
	ASSAY_KEY_CHAP_I,
	ASSAY_KEY_CHAP_C,
	ASSAY_KEY_CHAP_N,
	ASSAY_KEY_CHAP_R,
	ASSAY_KEY_HEADER_DIGEST,
	ASSAY_KEY_DATA_DIGEST,
	ASSAY_KEY_MAX_CONNECTIONS,
	ASSAY_KEY_SEND_TARGETS,
	ASSAY_KEY_TARGET_NAME,
	ASSAY_KEY_INITIATOR_NAME,
	ASSAY_KEY_TARGET_ALIAS,
	ASSAY_KEY_INITIATOR_ALIAS,
	ASSAY_KEY_TARGET_ADDRESS,
	ASSAY_KEY_TARGET_PORTAL_GROUP_TAG,
	ASSAY_KEY_INITIAL_R2T,
	ASSAY_KEY_IMMEDIATE_DATA,
	ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH,
	ASSAY_KEY_MAX_BURST_LENGTH,
	ASSAY_KEY_FIRST_BURST_LENGTH,
	ASSAY_KEY_DEFAULT_TIME2WAIT,
	ASSAY_KEY_DEFAULT_TIME2RETAIN,
	ASSAY_KEY_MAX_OUTSTANDING_R2T,
	ASSAY_KEY_DATA_PDU_IN_ORDER,
	ASSAY_KEY_DATA_SEQUENCE_IN_ORDER,
	ASSAY_KEY_ERROR_RECOVERY_LEVEL,
	ASSAY_KEY_SESSION_TYPE,
	ASSAY_KEY_TASK_REPORTING,
	ASSAY_KEY_PROTOCOL_LEVEL,
	ASSAY_KEY_IF_MARKER,
	ASSAY_KEY_OF_MARKER,
	ASSAY_KEY_IF_MARK_INT,
	ASSAY_KEY_OF_MARK_INT,
	ASSAY_KEY_NODE_ARCHITECTURE, /* X#NodeArchitecture, section 13.26 */
	ASSAY_KEY_COUNT,
	ASSAY_KEY_UNKNOWN = ASSAY_KEY_COUNT, /* a key of the X-, X#, Y-, Z- families or none that we know */
};

enum assay_key_type {
	ASSAY_TYPE_LIST, /* offer: list in order of preference; answer: one of it */
	ASSAY_TYPE_NUMBER,
	ASSAY_TYPE_BOOLEAN,
	ASSAY_TYPE_NAME, /* iSCSI name */
	ASSAY_TYPE_TEXT, /* free text */
	ASSAY_TYPE_ADDRESS, /* TargetAddress */
	ASSAY_TYPE_BINARY,
	ASSAY_TYPE_RANGE, /* "low~high" */
};

/* How offer and answer make the result. */
enum assay_key_result {
	ASSAY_RESULT_DECLARED, /* no answer: each side says its own */
	ASSAY_RESULT_CHOICE, /* the answer, which must be one of the offer's list (or None, where the offer has it) */
	ASSAY_RESULT_AND,
	ASSAY_RESULT_OR,
	ASSAY_RESULT_MIN,
	ASSAY_RESULT_MAX,
};

enum assay_key_flag {
	ASSAY_KEY_IN_SECURITY = 1, /* may be sent in SecurityNegotiation */
	ASSAY_KEY_IN_OPERATIONAL = 2, /* may be sent in LoginOperationalNegotiation */
	ASSAY_KEY_IN_FULL_FEATURE = 4, /* may be sent in a Text exchange of the full feature phase */
	ASSAY_KEY_INITIAL = 8, /* "IO": only during the login of a connection, any of its requests */
	ASSAY_KEY_LEADING = 16, /* only on the leading connection of a session ("LO") */
	ASSAY_KEY_SESSION_WIDE = 32, /* "SW", else connection only */
	ASSAY_KEY_NOT_IN_DISCOVERY = 64, /* irrelevant when SessionType=Discovery */
	ASSAY_KEY_OBSOLETE = 128,
	ASSAY_KEY_MULTIPLE =
		256, /* may stand several times in one sequence (TargetName, TargetAddress in SendTargets answers) */
};

struct assay_key {
	const char *name;
	const char *section; /* "13.12", of rfc */
	const char *rfc; /* "7143", "7144" */
	enum assay_key_type type;
	enum assay_key_result result;
	enum assay_role sender; /* who may start with it */
	unsigned flags; /* enum assay_key_flag */
	uint32_t minimum,
		maximum; /* of a number or the ends of a range; of a binary value its bytes, of text too */
	const char *initial; /* the default, as text; NULL where there is none */
	const char *values; /* of a list: what the standard defines, "None,CRC32C"; else NULL */
};

/* The row of a key; NULL for ASSAY_KEY_UNKNOWN. */
const struct assay_key *assay_key_at(enum assay_key_id id);
enum assay_key_id assay_key_find(const char *name, size_t length);

/* May that side start with the key there? in: ASSAY_KEY_IN_SECURITY, _IN_OPERATIONAL or _IN_FULL_FEATURE. Knows that
 * TargetName is the initiator's during login and the target's afterwards. */
bool assay_key_allowed(const struct assay_key *key, enum assay_role sender, unsigned in);

/* The special values of section 6.2. */
enum assay_key_special {
	ASSAY_VALUE_PLAIN,
	ASSAY_VALUE_NONE,
	ASSAY_VALUE_REJECT,
	ASSAY_VALUE_IRRELEVANT,
	ASSAY_VALUE_NOT_UNDERSTOOD
};
enum assay_key_special assay_value_special(const char *value, size_t length);

/* Is this value well formed for the key, and within its range, as an offer or declaration? ASSAY_OK, ASSAY_E_SYNTAX.
 * A list may name values that nobody knows (section 6.2.1), but not Reject, Irrelevant or NotUnderstood. */
int assay_key_value_check(
	const struct assay_key *key, const char *value, size_t length, struct assay_error *err);

/*
 * May the answer stand to that offer? Knows result functions, lists, ranges and the special values. An offer that is not
 * admissible may be answered with Reject or with any admissible value. For a declared key: what may come back of the same
 * key (NotUnderstood where it is allowed, Reject of an inadmissible value, the other side's own declaration).
 * ASSAY_OK or ASSAY_E_PROTOCOL with words in err. Both values are as on the wire.
 */
int assay_key_answer_check(const struct assay_key *key, const char *offer, size_t offer_length,
	const char *answer, size_t answer_length, struct assay_error *err);

/* May this offer stay without an answer (section 6.2.2: AND with No, OR with Yes; and whatever is declared)? */
bool assay_key_answer_optional(const struct assay_key *key, const char *offer, size_t offer_length);

/* What offer and answer come to: numbers; booleans as 0 or 1; of a list the place of the answer in key->values, from 0.
 * answer NULL: none came, which only what assay_key_answer_optional allows can do. 0; ASSAY_E_SYNTAX when there is no such
 * result (Reject, Irrelevant, NotUnderstood, malformed): what was in force stays. */
int assay_key_outcome(uint64_t *out, const struct assay_key *key, const char *offer, size_t offer_length,
	const char *answer, size_t answer_length);

/* A peer's value for a message: one line, printable, cut to fit. Returns out. */
#define ASSAY_SHOW_MAX 64
const char *assay_key_show(char out[ASSAY_SHOW_MAX], const char *value, size_t length);

#endif
