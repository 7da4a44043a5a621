/* implementation_test.c - the name and version of an implementation: from a profile's words, and from what its version command prints, however odd. */
#include <unistd.h>

#include "runner/implementation.h"
#include "test.h"
#include "test/unit.h"

#define INI "implementation_test.ini"
#define URL "[target]\nurl = iscsi://h/iqn.2026-01.net.example:t/1\n"

static void clean(void)
{
	static const struct {
		const char *said, *name, *version;
	} rows[] = {
		{ "tgt\t1:1.0.85-1\n", "tgt", "1:1.0.85-1" },
		{ "TGT 1.0", "tgt", "1.0" },
		{ "tgtd 1.0", "tgt", "tgtd 1.0" },
		{ "  6.1.0-cloud \r\nmore", "LIO", "6.1.0-cloud" },
		{ "a\t \tb\033[31m\xc3\xa9", "", "a b [31m??" },
		{ "tgt", "tgt", "tgt" },
		{ "\nsecond", "tgt", "" },
		{ "", "tgt", "" },
	};
	char out[ASSAY_VERSION_TEXT_MAX], said[300];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assay_implementation_clean(out, rows[i].said, rows[i].name);
		CU_ASSERT_STRING_EQUAL(out, rows[i].version);
	}
	memset(said, 'x', sizeof(said) - 1);
	said[sizeof(said) - 1] = 0;
	assay_implementation_clean(out, said, "tgt");
	CU_ASSERT_EQUAL(strlen(out), sizeof(out) - 1);
}

/* The information that a profile of these lines gives; its strings live in the arena. */
static struct assay_run_info fill(struct assay_arena *arena, const char *text)
{
	struct assay_run_info info = { .version = "1.2.3" };
	struct assay_error err = { 0 };
	struct assay_profile *p = NULL;

	write_file(INI, text);
	if (assay_profile_read(&p, INI, &err)) {
		fprintf(stderr, "\n%s\n", err.message);
		abort();
	}
	assay_implementation_fill(&info, arena, p);
	assay_profile_free(p);
	unlink(INI);
	return info;
}

static void from_profile(void)
{
	struct assay_arena arena = { 0 };
	struct assay_run_info info = fill(&arena, URL
		"implementation = Linux LIO\n[exec]\nversion = printf 'Linux LIO\\t6.1 \\0 x\\nsecond'\n");

	CU_ASSERT_STRING_EQUAL(info.implementation_name, "Linux LIO");
	CU_ASSERT_STRING_EQUAL(info.implementation_version, "6.1 x");
	info = fill(&arena, URL);
	CU_ASSERT_STRING_EQUAL(info.implementation_name, "implementation_test");
	CU_ASSERT_PTR_NULL(info.implementation_version);
	info = fill(&arena, URL "[exec]\nversion = sh -c 'echo 1.0; exit 3'\n");
	CU_ASSERT_PTR_NULL(info.implementation_version);
	info = fill(&arena, URL "[exec]\nversion = no-such-program-at-all\n");
	CU_ASSERT_PTR_NULL(info.implementation_version);
	info = fill(&arena,
		URL "[chap]\nuser = u\nsecret = hidden-words\n[exec]\nversion = echo 1 hidden-words\n");
	CU_ASSERT_STRING_EQUAL(info.implementation_version, "1 ************");
	assay_arena_free(&arena);
}

static void builtin(void)
{
	struct assay_run_info info = { .version = "1.2.3" };
	struct assay_arena arena = { 0 };
	struct assay_profile *p = NULL;

	CU_ASSERT_EQUAL_FATAL(assay_profile_builtin(&p, NULL), 0);
	assay_implementation_fill(&info, &arena, p);
	CU_ASSERT_STRING_EQUAL(info.implementation_name, "iscsi-assay");
	CU_ASSERT_STRING_EQUAL(info.implementation_version, "1.2.3");
	assay_profile_free(p);
	assay_arena_free(&arena);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(clean),
	{ "from profile", from_profile },
	UNIT_TEST(builtin),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run_in_folder("implementation", tests);
}
