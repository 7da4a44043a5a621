/* campaign_found.c - what becomes of a case that shows something: new keys get a folder, a line and ten repetitions; known ones are counted. */
#include <string.h>

#include "campaign/campaign_internal.h"

#define DEPTH_MOST 2 /* findings found while another was repeated, that are repeated themselves */
#define SLOW_TRIES 3 /* a slow answer must come again, or it was the machine's doing */

/* A repetition that ends in another way is a finding like any other. */
static int take_other(void *payload, const struct assay_case_name *name, const struct assay_judged *judged,
	struct assay_error *err)
{
	return assay_campaign_take(payload, name, judged, err);
}

struct assay_trier assay_campaign_trier(struct assay_campaign *c)
{
	const struct assay_campaign_options *o = &c->options;

	return (struct assay_trier){ .rig = c->rig,
		.stop = o->stop,
		.until = o->max_time ? c->begun + o->max_time : 0,
		.other = take_other,
		.payload = c };
}

/* 1, 2, 4, 8 …: a flood leaves few lines. */
static bool worth_a_line(uint64_t count)
{
	return !(count & (count - 1));
}

static void tell(struct assay_campaign *c, const struct assay_found *found, bool again)
{
	if (c->options.found)
		c->options.found(c->options.payload, found, again);
}

/* It did not do it again: was it one of those before it? A process takes a moment to end, and an answer to get lost. */
static int suspect(struct assay_campaign *c, struct assay_found *found, struct assay_error *err)
{
	const struct assay_trier trier = assay_campaign_trier(c);
	uint64_t count = c->late_count < ASSAY_SUSPECTS ? c->late_count : ASSAY_SUSPECTS;

	for (uint64_t n = 1; n <= count && !assay_trier_ended(&trier); n++) {
		struct assay_case_name name = { .id = c->late[(c->late_count - n) % ASSAY_SUSPECTS] };
		struct assay_judged judged = { 0 };
		int r = assay_try(&judged, &trier, &name, false, err);

		if (judged.ended == found->judged.ended &&
			judged.played.outcome == found->judged.played.outcome) {
			found->name = name;
			found->judged = judged;
			found->repeats++;
		}
		if (r < 0 || found->repeats)
			return r;
	}
	return 0;
}

/* Ten times more. The evidence is the first one's, unless another case turns out to be the one. */
static int repeat(struct assay_campaign *c, struct assay_found *found, struct assay_error *err)
{
	const struct assay_trier trier = assay_campaign_trier(c);
	int r = assay_try_again(found, NULL, &trier, ASSAY_REPEATS, err);

	if (r < 0 || found->repeats || found->judged.played.outcome == ASSAY_OUTCOME_MEMORY)
		return r;
	r = suspect(c, found, err);
	if (r >= 0 && found->repeats)
		r = assay_finding_write(c->folder, found->key, found, c->rig, &c->options.context, err);
	return r;
}

/* A new key: what must not be lost first. NULL in *out: there is no room. */
static int take_new(struct assay_campaign *c, struct assay_found **out, const struct assay_found *first,
	struct assay_error *err)
{
	int r;

	*out = assay_findings_add(&c->findings, first);
	if (!*out) {
		c->findings.more++;
		return 0;
	}
	r = assay_finding_write(c->folder, (*out)->key, *out, c->rig, &c->options.context, err);
	if (r < 0)
		return r;
	assay_journal_finding(&c->journal, *out);
	c->status.last_new = 0;
	tell(c, *out, false);
	return 0;
}

/* And then what takes long. */
static int repeat_new(struct assay_campaign *c, struct assay_found *found, struct assay_error *err)
{
	int r, kept;

	if (c->gone || c->depth >= DEPTH_MOST)
		return 0;
	c->depth++;
	r = repeat(c, found, err);
	c->depth--;
	kept = assay_finding_update(c->folder, found->key, found, NULL, &c->options.context, err);
	assay_journal_repeats(&c->journal, found);
	tell(c, found, true);
	return r < 0 ? r : kept;
}

/* Is it slow again, or was the machine busy? 1, 0, or a negative error. */
static int slow_again(struct assay_campaign *c, struct assay_found *found, struct assay_error *err)
{
	const struct assay_trier trier = assay_campaign_trier(c);
	struct assay_found again = *found;
	int r = assay_try_again(&again, &found->judged, &trier, SLOW_TRIES, err);

	return r < 0 ? r : again.repeats > 0;
}

/* *new: what was found, NULL where it is not new. */
static int take_key(struct assay_campaign *c, struct assay_found **new, const struct assay_case_name *name,
	const struct assay_judged *judged, unsigned nth, struct assay_error *err)
{
	struct assay_found first = { .name = *name, .count = 1, .at = c->status.cases }, *known;
	int r;

	*new = NULL;
	assay_finding_take(&first, judged, nth);
	known = assay_findings_get(&c->findings, first.key);
	if (known) {
		if (worth_a_line(++known->count))
			assay_journal_again(&c->journal, known);
		return 0;
	}
	if (judged->played.outcome == ASSAY_OUTCOME_SLOW) {
		r = slow_again(c, &first, err);
		if (r <= 0)
			return r;
	}
	return take_new(c, new, &first, err);
}

int assay_campaign_take(struct assay_campaign *c, const struct assay_case_name *name,
	const struct assay_judged *judged, struct assay_error *err)
{
	struct assay_found *new[ASSAY_PLAYED_RULES];
	unsigned count = assay_finding_keys(judged);
	int r = 0;

	count = count < ASSAY_PLAYED_RULES ? count : ASSAY_PLAYED_RULES;
	for (unsigned n = 0; n < count && r >= 0; n++)
		r = take_key(c, &new[n], name, judged, n, err);
	for (unsigned n = 0; n < count && r >= 0; n++)
		if (new[n])
			r = repeat_new(c, new[n], err);
	return r;
}
