/*
 * select.c - which tests: id globs (and old ids), areas, rfc7143:6.2, requirement ids, level:must, @tag; '-' in front takes out.
 * Section "Commands" of the design. It must not look at targets: what does not apply is a SKIP, not a selection.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "runner/run.h"
#include "runner/token.h"

/* One selector taken apart. */
struct selector {
	enum { BY_ID, BY_REQUIREMENT, BY_TAG, BY_LEVEL, BY_SECTION } by;
	const char *word; /* id or requirement glob, tag, section */
	enum assay_level level;
	char document[32]; /* of a section: "rfc7143", "spc-4" */
};

static bool any_token(const char *list, const char *glob)
{
	char token[128];

	while (assay_token_next(token, sizeof(token), &list))
		if (!fnmatch(glob, token, 0))
			return true;
	return false;
}

/* "6.2" holds "6.2" and "6.2.1", not "6.20". */
static bool section_within(const char *section, const char *wanted)
{
	size_t length = strlen(wanted);

	return !strncmp(section, wanted, length) && (!section[length] || section[length] == '.');
}

/* A record's section is "6.2" (of RFC 7143), "RFC 7144 7.1.1" or "SPC-4 6.4". */
static bool in_section(const char *section, const struct selector *s)
{
	const char *last = strrchr(section, ' ');
	char document[32];
	size_t used = 0;

	if (!last)
		return !strcmp(s->document, "rfc7143") && section_within(section, s->word);
	for (const char *at = section; at < last && used + 1 < sizeof(document); at++)
		if (*at != ' ')
			document[used++] = (char)tolower((unsigned char)*at);
	document[used] = 0;
	return !strcmp(document, s->document) && section_within(last + 1, s->word);
}

static bool matches(const struct assay_test *test, const struct selector *s)
{
	size_t length = strlen(s->word);

	switch (s->by) {
	case BY_ID:
		return !fnmatch(s->word, test->id, 0) || any_token(test->aliases, s->word) ||
		       (!strncmp(test->id, s->word, length) && test->id[length] == '.');
	case BY_REQUIREMENT: return any_token(test->reqs, s->word);
	case BY_TAG: return any_token(test->tags, s->word);
	case BY_LEVEL: return test->level == s->level;
	case BY_SECTION: return in_section(test->section, s);
	}
	return false;
}

static int parse(struct selector *out, const char *text, struct assay_error *err)
{
	static const char *const levels[] = {
		[ASSAY_MUST] = "must", [ASSAY_SHOULD] = "should", [ASSAY_MAY] = "may"
	};
	const char *colon = strchr(text, ':');

	*out = (struct selector){ .by = BY_ID, .word = text };
	if (text[0] == '@') {
		out->by = BY_TAG;
		out->word = text + 1;
	} else if (!strncasecmp(text, "level:", 6)) {
		out->by = BY_LEVEL;
		for (enum assay_level l = ASSAY_MUST; l <= ASSAY_MAY; l++)
			if (!strcasecmp(text + 6, levels[l]))
				out->level = l;
		if (!out->level)
			return assay_error_set(err, ASSAY_E_SYNTAX,
				"selector '%.80s': level:must, level:should or level:may", text);
	} else if (colon) {
		out->by = BY_SECTION;
		out->word = colon + 1;
		for (const char *at = text; at < colon && at - text < 31; at++)
			out->document[at - text] = (char)tolower((unsigned char)*at);
	} else if (isupper((unsigned char)text[0])) {
		out->by = BY_REQUIREMENT; /* test ids are lower case, requirement ids begin with a capital */
	}
	if (!out->word[0])
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"selector '%.80s' is not complete: an id or glob (login.*), rfc7143:6.2, a "
			"requirement id, level:must or @tag",
			text);
	return 0;
}

static int apply(
	bool *chosen, const struct assay_suite *const *suites, const char *text, struct assay_error *err)
{
	bool take_out = text[0] == '-';
	struct selector s;
	size_t index = 0, found = 0;
	int r = parse(&s, text + take_out, err);

	if (r < 0)
		return r;
	for (; *suites; suites++)
		for (size_t i = 0; i < (*suites)->count; i++, index++)
			if (matches(&(*suites)->tests[i], &s)) {
				chosen[index] = !take_out;
				found++;
			}
	if (!found)
		return assay_error_set(err, ASSAY_E_SYNTAX,
			"selector '%.80s' matches no test; `iscsi-assay list` shows them all", text);
	return 0;
}

int assay_select(bool *chosen, const struct assay_suite *const *suites, const char *const *select,
	struct assay_error *err)
{
	bool all = !select || !select[0] || select[0][0] == '-';
	size_t count = 0;

	for (const struct assay_suite *const *s = suites; *s; s++)
		count += (*s)->count;
	for (size_t i = 0; i < count; i++)
		chosen[i] = all;
	for (; select && *select; select++) {
		int r = apply(chosen, suites, *select, err);

		if (r < 0)
			return r;
	}
	return 0;
}

const char *assay_current_id(const struct assay_suite *const *suites, const char *id)
{
	for (; *suites; suites++)
		for (size_t i = 0; i < (*suites)->count; i++) {
			const struct assay_test *t = &(*suites)->tests[i];

			if (!strcmp(t->id, id) || assay_token_in(t->aliases, id))
				return t->id;
		}
	return NULL;
}
