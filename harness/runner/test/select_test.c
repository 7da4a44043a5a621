/* select_test.c - selectors, shards and records, good and bad. */
#include "runner/plan.h"
#include "test.h"
#include "test/unit.h"

static void nothing(struct assay_t *t)
{
	(void)t;
}

#define ROW(name, requirements, where, strength, words, old)                                                 \
	{                                                                                                    \
		.id = name, .reqs = requirements, .section = where, .level = strength, .tags = words,        \
		.aliases = old, .desc = "does", .defects = "statsn-stuck", .run = nothing                    \
	}

static const struct assay_test login[] = {
	ROW("login.a", "R7143-6.2-01 R7143-6.3-02", "6.2", MUST, NULL, NULL),
	ROW("login.b", "R7143-6.3-02", "6.2.1", SHOULD, "slow", "login.old login.older"),
	ROW("login.c", "R7143-6.20-01", "6.20", MAY, "slow other", NULL),
};
static const struct assay_test scsi[] = {
	ROW("scsi.a", "S-INQ-01", "SPC-4 6.4", MUST, NULL, NULL),
	ROW("scsi.b", "R7144-7.1-01", "RFC 7144 7.1.1", MUST, NULL, NULL),
};
static const struct assay_suite login_suite = { "login", "l", login, 3 },
				scsi_suite = { "scsi", "s", scsi, 2 };
static const struct assay_suite *const suites[] = { &login_suite, &scsi_suite, NULL };

static void good(void)
{
	static const struct {
		const char *words[4];
		const char *chosen;
	} rows[] = {
		{ { NULL }, "11111" },
		{ { "login.*" }, "11100" },
		{ { "login" }, "11100" },
		{ { "login.b" }, "01000" },
		{ { "login.old" }, "01000" },
		{ { "*.a" }, "10010" },
		{ { "-login.*" }, "00011" },
		{ { "login.*", "-login.a" }, "01100" },
		{ { "-login.*", "login.a" }, "10011" },
		{ { "rfc7143:6.2" }, "11000" },
		{ { "RFC7143:6.2.1" }, "01000" },
		{ { "rfc7143:6" }, "11100" },
		{ { "rfc7144:7.1" }, "00001" },
		{ { "spc-4:6.4" }, "00010" },
		{ { "R7143-6.3-02" }, "11000" },
		{ { "R7143-6.2*" }, "10100" },
		{ { "S-INQ-*" }, "00010" },
		{ { "level:must" }, "10011" },
		{ { "level:SHOULD", "level:may" }, "01100" },
		{ { "@slow" }, "01100" },
		{ { "@slow", "-@other" }, "01000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { 0 };
		char came[6] = "";
		bool chosen[5];

		CU_ASSERT_EQUAL(assay_select(chosen, suites, rows[i].words, &err), 0);
		for (int n = 0; n < 5; n++)
			came[n] = chosen[n] ? '1' : '0';
		if (strcmp(came, rows[i].chosen))
			fprintf(stderr, "\n%s: %s\n", rows[i].words[0], came);
		CU_ASSERT_STRING_EQUAL(came, rows[i].chosen);
	}
}

static void bad(void)
{
	static const char *const rows[] = { "nothing.*", "log", "login.d", "-nothing", "rfc7143:9",
		"rfc7143:", "rfc9999:6.2", "level:must-not", "level:", "@", "@none", "R7143-9-01", "-", "" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = { "login.a", rows[i], NULL };
		struct assay_error err = { 0 };
		bool chosen[5];

		CU_ASSERT_EQUAL(assay_select(chosen, suites, words, &err), ASSAY_E_SYNTAX);
		ASSERT_HAS(err.message, rows[i][0] == '-' ? rows[i] + 1 : rows[i]);
		CU_ASSERT_PTR_NULL(strchr(err.message, '\n'));
	}
}

static struct assay_run_options options_for(struct assay_profile *profile)
{
	return (struct assay_run_options){ .suites = suites, .profile = profile };
}

/* Every test is in exactly one shard of N. */
static void shards(void)
{
	struct assay_profile profile = { .builtin = true };

	for (unsigned n = 1; n <= 7; n++) {
		unsigned seen[5] = { 0 };

		for (unsigned k = 1; k <= n; k++) {
			struct assay_run_options o = options_for(&profile);
			struct assay_arena arena = { 0 };
			struct assay_plan plan;

			o.shard = k;
			o.shards = n;
			CU_ASSERT_EQUAL(assay_plan_make(&plan, &arena, &o, NULL), 0);
			for (size_t i = 0; i < plan.count; i++) {
				bool is_login = plan.items[i].test >= login && plan.items[i].test < login + 3;

				seen[is_login ? plan.items[i].test - login
					      : 3 + (plan.items[i].test - scsi)]++;
			}
			assay_arena_free(&arena);
		}
		for (int i = 0; i < 5; i++)
			CU_ASSERT_EQUAL(seen[i], 1);
	}
}

static int plan_result(const struct assay_run_options *o, char *message)
{
	struct assay_arena arena = { 0 };
	struct assay_error err = { 0 };
	struct assay_plan plan;
	int r = assay_plan_make(&plan, &arena, o, &err);

	strcpy(message, err.message);
	assay_arena_free(&arena);
	return r;
}

static void bad_options(void)
{
	static const char *const again[] = { "login.a", "no.such", NULL };
	struct assay_profile profile = { .builtin = true };
	struct assay_run_options o = options_for(&profile);
	char message[256];

	o.shard = 3;
	o.shards = 2;
	CU_ASSERT_EQUAL(plan_result(&o, message), ASSAY_E_SYNTAX);
	ASSERT_HAS(message, "3/2");
	o = options_for(&profile);
	o.rerun = again;
	CU_ASSERT_EQUAL(plan_result(&o, message), ASSAY_E_SYNTAX);
	ASSERT_HAS(message, "no.such");
	o = options_for(&profile);
	profile.builtin = false;
	strcpy(profile.url, "iscsi://host");
	CU_ASSERT_EQUAL(plan_result(&o, message), ASSAY_E_SYNTAX);
	ASSERT_HAS(message, "target-iqn/lun");
}

static void bad_records(void)
{
	static const struct {
		struct assay_test test;
		const char *why;
	} rows[] = {
		{ ROW("login.a", "R", "1", MUST, NULL, NULL), "more than once" },
		{ ROW("x.y", "R", "1", MUST, NULL, "login.older"), "more than once" },
		{ ROW("x", "R", "1", MUST, NULL, NULL), "slug" },
		{ ROW("x.Y", "R", "1", MUST, NULL, NULL), "slug" },
		{ ROW("x../y", "R", "1", MUST, NULL, NULL), "slug" },
		{ ROW("x.y", "", "1", MUST, NULL, NULL), "requirement" },
		{ ROW("x.y", "R", NULL, MUST, NULL, NULL), "section" },
		{ ROW("x.y", "R", "1", (enum assay_level)0, NULL, NULL), "level" },
		{ { .id = "x.y", .reqs = "R", .section = "1", .level = MUST, .desc = "d", .run = nothing },
			"defect" },
		{ { .id = "x.y", .reqs = "R", .section = "1", .level = MUST, .desc = "d", .defects = "d" },
			"function" },
	};

	CU_ASSERT_EQUAL(assay_check_records(suites, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct assay_suite extra = { "x", "x", &rows[i].test, 1 };
		const struct assay_suite *const all[] = { &login_suite, &extra, NULL };
		struct assay_error err = { 0 };

		CU_ASSERT_EQUAL(assay_check_records(all, &err), ASSAY_E_INVAL);
		ASSERT_HAS(err.message, rows[i].why);
	}
}

/* Tests that must be alone come last, one by one; with one job the order is that of the suites. */
static void order(void)
{
	static struct assay_test tests[4];
	static const struct assay_suite suite = { "x", "x", tests, 4 };
	static const struct assay_suite *const all[] = { &suite, NULL };
	struct assay_profile profile = { .setup.disruptive = true,
		.setup.target_name = "iqn.2026-01.net.example:t",
		.control[ASSAY_VERB_RESTART] = "x" };
	struct assay_run_options o = { .suites = all, .profile = &profile, .jobs = 2 };
	struct assay_probe probe = { 0 };
	struct assay_arena arena = { 0 };
	struct assay_plan plan;

	for (int i = 0; i < 4; i++)
		tests[i] = (struct assay_test)ROW(i == 0   ? "x.a"
						  : i == 1 ? "x.b"
						  : i == 2 ? "x.c"
							   : "x.d",
			"R", "1", MUST, NULL, NULL);
	tests[0].needs = ASSAY_NEED_EXCLUSIVE;
	tests[2].needs = ASSAY_NEED_RESTART;
	CU_ASSERT_EQUAL_FATAL(assay_plan_make(&plan, &arena, &o, NULL), 0);
	assay_plan_apply(&plan, &o, true, &probe, NULL);
	CU_ASSERT_STRING_EQUAL(assay_plan_next(&plan, 1)->test->id, "x.a"); /* nobody would feel it */
	assay_plan_apply(&plan, &o, false, &probe, NULL);
	for (int step = 0; step < 4; step++) {
		static const char *const ids[] = { "x.b", "x.d", "x.a", "x.c" };
		struct assay_plan_item *item = assay_plan_next(&plan, 0);

		CU_ASSERT_PTR_NOT_NULL_FATAL(item);
		CU_ASSERT_STRING_EQUAL(item->test->id, ids[step]);
		item->started = true;
		if (step >= 1)
			CU_ASSERT_PTR_NULL(
				assay_plan_next(&plan, 1)); /* x.a and x.c wait until nothing runs */
	}
	CU_ASSERT_PTR_NULL(assay_plan_next(&plan, 0));
	assay_arena_free(&arena);
}

static void skip_reasons(void)
{
	static const struct {
		unsigned need;
		const char *reason;
	} rows[] = {
		{ ASSAY_NEED_WRITE, "needs-write-lun" },
		{ ASSAY_NEED_SECOND_LUN, "needs-second-lun" },
		{ ASSAY_NEED_SECOND_PORTAL, "needs-second-portal" },
		{ ASSAY_NEED_CHAP, "needs-chap" },
		{ ASSAY_NEED_MUTUAL, "needs-chap" },
		{ ASSAY_NEED_RESTART, "needs-control" },
		{ ASSAY_NEED_LUN_CHANGE, "needs-control" },
		{ ASSAY_NEED_PERSISTENT, "not-declared" },
		{ ASSAY_NEED_ACL_ADDRESS, "not-declared" },
		{ ASSAY_NEED_DISRUPTIVE, "excluded" },
		{ ASSAY_NEED_EXCLUSIVE, NULL },
		{ ASSAY_NEED_HEADER_DIGEST, "not-offered" },
		{ ASSAY_NEED_DATA_DIGEST, "not-offered" },
		{ ASSAY_NEED_MULTI_CONNECTION, "not-offered" },
		{ ASSAY_NEED_ACL, "not-declared" },
		{ ASSAY_NEED_SECOND_TARGET, "not-declared" },
		{ ASSAY_NEED_IET_IDS, "not-declared" },
		{ ASSAY_NEED_DISK, "not-offered" },
		{ 0, NULL },
	};
	struct assay_profile bare = { .header_digest = -1, .data_digest = -1 }, *full;
	struct assay_probe nothing_there = { .device_type = 5 }, all_there = {
		.header_digest = true, .data_digest = true, .max_connections = 4, .write_blocks = 1 << 20
	};

	CU_ASSERT_EQUAL_FATAL(assay_profile_builtin(&full, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_test test = { .needs = rows[i].need };
		const char *reason = assay_skip_reason(&test, &bare, &nothing_there);

		CU_ASSERT(reason == rows[i].reason ||
			  (reason && rows[i].reason && !strcmp(reason, rows[i].reason)));
		CU_ASSERT_PTR_NULL(assay_skip_reason(&test, full, &all_there));
	}
	/* what the profile declares counts for more than the probe */
	bare.header_digest = 1;
	CU_ASSERT_PTR_NULL(assay_skip_reason(
		&(struct assay_test){ .needs = ASSAY_NEED_HEADER_DIGEST }, &bare, &nothing_there));
	bare.header_digest = 0;
	CU_ASSERT_STRING_EQUAL(assay_skip_reason(&(struct assay_test){ .needs = ASSAY_NEED_HEADER_DIGEST },
				       &bare, &all_there),
		"not-offered");
	assay_profile_free(full);
}

static CU_TestInfo tests[] = {
	{ "selectors", good },
	{ "bad selectors", bad },
	UNIT_TEST(shards),
	{ "bad options", bad_options },
	{ "bad records", bad_records },
	{ "order of starts", order },
	{ "reasons to skip", skip_reasons },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("select", tests);
}
