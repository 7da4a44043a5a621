/* drive.h - what the parts of the driver of the initiator's side share: as_initiator.c (the walk, connections), drive_send.c (requests), drive_take.c (what comes), drive_data.c (write data, read data), drive_r2t.c (R2Ts),
 * drive_tell.c (differences), drive_events.c (Asynchronous Messages), drive_order.c (order and silence), drive_part.c (what is no whole PDU), drive_text.c (texts). Private to them. */
#ifndef ASSAY_REPLAY_DRIVE_H
#define ASSAY_REPLAY_DRIVE_H

#include "replay/as_initiator.h"
#include "replay/rewrite.h"
#include "replay/tags.h"

#define DRIVE_SLICE    (100 * ASSAY_MILLISECOND) /* between looks at the other connections and at a signal */
#define DRIVE_LONGEST  20 /* times the time for an answer: the most that is waited for one that keeps coming */
#define DRIVE_OPEN     64 /* connections at a time */
#define DRIVE_ASKED    64 /* R2Ts that a request waits for */
#define DRIVE_READ     (16u << 20) /* bytes of read data of one task that are kept */
#define DRIVE_READ_ALL (256u << 20) /* of all tasks in flight */

enum drive_state {
	DRIVE_UNSENT, /* not yet, or it could not go out */
	DRIVE_SENT,
	DRIVE_ANSWERED,
	DRIVE_LEFT_OUT, /* there was no leave */
	DRIVE_GIVEN_UP, /* nothing came */
};

/* A task of the script, live. */
struct drive_task {
	uint8_t state; /* enum drive_state */
	bool made; /* an R2T was served with data made for it */
	bool dubious; /* its answer rests on something that was not sent */
	bool solicited; /* its unsolicited data does not go out: the live target asks for it */
	bool read_lost; /* not all read data could be kept */
	uint8_t bad; /* enum assay_digests: of what came for it, those that were wrong */
	uint32_t r2ts; /* that came */
	uint32_t more; /* Data-Outs more than captured in the present sequence */
	uint32_t more_text; /* parts of its answer that were asked for beyond the captured ones */
	uint32_t
		before; /* task: with the same tag, and not answered when this one was sent; ASSAY_SCRIPT_NONE */
	uint8_t header[ASSAY_BHS_LENGTH]; /* as it went out */
	uint8_t *read; /* NULL until some came */
	uint32_t read_room, read_end; /* bytes */
};

/* A captured R2T that a live one asks the same as, or a captured Data-In with A=1 and the live one in its place. */
struct drive_bound {
	bool bound, passed; /* passed: it will not come any more */
	bool served; /* all of its data went out */
	struct assay_rewrite_tag tag; /* the live one's */
	uint32_t data_sn; /* of a Data-In */
};

/* A claim that failed in the capture. */
struct drive_claim {
	uint32_t first, point; /* items: what it rests on, at least; the last one before it failed */
	uint8_t outcome; /* enum assay_replay_outcome, once told */
	bool told;
};

/* A difference that is not told yet, for it lies before a claim that may explain it. */
struct drive_held {
	uint32_t item;
	struct assay_replay_place place; /* its live PDUs are request and bytes */
	struct assay_replay_differences differences;
	struct assay_pdu request, live;
	uint8_t *bytes; /* live */
};
#define DRIVE_HELD  64 /* at a time; more are told at once */
#define DRIVE_KINDS 64 /* of what is no longer as a claim has it; more are not known */

/* What of which PDU. */
struct drive_kind {
	uint8_t opcode;
	char what[sizeof(((struct assay_replay_difference *)NULL)->what)];
};

/* A connection of the script, live. */
struct drive_link {
	struct assay_initiator *i; /* NULL: not open yet, or freed */
	int watched; /* number of the captured connection in the driver's watch; negative: none */
	uint32_t number; /* of the live connection in the tap, once begun */
	bool begun;
	uint64_t received; /* PDUs */
	bool open; /* we may send and receive */
	bool over; /* its end was played */
	bool gone_told; /* that the target went away is told */
	bool reset; /* it did so by a reset */
	bool gap; /* the capture lacks something of it */
	bool captured_heard;
	/* the highest ExpStatSN that was sent: captured, live */
	bool acknowledged;
	uint32_t captured_acknowledged, live_acknowledged;
	/* the login */
	bool full, captured_full; /* in the full feature phase */
	uint8_t stage; /* that the live target is in */
	uint32_t login_itt, responses; /* the tag of its requests; live Login Responses */
	uint32_t captured_exp_stat_sn;
	uint32_t next; /* link of the same session that was opened before; ASSAY_SCRIPT_NONE */
	const struct assay_replay_account *account; /* for its login; NULL: none */
	bool account_named; /* it is for that target, or for a login without a target's name */
	/* pings of the target */
	bool ping; /* a live one waits for its answer */
	struct assay_rewrite_tag ping_tag, captured_ping_tag;
	uint32_t pings_due; /* captured ones whose captured answer is still ahead */
	/* a text that continues */
	bool text_tagged;
	struct assay_rewrite_tag text_tag, captured_text_tag;
	uint32_t event; /* item: the first captured Async Message that none came for; ASSAY_SCRIPT_NONE */
	/* what is no whole PDU */
	uint8_t *part; /* all of it, as it goes out; NULL: none did */
	size_t part_sent; /* bytes of it */
	uint32_t part_task; /* ASSAY_SCRIPT_NONE */
	uint64_t part_time; /* of the capture */
	bool fin; /* we have closed, and listen */
	uint32_t rejects, captured_rejects; /* of what is no request */
	uint32_t rejects_due; /* captured ones of those that went out */
	uint32_t strays, captured_strays; /* answers to nothing that was asked */
	uint32_t acks, captured_acks; /* Data-Ins that asked for a DataACK */
	uint32_t unasked, captured_unasked; /* those whose tag no request had; never lowered */
	struct assay_replay_chap chap, captured_chap;
	char *text[2]; /* captured, live: the parts before the last one, while C=1 */
	size_t text_length[2];
	/* the last part of a live text that is over sooner than the captured one, and the task that it answers */
	uint8_t *ahead_wire; /* NULL: there is none */
	struct assay_pdu ahead;
	uint32_t ahead_task;
};

struct drive_session {
	struct assay_session *captured; /* NULL: not begun */
	struct assay_session *live; /* of its connections; valid while left > 0 */
	uint64_t isid;
	bool begun; /* isid is set */
	bool excused; /* it goes another way than a failed claim: nothing that differs from here on counts */
	bool numbered; /* the first CmdSN of the capture is known */
	uint32_t left; /* connections that are not over */
	uint32_t link; /* the one opened last; ASSAY_SCRIPT_NONE */
};

struct drive {
	const struct assay_script *s;
	struct assay_replay_options *o;
	struct assay_replayed *out;
	struct drive_task *tasks;
	struct drive_bound *bound; /* of each item */
	struct drive_link *links;
	struct drive_session *sessions;
	struct assay_tags tags; /* of what was sent */
	struct assay_replay_blocks *blocks;
	struct assay_watch *watch; /* follows the capture, for what was negotiated there */
	struct drive_claim claims[ASSAY_SCRIPT_CLAIMS];
	struct drive_held *held[DRIVE_HELD];
	size_t held_count;
	bool claim_awaited; /* what comes in is ahead of the capture */
	struct drive_kind kinds[DRIVE_KINDS];
	size_t kind_count;
	uint32_t *due; /* tasks whose answers came before what comes next */
	uint32_t due_count;
	uint32_t open[DRIVE_OPEN]; /* links; the rules follow no more */
	uint32_t open_count;
	uint32_t progress; /* task whose PDU came last */
	struct assay_replay_challenge challenge, captured_challenge; /* the last ones of the target */
	uint32_t asked[DRIVE_ASKED]; /* captured R2Ts that came before what comes next */
	uint32_t asked_count;
	bool asks_late; /* one was waited for in vain: the live target asks in an order of its own, and no other is */
	uint32_t other_r2ts; /* live ones that ask for other pieces than captured ones */
	uint32_t at; /* the walk: the first item that has not gone out */
	uint64_t read_bytes;
	bool lun_mapped;
	uint64_t captured_lun;
	char captured_target[256];
	uint32_t last_sent; /* task; ASSAY_SCRIPT_NONE */
	uint32_t turn; /* of tags: see assay_tag_turn */
	uint64_t patience;
	uint64_t began, first_time; /* live, and of the capture */
	uint8_t *buffer; /* for one PDU */
	size_t buffer_size;
	int fault; /* of ours: ends it */
};

/* ---- as_initiator.c ---- */

static inline bool drive_stopped(const struct drive *d)
{
	return d->fault || (d->o->stop && *d->o->stop);
}
uint64_t drive_now(const struct drive *d);
/* The time for every call of the initiator's until it is set again. */
void drive_timeout(struct drive *d, uint64_t nanoseconds);
/* A link is not open any more. */
void drive_shut(struct drive *d, uint32_t link);
/* A buffer of at least that size; NULL, with the fault noted. */
uint8_t *drive_buffer(struct drive *d, size_t size);

/* ---- drive_take.c ---- */

/* Takes one PDU in, if one comes within timeout: 1; 0 when not; -1: the connection is gone. */
int drive_take(struct drive *d, uint32_t link, uint64_t timeout);
/* All that has arrived, on every connection. */
void drive_take_all(struct drive *d);
/* Waits for the answer of a task. False: it did not come, which is told. */
bool drive_await(struct drive *d, uint32_t task);
/* Waits for the answers to our pings that are due, which wait for no task (section 11.18.1): what came before data in the capture comes before it live. */
void drive_await_pings(struct drive *d);
/* Waits for all that is due. */
void drive_await_due(struct drive *d);
/* Waits until as many answers to nothing, and Rejects of what is no request (a SNACK, a Data-Out), have come on a connection as in the capture so far: they may be what a target makes of a request.
 * item: what is next. */
void drive_await_strays(struct drive *d, uint32_t link, uint32_t item);
/* A DataACK waits for the Data-In that asked for it; a live target that does not ask is no difference. */
void drive_await_acks(struct drive *d, uint32_t link, uint32_t item);
/* Waits until done says so: true; false when nothing comes any more, or not in time. task: whose PDUs are progress. */
typedef bool drive_done_fn(struct drive *d, const void *what);
bool drive_wait(struct drive *d, uint32_t link, uint32_t task, drive_done_fn *done, const void *what);
/* A captured PDU is told to the watch of the capture. */
void drive_watch(struct drive *d, uint32_t item);
/* A captured answer was walked over. */
void drive_captured(struct drive *d, uint32_t item);

/* ---- drive_send.c ---- */

/* The tag of a request, of the capture as of the live session. */
uint64_t drive_tag(const struct drive *d, uint32_t item);

/* It does not go out: the captured numbers move on, the live ones close the gap, and its task has that state, DRIVE_UNSENT or DRIVE_LEFT_OUT. */
void drive_skip(struct drive *d, uint32_t item, enum drive_state state);

/* A captured PDU of the initiator's. */
void drive_send(struct drive *d, uint32_t item);
/* What is the same for all: numbers, LUN. */
struct assay_rewrite drive_rewrite(const struct drive *d, uint32_t item);
/* Writes it anew and sends it. False: it did not go out. */
bool drive_send_rewritten(struct drive *d, uint32_t item, const struct assay_rewrite *r);
/* Has the capture come to the full feature phase, and the live login has not? Then the rest of it is ours. */
void drive_finish_login(struct drive *d, uint32_t link);
void drive_pong(struct drive *d, uint32_t link, const struct assay_rewrite_tag *tag);

/* The task of a request that goes out has its tag from now on. */
void drive_set_tag(struct drive *d, uint32_t item);
/* Where a session's numbers begin: at its first login, or, where that is not in the capture, at its first command. True: that is this one, and the live numbers begin with its CmdSN. */
bool drive_begin_numbers(struct drive *d, uint32_t item);
/* An acknowledgment that only lagged in the capture does not go back behind what a live target that was quicker has had already. */
void drive_keep_forward(struct drive_link *k, struct assay_pdu *fields, const struct assay_pdu *captured);
/* May it go out? Counted by why not. */
bool drive_has_leave(struct drive *d, const struct assay_pdu *fields);
/* Bytes, as they are. */
bool drive_put_out(struct drive *d, uint32_t item, const uint8_t *bytes, size_t length);

/* ---- drive_part.c ---- */

/* Bytes of the initiator's that are no whole PDU: the header as drive_send would write it anew, where all of it is there, all else as it was. */
void drive_part(struct drive *d, uint32_t item);
/* The initiator closes, and listens. */
void drive_fin(struct drive *d, uint32_t item);
/* A connection ends that was left within a PDU: was the target silent in the capture, it has the time that it had there. */
void drive_part_end(struct drive *d, uint32_t item);

/* ---- drive_snack.c ---- */

/* A live Data-In asks for a DataACK. */
void drive_asked(struct drive *d, uint32_t task, const struct assay_pdu *live);
/* How a captured DataACK goes out; any other request as *r is. False: the live target has not asked for it. */
bool drive_acknowledge(const struct drive *d, uint32_t item, struct assay_rewrite *r);

/* ---- drive_text.c ---- */

/* The text of a login or text request for the live target, in *storage; fields keep theirs where it cannot be written anew. */
void drive_rewrite_text(struct drive *d, struct assay_pdu *fields, uint32_t link, char **storage);
/* The tag of a text that goes on. */
void drive_text_tag(const struct drive_link *k, struct assay_rewrite *r);
/* A live part of a text that the captured target cut otherwise: asks for the next one, or, where there is none, keeps it for the captured end. False: it did not, and can be compared as it is. */
bool drive_text_goes_on(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live);
/* Does a captured request ask for the next part of a text of which the live target has given all? It does not go out then. */
bool drive_text_is_over(struct drive *d, uint32_t item);
/* A captured answer to such a request: the last one is compared. */
void drive_text_captured(struct drive *d, uint32_t item);
void drive_forget_ahead(struct drive_link *k);

/* ---- drive_data.c ---- */

/* Waits for what a Data-Out, or the beginning of one, rests on. False: it does not go, and is counted; else *r is how it does. */
bool drive_data_ready(struct drive *d, uint32_t item, struct assay_rewrite *r);

/* Less data in a command where the live target takes less than the captured one: it asks for the rest. fields: as they would go. */
void drive_fit(struct drive *d, uint32_t item, struct assay_pdu *fields);
void drive_data_out(struct drive *d, uint32_t item);
void drive_data_in(struct drive *d, uint32_t task, const struct assay_pdu *pdu);
/* Adds what differs in the read data. */
void drive_compare_read(struct drive *d, struct assay_replay_differences *out, uint32_t task,
	const struct assay_pdu *request);
void drive_forget_read(struct drive *d, uint32_t task);

/* ---- drive_r2t.c ---- */

/* One came. */
void drive_r2t(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *pdu);
/* The captured R2T that a captured Data-Out serves: the last one before it with its tag, or, where none has, just the last one; exact says which. */
uint32_t drive_r2t_of(const struct drive *d, uint32_t item, bool *exact);
/* Is there a live R2T for a Data-Out? Not where the live target asked otherwise, or had enough. */
bool drive_await_r2t(struct drive *d, uint32_t item, uint32_t r2t);
/* Waits for those that came before the next request in the capture: what it says may be about what waits for data. */
void drive_await_asked(struct drive *d);

/* ---- drive_events.c ---- */

/* An Async Message came. */
void drive_event(struct drive *d, uint32_t link, const struct assay_pdu *live);
/* Waits for those that came in the capture before that item. */
void drive_await_events(struct drive *d, uint32_t link, uint32_t item);

/* ---- drive_order.c ---- */

/* No answer of the task is in the capture. Is that since there was none, or might it only have come later, or be missing? */
bool drive_silent(const struct drive *d, uint32_t task);
/* The answer of a task comes. Adds what it did not wait for, and must. */
void drive_compare_order(struct drive *d, struct assay_replay_differences *out, uint32_t task);
/* Adds a TSIH that is that of another session, too, and a challenge that came before, where the captured ones were not. */
void drive_compare_session(struct drive *d, struct assay_replay_differences *out, uint32_t link,
	const struct assay_pdu *captured, const struct assay_pdu *live);

/* ---- drive_tell.c ---- */

/* Differences at a captured item; live and task may be NULL and ASSAY_SCRIPT_NONE. */
void drive_tell(struct drive *d, uint32_t item, uint32_t task, const struct assay_pdu *live,
	const struct assay_replay_differences *differences);
/* Adds a part of a text that goes on. side: 0 captured, 1 live. */
void drive_keep_text(struct drive_link *k, unsigned side, const struct assay_pdu *pdu);
/* A live answer to a task, which has a captured one. */
void drive_compare(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live);
/* A live answer to a task, beside the captured one. */
void drive_answered(struct drive *d, uint32_t link, uint32_t task, const struct assay_pdu *live);
/* One difference that no PDU stands for. item: where in the capture; task may be ASSAY_SCRIPT_NONE. */
void drive_differ(struct drive *d, uint32_t item, uint32_t task, const char *what, const char *captured,
	const char *live);
/* Where in the capture an item is; task may be ASSAY_SCRIPT_NONE. */
struct assay_replay_place drive_place(const struct drive *d, uint32_t item, uint32_t task);
/* Tells it; follows: from what is not reproduced, so it does not count. */
void drive_tell_now(struct drive *d, struct assay_replay_place *place,
	struct assay_replay_differences *differences, bool follows);
/* The target closed or reset a connection that goes on in the capture. */
void drive_gone(struct drive *d, uint32_t link, uint32_t item);

/* ---- drive_beside.c ---- */

/* What a claim rests on. */
struct drive_rest {
	uint32_t first, point; /* items */
	bool waited; /* the test waited there for what did not come */
	bool by_rule; /* the rules found it, in the one PDU */
};
/* What the live target did otherwise up to there: from first on, else before. */
struct drive_beside {
	bool differs;
	bool partial; /* of what the claim rests on, not all bytes were kept */
	bool course; /* it may go another way from there on */
	uint32_t item;
	struct assay_replay_place place; /* its live PDUs are request and live, views into the tap */
	struct assay_replay_differences differences;
	struct assay_pdu request, live;
};
/* 0 or ASSAY_E_NOMEM. */
int drive_put_beside(struct drive_beside *out, struct drive *d, const struct drive_rest *rest);

/* ---- drive_claims.c ---- */

/* Where each claim of the capture stands. */
void drive_claims_prepare(struct drive *d);
/* An item was played: the claims that failed there. */
void drive_claims_reached(struct drive *d, uint32_t item);
/* The end: those that were not reached. */
void drive_claims_end(struct drive *d);
/* Tells a difference at an item, now or once the claims that it lies before are judged; or the claim that it shows not to be reproduced. */
void drive_claims_tell(struct drive *d, uint32_t item, struct assay_replay_place *place,
	struct assay_replay_differences *differences);
/* Does a claim of the test itself that is not judged yet rest on that item? */
bool drive_claims_rest_on(const struct drive *d, uint32_t item);
void drive_claims_free(struct drive *d);

#endif
