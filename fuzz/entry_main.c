/* entry_main.c - the libFuzzer program of one entry, ASSAY_FUZZ_MAIN. It must not do more than hand over. */
#include "fuzz/fuzz.h"

#define PASTE(name) assay_fuzz_entry_##name
#define ENTRY(name) PASTE(name)

/* libFuzzer's side of the contract; there is no header of theirs for C. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct assay_fuzz_entry *const entry = &ENTRY(ASSAY_FUZZ_MAIN);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
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
