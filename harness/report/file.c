/* file.c - see file.h. */
#include "report/file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A device, a pipe or a link has its name for good: a new file of that name would take its place. */
static bool is_kept(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int assay_file_open(struct assay_file *f, const char *path)
{
	if (snprintf(f->path, sizeof(f->path), "%s", path) >= (int)sizeof(f->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(f->part, sizeof(f->part), "%s%s", path, is_kept(path) ? "" : ".part");
	f->out = fopen(f->part, "we");
	return f->out ? 0 : -1;
}

/* Flushes and closes; -1 with errno when anything written to it was lost. */
static int finish(FILE *file)
{
	int failed = fflush(file) || ferror(file);
	int why = errno;

	if (fclose(file))
		return -1;
	errno = why;
	return failed ? -1 : 0;
}

int assay_file_close(struct assay_file *f)
{
	bool kept = strcmp(f->part, f->path) == 0;
	int why;

	if (!finish(f->out) && (kept || !rename(f->part, f->path)))
		return 0;
	why = errno;
	if (!kept)
		unlink(f->part);
	errno = why;
	return -1;
}

void assay_file_drop(struct assay_file *f)
{
	fclose(f->out);
	if (strcmp(f->part, f->path) != 0)
		unlink(f->part);
}
