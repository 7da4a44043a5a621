/* mutator_test.c - the mutator that knows PDUs and text: the same seed makes the same input, no byte beyond the room, and mostly whole PDUs with right lengths and digests. */
#include <string.h>

#include "codec/digest.h"
#include "codec/pdu.h"
#include "fuzz/mutator_private.h"
#include "proto/keys.h"
#include "test/unit.h"

#define ROOM  2048
#define GUARD 16
#define SEEDS 3000

static void nothing(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
}

static const struct assay_fuzz_entry pdus = {
	.name = "pdus", .one = nothing, .max_len = ROOM, .shape = ASSAY_FUZZ_PDUS, .lead = 1
};
static const struct assay_fuzz_entry told = { .name = "told",
	.one = nothing,
	.max_len = ROOM,
	.shape = ASSAY_FUZZ_PDUS,
	.prefix = 1,
	.digests_in_prefix = true };
static const struct assay_fuzz_entry text = {
	.name = "text", .one = nothing, .max_len = ROOM, .shape = ASSAY_FUZZ_TEXT, .prefix = 2
};

/* Changes one byte: what a mutation without knowledge does at least. */
static size_t blind(uint8_t *data, size_t size, size_t max)
{
	if (!size && max)
		data[size++] = 0;
	data[size / 2] ^= 0x55;
	return size;
}

/* A login without digests, then commands with both. Returns the length. */
static size_t conversation(uint8_t out[ROOM])
{
	static const char keys[] = "InitiatorName=iqn.2026-01.net.example:i\0HeaderDigest=CRC32C";
	static const uint8_t ahs[] = { 0, 5, 2, 0, 0, 0, 2, 0 }, data[13] = "thirteen byte";
	struct assay_pdu login = { .opcode = ASSAY_LOGIN_REQUEST,
		.immediate = 1,
		.transit = 1,
		.csg = 1,
		.nsg = 3,
		.itt = 1,
		.cmd_sn = 1,
		.data = (const uint8_t *)keys,
		.data_length = sizeof(keys) };
	struct assay_pdu command = { .opcode = ASSAY_SCSI_COMMAND,
		.final = 1,
		.write = 1,
		.itt = 2,
		.cmd_sn = 1,
		.ahs = ahs,
		.ahs_length = sizeof(ahs),
		.data = data,
		.data_length = sizeof(data) };
	struct assay_pdu nop = {
		.opcode = ASSAY_NOP_OUT, .final = 1, .itt = 3, .ttt = ASSAY_TAG_RESERVED, .cmd_sn = 2
	};
	size_t used = 0;

	out[used++] = 'a';
	used += (size_t)assay_pdu_encode(out + used, ROOM - used, &login, 0);
	out[used++] = 'b';
	used += (size_t)assay_pdu_encode(out + used, ROOM - used, &command, 3);
	out[used++] = 'c';
	used += (size_t)assay_pdu_encode(out + used, ROOM - used, &nop, 3);
	return used;
}

static void taken_apart(void)
{
	static struct assay_fuzz_stream s;
	uint8_t input[ROOM], again[ROOM];
	size_t size = conversation(input);

	CU_ASSERT_TRUE_FATAL(assay_fuzz_stream_read(&s, &pdus, input, size));
	CU_ASSERT_EQUAL(s.count, 3);
	CU_ASSERT_EQUAL(s.tail_length, 0);
	CU_ASSERT_EQUAL(s.pieces[0].digests, 0);
	CU_ASSERT_EQUAL(s.pieces[1].digests, 3);
	CU_ASSERT_EQUAL(s.pieces[2].digests, 3);
	CU_ASSERT_EQUAL(s.pieces[2].lead[0], 'c');
	CU_ASSERT_EQUAL(assay_fuzz_stream_write(again, sizeof(again), &s), size);
	CU_ASSERT_EQUAL(memcmp(input, again, size), 0);
	/* cut off: the rest is a tail, and comes back too */
	CU_ASSERT_TRUE(assay_fuzz_stream_read(&s, &pdus, input, size - 3));
	CU_ASSERT_EQUAL(s.count, 2);
	CU_ASSERT_EQUAL(assay_fuzz_stream_write(again, sizeof(again), &s), size - 3);
	CU_ASSERT_EQUAL(memcmp(input, again, size - 3), 0);
	CU_ASSERT_FALSE(assay_fuzz_stream_read(&s, &told, input, 0));
}

static void within_its_room(void)
{
	uint8_t first[ROOM + GUARD], second[ROOM + GUARD];

	for (unsigned seed = 0; seed < SEEDS; seed++) {
		const struct assay_fuzz_entry *entry = seed % 3 == 0 ? &pdus : seed % 3 == 1 ? &told : &text;
		size_t size = conversation(first), max = size + seed % 300, made;

		memset(first + max, 0xa5, GUARD);
		memcpy(second, first, sizeof(second));
		made = assay_fuzz_mutate(entry, first, size, max, seed, blind);
		CU_ASSERT_TRUE(made > 0 && made <= max);
		for (size_t i = 0; i < GUARD; i++)
			CU_ASSERT_EQUAL(first[max + i], 0xa5);
		CU_ASSERT_EQUAL(assay_fuzz_mutate(entry, second, size, max, seed, blind), made);
		CU_ASSERT_EQUAL(memcmp(first, second, made), 0);
	}
}

/* Most results are whole PDUs, with right digests where they have any; and they are not all the same. */
static void mostly_right(void)
{
	static struct assay_fuzz_stream s;
	unsigned whole = 0, digests = 0, texts = 0;
	uint8_t input[ROOM];
	struct assay_pair pair;

	for (unsigned seed = 0; seed < SEEDS; seed++) {
		size_t size = assay_fuzz_mutate(&pdus, input, conversation(input), ROOM, seed, blind);
		bool right = true;

		assay_fuzz_stream_read(&s, &pdus, input, size);
		for (size_t i = 0; i < s.count; i++)
			right = right && !s.pieces[i].spoilt;
		whole += s.tail_length == 0;
		digests += right && s.count > 1 && s.pieces[s.count - 1].digests == 3;
		texts += s.count &&
			 assay_text_find(&pair, s.pieces[0].data, s.pieces[0].data_length, "HeaderDigest") &&
			 !assay_value_is(&pair, "CRC32C");
	}
	CU_ASSERT_TRUE(whole > SEEDS * 2 / 3);
	CU_ASSERT_TRUE(digests > SEEDS / 2);
	CU_ASSERT_TRUE(texts > SEEDS / 200);
}

static void crossed(void)
{
	uint8_t a[ROOM], b[ROOM], out[ROOM + GUARD];
	static struct assay_fuzz_stream s;
	unsigned other = 0, whole = 0;
	size_t size = conversation(a);

	memcpy(b, a, size);
	b[0] = 'A'; /* the lead byte tells whose PDU it is */
	memset(out + size, 0xa5, GUARD);
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		size_t made = assay_fuzz_cross(&pdus, a, size, b, size, out, size, seed);

		CU_ASSERT_TRUE(made <= size);
		CU_ASSERT_EQUAL(out[size], 0xa5);
		assay_fuzz_stream_read(&s, &pdus, out, made);
		whole += s.tail_length ==
			 0; /* which digests a PDU has, once those before it have others, is guessed */
		for (size_t i = 0; i < s.count; i++)
			other += s.pieces[i].lead[0] == 'A';
	}
	CU_ASSERT_TRUE(whole > SEEDS * 9 / 10);
	CU_ASSERT_TRUE(other > SEEDS / 20);
	CU_ASSERT_EQUAL(assay_fuzz_cross(&text, a, 1, b, size, out, size, 0), 0);
}

static CU_TestInfo tests[] = {
	{ "an input is taken apart and written again", taken_apart },
	{ "the same seed makes the same, within its room", within_its_room },
	{ "most results are right PDUs", mostly_right },
	{ "two inputs make one", crossed },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("mutator", tests);
}
