/* trace.c - a capture's segments, in memory; see disturb.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"
#include "disturb.h"

struct chunk {
	struct chunk *next;
	uint8_t bytes[];
};

static uint64_t state;

void seed_with(uint64_t seed)
{
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* xorshift64*: the same on every machine. */
uint32_t pick(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

uint8_t *trace_bytes(struct trace *t, size_t length)
{
	struct chunk *c = malloc(sizeof(*c) + length);

	if (!c) {
		t->failed = true;
		return NULL;
	}
	c->next = t->chunks;
	t->chunks = c;
	return c->bytes;
}

void trace_add(struct trace *t, const struct assay_segment *s)
{
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 256;
		struct assay_segment *more = realloc(t->segment, room * sizeof(*more));

		if (!more) {
			t->failed = true;
			return;
		}
		t->segment = more;
		t->room = room;
	}
	t->segment[t->count++] = *s;
}

void trace_free(struct trace *t)
{
	while (t->chunks) {
		struct chunk *next = t->chunks->next;

		free(t->chunks);
		t->chunks = next;
	}
	free(t->segment);
	memset(t, 0, sizeof(*t));
}

/* The data stay those of t. */
bool trace_copy(struct trace *out, const struct trace *t)
{
	memset(out, 0, sizeof(*out));
	for (size_t n = 0; n < t->count; n++)
		trace_add(out, &t->segment[n]);
	return !out->failed;
}

static void keep(struct trace *t, struct assay_segment *s)
{
	uint8_t *bytes = trace_bytes(t, s->captured);

	if (!bytes)
		return;
	if (s->captured)
		memcpy(bytes, s->data, s->captured);
	s->data = bytes;
	s->comment = NULL;
	trace_add(t, s);
}

bool trace_read(struct trace *t, const char *path)
{
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_capture_file *file;
	struct assay_error err = { 0 };
	struct assay_packet packet;
	struct assay_segment segment;
	int r = -1;

	memset(t, 0, sizeof(*t));
	if (!fragments || assay_capture_file_open(&file, path, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, fragments ? err.message : "no memory");
		assay_fragments_free(fragments);
		return false;
	}
	while (!t->failed && (r = assay_capture_file_next(&packet, file, &err)) == 1)
		if (assay_packet_tcp(&segment, fragments, &packet) == ASSAY_PACKET_TCP)
			keep(t, &segment);
	assay_capture_file_close(file);
	assay_fragments_free(fragments);
	if (r || t->failed)
		fprintf(stderr, "%s: cannot be read: %s\n", path, err.message);
	return !r && !t->failed;
}
