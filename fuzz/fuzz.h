/*
 * fuzz.h - the frame of the in-process fuzzers. An entry takes bytes of a hostile peer or file to one of our own machines and holds it
 * to its invariants; entry_main.c makes a libFuzzer program of one entry, replay.c runs files through any of them without
 * libFuzzer. An entry has no socket, no clock, no randomness, and keeps nothing from one call to the next: what fails once fails again.
 */
#ifndef ASSAY_FUZZ_FUZZ_H
#define ASSAY_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an entry's input is made of, so that the mutator can change it where it means something. */
enum assay_fuzz_shape {
	ASSAY_FUZZ_BYTES, /* of nothing in particular: libFuzzer's own mutations */
	ASSAY_FUZZ_TEXT, /* after the prefix: key=value pairs with a NUL each */
	ASSAY_FUZZ_PDUS, /* after the prefix: PDUs, each with lead bytes of the entry's own before it; the end may be cut off */
};

struct assay_fuzz_entry {
	const char *name; /* of its folder in corpus/, too */
	const char *desc; /* one line: what is fed, what must hold */
	void (*one)(
		const uint8_t *data, size_t size); /* one input; what does not hold ends in assay_fuzz_fail */
	void (*init)(void); /* once, before the first; may be NULL */
	size_t max_len; /* bytes: longer inputs are not made, and not run */
	enum assay_fuzz_shape shape;
	size_t prefix; /* bytes of the entry's own at the start */
	size_t lead; /* ASSAY_FUZZ_PDUS: bytes of the entry's own before each PDU */
	bool digests_in_prefix; /* ASSAY_FUZZ_PDUS: the low bits of byte 0 are the enum assay_digests of all PDUs; else they are found by trying */
};

/* The entries, each the one object of its file: assay_fuzz_entry_pdu in pdu.c. */
#define ASSAY_FUZZ_ENTRY(name) extern const struct assay_fuzz_entry assay_fuzz_entry_##name;
#include "fuzz/entries.def"
ASSAY_FUZZ_ENTRY(empty) /* does nothing: what fuzz/speed holds the others against */
#undef ASSAY_FUZZ_ENTRY

/* An invariant does not hold: says so in one line, with the input's name where there is one, and aborts. */
_Noreturn void assay_fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The name that assay_fuzz_fail gives; NULL: none. The caller's string. */
void assay_fuzz_input_name(const char *name);

struct assay_pdu;

/* With ASSAY_FUZZ_TRACE in the environment: a line on stderr for a PDU that the entry saw pass, so that an input can be read. */
void assay_fuzz_trace(unsigned connection, bool to_target, const struct assay_pdu *pdu);

#endif
