/* source.c - see source.h. preadv2(2) with RWF_NOWAIT tells whether bytes are in memory. */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define ZLIB_SIZE                                                                                            \
	(64u << 10) /* what is no gzip comes without another copy where at least twice as much is asked for */
#define READ_MOST (1u << 30) /* bytes of one read */

static bool is_gzip(const uint8_t *bytes, ssize_t length)
{
	return length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* A regular file that is no gzip. *at: where it is to be read from. */
static bool is_plain(uint64_t *at, int fd, const struct stat *what)
{
	uint8_t magic[2];
	off_t place;

	if (!S_ISREG(what->st_mode))
		return false;
	place = lseek(fd, 0, SEEK_CUR);
	if (place < 0)
		return false;
	*at = (uint64_t)place;
	return !is_gzip(magic, pread(fd, magic, sizeof(magic), place));
}

static int refuse(int fd, int why, struct assay_error *err)
{
	if (fd >= 0)
		close(fd);
	return assay_error_set(err, ASSAY_E_IO, "cannot be read: %s", strerror(why));
}

int assay_source_open(struct assay_source *out, const char *path, struct assay_error *err)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC);
	struct stat what;

	*out = (struct assay_source){ .fd = -1 };
	if (fd < 0 || fstat(fd, &what) < 0)
		return refuse(fd, errno, err);
	if (S_ISDIR(what.st_mode))
		return refuse(fd, EISDIR, err);
	if (is_plain(&out->at, fd, &what)) {
		out->fd = fd;
		return 0;
	}
	out->gz = gzdopen(fd, "rb");
	if (!out->gz)
		return refuse(fd, ENOMEM, err);
	gzbuffer(out->gz, ZLIB_SIZE);
	return 0;
}

void assay_source_close(struct assay_source *s)
{
	if (s->gz)
		gzclose(s->gz);
	else if (s->fd >= 0)
		close(s->fd);
}

static ssize_t read_gz(struct assay_source *s, void *out, size_t length)
{
	int n = gzread(s->gz, out, (unsigned)length), code = 0;

	if (n > 0)
		return n;
	gzerror(s->gz, &code);
	if (code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
		s->truncated = true;
		return 0;
	}
	if (n < 0)
		s->why = code == Z_ERRNO ? errno : EIO;
	return n;
}

static ssize_t read_plain(struct assay_source *s, void *out, size_t length)
{
	ssize_t n;

	do
		n = pread(s->fd, out, length, (off_t)s->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->why = errno;
	else
		s->at += (uint64_t)n;
	return n;
}

ssize_t assay_source_read(struct assay_source *s, void *out, size_t length)
{
	if (length > READ_MOST)
		length = READ_MOST;
	return s->gz ? read_gz(s, out, length) : read_plain(s, out, length);
}

ssize_t assay_source_read_behind(struct assay_source *s, uint64_t skip, void *out, size_t length)
{
	struct iovec to = { out, length };
	ssize_t n = -1;

	if (!s->waits) {
		n = preadv2(s->fd, &to, 1, (off_t)(s->at + skip), RWF_NOWAIT);
		s->waits = n < 0 && errno != EAGAIN && errno != EINTR;
		if (n < 0 && !s->waits)
			return ASSAY_E_SHORT;
	}
	s->at += skip;
	if (n < 0)
		return read_plain(s, out, length);
	s->at += (uint64_t)n;
	return n;
}

void assay_source_read_at(struct assay_source *s, uint64_t place, void *out, size_t length)
{
	uint8_t *to = out;

	while (length) {
		ssize_t n = pread(s->fd, to, length, (off_t)place);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->why = n < 0 ? errno : ENODATA;
			memset(to, 0, length);
			return;
		}
		to += n;
		place += (uint64_t)n;
		length -= (size_t)n;
	}
}
