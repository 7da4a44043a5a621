/* replay_tell.c - what the command replay did and found, for people and as docs/replay.schema.json describes it. Strings of either side never steer the terminal. */
#include <inttypes.h>
#include <string.h>

#include "cli/replay.h"
#include "codec/listing.h"
#include "report/print.h"

#define LISTING_MAX 8192 /* bytes of one PDU's listing; a longer one is cut */

static const char *side(enum assay_role role)
{
	return role == ASSAY_INITIATOR ? "initiator" : "target";
}

/* ---- findings ---- */

/* The listing of a live PDU; "" where it was not kept. */
static const char *listing_of(const struct assay_tap *tap, uint64_t number)
{
	static char listing[LISTING_MAX];
	struct assay_pdu pdu;

	for (size_t n = assay_tap_count(tap); n-- > 0;) {
		const struct assay_tap_record *r = assay_tap_at(tap, n);

		if (r->number < number)
			break;
		if (r->number != number || r->kind != ASSAY_TAP_PDU || r->kept < ASSAY_BHS_LENGTH)
			continue;
		if (assay_pdu_decode(&pdu, r->bytes, r->kept, r->digests) < 0)
			assay_pdu_decode_bhs(&pdu, r->bytes);
		assay_listing_full(listing, sizeof(listing), &pdu);
		return listing;
	}
	return "";
}

static void put_lines(const char *text)
{
	char line[512];

	while (*text) {
		size_t length = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		fputs("       ", stdout);
		assay_print_clean(stdout, line);
		putchar('\n');
		text += length + (text[length] == '\n');
	}
}

static void put_field(const char *name, const char *value)
{
	printf("     %-9s ", name);
	assay_print_clean(stdout, value);
	putchar('\n');
}

static void finding_words(const struct assay_finding *f, const char *listing)
{
	printf("%s %s  by the %s  %s  ", assay_level_name(f->rule->level), f->rule->id, side(f->offender),
		f->rule->reqs);
	assay_print_section(stdout, f->rule->section, assay_print_clean);
	printf("  %s\n     rule      the %s %s\n     live      PDU #%" PRIu64 ", connection %" PRIu32 "\n",
		assay_level_finding(f->rule->level), side(f->offender), f->rule->desc, f->pdu, f->connection);
	put_field("expected", f->expected);
	put_field("got", f->got);
	put_lines(listing);
	putchar('\n');
}

void assay_replay_told_finding(struct assay_replay_run *r, const struct assay_finding *f)
{
	const char *listing = listing_of(r->tap, f->pdu);
	struct assay_json *j = &r->out;

	if (!r->cli->json) {
		finding_words(f, listing);
		return;
	}
	assay_json_object(j, NULL);
	assay_json_string(j, "kind", "rule");
	assay_json_bool(j, "counts", f->rule->level == ASSAY_MUST || r->cli->strict);
	assay_json_string(j, "rule", f->rule->id);
	assay_json_string(j, "offender", side(f->offender));
	assay_json_words(j, "reqs", f->rule->reqs);
	assay_json_string(j, "section", f->rule->section);
	assay_json_string(j, "level", assay_level_name(f->rule->level));
	assay_json_string(j, "expected", f->expected);
	assay_json_string(j, "got", f->got);
	assay_json_number(j, "live_pdu", f->pdu);
	assay_json_string(j, "listing", listing[0] ? listing : NULL);
	assay_json_end(j);
}

/* ---- differences ---- */

static void put_listing(struct assay_json *j, const char *key, const struct assay_pdu *pdu)
{
	static char listing[LISTING_MAX];

	listing[0] = 0;
	if (pdu)
		assay_listing_full(listing, sizeof(listing), pdu);
	assay_json_string(j, key, pdu ? listing : NULL);
}

static void put_place(struct assay_json *j, const struct assay_replay_place *place,
	const struct assay_replay_differences *d)
{
	assay_json_number(j, "pdu", place->number);
	assay_json_number(j, "frame", place->frame);
	assay_json_number(j, "request", place->request_number);
	assay_json_number(j, "connection", place->connection);
	assay_json_array(j, "fields");
	for (size_t n = 0; n < d->count; n++) {
		assay_json_object(j, NULL);
		assay_json_string(j, "what", d->difference[n].what);
		assay_json_string(j, "captured", d->difference[n].captured);
		assay_json_string(j, "live", d->difference[n].live);
		assay_json_bool(j, "counts", d->difference[n].counts);
		assay_json_end(j);
	}
	assay_json_end(j);
	assay_json_number(j, "more", d->more);
	put_listing(j, "captured", place->captured);
	put_listing(j, "live", place->live);
}

static void difference_json(struct assay_json *j, const struct assay_replay_place *place,
	const struct assay_replay_differences *d)
{
	assay_json_object(j, NULL);
	assay_json_string(j, "kind", "difference");
	assay_json_bool(j, "counts", d->counting != 0);
	assay_json_bool(j, "follows", place->follows);
	put_place(j, place, d);
	assay_json_end(j);
}

void assay_replay_told_difference(
	void *run, const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	struct assay_replay_run *r = run;

	if (r->cli->json) {
		difference_json(&r->out, place, differences);
		return;
	}
	assay_replay_tell(stdout, place, differences);
	putchar('\n');
}

/* ---- claims that failed in the capture ---- */

static const char *const outcomes[] = {
	[ASSAY_REPLAY_UNDECIDED] = "undecided",
	[ASSAY_REPLAY_REPRODUCED] = "reproduced",
	[ASSAY_REPLAY_NOT_REPRODUCED] = "not reproduced",
};

static void verdict_json(struct assay_json *j, const struct assay_replay_verdict *v)
{
	assay_json_object(j, NULL);
	assay_json_string(j, "kind", "claim");
	assay_json_string(j, "outcome", outcomes[v->outcome]);
	assay_json_string(j, "why", v->why);
	assay_claim_json(j, v->claim);
	assay_json_number(j, "pdu", v->at.number);
	assay_json_number(j, "frame", v->at.frame);
	assay_json_number(j, "connection", v->at.connection);
	if (v->outcome == ASSAY_REPLAY_NOT_REPRODUCED) {
		assay_json_object(j, "otherwise");
		put_place(j, v->place, v->differences);
		assay_json_end(j);
	}
	assay_json_end(j);
}

static void verdict_words(const struct assay_replay_verdict *v)
{
	const struct assay_replay_place *at = v->outcome == ASSAY_REPLAY_NOT_REPRODUCED ? v->place : &v->at;

	assay_claim_tell(v->claim, outcomes[v->outcome], v->why);
	printf("     %-9s #%" PRIu64 " (frame %" PRIu64 ") on connection %" PRIu64 "\n",
		v->outcome == ASSAY_REPLAY_NOT_REPRODUCED ? "otherwise" : "at", at->number, at->frame,
		at->connection);
	if (v->outcome == ASSAY_REPLAY_NOT_REPRODUCED)
		assay_replay_tell_details(stdout, v->place, v->differences);
	putchar('\n');
}

void assay_replay_told_verdict(void *run, const struct assay_replay_verdict *verdict)
{
	struct assay_replay_run *r = run;

	if (verdict->outcome == ASSAY_REPLAY_REPRODUCED)
		*(verdict->claim->should ? &r->warnings : &r->findings) += 1;
	if (r->cli->json)
		verdict_json(&r->out, verdict);
	else
		verdict_words(verdict);
}

/* ---- the whole ---- */

void assay_replay_told_begin(struct assay_replay_run *r)
{
	struct assay_json *j = &r->out;

	if (!r->cli->json)
		return;
	assay_json_init(j, stdout, true);
	assay_json_object(j, NULL);
	assay_json_string(j, "format", "iscsi-assay-replay-1");
	assay_json_string(j, "file", r->path);
	assay_json_string(j, "role", r->tested == ASSAY_INITIATOR ? "target" : "initiator");
	assay_json_string(j, "target", r->url);
	assay_json_array(j, "found");
}

struct told {
	const char *name; /* in JSON */
	uint64_t count;
	const char *words; /* for people, behind the number */
};

#define LEFT_OUT 10

/* What did not go out, or was not compared, each with why. */
static void left_out(struct told out[LEFT_OUT], const struct assay_replay_run *r)
{
	const struct assay_replayed *p = &r->replayed;
	const struct told all[LEFT_OUT] = {
		{ "writes", p->writes,
			"commands that may write to a logical unit for which there is no leave: --write-lun "
			"N "
			"gives it" },
		{ "write_data", p->write_data, "Data-Outs of theirs" },
		{ "disruptive", p->disruptive,
			"commands that other users would feel: --disruptive allows them" },
		{ "not_played", p->not_played,
			"PDUs whose connection was gone, or whose request was not sent or is not in the "
			"capture" },
		{ "cut", p->cut, "PDUs of which the capture has only the header" },
		{ "pongs", p->pongs, "answers to pings that did not come" },
		{ "unasked_acks", p->unasked_acks, "DataACKs that the live target did not ask for" },
		{ "unwatched", p->unwatched, "connections more than 64 at a time" },
		{ "over_limit", r->script->left_out, "PDUs behind the first gigabyte that is kept" },
		{ "proofs", p->proofs,
			"CHAP proofs that were not right for the secret, or without one: sent as they were" },
	};

	memcpy(out, all, sizeof(all));
}

#define SERVED 4

/* What a live initiator did not do, and what it did beyond. */
static void of_initiator(struct told out[SERVED], const struct assay_replay_run *r)
{
	const struct told all[SERVED] = {
		{ "not_opened", r->served.not_played, "connections of the capture were not opened" },
		{ "missing", r->served.missing, "requests of the capture did not come" },
		{ "unknown", r->served.unknown, "requests are not in the capture" },
		{ "behind", r->served.beyond, "requests came behind the last PDU that was played" },
	};

	memcpy(out, all, sizeof(all));
}

static void end_words(const struct assay_replay_run *r)
{
	const struct assay_replayed *p = &r->replayed;
	struct told out[LEFT_OUT], served[SERVED];
	char found[ASSAY_FOUND_WORDS];

	left_out(out, r);
	of_initiator(served, r);
	printf("replayed   %" PRIu64 " connections, %" PRIu64 " PDUs sent, %" PRIu64 " received, %" PRIu64
	       " %s compared, %" PRIu64 " not\n",
		p->connections, p->sent, p->received, p->compared,
		r->tested == ASSAY_INITIATOR ? "requests" : "answers", p->uncompared);
	if (p->other_data)
		printf("other data %" PRIu64
		       " answers had other read data than in the capture, which was not compared, for the "
		       "replay has not written it: --data all\n",
			p->other_data);
	if (p->made || p->pings)
		printf("made       %" PRIu64 " Data-Outs for R2Ts that the capture has not got, %" PRIu64
		       " answers to pings\n",
			p->made, p->pings);
	if (p->fitted)
		printf("fitted     %" PRIu64
		       " commands and Data-Outs whose data the live target takes in smaller pieces\n",
			p->fitted);
	if (p->logins_made || p->logins_dropped)
		printf("login      %" PRIu64 " requests more and %" PRIu64 " fewer than in the capture\n",
			p->logins_made, p->logins_dropped);
	if (p->texts_made || p->texts_dropped)
		printf("text       %" PRIu64 " requests more and %" PRIu64
		       " fewer than in the capture, for texts in more parts, or in fewer\n",
			p->texts_made, p->texts_dropped);
	if (p->own_logins)
		printf("own login  %" PRIu64 " connections, whose login is not in the capture\n",
			p->own_logins);
	for (unsigned n = 0; n < LEFT_OUT; n++)
		if (out[n].count)
			printf("left out   %" PRIu64 " %s\n", out[n].count, out[n].words);
	for (unsigned n = 0; n < SERVED; n++)
		if (served[n].count)
			printf("%-10s %" PRIu64 " %s\n", n < 2 ? "missing" : "beyond", served[n].count,
				served[n].words);
	if (r->losses)
		printf("lost       %" PRIu64 " bytes are not in the capture, or were no whole PDU\n",
			r->losses);
	if (r->truncated)
		puts("truncated  the capture ends inside of a packet");
	if (p->stopped)
		printf("stopped    %s\n", assay_stop_signal ? "by a signal" : "where --stop-at said");
	if (r->gone)
		put_field("gone", r->gone);
	for (size_t n = 0; n < r->rules; n++)
		printf("%-10s %s by the %s, %" PRIu64 " times\n",
			r->rule[n].rule->level == ASSAY_MUST ? "broken" : "warning", r->rule[n].rule->id,
			side(r->rule[n].offender), r->rule[n].count);
	if (p->claims)
		printf("claims     %" PRIu64 " failed in the capture: %" PRIu64 " reproduced, %" PRIu64
		       " not, %" PRIu64 " undecided\n",
			p->claims, p->reproduced, p->not_reproduced,
			p->claims - p->reproduced - p->not_reproduced);
	printf("%" PRIu64 " difference%s, %s against the %s\n", p->differing, assay_plural(p->differing),
		assay_found_words(found, r->findings, r->warnings), side(r->tested));
}

static void end_json(struct assay_replay_run *r)
{
	const struct assay_replayed *p = &r->replayed;
	const struct told counts[] = {
		{ "connections", p->connections, NULL },
		{ "sent", p->sent, NULL },
		{ "received", p->received, NULL },
		{ "compared", p->compared, NULL },
		{ "uncompared", p->uncompared, NULL },
		{ "other_data", p->other_data, NULL },
		{ "made", p->made, NULL },
		{ "fitted", p->fitted, NULL },
		{ "logins_made", p->logins_made, NULL },
		{ "logins_dropped", p->logins_dropped, NULL },
		{ "texts_made", p->texts_made, NULL },
		{ "texts_dropped", p->texts_dropped, NULL },
		{ "pings", p->pings, NULL },
		{ "own_logins", p->own_logins, NULL },
		{ "lost_bytes", r->losses, NULL },
		{ "differences", p->differing, NULL },
		{ "unanswered", p->unanswered, NULL },
		{ "findings", r->findings, NULL },
		{ "warnings", r->warnings, NULL },
		{ "claims", p->claims, NULL },
		{ "reproduced", p->reproduced, NULL },
		{ "not_reproduced", p->not_reproduced, NULL },
	};
	struct told out[LEFT_OUT], served[SERVED];
	struct assay_json *j = &r->out;

	assay_json_end(j);
	for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]); n++)
		assay_json_number(j, counts[n].name, counts[n].count);
	left_out(out, r);
	assay_json_object(j, "left_out");
	for (unsigned n = 0; n < LEFT_OUT; n++)
		assay_json_number(j, out[n].name, out[n].count);
	assay_json_end(j);
	of_initiator(served, r);
	assay_json_object(j, "initiator");
	for (unsigned n = 0; n < SERVED; n++)
		assay_json_number(j, served[n].name, served[n].count);
	assay_json_end(j);
	assay_json_array(j, "rules");
	for (size_t n = 0; n < r->rules; n++) {
		assay_json_object(j, NULL);
		assay_json_string(j, "rule", r->rule[n].rule->id);
		assay_json_string(j, "offender", side(r->rule[n].offender));
		assay_json_number(j, "count", r->rule[n].count);
		assay_json_end(j);
	}
	assay_json_end(j);
	assay_json_bool(j, "stopped", p->stopped);
	assay_json_bool(j, "truncated", r->truncated);
	assay_json_string(j, "gone", r->gone);
	assay_json_end(j);
}

void assay_replay_told_end(struct assay_replay_run *r)
{
	if (r->cli->json)
		end_json(r);
	else
		end_words(r);
}
