/*
 * sanitizer.h - reports of AddressSanitizer, LeakSanitizer, MemorySanitizer, ThreadSanitizer and UndefinedBehaviorSanitizer, found in what a target printed; and the last words of the
 * C library about a heap or a stack that is broken, or an assertion that does not hold. Text in, kind and place out: no process, no file. A log is hostile input like any other.
 */
#ifndef ASSAY_CAMPAIGN_SANITIZER_H
#define ASSAY_CAMPAIGN_SANITIZER_H

#include <stdbool.h>

#define ASSAY_SANITIZER_FRAMES 3

struct assay_sanitizer_report {
	char kind[64]; /* "heap-buffer-overflow", "undefined-behavior"; "": there is none */
	char frames
		[ASSAY_SANITIZER_FRAMES]
		[64]; /* functions of the target, innermost first, "file.c:12" where there is no stack; "": no more */
};

/* The first report in the text. Frames of the sanitizer itself and of the C library are passed over. Returns whether there is one. */
bool assay_sanitizer_find(struct assay_sanitizer_report *out, const char *log);
/* Is a report there whose end is not? Then the process is still printing. */
bool assay_sanitizer_unfinished(const char *log);

#endif
