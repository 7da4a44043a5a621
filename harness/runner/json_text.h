/* json_text.h - a text of which nobody knows whether it is UTF-8, as a JSON value. */
#ifndef ASSAY_RUNNER_JSON_TEXT_H
#define ASSAY_RUNNER_JSON_TEXT_H

#include <jansson.h>

/* A string: the text, or where it is no UTF-8 what is not ASCII of it as \xNN. NULL: out of memory. */
json_t *assay_json_text(const char *text);

#endif
