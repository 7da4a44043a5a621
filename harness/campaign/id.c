/* id.c - the names of cases: a seed, a path, what is left out and what is simpler than drawn; to words and back. See case.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/case.h"

/* A decimal number, at most most. Moves *at. */
static bool number(uint64_t *out, const char **at, uint64_t most)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*out = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0 && *out <= most;
}

static bool seed(uint64_t *out, const char **at)
{
	const char *text = *at;
	char *end;

	if (text[0] != '0' || text[1] != 'x' || !strchr(text, ':') ||
		strspn(text + 2, "0123456789abcdefABCDEF") != (size_t)(strchr(text, ':') - text) - 2)
		return false;
	errno = 0;
	*out = strtoull(text, &end, 16);
	*at = end + 1;
	return errno == 0 && end > text + 2;
}

/* "3,4" */
static bool bits(uint64_t *out, const char **at)
{
	uint64_t n;

	do {
		if (!number(&n, at, 63) || *out >> n & 1)
			return false;
		*out |= UINT64_C(1) << n;
	} while (**at == ',' && (*at)++);
	return true;
}

/* A value: "5", or "-5" for what is beyond INT64_MAX. -0 and what is beyond INT64_MAX without a sign are other words for the same. */
static bool value(uint64_t *out, const char **at)
{
	bool negative = **at == '-';

	if (negative)
		++*at;
	if (!number(out, at, negative ? UINT64_C(1) << 63 : INT64_MAX) || (negative && *out == 0))
		return false;
	if (negative)
		*out = 0 - *out;
	return true;
}

static bool set_value(struct assay_case_cut *out, unsigned n, const char **at)
{
	out->values |= UINT64_C(1) << n;
	return value(&out->value[n], at);
}

static bool set_place(struct assay_case_cut *out, unsigned n, const char **at)
{
	uint64_t place;

	out->places |= UINT64_C(1) << n;
	if (!number(&place, at, UINT32_MAX))
		return false;
	out->place[n] = (uint32_t)place;
	return true;
}

/* "0=1,2=5" */
static bool settings(struct assay_case_cut *out, const uint64_t *said, const char **at,
	bool (*set)(struct assay_case_cut *out, unsigned n, const char **at))
{
	uint64_t n;

	do {
		if (!number(&n, at, ASSAY_CASE_CHANGES - 1) || *said >> n & 1 || *(*at)++ != '=' ||
			!set(out, (unsigned)n, at))
			return false;
	} while (**at == ',' && (*at)++);
	return true;
}

static bool begins(const char **at, const char *word)
{
	bool there = !strncmp(*at, word, 2);

	*at += there ? 2 : 0;
	return there;
}

static bool cut_of(struct assay_case_cut *out, const char **at)
{
	*out = (struct assay_case_cut){ 0 };
	return (!begins(at, "-s") || bits(&out->steps, at)) &&
	       (!begins(at, "-c") || bits(&out->changes, at)) &&
	       (!begins(at, "-v") || settings(out, &out->values, at, set_value)) &&
	       (!begins(at, "-p") || settings(out, &out->places, at, set_place));
}

static bool is_empty(const struct assay_case_cut *cut)
{
	return !(cut->steps | cut->changes | cut->values | cut->places);
}

int assay_case_id_parse(struct assay_case_id *id, struct assay_case_cut *cut, const char *text)
{
	struct assay_case_id read = { .seed = id->seed };
	struct assay_case_cut left_out;
	const char *at = text;
	uint64_t n;

	if (strchr(text, ':') && !seed(&read.seed, &at))
		return ASSAY_E_SYNTAX;
	do {
		if (read.depth == ASSAY_CASE_DEPTH || !number(&n, &at, UINT32_MAX))
			return ASSAY_E_SYNTAX;
		read.path[read.depth++] = (uint32_t)n;
	} while (*at == '.' && at++);
	if (!cut_of(&left_out, &at) || *at || (!cut && !is_empty(&left_out)))
		return ASSAY_E_SYNTAX;
	*id = read;
	if (cut)
		*cut = left_out;
	return 0;
}

/* A text that knows whether all of it fitted. */
struct words {
	char *out;
	size_t capacity, length;
};

static void add(struct words *w, const char *before, uint64_t n, const char *format)
{
	size_t left = w->length < w->capacity ? w->capacity - w->length : 0;
	int length = snprintf(left ? w->out + w->length : NULL, left, format, before, (unsigned long long)n);

	w->length += length > 0 ? (size_t)length : 0;
}

static void add_bits(struct words *w, const char *name, uint64_t set)
{
	const char *before = name;

	for (unsigned n = 0; n < 64; n++)
		if (set >> n & 1) {
			add(w, before, n, "%s%llu");
			before = ",";
		}
}

/* "-v0=1,2=-4" */
static void add_settings(struct words *w, const char *name, const struct assay_case_cut *cut, bool places)
{
	const uint64_t set = places ? cut->places : cut->values;
	const char *before = name;

	for (unsigned n = 0; n < ASSAY_CASE_CHANGES; n++) {
		uint64_t value = places ? cut->place[n] : cut->value[n];
		bool negative = value > INT64_MAX;

		if (!(set >> n & 1))
			continue;
		add(w, before, n, "%s%llu");
		add(w, negative ? "=-" : "=", negative ? 0 - value : value, "%s%llu");
		before = ",";
	}
}

long assay_case_id_print(
	char *out, size_t capacity, const struct assay_case_id *id, const struct assay_case_cut *cut)
{
	struct words w = { out, capacity, 0 };

	add(&w, "", id->seed, "%s0x%llx");
	for (unsigned n = 0; n < id->depth && n < ASSAY_CASE_DEPTH; n++)
		add(&w, n ? "." : ":", id->path[n], "%s%llu");
	if (cut) {
		add_bits(&w, "-s", cut->steps);
		add_bits(&w, "-c", cut->changes);
		add_settings(&w, "-v", cut, false);
		add_settings(&w, "-p", cut, true);
	}
	return w.length < capacity ? (long)w.length : ASSAY_E_LIMIT;
}

int assay_case_child(struct assay_case_id *out, const struct assay_case_id *id, uint32_t n)
{
	if (id->depth >= ASSAY_CASE_DEPTH)
		return ASSAY_E_LIMIT;
	*out = *id;
	out->path[out->depth++] = n;
	return 0;
}
