/* matrix_private.h - what the files that make a matrix share while they do. Not for others. */
#ifndef ASSAY_REPORT_MATRIX_PRIVATE_H
#define ASSAY_REPORT_MATRIX_PRIVATE_H

#include "report/matrix.h"

struct assay_matrix_making {
	struct assay_matrix *matrix;
	const struct assay_matrix_config *config;
	size_t sorted[ASSAY_MATRIX_COLUMNS_MAX]; /* runs, in the order of their columns */
	size_t column_of[ASSAY_MATRIX_COLUMNS_MAX]; /* of each run */
	char *why;
};

/* A line for people. Returns -1. */
int assay_matrix_complain(struct assay_matrix_making *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Rows, cells, areas, once the columns are known. 0 or -1. */
int assay_matrix_make_rows(struct assay_matrix_making *m);
/* What the cells of all rows come to: counts, spreads, differences. */
void assay_matrix_judge(struct assay_matrix *m);

#endif
