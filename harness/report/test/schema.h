/* schema.h - for tests: does a JSON value keep to a JSON schema? Knows type, enum, required, properties, additionalProperties:false, items, minimum. */
#ifndef ASSAY_REPORT_TEST_SCHEMA_H
#define ASSAY_REPORT_TEST_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

/* Prints the first mismatch with its path to stderr. */
bool assay_schema_holds(const json_t *schema, const json_t *value, const char *path);

#endif
