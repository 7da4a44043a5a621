/* matrix_markdown.c - matrix.md: columns, what fails in one implementation and what everywhere, totals by area, and all tests. */

#include "report/matrix.h"
#include "report/parts.h"
#include "report/print.h"

static void head(FILE *out, const struct assay_matrix *m)
{
	fprintf(out, "# Interoperability matrix\n\n%zu tests of suite", m->row_count);
	for (size_t i = 0; i < m->revision_count; i++) {
		fputs(i ? " and " : " ", out);
		assay_markdown_put(out, m->revisions[i]);
	}
	if (m->intersect)
		fprintf(out, "; only tests that all columns have: %zu left out", m->left_out);
	fputs(".\n\nA verdict is what was seen: PASS; FAIL (a MUST is broken), WARN (a SHOULD is), TIMEOUT, "
	      "CRASH, in **bold** where no baseline "
	      "expects it; several with a stroke between where it is now this, now that; ERROR where nothing "
	      "could be decided; and why a test was "
	      "skipped. The built-in target is iscsi-assay's own and passes every test by construction: it "
	      "is no implementation in what is counted "
	      "here.\n",
		out);
}

static void column_name(FILE *out, const struct assay_matrix_column *c)
{
	assay_markdown_put(out, c->implementation);
	if (c->version) {
		putc(' ', out);
		assay_markdown_put(out, c->version);
	}
	fputs("<br>", out);
	assay_markdown_put(out, c->profile);
}

static void columns(FILE *out, const struct assay_matrix *m)
{
	static const enum assay_verdict shown[] = { ASSAY_PASS, ASSAY_FAIL, ASSAY_WARN, ASSAY_TIMEOUT,
		ASSAY_CRASH, ASSAY_ERROR, ASSAY_SKIP };

	fputs("\n## Columns\n\n| implementation | version | profile | INQUIRY | PASS | FAIL | WARN | TIMEOUT "
	      "| CRASH "
	      "| ERROR | SKIP |\n|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n",
		out);
	for (size_t i = 0; i < m->column_count; i++) {
		const struct assay_matrix_column *c = &m->columns[i];
		const char *const words[] = { c->implementation, c->version, c->profile, c->inquiry };

		for (size_t w = 0; w < 4; w++) {
			fputs("| ", out);
			assay_markdown_put(out, words[w]);
			putc(' ', out);
		}
		for (size_t v = 0; v < sizeof(shown) / sizeof(shown[0]); v++)
			fprintf(out, "| %zu ", c->verdicts[shown[v]]);
		fputs("|\n", out);
	}
	for (size_t i = 0; i < m->column_count; i++)
		if (m->columns[i].stopped) {
			fputs("\nStopped early (", out);
			assay_markdown_put(out, m->columns[i].stopped);
			fputs("), tests are missing: ", out);
			assay_markdown_put(out, m->columns[i].profile);
			fputs(".\n", out);
		}
}

static void put_verdict(FILE *out, const struct assay_matrix_cell *cell)
{
	bool expected = cell->known || cell->verdict == ASSAY_PASS;

	if (cell->varies)
		assay_markdown_put(out, cell->varies);
	else if (cell->verdict == ASSAY_SKIP && cell->result->reason)
		assay_markdown_put(out, cell->result->reason);
	else if (expected || cell->verdict == ASSAY_SKIP)
		fputs(assay_verdict_name(cell->verdict), out);
	else
		fprintf(out, "**%s**", assay_verdict_name(cell->verdict));
}

static bool same_words(const struct assay_matrix_cell *a, const struct assay_matrix_cell *b)
{
	return a->verdict == b->verdict && a->known == b->known && !a->varies == !b->varies;
}

/* "FAIL in tgt, tgt-acl; WARN in tgt-chap. Why it is expected": the columns that do not keep to it. */
static void failing(FILE *out, const struct assay_matrix *m, const struct assay_matrix_row *row)
{
	const struct assay_matrix_cell *last = NULL;
	const char *why = NULL;

	for (size_t c = 0; c < m->column_count; c++) {
		const struct assay_matrix_cell *cell = &row->cells[c];

		if (m->columns[c].ours || !cell->result || cell->verdict == ASSAY_PASS ||
			cell->verdict == ASSAY_SKIP || cell->verdict == ASSAY_ERROR)
			continue;
		if (last && same_words(last, cell)) {
			fputs(", ", out);
		} else {
			fputs(last ? "; " : "", out);
			put_verdict(out, cell);
			fputs(" in ", out);
		}
		assay_markdown_put(out, m->columns[c].profile);
		last = cell;
		if (cell->known && !why)
			why = cell->result->baseline;
	}
	if (why) {
		fputs(". ", out);
		assay_markdown_put(out, why);
	}
}

static void list(FILE *out, const struct assay_matrix *m, enum assay_spread spread, const char *title,
	const char *about)
{
	fprintf(out, "\n## %s: %zu\n\n%s\n", title, m->spreads[spread], about);
	if (m->spreads[spread])
		putc('\n', out);
	for (size_t i = 0; i < m->row_count; i++) {
		const struct assay_matrix_row *row = &m->rows[i];

		if (row->spread != spread)
			continue;
		fputs("- ", out);
		if (row->only) {
			assay_markdown_put(out, row->only);
			fputs(": ", out);
		}
		fputs("**", out);
		assay_markdown_put(out, row->id);
		fputs("** (", out);
		assay_markdown_put(out, row->record->level);
		fputs(", ", out);
		assay_print_section(out, row->record->section, assay_markdown_put);
		fputs("): the target ", out);
		assay_markdown_put(out, row->record->desc);
		fputs(". ", out);
		failing(out, m, row);
		fputs("\n", out);
	}
}

static void table_head(FILE *out, const struct assay_matrix *m, const char *first, const char *second)
{
	fprintf(out, "| %s | %s ", first, second);
	for (size_t c = 0; c < m->column_count; c++) {
		fputs("| ", out);
		column_name(out, &m->columns[c]);
		putc(' ', out);
	}
	fputs("|\n|---|---", out);
	for (size_t c = 0; c < m->column_count; c++)
		fputs("|---", out);
	fputs("|\n", out);
}

static void area_totals(FILE *out, const struct assay_matrix *m)
{
	size_t verdicts[ASSAY_VERDICT_COUNT];

	fputs("\n## By area\n\n", out);
	table_head(out, m, "area", "tests");
	for (size_t a = 0; a < m->area_count; a++) {
		fputs("| ", out);
		assay_markdown_put(out, m->areas[a].name);
		fprintf(out, " | %zu ", m->areas[a].count);
		for (size_t c = 0; c < m->column_count; c++) {
			const char *separator = "";

			assay_matrix_area_verdicts(verdicts, &m->areas[a], c);
			fputs("| ", out);
			for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
				if (verdicts[v]) {
					fprintf(out, "%s%zu %s", separator, verdicts[v],
						assay_verdict_name(v));
					separator = ", ";
				}
			putc(' ', out);
		}
		fputs("|\n", out);
	}
}

static void tests(FILE *out, const struct assay_matrix *m, const struct assay_matrix_area *area)
{
	fputs("\n### ", out);
	assay_markdown_put(out, area->name);
	fputs("\n\n", out);
	table_head(out, m, "test", "level");
	for (size_t i = 0; i < area->count; i++) {
		const struct assay_matrix_row *row = &area->rows[i];

		fputs("| ", out);
		assay_markdown_put(out, row->id);
		fputs(" | ", out);
		assay_markdown_put(out, row->record->level);
		for (size_t c = 0; c < m->column_count; c++) {
			fputs(" | ", out);
			if (row->cells[c].result)
				put_verdict(out, &row->cells[c]);
		}
		fputs(" |\n", out);
	}
}

void assay_matrix_markdown(FILE *out, const struct assay_matrix *m)
{
	head(out, m);
	columns(out, m);
	list(out, m, ASSAY_SPREAD_ONE, "Fails in exactly one implementation",
		"Others keep to it: look at that implementation.");
	list(out, m, ASSAY_SPREAD_ALL, "Fails in every implementation",
		"Two or more, and none keeps to it: suspect the test first.");
	list(out, m, ASSAY_SPREAD_LONE, "Fails in the only implementation that could be asked",
		"No other came to a verdict: neither the one nor the other can be told.");
	area_totals(out, m);
	fputs("\n## Tests\n", out);
	for (size_t a = 0; a < m->area_count; a++)
		tests(out, m, &m->areas[a]);
}
