/*
 * html.c - report.html: one page for a run. A row a test; what did not pass opens to its failures, the listing of its PDUs, and the command that runs it
 * again. The page is built of page.h, which escapes and styles; nothing of the run reaches the file by another way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/page.h"
#include "report/parts.h"
#include "report/print.h"

#define LISTING_MAX  65536u /* bytes of one pdus.txt that go into the page */
#define LISTINGS_MAX (8u << 20) /* and of all: a page must open at once */

/* What is written while the rows are. */
struct html {
	FILE *out;
	const char *folder; /* where the evidence is; NULL: nowhere */
	size_t room; /* bytes of listings that may still go in */
};

/* What was tested: "tgt 1.0.85", or what is known of it. The caller frees it. */
static char *title_of(const struct assay_run_info *info)
{
	const char *name = info->implementation_name ? info->implementation_name
			   : info->implementation    ? info->implementation
						     : info->target;
	const char *version = info->implementation_version ? info->implementation_version : "";
	char *title;

	if (asprintf(&title, "%s%s%s", name, version[0] ? " " : "", version) < 0)
		abort();
	return title;
}

static void facts(FILE *out, const struct assay_run *run)
{
	const struct assay_run_info *info = &run->info;
	char seed[24], tests[64], *took = NULL;
	size_t length;
	FILE *words = open_memstream(&took, &length);

	if (!words)
		abort();
	assay_report_duration(words, info->duration);
	fclose(words);
	snprintf(seed, sizeof(seed), "0x%llx", (unsigned long long)info->seed);
	snprintf(tests, sizeof(tests), "%zu, %zu unexpected", run->count, run->unexpected);
	assay_page_facts_begin(out);
	assay_page_fact(out, "tests", tests);
	assay_page_fact(out, "target", info->target);
	if (info->implementation_name)
		assay_page_fact(out, "calls itself", info->implementation);
	assay_page_fact(out, "profile", info->profile);
	assay_page_fact(out, "suite revision", info->suite_revision);
	assay_page_fact(out, "started", info->started);
	assay_page_fact(out, "took", took);
	assay_page_fact(out, "seed", seed);
	assay_page_fact(out, "stopped early", info->stopped);
	assay_page_facts_end(out);
	free(took);
}

/* The distinct values of a member of the results, in their order, NULL-terminated; the caller frees the list, not its words. */
static const char **distinct(const struct assay_run *run, size_t offset)
{
	const char **list = calloc(run->count + 1, sizeof(*list)), *word;
	size_t count = 0, k;

	if (!list)
		abort();
	for (size_t i = 0; i < run->count; i++) {
		word = *(const char *const *)((const char *)&run->results[i] + offset);
		for (k = 0; k < count && strcmp(list[k], word) != 0; k++)
			;
		if (k == count)
			list[count++] = word;
	}
	return list;
}

static void filters(FILE *out, const struct assay_run *run)
{
	const char **levels = distinct(run, offsetof(struct assay_test_result, level));
	const char **areas = distinct(run, offsetof(struct assay_test_result, area));

	assay_page_filters_begin(out);
	assay_page_filter_verdicts(out, run->verdicts);
	assay_page_filter_checks(out, "level", "Level", levels);
	assay_page_filter_choice(out, "area", "Area", areas);
	assay_page_filter_texts(out);
	assay_page_filters_end(out, "tests", run->count);
	free(levels);
	free(areas);
}

static void answer(FILE *out, const char *label, const char *class, const char *value)
{
	if (!value || !value[0])
		return;
	assay_html_element(out, "dt", NULL, label);
	assay_html_element(out, "dd", class, value);
}

static void put_failure(FILE *out, const struct assay_failure *f)
{
	fputs("<dl class=\"answers\">", out);
	answer(out, f->should ? "should" : "rule", NULL, f->claim);
	answer(out, "sent", "mono", f->sent);
	answer(out, "expected", "mono", f->expected);
	answer(out, "got", "mono", f->got);
	if (f->reqs || f->section) {
		fputs("<dt>requires</dt><dd>", out);
		assay_page_reqs(out, f->reqs);
		if (f->section)
			assay_print_section(out, f->section, assay_html_put);
		fputs("</dd>", out);
	}
	answer(out, "seen by", "mono", f->rule);
	fputs("</dl>", out);
}

/* Is the name one folder below ours? A run.json of another hand may say "../../etc". */
static bool is_folder_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/');
}

/* The next step of a path, from a folder that is closed; -1 when there is none or was none before. */
static int open_within(int folder, const char *name, int flags)
{
	int fd = folder == -1 ? -1 : openat(folder, name, flags | O_CLOEXEC);

	if (folder >= 0)
		close(folder);
	return fd;
}

/* Opens the listing of a test; -1 when there is none. A file in a folder and nothing else: a pipe would hold us up, a link may lead anywhere. */
static int open_listing(const struct html *h, const char *evidence)
{
	struct stat status;
	int at, fd;

	if (!h->folder || !is_folder_name(evidence))
		return -1;
	at = open_within(AT_FDCWD, h->folder, O_PATH | O_DIRECTORY);
	at = open_within(at, evidence, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	fd = open_within(at, "pdus.txt", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &status) || !S_ISREG(status.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Up to LISTING_MAX bytes into text, with a NUL behind; whole lines when there is more. Returns whether there is more. */
static bool read_listing(char text[LISTING_MAX + 1], int fd)
{
	size_t length = 0;
	ssize_t part;
	char next;

	while (length < LISTING_MAX && (part = read(fd, text + length, LISTING_MAX - length)) != 0) {
		if (part < 0 && errno != EINTR)
			break;
		length += part > 0 ? (size_t)part : 0;
	}
	text[length] = 0;
	if (length < LISTING_MAX || read(fd, &next, 1) <= 0)
		return false;
	while (length && text[length - 1] != '\n')
		length--;
	text[length ? length : LISTING_MAX] = 0;
	return true;
}

static void put_listing(struct html *h, const struct assay_test_result *r)
{
	char text[LISTING_MAX + 1];
	bool more;
	int fd = r->evidence ? open_listing(h, r->evidence) : -1;
	size_t length;

	if (fd < 0) {
		assay_html_element(h->out, "p", "note",
			r->evidence ? "Its PDUs cannot be shown: when this page was made, there was no such "
				      "pdus.txt beside run.json."
				    : "Of its PDUs nothing was kept.");
		return;
	}
	more = read_listing(text, fd);
	close(fd);
	length = strlen(text);
	if (length > h->room) {
		h->room = 0;
		assay_html_element(h->out, "p", "note",
			"This page is full: the listing of the PDUs is in the folder above.");
		return;
	}
	h->room -= length;
	fputs("<details class=\"listing\"><summary>PDUs of this test</summary><pre tabindex=\"0\">\n",
		h->out);
	assay_html_put(h->out, text);
	fputs("</pre>", h->out);
	if (more)
		assay_html_element(h->out, "p", "note", "It goes on in pdus.txt in the folder above.");
	fputs("</details>\n", h->out);
}

/* Does the claim say no more than the row already does? */
static bool says_the_same(const char *claim, const char *desc)
{
	size_t claimed = strlen(claim), described = strlen(desc);

	return claimed >= described && strcmp(claim + claimed - described, desc) == 0;
}

/* One line that says what is wrong: the rule that was broken, or what came where the row has the rule. */
static void put_summary(FILE *out, const struct assay_test_result *r)
{
	const struct assay_failure *f = r->failure_count ? r->failures : NULL;
	const char *words = r->verdict == ASSAY_XPASS ? "passes, and the baseline says that it would not"
			    : f                       ? f->claim
						      : r->reason;

	fputs("<summary>", out);
	if (f && f->claim && f->got && says_the_same(f->claim, r->desc)) {
		fputs("got ", out);
		words = f->got;
	}
	assay_html_put(out, words ? words : "what happened");
	if (r->failure_count > 1)
		fprintf(out, " (and %zu more)", r->failure_count - 1);
	fputs("</summary>", out);
}

static void put_opened(struct html *h, const struct assay_test_result *r)
{
	FILE *out = h->out;

	fputs("<tr class=\"more\"><td></td><td colspan=\"5\"><details>", out);
	put_summary(out, r);
	fputs("<div class=\"opened\">", out);
	for (size_t i = 0; i < r->failure_count; i++)
		put_failure(out, &r->failures[i]);
	if (r->reason || r->baseline || r->evidence) {
		fputs("<dl class=\"answers\">", out);
		answer(out, "reason", NULL, r->reason);
		answer(out, "baseline", NULL, r->baseline);
		if (r->evidence) {
			fputs("<dt>evidence</dt><dd class=\"mono\">", out);
			assay_html_put(out, r->evidence);
			fputs("/{trace.pcapng,pdus.txt,result.json}</dd>", out);
		}
		fputs("</dl>", out);
	}
	put_listing(h, r);
	if (r->again)
		assay_page_command(out, r->again);
	fputs("</div></details></td></tr>\n", out);
}

static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	assay_html_put(out, value);
	putc('"', out);
}

static void put_row(struct html *h, const struct assay_test_result *r)
{
	FILE *out = h->out;

	fputs("<tbody class=\"row\" id=\"test=", out);
	assay_html_put(out, r->id);
	putc('"', out);
	attribute(out, "data-verdict", assay_verdict_name(r->verdict));
	attribute(out, "data-level", r->level);
	attribute(out, "data-area", r->area);
	attribute(out, "data-req", r->reqs);
	fputs("><tr><td>", out);
	assay_page_verdict(out, r->verdict);
	fputs("</td><td>", out);
	assay_page_link(out, "id", "test", r->id);
	assay_html_element(out, "p", NULL, r->desc);
	if (r->verdict == ASSAY_SKIP)
		assay_html_element(out, "p", "quiet", r->reason);
	fputs("</td>", out);
	assay_html_element(out, "td", "level", r->level);
	fputs("<td class=\"reqs\">", out);
	assay_page_reqs(out, r->reqs);
	fputs("</td><td class=\"section\">", out);
	assay_print_section(out, r->section, assay_html_put);
	fputs("</td><td class=\"number\">", out);
	if (r->verdict != ASSAY_SKIP)
		assay_report_duration(out, r->duration);
	fputs("</td></tr>\n", out);
	if (r->verdict != ASSAY_PASS && r->verdict != ASSAY_SKIP)
		put_opened(h, r);
	fputs("</tbody>\n", out);
}

void assay_html_write(FILE *out, const struct assay_run *run)
{
	static const char *const heads[] = { ":Verdict", ":Test", ":Level", "reqs:Requirements",
		"section:Section", "number:Time", NULL };
	struct html h = { .out = out, .folder = run->folder, .room = LISTINGS_MAX };
	char *title = title_of(&run->info);

	assay_page_begin(out, "run", title);
	free(title);
	facts(out, run);
	assay_page_bar(out, run->verdicts);
	filters(out, run);
	assay_page_table_begin(out, "run", heads);
	for (size_t i = 0; i < run->count; i++)
		put_row(&h, &run->results[i]);
	assay_page_table_end(out);
	assay_page_end(out, &run->info);
}
