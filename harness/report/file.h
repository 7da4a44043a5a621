/* file.h - a file of results: written beside its name and then renamed, so that a file of that name is always whole. What is there and is no plain file (a device,
 * a pipe, a link) is written to as it is. */
#ifndef ASSAY_REPORT_FILE_H
#define ASSAY_REPORT_FILE_H

#include <stdio.h>

#define ASSAY_FILE_PATH_MAX 4096

struct assay_file {
	FILE *out; /* to write to */
	char path[ASSAY_FILE_PATH_MAX], part[ASSAY_FILE_PATH_MAX + 8];
};

/* 0, or -1 with errno; then there is nothing to close. */
int assay_file_open(struct assay_file *f, const char *path);
/* Gives it its name. -1 with errno when anything that was written was lost: then nothing is left, and what had the name before still has it. */
int assay_file_close(struct assay_file *f);
/* Closes it instead: nothing is left of it, and what had the name before still has it. */
void assay_file_drop(struct assay_file *f);

#endif
