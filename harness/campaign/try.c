/* try.c - see try.h. */
#include "campaign/try.h"

#include "campaign/growth.h"
#include "campaign/minimize.h"
#include "runner/command.h"

#define QUESTIONS 1024 /* of a minimiser */
/* Times that each is asked until it does it: a busy machine may hide once what always comes, and what did not always come need not come at once. */
#define SURE      2
#define UNSURE    4

bool assay_trier_ended(const struct assay_trier *t)
{
	return (t->stop && *t->stop) || (t->until && assay_command_clock() >= t->until);
}

int assay_try(struct assay_judged *out, const struct assay_trier *t, const struct assay_case_name *name,
	bool memory, struct assay_error *err)
{
	int r = memory ? assay_growth_measure(out, t, name, err)
		       : t->rig->play(t->rig->payload, out, name, err);

	return r < 0 ? r : 0;
}

int assay_try_again(struct assay_found *found, struct assay_judged *last, const struct assay_trier *t,
	unsigned times, struct assay_error *err)
{
	bool memory = found->judged.played.outcome == ASSAY_OUTCOME_MEMORY;

	for (unsigned n = 0; n < times && !assay_trier_ended(t); n++) {
		struct assay_judged judged = { 0 };
		int r = assay_try(&judged, t, &found->name, memory, err);
		bool shows = assay_finding_shows(&judged, found->key);

		if (!shows && assay_trier_ended(t))
			return r < 0 ? r : 0; /* it was not let come to its end */
		found->tried++;
		if (shows) {
			found->repeats++;
			if (last)
				*last = judged;
		} else if (t->other && assay_finding_keys(&judged)) {
			int taken = t->other(t->payload, &found->name, &judged, err);

			r = r < 0 ? r : taken;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

struct question {
	const struct assay_found *found;
	const struct assay_trier *trier;
	struct assay_error *err;
};

static int ask_once(struct question *q, const struct assay_case_cut *cut)
{
	const struct assay_case_name name = { q->found->name.id, *cut };
	bool memory = q->found->judged.played.outcome == ASSAY_OUTCOME_MEMORY, shows;
	struct assay_judged judged = { 0 };
	int r = assay_trier_ended(q->trier) ? ASSAY_E_TIMEOUT
					    : assay_try(&judged, q->trier, &name, memory, q->err);

	if (r < 0)
		return r;
	shows = assay_finding_shows(&judged, q->found->key);
	return !shows && assay_trier_ended(q->trier) ? ASSAY_E_TIMEOUT : shows;
}

/* Memory is measured over so many plays that once is enough. */
static unsigned times_of(const struct assay_found *found)
{
	if (found->judged.played.outcome == ASSAY_OUTCOME_MEMORY)
		return 1;
	return found->repeats < found->tried ? UNSURE : SURE;
}

static int still(void *payload, const struct assay_case_cut *cut)
{
	struct question *q = payload;
	unsigned times = times_of(q->found);
	int r = 0;

	while (!r && times-- > 0)
		r = ask_once(q, cut);
	return r;
}

static const struct assay_change_bounds *bounds(void *payload)
{
	const struct assay_rig *rig = ((struct question *)payload)->trier->rig;

	return rig->bounds(rig->payload);
}

static void progress(void *payload, const struct assay_case_cut *best, unsigned asked)
{
	const struct question *q = payload;
	const struct assay_case_name name = { q->found->name.id, *best };

	if (q->trier->progress)
		q->trier->progress(q->trier->payload, &name, asked);
}

int assay_try_less(struct assay_case_name *out, const struct assay_found *found, const struct assay_trier *t,
	struct assay_error *err)
{
	struct question q = { found, t, err };
	struct assay_case_shape shape;
	const struct assay_minimize m = { .shape = &shape,
		.questions = QUESTIONS,
		.still = still,
		.bounds = t->rig->bounds ? bounds : NULL,
		.progress = progress,
		.payload = &q };

	*out = found->name;
	t->rig->shape(t->rig->payload, &shape, &found->name);
	return assay_minimize(&out->cut, &m);
}
