/* mutator_private.h - what the mutator's files share: PDUs taken apart, so that a part can be changed and the whole written again. Not for others. */
#ifndef ASSAY_FUZZ_MUTATOR_PRIVATE_H
#define ASSAY_FUZZ_MUTATOR_PRIVATE_H

#include "codec/pdu.h"
#include "fuzz/mutator.h"

#define ASSAY_FUZZ_PIECES_MAX  64 /* PDUs that are told apart; what follows is one tail */
#define ASSAY_FUZZ_SEGMENT_MAX 2048 /* bytes that a changed segment grows to */

struct assay_fuzz_random {
	uint64_t state;
};

/* Below n, which is not 0. */
uint32_t assay_fuzz_below(struct assay_fuzz_random *r, uint32_t n);

/* One PDU of an input. Segments are views, into the input or into scratch. */
struct assay_fuzz_piece {
	const uint8_t *lead;
	uint8_t bhs[ASSAY_BHS_LENGTH];
	const uint8_t *ahs, *data;
	uint32_t ahs_length, data_length; /* data_length without padding */
	uint8_t digests; /* enum assay_digests that it carries */
	uint8_t spoilt; /* those of them to write wrong */
	bool lies; /* both lengths in the BHS stay as they are */
};

struct assay_fuzz_stream {
	const struct assay_fuzz_entry *entry;
	uint8_t prefix[16]; /* entry->prefix bytes */
	struct assay_fuzz_piece pieces[ASSAY_FUZZ_PIECES_MAX];
	size_t count;
	const uint8_t *tail; /* bytes that are no whole PDU */
	size_t tail_length;
};

/* Takes an input apart. Which digests a PDU carries is told by its prefix, else by trying. false: too short for the prefix. */
bool assay_fuzz_stream_read(struct assay_fuzz_stream *out, const struct assay_fuzz_entry *entry,
	const uint8_t *data, size_t size);
/* Writes it again, lengths and digests right unless a piece says otherwise. What does not fit into capacity is left out. Returns the size. */
size_t assay_fuzz_stream_write(uint8_t *out, size_t capacity, const struct assay_fuzz_stream *s);

/* What a change works with. Everything is valid for the one change alone. */
struct assay_fuzz_change {
	struct assay_fuzz_random random;
	assay_fuzz_blind_fn *blind;
	struct assay_fuzz_stream *stream;
};

/* One change of the PDUs; what it cannot do on them it leaves. */
void assay_fuzz_change_pdus(struct assay_fuzz_change *c);
/* The bytes that changed segments lie in are free again. */
void assay_fuzz_scratch_reset(void);
/* One change of the pairs of a text, in place. Returns the new size, at most max. */
size_t assay_fuzz_change_text(struct assay_fuzz_change *c, uint8_t *text, size_t size, size_t max);

#endif
