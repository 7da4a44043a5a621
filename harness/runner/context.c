/* context.c - the test's context: what it can ask for, what it owns, how it is left. Connections are in connect.c, claims in expect.c. */
#include "runner/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/lun.h"
#include "codec/random.h"
#include "runner/control.h"
#include "runner/token.h"

static const char *const skip_reasons[] = { "not-offered", "not-declared", "needs-write-lun",
	"needs-second-lun", "needs-second-portal", "needs-chap", "needs-control", "excluded" };

int assay_context_open(
	struct assay_t *t, const struct assay_worker_spec *spec, int fd, struct assay_error *err)
{
	int r;

	*t = (struct assay_t){ .spec = spec,
		.test = spec->test,
		.setup = spec->profile->setup,
		.level = spec->test->level,
		.fd = fd,
		.random = spec->seed };
	t->tap = assay_tap_new(ASSAY_TAP_LIMIT, assay_fail_rule, t);
	if (!t->tap)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	assay_dial_accounts(t->tap, &t->setup);
	r = assay_dial_open(&t->dial, spec->profile, spec->defects, spec->seed, err);
	if (r < 0)
		return r;
	assay_dial_config(&t->config, t->dial, spec->profile, spec->seed);
	t->config.tap = t->tap;
	assay_leave_init(&t->leave, t->dial->dialer);
	t->leave.write = t->setup.write_lun_given && spec->test->needs & ASSAY_NEED_WRITE;
	t->leave.write_lun = t->setup.write_lun;
	t->leave.disruptive = t->setup.disruptive && spec->test->needs & ASSAY_NEED_DISRUPTIVE;
	t->leave.luns = spec->luns;
	t->leave.lun_count = spec->lun_count;
	t->config.dialer = &t->leave.dialer;
	t->next_isid = t->config.isid;
	return 0;
}

void assay_context_close_connections(struct assay_t *t)
{
	while (t->connection_count)
		assay_initiator_free(t->connections[--t->connection_count].initiator);
}

void assay_context_free(struct assay_t *t)
{
	assay_context_close_connections(t);
	assay_dial_close(t->dial);
	assay_tap_free(t->tap);
	assay_arena_free(&t->arena);
}

void assay_context_leave(struct assay_t *t, enum assay_end end, const char *words)
{
	t->end = end;
	t->words = words;
	if (!t->inside)
		abort(); /* a claim outside of a test: the runner shows it as a crash of the worker */
	siglongjmp(t->out, 1);
}

struct assay_initiator_config *assay_config(struct assay_t *t)
{
	return &t->config;
}

void assay_aim(struct assay_t *t, const char *target_name)
{
	assay_dial_aim(&t->config, &t->setup, target_name);
}

const struct assay_setup *assay_setup(const struct assay_t *t)
{
	return &t->setup;
}

uint64_t assay_lun(const struct assay_t *t)
{
	return assay_lun_from_number(t->setup.lun);
}

uint64_t assay_write_lun(const struct assay_t *t)
{
	return assay_lun_from_number(t->setup.write_lun);
}

uint64_t assay_region(const struct assay_t *t, uint32_t *blocks, uint32_t *block_size)
{
	*blocks = (uint32_t)t->spec->block_count;
	*block_size = t->spec->block_size;
	return t->spec->first_block;
}

void assay_fill(struct assay_t *t, void *out, size_t length)
{
	unsigned char *to = out;

	while (length) {
		uint64_t number = assay_splitmix(&t->random);
		size_t part = length < sizeof(number) ? length : sizeof(number);

		memcpy(to, &number, part);
		to += part;
		length -= part;
	}
}

void *assay_alloc(struct assay_t *t, size_t length)
{
	void *out = assay_arena_alloc(&t->arena, length ? length : 1);

	if (!out)
		assay_context_leave(t, ASSAY_END_PRECONDITION, "out of memory");
	return out;
}

uint64_t assay_control_unit(const struct assay_t *t)
{
	return assay_lun_from_number(assay_control_lun(t->spec->luns, t->spec->lun_count));
}

/* A verb that is offered. */
static int administer(struct assay_t *t, enum assay_verb verb, struct assay_error *err)
{
	const struct assay_profile *p = t->spec->profile;
	uint32_t lun = assay_control_lun(t->spec->luns, t->spec->lun_count);

	if (t->dial->builtin)
		return assay_builtin_control(t->dial->builtin, verb, lun, err);
	if (p->control[verb] && verb == ASSAY_VERB_RESTART)
		return assay_control_restart(p, NULL, err);
	if (p->control[verb])
		return assay_control_run(p, verb, lun, t->spec->deadline, NULL, err);
	return assay_reply_ask(t->fd, verb, err);
}

void assay_control(struct assay_t *t, const char *name)
{
	struct assay_error err = { 0 };
	int verb = assay_verb_find(name), r;

	if (verb < 0)
		assay_context_leave(t, ASSAY_END_PRECONDITION, "there is no such control verb");
	if (!assay_control_offers(t->spec->profile, (enum assay_verb)verb))
		assay_skip(t, "needs-control");
	t->unit_added = t->unit_added || verb == ASSAY_VERB_ADD_LUN;
	r = administer(t, (enum assay_verb)verb, &err);
	if (r < 0)
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena, "%s: %s", name, err.message));
	t->unit_added = t->unit_added && verb != ASSAY_VERB_REMOVE_LUN;
}

void assay_context_tidy(struct assay_t *t)
{
	struct assay_error err = { 0 };
	bool added = t->unit_added && !t->dial->builtin; /* of the built-in target each test has its own */

	t->unit_added = false;
	if (!added || administer(t, ASSAY_VERB_REMOVE_LUN, &err) >= 0 || t->end != ASSAY_END_RETURNED)
		return;
	t->end = ASSAY_END_PRECONDITION;
	t->words = assay_arena_printf(&t->arena, "what it added cannot be removed: %s", err.message);
}

void assay_ignore_rule(struct assay_t *t, const char *rule)
{
	if (!assay_rule_find(rule) || t->ignored_count == ASSAY_IGNORED_MAX)
		assay_context_leave(t, ASSAY_END_PRECONDITION,
			assay_arena_printf(&t->arena,
				"assay_ignore_rule: there is no rule '%s', or too many are ignored", rule));
	t->ignored[t->ignored_count++] = rule;
}

void assay_about(struct assay_t *t, const char *reqs)
{
	t->about = reqs;
}

enum assay_level assay_at_level(struct assay_t *t, enum assay_level level)
{
	enum assay_level before = t->level;

	t->level = level;
	return before;
}

void assay_stop(struct assay_t *t)
{
	assay_context_leave(t, ASSAY_END_STOPPED, NULL);
}

void assay_skip(struct assay_t *t, const char *reason)
{
	for (size_t i = 0; i < sizeof(skip_reasons) / sizeof(skip_reasons[0]); i++)
		if (!strcmp(reason, skip_reasons[i]))
			assay_context_leave(t, ASSAY_END_SKIPPED, skip_reasons[i]);
	if (!strncmp(reason, "blocked-by:", 11))
		assay_context_leave(t, ASSAY_END_SKIPPED, assay_arena_strdup(&t->arena, reason));
	assay_context_leave(t, ASSAY_END_PRECONDITION,
		assay_arena_printf(&t->arena, "assay_skip: '%s' is not in the list of reasons", reason));
}

const struct assay_tap_record *assay_context_record(const struct assay_t *t, uint64_t number)
{
	for (size_t i = assay_tap_count(t->tap); i-- > 0;)
		if (assay_tap_at(t->tap, i)->number == number)
			return assay_tap_at(t->tap, i);
	return NULL;
}

bool assay_context_sent(const struct assay_t *t)
{
	if (assay_tap_pdus(t->tap, ASSAY_TO_TARGET))
		return true;
	for (size_t i = 0; i < assay_tap_count(t->tap); i++) {
		const struct assay_tap_record *r = assay_tap_at(t->tap, i);

		if (r->kind == ASSAY_TAP_BYTES && r->dir == ASSAY_TO_TARGET)
			return true;
	}
	return false;
}

uint64_t *assay_context_reject_taken(struct assay_t *t, const struct assay_initiator *i)
{
	for (size_t n = 0; n < t->connection_count; n++)
		if (t->connections[n].initiator == i)
			return &t->connections[n].reject_taken;
	assay_context_leave(t, ASSAY_END_PRECONDITION, "a claim about a connection that is not this test's");
}
