/* control.c - see control.h. */
#include "runner/control.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/profile_internal.h"
#include "runner/sanity.h"
#include "runner/words.h"

#define PLACE       "{lun}"
#define PAUSE       50000000L /* nanoseconds between tries */
#define ANSWER_TIME ASSAY_SECOND /* for one step of a try */

static const struct {
	const char *name;
	bool supervised, builtin; /* offered without a line */
	bool lun; /* its line says {lun} */
} verbs[ASSAY_VERB_COUNT] = {
	[ASSAY_VERB_RESTART] = { "restart", true, true, false },
	[ASSAY_VERB_ADD_LUN] = { "add-lun", false, true, true },
	[ASSAY_VERB_REMOVE_LUN] = { "remove-lun", false, true, true },
	[ASSAY_VERB_ALIVE] = { "alive", true, false, false },
	[ASSAY_VERB_LOGS] = { "logs", true, false, false },
};

int assay_verb_find(const char *name)
{
	for (int v = 0; v < ASSAY_VERB_COUNT; v++)
		if (!strcmp(verbs[v].name, name))
			return v;
	return ASSAY_E_INVAL;
}

const char *assay_verb_name(enum assay_verb verb)
{
	return verbs[verb].name;
}

bool assay_control_offers(const struct assay_profile *p, enum assay_verb verb)
{
	return p->control[verb] || (p->exec.command && verbs[verb].supervised) ||
	       (p->builtin && verbs[verb].builtin);
}

/* The word with lun for each {lun}; NULL: out of memory. */
static char *with_lun(struct assay_arena *arena, const char *word, uint32_t lun)
{
	const char *at = strstr(word, PLACE);
	char *head, *rest;

	if (!at)
		return assay_arena_strdup(arena, word);
	head = assay_arena_strndup(arena, word, (size_t)(at - word));
	rest = with_lun(arena, at + strlen(PLACE), lun);
	return head && rest ? assay_arena_printf(arena, "%s%u%s", head, lun, rest) : NULL;
}

int assay_places_check_verb(enum assay_verb verb, const char *line, struct assay_error *err)
{
	struct assay_arena scratch = { 0 };
	const char *filled = verbs[verb].lun ? with_lun(&scratch, line, 0) : line;
	int r = filled ? 0 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");

	if (!r && verbs[verb].lun && !strstr(line, PLACE))
		r = assay_error_set(err, ASSAY_E_SYNTAX,
			"the line says nowhere which unit: " PLACE " stands for its number");
	if (!r)
		r = assay_places_check_command(filled, err);
	assay_arena_free(&scratch);
	return r;
}

static int run(const struct assay_profile *p, struct assay_arena *arena, enum assay_verb verb, uint32_t lun,
	uint64_t timeout, struct assay_command_keep *keep, struct assay_error *err)
{
	struct assay_command_result result;
	char **words;
	int r = assay_words_split(&words, arena, p->control[verb], err);

	for (size_t i = 0; r >= 0 && words[i]; i++) {
		words[i] = with_lun(arena, words[i], lun);
		if (!words[i])
			return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	if (r >= 0)
		r = assay_command_run_keep(&result, keep, words, timeout, err);
	if (r < 0)
		return r;
	if (!result.status)
		return 0;
	assay_profile_redact(p, result.tail);
	return assay_error_set(err, ASSAY_E_IO, "control %s ended with %s: %.120s", verbs[verb].name,
		result.how, result.tail);
}

int assay_control_run(const struct assay_profile *p, enum assay_verb verb, uint32_t lun, uint64_t timeout,
	struct assay_command_keep *keep, struct assay_error *err)
{
	struct assay_arena arena = { 0 };
	int r = run(p, &arena, verb, lun, timeout, keep, err);

	assay_arena_free(&arena);
	return r;
}

int assay_control_restart(const struct assay_profile *p, const volatile int *stop, struct assay_error *err)
{
	const struct timespec pause = { 0, PAUSE };
	uint64_t wait = (uint64_t)p->exec.ready_timeout_ms * ASSAY_MILLISECOND;
	uint64_t end = assay_command_clock() + 2 * wait;
	int r = assay_control_run(p, ASSAY_VERB_RESTART, 0, wait, NULL, err);

	while (!r && assay_sanity_answers(p, true, ANSWER_TIME, (uint64_t)getpid(), err) < 0) {
		if (assay_command_clock() >= end || (stop && *stop))
			return ASSAY_E_CONNECT;
		nanosleep(&pause, NULL);
	}
	return r;
}

uint32_t assay_control_lun(const uint32_t *luns, size_t count)
{
	uint32_t lun = 2;

	for (size_t i = 0; i < count;)
		if (luns[i++] == lun) {
			lun++;
			i = 0;
		}
	return lun;
}
