/* file.c - see file.h. */
#include "report/file.h"

#include <errno.h>
#include <unistd.h>

int assay_file_open(struct assay_file *f, const char *path)
{
	if (snprintf(f->path, sizeof(f->path), "%s", path) >= (int)sizeof(f->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(f->part, sizeof(f->part), "%s.part", path);
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
	int why;

	if (!finish(f->out) && !rename(f->part, f->path))
		return 0;
	why = errno;
	unlink(f->part);
	errno = why;
	return -1;
}
