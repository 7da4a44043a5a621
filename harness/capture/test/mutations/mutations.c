/*
 * mutations.c - captures with one change each, and what the rules say of them: exactly what a table says.
 *   mutations TABLE CAPTURES             judges every row; 1 where a row, or an unchanged capture, gives anything else
 *   mutations TABLE CAPTURES --write DIR writes the capture of each row as DIR/LINE.pcapng
 *   mutations CAPTURE                    lists the PDUs by the names that rows use, and what the rules say
 * A row: capture, PDU, change, findings; by tabs. A finding: the side, the rule; "later" before it when it is told of a later PDU than the changed one. pcaps/mutations/README.md has the changes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/listing.h"
#include "mutate.h"

#define LINE_MAX_LENGTH 1024
#define FOUND_MAX       2048

struct row {
	unsigned line;
	char *capture, *pdu, *change, *findings;
	char text[LINE_MAX_LENGTH];
};

/* The capture of the last rows. */
static struct {
	char name[256];
	struct story story;
} last;

static char folder[] = "/tmp/mutations.XXXXXX";

/* ---- findings in words ---- */

static void say_findings(char out[FOUND_MAX], const struct story_findings *f, uint64_t changed)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t n = 0; n < f->count && n < sizeof(f->finding) / sizeof(f->finding[0]); n++) {
		const struct story_finding *one = &f->finding[n];

		length += (size_t)snprintf(out + length, FOUND_MAX - length, "%s%s%s %s", n ? ", " : "",
			one->number == changed  ? ""
			: one->number < changed ? "earlier "
						: "later ",
			one->offender == ASSAY_INITIATOR ? "initiator" : "target", one->rule);
		if (length >= FOUND_MAX)
			return;
	}
	if (!f->count)
		snprintf(out, FOUND_MAX, "-");
}

static void show_findings(const struct story_findings *f)
{
	for (size_t n = 0; n < f->count && n < sizeof(f->finding) / sizeof(f->finding[0]); n++)
		fprintf(stderr, "    #%llu %s %s: expected %s, got %s\n",
			(unsigned long long)f->finding[n].number,
			f->finding[n].offender == ASSAY_INITIATOR ? "initiator" : "target",
			f->finding[n].rule, f->finding[n].expected, f->finding[n].got);
}

/* ---- a row ---- */

/* An unchanged capture, also written again, breaks no rule. */
static bool load(const char *captures, const char *name)
{
	struct story_findings as_it_is, again;
	char path[4096], copy[64];

	if (!strcmp(name, last.name))
		return true;
	story_free(&last.story);
	snprintf(last.name, sizeof(last.name), "%s", name);
	snprintf(path, sizeof(path), "%s/%s.pcapng", captures, name);
	snprintf(copy, sizeof(copy), "%s/capture", folder);
	if (!story_read(&last.story, &as_it_is, path) || !story_write(&last.story, copy) ||
		!story_read(NULL, &again, copy))
		return false;
	if (!as_it_is.count && !again.count)
		return true;
	fprintf(stderr, "%s: has findings though nothing was changed\n", path);
	show_findings(as_it_is.count ? &as_it_is : &again);
	return false;
}

static bool complain(const struct row *row, const char *what, const char *more)
{
	fprintf(stderr, "line %u: %s, %s, %s: %s%s\n", row->line, row->capture, row->pdu, row->change, what,
		more);
	return false;
}

/* Writes the row's capture; *number: of the changed PDU, 0 when it is gone. */
static bool make(uint64_t *number, const struct row *row, const char *captures, const char *path)
{
	struct story story = { 0 };
	struct story_item *item;
	const char *why = NULL;
	bool written;

	if (!load(captures, row->capture) || !story_copy(&story, &last.story))
		return complain(row, "the capture is not as it should be", "");
	item = story_find(&story, row->pdu);
	why = item ? story_change(&story, &item, row->change) : "there is no such PDU";
	written = !why && story_write(&story, path);
	*number = story_number(&story, item);
	story_free(&story);
	return written || complain(row, why ? why : "cannot be written", "");
}

static bool judge(const struct row *row, const char *captures, const char *write_to)
{
	struct story_findings findings;
	char path[4096], found[FOUND_MAX];
	uint64_t number;

	if (write_to)
		snprintf(path, sizeof(path), "%s/%u.pcapng", write_to, row->line);
	else
		snprintf(path, sizeof(path), "%s/capture", folder);
	if (!make(&number, row, captures, path))
		return false;
	if (write_to)
		return true;
	if (!story_read(NULL, &findings, path))
		return complain(row, "cannot be read again", "");
	say_findings(found, &findings, number);
	if (!strcmp(found, row->findings))
		return true;
	complain(row, "gives ", found);
	fprintf(stderr, "    expected %s\n", row->findings);
	show_findings(&findings);
	return false;
}

/* ---- the table ---- */

/* 1 with *row, 0 at the end, -1 for a line that is no row. */
static int next_row(struct row *row, FILE *table)
{
	char **columns[] = { &row->capture, &row->pdu, &row->change, &row->findings };
	char *rest;

	do {
		if (!fgets(row->text, sizeof(row->text), table))
			return 0;
		row->line++;
		row->text[strcspn(row->text, "\n")] = '\0';
	} while (!row->text[0] || row->text[0] == '#');
	rest = row->text;
	for (size_t n = 0; n < 4; n++)
		*columns[n] = strsep(&rest, "\t");
	if (row->findings && !rest)
		return 1;
	fprintf(stderr, "line %u: a row has four columns: capture, PDU, change, findings\n", row->line);
	return -1;
}

static int all_rows(const char *path, const char *captures, const char *write_to)
{
	unsigned rows = 0, wrong = 0;
	struct row row = { 0 };
	FILE *table = fopen(path, "re");
	int more;

	if (!table) {
		perror(path);
		return EXIT_FAILURE;
	}
	while ((more = next_row(&row, table)) != 0) {
		rows++;
		wrong += more < 0 || !judge(&row, captures, write_to);
	}
	fclose(table);
	story_free(&last.story);
	printf("%u rows, %u wrong\n", rows, wrong);
	return rows && !wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int list(const char *path)
{
	static struct story story;
	struct story_findings findings;

	if (!story_read(&story, &findings, path))
		return EXIT_FAILURE;
	for (size_t n = 0; n < story.items; n++) {
		const struct story_item *item = &story.item[n];
		char name[STORY_NAME], brief[400];
		struct assay_pdu pdu;

		if (item->kind != STORY_PDU)
			continue;
		assay_pdu_decode(&pdu, item->wire, item->length, item->digests);
		story_name(name, &story, item);
		assay_listing_brief(brief, sizeof(brief), &pdu);
		printf("%u %s  (%s)\n", item->connection + 1, name, brief);
	}
	story_free(&story);
	show_findings(&findings);
	return findings.count ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	char path[sizeof(folder) + 16];
	int result;

	if (argc == 2)
		return list(argv[1]);
	if (argc != 3 && !(argc == 5 && !strcmp(argv[3], "--write"))) {
		fprintf(stderr, "mutations TABLE CAPTURES [--write DIR], or a capture\n");
		return EXIT_FAILURE;
	}
	if (!mkdtemp(folder)) {
		perror(folder);
		return EXIT_FAILURE;
	}
	result = all_rows(argv[1], argv[2], argc == 5 ? argv[4] : NULL);
	snprintf(path, sizeof(path), "%s/capture", folder);
	unlink(path);
	rmdir(folder);
	return result;
}
