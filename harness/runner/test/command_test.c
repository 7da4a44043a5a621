/* command_test.c - programs of a profile: how they ended, what they printed, and that none gets more time than it was given. */
#include "runner/command.h"
#include "test.h"
#include "test/unit.h"

#define LONG  UINT64_C(60000000000) /* nanoseconds */
#define SHORT UINT64_C(50000000)

static void ended(void)
{
	char *const words[] = { "sh", "-c", "echo first; echo last; exit 3", NULL };
	struct assay_command_result result;

	CU_ASSERT_EQUAL(assay_command_run(&result, words, LONG, NULL), 0);
	CU_ASSERT_STRING_EQUAL(result.how, "exit status 3");
	CU_ASSERT_EQUAL(strncmp(result.head, "first", 5), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.tail, "last"));
	CU_ASSERT(!result.timed_out && !result.missing);
}

/* One is silent, one prints without pause, one has ended and left a child that does. */
static void out_of_time(void)
{
	char *const silent[] = { "sleep", "600", NULL }, *const loud[] = { "yes", NULL };
	char *const left[] = { "sh", "-c", "yes & exit 0", NULL };
	struct assay_command_result result;

	CU_ASSERT_EQUAL(assay_command_run(&result, silent, SHORT, NULL), 0);
	CU_ASSERT(result.timed_out);
	CU_ASSERT_EQUAL(assay_command_run(&result, loud, SHORT, NULL), 0);
	CU_ASSERT(result.timed_out);
	CU_ASSERT_EQUAL(assay_command_run(&result, left, UINT64_C(2000000000), NULL), 0);
	CU_ASSERT_EQUAL(result.status, 0);
}

static void missing(void)
{
	char *const words[] = { "no-such-tool-here", NULL };
	struct assay_command_result result;

	CU_ASSERT_EQUAL(assay_command_run(&result, words, LONG, NULL), 0);
	CU_ASSERT(result.missing);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(ended),
	{ "out of time", out_of_time },
	UNIT_TEST(missing),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("command", tests);
}
