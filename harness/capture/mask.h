/*
 * mask.h - what stands for names, addresses and other words of a capture in a copy that others may see. The same word always gives the same mask, other words other ones, of the same length
 * and with letters for letters and digits for digits, so that what the rules say of it stays what it was. Masks hang on a random key that nobody keeps: they cannot be taken back,
 * and those of two copies cannot be compared. Words that begin alike have masks that begin alike.
 */
#ifndef ASSAY_CAPTURE_MASK_H
#define ASSAY_CAPTURE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/error.h"

#define ASSAY_MASK_KEY 32 /* bytes */

struct assay_mask {
	uint8_t key[ASSAY_MASK_KEY];
};

/* A fresh key. 0 or ASSAY_E_CRYPTO. */
int assay_mask_init(struct assay_mask *m);

/* All in place. Text of login and text PDUs, joined where a pair is split over several: names, addresses, aliases, what proves who one is, and the values of keys that are not known. tail:
 * it begins inside of a value. */
void assay_mask_text(const struct assay_mask *m, char *text, size_t length, bool tail);
/* An IP address. */
void assay_mask_address(const struct assay_mask *m, uint8_t *address, size_t length);
/* Data that somebody returns: of the same data the same. */
void assay_mask_echo(const struct assay_mask *m, uint8_t *data, size_t length);

#endif
