/* leave.c - streams that refuse writes without leave; see leave.h. Design, section "A test". */
#include "transport/leave.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "codec/lun.h"

struct guarded {
	struct assay_stream stream;
	struct assay_stream *inner;
	struct assay_leave *leave;
};

/* What a command needs leave for. */
enum leave { UNKNOWN, FREE, WRITES, DISRUPTS };

/* By operation code (SBC-3, SPC-4). Commands of variable length and those that carry another command are taken for writers. */
static const uint8_t commands[256] = {
	[0x00] = FREE, /* TEST UNIT READY */
	[0x03] = FREE, /* REQUEST SENSE */
	[0x04] = WRITES, /* FORMAT UNIT */
	[0x07] = WRITES, /* REASSIGN BLOCKS */
	[0x08] = FREE, /* READ(6) */
	[0x0a] = WRITES, /* WRITE(6) */
	[0x12] = FREE, /* INQUIRY */
	[0x15] = DISRUPTS, /* MODE SELECT(6) */
	[0x16] = DISRUPTS, /* RESERVE(6) */
	[0x17] = FREE, /* RELEASE(6) */
	[0x1a] = FREE, /* MODE SENSE(6) */
	[0x1b] = DISRUPTS, /* START STOP UNIT */
	[0x1d] = DISRUPTS, /* SEND DIAGNOSTIC */
	[0x1e] = DISRUPTS, /* PREVENT ALLOW MEDIUM REMOVAL */
	[0x25] = FREE, /* READ CAPACITY(10) */
	[0x28] = FREE, /* READ(10) */
	[0x2a] = WRITES, /* WRITE(10) */
	[0x2e] = WRITES, /* WRITE AND VERIFY(10) */
	[0x2f] = FREE, /* VERIFY(10) */
	[0x34] = FREE, /* PRE-FETCH(10) */
	[0x35] = FREE, /* SYNCHRONIZE CACHE(10) */
	[0x37] = FREE, /* READ DEFECT DATA(10) */
	[0x3b] = WRITES, /* WRITE BUFFER */
	[0x3c] = FREE, /* READ BUFFER(10) */
	[0x3e] = FREE, /* READ LONG(10) */
	[0x3f] = WRITES, /* WRITE LONG(10) */
	[0x41] = WRITES, /* WRITE SAME(10) */
	[0x42] = WRITES, /* UNMAP */
	[0x48] = WRITES, /* SANITIZE */
	[0x4c] = DISRUPTS, /* LOG SELECT */
	[0x4d] = FREE, /* LOG SENSE */
	[0x50] = WRITES, /* XDWRITE(10) */
	[0x51] = WRITES, /* XPWRITE(10) */
	[0x53] = WRITES, /* XDWRITEREAD(10) */
	[0x55] = DISRUPTS, /* MODE SELECT(10) */
	[0x56] = DISRUPTS, /* RESERVE(10) */
	[0x57] = FREE, /* RELEASE(10) */
	[0x5a] = FREE, /* MODE SENSE(10) */
	[0x5e] = FREE, /* PERSISTENT RESERVE IN */
	[0x5f] = DISRUPTS, /* PERSISTENT RESERVE OUT */
	[0x7e] = WRITES,
	[0x7f] = WRITES,
	[0x83] = WRITES, /* EXTENDED COPY */
	[0x84] = FREE, /* RECEIVE COPY RESULTS */
	[0x85] = WRITES, /* ATA PASS-THROUGH(16) */
	[0x88] = FREE, /* READ(16) */
	[0x89] = WRITES, /* COMPARE AND WRITE */
	[0x8a] = WRITES, /* WRITE(16) */
	[0x8b] = WRITES, /* ORWRITE */
	[0x8e] = WRITES, /* WRITE AND VERIFY(16) */
	[0x8f] = FREE, /* VERIFY(16) */
	[0x90] = FREE, /* PRE-FETCH(16) */
	[0x91] = FREE, /* SYNCHRONIZE CACHE(16) */
	[0x93] = WRITES, /* WRITE SAME(16) */
	[0x9b] = FREE, /* READ BUFFER(16) */
	[0x9c] = WRITES, /* WRITE ATOMIC(16) */
	[0x9d] = WRITES, /* SERVICE ACTION BIDIRECTIONAL */
	[0x9e] = FREE, /* SERVICE ACTION IN(16) */
	[0x9f] = WRITES, /* SERVICE ACTION OUT(16) */
	[0xa0] = FREE, /* REPORT LUNS */
	[0xa1] = WRITES, /* ATA PASS-THROUGH(12) */
	[0xa2] = FREE, /* SECURITY PROTOCOL IN */
	[0xa3] = FREE, /* MAINTENANCE IN */
	[0xa4] = DISRUPTS, /* MAINTENANCE OUT */
	[0xa8] = FREE, /* READ(12) */
	[0xaa] = WRITES, /* WRITE(12) */
	[0xae] = WRITES, /* WRITE AND VERIFY(12) */
	[0xaf] = FREE, /* VERIFY(12) */
	[0xb5] = DISRUPTS, /* SECURITY PROTOCOL OUT */
	[0xb7] = FREE, /* READ DEFECT DATA(12) */
};

/* Task management functions that end tasks of others: CLEAR TASK SET, LOGICAL UNIT RESET; and the resets of the whole target. */
enum { CLEAR_TASK_SET = 4, LOGICAL_UNIT_RESET = 5, TARGET_WARM_RESET = 6, TARGET_COLD_RESET = 7 };

static bool is_there(const struct assay_leave *l, const struct assay_lun_parts *lun)
{
	bool there = !l->lun_count || !lun->simple;

	for (size_t i = 0; i < l->lun_count; i++)
		there = there || l->luns[i] == lun->number;
	return there;
}

static enum leave needed(
	const struct assay_leave *l, const struct assay_pdu *pdu, const struct assay_lun_parts *lun)
{
	if (pdu->opcode == ASSAY_SCSI_COMMAND)
		return is_there(l, lun) ? (enum leave)commands[pdu->cdb[0]] : FREE;
	if (pdu->opcode != ASSAY_TASK_MANAGEMENT_REQUEST)
		return FREE;
	switch (pdu->function) {
	case CLEAR_TASK_SET:
	case LOGICAL_UNIT_RESET: return is_there(l, lun) ? DISRUPTS : FREE;
	case TARGET_WARM_RESET:
	case TARGET_COLD_RESET: return DISRUPTS;
	default: return FREE;
	}
}

static bool may_write(const struct assay_leave *l, const struct assay_lun_parts *lun)
{
	return l->write && lun->simple && lun->number == l->write_lun;
}

/* lun is set to whom it is for, *leave to what it needs. A test sends a code that is not in the table because it should mean nothing. */
static bool allows(enum leave *leave, struct assay_lun_parts *lun, const struct assay_leave *l,
	const struct assay_pdu *pdu)
{
	assay_lun_parse(lun, pdu->lun);
	*leave = needed(l, pdu, lun);
	return *leave == FREE || *leave == UNKNOWN || (*leave == DISRUPTS && l->disruptive) ||
	       (*leave == WRITES && may_write(l, lun));
}

bool assay_leave_allows(const struct assay_leave *l, const struct assay_pdu *bhs)
{
	struct assay_lun_parts lun;
	enum leave leave;

	return allows(&leave, &lun, l, bhs) && (leave != UNKNOWN || may_write(l, &lun));
}

static bool may_pass(struct assay_leave *l, const uint8_t *bytes, size_t length)
{
	struct assay_lun_parts lun;
	struct assay_pdu pdu;
	enum leave leave;

	if (length < ASSAY_BHS_LENGTH)
		return true;
	assay_pdu_decode_bhs(&pdu, bytes);
	if (allows(&leave, &lun, l, &pdu))
		return true;
	if (!l->refused[0])
		snprintf(l->refused, sizeof(l->refused), "%s to LUN %u, which this test has no leave %s",
			pdu.opcode == ASSAY_SCSI_COMMAND ? assay_cdb_name(pdu.cdb[0])
							 : "a task management function",
			lun.number, leave == WRITES ? "to write to" : "to disturb others at");
	return false;
}

static struct guarded *guarded_of(struct assay_stream *s)
{
	return (struct guarded *)s;
}

static int guarded_send(struct assay_stream *s, const void *bytes, size_t length, uint64_t deadline)
{
	if (!may_pass(guarded_of(s)->leave, bytes, length))
		return ASSAY_E_REFUSED;
	return assay_stream_send(guarded_of(s)->inner, bytes, length, deadline);
}

static long guarded_recv(struct assay_stream *s, void *out, size_t capacity, uint64_t deadline)
{
	return assay_stream_recv(guarded_of(s)->inner, out, capacity, deadline);
}

static int guarded_finish(struct assay_stream *s)
{
	return assay_stream_finish(guarded_of(s)->inner);
}

static void guarded_reset(struct assay_stream *s)
{
	assay_stream_reset(guarded_of(s)->inner);
}

static void guarded_close(struct assay_stream *s)
{
	assay_stream_close(guarded_of(s)->inner);
	free(s);
}

static uint64_t guarded_now(struct assay_stream *s)
{
	return assay_stream_now(guarded_of(s)->inner);
}

static const struct assay_stream_ops guarded_ops = {
	.send = guarded_send,
	.recv = guarded_recv,
	.finish = guarded_finish,
	.reset = guarded_reset,
	.close = guarded_close,
	.now = guarded_now,
};

static int dial(struct assay_dialer *d, struct assay_stream **out, const char *host, uint16_t port,
	const char *source, uint64_t timeout, struct assay_error *err)
{
	struct assay_leave *l = (struct assay_leave *)d;
	struct guarded *g = calloc(1, sizeof(*g));
	int r;

	*out = NULL;
	if (!g)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r = l->inner->dial(l->inner, &g->inner, host, port, source, timeout, err);
	if (r < 0) {
		free(g);
		return r;
	}
	g->stream = *g->inner; /* its addresses */
	g->stream.ops = &guarded_ops;
	g->leave = l;
	*out = &g->stream;
	return 0;
}

void assay_leave_init(struct assay_leave *l, struct assay_dialer *inner)
{
	*l = (struct assay_leave){ .dialer.dial = dial, .inner = inner };
}
