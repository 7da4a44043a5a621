/* as_target_private.h - what the parts of the target's role share: as_target.c (connections, requests), as_target_match.c (which captured request it is), as_target_login.c (a login of our own), as_target_order.c (when answers go out), as_target_send.c (what they are), as_target_tell.c (differences). Private to them. */
#ifndef ASSAY_REPLAY_AS_TARGET_PRIVATE_H
#define ASSAY_REPLAY_AS_TARGET_PRIVATE_H

#include "codec/framer.h"
#include "replay/as_target.h"
#include "replay/tags.h"

#define TARGET_WINDOW                                                                                        \
	1024 /* items of a connection that a request is looked for among, and answers go out of their order */
#define TARGET_PENDING ((size_t)4 << 20) /* bytes of output, beyond which no more is made */
#define TARGET_TEXT    65536u /* bytes of a text that came in several PDUs */

enum target_state {
	TARGET_NEW,
	TARGET_PASSED, /* a request that was waited for long enough, or what would answer it: it may come yet */
	TARGET_GIVEN_UP, /* the same, so far back that it may not come any more */
	TARGET_DONE, /* it came, or it went out, or it is nothing that is waited for */
	TARGET_SKIPPED, /* it rests on what is not in the capture, as its connection was there before: it is not played */
};

/* A task of the script, live. */
struct target_task {
	bool come;
	uint32_t itt; /* the live one */
	uint32_t finals; /* live Data-Outs with F */
	uint8_t header[ASSAY_BHS_LENGTH]; /* of the live request */
};

/* The next CmdSN that is expected, and which behind it have come. */
struct target_window {
	bool begun;
	uint32_t exp;
	uint64_t ahead; /* bit n: exp + 1 + n has come */
	uint32_t max; /* MaxCmdSN as it was told last */
};

/* The text of a request, or of the captured one, while C=1. */
struct target_text {
	char *bytes; /* NULL: nothing so far */
	size_t length;
};

struct assay_replay_target_link {
	struct assay_replay_target *t;
	struct assay_replay_target_link *next;
	uint32_t
		connection; /* of the script; ASSAY_SCRIPT_NONE: it has sent nothing yet, or nothing that was captured */
	uint32_t tapped;
	struct assay_framer in;
	uint8_t *out;
	size_t out_start, out_end, out_size;
	enum assay_replay_target_end end;
	bool full_feature;
	struct target_login *login; /* of our own; NULL: the capture's, or it is over */
	bool unknown; /* it sent a command that the capture has not got: Data-Outs may follow */
	uint32_t cursor,
		slot; /* places in the order of its connection: the first that is not done; the next whose StatSN is used */
	uint32_t extra; /* answers with a StatSN that the capture has not got */
	uint32_t stat_sn; /* that was used last */
	uint64_t last_number; /* of the last captured PDU that was matched */
	uint64_t
		due; /* when the next answer may go out, where its time has not come; UINT64_MAX: none waits for that */
	bool stopped; /* all that is to be played of it was, or was waited for long enough */
	uint64_t waiting; /* since when the answers behind a request that does not come wait; 0: none do */
	uint32_t blocked; /* the place that it waited at last */
	uint64_t now, accepted;
	struct assay_replay_chap chap, captured_chap;
	struct target_text text[2]; /* captured, live */
	uint8_t *
		part; /* what of its answers is no whole PDU, as it goes out; NULL: none did. Behind it is nothing any more */
	size_t part_sent; /* bytes of it */
};

struct assay_replay_target {
	const struct assay_script *s;
	struct assay_replay_target_options o;
	struct assay_replay_target_counts counts;
	struct assay_replay_target_link *links;
	size_t held; /* bytes of the links' buffers for what comes */
	uint8_t *state; /* of an item: enum target_state */
	uint64_t *at; /* of an item: when it was played; 0: not yet. Only where the pace is kept, else NULL */
	uint32_t limit; /* items: what lies behind is not played */
	uint64_t progress; /* when something that was captured came last */
	uint64_t active; /* when something came last, on any connection */
	uint32_t came; /* every request before this item has come, or was waited for long enough */
	uint32_t *expected; /* of an answer: the ExpCmdSN that would have been right in the capture */
	uint32_t *
		finals; /* of an answer: Data-Outs with F of its task before it; of a Data-Out: as far as with it */
	uint32_t *order,
		*begins; /* the items of a connection: order[begins[c]] to order[begins[c + 1] - 1] */
	bool *played, *playable; /* connections */
	struct target_task *tasks;
	struct target_window *sessions;
	struct assay_tags tags;
};

static inline uint32_t target_length(const struct assay_replay_target_link *k)
{
	return k->t->begins[k->connection + 1] - k->t->begins[k->connection];
}

static inline uint32_t target_item(const struct assay_replay_target_link *k, uint32_t place)
{
	return k->t->order[k->t->begins[k->connection] + place];
}

/* Of a live SCSI command. */
static inline uint64_t target_tag(const struct assay_replay_target_link *k, uint32_t itt)
{
	return assay_tag_key(k->t->s->connections[k->connection].session, k->connection, false, itt);
}

static inline struct target_window *target_window_of(const struct assay_replay_target_link *k)
{
	return &k->t->sessions[k->t->s->connections[k->connection].session];
}

/* An item came, went out or was stepped over, now. */
static inline void target_played(struct assay_replay_target_link *k, uint32_t item)
{
	k->t->state[item] = TARGET_DONE;
	if (k->t->at)
		k->t->at[item] = k->now;
}

/* ---- as_target_prepare.c ---- */

/* The tables of the capture. False: out of memory. */
bool target_prepare(struct assay_replay_target *t);
void target_window_take(struct target_window *w, const struct assay_pdu *pdu);
/* Is it a PDU of the initiator's that is matched with a live one? Data-Outs of a task are not: they may be cut in another way. */
bool target_is_request(const struct assay_script_item *i);
bool target_has_stat_sn(const struct assay_pdu *pdu);

/* ---- as_target_login.c ---- */

/* The live initiator's first PDU is for a captured connection whose login is not in the capture. False: out of memory. */
bool target_login_begin(struct assay_replay_target_link *k);
/* A PDU of that login. When it has ended well k->login is NULL again. */
void target_login_take(struct assay_replay_target_link *k, const struct assay_pdu *pdu);
void target_login_free(struct assay_replay_target_link *k);

/* ---- as_target_match.c ---- */

/* The captured connection that a live one plays from its first PDU on; false: none is left that begins so. */
bool target_bind(struct assay_replay_target_link *k, const struct assay_pdu *pdu);
/* The captured request that a live one is; ASSAY_SCRIPT_NONE: none. */
uint32_t target_match(const struct assay_replay_target_link *k, const struct assay_pdu *pdu);

/* ---- as_target_order.c ---- */

/* Sends what is due, in the order of the capture. What answers nothing (pings, events, the end of a connection) waits for requests on other connections, too. */
void target_advance(struct assay_replay_target_link *k);
/* No longer waits for what is not there and keeps answers behind it. False: there are none. */
bool target_pass(struct assay_replay_target_link *k);
/* Is there nothing left but the end that the captured target made? pass: it is not waited for any longer. */
bool target_only_ends(struct assay_replay_target_link *k, bool pass);
/* ---- as_target_send.c ---- */

/* A captured answer, with the live numbers or as it was. */
void target_send_captured(struct assay_replay_target_link *k, uint32_t item);
/* Captured bytes that are no whole PDU: the header anew, where it is there. */
void target_send_part(struct assay_replay_target_link *k, uint32_t item);
/* A PDU that the capture has not got. */
void target_send_own(struct assay_replay_target_link *k, struct assay_pdu *pdu);

/* ---- as_target_tell.c ---- */

/* A text that comes in several PDUs. False: it is too long, or out of memory. */
bool target_text_join(struct target_text *t, const struct assay_pdu *pdu);
void target_text_forget(struct target_text *t);

/* A request beside the captured one. */
void target_compare(struct assay_replay_target_link *k, uint32_t item, const struct assay_pdu *live);
/* Write data of a task. */
void target_compare_written(struct assay_replay_target_link *k, uint32_t task, const struct assay_pdu *live);
/* One difference without a captured PDU. */
void target_differ(struct assay_replay_target *t, uint32_t connection, uint64_t number,
	const struct assay_pdu *live, bool counts, const char *what, const char *captured, const char *got);

#endif
