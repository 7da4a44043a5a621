/*
 * codec_bench.c - how many PDUs a second the codec reads and writes, with and without digests, and how that compares with
 * copying the same bytes. Prints a table; measures on one thread, the best of some rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/layout.h"
#include "codec/pdu.h"

#define ROUNDS 5
#define ROUND_BYTES                                                                                          \
	(256u << 20) /* bytes for a round, about: short enough to wait for, long enough to measure */
#define STREAM_MAX                                                                                           \
	(4u << 20) /* bytes of PDUs that are gone through again and again: in the cache, as on receipt */

struct stream {
	uint8_t *bytes, *copy;
	struct assay_pdu *pdus;
	size_t length, count;
	unsigned digests;
};

static volatile uint64_t sink; /* what is computed must not be optimised away */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_decode(struct stream *s)
{
	struct assay_pdu pdu;
	uint64_t sum = 0;

	for (size_t at = 0; at < s->length;) {
		at += (size_t)assay_pdu_decode(&pdu, s->bytes + at, s->length - at, s->digests);
		sum += pdu.itt + pdu.bad_digests;
	}
	sink += sum;
}

static void run_encode(struct stream *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++)
		at += (size_t)assay_pdu_encode(s->copy + at, s->length - at, &s->pdus[i], s->digests);
	sink += s->copy[at - 1];
}

static void run_copy(struct stream *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		memcpy(s->copy + at, s->bytes + at, s->pdus[i].wire_length);
		at += s->pdus[i].wire_length;
	}
	sink += s->copy[at - 1];
}

/* PDUs a second, the best of the rounds. */
static double measure(struct stream *s, void (*run)(struct stream *s))
{
	size_t turns = ROUND_BYTES / s->length + 1;
	double best = 0;

	run(s);
	for (int round = 0; round < ROUNDS; round++) {
		double start = now(), rate;

		for (size_t i = 0; i < turns; i++)
			run(s);
		rate = (double)(turns * s->count) / (now() - start);
		if (rate > best)
			best = rate;
	}
	return best;
}

/* All 18 types in turn, each with so many bytes of data. */
static void make_stream(struct stream *s, size_t count, uint32_t data_length, unsigned digests)
{
	static uint8_t data[65536];
	size_t capacity = count * (ASSAY_BHS_LENGTH + 8 + data_length + 4);
	struct assay_pdu pdu;

	s->bytes = malloc(capacity);
	s->copy = malloc(capacity);
	s->pdus = calloc(count, sizeof(*s->pdus));
	if (!s->bytes || !s->copy || !s->pdus)
		abort();
	s->count = count;
	s->digests = digests;
	s->length = 0;
	for (size_t i = 0; i < count; i++) {
		long n;

		pdu = (struct assay_pdu){ .opcode = assay_opcodes[i % 18],
			.final = 1,
			.itt = (uint32_t)i,
			.data = data,
			.data_length = data_length };
		n = assay_pdu_encode(s->bytes + s->length, capacity - s->length, &pdu, digests);
		if (n < 0 || assay_pdu_decode(&s->pdus[i], s->bytes + s->length, (size_t)n, digests) != n)
			abort();
		s->length += (size_t)n;
	}
}

static void report(uint32_t data_length, unsigned digests)
{
	static const char *const digest_names[] = { "none", "header", "data", "both" };
	struct stream s;
	double decode, encode, copy;
	size_t count = STREAM_MAX / (ASSAY_BHS_LENGTH + 16 + data_length);

	make_stream(&s, count < 20000 ? count : 20000, data_length, digests);
	decode = measure(&s, run_decode);
	encode = measure(&s, run_encode);
	copy = measure(&s, run_copy);
	printf("%8u  %-7s %14.0f %14.0f %14.0f %10.2f %10.2f\n", data_length, digest_names[digests], decode,
		encode, copy, decode / copy, encode / copy);
	free(s.bytes);
	free(s.copy);
	free(s.pdus);
}

int main(void)
{
	static const uint32_t lengths[] = { 0, 512, 4096, 65536 };

	printf("PDUs of all 18 types in turn, PDUs a second, best of %d rounds; ratio: to memcpy of the same "
	       "bytes\n",
		ROUNDS);
	printf("%8s  %-7s %14s %14s %14s %10s %10s\n", "data", "digests", "decode", "encode", "memcpy",
		"decode/mc", "encode/mc");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (unsigned digests = 0; digests <= 3; digests += 3)
			report(lengths[i], digests);
	return 0;
}
