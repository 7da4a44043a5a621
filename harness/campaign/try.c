/* try.c - see try.h. */
#include "campaign/try.h"

#include "campaign/growth.h"
#include "campaign/minimize.h"
#include "runner/command.h"

#define QUESTIONS 512 /* of a minimiser */

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

		found->tried++;
		if (assay_finding_shows(&judged, found->key)) {
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

static int still(void *payload, const struct assay_case_cut *cut)
{
	struct question *q = payload;
	const struct assay_case_name name = { q->found->name.id, *cut };
	bool memory = q->found->judged.played.outcome == ASSAY_OUTCOME_MEMORY;
	struct assay_judged judged = { 0 };
	int r;

	if (assay_trier_ended(q->trier))
		return 0;
	r = assay_try(&judged, q->trier, &name, memory, q->err);
	return r < 0 ? r : assay_finding_shows(&judged, q->found->key);
}

int assay_try_less(struct assay_case_name *out, const struct assay_found *found, const struct assay_trier *t,
	struct assay_error *err)
{
	struct question q = { found, t, err };
	unsigned steps, changes;

	*out = found->name;
	t->rig->size(t->rig->payload, &steps, &changes, &found->name);
	return assay_minimize(&out->cut, steps, changes, QUESTIONS, still, &q);
}
