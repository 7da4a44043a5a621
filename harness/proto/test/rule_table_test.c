/* rule_table_test.c - the table of rules is sorted, complete and found by id. */
#include <string.h>

#include "proto/rules.h"
#include "test/unit.h"

static void sorted_and_found(void)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	CU_ASSERT(count >= 60);
	for (size_t i = 0; i < count; i++) {
		if (i && strcmp(rules[i - 1].id, rules[i].id) >= 0)
			CU_FAIL("two rules are out of order");
		CU_ASSERT_PTR_EQUAL(assay_rule_find(rules[i].id), &rules[i]);
	}
	CU_ASSERT_PTR_NULL(assay_rule_find(""));
	CU_ASSERT_PTR_NULL(assay_rule_find("statsn"));
	CU_ASSERT_PTR_NULL(assay_rule_find("zzz"));
}

static void complete(void)
{
	size_t count;
	const struct assay_rule *rules = assay_rules(&count);

	for (size_t i = 0; i < count; i++) {
		const struct assay_rule *r = &rules[i];

		CU_ASSERT(r->role == ASSAY_INITIATOR || r->role == ASSAY_TARGET || r->role == ASSAY_BOTH);
		CU_ASSERT(r->level == ASSAY_MUST || r->level == ASSAY_SHOULD);
		CU_ASSERT(strlen(r->section) > 0);
		CU_ASSERT(strlen(r->desc) > 20);
		CU_ASSERT(!strncmp(r->reqs, "R7143-", 6));
	}
}

static CU_TestInfo tests[] = {
	{ "sorted and found", sorted_and_found },
	UNIT_TEST(complete),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("rule table", tests);
}
