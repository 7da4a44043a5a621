/* hash.h - FNV-1a, for signatures, seeds and the suite's revision: stable over machines and versions. Not for secrets. */
#ifndef ASSAY_RUNNER_HASH_H
#define ASSAY_RUNNER_HASH_H

#include <stdint.h>

#define ASSAY_HASH_START UINT64_C(0xcbf29ce484222325)

/* Goes on from hash with the text and its final NUL (so that "ab","c" and "a","bc" differ); NULL counts as "". */
static inline uint64_t assay_hash_text(uint64_t hash, const char *text)
{
	const unsigned char *at = (const unsigned char *)(text ? text : "");

	do {
		hash = (hash ^ *at) * UINT64_C(0x100000001b3);
	} while (*at++);
	return hash;
}

#endif
