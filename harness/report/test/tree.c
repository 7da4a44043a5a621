/* tree.c - see tree.h. */
#include "report/test/tree.h"

#include <CUnit/Basic.h>
#include <libxml/xpath.h>
#include <string.h>

/* libxml2 knows the elements of HTML 4 only; that one is of HTML 5 is no error. */
static void count_error(void *payload, xmlErrorPtr error)
{
	unsigned *errors = payload;

	if (error->code == XML_HTML_UNKNOWN_TAG)
		return;
	fprintf(stderr, "line %d: %s", error->line, error->message);
	++*errors;
}

htmlDocPtr assay_tree_of(const char *page)
{
	unsigned errors = 0;
	htmlDocPtr tree;

	xmlSetStructuredErrorFunc(&errors, count_error);
	tree = htmlReadMemory(page, (int)strlen(page), NULL, "UTF-8", HTML_PARSE_NONET);
	xmlSetStructuredErrorFunc(NULL, NULL);
	CU_ASSERT_EQUAL(errors, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
	return tree;
}

static xmlXPathObjectPtr ask(htmlDocPtr tree, const char *expression)
{
	xmlXPathContextPtr context = xmlXPathNewContext(tree);
	xmlXPathObjectPtr object = xmlXPathEval(BAD_CAST expression, context);

	xmlXPathFreeContext(context);
	return object;
}

double assay_tree_number(htmlDocPtr tree, const char *expression)
{
	xmlXPathObjectPtr object = ask(tree, expression);
	double value = object ? xmlXPathCastToNumber(object) : -1;

	xmlXPathFreeObject(object);
	return value;
}

char *assay_tree_words(htmlDocPtr tree, const char *expression)
{
	xmlXPathObjectPtr object = ask(tree, expression);
	char *value = (char *)xmlXPathCastToString(object);

	xmlXPathFreeObject(object);
	return value;
}
