/* replay.c - the command replay: the initiator's side of a capture played to a live target, which is the built-in one in this process where none is named. Nothing is written without leave, and
 * connections go to the named address only. The target's side is replay_target.c's. */
#include "cli/replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "capture/file.h"
#include "codec/lun.h"
#include "replay/rewrite.h"
#include "runner/evidence.h"
#include "runner/sanity.h"

#define SCRIPT_LIMIT ((size_t)1 << 30) /* bytes of a capture that are played */
#define FOLDER       "replay" /* of the evidence */

/* ---- the capture ---- */

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	assay_script_open(((struct assay_replay_run *)payload)->script, c);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	assay_script_pdu(((struct assay_replay_run *)payload)->script, c, p);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	struct assay_replay_run *r = payload;

	/* What the initiator's side sends. */
	r->losses += l->rest && (l->dir == ASSAY_TO_TARGET) == (r->tested == ASSAY_TARGET) ? 0 : l->bytes;
	assay_script_loss(r->script, c, l);
}

static void on_stand(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_stand *stand)
{
	assay_script_stand(((struct assay_replay_run *)payload)->script, c, stand);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	assay_script_close(((struct assay_replay_run *)payload)->script, c, how, by, frame, time);
}

/* All packets of the file into the script. */
static int read_packets(struct assay_replay_run *r, struct assay_capture_file *file, struct assay_error *err)
{
	static const struct assay_timeline_events events = {
		.open = on_open, .pdu = on_pdu, .loss = on_loss, .stand = on_stand, .close = on_close
	};
	struct assay_timeline *timeline = assay_timeline_new(NULL, &events, r);
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_packet packet;
	struct assay_segment segment;
	int rc = timeline && fragments ? 1 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");

	while (rc == 1 && !assay_stop_signal && (rc = assay_capture_file_next(&packet, file, err)) == 1)
		if (assay_packet_tcp(&segment, fragments, &packet) == ASSAY_PACKET_TCP)
			assay_timeline_segment(timeline, &segment);
	if (rc >= 0)
		assay_timeline_end(timeline);
	r->truncated = assay_capture_file_truncated(file);
	assay_fragments_free(fragments);
	assay_timeline_free(timeline);
	return rc < 0 ? rc : 0;
}

static int read_capture(struct assay_replay_run *r)
{
	struct assay_error err = { 0 };
	struct assay_capture_file *file;
	int rc = assay_capture_file_open(&file, r->path, &err);

	if (rc == 0) {
		r->script = assay_script_new(SCRIPT_LIMIT);
		rc = r->script ? read_packets(r, file, &err)
			       : assay_error_set(&err, ASSAY_E_NOMEM, "out of memory");
		assay_capture_file_close(file);
	}
	if (rc < 0) {
		assay_complain("%s: %s", r->path, err.message);
		return rc == ASSAY_E_NOMEM ? ASSAY_EXIT_HARNESS : ASSAY_EXIT_USAGE;
	}
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	if (r->script->pdus[ASSAY_TO_TARGET] || r->script->parts)
		return 0;
	assay_complain("%s: %s", r->path,
		r->script->connection_count ? "no PDU of an initiator is in it" : "no iSCSI in it");
	return ASSAY_EXIT_NOTHING;
}

/* ---- the target ---- */

void assay_replay_found(void *run, const struct assay_finding *f)
{
	struct assay_replay_run *r = run;
	struct assay_replay_count *count = NULL;

	for (size_t i = 0; i < r->rules && !count; i++)
		if (r->rule[i].rule == f->rule && r->rule[i].offender == f->offender)
			count = &r->rule[i];
	if (!count && r->rules < ASSAY_REPLAY_RULES) {
		count = &r->rule[r->rules++];
		*count = (struct assay_replay_count){ f->rule, f->offender, 0 };
	}
	if (f->offender == r->tested)
		++*(f->rule->level == ASSAY_MUST ? &r->findings : &r->warnings);
	if (count && ++count->count <= ASSAY_REPLAY_LISTED && f->offender == r->tested)
		assay_replay_told_finding(r, f);
}

static int unreachable(int rc, const struct assay_error *err)
{
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	assay_complain("%s", err->message[0] ? err->message : assay_err_name(rc));
	return rc == ASSAY_E_SYNTAX    ? ASSAY_EXIT_USAGE
	       : assay_err_is_ours(rc) ? ASSAY_EXIT_HARNESS
				       : ASSAY_EXIT_UNREACHABLE;
}

static void add_account(struct assay_replay_options *o, const char *target,
	const struct assay_chap_account *ours, const struct assay_chap_account *theirs)
{
	if (target && ours->secret)
		o->accounts[o->account_count++] = (struct assay_replay_account){
			.target = target,
			.initiator = { ours->secret, NULL, ours->name },
			.target_proof = { theirs ? theirs->secret : NULL, NULL, NULL },
		};
}

/* A target of that name is there: what the capture is of, or one like it. */
static bool is_known(const struct assay_setup *s, const char *name)
{
	const char *const names[] = { s->target_name, s->second_target, s->chap_target, s->mutual_target,
		s->acl_target, s->acl_address_target };

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		if (names[n] && !strcmp(names[n], name))
			return true;
	return false;
}

static void set_options(struct assay_replay_run *r)
{
	const struct assay_setup *setup = &r->profile->setup;
	struct assay_replay_options *o = &r->options;
	char name[ASSAY_NAME_MAX + 1];

	o->config = &r->config;
	o->leave = &r->leave;
	if (!assay_script_target_name(name, sizeof(name), r->script) || !is_known(setup, name))
		o->names.target_name = setup->target_name;
	if (strcmp(r->profile->initiator_name, ASSAY_DEFAULT_INITIATOR) != 0)
		o->names.initiator_name = r->profile->initiator_name;
	add_account(o, setup->mutual_target, &setup->mutual_account, &setup->mutual_target_account);
	add_account(o, setup->chap_target, &setup->chap_account, NULL);
	o->verbatim = r->cli->verbatim;
	o->stop_at = r->cli->stop_at;
	o->lun_given = setup->target_name && !(r->profile->builtin && !o->names.target_name);
	o->lun = assay_lun_from_number(setup->write_lun_given ? setup->write_lun : setup->lun);
	o->stop = &assay_stop_signal;
	o->masks = &r->masks;
	o->differs = assay_replay_told_difference;
	o->verdict = assay_replay_told_verdict;
	o->payload = r;
	if (getrandom(&o->seed, sizeof(o->seed), 0) != sizeof(o->seed))
		o->seed = r->script->items[0].time;
}

/* Starts the target where the profile says how, and makes all that a connection to it needs. */
static int reach(struct assay_replay_run *r)
{
	struct assay_error err = { 0 };
	int rc = assay_keeper_start(&r->keeper, r->profile, &assay_stop_signal, &err);

	if (!rc)
		rc = assay_dial_open(&r->dial, r->profile, r->defects, 0, &err);
	if (rc)
		return unreachable(rc, &err);
	/* One that we started tells its first visitor that it was: a unit attention, for whom the capture has none. */
	if (r->keeper.supervised && !assay_script_begins_with_attention(r->script))
		(void)assay_sanity_commands(r->profile, 0);
	assay_leave_init(&r->leave, r->dial->dialer);
	r->leave.write = r->profile->setup.write_lun_given;
	r->leave.write_lun = r->profile->setup.write_lun;
	r->leave.disruptive = r->profile->setup.disruptive;
	r->tap = assay_tap_new(ASSAY_REPLAY_TAP, assay_replay_found, r);
	if (!r->tap) {
		assay_complain("out of memory");
		return ASSAY_EXIT_HARNESS;
	}
	assay_dial_accounts(r->tap, &r->profile->setup);
	assay_dial_config(&r->config, r->dial, r->profile, 0);
	r->config.dialer = &r->leave.dialer;
	r->config.tap = r->tap;
	if (r->cli->patience_ms)
		r->config.timeout = r->cli->patience_ms * ASSAY_MILLISECOND;
	set_options(r);
	return 0;
}

/* ---- the command ---- */

int assay_replay_evidence(struct assay_replay_run *r)
{
	const struct assay_evidence e = { .id = FOLDER, .tap = r->tap };
	struct assay_error err = { 0 };

	if (!r->cli->output || !assay_evidence_traces(r->cli->output, &e, &err))
		return 0;
	assay_complain("%s", err.message);
	return ASSAY_EXIT_HARNESS;
}

static int outcome(const struct assay_replay_run *r)
{
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	if (r->gone)
		return ASSAY_EXIT_CRASH;
	if (assay_replay_fails(r) || r->replayed.differing)
		return ASSAY_EXIT_FINDINGS;
	return r->replayed.sent ? ASSAY_EXIT_OK : ASSAY_EXIT_NOTHING;
}

static int play(struct assay_replay_run *r)
{
	struct assay_arena arena = { 0 };
	struct assay_error err = { 0 };
	int rc, kept;

	r->url = r->profile->url;
	assay_replay_told_begin(r);
	rc = assay_replay_as_initiator(&r->replayed, r->script, &r->options, &err);
	if (!assay_keeper_gone(&r->keeper, &r->gone, &arena))
		r->gone = NULL;
	assay_replay_told_end(r);
	assay_arena_free(&arena);
	kept = assay_replay_evidence(r);
	if (rc)
		return unreachable(rc, &err);
	return kept ? kept : outcome(r);
}

static int check_words(struct assay_cli *cli, struct assay_replay_options *o)
{
	static const char *const data[] = {
		[ASSAY_REPLAY_DATA_WRITTEN] = "written",
		[ASSAY_REPLAY_DATA_ALL] = "all",
		[ASSAY_REPLAY_DATA_NONE] = "none",
	};

	if (cli->words.count != 1)
		return assay_complain("replay needs one capture: iscsi-assay replay CAPTURE -t URL");
	if (cli->role && strcmp(cli->role, "initiator") != 0 && strcmp(cli->role, "target") != 0)
		return assay_complain("--role: bad value '%s': initiator or target", cli->role);
	for (size_t n = 0; n < cli->ignore.count; n++)
		if (!assay_replay_can_ignore(cli->ignore.word[n]))
			return assay_complain(
				"--ignore: '%s' is no field of a PDU, no text key and not 'sense'",
				cli->ignore.word[n]);
	if (cli->pace && strcmp(cli->pace, "fast") != 0 && strcmp(cli->pace, "original") != 0)
		return assay_complain("--pace: bad value '%s': fast or original", cli->pace);
	o->pace = cli->pace && !strcmp(cli->pace, "original");
	for (unsigned n = 0; cli->data && n < sizeof(data) / sizeof(data[0]); n++) {
		o->data = (enum assay_replay_data)n;
		if (!strcmp(cli->data, data[n]))
			return 0;
	}
	return cli->data ? assay_complain("--data: bad value '%s': written, all or none", cli->data) : 0;
}

static int take_defects(struct assay_replay_run *r)
{
	const struct assay_cli *cli = r->cli;

	if (cli->defects.count && (r->tested == ASSAY_INITIATOR || cli->url || cli->profile))
		return assay_complain(
			"--defect is for the built-in target, which is there when none is named");
	for (size_t n = 0; n < cli->defects.count; n++) {
		int defect = assay_cli_defect(cli->defects.word[n]);

		if (defect < 0)
			return ASSAY_EXIT_USAGE;
		assay_defect_add(r->defects, (enum assay_defect)defect);
	}
	return 0;
}

/* The initiator's side, to the target that the options name. */
static int play_initiator(struct assay_replay_run *r)
{
	int result = reach(r);

	return result ? result : play(r);
}

int assay_cli_replay(struct assay_cli *cli)
{
	static struct assay_replay_run r;
	int result = check_words(cli, &r.options);

	if (result)
		return result;
	r.cli = cli;
	r.masks.ignored = cli->ignore.word;
	r.path = cli->words.word[0];
	r.tested = cli->role && !strcmp(cli->role, "target") ? ASSAY_INITIATOR : ASSAY_TARGET;
	result = r.tested == ASSAY_INITIATOR ? assay_replay_target_check(cli)
					     : assay_cli_profile(&r.profile, cli);
	if (!result)
		result = take_defects(&r);
	if (!result)
		assay_signals_catch();
	if (!result)
		result = read_capture(&r);
	if (!result)
		result = assay_output_fresh(cli->output);
	if (!result)
		result = r.tested == ASSAY_INITIATOR ? assay_replay_serve(&r) : play_initiator(&r);
	assay_tap_free(r.tap);
	assay_dial_close(r.dial);
	assay_keeper_stop(&r.keeper);
	assay_script_free(r.script);
	assay_profile_free(r.profile);
	return result;
}
