/* sync.c - see sync.h. */
#include "capture/sync.h"

#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"

#define LOGIN_DATA_MAX 65536u /* bytes of text in one Login PDU that is believed */

/* What a type's header always has. */
static const struct shape {
	uint8_t opcode;
	bool final; /* bit 7 of byte 1 is 1 */
	bool data; /* it may have a data segment */
} shapes[] = {
	{ ASSAY_NOP_OUT, true, true },
	{ ASSAY_SCSI_COMMAND, false, true },
	{ ASSAY_TASK_MANAGEMENT_REQUEST, true, false },
	{ ASSAY_LOGIN_REQUEST, false, true },
	{ ASSAY_TEXT_REQUEST, false, true },
	{ ASSAY_DATA_OUT, false, true },
	{ ASSAY_LOGOUT_REQUEST, true, false },
	{ ASSAY_SNACK_REQUEST, true, false },
	{ ASSAY_NOP_IN, true, true },
	{ ASSAY_SCSI_RESPONSE, true, true },
	{ ASSAY_TASK_MANAGEMENT_RESPONSE, true, false },
	{ ASSAY_LOGIN_RESPONSE, false, true },
	{ ASSAY_TEXT_RESPONSE, false, true },
	{ ASSAY_DATA_IN, false, true },
	{ ASSAY_LOGOUT_RESPONSE, true, false },
	{ ASSAY_R2T, true, false },
	{ ASSAY_ASYNC_MESSAGE, true, true },
	{ ASSAY_REJECT, true, true },
};

static const struct shape *shape_of(uint8_t opcode)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].opcode == opcode)
			return &shapes[i];
	return NULL;
}

/* A SCSI Command has so few reserved bits that data may look like one: its flags, ATTR and the length that it expects agree, too. */
static bool is_command(const uint8_t *bhs)
{
	bool final = bhs[1] & 0x80, read = bhs[1] & 0x40, write = bhs[1] & 0x20;

	return (final || write) && (bhs[1] & 7) <= ASSAY_ATTR_ACA &&
	       (read || write || !assay_get_be32(bhs + 20));
}

static bool is_login(const uint8_t *bhs)
{
	return (bhs[0] & 0x1f) == ASSAY_LOGIN_REQUEST;
}

bool assay_sync_opcode(uint8_t first)
{
	return !(first & 0x80) && shape_of(first & 0x3f);
}

bool assay_sync_header(const uint8_t bhs[ASSAY_BHS_LENGTH], int dir)
{
	uint8_t opcode = bhs[0] & 0x3f;
	const struct shape *shape = shape_of(opcode);
	const uint8_t *reserved = assay_layout_reserved(opcode);
	uint32_t data = assay_get_be24(bhs + 5);

	if (!assay_sync_opcode(bhs[0]) ||
		(dir >= 0 && assay_opcode_from_target(opcode) != (dir == ASSAY_TO_INITIATOR)))
		return false;
	if ((shape->final && !(bhs[1] & 0x80)) || (data && !shape->data) ||
		(bhs[4] && opcode != ASSAY_SCSI_COMMAND) || (is_login(bhs) && data > LOGIN_DATA_MAX))
		return false;
	for (size_t i = 0; i < ASSAY_BHS_LENGTH; i++)
		if (bhs[i] & reserved[i])
			return false;
	return opcode != ASSAY_SCSI_COMMAND || is_command(bhs);
}

static bool is_digest_at(const uint8_t *bytes, size_t from, size_t bytes_of, size_t length)
{
	return length >= from + bytes_of + 4 &&
	       assay_get_be32(bytes + from + bytes_of) == assay_digest(bytes + from, bytes_of);
}

/* The four bytes behind a header are not its digest. Are they meant to be? The data behind them has a right one, or the packet ends where it does with four bytes that are no data digest. */
static bool is_wrong_digest(const uint8_t *bytes, size_t head, size_t data, size_t length, bool end)
{
	if (data && is_digest_at(bytes, head + 4, data, length))
		return true;
	return end && length == head + data + 4 && !(data && is_digest_at(bytes, head, data, length));
}

bool assay_sync_digests(unsigned *digests, bool header_known, const uint8_t *bytes, size_t length, bool end)
{
	size_t head = ASSAY_BHS_LENGTH + bytes[4] * 4u, data = assay_get_be24(bytes + 5),
	       padded = assay_padded(data);

	if (!header_known) {
		*digests = 0;
		if (length == head && end && !data)
			return true;
		if (length < head + 4)
			return false;
		if (assay_get_be32(bytes + head) == assay_digest(bytes, head) ||
			is_wrong_digest(bytes, head, padded, length, end))
			*digests = ASSAY_HEADER_DIGEST;
	}
	if (*digests & ASSAY_HEADER_DIGEST)
		head += 4;
	*digests &= ~(unsigned)ASSAY_DATA_DIGEST;
	if (!data || (length == head + padded && end))
		return true;
	if (length < head + padded + 4)
		return false;
	if (assay_get_be32(bytes + head + padded) == assay_digest(bytes + head, padded))
		*digests |= ASSAY_DATA_DIGEST;
	return true;
}

/* A Login PDU with the only version that there is, and text as far as it can be seen. */
static bool is_login_text(const uint8_t *bytes, size_t length)
{
	size_t end = ASSAY_BHS_LENGTH + assay_get_be24(bytes + 5);

	if (bytes[2] || bytes[3])
		return false;
	for (size_t at = ASSAY_BHS_LENGTH; at < length && at < end; at++)
		if (bytes[at] && (bytes[at] < ' ' || bytes[at] > '~'))
			return false;
	return bytes[ASSAY_BHS_LENGTH] != 0;
}

/* A first Login Request says who it is of, whatever is wrong with its header. */
static bool names_itself(const uint8_t *bytes, size_t length)
{
	return (bytes[0] & 0xbf) == ASSAY_LOGIN_REQUEST && assay_get_be24(bytes + 5) <= LOGIN_DATA_MAX &&
	       memmem(bytes + ASSAY_BHS_LENGTH, length - ASSAY_BHS_LENGTH, "InitiatorName=", 14);
}

/* Trying a digest takes reading all the data, and who makes headers that lie can have that for each of them. */
static bool may_try(struct assay_sync_ask *ask, const uint8_t *bytes, size_t length)
{
	size_t wire = assay_pdu_wire_length(bytes, 0);

	if (length <= wire)
		return true; /* it is not there yet */
	ask->tried += wire;
	return ask->tried <= ask->may_try;
}

enum assay_sync_answer assay_sync_at(
	unsigned *digests, struct assay_sync_ask *ask, const uint8_t *bytes, size_t length)
{
	bool known = !(ask->digests & ASSAY_SYNC_DIGESTS_UNKNOWN);
	size_t wire;

	*digests = known ? ask->digests : 0;
	if (length < ASSAY_BHS_LENGTH)
		return ASSAY_SYNC_WAIT;
	if (!assay_sync_header(bytes, ask->dir))
		return ask->dir != ASSAY_TO_INITIATOR && names_itself(bytes, length) ? ASSAY_SYNC_YES
										     : ASSAY_SYNC_NO;
	if (is_login(bytes) && (!ask->anywhere || assay_get_be24(bytes + 5))) {
		if (ask->anywhere && length == ASSAY_BHS_LENGTH)
			return ASSAY_SYNC_WAIT;
		return !ask->anywhere || is_login_text(bytes, length) ? ASSAY_SYNC_YES : ASSAY_SYNC_NO;
	}
	if (!known && !may_try(ask, bytes, length))
		return ASSAY_SYNC_NO;
	if (!known && !assay_sync_digests(digests, false, bytes, length, ask->end))
		return ASSAY_SYNC_WAIT;
	if (*digests & ASSAY_HEADER_DIGEST) {
		size_t head = ASSAY_BHS_LENGTH + bytes[4] * 4u;

		if (length < head + 4)
			return ASSAY_SYNC_WAIT;
		return assay_get_be32(bytes + head) == assay_digest(bytes, head) ? ASSAY_SYNC_YES
										 : ASSAY_SYNC_NO;
	}
	wire = assay_pdu_wire_length(bytes, *digests);
	if (length == wire && ask->end && (ask->whole || !ask->anywhere))
		return ASSAY_SYNC_YES;
	if (length < wire + ASSAY_BHS_LENGTH)
		return ASSAY_SYNC_WAIT;
	return assay_sync_header(bytes + wire, assay_opcode_from_target(bytes[0] & 0x3f)) ? ASSAY_SYNC_NEXT
											  : ASSAY_SYNC_NO;
}
