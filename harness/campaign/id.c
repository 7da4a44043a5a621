/* id.c - the names of cases: a seed, a path, and what is left out; to words and back. See case.h. */
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

static bool cut_of(struct assay_case_cut *out, const char **at)
{
	*out = (struct assay_case_cut){ 0 };
	if (!strncmp(*at, "-s", 2)) {
		*at += 2;
		if (!bits(&out->steps, at))
			return false;
	}
	if (!strncmp(*at, "-c", 2)) {
		*at += 2;
		return bits(&out->changes, at);
	}
	return true;
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
	if (!cut_of(&left_out, &at) || *at || (!cut && (left_out.steps || left_out.changes)))
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
