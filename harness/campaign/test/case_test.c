/* case_test.c - cases: the same id is the same bytes, ids go to words and back, cuts leave out what they say, and every kind of change can be made and sent. */
#include <stdlib.h>
#include <string.h>

#include "campaign/encode.h"
#include "campaign/mutate.h"
#include "campaign/random.h"
#include "campaign/scenarios.h"
#include "test/unit.h"

static struct assay_encoder encoder;

static const struct assay_live_values live = { .initiator_name = "iqn.2026-01.test:i",
	.target_name = "iqn.2026-01.test:t",
	.chap_target = "iqn.2026-01.test:c",
	.chap = "CHAP_N=u\0CHAP_R=0x00",
	.chap_length = 21,
	.cmd_sn = 7,
	.exp_stat_sn = 9,
	.ttt = 0x1234,
	.ttt_has_lun = true,
	.r2t_length = 512,
	.most = 8192,
	.tsih = 1,
	.digests = ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST };

/* FNV-1a over all that a case sends, in its order. */
static uint64_t bytes_of(const struct assay_case *c)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct assay_wire wire;

	for (unsigned n = 0; n < c->order_count; n++) {
		if (c->steps[c->order[n]].kind != ASSAY_STEP_SEND)
			continue;
		assay_case_encode(&wire, &encoder, c, c->order[n], &live);
		for (size_t at = 0; at < wire.length; at++)
			hash = (hash ^ wire.bytes[at]) * UINT64_C(0x100000001b3);
		hash = (hash ^ wire.splits ^ wire.end) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static struct assay_case_id id_of(uint64_t seed, uint32_t base, uint32_t child)
{
	struct assay_case_id id = { .seed = seed, .depth = child ? 2 : 1, .path = { base, child } };

	return id;
}

static void numbers_follow_from_the_seed(void)
{
	struct assay_random a, b, c;
	uint32_t path[] = { 1, 2 };
	unsigned low = 0;

	assay_random_seed(&a, 5, path, 2);
	assay_random_seed(&b, 5, path, 2);
	assay_random_seed(&c, 5, path, 1);
	CU_ASSERT_EQUAL(assay_random_next(&a), assay_random_next(&b));
	CU_ASSERT_NOT_EQUAL(assay_random_next(&a), assay_random_next(&c));
	for (int n = 0; n < 1000; n++)
		low += assay_random_below(&a, 10) < 5;
	CU_ASSERT(low > 400 && low < 600);
	CU_ASSERT_EQUAL(assay_random_below(&a, 0), 0);
}

/* Made again after others, into memory that another case was in. */
static void the_same_id_is_the_same_bytes(void)
{
	static struct assay_case c, other;
	struct assay_case_id id;
	unsigned different = 0;

	for (uint32_t n = 0; n < 500; n++) {
		id = id_of(0x5eed, n, n % 3);
		CU_ASSERT_EQUAL(assay_case_make(&c, &id, NULL), 0);
		uint64_t bytes = bytes_of(&c);

		memset(&other, 0xa5, sizeof(other));
		CU_ASSERT_EQUAL(assay_case_make(&other, &id, NULL), 0);
		CU_ASSERT_EQUAL(bytes_of(&other), bytes);
		id.seed++;
		CU_ASSERT_EQUAL(assay_case_make(&other, &id, NULL), 0);
		different += bytes_of(&other) != bytes;
	}
	CU_ASSERT(different > 480);
	id.depth = 0;
	CU_ASSERT_EQUAL(assay_case_make(&c, &id, NULL), ASSAY_E_INVAL);
	id.depth = ASSAY_CASE_DEPTH + 1;
	CU_ASSERT_EQUAL(assay_case_make(&c, &id, NULL), ASSAY_E_INVAL);
}

static void children_are_like_their_parents(void)
{
	static struct assay_case parent, child;
	unsigned same = 0;

	for (uint32_t n = 0; n < 200; n++) {
		struct assay_case_id id = id_of(1, n, 0), below;

		assay_case_make(&parent, &id, NULL);
		CU_ASSERT_EQUAL(assay_case_child(&below, &id, 7), 0);
		CU_ASSERT_EQUAL(below.depth, 2);
		assay_case_make(&child, &below, NULL);
		CU_ASSERT_PTR_EQUAL(child.scenario, parent.scenario);
		CU_ASSERT(child.step_count >= parent.step_count);
		same += bytes_of(&child) == bytes_of(&parent);
	}
	CU_ASSERT(same < 60);
	struct assay_case_id deep = { .depth = ASSAY_CASE_DEPTH }, out;

	CU_ASSERT_EQUAL(assay_case_child(&out, &deep, 1), ASSAY_E_LIMIT);
}

static void ids_go_to_words_and_back(void)
{
	static const char *const good[] = { "0x5eed:17", "0x0:0.0", "0x5eed:17.3.250-s3,4-c1",
		"0x1:4294967295-c63", "0xffffffffffffffff:1.2.3.4.5.6.7.8-s0", "0x1:1-v0=1",
		"0x1:1-p63=4294967295", "0x1:1-s0-c1,2-v0=0,3=-1,63=-9223372036854775808-p0=0,3=7",
		"0x1:1-v5=9223372036854775807" };
	static const char *const bad[] = { "", "17.", ".17", "0x:1", "0x5eed", "5eed:1", "1.2.3.4.5.6.7.8.9",
		"1-s", "1-s64", "1-s3,3", "1-c1-s1", "1 ", "4294967296", "-1", "0x1ffffffffffffffff:1",
		"1-s1x", "+1", "0x5eed:17,3", "1-v", "1-v0", "1-v0=", "1-v0=-", "1-v0=-0", "1-v0=+1",
		"1-v64=1", "1-v0=9223372036854775808", "1-v0=-9223372036854775809", "1-v0=1,0=2",
		"1-p0=4294967296", "1-p0=-1", "1-p0=1-v0=1", "1-v0=1,", "1-v0=0x1" };
	struct assay_case_id id = { .seed = 5 };
	struct assay_case_cut cut, again;
	char text[ASSAY_CASE_TEXT];

	for (size_t n = 0; n < sizeof(good) / sizeof(good[0]); n++) {
		CU_ASSERT_EQUAL(assay_case_id_parse(&id, &cut, good[n]), 0);
		CU_ASSERT_EQUAL(assay_case_id_print(text, sizeof(text), &id, &cut), (long)strlen(good[n]));
		CU_ASSERT_STRING_EQUAL(text, good[n]);
	}
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
		CU_ASSERT_EQUAL(assay_case_id_parse(&id, &cut, bad[n]), ASSAY_E_SYNTAX);
	id.seed = 5;
	CU_ASSERT_EQUAL(assay_case_id_parse(&id, NULL, "17.3"), 0);
	CU_ASSERT(id.seed == 5 && id.depth == 2 && id.path[0] == 17 && id.path[1] == 3);
	CU_ASSERT_EQUAL(assay_case_id_parse(&id, NULL, "17.3-s1"), ASSAY_E_SYNTAX);
	CU_ASSERT_EQUAL(assay_case_id_print(text, 4, &id, NULL), ASSAY_E_LIMIT);
	CU_ASSERT_EQUAL(assay_case_id_parse(&id, NULL, "17.3-p1=1"), ASSAY_E_SYNTAX);
	memset(&cut, 0xff, sizeof(cut));
	for (unsigned n = 0; n < ASSAY_CASE_CHANGES; n++)
		cut.value[n] = UINT64_C(1) << 63; /* the longest */
	id = (struct assay_case_id){ UINT64_MAX, 8, { ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u } };
	CU_ASSERT(assay_case_id_print(text, sizeof(text), &id, &cut) > 0);
	CU_ASSERT_EQUAL(assay_case_id_parse(&id, &again, text), 0);
	CU_ASSERT_EQUAL(memcmp(&cut, &again, sizeof(cut)), 0);
}

/* What is said of a cut is read as the same, whatever is in it; and no text, cut anywhere or with another byte anywhere, is read beyond its end. */
static void any_cut_goes_to_words_and_back(void)
{
	static const char some[] = "0123456789,=-scvp:.x";
	struct assay_random r;
	struct assay_case_id id = id_of(3, 4, 5), read = { .seed = 0 };
	struct assay_case_cut cut, again;
	char text[ASSAY_CASE_TEXT];

	assay_random_seed(&r, 1, (uint32_t[]){ 1 }, 1);
	for (unsigned n = 0; n < 300; n++) {
		cut = (struct assay_case_cut){ .steps = assay_random_next(&r) & assay_random_next(&r),
			.changes = assay_random_next(&r) & assay_random_next(&r),
			.values = assay_random_next(&r) & assay_random_next(&r),
			.places = assay_random_next(&r) & assay_random_next(&r) };
		for (unsigned i = 0; i < ASSAY_CASE_CHANGES; i++) {
			if (cut.values >> i & 1)
				cut.value[i] = assay_random_next(&r) >> assay_random_below(&r, 64);
			if (cut.places >> i & 1)
				cut.place[i] = (uint32_t)assay_random_next(&r);
		}
		long length = assay_case_id_print(text, sizeof(text), &id, &cut);

		CU_ASSERT_FATAL(length > 0);
		CU_ASSERT_EQUAL(assay_case_id_parse(&read, &again, text), 0);
		CU_ASSERT_EQUAL(memcmp(&cut, &again, sizeof(cut)), 0);
		char *copy = malloc((size_t)length + 1); /* a sanitizer sees where it ends */

		memcpy(copy, text, (size_t)length + 1);
		copy[assay_random_below(&r, (uint32_t)length)] = some[assay_random_below(&r, sizeof(some))];
		if (!assay_case_id_parse(&read, &again, copy))
			CU_ASSERT(assay_case_id_print(text, sizeof(text), &read, &again) > 0);
		free(copy);
	}
}

/* A value and a place that were set are those that are done, whatever they are; others stay as drawn. */
static void numbers_of_a_cut_are_set(void)
{
	static struct assay_case drawn, c;
	struct assay_case_cut cut = { .values = UINT64_MAX, .places = UINT64_MAX };

	for (unsigned i = 0; i < ASSAY_CASE_CHANGES; i++) {
		cut.value[i] = UINT64_MAX - 7 * i;
		cut.place[i] = UINT32_MAX - 5 * i;
	}
	for (uint32_t n = 0; n < 300; n++) {
		struct assay_case_id id = id_of(4, n, n % 3);

		assay_case_make(&drawn, &id, NULL);
		cut.values ^= 1u << n % 2;
		assay_case_make(&c, &id, &cut);
		CU_ASSERT_EQUAL_FATAL(c.change_count, drawn.change_count);
		for (unsigned i = 0; i < c.change_count; i++) {
			CU_ASSERT_EQUAL(c.changes[i].value,
				cut.values >> i & 1 ? cut.value[i] : drawn.changes[i].value);
			CU_ASSERT(c.changes[i].where == cut.place[i] &&
				  c.changes[i].kind == drawn.changes[i].kind);
		}
		CU_ASSERT(c.order_count <= ASSAY_CASE_ORDER);
		bytes_of(&c);
	}
}

/* A place or value taken modulo its bounds is the same change. */
static void bounds_say_what_is_the_same(void)
{
	static struct assay_case c;
	unsigned known = 0;

	for (uint32_t n = 0; n < 500; n++) {
		struct assay_case_id id = id_of(6, n, 0);
		struct assay_case_cut cut = { .changes = 0 };
		uint64_t bytes;

		memset(encoder.bounds, 0, sizeof(encoder.bounds));
		assay_case_make(&c, &id, NULL);
		bytes = bytes_of(&c);
		for (unsigned i = 0; i < c.change_count && i < ASSAY_CASE_CHANGES; i++) {
			const struct assay_change_bounds *b = &encoder.bounds[i];

			cut.places |= (uint64_t)(b->place > 0) << i;
			cut.values |= (uint64_t)(b->value > 0) << i;
			cut.place[i] = b->place ? c.changes[i].where % b->place : 0;
			cut.value[i] = b->value ? c.changes[i].value % b->value : 0;
			known += (b->place > 0) + (b->value > 0);
		}
		assay_case_make(&c, &id, &cut);
		CU_ASSERT_EQUAL(bytes_of(&c), bytes);
	}
	CU_ASSERT(known > 500);
}

/* A case without its changes is its scenario; without a step it does not play that. */
static void a_cut_leaves_out_what_it_says(void)
{
	static struct assay_case c, right;
	struct assay_case_cut no_changes = { .changes = UINT64_MAX };

	for (uint32_t n = 0; n < 300; n++) {
		struct assay_case_id id = id_of(2, n, 0);

		assay_case_make(&c, &id, &no_changes);
		for (unsigned s = 0; s < assay_scenario_count() && !c.extended; s++) {
			assay_case_right(&right, s);
			if (right.scenario == c.scenario) {
				CU_ASSERT_EQUAL(bytes_of(&c), bytes_of(&right));
				CU_ASSERT_EQUAL(c.order_count, right.order_count);
			}
		}
		struct assay_case_cut no_step = { .steps = UINT64_C(1) << n % c.step_count };

		assay_case_make(&c, &id, &no_step);
		for (unsigned at = 0; at < c.order_count; at++)
			CU_ASSERT_NOT_EQUAL(c.order[at], n % c.step_count);
	}
}

/* Lengths that the header announces are those of what was made, where no change is about them. */
static void scenarios_encode_to_whole_pdus(void)
{
	static struct assay_case c;
	struct assay_wire wire;
	struct assay_pdu pdu;

	for (unsigned n = 0; n < assay_scenario_count(); n++) {
		assay_case_right(&c, n);
		CU_ASSERT_PTR_NOT_NULL(assay_scenario_name(n));
		for (unsigned s = 0; s < c.step_count; s++) {
			if (c.steps[s].kind != ASSAY_STEP_SEND)
				continue;
			assay_case_encode(&wire, &encoder, &c, s, &live);
			CU_ASSERT_EQUAL(assay_pdu_decode(&pdu, wire.bytes, wire.length, live.digests),
				(long)wire.length);
			CU_ASSERT(!pdu.bad_digests && !wire.changed && !wire.splits &&
				  wire.end == ASSAY_WIRE_ON);
			CU_ASSERT_EQUAL(memchr(wire.bytes, '{', wire.length), NULL);
		}
	}
	CU_ASSERT_EQUAL(assay_case_right(&c, assay_scenario_count()), ASSAY_E_INVAL);
	CU_ASSERT_PTR_NULL(assay_scenario_name(assay_scenario_count()));
}

/* Every kind is drawn, changes what is sent or its order, and stays within its room; several on one step, too. */
static void every_change_applies(void)
{
	static struct assay_case c, right;
	unsigned drawn[ASSAY_CHANGE_KINDS] = { 0 }, told[ASSAY_CHANGE_KINDS] = { 0 };
	char words[256];

	for (uint32_t n = 0; n < 20000; n++) {
		struct assay_case_id id = id_of(3, n, 0);

		assay_case_make(&c, &id, NULL);
		CU_ASSERT(c.change_count >= 1 && c.order_count <= ASSAY_CASE_ORDER);
		for (unsigned at = 0; at < c.change_count; at++)
			drawn[c.changes[at].kind]++;
		if (n % 16)
			continue;
		uint64_t bytes = bytes_of(&c);
		struct assay_case_cut none = { .changes = UINT64_MAX };

		assay_case_make(&right, &id, &none);
		if (c.change_count == 1)
			told[c.changes[0].kind] += bytes != bytes_of(&right) ||
						   c.order_count != right.order_count;
		CU_ASSERT_PTR_EQUAL(assay_change_print(words, sizeof(words), &c, &c.changes[0]), words);
		CU_ASSERT(strlen(words) > 10);
	}
	for (unsigned kind = 0; kind < ASSAY_CHANGE_KINDS; kind++) {
		CU_ASSERT(drawn[kind] > 0);
		CU_ASSERT(told[kind] > 0 || kind == ASSAY_CHANGE_DATA_DIGEST ||
			  kind == ASSAY_CHANGE_HEADER_DIGEST);
	}
}

/* What is too long for the room is cut: the longest of everything, again and again. */
static void no_change_leaves_its_room(void)
{
	static struct assay_case c;
	struct assay_wire wire;

	for (unsigned kind = 0; kind < ASSAY_CHANGE_KINDS; kind++) {
		assay_case_right(&c, 0);
		c.change_count = ASSAY_CASE_CHANGES;
		for (unsigned n = 0; n < ASSAY_CASE_CHANGES; n++)
			c.changes[n] = (struct assay_change){
				.kind = (uint8_t)(n % 2 ? kind : ASSAY_CHANGE_DATA_GROW),
				.step = 1,
				.where = 12345 * n,
				.value = n % 2 ? UINT64_C(0x123456789abcdef) * n : 40000
			};
		assay_case_encode(&wire, &encoder, &c, 1, &live);
		CU_ASSERT(wire.length <= ASSAY_WIRE_MAX && wire.splits <= ASSAY_WIRE_SPLITS);
		for (unsigned n = 1; n < wire.splits; n++)
			CU_ASSERT(wire.split[n - 1] < wire.split[n] && wire.split[n] < wire.length);
	}
}

static void a_case_is_said_in_words(void)
{
	static struct assay_case c;
	struct assay_case_cut cut = { .steps = 1, .changes = 1 };
	struct assay_case_id id = id_of(0x5eed, 17, 3);
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assay_case_make(&c, &id, &cut);
	assay_case_describe(out, &c);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "case 0x5eed:17.3-s0-c0, from scenario "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "left out  0  connection 0: connect"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "changes\n  left out  0  step "));
	free(text);
}

static CU_TestInfo tests[] = {
	{ "numbers follow from the seed", numbers_follow_from_the_seed },
	{ "the same id is the same bytes", the_same_id_is_the_same_bytes },
	{ "children are like their parents", children_are_like_their_parents },
	{ "ids go to words and back", ids_go_to_words_and_back },
	{ "any cut goes to words and back", any_cut_goes_to_words_and_back },
	{ "numbers of a cut are set", numbers_of_a_cut_are_set },
	{ "bounds say what is the same", bounds_say_what_is_the_same },
	{ "a cut leaves out what it says", a_cut_leaves_out_what_it_says },
	{ "scenarios encode to whole PDUs", scenarios_encode_to_whole_pdus },
	{ "every change applies", every_change_applies },
	{ "no change leaves its room", no_change_leaves_its_room },
	{ "a case is said in words", a_case_is_said_in_words },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("case", tests);
}
