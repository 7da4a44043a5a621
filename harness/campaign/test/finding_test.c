/* finding_test.c - the parts of a campaign that need no rig: sanitizers' reports, keys, turns and shards. */
#include <signal.h>
#include <string.h>

#include "campaign/finding.h"
#include "campaign/schedule.h"
#include "proto/rules.h"
#include "test/unit.h"

/* ---- reports ---- */

static const char overflow[] =
	"tgt: up\n=================================================================\n"
	"==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x55 bp 0x7f "
	"sp 0x7f\n"
	"WRITE of size 1 at 0x602000000011 thread T0\n"
	"    #0 0x7f3a in __interceptor_memcpy (/lib/libasan.so.6+0x3a)\n"
	"    #1 0x55d1 in text_take /src/target/text.c:120:3\n"
	"    #2 0x55d2 in assay_target_input /src/target/conn.c:80\n"
	"    #3 0x55d3 in main main.c:1\n\n"
	"0x602000000011 is located 0 bytes to the right of 1-byte region\nallocated by thread T0 here:\n"
	"    #0 0x7f3a in malloc (/lib/libasan.so.6+0x3b)\n    #1 0x55d9 in elsewhere /src/x.c:1\n"
	"SUMMARY: AddressSanitizer: heap-buffer-overflow /src/target/text.c:120:3 in text_take\n";

static void address_report(void)
{
	struct assay_sanitizer_report r;

	CU_ASSERT_TRUE_FATAL(assay_sanitizer_find(&r, overflow));
	CU_ASSERT_STRING_EQUAL(r.kind, "heap-buffer-overflow");
	CU_ASSERT_STRING_EQUAL(r.frames[0], "text_take");
	CU_ASSERT_STRING_EQUAL(r.frames[1], "assay_target_input");
	CU_ASSERT_STRING_EQUAL(r.frames[2], "main");
	CU_ASSERT_FALSE(assay_sanitizer_unfinished(overflow));
}

static void other_reports(void)
{
	struct assay_sanitizer_report r;

	CU_ASSERT_TRUE_FATAL(assay_sanitizer_find(
		&r, "x\n/src/codec/pdu.c:77:9: runtime error: shift exponent 64 is too large\n"));
	CU_ASSERT_STRING_EQUAL(r.kind, "undefined-behavior");
	CU_ASSERT_STRING_EQUAL(r.frames[0], "pdu.c:77:9:");
	CU_ASSERT_TRUE_FATAL(
		assay_sanitizer_find(&r, "==1==ERROR: LeakSanitizer: detected memory leaks\n\nSUMMARY: "
					 "AddressSanitizer: 8 byte(s) leaked\n"));
	CU_ASSERT_STRING_EQUAL(r.kind, "detected");
	CU_ASSERT_FALSE(assay_sanitizer_find(&r, ""));
	CU_ASSERT_FALSE(assay_sanitizer_find(&r, "ERROR: no such target\n"));
	CU_ASSERT_TRUE(assay_sanitizer_unfinished("==1==ERROR: AddressSanitizer: SEGV on"));
}

/* The C library's last words: of a heap only that it is broken, of an assertion where. */
static void library_words(void)
{
	struct assay_sanitizer_report r;

	CU_ASSERT_TRUE_FATAL(
		assay_sanitizer_find(&r, "tgtd: up\nmalloc(): unsorted double linked list corrupted\n"));
	CU_ASSERT_STRING_EQUAL(r.kind, "heap-corruption");
	CU_ASSERT_STRING_EQUAL(r.frames[0], "");
	CU_ASSERT_TRUE_FATAL(assay_sanitizer_find(&r, "double free or corruption (!prev)\n"));
	CU_ASSERT_STRING_EQUAL(r.kind, "heap-corruption");
	CU_ASSERT_TRUE_FATAL(
		assay_sanitizer_find(&r, "x\ntgtd: iscsid.c:120: take_text: Assertion `n < 9' failed.\n"));
	CU_ASSERT_STRING_EQUAL(r.kind, "assertion");
	CU_ASSERT_STRING_EQUAL(r.frames[0], "take_text");
	CU_ASSERT_FALSE(assay_sanitizer_find(&r, "tgtd: it never calls free(): a note\n"));
}

/* A log that ends anywhere. */
static void cut_reports(void)
{
	struct assay_sanitizer_report r;
	char text[sizeof(overflow)];

	for (size_t n = 0; n < sizeof(overflow); n++) {
		memcpy(text, overflow, n);
		text[n] = 0;
		assay_sanitizer_find(&r, text);
		CU_ASSERT_TRUE(strlen(r.kind) < sizeof(r.kind));
	}
}

/* ---- keys ---- */

static const char *key_of(const struct assay_judged *judged, unsigned nth)
{
	static char key[ASSAY_KEY_MAX];
	const struct assay_rule *rule;

	return assay_finding_key(key, &rule, judged, nth);
}

static void keys(void)
{
	struct assay_judged j = { .played = { .outcome = ASSAY_OUTCOME_WEDGED,
					  .last = { .phase = ASSAY_STATE_FULL, .answer = ASSAY_R2T },
					  .last_opcode = ASSAY_TASK_MANAGEMENT_REQUEST } };

	CU_ASSERT_STRING_EQUAL(key_of(&j, 0), "wedged-full-r2t-then-task-management-function-request");
	j.played.last.detail = 9; /* of no account */
	CU_ASSERT_STRING_EQUAL(key_of(&j, 0), "wedged-full-r2t-then-task-management-function-request");
	j.ended = true;
	j.status = SIGABRT;
	j.played.outcome = ASSAY_OUTCOME_GONE;
	j.played.last_opcode = 0x3e;
	j.played.last.answer = ASSAY_STATE_NOTHING;
	CU_ASSERT_STRING_EQUAL(key_of(&j, 0), "crash-signal-6-full-then-0x3e");
	CU_ASSERT_EQUAL(assay_finding_keys(&j), 1);
	assay_sanitizer_find(&j.report, overflow);
	CU_ASSERT_STRING_EQUAL(key_of(&j, 0), "heap-buffer-overflow-text-take-assay-target-input-main");
}

static void rule_keys(void)
{
	struct assay_judged j = { .played = {
					  .outcome = ASSAY_OUTCOME_RULE, .last.phase = ASSAY_STATE_FULL } };
	struct assay_found found = { .key = "" };
	char expected[ASSAY_KEY_MAX];
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	j.played.rules[0] = &rules[0];
	j.played.rules[1] = &rules[1];
	j.played.rule_count = 2;
	CU_ASSERT_EQUAL(assay_finding_keys(&j), 2);
	snprintf(expected, sizeof(expected), "rule-%s-full", rules[1].id);
	CU_ASSERT_STRING_EQUAL(key_of(&j, 1), expected);
	CU_ASSERT_TRUE(assay_finding_shows(&j, expected));
	CU_ASSERT_FALSE(assay_finding_shows(&j, "rule-none-full"));
	CU_ASSERT_EQUAL(assay_finding_nth(&j, expected), 1);
	CU_ASSERT_EQUAL(assay_finding_nth(&j, "rule-none-full"), -1);
	assay_finding_take(&found, &j, 1);
	CU_ASSERT_STRING_EQUAL(found.key, expected);
	CU_ASSERT_PTR_EQUAL(found.rule, &rules[1]);
	CU_ASSERT_PTR_NOT_NULL(strstr(found.judged.played.words, rules[1].id));
	j.played.outcome = ASSAY_OUTCOME_OK;
	CU_ASSERT_EQUAL(assay_finding_keys(&j), 0);
}

/* What only time told, and no repetition did, is no reason to act; a process that ended is. */
static void sure(void)
{
	struct assay_found f = { .judged.played.outcome = ASSAY_OUTCOME_WEDGED };

	CU_ASSERT_TRUE(assay_finding_sure(&f));
	f.tried = 10;
	CU_ASSERT_FALSE(assay_finding_sure(&f));
	f.repeats = 1;
	CU_ASSERT_TRUE(assay_finding_sure(&f));
	f.repeats = 0;
	f.judged.ended = true;
	CU_ASSERT_TRUE(assay_finding_sure(&f));
}

/* ---- turns ---- */

static void shards(void)
{
	for (unsigned count = 1; count < 9; count++)
		for (uint32_t turn = 0; turn < 100; turn++) {
			unsigned having = 0;

			for (unsigned k = 1; k <= count; k++) {
				const struct assay_schedule s = { .shard = k, .shards = count };

				having += assay_schedule_has(&s, turn);
			}
			CU_ASSERT_EQUAL(having, 1);
		}
}

/* The same turn is the same case, and children of worn parents have no turn. */
static void turns(void)
{
	struct assay_case_id id, again, base = { .seed = 3, .depth = 1, .path = { 11 } };
	struct assay_schedule s;
	unsigned children = 0;
	int parent;

	CU_ASSERT_EQUAL_FATAL(assay_schedule_init(&s, 3, 1, 1, false), 0);
	assay_schedule_pick(&id, &parent, &s, 5);
	CU_ASSERT_TRUE(id.depth == 1 && id.path[0] == 5 && parent < 0);
	assay_schedule_keep(&s, &base);
	for (uint32_t turn = 0; turn < 1000; turn++) {
		assay_schedule_pick(&id, &parent, &s, turn);
		assay_schedule_pick(&again, &parent, &s, turn);
		CU_ASSERT_EQUAL(memcmp(&id, &again, sizeof(id)), 0);
		CU_ASSERT_EQUAL(id.path[id.depth - 1], turn);
		children += id.depth == 2 && id.path[0] == 11;
	}
	CU_ASSERT_TRUE(children > 400 && children < 600);
	for (unsigned n = 0; n < ASSAY_KEPT_FAULT; n++)
		assay_schedule_note(&s, 0, true, false);
	for (uint32_t turn = 0; turn < 100; turn++) {
		assay_schedule_pick(&id, &parent, &s, turn);
		CU_ASSERT_EQUAL(id.depth, 1);
	}
	assay_schedule_free(&s);
}

static void many_kept(void)
{
	struct assay_case_id id = { .seed = 1, .depth = 1 };
	struct assay_schedule s;

	CU_ASSERT_EQUAL_FATAL(assay_schedule_init(&s, 1, 1, 1, false), 0);
	for (uint32_t n = 0; n < 2 * ASSAY_KEPT_MAX; n++) {
		id.path[0] = n;
		assay_schedule_keep(&s, &id);
	}
	CU_ASSERT_EQUAL(s.count, ASSAY_KEPT_MAX);
	assay_schedule_free(&s);
}

static CU_TestInfo tests[] = {
	{ "address report", address_report },
	{ "other reports", other_reports },
	{ "library words", library_words },
	{ "cut reports", cut_reports },
	UNIT_TEST(keys),
	{ "rule keys", rule_keys },
	UNIT_TEST(sure),
	UNIT_TEST(shards),
	UNIT_TEST(turns),
	{ "many kept", many_kept },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("findings", tests);
}
