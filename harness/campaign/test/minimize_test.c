/* minimize_test.c - the minimiser against faults that are a few lines, so that what is least is known: what is left out, each kind of number, bounds, and how often it may ask. */
#include <string.h>

#include "campaign/minimize.h"
#include "campaign/mutate.h"
#include "test/unit.h"

/* A case with the change to look at as number 1 of three, and what it needs. */
struct fault {
	struct assay_case_shape shape;
	uint64_t steps, changes; /* that it needs */
	bool (*needs)(uint64_t value, uint32_t place); /* of change 1; NULL: nothing */
	struct assay_change_bounds bounds[ASSAY_CASE_CHANGES];
	unsigned asked, told;
};

static uint64_t value_of(const struct fault *f, const struct assay_case_cut *cut)
{
	return cut->values >> 1 & 1 ? cut->value[1] : f->shape.changes[1].value;
}

static uint32_t place_of(const struct fault *f, const struct assay_case_cut *cut)
{
	return cut->places >> 1 & 1 ? cut->place[1] : f->shape.changes[1].where;
}

static int still(void *payload, const struct assay_case_cut *cut)
{
	struct fault *f = payload;

	f->asked++;
	return !(cut->steps & f->steps) && !(cut->changes & f->changes) &&
	       (!f->needs || f->needs(value_of(f, cut), place_of(f, cut)));
}

static const struct assay_change_bounds *bounds(void *payload)
{
	return ((struct fault *)payload)->bounds;
}

static void progress(void *payload, const struct assay_case_cut *best, unsigned asked)
{
	struct fault *f = payload;

	f->told++;
	CU_ASSERT_EQUAL(asked, f->asked);
	CU_ASSERT_EQUAL(best->steps & f->steps, 0);
}

static int minimize(struct assay_case_cut *cut, struct fault *f, unsigned questions)
{
	const struct assay_minimize m = { &f->shape, questions, still, bounds, progress, f };
	int r;

	*cut = (struct assay_case_cut){ 0 };
	r = assay_minimize(cut, &m);
	CU_ASSERT_EQUAL(r, (int)f->asked);
	CU_ASSERT_EQUAL(f->told, f->asked);
	return r;
}

/* The one change of that kind, with what it was drawn as; it must be kept and is. */
static struct fault fault_of(enum assay_change_kind kind, uint64_t value, uint32_t place,
	bool (*needs)(uint64_t value, uint32_t place))
{
	struct fault f = { .changes = 2, .steps = 1, .needs = needs };

	f.shape.steps = f.shape.own_steps = 3;
	f.shape.change_count = 3;
	f.shape.changes[0].kind = f.shape.changes[2].kind = ASSAY_CHANGE_SWAP;
	f.shape.changes[1] = (struct assay_change){ .kind = (uint8_t)kind, .value = value, .where = place };
	return f;
}

/* ---- what is left out ---- */

static void least(void)
{
	struct fault n = { .shape = { .steps = 20, .own_steps = 20, .change_count = 5 },
		.steps = 1u << 3 | 1u << 17,
		.changes = 1u << 2 };
	struct assay_case_cut cut;

	minimize(&cut, &n, 1000);
	CU_ASSERT_EQUAL(cut.steps, 0xfffff & ~n.steps);
	CU_ASSERT_EQUAL(cut.changes, 0x1f & ~n.changes);
	CU_ASSERT_TRUE(n.asked < 100);
	n = (struct fault){ .shape = { .steps = 64, .own_steps = 64, .change_count = 64 },
		.steps = UINT64_MAX,
		.changes = UINT64_MAX };
	minimize(&cut, &n, 1000);
	CU_ASSERT_TRUE(!cut.steps && !cut.changes);
	n.steps = n.changes = n.asked = n.told = 0;
	minimize(&cut, &n, 1000);
	CU_ASSERT_TRUE(cut.steps == UINT64_MAX && cut.changes == UINT64_MAX);
}

/* All that was appended goes by one question. */
static void appended_steps(void)
{
	struct fault n = { .shape = { .steps = 50, .own_steps = 7, .change_count = 0 }, .steps = 0x7f };
	struct assay_case_cut cut;

	minimize(&cut, &n, 1);
	CU_ASSERT_EQUAL(cut.steps, ((UINT64_C(1) << 50) - 1) & ~UINT64_C(0x7f));
}

/* Each needs the other, and nothing needs both. */
static int both_or_none(void *payload, const struct assay_case_cut *cut)
{
	struct fault *f = payload;
	uint64_t changes = ~cut->changes & 9, steps = ~cut->steps & 6;

	f->asked++;
	return (changes == 9 || !changes) && (steps == 6 || !steps) && !(cut->steps & 1);
}

static void pairs(void)
{
	struct fault f = { .shape = { .steps = 3, .own_steps = 3, .change_count = 5 } };
	const struct assay_minimize m = {
		.shape = &f.shape, .questions = 1000, .still = both_or_none, .payload = &f
	};
	struct assay_case_cut cut = { 0 };

	CU_ASSERT_EQUAL(assay_minimize(&cut, &m), (int)f.asked);
	CU_ASSERT(cut.steps == 6 && cut.changes == 31);
}

static int broken(void *payload, const struct assay_case_cut *cut)
{
	(void)payload;
	(void)cut;
	return ASSAY_E_CONNECT;
}

static void no_less(void)
{
	struct fault n = { .shape = { .steps = 60, .own_steps = 60, .change_count = 2 }, .steps = 1 };
	const struct assay_minimize m = { .shape = &n.shape, .questions = 1000, .still = broken };
	struct assay_case_cut cut = { 0 };

	CU_ASSERT_EQUAL(assay_minimize(&cut, &m), ASSAY_E_CONNECT);
	CU_ASSERT_TRUE(!cut.steps && !cut.changes);
	CU_ASSERT_EQUAL(minimize(&cut, &n, 5), 5);
}

/* ---- numbers ---- */

static bool from_0x8001(uint64_t value, uint32_t place)
{
	(void)place;
	return value >= 0x8001;
}

static bool odd_from_100(uint64_t value, uint32_t place)
{
	(void)place;
	return value >= 100 && value % 2;
}

static bool any(uint64_t value, uint32_t place)
{
	(void)value;
	(void)place;
	return true;
}

static bool reserved_tag(uint64_t value, uint32_t place)
{
	(void)place;
	return value == 0xffffffff;
}

/* What it comes to from that value; it costs less than most questions. */
static void expect_value(enum assay_change_kind kind, uint64_t from, uint64_t to,
	bool (*needs)(uint64_t value, uint32_t place), unsigned most)
{
	struct fault f = fault_of(kind, from, 0, needs);
	struct assay_case_cut cut;

	minimize(&cut, &f, 1000);
	CU_ASSERT_EQUAL(value_of(&f, &cut), to);
	CU_ASSERT_EQUAL(cut.values, to == from ? 0 : 2);
	CU_ASSERT(f.asked <= most && cut.changes == 5 && cut.steps == 6);
	if (value_of(&f, &cut) != to || f.asked > most)
		printf("\nkind %u: 0x%llx becomes 0x%llx by %u questions\n", kind, (unsigned long long)from,
			(unsigned long long)value_of(&f, &cut), f.asked);
}

static void lower(void)
{
	expect_value(ASSAY_CHANGE_FIELD, 0xffffffff, 0x8001, from_0x8001, 80);
	expect_value(ASSAY_CHANGE_FIELD, UINT64_MAX, 0x8001, from_0x8001, 140);
	expect_value(ASSAY_CHANGE_FIELD, 0x8001, 0x8001, from_0x8001, 40);
	expect_value(ASSAY_CHANGE_FIELD, 0x123456789, 0x8001, from_0x8001, 100);
	expect_value(ASSAY_CHANGE_FIELD, 0xffffffff, 0xffffffff, reserved_tag, 100);
	expect_value(ASSAY_CHANGE_FIELD, 0xffff, 0, any, 20);
	expect_value(ASSAY_CHANGE_DATA_LENGTH, 0xffffff, 0x8001, from_0x8001, 80);
	expect_value(ASSAY_CHANGE_DATA_GROW, 40000, 0x8001, from_0x8001, 80);
	expect_value(ASSAY_CHANGE_KEY_HUGE, 40000, 1, any, 20);
	expect_value(ASSAY_CHANGE_REPEAT, 4, 1, any, 20);
	expect_value(ASSAY_CHANGE_OPCODE, 0x3e, 0x3e, any, 20);
	expect_value(ASSAY_CHANGE_SWAP, 77, 77, any, 20);
}

/* Where lower is not always better it ends where neither one less nor a bit less does it. */
static void not_monotone(void)
{
	struct fault f = fault_of(ASSAY_CHANGE_FIELD, 0xffff, 0, odd_from_100);
	struct assay_case_cut cut;

	minimize(&cut, &f, 1000);
	CU_ASSERT(value_of(&f, &cut) >= 100 && value_of(&f, &cut) < 512);
}

static bool far_below(uint64_t value, uint32_t place)
{
	(void)place;
	return (int64_t)value <= -300;
}

static bool below(uint64_t value, uint32_t place)
{
	(void)place;
	return (int64_t)value < 0;
}

static void nearer(void)
{
	expect_value(ASSAY_CHANGE_FIELD_ADD, (uint64_t)-512, 1, any, 20);
	expect_value(ASSAY_CHANGE_FIELD_ADD, (uint64_t)-512, (uint64_t)-1, below, 20);
	expect_value(ASSAY_CHANGE_FIELD_ADD, (uint64_t)-512, (uint64_t)-300, far_below, 60);
	expect_value(ASSAY_CHANGE_FIELD_ADD, 0x7fffffff, 0x8001, from_0x8001, 80);
	struct fault f = fault_of(ASSAY_CHANGE_DATA_LENGTH, (uint64_t)-4, 0, below);
	struct assay_case_cut cut;

	f.shape.changes[1].field = 1; /* a difference */
	minimize(&cut, &f, 1000);
	CU_ASSERT_EQUAL(cut.value[1], UINT64_MAX);
}

static bool without_equals(uint64_t value, uint32_t place)
{
	(void)place;
	return !strchr(assay_nasty_pair(value), '=');
}

static bool a_number(uint64_t value, uint32_t place)
{
	const char *text = assay_nasty_value(value);

	(void)place;
	return *text >= '1' && *text <= '9' && strlen(text) > 2;
}

static void texts(void)
{
	uint64_t empty = 0, number = 0, long_one = 0;

	while (assay_nasty_pair(empty)[0])
		empty++;
	while (strcmp(assay_nasty_value(number), "511") != 0)
		number++;
	while (strcmp(assay_nasty_value(long_one), "4294967296") != 0)
		long_one++;
	CU_ASSERT_EQUAL(empty, ASSAY_NASTY_PAIRS - 1); /* each is reached */
	expect_value(ASSAY_CHANGE_KEY_ADD, empty - 1, empty, without_equals, 20);
	expect_value(ASSAY_CHANGE_KEY_VALUE, long_one, number, a_number, 60);
}

/* ---- places, bounds, bytes ---- */

static bool in_pair_2(uint64_t value, uint32_t place)
{
	(void)value;
	return place % 5 == 2;
}

/* A place among five is said as that, and no question is wasted on which; a value that is of no account stays as drawn. */
static void bounded(void)
{
	struct fault f = fault_of(ASSAY_CHANGE_KEY_TWICE, 99, 3000000007u, in_pair_2);
	struct assay_case_cut cut;

	f.bounds[1].place = 5;
	minimize(&cut, &f, 1000);
	CU_ASSERT_EQUAL(cut.place[1], 2);
	CU_ASSERT(cut.places == 2 && cut.values == 0 && f.asked < 20);
	f = fault_of(ASSAY_CHANGE_SPLIT, 99, 3000000007u, any);
	minimize(&cut, &f, 1000);
	CU_ASSERT(cut.places == 2 && cut.place[1] == 0);
}

/* Byte 40 is to have its highest bit. */
static bool byte_40(uint64_t value, uint32_t place)
{
	for (unsigned n = 0; n < assay_change_bytes(value); n++)
		if ((place + n) % 64 == 40 && (value >> 8 * n & 0x80))
			return true;
	return false;
}

static void bytes(void)
{
	for (unsigned before = 0; before < 8; before++) {
		struct fault f = fault_of(
			ASSAY_CHANGE_DATA_BYTES, UINT64_C(0xfedcbafedcbafedc), 640 + 40 - before, byte_40);
		struct assay_case_cut cut;

		f.bounds[1].place = 64;
		minimize(&cut, &f, 1000);
		CU_ASSERT_EQUAL(assay_change_bytes(value_of(&f, &cut)), 1);
		CU_ASSERT_EQUAL(value_of(&f, &cut), 0x80);
		CU_ASSERT_EQUAL(place_of(&f, &cut), 40);
	}
}

/* Once the number is simpler, a step may be left out that it needed before; and what was drawn is not said. */
static bool as_drawn;

static bool is_seven(uint64_t value, uint32_t place)
{
	(void)place;
	as_drawn |= value == 7;
	return value == 7;
}

static void as_it_was_drawn(void)
{
	struct fault f = fault_of(ASSAY_CHANGE_FIELD, 7, 0, is_seven);
	struct assay_case_cut cut;

	minimize(&cut, &f, 1000);
	CU_ASSERT(as_drawn && !cut.values && !cut.places && !cut.value[1]);
}

static int step_2_or_zero(void *payload, const struct assay_case_cut *cut)
{
	struct fault *f = payload;

	f->asked++;
	return !(cut->changes & 2) && (!(cut->steps & 4) || !value_of(f, cut));
}

static void steps_again(void)
{
	struct fault f = fault_of(ASSAY_CHANGE_FIELD, 7, 0, NULL);
	const struct assay_minimize m = {
		.shape = &f.shape, .questions = 1000, .still = step_2_or_zero, .payload = &f
	};
	struct assay_case_cut cut = { 0 };

	CU_ASSERT_EQUAL(assay_minimize(&cut, &m), (int)f.asked);
	CU_ASSERT(cut.steps == 7 && cut.changes == 5 && cut.values == 2 && !cut.value[1]);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(least),
	{ "appended steps", appended_steps },
	UNIT_TEST(pairs),
	{ "no less", no_less },
	UNIT_TEST(lower),
	{ "not monotone", not_monotone },
	UNIT_TEST(nearer),
	UNIT_TEST(texts),
	UNIT_TEST(bounded),
	UNIT_TEST(bytes),
	{ "as it was drawn", as_it_was_drawn },
	{ "steps again", steps_again },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("minimize", tests);
}
