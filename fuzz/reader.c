/* reader.c - see reader.h. */
#include "fuzz/reader.h"

#include <string.h>

#include "fuzz/fuzz.h"

FILE *assay_fuzz_file(char *text, const uint8_t *data, size_t size)
{
	FILE *file;

	memcpy(text, data, size);
	file = fmemopen(text, size, "r");
	if (!file)
		assay_fuzz_fail("fmemopen");
	return file;
}

void assay_fuzz_check_read(int r, bool made, const struct assay_error *err)
{
	if ((r < 0) == made)
		assay_fuzz_fail("%d, and %s made", r, made ? "something" : "nothing");
	if (r < 0 && (!err->message[0] || strchr(err->message, '\n')))
		assay_fuzz_fail("refused (%d) in the words '%s'", r, err->message);
}
