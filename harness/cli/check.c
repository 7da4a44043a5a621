/* check.c - the command check: a capture is read, both sides of each iSCSI connection in it are judged by all rules, and what was in it is summed up. No peer is needed. */
#include "cli/check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/listing.h"
#include "report/file.h"

#define LISTING_MAX 8192 /* bytes of one PDU's listing; a longer one is cut */

static struct assay_check_count *count_of(struct assay_check *k, const struct assay_finding *f)
{
	for (size_t i = 0; i < k->rules; i++)
		if (k->rule[i].rule == f->rule && k->rule[i].offender == f->offender)
			return &k->rule[i];
	if (k->rules == ASSAY_CHECK_RULES)
		return NULL;
	k->rule[k->rules] = (struct assay_check_count){ f->rule, f->offender, 0 };
	return &k->rule[k->rules++];
}

/* ---- events ---- */

static void take_claim(
	struct assay_check *k, const char *comment, uint64_t connection, uint64_t pdu, uint64_t frame)
{
	struct assay_check_claim c = { .connection = connection, .pdu = pdu, .frame = frame }, *last;

	if (!comment || !assay_claim_read(&c.claim, comment))
		return;
	/* A packet says it once: to the connection that begins with it, and to each of its PDUs. */
	last = k->claims && k->claims <= ASSAY_CHECK_CLAIMS ? &k->claim[k->claims - 1] : NULL;
	if (last && last->connection == connection && last->frame == frame) {
		last->pdu = last->pdu ? last->pdu : pdu;
		return;
	}
	if (k->claims < ASSAY_CHECK_CLAIMS)
		k->claim[k->claims] = c;
	k->claims++;
}

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	struct assay_check *k = payload;

	take_claim(k, c->comment, c->number, 0, c->frame);
	assay_summary_open(k->summary, c);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	struct assay_check *k = payload;

	take_claim(k, p->comment, c->number, p->number, p->frame);
	assay_summary_pdu(k->summary, c, p);
}

static void tell(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *finding, const struct assay_timeline_pdu *at)
{
	static char listing[LISTING_MAX];

	listing[0] = 0;
	if (at->pdu)
		assay_listing_full(listing, sizeof(listing), at->pdu);
	if (k->json)
		assay_check_json_finding(k, c, finding, at, listing);
	if (k->words)
		assay_check_tell(k, c, finding, at, listing);
	if (k->record)
		assay_check_record_keep(k, c, finding, at, listing);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *finding, const struct assay_timeline_pdu *at)
{
	struct assay_check *k = payload;
	struct assay_check_count *count = count_of(k, finding);

	++*(finding->rule->level == ASSAY_MUST ? &k->findings : &k->warnings);
	assay_summary_finding(k->summary, c, finding);
	if (k->record)
		assay_check_record_count(k->record, c, finding);
	if (count && ++count->count <= ASSAY_CHECK_LISTED)
		tell(k, c, finding, at);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	assay_summary_loss(((struct assay_check *)payload)->summary, c, l);
}

static void on_conflict(
	void *payload, const struct assay_timeline_connection *c, enum assay_dir dir, uint64_t frame)
{
	(void)dir;
	(void)frame;
	assay_summary_conflict(((struct assay_check *)payload)->summary, c);
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	assay_summary_close(((struct assay_check *)payload)->summary, c, how, by, frame, time);
}

/* ---- reading ---- */

static void take(struct assay_check *k, struct assay_fragments *fragments, const struct assay_packet *p)
{
	struct assay_segment s;

	if (!k->packets++)
		k->first_time = p->time;
	k->last_time = p->time;
	switch (assay_packet_tcp(&s, fragments, p)) {
	case ASSAY_PACKET_TCP: assay_timeline_segment(k->timeline, &s); break;
	case ASSAY_PACKET_BAD: k->bad++; break;
	case ASSAY_PACKET_OTHER: k->other++; break;
	case ASSAY_PACKET_LINK:
		if (!k->unknown_link++)
			k->link = p->link;
		break;
	case ASSAY_PACKET_FRAGMENT: break;
	}
}

/* 0, or a negative error in words. */
static int read_all(struct assay_check *k, struct assay_capture_file *file, struct assay_error *err)
{
	static const struct assay_hole_rule rule = {
		.least = 24u << 10, .head = 2048, .tail = ASSAY_REASSEMBLY_HISTORY
	};
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_packet packet;
	int r;

	if (!fragments)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	assay_capture_file_leave_out(file, &rule);
	while (!assay_stop_signal && (r = assay_capture_file_next(&packet, file, err)) == 1)
		take(k, fragments, &packet);
	assay_timeline_end(k->timeline);
	k->truncated = assay_capture_file_truncated(file);
	k->fragments_lost = assay_fragments_lost(fragments);
	k->fragment_conflicts = assay_fragments_conflicts(fragments);
	assay_fragments_free(fragments);
	return assay_stop_signal ? 0 : r;
}

struct assay_timeline *assay_check_timeline(
	const struct assay_timeline_events *events, void *payload, const struct assay_cli *cli)
{
	const struct assay_chap_account initiator = { cli->user, cli->secret[0] ? cli->secret : NULL },
					target = { cli->mutual,
						cli->mutual_secret[0] ? cli->mutual_secret : NULL };
	struct assay_timeline *t = assay_timeline_new(NULL, events, payload);

	if (t) {
		assay_timeline_account(t, ASSAY_INITIATOR, &initiator, NULL);
		assay_timeline_account(t, ASSAY_TARGET, &target, NULL);
	}
	return t;
}

static bool make(struct assay_check *k, const struct assay_cli *cli)
{
	bool reports = cli->junit_file || cli->html_file;

	static const struct assay_timeline_events events = { .open = on_open,
		.pdu = on_pdu,
		.finding = on_finding,
		.loss = on_loss,
		.conflict = on_conflict,
		.close = on_close,
		.no_data = true };

	k->timeline = assay_check_timeline(&events, k, cli);
	k->summary = assay_summary_new();
	k->record = reports ? assay_check_record_new() : NULL;
	return k->timeline && k->summary && (k->record || !reports);
}

int assay_check_complain(const char *path, const struct assay_error *err)
{
	assay_complain("%s: %s", path, err->message);
	return err->code == ASSAY_E_NOMEM ? ASSAY_EXIT_HARNESS : ASSAY_EXIT_USAGE;
}

/* ---- reports ---- */

enum { JUNIT, HTML, REPORTS };

struct report {
	const char *path; /* NULL: nobody asked for it */
	void (*write)(FILE *out, const struct assay_check *k);
	struct assay_file file;
};

/* Those that were begun are ended. Returns result, or an exit code after a line of words where one could not be written. */
static int end_reports(struct report *reports, size_t count, const struct assay_check *k, int result)
{
	int written = 0;

	for (size_t i = 0; i < count; i++) {
		struct report *r = &reports[i];
		int ended;

		if (!r->path)
			continue;
		if (!result)
			r->write(r->file.out, k);
		ended = assay_check_output_end(&r->file, r->path, result);
		written = written ? written : ended;
	}
	return written ? written : result;
}

static int begin_reports(struct report *reports, const struct assay_check *k)
{
	for (size_t i = 0; i < REPORTS; i++) {
		int result = reports[i].path ? assay_check_output(&reports[i].file, reports[i].path) : 0;

		if (result)
			return end_reports(reports, i, k, result);
	}
	return 0;
}

/* ---- the command ---- */

/* A warning counts under --strict, as everywhere. */
static int result_of(const struct assay_check *k)
{
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	if (k->findings || (k->strict && k->warnings))
		return ASSAY_EXIT_FINDINGS;
	return assay_timeline_counts(k->timeline)->connections ? ASSAY_EXIT_OK : ASSAY_EXIT_NOTHING;
}

static int judge(struct assay_check *k, struct assay_capture_file *file, const struct assay_cli *cli)
{
	static struct report reports[REPORTS] = {
		[JUNIT] = { .write = assay_check_junit }, [HTML] = { .write = assay_check_html }
	};
	struct assay_error err = { 0 };
	int r, written;

	if (!make(k, cli))
		return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
	reports[JUNIT].path = cli->junit_file;
	reports[HTML].path = cli->html_file;
	written = begin_reports(reports, k);
	if (written)
		return written;
	assay_signals_catch();
	if (k->json)
		assay_check_json_begin(k);
	r = read_all(k, file, &err);
	k->stopped = r < 0 ? err.message : assay_stop_signal ? "interrupted" : NULL;
	if (k->json)
		assay_check_json_end(k);
	if (k->words)
		assay_check_sum(k);
	written = end_reports(reports, REPORTS, k, 0);
	if (r < 0)
		return assay_check_complain(k->path, &err);
	return written ? written : result_of(k);
}

static bool to_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static int refuse_copies(const struct assay_cli *cli)
{
	bool copy = cli->redact || cli->slice;

	if (cli->redact && cli->slice)
		return assay_complain("--redact and --slice: only one of them at a time");
	if (copy != (cli->output != NULL))
		return assay_complain(copy ? "--redact and --slice need -o FILE to write to"
					   : "-o FILE goes with --redact or --slice");
	if (copy && (cli->json || cli->junit_file || cli->html_file))
		return assay_complain("--redact and --slice write a copy and no report");
	if (cli->slice && strcmp(cli->words.word[0], "-") == 0)
		return assay_complain("--slice reads the capture several times: a file is needed");
	return 0;
}

/* The secrets that proofs are verified with. 0, or an exit code after a line of words. */
static int read_secrets(struct assay_cli *cli)
{
	bool own = cli->secret_file || cli->secret_env;
	int r = 0;

	if (cli->user && !own)
		return assay_complain("--user needs --secret-file or --secret-env");
	if (cli->mutual && !cli->mutual_secret_file)
		return assay_complain("--mutual needs --mutual-secret-file");
	if (own)
		r = assay_cli_secret(cli->secret, cli->secret_file, cli->secret_env);
	if (!r && cli->mutual_secret_file)
		r = assay_cli_secret(cli->mutual_secret, cli->mutual_secret_file, NULL);
	return r;
}

/* What is read would be gone. A link is written through, and so even before it is read. */
static int refuse_itself(const struct assay_cli *cli)
{
	const char *capture = cli->words.word[0];
	const char *const outputs[] = { cli->output, cli->junit_file, cli->html_file };
	struct stat read, written;

	if (to_stdout(capture) ? fstat(STDIN_FILENO, &read) : stat(capture, &read))
		return 0;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (outputs[i] && S_ISREG(read.st_mode) && !stat(outputs[i], &written) &&
			written.st_dev == read.st_dev && written.st_ino == read.st_ino)
			return assay_complain(
				"%s: it is the capture that is read; name another file to write to",
				outputs[i]);
	return 0;
}

/* 0, or an exit code after a line of words. */
static int refuse(const struct assay_cli *cli)
{
	int result;

	if (cli->words.count != 1)
		return assay_complain("check needs one capture: a file of pcap or pcapng, also in gzip; - is "
				      "standard input");
	if (cli->json + to_stdout(cli->junit_file) + to_stdout(cli->html_file) > 1)
		return assay_complain(
			"--json, --junit=- and --html=-: only one of them can have standard output");
	if (cli->junit_file && cli->html_file && !to_stdout(cli->html_file) &&
		strcmp(cli->junit_file, cli->html_file) == 0)
		return assay_complain("%s: --junit and --html cannot share a file", cli->html_file);
	result = refuse_copies(cli);
	return result ? result : refuse_itself(cli);
}

int assay_cli_check(struct assay_cli *cli)
{
	static struct assay_check k;
	struct assay_capture_file *file;
	struct assay_error err = { 0 };
	int result = refuse(cli);

	if (!result)
		result = read_secrets(cli);
	if (result)
		return result;
	if (cli->slice)
		return assay_check_slice(cli);
	k.path = cli->words.word[0];
	k.json = cli->json;
	k.words = !cli->json && !to_stdout(cli->junit_file) && !to_stdout(cli->html_file);
	k.strict = cli->strict;
	if (assay_capture_file_open(&file, k.path, &err) < 0)
		return assay_check_complain(k.path, &err);
	result = cli->redact ? assay_check_redact(cli, file) : judge(&k, file, cli);
	assay_capture_file_close(file);
	assay_timeline_free(k.timeline);
	assay_summary_free(k.summary);
	assay_check_record_free(k.record);
	return result;
}
