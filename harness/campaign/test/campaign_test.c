/* campaign_test.c - campaigns over a rig with nothing behind it: what is found, what is written, and that nothing of it is lost however one is ended. */
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/campaign.h"
#include "campaign/growth.h"
#include "campaign/journal.h"
#include "campaign/test/fake_rig.h"
#include "campaign/try.h"
#include "report/test/schema.h"
#include "test/unit.h"

#define CRASH_KEY "crash-signal-11-operational-then-login-request"
#define LEAK_KEY  "memory-operational-login-response-then-login-request"

static char dir[64];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/assay-campaign-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void remove_dir(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct assay_campaign_options options_for(struct fake_rig *f, uint64_t cases)
{
	return (struct assay_campaign_options){
		.folder = dir,
		.context = { "0", "fake", "iscsi-assay fuzz", false },
		.seed = 7,
		.seed_said = true,
		.shard = 1,
		.shards = 1,
		.cases = cases,
		.stop = &f->stop,
	};
}

/* Runs one to its end; its exit code. status may be NULL. */
static int run(
	struct fake_rig *f, const struct assay_campaign_options *o, struct assay_campaign_status *status)
{
	struct assay_rig rig = fake_rig(f);
	struct assay_error err = { 0 };
	struct assay_campaign *c;
	int result;

	CU_ASSERT_EQUAL_FATAL(assay_campaign_new(&c, o, &err), 0);
	result = assay_campaign_run(c, &rig, &err);
	if (status)
		*status = *assay_campaign_status(c);
	assay_campaign_free(c);
	return result;
}

static json_t *load(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return json_load_file(path, 0, NULL);
}

static json_t *definition(json_t *schema, const char *name)
{
	return json_object_get(json_object_get(schema, "$defs"), name);
}

static void nothing_found(void)
{
	struct fake_rig f = { .fresh = 0 };
	struct assay_campaign_options o = options_for(&f, 1000);
	struct assay_campaign_status status;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, &status), ASSAY_EXIT_OK);
	CU_ASSERT_EQUAL(status.cases, 1000);
	CU_ASSERT_EQUAL(f.plays, 1000);
	for (unsigned n = 0; n < 1000; n++)
		CU_ASSERT_EQUAL(f.seen[n], 1);
	remove_dir();
}

/* A flood of crashes is one finding, and the campaign goes on. */
static void crash_flood(void)
{
	struct fake_rig f = { .crash = 3, .fresh = 5 };
	struct assay_campaign_options o = options_for(&f, 2000);
	struct assay_campaign_status status;
	json_t *finding;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, &status), ASSAY_EXIT_FINDINGS);
	CU_ASSERT_EQUAL(status.cases, 2000);
	CU_ASSERT_EQUAL(status.findings, 1);
	CU_ASSERT_TRUE(status.kept > 10);
	finding = load("findings/" CRASH_KEY "/finding.json");
	CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(finding, "case")), "0x7:2");
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(finding, "again")), "iscsi-assay fuzz --repro 0x7:2");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(finding, "repeats"), "same")), 10);
	json_decref(finding);
	remove_dir();
}

static void leak(void)
{
	struct fake_rig f = { .leak = 4 };
	struct assay_campaign_options o = options_for(&f, 8000);
	json_t *finding;
	const char *name;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_FINDINGS);
	finding = load("findings/" LEAK_KEY "/finding.json");
	CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(finding, "growth")), 4096);
	name = json_string_value(json_object_get(finding, "case"));
	CU_ASSERT_EQUAL(strtoul(strchr(name, ':') + 1, NULL, 10) % 4, 3);
	json_decref(finding);
	remove_dir();
}

/* Ended by a signal, and started again: every turn is played, and what was found is there. */
static void interrupted(void)
{
	struct fake_rig f = { .crash = 50, .stop_after = 120 };
	struct assay_campaign_options o = options_for(&f, 500);
	struct assay_campaign_status status;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, &status), 128 + SIGINT);
	CU_ASSERT_TRUE(status.cases < 500);
	f.stop = 0;
	f.stop_after = 0;
	o.seed_said = false; /* the folder knows */
	CU_ASSERT_EQUAL(run(&f, &o, &status), ASSAY_EXIT_FINDINGS);
	CU_ASSERT_EQUAL(status.cases, 500);
	CU_ASSERT_EQUAL(status.seed, 7);
	CU_ASSERT_EQUAL(status.findings, 1);
	for (unsigned n = 0; n < 500; n++)
		CU_ASSERT_TRUE(f.seen[n] >= 1);
	remove_dir();
}

/* What a kill leaves: lines up to some byte. The rest is found again, and the finding's folder is enough where its line is gone. */
static void torn_journal(void)
{
	struct fake_rig f = { .crash = 50 };
	struct assay_campaign_options o = options_for(&f, 200);
	struct assay_campaign_status status;
	char path[128];
	struct stat before;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_FINDINGS);
	snprintf(path, sizeof(path), "%s/" ASSAY_JOURNAL, dir);
	CU_ASSERT_EQUAL_FATAL(stat(path, &before), 0);
	for (off_t length = before.st_size - 1; length > 200; length -= 37) {
		struct fake_rig again = { .crash = 0 };

		CU_ASSERT_EQUAL_FATAL(truncate(path, length), 0);
		o.stop = &again.stop;
		CU_ASSERT_EQUAL(run(&again, &o, &status), ASSAY_EXIT_FINDINGS);
		CU_ASSERT_EQUAL(status.findings, 1);
		CU_ASSERT_EQUAL(status.next, 200);
		CU_ASSERT_EQUAL_FATAL(truncate(path, length), 0);
	}
	remove_dir();
}

static void another_campaign(void)
{
	struct fake_rig f = { .crash = 0 };
	struct assay_campaign_options o = options_for(&f, 10), other = o;
	struct assay_error err = { 0 };
	struct assay_campaign *c;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_OK);
	other.seed = 8;
	CU_ASSERT_EQUAL(assay_campaign_new(&c, &other, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "--seed 0x7"));
	other = o;
	other.context.target = "iscsi://elsewhere";
	CU_ASSERT_EQUAL(assay_campaign_new(&c, &other, &err), ASSAY_E_SYNTAX);
	other = o;
	other.context.version = "0.1";
	CU_ASSERT_EQUAL(assay_campaign_new(&c, &other, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "of iscsi-assay 0: "));
	other = o;
	other.shards = 2;
	CU_ASSERT_EQUAL(assay_campaign_new(&c, &other, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NULL(c);
	remove_dir();
}

/* Of the campaign itself, but of no time that was. */
static void a_line_of_nobodys(void)
{
	struct fake_rig f = { .crash = 0 };
	struct assay_campaign_options o = options_for(&f, 10);
	struct assay_error err = { 0 };
	struct assay_campaign *c;
	char path[128];
	FILE *journal;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_OK);
	snprintf(path, sizeof(path), "%s/" ASSAY_JOURNAL, dir);
	journal = fopen(path, "ae");
	CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
	fputs("{\"type\":\"checkpoint\",\"next\":10,\"cases\":10,\"seconds\":-1.0}\n", journal);
	fclose(journal);
	CU_ASSERT_EQUAL(assay_campaign_new(&c, &o, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no line of iscsi-assay fuzz"));
	CU_ASSERT_PTR_NULL(c);
	remove_dir();
}

static void gone_for_good(void)
{
	struct fake_rig f = { .gone_after = 100 };
	struct assay_campaign_options o = options_for(&f, 500);
	struct assay_campaign_status status;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, &status), ASSAY_EXIT_CRASH);
	CU_ASSERT_EQUAL(status.cases, 100);
	remove_dir();
}

/* Ctrl-C while it is waited for: that it is not there yet is nobody's fault. */
static void interrupted_while_gone(void)
{
	struct fake_rig f = { .gone_after = 100, .stop_after = 100 };
	struct assay_campaign_options o = options_for(&f, 500);
	json_t *summary;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), 128 + SIGINT);
	summary = load("fuzz.json");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(summary, "stopped")), "interrupted");
	json_decref(summary);
	remove_dir();
}

/* --max-time holds while one case is played over and over, too. */
static void growth_ends(void)
{
	struct fake_rig f = { .leak = 1 };
	struct assay_rig rig = fake_rig(&f);
	const struct assay_trier over = { .rig = &rig, .until = 1 };
	const struct assay_case_id id = { .seed = 7, .depth = 1 };
	struct assay_case_name name = { .id = id };
	struct assay_judged judged;
	struct assay_growth g;
	struct assay_error err;

	CU_ASSERT_EQUAL(assay_growth_measure(&judged, &over, &name, &err), 0);
	CU_ASSERT_EQUAL(f.plays, 1);
	CU_ASSERT_EQUAL_FATAL(assay_growth_init(&g), 0);
	for (unsigned n = 0; n < ASSAY_GROWTH_CASES; n++)
		assay_growth_note(&g, &rig, &id);
	CU_ASSERT_EQUAL(assay_growth_find(&judged, &name, &g, &over, &err), 0);
	CU_ASSERT_TRUE(f.plays <= 3);
	assay_growth_free(&g);
}

/* What a target takes once does not hide what it takes each time. */
static void growth_once(void)
{
	struct fake_rig f = { .leak = 4, .once = 40 };
	struct assay_rig rig = fake_rig(&f);
	const struct assay_trier trier = { .rig = &rig };
	struct assay_case_id id = { .seed = 7, .depth = 1 };
	struct assay_case_name name;
	struct assay_judged judged;
	struct assay_growth g;
	struct assay_error err;

	CU_ASSERT_EQUAL_FATAL(assay_growth_init(&g), 0);
	for (id.path[0] = 0; id.path[0] < ASSAY_GROWTH_CASES; id.path[0]++)
		assay_growth_note(&g, &rig, &id);
	CU_ASSERT_EQUAL(assay_growth_find(&judged, &name, &g, &trier, &err), 1);
	CU_ASSERT_EQUAL(name.id.path[0] % 4, 3);
	CU_ASSERT_EQUAL(judged.growth, 4096);
	assay_growth_free(&g);
}

/* What has to outlast a loss of power is on the disk: in place of the C library's these count. */
static unsigned synced, synced_all;

int fdatasync(int fd)
{
	(void)fd;
	synced++;
	return 0;
}

int syncfs(int fd)
{
	(void)fd;
	synced_all++;
	return 0;
}

static void on_the_disk(void)
{
	struct fake_rig f = { .crash = 3 };
	struct assay_campaign_options o = options_for(&f, 20);

	make_dir();
	synced = synced_all = 0;
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_FINDINGS);
	CU_ASSERT_EQUAL(synced_all, 1);
	CU_ASSERT_TRUE(synced >= 1);
	remove_dir();
}

/* A folder in the place of a file cannot be replaced by one: the half of it that was written goes again. */
static void summary(void)
{
	struct fake_rig f = { .crash = 3 };
	struct assay_campaign_options o = options_for(&f, 20);
	char path[256], text[4096] = "";
	FILE *file;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_FINDINGS);
	snprintf(path, sizeof(path), "%s/summary.md", dir);
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_TRUE(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n1 finding, 0 unsure.\n"));
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
	o.cases = 30;
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_HARNESS);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/summary.md.new", dir);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	remove_dir();
}

/* Every line of the journal, the summary and a finding keep to the schema. */
static void schema(void)
{
	struct fake_rig f = { .crash = 40, .fresh = 7, .leak = 3 };
	struct assay_campaign_options o = options_for(&f, 6000);
	json_t *all = json_load_file(ASSAY_DOCS "/fuzz.schema.json", 0, NULL), *value;
	char path[128], line[8192];
	FILE *journal;

	make_dir();
	CU_ASSERT_EQUAL(run(&f, &o, NULL), ASSAY_EXIT_FINDINGS);
	value = load("fuzz.json");
	CU_ASSERT_TRUE(value && assay_schema_holds(definition(all, "summary"), value, "fuzz.json"));
	json_decref(value);
	value = load("findings/" CRASH_KEY "/finding.json");
	CU_ASSERT_TRUE(value && assay_schema_holds(definition(all, "finding.json"), value, "finding.json"));
	json_decref(value);
	snprintf(path, sizeof(path), "%s/" ASSAY_JOURNAL, dir);
	journal = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
	while (fgets(line, sizeof(line), journal)) {
		const char *type;

		value = json_loads(line, 0, NULL);
		type = json_string_value(json_object_get(value, "type"));
		CU_ASSERT_TRUE(type && assay_schema_holds(definition(all, type), value, type));
		json_decref(value);
	}
	fclose(journal);
	json_decref(all);
	remove_dir();
}

static CU_TestInfo tests[] = {
	{ "nothing found", nothing_found },
	{ "crash flood", crash_flood },
	UNIT_TEST(leak),
	UNIT_TEST(interrupted),
	{ "torn journal", torn_journal },
	{ "another campaign", another_campaign },
	{ "a line of nobody's", a_line_of_nobodys },
	{ "gone for good", gone_for_good },
	{ "interrupted while gone", interrupted_while_gone },
	{ "growth ends", growth_ends },
	{ "growth once", growth_once },
	{ "on the disk", on_the_disk },
	{ "summary", summary },
	UNIT_TEST(schema),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("campaign", tests);
}
