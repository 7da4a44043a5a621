/*
 * property.c - whatever a network or a capturing machine does to a capture, the rules find in it nothing that they do not find in the capture as it is; and where nothing is missing, all of it.
 *   disturb COUNT CAPTURE...         COUNT disturbances of each, by seeds 1, 2, 3 ...; 1 where one gives another finding
 *   disturb =SEED[:NAMES] CAPTURE    that one: what is done, and what is found; NAMES (wrap+split) rather than those that the seed chooses
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/timeline.h"
#include "codec/bytes.h"
#include "disturb.h"

#define RULES_MAX 512

/* Findings by rule and side. */
struct tally {
	unsigned count[RULES_MAX][3];
	unsigned all;
};

static struct tally *now;
static bool aloud;
static const struct assay_rule *rules;
static size_t rule_count;

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	(void)payload;
	now->count[f->rule - rules][f->offender]++;
	now->all++;
	if (aloud)
		printf("  %llu: connection %llu, frame %llu: %s %s: expected %s, got %s\n",
			(unsigned long long)at->number, (unsigned long long)c->number,
			(unsigned long long)at->frame, f->offender == ASSAY_TARGET ? "target" : "initiator",
			f->rule->id, f->expected, f->got);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	(void)payload;
	if (aloud)
		printf("%4llu: %llu %s %s%s ITT %x CmdSN %u StatSN %u ExpStatSN %u ExpCmdSN %u MaxCmdSN %u, "
		       "frame %llu\n",
			(unsigned long long)p->number, (unsigned long long)c->number,
			p->dir == ASSAY_TO_TARGET ? ">" : "<", p->cut ? "cut " : "",
			assay_opcode_name(p->pdu->opcode) ? assay_opcode_name(p->pdu->opcode) : "?",
			p->pdu->itt, p->pdu->cmd_sn, p->pdu->stat_sn, p->pdu->exp_stat_sn, p->pdu->exp_cmd_sn,
			p->pdu->max_cmd_sn, (unsigned long long)p->frame);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	(void)payload;
	if (aloud)
		printf("      %llu %s %llu bytes %s\n", (unsigned long long)c->number,
			l->dir == ASSAY_TO_TARGET ? ">" : "<", (unsigned long long)l->bytes,
			l->skipped ? "skipped" : "lost");
}

/* ---- fragments ---- */

/* The segment as a datagram. Returns its length. */
static uint32_t datagram(uint8_t out[65536 + 60], const struct assay_segment *s)
{
	uint32_t head = s->from.family == 4 ? 20 : 40;

	memset(out, 0, head + 20);
	if (head == 20) {
		out[0] = 0x45;
		out[9] = 6;
		memcpy(out + 12, s->from.address, 4);
		memcpy(out + 16, s->to.address, 4);
	} else {
		out[0] = 0x60;
		out[6] = 6;
		memcpy(out + 8, s->from.address, 16);
		memcpy(out + 24, s->to.address, 16);
	}
	assay_put_be16(out + head, s->from.port);
	assay_put_be16(out + head + 2, s->to.port);
	assay_put_be32(out + head + 4, s->seq);
	assay_put_be32(out + head + 8, s->ack);
	out[head + 12] = 0x50;
	out[head + 13] = s->flags;
	if (s->length)
		memcpy(out + head + 20, s->data, s->length);
	return head + 20 + s->length;
}

/* Bytes from at on of an IPv4 datagram as a fragment. */
static void give_fragment(struct assay_timeline *t, struct assay_fragments *f,
	const struct assay_segment *whole, const uint8_t *ip, uint32_t length, uint32_t at, uint32_t size)
{
	static uint8_t bytes[65536];
	struct assay_packet p = { .frame = whole->frame, .time = whole->time, .link = 101, .bytes = bytes };
	struct assay_segment s;
	bool last = at + size >= length - 20;

	if (last)
		size = length - 20 - at;
	memcpy(bytes, ip, 20);
	memcpy(bytes + 20, ip + 20 + at, size);
	assay_put_be16(bytes + 2, (uint16_t)(20 + size));
	memcpy(bytes + 4, ip + 4, 2);
	assay_put_be16(bytes + 6, (uint16_t)(at / 8 | (last ? 0 : 0x2000)));
	p.captured = p.length = 20 + size;
	if (assay_packet_tcp(&s, f, &p) == ASSAY_PACKET_TCP)
		assay_timeline_segment(t, &s);
}

static void give_in_fragments(
	struct assay_timeline *t, struct assay_fragments *f, const struct assay_segment *s, uint16_t id)
{
	static uint8_t ip[65536 + 60];
	uint32_t length, size = 8 * (1 + pick(200)), parts;

	if (s->from.family != 4 || s->captured < s->length || s->length > 60000) {
		assay_timeline_segment(t, s);
		return;
	}
	length = datagram(ip, s);
	assay_put_be16(ip + 4, id);
	parts = (length - 20 + size - 1) / size;
	for (uint32_t n = 0; n < parts; n++) /* the last one first, as one may do */
		give_fragment(t, f, s, ip, length, (n + parts - 1) % parts * size, size);
}

/* ---- faults that go by another name ---- */

/*
 * Of one fault several rules may tell, and which does depends on what was seen: where the PDU that breaks the first one is missing, another PDU breaks the next. Most of these are of captures with one
 * change, in which the other side goes on as if nothing had been changed. Beginnings of the rules' names.
 */
static const struct {
	const char *was, *is;
	bool by_other; /* then the other side is to blame by the letter */
} kin[] = {
	{ "statsn-", "statsn-", false },
	{ "cmdsn-", "cmdsn-", false },
	{ "expcmdsn-hole", "status-before-ack", false },
	{ "expcmdsn-ahead", "status-before-ack", false },
	{ "reject-cmdsn", "expcmdsn-back", false },
	{ "response-once", "statsn-", false },
	{ "data-in-after-status", "statsn-", false },
	{ "data-in-ack-level", "data-in-ack-tag", false },
	{ "data-in-order", "residual-missing", false },
	{ "data-in-direction", "residual-missing", false },
	{ "unsolicited-amount", "unsolicited-ended", false },
	{ "expstatsn-ahead", "expstatsn-back", false },
	{ "text-sequence", "text-", false },
	{ "response-waits", "residual-missing", false },
	{ "data-out-connection", "data-out-itt", false },
	{ "response-connection", "response-itt", false },
	{ "header-digest", "padding",
		false }, /* where the first digest that is seen is the wrong one, it is taken for data */
	{ "itt-reuse", "tmf-ref-cmdsn", false },
	{ "nop-in-itt", "statsn-", false },
	{ "response-itt", "statsn-", false },
	{ "connections-max", "expcmdsn-hole",
		false }, /* where the one too many is not known, what it said is missing */
	/* what the other side did was meant for what was not changed */
	{ "connections-max", "cmdsn-order", true },
	{ "unsolicited-amount", "residual-missing", true },
	{ "data-out-order", "residual-missing", true },
	{ "data-out-connection", "response-waits", true },
	{ "response-connection", "data-out-ttt", true },
	{ "r2t-order", "data-out-range", true },
	{ "r2t-length", "data-out-short", true },
};

/* ---- one run ---- */

static void judge(struct tally *out, struct assay_timeline *t, const struct trace *trace)
{
	struct assay_fragments *f = trace->fragmented ? assay_fragments_new() : NULL;

	memset(out, 0, sizeof(*out));
	now = out;
	assay_timeline_clear(t);
	for (size_t n = 0; n < trace->count; n++) {
		struct assay_segment s = trace->segment[n];

		s.frame = n + 1;
		if (f)
			give_in_fragments(t, f, &s, (uint16_t)n);
		else
			assay_timeline_segment(t, &s);
	}
	assay_timeline_end(t);
	assay_fragments_free(f);
}

/* How often the fault of that finding is told in the capture as it is, though by another rule. */
static unsigned otherwise(const struct tally *was, size_t rule, unsigned offender)
{
	unsigned count = 0;

	for (size_t k = 0; k < sizeof(kin) / sizeof(kin[0]); k++)
		if (!strncmp(rules[rule].id, kin[k].is, strlen(kin[k].is)))
			for (size_t r = 0; r < rule_count; r++)
				if (!strncmp(rules[r].id, kin[k].was, strlen(kin[k].was)))
					count += was->count[r][kin[k].by_other ? 3 - offender : offender];
	return count;
}

/* A capture that is said twice says its challenges twice. */
static bool is_of_twice(size_t rule, unsigned times)
{
	return times > 1 && !strcmp(rules[rule].id, "chap-challenge-repeated");
}

/* Words for what there is more of; false where there is nothing. */
static bool more(const struct tally *is, const struct tally *was, unsigned times)
{
	bool any = false;

	for (size_t r = 0; r < rule_count; r++)
		for (unsigned o = ASSAY_INITIATOR; o <= ASSAY_TARGET; o++)
			if (is->count[r][o] > times * (was->count[r][o] + otherwise(was, r, o)) &&
				!is_of_twice(r, times)) {
				any = true;
				printf(" %s %s %u", o == ASSAY_TARGET ? "target" : "initiator", rules[r].id,
					is->count[r][o]);
				if (was->count[r][o])
					printf(" (%u)", times * was->count[r][o]);
			}
	return any;
}

/* Of several connections the capture has not got the order any more. */
static bool is_mixed(const struct trace *t, unsigned chosen)
{
	const struct assay_segment *first = t->segment;

	for (unsigned n = 0; n < disturbance_count; n++)
		if (chosen & 1u << n && !disturbances[n].ordered)
			for (size_t i = 0; i < t->count; i++)
				if (t->segment[i].from.port + t->segment[i].to.port !=
					first->from.port + first->to.port)
					return true;
	return false;
}

/* Words for what there is less of, though nothing is missing. */
static bool less(const struct tally *is, const struct tally *was, unsigned times)
{
	bool any = false;

	for (size_t r = 0; r < rule_count; r++)
		for (unsigned o = ASSAY_INITIATOR; o <= ASSAY_TARGET; o++)
			if (is->count[r][o] < times * was->count[r][o]) {
				any = true;
				printf(" no longer %s %s", o == ASSAY_TARGET ? "target" : "initiator",
					rules[r].id);
			}
	return any;
}

/* Which ones a seed makes: one to four. */
static unsigned choose(uint64_t seed)
{
	unsigned chosen = 0, count;

	seed_with(seed);
	count = 1 + pick(4);
	while (count--)
		chosen |= 1u << pick(disturbance_count);
	return chosen;
}

static unsigned named(const char *words)
{
	unsigned chosen = 0;

	for (unsigned n = 0; n < disturbance_count; n++)
		if (strstr(words, disturbances[n].name))
			chosen |= 1u << n;
	return chosen;
}

/* True when it gives nothing else. */
static bool run(struct assay_timeline *t, const struct trace *as_it_is, const struct tally *was,
	const char *path, uint64_t seed, unsigned chosen)
{
	struct trace trace;
	struct tally is;
	unsigned times = 1;
	bool other, whole = true;

	if (!trace_copy(&trace, as_it_is))
		return false;
	for (unsigned n = 0; n < disturbance_count; n++)
		if (chosen & 1u << n) {
			disturbances[n].make(&trace);
			times *= disturbances[n].times;
			whole &= disturbances[n].whole;
		}
	judge(&is, t, &trace);
	other = is.all > 0 && more(&is, was, times);
	other |= whole && !is_mixed(&trace, chosen) && was->all > 0 && less(&is, was, times);
	if (other) {
		printf("  %s seed %llu:", path, (unsigned long long)seed);
		for (unsigned n = 0; n < disturbance_count; n++)
			if (chosen & 1u << n)
				printf(" %s", disturbances[n].name);
		printf("\n");
	}
	if (trace.failed)
		other = true;
	trace_free(&trace);
	return !other;
}

int main(int argc, char **argv)
{
	static const struct assay_timeline_events events = {
		.finding = on_finding, .pdu = on_pdu, .loss = on_loss
	};
	struct assay_timeline *t = assay_timeline_new(NULL, &events, NULL);
	unsigned runs = 0, wrong = 0;

	rules = assay_rules(&rule_count);
	if (!t || argc < 3 || rule_count > RULES_MAX)
		return EXIT_FAILURE;
	for (int n = 2; n < argc; n++) {
		struct trace trace;
		struct tally was;
		uint64_t from = 1, to = strtoull(argv[1], NULL, 10);
		const char *names = strchr(argv[1], ':');

		if (!trace_read(&trace, argv[n])) {
			wrong++;
			continue;
		}
		judge(&was, t, &trace);
		if (argv[1][0] == '=')
			from = to = strtoull(argv[1] + 1, NULL, 10);
		aloud = argv[1][0] == '=';
		for (uint64_t seed = from; seed <= to; seed++, runs++) {
			unsigned chosen = choose(seed);

			wrong += !run(t, &trace, &was, argv[n], seed, names ? named(names) : chosen);
		}
		trace_free(&trace);
	}
	assay_timeline_free(t);
	printf("%u disturbed captures, %u wrong\n", runs, wrong);
	return runs && !wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}
