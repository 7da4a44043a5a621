/* sanitizer.c - see sanitizer.h. The forms are those of compiler-rt and libsanitizer, which share them, and of glibc. */
#include "campaign/sanitizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR   "ERROR: "
#define SUMMARY "SUMMARY: "
#define RUNTIME ": runtime error: "

/* Copies letters of a name; the first that is none ends it. */
static void copy_name(char *out, size_t capacity, const char *from, const char *also)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n = 0;

	while (n + 1 < capacity && from[n] && (strchr(plain, from[n]) || strchr(also, from[n]))) {
		out[n] = from[n];
		n++;
	}
	out[n] = 0;
}

/* Functions that report or copy for others: the fault is their caller's. */
static bool is_library(const char *name)
{
	static const char *const starts[] = { "__asan", "__interceptor", "__sanitizer", "__ubsan", "__lsan",
		"__msan", "__tsan", "___interceptor", "__libc", "__GI_", "__pthread", "abort", "raise",
		"gsignal", "__assert" };
	static const char *const names[] = { "memcpy", "memmove", "memset", "memcmp", "strlen", "strcpy",
		"strncpy", "strcat", "strcmp", "strdup", "strtoul", "malloc", "calloc", "realloc", "free",
		"printf", "vsnprintf", "snprintf" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* "    #1 0x55d0 in parse_keys /src/text.c:12:3"; the first stack only. */
static void find_frames(struct assay_sanitizer_report *out, const char *at)
{
	unsigned have = 0;
	long last = -1;

	for (; at && have < ASSAY_SANITIZER_FRAMES; at = strchr(at, '\n')) {
		const char *line = ++at, *end = strchr(line, '\n');
		const char *in;
		char *digits_end;
		long number;

		line += strspn(line, " \t");
		if (*line != '#')
			continue;
		number = strtol(line + 1, &digits_end, 10);
		if (number <= last)
			return;
		last = number;
		in = strstr(digits_end, " in ");
		if (!in || (end && in > end))
			continue;
		copy_name(out->frames[have], sizeof(out->frames[have]), in + 4, ":~<>");
		if (out->frames[have][0] && !is_library(out->frames[have]))
			have++;
		else
			out->frames[have][0] = 0;
	}
}

/* "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/text.c:12:3 in parse_keys": the place, where the report had no symbols. */
static void find_summary(struct assay_sanitizer_report *out, const char *report)
{
	const char *at = strstr(report, SUMMARY), *slash;
	char place[64];
	size_t length;

	if (!at || out->frames[0][0])
		return;
	length = strcspn(at, "\n");
	for (slash = at + length; slash > at && *slash != '/' && *slash != ' '; slash--)
		;
	copy_name(place, sizeof(place), slash + 1, ".:+");
	memcpy(out->frames[0], place, sizeof(place));
}

/* "/src/text.c:12:3: runtime error: shift exponent 64 …" */
static void take_runtime(struct assay_sanitizer_report *out, const char *log, const char *at)
{
	const char *start = at;

	while (start > log && start[-1] != '\n' && start[-1] != '/')
		start--;
	snprintf(out->kind, sizeof(out->kind), "undefined-behavior");
	copy_name(out->frames[0], sizeof(out->frames[0]), start, ".:");
}

/* glibc's words about a heap come where it is next used, so they say nothing of the place: all are one kind. */
static bool take_library(struct assay_sanitizer_report *out, const char *log)
{
	static const struct {
		const char *words, *kind;
	} said[] = { { "double free or corruption", "heap-corruption" }, { "free(): ", "heap-corruption" },
		{ "malloc(): ", "heap-corruption" }, { "realloc(): ", "heap-corruption" },
		{ "corrupted size vs. prev_size", "heap-corruption" },
		{ "corrupted double-linked list", "heap-corruption" },
		{ "munmap_chunk(): ", "heap-corruption" },
		{ "*** stack smashing detected ***", "stack-smashing" },
		{ "*** buffer overflow detected ***", "buffer-overflow" } };

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		const char *at = strstr(log, said[i].words);

		if (!at || (at != log && at[-1] != '\n'))
			continue;
		snprintf(out->kind, sizeof(out->kind), "%s", said[i].kind);
		return true;
	}
	return false;
}

/* "tgtd: iscsid.c:120: take_text: Assertion `length < room' failed." */
static bool take_assertion(struct assay_sanitizer_report *out, const char *log)
{
	const char *at = strstr(log, ": Assertion `"), *start = at;

	if (!at || !strstr(at, "' failed"))
		return false;
	while (start > log && start[-1] != ' ' && start[-1] != '\n')
		start--;
	snprintf(out->kind, sizeof(out->kind), "assertion");
	copy_name(out->frames[0], sizeof(out->frames[0]), start, "");
	return true;
}

bool assay_sanitizer_find(struct assay_sanitizer_report *out, const char *log)
{
	const char *error = strstr(log, ERROR), *runtime = strstr(log, RUNTIME);
	const char *name;

	*out = (struct assay_sanitizer_report){ 0 };
	if (runtime && (!error || runtime < error)) {
		take_runtime(out, log, runtime);
		return true;
	}
	name = error ? strstr(error, "Sanitizer: ") : NULL;
	if (!name || name > error + strcspn(error, "\n"))
		return take_assertion(out, log) || take_library(out, log);
	copy_name(out->kind, sizeof(out->kind), name + strlen("Sanitizer: "), "");
	if (!out->kind[0])
		return false;
	find_frames(out, strchr(error, '\n'));
	find_summary(out, error);
	return true;
}

bool assay_sanitizer_unfinished(const char *log)
{
	const char *error = strstr(log, "Sanitizer: ");

	return error && !strstr(error, SUMMARY);
}
