/*
 * matrix_rows.c - the rows of a matrix: the tests of all runs in one order. That of the suites is followed as far as it goes; a test that it does not have stands
 * behind the one that is before it in its own run. Files of another hand are normal: any order, any names, a test twice.
 */
#include <stdlib.h>
#include <string.h>

#include "report/ids.h"
#include "report/matrix_private.h"
#include "report/verdicts.h"

/* A test in the order of them all. */
struct place {
	const char *id;
	size_t next; /* ASSAY_IDS_NONE: the last */
};

struct rows {
	struct assay_matrix_making *making;
	struct assay_ids ids; /* to places */
	struct place *places;
	size_t count, capacity, first;
	struct assay_matrix_cell *cells; /* by place, then column */
	struct assay_matrix_row *found; /* in the order of the places */
	size_t found_count;
	struct assay_ids areas; /* to numbers */
};

static const char *current(const struct rows *r, const char *id)
{
	const char *(*map)(const char *id) = r->making->config->current;

	return map ? map(id) : id;
}

/* The place of a test; a new one is behind the given place. */
static size_t place_of(struct rows *r, const char *id, size_t behind)
{
	size_t *place = assay_ids_at(&r->ids, id);

	if (*place != ASSAY_IDS_NONE)
		return *place;
	if (r->count == r->capacity) {
		r->capacity = r->capacity ? 2 * r->capacity : 1024;
		r->places = realloc(r->places, r->capacity * sizeof(*r->places));
		if (!r->places)
			abort();
	}
	*place = r->count++;
	if (behind == ASSAY_IDS_NONE) {
		r->places[*place] = (struct place){ id, r->first };
		r->first = *place;
	} else {
		r->places[*place] = (struct place){ id, r->places[behind].next };
		r->places[behind].next = *place;
	}
	return *place;
}

static int find_places(struct rows *r)
{
	const struct assay_matrix_config *config = r->making->config;
	size_t last = ASSAY_IDS_NONE;

	for (const char *const *id = config->order; id && *id; id++)
		last = place_of(r, *id, last);
	for (size_t i = 0; i < config->count; i++) {
		const struct assay_run *run = config->runs[r->making->sorted[i]];

		last = ASSAY_IDS_NONE;
		for (size_t n = 0; n < run->count; n++) {
			last = place_of(r, current(r, run->results[n].id), last);
			if (r->count > ASSAY_MATRIX_ROWS_MAX)
				return assay_matrix_complain(r->making,
					"more than %d tests: a matrix has no room for them",
					ASSAY_MATRIX_ROWS_MAX);
		}
	}
	return 0;
}

static struct assay_matrix_cell cell_of(const struct assay_test_result *result)
{
	const char *varies = assay_result_varies(result);

	return (struct assay_matrix_cell){ .result = result,
		.verdict = varies ? assay_verdict_worst(varies) : result->raw,
		.varies = varies,
		.known = varies || result->verdict == ASSAY_XFAIL };
}

static int fill_cells(struct rows *r)
{
	const struct assay_matrix_making *m = r->making;
	size_t columns = m->matrix->column_count;

	r->cells = calloc(r->count + 1, columns * sizeof(*r->cells));
	if (!r->cells)
		abort();
	for (size_t i = 0; i < m->config->count; i++) {
		const struct assay_run *run = m->config->runs[i];
		const struct assay_matrix_column *column = &m->matrix->columns[m->column_of[i]];

		for (size_t n = 0; n < run->count; n++) {
			size_t place = assay_ids_find(&r->ids, current(r, run->results[n].id));
			struct assay_matrix_cell *cell = &r->cells[place * columns + m->column_of[i]];

			if (cell->result)
				return assay_matrix_complain(r->making,
					"%.120s: %.80s is there already for %.60s %.60s, profile %.60s: a "
					"column has a test once",
					m->config->names[i], run->results[n].id, column->implementation,
					column->version ? column->version : "", column->profile);
			*cell = cell_of(&run->results[n]);
		}
	}
	return 0;
}

/* Makes the row of a place, if it has the cells that it needs. */
static void take_row(struct rows *r, size_t place)
{
	size_t columns = r->making->matrix->column_count, filled = 0;
	struct assay_matrix_cell *cells = &r->cells[place * columns];
	struct assay_matrix_row row = { .id = r->places[place].id, .cells = cells };

	for (size_t c = columns; c-- > 0;)
		if (cells[c].result) {
			filled++;
			row.record = cells[c].result;
		}
	if (!filled)
		return;
	if (r->making->config->intersect && filled < columns) {
		r->making->matrix->left_out++;
		return;
	}
	r->found[r->found_count++] = row;
}

/* Which area a row belongs to: they are numbered as they come up. */
static size_t area_of(struct rows *r, const struct assay_matrix_row *row)
{
	size_t *number = assay_ids_at(&r->areas, row->record->area);

	if (*number == ASSAY_IDS_NONE) {
		*number = r->making->matrix->area_count++;
		r->making->matrix->areas[*number].name = row->record->area;
	}
	return *number;
}

/* The rows into the matrix, an area after the other; cells in one block, so that the first row's is what is freed. */
static void group(struct rows *r)
{
	struct assay_matrix *matrix = r->making->matrix;
	size_t columns = matrix->column_count, begin = 0;
	struct assay_matrix_cell *cells = calloc(r->found_count + 1, columns * sizeof(*cells));
	size_t *next = calloc(r->found_count + 1, sizeof(*next)); /* free place in each area */

	matrix->rows = calloc(r->found_count + 1, sizeof(*matrix->rows));
	matrix->areas = calloc(r->found_count + 1, sizeof(*matrix->areas));
	if (!cells || !next || !matrix->rows || !matrix->areas)
		abort();
	matrix->rows[0].cells = cells;
	for (size_t i = 0; i < r->found_count; i++)
		matrix->areas[area_of(r, &r->found[i])].count++;
	for (size_t a = 0; a < matrix->area_count; a++) {
		matrix->areas[a].rows = &matrix->rows[begin];
		next[a] = begin;
		begin += matrix->areas[a].count;
	}
	for (size_t i = 0; i < r->found_count; i++) {
		size_t at = next[area_of(r, &r->found[i])]++;

		matrix->rows[at] = r->found[i];
		matrix->rows[at].cells = &cells[at * columns];
		memcpy(matrix->rows[at].cells, r->found[i].cells, columns * sizeof(*cells));
	}
	matrix->row_count = r->found_count;
	free(next);
}

static int make(struct rows *r)
{
	if (find_places(r) || fill_cells(r))
		return -1;
	r->found = calloc(r->count + 1, sizeof(*r->found));
	if (!r->found)
		abort();
	for (size_t at = r->first; at != ASSAY_IDS_NONE; at = r->places[at].next)
		take_row(r, at);
	if (!r->found_count)
		return assay_matrix_complain(r->making, r->making->config->intersect
								? "no test is in all of the runs"
								: "there is no test in any of the runs");
	group(r);
	return 0;
}

int assay_matrix_make_rows(struct assay_matrix_making *m)
{
	struct rows r = { .making = m, .first = ASSAY_IDS_NONE };
	int result = make(&r);

	assay_ids_free(&r.ids);
	assay_ids_free(&r.areas);
	free(r.places);
	free(r.cells);
	free(r.found);
	return result;
}
