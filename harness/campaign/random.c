/* random.c - xoshiro256** of Blackman and Vigna, seeded by splitmix64; see random.h. */
#include "campaign/random.h"

#include "codec/random.h"

void assay_random_seed(struct assay_random *r, uint64_t seed, const uint32_t *path, size_t count)
{
	uint64_t state = seed;

	for (size_t n = 0; n < count; n++)
		state = assay_splitmix(&state) ^ path[n];
	for (size_t n = 0; n < 4; n++)
		r->s[n] = assay_splitmix(&state);
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

uint64_t assay_random_next(struct assay_random *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint32_t assay_random_below(struct assay_random *r, uint32_t n)
{
	return (uint32_t)((assay_random_next(r) >> 32) * n >> 32);
}
