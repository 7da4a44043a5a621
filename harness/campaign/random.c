/* random.c - xoshiro256** of Blackman and Vigna, seeded by splitmix64; see random.h. */
#include "campaign/random.h"

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void assay_random_seed(struct assay_random *r, uint64_t seed, const uint32_t *path, size_t count)
{
	uint64_t state = seed;

	for (size_t n = 0; n < count; n++)
		state = splitmix(&state) ^ path[n];
	for (size_t n = 0; n < 4; n++)
		r->s[n] = splitmix(&state);
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
