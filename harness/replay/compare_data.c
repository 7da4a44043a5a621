/* compare_data.c - read data beside the captured, block by block, and which blocks the replay itself has written: of others nobody knows what is in them. SBC-3. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/scsi.h"
#include "replay/compare.h"
#include "transport/leave.h"

#define RANGES 4096 /* stretches of blocks that are known at a time */

struct range {
	uint64_t lun, first, end; /* end: one past the last */
};

struct assay_replay_blocks {
	size_t count;
	struct range ranges[RANGES]; /* no two of a LUN overlap */
};

struct assay_replay_blocks *assay_replay_blocks_new(void)
{
	return calloc(1, sizeof(struct assay_replay_blocks));
}

void assay_replay_blocks_free(struct assay_replay_blocks *b)
{
	free(b);
}

bool assay_replay_blocks_has(const struct assay_replay_blocks *b, uint64_t lun, uint64_t lba)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->ranges[i].lun == lun && lba >= b->ranges[i].first && lba < b->ranges[i].end)
			return true;
	return false;
}

static void forget(struct assay_replay_blocks *b, uint64_t lun)
{
	for (size_t i = b->count; i-- > 0;)
		if (b->ranges[i].lun == lun)
			b->ranges[i] = b->ranges[--b->count];
}

/* What touches it becomes one with it. */
static void add(struct assay_replay_blocks *b, struct range r)
{
	for (size_t i = b->count; i-- > 0;) {
		const struct range *o = &b->ranges[i];

		if (o->lun != r.lun || o->first > r.end || o->end < r.first)
			continue;
		r.first = o->first < r.first ? o->first : r.first;
		r.end = o->end > r.end ? o->end : r.end;
		b->ranges[i] = b->ranges[--b->count];
	}
	if (b->count < RANGES)
		b->ranges[b->count++] = r;
}

enum effect { NOTHING, WRITES, UNKNOWN };

/* What a command does to the medium. WRITE SAME without a number of blocks goes to the end, and with UNMAP leaves what the target likes. */
static enum effect effect_of(const struct assay_pdu *command, uint64_t blocks)
{
	static const struct assay_leave anything_but_writes = { .disruptive = true };
	const uint8_t *cdb = command->cdb;

	switch (cdb[0]) {
	case 0x0a: /* WRITE(6) */
	case 0x2a: /* WRITE(10) */
	case 0x2e: /* WRITE AND VERIFY(10) */
	case 0x89: /* COMPARE AND WRITE */
	case 0x8a: /* WRITE(16) */
	case 0x8e: /* WRITE AND VERIFY(16) */
	case 0xaa: /* WRITE(12) */
	case 0xae: return WRITES; /* WRITE AND VERIFY(12) */
	case 0x41: /* WRITE SAME(10) */
	case 0x93: return blocks && !(cdb[1] & 0x08) ? WRITES : UNKNOWN; /* WRITE SAME(16) */
	default: return assay_leave_allows(&anything_but_writes, command) ? NOTHING : UNKNOWN;
	}
}

void assay_replay_blocks_note(struct assay_replay_blocks *b, const struct assay_pdu *command)
{
	uint64_t lba = 0, blocks = 0;
	bool named = assay_cdb_blocks(&lba, &blocks, command->cdb);

	switch (effect_of(command, blocks)) {
	case WRITES:
		if (named && blocks && lba + blocks > lba)
			add(b, (struct range){ command->lun, lba, lba + blocks });
		break;
	case UNKNOWN: forget(b, command->lun); break;
	case NOTHING: break;
	}
}

/* ---- comparing ---- */

static bool reads_medium(uint8_t operation_code)
{
	return operation_code == 0x08 || operation_code == 0x28 || operation_code == 0x88 ||
	       operation_code == 0xa8;
}

static bool moves_blocks(uint8_t operation_code)
{
	return reads_medium(operation_code) || operation_code == 0x0a || operation_code == 0x2a ||
	       operation_code == 0x8a || operation_code == 0xaa;
}

struct shape {
	uint64_t lba;
	size_t block; /* bytes of a block; 1 where the data is no blocks */
	bool blocks;
};

/* The length of a block is what the initiator expects by the number of blocks that it asks for: a power of two, or the initiator expects another length than it asks for. */
static struct shape shape_of(const struct assay_replay_read *r)
{
	struct shape s = { 0, 1, false };
	uint64_t blocks, expected = r->command->expected_data_transfer_length;

	if (!moves_blocks(r->command->cdb[0]) || !assay_cdb_blocks(&s.lba, &blocks, r->command->cdb) ||
		!blocks || expected % blocks)
		return s;
	if (expected / blocks >= 512 && !(expected / blocks & (expected / blocks - 1))) {
		s.block = (size_t)(expected / blocks);
		s.blocks = true;
	}
	return s;
}

/* What is there of a part, as its first bytes. */
static void put_part(char *out, size_t capacity, const uint8_t *bytes, size_t length, size_t at, size_t part)
{
	size_t there = at < length ? (length - at < part ? length - at : part) : 0, used = 0;

	out[0] = 0;
	if (there < part)
		used = (size_t)snprintf(out, capacity, "%zu bytes", there);
	for (size_t i = 0; i < there && i < 16 && used < capacity; i++)
		used += (size_t)snprintf(
			out + used, capacity - used, "%s%02x", used ? " " : "", bytes[at + i]);
}

static int differ_at(struct assay_replay_differences *out, const struct assay_replay_read *r,
	const struct shape *s, size_t at, size_t part)
{
	char what[72], captured[96], live[96];
	size_t first = at; /* byte that differs */

	while (first < at + part && first < r->captured_length && first < r->live_length &&
		r->captured[first] == r->live[first])
		first++;
	if (s->blocks)
		snprintf(what, sizeof(what), "data of block %" PRIu64 " from byte %zu on",
			s->lba + at / s->block, first - at);
	else
		snprintf(what, sizeof(what), "data from byte %zu on", first);
	put_part(captured, sizeof(captured), r->captured, r->captured_length, first, at + part - first);
	put_part(live, sizeof(live), r->live, r->live_length, first, at + part - first);
	return assay_replay_differ(out, true, what, captured, live);
}

static bool same_part(const struct assay_replay_read *r, size_t at, size_t part)
{
	size_t captured = r->captured_length > at ? r->captured_length - at : 0;
	size_t live = r->live_length > at ? r->live_length - at : 0;

	captured = captured < part ? captured : part;
	live = live < part ? live : part;
	return captured == live && (!live || !memcmp(r->captured + at, r->live + at, live));
}

static bool wanted(const struct assay_replay_read *r, const struct shape *s, size_t at,
	enum assay_replay_data mode, const struct assay_replay_blocks *b)
{
	return mode == ASSAY_REPLAY_DATA_ALL ||
	       (s->blocks && assay_replay_blocks_has(b, r->command->lun, s->lba + at / s->block));
}

int assay_replay_compare_read(struct assay_replay_differences *out, const struct assay_replay_read *read,
	enum assay_replay_data mode, const struct assay_replay_blocks *b)
{
	struct shape s = shape_of(read);
	size_t length = read->captured_length > read->live_length ? read->captured_length : read->live_length;
	size_t part = s.blocks ? s.block : length;
	bool looked_at = mode == ASSAY_REPLAY_DATA_ALL ||
			 (mode == ASSAY_REPLAY_DATA_WRITTEN && reads_medium(read->command->cdb[0]));

	for (size_t at = 0; at < length && mode != ASSAY_REPLAY_DATA_NONE; at += part) {
		size_t here = length - at < part ? length - at : part;

		if (same_part(read, at, here))
			continue;
		if (looked_at && wanted(read, &s, at, mode, b))
			return differ_at(out, read, &s, at, here);
		if (read->other)
			*read->other = true;
	}
	return 0;
}
