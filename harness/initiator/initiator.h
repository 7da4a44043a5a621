/*
 * initiator.h - the test initiator: right by default, and every field can be overridden before it is sent. One struct
 * assay_initiator is one connection; connections of one session share a struct assay_session. Calls block until the answer or the
 * deadline (config.timeout, in the stream's time). RFC 7143 sections 4 to 7 and 11 as an initiator must keep them.
 *
 * Every call returns 0 (or a count), or a negative enum assay_err with words in i->error: above ASSAY_E_FATAL the target's doing.
 */
#ifndef ASSAY_INITIATOR_INITIATOR_H
#define ASSAY_INITIATOR_INITIATOR_H

#include "codec/framer.h"
#include "codec/text.h"
#include "proto/chap.h"
#include "proto/negotiation.h"
#include "transport/stream.h"
#include "transport/tap.h"

#define ASSAY_TEXT_MAX 65536 /* bytes of one negotiation or SendTargets answer that we hold */
#define ASSAY_STAY     4 /* instead of a next stage: T=0, stay in the current one */

/* How to reach and who to be. Strings and pointers are the caller's and outlive every connection made from it. */
struct assay_initiator_config {
	struct assay_dialer *dialer;
	const char *host; /* as the user named it */
	uint16_t port;
	const char *source; /* numeric address of ours that connections come from; NULL: any */
	struct assay_tap *tap; /* may be NULL */
	const char *initiator_name;
	const char *target_name; /* NULL: none is sent (discovery) */
	bool discovery; /* SessionType=Discovery */
	struct assay_chap_account account; /* CHAP: what we prove; name NULL: AuthMethod=None only */
	struct assay_chap_account target_account; /* what the target must prove: mutual CHAP */
	const char *chap_algorithms; /* "7,5"; NULL: "5" */
	struct assay_wants wants; /* operational keys offered by assay_login; NULL values are not offered */
	uint64_t isid; /* 48 bits */
	uint64_t timeout; /* nanoseconds for one answer */
	uint64_t seed; /* for CHAP challenges: a test is repeatable */
};

/* What the connections of a session share. */
struct assay_session {
	uint64_t isid;
	uint16_t tsih; /* 0 until the leading login ends */
	uint32_t cmd_sn; /* of the next non-immediate command */
	uint32_t exp_cmd_sn; /* as last heard, serial arithmetic */
	uint32_t max_cmd_sn;
	uint32_t next_itt;
	struct assay_params params; /* session-wide results */
	unsigned connections; /* that refer to it; the last one frees it */
	bool heard; /* private: exp_cmd_sn and max_cmd_sn are the target's */
	struct assay_sent_command {
		uint32_t itt, cmd_sn;
	} recent[64]; /* private: non-immediate SCSI Commands last sent, for RefCmdSN */
	unsigned recent_next; /* private */
};

/* The login in progress. A test changes request before assay_login_send. */
struct assay_login_state {
	/* The next Login Request; fields as they will be sent, but T and NSG, which assay_login_send is told. With data set, that
	 * is sent instead of keys; with cont set, C=1 whatever else. The first one's CID, ISID and CmdSN are taken over for what follows. */
	struct assay_pdu request;
	struct assay_text keys; /* the text that goes with it */
	struct assay_pdu
		response; /* the last Login Response; its data is in answer. A Reject that came instead is here too */
	char answer[ASSAY_TEXT_MAX]; /* the whole text of the last response, C-bit parts joined */
	size_t answer_length;
	char said[ASSAY_TEXT_MAX]; /* private: storage of keys */
	char replies[4096]; /* private: what will be added to the next request */
	size_t replies_length; /* private */
	unsigned rounds; /* requests sent */
	bool automatic; /* private: an answer that is not in order ends the login */
};

struct assay_initiator {
	const struct assay_initiator_config *config;
	struct assay_session *session;
	struct assay_stream *stream; /* NULL when closed */
	struct assay_negotiation
		negotiation; /* operational keys; negotiation.params is what is in force on this connection */
	struct assay_chap chap;
	struct assay_login_state login;
	uint16_t cid;
	uint32_t exp_stat_sn; /* of the next status; StatSN of the last one plus 1 */
	bool full_feature;
	unsigned send_digests, recv_digests; /* enum assay_digests in force; a test may change them */
	uint64_t last_sent; /* tap number of the last PDU that we sent, for messages */
	uint64_t last_received;
	struct assay_framer framer;
	uint32_t connection; /* the tap's number */
	struct assay_pdu
		async; /* the last Async Message: opcode is ASSAY_ASYNC_MESSAGE when one came, else 0. Header only */
	struct assay_error error; /* words for the last failure */
	uint8_t *send_buffer; /* private */
	size_t send_capacity;
	uint8_t *pieces; /* private: bytes sent that are not a whole PDU yet */
	size_t pieces_length, pieces_capacity;
	bool cannot_cut; /* private: what we send can no longer be cut into PDUs */
	bool heard; /* private: exp_stat_sn is the target's */
	bool finished; /* private: we have closed our side */
	bool ended; /* private: the tap has the end of the connection */
};

/* --- connections --- */

/* Connects, sends nothing. *out is freed by assay_initiator_free. */
int assay_initiator_open(
	struct assay_initiator **out, const struct assay_initiator_config *config, struct assay_error *err);
/* Another connection of an existing session: its login will carry the session's TSIH and the given CID. */
int assay_initiator_open_in(struct assay_initiator **out, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid, struct assay_error *err);
/* Connects *i anew, with its memory: all that it was is forgotten, its config too. session NULL: a new one (again in the memory of the old, where no other
 * connection refers to it). With *i NULL it opens one. 0, or an error, after which *i is there but closed, and may be NULL. */
int assay_initiator_again(struct assay_initiator **i, const struct assay_initiator_config *config,
	struct assay_session *session, uint16_t cid, struct assay_error *err);
/* Closes the connection (no logout) and frees; NULL is fine. */
void assay_initiator_free(struct assay_initiator *i);
void assay_initiator_reset(struct assay_initiator *i); /* RST */
void assay_initiator_close(struct assay_initiator *i); /* FIN both ways; the struct stays */
/* FIN from us: nothing can be sent any more, and what the target still says can be received. The tap has the connection's end, by us, once the target has closed, too, or all is closed. */
int assay_initiator_finish(struct assay_initiator *i);

/* --- PDUs --- */

/* A request of that opcode, right by default: a fresh ITT, CmdSN, ExpStatSN, reserved tags, F. CmdSN is counted when it is sent.
 * Task management and logout are immediate, the others are not. */
void assay_make(struct assay_initiator *i, struct assay_pdu *out, enum assay_opcode opcode);
/* Sends as it stands, digests as in force; never waits for the command window. A non-immediate command that carries
 * session->cmd_sn moves it on. */
int assay_send(struct assay_initiator *i, const struct assay_pdu *pdu);
/* Sends bytes that need be no PDU. A whole PDU among them, also one that is sent in pieces, is judged and counted as one. */
int assay_send_bytes(struct assay_initiator *i, const void *bytes, size_t length);
/* The next PDU, whatever it is; a view valid until the next receive. Moves ExpStatSN and the command window. ASSAY_E_DIGEST
 * for one with a wrong digest: *out is set, nothing is moved. */
int assay_recv_any(struct assay_initiator *i, struct assay_pdu *out);
/* The next PDU but for NOP-Ins that answer nothing (a ping gets its NOP-Out) and Async Messages (kept in i->async). */
int assay_recv(struct assay_initiator *i, struct assay_pdu *out);
/* Receives until an answer with that ITT or a Reject comes. A Reject: ASSAY_E_REJECT with *out set; anything else in between: ASSAY_E_PROTOCOL. */
int assay_await(struct assay_initiator *i, struct assay_pdu *out, uint32_t itt);
/* Waits until a non-immediate command may be sent. 0 at once when it may; ASSAY_E_TIMEOUT; ASSAY_E_PROTOCOL when something else came. The calls
 * below that send a command wait themselves; the steps of a task do not. */
int assay_await_window(struct assay_initiator *i);
/* Waits for the target to close. 0 when it did (FIN or RST) and sent nothing first; ASSAY_E_TIMEOUT when it is still there; 1 when a PDU came (*out,
 * also one with a wrong digest); ASSAY_E_PROTOCOL when it closed in the middle of one. */
int assay_await_close(struct assay_initiator *i, struct assay_pdu *out);

/* --- numbers, section 4.2.2 --- */

/* What the calls above heed of each PDU, also for who follows a session that is not ours: CmdSN moves on behind a command that took it; an answer moves ExpStatSN (of its
 * connection; *heard: there was one), the command window, and CmdSN back where a command was rejected. */
void assay_numbers_sent(struct assay_session *s, const struct assay_pdu *pdu);
void assay_numbers_heard(
	struct assay_session *s, uint32_t *exp_stat_sn, bool *heard, const struct assay_pdu *pdu);

/* --- login, section 6.3 --- */

/* The whole login as config says, into the full feature phase. ASSAY_E_LOGIN: i->login.response has the status. */
int assay_login(struct assay_initiator *i);
/* Begins one by hand: a first Login Request in csg with the identity keys (InitiatorName, SessionType, TargetName). */
void assay_login_begin(struct assay_initiator *i, enum assay_stage csg);
/* Adds key=value to the next request and remembers it as an offer. Text that does not fit in 64 KiB makes the next send fail with ASSAY_E_LIMIT. */
void assay_login_key(struct assay_initiator *i, const char *key, const char *value);
/* Adds bytes as they are to the text of the next request. */
void assay_login_raw(struct assay_initiator *i, const void *text, size_t length);
/* Sends the request with T=1 to stage nsg (or ASSAY_STAY: T=0), with C bits where the text is long, and receives the whole answer.
 * 0 for status 0, also when the target stays in the stage (login.response.transit says); ASSAY_E_LOGIN for another; ASSAY_E_REJECT; ASSAY_E_CLOSED,
 * ASSAY_E_TIMEOUT … Begins the next request, to which the answers to what the target offered of its own accord will be added, but for keys that the test says itself. Digests, TSIH and numbers take effect when the full feature phase is reached. */
int assay_login_send(struct assay_initiator *i, int nsg);
/* The two halves of assay_login_send, for tests that look between them. */
int assay_login_request(struct assay_initiator *i, int nsg);
int assay_login_response(struct assay_initiator *i);
/* The value that the last answer gives to a key, as a pair; returns 1 or 0. */
int assay_login_answer(struct assay_initiator *i, struct assay_pair *out, const char *key);
/* The security stage of a login that began by hand: CHAP or None as config says, until the target goes on to nsg. ASSAY_E_AUTH when
 * the target had to prove itself and did not. */
int assay_login_security(struct assay_initiator *i, int nsg);

/* --- logout, NOP, text, task management --- */

/* reason: 0 close session, 1 close connection (i's own CID), 2 remove connection for recovery. *response may be NULL. */
int assay_logout(struct assay_initiator *i, uint8_t reason, struct assay_pdu *response);
/* A ping: NOP-Out with data that must come back. *out may be NULL. */
int assay_nop(struct assay_initiator *i, const void *data, size_t length, struct assay_pdu *out);
/* The barrier: shows that the target has dealt with all that came before and stayed silent but for this one answer. 0, or ASSAY_E_PROTOCOL naming what else came. */
int assay_barrier(struct assay_initiator *i);
/* A text exchange until F=1, parts joined: *out is valid until the next exchange on this connection (kept in i->login.answer). Returns the bytes. */
long assay_text(struct assay_initiator *i, const char **out, const void *text, size_t length);
/* SendTargets=value. Returns the bytes of the answer's text as assay_text does. */
long assay_send_targets(struct assay_initiator *i, const char **out, const char *value);
/* *response (may be NULL) is the whole answer. Returns 0 when a Task Management Response came, whatever it says. What comes for
 * SCSI tasks meanwhile is passed over. RefCmdSN of ABORT TASK is that of the task, if it is among the last 64 sent. */
int assay_task_management(
	struct assay_initiator *i, uint8_t function, uint64_t lun, uint32_t rtt, struct assay_pdu *response);

/* --- SCSI tasks, sections 11.3, 11.7, 11.8 --- */

struct assay_task {
	/* what to send */
	uint8_t cdb[260];
	size_t cdb_length; /* over 16: an extended CDB AHS */
	uint64_t lun;
	const void *data_out; /* bytes to write; W=1 when write_length > 0 */
	uint32_t write_length;
	void *data_in; /* where to put what is read; R=1 when read_length > 0 */
	uint32_t read_length;
	uint8_t attr; /* enum assay_attr, SIMPLE by default */
	bool immediate; /* I bit */
	int64_t edtl; /* Expected Data Transfer Length to say; -1: the true one */
	int64_t immediate_data; /* bytes of immediate data; -1: as much as negotiated allows */
	int64_t unsolicited; /* bytes of unsolicited Data-Out; -1: as much as negotiated allows */
	/* what came */
	uint32_t itt;
	uint8_t response; /* iSCSI response */
	uint8_t status; /* SCSI status */
	bool overflow, underflow;
	uint32_t residual_count; /* bytes */
	uint32_t data_in_length; /* bytes received into data_in (highest offset written) */
	uint32_t data_in_pdus, r2ts; /* counted */
	uint32_t exp_data_sn; /* of the response; 0 when status came in Data-In */
	bool status_in_data; /* S bit */
	uint8_t sense[252];
	size_t sense_length; /* bytes, 0 for none */
	uint8_t sense_key, asc, ascq; /* decoded, fixed and descriptor format; 0 without sense */
	bool done;
};

/* A task with that CDB and the defaults above. */
void assay_task_init(struct assay_task *task, uint64_t lun, const void *cdb, size_t cdb_length);
/* Sends the command (with immediate and unsolicited data), answers R2Ts, receives data and the response. 0 when a response came, whatever its status. */
int assay_task_run(struct assay_initiator *i, struct assay_task *task);
/* The steps of it: several tasks can be in flight. */
int assay_task_start(struct assay_initiator *i, struct assay_task *task);
/* Takes one received PDU for a task: 1 when the PDU is the task's (task->done says if it was the last), 0 when not, or an error. Answers R2Ts. */
int assay_task_take(struct assay_initiator *i, struct assay_task *task, const struct assay_pdu *pdu);
/* Runs all that are not done to their end. ASSAY_E_REJECT for a Reject, ASSAY_E_PROTOCOL for what belongs to none of them, but for the
 * answer to an earlier ping, which is passed over. */
int assay_tasks_finish(struct assay_initiator *i, struct assay_task *tasks, size_t count);
/* Sends data for one R2T (or a piece of it) as Data-Out PDUs, F on the last, none longer than the target takes. ttt
 * ASSAY_TAG_RESERVED: unsolicited. ASSAY_E_INVAL beyond the task's data. */
int assay_data_out(struct assay_initiator *i, const struct assay_task *task, uint32_t ttt, uint32_t offset,
	uint32_t length);

#endif
