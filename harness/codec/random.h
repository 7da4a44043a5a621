/* random.h - splitmix64: numbers that follow from a seed and nothing else, the same on every machine. Not for secrets. */
#ifndef ASSAY_CODEC_RANDOM_H
#define ASSAY_CODEC_RANDOM_H

#include <stdint.h>

/* The next number of the sequence that *state, any number at first, stands for. */
static inline uint64_t assay_splitmix(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#endif
