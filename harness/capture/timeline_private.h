/* timeline_private.h - what timeline.c (connections, events, rules) and cut.c (a side's bytes into PDUs) share; and cut_digests.c. */
#ifndef ASSAY_CAPTURE_TIMELINE_PRIVATE_H
#define ASSAY_CAPTURE_TIMELINE_PRIVATE_H

#include "capture/sync.h"
#include "capture/timeline.h"
#include "codec/framer.h"

/* One side's stream. */
struct half {
	struct assay_framer
		framer; /* its buffer grows with what is held, and stays for the next connection */
	uint64_t end; /* offset one past the last byte put in */
	uint64_t skip; /* bytes of the present PDU that are passed over */
	uint64_t passed; /* bytes passed over in search of a PDU */
	uint64_t missing; /* lost before it was known what the flow carries */
	uint64_t came; /* bytes; those that were lost are not counted */
	uint64_t tried; /* bytes of data of which the digest was tried in that search */
	bool lost; /* something is missing: positions must be looked for */
	bool searching;
	uint64_t packet; /* offset at which the last packet's bytes begin */
	bool packet_over; /* all of those have come */
	uint64_t whole; /* offset at which a packet's bytes began, and perhaps a PDU */
	uint64_t late; /* PDUs that begin before this offset are too late to be judged: the other side was */
	bool no; /* undecided: it begins with no PDU */
	bool aligned; /* PDUs begin at offsets of that remainder modulo 4 */
	uint8_t remainder;
	uint64_t first_frame; /* of the first byte held */
	bool owed; /* the last PDU ended with its packet, and its last digest, this one, may still come */
	bool owed_header; /* that of the header */
	uint32_t digest;
	uint32_t base; /* sequence number of offset 0 */
};

enum decision { UNDECIDED, ISCSI, OTHER };

struct connection {
	enum decision decision;
	struct assay_flow_start start;
	struct assay_timeline_connection told;
	int watch; /* the rule engine's number; -1 */
	int initiator; /* side; -1: not known */
	bool certain; /* the rule engine knows the digests */
	bool full; /* the login is over */
	bool header_known, data_known; /* not certain: what was found out */
	unsigned guess; /* those digests */
	uint64_t frame, time; /* of what is just put in */
	uint64_t used; /* count of the last PDU */
	char comment[ASSAY_TIMELINE_COMMENT]; /* of its first packet */
	struct half half[2];
};

/* A packet's comment. */
struct note {
	uint64_t frame; /* 0: none is held here */
	char text[ASSAY_TIMELINE_COMMENT];
};

struct assay_timeline {
	struct assay_timeline_events events;
	void *payload;
	struct assay_reassembly *reassembly;
	struct assay_watch *watch;
	struct assay_timeline_counts counts;
	size_t buffers; /* bytes of all */
	uint64_t pdus;
	uint64_t newest; /* the highest frame of a PDU that the rules were given */
	struct assay_hole *hole; /* that may be among the bytes that are just put in; NULL: there is none */
	/* while a PDU is given to the rules */
	const struct connection *now;
	const struct assay_timeline_pdu *now_pdu;
	struct connection connection[ASSAY_FLOWS_MAX];
	bool noted; /* there was a comment */
	struct note note
		[ASSAY_TIMELINE_NOTES]; /* by frame modulo their number; what is not used is not resident */
};

/* ---- cut.c ---- */

void cut_bytes(struct assay_timeline *t, struct connection *c, unsigned side, const uint8_t *bytes,
	size_t length, bool end);
void cut_lost(struct assay_timeline *t, struct connection *c, unsigned side, uint64_t length);
/* The flow ended: what is held is no whole PDU. ended: it did so in the capture, which has all of it. */
void cut_end(struct assay_timeline *t, struct connection *c, bool ended);
/* What that side has said and nobody can tell yet, as it is not known where PDUs begin or whether they have digests, will be too late to be judged. False: there is no such. */
bool cut_overtaken(struct connection *c, unsigned side);
/* Nothing is held any more. */
void cut_reset(struct assay_timeline *t, struct connection *c);

/* Bytes that are no whole PDU yet. */
static inline size_t held(const struct half *h)
{
	return assay_framer_pending(&h->framer);
}

/* Nothing is missing and nothing is being found out: lengths can be relied upon. */
static inline bool in_step(const struct connection *c, const struct half *h)
{
	return c->decision == ISCSI && c->certain && !h->lost && !h->searching;
}

/* ---- unread.c ---- */

/* Has the bytes there at which a PDU begins in step, as far as they are looked at: all of it, where it is whole. ASSAY_BHS_LENGTH of them at least. */
void unread_want(struct assay_timeline *t, const struct connection *c, unsigned side, const uint8_t *bytes,
	size_t length);
/* Puts bytes behind those that are held. In step they are of one PDU, and of data that nobody looks at only the place is taken. */
void unread_put(struct assay_timeline *t, const struct connection *c, unsigned side, uint8_t *room,
	const uint8_t *bytes, size_t length);

/* ---- cut_digests.c ---- */

/* Do the bytes tell whether the PDU at the front has a data digest? Where none follows its data, it may still come, as some send it in a packet of its own. */
bool digests_data_told(const struct half *h, unsigned digests);
/* The digests of the PDU at the front. False: more bytes would tell. */
bool digests_find(const struct assay_timeline *t, struct connection *c, unsigned side, bool end);
/* May a digest of the PDU, which ended with its packet, still come? */
void digests_note_owed(const struct connection *c, struct half *h, const struct assay_pdu *pdu);
/* Takes it, if the four bytes at the front are it. */
void digests_take_owed(struct assay_timeline *t, struct connection *c, unsigned side);

/* ---- timeline.c ---- */

enum assay_dir dir_of(const struct connection *c, unsigned side);
void decide(struct assay_timeline *t, struct connection *c, enum decision decision, unsigned initiator);
void tell_pdu(struct assay_timeline *t, struct connection *c, unsigned side, const struct assay_pdu *pdu,
	uint64_t first_frame, bool cut);
void tell_loss(struct assay_timeline *t, struct connection *c, unsigned side, uint64_t bytes, bool skipped);
/* What is held of a side is the end of its stream; it is all there. */
void tell_rest(struct assay_timeline *t, struct connection *c, unsigned side);
void tell_stand(struct assay_timeline *t, const struct connection *c, unsigned side, bool end);
/* What became of bytes that end before the offset up_to. */
void tell_stretch(struct assay_timeline *t, const struct connection *c, unsigned side,
	enum assay_timeline_fate fate, const uint8_t *bytes, uint64_t length, uint64_t up_to,
	const struct assay_pdu *pdu);
/* The rules are told that something is missing. */
void tell_gap(struct assay_timeline *t, struct connection *c, unsigned side);
unsigned digests_of(const struct assay_timeline *t, const struct connection *c, unsigned side);

#endif
