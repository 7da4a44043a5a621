/*
 * case.c - cases from ids: a scenario is drawn, changes are drawn, and children differ from their parents by a little. Each number of a path seeds its own
 * sequence together with those before it, so that a case needs nothing but its id. No allocation, no I/O.
 */
#include "campaign/case.h"

#include <string.h>

#include "campaign/mutate.h"
#include "campaign/scenarios.h"

#define CHANGES_MOST  6 /* of a base case */
#define EXTEND_ONE_IN 4 /* base cases that go on with another scenario */
#define TAGS_APART    16 /* ITTs of a scenario stay below */

unsigned assay_scenario_count(void)
{
	return assay_scenario_total;
}

const char *assay_scenario_name(unsigned scenario)
{
	return scenario < assay_scenario_total ? assay_scenarios[scenario].name : NULL;
}

/* ---- steps ---- */

static void begin_with(struct assay_case *c, const struct assay_scenario *s)
{
	c->scenario = s->name;
	c->own_steps = s->count;
	memcpy(c->steps, s->steps, s->count * sizeof(s->steps[0]));
	c->step_count = s->count;
}

static const struct assay_scenario *draw_scenario(struct assay_random *r)
{
	unsigned total = 0, n = 0, at;

	for (unsigned i = 0; i < assay_scenario_total; i++)
		total += assay_scenarios[i].weight;
	for (at = assay_random_below(r, total); at >= assay_scenarios[n].weight; n++)
		at -= assay_scenarios[n].weight;
	return &assay_scenarios[n];
}

static const struct assay_scenario *scenario_of(const struct assay_case *c)
{
	const struct assay_scenario *s = assay_scenarios;

	while (s->name != c->scenario)
		s++;
	return s;
}

/* Goes on with the body of another scenario, under tags of its own. Where one of the two has none, nothing happens. */
static void extend(struct assay_case *c, struct assay_random *r)
{
	const struct assay_scenario *s = draw_scenario(r);
	uint32_t tags = (uint32_t)(c->extended + 1) * TAGS_APART;

	if (s->body == ASSAY_SCENARIO_NO_BODY || scenario_of(c)->body == ASSAY_SCENARIO_NO_BODY ||
		c->step_count + s->count - s->body > ASSAY_CASE_STEPS)
		return;
	for (unsigned n = s->body; n < s->count; n++) {
		struct assay_step *step = &c->steps[c->step_count++];

		*step = s->steps[n];
		if (step->pdu.itt != ASSAY_TAG_RESERVED)
			step->pdu.itt += tags;
		if ((step->live & ASSAY_LIVE_REF_CMD_SN) && step->pdu.rtt != ASSAY_TAG_RESERVED)
			step->pdu.rtt += tags;
	}
	c->extended++;
}

/* ---- changes ---- */

static void add_change(struct assay_case *c, struct assay_random *r)
{
	if (c->change_count < ASSAY_CASE_CHANGES &&
		assay_change_draw(&c->changes[c->change_count], c->steps, c->step_count, r))
		c->change_count++;
}

static void drop_change(struct assay_case *c, unsigned n)
{
	c->change_count--;
	memmove(&c->changes[n], &c->changes[n + 1], (c->change_count - n) * sizeof(c->changes[0]));
}

/* The same kind of change at the same place, drawn again. */
static void redraw(struct assay_change *change, const struct assay_case *c, struct assay_random *r)
{
	change->field = 0;
	change->where = 0;
	change->value = 0;
	assay_change_types[change->kind].draw(change, &c->steps[change->step], r);
}

static void make_base(struct assay_case *c, struct assay_random *r)
{
	begin_with(c, draw_scenario(r));
	if (assay_random_below(r, EXTEND_ONE_IN) == 0)
		extend(c, r);
	do
		add_change(c, r);
	while (c->change_count < CHANGES_MOST && assay_random_below(r, 2));
}

/* What a child is besides its parent. */
static void make_child(struct assay_case *c, struct assay_random *r)
{
	unsigned n = c->change_count ? assay_random_below(r, c->change_count) : 0;

	switch (assay_random_below(r, 10)) {
	case 0:
		if (c->change_count > 1)
			drop_change(c, n);
		else
			add_change(c, r);
		break;
	case 1:
	case 2:
		if (c->change_count)
			redraw(&c->changes[n], c, r);
		break;
	case 3:
		extend(c, r);
		add_change(c, r);
		break;
	case 4: add_change(c, r); /* fallthrough */
	default: add_change(c, r); break;
	}
}

/* ---- the order ---- */

static bool is_set(uint64_t bits, unsigned n)
{
	return bits >> n & 1;
}

/* The next step after n that sends; count for none. */
static unsigned next_send(const struct assay_case *c, unsigned n)
{
	while (++n < c->step_count && c->steps[n].kind != ASSAY_STEP_SEND)
		;
	return n;
}

/* How often each step is played, and in whose place. */
struct plan {
	uint8_t step[ASSAY_CASE_STEPS], times[ASSAY_CASE_STEPS];
};

static void plan_change(struct plan *plan, const struct assay_case *c, const struct assay_change *change)
{
	unsigned other;
	uint8_t step;

	switch (change->kind) {
	case ASSAY_CHANGE_REPEAT: plan->times[change->step] += (uint8_t)change->value; break;
	case ASSAY_CHANGE_DROP: plan->times[change->step] = 0; break;
	case ASSAY_CHANGE_SWAP:
		other = next_send(c, change->step);
		if (other == c->step_count)
			break;
		step = plan->step[other];
		plan->step[other] = plan->step[change->step];
		plan->step[change->step] = step;
		break;
	default: break;
	}
}

static void set_order(struct assay_case *c)
{
	struct plan plan;

	for (unsigned n = 0; n < c->step_count; n++) {
		plan.step[n] = (uint8_t)n;
		plan.times[n] = 1;
	}
	for (unsigned n = 0; n < c->change_count; n++)
		if (!is_set(c->cut.changes, n))
			plan_change(&plan, c, &c->changes[n]);
	c->order_count = 0;
	for (unsigned n = 0; n < c->step_count; n++) {
		uint8_t step = plan.step[n];

		for (unsigned times = plan.times[step];
			times > 0 && c->order_count < ASSAY_CASE_ORDER && !is_set(c->cut.steps, step);
			times--)
			c->order[c->order_count++] = step;
	}
}

void assay_case_set_values(struct assay_case *c)
{
	for (unsigned n = 0; n < c->change_count; n++) {
		if (is_set(c->cut.values, n))
			c->changes[n].value = c->cut.value[n];
		if (is_set(c->cut.places, n))
			c->changes[n].where = c->cut.place[n];
	}
}

static void clear(struct assay_case *out)
{
	out->step_count = out->change_count = out->order_count = out->extended = out->own_steps = 0;
	out->cut = (struct assay_case_cut){ 0 };
}

int assay_case_make(struct assay_case *out, const struct assay_case_id *id, const struct assay_case_cut *cut)
{
	struct assay_random r;

	if (id->depth == 0 || id->depth > ASSAY_CASE_DEPTH)
		return ASSAY_E_INVAL;
	clear(out);
	out->id = *id;
	if (cut)
		out->cut = *cut;
	for (unsigned depth = 1; depth <= id->depth; depth++) {
		assay_random_seed(&r, id->seed, id->path, depth);
		if (depth == 1)
			make_base(out, &r);
		else
			make_child(out, &r);
	}
	assay_case_set_values(out);
	set_order(out);
	return 0;
}

void assay_case_shape_of(struct assay_case_shape *out, const struct assay_case *c)
{
	out->steps = c->step_count;
	out->own_steps = c->own_steps;
	out->change_count = c->change_count;
	memcpy(out->changes, c->changes, sizeof(out->changes));
}

int assay_case_right(struct assay_case *out, unsigned scenario)
{
	if (scenario >= assay_scenario_total)
		return ASSAY_E_INVAL;
	clear(out);
	out->id = (struct assay_case_id){ .path = { scenario } };
	begin_with(out, &assay_scenarios[scenario]);
	set_order(out);
	return 0;
}
