/* target.c - the command target: serves the built-in target until SIGTERM or SIGINT. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "runner/witness.h"
#include "target/server.h"

#define LISTEN "127.0.0.1:3260"

static int list_defects(void)
{
	for (int d = 0; d < ASSAY_DEFECT_COUNT; d++)
		printf("%-36s %s\n", assay_defect_at(d)->name, assay_defect_at(d)->desc);
	return ASSAY_EXIT_OK;
}

int assay_cli_defect(const char *name)
{
	int defect = assay_defect_find(name);

	if (defect < 0)
		assay_complain(
			"--defect: there is none called '%s'; see iscsi-assay target --list-defects", name);
	return defect;
}

static int set_defects(struct assay_target *target, const struct assay_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		int defect = assay_cli_defect(names->word[i]);

		if (defect < 0)
			return ASSAY_EXIT_USAGE;
		assay_target_set_defect(target, defect);
	}
	return 0;
}

static int list_faults(void)
{
	for (int f = 0; f < ASSAY_FAULT_COUNT; f++)
		printf("%-36s %s\n", assay_fault_at(f)->name, assay_fault_at(f)->desc);
	return ASSAY_EXIT_OK;
}

static int set_faults(struct assay_target *target, const struct assay_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		int fault = assay_fault_find(names->word[i]);

		if (fault < 0)
			return assay_complain(
				"--fault: there is none called '%s'; see iscsi-assay target --fault help",
				names->word[i]);
		assay_target_set_fault(target, fault);
	}
	return 0;
}

/* One target from --name, --lun, --chap … */
static int add_named(struct assay_served *s, struct assay_cli *cli, struct assay_error *err)
{
	struct assay_target_spec spec = { .name = cli->name ? cli->name : ASSAY_DEFAULT_NAME };
	int result = 0;

	if (cli->chap) {
		if (!cli->secret_file && !cli->secret_env)
			return assay_complain("--chap needs --secret-file or --secret-env");
		spec.incoming.name = cli->chap;
		spec.incoming.secret = cli->secret;
		result = assay_cli_secret(cli->secret, cli->secret_file, cli->secret_env);
	}
	if (!result && cli->mutual) {
		if (!cli->mutual_secret_file || !cli->chap)
			return assay_complain("--mutual needs --mutual-secret-file, and --chap");
		spec.outgoing.name = cli->mutual;
		spec.outgoing.secret = cli->mutual_secret;
		result = assay_cli_secret(cli->mutual_secret, cli->mutual_secret_file, NULL);
	}
	if (result)
		return result;
	if (assay_served_target(s, &spec, err))
		return assay_complain_of(err);
	if (!cli->luns.count && assay_served_lun(s, "1=64M", err))
		return assay_complain_of(err);
	for (size_t i = 0; i < cli->luns.count; i++)
		if (assay_served_lun(s, cli->luns.word[i], err))
			return assay_complain("--%s", err->message);
	return 0;
}

static int add_defaults(struct assay_served *s, struct assay_error *err)
{
	if (assay_target_add_defaults(s->target, err) < 0)
		return assay_complain_of(err);
	snprintf(s->targets[0].name, sizeof(s->targets[0].name), ASSAY_DEFAULT_NAME);
	s->targets[0].tid = assay_target_id(s->target, ASSAY_DEFAULT_NAME);
	s->targets[0].lun = 1;
	s->targets[0].has_lun = true;
	s->count = 1;
	return 0;
}

/* Portals first: a target shows itself in the portal groups that are there. */
static int add_portals(struct assay_served *s, const struct assay_cli *cli, struct assay_error *err)
{
	for (size_t i = 0; i < cli->listen.count; i++)
		if (assay_served_listen(s, cli->listen.word[i], err))
			return assay_complain("--%s", err->message);
	if (!cli->listen.count && !cli->config && assay_served_listen(s, LISTEN, err))
		return assay_complain_of(err);
	return 0;
}

static int build(struct assay_served *s, struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	bool named = cli->name || cli->luns.count || cli->chap || cli->mutual;
	int result;

	if (cli->config && named)
		return assay_complain("--config: the file says it all; no --name, --lun, --chap or --mutual "
				      "beside it");
	result = set_defects(s->target, &cli->defects);
	if (!result)
		result = set_faults(s->target, &cli->faults);
	if (!result)
		result = add_portals(s, cli, &err);
	if (result)
		return result;
	if (cli->config)
		return assay_served_read(s, cli->config, &err) ? assay_complain_of(&err) : 0;
	return named ? add_named(s, cli, &err) : add_defaults(s, &err);
}

static void print_urls(const struct assay_served *s, const struct assay_server *server)
{
	for (unsigned p = 0; p < s->portal_count; p++)
		for (size_t i = 0; i < s->count; i++) {
			printf("iscsi://%s:%u/%s", s->portals[p].host, assay_server_port(server, p),
				s->targets[i].name);
			if (s->targets[i].has_lun)
				printf("/%u", s->targets[i].lun);
			putchar('\n');
		}
	fflush(stdout);
}

/* --watch: 0 with *out NULL where nobody asked for it. */
static int begin_watch(struct assay_witness **out, const struct assay_cli *cli)
{
	struct assay_error err = { 0 };
	int result;

	*out = NULL;
	if (!cli->watch)
		return cli->allow.count || cli->strict
			       ? assay_complain("--allow and --strict say something only with --watch")
			       : 0;
	result = assay_output_take(cli->watch);
	if (result)
		return result;
	if (assay_output_empty(cli->watch, &err))
		return assay_complain_of(&err);
	return assay_witness_new(out, cli->watch, cli->allow.word, cli->strict, stderr, &err)
		       ? assay_complain_of(&err)
		       : 0;
}

/* The exit code, once nobody is served any more. */
static int end_watch(struct assay_witness *witness, int result)
{
	struct assay_error err = { 0 };
	long found;

	if (!witness)
		return result;
	found = assay_witness_end(witness, stderr, &err);
	if (found < 0) {
		assay_complain_of(&err);
		return ASSAY_EXIT_HARNESS;
	}
	return result ? result : found ? ASSAY_EXIT_FINDINGS : ASSAY_EXIT_OK;
}

/* From a server that listens to one that has ended. */
static int serve_until(
	struct assay_served *s, const struct assay_cli *cli, struct assay_server *server, int signals)
{
	struct assay_console *console = NULL;
	struct assay_witness *witness;
	struct assay_error err = { 0 };
	int result = begin_watch(&witness, cli);

	if (!result && cli->control && assay_console_open(&console, cli->control, s, server, &err))
		result = assay_complain("--control: %s", err.message);
	if (!result) {
		if (witness) {
			const struct assay_server_observer observer = assay_witness_observer(witness);

			assay_server_observe(server, &observer);
		}
		print_urls(s, server);
		result = assay_server_run(server, signals) < 0 ? ASSAY_EXIT_HARNESS : ASSAY_EXIT_OK;
	}
	assay_console_close(console);
	assay_server_close(server);
	return end_watch(witness, result);
}

static int serve(struct assay_served *s, const struct assay_cli *cli)
{
	struct assay_server *server = NULL;
	struct assay_error err = { 0 };
	sigset_t stop;
	int signals, result;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signals = signalfd(-1, &stop, SFD_CLOEXEC);
	result = assay_server_open(&server, s->target, &err) ? assay_complain_of(&err)
							     : serve_until(s, cli, server, signals);
	close(signals);
	return result;
}

int assay_cli_target(struct assay_cli *cli)
{
	struct assay_served s = { 0 };
	int result;

	if (cli->tell)
		return assay_console_tell(cli->tell, cli->words.word, cli->words.count);
	if (cli->words.count)
		return assay_complain(
			"target: '%s' is no option; see iscsi-assay help target", cli->words.word[0]);
	if (cli->list_defects)
		return list_defects();
	if (cli->faults.count == 1 && strcmp(cli->faults.word[0], "help") == 0)
		return list_faults();
	s.target = assay_target_new();
	if (!s.target)
		return ASSAY_EXIT_HARNESS;
	result = build(&s, cli);
	if (!result)
		result = serve(&s, cli);
	assay_target_free(s.target);
	return result;
}
