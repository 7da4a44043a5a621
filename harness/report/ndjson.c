/*
 * ndjson.c - run.ndjson: one JSON object a line, written as it happens, so that it survives whatever happens to us or to the disk.
 * A line is written whole or not at all: when the disk is full, what stands there can still be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/json.h"
#include "report/parts.h"

#define FILE_NAME "run.ndjson"

int assay_ndjson_open(struct assay_ndjson *n, const char *folder, struct assay_report_trouble *trouble)
{
	char path[4096];

	n->folder = folder;
	n->trouble = trouble;
	snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	n->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return n->fd < 0 ? assay_report_failed(trouble, folder, FILE_NAME) : 0;
}

void assay_ndjson_close(struct assay_ndjson *n)
{
	if (n->fd >= 0 && close(n->fd))
		assay_report_failed(n->trouble, n->folder, FILE_NAME);
	n->fd = -1;
}

/* After a failure nothing more is written: a later, shorter line could fit and would hide the gap. */
static void give_up(struct assay_ndjson *n, off_t keep)
{
	assay_report_failed(n->trouble, n->folder, FILE_NAME);
	if (keep >= 0 && ftruncate(n->fd, keep)) { /* not a file: nothing to mend */
	}
	close(n->fd);
	n->fd = -1;
}

static void write_line(struct assay_ndjson *n, const char *line, size_t length)
{
	off_t before = lseek(n->fd, 0, SEEK_CUR);

	while (length) {
		ssize_t written = write(n->fd, line, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			give_up(n, before);
			return;
		}
		line += written;
		length -= (size_t)written;
	}
}

/* A line under construction. */
struct line {
	struct assay_json json;
	char *text;
	size_t length;
};

static bool line_begin(struct line *l, const struct assay_ndjson *n, const char *type)
{
	FILE *out = n->fd < 0 ? NULL : open_memstream(&l->text, &l->length);

	if (!out)
		return false;
	assay_json_init(&l->json, out, false);
	assay_json_object(&l->json, NULL);
	assay_json_string(&l->json, "type", type);
	return true;
}

static void line_end(struct line *l, struct assay_ndjson *n)
{
	assay_json_end(&l->json);
	if (fclose(l->json.out) == 0)
		write_line(n, l->text, l->length);
	else
		give_up(n, -1);
	free(l->text);
}

static void on_begin(void *payload, const struct assay_run_info *info, size_t planned)
{
	struct assay_ndjson *n = payload;
	struct line l;

	if (!line_begin(&l, n, "begin"))
		return;
	assay_json_info(&l.json, info);
	assay_json_number(&l.json, "planned", planned);
	line_end(&l, n);
}

static void on_result(void *payload, const struct assay_test_result *result, size_t done, size_t planned)
{
	struct assay_ndjson *n = payload;
	struct line l;

	(void)done, (void)planned;
	if (!line_begin(&l, n, "result"))
		return;
	assay_json_result(&l.json, result);
	line_end(&l, n);
}

static int on_end(void *payload, const struct assay_run *run)
{
	struct assay_ndjson *n = payload;
	struct line l;

	if (!line_begin(&l, n, "end"))
		return -1;
	assay_json_totals(&l.json, run);
	line_end(&l, n);
	return n->fd < 0 ? -1 : 0;
}

struct assay_reporter assay_ndjson_reporter(struct assay_ndjson *n)
{
	return (struct assay_reporter){ .payload = n, .begin = on_begin, .result = on_result, .end = on_end };
}
