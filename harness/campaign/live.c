/* live.c - see live.h. */
#include "campaign/live.h"

#include <string.h>

#include "campaign/random.h"

#define BYTES_MOST 2048

/* Bytes without structure: what a campaign of changes is measured by. Every other one comes after a right login. */
static int play_bytes(struct assay_played *out, struct assay_player *player, const struct assay_case_id *id)
{
	uint8_t bytes[BYTES_MOST];
	struct assay_random random;
	size_t length;
	bool login;

	assay_random_seed(&random, id->seed, id->path, id->depth);
	login = assay_random_below(&random, 2);
	length = 1 + assay_random_below(&random, sizeof(bytes));
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)assay_random_next(&random);
	return assay_play_bytes(out, player, bytes, length, login);
}

/* What the process says goes before what its connections say. */
static void judge(struct assay_judged *out, const struct assay_process_end *end)
{
	out->ended = end->ended;
	out->status = end->status;
	out->report = end->report;
	if (end->report.kind[0]) {
		out->played.outcome = ASSAY_OUTCOME_SANITIZER;
		snprintf(out->played.words, sizeof(out->played.words),
			"the target's log reports %.60s%s%.60s", end->report.kind,
			end->report.frames[0][0] ? " in " : "", end->report.frames[0]);
	} else if (end->ended) {
		char how[48];

		assay_command_how(how, sizeof(how), end->status);
		out->played.outcome = ASSAY_OUTCOME_GONE;
		snprintf(out->played.words, sizeof(out->played.words), "the target's process ended with %s",
			how);
	}
}

static int play(
	void *payload, struct assay_judged *out, const struct assay_case_name *name, struct assay_error *err)
{
	struct assay_live_rig *l = payload;
	struct assay_process_end end;
	int r;

	*out = (struct assay_judged){ 0 };
	assay_process_begin(&l->process);
	r = l->random ? 0 : assay_case_make(&l->made, &name->id, &name->cut);
	if (!r)
		r = l->random ? play_bytes(&out->played, l->player, &name->id)
			      : assay_play(&out->played, l->player, &l->made);
	if (r < 0)
		return assay_error_set(err, r, "a case cannot be played: %s", assay_err_name(r));
	assay_process_look(&l->process, &end, out->played.outcome);
	judge(out, &end);
	if (!end.ended &&
		(out->played.outcome == ASSAY_OUTCOME_OK || out->played.outcome == ASSAY_OUTCOME_RULE ||
			out->played.outcome == ASSAY_OUTCOME_SLOW ||
			out->played.outcome == ASSAY_OUTCOME_SANITIZER))
		return 0;
	return assay_process_restore(&l->process, err);
}

static int fresh(void *payload, struct assay_error *err)
{
	return assay_process_restore(&((struct assay_live_rig *)payload)->process, err);
}

static uint64_t memory(void *payload)
{
	return assay_process_memory(&((struct assay_live_rig *)payload)->process);
}

static unsigned starts(void *payload)
{
	return ((struct assay_live_rig *)payload)->process.starts;
}

static void describe(void *payload, FILE *out, const struct assay_case_name *name)
{
	struct assay_live_rig *l = payload;
	struct assay_case made;

	if (l->random)
		fprintf(out, "bytes without structure\n");
	else if (!assay_case_make(&made, &name->id, &name->cut))
		assay_case_describe(out, &made);
}

static void shape(void *payload, struct assay_case_shape *out, const struct assay_case_name *name)
{
	struct assay_live_rig *l = payload;
	struct assay_case made;

	*out = (struct assay_case_shape){ 0 };
	if (!l->random && !assay_case_make(&made, &name->id, NULL))
		assay_case_shape_of(out, &made);
}

static const struct assay_change_bounds *bounds(void *payload)
{
	return assay_player_bounds(((struct assay_live_rig *)payload)->player);
}

static struct assay_tap *tap(void *payload)
{
	return assay_player_tap(((struct assay_live_rig *)payload)->player);
}

static const char *log_of(void *payload)
{
	return ((struct assay_live_rig *)payload)->process.log;
}

static struct assay_state_graph *states(void *payload)
{
	return assay_player_states(((struct assay_live_rig *)payload)->player);
}

static const struct assay_rule *const *known(void *payload, unsigned *count)
{
	return assay_player_known(((struct assay_live_rig *)payload)->player, count);
}

static unsigned code(void *payload, unsigned *of)
{
	const struct assay_live_rig *l = payload;

	*of = assay_coverage_map_edges(l->map);
	return assay_coverage_map_reached(l->map);
}

static unsigned new_code(void *payload)
{
	return assay_coverage_map_take(((struct assay_live_rig *)payload)->map);
}

static bool busy(void *payload)
{
	return assay_process_busy(&((struct assay_live_rig *)payload)->process);
}

int assay_live_begin(struct assay_live_rig *l, struct assay_rig *rig, struct assay_profile *profile,
	const struct assay_play_options *options, bool random, const volatile int *stop,
	struct assay_error *err)
{
	struct assay_play_options with_map = *options;
	int r;

	*l = (struct assay_live_rig){ .random = random };
	*rig = (struct assay_rig){ play, fresh, memory, starts, describe, shape, bounds, tap, log_of, states,
		known, code, l };
	r = assay_coverage_map_new(&l->map, err);
	with_map.coverage = new_code;
	with_map.busy = busy;
	with_map.payload = l;
	if (!r)
		r = assay_process_start(&l->process, profile, stop, err);
	if (!r)
		r = assay_player_new(&l->player, profile, &with_map, err);
	if (!r)
		r = assay_player_learn(l->player, err);
	return r;
}

void assay_live_end(struct assay_live_rig *l)
{
	assay_player_free(l->player);
	l->player = NULL;
	if (l->process.keeper.profile)
		assay_process_stop(&l->process);
	assay_coverage_map_free(l->map);
	l->map = NULL;
}
