/* fuzz_case.c - one case of the command fuzz: played again, made smaller, made a test. A case is named by its id, or by the folder of its finding. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "campaign/promote.h"
#include "campaign/try.h"
#include "cli/fuzz.h"
#include "report/print.h"

/* What was named. */
struct named {
	struct assay_found found; /* key "": the first that it shows */
	const char *folder; /* NULL: an id */
};

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* A finding is one of a target: another one is not asked by mistake. */
static int read_folder(struct named *out, const struct assay_fuzz *f, const char *option, const char *folder)
{
	struct assay_finding_said said;
	struct assay_error err = { 0 };

	if (assay_finding_read(&said, folder, &err) < 0)
		return assay_complain("--%s: %s", option, err.message);
	if (strcmp(said.version, assay_fuzz_context(f).version) != 0)
		return assay_complain("--%s: %s was found by iscsi-assay %s: use that version, for ids mean "
				      "other cases in another",
			option, folder, said.version);
	if (said.random != f->cli->random)
		return assay_complain("--%s: %s was found %s --random: say the same", option, folder,
			said.random ? "with" : "without");
	if (assay_finding_in_initiator(&said) != f->role_initiator)
		return assay_complain("--%s: %s was found on %.900s: %s", option, folder, said.target,
			f->role_initiator ? "not with --role initiator" : "say --role initiator and --exec");
	if (!f->cli->url && !f->cli->profile && strcmp(said.target, f->target) != 0)
		return assay_complain("--%s: %s was found on %.900s: name it with %s", option, folder,
			said.target, f->role_initiator ? "--exec" : "-t or --profile");
	out->folder = folder;
	out->found.name = said.minimized;
	out->found.judged.played.outcome = said.outcome;
	out->found.repeats = said.repeats;
	out->found.tried = said.tried;
	snprintf(out->found.key, sizeof(out->found.key), "%s", said.key);
	return 0;
}

static int read_named(struct named *out, const struct assay_fuzz *f, const char *option, const char *word)
{
	struct assay_case_name *name = &out->found.name;

	*out = (struct named){ .folder = NULL };
	if (is_folder(word))
		return read_folder(out, f, option, word);
	name->id.seed = f->cli->seed;
	if (assay_case_id_parse(&name->id, &name->cut, word) < 0)
		return assay_complain("--%s: '%.200s' is neither a case like 0x5eed:17.3 nor the folder of a "
				      "finding",
			option, word);
	if (!strchr(word, ':') && !f->cli->seed_said)
		return assay_complain(
			"--%s: '%.200s' has no seed: --seed N, or 0x5eed:%.200s", option, word, word);
	return 0;
}

static void print_name(const struct assay_case_name *name)
{
	char text[ASSAY_CASE_TEXT] = "";

	assay_case_id_print(text, sizeof(text), &name->id, &name->cut);
	fputs(text, stdout);
}

/* Plays it, and takes over what it shows: the key that was named, or else the first one. 1: it shows something; 0; or an exit code below 0. */
static int play_first(struct named *n, struct assay_judged *judged, const struct assay_trier *trier)
{
	bool memory = n->found.judged.played.outcome == ASSAY_OUTCOME_MEMORY;
	struct assay_error err = { 0 };
	int r = assay_try(judged, trier, &n->found.name, memory, &err);
	int nth = n->found.key[0] ? assay_finding_nth(judged, n->found.key)
				  : (assay_finding_keys(judged) > 0) - 1;

	if (r < 0 && nth < 0) {
		if (!assay_stop_signal)
			assay_complain("%s", err.message[0] ? err.message : assay_err_name(r));
		return assay_err_is_ours(r) ? -ASSAY_EXIT_HARNESS : -ASSAY_EXIT_CRASH;
	}
	if (nth < 0)
		return 0;
	assay_finding_take(&n->found, judged, (unsigned)nth);
	return 1;
}

/* Of an id nothing is known: where nothing else shows, it is measured once whether it costs memory. */
static int play_for_memory(struct named *n, const struct assay_trier *trier)
{
	struct assay_judged judged = { 0 };
	int r;

	if (n->found.key[0] || !trier->rig->memory || assay_trier_ended(trier))
		return 0;
	n->found.judged.played.outcome = ASSAY_OUTCOME_MEMORY;
	r = play_first(n, &judged, trier);
	if (r != 1)
		n->found.judged.played.outcome = ASSAY_OUTCOME_OK;
	return r;
}

static void say(const struct named *n, unsigned same, unsigned of)
{
	print_name(&n->found.name);
	printf(": %u of %u times %s", same, of, n->found.key);
	if (n->found.judged.played.words[0]) {
		fputs(": ", stdout);
		assay_print_clean(stdout, n->found.judged.played.words);
	}
	putchar('\n');
}

/* Up to ten times; the first that does something says what is looked for. */
static int repro(struct named *n, const struct assay_trier *trier)
{
	unsigned same = 0, of = 0;

	while (of < ASSAY_REPEATS && !assay_trier_ended(trier)) {
		struct assay_judged judged = { 0 };
		char other[ASSAY_KEY_MAX];
		const struct assay_rule *rule;
		int r = play_first(n, &judged, trier);

		if (r < 0)
			return assay_stop_signal ? 128 + assay_stop_signal : same ? ASSAY_EXIT_FINDINGS : -r;
		of++;
		same += (unsigned)r;
		if (!r && assay_finding_keys(&judged))
			printf("something else: %s\n", assay_finding_key(other, &rule, &judged, 0));
	}
	if (!same) {
		int r = play_for_memory(n, trier);

		if (r < 0)
			return assay_stop_signal ? 128 + assay_stop_signal : -r;
		same = (unsigned)r;
		of = r ? 1 : of;
	}
	if (!same && !n->found.key[0]) {
		print_name(&n->found.name);
		printf(": nothing happened in %u times\n", of);
	} else {
		say(n, same, of);
	}
	return assay_stop_signal ? 128 + assay_stop_signal : same ? ASSAY_EXIT_FINDINGS : ASSAY_EXIT_OK;
}

int assay_fuzz_repro(struct assay_fuzz *f)
{
	const struct assay_trier trier = { .rig = &f->rig, .stop = &assay_stop_signal };
	struct named n;
	int result = read_named(&n, f, "repro", f->cli->repro);

	if (!result)
		result = assay_fuzz_begin(f);
	return result ? result : repro(&n, &trier);
}

/* ---- smaller ---- */

/* The evidence of the smallest one beside that of the first, in the finding's folder; for an id where -o says. */
static int write_smaller(
	const struct assay_fuzz *f, const struct named *n, const struct assay_case_name *least)
{
	const struct assay_finding_context context = assay_fuzz_context(f);
	struct assay_found smaller = n->found;
	struct assay_error err = { 0 };
	int r;

	smaller.name = *least;
	smaller.repeats = smaller.tried = 0; /* those of the first are not its own */
	if (n->folder) {
		struct assay_found first = n->found;
		struct assay_finding_said said;

		r = assay_finding_read(&said, n->folder, &err);
		first.name = said.name;
		first.repeats = said.repeats;
		first.tried = said.tried;
		if (!r)
			r = assay_finding_write(n->folder, "minimized", &smaller, &f->rig, &context, &err);
		if (!r) /* whatever the folder is called now */
			r = assay_finding_update(n->folder, ".", &first, least, &context, &err);
	} else {
		r = f->cli->output ? assay_output_make(f->cli->output) : 0;
		if (r || !f->cli->output)
			return r;
		r = assay_finding_write(f->cli->output, smaller.key, &smaller, &f->rig, &context, &err);
	}
	return r ? assay_complain_of(&err) : 0;
}

static unsigned left(unsigned count, uint64_t left_out)
{
	return count - (unsigned)__builtin_popcountll(
			       count < 64 ? left_out & ((UINT64_C(1) << count) - 1) : left_out);
}

struct smaller {
	struct assay_fuzz_teller teller;
	struct assay_case_shape shape;
};

static void progress(void *payload, const struct assay_case_name *best, unsigned tries)
{
	struct smaller *s = payload;
	char line[160];

	snprintf(line, sizeof(line), "%u tries: %u of %u steps, %u of %u changes are left", tries,
		left(s->shape.steps, best->cut.steps), s->shape.steps,
		left(s->shape.change_count, best->cut.changes), s->shape.change_count);
	assay_fuzz_line(&s->teller, line);
}

/* Plays it until it shows it, up to ten times. 1, 0, or an exit code below 0: a signal's is one. */
static int play_until(struct named *n, const struct assay_trier *trier)
{
	struct assay_judged judged = { 0 };
	int r = 0;

	for (unsigned times = 0; !r && times < ASSAY_REPEATS && !assay_trier_ended(trier); times++)
		r = play_first(n, &judged, trier);
	if (!r)
		r = play_for_memory(n, trier);
	return assay_stop_signal ? -(128 + assay_stop_signal) : r;
}

static int nothing(const struct named *n, const char *words)
{
	print_name(&n->found.name);
	printf(": %s\n", words);
	return ASSAY_EXIT_OK;
}

/* The search has ended early: what it came to is said, and can be gone on with. */
static int ended_early(const struct assay_case_name *least, int r, const struct assay_error *err)
{
	if (!assay_stop_signal)
		assay_complain("%s", err->message[0] ? err->message : assay_err_name(r));
	printf("ended early: ");
	print_name(least);
	printf(" is the least so far; nothing is written\n");
	return assay_stop_signal      ? 128 + assay_stop_signal
	       : assay_err_is_ours(r) ? ASSAY_EXIT_HARNESS
				      : ASSAY_EXIT_CRASH;
}

static int minimize(struct assay_fuzz *f, struct named *n)
{
	struct smaller s;
	const struct assay_trier trier = {
		.rig = &f->rig, .stop = &assay_stop_signal, .progress = progress, .payload = &s
	};
	struct assay_case_name least;
	struct assay_error err = { 0 };
	int tries, r = play_until(n, &trier);

	if (r < 0)
		return -r;
	if (!r)
		return nothing(n, "does not happen, so there is nothing to make smaller");
	assay_fuzz_teller_init(&s.teller, NULL, f->cli->quiet);
	f->rig.shape(f->rig.payload, &s.shape, &n->found.name);
	tries = assay_try_less(&least, &n->found, &trier, &err);
	assay_fuzz_line(&s.teller, NULL);
	if (tries < 0)
		return ended_early(&least, tries, &err);
	n->found.name = least;
	r = play_until(n, &trier); /* its evidence */
	if (r < 0)
		return -r;
	if (!r)
		return nothing(n, "is the least, but does not happen any more; nothing is written");
	say(n, 1, 1);
	printf("%u of %u steps, %u of %u changes are left, after %d tries\n",
		left(s.shape.steps, least.cut.steps), s.shape.steps,
		left(s.shape.change_count, least.cut.changes), s.shape.change_count, tries);
	f->rig.describe(f->rig.payload, stdout, &least);
	r = write_smaller(f, n, &least);
	return r ? r : ASSAY_EXIT_FINDINGS;
}

int assay_fuzz_minimize(struct assay_fuzz *f)
{
	struct named n;
	int result = read_named(&n, f, "minimize", f->cli->minimize);

	if (!result)
		result = assay_fuzz_begin(f);
	return result ? result : minimize(f, &n);
}

/* ---- a test ---- */

int assay_fuzz_promote(const struct assay_cli *cli)
{
	struct assay_promoted promoted;
	struct assay_error err = { 0 };
	const char *folder = cli->output ? cli->output : cli->promote;
	int r = cli->output ? assay_output_make(folder) : 0;

	if (r)
		return r;
	if (assay_promote(&promoted, cli->promote, folder, &err) < 0)
		return assay_complain_of(&err);
	printf("%s: goes to suites/target/, see docs/adding-a-test.md\n", promoted.test);
	printf("%s: goes to corpus/target_session/\n", promoted.seed);
	return ASSAY_EXIT_OK;
}
