/* mask_private.h - what mask.c (bytes and characters) and mask_text.c (keys and values) share. */
#ifndef ASSAY_CAPTURE_MASK_PRIVATE_H
#define ASSAY_CAPTURE_MASK_PRIVATE_H

#include "capture/mask.h"

/* What is masked by turns of which each hangs on all before it. */
struct chain {
	uint8_t state[32];
};

enum context { OF_NAME, OF_ADDRESS, OF_HOST, OF_WORDS, OF_BINARY, OF_ECHO };

void chain_begin(struct chain *c, const struct assay_mask *m, enum context context);
/* Another one of n values, chosen by what came before; then value, of kind 0 to 255, came. */
unsigned chain_turn(struct chain *c, unsigned value, unsigned n);

/* Letters for letters, digits for digits, characters beyond ASCII for others of that length; the rest stays. hex: and hexadecimal digits for such. */
void mask_words(struct chain *c, char *at, size_t length, bool hex);

#endif
