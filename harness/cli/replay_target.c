/* replay_target.c - `replay --role target`: the captured target's side, served to a live initiator. Where it listens, its secrets, and when it ends. */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/replay.h"
#include "cli/served.h"
#include "codec/lun.h"
#include "replay/rewrite.h"
#include "report/print.h"
#include "transport/tcp.h"

#define LISTEN   "127.0.0.1:3260"
#define ANY_NAME "iqn.2026-01.net.iscsi-assay:replay" /* where the capture has none: its login is ours then */
#define PATIENCE                                                                                             \
	(300 * ASSAY_MILLISECOND) /* for a request that the captured order has before what is asked for */

int assay_replay_target_check(const struct assay_cli *cli)
{
	if (cli->url || cli->profile || cli->exec)
		return assay_complain(
			"replay: -t, --profile and --exec name a target; with --role target that is played");
	return 0;
}

/* The logical unit that is read or written first, else the one that is asked anything first. */
static bool lun_of(uint64_t *lun, const struct assay_script *s)
{
	if (assay_script_io_lun(lun, s))
		return true;
	for (uint32_t n = 0; n < s->task_count; n++) {
		*lun = s->items[s->tasks[n].request].pdu.lun;
		if (s->items[s->tasks[n].request].pdu.opcode == ASSAY_SCSI_COMMAND)
			return true;
	}
	return false;
}

static bool has_own_login(const struct assay_script *s)
{
	bool own = false;

	for (uint32_t c = 0; c < s->connection_count; c++)
		own |= s->connections[c].mid_stream;
	return own;
}

/* The URL that the initiator is to be given. */
static const char *url_of(const struct assay_script *s, const char *address)
{
	static char url[768];
	char name[256], lun[24];
	uint64_t number;
	int used = snprintf(url, sizeof(url), "iscsi://%s", address);

	if (!assay_script_target_name(name, sizeof(name), s)) {
		if (!has_own_login(s))
			return url;
		snprintf(name, sizeof(name), "%s", ANY_NAME);
	}
	used += snprintf(url + used, sizeof(url) - (size_t)used, "/%s", name);
	if (lun_of(&number, s)) {
		assay_lun_print(lun, sizeof(lun), number);
		snprintf(url + used, sizeof(url) - (size_t)used, "/%s", lun);
	}
	return url;
}

/* It may take long until the next one. */
static void on_difference(
	void *run, const struct assay_replay_place *place, const struct assay_replay_differences *differences)
{
	assay_replay_told_difference(run, place, differences);
	fflush(stdout);
}

static void begin(struct assay_replay_run *r)
{
	if (!r->cli->json) {
		assay_print_clean(stdout, r->url);
		putchar('\n');
	}
	assay_replay_told_begin(r);
	fflush(stdout);
}

/* What the two roles have in common is told alike. */
static void count(struct assay_replay_run *r, const struct assay_replay_target_counts *c)
{
	r->served = *c;
	r->replayed.connections = c->connections;
	r->replayed.sent = c->answers + c->pings;
	r->replayed.received = c->requests + c->pings + c->unknown;
	r->replayed.compared = c->requests;
	r->replayed.pings = c->pings;
	r->replayed.own_logins = c->own_logins;
	r->replayed.not_played = c->skipped;
	r->replayed.differing = c->differing;
	r->replayed.stopped = assay_stop_signal != 0 || c->stopped;
}

static int outcome(const struct assay_replay_run *r, int served)
{
	if (served < 0)
		return assay_complain("replay: no connection can be taken"), ASSAY_EXIT_HARNESS;
	if (assay_replay_fails(r) || r->served.differing)
		return ASSAY_EXIT_FINDINGS;
	return assay_stop_signal ? 128 + assay_stop_signal : ASSAY_EXIT_OK;
}

static int serve(struct assay_replay_run *r, struct assay_replay_target *t, int listener)
{
	struct signalfd_siginfo info;
	int signals, served, kept;
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signals = signalfd(-1, &stop, SFD_CLOEXEC);
	begin(r);
	served = assay_replay_target_serve(t, listener, signals);
	if (served == 1 && read(signals, &info, sizeof(info)) == sizeof(info))
		assay_stop_signal = (int)info.ssi_signo;
	close(signals);
	count(r, assay_replay_target_end(t, served == 1));
	assay_replay_told_end(r);
	kept = assay_replay_evidence(r);
	return kept ? kept : outcome(r, served);
}

/* Secrets that the two sides had. names lives as long as they do. */
static int read_secrets(struct assay_replay_names *names, struct assay_cli *cli)
{
	int result = 0;

	if (cli->secret_file || cli->secret_env) {
		result = assay_cli_secret(cli->secret, cli->secret_file, cli->secret_env);
		names->initiator.secret = cli->secret;
	}
	if (!result && cli->mutual_secret_file) {
		result = assay_cli_secret(cli->mutual_secret, cli->mutual_secret_file, NULL);
		names->target.secret = cli->mutual_secret;
	}
	return result;
}

static int play(struct assay_replay_run *r, const struct assay_replay_names *names, int listener)
{
	struct assay_replay_target_options o = { .names = names,
		.masks = &r->masks,
		.data = r->options.data,
		.tap = r->tap = assay_tap_new(ASSAY_REPLAY_TAP, assay_replay_found, r),
		.patience = r->cli->patience_ms ? r->cli->patience_ms * ASSAY_MILLISECOND : PATIENCE,
		.verbatim = r->cli->verbatim,
		.pace = r->options.pace,
		.stop_at = r->cli->stop_at,
		.payload = r,
		.differs = on_difference };
	const struct assay_chap_account initiator = { .secret = names->initiator.secret },
					target = { .secret = names->target.secret };
	struct assay_replay_target *t = NULL;
	int result = r->tap ? assay_replay_target_new(&t, r->script, &o) : ASSAY_E_NOMEM;

	if (r->tap) {
		assay_tap_account(r->tap, ASSAY_INITIATOR, &initiator, NULL);
		assay_tap_account(r->tap, ASSAY_TARGET, &target, NULL);
	}
	if (!result)
		result = serve(r, t, listener);
	else if (result == ASSAY_E_INVAL)
		result = (assay_complain("%s: nothing was asked for in what is to be played of it", r->path),
			ASSAY_EXIT_NOTHING);
	else
		result = (assay_complain("out of memory"), ASSAY_EXIT_HARNESS);
	assay_replay_target_free(t);
	return result;
}

int assay_replay_serve(struct assay_replay_run *r)
{
	static struct assay_replay_names names;
	static char address[ASSAY_HOST_MAX + 16];
	const char *listens = r->cli->listens ? r->cli->listens : LISTEN;
	struct assay_address here;
	struct assay_error err = { 0 };
	int listener, result = read_secrets(&names, r->cli);

	if (result)
		return result;
	if (assay_served_address(&here, "--listen", listens, &err) < 0)
		return assay_complain_of(&err);
	listener = assay_tcp_listen(&here.port, here.host, &err);
	if (listener < 0)
		return assay_complain_of(&err);
	snprintf(
		address, sizeof(address), strchr(here.host, ':') ? "[%s]:%u" : "%s:%u", here.host, here.port);
	names.target_address = address;
	r->url = url_of(r->script, address);
	result = play(r, &names, listener);
	close(listener);
	return result;
}
