/* pair.c - see pair.h. */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the stream's other end ---- */

struct end {
	struct pair *pair;
	struct assay_replay_target_link *link;
};

static void input(void *peer, const void *bytes, size_t length, uint64_t now)
{
	assay_replay_target_input(((struct end *)peer)->link, bytes, length, now);
}

static size_t output(void *peer, const uint8_t **out)
{
	return assay_replay_target_output(((struct end *)peer)->link, out);
}

static void consumed(void *peer, size_t length)
{
	const struct end *e = peer;

	assay_replay_target_sent(e->link, length, e->pair->clock.now);
}

static bool closing(void *peer)
{
	return assay_replay_target_ends(((struct end *)peer)->link) != ASSAY_REPLAY_STAYS;
}

static uint64_t next_timer(void *peer)
{
	return assay_replay_target_next(((struct end *)peer)->pair->target);
}

static void tick(void *peer, uint64_t now)
{
	assay_replay_target_tick(((struct end *)peer)->pair->target, now);
}

static void closed(void *peer, bool reset)
{
	struct end *e = peer;

	assay_replay_target_closed(
		e->link, closing(e) ? ASSAY_TARGET : ASSAY_INITIATOR, reset, e->pair->clock.now);
	free(e);
}

static void finished(void *peer)
{
	(void)peer;
}

static const struct assay_memory_peer_ops ops = {
	.input = input,
	.output = output,
	.consumed = consumed,
	.closing = closing,
	.next_timer = next_timer,
	.tick = tick,
	.closed = closed,
	.finished = finished,
};

static int dial(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct pair *p = (struct pair *)d;
	struct end *e;

	(void)host, (void)port, (void)source, (void)timeout;
	*out = NULL;
	if (p->refused_from && ++p->dialled >= p->refused_from)
		return assay_error_set(err, ASSAY_E_CONNECT, "refused");
	e = calloc(1, sizeof(*e));
	if (!e)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	e->pair = p;
	e->link = assay_replay_target_accept(p->target, "target", "initiator", p->clock.now);
	if (!e->link || assay_memory_stream(out, &ops, e, &p->clock) < 0) {
		free(e);
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	return 0;
}

/* ---- what is told ---- */

static void note(struct pair *p, enum assay_role role, const struct assay_replay_place *place,
	const struct assay_replay_differences *d)
{
	struct pair_side *side = &p->side[role];

	side->noted += !d->counting;
	side->differing += d->counting > 0;
	for (size_t n = 0; n < d->count && side->count < PAIR_TOLD; n++)
		if (d->difference[n].counts)
			memcpy(side->what[side->count++], d->difference[n].what, sizeof(side->what[0]));
	if (d->counting && !p->quiet) {
		printf("\nto the %s played:\n", role == ASSAY_TARGET ? "target" : "initiator");
		assay_replay_tell(stdout, place, d);
	}
}

static void initiator_differs(
	void *payload, const struct assay_replay_place *place, const struct assay_replay_differences *d)
{
	note(payload, ASSAY_INITIATOR, place, d);
}

static void target_differs(
	void *payload, const struct assay_replay_place *place, const struct assay_replay_differences *d)
{
	note(payload, ASSAY_TARGET, place, d);
}

static void found_by_initiator(void *payload, const struct assay_finding *f)
{
	((struct pair *)payload)->side[ASSAY_INITIATOR].findings[f->offender]++;
}

static void found_by_target(void *payload, const struct assay_finding *f)
{
	((struct pair *)payload)->side[ASSAY_TARGET].findings[f->offender]++;
}

bool pair_told(const struct pair *p, enum assay_role side, const char *what)
{
	for (size_t n = 0; n < p->side[side].count; n++)
		if (!strcmp(p->side[side].what[n], what))
			return true;
	return false;
}

/* ---- playing ---- */

static uint64_t now(void *payload)
{
	return ((const struct pair *)payload)->clock.now;
}

static void wait_for(void *payload, uint64_t nanoseconds)
{
	((struct pair *)payload)->clock.now += nanoseconds;
}

void pair_init(struct pair *p)
{
	static const uint32_t nowhere[] = { UINT32_MAX }; /* the only unit that needs leave */

	memset(p, 0, sizeof(*p));
	p->dialer.dial = dial;
	p->clock.now = ASSAY_SECOND;
	assay_leave_init(&p->leave, &p->dialer);
	p->leave.luns = nowhere;
	p->leave.lun_count = 1;
	p->leave.disruptive = true;
	p->config = (struct assay_initiator_config){ .dialer = &p->leave.dialer,
		.host = "memory",
		.port = 3260,
		.initiator_name = "iqn.2026-01.test:i",
		.target_name = "iqn.2026-01.test:t",
		.timeout = 5 * ASSAY_SECOND };
	p->between = (struct assay_replay_clock){ now, wait_for, p };
	p->initiator = (struct assay_replay_options){ .config = &p->config,
		.leave = &p->leave,
		.data = ASSAY_REPLAY_DATA_ALL,
		.seed = 42,
		.clock = &p->between,
		.payload = p,
		.differs = initiator_differs };
	p->served = (struct assay_replay_target_options){ .names = &p->names,
		.data = ASSAY_REPLAY_DATA_ALL,
		.patience = 300 * ASSAY_MILLISECOND,
		.payload = p,
		.differs = target_differs };
}

bool pair_play(struct pair *p, const struct assay_script *initiator, const struct assay_script *target)
{
	struct assay_error err = { 0 };
	bool begun;

	p->config.tap = p->tap[ASSAY_INITIATOR] = assay_tap_new(1 << 20, found_by_initiator, p);
	p->served.tap = p->tap[ASSAY_TARGET] = assay_tap_new(1 << 20, found_by_target, p);
	begun = p->config.tap && p->served.tap &&
		assay_replay_target_new(&p->target, target, &p->served) == 0;
	if (begun) {
		p->result = assay_replay_as_initiator(&p->replayed, initiator, &p->initiator, &err);
		p->done = assay_replay_target_done(p->target);
		p->counts = *assay_replay_target_end(p->target, false);
	}
	assay_replay_target_free(p->target);
	assay_tap_free(p->tap[ASSAY_INITIATOR]);
	assay_tap_free(p->tap[ASSAY_TARGET]);
	p->target = NULL;
	return begun;
}
