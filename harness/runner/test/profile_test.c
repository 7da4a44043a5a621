/* profile_test.c - profiles and URLs, good and bad: each mistake is one line that names it and what is allowed. */
#include <unistd.h>

#include "runner/profile_internal.h"
#include "runner/secret.h"
#include "runner/words.h"
#include "test.h"
#include "test/unit.h"

#define PATH   "profile_test.ini"
#define TARGET "iqn.2026-01.net.example:t1"
#define URL    "[target]\nurl = iscsi://host/" TARGET "/1\n"

static struct assay_profile *read_text(const char *text)
{
	struct assay_profile *p = NULL;
	struct assay_error err = { 0 };

	write_file(PATH, text);
	if (assay_profile_read(&p, PATH, &err))
		fprintf(stderr, "\n%s\n", err.message);
	return p;
}

static void whole(void)
{
	struct assay_profile *p;

	setenv("PROFILE_TEST_SECRET", "from-env", 1);
	write_file("profile_test.secret", "from-file\r\nnot this\n");
	p = read_text(
		"; a comment\n[target]\nname = tgt\nurl = iscsi://127.0.0.1:{port}/" TARGET
		"/1\nwrite-lun = 2\nsecond-lun=22\n"
		"second-portal = [::1]:{port2}\nsecond-target = " TARGET
		".b\ntarget-id = 3\ninitiator-name = iqn.2026-01.net.example:i\n"
		"timing-factor = 2.5\nanswer-timeout = 1.5\nfollow-portals = yes\n[chap]\nuser = "
		"u\nsecret-file = "
		"profile_test.secret\n"
		"[mutual]\ntarget = " TARGET
		".m\nuser = u2\nsecret-env = PROFILE_TEST_SECRET\ntarget-user = t\ntarget-secret = direct\n"
		"[acl]\ntarget = " TARGET
		".a\ninitiator = iqn.2026-01.net.example:ok\n[acl-address]\ntarget = " TARGET
		".b\naddress = ::1\n[features]\nheader-digest = yes\ndata-digest = "
		"no\n"
		"[exec]\ncommand = tgtd -f -C {port}\nsetup = one {dir}/x\n  two 'a b'\nsetup = three\nstop "
		"= four\nready-timeout = 0.5\n"
		"[control]\nrestart = kill {port3}\nadd-lun = x {lun}\n[run]\nbaseline = "
		"b.baseline\ndisruptive = "
		"yes\njobs = 3\nfresh = a.*\nfresh = @b\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->name, "tgt");
	CU_ASSERT_STRING_EQUAL(p->setup.host, "127.0.0.1");
	CU_ASSERT_STRING_EQUAL(p->setup.target_name, TARGET);
	CU_ASSERT_EQUAL(p->setup.lun, 1);
	CU_ASSERT(p->setup.write_lun_given && p->setup.write_lun == 2);
	CU_ASSERT(p->setup.second_lun_given && p->setup.second_lun == 22);
	CU_ASSERT_STRING_EQUAL(p->setup.second_host, "::1");
	CU_ASSERT_STRING_EQUAL(p->setup.second_target, TARGET ".b");
	CU_ASSERT_EQUAL(p->setup.target_id, 3);
	CU_ASSERT_STRING_EQUAL(p->initiator_name, "iqn.2026-01.net.example:i");
	CU_ASSERT_EQUAL(p->setup.timing_factor, 2.5);
	CU_ASSERT(p->follow_portals && p->setup.disruptive && !p->builtin);
	CU_ASSERT_STRING_EQUAL(p->setup.chap_target, TARGET);
	CU_ASSERT_STRING_EQUAL(p->setup.chap_account.secret, "from-file");
	CU_ASSERT_STRING_EQUAL(p->setup.mutual_target, TARGET ".m");
	CU_ASSERT_STRING_EQUAL(p->setup.mutual_account.secret, "from-env");
	CU_ASSERT_STRING_EQUAL(p->setup.mutual_target_account.name, "t");
	CU_ASSERT_STRING_EQUAL(p->setup.mutual_target_account.secret, "direct");
	CU_ASSERT_STRING_EQUAL(p->setup.acl_target, TARGET ".a");
	CU_ASSERT_STRING_EQUAL(p->setup.acl_address_target, TARGET ".b");
	CU_ASSERT_STRING_EQUAL(p->setup.acl_address, "::1");
	CU_ASSERT(p->header_digest == 1 && p->data_digest == 0);
	CU_ASSERT_EQUAL(p->exec.setup_count, 3);
	CU_ASSERT_STRING_EQUAL(p->exec.setup[1], "two 'a b'");
	CU_ASSERT_EQUAL(p->exec.stop_count, 1);
	CU_ASSERT_EQUAL(p->exec.ready_timeout_ms, 500);
	CU_ASSERT_STRING_EQUAL(p->control[ASSAY_VERB_ADD_LUN], "x {lun}");
	CU_ASSERT_PTR_NULL(p->control[ASSAY_VERB_LOGS]);
	CU_ASSERT_STRING_EQUAL(p->baseline, "b.baseline");
	CU_ASSERT_EQUAL(p->jobs, 3);
	CU_ASSERT_EQUAL(p->answer_timeout_ms, 1500);
	CU_ASSERT(p->fresh_count == 2 && !p->fresh[2]);
	CU_ASSERT_STRING_EQUAL(p->fresh[1], "@b");
	CU_ASSERT_EQUAL(assay_profile_ports(p), 7);
	assay_profile_free(p);
	unlink("profile_test.secret");
}

static void places(void)
{
	struct assay_places filled = { .port = { 1111, 2222 }, .dir = "/tmp/x" };
	struct assay_profile *p = read_text(
		"[target]\nurl = iscsi://127.0.0.1:{port}/" TARGET "/1\nsecond-portal = 127.0.0.1:{port2}\n"
		"[exec]\ncommand = run {port}{port2} {dir}/a {not a place}\nstop = x{dir}\n");
	struct assay_error err = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(assay_profile_expand(p, &filled, &err), 0);
	CU_ASSERT_STRING_EQUAL(p->url, "iscsi://127.0.0.1:1111/" TARGET "/1");
	CU_ASSERT_STRING_EQUAL(p->name, "profile_test");
	CU_ASSERT_EQUAL(p->setup.port, 1111);
	CU_ASSERT_EQUAL(p->setup.second_port, 2222);
	CU_ASSERT_STRING_EQUAL(p->exec.command, "run 11112222 /tmp/x/a {not a place}");
	CU_ASSERT_STRING_EQUAL(p->exec.stop[0], "x/tmp/x");
	assay_profile_free(p);
}

/* Whatever the folders are called, a place stays within its word. */
static void places_with_blanks(void)
{
	struct assay_places filled = { .dir = "/t m'p", .self = "/a\\b \"c", .here = "/h" };
	struct assay_profile *p = read_text(
		"[target]\nurl = iscsi://127.0.0.1:1/" TARGET "/1\n[exec]\ncommand = "
		"{self} x{dir}y '{dir} z' \"{self} {dir}\" \\'{here}\\'\n");
	static const char *const expected[] = { "/a\\b \"c", "x/t m'py", "/t m'p z", "/a\\b \"c /t m'p",
		"'/h'" };
	struct assay_arena arena = { 0 };
	struct assay_error err = { 0 };
	char **words;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(assay_profile_expand(p, &filled, &err), 0);
	CU_ASSERT_EQUAL_FATAL(assay_words_split(&words, &arena, p->exec.command, &err), 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(words[i], expected[i]);
	assay_arena_free(&arena);
	assay_profile_free(p);
}

static void places_of_ours(void)
{
	struct assay_profile *p = read_text("[target]\nurl = iscsi://127.0.0.1:1/" TARGET "/1\n");
	struct assay_places ours;
	char path[4200];

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(assay_places_begin(&ours, p, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(ours.self, "profile_test"));
	snprintf(path, sizeof(path), "%s/profile_test.ini", ours.here);
	CU_ASSERT(ours.here[0] == '/' && access(path, R_OK) == 0);
	assay_profile_free(p);
}

/* What is wrong, and the line and words that say so. */
static const struct {
	const char *text;
	unsigned line;
	const char *why;
} bad_profiles[] = {
	{ "", 0, "url is missing" },
	{ "[target]\nname = x\n", 2, "url is missing" },
	{ URL "colour = red\n", 3, "[target] has no 'colour'; it has name, url" },
	{ URL "[nonsense]\na = b\n", 4, "no section [nonsense]; allowed: target, chap" },
	{ "url = x\n", 1, "before the first [section]" },
	{ URL "just words\n", 3, "neither" },
	{ URL "[exec\n", 3, "neither" },
	{ URL "name =\n", 3, "no value" },
	{ URL "name = a b\n", 3, "letters, digits" },
	{ URL "url = iscsi://b/" TARGET "/1\n", 3, "already" },
	{ URL "write-lun = -1\n", 3, "a number from 0 to 16383" },
	{ URL "write-lun = 1x\n", 3, "a number from 0 to 16383" },
	{ URL "write-lun = 16384\n", 3, "a number from 0 to 16383" },
	{ URL "target-id = 0\n", 3, "a number from 1" },
	{ URL "timing-factor = fast\n", 3, "a number from 0.01" },
	{ URL "timing-factor = nan\n", 3, "a number from 0.01" },
	{ URL "second-portal = ::1:3260\n", 3, "host:port" },
	{ URL "second-portal = a:99999\n", 3, "host:port" },
	{ URL "second-target = no-iqn\n", 3, "an iSCSI name" },
	{ URL "initiator-name = no-iqn\n", 3, "an iSCSI name" },
	{ URL "follow-portals = maybe\n", 3, "yes or no" },
	{ URL "[features]\nheader-digest = crc\n", 4, "yes, no, required or probe" },
	{ URL "[chap]\nsecret = x\n", 4, "needs user" },
	{ URL "[chap]\nuser = x\n", 4, "exactly one" },
	{ URL "[chap]\nuser = x\nsecret = a\nsecret-env = b\n", 6, "exactly one" },
	{ URL "[chap]\nuser = x\nsecret-env = PROFILE_TEST_NONE\n", 5, "PROFILE_TEST_NONE" },
	{ URL "[chap]\nuser = x\nsecret-file = profile_test.empty\n", 5,
		"first line of profile_test.empty has no secret" },
	{ URL "[chap]\nuser = x\nsecret-file = no/such\n", 5, "no/such" },
	{ URL "[mutual]\nuser = x\nsecret = y\n", 5, "target-user" },
	{ URL "[acl]\ninitiator = " TARGET "\n", 4, "needs target" },
	{ URL "[exec]\nsetup = x\n", 4, "no command" },
	{ URL "implementation = a/b\n", 3, "letters, digits, blanks" },
	{ URL "[exec]\nversion = a {port}\n", 4, "{port} has a value only where" },
	{ URL "[exec]\ncommand = a 'b\n", 4, "quote" },
	{ URL "[exec]\ncommand = a {prot}\n", 4, "the places are {port}" },
	{ URL "[exec]\ncommand = a\nready-timeout = 0\n", 5, "more than 0" },
	{ "[target]\nurl = iscsi://h:{port}/" TARGET "/1\n", 2, "{port} has a value only where" },
	{ URL "[control]\nrestart = a\nrestart = b\n", 5, "already" },
	{ URL "[control]\nrestrat = a\n", 4, "no verb 'restrat'; it has restart, add-lun" },
	{ URL "[control]\nadd-lun = a\n", 4, "{lun}" },
	{ URL "[control]\nrestart = a {lun}\n", 4, "the places are" },
	{ URL "[acl-address]\ntarget = " TARGET "\n", 4, "needs target and address" },
	{ URL "[acl-address]\naddress = localhost\n", 4, "an IPv4 or IPv6 address" },
	{ URL "answer-timeout = -1\n", 3, "seconds, more than 0" },
	{ URL "[run]\nfresh = a.*\n", 4, "[exec] command" },
	{ URL "[run]\njobs = 0\n", 4, "a number from 1 to 64" },
	{ "[target]\nurl = http://x\n", 2, "iscsi://" },
	{ URL "second-portal = h:{port2}\n", 3, "only where" },
	{ URL "[mutual]\nsecret = y\n", 4, "target-user" },
};

static void bad(void)
{
	write_file("profile_test.empty", "\n");
	for (size_t i = 0; i < sizeof(bad_profiles) / sizeof(bad_profiles[0]); i++) {
		struct assay_error err = { 0 };
		struct assay_profile *p;
		char place[64];

		write_file(PATH, bad_profiles[i].text);
		CU_ASSERT_EQUAL(assay_profile_read(&p, PATH, &err), ASSAY_E_SYNTAX);
		CU_ASSERT_PTR_NULL(p);
		snprintf(place, sizeof(place), bad_profiles[i].line ? PATH ":%u: " : PATH ": ",
			bad_profiles[i].line);
		ASSERT_HAS(err.message, place);
		ASSERT_HAS(err.message, bad_profiles[i].why);
		CU_ASSERT_PTR_NULL(strchr(err.message, '\n'));
	}
	unlink(PATH);
	unlink("profile_test.empty");
}

static void bad_files(void)
{
	struct assay_error err = { 0 };
	struct assay_profile *p;
	char text[1000] = URL "[exec]\ncommand = ";

	CU_ASSERT_EQUAL(assay_profile_read(&p, "no/such.ini", &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, "no/such.ini");
	CU_ASSERT_EQUAL(assay_profile_read(&p, "/", &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, "Is a directory");
	CU_ASSERT_EQUAL(assay_profile_read(&p, "/dev/zero", &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, "a NUL byte");
	memset(text + strlen(text), 'x', 300);
	strcat(text, "\nsetup = a\n");
	write_file(PATH, text);
	CU_ASSERT_EQUAL(assay_profile_read(&p, PATH, &err), ASSAY_E_SYNTAX);
	ASSERT_HAS(err.message, ":4: the line is longer than");
}

static void urls(void)
{
	static const struct {
		const char *url, *user, *secret, *host;
		uint16_t port;
		const char *target;
		uint32_t lun;
		const char *printable;
	} rows[] = {
		{ "iscsi://h/" TARGET "/1", NULL, NULL, "h", 3260, TARGET, 1, NULL },
		{ "iscsi://u%s3cret@10.0.0.1:77/" TARGET "/16383", "u", "s3cret", "10.0.0.1", 77, TARGET,
			16383, "iscsi://u@10.0.0.1:77/" TARGET "/16383" },
		{ "iscsi://u@[fe80::1]:77/" TARGET "/0", "u", NULL, "fe80::1", 77, TARGET, 0, NULL },
		{ "iscsi://[::1]/" TARGET "/0", NULL, NULL, "::1", 3260, TARGET, 0, NULL },
		{ "iscsi://h", NULL, NULL, "h", 3260, NULL, 0, NULL },
		{ "iscsi://h:1/", NULL, NULL, "h", 1, NULL, 0, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { 0 };
		struct assay_arena arena = { 0 };
		struct assay_url u;

		CU_ASSERT_EQUAL_FATAL(assay_url_parse(&u, &arena, rows[i].url, &err), 0);
		CU_ASSERT(!u.user == !rows[i].user && (!u.user || !strcmp(u.user, rows[i].user)));
		CU_ASSERT(!u.secret == !rows[i].secret && (!u.secret || !strcmp(u.secret, rows[i].secret)));
		CU_ASSERT_STRING_EQUAL(u.host, rows[i].host);
		CU_ASSERT_EQUAL(u.port, rows[i].port);
		CU_ASSERT(!u.target == !rows[i].target && (!u.target || !strcmp(u.target, rows[i].target)));
		CU_ASSERT_EQUAL(u.lun, rows[i].lun);
		CU_ASSERT_STRING_EQUAL(u.printable, rows[i].printable ? rows[i].printable : rows[i].url);
		assay_arena_free(&arena);
	}
}

static void bad_urls(void)
{
	static const struct {
		const char *url, *why;
	} rows[] = {
		{ "", "does not begin" },
		{ "h/" TARGET "/1", "does not begin" },
		{ "iscsi://", "host is missing" },
		{ "iscsi:///" TARGET "/1", "host is missing" },
		{ "iscsi://h:/" TARGET "/1", "the port" },
		{ "iscsi://h:0/" TARGET "/1", "the port" },
		{ "iscsi://h:65536/" TARGET "/1", "the port" },
		{ "iscsi://h:3260x/" TARGET "/1", "the port" },
		{ "iscsi://fe80::1/" TARGET "/1", "[ ]" },
		{ "iscsi://[fe80::1/" TARGET "/1", "not closed" },
		{ "iscsi://[::1]x/" TARGET "/1", "only :port" },
		{ "iscsi://h/" TARGET, "LUN is missing" },
		{ "iscsi://h/" TARGET "/", "LUN is a number" },
		{ "iscsi://h/" TARGET "/x", "LUN is a number" },
		{ "iscsi://h/" TARGET "/16384", "LUN is a number" },
		{ "iscsi://h/disk/1", "target's name" },
		{ "iscsi://@h/" TARGET "/1", "empty" },
		{ "iscsi://u%@h/" TARGET "/1", "empty" },
		{ "iscsi://h:{prot}/" TARGET "/1", "the places are" },
		{ "iscsi://h:{port}x/" TARGET "/1", "the port" },
		{ "iscsi://h:{dir}/" TARGET "/1", "the port" },
		{ "iscsi://u%a/b@h/" TARGET "/1", "must come from a file" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_error err = { 0 };
		struct assay_profile *p;

		CU_ASSERT_EQUAL(assay_profile_from_url(&p, rows[i].url, &err), ASSAY_E_SYNTAX);
		ASSERT_HAS(err.message, rows[i].why);
	}
}

static void commands_without_secrets(void)
{
	static const struct {
		const char *command, *scrubbed, *said;
	} rows[] = {
		{ "a iscsi://u%s3cret@h/", "a iscsi://u%******@h/", "s3cret" },
		{ "sh -c 'a \"iscsi://u%s3cret@h\" @ b' @c", "sh -c 'a \"iscsi://u%**********@ b' @c",
			"s3cret" },
		{ "a iscsi://u%s3\\ cret@h b@", "a iscsi://u%********@h b@", "s3\\ cret" },
		{ "a iscsi://u%s3@cret@h", "a iscsi://u%*******@h", NULL },
		{ "a iscsi://u%s3cret@h iscsi://v%other@h", "a iscsi://u%******@h iscsi://v%*****@h",
			"other" },
		{ "a iscsi://{portal}/%41 b@c", "a iscsi://{portal}/%41 b@c", NULL },
		{ "a iscsi://u%", "a iscsi://u%", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_secrets known = { .count = 0 };
		char text[128];

		snprintf(text, sizeof(text), "%s", rows[i].command);
		assay_secret_scrub_command(text);
		CU_ASSERT_STRING_EQUAL(text, rows[i].scrubbed);
		assay_secrets_add_urls(&known, rows[i].command);
		snprintf(text, sizeof(text), "<%s>", rows[i].said ? rows[i].said : "nothing");
		assay_secrets_hide(&known, text);
		CU_ASSERT_EQUAL(text[1] == '*', rows[i].said != NULL);
	}
}

static void secrets_stay(void)
{
	struct assay_error err = { 0 };
	struct assay_profile *p;
	char text[] = "--password s3cret --other s3crets3cret", end[] = "cret --other";
	static const char *const wrong[] = { "iscsi://u%s3cret@h:x/" TARGET "/1",
		"iscsi:/u%s3cret@h/" TARGET "/1", "u%s3cret@h", "iscsi://u%s3cret/x@h/" TARGET "/1",
		"iscsi://u%x@s3cret@h/" TARGET "/1", "iscsi://u%s3cret@[::1/" TARGET "/1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CU_ASSERT_EQUAL(assay_profile_from_url(&p, wrong[i], &err), ASSAY_E_SYNTAX);
		CU_ASSERT_PTR_NULL(strstr(err.message, "s3cret"));
	}
	write_file(PATH, URL "[exec]\ncommand = a s3cret {prot}\n");
	CU_ASSERT_EQUAL(assay_profile_read(&p, PATH, &err), ASSAY_E_SYNTAX);
	CU_ASSERT_PTR_NULL(strstr(err.message, "s3cret"));
	unlink(PATH);
	CU_ASSERT_EQUAL_FATAL(assay_profile_from_url(&p, "iscsi://u%s3cret@h/" TARGET "/1", &err), 0);
	CU_ASSERT_PTR_NULL(strstr(p->url, "s3cret"));
	CU_ASSERT_STRING_EQUAL(p->setup.chap_account.secret, "s3cret");
	CU_ASSERT_STRING_EQUAL(p->setup.chap_target, TARGET);
	assay_profile_redact(p, text);
	CU_ASSERT_STRING_EQUAL(text, "--password ****** --other ************");
	assay_profile_redact(p, end); /* what is left of it where a text was cut */
	CU_ASSERT_STRING_EQUAL(end, "**** --other");
	assay_profile_free(p);
	setenv("LIBISCSI_CHAP_PASSWORD", "quiet", 1);
	CU_ASSERT_EQUAL_FATAL(assay_profile_from_url(&p, "iscsi://u@h/" TARGET "/1", &err), 0);
	CU_ASSERT_STRING_EQUAL(p->setup.chap_account.secret, "quiet");
	assay_profile_free(p);
}

static CU_TestInfo tests[] = {
	{ "a whole profile", whole },
	UNIT_TEST(places),
	{ "places with blanks", places_with_blanks },
	{ "places of ours", places_of_ours },
	{ "bad profiles", bad },
	{ "bad files", bad_files },
	{ "URLs", urls },
	{ "bad URLs", bad_urls },
	{ "secrets", secrets_stay },
	{ "commands without secrets", commands_without_secrets },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run_in_folder("profile", tests);
}
