/* keeper.c - see keeper.h. */
#include "runner/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/profile_internal.h"
#include "runner/sanity.h"

#define LINE_TIME UINT64_C(10000000000) /* nanoseconds for a logs line */

/* What a logs line prints that it had not printed the last time; all of it where its log has begun anew. */
static const char *ask_log(struct assay_keeper *k)
{
	struct assay_command_keep keep = { k->log, ASSAY_KEEPER_LOG, 0 };
	struct assay_error err = { 0 };
	uint64_t told = k->log_told, new;
	size_t have;

	if (assay_control_run(k->profile, ASSAY_VERB_LOGS, 0, LINE_TIME, &keep, &err) < 0)
		snprintf(k->log, ASSAY_KEEPER_LOG, "%s\n", err.message);
	else
		k->log_told = keep.total;
	assay_profile_redact(k->profile, k->log);
	have = strlen(k->log);
	new = err.code || keep.total < told ? have : keep.total - told;
	return k->log + (new < have ? have - new : 0);
}

int assay_keeper_start(struct assay_keeper *k, struct assay_profile *profile, const volatile int *stop,
	struct assay_error *err)
{
	int r = 0;

	*k = (struct assay_keeper){ .profile = profile };
	if (profile->exec.command)
		r = assay_supervise_start(&k->supervised, profile, stop, err);
	if (r || !profile->control[ASSAY_VERB_LOGS])
		return r;
	k->log = calloc(1, ASSAY_KEEPER_LOG);
	if (!k->log)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	ask_log(k); /* what was there before us */
	return 0;
}

void assay_keeper_stop(struct assay_keeper *k)
{
	assay_supervise_stop(k->supervised);
	k->supervised = NULL;
	free(k->log);
	k->log = NULL;
}

bool assay_keeper_can_restart(const struct assay_keeper *k)
{
	return k->supervised || k->profile->control[ASSAY_VERB_RESTART];
}

int assay_keeper_restart(struct assay_keeper *k, bool keep, const volatile int *stop, struct assay_error *err)
{
	if (k->supervised)
		return assay_supervise_restart(k->supervised, keep, stop, err);
	return assay_control_restart(k->profile, stop, err);
}

bool assay_keeper_gone(struct assay_keeper *k, const char **how, struct assay_arena *arena)
{
	char words[48];
	int status = 0;

	if (!k->supervised || assay_supervise_alive(k->supervised, &status))
		return false;
	assay_command_how(words, sizeof(words), status);
	*how = assay_arena_printf(arena, "the target's process ended with %s: %.300s", words,
		assay_supervise_log(k->supervised));
	return true;
}

size_t assay_keeper_mark(const struct assay_keeper *k)
{
	return k->supervised ? assay_supervise_log_mark(k->supervised) : 0;
}

const char *assay_keeper_log(struct assay_keeper *k, size_t mark)
{
	const char *log = k->log          ? ask_log(k)
			  : k->supervised ? assay_supervise_log_since(k->supervised, mark)
					  : "";

	return log[0] ? log : NULL;
}
