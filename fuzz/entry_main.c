/*
 * entry_main.c - the libFuzzer program of one entry, ASSAY_FUZZ_MAIN. It must not do more than hand over. With ASSAY_FUZZ_BLIND in the environment
 * the mutations are libFuzzer's own alone: what fuzz/compare shows the difference by.
 */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "fuzz/mutator.h"

#define PASTE(name) assay_fuzz_entry_##name
#define ENTRY(name) PASTE(name)

/* libFuzzer's side of the contract; there is no header of theirs for C. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
	uint8_t *out, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static const struct assay_fuzz_entry *const entry = &ENTRY(ASSAY_FUZZ_MAIN);
static bool blind;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	blind = getenv("ASSAY_FUZZ_BLIND") != NULL;
	if (entry->init)
		entry->init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > entry->max_len)
		return -1; /* not for the corpus */
	entry->one(data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	if (blind)
		return LLVMFuzzerMutate(data, size, max);
	return assay_fuzz_mutate(entry, data, size, max, seed, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
	uint8_t *out, size_t max, unsigned seed)
{
	return blind ? 0 : assay_fuzz_cross(entry, a, a_size, b, b_size, out, max, seed);
}
