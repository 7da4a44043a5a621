/*
 * mutator.h - changes an input where it means something: PDUs with their fields, segments, lengths and digests; text with its keys and
 * values. What it makes is mostly well formed, so that changes reach what lies behind the decoder. A pure function of input and seed,
 * given the blind mutator. Knows nothing of libFuzzer, allocates nothing.
 */
#ifndef ASSAY_FUZZ_MUTATOR_H
#define ASSAY_FUZZ_MUTATOR_H

#include "fuzz/fuzz.h"

/* Changes size bytes to at most max; returns the new size. libFuzzer's LLVMFuzzerMutate is one. */
typedef size_t assay_fuzz_blind_fn(uint8_t *data, size_t size, size_t max);

/* Changes data in place by the entry's shape. Returns the new size, at most max; never 0 where max is not. */
size_t assay_fuzz_mutate(const struct assay_fuzz_entry *entry, uint8_t *data, size_t size, size_t max,
	unsigned seed, assay_fuzz_blind_fn *blind);

/* Makes an input of two: PDUs or pairs of the one, then of the other. Returns its size, 0 where nothing comes of it. */
size_t assay_fuzz_cross(const struct assay_fuzz_entry *entry, const uint8_t *a, size_t a_size,
	const uint8_t *b, size_t b_size, uint8_t *out, size_t max, unsigned seed);

#endif
