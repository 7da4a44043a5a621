/*
 * drive_beside.c - all that the target said up to an item of the script, beside what the live one said: PDU by PDU of each connection, by strict.h, and how the connections ended. The live side is what the
 * tap has kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/listing.h"
#include "replay/drive.h"
#include "replay/strict.h"

#define NOTHING SIZE_MAX

/* Where a live connection stands in the tap. */
struct cursor {
	size_t record; /* its next PDU or bytes of the target; NOTHING */
	bool closed, reset, bytes; /* by the target; bytes: that are no whole PDU */
	bool gap, ended; /* of the capture: bytes of the target's that are no whole PDU, or its end */
	struct assay_strict_line line;
};

struct walk {
	struct drive *d;
	const struct drive_rest *rest;
	struct drive_beside *out;
	bool within; /* out's difference is within what the claim rests on */
	const struct assay_tap *tap;
	size_t *next; /* of each record: the next one of its connection */
	struct cursor *cursors; /* by link */
	struct assay_strict strict;
};

static bool matters(const struct assay_tap_record *r)
{
	return r->dir == ASSAY_TO_INITIATOR && r->kind != ASSAY_TAP_OPEN;
}

/* The records of each connection, as a list. */
static bool line_up(struct walk *w)
{
	struct drive *d = w->d;
	size_t count = assay_tap_count(w->tap);
	uint32_t most = 0, *link;

	w->next = calloc(count + 1, sizeof(*w->next));
	w->cursors = calloc(d->s->connection_count + 1u, sizeof(*w->cursors));
	for (uint32_t n = 0; n < d->s->connection_count; n++)
		most = d->links[n].begun && d->links[n].number >= most ? d->links[n].number + 1 : most;
	link = malloc((most + 1u) * sizeof(*link));
	if (!w->next || !w->cursors || !link) {
		free(link);
		return false;
	}
	memset(link, 0xff, (most + 1u) * sizeof(*link));
	for (uint32_t n = 0; n < d->s->connection_count; n++) {
		w->cursors[n].record = NOTHING;
		if (d->links[n].begun)
			link[d->links[n].number] = n;
	}
	for (size_t n = count; n-- > 0;) {
		const struct assay_tap_record *r = assay_tap_at(w->tap, n);

		if (r->connection >= most || link[r->connection] == ASSAY_SCRIPT_NONE || !matters(r))
			continue;
		w->next[n] = w->cursors[link[r->connection]].record;
		w->cursors[link[r->connection]].record = n;
	}
	free(link);
	return true;
}

/* The next PDU of the target's on a live connection; NULL: there is none. */
static const struct assay_tap_record *next_pdu(struct walk *w, struct cursor *c)
{
	while (c->record != NOTHING) {
		const struct assay_tap_record *r = assay_tap_at(w->tap, c->record);

		c->record = w->next[c->record];
		if (r->kind == ASSAY_TAP_PDU)
			return r;
		c->bytes |= r->kind == ASSAY_TAP_BYTES;
		c->closed |= r->kind != ASSAY_TAP_BYTES;
		c->reset |= r->kind == ASSAY_TAP_RESET;
	}
	return NULL;
}

/* What stands for a difference: within what the claim rests on, or beyond the capture, or else the first one. */
static void note(struct walk *w, uint32_t item, struct assay_replay_place place,
	const struct assay_replay_differences *differences, bool course, bool beyond)
{
	struct drive_beside *out = w->out;
	bool within = item >= w->rest->first || beyond;

	if (out->differs && (w->within || !within))
		return;
	out->differs = true;
	w->within = within;
	out->item = item;
	out->course = course;
	out->place = place;
	out->differences = *differences;
	if (place.live) {
		out->live = *place.live;
		out->place.live = &out->live;
	}
	if (place.request) {
		out->request = *place.request;
		out->place.request = &out->request;
	}
}

/* pdu: the live one that stands against nothing; NULL: none. beyond: behind all that the capture has. */
static void note_words(struct walk *w, uint32_t item, const char *what, const char *captured,
	const char *live, const struct assay_pdu *pdu, bool beyond)
{
	struct assay_replay_differences differences = { 0 };
	struct assay_replay_place place = drive_place(w->d, item, ASSAY_SCRIPT_NONE);

	if (pdu) {
		place.captured = NULL;
		place.live = pdu;
	}
	assay_replay_differ(&differences, true, what, captured, live);
	note(w, item, place, &differences, true, beyond);
}

/* Does the live tag name a request that went out? */
static bool asked_for(const struct drive *d, uint32_t link, const struct assay_pdu *live, uint32_t itt)
{
	return assay_tags_get(&d->tags, assay_tag_key(d->s->connections[link].session, link,
						live->opcode == ASSAY_LOGIN_RESPONSE, itt)) !=
	       ASSAY_SCRIPT_NONE;
}

static bool names(const struct assay_replay_differences *differences, const char *what)
{
	for (size_t n = 0; n < differences->count; n++)
		if (!strcmp(differences->difference[n].what, what))
			return true;
	return false;
}

/* Is that a number of the session? What it is changes nothing of the session's course. */
static bool is_number(const char *what)
{
	return !strcmp(what, "StatSN") || !strcmp(what, "ExpCmdSN") || !strcmp(what, "MaxCmdSN");
}

/* Is it made of several fields, which are told one by one as well? */
static bool is_whole(const char *what)
{
	return !strcmp(what, "data") || !strcmp(what, "type") || !strcmp(what, "additional headers");
}

/* A rule is about one thing: where something differs that masks let differ, that is it, and the other differences of the PDU are differences like any. */
static void keep_masked(struct assay_replay_differences *all, const struct assay_replay_differences *plain)
{
	struct assay_replay_differences masked = { 0 };

	for (size_t n = 0; n < all->count; n++) {
		const struct assay_replay_difference *d = &all->difference[n];

		if (!names(plain, d->what) && !is_whole(d->what))
			assay_replay_differ(&masked, true, d->what, d->captured, d->live);
	}
	if (masked.count)
		*all = masked;
}

/* May the session go another way for that? */
static bool changes_course(
	struct assay_replay_differences *all, const struct assay_strict_exchange *x, bool by_rule)
{
	const struct assay_replay_exchange exchange = { .captured_request = x->captured_request,
		.live_request = x->live_request,
		.captured_target = x->captured_target,
		.live_target = x->live_target };
	struct assay_replay_differences plain = { 0 };
	bool numbers = true;

	(void)assay_replay_compare(&plain, x->captured, x->live, NULL, &exchange);
	if (by_rule && plain.counting)
		keep_masked(all, &plain);
	for (size_t n = 0; n < all->count; n++)
		numbers = numbers && is_number(all->difference[n].what);
	return by_rule ? plain.counting && names(&plain, all->difference[0].what) : !numbers;
}

static void compare_pdu(struct walk *w, uint32_t item, const struct assay_tap_record *r)
{
	struct drive *d = w->d;
	const struct assay_script_item *i = &d->s->items[item];
	const struct assay_script_connection *connection = &d->s->connections[i->connection];
	struct assay_replay_place place = drive_place(d, item, i->task);
	struct assay_replay_differences differences = { 0 };
	struct assay_pdu live, request;
	struct assay_strict_exchange x = { .captured = &i->pdu, .live = &live };

	if (i->cut || r->kept < r->length) {
		w->out->partial |= item >= w->rest->first;
		return;
	}
	if (assay_pdu_decode(&live, r->bytes, r->kept, r->digests) < 0)
		assay_pdu_decode_bhs(&live, r->bytes);
	if (i->task != ASSAY_SCRIPT_NONE) {
		assay_pdu_decode_bhs(&request, d->tasks[i->task].header);
		x.captured_request = &d->s->items[d->s->tasks[i->task].request].pdu;
		place.request = x.live_request = &request;
	}
	x.itt = assay_tag_turn(live.itt, d->turn);
	x.stray = i->task == ASSAY_SCRIPT_NONE && !asked_for(d, i->connection, &live, x.itt) &&
		  (i->pdu.itt == ASSAY_TAG_RESERVED) == (live.itt == ASSAY_TAG_RESERVED);
	x.isid[0] = d->s->sessions[connection->session].isid;
	x.isid[1] = d->sessions[connection->session].isid;
	x.lun_mapped = d->lun_mapped;
	x.captured_lun = d->captured_lun;
	x.live_lun = d->o->lun;
	x.captured_target = d->captured_target[0] ? d->captured_target : NULL;
	x.live_target = d->o->names.target_name;
	place.live = &live;
	if (assay_strict_compare(&differences, &w->strict, &w->cursors[i->connection].line, &x)) {
		bool course = changes_course(&differences, &x, w->rest->by_rule);

		note(w, item, place, &differences, course, false);
	}
}

static void walk_item(struct walk *w, uint32_t item)
{
	const struct assay_script_item *i = &w->d->s->items[item];
	struct cursor *c = &w->cursors[i->connection];
	const struct assay_tap_record *r;
	char brief[160];

	if (i->dir != ASSAY_TO_INITIATOR || i->kind == ASSAY_SCRIPT_OPEN)
		return;
	if (i->kind != ASSAY_SCRIPT_PDU) {
		c->gap |= i->kind == ASSAY_SCRIPT_GAP;
		c->ended |= i->kind != ASSAY_SCRIPT_GAP && i->end_known;
		return;
	}
	r = next_pdu(w, c);
	if (r) {
		compare_pdu(w, item, r);
		return;
	}
	assay_listing_brief(brief, sizeof(brief), &i->pdu);
	note_words(w, item, "PDU", brief, c->closed ? "none, the target closed" : "none", NULL, false);
}

/* The last item of a connection up to the claim. */
static uint32_t last_of(const struct walk *w, uint32_t link)
{
	uint32_t n = w->rest->point;

	while (n && w->d->s->items[n].connection != link)
		n--;
	return n;
}

/* What is live beyond the capture, and how each connection ended. What the test did not wait for says nothing. */
static void walk_end(struct walk *w, uint32_t link)
{
	const struct drive *d = w->d;
	uint32_t point = last_of(w, link);
	struct cursor *c = &w->cursors[link];
	const struct assay_tap_record *r;
	struct assay_pdu pdu;
	char brief[160];

	if (!d->links[link].begun || d->s->connections[link].opened > w->rest->point)
		return;
	r = next_pdu(w, c);
	if (!w->rest->waited && !(c->ended && !c->closed))
		return;
	if (r) {
		if (assay_pdu_decode(&pdu, r->bytes, r->kept, r->digests) < 0)
			assay_pdu_decode_bhs(&pdu, r->bytes);
		assay_listing_brief(brief, sizeof(brief), &pdu);
		note_words(w, point, "PDU", "none", brief, &pdu, true);
	} else if (c->bytes != c->gap) {
		note_words(w, point, "bytes that are no whole PDU", c->gap ? "some" : "none",
			c->bytes ? "some" : "none", NULL, true);
	} else if (c->closed != c->ended && !d->links[link].over) {
		note_words(w, point, "connection", c->ended ? "closed by the target" : "open",
			c->closed ? "closed by the target" : "open", NULL, true);
	}
}

int drive_put_beside(struct drive_beside *out, struct drive *d, const struct drive_rest *rest)
{
	struct walk *w = calloc(1, sizeof(*w));
	uint32_t own = d->s->items[rest->point].connection;
	bool there = false;

	*out = (struct drive_beside){ 0 };
	if (w) {
		*w = (struct walk){ .d = d, .rest = rest, .out = out, .tap = d->o->config->tap };
		there = line_up(w);
		for (uint32_t n = 0; there && n <= rest->point; n++)
			walk_item(w, n);
		if (there) /* first: what stands for the claim is rather there */
			walk_end(w, own);
		for (uint32_t n = 0; there && n < d->s->connection_count; n++)
			if (n != own)
				walk_end(w, n);
		free(w->next);
		free(w->cursors);
	}
	free(w);
	return there ? 0 : ASSAY_E_NOMEM;
}
