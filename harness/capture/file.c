/* file.c - capture files through zlib, and then libpcap or our own block reader; see file.h. */
#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/blocks.h"

#define BUFFER_START (256u << 10)
#define READ_SIZE    (256u << 10)

struct assay_capture_file {
	gzFile gz;
	uint8_t peeked[4]; /* read to see what it is, and not used yet */
	size_t peeked_length, peeked_used;
	bool truncated;
	bool failed; /* a read failed; errno was kept */
	int why;
	/* pcap */
	pcap_t *pcap;
	uint32_t link;
	uint64_t frames;
	/* pcapng */
	struct assay_blocks blocks;
	uint8_t *buffer;
	size_t size, start, end;
	bool at_end;
};

/* As read(2), with what was peeked at first. */
static ssize_t get(struct assay_capture_file *f, void *out, size_t length)
{
	size_t left = f->peeked_length - f->peeked_used;
	int n, code = 0;

	if (left) {
		size_t part = left < length ? left : length;

		memcpy(out, f->peeked + f->peeked_used, part);
		f->peeked_used += part;
		return (ssize_t)part;
	}
	n = gzread(f->gz, out, (unsigned)(length < READ_SIZE ? length : READ_SIZE));
	if (n > 0)
		return n;
	gzerror(f->gz, &code);
	if (code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
		f->truncated = true;
		return 0;
	}
	if (n < 0) {
		f->failed = true;
		f->why = code == Z_ERRNO ? errno : EIO;
	}
	return n;
}

static ssize_t cookie_read(void *cookie, char *out, size_t length)
{
	return get(cookie, out, length);
}

static int not_a_capture(const struct assay_capture_file *f, struct assay_error *err)
{
	if (f->truncated)
		return assay_error_set(
			err, ASSAY_E_SYNTAX, "is gzip that is damaged or cut off at its start");
	return assay_error_set(
		err, ASSAY_E_SYNTAX, "is no capture: pcap or pcapng is needed, or one of them in gzip");
}

/* libpcap reads from a stream that reads through zlib; it closes the stream. */
static int open_pcap(struct assay_capture_file *f, struct assay_error *err)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = fopencookie(f, "r", (cookie_io_functions_t){ .read = cookie_read });

	if (!stream)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	setvbuf(stream, NULL, _IOFBF, READ_SIZE);
	f->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, words);
	if (!f->pcap) {
		fclose(stream);
		return not_a_capture(f, err);
	}
	f->link = (uint32_t)pcap_datalink(f->pcap);
	return 0;
}

static int begin(struct assay_capture_file *f, struct assay_error *err)
{
	while (f->peeked_length < sizeof(f->peeked)) {
		uint8_t more[sizeof(f->peeked)];
		ssize_t n = get(f, more, sizeof(more) - f->peeked_length);

		if (n <= 0)
			break;
		memcpy(f->peeked + f->peeked_length, more, (size_t)n);
		f->peeked_length += (size_t)n;
		f->peeked_used = f->peeked_length;
	}
	f->peeked_used = 0;
	if (f->failed)
		return assay_error_set(err, ASSAY_E_IO, "cannot be read: %s", strerror(f->why));
	if (f->peeked_length < sizeof(f->peeked))
		return not_a_capture(f, err);
	if (!assay_blocks_is(f->peeked, f->peeked_length))
		return open_pcap(f, err);
	f->buffer = malloc(BUFFER_START);
	if (!f->buffer)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	f->size = BUFFER_START;
	return 0;
}

int assay_capture_file_open(struct assay_capture_file **out, const char *path, struct assay_error *err)
{
	struct assay_capture_file *f = calloc(1, sizeof(*f));
	int fd, r;
	struct stat what;

	*out = NULL;
	if (!f)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &what) == 0 && S_ISDIR(what.st_mode)) {
		close(fd);
		fd = -1;
		errno = EISDIR;
	}
	f->gz = fd < 0 ? NULL : gzdopen(fd, "rb");
	if (!f->gz) {
		r = assay_error_set(err, ASSAY_E_IO, "cannot be read: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		free(f);
		return r;
	}
	/* what is no gzip comes without another copy where twice the buffer's size is asked for */
	gzbuffer(f->gz, READ_SIZE / 4);
	r = begin(f, err);
	if (r < 0) {
		assay_capture_file_close(f);
		return r;
	}
	*out = f;
	return 0;
}

static int next_pcap(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int r = pcap_next_ex(f->pcap, &header, &bytes);

	if (f->failed)
		return assay_error_set(err, ASSAY_E_IO, "cannot be read: %s", strerror(f->why));
	if (r == PCAP_ERROR_BREAK)
		return 0;
	if (r != 1) {
		if (strstr(pcap_geterr(f->pcap), "truncated")) {
			f->truncated = true;
			return 0;
		}
		return assay_error_set(err, ASSAY_E_SYNTAX, "after packet %llu: %.180s",
			(unsigned long long)f->frames, pcap_geterr(f->pcap));
	}
	*out = (struct assay_packet){ .frame = ++f->frames,
		.time = (uint64_t)header->ts.tv_sec * UINT64_C(1000000000) + (uint64_t)header->ts.tv_usec,
		.link = f->link,
		.bytes = bytes,
		.captured = header->caplen,
		.length = header->len };
	return 1;
}

/* Has the buffer hold need bytes, or as many as there are. */
static int fill(struct assay_capture_file *f, size_t need, struct assay_error *err)
{
	if (f->start) {
		memmove(f->buffer, f->buffer + f->start, f->end - f->start);
		f->end -= f->start;
		f->start = 0;
	}
	if (need > f->size) {
		uint8_t *grown = realloc(f->buffer, need);

		if (!grown)
			return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
		f->buffer = grown;
		f->size = need;
	}
	while (f->end < need && !f->at_end) {
		ssize_t n = get(f, f->buffer + f->end, f->size - f->end);

		if (n < 0)
			return assay_error_set(err, ASSAY_E_IO, "cannot be read: %s", strerror(f->why));
		f->at_end = n == 0;
		f->end += (size_t)n;
	}
	return 0;
}

static int next_block(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err)
{
	for (;;) {
		bool packet;
		size_t need;
		int r;
		long used = assay_blocks_next(
			out, &packet, &need, &f->blocks, f->buffer + f->start, f->end - f->start, err);

		if (used < 0)
			return (int)used;
		f->start += (size_t)used;
		if (packet)
			return 1;
		if (used)
			continue;
		if (f->at_end) {
			f->truncated |= f->end > f->start;
			return 0;
		}
		r = fill(f, need, err);
		if (r < 0)
			return r;
	}
}

int assay_capture_file_next(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err)
{
	return f->pcap ? next_pcap(out, f, err) : next_block(out, f, err);
}

bool assay_capture_file_truncated(const struct assay_capture_file *f)
{
	return f->truncated;
}

void assay_capture_file_close(struct assay_capture_file *f)
{
	if (!f)
		return;
	if (f->pcap)
		pcap_close(f->pcap);
	if (f->gz)
		gzclose(f->gz);
	free(f->buffer);
	free(f);
}
