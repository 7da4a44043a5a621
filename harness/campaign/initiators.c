/* initiators.c - cases for an initiator, and what is said of it when one was played; see initiators.h. The run itself is initiator_run.c's. RFC 7143 section 11. */
#include "campaign/initiators.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/initiator_run.h"
#include "campaign/mutate.h"
#include "campaign/rig.h"
#include "codec/layout.h"
#include "codec/listing.h"
#include "runner/arena.h"
#include "runner/command.h"
#include "runner/secret.h"
#include "runner/words.h"
#include "transport/tcp.h"

#define DEADLINE     UINT64_C(5000000000) /* nanoseconds */
#define CHANGES_MOST 4 /* of a base case */
#define KNOWN_MAX    64
#define TAP          (4u << 20) /* bytes */

struct assay_initiators {
	struct assay_arena arena;
	struct initiator_run run;
	struct assay_encoder encoder;
	struct assay_case made;
	struct assay_step learnt[ASSAY_CASE_STEPS]; /* the answers of the unchanged run */
	unsigned count;
	uint64_t hash; /* of the unchanged output */
	bool steady; /* the unchanged output is always the same */
	bool learning;
	const struct assay_secrets *secrets; /* may be NULL */
	const struct assay_rule *known[KNOWN_MAX];
	unsigned known_count;
	const struct assay_rule *broken[ASSAY_PLAYED_RULES]; /* in the case being played, and not known */
	unsigned broken_count;
};

/* ---- rules ---- */

static bool listed(const struct assay_rule *const *list, unsigned count, const struct assay_rule *rule)
{
	while (count > 0 && list[count - 1] != rule)
		count--;
	return count > 0;
}

static void found(void *payload, const struct assay_finding *f)
{
	struct assay_initiators *i = payload;

	if (f->offender != ASSAY_INITIATOR || listed(i->known, i->known_count, f->rule))
		return;
	if (i->learning && i->known_count < KNOWN_MAX)
		i->known[i->known_count++] = f->rule;
	else if (!i->learning && i->broken_count < ASSAY_PLAYED_RULES &&
		 !listed(i->broken, i->broken_count, f->rule))
		i->broken[i->broken_count++] = f->rule;
}

static const struct assay_rule *const *known(void *payload, unsigned *count)
{
	const struct assay_initiators *i = payload;

	*count = i->known_count;
	return i->known;
}

/* ---- cases ---- */

static void learn(void *payload, unsigned number, const struct assay_pdu *answer)
{
	struct assay_initiators *i = payload;
	struct assay_step *step = &i->learnt[number];
	uint8_t *data;

	if (number >= ASSAY_CASE_STEPS)
		return;
	*step = (struct assay_step){ .kind = ASSAY_STEP_SEND, .joins = -1, .pdu = *answer };
	if (answer->opcode == ASSAY_LOGIN_RESPONSE || answer->opcode == ASSAY_TEXT_RESPONSE)
		step->live = ASSAY_LIVE_TEXT; /* what has keys */
	data = answer->data_length ? assay_arena_alloc(&i->arena, answer->data_length) : NULL;
	if (data)
		memcpy(data, answer->data, answer->data_length);
	step->pdu.data = data;
	step->pdu.data_length = data ? answer->data_length : 0;
	step->pdu.ahs = step->pdu.bhs = step->pdu.wire = NULL;
	step->pdu.ahs_length = 0;
	if (number >= i->count)
		i->count = number + 1;
}

static void make(struct assay_initiators *i, const struct assay_case_name *name)
{
	struct assay_case *c = &i->made;
	struct assay_random r;
	unsigned depth = 1, changes;

	memset(c, 0, sizeof(*c));
	c->id = name->id;
	c->cut = name->cut;
	c->scenario = "answers";
	c->step_count = (uint8_t)i->count;
	memcpy(c->steps, i->learnt, i->count * sizeof(c->steps[0]));
	for (; depth <= name->id.depth; depth++) {
		assay_random_seed(&r, name->id.seed, name->id.path, depth);
		changes = depth == 1 ? 1 + assay_random_below(&r, CHANGES_MOST) : 1;
		for (; changes > 0 && c->change_count < ASSAY_CASE_CHANGES; changes--)
			c->change_count += assay_change_draw(
				&c->changes[c->change_count], c->steps, c->step_count, &r);
	}
	assay_case_set_values(c);
}

static void describe(void *payload, FILE *out, const struct assay_case_name *name)
{
	struct assay_initiators *i = payload;
	char words[256];

	make(i, name);
	fprintf(out, "what the target answers to the unchanged command\n");
	for (unsigned n = 0; n < i->count; n++) {
		assay_listing_brief(words, sizeof(words), &i->learnt[n].pdu);
		fprintf(out, "  %2u  %s\n", n, words);
	}
	fprintf(out, "\nchanges; a step is an answer\n");
	for (unsigned n = 0; n < i->made.change_count; n++)
		fprintf(out, "%s%2u  %s\n", i->made.cut.changes >> n & 1 ? "  left out " : "  ", n,
			assay_change_print(words, sizeof(words), &i->made, &i->made.changes[n]));
}

static void shape(void *payload, struct assay_case_shape *out, const struct assay_case_name *name)
{
	struct assay_initiators *i = payload;

	make(i, &(struct assay_case_name){ .id = name->id });
	assay_case_shape_of(out, &i->made);
	out->steps = out->own_steps = 0; /* an answer that is left out is a change of its own */
}

static const struct assay_change_bounds *bounds(void *payload)
{
	return ((struct assay_initiators *)payload)->encoder.bounds;
}

/* ---- the verdict ---- */

/* Does the change leave alone what the command may well print: data, status, residuals? */
static bool is_of_protocol(const struct assay_case *c, const struct assay_change *change)
{
	static const char *const fields[] = { "itt", "ttt", "isid", "tsih", "stat_sn", "exp_cmd_sn",
		"max_cmd_sn", "data_sn", "r2t_sn", "buffer_offset", "snack_tag", "exp_data_sn" };
	const struct assay_layout *layout = assay_layout_of(c->steps[change->step].pdu.opcode);
	const char *member = assay_field_at(layout->entries[change->field % layout->count].field)->member;

	switch (change->kind) {
	case ASSAY_CHANGE_FIELD:
	case ASSAY_CHANGE_FIELD_ADD: break;
	case ASSAY_CHANGE_AHS_ADD:
	case ASSAY_CHANGE_AHS_MANY:
	case ASSAY_CHANGE_HEADER_DIGEST:
	case ASSAY_CHANGE_DATA_DIGEST:
	case ASSAY_CHANGE_REPEAT:
	case ASSAY_CHANGE_SWAP:
	case ASSAY_CHANGE_SPLIT: return true;
	default: return false;
	}
	for (size_t n = 0; n < sizeof(fields) / sizeof(fields[0]); n++)
		if (!strcmp(fields[n], member))
			return true;
	return false;
}

/* It says that all is well, and says other things than without changes that should make no difference or be refused. */
static bool misled(const struct assay_initiators *i)
{
	const struct initiator_run *r = &i->run;

	if (!i->steady || r->status || r->calmed || !r->changed || r->hash == i->hash)
		return false;
	for (unsigned n = 0; n < i->made.change_count; n++)
		if (!(i->made.cut.changes >> n & 1) && !is_of_protocol(&i->made, &i->made.changes[n]))
			return false;
	return true;
}

static void say(struct assay_judged *out, enum assay_outcome outcome, const struct initiator_run *r)
{
	char how[48];

	out->played.outcome = outcome;
	assay_command_how(how, sizeof(how), r->status);
	switch (outcome) {
	case ASSAY_OUTCOME_SANITIZER:
	case ASSAY_OUTCOME_GONE:
		snprintf(out->played.words, sizeof(out->played.words), "the command ended by %s", how);
		break;
	case ASSAY_OUTCOME_WEDGED:
		snprintf(out->played.words, sizeof(out->played.words),
			"the command did not end within %.1f s%s", (double)r->deadline / 1e9,
			r->calmed ? ", though its connections were reset and new ones served well" : "");
		break;
	case ASSAY_OUTCOME_OUTPUT:
		snprintf(out->played.words, sizeof(out->played.words),
			"exit status 0, with other output than without changes");
		break;
	case ASSAY_OUTCOME_RULE:
		snprintf(out->played.words, sizeof(out->played.words),
			"the initiator broke a rule that it keeps without changes");
		break;
	default: break;
	}
}

static void judge(struct assay_judged *out, const struct assay_initiators *i)
{
	const struct initiator_run *r = &i->run;
	struct assay_played *p = &out->played;
	bool stopped = r->stop && *r->stop;

	p->took = p->slowest = assay_command_clock() - r->begun;
	p->new_edges = r->new_edges;
	p->last = r->state;
	p->last_opcode = r->changed ? r->first_changed : ASSAY_STATE_NOTHING;
	if (stopped)
		return;
	if (assay_sanitizer_find(&out->report, r->output)) {
		say(out, ASSAY_OUTCOME_SANITIZER, r);
	} else if (r->timed_out) {
		say(out, ASSAY_OUTCOME_WEDGED, r);
	} else if (WIFSIGNALED(r->status)) {
		out->ended = true;
		out->status = r->status;
		say(out, ASSAY_OUTCOME_GONE, r);
	} else if (misled(i)) {
		say(out, ASSAY_OUTCOME_OUTPUT, r);
	} else if (i->broken_count) {
		memcpy(p->rules, i->broken, sizeof(p->rules));
		p->rule_count = i->broken_count;
		say(out, ASSAY_OUTCOME_RULE, r);
	}
}

/* What it printed is written down: without secrets. */
static int run_once(struct assay_initiators *i, struct assay_error *err)
{
	int result = initiator_run(&i->run, err);

	if (i->secrets)
		assay_secrets_hide(i->secrets, i->run.output);
	return result;
}

static int play(
	void *payload, struct assay_judged *out, const struct assay_case_name *name, struct assay_error *err)
{
	struct assay_initiators *i = payload;
	int result;

	*out = (struct assay_judged){ 0 };
	make(i, name);
	i->run.made = &i->made;
	i->broken_count = 0;
	result = run_once(i, err);
	if (result >= 0)
		judge(out, i);
	return result;
}

static struct assay_tap *tap(void *payload)
{
	return ((struct assay_initiators *)payload)->run.tap;
}

static struct assay_state_graph *states(void *payload)
{
	return ((struct assay_initiators *)payload)->run.graph;
}

static const char *output(void *payload)
{
	return ((struct assay_initiators *)payload)->run.output;
}

/* ---- begin and end ---- */

/* A word with its places filled in. NULL: out of memory. */
static char *fill_in(struct assay_arena *arena, const char *word, uint16_t port)
{
	const struct {
		const char *place, *text;
	} places[] = { { "{port}", assay_arena_printf(arena, "%u", port) },
		{ "{portal}", assay_arena_printf(arena, "iscsi://127.0.0.1:%u", port) },
		{ "{url}",
			assay_arena_printf(arena, "iscsi://127.0.0.1:%u/%s/1", port, ASSAY_DEFAULT_NAME) } };
	char *filled = assay_arena_strdup(arena, word), *at;

	for (size_t n = 0; filled && n < sizeof(places) / sizeof(places[0]); n++)
		while (filled && (at = strstr(filled, places[n].place)))
			filled = assay_arena_printf(arena, "%.*s%s%s", (int)(at - filled), filled,
				places[n].text, at + strlen(places[n].place));
	return filled;
}

static int set_words(struct assay_initiators *i, const char *command, struct assay_error *err)
{
	char **words = NULL;
	int count = assay_words_split(&words, &i->arena, command, err);

	for (int n = 0; n < count; n++)
		if (!(words[n] = fill_in(&i->arena, words[n], i->run.port)))
			return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	i->run.words = words;
	return count < 0 ? count : 0;
}

/* One run without changes. */
static int run_right(struct assay_initiators *i, struct assay_error *err)
{
	char how[48];
	int result;

	i->run.made = NULL;
	result = run_once(i, err);
	if (result < 0)
		return result;
	assay_command_how(how, sizeof(how), i->run.status);
	if (i->run.timed_out)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"--exec: without any change the command does not end within %.1f s",
			(double)i->run.deadline / 1e9);
	if (i->run.status)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"--exec: without any change the command ends with %s: %.150s", how, i->run.output);
	if (!i->run.answers)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"--exec: the command asked nothing of port %u; {port}, {portal} and {url} are filled "
			"in",
			i->run.port);
	return 0;
}

static int learn_all(struct assay_initiators *i, struct assay_error *err)
{
	int result;

	i->learning = true;
	i->run.learn = learn;
	i->run.payload = i;
	result = run_right(i, err);
	i->run.learn = NULL;
	i->hash = i->run.hash;
	if (!result)
		result = run_right(i, err);
	i->steady = i->hash == i->run.hash;
	i->learning = false;
	return result;
}

static int set_up(
	struct assay_initiators *i, const struct assay_initiators_options *options, struct assay_error *err)
{
	struct initiator_run *r = &i->run;
	int result;

	r->listener = -1;
	r->deadline = options->deadline ? options->deadline : DEADLINE;
	r->stop = options->stop;
	i->secrets = options->secrets;
	r->encoder = &i->encoder;
	r->tap = assay_tap_new(TAP, found, i);
	r->graph = assay_state_graph_new();
	if (!r->tap || !r->graph)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	r->listener = assay_tcp_listen(&r->port, "127.0.0.1", err);
	if (r->listener < 0)
		return r->listener;
	result = set_words(i, options->command, err);
	return result ? result : learn_all(i, err);
}

int assay_initiators_begin(struct assay_initiators **out, struct assay_rig *rig,
	const struct assay_initiators_options *options, struct assay_error *err)
{
	struct assay_initiators *i = calloc(1, sizeof(*i));
	int result;

	*out = NULL;
	if (!i)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	result = set_up(i, options, err);
	if (result) {
		assay_initiators_end(i);
		return result;
	}
	*rig = (struct assay_rig){ .play = play,
		.describe = describe,
		.shape = shape,
		.bounds = bounds,
		.tap = tap,
		.log = output,
		.states = states,
		.known = known,
		.payload = i };
	*out = i;
	return 0;
}

void assay_initiators_end(struct assay_initiators *i)
{
	if (!i)
		return;
	if (i->run.listener >= 0)
		close(i->run.listener);
	assay_tap_free(i->run.tap);
	assay_state_graph_free(i->run.graph);
	assay_arena_free(&i->arena);
	free(i);
}
