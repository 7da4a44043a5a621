/*
 * scsi_medium.c - the blocks of a logical unit: anonymous memory whose pages come with the first write, or a file. And which blocks are
 * mapped (SBC-3 section 4.7). Ranges are the caller's to check.
 */
#include "target/scsi_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64u << 10)

static void *reserve(size_t bytes)
{
	void *p = mmap(
		NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A file that is too small is refused, an empty one is made as large as the unit. */
static int open_file(struct assay_scsi_medium *m, const struct assay_lun_spec *spec, struct assay_error *err)
{
	int flags = spec->read_only ? O_RDONLY : O_RDWR | O_CREAT;
	uint64_t bytes;
	struct stat st;

	m->fd = open(spec->path, flags | O_CLOEXEC, 0600);
	if (m->fd < 0 || fstat(m->fd, &st) < 0)
		return assay_error_set(err, ASSAY_E_IO, "%s: %s", spec->path, strerror(errno));
	if (!m->blocks)
		m->blocks = (uint64_t)st.st_size / m->block_size;
	bytes = m->blocks * m->block_size;
	if (st.st_size == 0 && !spec->read_only && ftruncate(m->fd, (off_t)bytes) < 0)
		return assay_error_set(err, ASSAY_E_IO, "%s: cannot make it %llu bytes: %s", spec->path,
			(unsigned long long)bytes, strerror(errno));
	if (st.st_size != 0 && (uint64_t)st.st_size < bytes)
		return assay_error_set(err, ASSAY_E_INVAL, "%s: has %lld bytes, the logical unit needs %llu",
			spec->path, (long long)st.st_size, (unsigned long long)bytes);
	return 0;
}

static int open_ram(struct assay_scsi_medium *m, struct assay_error *err)
{
	m->ram = reserve(m->blocks * m->block_size);
	if (!m->ram)
		return assay_error_set(err, ASSAY_E_NOMEM, "no address space for %llu blocks of %u bytes",
			(unsigned long long)m->blocks, m->block_size);
	return 0;
}

int assay_scsi_medium_open(
	struct assay_scsi_medium *m, const struct assay_lun_spec *spec, struct assay_error *err)
{
	int rc;

	*m = (struct assay_scsi_medium){ .fd = -1, .blocks = spec->blocks, .block_size = spec->block_size };
	if (m->block_size != 512 && m->block_size != 4096)
		return assay_error_set(err, ASSAY_E_INVAL, "block size %u: 512 or 4096", m->block_size);
	if (m->blocks > (UINT64_C(1) << 46) / m->block_size)
		return assay_error_set(err, ASSAY_E_INVAL, "%llu blocks are more than 64 TiB",
			(unsigned long long)m->blocks);
	rc = spec->path ? open_file(m, spec, err) : m->blocks ? open_ram(m, err) : 0;
	if (!rc && !m->blocks)
		rc = assay_error_set(err, ASSAY_E_INVAL, "a logical unit has at least 1 block");
	if (!rc) {
		m->map_bytes = (size_t)(m->blocks / 8 + 8);
		m->map = reserve(m->map_bytes);
		if (!m->map)
			rc = assay_error_set(err, ASSAY_E_NOMEM, "no address space for %llu blocks",
				(unsigned long long)m->blocks);
	}
	if (rc)
		assay_scsi_medium_close(m);
	return rc;
}

void assay_scsi_medium_close(struct assay_scsi_medium *m)
{
	if (m->ram)
		munmap(m->ram, m->blocks * m->block_size);
	if (m->map)
		munmap(m->map, m->map_bytes);
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct assay_scsi_medium){ .fd = -1 };
}

static void set_bits(uint8_t *map, uint64_t first, uint64_t count, bool value)
{
	for (; count && (first & 7); first++, count--)
		map[first / 8] = (uint8_t)(value ? map[first / 8] | 1u << (first & 7)
						 : map[first / 8] & ~(1u << (first & 7)));
	if (count >= 8)
		memset(map + first / 8, value ? 0xff : 0, (size_t)(count / 8));
	first += count & ~UINT64_C(7);
	for (count &= 7; count; first++, count--)
		map[first / 8] = (uint8_t)(value ? map[first / 8] | 1u << (first & 7)
						 : map[first / 8] & ~(1u << (first & 7)));
}

static void set_mapped(struct assay_scsi_medium *m, uint64_t lba, uint32_t blocks, bool mapped)
{
	set_bits(m->map, lba, blocks, m->ram ? mapped : !mapped);
}

static int file_read(int fd, uint8_t *out, size_t length, off_t at)
{
	while (length) {
		ssize_t n = pread(fd, out, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1; /* an end of file is one that was cut under us */
		out += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int file_write(int fd, const uint8_t *data, size_t length, off_t at)
{
	while (length) {
		ssize_t n = pwrite(fd, data, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

int assay_scsi_medium_read(struct assay_scsi_medium *m, void *out, uint64_t lba, uint32_t blocks)
{
	uint64_t at = lba * m->block_size;
	size_t length = (size_t)blocks * m->block_size;

	if (!m->ram)
		return file_read(m->fd, out, length, (off_t)at);
	memcpy(out, m->ram + at, length);
	return 0;
}

int assay_scsi_medium_write(struct assay_scsi_medium *m, const void *data, uint64_t lba, uint32_t blocks)
{
	uint64_t at = lba * m->block_size;
	size_t length = (size_t)blocks * m->block_size;

	if (!m->ram) {
		if (file_write(m->fd, data, length, (off_t)at))
			return -1;
	} else if (data != m->ram + at) { /* else it was received in place */
		memmove(m->ram + at, data, length);
	}
	set_mapped(m, lba, blocks, true);
	return 0;
}

int assay_scsi_medium_fill(struct assay_scsi_medium *m, const uint8_t *block, uint64_t lba, uint32_t blocks)
{
	uint8_t chunk[CHUNK];
	uint32_t a_chunk = CHUNK / m->block_size;

	for (uint32_t i = 0; i < a_chunk && i < blocks; i++)
		memcpy(chunk + (size_t)i * m->block_size, block, m->block_size);
	for (uint32_t done = 0; done < blocks;) {
		uint32_t now = blocks - done < a_chunk ? blocks - done : a_chunk;

		if (assay_scsi_medium_write(m, chunk, lba + done, now))
			return -1;
		done += now;
	}
	return 0;
}

/* Whole pages go back to the system, the rest is overwritten. */
static void ram_zero(uint8_t *from, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t head = (page - (uintptr_t)from % page) % page;

	if (head > length)
		head = length;
	memset(from, 0, head);
	from += head;
	length -= head;
	size_t whole = length - length % page;
	if (whole && madvise(from, whole, MADV_DONTNEED))
		memset(from, 0, whole);
	memset(from + whole, 0, length - whole);
}

static int file_zero(int fd, uint64_t at, size_t length)
{
	static const uint8_t zeros[CHUNK];

	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)length) == 0)
		return 0;
	while (length) { /* a file system without holes */
		size_t now = length < CHUNK ? length : CHUNK;

		if (file_write(fd, zeros, now, (off_t)at))
			return -1;
		at += now;
		length -= now;
	}
	return 0;
}

int assay_scsi_medium_unmap(struct assay_scsi_medium *m, uint64_t lba, uint32_t blocks)
{
	uint64_t at = lba * m->block_size;
	size_t length = (size_t)blocks * m->block_size;

	if (m->ram)
		ram_zero(m->ram + at, length);
	else if (blocks && file_zero(m->fd, at, length))
		return -1;
	set_mapped(m, lba, blocks, false);
	return 0;
}

int assay_scsi_medium_sync(struct assay_scsi_medium *m)
{
	return m->ram ? 0 : fdatasync(m->fd);
}

uint32_t assay_scsi_medium_run(const struct assay_scsi_medium *m, uint64_t lba, uint32_t limit, bool *mapped)
{
	bool first = m->map[lba / 8] >> (lba & 7) & 1;
	const uint8_t same = first ? 0xff : 0;
	uint32_t run = 1;

	while (run < limit) {
		uint64_t at = lba + run;

		if (!(at & 7) && limit - run >= 8 && m->map[at / 8] == same) {
			run += 8;
			continue;
		}
		if ((m->map[at / 8] >> (at & 7) & 1) != first)
			break;
		run++;
	}
	*mapped = first == (m->ram != NULL);
	return run;
}
