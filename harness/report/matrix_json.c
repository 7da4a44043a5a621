/* matrix_json.c - matrix.json, as docs/matrix.schema.json describes it. Nothing in it changes from run to run while behaviour does not. */
#include "report/json.h"
#include "report/matrix.h"

static void counts(struct assay_json *j, const char *key, const size_t verdicts[ASSAY_VERDICT_COUNT])
{
	assay_json_object(j, key);
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		if (v != ASSAY_XFAIL && v != ASSAY_XPASS) /* no raw verdicts */
			assay_json_number(j, assay_verdict_name(v), verdicts[v]);
	assay_json_end(j);
}

static void columns(struct assay_json *j, const struct assay_matrix *m)
{
	assay_json_array(j, "columns");
	for (size_t i = 0; i < m->column_count; i++) {
		const struct assay_matrix_column *c = &m->columns[i];

		assay_json_object(j, NULL);
		assay_json_string(j, "implementation", c->implementation);
		assay_json_string(j, "version", c->version);
		assay_json_string(j, "profile", c->profile);
		assay_json_string(j, "inquiry", c->inquiry);
		assay_json_bool(j, "builtin", c->ours);
		assay_json_string(j, "stopped", c->stopped);
		counts(j, "verdicts", c->verdicts);
		assay_json_end(j);
	}
	assay_json_end(j);
}

static void areas(struct assay_json *j, const struct assay_matrix *m)
{
	size_t verdicts[ASSAY_VERDICT_COUNT];

	assay_json_array(j, "areas");
	for (size_t a = 0; a < m->area_count; a++) {
		assay_json_object(j, NULL);
		assay_json_string(j, "area", m->areas[a].name);
		assay_json_number(j, "tests", m->areas[a].count);
		assay_json_array(j, "verdicts");
		for (size_t c = 0; c < m->column_count; c++) {
			assay_matrix_area_verdicts(verdicts, &m->areas[a], c);
			counts(j, NULL, verdicts);
		}
		assay_json_end(j);
		assay_json_end(j);
	}
	assay_json_end(j);
}

static void cell(struct assay_json *j, const struct assay_matrix_cell *cell)
{
	if (!cell->result) {
		assay_json_string(j, NULL, NULL);
		return;
	}
	assay_json_object(j, NULL);
	assay_json_string(j, "verdict", assay_verdict_name(cell->verdict));
	assay_json_string(j, "varies", cell->varies);
	assay_json_string(j, "reason", cell->verdict == ASSAY_SKIP ? cell->result->reason : NULL);
	assay_json_bool(j, "known", cell->known);
	assay_json_string(j, "why", cell->known ? cell->result->baseline : NULL);
	assay_json_end(j);
}

static void tests(struct assay_json *j, const struct assay_matrix *m)
{
	assay_json_array(j, "tests");
	for (size_t i = 0; i < m->row_count; i++) {
		const struct assay_matrix_row *row = &m->rows[i];

		assay_json_object(j, NULL);
		assay_json_string(j, "id", row->id);
		assay_json_string(j, "area", row->record->area);
		assay_json_string(j, "desc", row->record->desc);
		assay_json_words(j, "reqs", row->record->reqs);
		assay_json_string(j, "section", row->record->section);
		assay_json_string(j, "level", row->record->level);
		assay_json_string(j, "fails_in", assay_spread_name(row->spread));
		assay_json_string(j, "only", row->only);
		assay_json_bool(j, "differs", row->differs);
		assay_json_array(j, "cells");
		for (size_t c = 0; c < m->column_count; c++)
			cell(j, &row->cells[c]);
		assay_json_end(j);
		assay_json_end(j);
	}
	assay_json_end(j);
}

static void list(
	struct assay_json *j, const char *key, const struct assay_matrix *m, enum assay_spread spread)
{
	assay_json_array(j, key);
	for (size_t i = 0; i < m->row_count; i++)
		if (m->rows[i].spread == spread)
			assay_json_string(j, NULL, m->rows[i].id);
	assay_json_end(j);
}

void assay_matrix_json(FILE *out, const struct assay_matrix *m)
{
	struct assay_json j;

	assay_json_init(&j, out, true);
	assay_json_object(&j, NULL);
	assay_json_string(&j, "format", "iscsi-assay-matrix-1");
	assay_json_array(&j, "suite_revisions");
	for (size_t i = 0; i < m->revision_count; i++)
		assay_json_string(&j, NULL, m->revisions[i]);
	assay_json_end(&j);
	assay_json_bool(&j, "intersect", m->intersect);
	assay_json_number(&j, "left_out", m->left_out);
	columns(&j, m);
	list(&j, "fails_in_one", m, ASSAY_SPREAD_ONE);
	list(&j, "fails_everywhere", m, ASSAY_SPREAD_ALL);
	areas(&j, m);
	tests(&j, m);
	assay_json_end(&j);
}
