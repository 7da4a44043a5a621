/* matrix.c - see matrix.h: the columns of a matrix, and what its cells come to. The rows are in matrix_rows.c. */
#include "report/matrix.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/matrix_private.h"
#include "report/verdicts.h"

#define OURS "iscsi-assay" /* the implementation's name of the built-in target, however it is reached */

const char *assay_spread_name(enum assay_spread spread)
{
	static const char *const names[ASSAY_SPREAD_COUNT] = { "none", "one", "some", "all", "lone" };

	return names[spread];
}

int assay_matrix_complain(struct assay_matrix_making *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->why, ASSAY_MATRIX_WHY, format, args);
	va_end(args);
	return -1;
}

/* --- suites --- */

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int take_revisions(struct assay_matrix_making *m)
{
	const struct assay_matrix_config *c = m->config;
	struct assay_matrix *matrix = m->matrix;

	for (size_t i = 0; i < c->count; i++) {
		const char *revision = c->runs[i]->info.suite_revision;
		size_t known = 0;

		while (known < matrix->revision_count && strcmp(matrix->revisions[known], revision) != 0)
			known++;
		if (known == matrix->revision_count)
			matrix->revisions[matrix->revision_count++] = revision;
		if (known && !c->intersect)
			return assay_matrix_complain(m,
				"%.120s has tests of suite %.40s and %.120s of suite %.40s: --intersect "
				"takes "
				"the tests that all have",
				c->names[0], matrix->revisions[0], c->names[i], revision);
	}
	qsort(matrix->revisions, matrix->revision_count, sizeof(*matrix->revisions), compare_words);
	return 0;
}

/* --- columns --- */

static struct assay_matrix_column column_of_run(const struct assay_run_info *info)
{
	struct assay_matrix_column c = { .version = info->implementation_version,
		.profile = info->profile ? info->profile : info->target,
		.inquiry = info->implementation,
		.stopped = info->stopped };

	c.ours = strcmp(info->target, "built-in") == 0 ||
		 (info->implementation_name && strcmp(info->implementation_name, OURS) == 0);
	c.implementation = c.ours                      ? OURS
			   : info->implementation_name ? info->implementation_name
			   : info->implementation      ? info->implementation
						       : info->target;
	return c;
}

static int compare_columns(const struct assay_matrix_column *a, const struct assay_matrix_column *b)
{
	int order = (int)b->ours - (int)a->ours;

	if (!order)
		order = strcasecmp(a->implementation, b->implementation);
	if (!order)
		order = strcmp(a->implementation, b->implementation);
	if (!order)
		order = strverscmp(a->version ? a->version : "", b->version ? b->version : "");
	return order ? order : strverscmp(a->profile, b->profile);
}

static int compare_runs(const void *a, const void *b, void *payload)
{
	const struct assay_run *const *runs = payload;
	size_t left = *(const size_t *)a, right = *(const size_t *)b;
	struct assay_matrix_column left_column = column_of_run(&runs[left]->info),
				   right_column = column_of_run(&runs[right]->info);
	int order = compare_columns(&left_column, &right_column);

	return order ? order : left < right ? -1 : left > right;
}

static void make_columns(struct assay_matrix_making *m)
{
	struct assay_matrix *matrix = m->matrix;
	size_t count = m->config->count;

	matrix->columns = calloc(count, sizeof(*matrix->columns));
	if (!matrix->columns)
		abort();
	for (size_t i = 0; i < count; i++)
		m->sorted[i] = i;
	qsort_r(m->sorted, count, sizeof(*m->sorted), compare_runs, (void *)m->config->runs);
	for (size_t i = 0; i < count; i++) {
		struct assay_matrix_column next = column_of_run(&m->config->runs[m->sorted[i]]->info);
		struct assay_matrix_column *last = i ? &matrix->columns[matrix->column_count - 1] : NULL;

		if (last)
			next.implementation_index = last->implementation_index +
						    (strcmp(last->implementation, next.implementation) != 0);
		if (!last || compare_columns(last, &next) != 0)
			matrix->columns[matrix->column_count++] = next;
		else if (!last->stopped)
			last->stopped = next.stopped;
		m->column_of[m->sorted[i]] = matrix->column_count - 1;
	}
}

/* --- what it comes to --- */

/* What is known of one implementation and one test. */
enum state { UNDECIDED, KEEPS, FAILS };

static enum assay_spread spread_of(size_t decided, size_t failing)
{
	if (!failing)
		return ASSAY_SPREAD_NONE;
	if (decided == 1)
		return ASSAY_SPREAD_LONE;
	if (failing == decided)
		return ASSAY_SPREAD_ALL;
	return failing == 1 ? ASSAY_SPREAD_ONE : ASSAY_SPREAD_SOME;
}

static void judge_row(struct assay_matrix *m, struct assay_matrix_row *row)
{
	enum state states[ASSAY_MATRIX_COLUMNS_MAX] = { UNDECIDED };
	const char *last = NULL; /* that fails */
	const char *seen = NULL, *word;
	size_t decided = 0, failing = 0;

	for (size_t c = 0; c < m->column_count; c++) {
		const struct assay_matrix_cell *cell = &row->cells[c];
		struct assay_matrix_column *column = &m->columns[c];
		enum state *state = &states[column->implementation_index];
		int badness = cell->result ? assay_verdict_badness(cell->verdict) : -1;

		if (cell->result)
			column->verdicts[cell->verdict]++;
		if (badness < 0)
			continue;
		word = cell->varies ? cell->varies : assay_verdict_name(cell->verdict);
		row->differs = row->differs || (seen && strcmp(seen, word) != 0);
		seen = word;
		if (column->ours)
			continue;
		decided += *state == UNDECIDED;
		failing += badness > 0 && *state != FAILS;
		if (badness > 0)
			last = column->implementation;
		*state = badness > 0 ? FAILS : *state == FAILS ? FAILS : KEEPS;
	}
	row->spread = spread_of(decided, failing);
	if (row->spread == ASSAY_SPREAD_ONE || row->spread == ASSAY_SPREAD_LONE)
		row->only = last;
	m->spreads[row->spread]++;
}

void assay_matrix_judge(struct assay_matrix *m)
{
	for (size_t i = 0; i < m->row_count; i++)
		judge_row(m, &m->rows[i]);
}

void assay_matrix_area_verdicts(
	size_t out[ASSAY_VERDICT_COUNT], const struct assay_matrix_area *area, size_t column)
{
	memset(out, 0, ASSAY_VERDICT_COUNT * sizeof(*out));
	for (size_t i = 0; i < area->count; i++)
		if (area->rows[i].cells[column].result)
			out[area->rows[i].cells[column].verdict]++;
}

/* --- all of it --- */

int assay_matrix_make(
	struct assay_matrix **out, const struct assay_matrix_config *config, char why[ASSAY_MATRIX_WHY])
{
	struct assay_matrix *matrix = calloc(1, sizeof(*matrix));
	struct assay_matrix_making m = { .matrix = matrix, .config = config, .why = why };

	if (!matrix)
		abort();
	*out = matrix;
	matrix->intersect = config->intersect;
	if (!config->count)
		return assay_matrix_complain(&m, "a matrix needs at least one run");
	if (config->count > ASSAY_MATRIX_COLUMNS_MAX)
		return assay_matrix_complain(
			&m, "%zu runs: a matrix has room for %d", config->count, ASSAY_MATRIX_COLUMNS_MAX);
	if (take_revisions(&m))
		return -1;
	make_columns(&m);
	if (assay_matrix_make_rows(&m))
		return -1;
	assay_matrix_judge(matrix);
	return 0;
}

void assay_matrix_free(struct assay_matrix *m)
{
	if (!m)
		return;
	if (m->rows)
		free(m->rows[0].cells); /* one block for all */
	free(m->rows);
	free(m->areas);
	free(m->columns);
	free(m);
}
