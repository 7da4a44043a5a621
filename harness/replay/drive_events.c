/* drive_events.c - Asynchronous Messages: each live one beside the next captured one of the same event. Which may come, or not, stands in masks.def. RFC 7143 section 11.9. */
#include <stdio.h>

#include "codec/listing.h"
#include "replay/drive.h"

static const struct {
	uint8_t code, counts;
} masks[] = {
#define NOTED                 0
#define EVENT(code, how, why) { code, how },
#include "replay/masks.def"
#undef NOTED
};

static bool counts(uint8_t event)
{
	for (size_t n = 0; n < sizeof(masks) / sizeof(masks[0]); n++)
		if (masks[n].code == event)
			return masks[n].counts;
	return true;
}

/* The next captured one of that event that has none yet; ASSAY_SCRIPT_NONE. */
static uint32_t next_of(const struct drive *d, uint32_t link, uint8_t event)
{
	for (uint32_t n = d->links[link].event; n != ASSAY_SCRIPT_NONE; n = d->s->items[n].next)
		if (!d->bound[n].bound && !d->bound[n].passed && d->s->items[n].pdu.async_event == event)
			return n;
	return ASSAY_SCRIPT_NONE;
}

/* Those at the front of the list that are done with. */
static void move_on(struct drive *d, struct drive_link *k)
{
	while (k->event != ASSAY_SCRIPT_NONE && (d->bound[k->event].bound || d->bound[k->event].passed))
		k->event = d->s->items[k->event].next;
}

void drive_event(struct drive *d, uint32_t link, const struct assay_pdu *live)
{
	struct drive_link *k = &d->links[link];
	struct assay_replay_differences differences = { 0 };
	uint32_t item = next_of(d, link, live->async_event);
	char words[96];

	if (item != ASSAY_SCRIPT_NONE) {
		d->bound[item].bound = true;
		d->out->compared++;
		if (!d->s->items[item].cut)
			(void)assay_replay_compare(
				&differences, &d->s->items[item].pdu, live, d->o->masks, NULL);
	} else if (!k->gap) {
		assay_listing_brief(words, sizeof(words), live);
		assay_replay_differ(&differences, counts(live->async_event), "event", "none", words);
	}
	drive_tell(d, item == ASSAY_SCRIPT_NONE ? d->at : item, ASSAY_SCRIPT_NONE, live, &differences);
	move_on(d, k);
}

struct event_wait {
	uint32_t item;
};

static bool has_event(struct drive *d, const void *what)
{
	return d->bound[((const struct event_wait *)what)->item].bound;
}

/* One that did not come. */
static void missed(struct drive *d, uint32_t item)
{
	const struct assay_pdu *captured = &d->s->items[item].pdu;
	struct assay_replay_differences differences = { 0 };
	char words[96];

	d->bound[item].passed = true;
	assay_listing_brief(words, sizeof(words), captured);
	assay_replay_differ(&differences, counts(captured->async_event), "event", words, "none");
	drive_tell(d, item, ASSAY_SCRIPT_NONE, NULL, &differences);
}

void drive_await_events(struct drive *d, uint32_t link, uint32_t item)
{
	struct drive_link *k = &d->links[link];

	for (uint32_t n = k->event; n != ASSAY_SCRIPT_NONE && n < item && !drive_stopped(d);
		n = d->s->items[n].next) {
		const struct event_wait wait = { n };

		if (d->bound[n].bound || d->bound[n].passed)
			continue;
		/* What a target sends when it likes is not waited for. */
		if (counts(d->s->items[n].pdu.async_event) && k->open &&
			drive_wait(d, link, ASSAY_SCRIPT_NONE, has_event, &wait))
			continue;
		if (!drive_stopped(d) && !k->gone_told)
			missed(d, n);
	}
	move_on(d, k);
}
