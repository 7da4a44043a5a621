/* check_json.c - what the command check found, as docs/check.schema.json describes it. Findings are written as they come. */
#include <string.h>

#include "cli/check.h"
#include "codec/listing.h"

void assay_check_json_begin(struct assay_check *k)
{
	assay_json_init(&k->out, stdout, true);
	assay_json_object(&k->out, NULL);
	assay_json_string(&k->out, "format", "iscsi-assay-check-1");
	assay_json_string(&k->out, "file", k->path);
	assay_json_array(&k->out, "findings");
}

static void put_rule(struct assay_json *j, const struct assay_rule *rule, enum assay_role offender)
{
	assay_json_string(j, "rule", rule->id);
	assay_json_string(j, "offender", assay_check_side(offender));
	assay_json_words(j, "reqs", rule->reqs);
	assay_json_string(j, "section", rule->section);
	assay_json_string(j, "level", assay_level_name(rule->level));
	assay_json_string(j, "desc", rule->desc);
}

void assay_check_json_finding(struct assay_check *k, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at, const char *listing)
{
	struct assay_json *j = &k->out;

	assay_json_object(j, NULL);
	assay_json_number(j, "number", assay_check_number(k));
	assay_json_string(j, "kind", assay_level_finding(f->rule->level));
	put_rule(j, f->rule, f->offender);
	assay_json_string(j, "expected", f->expected);
	assay_json_string(j, "got", f->got);
	assay_json_number(j, "connection", c->number);
	assay_json_number(j, "pdu", at->number);
	assay_json_number(j, "frame", at->frame);
	assay_json_number(j, "first_frame", at->pdu ? at->first_frame : at->frame);
	assay_json_number(j, "time_ns", at->time);
	assay_json_string(j, "listing", at->pdu ? listing : NULL);
	assay_json_string(j, "comment", at->comment);
	assay_json_end(j);
}

static void put_params(struct assay_json *j, const struct assay_params *p)
{
	assay_json_object(j, "keys");
	assay_json_string(j, "AuthMethod", p->auth_method[0] ? p->auth_method : NULL);
	assay_json_string(j, "HeaderDigest", p->header_digest ? "CRC32C" : "None");
	assay_json_string(j, "DataDigest", p->data_digest ? "CRC32C" : "None");
	assay_json_bool(j, "InitialR2T", p->initial_r2t);
	assay_json_bool(j, "ImmediateData", p->immediate_data);
	assay_json_number(j, "MaxBurstLength", p->max_burst_length);
	assay_json_number(j, "FirstBurstLength", p->first_burst_length);
	assay_json_number(j, "MaxOutstandingR2T", p->max_outstanding_r2t);
	assay_json_number(j, "ErrorRecoveryLevel", p->error_recovery_level);
	assay_json_number(j, "initiator_MaxRecvDataSegmentLength", p->initiator_max_recv);
	assay_json_number(j, "target_MaxRecvDataSegmentLength", p->target_max_recv);
	assay_json_end(j);
}

static void put_ways(struct assay_json *j, const char *key, const uint64_t way[2])
{
	assay_json_object(j, key);
	assay_json_number(j, "to_target", way[ASSAY_TO_TARGET]);
	assay_json_number(j, "to_initiator", way[ASSAY_TO_INITIATOR]);
	assay_json_end(j);
}

static void put_connection(struct assay_json *j, const struct assay_summary_connection *c)
{
	char end[ASSAY_CHECK_END];

	assay_json_object(j, NULL);
	assay_json_number(j, "number", c->number);
	assay_json_string(j, "initiator", assay_check_end(end, &c->initiator));
	assay_json_string(j, "target", assay_check_end(end, &c->target));
	assay_json_bool(j, "mid_stream", c->mid_stream);
	assay_json_bool(j, "judged", c->judged);
	assay_json_string(j, "comment", c->comment[0] ? c->comment : NULL);
	assay_json_string(j, "end", assay_check_how(c));
	assay_json_string(j, "ended_by", c->closed && c->by != ASSAY_BOTH ? assay_check_side(c->by) : NULL);
	assay_json_number(j, "first_frame", c->first_frame);
	assay_json_number(j, "last_frame", c->last_frame);
	assay_json_number(j, "first_time_ns", c->first_time);
	assay_json_number(j, "last_time_ns", c->last_time);
	put_ways(j, "pdus", c->pdus);
	put_ways(j, "data_bytes", c->data_bytes);
	assay_json_number(j, "lost_bytes", c->lost_bytes);
	assay_json_number(j, "skipped_bytes", c->skipped_bytes);
	assay_json_number(j, "conflicts", c->conflicts);
	assay_json_number(j, "findings", c->findings);
	assay_json_number(j, "warnings", c->warnings);
	assay_json_bool(j, "logged_in", c->full);
	if (c->login_seen)
		assay_json_number(j, "login_status", c->login_status);
	if (c->params_known) {
		assay_json_string(j, "initiator_name", c->params.initiator_name);
		assay_json_string(j, "target_name", c->params.target_name[0] ? c->params.target_name : NULL);
		assay_json_bool(j, "discovery", c->params.discovery);
		assay_json_hex(j, "isid", c->isid);
		assay_json_number(j, "tsih", c->tsih);
		assay_json_number(j, "cid", c->cid);
		put_params(j, &c->params);
	}
	assay_json_end(j);
}

/* Bucket n, in microseconds: below 2^n. Those after the last that is not empty are left out. */
static void put_row(struct assay_json *j, unsigned n, const struct assay_summary_row *row)
{
	unsigned last = ASSAY_SUMMARY_BUCKETS;

	while (last > 0 && !row->bucket[last - 1])
		last--;
	assay_json_object(j, NULL);
	assay_json_string(j, "name", assay_summary_row_name(n));
	if (n < 256)
		assay_json_number(j, "operation_code", n);
	assay_json_number(j, "count", row->count);
	assay_json_number(j, "answered", row->answered);
	assay_json_number(j, "failed", row->failed);
	assay_json_number(j, "least_ns", row->least);
	assay_json_number(j, "mean_ns", row->answered ? row->sum / row->answered : 0);
	assay_json_number(j, "most_ns", row->most);
	assay_json_array(j, "buckets");
	for (unsigned i = 0; i < last; i++)
		assay_json_number(j, NULL, row->bucket[i]);
	assay_json_end(j);
	assay_json_end(j);
}

static void put_pdus(struct assay_json *j, const struct assay_summary *s)
{
	assay_json_object(j, "pdu_types");
	for (uint8_t opcode = 0; opcode < 64; opcode++)
		if (s->pdus[opcode] && assay_opcode_name(opcode))
			assay_json_number(j, assay_opcode_name(opcode), s->pdus[opcode]);
	assay_json_end(j);
}

static void put_counts(struct assay_check *k)
{
	const struct assay_reassembly_counts *tcp = assay_reassembly_counts(
		assay_timeline_reassembly(k->timeline));
	const struct assay_timeline_counts *t = assay_timeline_counts(k->timeline);
	struct assay_json *j = &k->out;

	assay_json_object(j, "counts");
	assay_json_number(j, "packets", k->packets);
	assay_json_number(j, "segments", tcp->segments);
	assay_json_number(j, "malformed_packets", k->bad);
	assay_json_number(j, "unknown_link_packets", k->unknown_link);
	assay_json_number(j, "other_packets", k->other);
	assay_json_number(j, "lost_datagrams", k->fragments_lost);
	assay_json_number(j, "fragment_conflicts", k->fragment_conflicts);
	assay_json_number(j, "other_flows", t->other_flows);
	assay_json_number(j, "untold_flows", t->untold_flows);
	assay_json_number(j, "reordered_segments", tcp->reordered);
	assay_json_number(j, "repeated_bytes", tcp->repeated_bytes);
	assay_json_number(j, "conflicts", tcp->conflicts);
	assay_json_number(j, "held_bytes_most", tcp->held_most);
	assay_json_number(j, "given_up_bytes", tcp->given_up_bytes);
	assay_json_number(j, "given_up_flows", tcp->given_up_flows);
	assay_json_number(j, "connections", t->connections);
	assay_json_number(j, "unjudged_connections", t->unjudged);
	put_ways(j, "pdus", t->pdus);
	assay_json_number(j, "cut_pdus", t->cut_pdus);
	assay_json_number(j, "too_long_pdus", t->too_long);
	assay_json_number(j, "lost_bytes", t->lost_bytes);
	assay_json_number(j, "skipped_bytes", t->skipped_bytes);
	assay_json_number(j, "findings", k->findings);
	assay_json_number(j, "warnings", k->warnings);
	assay_json_end(j);
}

static void put_claims(struct assay_json *j, const struct assay_check *k)
{
	assay_json_array(j, "claims");
	for (uint64_t n = 0; n < k->claims && n < ASSAY_CHECK_CLAIMS; n++) {
		assay_json_object(j, NULL);
		assay_claim_json(j, &k->claim[n].claim);
		assay_json_number(j, "pdu", k->claim[n].pdu);
		assay_json_number(j, "frame", k->claim[n].frame);
		assay_json_number(j, "connection", k->claim[n].connection);
		assay_json_end(j);
	}
	assay_json_end(j);
}

void assay_check_json_end(struct assay_check *k)
{
	struct assay_json *j = &k->out;

	assay_json_end(j);
	assay_json_array(j, "rules");
	for (size_t i = 0; i < k->rules; i++) {
		assay_json_object(j, NULL);
		put_rule(j, k->rule[i].rule, k->rule[i].offender);
		assay_json_number(j, "count", k->rule[i].count);
		assay_json_end(j);
	}
	assay_json_end(j);
	put_claims(j, k);
	assay_json_array(j, "connections");
	for (size_t i = 0; i < k->summary->connection_count; i++)
		put_connection(j, &k->summary->connection[i]);
	assay_json_end(j);
	assay_json_array(j, "requests");
	for (unsigned n = 0; n < ASSAY_SUMMARY_ROWS; n++)
		if (k->summary->row[n].count)
			put_row(j, n, &k->summary->row[n]);
	assay_json_end(j);
	put_pdus(j, k->summary);
	put_counts(k);
	assay_json_bool(j, "truncated", k->truncated);
	assay_json_string(j, "error", k->stopped);
	assay_json_end(j);
}
