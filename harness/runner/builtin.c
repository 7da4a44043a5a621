/*
 * builtin.c - the built-in target in the worker's own process: each test has a fresh one, behind memory streams and a virtual clock, so nothing is shared, nothing
 * waits, and writes need no leave. The profile for it declares everything that a test can need.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/dial.h"
#include "runner/profile_internal.h"
#include "target/target.h"
#include "transport/memory.h"

#define HOST         "127.0.0.1"
#define PORT         3260
#define SECOND_PORT  3261
#define TID          1 /* of ASSAY_DEFAULT_NAME */
#define ADDED_BLOCKS 2048

/* The other end of one memory stream. conn: NULL once the target was restarted. */
struct peer {
	struct assay_builtin *builtin;
	struct assay_target_conn *conn;
	struct peer *next;
};

struct assay_builtin {
	struct assay_dialer dialer;
	struct assay_target *target;
	struct assay_memory_clock clock;
	struct peer *peers;
	const unsigned char *defects;
	uint64_t seed;
};

static void peer_input(void *peer, const void *bytes, size_t length, uint64_t now)
{
	struct peer *p = peer;

	if (p->conn)
		assay_target_input(p->conn, bytes, length, now);
}

static size_t peer_output(void *peer, const uint8_t **out)
{
	struct peer *p = peer;

	return p->conn ? assay_target_output(p->conn, out) : 0;
}

static void peer_consumed(void *peer, size_t length)
{
	assay_target_output_sent(((struct peer *)peer)->conn, length);
}

static bool peer_closing(void *peer)
{
	struct peer *p = peer;

	return !p->conn || assay_target_closing(p->conn);
}

static uint64_t peer_next_timer(void *peer)
{
	return assay_target_next_timer(((struct peer *)peer)->builtin->target);
}

static void peer_tick(void *peer, uint64_t now)
{
	assay_target_tick(((struct peer *)peer)->builtin->target, now);
}

static void peer_closed(void *peer, bool reset)
{
	struct peer *p = peer;

	(void)reset;
	if (p->conn)
		assay_target_conn_close(p->conn, p->builtin->clock.now);
	for (struct peer **at = &p->builtin->peers; *at; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			free(p);
			return;
		}
}

static void peer_finished(void *peer)
{
	struct peer *p = peer;

	if (p->conn)
		assay_target_input_end(p->conn, p->builtin->clock.now);
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
	struct assay_builtin *b = (struct assay_builtin *)d;
	unsigned portal = port == SECOND_PORT;
	struct peer *p;

	(void)timeout;
	*out = NULL;
	if (strcmp(host, HOST) || (port != PORT && port != SECOND_PORT))
		return assay_error_set(err, ASSAY_E_REFUSED,
			"%.100s port %u is no portal of the built-in target", host, port);
	p = calloc(1, sizeof(*p));
	if (!p)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	p->builtin = b;
	p->conn = assay_target_accept(b->target, portal, source ? source : HOST, b->clock.now);
	if (!p->conn || assay_memory_stream(out, &peer_ops, p, &b->clock) < 0) {
		if (p->conn)
			assay_target_conn_close(p->conn, b->clock.now);
		free(p);
		return assay_error_set(err, ASSAY_E_CONNECT, "the built-in target takes no more connections");
	}
	p->next = b->peers;
	b->peers = p;
	return 0;
}

static struct assay_target *make_target(const struct assay_builtin *b, struct assay_error *err)
{
	struct assay_target *t = assay_target_new();

	if (!t) {
		assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
		return NULL;
	}
	/* Defects first: some of them change how things are added. */
	for (unsigned n = 0; b->defects && n < ASSAY_DEFECT_COUNT; n++)
		if (b->defects[n / 8] & 1u << n % 8)
			assay_target_set_defect(t, (enum assay_defect)n);
	assay_target_set_seed(t, b->seed);
	if (assay_target_add_defaults(t, err) < 0) {
		assay_target_free(t);
		return NULL;
	}
	assay_target_set_portal_port(t, 0, PORT);
	assay_target_set_portal_port(t, 1, SECOND_PORT);
	return t;
}

struct assay_builtin *assay_builtin_new(const unsigned char *defects, uint64_t seed, struct assay_error *err)
{
	struct assay_builtin *b = calloc(1, sizeof(*b));

	if (!b) {
		assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
		return NULL;
	}
	b->dialer.dial = dial;
	b->defects = defects;
	b->seed = seed;
	b->target = make_target(b, err);
	if (!b->target) {
		free(b);
		return NULL;
	}
	return b;
}

struct assay_dialer *assay_builtin_dialer(struct assay_builtin *b)
{
	return &b->dialer;
}

void assay_builtin_free(struct assay_builtin *b)
{
	if (!b)
		return;
	assay_target_free(b->target);
	while (b->peers) {
		struct peer *next = b->peers->next;

		free(b->peers);
		b->peers = next;
	}
	free(b);
}

/* A new one at the same addresses, with the media of the old one and nothing else of it. */
static int control_restart(struct assay_builtin *b, struct assay_error *err)
{
	struct assay_target *fresh = make_target(b, err);

	if (!fresh)
		return ASSAY_E_NOMEM;
	for (struct peer *p = b->peers; p; p = p->next)
		p->conn = NULL;
	assay_target_take_media(fresh, b->target);
	assay_target_free(b->target);
	b->target = fresh;
	return 0;
}

int assay_builtin_control(
	struct assay_builtin *b, enum assay_verb verb, uint32_t lun, struct assay_error *err)
{
	struct assay_lun_spec spec = { .lun = lun, .blocks = ADDED_BLOCKS, .block_size = 512 };

	switch (verb) {
	case ASSAY_VERB_RESTART: return control_restart(b, err);
	case ASSAY_VERB_ADD_LUN: return assay_target_add_lun(b->target, TID, &spec, err);
	case ASSAY_VERB_REMOVE_LUN:
		return assay_target_remove_lun(b->target, TID, lun) < 0
			       ? assay_error_set(err, ASSAY_E_IO, "LUN %u cannot be removed", lun)
			       : 0;
	default: return ASSAY_E_INVAL;
	}
}

int assay_profile_builtin(struct assay_profile **out, struct assay_error *err)
{
	struct assay_profile *p = assay_profile_new();

	*out = p;
	if (!p)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	p->builtin = true;
	snprintf(p->name, sizeof(p->name), "built-in");
	snprintf(p->url, sizeof(p->url), "built-in");
	p->header_digest = p->data_digest = 1;
	p->setup = (struct assay_setup){
		.host = HOST,
		.port = PORT,
		.target_name = ASSAY_DEFAULT_NAME,
		.lun = 1,
		.write_lun_given = true,
		.write_lun = 1,
		.second_lun_given = true,
		.second_lun = 22,
		.second_host = HOST,
		.second_port = SECOND_PORT,
		.second_target = ASSAY_DEFAULT_SECOND,
		.chap_target = ASSAY_DEFAULT_CHAP,
		.chap_account = { ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET },
		.mutual_target = ASSAY_DEFAULT_MUTUAL,
		.mutual_account = { ASSAY_DEFAULT_USER, ASSAY_DEFAULT_SECRET },
		.mutual_target_account = { ASSAY_DEFAULT_TARGET_USER, ASSAY_DEFAULT_TARGET_SECRET },
		.acl_target = ASSAY_DEFAULT_ACL,
		.acl_initiator = ASSAY_DEFAULT_ACL_INITIATOR,
		.target_id = 1,
		.acl_address_target = ASSAY_DEFAULT_ACL_ADDRESS,
		.acl_address = ASSAY_DEFAULT_ADDRESS,
		.disruptive = true,
		.persistent = true,
		.started = true,
		.timing_factor = 1,
	};
	return 0;
}
