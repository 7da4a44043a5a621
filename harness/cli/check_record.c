/*
 * check_record.c - what the command check keeps of its findings until the capture was read, and the record as a run: a test for each connection and side, so that junit.xml is written by
 * the one writer of it. What is kept is bounded; what is not kept is counted, and a side that broke anything never passes.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/check.h"
#include "report/report.h"

struct assay_check_record *assay_check_record_new(void)
{
	return calloc(1, sizeof(struct assay_check_record));
}

void assay_check_record_free(struct assay_check_record *r)
{
	if (r)
		assay_arena_free(&r->arena);
	free(r);
}

static struct assay_check_tally *tally_of(
	struct assay_check_record *r, uint64_t connection, enum assay_role offender)
{
	return &r->tally[assay_check_slot(connection)][offender == ASSAY_TARGET];
}

void assay_check_record_count(struct assay_check_record *r, const struct assay_timeline_connection *c,
	const struct assay_finding *f)
{
	struct assay_check_tally *t = tally_of(r, c->number, f->offender);

	++*(f->rule->level == ASSAY_MUST ? &t->must : &t->should);
}

void assay_check_record_keep(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing)
{
	struct assay_check_record *r = k->record;
	char place[ASSAY_CHECK_PLACE];

	if (r->count == ASSAY_CHECK_KEPT)
		return;
	assay_check_place(place, k, c, at);
	tally_of(r, c->number, f->offender)->kept++;
	r->finding[r->count++] = (struct assay_check_finding){
		.number = assay_check_number(k),
		.rule = f->rule,
		.offender = f->offender,
		.connection = c->number,
		.place = assay_arena_strdup(&r->arena, place),
		.expected = assay_arena_strdup(&r->arena, f->expected),
		.got = assay_arena_strdup(&r->arena, f->got),
		.listing = listing[0] ? assay_arena_strdup(&r->arena, listing) : NULL,
		.comment = assay_arena_strdup(&r->arena, at->comment),
	};
}

/* ---- as a run ---- */

static struct assay_failure failure_of(struct assay_arena *arena, const struct assay_check_finding *f)
{
	return (struct assay_failure){
		.rule = f->rule->id,
		.reqs = f->rule->reqs,
		.section = f->rule->section,
		.claim = assay_arena_printf(
			arena, "%s: the %s %s", f->rule->id, assay_check_side(f->offender), f->rule->desc),
		.sent = assay_arena_printf(arena, "%s %" PRIu64 ", frame %s%s%s%s%s",
			assay_level_finding(f->rule->level), f->number, f->place, f->comment ? ", " : "",
			f->comment ? f->comment : "", f->listing ? "\n" : "", f->listing ? f->listing : ""),
		.expected = f->expected,
		.got = f->got,
		.should = f->rule->level != ASSAY_MUST,
	};
}

/* The failures of one side of one connection, or of all those that are not listed. */
static void add_failures(
	struct assay_test_result *out, struct assay_check_record *r, size_t slot, bool target)
{
	const struct assay_check_tally *t = &r->tally[slot][target];
	struct assay_failure *list = assay_arena_alloc(&r->arena, (t->kept + 1) * sizeof(*list));
	uint64_t more = t->must + t->should - t->kept;

	if (!list)
		abort();
	out->failures = list;
	for (size_t i = 0; i < r->count; i++)
		if (assay_check_slot(r->finding[i].connection) == slot &&
			(r->finding[i].offender == ASSAY_TARGET) == target)
			list[out->failure_count++] = failure_of(&r->arena, &r->finding[i]);
	if (more)
		list[out->failure_count++] = (struct assay_failure){
			.claim = assay_arena_printf(&r->arena,
				"%" PRIu64 " findings and warnings more, which are counted and not listed",
				more),
		};
}

static const char *area_of(const struct assay_check *k, size_t slot)
{
	struct assay_arena *arena = &k->record->arena;

	if (slot == ASSAY_SUMMARY_CONNECTIONS)
		return assay_arena_printf(arena, "connections-from-%d", ASSAY_SUMMARY_CONNECTIONS + 1);
	return assay_arena_printf(arena, "connection-%zu", slot + 1);
}

static void put_result(struct assay_test_result *out, const struct assay_check *k, size_t slot, bool target)
{
	struct assay_check_record *r = k->record;
	const struct assay_check_tally *t = &r->tally[slot][target];
	const char *side = assay_check_side(target ? ASSAY_TARGET : ASSAY_INITIATOR);
	bool judged = !assay_timeline_counts(k->timeline)->unjudged; /* all of them */

	*out = (struct assay_test_result){
		.area = area_of(k, slot),
		.desc = "keeps to the rules",
		.level = assay_level_name(ASSAY_MUST),
		.verdict = t->must     ? ASSAY_FAIL
			   : t->should ? ASSAY_WARN
				       : ASSAY_PASS,
	};
	out->raw = out->verdict;
	out->id = assay_arena_printf(&r->arena, "%s.%s", out->area, side);
	if (slot < ASSAY_SUMMARY_CONNECTIONS) {
		const struct assay_summary_connection *c = &k->summary->connection[slot];

		out->duration = c->last_time > c->first_time ? c->last_time - c->first_time : 0;
		judged = c->judged;
	}
	if (!judged && !t->must && !t->should) {
		out->verdict = out->raw = ASSAY_SKIP;
		out->reason = "not judged: more than 64 connections at a time";
	}
	add_failures(out, r, slot, target);
}

static const char *started_at(const struct assay_check *k)
{
	const time_t seconds = (time_t)(k->first_time / 1000000000);
	char text[32] = "1970-01-01T00:00:00Z";
	struct tm utc;

	if (gmtime_r(&seconds, &utc) && utc.tm_year < 8000)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return assay_arena_strdup(&k->record->arena, text);
}

void assay_check_info(struct assay_run_info *out, const struct assay_check *k)
{
	*out = (struct assay_run_info){
		.version = ASSAY_VERSION,
		.target = strcmp(k->path, "-") == 0 ? "standard input" : k->path,
		.strict = k->strict,
		.started = started_at(k),
		.duration = k->last_time > k->first_time ? k->last_time - k->first_time : 0,
		.stopped = k->stopped,
	};
}

void assay_check_junit(FILE *out, const struct assay_check *k)
{
	static struct assay_test_result results[2 * (ASSAY_SUMMARY_CONNECTIONS + 1)];
	struct assay_run run = { .results = results };
	size_t slots = k->summary->connection_count +
		       (assay_timeline_counts(k->timeline)->connections > k->summary->connection_count);

	assay_check_info(&run.info, k);
	for (size_t slot = 0; slot < slots; slot++)
		for (unsigned target = 0; target < 2; target++)
			put_result(&results[run.count++], k, slot, target);
	assay_junit_write(out, &run);
}
