/*
 * page.h - what every HTML page of ours is made of: one self-contained file, its style and script inside, nothing fetched from anywhere.
 *
 * All strings may come from a target: assay_html_put is the one escaper, and all that writes a string here goes through it. The page's policy names
 * its own style and script by their hashes, so that nothing else would run even if markup got through.
 *
 * A page is a head, filters, and a table whose rows the script (page.js) shows and hides. What the script needs stands in the markup:
 * - a row is <tbody class="row" id="test=ID" data-NAME="words…">; its first <tr> is the row, one behind it may hold a <details>
 * - a filter is a control with a name: check boxes and text match words of the row's data-NAME, a <select> all of it; "q" matches the words of the row's first <tr>
 * - state lives in the fragment, percent-encoded: "#verdict=FAIL,WARN&area=login&test=login.any-cid"
 * Without a script the page is whole: filters are not shown, all rows are.
 */
#ifndef ASSAY_REPORT_PAGE_H
#define ASSAY_REPORT_PAGE_H

#include <stddef.h>
#include <stdio.h>

#include "runner/result.h"

/* Text, or the value of a quoted attribute: markup escaped, what steers a terminal or the direction of writing made visible. NULL: nothing. */
void assay_html_put(FILE *out, const char *s);
/* <tag class="class">text</tag>; class NULL: none. Both words of ours; nothing when text is NULL. */
void assay_html_element(FILE *out, const char *tag, const char *class, const char *text);

/* From the doctype to the title: what the page is about in title, which tool and kind of page in kind ("run"). */
void assay_page_begin(FILE *out, const char *kind, const char *title);
/* The facts below the title: begin, any number of facts, end. A fact without a value is left out. */
void assay_page_facts_begin(FILE *out);
void assay_page_fact(FILE *out, const char *label, const char *value);
void assay_page_facts_end(FILE *out);
/* The totals as a bar. */
void assay_page_bar(FILE *out, const size_t verdicts[ASSAY_VERDICT_COUNT]);

/* The filters: begin, controls, end. */
void assay_page_filters_begin(FILE *out);
/* Check boxes for the verdicts that occur, with their counts; no box checked: all are shown. */
void assay_page_filter_verdicts(FILE *out, const size_t verdicts[ASSAY_VERDICT_COUNT]);
/* Check boxes for words, or a choice of one; words are NULL-terminated. */
void assay_page_filter_checks(FILE *out, const char *name, const char *label, const char *const *words);
void assay_page_filter_choice(FILE *out, const char *name, const char *label, const char *const *words);
/* The text fields: a requirement by its beginning, and the words of a row. */
void assay_page_filter_texts(FILE *out);
/* unit: what the rows are, "tests". count: how many. */
void assay_page_filters_end(FILE *out, const char *unit, size_t count);

/* <table class="rows CLASS">, its heads (NULL-terminated; "class:Words", ":Words"), and its end. The class lays out the columns (page.css). */
void assay_page_table_begin(FILE *out, const char *class, const char *const *heads);
void assay_page_table_end(FILE *out);

/* A verdict as a badge. */
void assay_page_verdict(FILE *out, enum assay_verdict verdict);
/* The same with a class beside ("known": it is expected) and other words; each may be NULL. */
void assay_page_badge(FILE *out, enum assay_verdict verdict, const char *class, const char *words);
/* A value that links to what it sets in the fragment, class may be NULL: <a class="class" href="#name=value">value</a>, so that the script has the value back whatever it is. */
void assay_page_link(FILE *out, const char *class, const char *name, const char *value);
/* Requirement ids, each a link that filters by it. */
void assay_page_reqs(FILE *out, const char *reqs);
/* A command line with a button that copies it. */
void assay_page_command(FILE *out, const char *command);

/* The end of what assay_page_begin began, with the version that made it and the suite; each may be NULL. */
void assay_page_end(FILE *out, const struct assay_run_info *info);

#endif
