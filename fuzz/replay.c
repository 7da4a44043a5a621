/*
 * replay.c - runs files through a fuzz entry without libFuzzer, in any build: assay-fuzz-replay ENTRY PATH…, where a folder stands for all files
 * under it, in the order of their names. Each input lies in memory of exactly its length, so that a sanitizer sees a byte read beyond it.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

#define ASSAY_FUZZ_ENTRY(name) &assay_fuzz_entry_##name,
static const struct assay_fuzz_entry *const entries[] = {
#include "fuzz/entries.def"
};
#undef ASSAY_FUZZ_ENTRY

/* Called where a sanitizer ends the process, if there is one. */
void __sanitizer_set_death_callback(void (*call)(void)) __attribute__((weak));

static char current[4096];

static void say_current(void)
{
	ssize_t ignored = write(STDERR_FILENO, current, strlen(current));

	ignored = write(STDERR_FILENO, "\n", 1);
	(void)ignored;
}

/* Runs one file; false with a line on stderr when it cannot be read. */
static bool run_file(const struct assay_fuzz_entry *entry, const char *path, size_t size)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes = malloc(size ? size : 1);
	bool good = file && bytes && fread(bytes, 1, size, file) == size;

	if (!good)
		fprintf(stderr, "assay-fuzz-replay: %s: %s\n", path, strerror(errno));
	snprintf(current, sizeof(current), "%s", path);
	if (good && size <= entry->max_len)
		entry->one(bytes, size);
	free(bytes);
	if (file)
		fclose(file);
	return good;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Returns how many files were run, or -1. */
static long run_paths(const struct assay_fuzz_entry *entry, char **paths)
{
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	long count = 0;
	FTSENT *found;

	if (!tree)
		return -1;
	while (count >= 0 && (found = fts_read(tree))) {
		switch (found->fts_info) {
		case FTS_F:
			count = run_file(entry, found->fts_path, (size_t)found->fts_statp->st_size)
					? count + 1
					: -1;
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			fprintf(stderr, "assay-fuzz-replay: %s: %s\n", found->fts_path,
				strerror(found->fts_errno));
			count = -1;
			break;
		default: break;
		}
	}
	fts_close(tree);
	return count;
}

static int usage(void)
{
	fputs("assay-fuzz-replay ENTRY PATH…: runs files, and all files under folders, through a fuzz "
	      "entry\n",
		stderr);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		fprintf(stderr, "  %-18s %s\n", entries[i]->name, entries[i]->desc);
	return 2;
}

int main(int argc, char **argv)
{
	const struct assay_fuzz_entry *entry = NULL;
	long count;

	for (size_t i = 0; argc > 2 && i < sizeof(entries) / sizeof(entries[0]); i++)
		if (!strcmp(entries[i]->name, argv[1]))
			entry = entries[i];
	if (!entry)
		return usage();
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(say_current);
	assay_fuzz_input_name(current);
	if (entry->init)
		entry->init();
	count = run_paths(entry, argv + 2);
	if (count == 0)
		fputs("assay-fuzz-replay: no file there\n", stderr);
	if (count <= 0)
		return 2;
	printf("%s: %ld inputs\n", entry->name, count);
	return 0;
}
