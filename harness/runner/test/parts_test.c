/* parts_test.c - the small parts: words, replies of workers, exit codes, signatures. */
#include <fcntl.h>
#include <unistd.h>

#include "runner/context.h"
#include "runner/reply.h"
#include "runner/verdict.h"
#include "runner/words.h"
#include "test.h"
#include "test/unit.h"

static void words(void)
{
	static const struct {
		const char *line;
		int count;
		const char *last;
	} rows[] = {
		{ "tgtd -f", 2, "-f" },
		{ "  a\tb  ", 2, "b" },
		{ "sh -c 'a b \"c\" \\d'", 3, "a b \"c\" \\d" },
		{ "x \"a \\\"b\\\" \\\\ \\n\"", 2, "a \"b\" \\ \\n" },
		{ "a\\ b", 1, "a b" },
		{ "a''b", 1, "ab" },
		{ "x ''", 2, "" },
		{ "$HOME *", 2, "*" },
		{ "", ASSAY_E_SYNTAX, NULL },
		{ " \t", ASSAY_E_SYNTAX, NULL },
		{ "a 'b", ASSAY_E_SYNTAX, NULL },
		{ "a \"b", ASSAY_E_SYNTAX, NULL },
		{ "end\\", 1, "end\\" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_arena arena = { 0 };
		struct assay_error err = { 0 };
		char **out = NULL;

		CU_ASSERT_EQUAL(assay_words_split(&out, &arena, rows[i].line, &err), rows[i].count);
		if (rows[i].count > 0) {
			CU_ASSERT_STRING_EQUAL(out[rows[i].count - 1], rows[i].last);
			CU_ASSERT_PTR_NULL(out[rows[i].count]);
		} else {
			CU_ASSERT(err.message[0] != 0);
		}
		assay_arena_free(&arena);
	}
}

static void too_many_words(void)
{
	char line[2 * ASSAY_WORDS_MAX + 3] = "";
	struct assay_arena arena = { 0 };
	char **out;

	for (int i = 0; i < ASSAY_WORDS_MAX; i++)
		strcat(line, "a ");
	CU_ASSERT_EQUAL(assay_words_split(&out, &arena, line, NULL), ASSAY_WORDS_MAX);
	strcat(line, "a");
	CU_ASSERT_EQUAL(assay_words_split(&out, &arena, line, NULL), ASSAY_E_SYNTAX);
	assay_arena_free(&arena);
}

/* What a worker would have written: hello, a failure, the end. */
static size_t make_reply(unsigned char *out, size_t capacity)
{
	const struct assay_failure failure = { .reqs = "R1",
		.section = "6.2",
		.claim = "c",
		.expected = "e",
		.got = "g",
		.file = "f.c",
		.line = 7,
		.should = true };
	const struct assay_outcome end = { .verdict = ASSAY_WARN,
		.duration = UINT64_C(1) << 40,
		.pdus_sent = 3,
		.pdus_received = 2,
		.evidence = true };
	int fds[2];
	ssize_t n;

	if (pipe(fds))
		abort();
	CU_ASSERT_EQUAL(assay_reply_hello(fds[1]), 0);
	CU_ASSERT_EQUAL(assay_reply_failure(fds[1], &failure, "claim:1"), 0);
	CU_ASSERT_EQUAL(assay_reply_end(fds[1], &end), 0);
	close(fds[1]);
	n = read(fds[0], out, capacity);
	close(fds[0]);
	CU_ASSERT_FATAL(n > 0);
	return (size_t)n;
}

static void reply_comes_back(void)
{
	unsigned char bytes[4096];
	size_t length = make_reply(bytes, sizeof(bytes));

	for (size_t piece = 1; piece <= length; piece += piece < 40 ? 1 : 97) {
		struct assay_arena arena = { 0 };
		struct assay_reply r;

		assay_reply_init(&r, &arena);
		for (size_t at = 0; at < length; at += piece)
			CU_ASSERT_EQUAL(
				assay_reply_feed(&r, bytes + at, length - at < piece ? length - at : piece),
				0);
		CU_ASSERT(r.outcome.ended);
		CU_ASSERT_EQUAL(r.outcome.verdict, ASSAY_WARN);
		CU_ASSERT_EQUAL(r.outcome.duration, UINT64_C(1) << 40);
		CU_ASSERT_EQUAL(r.outcome.pdus_sent, 3);
		CU_ASSERT(r.outcome.evidence);
		CU_ASSERT_EQUAL_FATAL(r.outcome.failure_count, 1);
		CU_ASSERT_STRING_EQUAL(r.outcome.failures[0].got, "g");
		CU_ASSERT_PTR_NULL(r.outcome.failures[0].rule);
		CU_ASSERT_EQUAL(r.outcome.failures[0].line, 7);
		CU_ASSERT(r.outcome.failures[0].should);
		CU_ASSERT_STRING_EQUAL(r.outcome.marks[0], "claim:1");
		assay_reply_release(&r);
		assay_arena_free(&arena);
	}
}

/* Any byte of it changed, any end cut off: never more than an error. */
static void reply_is_not_trusted(void)
{
	unsigned char bytes[4096], bad[4096];
	size_t length = make_reply(bytes, sizeof(bytes));

	for (size_t at = 0; at < length; at++)
		for (unsigned change = 1; change < 256; change <<= 1) {
			struct assay_arena arena = { 0 };
			struct assay_reply r;

			memcpy(bad, bytes, length);
			bad[at] = (unsigned char)(bad[at] ^ change);
			assay_reply_init(&r, &arena);
			CU_ASSERT(assay_reply_feed(&r, bad, length) <= 0);
			CU_ASSERT(r.outcome.verdict < ASSAY_VERDICT_COUNT);
			CU_ASSERT(r.outcome.failure_count <= 1);
			assay_reply_release(&r);
			assay_arena_free(&arena);
		}
	for (size_t cut = 0; cut < length; cut++) {
		struct assay_arena arena = { 0 };
		struct assay_reply r;

		assay_reply_init(&r, &arena);
		CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes, cut), 0);
		CU_ASSERT(!r.outcome.ended);
		assay_reply_release(&r);
		assay_arena_free(&arena);
	}
}

static void reply_is_bounded(void)
{
	static unsigned char bytes[4096];
	struct assay_arena arena = { 0 };
	struct assay_reply r;
	size_t length = make_reply(bytes, sizeof(bytes));
	uint32_t hello, failure;
	int result = 0;

	/* nothing may come before the version, or after the end */
	memcpy(&hello, bytes, sizeof(hello));
	memcpy(&failure, bytes + hello, sizeof(failure));
	assay_reply_init(&r, &arena);
	CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes + hello, failure), ASSAY_E_SYNTAX);
	assay_reply_release(&r);
	assay_reply_init(&r, &arena);
	CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes, length), 0);
	CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes + hello, failure), ASSAY_E_SYNTAX);
	assay_reply_release(&r);
	/* no more failures than there is room for */
	assay_reply_init(&r, &arena);
	CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes, hello), 0);
	for (int i = 0; i <= ASSAY_FAILURES_MAX && !result; i++)
		result = assay_reply_feed(&r, bytes + hello, failure);
	CU_ASSERT_EQUAL(result, ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(r.outcome.failure_count, ASSAY_FAILURES_MAX);
	assay_reply_release(&r);
	/* no endless record */
	memset(bytes, 0xff, 8);
	assay_reply_init(&r, &arena);
	CU_ASSERT_EQUAL(assay_reply_feed(&r, bytes, sizeof(bytes)), ASSAY_E_SYNTAX);
	assay_reply_release(&r);
	assay_arena_free(&arena);
}

/* The first of 2, 5, 3, 6, 7, 1, 8, 4, 77, 0: each row adds one thing to those below it. */
static void exit_codes(void)
{
	size_t v[ASSAY_VERDICT_COUNT] = { 0 };
	struct assay_exit_facts f = { 0 };

	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 4);
	v[ASSAY_SKIP] = 2;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 77);
	f.min_run = 1;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 4);
	v[ASSAY_PASS] = 1;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 0);
	v[ASSAY_XFAIL] = 1;
	v[ASSAY_WARN] = 1;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 0);
	f.min_run = 4;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 4);
	f.findings = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 8);
	f.strict = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 1);
	f.strict = false;
	for (int i = 0; i < 3; i++) {
		static const enum assay_verdict unexpected[] = { ASSAY_FAIL, ASSAY_TIMEOUT, ASSAY_XPASS };

		v[unexpected[i]] = 1;
		CU_ASSERT_EQUAL(assay_exit_code(v, &f), 1);
		v[unexpected[i]] = i == 2;
	}
	f.max_time = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 7);
	v[ASSAY_CRASH] = 1;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 6);
	f.unreachable = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 3);
	v[ASSAY_ERROR] = 1;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 5);
	v[ASSAY_ERROR] = 0;
	f.harness = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 5);
	f.signal = 2;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 130);
	f.signal = 15;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 143);
	f.usage = true;
	CU_ASSERT_EQUAL(assay_exit_code(v, &f), 2);
}

static void signatures(void)
{
	const char marks[4][ASSAY_MARK_MAX] = { "rule:b", "claim:2", "rule:a", "claim:2" };
	static char many[ASSAY_FAILURES_MAX][ASSAY_MARK_MAX], turned[ASSAY_FAILURES_MAX][ASSAY_MARK_MAX];
	char out[256], other[256];

	assay_signature(out, sizeof(out), ASSAY_FAIL, marks, 4);
	CU_ASSERT_STRING_EQUAL(out, "claim:2,rule:a,rule:b");
	assay_signature(out, sizeof(out), ASSAY_TIMEOUT, marks, 4);
	CU_ASSERT_STRING_EQUAL(out, "timeout");
	assay_signature(out, sizeof(out), ASSAY_CRASH, marks, 0);
	CU_ASSERT_STRING_EQUAL(out, "crash");
	assay_signature(out, sizeof(out), ASSAY_PASS, marks, 0);
	CU_ASSERT_STRING_EQUAL(out, "");
	for (int i = 0; i < ASSAY_FAILURES_MAX; i++) {
		snprintf(many[i], sizeof(many[i]), "rule:a-rule-with-a-long-name-%02d", i);
		memcpy(turned[ASSAY_FAILURES_MAX - 1 - i], many[i], ASSAY_MARK_MAX);
	}
	assay_signature(
		out, sizeof(out), ASSAY_FAIL, (const char(*)[ASSAY_MARK_MAX])many, ASSAY_FAILURES_MAX);
	assay_signature(
		other, sizeof(other), ASSAY_FAIL, (const char(*)[ASSAY_MARK_MAX])turned, ASSAY_FAILURES_MAX);
	CU_ASSERT(strlen(out) < sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, other);
	ASSERT_HAS(out, ",+");
	strcpy(many[31], "rule:another");
	assay_signature(
		other, sizeof(other), ASSAY_FAIL, (const char(*)[ASSAY_MARK_MAX])many, ASSAY_FAILURES_MAX);
	CU_ASSERT_STRING_NOT_EQUAL(out, other);
}

static void seeds(void)
{
	CU_ASSERT_EQUAL(assay_worker_seed(1, "a.b"), assay_worker_seed(1, "a.b"));
	CU_ASSERT_NOT_EQUAL(assay_worker_seed(1, "a.b"), assay_worker_seed(2, "a.b"));
	CU_ASSERT_NOT_EQUAL(assay_worker_seed(1, "a.b"), assay_worker_seed(1, "a.c"));
}

static CU_TestInfo tests[] = {
	{ "words of a line", words },
	{ "too many words", too_many_words },
	{ "a reply in pieces", reply_comes_back },
	{ "a reply that is not right", reply_is_not_trusted },
	{ "a reply that is too long", reply_is_bounded },
	{ "exit codes in their order", exit_codes },
	UNIT_TEST(signatures),
	UNIT_TEST(seeds),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("parts", tests);
}
