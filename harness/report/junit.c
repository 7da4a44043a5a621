/*
 * junit.c - junit.xml, as docs/junit.xsd describes it: the dialect that Jenkins and GitLab read. A suite an area, a case a test.
 * WARN passes with its words in system-out (it fails under --strict); XFAIL is skipped; ERROR and CRASH are errors; FAIL, TIMEOUT and XPASS failures.
 */
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"
#include "report/print.h"

enum outcome { PASSED, FAILED, BROKEN, LEFT_OUT, OUTCOMES };

static enum outcome outcome_of(enum assay_verdict verdict, bool strict)
{
	switch (verdict) {
	case ASSAY_ERROR:
	case ASSAY_CRASH: return BROKEN;
	case ASSAY_SKIP:
	case ASSAY_XFAIL: return LEFT_OUT;
	default: return assay_verdict_unexpected(verdict, strict) ? FAILED : PASSED;
	}
}

/* XML 1.0 has no way to write most control characters: they go. The result is the caller's to free. */
static char *clean(const char *s)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	uint32_t c;

	if (!out)
		return NULL;
	while (s && (c = assay_utf8_next(&s)) != 0)
		if ((c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff) || c == '\n' || c == '\t')
			assay_utf8_put(out, c);
	fclose(out);
	return text;
}

static void attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
	char *text = clean(value);

	xmlTextWriterWriteAttribute(w, BAD_CAST name, BAD_CAST(text ? text : ""));
	free(text);
}

static void count_attribute(xmlTextWriterPtr w, const char *name, size_t count)
{
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST name, "%zu", count);
}

static void time_attribute(xmlTextWriterPtr w, uint64_t nanoseconds)
{
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%llu.%06llu",
		(unsigned long long)(nanoseconds / 1000000000),
		(unsigned long long)(nanoseconds / 1000 % 1000000));
}

static void words_line(FILE *out, const char *label, const char *value)
{
	if (value && value[0])
		fprintf(out, "%-9s %s\n", label, value);
}

/* The five questions, as text; the caller frees it. */
static char *details(const struct assay_test_result *r)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	words_line(out, "reason", r->reason);
	words_line(out, "baseline", r->baseline);
	for (size_t i = 0; i < r->failure_count; i++) {
		const struct assay_failure *f = &r->failures[i];

		words_line(out, "rule", f->claim);
		words_line(out, "requires", f->reqs);
		words_line(out, "sent", f->sent);
		words_line(out, "expected", f->expected);
		words_line(out, "got", f->got);
	}
	words_line(out, "evidence", r->evidence);
	words_line(out, "again", r->again);
	fclose(out);
	return text;
}

/* One line that says what is wrong. */
static const char *message_of(const struct assay_test_result *r)
{
	if (r->verdict == ASSAY_XPASS)
		return "passes, and the baseline says that it would not";
	if (r->verdict == ASSAY_XFAIL && r->baseline)
		return r->baseline;
	if (r->failure_count && r->failures[0].claim)
		return r->failures[0].claim;
	return r->reason ? r->reason : r->desc;
}

static void text_element(xmlTextWriterPtr w, const char *text)
{
	char *fit = clean(text);

	xmlTextWriterWriteString(w, BAD_CAST(fit ? fit : ""));
	free(fit);
}

static void write_case(xmlTextWriterPtr w, const struct assay_test_result *r, bool strict)
{
	static const char *const elements[OUTCOMES] = {
		[PASSED] = "system-out", [FAILED] = "failure", [BROKEN] = "error", [LEFT_OUT] = "skipped"
	};
	enum outcome outcome = outcome_of(r->verdict, strict);
	char *text;

	xmlTextWriterStartElement(w, BAD_CAST "testcase");
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST "classname", "iscsi-assay.%s", r->area);
	attribute(w, "name", r->id);
	time_attribute(w, r->duration);
	if (r->verdict != ASSAY_PASS) {
		text = details(r);
		xmlTextWriterStartElement(w, BAD_CAST elements[outcome]);
		if (outcome != PASSED)
			attribute(w, "message", message_of(r));
		if (outcome == FAILED || outcome == BROKEN)
			attribute(w, "type", assay_verdict_name(r->verdict));
		if (outcome == PASSED)
			xmlTextWriterWriteFormatString(w, "%s\n", assay_verdict_name(r->verdict));
		text_element(w, text);
		xmlTextWriterEndElement(w);
		free(text);
	}
	xmlTextWriterEndElement(w);
}

static void property(xmlTextWriterPtr w, const char *name, const char *value)
{
	if (!value)
		return;
	xmlTextWriterStartElement(w, BAD_CAST "property");
	attribute(w, "name", name);
	attribute(w, "value", value);
	xmlTextWriterEndElement(w);
}

static void write_properties(xmlTextWriterPtr w, const struct assay_run_info *info)
{
	char seed[24];

	snprintf(seed, sizeof(seed), "0x%llx", (unsigned long long)info->seed);
	xmlTextWriterStartElement(w, BAD_CAST "properties");
	property(w, "version", info->version);
	property(w, "suite_revision", info->suite_revision);
	property(w, "target", info->target);
	property(w, "profile", info->profile);
	property(w, "implementation", info->implementation);
	property(w, "seed", info->suite_revision ? seed : NULL); /* what ran no suite has none */
	property(w, "stopped", info->stopped);
	xmlTextWriterEndElement(w);
}

/* The counts that a suite and the whole carry; area NULL: all. */
static void totals(xmlTextWriterPtr w, const struct assay_run *run, const char *area)
{
	size_t counts[OUTCOMES] = { 0 }, all = 0;
	uint64_t duration = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct assay_test_result *r = &run->results[i];

		if (area && strcmp(r->area, area) != 0)
			continue;
		counts[outcome_of(r->verdict, run->info.strict)]++;
		all++;
		duration += r->duration;
	}
	count_attribute(w, "tests", all);
	count_attribute(w, "failures", counts[FAILED]);
	count_attribute(w, "errors", counts[BROKEN]);
	count_attribute(w, "skipped", counts[LEFT_OUT]);
	time_attribute(w, area ? duration : run->info.duration);
}

static bool area_seen(const struct assay_run *run, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(run->results[i].area, run->results[before].area) == 0)
			return true;
	return false;
}

static void write_suite(xmlTextWriterPtr w, const struct assay_run *run, size_t first)
{
	const char *area = run->results[first].area;

	xmlTextWriterStartElement(w, BAD_CAST "testsuite");
	attribute(w, "name", area);
	totals(w, run, area);
	attribute(w, "timestamp", run->info.started);
	write_properties(w, &run->info);
	for (size_t i = first; i < run->count; i++)
		if (strcmp(run->results[i].area, area) == 0)
			write_case(w, &run->results[i], run->info.strict);
	xmlTextWriterEndElement(w);
}

void assay_junit_write(FILE *out, const struct assay_run *run)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;

	if (!w)
		abort();
	xmlTextWriterSetIndent(w, 1);
	xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(w, BAD_CAST "testsuites");
	attribute(w, "name", "iscsi-assay");
	totals(w, run, NULL);
	for (size_t i = 0; i < run->count; i++)
		if (!area_seen(run, i))
			write_suite(w, run, i);
	xmlTextWriterEndDocument(w);
	xmlFreeTextWriter(w);
	fwrite(xmlBufferContent(buffer), 1, (size_t)xmlBufferLength(buffer), out);
	xmlBufferFree(buffer);
}
