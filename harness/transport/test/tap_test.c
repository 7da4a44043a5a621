/* tap_test.c - what the tap keeps, within which memory, and what it tells the rule engine (which is played here). */
#include <stdlib.h>
#include <string.h>

#include "test/unit.h"
#include "transport/tap.h"

/* The rule engine's side of the calls: counts what it is told. */
static struct {
	int opens, pdus, gaps, closes, clears;
	uint64_t last_number;
	enum assay_role closed_by;
} seen;

struct assay_watch {
	int unused;
};

struct assay_watch *assay_watch_new(assay_finding_fn *found, void *payload)
{
	(void)found;
	(void)payload;
	memset(&seen, 0, sizeof(seen));
	return calloc(1, sizeof(struct assay_watch));
}

void assay_watch_free(struct assay_watch *w)
{
	free(w);
}

int assay_watch_account(struct assay_watch *w, enum assay_role role, const struct assay_chap_account *account,
	const char *target)
{
	(void)w;
	(void)role;
	(void)account;
	(void)target;
	return 0;
}

void assay_watch_clear(struct assay_watch *w)
{
	(void)w;
	seen.clears++;
}

int assay_watch_open(struct assay_watch *w, bool mid_stream)
{
	(void)w;
	CU_ASSERT_FALSE(mid_stream);
	return seen.opens++;
}

void assay_watch_pdu(struct assay_watch *w, int connection, enum assay_dir dir, const struct assay_pdu *pdu,
	uint64_t number)
{
	(void)w;
	(void)connection;
	(void)dir;
	(void)pdu;
	seen.pdus++;
	seen.last_number = number;
}

void assay_watch_gap(struct assay_watch *w, int connection, enum assay_dir dir)
{
	(void)w;
	(void)connection;
	(void)dir;
	seen.gaps++;
}

void assay_watch_close(struct assay_watch *w, int connection, enum assay_role by)
{
	(void)w;
	(void)connection;
	seen.closes++;
	seen.closed_by = by;
}

const struct assay_params *assay_watch_params(const struct assay_watch *w, int connection)
{
	(void)w;
	(void)connection;
	return NULL;
}

unsigned assay_watch_digests(const struct assay_watch *w, int connection, enum assay_dir dir)
{
	(void)w;
	return connection == 1 && dir == ASSAY_TO_INITIATOR ? ASSAY_DATA_DIGEST : 0;
}

static void found(void *payload, const struct assay_finding *finding)
{
	(void)payload;
	(void)finding;
}

static void keeps_what_was_said(void)
{
	static const uint8_t wire[52] = { 0x40, 0x80, 1, 2, 3 };
	struct assay_pdu pdu = { .wire = wire, .wire_length = sizeof(wire) };
	struct assay_tap *t = assay_tap_new(1 << 20, found, NULL);
	uint32_t c = 9;

	CU_ASSERT_EQUAL(assay_tap_open(t, &c, "a:1", "b:2", 1000), 1);
	CU_ASSERT_EQUAL(c, 0);
	CU_ASSERT_EQUAL(assay_tap_pdu(t, c, ASSAY_TO_TARGET, &pdu, 1500), 2);
	CU_ASSERT_EQUAL(assay_tap_bytes(t, c, ASSAY_TO_INITIATOR, "junk", 4, 1600), 3);
	CU_ASSERT_EQUAL(assay_tap_close(t, c, ASSAY_TO_INITIATOR, true, 1700), 4);
	CU_ASSERT_EQUAL(assay_tap_open(t, &c, "a:1", "b:2", 1800), 5);
	CU_ASSERT_EQUAL(c, 1);
	CU_ASSERT_EQUAL_FATAL(assay_tap_count(t), 5);
	CU_ASSERT_EQUAL(memcmp(assay_tap_at(t, 0)->bytes, "a:1 b:2", 7), 0);
	CU_ASSERT_EQUAL(assay_tap_at(t, 1)->time, 500);
	CU_ASSERT_EQUAL(assay_tap_at(t, 1)->kept, sizeof(wire));
	CU_ASSERT_EQUAL(memcmp(assay_tap_at(t, 1)->bytes, wire, sizeof(wire)), 0);
	CU_ASSERT_EQUAL(assay_tap_at(t, 2)->kind, ASSAY_TAP_BYTES);
	CU_ASSERT_EQUAL(assay_tap_at(t, 3)->kind, ASSAY_TAP_RESET);
	CU_ASSERT_PTR_NULL(assay_tap_at(t, 5));
	CU_ASSERT_EQUAL(assay_tap_pdus(t, ASSAY_TO_TARGET), 1);
	CU_ASSERT_EQUAL(assay_tap_digests(t, 0, ASSAY_TO_INITIATOR), 0);
	CU_ASSERT_EQUAL(assay_tap_digests(t, 1, ASSAY_TO_INITIATOR), ASSAY_DATA_DIGEST);
	CU_ASSERT(assay_tap_watches(t, 1));
	CU_ASSERT_FALSE(assay_tap_watches(t, 2));
	CU_ASSERT_EQUAL(seen.opens, 2);
	CU_ASSERT_EQUAL(seen.pdus, 1);
	CU_ASSERT_EQUAL(seen.last_number, 2);
	CU_ASSERT_EQUAL(seen.gaps, 1);
	CU_ASSERT_EQUAL(seen.closed_by, ASSAY_TARGET);
	assay_tap_free(t);
}

static void pieces_are_watched_once_whole(void)
{
	static const uint8_t wire[48];
	struct assay_pdu pdu = { .wire = wire, .wire_length = sizeof(wire) };
	struct assay_tap *t = assay_tap_new(1 << 20, found, NULL);
	uint32_t c;

	assay_tap_open(t, &c, "", "", 0);
	assay_tap_piece(t, c, ASSAY_TO_TARGET, wire, 20, 1);
	CU_ASSERT_EQUAL(seen.pdus, 0);

	uint64_t number = assay_tap_piece(t, c, ASSAY_TO_TARGET, wire + 20, 28, 2);

	assay_tap_whole(t, c, ASSAY_TO_TARGET, &pdu, number);
	CU_ASSERT_EQUAL(seen.pdus, 1);
	CU_ASSERT_EQUAL(seen.last_number, 3);
	CU_ASSERT_EQUAL(seen.gaps, 0);
	CU_ASSERT_EQUAL(assay_tap_count(t), 3);
	assay_tap_free(t);
}

static void memory_is_bounded(void)
{
	static uint8_t wire[8192];
	struct assay_pdu pdu = { .wire = wire, .wire_length = sizeof(wire) };
	const size_t limit = 256 * 1024;
	struct assay_tap *t = assay_tap_new(limit, found, NULL);
	size_t kept = 0;
	uint32_t c;

	assay_tap_open(t, &c, "a", "b", 0);
	for (unsigned n = 0; n < 5000; n++)
		CU_ASSERT_EQUAL(assay_tap_pdu(t, c, ASSAY_TO_TARGET, &pdu, n), n + 2);
	for (size_t n = 0; n < assay_tap_count(t); n++) {
		const struct assay_tap_record *r = assay_tap_at(t, n);

		kept += r->kept + sizeof(*r);
		if (r->kind == ASSAY_TAP_PDU)
			CU_ASSERT(r->kept >= ASSAY_BHS_LENGTH && r->length == sizeof(wire));
	}
	CU_ASSERT(kept <= limit);
	CU_ASSERT(assay_tap_dropped(t) > 0);
	CU_ASSERT_EQUAL(assay_tap_dropped(t) + assay_tap_count(t), 5001);
	CU_ASSERT_EQUAL(seen.pdus, 5000);
	assay_tap_free(t);
}

static void cleared_is_as_new(void)
{
	static uint8_t wire[100000];
	struct assay_pdu pdu = { .wire = wire, .wire_length = sizeof(wire) };
	struct assay_tap *t = assay_tap_new(256 * 1024, found, NULL);
	uint32_t c;

	for (int round = 0; round < 3; round++) {
		assay_tap_clear(t);
		CU_ASSERT_EQUAL(seen.clears, round + 1);
		CU_ASSERT_EQUAL(assay_tap_count(t), 0);
		CU_ASSERT_EQUAL(assay_tap_open(t, &c, "a", "b", 1000 * (uint64_t)round), 1);
		CU_ASSERT_EQUAL(c, 0);
		for (unsigned n = 0; n < 5000; n++)
			assay_tap_pdu(t, c, ASSAY_TO_TARGET, &pdu, 1000 * (uint64_t)round + 7);
		CU_ASSERT_EQUAL(assay_tap_at(t, 1)->kept, sizeof(wire));
		CU_ASSERT_EQUAL(assay_tap_at(t, 1)->time, 7);
		CU_ASSERT_EQUAL(assay_tap_pdus(t, ASSAY_TO_TARGET), 5000);
		CU_ASSERT(assay_tap_dropped(t) > 0);
		assay_tap_close(t, c, ASSAY_TO_TARGET, false, 0);
	}
	assay_tap_free(t);
}

static void no_tap_is_fine(void)
{
	uint32_t c = 5;

	CU_ASSERT_EQUAL(assay_tap_open(NULL, &c, "a", "b", 0), 0);
	CU_ASSERT_EQUAL(assay_tap_bytes(NULL, c, ASSAY_TO_TARGET, "x", 1, 0), 0);
	CU_ASSERT_EQUAL(assay_tap_close(NULL, c, ASSAY_TO_TARGET, false, 0), 0);
	CU_ASSERT_EQUAL(assay_tap_count(NULL), 0);
	assay_tap_free(NULL);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(keeps_what_was_said),
	UNIT_TEST(pieces_are_watched_once_whole),
	UNIT_TEST(memory_is_bounded),
	UNIT_TEST(cleared_is_as_new),
	UNIT_TEST(no_tap_is_fine),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("tap", tests);
}
