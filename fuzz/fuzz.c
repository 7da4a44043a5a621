/* fuzz.c - how an entry says that an invariant does not hold, and what it saw before. */
#include "fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/listing.h"

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

void assay_fuzz_trace(unsigned connection, bool to_target, const struct assay_pdu *pdu)
{
	static int wanted = -1;
	char line[200];

	if (wanted < 0)
		wanted = getenv("ASSAY_FUZZ_TRACE") != NULL;
	if (!wanted)
		return;
	assay_listing_brief(line, sizeof(line), pdu);
	fprintf(stderr, "c%u %s %s\n", connection, to_target ? "->" : "<-", line);
}
