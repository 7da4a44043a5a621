/* story.c - captures in and out; see mutate.h. */
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"
#include "capture/packet.h"
#include "capture/pcapng.h"
#include "mutate.h"

#define BEGINS (UINT64_C(1767225600) * 1000000000) /* 2026-01-01, nanoseconds */

struct reader {
	struct story *story;
	struct story_findings *findings;
};

/* ---- in ---- */

static void add(struct reader *r, const struct story_item *item)
{
	struct story *s = r->story;

	if (!s || s->broken)
		return;
	s->broken = s->items == STORY_ITEMS;
	if (!s->broken)
		s->item[s->items++] = *item;
}

static unsigned index_of(const struct assay_timeline_connection *c)
{
	return (unsigned)c->number - 1;
}

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	struct reader *r = payload;

	add(r, &(struct story_item){ .kind = STORY_OPEN, .connection = index_of(c) });
	if (r->story)
		r->story->connections++;
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	struct reader *r = payload;
	struct story_item item = { .kind = STORY_PDU,
		.connection = index_of(c),
		.dir = p->dir,
		.digests = p->pdu->digests,
		.length = p->pdu->wire_length };

	if (!r->story)
		return;
	item.wire = malloc(item.length);
	if (!item.wire || p->cut) {
		r->story->broken = true;
		free(item.wire);
		return;
	}
	memcpy(item.wire, p->pdu->wire, item.length);
	add(r, &item);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	struct story_item item = { .kind = how == ASSAY_FLOW_RESET ? STORY_RESET : STORY_CLOSE,
		.connection = index_of(c),
		.dir = by == ASSAY_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET };

	(void)frame;
	(void)time;
	if (how == ASSAY_FLOW_FIN || how == ASSAY_FLOW_RESET)
		add(payload, &item);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *finding, const struct assay_timeline_pdu *at)
{
	struct story_findings *f = ((struct reader *)payload)->findings;

	(void)c;
	(void)at;
	if (f && f->count < sizeof(f->finding) / sizeof(f->finding[0])) {
		struct story_finding *one = &f->finding[f->count];

		one->rule = finding->rule->id;
		one->offender = finding->offender;
		one->number = finding->pdu;
		snprintf(one->expected, sizeof(one->expected), "%s", finding->expected);
		snprintf(one->got, sizeof(one->got), "%s", finding->got);
	}
	if (f)
		f->count++;
}

static bool read_packets(struct assay_timeline *t, struct assay_capture_file *file, struct assay_error *err)
{
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_packet packet;
	struct assay_segment segment;
	int r = -1;

	while (fragments && (r = assay_capture_file_next(&packet, file, err)) == 1)
		if (assay_packet_tcp(&segment, fragments, &packet) == ASSAY_PACKET_TCP)
			assay_timeline_segment(t, &segment);
	assay_timeline_end(t);
	assay_fragments_free(fragments);
	return !r && !assay_capture_file_truncated(file);
}

/* One timeline for all captures, cleared between them: it is large. */
bool story_read(struct story *story, struct story_findings *findings, const char *path)
{
	static const struct assay_timeline_events events = {
		.open = on_open, .pdu = on_pdu, .finding = on_finding, .close = on_close
	};
	static struct assay_timeline *timeline;
	static struct reader r;
	struct assay_capture_file *file;
	struct assay_error err = { 0 };
	bool whole;

	if (story)
		memset(story, 0, sizeof(*story));
	if (findings)
		findings->count = 0;
	r = (struct reader){ story, findings };
	if (!timeline)
		timeline = assay_timeline_new(NULL, &events, &r);
	if (!timeline || assay_capture_file_open(&file, path, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, timeline ? err.message : "no memory");
		return false;
	}
	assay_timeline_clear(timeline);
	whole = read_packets(timeline, file, &err) && !(story && story->broken) &&
		!assay_timeline_counts(timeline)->lost_bytes && !assay_timeline_counts(timeline)->cut_pdus;
	assay_capture_file_close(file);
	if (!whole)
		fprintf(stderr, "%s: not all of it could be read: %s\n", path, err.message);
	return whole;
}

void story_free(struct story *s)
{
	for (size_t n = 0; n < s->items; n++)
		free(s->item[n].wire);
	memset(s, 0, sizeof(*s));
}

bool story_copy(struct story *out, const struct story *s)
{
	*out = *s;
	for (size_t n = 0; n < s->items; n++) {
		if (!s->item[n].wire)
			continue;
		out->item[n].wire = malloc(s->item[n].length);
		if (!out->item[n].wire)
			out->broken = true;
		else
			memcpy(out->item[n].wire, s->item[n].wire, s->item[n].length);
	}
	return !out->broken;
}

/* ---- out ---- */

static int put(struct assay_pcapng *p, const struct story_item *item, uint64_t time)
{
	switch (item->kind) {
	case STORY_OPEN: return assay_pcapng_open(p, item->connection, time, NULL);
	case STORY_PDU:
		return assay_pcapng_bytes(
			p, item->connection, item->dir, item->wire, item->length, time, NULL);
	default: return assay_pcapng_close(p, item->connection, item->dir, item->kind == STORY_RESET, time);
	}
}

bool story_write(const struct story *s, const char *path)
{
	FILE *file = fopen(path, "we");
	struct assay_pcapng *p;
	int r;

	if (!file) {
		perror(path);
		return false;
	}
	r = assay_pcapng_begin(&p, file, NULL);
	for (size_t n = 0; r >= 0 && n < s->items; n++)
		r = put(p, &s->item[n], BEGINS + n * UINT64_C(1000000));
	if (assay_pcapng_end(p) < 0)
		r = ASSAY_E_IO;
	if (fclose(file) || r < 0) {
		fprintf(stderr, "%s: cannot be written\n", path);
		return false;
	}
	return true;
}

/* ---- words for PDUs ---- */

static bool of_type(const struct story_item *item, const char *type, size_t length)
{
	const char *name = item->kind == STORY_PDU ? assay_opcode_name(item->wire[0] & 0x3f) : NULL;

	return name && strlen(name) == length && !memcmp(name, type, length);
}

struct story_item *story_find(struct story *s, const char *words)
{
	const char *of = strstr(words, " of connection "), *space = NULL;
	size_t length;
	unsigned nth, connection = 0;
	int fields;

	for (const char *at = words; *at && at != of; at++)
		if (*at == ' ')
			space = at;
	if (!space)
		return NULL;
	length = (size_t)(space - words);
	fields = sscanf(space, "%u of connection %u", &nth, &connection);
	if (fields < 1)
		return NULL;
	for (size_t n = 0; n < s->items; n++) {
		struct story_item *item = &s->item[n];

		if (!of_type(item, words, length) || (fields == 2 && item->connection + 1 != connection))
			continue;
		if (!--nth)
			return item;
	}
	return NULL;
}

void story_name(char out[STORY_NAME], const struct story *s, const struct story_item *item)
{
	const char *name = assay_opcode_name(item->wire[0] & 0x3f);
	unsigned nth = 0;

	for (size_t n = 0; name && &s->item[n] <= item; n++)
		nth += of_type(&s->item[n], name, strlen(name));
	snprintf(out, STORY_NAME, "%s %u", name ? name : "?", nth);
}

uint64_t story_number(const struct story *s, const struct story_item *item)
{
	uint64_t number = 0;

	for (size_t n = 0; item && n < s->items; n++) {
		number += s->item[n].kind == STORY_PDU;
		if (&s->item[n] == item)
			return number;
	}
	return 0;
}
