/*
 * baseline.c - the fuzz entry of baselines, the files of expected failures. Input: such a file, against a table of three tests. What is refused is refused in
 * one line of words; what is taken forgives what its lines name and nothing else, and is the same once it is written and read again.
 */
#include "runner/baseline.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "fuzz/reader.h"

#define MAX_LEN 4096

static const struct assay_test tests[] = {
	{ .id = "login.a", .aliases = "login.old-a login.older-a" },
	{ .id = "login.b" },
	{ .id = "data.c", .aliases = "data.was" },
};
static const struct assay_suite suite = { .name = "all", .tests = tests, .count = 3 };
static const struct assay_suite *const suites[] = { &suite, NULL };

static char folder[] = "/tmp/assay-fuzz-baseline-XXXXXX", path[sizeof(folder) + 8];

static void leave(void)
{
	unlink(path);
	rmdir(folder);
}

static void init(void)
{
	if (!mkdtemp(folder))
		assay_fuzz_fail("no temporary folder");
	snprintf(path, sizeof(path), "%s/lines", folder);
	atexit(leave);
}

/* A line forgives a verdict that it names with its signature, and lets nothing else pass. */
static void check_line(const struct assay_baseline_line *line)
{
	static const enum assay_verdict raws[] = { ASSAY_FAIL, ASSAY_WARN, ASSAY_TIMEOUT, ASSAY_CRASH };

	for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
		enum assay_verdict raw = raws[i], same = assay_baseline_apply(line, raw, line->signature);
		enum assay_verdict other = assay_baseline_apply(line, raw, "another");
		bool named = line->verdicts & 1u << raw;

		if ((same == ASSAY_XFAIL) != named || (same != ASSAY_XFAIL && same != raw))
			assay_fuzz_fail("%s %s: %d becomes %d", line->id, line->words, raw, same);
		if (strcmp(line->signature, "*") != 0 && strcmp(line->signature, "another") != 0 &&
			other == ASSAY_XFAIL)
			assay_fuzz_fail("%s %s: forgives another signature", line->id, line->words);
	}
}

static bool same_line(const struct assay_baseline_line *a, const struct assay_baseline_line *b)
{
	return b && !strcmp(a->id, b->id) && a->verdicts == b->verdicts &&
	       !strcmp(a->signature, b->signature) && !strcmp(a->why, b->why);
}

/* Written after a run of no test, which keeps every line. */
static void check_written(const struct assay_baseline *b)
{
	struct assay_run run = { .info = { .profile = "fuzz" } };
	struct assay_baseline *again = NULL;
	struct assay_error err = { 0 };
	size_t added, gone;

	if (assay_baseline_write(path, &run, b, NULL, &added, &gone, &err) < 0 ||
		assay_baseline_read(&again, path, suites, &err) < 0)
		assay_fuzz_fail("written and read again: %s", err.message);
	if (added || gone || assay_baseline_count(again) != assay_baseline_count(b))
		assay_fuzz_fail("%zu lines became %zu", assay_baseline_count(b), assay_baseline_count(again));
	for (size_t i = 0; i < assay_baseline_count(b); i++)
		if (!same_line(assay_baseline_at(b, i), assay_baseline_at(again, i)))
			assay_fuzz_fail("%s: another line once it was written", assay_baseline_at(b, i)->id);
	assay_baseline_free(again);
}

static void one(const uint8_t *data, size_t size)
{
	char text[MAX_LEN];
	struct assay_baseline *b = NULL;
	struct assay_error err = { 0 };
	FILE *file;
	int r;

	if (!size)
		return;
	file = assay_fuzz_file(text, data, size);
	r = assay_baseline_parse(&b, file, "fuzz", suites, &err);
	fclose(file);
	assay_fuzz_check_read(r, b, &err);
	for (size_t i = 0; i < assay_baseline_count(b); i++) {
		const struct assay_baseline_line *line = assay_baseline_at(b, i);

		if (assay_baseline_find(b, line->id) != line)
			assay_fuzz_fail("%s: not found by its id", line->id);
		check_line(line);
	}
	if (b)
		check_written(b);
	assay_baseline_free(b);
}

const struct assay_fuzz_entry assay_fuzz_entry_baseline = {
	.name = "baseline",
	.desc = "a baseline is refused in words, or forgives what it names and no more",
	.one = one,
	.init = init,
	.max_len = MAX_LEN,
};
