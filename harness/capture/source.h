/*
 * source.h - the bytes of a file from its start to its end: a plain file by reads of our own, which can leave bytes out and take them later; gzip, pipes and all else through zlib.
 * What they mean is no matter here.
 */
#ifndef ASSAY_CAPTURE_SOURCE_H
#define ASSAY_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "codec/error.h"

struct assay_source {
	gzFile gz; /* NULL: the file is plain */
	int fd; /* of a plain one */
	bool waits; /* of a plain one: the file system cannot say what it would have to wait for */
	uint64_t at; /* of a plain one: the place of the next byte */
	bool truncated; /* its compressed bytes are damaged or cut off */
	int why; /* errno of a read that failed; 0: none has */
};

/* path "-": standard input. 0, or ASSAY_E_IO in words. */
int assay_source_open(struct assay_source *out, const char *path, struct assay_error *err);
void assay_source_close(struct assay_source *s);

/* As read(2), but never interrupted. */
ssize_t assay_source_read(struct assay_source *s, void *out, size_t length);

/* Can bytes be left out? */
static inline bool assay_source_is_plain(const struct assay_source *s)
{
	return !s->gz;
}

/* Of a plain file, leaves out skip bytes and reads those behind: as read(2). ASSAY_E_SHORT: the disk would have to be waited for; nothing is left out, and to read all bytes in their order is faster. */
ssize_t assay_source_read_behind(struct assay_source *s, uint64_t skip, void *out, size_t length);
/* Of a plain file, length bytes from a place that was passed. Where they are there no longer, or cannot be read, *out is zeros, and why is set. */
void assay_source_read_at(struct assay_source *s, uint64_t place, void *out, size_t length);

#endif
