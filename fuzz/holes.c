/*
 * holes.c - the fuzz entry of capture files whose data is not all read. Input: a file of pcapng, or of what else a capture may be. It is read twice: whole, and with holes in its packets and without the data that no rule
 * looks at. Both times the same is told, in the same words. Under AddressSanitizer, bytes that are in a hole are poisoned, so that who looks at them without saying so is found.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/file.h"
#include "capture/timeline.h"
#include "codec/listing.h"
#include "fuzz/fuzz.h"

#define MAX_LEN 65536
#define HISTORY 16u

/* What was told, as a number that other tellings do not have. */
struct telling {
	uint64_t hash, told;
	uint64_t holes;
	struct assay_timeline *timeline;
};

static void note(struct telling *t, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++)
		t->hash = (t->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

static void note_number(struct telling *t, uint64_t n)
{
	note(t, &n, sizeof(n));
}

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	note_number(payload, c->number);
	note_number(payload, c->frame);
	note_number(payload, c->mid_stream);
}

/* The listing has of data all that anybody may look at. */
static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	static char listing[8192];
	struct telling *t = payload;

	t->told++;
	note_number(t, c->number);
	note_number(t, p->number);
	note_number(t, p->first_frame);
	note_number(t, p->frame);
	note_number(t, (uint64_t)p->dir << 1 | p->cut);
	assay_listing_full(listing, sizeof(listing), p->pdu);
	note(t, listing, strlen(listing));
	note(t, p->pdu->bhs, ASSAY_BHS_LENGTH);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	struct telling *t = payload;

	t->told++;
	note_number(t, c->number);
	note_number(t, at->number);
	note(t, f->rule->id, strlen(f->rule->id));
	note(t, f->expected, strlen(f->expected));
	note(t, f->got, strlen(f->got));
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	struct telling *t = payload;

	t->told++;
	note_number(t, c->number);
	note_number(t, l->bytes << 1 | l->skipped);
	note_number(t, l->frame);
}

static void on_conflict(
	void *payload, const struct assay_timeline_connection *c, enum assay_dir dir, uint64_t frame)
{
	note_number(payload, c->number);
	note_number(payload, dir);
	note_number(payload, frame);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	(void)time;
	note_number(payload, c->number);
	note_number(payload, (uint64_t)how << 8 | (uint64_t)by);
	note_number(payload, frame);
}

static void read_file(struct telling *t, const char *path, const struct assay_hole_rule *rule)
{
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_capture_file *file;
	struct assay_error err = { 0 };
	struct assay_packet packet;
	struct assay_segment s;
	int r = assay_capture_file_open(&file, path, &err);

	if (!fragments || !t->timeline || r == ASSAY_E_NOMEM)
		assay_fuzz_fail("out of memory");
	if (r == 0 && rule)
		assay_capture_file_leave_out(file, rule);
	while (r >= 0 && (r = assay_capture_file_next(&packet, file, &err)) == 1) {
		t->holes += packet.hole != NULL;
		if (assay_packet_tcp(&s, fragments, &packet) == ASSAY_PACKET_TCP)
			assay_timeline_segment(t->timeline, &s);
	}
	assay_timeline_end(t->timeline);
	if (r < 0 && (!err.message[0] || strchr(err.message, '\n')))
		assay_fuzz_fail("refused in the words '%s'", err.message);
	note_number(t, (uint64_t)(int64_t)r);
	note(t, err.message, strlen(err.message));
	note_number(t, file && assay_capture_file_truncated(file));
	assay_capture_file_close(file);
	assay_fragments_free(fragments);
}

/* holes: without the data that nobody looks at. */
static void tell(struct telling *t, const char *path, bool holes)
{
	static const struct assay_reassembly_limits limits = {
		.held_bytes = 64 << 10, .history = HISTORY, .patience = 4
	};
	static const struct assay_hole_rule rule = { .least = 64, .head = 128, .tail = HISTORY };
	static struct assay_timeline
		*timelines[2]; /* their tables take longer to make than an input to run */
	static struct telling tellings[2];
	const struct assay_timeline_events events = { .open = on_open,
		.pdu = on_pdu,
		.finding = on_finding,
		.loss = on_loss,
		.conflict = on_conflict,
		.close = on_close,
		.no_data = holes };

	tellings[holes] = (struct telling){ .hash = UINT64_C(0xcbf29ce484222325) };
	if (!timelines[holes])
		timelines[holes] = assay_timeline_new(&limits, &events, &tellings[holes]);
	else
		assay_timeline_clear(timelines[holes]);
	tellings[holes].timeline = timelines[holes];
	read_file(&tellings[holes], path, holes ? &rule : NULL);
	*t = tellings[holes];
}

static void one(const uint8_t *data, size_t size)
{
	struct telling whole, holes;
	char path[32];
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		assay_fuzz_fail("no file in memory can be made");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell(&whole, path, false);
	tell(&holes, path, true);
	close(fd);
	if (whole.hash != holes.hash)
		assay_fuzz_fail("with holes in %llu packets something else is told: %llu things, of the "
				"whole file %llu",
			(unsigned long long)holes.holes, (unsigned long long)holes.told,
			(unsigned long long)whole.told);
}

const struct assay_fuzz_entry assay_fuzz_entry_holes = {
	.name = "holes",
	.desc = "of a capture file, the same is told where data that no rule looks at is not read",
	.one = one,
	.max_len = MAX_LEN,
};
