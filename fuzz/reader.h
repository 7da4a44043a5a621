/* reader.h - what the entries of readers of files share: an input as a file, and what is owed to whoever wrote it. */
#ifndef ASSAY_FUZZ_READER_H
#define ASSAY_FUZZ_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "codec/error.h"

/* The input as a file; text has room for it and outlives the file. Never NULL. */
FILE *assay_fuzz_file(char *text, const uint8_t *data, size_t size);
/* Refused (r below 0) with nothing made and in one line of words, or made. */
void assay_fuzz_check_read(int r, bool made, const struct assay_error *err);

#endif
