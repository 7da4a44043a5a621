/*
 * rules.h - the table of protocol rules, and the engine that watches connections with it from the side.
 *
 * It is fed every PDU of every connection with its direction, and answers with findings. It does no I/O, reads no clock and
 * does not allocate after assay_watch_new: the suites, campaigns, replays and captures all use this one engine. It blames the side that broke a rule and
 * no other: what a target does after an initiator broke the protocol is judged only where the standard still says what it must do.
 */
#ifndef ASSAY_PROTO_RULES_H
#define ASSAY_PROTO_RULES_H

#include "codec/pdu.h"
#include "proto/chap.h"
#include "proto/negotiation.h"
#include "proto/role.h"

/* One rule. The table is sorted by id. */
struct assay_rule {
	const char *id; /* slug, never changes: "statsn-step" */
	const char *reqs; /* requirement ids, space separated: "R7143-4.2.2.2-02" */
	const char *section; /* "4.2.2.2" of RFC 7143 unless it says "7144:…" */
	enum assay_level level;
	enum assay_role role; /* whose duty: ASSAY_BOTH where either side can break it */
	const char *desc; /* "raises StatSN by one for every response that carries a status" */
};

/* All rules; *count is set. */
const struct assay_rule *assay_rules(size_t *count);
const struct assay_rule *assay_rule_find(const char *id);

/* Does any rule look into the data segment of PDUs of that opcode? What SCSI transfers is not iSCSI's to judge; its padding and its digest are. */
bool assay_rules_read_data(uint8_t opcode);

/* A broken rule. */
struct assay_finding {
	const struct assay_rule *rule;
	enum assay_role offender; /* ASSAY_INITIATOR or ASSAY_TARGET */
	uint32_t connection; /* as assay_watch_open returned it */
	uint64_t pdu; /* number of the PDU as given to assay_watch_pdu */
	char expected[128]; /* words: what the rule allows here */
	char got[128]; /* words: what came */
};

/* "2 findings, 1 warning": MUSTs and SHOULDs that were broken, for a summary. Returns out. */
#define ASSAY_FOUND_WORDS 64
const char *assay_found_words(char out[ASSAY_FOUND_WORDS], uint64_t findings, uint64_t warnings);

struct assay_watch;

/* Called for each finding, while assay_watch_pdu runs; the finding is valid during the call. */
typedef void assay_finding_fn(void *payload, const struct assay_finding *finding);

/* A watch follows any number of sessions of one initiator-target world, up to a fixed number of connections (64; older closed ones
 * are forgotten first). All memory is taken here. NULL: out of memory. */
struct assay_watch *assay_watch_new(assay_finding_fn *found, void *payload);
void assay_watch_free(struct assay_watch *w);
/* Forgets all connections and sessions: as new, with the memory that it has. */
void assay_watch_clear(struct assay_watch *w);

#define ASSAY_WATCH_ACCOUNTS 4

/*
 * An account, so that the responses of CHAP can be verified: of initiators, or (ASSAY_TARGET) what targets prove. name NULL: whatever name they say; else only responses with that name are. target: where
 * it is good, NULL: everywhere. Strings stay the caller's; they outlive the watch and its clear. What is known of no account is judged as it was; that a target refuses a right response is not
 * held against one that has an account of its own, as it may insist on being asked for it. 0, ASSAY_E_LIMIT beyond ASSAY_WATCH_ACCOUNTS.
 */
int assay_watch_account(struct assay_watch *w, enum assay_role role, const struct assay_chap_account *account,
	const char *target);

/* What it will be fed is a capture: of each connection PDUs are in their order, but those of different ones may come sooner or later than they were sent, and a connection of a session may be missing
 * altogether. What rests on that is judged where it is certain. It stays so, also after a clear. */
void assay_watch_unordered(struct assay_watch *w);

/* A new TCP connection. mid_stream: its start was not seen (a capture), so what needs the login is not judged.
 * Returns its number, or ASSAY_E_LIMIT. Numbers are not used again; one that was forgotten is ignored by the calls below. */
int assay_watch_open(struct assay_watch *w, bool mid_stream);

/* One PDU, in the order in which it was seen. number: the caller's count, for findings. Digests are checked by the decoder (pdu->bad_digests). */
void assay_watch_pdu(struct assay_watch *w, int connection, enum assay_dir dir, const struct assay_pdu *pdu,
	uint64_t number);

/* Bytes that were no PDU at all, or a gap in what was seen: what depends on them is no longer judged. It must be said before
 * any PDU that was sent in answer to what is missing (a capture knows the gap from the other side's TCP acknowledgment). */
void assay_watch_gap(struct assay_watch *w, int connection, enum assay_dir dir);

/* Something was said, and it is not known what, on a connection that may be of the same session: if that may have several, what rests on all of its commands is no longer judged. */
void assay_watch_company(struct assay_watch *w, int connection);

/* The next PDU of that connection was seen before the last one of another was, and is given behind it, as something before it was missing: what the other said is not held against it. */
void assay_watch_late(struct assay_watch *w, int connection);

/* The connection ended; by: who closed first (ASSAY_BOTH when not known). */
void assay_watch_close(struct assay_watch *w, int connection, enum assay_role by);

/* The digests in force for the next PDU of that direction, as far as the login was seen: what a framer needs. */
unsigned assay_watch_digests(const struct assay_watch *w, int connection, enum assay_dir dir);

/* What has been negotiated on a connection so far; NULL for a number that is not open. */
const struct assay_params *assay_watch_params(const struct assay_watch *w, int connection);

#endif
