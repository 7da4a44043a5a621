/* empty.c - an entry that does nothing: what fuzz/speed holds the others against. It is in no list. */
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"

static void one(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
}

const struct assay_fuzz_entry assay_fuzz_entry_empty = {
	.name = "empty",
	.desc = "nothing is done, nothing can fail",
	.one = one,
	.max_len = ASSAY_FUZZ_PDUS_MAX,
};
