/*
 * initiator_session.c - the fuzz entry of the test initiator against a hostile target, RFC 7143 sections 4 to 13. Input: a script (initiator_script.h),
 * then records of session_input.h: what the target says, each when the initiator has read all before it. What must hold: every call ends
 * within its deadlines, holds no more than its bounds, says in words what went wrong and lays it on the target; the rule engine finds nothing against the initiator.
 */
#include <string.h>

#include "codec/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/initiator_script.h"
#include "fuzz/session_input.h"
#include "fuzz/session_lead.h"
#include "transport/memory.h"

#define HALF_SECOND (ASSAY_SECOND / 2)

#define CALL_TIMEOUTS                                                                                        \
	10 /* that one call takes beside those of the requests that it sends: tasks have 8 of their own */
#define CALL_REQUESTS 64 /* that one call sends beside those that the target asks for */
#define ASKED_MAX     64 /* requests that one PDU of the target can ask for: data for an R2T, in short segments */
#define HELD_MAX      ((size_t)33 << 20) /* bytes of a receive buffer: it doubles up to the longest PDU, 16 MiB */

struct peer {
	uint8_t out[ASSAY_FUZZ_WIRE_MAX];
	size_t start, end;
	bool pieces, closed;
};

static struct {
	const uint8_t *data; /* the records */
	size_t size, offset;
	bool silent;
	bool judged; /* by the rules */
	bool waiting; /* the next record is looked at, and comes at due */
	struct assay_fuzz_record next;
	uint64_t due;
	struct peer peers[4];
	unsigned peer_count;
	struct assay_memory_clock clock;
	struct assay_tap *tap;
	struct assay_initiator *initiators[4];
	uint8_t request[ASSAY_BHS_LENGTH]; /* the last one */
	/* since the call began */
	uint64_t began;
	unsigned sent, said;
} w;

/* ---- the target's side ---- */

static struct assay_initiator *initiator_of(const struct peer *p)
{
	return w.initiators[p - w.peers];
}

static void make_live(uint8_t *pdu, const struct assay_initiator *i)
{
	memcpy(pdu + 16, w.request + 16, 4); /* ITT */
	assay_put_be32(pdu + 24, i->exp_stat_sn);
	assay_put_be32(pdu + 28, i->session->cmd_sn);
	assay_put_be32(pdu + 32, i->session->cmd_sn + 31);
	if ((pdu[0] & 0x3f) == ASSAY_LOGIN_RESPONSE)
		memcpy(pdu + 8, w.request + 8, 6); /* ISID */
}

/* Looks at the next record, if it has not been. */
static bool look(void)
{
	if (w.waiting)
		return true;
	w.waiting = assay_fuzz_record_next(&w.next, &w.offset, w.data, w.size);
	w.due = w.clock.now + (w.waiting ? w.next.lead[1] * HALF_SECOND : 0);
	return w.waiting;
}

static void trace(const struct peer *p, bool to_target, const uint8_t *bytes, size_t length)
{
	struct assay_pdu pdu;

	if (length < ASSAY_BHS_LENGTH)
		return;
	assay_pdu_decode_bhs(&pdu, bytes);
	assay_fuzz_trace((unsigned)(p - w.peers), to_target, &pdu);
}

static void speak(struct peer *p)
{
	static uint8_t pdu[ASSAY_FUZZ_WIRE_MAX];
	const struct assay_fuzz_record *r = &w.next;
	const struct assay_initiator *i = initiator_of(p);
	unsigned spoilt = (r->lead[0] & ASSAY_FUZZ_ANSWER_HEADER ? ASSAY_HEADER_DIGEST : 0u) |
			  (r->lead[0] & ASSAY_FUZZ_ANSWER_DATA ? ASSAY_DATA_DIGEST : 0u);
	size_t most = assay_get_be16(r->lead + 2);

	w.waiting = false;
	w.said++;
	memcpy(pdu, r->bytes, r->length);
	if (r->whole && r->lead[0] & ASSAY_FUZZ_ANSWER)
		make_live(pdu, i);
	p->start = 0;
	p->end = r->length;
	if (r->whole)
		p->end = assay_fuzz_record_wire(p->out, pdu, r->length, i->recv_digests, spoilt);
	else
		memcpy(p->out, pdu, r->length);
	trace(p, false, p->out, p->end);
	p->end = most && most < p->end ? most : p->end;
	p->pieces = r->lead[0] & ASSAY_FUZZ_IN_PIECES;
	p->closed = r->lead[0] & ASSAY_FUZZ_THEN_CLOSE;
}

static void peer_input(void *peer, const void *bytes, size_t length, uint64_t now)
{
	(void)now;
	trace(peer, true, bytes, length);
	w.sent++;
	if (length >= ASSAY_BHS_LENGTH)
		memcpy(w.request, bytes, ASSAY_BHS_LENGTH);
}

static size_t peer_output(void *peer, const uint8_t **out)
{
	struct peer *p = peer;
	size_t left;

	if (p->start == p->end && !p->closed && look() && w.due <= w.clock.now)
		speak(p);
	left = p->end - p->start;
	*out = p->out + p->start;
	return p->pieces && left > 7 ? 7 : left;
}

static void peer_consumed(void *peer, size_t length)
{
	((struct peer *)peer)->start += length;
}

static bool peer_closing(void *peer)
{
	struct peer *p = peer;

	return p->start == p->end && (p->closed || (!w.silent && !look()));
}

static uint64_t peer_next_timer(void *peer)
{
	(void)peer;
	return look() && w.next.lead[1] ? w.due : UINT64_MAX; /* else it is said when it is read */
}

static void peer_tick(void *peer, uint64_t now)
{
	struct peer *p = peer;

	if (p->start == p->end && !p->closed && look() && w.due <= now)
		speak(p);
}

static void peer_closed(void *peer, bool reset)
{
	(void)reset;
	((struct peer *)peer)->closed = true;
}

static void peer_finished(void *peer)
{
	(void)peer;
}

static const struct assay_memory_peer_ops peer_ops = {
	.input = peer_input,
	.output = peer_output,
	.consumed = peer_consumed,
	.closing = peer_closing,
	.next_timer = peer_next_timer,
	.tick = peer_tick,
	.closed = peer_closed,
	.finished = peer_finished,
};

static int dial(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct peer *p = &w.peers[w.peer_count++];

	(void)d;
	(void)host;
	(void)port;
	(void)source;
	(void)timeout;
	p->start = p->end = 0;
	p->pieces = p->closed = false;
	if (assay_memory_stream(out, &peer_ops, p, &w.clock) < 0)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	return 0;
}

/* ---- what must hold ---- */

static void found(void *payload, const struct assay_finding *f)
{
	(void)payload;
	if (f->offender == ASSAY_INITIATOR && w.judged)
		assay_fuzz_fail("the initiator breaks %s (section %s) with #%llu: expected %s, got %s",
			f->rule->id, f->rule->section, (unsigned long long)f->pdu, f->expected, f->got);
}

static void opened(void *payload, struct assay_initiator *i)
{
	(void)payload;
	w.initiators[w.peer_count - 1] = i;
}

static void before(void *payload, struct assay_initiator *i)
{
	(void)payload;
	(void)i;
	w.began = w.clock.now;
	w.sent = w.said = 0;
}

static void check_bounds(const struct assay_initiator *i)
{
	const struct assay_login_state *l = &i->login;
	const struct assay_params *p = &i->negotiation.params;

	if (i->framer.end > i->framer.size || i->framer.size > HELD_MAX)
		assay_fuzz_fail("%zu bytes held, of %zu", i->framer.end, i->framer.size);
	if (l->answer_length > sizeof(l->answer) || l->replies_length > sizeof(l->replies) ||
		l->keys.length > l->keys.capacity)
		assay_fuzz_fail("an answer of %zu bytes, replies of %zu, keys of %zu", l->answer_length,
			l->replies_length, l->keys.length);
	if (p->target_max_recv < 512 || p->target_max_recv > ASSAY_DATA_SEGMENT_MAX)
		assay_fuzz_fail("the target's MaxRecvDataSegmentLength is %u", p->target_max_recv);
}

static void after(void *payload, struct assay_initiator *i, const char *call, long result)
{
	uint64_t most = ((uint64_t)w.sent + CALL_TIMEOUTS) * ASSAY_FUZZ_SCRIPT_TIMEOUT;

	(void)payload;
	if (w.clock.now - w.began > most)
		assay_fuzz_fail("%s: took %.1f s for %u requests", call,
			(double)(w.clock.now - w.began) / (double)ASSAY_SECOND, w.sent);
	if (w.sent > CALL_REQUESTS + ASKED_MAX * w.said)
		assay_fuzz_fail("%s: sent %u requests, where the target said %u PDUs", call, w.sent, w.said);
	if (result < 0 && (i->error.code != result || !i->error.message[0]))
		assay_fuzz_fail("%s: returned %ld, its words are for %d", call, result, i->error.code);
	if (result < 0 && assay_err_is_ours((int)result))
		assay_fuzz_fail("%s: takes the blame: %s", call, i->error.message);
	check_bounds(i);
}

static void one(const uint8_t *data, size_t size)
{
	static const struct assay_fuzz_script_watcher watcher = {
		.opened = opened, .before = before, .after = after
	};
	struct assay_dialer dialer = { .dial = dial };
	struct assay_tap *tap = w.tap;

	if (size < ASSAY_FUZZ_SCRIPT_LENGTH)
		return;
	memset(w.initiators, 0, sizeof(w.initiators));
	memset(w.request, 0, sizeof(w.request));
	w.data = data + ASSAY_FUZZ_SCRIPT_LENGTH;
	w.size = size - ASSAY_FUZZ_SCRIPT_LENGTH;
	w.offset = w.peer_count = 0;
	w.waiting = false;
	w.silent = data[0] & ASSAY_FUZZ_SILENT;
	w.judged = !(data[0] & ASSAY_FUZZ_REGARDLESS);
	w.clock.now = ASSAY_SECOND;
	assay_tap_clear(tap);
	assay_fuzz_script_run(data, &dialer, tap, &watcher);
}

static void init(void)
{
	w.tap = assay_tap_new(4096, found, NULL);
	if (!w.tap)
		assay_fuzz_fail("no memory for a tap");
}

const struct assay_fuzz_entry assay_fuzz_entry_initiator_session = {
	.name = "initiator_session",
	.desc = "whatever a target says, the test initiator ends its calls in time, within its bounds and by "
		"the rules",
	.one = one,
	.init = init,
	.max_len = ASSAY_FUZZ_SESSION_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.prefix = ASSAY_FUZZ_SCRIPT_LENGTH,
	.lead = ASSAY_FUZZ_LEAD,
};
