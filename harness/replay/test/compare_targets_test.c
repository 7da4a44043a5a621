/* compare_targets_test.c - answers to SendTargets: the same targets in any order, one more, one less, names mapped, addresses of their own; lists that are long, or no lists. */
#include <stdlib.h>

#include "replay/compare_private.h"
#include "test/unit.h"

static struct assay_replay_differences found;
static const char *const ignored[] = { "TargetName", NULL };

static int compare(const char *captured, size_t captured_length, const char *live, size_t live_length,
	const struct assay_replay_masks *masks)
{
	struct assay_pdu a = { .opcode = ASSAY_TEXT_RESPONSE,
		.data = (const uint8_t *)captured,
		.data_length = (uint32_t)captured_length };
	struct assay_pdu b = a;
	struct assay_replay_exchange mapped = { .captured_target = "iqn.old", .live_target = "iqn.new" };

	b.data = (const uint8_t *)live;
	b.data_length = (uint32_t)live_length;
	memset(&found, 0, sizeof(found));
	return assay_replay_compare(&found, &a, &b, masks, &mapped);
}

#define LISTS(a, b) compare(a, sizeof(a), b, sizeof(b), NULL)
#define NAME(n)     "TargetName=" n "\0"
#define AT(a)       "TargetAddress=" a "\0"

static void the_same_set(void)
{
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a") AT("192.0.2.1:3260,1") NAME("iqn.b"),
				NAME("iqn.b") NAME("iqn.a") AT("[2001:db8::1]:1,7")),
		0);
	CU_ASSERT_EQUAL(found.count, 0);
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.old"), NAME("iqn.new")), 0);
	CU_ASSERT_EQUAL(found.count, 0);
	CU_ASSERT_EQUAL(LISTS("", ""), 0);
}

static void other_sets(void)
{
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a"), NAME("iqn.a") NAME("iqn.b")), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "target listed");
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "iqn.b");
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a") NAME("iqn.b"), NAME("iqn.b")), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "iqn.a");
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a"), NAME("iqn.a") NAME("iqn.a")), 1);
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.old"), NAME("iqn.old")), 2);
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a"), ""), 1);
	CU_ASSERT_EQUAL(LISTS(AT("192.0.2.1,1") NAME("iqn.a"), NAME("iqn.a")), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "addresses before a TargetName");
}

static void portals(void)
{
	CU_ASSERT_EQUAL(LISTS(NAME("iqn.a") AT("192.0.2.1,1") AT("192.0.2.2,2"),
				NAME("iqn.a") AT("192.0.2.3,5") AT("192.0.2.4,5")),
		0);
	CU_ASSERT_EQUAL(found.count, 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].captured, "2 in 2 groups");
	CU_ASSERT_STRING_EQUAL(found.difference[0].live, "2 in 1 groups");
}

static void what_is_ignored(void)
{
	static const char one[] = NAME("iqn.a"), two[] = NAME("iqn.b") "X-a=1\0";
	const struct assay_replay_masks masks = { ignored };

	CU_ASSERT_EQUAL(compare(one, sizeof(one), two, sizeof(two), &masks), 1);
	CU_ASSERT_STRING_EQUAL(found.difference[0].what, "key X-a");
}

/* More than are compared one by one, and more than the comparison of other keys takes. */
static void long_lists(void)
{
	char *text = malloc(40000);
	size_t length = 0;

	for (unsigned n = 0; n < 1500; n++)
		length += (size_t)snprintf(text + length, 40000 - length, "TargetName=iqn.%04u", n) + 1;
	CU_ASSERT_EQUAL(compare(text, length, text, length, NULL), 0);
	CU_ASSERT_EQUAL(found.count, 0);
	CU_ASSERT_EQUAL(compare(text, length, text, length / 1500 * 900, NULL), 124);
	free(text);
}

/* In a login a name is no list. */
static void no_list(void)
{
	struct assay_pdu a = { .opcode = ASSAY_LOGIN_REQUEST,
		.data = (const uint8_t *)NAME("iqn.a"),
		.data_length = sizeof(NAME("iqn.a")) };
	struct assay_pdu b = a;

	b.data = (const uint8_t *)NAME("iqn.b");
	memset(&found, 0, sizeof(found));
	CU_ASSERT_EQUAL(assay_replay_compare(&found, &a, &b, NULL, NULL), 0);
	CU_ASSERT_EQUAL(LISTS("A=1", "A=2"), 1);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(the_same_set),
	UNIT_TEST(other_sets),
	UNIT_TEST(portals),
	UNIT_TEST(what_is_ignored),
	UNIT_TEST(long_lists),
	UNIT_TEST(no_list),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("compare_targets", tests);
}
