/*
 * tap.c - keeps what was said, in bounded memory, and passes it on to the rule engine. It judges nothing, changes nothing
 * and never fails the caller: what does not fit is only not kept.
 */
#include "transport/tap.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE    65536 /* bytes of the arena taken at a time, or one longer PDU */
#define ADDRESS_MAX   79 /* bytes of an address in words */
#define LONG_PDU_KEPT 512 /* bytes kept of a PDU once half of the memory is used */

/* A piece of the arena; it never moves, so bytes stay where records point. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

struct assay_tap {
	size_t limit, used; /* bytes, of records and of what they point to */
	struct chunk *chunks; /* the one in use first */
	struct assay_tap_record *records;
	size_t count, capacity;
	size_t dropped;
	uint64_t last_number;
	bool started; /* start is set */
	uint64_t start;
	size_t pdus[2];
	struct assay_watch *watch; /* NULL: nobody asked for findings */
	int *watched; /* the watch's number of each connection, negative where it has none */
	uint32_t connections, watched_capacity;
};

struct assay_tap *assay_tap_new(size_t limit, assay_finding_fn *found, void *payload)
{
	struct assay_tap *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->limit = limit;
	if (found) {
		t->watch = assay_watch_new(found, payload);
		if (!t->watch) {
			free(t);
			return NULL;
		}
	}
	return t;
}

void assay_tap_account(struct assay_tap *t, enum assay_role role, const struct assay_chap_account *account,
	const char *target)
{
	if (t->watch)
		assay_watch_account(t->watch, role, account, target);
}

void assay_tap_free(struct assay_tap *t)
{
	if (!t)
		return;
	while (t->chunks) {
		struct chunk *next = t->chunks->next;

		free(t->chunks);
		t->chunks = next;
	}
	if (t->watch)
		assay_watch_free(t->watch);
	free(t->watched);
	free(t->records);
	free(t);
}

/* The first chunk taken stays, so that a tap that is cleared often allocates no more. */
void assay_tap_clear(struct assay_tap *t)
{
	while (t->chunks && t->chunks->next) {
		struct chunk *next = t->chunks->next;

		free(t->chunks);
		t->chunks = next;
	}
	if (t->chunks)
		t->chunks->used = 0;
	if (t->watch)
		assay_watch_clear(t->watch);
	t->used = t->count = t->dropped = 0;
	t->last_number = 0;
	t->started = false;
	t->pdus[ASSAY_TO_TARGET] = t->pdus[ASSAY_TO_INITIATOR] = 0;
	t->connections = 0;
}

static uint8_t *arena_take(struct assay_tap *t, size_t length)
{
	struct chunk *c = t->chunks;

	if (!c || c->size - c->used < length) {
		size_t size = length > CHUNK_SIZE ? length : CHUNK_SIZE;

		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		c->size = size;
		c->used = 0;
		c->next = t->chunks;
		t->chunks = c;
	}

	uint8_t *at = c->bytes + c->used;

	c->used += length;
	return at;
}

/* How much of length bytes to keep: less and less as the memory fills, so that the start and the headers outlive bulk data. */
static size_t share(const struct assay_tap *t, size_t length)
{
	size_t most = SIZE_MAX;

	if (t->used >= t->limit / 4 * 3 || t->used + length > t->limit)
		most = ASSAY_BHS_LENGTH;
	else if (t->used >= t->limit / 2)
		most = LONG_PDU_KEPT;
	return length < most ? length : most;
}

static bool grow_records(struct assay_tap *t)
{
	size_t capacity = t->capacity ? t->capacity * 2 : 64;
	struct assay_tap_record *grown;

	if (t->count < t->capacity)
		return true;
	grown = realloc(t->records, capacity * sizeof(*grown));
	if (!grown)
		return false;
	t->records = grown;
	t->capacity = capacity;
	return true;
}

/* Keeps a record, or counts it as dropped. Returns its number either way. */
static uint64_t keep(
	struct assay_tap *t, struct assay_tap_record record, const void *bytes, size_t length, uint64_t now)
{
	size_t kept = share(t, length);
	uint8_t *at = NULL;

	if (!t->started) {
		t->started = true;
		t->start = now;
	}
	record.number = ++t->last_number;
	if (t->used + sizeof(record) + kept > t->limit || !grow_records(t) ||
		(kept > 0 && !(at = arena_take(t, kept)))) {
		t->dropped++;
		return record.number;
	}
	if (kept > 0)
		memcpy(at, bytes, kept);
	record.time = now - t->start;
	record.length = (uint32_t)length;
	record.kept = (uint32_t)kept;
	record.bytes = at;
	t->used += sizeof(record) + kept;
	t->records[t->count++] = record;
	return record.number;
}

/* The watch's number of a connection, negative where it has none. */
static int watched(const struct assay_tap *t, uint32_t connection)
{
	return t->watch && connection < t->connections ? t->watched[connection] : -1;
}

/* Copies an address in words, cut to fit. Returns its length. */
static size_t put_address(char *out, const char *address)
{
	size_t length = strnlen(address, ADDRESS_MAX);

	memcpy(out, address, length);
	return length;
}

uint64_t assay_tap_open(
	struct assay_tap *t, uint32_t *connection, const char *local, const char *remote, uint64_t now)
{
	char text[2 * ADDRESS_MAX + 2];
	size_t length;

	*connection = 0;
	if (!t)
		return 0;
	length = put_address(text, local);
	text[length++] = ' ';
	length += put_address(text + length, remote);
	*connection = t->connections;
	if (t->connections == t->watched_capacity) {
		uint32_t capacity = t->watched_capacity ? t->watched_capacity * 2 : 16;
		int *grown = realloc(t->watched, capacity * sizeof(*grown));

		if (grown) {
			t->watched = grown;
			t->watched_capacity = capacity;
		}
	}
	if (t->connections < t->watched_capacity)
		t->watched[t->connections++] = t->watch ? assay_watch_open(t->watch, false) : -1;
	else
		*connection = UINT32_MAX;
	return keep(t, (struct assay_tap_record){ .connection = *connection, .kind = ASSAY_TAP_OPEN }, text,
		length, now);
}

uint64_t assay_tap_pdu(struct assay_tap *t, uint32_t connection, enum assay_dir dir,
	const struct assay_pdu *pdu, uint64_t now)
{
	if (!t)
		return 0;

	struct assay_tap_record record = {
		.connection = connection, .kind = ASSAY_TAP_PDU, .dir = (uint8_t)dir, .digests = pdu->digests
	};
	uint64_t number = keep(t, record, pdu->wire, pdu->wire_length, now);

	t->pdus[dir]++;
	assay_tap_whole(t, connection, dir, pdu, number);
	return number;
}

uint64_t assay_tap_piece(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t now)
{
	if (!t)
		return 0;
	t->pdus[dir]++;
	return keep(t,
		(struct assay_tap_record){
			.connection = connection, .kind = ASSAY_TAP_BYTES, .dir = (uint8_t)dir },
		bytes, length, now);
}

void assay_tap_whole(struct assay_tap *t, uint32_t connection, enum assay_dir dir,
	const struct assay_pdu *pdu, uint64_t number)
{
	if (t && watched(t, connection) >= 0)
		assay_watch_pdu(t->watch, watched(t, connection), dir, pdu, number);
}

void assay_tap_gap(struct assay_tap *t, uint32_t connection, enum assay_dir dir)
{
	if (t && watched(t, connection) >= 0)
		assay_watch_gap(t->watch, watched(t, connection), dir);
}

uint64_t assay_tap_bytes(struct assay_tap *t, uint32_t connection, enum assay_dir dir, const void *bytes,
	size_t length, uint64_t now)
{
	uint64_t number = assay_tap_piece(t, connection, dir, bytes, length, now);

	assay_tap_gap(t, connection, dir);
	return number;
}

uint64_t assay_tap_close(
	struct assay_tap *t, uint32_t connection, enum assay_dir by, bool reset, uint64_t now)
{
	if (!t)
		return 0;

	struct assay_tap_record record = { .connection = connection,
		.kind = reset ? ASSAY_TAP_RESET : ASSAY_TAP_CLOSE,
		.dir = (uint8_t)by };
	uint64_t number = keep(t, record, NULL, 0, now);

	if (watched(t, connection) >= 0)
		assay_watch_close(t->watch, watched(t, connection),
			by == ASSAY_TO_TARGET ? ASSAY_INITIATOR : ASSAY_TARGET);
	return number;
}

size_t assay_tap_count(const struct assay_tap *t)
{
	return t ? t->count : 0;
}

const struct assay_tap_record *assay_tap_at(const struct assay_tap *t, size_t index)
{
	return t && index < t->count ? &t->records[index] : NULL;
}

size_t assay_tap_dropped(const struct assay_tap *t)
{
	return t ? t->dropped : 0;
}

size_t assay_tap_pdus(const struct assay_tap *t, enum assay_dir dir)
{
	return t ? t->pdus[dir] : 0;
}

const struct assay_params *assay_tap_params(const struct assay_tap *t, uint32_t connection)
{
	return t && watched(t, connection) >= 0 ? assay_watch_params(t->watch, watched(t, connection)) : NULL;
}

unsigned assay_tap_digests(const struct assay_tap *t, uint32_t connection, enum assay_dir dir)
{
	return t && watched(t, connection) >= 0 ? assay_watch_digests(t->watch, watched(t, connection), dir)
						: 0;
}

bool assay_tap_watches(const struct assay_tap *t, uint32_t connection)
{
	return t && watched(t, connection) >= 0;
}
