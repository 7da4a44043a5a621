/* fuzz.c - the command fuzz: a campaign against a live target, which is the built-in one served by ourselves where none is named. It acts on loopback, and elsewhere only by leave. */
#include "cli/fuzz.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/json_text.h"

/* ---- the target ---- */

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* Only what the user says is theirs is acted upon. A name counts as loopback when all of its addresses are. */
static int check_leave(const struct assay_cli *cli, const char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	bool here = true;
	int r;

	if (cli->own_target)
		return 0;
	r = getaddrinfo(host, NULL, &hints, &found);
	if (r) {
		assay_complain("%.200s: %s", host, gai_strerror(r));
		return ASSAY_EXIT_UNREACHABLE;
	}
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		here = here && is_loopback(a->ai_addr);
	freeaddrinfo(found);
	return here ? 0
		    : assay_complain("%.200s is not this machine: a campaign may end what is there, so "
				     "--i-own-this-target has to say that you may",
			      host);
}

/* Nothing that is written down or printed has a secret in it, and all of it is UTF-8. */
static void make_fit(struct assay_fuzz *f)
{
	json_t *text;

	for (unsigned n = 0; n < 2; n++)
		if (f->profile)
			assay_profile_redact(f->profile, n ? f->again : f->target);
		else
			assay_secrets_hide(&f->secrets, n ? f->again : f->target);
	text = assay_json_text(f->target);
	if (!text)
		abort();
	snprintf(f->target, sizeof(f->target), "%s", json_string_value(text));
	json_decref(text);
}

/* What tells one target from another: the URL before its places are filled in, and how it is started, without secrets; cut where it is long. */
static void name_target(struct assay_fuzz *f)
{
	const struct assay_cli *cli = f->cli;

	if (!cli->url && !cli->profile)
		snprintf(f->target, sizeof(f->target), "built-in");
	else if (cli->profile)
		snprintf(f->target, sizeof(f->target), "%s of %s", f->profile->url, cli->profile);
	else
		snprintf(f->target, sizeof(f->target), "%s%s%s", f->profile->url,
			cli->exec ? " started by " : "", cli->exec ? cli->exec_shown : "");
}

/* --role initiator: no target is named, for it is ours. */
static int find_initiator(struct assay_fuzz *f)
{
	struct assay_cli *cli = f->cli;

	if (!cli->exec)
		return assay_complain("--role initiator needs --exec: the command that is the initiator");
	if (cli->url || cli->profile || cli->random)
		return assay_complain(
			"--role initiator: the built-in target serves it: no -t, --profile or --random");
	if (cli->secret_file || cli->secret_env) {
		int result = assay_cli_secret(cli->secret, cli->secret_file, cli->secret_env);

		if (result)
			return result;
		assay_secrets_add(&f->secrets, cli->secret);
	}
	assay_secrets_add_urls(&f->secrets, cli->exec);
	assay_secrets_add_environment(&f->secrets);
	assay_secrets_hide(&f->secrets, cli->exec_shown);
	snprintf(f->target, sizeof(f->target), "initiator %s", cli->exec_shown);
	f->again = assay_cli_again(cli, NULL);
	make_fit(f);
	return 0;
}

static int find_target(struct assay_fuzz *f)
{
	struct assay_cli *cli = f->cli;
	int result = assay_cli_profile_served(&f->profile, cli);

	if (result)
		return result;
	if (!f->profile->setup.target_name)
		return assay_complain("the target has no name: iscsi://host[:port]/target-iqn/lun");
	name_target(f);
	f->again = assay_cli_again(cli, f->profile);
	make_fit(f);
	return check_leave(cli, f->profile->setup.host);
}

/* --pin: what we start stays there with us. And as batch work neither we nor the target preempt the other in the middle of a step, which costs more than the step. */
static int pin(const struct assay_cli *cli)
{
	int cpu = cli->cpu == UINT64_MAX ? sched_getcpu() : (int)cli->cpu;
	struct sched_param none = { 0 };
	cpu_set_t set;

	if (!cli->pin)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	(void)sched_setscheduler(0, SCHED_BATCH, &none); /* only slower without */
	return sched_setaffinity(0, sizeof(set), &set)
		       ? assay_complain("--pin: processor %d: %s", cpu, strerror(errno))
		       : 0;
}

struct assay_finding_context assay_fuzz_context(const struct assay_fuzz *f)
{
	return (struct assay_finding_context){ ASSAY_VERSION, f->target, f->again, f->cli->random };
}

static int begin_live(struct assay_fuzz *f, struct assay_error *err)
{
	const struct assay_play_options options = {
		.patience = f->cli->patience_ms * 1000000,
		.disruptive = f->profile->setup.disruptive,
	};

	return assay_live_begin(
		&f->live, &f->rig, f->profile, &options, f->cli->random, &assay_stop_signal, err);
}

static int begin_initiator(struct assay_fuzz *f, struct assay_error *err)
{
	const struct assay_initiators_options options = {
		.command = f->cli->exec,
		.deadline = f->cli->patience_ms * 1000000,
		.stop = &assay_stop_signal,
		.secrets = &f->secrets,
	};

	return assay_initiators_begin(&f->initiators, &f->rig, &options, err);
}

int assay_fuzz_begin(struct assay_fuzz *f)
{
	struct assay_error err = { 0 };
	int r = f->role_initiator ? begin_initiator(f, &err) : begin_live(f, &err);

	if (!r)
		return 0;
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	assay_complain("%s", err.message[0] ? err.message : assay_err_name(r));
	return r == ASSAY_E_SYNTAX    ? ASSAY_EXIT_USAGE
	       : assay_err_is_ours(r) ? ASSAY_EXIT_HARNESS
				      : ASSAY_EXIT_UNREACHABLE;
}

/* ---- the campaign ---- */

/* Has the folder anything but a campaign? A campaign takes nobody's results away. */
static int check_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	bool others = false, campaign = false;

	if (!dir)
		return assay_complain("%s: %s", folder, strerror(errno));
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		campaign |= !strcmp(e->d_name, "fuzz.ndjson");
		others |= e->d_name[0] != '.';
	}
	closedir(dir);
	return campaign || !others
		       ? 0
		       : assay_complain("%s: holds the results of another command: choose another "
					"folder with -o",
				 folder);
}

static int write_states(const struct assay_fuzz *f)
{
	struct assay_state_graph *graph = f->rig.states(f->rig.payload);
	FILE *out;
	int r;

	if (!f->cli->dot_file || !graph)
		return 0;
	out = fopen(f->cli->dot_file, "we");
	if (!out)
		return assay_cannot(f->cli->dot_file, "write it");
	r = assay_state_graph_write(out, graph);
	return fclose(out) || r ? assay_cannot(f->cli->dot_file, "write it") : 0;
}

/* What will not be found here, and why. */
static void tell_limits(const struct assay_player *player)
{
	const char *forgives = assay_player_forgives(player);

	if (forgives[0])
		printf("NOTE  %s\n", forgives);
	fflush(stdout);
}

static int run(struct assay_fuzz *f, struct assay_campaign *c, struct assay_fuzz_teller *teller)
{
	struct assay_error err = { 0 };
	int result = assay_fuzz_begin(f), written;

	if (result)
		return result;
	if (!f->role_initiator)
		tell_limits(f->live.player);
	result = assay_campaign_run(c, &f->rig, &err);
	assay_fuzz_ended(teller, assay_campaign_status(c));
	if (err.message[0] && (result == ASSAY_EXIT_HARNESS || result == ASSAY_EXIT_CRASH))
		assay_complain("%s", err.message);
	written = write_states(f);
	return written ? written : result;
}

static int campaign(struct assay_fuzz *f)
{
	const struct assay_cli *cli = f->cli;
	const char *folder = cli->output ? cli->output : ASSAY_FUZZ_OUTPUT;
	struct assay_fuzz_teller teller;
	struct assay_campaign_options options = {
		.folder = folder,
		.context = assay_fuzz_context(f),
		.seed = cli->seed,
		.seed_said = cli->seed_said,
		.shard = cli->shard ? (unsigned)cli->shard : 1,
		.shards = cli->shards ? (unsigned)cli->shards : 1,
		.cases = cli->cases,
		.max_time = cli->max_time_ms * 1000000,
		.no_children = cli->random,
		.stop = &assay_stop_signal,
		.progress = assay_fuzz_progress,
		.found = assay_fuzz_found,
		.payload = &teller,
	};
	struct assay_error err = { 0 };
	struct assay_campaign *c;
	int result = assay_output_take(folder);

	if (!result)
		result = check_folder(folder);
	if (result)
		return result;
	assay_fuzz_teller_init(&teller, folder, cli->quiet);
	if (assay_campaign_new(&c, &options, &err))
		return assay_complain_of(&err);
	if (!cli->quiet)
		printf("fuzzing %s, seed 0x%llx, into %s%s\n", f->target,
			(unsigned long long)assay_campaign_status(c)->seed, folder,
			cli->cases || cli->max_time_ms ? "" : "; Ctrl-C ends it, the same command goes on");
	fflush(stdout);
	result = run(f, c, &teller);
	assay_campaign_free(c);
	return result;
}

static int check_words(const struct assay_cli *cli)
{
	if (cli->words.count)
		return assay_complain(
			"fuzz: '%s' is no option; see iscsi-assay help fuzz", cli->words.word[0]);
	if (cli->role && strcmp(cli->role, "target") != 0 && strcmp(cli->role, "initiator") != 0)
		return assay_complain("--role: bad value '%s': target or initiator", cli->role);
	if (!!cli->repro + !!cli->minimize + !!cli->promote > 1)
		return assay_complain("--repro, --minimize and --promote: only one of them");
	return 0;
}

int assay_cli_fuzz(struct assay_cli *cli)
{
	static struct assay_fuzz f;
	int result = check_words(cli);

	f.cli = cli;
	if (result)
		return result;
	if (cli->promote)
		return assay_fuzz_promote(cli);
	f.role_initiator = cli->role && !strcmp(cli->role, "initiator");
	result = f.role_initiator ? find_initiator(&f) : find_target(&f);
	if (!result)
		result = pin(cli);
	if (!result) {
		assay_signals_catch();
		result = cli->repro      ? assay_fuzz_repro(&f)
			 : cli->minimize ? assay_fuzz_minimize(&f)
					 : campaign(&f);
		if (f.role_initiator)
			assay_initiators_end(f.initiators);
		else
			assay_live_end(&f.live);
	}
	free(f.again);
	assay_profile_free(f.profile);
	return result;
}
