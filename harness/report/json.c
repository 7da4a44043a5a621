/* json.c - run.json, as docs/run.schema.json describes it, and the members that run.ndjson shares with it. */
#include "report/json.h"

#include "report/report.h"

void assay_json_info(struct assay_json *j, const struct assay_run_info *info)
{
	assay_json_string(j, "version", info->version);
	assay_json_string(j, "suite_revision", info->suite_revision);
	assay_json_string(j, "target", info->target);
	assay_json_string(j, "profile", info->profile);
	assay_json_string(j, "implementation", info->implementation);
	assay_json_string(j, "implementation_name", info->implementation_name);
	assay_json_string(j, "implementation_version", info->implementation_version);
	assay_json_hex(j, "seed", info->seed);
	assay_json_number(j, "jobs", info->jobs);
	assay_json_bool(j, "strict", info->strict);
	assay_json_string(j, "started", info->started);
}

static void failure_members(struct assay_json *j, const struct assay_failure *f)
{
	assay_json_object(j, NULL);
	assay_json_string(j, "rule", f->rule);
	assay_json_words(j, "reqs", f->reqs);
	assay_json_string(j, "section", f->section);
	assay_json_string(j, "claim", f->claim);
	assay_json_string(j, "sent", f->sent);
	assay_json_string(j, "expected", f->expected);
	assay_json_string(j, "got", f->got);
	assay_json_string(j, "file", f->file);
	assay_json_number(j, "line", f->line > 0 ? (uint64_t)f->line : 0);
	assay_json_string(j, "level", f->should ? "SHOULD" : "MUST");
	assay_json_end(j);
}

void assay_json_result(struct assay_json *j, const struct assay_test_result *r)
{
	assay_json_string(j, "id", r->id);
	assay_json_string(j, "area", r->area);
	assay_json_string(j, "desc", r->desc);
	assay_json_words(j, "reqs", r->reqs);
	assay_json_string(j, "section", r->section);
	assay_json_string(j, "level", r->level);
	assay_json_string(j, "verdict", assay_verdict_name(r->verdict));
	assay_json_string(j, "raw", assay_verdict_name(r->raw));
	assay_json_string(j, "reason", r->reason);
	assay_json_string(j, "baseline", r->baseline);
	assay_json_string(j, "baseline_verdicts", r->baseline_verdicts);
	assay_json_string(j, "baseline_signature", r->baseline_signature);
	assay_json_string(j, "signature", r->signature);
	assay_json_array(j, "failures");
	for (size_t i = 0; i < r->failure_count; i++)
		failure_members(j, &r->failures[i]);
	assay_json_end(j);
	assay_json_number(j, "duration_ns", r->duration);
	assay_json_number(j, "pdus_sent", r->pdus_sent);
	assay_json_number(j, "pdus_received", r->pdus_received);
	assay_json_string(j, "evidence", r->evidence);
	assay_json_string(j, "again", r->again);
	assay_json_number(j, "shard", r->shard);
}

void assay_json_totals(struct assay_json *j, const struct assay_run *run)
{
	assay_json_number(j, "duration_ns", run->info.duration);
	assay_json_string(j, "stopped", run->info.stopped);
	assay_json_object(j, "verdicts");
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		assay_json_number(j, assay_verdict_name(v), run->verdicts[v]);
	assay_json_end(j);
	assay_json_number(j, "unexpected", run->unexpected);
	assay_json_number(j, "exit", (uint64_t)run->exit);
}

void assay_json_write(FILE *out, const struct assay_run *run)
{
	struct assay_json j;

	assay_json_init(&j, out, true);
	assay_json_object(&j, NULL);
	assay_json_string(&j, "format", "iscsi-assay-run-1");
	assay_json_info(&j, &run->info);
	assay_json_totals(&j, run);
	assay_json_array(&j, "results");
	for (size_t i = 0; i < run->count; i++) {
		assay_json_object(&j, NULL);
		assay_json_result(&j, &run->results[i]);
		assay_json_end(&j);
	}
	assay_json_end(&j);
	assay_json_end(&j);
}
