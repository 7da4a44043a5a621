/* campaign.c - the loop; see campaign.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "campaign/campaign_internal.h"
#include "runner/command.h"

#define TELL_EVERY (ASSAY_SECOND / 10)
#define SAVE_EVERY ASSAY_SECOND

/* A seed that no other campaign of today has. */
static uint64_t fresh_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec) & 0xffffffff;
}

int assay_campaign_new(
	struct assay_campaign **out, const struct assay_campaign_options *options, struct assay_error *err)
{
	struct assay_campaign *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	if (!c)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	c->options = *options;
	c->journal.fd = -1;
	c->status.seed = options->seed_said ? options->seed : fresh_seed();
	snprintf(c->folder, sizeof(c->folder), "%s/findings", options->folder);
	r = assay_findings_init(&c->findings);
	if (!r)
		r = assay_growth_init(&c->growth);
	if (!r)
		r = assay_schedule_init(
			&c->schedule, 0, options->shard, options->shards, options->no_children);
	if (r)
		assay_error_set(err, r, "out of memory");
	if (!r)
		r = assay_campaign_read(c, err);
	c->schedule.seed = c->status.seed;
	if (r < 0)
		assay_campaign_free(c);
	else
		*out = c;
	return r < 0 ? r : 0;
}

void assay_campaign_free(struct assay_campaign *c)
{
	if (!c)
		return;
	assay_journal_close(&c->journal);
	assay_schedule_free(&c->schedule);
	assay_findings_free(&c->findings);
	assay_growth_free(&c->growth);
	free(c);
}

const struct assay_campaign_status *assay_campaign_status(const struct assay_campaign *c)
{
	return &c->status;
}

const struct assay_findings *assay_campaign_findings(const struct assay_campaign *c)
{
	return &c->findings;
}

void assay_campaign_count(struct assay_campaign *c)
{
	struct assay_campaign_status *s = &c->status;
	struct assay_state_graph *graph = c->rig && c->rig->states ? c->rig->states(c->rig->payload) : NULL;
	double seconds = (double)(assay_command_clock() - c->begun) / 1e9;

	s->seconds = c->seconds_before + seconds;
	s->rate = seconds > 0 ? (double)(s->cases - s->resumed) / seconds : 0;
	s->states = graph ? assay_state_graph_states(graph) : 0;
	s->edges = graph ? assay_state_graph_edges(graph) : 0;
	s->code = c->rig && c->rig->code ? c->rig->code(c->rig->payload, &s->code_of) : 0;
	s->kept = c->schedule.count;
	s->more = c->findings.more;
	s->restarts = c->rig && c->rig->starts ? c->rig->starts(c->rig->payload) - c->starts : 0;
	s->findings = s->unsure = 0;
	for (unsigned i = 0; i < c->findings.count; i++)
		*(assay_finding_sure(&c->findings.found[i]) ? &s->findings : &s->unsure) += 1;
}

static void checkpoint(struct assay_campaign *c)
{
	const struct assay_campaign_status *s = &c->status;

	assay_campaign_count(c);
	assay_journal_checkpoint(
		&c->journal, s->next, s->cases, s->states, s->edges, s->findings, s->seconds);
}

/* Tells and saves, when it is time. */
static void housekeeping(struct assay_campaign *c)
{
	uint64_t now = assay_command_clock();

	if (now - c->saved >= SAVE_EVERY) {
		checkpoint(c);
		c->saved = now;
	}
	if (now - c->told >= TELL_EVERY && c->options.progress) {
		assay_campaign_count(c);
		c->options.progress(c->options.payload, &c->status);
		c->told = now;
	}
}

/* Has memory grown, and is it one case's doing? */
static int look_at_growth(struct assay_campaign *c, struct assay_error *err)
{
	struct assay_case_name name;
	struct assay_judged judged;
	const struct assay_trier trier = assay_campaign_trier(c);
	int r = assay_growth_find(&judged, &name, &c->growth, &trier, err);

	return r == 1 ? assay_campaign_take(c, &name, &judged, err) : r;
}

/* After which the target had to be started again, or should be: such a case gets no children. */
static bool is_fault(const struct assay_judged *judged)
{
	switch (judged->played.outcome) {
	case ASSAY_OUTCOME_OK:
	case ASSAY_OUTCOME_RULE:
	case ASSAY_OUTCOME_SLOW: return false;
	default: return true;
	}
}

/* Plays one. The journal has all that it brought when this returns. */
static int play(struct assay_campaign *c, const struct assay_case_id *id, int parent, struct assay_error *err)
{
	const struct assay_case_name name = { .id = *id };
	struct assay_judged judged = { 0 };
	int r = c->rig->play(c->rig->payload, &judged, &name, err), taken = 0;
	bool fault = is_fault(&judged), new = judged.played.new_edges && !fault;

	c->gone = r < 0;
	c->status.cases++;
	c->status.last_new++;
	assay_schedule_note(&c->schedule, parent, fault, new);
	if (assay_finding_keys(&judged))
		taken = assay_campaign_take(c, &name, &judged, err);
	if (new && !c->options.no_children) {
		assay_schedule_keep(&c->schedule, id);
		assay_journal_kept(&c->journal, id, judged.played.new_edges);
		c->status.last_new = 0;
	}
	c->late[c->late_count++ % ASSAY_SUSPECTS] = *id;
	if (r >= 0 && taken >= 0 && assay_growth_note(&c->growth, c->rig, id))
		taken = look_at_growth(c, err);
	return r < 0 ? r : taken;
}

/* What was kept before makes the graph what it was. */
static int play_kept(struct assay_campaign *c, struct assay_error *err)
{
	const struct assay_trier trier = assay_campaign_trier(c);
	int r = 0;

	for (unsigned n = 0; n < c->schedule.count && r >= 0 && !assay_trier_ended(&trier); n++) {
		const struct assay_case_name name = { .id = c->schedule.kept[n].id };
		struct assay_judged judged;

		r = c->rig->play(c->rig->payload, &judged, &name, err);
		if (r >= 0 && assay_finding_keys(&judged))
			r = assay_campaign_take(c, &name, &judged, err);
		housekeeping(c);
	}
	return r;
}

/* Is this the end? Sets why. */
static bool ended(struct assay_campaign *c)
{
	const struct assay_campaign_options *o = &c->options;

	if (o->stop && *o->stop)
		c->why = "interrupted";
	else if (o->max_time && assay_command_clock() - c->begun >= o->max_time)
		c->why = "max-time";
	else if (c->journal.failed)
		c->why = "disk";
	else
		return (o->cases && c->status.next >= o->cases) || c->status.next == UINT32_MAX;
	return true;
}

static int play_all(struct assay_campaign *c, struct assay_error *err)
{
	int r = play_kept(c, err);

	while (r >= 0 && !ended(c)) {
		struct assay_case_id id;
		int parent;

		if (assay_schedule_has(&c->schedule, c->status.next)) {
			assay_schedule_pick(&id, &parent, &c->schedule, c->status.next);
			r = play(c, &id, parent, err);
		}
		c->status.next++;
		housekeeping(c);
	}
	return r;
}

/* The first that applies, in the order of docs/architecture.md: 5, 6, interrupted, 7, 8, 4, 0. */
static int exit_of(const struct assay_campaign *c, int r)
{
	if (c->journal.failed || (r < 0 && assay_err_is_ours(r)))
		return ASSAY_EXIT_HARNESS;
	if (c->options.stop && *c->options.stop)
		return 128 + *c->options.stop;
	if (r < 0)
		return ASSAY_EXIT_CRASH;
	if (c->why)
		return ASSAY_EXIT_MAX_TIME;
	if (c->status.findings)
		return ASSAY_EXIT_FINDINGS;
	return c->status.cases ? ASSAY_EXIT_OK : ASSAY_EXIT_NOTHING;
}

static void note_known(struct assay_campaign *c)
{
	const struct assay_rule *const *known = NULL;
	unsigned count = 0;

	if (c->rig->known)
		known = c->rig->known(c->rig->payload, &count);
	c->status.known = count;
	for (unsigned i = 0; i < count && !c->status.cases; i++)
		assay_journal_known(&c->journal, known[i]);
}

int assay_campaign_run(struct assay_campaign *c, const struct assay_rig *rig, struct assay_error *err)
{
	int r, written;

	c->rig = rig;
	c->begun = c->saved = assay_command_clock();
	c->starts = rig->starts ? rig->starts(rig->payload) : 0;
	note_known(c);
	r = play_all(c, err);
	if (r < 0) /* what is interrupted does not come back, either */
		c->why = c->options.stop && *c->options.stop ? "interrupted"
			 : assay_err_is_ours(r)              ? "fault"
							     : "crash";
	checkpoint(c);
	assay_journal_stopped(&c->journal, c->why ? c->why : "done");
	if (c->options.progress)
		c->options.progress(c->options.payload, &c->status);
	written = assay_campaign_summary(c, err);
	if (c->journal.failed)
		assay_error_set(err, ASSAY_E_IO, "%.150s/" ASSAY_JOURNAL ": %s", c->options.folder,
			strerror(c->journal.failed));
	return exit_of(c, written < 0 ? written : r);
}
