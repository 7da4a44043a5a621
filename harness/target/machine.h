/*
 * machine.h - private to this folder: what a session, a connection and a task remember, and what the machine's files ask of each other.
 * Nothing here does I/O or reads a clock. RFC 7143 sections 4.2, 6, 7 and 11, at ErrorRecoveryLevel 0.
 */
#ifndef ASSAY_TARGET_MACHINE_H
#define ASSAY_TARGET_MACHINE_H

#include "codec/framer.h"
#include "codec/serial.h"
#include "proto/chap.h"
#include "target/scsi.h"
#include "target/target.h"

#define ASSAY_TGT_WINDOW          64u /* commands that a session queues: MaxCmdSN - ExpCmdSN + 1 at most */
#define ASSAY_TGT_IMMEDIATE_MAX   16u /* immediate SCSI tasks of a connection; more are rejected */
#define ASSAY_TGT_TMF_MAX         8u /* task management requests of a session that wait */
#define ASSAY_TGT_CONNECTIONS_MAX 4u /* a session */
#define ASSAY_TGT_R2T_MAX         8u /* outstanding R2Ts of a task */
#define ASSAY_TGT_LOGIN_SEGMENT   8192u /* bytes: MaxRecvDataSegmentLength while logging in, section 6.3 */
#define ASSAY_TGT_TEXT_MAX        65536u /* bytes of one text, all its PDUs joined, section 6.1 */
#define ASSAY_TGT_ANSWER_MAX                                                                                 \
	(4u * 65536u) /* bytes of our answer to one: each key may come back as NotUnderstood */
#define ASSAY_TGT_HELD_MAX     (64u << 20) /* bytes of data that the tasks of a session may hold */
#define ASSAY_TGT_ALL_HELD_MAX ((size_t)512 << 20) /* bytes that all sessions together may hold */
#define ASSAY_TGT_OUTPUT_HIGH  (512u << 10) /* bytes waiting to be sent from which on no more are made */
#define ASSAY_TGT_SEGMENTS     64u /* pieces of output that stand apart */
#define ASSAY_TGT_ENDED        64u /* tags of ended tasks whose data may still come */
#define ASSAY_TGT_CLOSE_TIME   (5 * UINT64_C(1000000000)) /* nanoseconds for a peer to take the last bytes */
#define ASSAY_TGT_ABORT_TIME                                                                                 \
	(10 * UINT64_C(1000000000)) /* nanoseconds for the data of tasks that are being aborted */

struct assay_tgt_session;
struct assay_tgt_task;

/* Bytes that grow up to a limit. */
struct assay_tgt_buffer {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
};

/* A portal that is listened on. */
struct assay_tgt_portal {
	char *host;
	uint16_t port;
	uint16_t tpgt;
};

/* One iSCSI target node: what struct assay_target_spec says, copied. */
struct assay_tgt_node {
	struct assay_tgt_node *next;
	unsigned tid;
	char *name;
	uint16_t tpgt; /* 0: reached through every portal */
	char *in_name, *in_secret, *out_name, *out_secret;
	char **acl; /* NULL: everyone; else NULL-terminated */
	char **acl_address; /* the same for addresses */
	bool header_digest_required;
	struct assay_wants wants; /* complete: the defaults where the spec says nothing; owned strings */
	struct assay_scsi_device *device;
};

struct assay_target {
	struct assay_tgt_portal *portals;
	unsigned portal_count;
	struct assay_tgt_node *nodes; /* in the order in which they were added */
	struct assay_tgt_session *sessions;
	struct assay_target_conn *conns;
	unsigned conn_count;
	struct assay_target_conn *dirty; /* connections with new output or a wish to close */
	bool seeded;
	uint64_t seed;
	uint16_t last_tsih;
	uint64_t now; /* the latest time that a caller gave */
	uint64_t login_timeout;
	size_t bytes_held; /* by all sessions */
	unsigned char defects[(ASSAY_DEFECT_COUNT + 7) / 8];
	bool defective; /* has any */
	bool adding; /* PDUs that a defect puts beside another */
	unsigned faults; /* a bit an enum assay_fault */
	bool wedged; /* a fault: nothing that comes is looked at any more */
	struct assay_tgt_leak *leaks; /* a fault: what was never given back */
};

/* The head of a block that a fault keeps. */
struct assay_tgt_leak {
	struct assay_tgt_leak *next;
};

/* --- a login, section 6.3; freed with its end --- */

struct assay_tgt_login {
	/* said by the first Login Request and the same in all of them */
	uint64_t isid;
	uint16_t tsih;
	uint16_t cid;
	uint32_t itt;
	uint32_t cmd_sn;
	uint8_t stage; /* enum assay_stage that we are in */
	unsigned requests; /* after the first */
	bool started;
	bool identified; /* the first text was complete: names and node are known */
	bool chap_selected; /* AuthMethod=CHAP was agreed on */
	bool authenticated;
	struct assay_tgt_node *node; /* NULL: a discovery session without a target name */
	char initiator_name[ASSAY_NAME_MAX + 1];
	char tpgt[8]; /* of the portal, as text */
	struct assay_wants wants;
	struct assay_negotiation negotiation;
	struct assay_chap chap;
	struct assay_tgt_buffer text; /* of the initiator, so far */
	struct assay_tgt_buffer answer; /* ours */
	size_t answered; /* bytes of it that were sent */
};

/* --- a text exchange, section 6.4 --- */

struct assay_tgt_text {
	bool active; /* an exchange is going on: the next request continues it */
	uint32_t itt;
	uint32_t ttt;
	bool negotiating; /* keys beside SendTargets were taken: their results wait for the end */
	struct assay_negotiation negotiation;
	struct assay_tgt_buffer request;
	struct assay_tgt_buffer answer;
	size_t answered;
	unsigned exchanges; /* requests of this sequence */
};

/* --- output: bytes of our own and references to a task's data --- */

struct assay_tgt_segment {
	const uint8_t *bytes; /* NULL: the next length bytes of the buffer */
	size_t length;
	struct assay_tgt_task *task; /* whose data bytes are */
};

struct assay_tgt_output {
	uint8_t *buf;
	size_t start, end, capacity;
	struct assay_tgt_segment segments[ASSAY_TGT_SEGMENTS]; /* a ring */
	unsigned first, count;
	size_t queued; /* bytes, all segments */
};

struct assay_target_conn {
	struct assay_target *target;
	struct assay_target_conn *next, *prev; /* of the target */
	struct assay_target_conn *next_dirty;
	bool dirty;
	void *payload; /* the server's */
	unsigned portal;
	char peer[ASSAY_HOST_MAX + 1]; /* where it came from */
	char local[ASSAY_HOST_MAX + 1]; /* the address that it came in on; empty: the portal's */
	struct assay_tgt_session *session; /* in the full feature phase */
	struct assay_tgt_login *login; /* before it */
	struct assay_tgt_text *text; /* made with the first Text Request */
	uint16_t cid;
	bool closing; /* takes nothing any more; closes when its output is sent */
	bool header_checked; /* the digest of the header at the front was looked at */
	bool busy; /* PDUs are being taken out of the framer */
	bool rejected; /* for a fault: the last PDU with a StatSN of its own was a Reject */
	bool broken; /* out of memory in the middle of something: dropped at the next safe place */
	uint64_t deadline; /* nanoseconds: of the login, or of closing; UINT64_MAX: none */
	unsigned digests; /* enum assay_digests of what we send */
	uint32_t initiator_max_recv;
	uint32_t target_max_recv;
	uint32_t stat_sn; /* of the next status */
	uint32_t exp_stat_sn; /* as the initiator acknowledged it */
	uint32_t ping_ttt; /* of a NOP-In that waits for its NOP-Out; ASSAY_TAG_RESERVED: none */
	unsigned immediate_tasks;
	struct assay_tgt_task *sending,
		*sending_last; /* tasks with data or status to send, by next_sending */
	uint32_t ended[ASSAY_TGT_ENDED]; /* tags of tasks that ended while data was still expected */
	unsigned ended_count;
	struct assay_framer in;
	struct assay_tgt_output out;
};

/* --- a session --- */

/* What the command with a CmdSN above ExpCmdSN left behind, until the gap before it closes. */
struct assay_tgt_held {
	bool used;
	bool plugged; /* considered received: nothing to deliver, section 11.6.1 */
	struct assay_target_conn *conn;
	struct assay_tgt_task *task; /* a SCSI command; its unsolicited data can come already */
	struct assay_pdu pdu; /* any other: views into bytes */
	uint8_t *bytes;
};

/* A task management request that waits for commands, data or acknowledgements. */
struct assay_tgt_tmf {
	bool used;
	bool executed; /* all that is left is the response */
	struct assay_target_conn *conn;
	uint64_t lun;
	uint64_t deadline;
	uint32_t itt;
	uint32_t cmd_sn;
	uint8_t function;
	uint32_t fence
		[ASSAY_TGT_CONNECTIONS_MAX]; /* ExpStatSN that each connection of the session must have reached */
};

struct assay_tgt_session {
	struct assay_tgt_session *next;
	struct assay_target *target;
	struct assay_tgt_node *node; /* NULL: discovery without a target name */
	unsigned portal;
	uint16_t tpgt;
	uint16_t tsih;
	uint64_t isid;
	struct assay_params params;
	struct assay_scsi_nexus *nexus; /* NULL in a discovery session */
	struct assay_target_conn *conns[ASSAY_TGT_CONNECTIONS_MAX]; /* NULL: a free place */
	unsigned uses; /* callers further up the stack that still need the struct */
	bool ended;
	uint32_t exp_cmd_sn;
	const struct assay_pdu
		*delivering; /* the numbered request that is being delivered: a Reject takes its CmdSN back */
	unsigned places; /* of the window that tasks hold: delivered, not answered */
	struct assay_tgt_held held[ASSAY_TGT_WINDOW]; /* by CmdSN modulo the window */
	struct assay_tgt_task *tasks,
		*tasks_last; /* in the order of delivery, those not delivered yet anywhere */
	unsigned fixed_order; /* of them, ordered ones */
	struct assay_tgt_tmf tmfs[ASSAY_TGT_TMF_MAX];
	size_t bytes_held;
	uint32_t last_ttt;
};

/* --- a SCSI task --- */

enum assay_tgt_state {
	ASSAY_TGT_HELD, /* its CmdSN is ahead: not delivered */
	ASSAY_TGT_COLLECT, /* delivered; data out is still to come */
	ASSAY_TGT_READY, /* all data is here; waits for its turn */
	ASSAY_TGT_SENDING, /* executed: data in and status are being sent */
	ASSAY_TGT_DRAINING, /* answered or aborted; queued output still refers to its data */
};

struct assay_tgt_r2t {
	uint32_t ttt;
	uint32_t offset; /* of the next byte that is expected */
	uint32_t end; /* one past the last byte that was asked for */
	uint32_t data_sn;
};

struct assay_tgt_task {
	struct assay_tgt_task *next, *prev;
	struct assay_tgt_task *next_sending;
	struct assay_tgt_session *session;
	struct assay_target_conn *conn; /* its allegiance */
	enum assay_tgt_state state;
	uint32_t itt;
	uint32_t cmd_sn;
	uint64_t lun;
	uint8_t attr;
	bool immediate;
	bool read, write;
	bool has_place; /* of the command window */
	bool aborting; /* a task management function waits for its data: nothing more is asked for or answered */
	bool executed;
	/* the end that it will come to without execution; 0: none */
	uint8_t failed_asc, failed_ascq;
	unsigned references; /* segments of output into its data */
	uint32_t edtl; /* bytes: Expected Data Transfer Length; of the write when it goes both ways */
	uint32_t read_edtl; /* bytes */
	struct assay_scsi_command command;
	uint8_t cdb[260]; /* the longest: 16 bytes, and what fits an extended CDB of our own limit */
	/* data out */
	uint8_t *place; /* where it goes: the medium, or a buffer of ours */
	bool place_owned;
	uint32_t place_size; /* bytes that are wanted */
	uint32_t received; /* bytes from offset 0 on, without a gap */
	bool unsolicited_open; /* unsolicited Data-Out PDUs are still to come */
	uint32_t unsolicited_data_sn;
	struct assay_tgt_r2t r2t[ASSAY_TGT_R2T_MAX];
	unsigned r2t_count; /* outstanding, in the order of their sending */
	uint32_t r2t_sn;
	uint32_t requested; /* bytes: one past the last that was sent unasked or asked for */
	size_t bytes_held; /* counted in the session */
	/* data in */
	uint32_t send_length; /* bytes that go out at all */
	uint32_t sent;
	uint32_t burst; /* bytes of the current sequence */
	uint32_t data_sn;
};

static inline bool assay_tgt_defective(const struct assay_target *target, enum assay_defect defect)
{
	return (target->defects[defect / 8] >> (defect % 8)) & 1;
}

/* target.c */
void assay_tgt_default_wants(
	struct assay_wants *out); /* what a target answers from where its spec says nothing */
struct assay_tgt_node *assay_tgt_node_find(const struct assay_target *t, const char *name, size_t length);
bool assay_tgt_node_admits(
	const struct assay_target_conn *c, const struct assay_tgt_node *node, const char *initiator);
bool assay_tgt_node_has_portal(const struct assay_tgt_node *node, const struct assay_tgt_portal *portal);
void assay_tgt_random(struct assay_target *t, void *out, size_t length);

/* buffer.c */
bool assay_tgt_buffer_add(struct assay_tgt_buffer *b, const void *bytes, size_t length, size_t limit);
void assay_tgt_buffer_clear(struct assay_tgt_buffer *b);

/* conn.c */
void assay_tgt_process(struct assay_target_conn *c);
/* Ends it at once: what waits to be sent is thrown away. Its session may be gone afterwards. */
void assay_tgt_drop(struct assay_target_conn *c);
/* Ends it when its output is sent. */
void assay_tgt_finish(struct assay_target_conn *c);
void assay_tgt_mark_dirty(struct assay_target_conn *c);
/* A buffer for the longest PDU of the full feature phase, target_max_recv. False: out of memory. */
bool assay_tgt_conn_grow(struct assay_target_conn *c);

/* output.c */
enum assay_tgt_numbering {
	ASSAY_TGT_NUMBERED, /* carries StatSN and raises it */
	ASSAY_TGT_SHOWN, /* carries the next StatSN: R2T, NOP-In of our own */
	ASSAY_TGT_UNNUMBERED, /* Data-In without status */
};
/* Fills in the counters and queues the PDU. On failure the connection is dropped. */
void assay_tgt_send(struct assay_target_conn *c, struct assay_pdu *pdu, enum assay_tgt_numbering numbering);
/* The same for a Data-In PDU whose data is the task's: refers to it where that is cheaper than a copy. */
void assay_tgt_send_data(struct assay_target_conn *c, struct assay_pdu *pdu,
	enum assay_tgt_numbering numbering, struct assay_tgt_task *task);
bool assay_tgt_output_full(const struct assay_target_conn *c);
void assay_tgt_output_clear(struct assay_target_conn *c);
/* Copies what is referred to, so that nothing of a task is needed any more. */
void assay_tgt_output_own(struct assay_target_conn *c);

/* spoil_pdu.c: what the defects make of PDUs on their way out. Called only where there is a defect. */
enum assay_tgt_beside { ASSAY_TGT_BEFORE, ASSAY_TGT_AFTER };
/* Sends what comes before or after the PDU. */
void assay_tgt_add_pdus(
	struct assay_target_conn *c, const struct assay_pdu *pdu, enum assay_tgt_beside beside);
/* Changes the PDU, which is numbered. Returns how many bytes too many are to follow it. */
size_t assay_tgt_spoil_pdu(const struct assay_target_conn *c, struct assay_pdu *pdu);
/* Changes the bytes that were made of it. */
void assay_tgt_spoil_bytes(
	const struct assay_target_conn *c, const struct assay_pdu *pdu, uint8_t *bytes, size_t length);

/* fault.c: each does nothing unless its fault was asked for. */
/* A login's text is whole; last: the request that brought the rest of it. */
void assay_tgt_fault_login(const struct assay_target_conn *c, const struct assay_pdu *last);
/* A task management request is about to be answered; there: what it means exists. True: it gets no answer. */
bool assay_tgt_fault_tmf(const struct assay_target_conn *c, bool there);
/* A Text Request's text is whole. */
void assay_tgt_fault_text(const struct assay_target_conn *c);
/* A PDU with a StatSN of its own was numbered. */
void assay_tgt_fault_number(struct assay_target_conn *c, struct assay_pdu *pdu);
/* A login is refused. */
void assay_tgt_fault_refused(const struct assay_target_conn *c);
/* The target is about to be freed. */
void assay_tgt_fault_free(struct assay_target *t);

/* session.c */
struct assay_tgt_session *assay_tgt_session_find(
	const struct assay_target *t, const struct assay_tgt_login *login, unsigned portal, bool by_tsih);
/* Brings a connection that has finished its login into its session: a new one, in place of an old one, or further to it. 0 or a login status, 0x0302. */
unsigned assay_tgt_session_enter(struct assay_target_conn *c);
void assay_tgt_session_leave(struct assay_target_conn *c);
/* All its connections are dropped but for one (NULL: none), which only leaves. */
void assay_tgt_session_end(struct assay_tgt_session *s, struct assay_target_conn *but);
void assay_tgt_session_release(struct assay_tgt_session *s); /* undoes a use */
/* Counts bytes that are kept for a session; false: too many. */
bool assay_tgt_session_hold(struct assay_tgt_session *s, size_t bytes);
void assay_tgt_session_unhold(struct assay_tgt_session *s, size_t bytes);
struct assay_target_conn *assay_tgt_session_conn(const struct assay_tgt_session *s, uint16_t cid);
bool assay_tgt_session_full(
	const struct assay_tgt_session *s); /* has as many connections as were negotiated */
uint32_t assay_tgt_max_cmd_sn(const struct assay_tgt_session *s);
uint32_t assay_tgt_new_ttt(struct assay_tgt_session *s);

/* login.c, login_text.c, security.c */
void assay_tgt_login_pdu(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_login_reject(struct assay_target_conn *c, unsigned status);
void assay_tgt_login_free(struct assay_tgt_login *l);
/* Takes a whole text and makes the answer. 0 or a login status. */
unsigned assay_tgt_login_text(struct assay_target_conn *c, struct assay_text *answer, bool transit);
/* The keys of AuthMethod and CHAP in the text; keys of CHAP count only when the method was chosen before. 0 or a login status. */
unsigned assay_tgt_security_text(struct assay_target_conn *c, struct assay_text *answer, bool transit);
void assay_tgt_security_prepare(struct assay_target_conn *c);

/* spoil.c: what the defects of the negotiation do to texts */
/* Changes what the login's text says before it is read, or refuses it: 0 or a login status. May add to the answer. */
unsigned assay_tgt_spoil_request(struct assay_target_conn *c, struct assay_text *answer);
/* Takes the pairs of a text without looking whether they were said before (again) or belong elsewhere (anywhere). */
int assay_tgt_take_loosely(struct assay_negotiation *n, struct assay_text *reply,
	const struct assay_tgt_buffer *text, enum assay_phase phase, bool again, bool anywhere);
/* Adds to out the answers that were made to a request, changed or left out as the defects have it, and keys that nobody asked for: 0 or ASSAY_E_LIMIT. */
int assay_tgt_spoil_answer(const struct assay_target_conn *c, struct assay_text *out,
	const struct assay_text *made, const struct assay_tgt_buffer *request);
/* What a step of CHAP came to (assay_chap_take), as the defects see it. May add to the answer. */
int assay_tgt_spoil_chap(struct assay_target_conn *c, struct assay_text *answer, int result);

/* command.c */
void assay_tgt_command(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_acknowledge(struct assay_target_conn *c, uint32_t exp_stat_sn);
/* Considers a CmdSN received. False when it is outside the window. */
bool assay_tgt_plug(struct assay_tgt_session *s, uint32_t cmd_sn);
/* Delivers what the window holds and is in order now. */
void assay_tgt_deliver_held(struct assay_tgt_session *s);
/* Forgets what a connection left in the window. */
void assay_tgt_forget_held(struct assay_tgt_session *s, const struct assay_target_conn *c);

/* task.c */
struct assay_tgt_task *assay_tgt_task_new(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_task_deliver(struct assay_tgt_task *task, const struct assay_pdu *pdu);
/* Is there a task that waits for data of the initiator? */
bool assay_tgt_waits_for_data(const struct assay_tgt_session *s);
struct assay_tgt_task *assay_tgt_task_find(const struct assay_tgt_session *s, uint32_t itt);
void assay_tgt_task_collected(struct assay_tgt_task *task);
void assay_tgt_run_ready(struct assay_tgt_session *s);
/* Ends it without an answer; data that still comes for it is passed over. */
void assay_tgt_task_abort(struct assay_tgt_task *task);
void assay_tgt_task_end(struct assay_tgt_task *task);
void assay_tgt_task_unreference(struct assay_tgt_task *task);
bool assay_tgt_task_holds(struct assay_tgt_task *task, size_t bytes); /* false: too much for the session */

/* data_out.c */
void assay_tgt_immediate_data(struct assay_tgt_task *task, const struct assay_pdu *pdu);
void assay_tgt_data_out(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_solicit(struct assay_tgt_task *task);
void assay_tgt_remember_ended(struct assay_target_conn *c, uint32_t itt);

/* data_in.c */
void assay_tgt_answer(struct assay_tgt_task *task);
void assay_tgt_pump(struct assay_target_conn *c);
void assay_tgt_sense(struct assay_scsi_command *command, uint8_t key, uint8_t asc, uint8_t ascq);

/* the other requests */
void assay_tgt_nop_out(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_ping(struct assay_target_conn *c);
void assay_tgt_show_window(struct assay_tgt_session *s);
void assay_tgt_text(struct assay_target_conn *c, const struct assay_pdu *pdu);
void assay_tgt_text_free(struct assay_tgt_text *text);
/* Appends the records that SendTargets asks for. 0, or a Reject reason. */
unsigned assay_tgt_send_targets(
	struct assay_target_conn *c, struct assay_tgt_buffer *out, const struct assay_pair *pair);
void assay_tgt_logout(struct assay_target_conn *c, const struct assay_pdu *pdu);
/* Connection Drop Notification for a connection, sent on another one of its session if there is one. */
void assay_tgt_tell_of_drop(struct assay_target_conn *c);
void assay_tgt_tmf(struct assay_target_conn *c, const struct assay_pdu *pdu);
/* PREEMPT AND ABORT: ends the tasks of that nexus on that unit. For assay_scsi_on_abort; payload: the target. */
void assay_tgt_abort_victim(void *payload, struct assay_scsi_nexus *victim, uint64_t lun);
/* Something that a task management function may wait for has happened. */
void assay_tgt_tmf_progress(struct assay_tgt_session *s);
void assay_tgt_tmf_forget(struct assay_tgt_session *s, const struct assay_target_conn *c);

/* reject.c */
enum assay_tgt_reject {
	ASSAY_TGT_DATA_DIGEST_ERROR = 0x02,
	ASSAY_TGT_PROTOCOL_ERROR = 0x04,
	ASSAY_TGT_NOT_SUPPORTED = 0x05,
	ASSAY_TGT_TOO_MANY_IMMEDIATE = 0x06,
	ASSAY_TGT_TASK_IN_PROGRESS = 0x07,
	ASSAY_TGT_INVALID_FIELD = 0x09,
	ASSAY_TGT_LONG_OPERATION = 0x0a,
};
void assay_tgt_reject(struct assay_target_conn *c, const struct assay_pdu *pdu, enum assay_tgt_reject reason);
/* Section 7.7: every connection of the session ends at once. */
void assay_tgt_format_error(struct assay_target_conn *c);

#endif
