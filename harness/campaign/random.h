/*
 * random.h - numbers that follow from a seed and nothing else, the same on every machine: xoshiro256**, seeded by splitmix64. What makes a case of the
 * campaign a pure function of its id. Not for secrets.
 */
#ifndef ASSAY_CAMPAIGN_RANDOM_H
#define ASSAY_CAMPAIGN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct assay_random {
	uint64_t s[4];
};

/* Seeds from seed and the count numbers of path: another path is another sequence, also one that only goes on where another ends. */
void assay_random_seed(struct assay_random *r, uint64_t seed, const uint32_t *path, size_t count);
uint64_t assay_random_next(struct assay_random *r);
/* 0 … n-1, without bias that matters; n 0 gives 0. */
uint32_t assay_random_below(struct assay_random *r, uint32_t n);

#endif
