/*
 * report_test.c - every format from one nasty run: hostile strings, all verdicts. Read back by another hand: jansson and the documented schema,
 * libxml2 and docs/junit.xsd, a TAP count. And a disk that is full.
 */
#include <fcntl.h>
#include <libxml/xmlschemas.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/json.h"
#include "report/print.h"
#include "report/report.h"
#include "report/test/nasty.h"
#include "report/test/schema.h"
#include "test/unit.h"

static char folder[] = "/tmp/assay-report-XXXXXX";

#define run     assay_nasty_run
#define results assay_nasty_results

/* Reports the run into the folder; the console's words into *text when it is not NULL. Returns what end said. */
static int report(FILE *console, bool quiet, const char **trouble)
{
	struct assay_report_config config = { .console = console, .quiet = quiet, .folder = folder };
	static char kept[512];
	struct assay_report *r;
	int result = assay_report_new(&r, &config);

	for (const struct assay_reporter *const *p = assay_report_reporters(r); *p; p++) {
		if ((*p)->begin)
			(*p)->begin((*p)->payload, &run.info, run.count);
		for (size_t i = 0; i < run.count; i++) {
			if ((*p)->started)
				(*p)->started((*p)->payload, results[i].id, 1);
			if ((*p)->result)
				(*p)->result((*p)->payload, &results[i], i + 1, run.count);
		}
		if ((*p)->end && (*p)->end((*p)->payload, &run))
			result = -1;
	}
	if (trouble) {
		*trouble = assay_report_trouble(r) ? kept : NULL;
		snprintf(kept, sizeof(kept), "%s", assay_report_trouble(r) ? assay_report_trouble(r) : "");
	}
	assay_report_free(r);
	return result;
}

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static char *read_all(const char *name)
{
	static char text[1 << 18];
	FILE *file = fopen(path_of(name), "r");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[length] = 0;
	if (file)
		fclose(file);
	return text;
}

static void json_reads_back(void)
{
	json_error_t error;
	json_t *schema = json_load_file(ASSAY_DOCS "/run.schema.json", 0, &error), *root, *failure;

	CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
	CU_ASSERT_EQUAL(report(NULL, false, NULL), 0);
	root = json_load_file(path_of("run.json"), JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fprintf(stderr, "run.json:%d: %s\n", error.line, error.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_TRUE(assay_schema_holds(schema, root, "run"));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(root, "seed")), "0xffffffffffffffff");
	failure = json_array_get(
		json_object_get(json_array_get(json_object_get(root, "results"), 1), "failures"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(failure, "got")),
		"quote \" back \\ tag <a&b> bell \a esc \033[31m bad \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"high "
		"\xf0\x9f\x98\x80 | ` # </script><img src=x onerror='hit()'> ]]> --> \xe2\x80\xae end");
	json_object_del(root, "exit");
	CU_ASSERT_FALSE(assay_schema_holds(schema, root, "without exit"));
	json_decref(root);
	json_decref(schema);
}

static void ndjson_reads_back(void)
{
	char *text, *save = NULL, *line;
	size_t lines = 0;

	CU_ASSERT_EQUAL(report(NULL, false, NULL), 0);
	text = read_all("run.ndjson");
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const char *type = json_string_value(json_object_get(object, "type"));

		CU_ASSERT_PTR_NOT_NULL_FATAL(type);
		CU_ASSERT_STRING_EQUAL(type, lines == 0               ? "begin"
					     : lines == run.count + 1 ? "end"
								      : "result");
		json_decref(object);
		lines++;
	}
	CU_ASSERT_EQUAL(lines, run.count + 2);
}

/* Writes the run and holds junit.xml against the documented schema. */
static int junit_validates(void)
{
	xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(ASSAY_DOCS "/junit.xsd");
	xmlSchemaPtr schema = xmlSchemaParse(parser);
	xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
	xmlDocPtr doc;
	int result;

	CU_ASSERT_EQUAL(report(NULL, false, NULL), 0);
	doc = xmlReadFile(path_of("junit.xml"), NULL, XML_PARSE_NONET);
	result = doc ? xmlSchemaValidateDoc(valid, doc) : -1;
	xmlFreeDoc(doc);
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(parser);
	return result;
}

static void junit_is_valid(void)
{
	const char *id = results[1].id;

	CU_ASSERT_EQUAL(junit_validates(), 0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(read_all("junit.xml"), "tests=\"9\" failures=\"3\" errors=\"2\" skipped=\"2\""));
	fprintf(stderr, "(one complaint about 'login.pass' is expected)\n");
	results[1].id = results[0].id;
	CU_ASSERT_TRUE(junit_validates() > 0); /* the schema can refuse */
	results[1].id = id;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

static void tap_counts(void)
{
	const char *text;

	CU_ASSERT_EQUAL(report(NULL, false, NULL), 0);
	text = read_all("run.tap");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "TAP version 14\n1..9\n"));
	CU_ASSERT_EQUAL(count_of(text, "\nok "), 3); /* PASS, WARN, SKIP */
	CU_ASSERT_EQUAL(count_of(text, "\nnot ok "), 6);
	CU_ASSERT_EQUAL(count_of(text, " # SKIP needs-write-lun\n"), 1);
	CU_ASSERT_EQUAL(count_of(text, " # TODO known \\# since 1.0\n"), 1);
	CU_ASSERT_EQUAL(count_of(text, "\n  ---\n"), count_of(text, "\n  ...\n"));
	CU_ASSERT_EQUAL(count_of(text, "\033"), 0);
}

static void markdown_escapes(void)
{
	const char *text;

	assay_nasty_results[ASSAY_FAIL].section = "4.2<b>|";
	CU_ASSERT_EQUAL(report(NULL, false, NULL), 0);
	assay_nasty_results[ASSAY_FAIL].section = "4.2.2.2";
	text = read_all("summary.md");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "RFC 7143 section 4.2\\<b\\>\\|"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "### FAIL login.fail"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Skipped: needs-write-lun 1."));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\\<a&b\\>"));
	CU_ASSERT_EQUAL(count_of(text, "<a&b>"), 0);
	CU_ASSERT_EQUAL(count_of(text, "\033"), 0);
}

/* In a pipe: the five answers, no progress, nothing that steers a terminal. */
static void console_in_a_pipe(void)
{
	FILE *out = fopen(path_of("console"), "w");
	const char *text;

	CU_ASSERT_EQUAL(report(out, false, NULL), 0);
	fclose(out);
	text = read_all("console");
	CU_ASSERT_PTR_NOT_NULL(strstr(
		text, "FAIL login.fail  MUST  R7143-4.2.2.2-02 R7143-1-1  RFC 7143 section 4.2.2.2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "     sent      #3 NOP-Out\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "     again     iscsi-assay run --seed 0x1 login.fail\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/login.fail/{trace.pcapng,pdus.txt,result.json}\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "esc \\x1b[31m"));
	CU_ASSERT_EQUAL(count_of(text, "\033"), 0);
	CU_ASSERT_EQUAL(count_of(text, "\r"), 0);
	CU_ASSERT_EQUAL(count_of(text, "login.pass"), 0);
	out = fopen(path_of("console"), "w");
	CU_ASSERT_EQUAL(report(out, true, NULL), 0);
	fclose(out);
	text = read_all("console");
	CU_ASSERT_EQUAL(count_of(text, "login."), 5); /* a line for each */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "FAIL login.fail: "));
	CU_ASSERT_EQUAL(count_of(text, "     sent "), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "5 unexpected\n"));
}

/* On a terminal: progress; colour unless NO_COLOR says not. */
static void console_on_a_terminal(void)
{
	static char text[1 << 16];

	for (int no_colour = 0; no_colour < 2; no_colour++) {
		int master, terminal;
		FILE *out;
		ssize_t length, part;

		setenv("TERM", "xterm", 1);
		unsetenv("NO_COLOR");
		if (no_colour)
			setenv("NO_COLOR", "1", 1);
		CU_ASSERT_EQUAL_FATAL(openpty(&master, &terminal, NULL, NULL, NULL), 0);
		if (fork() == 0) { /* a terminal holds little: a child writes while we read */
			out = fdopen(terminal, "w");
			_exit(report(out, false, NULL) || fclose(out));
		}
		close(terminal);
		for (length = 0; (part = read(master, text + length, sizeof(text) - 1 - (size_t)length)) > 0;)
			length += part;
		text[length] = 0;
		close(master);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\033[K[1/9] login.pass"));
		CU_ASSERT_EQUAL(count_of(text, "\033[1;31mFAIL\033[0m") > 0, !no_colour);
	}
}

/* Nothing can be written: one line of words, and no whole-looking file is left. */
static void nothing_can_be_written(void)
{
	static const char *const names[] = { "run.ndjson", "run.json.part", "junit.xml.part", "run.tap.part",
		"summary.md.part", "report.html.part" };
	const char *trouble;

	unlink(path_of("run.json"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unlink(path_of(names[i]));
		CU_ASSERT_EQUAL(symlink("/dev/full", path_of(names[i])), 0);
	}
	CU_ASSERT_EQUAL(report(NULL, false, &trouble), -1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(trouble);
	CU_ASSERT_PTR_NOT_NULL(strstr(trouble, "run.ndjson: No space left on device"));
	CU_ASSERT_PTR_NULL(strchr(trouble, '\n'));
	CU_ASSERT_NOT_EQUAL(access(path_of("run.json"), F_OK), 0);
	unlink(path_of("run.ndjson"));
}

/* The disk fills up in the middle: what was streamed stays and ends with a whole line. */
static void disk_fills_up(void)
{
	struct rlimit limit, before;
	const char *text, *trouble;
	size_t length;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = 3000;
	setrlimit(RLIMIT_FSIZE, &limit);
	CU_ASSERT_EQUAL(report(NULL, false, &trouble), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_PTR_NOT_NULL_FATAL(trouble);
	CU_ASSERT_PTR_NOT_NULL(strstr(trouble, "run.ndjson: File too large"));
	text = read_all("run.ndjson");
	length = strlen(text);
	CU_ASSERT_TRUE(length > 500 && length <= 3000);
	CU_ASSERT_EQUAL(text[length - 1], '\n');
	CU_ASSERT_PTR_NULL(strstr(text, "\"type\":\"end\""));
}

static void no_folder(void)
{
	struct assay_report_config config = { .folder = "report-test-none/x" };
	struct assay_report *r;

	CU_ASSERT_EQUAL(assay_report_new(&r, &config), -1);
	CU_ASSERT_STRING_EQUAL(assay_report_trouble(r),
		"cannot write report-test-none/x/run.ndjson: No such file or directory");
	assay_report_free(r);
}

static void nothing_ran(void)
{
	struct assay_run none = { .info = run.info, .exit = ASSAY_EXIT_NOTHING };
	FILE *out = fopen(path_of("none"), "w");

	assay_tap_write(out, &none);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(read_all("none"), "\n1..0 # SKIP nothing ran\n"));
}

static void remove_folder(void)
{
	static const char *const names[] = { "run.ndjson", "run.json", "junit.xml", "run.tap", "summary.md",
		"report.html", "console", "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(folder);
}

static CU_TestInfo tests[] = {
	{ "run.json reads back and keeps to its schema", json_reads_back },
	{ "run.ndjson reads back line by line", ndjson_reads_back },
	{ "junit.xml keeps to its schema", junit_is_valid },
	{ "run.tap counts", tap_counts },
	{ "summary.md escapes", markdown_escapes },
	{ "console in a pipe", console_in_a_pipe },
	{ "console on a terminal", console_on_a_terminal },
	{ "nothing can be written", nothing_can_be_written },
	{ "the disk fills up", disk_fills_up },
	{ "the folder is not there", no_folder },
	{ "nothing ran", nothing_ran },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	if (!mkdtemp(folder))
		return 1;
	assay_nasty_complete();
	failed = unit_run("report", tests);
	remove_folder();
	return failed;
}
