/*
 * watch_private.h - the state of the rule engine and what its files call of each other. Private to proto/.
 *
 * All state is here, bounded, and taken by assay_watch_new. A rule looks at one event (a PDU with its direction), compares it
 * with the state, and says found() when the sender broke it. Two things keep the engine from false alarms:
 * - order is only relied on where any observer between the two sides sees it: a target cannot have known what passes later, an
 *   initiator cannot have known it either, but what the two sides send at the same time may be seen in either order;
 * - what rests on something broken, missed or forgotten is void: the flags for that are next to what they void.
 */
#ifndef ASSAY_PROTO_WATCH_PRIVATE_H
#define ASSAY_PROTO_WATCH_PRIVATE_H

#include "codec/serial.h"
#include "proto/rules.h"

#define WATCH_CONNECTIONS 64
#define WATCH_SESSIONS    (WATCH_CONNECTIONS + 1) /* one a connection, and one for no session yet */
#define WATCH_TASKS       1024
#define WATCH_BUCKETS     1024 /* a power of two */
#define WATCH_R2TS        8 /* outstanding for one task; with more the task is void */
#define WATCH_PINGS       8 /* NOP-Ins that wait for a NOP-Out */
#define WATCH_ACKS        16 /* last Data-Ins that asked for an acknowledgment */
#define WATCH_HEADERS     16 /* last headers of the initiator, to know what a Reject means */
#define WATCH_CHALLENGES  64 /* of CHAP, of all logins */
#define WATCH_CIDS        16 /* of one session */
#define WATCH_VALUE       96 /* bytes of an offered value; of a longer one the answer is not judged */
#define WATCH_PART        2304 /* bytes of a pair that is split over PDUs: CHAP_C in hexadecimal fits */
#define WATCH_NAME        (ASSAY_NAME_MAX + 1)
#define WATCH_WORDS       128

enum watch_rule {
#define X(symbol, id, level, role, effect, section, reqs, desc) RULE_##symbol,
#include "proto/rules.def"
#undef X
	RULE_COUNT
};

/* ---- a task ---- */

enum watch_task_state {
	TASK_FREE,
	TASK_LIVE,
	TASK_DONE, /* its status was sent */
	TASK_REJECTED, /* its request was rejected */
	TASK_ABORTED, /* a task management response ended it */
};

struct watch_r2t {
	uint32_t ttt, offset, length; /* as the R2T says */
	uint32_t bytes; /* received of it */
	uint32_t next_sn; /* DataSN of the next Data-Out */
	uint32_t next_offset; /* with DataPDUInOrder=Yes */
};

struct watch_task {
	uint8_t state; /* enum watch_task_state */
	uint8_t opcode; /* of the request */
	uint8_t session; /* index */
	bool is_void; /* something that it rests on is broken or was missed: nothing of it is judged any more */
	bool immediate, read, write;
	bool counted; /* its CmdSN was the session's next one */
	uint32_t connection; /* number, as assay_watch_open gave it */
	uint32_t itt, cmd_sn;
	uint32_t fingerprint; /* of the request's header, to tell a retry */
	bool status_known;
	uint32_t status_sn; /* of its status */
	uint64_t lun;

	/* NOP-Out */
	uint32_t echo_length, echo_digest;
	/* Task Management Function Request, Logout Request */
	uint8_t function;
	uint16_t cid;
	uint32_t rtt;

	/* SCSI Command */
	uint32_t write_length, read_length; /* expected data transfer lengths, bytes */
	uint32_t data_ins, r2ts; /* PDUs so far */
	uint64_t in_bytes, out_bytes; /* transferred so far, immediate data included */
	uint64_t in_end; /* one past the highest byte of all Data-In */
	bool acked, ack_soon; /* A was set; again before MaxBurstLength bytes were sent */
	uint64_t ack_bytes; /* with the last one */
	bool in_open; /* a Data-In sequence has begun and F has not come */
	uint64_t in_sequence; /* bytes of that sequence */
	uint64_t in_next; /* where its next PDU begins, with DataPDUInOrder=Yes */
	bool unsolicited; /* F=0 in the command: unsolicited Data-Out are still to come */
	uint32_t unsolicited_sn;
	uint64_t unsolicited_bytes; /* immediate data included */
	uint64_t unsolicited_next; /* offset of the next one */
	uint64_t unsolicited_order; /* the count of such commands on the connection */
	uint64_t r2t_next; /* one past the range of the last R2T */
	uint8_t outstanding;
	bool r2t_lost; /* more R2Ts than that: TTTs are not judged */
	struct watch_r2t r2t[WATCH_R2TS]; /* outstanding, oldest first */
};

/* What a task is found by; all of them stay in the processor's cache. */
struct watch_task_key {
	uint32_t itt;
	int16_t next; /* in its bucket, -1 at the end */
	uint8_t session;
};

/* ---- a session ---- */

struct watch_session {
	bool used;
	bool blind; /* not all of its requests are seen */
	bool several; /* has or had several connections: their order is not known */
	bool company; /* there may be a connection of it that is not known, if it may have several */
	bool forgot; /* live tasks had to be forgotten */
	bool reassign; /* TASK REASSIGN or a logout for recovery was seen: allegiance is not judged */
	unsigned references;
	uint64_t isid;
	uint16_t tsih;
	uint16_t cids[WATCH_CIDS];
	unsigned cid_count; /* beyond WATCH_CIDS: not all are known */
	bool cmd_known, cmd_was_known;
	uint32_t cmd_sn; /* of the next non-immediate command */
	bool cmd_other_known; /* the last CmdSN was wrong: cmd_other is the next one if it had been right */
	uint32_t cmd_other;
	bool cmd_top_known; /* the count went back: cmd_top is what the target may have taken for the next one until then */
	uint32_t cmd_top;
	bool window_known;
	uint32_t exp_cmd_sn, max_cmd_sn; /* the highest seen */
	bool hole; /* CmdSN hole_at was not sent, or its command arrived broken */
	uint32_t hole_at;
	bool unsure; /* which numbers are missing, and which were sent beyond: the initiator's doing */
	bool repeated; /* a CmdSN came again, with another command: repeated_at was the last */
	uint32_t repeated_at;
	bool reset; /* the target is to be reset by the command with CmdSN reset_at: what is missing before it counts as received */
	uint32_t reset_at;
	bool refused; /* the command with CmdSN refused_at was rejected */
	uint32_t refused_at;
	bool crowded; /* it may have more connections than MaxConnections */
	bool params_known;
	struct assay_params params; /* of the leading login */
};

/* ---- keys ---- */

enum watch_key_state { KEY_FRESH, KEY_OFFERED, KEY_SETTLED };

struct watch_key {
	uint8_t state; /* enum watch_key_state */
	uint8_t offerer; /* enum assay_role */
	bool optional; /* needs no answer */
	bool misplaced; /* where its sender may not say it */
	bool moot; /* that, or said again: no answer is due, and any may stand */
	uint8_t length; /* of value; UINT8_MAX: it did not fit */
	uint32_t round; /* responses seen when it was offered */
	char value[WATCH_VALUE];
};

/* One side's part of a negotiation. */
struct watch_side {
	uint64_t declared; /* bit a key */
	uint64_t set; /* bit a key: seen in the set of pairs that is being read or was read last */
	bool continuing; /* C=1 in its last PDU */
	bool lost; /* a pair was too long to hold: this set is not judged */
	bool unseen; /* the next text may go on with a set whose start was not seen */
	uint16_t part_length;
	char part[WATCH_PART]; /* the beginning of a pair whose end is in the next PDU */
	uint32_t pairs; /* in the set */
	bool of_other_stage,
		leading; /* a key of the PDU that is read is of another stage, or of a leading login: said once */
};

struct watch_negotiation {
	struct watch_key key[ASSAY_KEY_COUNT];
	struct watch_side side[2]; /* by enum assay_dir of what it sends */
	uint32_t rounds; /* responses so far */
	bool malformed; /* the target's text was: what it meant is not known */
	bool is_void; /* the initiator's text was illegal or unseen: answers are not judged */
};

/* ---- a connection ---- */

enum watch_phase {
	PHASE_START, /* nothing seen */
	PHASE_UNKNOWN, /* its start was not seen, nor which phase it is in */
	PHASE_LOGIN,
	PHASE_FULL,
	PHASE_REFUSED, /* it began with something else than a login: the target must close */
	PHASE_BROKEN, /* the initiator left the protocol: only the format is judged */
	PHASE_REJECTED, /* a Login Response with a status other than 0 was sent */
	PHASE_LOGGED_OUT, /* the Logout Response that ends it was sent */
	PHASE_DEAD, /* reinstated or logged out elsewhere: nothing is judged */
};

/* A challenge as it was sent, by the side that asks; length 0: none, or one that is malformed. */
struct watch_challenge {
	bool id_known;
	uint8_t id;
	uint16_t length;
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX];
};

/* The answer of the other side. */
struct watch_response {
	uint8_t accounts; /* bit an account whose name it says */
	uint16_t length; /* 0: none, or malformed */
	uint8_t bytes[ASSAY_CHAP_CHALLENGE_MAX];
};

enum watch_proof { PROOF_UNKNOWN, PROOF_RIGHT, PROOF_WRONG };

struct watch_login {
	struct assay_pdu request; /* the last one; its views are void */
	struct assay_pdu first; /* the first one */
	struct assay_pdu response; /* the last one with status 0 */
	uint32_t requests, responses;
	uint32_t pending; /* requests without answer */
	uint32_t extra; /* requests that came too early: they may be answered, or not */
	uint8_t stage; /* agreed */
	bool stage_unsure; /* the target moved where it may not: which stage is agreed is open */
	uint8_t version_max, version_active; /* of the first response */
	uint16_t told; /* bit a thing that is the same through a login: that it is not was said */
	bool names_seen; /* the first set of pairs is complete */
	bool tag_due; /* TargetPortalGroupTag is expected in the next set of the target */
	bool refuse_due; /* a login reject 0x020B is, because of PDU refuse_number */
	uint64_t refuse_number;
	uint8_t unoffered_to; /* enum assay_role: whose list was answered with a value not on it, so that it must end the login; 0: nobody's */
	uint8_t unoffered_key;
	bool chap; /* AuthMethod=CHAP was chosen */
	bool offer_due, challenge_due, proof_due, mutual_due;
	bool proved; /* the initiator sent CHAP_R */
	uint64_t challenge; /* hash of the target's CHAP_C */
	int algorithm; /* that the target chose; 0: none */
	struct watch_challenge asked[2]; /* by direction of the challenge */
	struct watch_response proof[2]; /* by direction of the response */
	uint8_t proven; /* enum watch_proof: the initiator's last one */
	bool alone; /* it came without a challenge to the target */
	bool distrusted; /* the target's was wrong */
};

struct watch_text {
	bool open; /* a sequence has begun and F has not come from the target */
	bool waiting; /* a request has no answer yet */
	bool answered; /* a response came that answers no request: it may be meant for that one */
	bool unsure; /* the target's tag, or where the sequence ends, is its mistake: the next request's is not judged */
	bool immediate_told; /* that the I bit changed */
	bool strayed; /* a request of the sequence had the tag stray */
	uint32_t stray;
	bool final, cont, immediate; /* of the last request */
	bool send_targets, send_targets_named; /* named: by a name, not All and not empty */
	uint32_t itt, ttt;
	uint64_t lun; /* of the last response */
	uint32_t declared
		[2]; /* MaxRecvDataSegmentLength, by direction of what it limits, until the sequence ends; 0: none */
};

struct watch_ping {
	uint32_t ttt;
	uint64_t lun;
};

struct watch_ack {
	uint32_t ttt, data_sn;
	uint64_t lun;
};

/* Is a connection still in use? */
struct watch_served {
	bool asked; /* a request went by, with ITT itt */
	uint32_t itt;
	bool is; /* and was answered */
};

/* Why a connection is dead. */
enum watch_over { OVER_UNJUDGED, OVER_REINSTATED, OVER_LOGGED_OUT };

struct watch_connection {
	bool used, closed;
	bool inferred; /* its login was not seen: what it sends tells that it is over */
	bool blind; /* requests were missed: tasks may exist that we do not know */
	bool deaf; /* target PDUs were missed */
	bool broken; /* the initiator broke the login, or the logout: the target's part of it is void */
	bool params_known; /* what was negotiated is certain */
	bool leading;
	bool tag_misused; /* the initiator used ITT 0xffffffff for a task */
	bool stranger_known[2]; /* by direction: a PDU came for a task that there is not, of ITT stranger */
	uint32_t stranger[2];
	bool closing; /* a Logout Request that ends this connection was sent */
	bool snacked; /* a SNACK was sent: StatSN may come again */
	uint8_t digests; /* enum assay_digests in force */
	uint8_t phase; /* enum watch_phase */
	uint8_t over; /* enum watch_over, of PHASE_DEAD */
	struct watch_served served;
	uint8_t session; /* index */
	uint16_t cid;
	bool cid_known;
	uint32_t number;
	uint64_t opened; /* order */
	struct assay_params params;
	uint32_t recv_limit[2]; /* by direction: the highest MaxRecvDataSegmentLength that may hold, bytes */

	bool stat_known;
	uint32_t stat_sn; /* of the next response */
	uint32_t stat_limit; /* the highest that ExpStatSN may be */
	uint8_t stat_opcode; /* of the last response that counted */
	uint8_t stat_peek; /* opcode of a PDU since then that carried the next one; 0 none */
	bool stat_unsure; /* stat_sn may be of a response that came again: later ones may have been sent */
	bool stat_other_known; /* the last StatSN was wrong: stat_other is the next one if it had been right */
	uint32_t stat_other;
	uint8_t stat_header[ASSAY_BHS_LENGTH]; /* of the last response that counted */
	bool stat_broken; /* the target broke the numbering: what is acknowledged is not judged backwards */
	bool exp_stat_known;
	uint32_t exp_stat_sn; /* the initiator's last */
	bool exp_stat_told; /* ExpStatSN was once beyond what was sent: exp_stat_ahead was the last such one */
	uint32_t exp_stat_ahead;

	bool window_known;
	uint32_t exp_cmd_sn, max_cmd_sn; /* last on this connection */
	bool ahead_known; /* ExpCmdSN was once beyond what was sent: ahead was the last such one */
	uint32_t ahead;
	bool cmd_known;
	uint32_t last_cmd_sn; /* of the last non-immediate command here */
	bool after_immediate; /* the last command was immediate with the current CmdSN */
	uint64_t unsolicited_orders,
		unsolicited_done; /* commands with F=0 here; all up to done have sent their data */

	struct watch_login login;
	struct watch_text text;
	struct watch_negotiation keys;
	struct watch_ping ping[WATCH_PINGS]; /* oldest first */
	unsigned pings;
	bool pings_lost; /* more than that: TTTs of NOP-Out are not judged */
	struct watch_ack ack[WATCH_ACKS];
	uint64_t acks; /* asked for */
	uint8_t header[WATCH_HEADERS][ASSAY_BHS_LENGTH];
	uint64_t headers; /* seen */
};

struct assay_watch {
	assay_finding_fn *found;
	void *payload;
	uint64_t opened;
	struct watch_connection connection[WATCH_CONNECTIONS];
	struct watch_session session[WATCH_SESSIONS];
	struct watch_task task[WATCH_TASKS];
	struct watch_task_key key[WATCH_TASKS]; /* of each task */
	int16_t bucket[WATCH_BUCKETS];
	struct {
		enum assay_role role;
		struct assay_chap_account account;
		const char *target; /* NULL: any */
	} account[ASSAY_WATCH_ACCOUNTS];
	unsigned accounts;
	struct watch_said_challenge {
		uint64_t hash, login; /* of its bytes; of the header of the first Login Request */
		uint32_t connection;
	} challenge[WATCH_CHALLENGES]; /* the last ones of targets */
	uint64_t challenges; /* seen */
	bool unordered; /* of different connections the order is not known, nor that all are seen */
	unsigned victim; /* next task to forget when all are in use */
	unsigned tasks_touched; /* tasks from this one on are free and always were */
};

/* What is being judged. */
struct watch_event {
	struct assay_watch *w;
	struct watch_connection *c;
	struct watch_session *s;
	const struct assay_pdu *pdu;
	enum assay_dir dir;
	enum assay_role sender;
	uint64_t number;
	struct watch_task *task; /* that it belongs to, once known */
	bool void_task; /* a rule said that the task is void from here on */
	bool replayed; /* a response that a SNACK asked for again */
	char expected[WATCH_WORDS], got[WATCH_WORDS];
};

/* watch_state.c */
const char *say(char out[WATCH_WORDS], const char *format, ...) __attribute__((format(printf, 2, 3)));
void found(struct watch_event *e, enum watch_rule rule, const char *expected, const char *got);
void found_against(struct watch_event *e, enum assay_role offender, enum watch_rule rule,
	const char *expected, const char *got);
struct watch_session *watch_session_new(struct assay_watch *w);
void watch_session_join(struct assay_watch *w, struct watch_connection *c, struct watch_session *s);
void watch_session_leave(struct assay_watch *w, struct watch_connection *c);
bool watch_session_has_cid(const struct watch_session *s, uint16_t cid);
struct watch_task *watch_task_find(struct assay_watch *w, const struct watch_session *s, uint32_t itt);
struct watch_task *watch_task_new(struct watch_event *e);
bool watch_stranger(struct watch_event *e);
void watch_tasks_void(struct assay_watch *w, uint32_t connection);
unsigned watch_session_index(const struct assay_watch *w, const struct watch_session *s);
void watch_missed(struct assay_watch *w, struct watch_connection *c, enum assay_dir dir);
void watch_company(struct watch_session *s);
bool watch_has_company(const struct watch_event *e);
bool watch_order_known(const struct watch_event *e);

/* Both words of a finding in one breath: FOUND(e, STATSN_STEP, ("StatSN %u", want), ("%u", is)). */
#define SAY_EXPECTED(...)             say(e->expected, __VA_ARGS__)
#define SAY_GOT(...)                  say(e->got, __VA_ARGS__)
#define FOUND(e, rule, expected, got) found(e, RULE_##rule, SAY_EXPECTED expected, SAY_GOT got)
#define FOUND_AGAINST(e, offender, rule, expected, got)                                                      \
	found_against(e, offender, RULE_##rule, SAY_EXPECTED expected, SAY_GOT got)

/* rules_format.c: false when the PDU goes no further */
bool rules_format(struct watch_event *e);

/* rules_numbering.c */
void rules_request_numbers(struct watch_event *e);
void cmd_sn_may_be(struct watch_session *s, uint32_t cmd_sn);
void rules_exp_stat_sn(struct watch_event *e);
void rules_response_numbers(struct watch_event *e);
void rules_acknowledged(struct watch_event *e);
void rules_holes(struct watch_event *e);
void rules_unnumbered(struct watch_event *e);
void rules_discarded(struct watch_event *e);

/* rules_login.c, rules_login_answer.c, rules_auth.c */
void rules_login_request(struct watch_event *e);
void rules_login_response(struct watch_event *e);
void rules_login_unoffered(struct watch_event *e);
void rules_auth_pair(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair);
void rules_auth_request(struct watch_event *e);
void rules_auth_response(struct watch_event *e);
void rules_auth_refusal(struct watch_event *e);
void rules_auth_distrust(struct watch_event *e);

/* rules_keys.c, rules_offer.c */
void rules_keys(struct watch_event *e, unsigned in, bool cont);
void rules_keys_continue(struct watch_event *e, bool peer_continues);
void rules_keys_end(struct watch_event *e, enum watch_rule offer_rule);
void rules_keys_restart(struct watch_negotiation *n);
void rules_offer(struct watch_event *e, enum assay_key_id id, const struct assay_pair *pair, unsigned in);
void rules_offer_taken(struct watch_event *e, enum assay_key_id id, const struct assay_pair *answer);

/* rules_text.c */
void rules_text_request(struct watch_event *e);
void rules_text_response(struct watch_event *e);
void rules_send_targets(struct watch_event *e, const struct assay_pair *pair);

/* Does it ask for something new, so that it may not follow a logout? */
static inline bool rules_is_new_request(const struct assay_pdu *pdu)
{
	return pdu->opcode != ASSAY_DATA_OUT && pdu->opcode != ASSAY_SNACK_REQUEST &&
	       !(pdu->opcode == ASSAY_NOP_OUT && pdu->ttt != ASSAY_TAG_RESERVED);
}

/* rules_task.c: requests, and the task that a target's PDU belongs to */
bool rules_task_begin(struct watch_event *e);
bool rules_task_retried(const struct watch_event *e);
void rules_task_continued(struct watch_event *e);
bool rules_task_answer(struct watch_event *e, uint8_t request, bool completes);
void rules_nop_out(struct watch_event *e);
void rules_task_management(struct watch_event *e);
void rules_logout_request(struct watch_event *e);

/* rules_snack.c */
void rules_snack(struct watch_event *e);
void rules_ack_wanted(struct watch_event *e);

/* rules_session.c */
void rules_connection_added(struct watch_event *e);
void rules_crowded(struct watch_event *e);
void rules_over(struct watch_connection *c, enum watch_over why);
void rules_after_over(struct watch_event *e);

/* rules_command.c */
void rules_command(struct watch_event *e);
void rules_data_out(struct watch_event *e);

/* rules_data.c */
void rules_r2t(struct watch_event *e);
void rules_data_in(struct watch_event *e);

/* rules_response.c */
void rules_scsi_response(struct watch_event *e);
void rules_status(struct watch_event *e);
void rules_sense(struct watch_event *e);

/* rules_answer.c */
void rules_nop_in(struct watch_event *e);
void rules_task_management_response(struct watch_event *e);
void rules_logout_response(struct watch_event *e);
void rules_async(struct watch_event *e);
void rules_reject(struct watch_event *e);

#endif
