/*
 * check_slice.c - the packets around a finding as a capture of their own: those of its connection's login, those before it that it rests on, and some behind it. How many it rests on cannot be told from
 * the outside, so it is tried: a slice grows until the rules find the same in it. The capture is read again for each, so nothing but the slice is held, and that is bounded.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"

#define BYTES_MAX    (8u << 20) /* of a slice */
#define BEFORE_LEAST 16 /* packets of the connection before the finding, at first */
#define BEHIND       16 /* and behind it */

/* The finding. */
struct sought {
	uint64_t number;
	const char *path;
	const struct assay_rule *rule;
	enum assay_role offender;
	uint64_t frame;
	struct assay_endpoint initiator, target;
	uint64_t first_frame, login_end; /* of its connection */
	uint64_t before; /* packets of its connection up to the finding, from its first one on */
	bool counted; /* all of those */
};

/* A try. */
struct slice {
	const struct sought *sought;
	bool all; /* of all connections */
	uint64_t window; /* packets before the finding */
	uint64_t packets, index, behind;
	size_t bytes;
	bool found;
};

/* What the finding's connection was, before it is known which one it is. */
struct search {
	struct sought *sought;
	uint64_t findings;
	uint64_t login_end[ASSAY_FLOWS_MAX];
	bool found;
};

static bool same_end(const struct assay_endpoint *a, const struct assay_endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

/* ---- reading ---- */

typedef void packet_fn(void *payload, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s);

/* All packets until *stop. 0, or an exit code after a line of words. */
static int read_packets(const char *path, packet_fn *take, void *payload, const bool *stop)
{
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_capture_file *file = NULL;
	struct assay_error err = { 0 };
	struct assay_packet p;
	int r = fragments ? assay_capture_file_open(&file, path, &err)
			  : assay_error_set(&err, ASSAY_E_NOMEM, "out of memory");

	while (r >= 0 && !*stop && !assay_stop_signal && (r = assay_capture_file_next(&p, file, &err)) == 1) {
		struct assay_segment s;
		enum assay_packet_kind kind = assay_packet_tcp(&s, fragments, &p);

		take(payload, &p, kind, &s);
	}
	assay_capture_file_close(file);
	assay_fragments_free(fragments);
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	return r < 0 ? assay_check_complain(path, &err) : 0;
}

/* ---- which finding ---- */

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	struct search *x = payload;

	if ((p->pdu->opcode & 0x1f) == ASSAY_LOGIN_REQUEST)
		x->login_end[c->slot] = p->frame;
}

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	((struct search *)payload)->login_end[c->slot] = c->frame;
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	struct search *x = payload;

	if (++x->findings != x->sought->number)
		return;
	x->found = true;
	x->sought->rule = f->rule;
	x->sought->offender = f->offender;
	x->sought->frame = at->frame;
	x->sought->initiator = *c->initiator;
	x->sought->target = *c->target;
	x->sought->first_frame = c->frame;
	x->sought->login_end = x->login_end[c->slot];
}

static void feed(void *payload, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s)
{
	(void)p;
	if (kind == ASSAY_PACKET_TCP)
		assay_timeline_segment(payload, s);
}

/* 0, or an exit code after a line of words. */
static int seek(struct sought *sought, const struct assay_cli *cli)
{
	static const struct assay_timeline_events events = {
		.open = on_open, .pdu = on_pdu, .finding = on_finding
	};
	static struct search x;
	struct assay_timeline *t;
	int r;

	x.sought = sought;
	t = assay_check_timeline(&events, &x, cli);
	if (!t)
		return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
	r = read_packets(sought->path, feed, t, &x.found);
	if (!r && !x.found)
		assay_timeline_end(t);
	assay_timeline_free(t);
	if (!r && !x.found)
		return assay_complain("--slice %" PRIu64 ": %s has %" PRIu64 " findings and warnings",
			sought->number, sought->path, x.findings);
	return r;
}

/* ---- its packets ---- */

/* Is it of the finding's connection? Of a fragment only hosts are known. */
static bool is_own(const struct sought *k, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s)
{
	struct assay_endpoint from = s->from, to = s->to;

	if (p->frame < k->first_frame || (kind != ASSAY_PACKET_TCP && kind != ASSAY_PACKET_FRAGMENT))
		return false;
	if (kind == ASSAY_PACKET_FRAGMENT) {
		bool up = memcmp(from.address, k->initiator.address, sizeof(from.address)) == 0;

		from.port = up ? k->initiator.port : k->target.port;
		to.port = up ? k->target.port : k->initiator.port;
	}
	return (same_end(&from, &k->initiator) && same_end(&to, &k->target)) ||
	       (same_end(&from, &k->target) && same_end(&to, &k->initiator));
}

static void count(void *payload, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s)
{
	struct sought *k = payload;

	k->counted = p->frame >= k->frame;
	k->before += p->frame <= k->frame && is_own(k, p, kind, s);
}

/* Does it belong to the slice? Called once for each packet of the capture. */
static bool belongs(struct slice *c, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s)
{
	const struct sought *k = c->sought;

	if (!c->all && !is_own(k, p, kind, s))
		return false;
	if (p->frame > k->frame)
		return c->behind++ < BEHIND;
	if (c->all)
		return true;
	c->index++;
	return p->frame <= k->login_end || c->index + c->window > k->before;
}

/* ---- a try ---- */

struct attempt {
	struct slice slice;
	struct assay_timeline *timeline;
	struct assay_copy copy;
	bool stop;
};

static void on_same_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	struct slice *s = &((struct attempt *)payload)->slice;

	(void)c;
	s->found |= f->rule == s->sought->rule && f->offender == s->sought->offender &&
		    at->frame == s->sought->frame;
}

static void take(void *payload, const struct assay_packet *p, enum assay_packet_kind kind,
	const struct assay_segment *s)
{
	struct attempt *a = payload;
	struct assay_packet packet = *p;
	char comment[64];

	if (!belongs(&a->slice, p, kind, s)) {
		a->stop = a->slice.behind > BEHIND;
		return;
	}
	a->slice.packets++;
	a->slice.bytes += p->captured + 64;
	a->stop = a->slice.bytes > BYTES_MAX;
	if (a->stop)
		return;
	if (!packet.comment) {
		packet.comment_length = (uint32_t)snprintf(
			comment, sizeof(comment), "frame %" PRIu64 " of the whole capture", p->frame);
		packet.comment = comment;
	}
	assay_copy_packet(&a->copy, &packet);
	if (kind == ASSAY_PACKET_TCP)
		assay_timeline_segment(a->timeline, s);
}

/* 0 with a->slice.found, or an exit code after a line of words. */
static int try_slice(struct attempt *a, FILE *out, const struct assay_cli *cli)
{
	static const struct assay_timeline_events events = { .finding = on_same_finding };
	const struct sought *k = a->slice.sought;
	char words[256];
	int r;

	snprintf(words, sizeof(words),
		"%s %" PRIu64 ": %s by the %s, in frame %" PRIu64 " of the whole capture",
		assay_level_finding(k->rule->level), k->number, k->rule->id, assay_check_side(k->offender),
		k->frame);
	a->timeline = assay_check_timeline(&events, a, cli);
	if (!a->timeline)
		return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
	assay_copy_begin(&a->copy, out, words);
	r = read_packets(k->path, take, a, &a->stop);
	assay_timeline_end(a->timeline);
	assay_timeline_free(a->timeline);
	return r;
}

/* More and more packets of the connection, then of all, until the finding is found again. 0, or an exit code after a line of words. */
static int grow(
	struct attempt *a, char **bytes, size_t *length, const struct sought *k, const struct assay_cli *cli)
{
	for (uint64_t window = BEFORE_LEAST;; window *= 4) {
		FILE *out = open_memstream(bytes, length);
		int r;

		if (!out)
			return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
		*a = (struct attempt){
			.slice = { .sought = k, .window = window, .all = window > 4 * k->before }
		};
		r = try_slice(a, out, cli);
		if (fclose(out) || r)
			return r ? r : ASSAY_EXIT_HARNESS;
		if (a->slice.found && a->slice.bytes <= BYTES_MAX)
			return 0;
		free(*bytes);
		*bytes = NULL;
		if (a->slice.bytes > BYTES_MAX || a->slice.all) {
			assay_complain("%s %" PRIu64 " rests on more than a slice may have, %u bytes: "
				       "nothing was written",
				assay_level_finding(k->rule->level), k->number, BYTES_MAX);
			return ASSAY_EXIT_NOTHING;
		}
	}
}

int assay_check_slice(const struct assay_cli *cli)
{
	struct sought k = { .number = cli->slice, .path = cli->words.word[0] };
	struct assay_file out;
	struct attempt a;
	char *bytes = NULL;
	size_t length;
	int r = assay_check_output(&out, cli->output);

	if (r)
		return r;
	assay_signals_catch();
	r = seek(&k, cli);
	if (!r)
		r = read_packets(k.path, count, &k, &k.counted);
	if (!r)
		r = grow(&a, &bytes, &length, &k, cli);
	if (!r)
		fwrite(bytes, 1, length, out.out); /* what is lost is told when the file is closed */
	r = assay_check_output_end(&out, cli->output, r);
	if (!r)
		fprintf(stderr, "%s %" PRIu64 ", %s by the %s: %" PRIu64 " packets\n",
			assay_level_finding(k.rule->level), k.number, k.rule->id,
			assay_check_side(k.offender), a.slice.packets);
	free(bytes);
	return r;
}
