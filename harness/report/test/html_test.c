/*
 * html_test.c - report.html of the nasty run, read by another hand: libxml2's HTML parser. What is no markup of ours must come back as text; the listings of
 * PDUs come from files that are there, are files, and are within their bounds.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/page.h"
#include "report/report.h"
#include "report/test/nasty.h"
#include "report/test/tree.h"
#include "test/unit.h"

static char folder[] = "/tmp/assay-html-XXXXXX";

static char *text_of(const struct assay_run *run)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assay_html_write(out, run);
	fclose(out);
	return text;
}

static htmlDocPtr tree_of(const struct assay_run *run)
{
	char *text = text_of(run);
	htmlDocPtr tree = assay_tree_of(text);

	free(text);
	return tree;
}

static void escapes(void)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assay_html_put(out, HOSTILE "\n\t\x7f\xc2\x9b\xe2\x81\xa6");
	assay_html_put(out, NULL);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, "quote &quot; back \\ tag &lt;a&amp;b&gt; bell \\x07 esc \\x1b[31m bad "
				     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd high \xf0\x9f\x98\x80 | ` # "
				     "&lt;/script&gt;&lt;img src=x onerror=&#39;hit()&#39;&gt; ]]&gt; --&gt; "
				     "\\u202e end\n\t\\x7f\\x9b\\u2066");
	free(text);
}

static void is_well_formed(void)
{
	htmlDocPtr doc = tree_of(&assay_nasty_run);

	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@class='row'])"), ASSAY_VERDICT_COUNT);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody/tr[@class='more']//details[@open])"), 0);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody/tr[@class='more'])"), ASSAY_VERDICT_COUNT - 2);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@data-verdict='FAIL']//dl)"), 3);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//input[@name='verdict'])"), ASSAY_VERDICT_COUNT);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//select[@name='area']/option)"), 3);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc,
			"count(//tbody[@id='test=login.fail']//summary[.='raises StatSN (and 1 more)'])"),
		1);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//tbody[@id='test=nop.skip']//p[.='needs-write-lun'])"), 1);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//tbody[@id='test=login.fail']//a[@href='#req=R7143-1-1'])"),
		1);
	xmlFreeDoc(doc);
}

/* Whatever a link is to, it leads there and says no more: "&" would begin another word of the fragment, "%41" would become "A". */
static void links_are_encoded(void)
{
	struct assay_test_result one = assay_nasty_results[ASSAY_FAIL];
	struct assay_run run = assay_nasty_run;
	htmlDocPtr doc;

	one.id = "a.b&c=%41#\xc3\xa9\x1b";
	one.reqs = "R-1_~ \"&amp;+,";
	run.results = &one;
	run.count = 1;
	doc = tree_of(&run);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//a[@href='#test=a.b%26c%3D%2541%23%C3%A9%5Cx1b'])"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody[@id='test=a.b&c=%41#\xc3\xa9\\x1b'])"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody//a[@href='#req=R-1_~'][.='R-1_~'])"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//a[@href='#req=%22%26amp%3B%2B%2C'])"), 1);
	xmlFreeDoc(doc);
}

/* Nothing that a target said has become markup, and all of it is there to be read. */
static void hostile_strings_stay_text(void)
{
	htmlDocPtr doc = tree_of(&assay_nasty_run);
	char *got = assay_tree_words(
		doc, "//tbody[@id='test=login.fail']//dt[.='got']/following-sibling::dd[1]");
	char *title = assay_tree_words(doc, "//title");

	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//script)"), 1);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//style)"), 1);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//img | //iframe | //object | //link | //base | //comment())"),
		0);
	CU_ASSERT_EQUAL(
		assay_tree_number(doc, "count(//@*[starts-with(name(), 'on') or name() = 'style'])"), 0);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//@src)"), 0);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//a[not(starts-with(@href, '#'))])"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "tag <a&b> bell \\x07 esc \\x1b[31m"));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "</script><img src=x onerror='hit()'> ]]> --> \\u202e end"));
	CU_ASSERT_PTR_NOT_NULL(strstr(title, "onerror='hit()'"));
	xmlFree(got);
	xmlFree(title);
	xmlFreeDoc(doc);
}

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* pdus.txt of login.fail: lines of 100 bytes. */
static void write_listing(size_t lines)
{
	FILE *out;

	mkdir(path_of("login.fail"), 0777);
	out = fopen(path_of("login.fail/pdus.txt"), "w");
	for (size_t i = 0; i < lines; i++)
		fprintf(out, "%-98zu>\n", i);
	fclose(out);
}

/* The listing in the page of a run whose folder is ours; the caller frees it with xmlFree. */
static char *listing(const char *evidence, bool *goes_on, bool *missing)
{
	struct assay_test_result one = assay_nasty_results[ASSAY_FAIL];
	struct assay_run run = assay_nasty_run;
	htmlDocPtr doc;
	char *text;

	one.evidence = evidence;
	run.results = &one;
	run.count = 1;
	run.folder = folder;
	doc = tree_of(&run);
	text = assay_tree_words(doc, "//details[@class='listing']/pre");
	*goes_on = assay_tree_number(doc, "count(//p[@class='note'][contains(., 'goes on')])") == 1;
	*missing = assay_tree_number(doc, "count(//p[@class='note'][contains(., 'cannot be shown')])") == 1;
	xmlFreeDoc(doc);
	return text;
}

static void listing_is_shown(void)
{
	bool goes_on, missing;
	char *text;

	write_listing(3);
	text = listing("login.fail", &goes_on, &missing);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "2    "));
	CU_ASSERT_FALSE(goes_on || missing);
	xmlFree(text);
	write_listing(2000); /* 200,000 bytes: whole lines of it */
	text = listing("login.fail", &goes_on, &missing);
	CU_ASSERT_TRUE(goes_on && !missing);
	CU_ASSERT_TRUE(strlen(text) > 60000 && strlen(text) <= 65536);
	CU_ASSERT_STRING_EQUAL(text + strlen(text) - 2, ">\n");
	xmlFree(text);
}

/* What a run.json of another hand could name: nothing outside the folder, no link, no pipe that holds us up. */
static void no_other_file_is_read(void)
{
	static const char *const names[] = { "none", "", ".", "..", "../assay-html",
		"login.fail/../login.fail", "/etc", "link", "pipe", "folder", "linked" };
	bool goes_on, missing;
	char *text;

	write_listing(1);
	mkdir(path_of("link"), 0777);
	CU_ASSERT_EQUAL(symlink("../login.fail/pdus.txt", path_of("link/pdus.txt")), 0);
	CU_ASSERT_EQUAL(symlink("login.fail", path_of("linked")), 0);
	mkdir(path_of("pipe"), 0777);
	CU_ASSERT_EQUAL(mkfifo(path_of("pipe/pdus.txt"), 0666), 0);
	mkdir(path_of("folder"), 0777);
	CU_ASSERT_EQUAL(mkdir(path_of("folder/pdus.txt"), 0777), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text = listing(names[i], &goes_on, &missing);
		CU_ASSERT_STRING_EQUAL(text, "");
		CU_ASSERT_TRUE(missing);
		xmlFree(text);
	}
}

/* 300 tests with 64 KiB each: the page keeps to its bound, and says of each that is left out that it is. */
static void page_is_bounded(void)
{
	enum { TESTS = 300 };
	static struct assay_test_result many[TESTS];
	static char ids[TESTS][16];
	struct assay_run run = assay_nasty_run;
	htmlDocPtr doc;
	double shown;
	char *text;

	write_listing(650);
	for (size_t i = 0; i < TESTS; i++) {
		many[i] = assay_nasty_results[ASSAY_FAIL];
		snprintf(ids[i], sizeof(ids[i]), "login.%zu", i);
		many[i].id = ids[i];
	}
	run.results = many;
	run.count = TESTS;
	run.folder = folder;
	text = text_of(&run);
	CU_ASSERT_TRUE(strlen(text) < 12u << 20);
	free(text);
	doc = tree_of(&run);
	shown = assay_tree_number(doc, "count(//details[@class='listing'])");
	CU_ASSERT_TRUE(shown > 100 && shown < TESTS);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//p[@class='note'][contains(., 'page is full')])"),
		TESTS - shown);
	xmlFreeDoc(doc);
}

static void nothing_ran(void)
{
	struct assay_run none = { .info = assay_nasty_run.info, .exit = ASSAY_EXIT_NOTHING };
	htmlDocPtr doc = tree_of(&none);

	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//tbody)"), 0);
	CU_ASSERT_EQUAL(assay_tree_number(doc, "count(//output[.='0 tests'])"), 1);
	xmlFreeDoc(doc);
}

static void remove_folder(void)
{
	static const char *const names[] = { "login.fail/pdus.txt", "login.fail", "link/pdus.txt", "link",
		"pipe/pdus.txt", "pipe", "folder/pdus.txt", "folder", "linked", "." };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(path_of(names[i]));
	rmdir(folder);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(escapes),
	{ "is well formed", is_well_formed },
	{ "links are encoded", links_are_encoded },
	{ "hostile strings stay text", hostile_strings_stay_text },
	{ "the listing is shown", listing_is_shown },
	{ "no other file is read", no_other_file_is_read },
	{ "the page is bounded", page_is_bounded },
	{ "nothing ran", nothing_ran },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	if (!mkdtemp(folder))
		return 1;
	assay_nasty_complete();
	failed = unit_run("html", tests);
	xmlCleanupParser();
	remove_folder();
	return failed;
}
