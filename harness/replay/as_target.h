/*
 * as_target.h - the target's side of a capture played to a live initiator: each request of its is matched with the next captured one, and the captured answers to that go out with the live session's
 * tags and numbers. Bytes and the time in, bytes out: no socket, no clock (as_target_serve.c has them). Requests are compared by compare.h; the rules judge the live initiator through the tap.
 * What the capture has not got is told, and answered by a Reject, or by the end of the connection before the full feature phase. RFC 7143 sections 4.2, 6.3, 11.
 */
#ifndef ASSAY_REPLAY_AS_TARGET_H
#define ASSAY_REPLAY_AS_TARGET_H

#include "replay/compare.h"
#include "replay/rewrite_text.h"
#include "replay/script.h"
#include "transport/tap.h"

struct assay_replay_target_options {
	const struct assay_replay_names *names; /* of these, target_address and both provers */
	const struct assay_replay_masks *masks; /* NULL: none */
	enum assay_replay_data data; /* ASSAY_REPLAY_DATA_ALL: written data is compared, too */
	struct assay_tap *tap; /* with rules: it knows the digests in force */
	/* The captured order is kept as long as the initiator keeps it; what it leaves out is waited for this long, in nanoseconds, before what is behind it goes out. */
	uint64_t patience;
	bool verbatim; /* the bytes of captured answers as they were */
	bool pace; /* no answer before the time that lay between its request and it in the capture */
	uint64_t
		stop_at; /* number of the last PDU that is played; 0: all. Then nothing goes out, and connections end when nobody has said anything for the patience */
	void *payload;
	void (*differs)(void *payload, const struct assay_replay_place *place,
		const struct assay_replay_differences *differences);
};

struct assay_replay_target_counts {
	uint64_t connections; /* live ones that played a captured one */
	uint64_t requests, answers; /* of the capture, that came and that went out */
	uint64_t unknown; /* live requests that the capture has not got */
	uint64_t missing; /* captured requests that did not come on a connection that was played */
	uint64_t not_played; /* captured connections that nobody opened */
	uint64_t parts; /* bytes sent that are of no whole PDU */
	uint64_t own_logins; /* connections whose login is not in the capture: ours */
	uint64_t
		skipped; /* captured PDUs of those that were not played: a login without its start, answers to what was asked before */
	uint64_t beyond; /* requests behind the last PDU that was played: neither compared nor answered */
	uint64_t pings; /* of the initiator's, beyond the captured ones: answered */
	bool stopped; /* the capture goes on behind the last PDU that was to be played */
	uint64_t differing; /* PDUs, or connections, with a difference that counts */
};

struct assay_replay_target;
struct assay_replay_target_link; /* a live connection */

/* script must outlive it, and what options point to. 0; ASSAY_E_NOMEM; ASSAY_E_INVAL when nothing was asked for in what is played of it. */
int assay_replay_target_new(struct assay_replay_target **out, const struct assay_script *script,
	const struct assay_replay_target_options *options);
void assay_replay_target_free(struct assay_replay_target *t);
/* Has every captured connection been played, and is none of those open? Others may be, which have sent nothing that was captured. */
bool assay_replay_target_done(const struct assay_replay_target *t);
/* Connections that nobody opened are told; then the counts. Once, after the last connection. early: it was stopped, and they count for nothing. */
const struct assay_replay_target_counts *assay_replay_target_end(struct assay_replay_target *t, bool early);

/* A connection came. local, remote: addresses in words, copied. NULL: out of memory. */
struct assay_replay_target_link *assay_replay_target_accept(
	struct assay_replay_target *t, const char *local, const char *remote, uint64_t now);
/* Takes all of it; whoever feeds it takes the output first, for an answer may be twice as long as its request. */
void assay_replay_target_input(
	struct assay_replay_target_link *k, const void *bytes, size_t length, uint64_t now);
/* The bytes waiting to be sent; *out is valid until the next call. Returns how many. */
size_t assay_replay_target_output(const struct assay_replay_target_link *k, const uint8_t **out);
void assay_replay_target_sent(struct assay_replay_target_link *k, size_t length, uint64_t now);
/* Has it begun as a captured one? */
bool assay_replay_target_plays(const struct assay_replay_target_link *k);
enum assay_replay_target_end {
	ASSAY_REPLAY_STAYS,
	ASSAY_REPLAY_CLOSES, /* once its output is taken */
	ASSAY_REPLAY_RESETS,
};
enum assay_replay_target_end assay_replay_target_ends(const struct assay_replay_target_link *k);
/* It is gone; by: who ended it first. k is void. */
void assay_replay_target_closed(
	struct assay_replay_target_link *k, enum assay_role by, bool reset, uint64_t now);

/* When tick wants to be called: absolute, UINT64_MAX: not at all. */
uint64_t assay_replay_target_next(const struct assay_replay_target *t);
void assay_replay_target_tick(struct assay_replay_target *t, uint64_t now);

/* ---- as_target_serve.c ---- */

/* Serves connections of listener (from assay_tcp_listen) until all of the capture was played, or stop_fd (-1: none) is readable. 1: stopped; 0: all was played; ASSAY_E_IO. */
int assay_replay_target_serve(struct assay_replay_target *t, int listener, int stop_fd);

#endif
