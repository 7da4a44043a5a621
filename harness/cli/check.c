/* check.c - the command check: a capture is read, both sides of each iSCSI connection in it are judged by all rules, and what was in it is summed up. No peer is needed. */
#include "cli/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"

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

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	assay_summary_open(((struct assay_check *)payload)->summary, c);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	assay_summary_pdu(((struct assay_check *)payload)->summary, c, p);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *finding, const struct assay_timeline_pdu *at)
{
	struct assay_check *k = payload;
	struct assay_check_count *count = count_of(k, finding);

	assay_summary_finding(k->summary, c);
	if (count && ++count->count <= ASSAY_CHECK_LISTED)
		assay_check_tell(k, c, finding, at);
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
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_packet packet;
	int r;

	if (!fragments)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	while (!assay_stop_signal && (r = assay_capture_file_next(&packet, file, err)) == 1)
		take(k, fragments, &packet);
	assay_timeline_end(k->timeline);
	k->truncated = assay_capture_file_truncated(file);
	k->fragments_lost = assay_fragments_lost(fragments);
	assay_fragments_free(fragments);
	return assay_stop_signal ? 0 : r;
}

static bool make(struct assay_check *k)
{
	static const struct assay_timeline_events events = { on_open, on_pdu, on_finding, on_loss,
		on_conflict, on_close };

	k->timeline = assay_timeline_new(NULL, &events, k);
	k->summary = assay_summary_new();
	return k->timeline && k->summary;
}

static int complain_of_file(const char *path, const struct assay_error *err)
{
	assay_complain("%s: %s", path, err->message);
	return err->code == ASSAY_E_NOMEM ? ASSAY_EXIT_HARNESS : ASSAY_EXIT_USAGE;
}

static int judge(struct assay_check *k, struct assay_capture_file *file)
{
	struct assay_error err = { 0 };
	int r;

	if (!make(k))
		return assay_complain("out of memory"), ASSAY_EXIT_HARNESS;
	assay_signals_catch();
	if (k->json)
		assay_check_json_begin(k);
	r = read_all(k, file, &err);
	if (k->json)
		assay_check_json_end(k, r < 0 ? err.message : NULL);
	else
		assay_check_sum(k);
	if (r < 0)
		return complain_of_file(k->path, &err);
	if (assay_stop_signal)
		return 128 + assay_stop_signal;
	if (assay_timeline_counts(k->timeline)->findings)
		return ASSAY_EXIT_FINDINGS;
	return assay_timeline_counts(k->timeline)->connections ? ASSAY_EXIT_OK : ASSAY_EXIT_NOTHING;
}

int assay_cli_check(struct assay_cli *cli)
{
	static struct assay_check k;
	struct assay_capture_file *file;
	struct assay_error err = { 0 };
	int result;

	if (cli->words.count != 1)
		return assay_complain("check needs one capture: a file of pcap or pcapng, also in gzip; - is "
				      "standard input");
	k.path = cli->words.word[0];
	k.json = cli->json;
	if (assay_capture_file_open(&file, k.path, &err) < 0)
		return complain_of_file(k.path, &err);
	result = judge(&k, file);
	assay_capture_file_close(file);
	assay_timeline_free(k.timeline);
	assay_summary_free(k.summary);
	return result;
}
