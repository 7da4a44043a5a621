/* target_world.c - see target_world.h. */
#include "fuzz/target_world.h"

#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/target_audit.h"
#include "target/machine.h"

#define OUT_MAX (2u << 20) /* bytes: the logical units hold 1 MiB, so no PDU is longer */
#define SEED    UINT64_C(0x5eed)
#define TIMERS  16 /* that an input's end waits for */

static uint8_t out_bytes[ASSAY_FUZZ_LINKS][OUT_MAX];
static struct assay_fuzz_world world;

/* ---- the target ---- */

/* Names and accounts of assay_target_add_defaults, so that what was recorded there logs in here; small units, so that no input writes 64 MiB. */
#define USER                                                                                                 \
	{                                                                                                    \
		ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET                                                     \
	}

static const struct assay_target_spec specs[] = {
	{ .tid = 1, .name = ASSAY_DEFAULT_NAME, .alias = "iscsi-assay disk", .ids = ASSAY_ID_IET },
	{ .tid = 2, .name = ASSAY_DEFAULT_SECOND, .ids = ASSAY_ID_NAA, .tpgt = 2 },
	{ .tid = 3, .name = ASSAY_DEFAULT_CHAP, .ids = ASSAY_ID_IET, .incoming = USER },
	{ .tid = 4,
		.name = ASSAY_DEFAULT_MUTUAL,
		.ids = ASSAY_ID_IET,
		.incoming = USER,
		.outgoing = { ASSAY_DEFAULT_TARGET_USER, ASSAY_DEFAULT_TARGET_SECRET } },
};

static const struct {
	unsigned tid;
	struct assay_lun_spec lun;
} luns[] = {
	{ 1, { .lun = 0, .blocks = 2048, .block_size = 512 } },
	{ 1, { .lun = 1, .blocks = 2048, .block_size = 512, .numbered = true } },
	{ 2, { .lun = 0, .blocks = 256, .block_size = 4096, .read_only = true } },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct assay_target *make_target(void)
{
	struct assay_target *t = assay_target_new();
	struct assay_error err;
	int rc = t ? 0 : ASSAY_E_NOMEM;

	if (t)
		assay_target_set_seed(t, SEED);
	for (uint16_t n = 0; rc >= 0 && n < 2; n++)
		rc = assay_target_add_portal(t,
			&(struct assay_target_portal){ .host = "127.0.0.1",
				.port = (uint16_t)(3260 + n),
				.tpgt = (uint16_t)(n + 1) },
			&err);
	for (size_t n = 0; rc >= 0 && n < COUNT(specs); n++)
		rc = assay_target_add(t, &specs[n], &err);
	for (size_t n = 0; rc >= 0 && n < COUNT(luns); n++)
		rc = assay_target_add_lun(t, luns[n].tid, &luns[n].lun, &err);
	if (rc < 0)
		assay_fuzz_fail("the target cannot be made: %s", t ? err.message : "out of memory");
	return t;
}

/* ---- what is seen from outside ---- */

static void found(void *payload, const struct assay_finding *f)
{
	(void)payload;
	if (f->offender == ASSAY_TARGET)
		assay_fuzz_fail("the target breaks %s (section %s) with PDU %llu of connection %u: expected "
				"%s, got %s",
			f->rule->id, f->rule->section, (unsigned long long)f->pdu, f->connection, f->expected,
			f->got);
}

static void gone(struct assay_fuzz_world *w, struct assay_fuzz_link *l, enum assay_role by)
{
	assay_watch_close(w->watch, l->watched, by);
	assay_target_conn_close(l->conn, w->now);
	l->conn = NULL;
}

static void came(struct assay_fuzz_world *w, struct assay_fuzz_link *l, const struct assay_pdu *pdu)
{
	if (!assay_opcode_name(pdu->opcode) || !assay_opcode_from_target(pdu->opcode))
		assay_fuzz_fail("the target sends opcode 0x%02x", pdu->opcode);
	if (pdu->bad_digests)
		assay_fuzz_fail("the target sends a %s with a wrong digest", assay_opcode_name(pdu->opcode));
	assay_fuzz_trace((unsigned)l->watched, false, pdu);
	assay_watch_pdu(w->watch, l->watched, ASSAY_TO_INITIATOR, pdu, ++w->number);
	if (pdu->opcode == ASSAY_LOGIN_RESPONSE && !pdu->status_class && pdu->transit &&
		pdu->nsg == ASSAY_STAGE_FULL_FEATURE)
		l->digests = l->conn->digests;
	l->last = *pdu;
	l->last.bhs = l->last.wire = l->last.ahs = l->last.data = NULL;
}

static void cut(struct assay_fuzz_world *w, struct assay_fuzz_link *l, const uint8_t *bytes, size_t length)
{
	struct assay_pdu pdu;
	int got = 0;

	for (size_t part; length; bytes += part, length -= part) {
		uint8_t *at;

		part = assay_framer_space(&l->out, &at);
		part = part < length ? part : length;
		memcpy(at, bytes, part);
		assay_framer_commit(&l->out, part);
		for (l->out.digests = l->digests; (got = assay_framer_next(&l->out, &pdu)) == 1;
			l->out.digests = l->digests)
			came(w, l, &pdu);
		if (got < 0)
			assay_fuzz_fail("the target announces a PDU of more than %u bytes", OUT_MAX);
	}
}

void assay_fuzz_world_take(struct assay_fuzz_world *w, struct assay_fuzz_link *l, size_t limit)
{
	const uint8_t *bytes;
	size_t length;

	while (limit && (length = assay_target_output(l->conn, &bytes))) {
		length = length < limit ? length : limit;
		cut(w, l, bytes, length);
		w->taken += length;
		limit -= length;
		assay_target_output_sent(l->conn, length);
	}
}

/* With all its output taken it must listen, must have looked at all that came, and must have said what it began to say. */
static void check_quiet(struct assay_fuzz_link *l)
{
	const struct assay_framer *in = &l->conn->in;
	const uint8_t *bytes;
	size_t space;

	if (assay_target_output(l->conn, &bytes))
		assay_fuzz_fail("a connection has output, and the transport was not told");
	if (assay_framer_pending(&l->out))
		assay_fuzz_fail(
			"the output ends in the middle of a PDU, %zu bytes", assay_framer_pending(&l->out));
	if (!assay_target_input_space(l->conn, &space) || !space)
		assay_fuzz_fail("a connection without output takes no input");
	if (assay_framer_pending(in) >= ASSAY_BHS_LENGTH &&
		assay_pdu_wire_length(in->buf + in->start, in->digests) <= assay_framer_pending(in))
		assay_fuzz_fail("a whole PDU was not looked at");
}

static struct assay_fuzz_link *link_of(struct assay_fuzz_world *w, const struct assay_target_conn *c)
{
	struct assay_fuzz_link *l = w->link;

	while (l->conn != c)
		l++;
	return l;
}

/* What a transport does with a connection that can be written to. */
static void flush(struct assay_fuzz_world *w, struct assay_fuzz_link *l)
{
	const uint8_t *bytes;

	if (assay_target_closing(l->conn) && l->in_length >= ASSAY_BHS_LENGTH) {
		/* A header alone may have been the reason. */
		assay_watch_gap(w->watch, l->watched, ASSAY_TO_TARGET);
		l->in_length = 0;
	}
	if (!l->held)
		assay_fuzz_world_take(w, l, SIZE_MAX);
	if (assay_target_closing(l->conn) && !assay_target_output(l->conn, &bytes))
		gone(w, l, l->finished ? ASSAY_INITIATOR : ASSAY_TARGET);
}

void assay_fuzz_world_hold(struct assay_fuzz_world *w, struct assay_fuzz_link *l, bool held)
{
	bool before = l->held;

	l->held = held;
	if (l->conn && before && !held) {
		flush(w, l);
		assay_fuzz_world_settle(w);
	}
}

void assay_fuzz_world_settle(struct assay_fuzz_world *w)
{
	struct assay_target_conn *c;

	while ((c = assay_target_take_dirty(w->target)))
		flush(w, link_of(w, c));
	for (unsigned n = 0; n < ASSAY_FUZZ_LINKS; n++) {
		struct assay_fuzz_link *l = &w->link[n];

		if (l->conn && !l->held && !assay_target_closing(l->conn))
			check_quiet(l);
		else if (l->conn && !l->held)
			assay_fuzz_fail("a connection wants to be closed, and the transport was not told");
	}
	assay_fuzz_audit(w->target);
}

/* ---- what we do ---- */

bool assay_fuzz_world_open(struct assay_fuzz_world *w, struct assay_fuzz_link *l, unsigned portal)
{
	if (l->conn)
		return true;
	if (w->opened == ASSAY_FUZZ_OPENED_MAX)
		return false;
	l->conn = assay_target_accept(w->target, portal, "127.0.0.1", w->now);
	if (!l->conn)
		assay_fuzz_fail("the target takes no connection");
	w->opened++;
	l->watched = assay_watch_open(w->watch, false);
	l->in_length = l->waiting_length = 0;
	assay_framer_init(&l->out, out_bytes[l - w->link], OUT_MAX);
	l->digests = 0;
	l->held = l->finished = false;
	return true;
}

/*
 * As many of the bytes as the target cuts without having to answer first, shown to the watch where they make a whole PDU: until a login ends, its
 * answer says how the next PDU is cut.
 */
static size_t show(struct assay_fuzz_world *w, struct assay_fuzz_link *l, const uint8_t *bytes, size_t length)
{
	size_t before = l->in_length, at = 0;
	struct assay_pdu pdu;
	long used;

	if (length > sizeof(l->in) - before)
		length = sizeof(l->in) - before;
	memcpy(l->in + before, bytes, length);
	l->in_length += length;
	while ((used = assay_pdu_decode(&pdu, l->in + at, l->in_length - at, l->conn->in.digests)) > 0) {
		assay_fuzz_trace((unsigned)l->watched, true, &pdu);
		assay_watch_pdu(w->watch, l->watched, ASSAY_TO_TARGET, &pdu, ++w->number);
		at += (size_t)used;
		if (!l->conn->session) {
			l->in_length = 0;
			return at - before;
		}
	}
	l->in_length -= at;
	memmove(l->in, l->in + at, l->in_length);
	return length;
}

void assay_fuzz_world_send(
	struct assay_fuzz_world *w, struct assay_fuzz_link *l, const uint8_t *bytes, size_t length)
{
	while (l->conn && length && !assay_target_closing(l->conn)) {
		size_t part = show(w, l, bytes, length);

		assay_target_input(l->conn, bytes, part, w->now);
		assay_fuzz_world_settle(w);
		bytes += part;
		length -= part;
	}
}

void assay_fuzz_world_close(struct assay_fuzz_world *w, struct assay_fuzz_link *l)
{
	gone(w, l, ASSAY_INITIATOR);
	assay_fuzz_world_settle(w);
}

void assay_fuzz_world_finish(struct assay_fuzz_world *w, struct assay_fuzz_link *l)
{
	l->finished = true;
	assay_target_input_end(l->conn, w->now);
	assay_fuzz_world_settle(w);
}

static void tick(struct assay_fuzz_world *w)
{
	assay_target_tick(w->target, w->now);
	if (assay_target_next_timer(w->target) <= w->now)
		assay_fuzz_fail("a timer that was due is due again at once");
	assay_fuzz_world_settle(w);
}

void assay_fuzz_world_next_timer(struct assay_fuzz_world *w)
{
	uint64_t next = assay_target_next_timer(w->target);

	if (next == UINT64_MAX)
		return;
	w->now = next > w->now ? next : w->now;
	tick(w);
}

void assay_fuzz_world_later(struct assay_fuzz_world *w, uint64_t nanoseconds)
{
	w->now += nanoseconds;
	if (assay_target_next_timer(w->target) <= w->now)
		tick(w);
}

/* ---- the beginning and the end ---- */

struct assay_fuzz_world *assay_fuzz_world_begin(void)
{
	struct assay_fuzz_world *w = &world;

	if (!w->watch && !(w->watch = assay_watch_new(found, NULL)))
		assay_fuzz_fail("no memory for a watch");
	assay_watch_clear(w->watch);
	w->target = make_target();
	w->now = ASSAY_TGT_CLOSE_TIME;
	w->number = 0;
	w->opened = 0;
	w->taken = 0;
	return w;
}

static void say(
	struct assay_fuzz_world *w, struct assay_fuzz_link *l, const struct assay_pdu *pdu, uint8_t answer)
{
	uint8_t wire[512];
	long length = assay_pdu_encode(wire, sizeof(wire), pdu, 0);

	memset(&l->last, 0, sizeof(l->last));
	assay_fuzz_world_send(w, l, wire, (size_t)length);
	if (l->last.opcode != answer || l->last.itt != pdu->itt || l->last.status_class)
		assay_fuzz_fail(
			"after the input a right %s is not answered by a %s but by 0x%02x, status 0x%02x%02x",
			assay_opcode_name(pdu->opcode), assay_opcode_name(answer), l->last.opcode,
			l->last.status_class, l->last.status_detail);
}

/* Whatever was done to it, the target serves the next one: a login, a ping, a command. */
static void check_served(struct assay_fuzz_world *w)
{
	static const char text[] =
		"InitiatorName=iqn.2026-01.test:next\0SessionType=Normal\0TargetName=" ASSAY_DEFAULT_NAME;
	struct assay_fuzz_link *l = &w->link[0];
	struct assay_pdu login = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = ASSAY_STAGE_OPERATIONAL,
		.nsg = ASSAY_STAGE_FULL_FEATURE,
		.isid = UINT64_C(0x00023d000001),
		.itt = 1,
		.cmd_sn = 1,
		.data = (const uint8_t *)text,
		.data_length = sizeof(text) };
	struct assay_pdu nop = {
		.opcode = ASSAY_NOP_OUT, .final = 1, .itt = 2, .ttt = ASSAY_TAG_RESERVED, .cmd_sn = 1
	};
	struct assay_pdu test = {
		.opcode = ASSAY_SCSI_COMMAND, .final = 1, .attr = ASSAY_ATTR_ORDERED, .itt = 3, .cmd_sn = 2
	};

	w->opened = 0;
	assay_fuzz_world_open(w, l, 0);
	say(w, l, &login, ASSAY_LOGIN_RESPONSE);
	nop.exp_stat_sn = l->last.stat_sn + 1;
	say(w, l, &nop, ASSAY_NOP_IN);
	test.exp_stat_sn = l->last.stat_sn + 1;
	say(w, l, &test, ASSAY_SCSI_RESPONSE);
	assay_fuzz_world_close(w, l);
}

void assay_fuzz_world_end(struct assay_fuzz_world *w)
{
	for (unsigned n = 0; n < ASSAY_FUZZ_LINKS; n++)
		assay_fuzz_world_hold(w, &w->link[n], false);
	for (unsigned n = 0; n < TIMERS; n++)
		assay_fuzz_world_next_timer(w);
	for (unsigned n = 0; n < ASSAY_FUZZ_LINKS; n++)
		if (w->link[n].conn)
			gone(w, &w->link[n], ASSAY_INITIATOR);
	assay_fuzz_world_settle(w);
	assay_fuzz_audit_empty(w->target);
	check_served(w);
	assay_target_free(w->target);
	w->target = NULL;
}
