/*
 * failure.c - what did not hold, from the test's claims and from the rule engine: told to CUnit and to the runner, with the last PDU of ours before it, and
 * the marks from which signatures are made. Findings against our own side are not kept: tests misbehave on purpose.
 */
#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "runner/context.h"
#include "runner/hash.h"

static const char *describe(struct assay_t *t, const struct assay_tap_record *r)
{
	struct assay_pdu pdu;
	char text[512];

	if (r->kind == ASSAY_TAP_BYTES) {
		int used = snprintf(text, sizeof(text), "%u raw bytes", r->length);

		for (uint32_t i = 0; i < r->kept && i < 16; i++)
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%02x", i ? " " : ": ",
				r->bytes[i]);
		return assay_arena_printf(&t->arena, "#%llu %s", (unsigned long long)r->number, text);
	}
	if (assay_pdu_decode(&pdu, r->bytes, r->kept, r->digests) < 0) {
		if (r->kept < ASSAY_BHS_LENGTH)
			return NULL;
		assay_pdu_decode_bhs(&pdu, r->bytes);
	}
	assay_listing_brief(text, sizeof(text), &pdu);
	return assay_arena_printf(&t->arena, "#%llu %s", (unsigned long long)r->number, text);
}

const char *assay_context_last_sent(struct assay_t *t, uint64_t before)
{
	for (size_t i = assay_tap_count(t->tap); i-- > 0;) {
		const struct assay_tap_record *r = assay_tap_at(t->tap, i);

		if (r->number < before && r->dir == ASSAY_TO_TARGET &&
			(r->kind == ASSAY_TAP_PDU || r->kind == ASSAY_TAP_BYTES))
			return describe(t, r);
	}
	return NULL;
}

/* For the evidence, which is written at the end. */
static void keep(struct assay_t *t, const struct assay_failure *f)
{
	struct assay_failure *kept = &t->failures[t->failure_count++];

	*kept = *f;
	kept->expected = assay_arena_strdup(&t->arena, f->expected);
	kept->got = assay_arena_strdup(&t->arena, f->got);
}

void assay_note_claim(struct assay_t *t)
{
	size_t count = assay_tap_count(t->tap);
	uint64_t at = count ? assay_tap_at(t->tap, count - 1)->number : 0;

	if (at <= t->at)
		return;
	t->since = t->at + 1;
	t->at = at;
}

/* Keeps it, tells the runner at once, and makes it a failed CUnit assertion. */
static void record(struct assay_t *t, const struct assay_failure *f, const char *mark)
{
	if (f->should)
		t->should_broken = true;
	else
		t->must_broken = true;
	if (CU_is_test_running())
		CU_assertImplementation(CU_FALSE, (unsigned)f->line, f->expected, f->file, "", CU_FALSE);
	if (t->failure_count == ASSAY_FAILURES_MAX) {
		t->failures_dropped++;
		return;
	}
	keep(t, f);
	assay_reply_failure(t->fd, f, mark);
}

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

void assay_fail_claim(struct assay_t *t, const char *mark, const char *file, int line, const char *expected,
	const char *got)
{
	char text[ASSAY_MARK_MAX];
	struct assay_failure f;

	assay_note_claim(t);
	f = (struct assay_failure){
		.reqs = t->about ? t->about : t->test->reqs,
		.section = t->test->section,
		.claim = assay_arena_printf(&t->arena, "the target %s", t->test->desc),
		.sent = assay_context_last_sent(t, UINT64_MAX),
		.expected = expected,
		.got = got,
		.file = base_name(file),
		.line = line,
		.since = t->since,
		.at = t->at,
		.should = t->level != ASSAY_MUST,
	};

	t->claims++;
	snprintf(text, sizeof(text), "claim:%08x", (unsigned)(assay_hash_text(ASSAY_HASH_START, mark) >> 32));
	record(t, &f, text);
}

void assay_hold_claim(struct assay_t *t, int line)
{
	assay_note_claim(t);
	t->claims++;
	if (CU_is_test_running())
		CU_assertImplementation(CU_TRUE, (unsigned)line, "", "", "", CU_FALSE);
}

static bool is_ignored(const struct assay_t *t, const struct assay_rule *rule)
{
	for (size_t i = 0; i < t->ignored_count; i++)
		if (!strcmp(t->ignored[i], rule->id))
			return true;
	for (size_t i = 0; i < t->rule_count; i++)
		if (t->rules_broken[i] == rule)
			return true;
	return false;
}

void assay_fail_rule(void *payload, const struct assay_finding *finding)
{
	struct assay_t *t = payload;
	const struct assay_rule *rule = finding->rule;
	const struct assay_tap_record *about;
	char mark[ASSAY_MARK_MAX];
	struct assay_failure f = {
		.rule = rule->id,
		.reqs = rule->reqs,
		.section = rule->section,
		.expected = finding->expected,
		.file = "rules",
		.since = finding->pdu,
		.at = finding->pdu,
		.should = rule->level != ASSAY_MUST,
	};

	if (finding->offender != ASSAY_TARGET || rule->level == ASSAY_MAY || is_ignored(t, rule))
		return;
	if (t->rule_count < ASSAY_FAILURES_MAX)
		t->rules_broken[t->rule_count++] = rule;
	f.claim = assay_arena_printf(&t->arena, "the target %s", rule->desc);
	about = assay_context_record(t, finding->pdu);
	f.sent = assay_context_last_sent(t,
		finding->pdu +
			(about &&
				about->dir ==
					ASSAY_TO_TARGET)); /* what it answers wrongly may be that very PDU */
	f.got = assay_arena_printf(&t->arena, "#%llu: %s", (unsigned long long)finding->pdu, finding->got);
	snprintf(mark, sizeof(mark), "rule:%s", rule->id);
	record(t, &f, mark);
}

void assay_fail_deadline(struct assay_t *t)
{
	char expected[96];

	snprintf(expected, sizeof(expected), "the test comes to its end within %.1f s",
		(double)t->spec->deadline / 1e9);
	assay_fail_claim(t, "deadline", "worker.c", 0, expected, "it was still running then");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

void assay_signature(char *out, size_t capacity, enum assay_verdict verdict,
	const char (*marks)[ASSAY_MARK_MAX], size_t count)
{
	char sorted[ASSAY_FAILURES_MAX][ASSAY_MARK_MAX];
	size_t used = 0;
	uint64_t rest = ASSAY_HASH_START;
	bool cut = false;

	/* how far a test came before the end is not the same twice */
	snprintf(out, capacity, "%s",
		verdict == ASSAY_TIMEOUT ? "timeout"
		: verdict == ASSAY_CRASH ? "crash"
					 : "");
	if (out[0])
		return;
	if (count > ASSAY_FAILURES_MAX)
		count = ASSAY_FAILURES_MAX;
	if (count)
		memcpy(sorted, marks, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), by_text);
	for (size_t i = 0; i < count; i++) {
		if (i && !strcmp(sorted[i], sorted[i - 1]))
			continue;
		if (cut || used + strlen(sorted[i]) + 16 > capacity) { /* what does not fit is one number */
			cut = true;
			rest = assay_hash_text(rest, sorted[i]);
			continue;
		}
		used += (size_t)snprintf(out + used, capacity - used, "%s%s", used ? "," : "", sorted[i]);
	}
	if (cut)
		snprintf(out + used, capacity - used, ",+%08x", (unsigned)(rest >> 32));
}
