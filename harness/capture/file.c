/* file.c - capture files: their bytes (source.h), and then libpcap or our own block reader; see file.h. */
#include "capture/file.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/blocks.h"
#include "capture/source.h"

#define BUFFER_START (1u << 20)
#define READ_MOST    (1u << 20) /* bytes of one read; more would not stay in the processor's cache */
#define DENSE                                                                                                \
	(8u << 20) /* bytes that are read in their order where the disk must be waited for, or where bytes were left out that were wanted */
#define WANTED_MOST                                                                                          \
	2 /* times that bytes of one hole are wanted, before it is thought that it was none worth leaving out */

struct assay_capture_file {
	struct assay_source source;
	uint8_t peeked[4]; /* read to see what it is, and not used yet */
	size_t peeked_length, peeked_used;
	bool truncated;
	/* pcap */
	pcap_t *pcap;
	uint32_t link;
	uint64_t frames;
	/* pcapng */
	struct assay_blocks blocks;
	uint8_t *buffer;
	size_t size, start, end;
	size_t ahead; /* bytes of the next read */
	bool at_end;
	struct assay_hole_rule rule; /* least 0: all bytes are read */
	struct assay_hole_part left_out; /* of the block that is read; none: both NULL */
	struct assay_hole hole; /* of the packet that was given out */
	unsigned wanted; /* times that bytes of it were */
	uint64_t dense; /* place in the file up to which all bytes are read */
};

/* As read(2), with what was peeked at first. */
static ssize_t get(struct assay_capture_file *f, void *out, size_t length)
{
	size_t left = f->peeked_length - f->peeked_used;

	if (left) {
		size_t part = left < length ? left : length;

		memcpy(out, f->peeked + f->peeked_used, part);
		f->peeked_used += part;
		return (ssize_t)part;
	}
	return assay_source_read(&f->source, out, length);
}

static ssize_t cookie_read(void *cookie, char *out, size_t length)
{
	return get(cookie, out, length);
}

static int cannot_read(const struct assay_capture_file *f, struct assay_error *err)
{
	return assay_error_set(err, ASSAY_E_IO, "cannot be read: %s",
		f->source.why == ENODATA ? "it was cut off meanwhile" : strerror(f->source.why));
}

static int not_a_capture(const struct assay_capture_file *f, struct assay_error *err)
{
	if (f->source.truncated)
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
	setvbuf(stream, NULL, _IOFBF, READ_MOST);
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
	if (f->source.why)
		return cannot_read(f, err);
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
	int r;

	*out = NULL;
	if (!f)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r = assay_source_open(&f->source, path, err);
	if (r < 0) {
		free(f);
		return r;
	}
	f->ahead = READ_MOST;
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

	if (f->source.why)
		return cannot_read(f, err);
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

/* Room for need bytes in the buffer, with what it holds at its front. */
static int make_room(struct assay_capture_file *f, size_t need, struct assay_error *err)
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
	return 0;
}

/* Has the buffer hold need bytes, or as many as there are. */
static int fill(struct assay_capture_file *f, size_t need, struct assay_error *err)
{
	int r = make_room(f, need, err);

	if (r < 0)
		return r;
	while (f->end < need && !f->at_end) {
		size_t part = need - f->end > f->ahead ? need - f->end : f->ahead;
		ssize_t n = get(f, f->buffer + f->end, part < f->size - f->end ? part : f->size - f->end);

		if (n < 0)
			return cannot_read(f, err);
		f->at_end = n == 0;
		f->end += (size_t)n;
		f->ahead = f->ahead < READ_MOST / 2 ? f->ahead * 2 : READ_MOST;
	}
	return 0;
}

static void fill_hole(void *reader, uint8_t *at, size_t length)
{
	struct assay_capture_file *f = reader;
	/* what is in the buffer ends where the next read begins */
	uint64_t place = f->source.at - (uint64_t)(f->buffer + f->end - at);

	assay_source_read_at(&f->source, place, at, length);
	if (++f->wanted > WANTED_MOST)
		f->dense = f->source.at + DENSE;
}

/* Has the buffer hold a block of need bytes but for what may be left out of it. *left false: nothing can be, or it takes no less time. */
static int fill_around(bool *left, struct assay_capture_file *f, size_t need, struct assay_error *err)
{
	size_t from, to, head = ASSAY_BLOCK_HEAD + f->rule.head;
	ssize_t n;
	int r = 0;

	*left = false;
	if (!f->rule.least || need < f->rule.least || f->at_end || f->source.at < f->dense)
		return 0;
	f->ahead = 2 * head; /* of the next ones, too, the rest may be left out */
	if (f->end - f->start < head && head < need)
		r = fill(f, head, err);
	if (r == 0)
		r = make_room(f, need + head, err);
	if (r < 0 || !assay_blocks_hole(&from, &to, &f->blocks, &f->rule, f->buffer, f->end))
		return r;
	/* and the head of the next block */
	n = assay_source_read_behind(&f->source, to - f->end, f->buffer + to, need - to + head);
	if (n == ASSAY_E_SHORT) {
		f->dense = f->source.at + DENSE;
		return 0;
	}
	if (n < 0)
		return cannot_read(f, err);
	f->left_out = (struct assay_hole_part){ f->buffer + from, f->buffer + to };
	f->at_end = n == 0;
	f->end = to + (size_t)n;
	*left = true;
	return fill(f, need, err);
}

static int fill_block(struct assay_capture_file *f, size_t need, struct assay_error *err)
{
	bool left;
	int r = fill_around(&left, f, need, err);

	return r < 0 || left ? r : fill(f, need, err);
}

/* The packet's hole, where some of its block was left out. */
static void give_hole(struct assay_packet *out, struct assay_capture_file *f)
{
	if (f->left_out.from == f->left_out.to)
		return;
	out->hole = &f->hole;
	f->wanted = 0;
	assay_hole_begin(&f->hole, f->left_out.from, f->left_out.to);
	f->left_out.from = f->left_out.to = NULL;
}

static int next_block(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err)
{
	assay_hole_end(&f->hole);
	for (;;) {
		bool packet;
		size_t need;
		int r;
		long used = assay_blocks_next(
			out, &packet, &need, &f->blocks, f->buffer + f->start, f->end - f->start, err);

		if (f->source.why)
			return cannot_read(f, err);
		if (used < 0)
			return (int)used;
		f->start += (size_t)used;
		if (packet) {
			give_hole(out, f);
			return 1;
		}
		if (used)
			continue;
		if (f->at_end) {
			f->truncated |= f->end > f->start;
			return 0;
		}
		r = fill_block(f, need, err);
		if (r < 0)
			return r;
	}
}

int assay_capture_file_next(struct assay_packet *out, struct assay_capture_file *f, struct assay_error *err)
{
	return f->pcap ? next_pcap(out, f, err) : next_block(out, f, err);
}

void assay_capture_file_leave_out(struct assay_capture_file *f, const struct assay_hole_rule *rule)
{
	if (!assay_source_is_plain(&f->source))
		return;
	f->rule = *rule;
	f->hole.fill = fill_hole;
	f->hole.reader = f;
	f->ahead = 2 * (ASSAY_BLOCK_HEAD + rule->head);
}

bool assay_capture_file_truncated(const struct assay_capture_file *f)
{
	return f->truncated || f->source.truncated;
}

void assay_capture_file_close(struct assay_capture_file *f)
{
	if (!f)
		return;
	if (f->pcap)
		pcap_close(f->pcap);
	assay_source_close(&f->source);
	assay_hole_end(&f->hole);
	free(f->buffer);
	free(f);
}
