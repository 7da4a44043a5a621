/* verdict_test.c - a claim comes back from the comment as it was written, cut and cleaned; other comments, and what is not whole, are none. */
#include <stdlib.h>
#include <string.h>

#include "capture/timeline.h"
#include "capture/verdict.h"
#include "test/unit.h"

static struct assay_claim example(void)
{
	return (struct assay_claim){ .since = 9,
		.at = 13,
		.more = 2,
		.test = "login.nop-inside-login",
		.reqs = "R7143-4.2.4-08 R7143-6.3-12",
		.rule = "statsn-step",
		.claim = "the target rejects it",
		.expected = "Login Response status 0x020B",
		.got = "connection closed; got: nothing" };
}

static void is_read_back(void)
{
	struct assay_claim claim = example(), read;
	char line[ASSAY_CLAIM_LINE];

	assay_claim_write(line, sizeof(line), 12, &claim);
	CU_ASSERT_STRING_EQUAL(line,
		"#12 FAIL login.nop-inside-login, PDUs #9 to #13, R7143-4.2.4-08 R7143-6.3-12, rule "
		"statsn-step, 2 more: the target rejects it; expected: Login Response status 0x020B; got: "
		"connection closed; got: nothing");
	CU_ASSERT_FATAL(assay_claim_read(&read, line));
	CU_ASSERT_FALSE(memcmp(&read, &claim, sizeof(read)));
	claim.should = true;
	claim.more = 0;
	claim.rule[0] = '\0';
	memset(claim.rule, 0, sizeof(claim.rule));
	assay_claim_write(line, sizeof(line), 12, &claim);
	CU_ASSERT_FATAL(assay_claim_read(&read, line));
	CU_ASSERT_FALSE(memcmp(&read, &claim, sizeof(read)));
}

/* What a test says may be of any length, and have what separates its parts. */
static void is_cut(void)
{
	struct assay_claim claim = example(), read;
	char line[ASSAY_CLAIM_LINE], text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "a; got: \n\033[1m; expected: ", 25);
	claim.since = claim.at = UINT64_C(999999999999999999);
	claim.more = 1000;
	assay_claim_put(claim.test, sizeof(claim.test), text + 30);
	assay_claim_put(claim.reqs, sizeof(claim.reqs), text + 30);
	assay_claim_put(claim.rule, sizeof(claim.rule), text + 30);
	assay_claim_put(claim.claim, sizeof(claim.claim), text);
	assay_claim_put(claim.expected, sizeof(claim.expected), text);
	assay_claim_put(claim.got, sizeof(claim.got), text);
	assay_claim_write(line, sizeof(line), claim.at, &claim);
	CU_ASSERT_FATAL(assay_claim_read(&read, line));
	CU_ASSERT_STRING_EQUAL(read.test, claim.test);
	CU_ASSERT_STRING_EQUAL(read.got, claim.got);
	CU_ASSERT_PTR_NULL(strpbrk(line, "\n\033"));
	CU_ASSERT_PTR_NOT_NULL(strstr(read.got, "..."));
	CU_ASSERT_TRUE(strlen(line) < ASSAY_TIMELINE_COMMENT);
}

static void others_are_none(void)
{
	static const char *const others[] = { "", "#", "#12", "#12 no whole PDU",
		"#1 127.0.0.1:1 127.0.0.1:2", "FAIL", "#12 PASS a, PDUs #1 to #2, R: a; expected: b; got: c",
		"#12 FAIL a, PDUs #3 to #2, R: a; expected: b; got: c",
		"#12 FAIL a, PDUs #1 to #11, R: a; expected: b; got: c",
		"#12 FAIL a, PDUs #1 to #12, R, and more: a; expected: b; got: c",
		"#12345678901234567890 FAIL a, PDUs #1 to #2, R: a; expected: b; got: c" };
	struct assay_claim claim = example(), read;
	char line[ASSAY_CLAIM_LINE];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CU_ASSERT_FALSE(assay_claim_read(&read, others[i]));
	CU_ASSERT_FALSE(assay_claim_read(&read, NULL));
	/* cut anywhere, or with any other byte anywhere: read or not, but within bounds */
	assay_claim_write(line, sizeof(line), 12, &claim);
	for (size_t i = 0, length = strlen(line); i < length; i++) {
		char *copy = strndup(line, i);

		CU_ASSERT_FATAL(copy != NULL);
		if (assay_claim_read(&read, copy))
			CU_ASSERT_TRUE(i > (size_t)(strstr(line, "; got: ") - line));
		free(copy);
		for (int byte = 1; byte < 256; byte++) {
			char before = line[i];

			line[i] = (char)byte;
			(void)assay_claim_read(&read, line);
			line[i] = before;
		}
	}
}

static void numbers_are_read(void)
{
	CU_ASSERT_EQUAL(assay_comment_number("#12"), 12);
	CU_ASSERT_EQUAL(assay_comment_number("#7 no whole PDU"), 7);
	CU_ASSERT_EQUAL(assay_comment_number("12"), 0);
	CU_ASSERT_EQUAL(assay_comment_number(NULL), 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(is_read_back),
	UNIT_TEST(is_cut),
	UNIT_TEST(others_are_none),
	UNIT_TEST(numbers_are_read),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("verdict", tests);
}
