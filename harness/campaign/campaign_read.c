/* campaign_read.c - a campaign that goes on: what its journal holds, and folders of findings that it does not know because we were ended in between. */
#include <dirent.h>
#include <string.h>

#include "campaign/campaign_internal.h"

/* While the journal is read. */
struct reading {
	struct assay_campaign *c;
	bool begun; /* there was a campaign */
	char other[256]; /* what it differs in; "": nothing */
	const char *advice; /* what would be right instead */
};

static void read_campaign(void *payload, const struct assay_journal_campaign *was)
{
	struct reading *r = payload;
	const struct assay_campaign_options *o = &r->c->options;

	r->begun = true;
	r->advice = "say the same";
	if (strcmp(was->version, o->context.version) != 0) {
		snprintf(r->other, sizeof(r->other), "of iscsi-assay %.60s", was->version);
		r->advice = "go on with that version, for ids mean other cases in another";
	} else if (strcmp(was->target, o->context.target) != 0) {
		snprintf(r->other, sizeof(r->other), "of %.200s", was->target);
	} else if (o->seed_said && was->seed != o->seed) {
		snprintf(r->other, sizeof(r->other), "with --seed 0x%llx", (unsigned long long)was->seed);
	} else if (was->random != o->context.random) {
		snprintf(r->other, sizeof(r->other), "%s --random", was->random ? "with" : "without");
	} else if (was->shard != o->shard || was->shards != o->shards) {
		snprintf(r->other, sizeof(r->other), "with --shard %u/%u", was->shard, was->shards);
	}
	r->c->status.seed = was->seed;
}

static void read_kept(void *payload, const struct assay_case_id *id)
{
	struct reading *r = payload;

	if (!r->c->options.no_children)
		assay_schedule_keep(&r->c->schedule, id);
}

static void read_finding(void *payload, const char *key, const struct assay_case_name *name,
	enum assay_outcome outcome, const char *words)
{
	struct reading *r = payload;
	struct assay_found found = { .name = *name, .count = 1 };

	if (assay_findings_get(&r->c->findings, key))
		return;
	snprintf(found.key, sizeof(found.key), "%s", key);
	found.judged.played.outcome = outcome;
	snprintf(found.judged.played.words, sizeof(found.judged.played.words), "%s", words);
	assay_findings_add(&r->c->findings, &found);
}

static void read_repeats(void *payload, const char *key, unsigned of, unsigned same)
{
	struct assay_found *found = assay_findings_get(&((struct reading *)payload)->c->findings, key);

	if (!found)
		return;
	found->tried = of;
	found->repeats = same;
}

static void read_again(void *payload, const char *key, uint64_t count)
{
	struct assay_found *found = assay_findings_get(&((struct reading *)payload)->c->findings, key);

	if (found)
		found->count = count;
}

static void read_checkpoint(void *payload, uint32_t next, uint64_t cases, double seconds)
{
	struct assay_campaign *c = ((struct reading *)payload)->c;

	c->status.next = next;
	c->status.cases = c->status.resumed = cases;
	c->seconds_before = c->status.seconds = seconds;
}

/* A folder that was whole when we were ended, but has no line. */
static void adopt(struct assay_campaign *c, const char *name)
{
	struct assay_finding_said said;
	struct assay_error err;
	char path[4096 + 256];
	struct reading r = { .c = c };

	snprintf(path, sizeof(path), "%s/%.200s", c->folder, name);
	if (assay_findings_get(&c->findings, name) || assay_finding_read(&said, path, &err) < 0 ||
		strcmp(said.key, name) != 0)
		return;
	read_finding(&r, said.key, &said.name, said.outcome, said.words);
	read_repeats(&r, said.key, said.tried, said.repeats);
	if (assay_findings_get(&c->findings, name))
		assay_journal_finding(&c->journal, assay_findings_get(&c->findings, name));
}

static void adopt_folders(struct assay_campaign *c)
{
	DIR *dir = opendir(c->folder);

	if (!dir)
		return;
	for (const struct dirent *e; (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.')
			adopt(c, e->d_name);
	closedir(dir);
}

int assay_campaign_read(struct assay_campaign *c, struct assay_error *err)
{
	struct reading reading = { .c = c };
	const struct assay_journal_reader reader = { read_campaign, read_kept, read_finding, read_repeats,
		read_again, read_checkpoint, &reading };
	const struct assay_campaign_options *o = &c->options;
	long lines = assay_journal_open(&c->journal, o->folder, &reader, err);

	if (lines < 0)
		return (int)lines;
	if (lines > 0 && !reading.begun)
		return assay_error_set(err, ASSAY_E_SYNTAX, ASSAY_JOURNAL ":1: no line of a campaign");
	if (reading.other[0])
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"%.80s: holds a campaign %.80s: %s, or choose another folder with -o", o->folder,
			reading.other, reading.advice);
	if (lines > 0) {
		adopt_folders(c);
		return 0;
	}
	assay_journal_campaign(
		&c->journal, &(struct assay_journal_campaign){ o->context.version, o->context.target,
				     c->status.seed, o->shard, o->shards, o->context.random });
	return 0;
}
