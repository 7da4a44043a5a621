/*
 * drive_claims.c - the claims that a test's capture tells to have failed: where each failed, whether the live target did the same up to there, and what of the differences is only that it no longer
 * does. A claim follows from what a test was told; so it fails again where all of that is the same again, by strict.h, on every connection, silence and ends included.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/drive.h"

#define QUIET (10 * ASSAY_MILLISECOND) /* without a PDU: somebody waited for one */

/* ---- where they stand ---- */

/* The last item before the claim failed: the one that tells it, and ends by the target and bytes that came behind it and before the claim. */
static uint32_t point_of(const struct assay_script *s, const struct assay_script_claim *c)
{
	uint32_t n = c->item;

	while (n + 1 < s->item_count && c->claim.at > s->items[c->item].mark) {
		const struct assay_script_item *next = &s->items[n + 1];
		bool before = next->kind == ASSAY_SCRIPT_GAP || next->kind == ASSAY_SCRIPT_PART ||
			      next->kind == ASSAY_SCRIPT_FIN || (next->mark && next->mark <= c->claim.at);

		if (next->kind == ASSAY_SCRIPT_CLOSE || next->kind == ASSAY_SCRIPT_RESET)
			before = next->end_known && next->dir == ASSAY_TO_INITIATOR;
		if (!before)
			break;
		n++;
	}
	return n;
}

/* The first item that it rests on. */
static uint32_t first_of(const struct assay_script *s, const struct assay_script_claim *c)
{
	uint32_t n = c->item;

	while (n && (!s->items[n - 1].mark || s->items[n - 1].mark >= c->claim.since))
		n--;
	return n;
}

void drive_claims_prepare(struct drive *d)
{
	for (uint32_t n = 0; n < d->s->claim_count; n++)
		d->claims[n] = (struct drive_claim){ .first = first_of(d->s, &d->s->claims[n]),
			.point = point_of(d->s, &d->s->claims[n]) };
}

/* ---- telling ---- */

static void tell(struct drive *d, uint32_t n, enum assay_replay_outcome outcome, const char *why,
	const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	struct assay_replay_verdict v = {
		.claim = &d->s->claims[n].claim,
		.outcome = outcome,
		.why = why,
		.at = drive_place(d, d->s->claims[n].item, ASSAY_SCRIPT_NONE),
		.place = place,
		.differences = differences,
	};

	d->claims[n].outcome = (uint8_t)outcome;
	d->out->claims++;
	d->out->reproduced += outcome == ASSAY_REPLAY_REPRODUCED;
	d->out->not_reproduced += outcome == ASSAY_REPLAY_NOT_REPRODUCED;
	d->claims[n].told = true;
	if (d->o->verdict)
		d->o->verdict(d->o->payload, &v);
}

/* ---- what is no longer as a claim has it ---- */

static uint32_t session_of(const struct drive *d, uint32_t item)
{
	return d->s->connections[d->s->items[item].connection].session;
}

/* A status is the same in a Data-In and in a SCSI Response. */
static uint8_t opcode_of(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];

	return i->kind != ASSAY_SCRIPT_PDU      ? 0
	       : i->pdu.opcode == ASSAY_DATA_IN ? ASSAY_SCSI_RESPONSE
						: i->pdu.opcode;
}

static bool has_kind(const struct drive *d, uint32_t item, const struct assay_replay_differences *differences)
{
	for (size_t n = 0; n < differences->count; n++)
		for (size_t k = 0; k < d->kind_count; k++)
			if (d->kinds[k].opcode == opcode_of(d, item) &&
				!strcmp(d->kinds[k].what, differences->difference[n].what))
				return true;
	return false;
}

static void note_kinds(struct drive *d, uint32_t item, const struct assay_replay_differences *differences)
{
	for (size_t n = 0; n < differences->count && d->kind_count < DRIVE_KINDS; n++) {
		struct drive_kind *kind = &d->kinds[d->kind_count++];

		kind->opcode = opcode_of(d, item);
		memcpy(kind->what, differences->difference[n].what, sizeof(kind->what));
	}
}

static bool by_rule(const struct drive *d, uint32_t n)
{
	return d->s->claims[n].claim.rule[0] != '\0';
}

static bool rests_on(const struct drive *d, uint32_t n, uint32_t item)
{
	return !d->claims[n].told && item >= d->claims[n].first && item <= d->claims[n].point;
}

static bool is_only(const struct assay_replay_differences *differences, const char *what)
{
	return differences->count == 1 && !strcmp(differences->difference[0].what, what);
}

/* Is there nothing on one side? That displaces all that comes behind it in its session. */
static bool is_missing(const struct drive_held *h)
{
	return !h->place.live || is_only(&h->differences, "answer");
}

/* Is a difference the same as what stands for a claim that is not reproduced, or its cause? Of the same PDU or task; or something that came on one side only. */
static bool explains(const struct drive *d, const struct drive_held *h, uint32_t item, bool rule)
{
	uint32_t task = d->s->items[item].task;

	if (h->item == item)
		return !rule;
	return (task != ASSAY_SCRIPT_NONE && d->s->items[h->item].task == task) ||
	       (!rule && is_missing(h) && session_of(d, h->item) == session_of(d, item));
}

static void let_go(struct drive *d, size_t n, bool follows)
{
	struct drive_held *h = d->held[n];

	for (size_t i = n + 1; i < d->held_count; i++)
		d->held[i - 1] = d->held[i];
	d->held_count--;
	drive_tell_now(d, &h->place, &h->differences, follows);
	free(h->bytes);
	free(h);
}

/* Does a claim lie ahead of an item that is not judged yet? */
static bool is_ahead(const struct drive *d, uint32_t item)
{
	for (uint32_t n = 0; n < d->s->claim_count; n++)
		if (!d->claims[n].told && item <= d->claims[n].point)
			return true;
	return d->claim_awaited;
}

/* Those that no claim lies ahead of any more are differences like any other. */
static void let_go_all(struct drive *d)
{
	for (size_t n = 0; n < d->held_count;) {
		if (is_ahead(d, d->held[n]->item))
			n++;
		else
			let_go(d, n, false);
	}
}

static void not_reproduced(struct drive *d, uint32_t n, uint32_t item, bool course,
	const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	tell(d, n, ASSAY_REPLAY_NOT_REPRODUCED, NULL, place, differences);
	note_kinds(d, item, differences);
	for (size_t h = 0; h < d->held_count;) {
		const struct drive_held *held = d->held[h];
		bool same = explains(d, held, item, by_rule(d, n) && !course);

		course |= same && is_missing(held);
		if (same)
			note_kinds(d, held->item, &held->differences);
		if (same || has_kind(d, held->item, &held->differences))
			let_go(d, h, true);
		else
			h++;
	}
	d->sessions[session_of(d, item)].excused |= course;
	let_go_all(d);
}

static bool hold(struct drive *d, uint32_t item, const struct assay_replay_place *place,
	const struct assay_replay_differences *differences)
{
	struct drive_held *h = d->held_count < DRIVE_HELD ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return false;
	h->item = item;
	h->place = *place;
	h->differences = *differences;
	if (place->request) {
		h->request = *place->request;
		h->place.request = &h->request;
	}
	if (place->live) {
		h->bytes = malloc(place->live->wire_length);
		if (!h->bytes) {
			free(h);
			return false;
		}
		memcpy(h->bytes, place->live->wire, place->live->wire_length);
		if (assay_pdu_decode(&h->live, h->bytes, place->live->wire_length, place->live->digests) < 0)
			assay_pdu_decode_bhs(&h->live, h->bytes);
		h->place.live = &h->live;
	}
	d->held[d->held_count++] = h;
	return true;
}

bool drive_claims_rest_on(const struct drive *d, uint32_t item)
{
	for (uint32_t n = 0; n < d->s->claim_count; n++)
		if (!by_rule(d, n) && rests_on(d, n, item))
			return true;
	return false;
}

void drive_claims_tell(struct drive *d, uint32_t item, struct assay_replay_place *place,
	struct assay_replay_differences *differences)
{
	bool taken = false;

	if (!differences->counting) {
		drive_tell_now(d, place, differences, false);
		return;
	}
	/* What came sooner than in the capture may be what the test did not read sooner. */
	for (uint32_t n = 0; n < d->s->claim_count; n++)
		if (!by_rule(d, n) && rests_on(d, n, item) && !is_only(differences, "order")) {
			not_reproduced(d, n, item, true, place, differences);
			taken = true;
		}
	if (taken)
		return;
	if (d->sessions[session_of(d, item)].excused || has_kind(d, item, differences))
		drive_tell_now(d, place, differences, true);
	else if (!is_ahead(d, item) || !hold(d, item, place, differences))
		drive_tell_now(d, place, differences, false);
}

void drive_claims_free(struct drive *d)
{
	while (d->held_count) {
		struct drive_held *h = d->held[--d->held_count];

		free(h->bytes);
		free(h);
	}
}

/* ---- at the claim ---- */

struct count_wait {
	uint32_t link;
	uint64_t count;
};

static bool has_received(struct drive *d, const void *what)
{
	const struct count_wait *w = what;

	return d->links[w->link].received >= w->count;
}

/* Nanoseconds without a PDU behind an item. */
static uint64_t silence_at(const struct drive *d, uint32_t item)
{
	const struct assay_script_item *i = &d->s->items[item];

	return item + 1 < d->s->item_count && i[1].time > i->time ? i[1].time - i->time : 0;
}

/* All that the capture has up to the claim; and where nothing came for a while then, nothing more for as long. */
static void await_claim(struct drive *d, uint32_t point)
{
	const struct assay_script *s = d->s;
	uint64_t patience = d->patience, silence = silence_at(d, point);

	for (uint32_t n = 0; n < d->open_count && !drive_stopped(d); n++) {
		struct count_wait wait = { d->open[n], 0 };

		for (uint32_t i = s->connections[wait.link].opened; i <= point; i++)
			wait.count += s->items[i].connection == wait.link &&
				      s->items[i].kind == ASSAY_SCRIPT_PDU &&
				      s->items[i].dir == ASSAY_TO_INITIATOR;
		if (!drive_wait(d, wait.link, ASSAY_SCRIPT_NONE, has_received, &wait) || !silence)
			continue;
		wait.count++;
		d->patience = silence < patience ? silence : patience;
		(void)drive_wait(d, wait.link, ASSAY_SCRIPT_NONE, has_received, &wait);
		d->patience = patience;
		silence = 0; /* the others were silent meanwhile, too */
	}
	drive_take_all(d);
}

/* Why it cannot be told; NULL: it can. */
static const char *why_undecided(const struct drive *d)
{
	const struct assay_replayed *out = d->out;

	if (out->writes || out->disruptive || out->write_data || out->cut)
		return "something before it was left out";
	if (assay_tap_dropped(d->o->config->tap))
		return "more was said than is kept";
	return NULL;
}

static void judge(struct drive *d, uint32_t n)
{
	const struct drive_claim *c = &d->claims[n];
	const struct drive_rest rest = { c->first, c->point, silence_at(d, c->point) >= QUIET,
		by_rule(d, n) };
	struct drive_beside *b = malloc(sizeof(*b));

	if (!b || drive_put_beside(b, d, &rest) < 0)
		d->fault = ASSAY_E_NOMEM;
	else if (rest.by_rule && b->differs && !b->place.live)
		tell(d, n, ASSAY_REPLAY_UNDECIDED, "the PDU that it is about did not come", NULL, NULL);
	else if (b->differs)
		not_reproduced(d, n, b->item, b->course, &b->place, &b->differences);
	else if (b->partial)
		tell(d, n, ASSAY_REPLAY_UNDECIDED, "not all that it rests on was kept", NULL, NULL);
	else
		tell(d, n, ASSAY_REPLAY_REPRODUCED, NULL, NULL, NULL);
	let_go_all(d);
	free(b);
}

void drive_claims_reached(struct drive *d, uint32_t item)
{
	bool awaited = false;

	for (uint32_t n = 0; n < d->s->claim_count && !drive_stopped(d); n++) {
		const struct drive_claim *c = &d->claims[n];
		const char *why;

		if (c->told || c->point != item)
			continue;
		why = why_undecided(d);
		if (why) {
			tell(d, n, ASSAY_REPLAY_UNDECIDED, why, NULL, NULL);
			let_go_all(d);
			continue;
		}
		if (!awaited) {
			d->claim_awaited = true;
			drive_await_due(d);
			await_claim(d, item);
			d->claim_awaited = false;
			awaited = true;
		}
		if (!c->told && !drive_stopped(d))
			judge(d, n);
	}
	if (awaited)
		let_go_all(d);
}

void drive_claims_end(struct drive *d)
{
	for (uint32_t n = 0; n < d->s->claim_count; n++)
		if (!d->claims[n].told)
			tell(d, n, ASSAY_REPLAY_UNDECIDED, "it was not played to there", NULL, NULL);
	let_go_all(d);
}
