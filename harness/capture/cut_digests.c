/* cut_digests.c - which digests the PDUs of a connection have: as its login agreed, where that was seen, else by trying. */
#include "capture/timeline_private.h"
#include "codec/bytes.h"
#include "codec/digest.h"

bool digests_data_told(const struct half *h, unsigned digests)
{
	const uint8_t *at = h->framer.buf + h->framer.start;

	return (at[5] || at[6] || at[7]) &&
	       (digests & ASSAY_DATA_DIGEST || held(h) > assay_pdu_wire_length(at, digests));
}

void digests_take_owed(struct assay_timeline *t, struct connection *c, unsigned side)
{
	struct half *h = &c->half[side];
	const uint8_t *at = h->framer.buf + h->framer.start;

	h->owed = false;
	*(h->owed_header ? &c->header_known : &c->data_known) = true;
	if (assay_get_be32(at) != h->digest)
		return;
	c->guess |= h->owed_header ? ASSAY_HEADER_DIGEST : ASSAY_DATA_DIGEST;
	h->framer.start += 4;
	tell_stretch(t, c, side, ASSAY_TIMELINE_SKIPPED, at, 4, h->end - held(h), NULL);
}

bool digests_find(const struct assay_timeline *t, struct connection *c, unsigned side, bool end)
{
	struct half *h = &c->half[side];
	const uint8_t *at = h->framer.buf + h->framer.start;

	if (c->certain) {
		h->framer.digests = digests_of(t, c, side);
		return true;
	}
	if ((at[0] & 0x1f) == ASSAY_LOGIN_REQUEST || (c->header_known && c->data_known)) {
		h->framer.digests = c->guess;
		return true;
	}
	if (!assay_sync_digests(&c->guess, c->header_known, at, held(h), end))
		return false;
	h->framer.digests = c->guess;
	c->header_known = held(h) > ASSAY_BHS_LENGTH + at[4] * 4u;
	c->data_known = digests_data_told(h, c->guess);
	return true;
}

void digests_note_owed(const struct connection *c, struct half *h, const struct assay_pdu *pdu)
{
	bool data = pdu->data_segment_length;

	h->owed_header = !c->header_known && !data;
	h->owed = !c->certain && (h->owed_header || (c->header_known && !c->data_known && data)) &&
		  (pdu->opcode & 0x1f) != ASSAY_LOGIN_REQUEST;
	if (h->owed)
		h->digest = h->owed_header ? assay_digest(pdu->wire, ASSAY_BHS_LENGTH + pdu->ahs_length)
					   : assay_digest(pdu->data, assay_padded(pdu->data_segment_length));
}
