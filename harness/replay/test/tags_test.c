/* tags_test.c - the table of task tags: what was set last is what is got, through growth; and tags that were chosen to stand in one another's way do not make it slow. */
#include <time.h>

#include "replay/tags.h"
#include "test/unit.h"

#define NONE  UINT32_MAX
#define COUNT 30000

static void last_one_is_got(void)
{
	struct assay_tags t = { 0 };
	bool right = true;

	CU_ASSERT_EQUAL(assay_tags_get(&t, 7), NONE);
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t n = 0; n < COUNT; n++)
			right = right && assay_tags_set(&t, assay_tag_key(n % 3, n, n % 2, n / 2), n + round);
	for (uint32_t n = 0; n < COUNT; n++)
		right = right && assay_tags_get(&t, assay_tag_key(n % 3, n, n % 2, n / 2)) == n + 1;
	CU_ASSERT(right);
	CU_ASSERT_EQUAL(t.taken, COUNT);
	CU_ASSERT_EQUAL(assay_tags_get(&t, assay_tag_key(0, 0, false, COUNT)), NONE);
	assay_tags_free(&t);
}

/* Would a place that anybody can reckon be among the first ones? */
static bool is_chosen(uint32_t itt)
{
	return ((itt * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & 0xffff) < 2048;
}

/* Processor time for COUNT tags. */
static double time_of(bool chosen)
{
	struct assay_tags t = { 0 };
	clock_t begin = clock();
	double took;

	for (uint32_t itt = 1; t.taken < COUNT; itt++)
		if (!chosen || is_chosen(itt))
			CU_ASSERT_FATAL(assay_tags_set(&t, assay_tag_key(0, 0, false, itt), itt));
	took = (double)(clock() - begin) / CLOCKS_PER_SEC;
	assay_tags_free(&t);
	return took;
}

static void nobody_makes_it_slow(void)
{
	double right = time_of(false);

	CU_ASSERT(time_of(true) < 20 * (right + 0.01)); /* hundreds of times as long, where it is so */
}

static CU_TestInfo tests[] = {
	UNIT_TEST(last_one_is_got),
	UNIT_TEST(nobody_makes_it_slow),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("tags", tests);
}
