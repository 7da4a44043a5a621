/* change.c - one change to one PDU, in words; see mutate.h. The bytes stay as they were but for the change, and what must follow from it: lengths, padding, digests. */
#include <stdlib.h>
#include <string.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/layout.h"
#include "codec/text.h"
#include "mutate.h"

#define DATA_MAX 65536

/* A PDU in its parts. */
struct parts {
	uint8_t bhs[ASSAY_BHS_LENGTH];
	uint8_t ahs[1020];
	size_t ahs_length;
	uint8_t data[DATA_MAX];
	size_t data_length;
	uint8_t padding;
	uint8_t spoil; /* enum assay_digests that are to be wrong */
};

static void take_apart(struct parts *p, const struct story_item *item)
{
	struct assay_pdu pdu;

	memset(p, 0, offsetof(struct parts, data));
	p->padding = p->spoil = 0;
	assay_pdu_decode(&pdu, item->wire, item->length, item->digests);
	memcpy(p->bhs, item->wire, sizeof(p->bhs));
	p->ahs_length = pdu.ahs_length;
	p->data_length = pdu.data_length;
	if (p->ahs_length)
		memcpy(p->ahs, pdu.ahs, p->ahs_length);
	if (p->data_length)
		memcpy(p->data, pdu.data, p->data_length);
}

static size_t put_digest(uint8_t *at, const uint8_t *from, bool wrong)
{
	assay_put_be32(at, assay_digest(from, (size_t)(at - from)) ^ wrong);
	return 4;
}

static const char *put_together(struct story_item *item, struct parts *p)
{
	size_t at = 0, begin, room = sizeof(p->bhs) + p->ahs_length + p->data_length + 16;
	uint8_t *wire = calloc(1, room);

	if (!wire)
		return "no memory";
	p->bhs[4] = (uint8_t)(p->ahs_length / 4);
	assay_put_be24(p->bhs + 5, (uint32_t)p->data_length);
	memcpy(wire, p->bhs, sizeof(p->bhs));
	memcpy(wire + sizeof(p->bhs), p->ahs, p->ahs_length);
	at = sizeof(p->bhs) + p->ahs_length;
	if (item->digests & ASSAY_HEADER_DIGEST)
		at += put_digest(wire + at, wire, p->spoil & ASSAY_HEADER_DIGEST);
	begin = at;
	memcpy(wire + at, p->data, p->data_length);
	for (at += p->data_length; at % 4; at++)
		wire[at] = p->padding;
	if (item->digests & ASSAY_DATA_DIGEST && p->data_length)
		at += put_digest(wire + at, wire + begin, p->spoil & ASSAY_DATA_DIGEST);
	free(item->wire);
	item->wire = wire;
	item->length = at;
	return NULL;
}

/* "5", "0x5", "+5", "-5". */
static uint64_t number(const char *words, uint64_t old)
{
	if (words[0] == '+')
		return old + strtoull(words + 1, NULL, 0);
	if (words[0] == '-')
		return old - strtoull(words + 1, NULL, 0);
	return strtoull(words, NULL, 0);
}

/* ---- the kinds of change ---- */

static uint64_t bits_get(const uint8_t *bhs, const struct assay_layout_entry *e)
{
	uint64_t value = 0;

	if (e->bits < 8)
		return bhs[e->byte] >> e->shift & ((1u << e->bits) - 1);
	for (unsigned n = 0; n < e->bits / 8u; n++)
		value = value << 8 | bhs[e->byte + n];
	return value;
}

static void bits_put(uint8_t *bhs, const struct assay_layout_entry *e, uint64_t value)
{
	uint8_t mask = (uint8_t)(((1u << (e->bits % 8)) - 1) << e->shift);

	if (e->bits < 8) {
		bhs[e->byte] = (uint8_t)((bhs[e->byte] & ~mask) | (value << e->shift & mask));
		return;
	}
	for (unsigned n = e->bits / 8u; n--; value >>= 8)
		bhs[e->byte + n] = (uint8_t)value;
}

static const char *change_field(struct parts *p, const char *name, const char *value)
{
	const struct assay_layout_entry *e = assay_layout_find(p->bhs[0] & 0x3f, name);

	if (!e || e->bits > 64)
		return "the PDU has no such field";
	bits_put(p->bhs, e, number(value, bits_get(p->bhs, e)));
	return NULL;
}

/* Sets the value of a key, or adds the key; value NULL: takes the key out. */
static const char *change_key(struct parts *p, const char *key, const char *value)
{
	static char made[DATA_MAX];
	struct assay_text text;
	struct assay_pair pair;
	size_t offset = 0;
	bool had = false;

	assay_text_init(&text, made, sizeof(made));
	while (assay_text_next(&pair, &offset, p->data, p->data_length) > 0) {
		if (!assay_pair_is(&pair, key) || had)
			assay_text_append_pair(&text, &pair);
		else if (value)
			assay_text_append(&text, key, value);
		had |= assay_pair_is(&pair, key);
	}
	if (!had && !value)
		return "the PDU has no such key";
	if (!had)
		assay_text_append(&text, key, value);
	memcpy(p->data, made, text.length);
	p->data_length = text.length;
	return NULL;
}

static const char *change_length(struct parts *p, const char *value)
{
	size_t length = (size_t)number(value, p->data_length);

	if (length > DATA_MAX)
		return "too much data";
	if (length > p->data_length)
		memset(p->data + p->data_length, 0, length - p->data_length);
	p->data_length = length;
	return NULL;
}

static const char *change_ahs(struct parts *p, const char *hex)
{
	unsigned byte;

	for (p->ahs_length = 0; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		p->ahs[p->ahs_length++] = (uint8_t)byte;
	return p->ahs_length % 4 ? "additional header segments are whole words" : NULL;
}

/* What is in the PDU. */
static const char *change_parts(struct parts *p, unsigned digests, char *name, const char *value)
{
	unsigned place;

	if (!strcmp(name, "header digest") || !strcmp(name, "data digest")) {
		p->spoil = name[0] == 'h' ? ASSAY_HEADER_DIGEST : ASSAY_DATA_DIGEST;
		return p->spoil & digests ? NULL : "the PDU has no such digest";
	}
	if (!strncmp(name, "no key ", 7))
		return change_key(p, name + 7, NULL);
	if (!value)
		return "a change is NAME=VALUE";
	if (!strncmp(name, "key ", 4))
		return change_key(p, name + 4, value);
	if (!strcmp(name, "length"))
		return change_length(p, value);
	if (!strcmp(name, "ahs"))
		return change_ahs(p, value);
	if (!strcmp(name, "padding"))
		return p->padding = (uint8_t)number(value, 0), p->data_length % 4 ? NULL : "there is none";
	if (sscanf(name, "byte %u", &place) == 1 && place < sizeof(p->bhs))
		return p->bhs[place] = (uint8_t)number(value, p->bhs[place]), NULL;
	if (sscanf(name, "data %u", &place) == 1 && place < p->data_length)
		return p->data[place] = (uint8_t)number(value, p->data[place]), NULL;
	return change_field(p, name, value);
}

/* ---- which PDUs there are, and in which order ---- */

static void take_out(struct story *s, struct story_item *item)
{
	size_t at = (size_t)(item - s->item);

	memmove(item, item + 1, (--s->items - at) * sizeof(*item));
}

static struct story_item *put_in(struct story *s, struct story_item *before, struct story_item item)
{
	size_t at = (size_t)(before - s->item);

	memmove(before + 1, before, (s->items++ - at) * sizeof(*before));
	*before = item;
	return before;
}

static const char *twice(struct story *s, struct story_item **item)
{
	struct story_item copy = **item;

	copy.wire = malloc(copy.length);
	if (!copy.wire || s->items == STORY_ITEMS)
		return "no memory";
	memcpy(copy.wire, (*item)->wire, copy.length);
	*item = put_in(s, *item + 1, copy);
	return NULL;
}

/* Behind the next PDU of its connection. */
static const char *later(struct story *s, struct story_item **item)
{
	struct story_item *next = *item + 1, moved = **item;

	while (next < s->item + s->items && (next->kind != STORY_PDU || next->connection != moved.connection))
		next++;
	if (next == s->item + s->items)
		return "it is the last PDU";
	take_out(s, *item);
	*item = put_in(s, next, moved);
	return NULL;
}

static const char *elsewhere(struct story *s, struct story_item *item, const char *connection)
{
	unsigned number_of = (unsigned)strtoul(connection, NULL, 10);

	if (!number_of || number_of > s->connections)
		return "there is no such connection";
	item->connection = number_of - 1;
	return NULL;
}

const char *story_change(struct story *s, struct story_item **item, const char *change)
{
	static struct parts parts;
	char name[CHANGE_MAX], *value;
	const char *why;

	snprintf(name, sizeof(name), "%s", change);
	value = strchr(name, '=');
	if (value)
		*value++ = '\0';
	if (!strcmp(name, "none"))
		return NULL;
	if (!strcmp(name, "left out")) {
		free((*item)->wire);
		take_out(s, *item);
		*item = NULL;
		return NULL;
	}
	if (!strcmp(name, "twice"))
		return twice(s, item);
	if (!strcmp(name, "later"))
		return later(s, item);
	if (!strcmp(name, "other side"))
		return (*item)->dir = (*item)->dir == ASSAY_TO_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET,
		       NULL;
	if (!strcmp(name, "connection") && value)
		return elsewhere(s, *item, value);
	take_apart(&parts, *item);
	why = change_parts(&parts, (*item)->digests, name, value);
	return why ? why : put_together(*item, &parts);
}
