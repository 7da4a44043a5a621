/* leave.c - streams that refuse writes without leave; see leave.h. Design, section "A test". */
#include "runner/leave.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "codec/lun.h"

#define CDB_OFFSET 32 /* of a SCSI Command's CDB, RFC 7143 section 11.3 */

struct guarded {
	struct assay_stream stream;
	struct assay_stream *inner;
	struct assay_leave *leave;
};

/* Commands that change the medium (SBC-3, SPC-4): FORMAT UNIT, WRITE, WRITE AND VERIFY, WRITE SAME, UNMAP, SANITIZE, EXTENDED COPY, COMPARE AND WRITE, ORWRITE,
 * WRITE BUFFER and WRITE LONG, and the commands of variable length. */
static const uint8_t writers[] = { 0x04, 0x0a, 0x2a, 0x2e, 0x3b, 0x3f, 0x41, 0x42, 0x48, 0x7f, 0x83, 0x89,
	0x8a, 0x8b, 0x8e, 0x93, 0xaa, 0xae };

static bool may_pass(struct assay_leave *l, const uint8_t *bytes, size_t length)
{
	struct assay_lun_parts lun;
	struct assay_pdu pdu;
	bool there = false;

	if (length < ASSAY_BHS_LENGTH || (bytes[0] & 0x3f) != ASSAY_SCSI_COMMAND ||
		!memchr(writers, bytes[CDB_OFFSET], sizeof(writers)))
		return true;
	assay_pdu_decode_bhs(&pdu, bytes);
	assay_lun_parse(&lun, pdu.lun);
	for (size_t i = 0; i < l->lun_count; i++)
		there = there || l->luns[i] == lun.number;
	if (!lun.simple || !there || (l->write && lun.number == l->write_lun))
		return true;
	if (!l->refused[0])
		snprintf(l->refused, sizeof(l->refused),
			"%s to LUN %u, which this test has no leave to write to", assay_cdb_name(pdu.cdb[0]),
			lun.number);
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
	uint64_t timeout, struct assay_error *err)
{
	struct assay_leave *l = (struct assay_leave *)d;
	struct guarded *g = calloc(1, sizeof(*g));
	int r;

	*out = NULL;
	if (!g)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r = l->inner->dial(l->inner, &g->inner, host, port, timeout, err);
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
