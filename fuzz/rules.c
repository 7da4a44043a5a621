/*
 * rules.c - the fuzz entry of the rule engine, over a timeline of up to four connections. Input: PDUs, each after a byte of this entry's own (lead).
 * A finding names a rule of the table, the side whose duty that is, and what was expected and came, in words. The engine's own view of what was
 * negotiated stays within the bounds of the standard. What a builder makes without a fault is never blamed: that is builder.c.
 */
#include <string.h>

#include "fuzz/formats.h"
#include "fuzz/fuzz.h"
#include "proto/rules.h"

static struct {
	struct assay_watch *watch; /* cleared before each input: all memory is taken once */
	int number[ASSAY_FUZZ_CONNECTIONS]; /* of the watch; -1: closed */
	int last_number;
	uint64_t pdu;
} world;

static void found(void *payload, const struct assay_finding *f)
{
	(void)payload;
	if (!f->rule || assay_rule_find(f->rule->id) != f->rule)
		assay_fuzz_fail("a finding of no rule");
	if ((f->offender != ASSAY_INITIATOR && f->offender != ASSAY_TARGET) || !(f->offender & f->rule->role))
		assay_fuzz_fail("%s: blames side %d, whose duty it is not", f->rule->id, f->offender);
	if (!memchr(f->expected, 0, sizeof(f->expected)) || !memchr(f->got, 0, sizeof(f->got)) ||
		!f->expected[0] || !f->got[0])
		assay_fuzz_fail("%s: without words", f->rule->id);
	if (f->pdu > world.pdu || (int)f->connection > world.last_number)
		assay_fuzz_fail("%s: at PDU %llu of %llu, connection %u of %d", f->rule->id,
			(unsigned long long)f->pdu, (unsigned long long)world.pdu, f->connection,
			world.last_number);
}

/* The watch's number of a connection; it is opened by its first PDU. */
static int connection(unsigned index, bool mid_stream)
{
	if (world.number[index] < 0) {
		world.number[index] = assay_watch_open(world.watch, mid_stream);
		if (world.number[index] < 0)
			assay_fuzz_fail("no connection can be opened");
		if (world.number[index] > world.last_number)
			world.last_number = world.number[index];
	}
	return world.number[index];
}

static void event(unsigned index, unsigned what, enum assay_dir dir)
{
	static const enum assay_role by[] = { [ASSAY_FUZZ_CLOSE_INITIATOR] = ASSAY_INITIATOR,
		[ASSAY_FUZZ_CLOSE_TARGET] = ASSAY_TARGET,
		[ASSAY_FUZZ_CLOSE] = ASSAY_BOTH };

	switch (what) {
	case ASSAY_FUZZ_GAP:
	case ASSAY_FUZZ_GAP_OTHER:
		assay_watch_gap(world.watch, connection(index, false),
			(enum assay_dir)(what == ASSAY_FUZZ_GAP ? dir : !dir));
		break;
	case ASSAY_FUZZ_CLOSE_INITIATOR:
	case ASSAY_FUZZ_CLOSE_TARGET:
	case ASSAY_FUZZ_CLOSE:
		assay_watch_close(world.watch, connection(index, false), by[what]);
		world.number[index] = -1;
		break;
	case ASSAY_FUZZ_MID_STREAM: connection(index, true); break;
	default: break;
	}
}

/* One PDU with its lead byte. Returns the bytes used, 0 at the end. */
static size_t take(const uint8_t *data, size_t size)
{
	unsigned index, what;
	enum assay_dir dir;
	struct assay_pdu pdu;
	long used;
	int number;

	if (size < 2)
		return 0;
	index = data[0] & ASSAY_FUZZ_CONNECTION;
	what = (data[0] & ASSAY_FUZZ_EVENT) >> ASSAY_FUZZ_EVENT_SHIFT;
	dir = assay_opcode_from_target(data[1]) == !(data[0] & ASSAY_FUZZ_TURNED) ? ASSAY_TO_INITIATOR
										  : ASSAY_TO_TARGET;
	event(index, what, dir);
	number = connection(index, false);
	used = assay_pdu_decode(&pdu, data + 1, size - 1, assay_watch_digests(world.watch, number, dir));
	if (used < 0)
		return 0;
	world.pdu++;
	assay_watch_pdu(world.watch, number, dir, &pdu, world.pdu);
	if (!assay_watch_params(world.watch, number))
		assay_fuzz_fail("an open connection has no parameters");
	return (size_t)used + 1;
}

/* The accounts are those of the built-in target, with which the seeds were recorded: responses of CHAP are verified, too. */
static void init(void)
{
	static const struct assay_chap_account user = { "assay-user", "assay-secret-1" },
					       target = { "assay-target", "assay-secret-2" };

	world.watch = assay_watch_new(found, NULL);
	if (!world.watch || assay_watch_account(world.watch, ASSAY_INITIATOR, &user, NULL) < 0 ||
		assay_watch_account(world.watch, ASSAY_TARGET, &target, NULL) < 0)
		assay_fuzz_fail("out of memory");
}

static void one(const uint8_t *data, size_t size)
{
	size_t at = 0, used;

	assay_watch_clear(world.watch);
	world.last_number = 0;
	world.pdu = 0;
	for (size_t i = 0; i < ASSAY_FUZZ_CONNECTIONS; i++)
		world.number[i] = -1;
	while ((used = take(data + at, size - at)))
		at += used;
	for (size_t i = 0; i < ASSAY_FUZZ_CONNECTIONS; i++)
		if (world.number[i] >= 0)
			assay_watch_close(world.watch, world.number[i], ASSAY_BOTH);
}

const struct assay_fuzz_entry assay_fuzz_entry_rules = {
	.name = "rules",
	.desc = "a finding names a rule, the side whose duty it is, and says what was expected",
	.one = one,
	.init = init,
	.max_len = ASSAY_FUZZ_TIMELINE_MAX,
	.shape = ASSAY_FUZZ_PDUS,
	.lead = 1,
};
