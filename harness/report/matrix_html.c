/*
 * matrix_html.c - matrix.html: one page for a matrix. A row a test, below a row for its area; a cell a column, with its verdict. What is not kept to opens to
 * the whys. The page is built of page.h, which escapes and styles; nothing of the runs reaches the file by another way. Which columns are shown is the script's
 * doing: a row's data-cells says in a word a column what its cells are.
 */
#include <stdlib.h>
#include <string.h>

#include "report/matrix.h"
#include "report/page.h"
#include "report/print.h"

/* What the page calls a spread, in the choice of rows and in the link to them. */
static const char *const spread_words[ASSAY_SPREAD_COUNT + 1] = {
	[ASSAY_SPREAD_NONE] = "no implementation",
	[ASSAY_SPREAD_ONE] = "one implementation",
	[ASSAY_SPREAD_SOME] = "several implementations",
	[ASSAY_SPREAD_ALL] = "every implementation",
	[ASSAY_SPREAD_LONE] = "the only one asked",
};

static bool fails(const struct assay_matrix_cell *cell)
{
	return cell->result && cell->verdict != ASSAY_PASS && cell->verdict != ASSAY_SKIP;
}

static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	assay_html_put(out, value);
	putc('"', out);
}

/* --- the head --- */

static void put_suites(FILE *out, const struct assay_matrix *m)
{
	fputs("<div><dt>suite revision</dt><dd>", out);
	for (size_t i = 0; i < m->revision_count; i++) {
		fputs(i ? ", " : "", out);
		assay_html_put(out, m->revisions[i]);
	}
	fputs("</dd></div>\n", out);
}

static void facts(FILE *out, const struct assay_matrix *m)
{
	char tests[80], columns[32];

	snprintf(tests, sizeof(tests), m->intersect ? "%zu that all columns have, %zu left out" : "%zu",
		m->row_count, m->left_out);
	snprintf(columns, sizeof(columns), "%zu", m->column_count);
	assay_page_facts_begin(out);
	assay_page_fact(out, "tests", tests);
	assay_page_fact(out, "columns", columns);
	put_suites(out, m);
	assay_page_facts_end(out);
	fprintf(out,
		"<p><a href=\"#fails=one%%20implementation\">%zu fail in exactly one implementation</a>: "
		"look at that "
		"one. <a href=\"#fails=every%%20implementation\">%zu fail in every implementation</a> of two "
		"or more: "
		"suspect the test first. The built-in target passes every test by construction and is not "
		"counted."
		"</p>\n",
		m->spreads[ASSAY_SPREAD_ONE], m->spreads[ASSAY_SPREAD_ALL]);
}

static void summary(FILE *out, const struct assay_matrix *m)
{
	static const enum assay_verdict shown[] = { ASSAY_PASS, ASSAY_FAIL, ASSAY_WARN, ASSAY_TIMEOUT,
		ASSAY_CRASH, ASSAY_ERROR, ASSAY_SKIP };
	const size_t count = sizeof(shown) / sizeof(shown[0]);

	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Columns\"><table "
	      "class=\"summary\">\n"
	      "<thead><tr><th scope=\"col\">Implementation</th><th scope=\"col\">Version</th><th "
	      "scope=\"col\">"
	      "Profile</th><th scope=\"col\">INQUIRY</th>",
		out);
	for (size_t v = 0; v < count; v++)
		fprintf(out, "<th scope=\"col\" class=\"number\">%s</th>", assay_verdict_name(shown[v]));
	fputs("<th scope=\"col\" class=\"all\">All</th></tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < m->column_count; i++) {
		const struct assay_matrix_column *c = &m->columns[i];

		fputs("<tr>", out);
		assay_html_element(out, "td", NULL, c->implementation);
		assay_html_element(out, "td", NULL, c->version ? c->version : "");
		fputs("<td>", out);
		assay_html_put(out, c->profile);
		if (c->stopped) {
			fputs(" (stopped early: ", out);
			assay_html_put(out, c->stopped);
			putc(')', out);
		}
		fputs("</td>", out);
		assay_html_element(out, "td", NULL, c->inquiry ? c->inquiry : "");
		for (size_t v = 0; v < count; v++)
			fprintf(out, "<td class=\"number\">%zu</td>", c->verdicts[shown[v]]);
		fputs("<td>", out);
		assay_page_bar(out, c->verdicts);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

/* --- the filters --- */

/* How many rows have a verdict in some cell. */
static void count_rows(size_t out[ASSAY_VERDICT_COUNT], const struct assay_matrix *m)
{
	memset(out, 0, ASSAY_VERDICT_COUNT * sizeof(*out));
	for (size_t i = 0; i < m->row_count; i++) {
		bool seen[ASSAY_VERDICT_COUNT] = { false };

		for (size_t c = 0; c < m->column_count; c++)
			if (m->rows[i].cells[c].result)
				seen[m->rows[i].cells[c].verdict] = true;
		for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
			out[v] += seen[v];
	}
}

/* The name of an implementation as a value of the filter, whose values are told apart by commas. */
static void put_value(FILE *out, const char *name)
{
	char *value = strdup(name);

	if (!value)
		abort();
	for (char *comma = strchr(value, ','); comma; comma = strchr(comma, ','))
		*comma = '_';
	assay_html_put(out, value);
	free(value);
}

/* A check box an implementation, with the columns that are its. */
static void filter_implementations(FILE *out, const struct assay_matrix *m)
{
	fputs("<fieldset class=\"checks\"><legend>Implementation</legend>", out);
	for (size_t i = 0; i < m->column_count;) {
		const struct assay_matrix_column *first = &m->columns[i];
		const char *separator = "";

		fputs("<label><input type=\"checkbox\" name=\"impl\" value=\"", out);
		put_value(out, first->implementation);
		fputs("\" data-columns=\"", out);
		for (; i < m->column_count &&
			m->columns[i].implementation_index == first->implementation_index;
			i++) {
			fprintf(out, "%s%zu", separator, i);
			separator = " ";
		}
		fputs("\">", out);
		assay_html_put(out, first->implementation);
		fputs("</label>", out);
	}
	fputs("</fieldset>\n", out);
}

/* The levels that there are, of those that the standard has; NULL-terminated. */
static void find_levels(const char *out[4], const struct assay_matrix *m)
{
	static const char *const levels[] = { "MUST", "SHOULD", "MAY" };
	size_t count = 0, i;

	for (size_t l = 0; l < 3; l++) {
		for (i = 0; i < m->row_count && strcmp(m->rows[i].record->level, levels[l]) != 0; i++)
			;
		if (i < m->row_count)
			out[count++] = levels[l];
	}
	out[count] = NULL;
}

static void filters(FILE *out, const struct assay_matrix *m)
{
	const char *levels[4];
	static const char *const differs[] = { "yes", NULL };
	const char **areas = calloc(m->area_count + 1, sizeof(*areas));
	size_t verdicts[ASSAY_VERDICT_COUNT];

	if (!areas)
		abort();
	for (size_t a = 0; a < m->area_count; a++)
		areas[a] = m->areas[a].name;
	count_rows(verdicts, m);
	find_levels(levels, m);
	assay_page_filters_begin(out);
	assay_page_filter_verdicts(out, verdicts);
	filter_implementations(out, m);
	assay_page_filter_checks(out, "differs", "Only differences", differs);
	assay_page_filter_checks(out, "level", "Level", levels);
	assay_page_filter_choice(out, "fails", "Fails in", spread_words);
	assay_page_filter_choice(out, "area", "Area", areas);
	assay_page_filter_texts(out);
	assay_page_filters_end(out, "tests", m->row_count);
	free(areas);
}

/* --- the table --- */

static void table_begin(FILE *out, const struct assay_matrix *m)
{
	fputs("<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Tests\"><table "
	      "class=\"rows matrix\">\n"
	      "<thead><tr><th scope=\"col\">Test</th><th scope=\"col\">Level</th>",
		out);
	for (size_t c = 0; c < m->column_count; c++) {
		fputs("<th scope=\"col\">", out);
		assay_html_element(out, "b", NULL, m->columns[c].profile);
		fputs(" ", out);
		assay_html_put(out, m->columns[c].implementation);
		if (m->columns[c].version) {
			putc(' ', out);
			assay_html_put(out, m->columns[c].version);
		}
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n", out);
}

/* Of each column how many of an area's tests pass, of those that came to a verdict. */
static void put_area(FILE *out, const struct assay_matrix *m, const struct assay_matrix_area *area)
{
	size_t v[ASSAY_VERDICT_COUNT];

	fputs("<tbody class=\"group\"", out);
	attribute(out, "data-area", area->name);
	fputs("><tr>", out);
	assay_html_element(out, "th", NULL, area->name);
	fprintf(out, "<td>%zu tests</td>", area->count);
	for (size_t c = 0; c < m->column_count; c++) {
		size_t decided;

		assay_matrix_area_verdicts(v, area, c);
		decided = v[ASSAY_PASS] + v[ASSAY_FAIL] + v[ASSAY_WARN] + v[ASSAY_TIMEOUT] + v[ASSAY_CRASH];
		if (decided)
			fprintf(out, "<td><b>%zu</b> of %zu pass</td>", v[ASSAY_PASS], decided);
		else
			fputs("<td></td>", out);
	}
	fputs("</tr></tbody>\n", out);
}

static void put_cell(FILE *out, const struct assay_matrix_cell *cell)
{
	const char *reason = cell->result ? cell->result->reason : NULL;

	if (!cell->result)
		fputs("<td></td>", out);
	else if (cell->verdict == ASSAY_SKIP && reason)
		assay_html_element(out, "td", "quiet", reason);
	else {
		fputs("<td>", out);
		assay_page_badge(out, cell->verdict, cell->known ? "known" : NULL, cell->varies);
		fputs("</td>", out);
	}
}

static void put_whys(FILE *out, const struct assay_matrix *m, const struct assay_matrix_row *row)
{
	fputs("<dl class=\"answers\">\n", out);
	for (size_t c = 0; c < m->column_count; c++) {
		const struct assay_matrix_cell *cell = &row->cells[c];

		if (!fails(cell))
			continue;
		assay_html_element(out, "dt", NULL, m->columns[c].profile);
		fputs("<dd>", out);
		assay_page_badge(out, cell->verdict, cell->known ? "known" : NULL, cell->varies);
		putc(' ', out);
		assay_html_put(out, cell->known && cell->result->baseline ? cell->result->baseline
									  : "no baseline expects it");
		fputs("</dd>\n", out);
	}
	fputs("<dt>requires</dt><dd>", out);
	assay_page_reqs(out, row->record->reqs);
	assay_print_section(out, row->record->section, assay_html_put);
	fputs("</dd></dl>\n", out);
}

/* "fails in one implementation: tgt", and what else there is to say. */
static void put_opened(FILE *out, const struct assay_matrix *m, const struct assay_matrix_row *row)
{
	fputs("<tr class=\"more\"><td><details><summary>", out);
	if (row->spread == ASSAY_SPREAD_NONE) {
		fputs("came to no verdict everywhere", out);
	} else {
		fprintf(out, "fails in %s", spread_words[row->spread]);
		if (row->only) {
			fputs(": ", out);
			assay_html_put(out, row->only);
		}
	}
	fputs("</summary><div class=\"opened\">\n", out);
	put_whys(out, m, row);
	fputs("</div></details></td></tr>\n", out);
}

static void put_row(FILE *out, const struct assay_matrix *m, const struct assay_matrix_row *row)
{
	bool any = false;

	fputs("<tbody class=\"row\" id=\"test=", out);
	assay_html_put(out, row->id);
	putc('"', out);
	attribute(out, "data-level", row->record->level);
	attribute(out, "data-area", row->record->area);
	attribute(out, "data-req", row->record->reqs);
	attribute(out, "data-fails", spread_words[row->spread]);
	fputs(" data-cells=\"", out);
	for (size_t c = 0; c < m->column_count; c++) {
		const struct assay_matrix_cell *cell = &row->cells[c];

		fputs(c ? " " : "", out);
		assay_html_put(out, !cell->result  ? "-"
				    : cell->varies ? cell->varies
						   : assay_verdict_name(cell->verdict));
		any = any || fails(cell);
	}
	fputs("\">\n<tr><th scope=\"row\">", out);
	assay_page_link(out, "id", "test", row->id);
	assay_html_element(out, "p", NULL, row->record->desc);
	fputs("</th>", out);
	assay_html_element(out, "td", "level", row->record->level);
	for (size_t c = 0; c < m->column_count; c++)
		put_cell(out, &row->cells[c]);
	fputs("</tr>\n", out);
	if (any)
		put_opened(out, m, row);
	fputs("</tbody>\n", out);
}

void assay_matrix_html(FILE *out, const struct assay_matrix *m)
{
	const struct assay_run_info info = { .suite_revision = m->revisions[0] };

	assay_page_begin(out, "matrix", "Interoperability matrix");
	facts(out, m);
	summary(out, m);
	filters(out, m);
	table_begin(out, m);
	for (size_t a = 0; a < m->area_count; a++) {
		put_area(out, m, &m->areas[a]);
		for (size_t i = 0; i < m->areas[a].count; i++)
			put_row(out, m, &m->areas[a].rows[i]);
	}
	assay_page_table_end(out);
	fputs("</div>\n", out);
	assay_page_end(out, &info);
}
