/* fuzz.c - how an entry says that an invariant does not hold. */
#include "fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *input_name;

void assay_fuzz_input_name(const char *name)
{
	input_name = name;
}

void assay_fuzz_fail(const char *format, ...)
{
	va_list args;

	fputs("assay-fuzz: ", stderr);
	if (input_name)
		fprintf(stderr, "%s: ", input_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
