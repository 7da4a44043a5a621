/*
 * offer.h - keys offered in a login by hand, and claims about the answers. A refused login (status class 2, or a close) is an
 * outcome like others here: the claims say where it is acceptable.
 */
#ifndef ASSAY_SUITES_TARGET_OFFER_H
#define ASSAY_SUITES_TARGET_OFFER_H

#include "runner/test.h"

/* Begins a login by hand in the stage where it has to begin: the operational one, or the security stage where the target under test asks for CHAP. */
void assay_login_start(struct assay_initiator *i);
/* Takes a login that began so through the security stage, if it is there, and to the full feature phase: 0, or what ended the login. */
int assay_login_rest(struct assay_initiator *i);
/* Begins a login by hand up to the operational stage, as a first request or behind the security stage. */
void assay_login_operational(struct assay_t *t, struct assay_initiator *i);
/* Begins one in the security stage with AuthMethod offered as the configuration says. The target may go on with T=1 only when it is None. */
void assay_login_secure(struct assay_t *t, struct assay_initiator *i);
/* Logs in under another initiator name, to the full feature phase. Where the target refuses strangers as such, under a name that nobody can object to as
 * well, nothing can be said: the test ends as a SKIP. What LUNs a stranger sees is not said either. */
struct assay_initiator *assay_login_as(struct assay_t *t, const char *name);
/* What to offer for AuthMethod to a target that the configuration logs in to: "None", or "CHAP". */
const char *assay_login_method(struct assay_t *t);

/* Offers keys and values, in pairs up to a NULL, in the first request of a fresh login's operational stage (T=0), and returns
 * the connection with the answer. */
struct assay_initiator *assay_offer(struct assay_t *t, ...) __attribute__((sentinel));
/* The same on a connection whose login has begun, in the next request. */
void assay_offer_more(struct assay_t *t, struct assay_initiator *i, ...) __attribute__((sentinel));

/* The target refused the login: as the initiator's fault (status class 2), or by closing. */
bool assay_login_refused(const struct assay_initiator *i);

/* What may come instead of a value. */
enum assay_instead {
	ASSAY_OR_REJECT = 1,
	ASSAY_OR_IRRELEVANT = 2,
	ASSAY_OR_NOT_UNDERSTOOD = 4,
	ASSAY_OR_REFUSED = 8, /* the login ends */
	ASSAY_OR_NOTHING = 16, /* the key is not in the answer */
};

/* EXPECTs the last answer to give key a number from low to high, or what instead allows (enum assay_instead). */
void assay_expect_number_from(struct assay_t *t, struct assay_initiator *i, const char *key, uint64_t low,
	uint64_t high, unsigned instead);
/* EXPECTs it to give key one of these values ("Yes,No": no value here holds a comma), or what instead allows. */
void assay_expect_one_of(
	struct assay_t *t, struct assay_initiator *i, const char *key, const char *values, unsigned instead);

/* EXPECTs the target not to agree to a value for key: a Reject or another word of refusal, no answer, or the end of the login. */
void assay_expect_no_value(struct assay_t *t, struct assay_initiator *i, const char *key);

/* Goes on by hand to the full feature phase: 0, or what ended the login. */
int assay_login_finish(struct assay_initiator *i);

/* EXPECTs a Login Response with status class 2: the target blames the initiator and says so before it closes. */
void assay_expect_initiator_error(struct assay_t *t, struct assay_initiator *i, int result);

/* The same, and as a SHOULD with that status of class 2: section 11.13.5 has the details in a table alone, for finer handling and for logs; "Status-Class is
 * sufficient for a simple initiator". Not for those that a section demands by name (0x0201, 0x020A, 0x020B). */
void assay_expect_refusal(struct assay_t *t, struct assay_initiator *i, int result, unsigned status);

/* EXPECTs that a READ of four times as much as most bytes, of the unit under test, comes in Data-In PDUs of at most most
 * bytes on average; the rule engine judges each. */
void assay_expect_pieces(struct assay_t *t, struct assay_initiator *i, uint32_t most);

#endif
