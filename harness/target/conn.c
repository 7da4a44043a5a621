/*
 * conn.c - one connection: bytes in, PDUs cut and handed on, and its end. It looks at what concerns every PDU: the header digest, the
 * length, the opcode and the phase. No socket and no clock. RFC 7143 sections 4.2.4, 7.7, 7.8 and 11.2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"
#include "target/machine.h"

#define CONNECTIONS_MAX 256u /* of the whole server */
#define LOGIN_BUFFER    (ASSAY_BHS_LENGTH + ASSAY_AHS_MAX + ASSAY_TGT_LOGIN_SEGMENT)
#define INPUT_SLACK     65536u /* bytes beside the longest PDU: several commands come with one read */

/* ---- its life ---- */

struct assay_target_conn *assay_target_accept(
	struct assay_target *t, unsigned portal, const char *peer, uint64_t now)
{
	struct assay_target_conn *c;
	uint8_t *buf;

	t->now = now > t->now ? now : t->now;
	if (portal >= t->portal_count || t->conn_count >= CONNECTIONS_MAX)
		return NULL;
	c = calloc(1, sizeof(*c));
	buf = c ? malloc(LOGIN_BUFFER) : NULL;
	if (!buf || !(c->login = calloc(1, sizeof(*c->login)))) {
		free(buf);
		free(c);
		return NULL;
	}
	assay_framer_init(&c->in, buf, LOGIN_BUFFER);
	c->target = t;
	c->portal = portal;
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	c->initiator_max_recv = c->target_max_recv = ASSAY_TGT_LOGIN_SEGMENT;
	c->ping_ttt = ASSAY_TAG_RESERVED;
	assay_tgt_random(t, &c->stat_sn, sizeof(c->stat_sn));
	c->exp_stat_sn = c->stat_sn;
	c->deadline = t->now + t->login_timeout;
	c->next = t->conns;
	if (c->next)
		c->next->prev = c;
	t->conns = c;
	t->conn_count++;
	return c;
}

bool assay_tgt_conn_grow(struct assay_target_conn *c)
{
	size_t size = ASSAY_BHS_LENGTH + ASSAY_AHS_MAX + 8 + ((size_t)c->target_max_recv + 3) / 4 * 4 +
		      INPUT_SLACK;
	size_t pending = assay_framer_pending(&c->in);
	uint8_t *buf = malloc(size), *old = c->in.buf;

	if (!buf)
		return false;
	if (pending)
		memcpy(buf, old + c->in.start, pending);
	assay_framer_init(&c->in, buf, size);
	assay_framer_commit(&c->in, pending);
	free(old);
	return true;
}

void assay_tgt_mark_dirty(struct assay_target_conn *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->target->dirty;
	c->target->dirty = c;
}

struct assay_target_conn *assay_target_take_dirty(struct assay_target *t)
{
	struct assay_target_conn *c = t->dirty;

	if (!c)
		return NULL;
	t->dirty = c->next_dirty;
	c->next_dirty = NULL;
	c->dirty = false;
	return c;
}

static void forget_dirty(struct assay_target_conn *c)
{
	struct assay_target_conn **at = &c->target->dirty;

	while (*at && *at != c)
		at = &(*at)->next_dirty;
	if (*at)
		*at = c->next_dirty;
}

/* Takes nothing more; what it held of a session goes. */
static void close_down(struct assay_target_conn *c)
{
	c->closing = true;
	c->deadline = c->target->now + ASSAY_TGT_CLOSE_TIME;
	assay_tgt_session_leave(c);
	assay_tgt_mark_dirty(c);
}

void assay_tgt_drop(struct assay_target_conn *c)
{
	assay_tgt_output_clear(c);
	if (!c->closing)
		close_down(c);
}

/* For a fault on it: another connection of the session is told (section 7.1.4.3). */
static void fail(struct assay_target_conn *c)
{
	assay_tgt_tell_of_drop(c);
	assay_tgt_drop(c);
}

void assay_tgt_finish(struct assay_target_conn *c)
{
	if (c->closing)
		return;
	assay_tgt_output_own(c);
	close_down(c);
}

void assay_target_conn_close(struct assay_target_conn *c, uint64_t now)
{
	struct assay_target *t = c->target;

	t->now = now > t->now ? now : t->now;
	assay_tgt_drop(c);
	forget_dirty(c);
	*(c->prev ? &c->prev->next : &t->conns) = c->next;
	if (c->next)
		c->next->prev = c->prev;
	t->conn_count--;
	assay_tgt_login_free(c->login);
	assay_tgt_text_free(c->text);
	free(c->out.buf);
	free(c->in.buf);
	free(c);
}

bool assay_target_closing(const struct assay_target_conn *c)
{
	return c->closing;
}

void assay_target_conn_set_payload(struct assay_target_conn *c, void *payload)
{
	c->payload = payload;
}

void *assay_target_conn_payload(const struct assay_target_conn *c)
{
	return c->payload;
}

void assay_target_conn_set_local(struct assay_target_conn *c, const char *host)
{
	size_t length = strlen(host);

	if (length < sizeof(c->local))
		memcpy(c->local, host, length + 1);
}

/* ---- PDUs ---- */

static void payload_digest_error(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	assay_tgt_reject(c, pdu, ASSAY_TGT_DATA_DIGEST_ERROR);
	if (pdu->opcode == ASSAY_DATA_OUT)
		assay_tgt_data_out(c, pdu);
	else if (pdu->opcode == ASSAY_SCSI_COMMAND && pdu->write && !pdu->final)
		assay_tgt_remember_ended(c, pdu->itt);
	if (pdu->opcode != ASSAY_DATA_OUT && !pdu->immediate &&
		assay_tgt_defective(c->target, ASSAY_DEFECT_DIGEST_ERROR_COUNTED))
		c->session->exp_cmd_sn++;
}

static void unknown_opcode(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;

	assay_tgt_reject(c, pdu, ASSAY_TGT_NOT_SUPPORTED);
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_ENDS_TASKS) && s->tasks)
		assay_tgt_task_abort(s->tasks);
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_REJECT_CLOSES))
		assay_tgt_finish(c);
}

/* For a defect: what is reserved is ignored, section 11. */
static bool reserved_set(const struct assay_pdu *pdu)
{
	const uint8_t *mask = assay_layout_reserved(pdu->opcode);

	for (unsigned n = 0; n < ASSAY_BHS_LENGTH; n++)
		if (pdu->bhs[n] & mask[n])
			return true;
	return false;
}

static void full_feature(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	if (assay_tgt_defective(c->target, ASSAY_DEFECT_RESERVED_FIELDS_CHECKED) && reserved_set(pdu)) {
		assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR);
		return;
	}
	if (pdu->bad_digests & ASSAY_DATA_DIGEST &&
		!assay_tgt_defective(c->target, ASSAY_DEFECT_DATA_DIGEST_UNCHECKED)) {
		payload_digest_error(c, pdu);
		return;
	}
	switch (pdu->opcode) {
	case ASSAY_SCSI_COMMAND:
	case ASSAY_NOP_OUT:
	case ASSAY_TASK_MANAGEMENT_REQUEST:
	case ASSAY_TEXT_REQUEST:
	case ASSAY_LOGOUT_REQUEST: assay_tgt_command(c, pdu); break;
	case ASSAY_DATA_OUT: assay_tgt_data_out(c, pdu); break;
	case ASSAY_SNACK_REQUEST: /* not at ErrorRecoveryLevel 0 */
		if (assay_tgt_defective(c->target, ASSAY_DEFECT_SNACK_IGNORED))
			break; /* fall through */
	case ASSAY_LOGIN_REQUEST: assay_tgt_reject(c, pdu, ASSAY_TGT_PROTOCOL_ERROR); break;
	default: unknown_opcode(c, pdu); break;
	}
}

static void too_long(struct assay_target_conn *c, const uint8_t *bhs)
{
	struct assay_pdu pdu;

	assay_pdu_decode_bhs(&pdu, bhs);
	if (c->session) {
		assay_tgt_reject(c, &pdu, ASSAY_TGT_PROTOCOL_ERROR);
		assay_tgt_finish(c);
	} else if (pdu.opcode == ASSAY_LOGIN_REQUEST || c->login->started) {
		assay_tgt_login_reject(c, pdu.opcode == ASSAY_LOGIN_REQUEST ? 0x0200 : 0x020b);
	} else {
		assay_tgt_drop(c);
	}
}

/*
 * Judges the header at the front as soon as it is there: a broken length must not make us wait for bytes that never come. False when the connection
 * is over, since without a good header nobody knows where the next one begins (section 7.8).
 */
static bool header_good(struct assay_target_conn *c)
{
	const uint8_t *bhs = c->in.buf + c->in.start;
	size_t header = ASSAY_BHS_LENGTH + 4 * (size_t)bhs[4], held = assay_framer_pending(&c->in);

	if (c->in.digests & ASSAY_HEADER_DIGEST) {
		size_t covered = assay_tgt_defective(c->target, ASSAY_DEFECT_HEADER_DIGEST_WITHOUT_AHS)
					 ? ASSAY_BHS_LENGTH
					 : header;

		if (held < header + 4)
			return true;
		if (assay_get_be32(bhs + header) != assay_digest(bhs, covered) &&
			!assay_tgt_defective(c->target, ASSAY_DEFECT_HEADER_DIGEST_UNCHECKED)) {
			fail(c);
			return false;
		}
	}
	c->header_checked = true;
	if (assay_get_be24(bhs + 5) <= c->target_max_recv)
		return true;
	if (!assay_tgt_defective(c->target, ASSAY_DEFECT_TOO_LONG_IGNORED)) {
		too_long(c, bhs);
		return false;
	}
	c->in.start = c->in.end;
	c->header_checked = false;
	return false;
}

static void take(struct assay_target_conn *c, const struct assay_pdu *pdu)
{
	struct assay_tgt_session *s = c->session;

	if (c->target->wedged)
		return;
	if (!s) {
		assay_tgt_login_pdu(c, pdu);
		return;
	}
	if (pdu->ahs_length && assay_tgt_defective(c->target, ASSAY_DEFECT_AHS_CLOSES)) {
		assay_tgt_drop(c);
		return;
	}
	s->uses++;
	full_feature(c, pdu);
	assay_tgt_session_release(s);
}

/* A peer that does not read what we answer is not listened to either. */
static bool blocked(const struct assay_target_conn *c)
{
	return c->out.queued >= 2 * ASSAY_TGT_OUTPUT_HIGH;
}

void assay_tgt_process(struct assay_target_conn *c)
{
	struct assay_pdu pdu;
	int got = 1;

	if (c->busy)
		return;
	c->busy = true;
	while (got == 1 && !c->closing && !c->broken && !blocked(c)) {
		if (assay_framer_pending(&c->in) < ASSAY_BHS_LENGTH ||
			(!c->header_checked && !header_good(c)))
			break;
		got = assay_framer_next(&c->in, &pdu);
		if (got == 1) {
			c->header_checked = false;
			take(c, &pdu);
		}
	}
	c->busy = false;
	if (got < 0 || c->broken)
		fail(c);
}

/* ---- bytes ---- */

void *assay_target_input_space(struct assay_target_conn *c, size_t *capacity)
{
	uint8_t *at;

	*capacity = 0;
	if (c->closing || blocked(c))
		return NULL;
	*capacity = assay_framer_space(&c->in, &at);
	return at;
}

void assay_target_input_commit(struct assay_target_conn *c, size_t length, uint64_t now)
{
	struct assay_target *t = c->target;

	t->now = now > t->now ? now : t->now;
	assay_framer_commit(&c->in, length);
	assay_tgt_process(c);
}

void assay_target_input(struct assay_target_conn *c, const void *bytes, size_t length, uint64_t now)
{
	const uint8_t *from = bytes;

	while (length && !c->closing) {
		uint8_t *at;
		size_t part = assay_framer_space(&c->in, &at);

		if (!part) { /* it keeps sending and never takes our answers */
			assay_tgt_drop(c);
			return;
		}
		part = part < length ? part : length;
		memcpy(at, from, part);
		from += part;
		length -= part;
		assay_target_input_commit(c, part, now);
	}
}

void assay_target_input_end(struct assay_target_conn *c, uint64_t now)
{
	struct assay_target *t = c->target;

	t->now = now > t->now ? now : t->now;
	assay_tgt_finish(c);
}

/* ---- time ---- */

uint64_t assay_target_next_timer(const struct assay_target *t)
{
	uint64_t next = UINT64_MAX;

	for (const struct assay_target_conn *c = t->conns; c; c = c->next)
		if (c->deadline < next && !(c->closing && !c->out.queued))
			next = c->deadline;
	for (const struct assay_tgt_session *s = t->sessions; s; s = s->next)
		for (unsigned i = 0; i < ASSAY_TGT_TMF_MAX; i++)
			if (s->tmfs[i].used && s->tmfs[i].deadline < next)
				next = s->tmfs[i].deadline;
	return next;
}

static bool tmf_overdue(const struct assay_target_conn *c)
{
	for (unsigned i = 0; c->session && i < ASSAY_TGT_TMF_MAX; i++)
		if (c->session->tmfs[i].used && c->session->tmfs[i].deadline <= c->target->now)
			return true;
	return false;
}

void assay_target_tick(struct assay_target *t, uint64_t now)
{
	t->now = now > t->now ? now : t->now;
	/* Nothing here frees a connection: that is the transport's part. */
	for (struct assay_target_conn *c = t->conns; c; c = c->next) {
		if (c->deadline > t->now && !tmf_overdue(c))
			continue;
		c->deadline = UINT64_MAX;
		fail(c);
		assay_tgt_mark_dirty(c);
	}
}
