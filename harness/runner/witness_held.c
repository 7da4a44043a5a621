/*
 * witness_held.c - holds the start of a connection (its login) and its last PDUs, within ASSAY_WITNESS_HELD bytes; with the first finding they become
 * a capture, and what comes after goes straight there. It judges nothing.
 */
#include "runner/witness_held.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng.h"
#include "runner/witness.h"

#define START 32768u /* bytes of a connection's first PDUs that are never forgotten */

/* Forgets the oldest one after the start. */
static void forget(struct assay_held *h)
{
	struct assay_held_pdu **at = h->login_end ? &h->login_end->next : &h->first;
	struct assay_held_pdu *old = *at;

	*at = old->next;
	if (h->last == old)
		h->last = h->login_end;
	h->bytes -= sizeof(*old) + old->length;
	h->forgotten++;
	free(old);
}

static void append(struct assay_held *h, struct assay_held_pdu *p)
{
	if (h->last)
		h->last->next = p;
	else
		h->first = p;
	h->last = p;
	h->bytes += sizeof(*p) + p->length;
}

static int write_pdu(struct assay_held *h, const struct assay_held_pdu *p, const char *words)
{
	char comment[512];
	int r;

	if (h->written + p->length > ASSAY_WITNESS_CAPTURE)
		return 0;
	h->written += p->length;
	snprintf(comment, sizeof(comment), "#%" PRIu64 "%s%s", p->number, words ? " " : "",
		words ? words : "");
	r = assay_pcapng_bytes(h->capture, 0, (enum assay_dir)p->dir, p->bytes, p->length, p->time, comment);
	return r < 0 || fflush(h->file) == 0 ? r : ASSAY_E_IO;
}

int assay_held_add(struct assay_held *h, const struct assay_pdu *pdu, enum assay_dir dir, uint64_t number,
	uint64_t time, const char *comment)
{
	struct assay_held_pdu *p = malloc(sizeof(*p) + pdu->wire_length);
	int r = 0;

	if (!p) {
		h->forgotten++;
		return 0;
	}
	*p = (struct assay_held_pdu){ .number = number,
		.time = time,
		.length = pdu->wire_length,
		.dir = (uint8_t)dir,
		.digests = pdu->digests };
	memcpy(p->bytes, pdu->wire, pdu->wire_length);
	if (h->capture)
		r = write_pdu(h, p, comment);
	append(h, p);
	if (h->start_bytes + p->length <= START && h->start_bytes < START) {
		h->start_bytes += p->length;
		h->login_end = p;
		return r;
	}
	h->start_bytes = START; /* the start is what came before the first one that did not fit */
	while (h->bytes > ASSAY_WITNESS_HELD && (h->login_end ? h->login_end->next : h->first) != h->last)
		forget(h);
	return r;
}

int assay_held_capture(struct assay_held *h, const char *path, const char *comment)
{
	char gap[80];
	int r;

	h->file = fopen(path, "we");
	if (!h->file)
		return ASSAY_E_IO;
	r = assay_pcapng_begin(&h->capture, h->file, comment);
	if (r >= 0)
		r = assay_pcapng_open(h->capture, 0, h->opened, comment);
	snprintf(gap, sizeof(gap), "%" PRIu64 " PDUs before this one were not kept", h->forgotten);
	for (const struct assay_held_pdu *p = h->first, *before = NULL; p && r >= 0; before = p, p = p->next)
		r = write_pdu(h, p, h->forgotten && before == h->login_end ? gap : NULL);
	return r;
}

const struct assay_held_pdu *assay_held_find(const struct assay_held *h, uint64_t number)
{
	for (const struct assay_held_pdu *p = h->first; p; p = p->next)
		if (p->number == number)
			return p;
	return NULL;
}

int assay_held_end(struct assay_held *h, enum assay_role by, uint64_t time)
{
	int r = 0;

	if (h->capture) {
		enum assay_dir dir = by == ASSAY_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET;

		assay_pcapng_close(h->capture, 0, dir, false, time);
		r = assay_pcapng_end(h->capture);
	}
	if (h->file && fclose(h->file) != 0)
		r = ASSAY_E_IO;
	while (h->first) {
		struct assay_held_pdu *next = h->first->next;

		free(h->first);
		h->first = next;
	}
	*h = (struct assay_held){ 0 };
	return r;
}
