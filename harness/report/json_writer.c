/* json_writer.c - the JSON writer of json.h: punctuation and the one escaper. RFC 8259. */
#include <inttypes.h>
#include <string.h>

#include "report/json.h"
#include "report/print.h"

void assay_json_quote(FILE *out, const char *s)
{
	static const char escaped[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *at;
	uint32_t c;

	if (!s) {
		fputs("null", out);
		return;
	}
	putc('"', out);
	while ((c = assay_utf8_next(&s)) != 0) {
		at = c < 0x80 ? strchr(escaped, (int)c) : NULL;
		if (at)
			fprintf(out, "\\%c", letters[at - escaped]);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			assay_utf8_put(out, c);
	}
	putc('"', out);
}

void assay_json_init(struct assay_json *j, FILE *out, bool pretty)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
	j->pretty = pretty;
}

static void new_line(const struct assay_json *j)
{
	if (!j->pretty)
		return;
	putc('\n', j->out);
	for (unsigned i = 0; i < j->depth; i++)
		putc('\t', j->out);
}

/* What stands before a value: comma, line, key. */
static void member(struct assay_json *j, const char *key)
{
	if (j->depth) {
		if (j->filled[j->depth - 1])
			putc(',', j->out);
		j->filled[j->depth - 1] = true;
		new_line(j);
	}
	if (key) {
		assay_json_quote(j->out, key);
		fputs(j->pretty ? ": " : ":", j->out);
	}
}

static void open_value(struct assay_json *j, const char *key, char begin, char end)
{
	member(j, key);
	putc(begin, j->out);
	j->filled[j->depth] = false;
	j->close[j->depth++] = end;
}

void assay_json_object(struct assay_json *j, const char *key)
{
	open_value(j, key, '{', '}');
}

void assay_json_array(struct assay_json *j, const char *key)
{
	open_value(j, key, '[', ']');
}

void assay_json_end(struct assay_json *j)
{
	j->depth--;
	if (j->filled[j->depth])
		new_line(j);
	putc(j->close[j->depth], j->out);
	if (j->depth == 0)
		putc('\n', j->out);
}

void assay_json_string(struct assay_json *j, const char *key, const char *value)
{
	member(j, key);
	assay_json_quote(j->out, value);
}

void assay_json_number(struct assay_json *j, const char *key, uint64_t value)
{
	member(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void assay_json_bool(struct assay_json *j, const char *key, bool value)
{
	member(j, key);
	fputs(value ? "true" : "false", j->out);
}

void assay_json_hex(struct assay_json *j, const char *key, uint64_t value)
{
	member(j, key);
	fprintf(j->out, "\"0x%" PRIx64 "\"", value);
}

void assay_json_words(struct assay_json *j, const char *key, const char *words)
{
	char word[256];

	assay_json_array(j, key);
	while (words && *(words += strspn(words, " "))) {
		size_t length = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		assay_json_string(j, NULL, word);
		words += length;
	}
	assay_json_end(j);
}
