/*
 * output.c - what waits to be sent on a connection: PDUs of our own bytes, and references to a task's data so that a large Data-In is
 * not copied. It fills in StatSN, ExpCmdSN and MaxCmdSN (RFC 7143 section 4.2.2) and knows nothing else of a PDU.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "target/machine.h"

#define REFER_FROM   16384u /* bytes of data from which a reference is cheaper than a copy */
#define OUTPUT_LIMIT ((size_t)8 << 20) /* bytes of our own: what a peer that does not read can make us hold */

bool assay_tgt_output_full(const struct assay_target_conn *c)
{
	return c->out.queued >= ASSAY_TGT_OUTPUT_HIGH || c->out.count + 4 > ASSAY_TGT_SEGMENTS;
}

/* Room for length more bytes at the end of the buffer; NULL when there is none. */
static uint8_t *reserve(struct assay_tgt_output *o, size_t length)
{
	size_t held = o->end - o->start, capacity = o->capacity ? o->capacity : 4096;
	uint8_t *grown;

	if (o->start == o->end)
		o->start = o->end = 0;
	if (o->capacity - o->end >= length)
		return o->buf + o->end;
	if (length > OUTPUT_LIMIT || held + length > OUTPUT_LIMIT)
		return NULL;
	if (o->start && held + length <= o->capacity / 2) {
		memmove(o->buf, o->buf + o->start, held);
	} else {
		while (capacity < held + length)
			capacity *= 2;
		grown = malloc(capacity);
		if (!grown)
			return NULL;
		if (held)
			memcpy(grown, o->buf + o->start, held);
		free(o->buf);
		o->buf = grown;
		o->capacity = capacity;
	}
	o->start = 0;
	o->end = held;
	return o->buf + held;
}

static struct assay_tgt_segment *last_segment(struct assay_tgt_output *o)
{
	return o->count ? &o->segments[(o->first + o->count - 1) % ASSAY_TGT_SEGMENTS] : NULL;
}

static bool add_segment(
	struct assay_tgt_output *o, const uint8_t *bytes, size_t length, struct assay_tgt_task *task)
{
	if (o->count == ASSAY_TGT_SEGMENTS)
		return false;
	o->segments[(o->first + o->count++) % ASSAY_TGT_SEGMENTS] = (struct assay_tgt_segment){
		.bytes = bytes, .length = length, .task = task
	};
	o->queued += length;
	return true;
}

/* The bytes that reserve gave room for are there. */
static bool commit(struct assay_tgt_output *o, size_t length)
{
	struct assay_tgt_segment *last = last_segment(o);

	if (last && !last->bytes) {
		last->length += length;
		o->queued += length;
	} else if (!add_segment(o, NULL, length, NULL)) {
		return false;
	}
	o->end += length;
	return true;
}

static void raise_stat_sn(struct assay_target_conn *c, uint8_t opcode)
{
	const struct assay_target *t = c->target;

	if (assay_tgt_defective(t, ASSAY_DEFECT_STATSN_STUCK) ||
		(opcode == ASSAY_TEXT_RESPONSE && assay_tgt_defective(t, ASSAY_DEFECT_STATSN_TEXT_STUCK)) ||
		(opcode == ASSAY_REJECT && assay_tgt_defective(t, ASSAY_DEFECT_REJECT_STATSN_STUCK)))
		return;
	c->stat_sn++;
	if (assay_tgt_defective(t, ASSAY_DEFECT_STATSN_OF_THE_SERVER))
		for (struct assay_target_conn *other = t->conns; other; other = other->next)
			other->stat_sn = c->stat_sn;
}

static void number(struct assay_target_conn *c, struct assay_pdu *pdu, enum assay_tgt_numbering numbering)
{
	const struct assay_tgt_session *s = c->session;

	if (numbering != ASSAY_TGT_UNNUMBERED)
		pdu->stat_sn = c->stat_sn;
	if (numbering == ASSAY_TGT_NUMBERED) {
		assay_tgt_fault_number(c, pdu);
		raise_stat_sn(c, pdu->opcode);
	}
	if (s) {
		pdu->exp_cmd_sn = s->exp_cmd_sn - assay_tgt_defective(c->target, ASSAY_DEFECT_EXPCMDSN_LATE);
		pdu->max_cmd_sn = assay_tgt_max_cmd_sn(s);
	}
}

void assay_tgt_send(struct assay_target_conn *c, struct assay_pdu *pdu, enum assay_tgt_numbering numbering)
{
	const bool defective = c->target->defective;
	size_t length, extra = 0;
	uint8_t *at;

	if (c->closing || c->broken)
		return;
	if (defective)
		assay_tgt_add_pdus(c, pdu, ASSAY_TGT_BEFORE);
	number(c, pdu, numbering);
	if (defective)
		extra = assay_tgt_spoil_pdu(c, pdu);
	length = assay_pdu_encoded_length(pdu, c->digests);
	at = reserve(&c->out, length + extra);
	if (at)
		memset(at + length, 0, extra);
	if (!at || assay_pdu_encode(at, length, pdu, c->digests) < 0 || !commit(&c->out, length + extra))
		c->broken = true;
	else if (defective)
		assay_tgt_spoil_bytes(c, pdu, at, length);
	if (defective)
		assay_tgt_add_pdus(c, pdu, ASSAY_TGT_AFTER);
	assay_tgt_mark_dirty(c);
}

void assay_tgt_send_data(struct assay_target_conn *c, struct assay_pdu *pdu,
	enum assay_tgt_numbering numbering, struct assay_tgt_task *task)
{
	size_t header = ASSAY_BHS_LENGTH;
	uint8_t *at;

	/* With a data digest it is copied: the medium may change between the digest and the sending. Defects have one way to look after. */
	if (pdu->data_length < REFER_FROM || pdu->data_length % 4 || c->digests & ASSAY_DATA_DIGEST ||
		c->target->defective) {
		assay_tgt_send(c, pdu, numbering);
		return;
	}
	if (c->closing || c->broken)
		return;
	number(c, pdu, numbering);
	at = reserve(&c->out, header + 4);
	if (!at) {
		c->broken = true;
		return;
	}
	assay_pdu_encode_bhs(at, pdu);
	if (c->digests & ASSAY_HEADER_DIGEST) {
		assay_put_be32(at + header, assay_digest(at, header));
		header += 4;
	}
	if (!commit(&c->out, header) || !add_segment(&c->out, pdu->data, pdu->data_length, task))
		c->broken = true;
	else
		task->references++;
	assay_tgt_mark_dirty(c);
}

static void remove_first(struct assay_tgt_output *o)
{
	struct assay_tgt_task *task = o->segments[o->first].task;

	o->first = (o->first + 1) % ASSAY_TGT_SEGMENTS;
	o->count--;
	if (task)
		assay_tgt_task_unreference(task);
}

void assay_tgt_output_clear(struct assay_target_conn *c)
{
	while (c->out.count)
		remove_first(&c->out);
	c->out.start = c->out.end = c->out.queued = 0;
}

void assay_tgt_output_own(struct assay_target_conn *c)
{
	struct assay_tgt_output *o = &c->out, whole = { 0 };
	uint8_t *at;
	bool refers = false;

	for (unsigned i = 0; i < o->count; i++)
		refers |= o->segments[(o->first + i) % ASSAY_TGT_SEGMENTS].task != NULL;
	if (!refers)
		return;
	at = malloc(o->queued);
	if (!at) {
		assay_tgt_output_clear(c);
		return;
	}
	whole.buf = at;
	whole.capacity = o->queued;
	while (o->count) {
		const struct assay_tgt_segment *s = &o->segments[o->first];

		memcpy(at, s->bytes ? s->bytes : o->buf + o->start, s->length);
		at += s->length;
		o->start += s->bytes ? 0 : s->length;
		remove_first(o);
	}
	free(o->buf);
	commit(&whole, whole.capacity);
	*o = whole;
}

/* ---- towards the transport ---- */

unsigned assay_target_output_vector(struct assay_target_conn *c, struct iovec *out, unsigned count)
{
	const struct assay_tgt_output *o = &c->out;
	size_t at;
	unsigned n = 0;

	assay_tgt_pump(c);
	if (c->broken && !c->busy)
		assay_tgt_drop(c);
	at = o->start;
	for (; n < o->count && n < count; n++) {
		const struct assay_tgt_segment *s = &o->segments[(o->first + n) % ASSAY_TGT_SEGMENTS];

		out[n].iov_base = (void *)(s->bytes ? s->bytes : o->buf + at);
		out[n].iov_len = s->length;
		at += s->bytes ? 0 : s->length;
	}
	return n;
}

size_t assay_target_output(struct assay_target_conn *c, const uint8_t **out)
{
	struct iovec first;

	if (!assay_target_output_vector(c, &first, 1))
		return 0;
	*out = first.iov_base;
	return first.iov_len;
}

void assay_target_output_sent(struct assay_target_conn *c, size_t length)
{
	struct assay_tgt_output *o = &c->out;

	while (length && o->count) {
		struct assay_tgt_segment *s = &o->segments[o->first];
		size_t part = length < s->length ? length : s->length;

		if (s->bytes)
			s->bytes += part;
		else
			o->start += part;
		s->length -= part;
		o->queued -= part;
		length -= part;
		if (!s->length)
			remove_first(o);
	}
	if (c->session)
		assay_tgt_run_ready(
			c->session); /* what waited for memory, or for all older data to be gone */
	assay_tgt_pump(c);
	assay_tgt_process(c);
}
