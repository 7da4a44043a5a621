/* campaign_summary.c - what a campaign came to: fuzz.json for programs, summary.md for people. Both are put in place whole. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign/campaign_internal.h"
#include "runner/json_text.h"

#define FORMAT "iscsi-assay-fuzz-1"

static int failed(const char *path, struct assay_error *err)
{
	return assay_error_set(err, ASSAY_E_IO, "%.180s: %s", path, strerror(errno));
}

static const char *print(char out[ASSAY_CASE_TEXT], const struct assay_case_name *name)
{
	if (assay_case_id_print(out, ASSAY_CASE_TEXT, &name->id, &name->cut) < 0)
		out[0] = 0;
	return out;
}

/* ---- fuzz.json ---- */

static json_t *findings_json(const struct assay_campaign *c)
{
	json_t *list = json_array();
	char name[ASSAY_CASE_TEXT];

	for (unsigned i = 0; i < c->findings.count; i++) {
		const struct assay_found *f = &c->findings.found[i];

		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s,s:o,s:I,s:{s:i,s:i},s:b}", "key", f->key, "case",
				      print(name, &f->name), "outcome",
				      assay_outcome_name(f->judged.played.outcome), "words",
				      assay_json_text(f->judged.played.words), "count", (json_int_t)f->count,
				      "repeats", "of", (int)f->tried, "same", (int)f->repeats, "sure",
				      (int)assay_finding_sure(f)));
	}
	return list;
}

static json_t *known_json(const struct assay_campaign *c)
{
	const struct assay_rule *const *known = NULL;
	json_t *list = json_array();
	unsigned count = 0;

	if (c->rig->known)
		known = c->rig->known(c->rig->payload, &count);
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_string(known[i]->id));
	return list;
}

static json_t *summary_json(const struct assay_campaign *c)
{
	const struct assay_campaign_status *s = &c->status;
	const struct assay_campaign_options *o = &c->options;
	char seed[32];

	snprintf(seed, sizeof(seed), "0x%llx", (unsigned long long)s->seed);
	return json_pack(
		"{s:s,s:s,s:s,s:s,s:b,s:i,s:i,s:I,s:I,s:f,s:f,s:i,s:i,s:{s:i,s:i},s:i,s:i,s:s,s:o,s:o,s:I}",
		"format", FORMAT, "version", o->context.version, "target", o->context.target, "seed", seed,
		"random", (int)o->context.random, "shard", (int)o->shard, "shards", (int)o->shards, "cases",
		(json_int_t)s->cases, "next", (json_int_t)s->next, "seconds", s->seconds, "rate", s->rate,
		"states", (int)s->states, "edges", (int)s->edges, "code", "reached", (int)s->code, "of",
		(int)s->code_of, "kept", (int)s->kept, "restarts", (int)s->restarts, "stopped",
		c->why ? c->why : "done", "known", known_json(c), "findings", findings_json(c), "more",
		(json_int_t)s->more);
}

static int write_json(const struct assay_campaign *c, const char *path, struct assay_error *err)
{
	json_t *value = summary_json(c);
	int r = !value ? assay_error_set(err, ASSAY_E_NOMEM, "out of memory")
		: json_dump_file(value, path, JSON_INDENT(2)) ? failed(path, err)
							      : 0;

	json_decref(value);
	return r;
}

/* ---- summary.md ---- */

/* What comes from elsewhere is code, and no pipe of it parts a table. */
static void put_code(FILE *out, const char *words)
{
	putc('`', out);
	for (; *words; words++)
		putc(*words == '|' || *words == '`' || (unsigned char)*words < ' ' ? ' ' : *words, out);
	putc('`', out);
}

static void put_finding(FILE *out, const struct assay_found *f)
{
	char name[ASSAY_CASE_TEXT];

	fprintf(out, "| [%s](findings/%s/) | %llu | %u of %u | ", f->key, f->key,
		(unsigned long long)f->count, f->repeats, f->tried);
	put_code(out, print(name, &f->name));
	fputs(" | ", out);
	put_code(out, f->judged.played.words);
	fputs(" |\n", out);
}

static void put_findings(FILE *out, const struct assay_campaign *c, bool sure, const char *heading)
{
	bool any = false;

	for (unsigned i = 0; i < c->findings.count; i++) {
		if (assay_finding_sure(&c->findings.found[i]) != sure)
			continue;
		if (!any)
			fprintf(out,
				"\n## %s\n| key | cases | again | first case | what "
				"|\n|---|---|---|---|---|\n",
				heading);
		any = true;
		put_finding(out, &c->findings.found[i]);
	}
}

static void put_known(FILE *out, const struct assay_campaign *c)
{
	const struct assay_rule *const *known = NULL;
	unsigned count = 0;

	if (c->rig->known)
		known = c->rig->known(c->rig->payload, &count);
	if (count)
		fputs("\n## Rules that are broken without any change: `iscsi-assay run` is for those\n", out);
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "- `%s` %s\n", known[i]->id, known[i]->desc);
}

static int write_markdown(const struct assay_campaign *c, const char *path, struct assay_error *err)
{
	const struct assay_campaign_status *s = &c->status;
	FILE *out = fopen(path, "we");
	int r;

	if (!out)
		return failed(path, err);
	fputs("# A fuzz campaign against ", out);
	put_code(out, c->options.context.target);
	fprintf(out,
		"\n%llu cases in %.1f s, seed 0x%llx, shard %u of %u; %u states, %u edges, %u cases kept; "
		"ended: %s.\n\n%u finding%s, %u unsure.\n",
		(unsigned long long)s->cases, s->seconds, (unsigned long long)s->seed, c->options.shard,
		c->options.shards, s->states, s->edges, s->kept, c->why ? c->why : "done", s->findings,
		s->findings == 1 ? "" : "s", s->unsure);
	if (s->more)
		fprintf(out, "%llu more case%s had findings of other keys, for which there was no room.\n",
			(unsigned long long)s->more, s->more == 1 ? "" : "s");
	put_findings(out, c, true, "Findings");
	put_findings(out, c, false, "Unsure: only time told, and it did not happen again");
	put_known(out, c);
	r = ferror(out) ? failed(path, err) : 0;
	return fclose(out) && !r ? failed(path, err) : r;
}

int assay_campaign_summary(struct assay_campaign *c, struct assay_error *err)
{
	static const struct {
		const char *name;
		int (*write)(const struct assay_campaign *c, const char *path, struct assay_error *err);
	} files[] = { { "fuzz.json", write_json }, { "summary.md", write_markdown } };
	char path[4096], made[4096 + 8];
	int r = 0;

	assay_campaign_count(c);
	for (unsigned i = 0; i < 2 && !r; i++) {
		snprintf(path, sizeof(path), "%s/%s", c->options.folder, files[i].name);
		snprintf(made, sizeof(made), "%s.new", path);
		r = files[i].write(c, made, err);
		if (!r && rename(made, path))
			r = failed(path, err);
		if (r)
			unlink(made); /* half a file helps nobody, and takes room where there is none */
	}
	return r;
}
