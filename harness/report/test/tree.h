/* tree.h - for tests: an HTML page read by another hand, libxml2's parser, and asked by XPath. */
#ifndef ASSAY_REPORT_TEST_TREE_H
#define ASSAY_REPORT_TEST_TREE_H

#include <libxml/HTMLparser.h>

/* The page as a tree; any error of its markup fails the test. The caller frees it with xmlFreeDoc. */
htmlDocPtr assay_tree_of(const char *page);
/* What the expression comes to; -1 when it is none. */
double assay_tree_number(htmlDocPtr tree, const char *expression);
/* The text of the first node; the caller frees it with xmlFree. */
char *assay_tree_words(htmlDocPtr tree, const char *expression);

#endif
