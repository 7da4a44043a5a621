/* json.h - writes JSON by hand, with one escaper: members are written in order, nothing is held. Reading JSON is jansson's. */
#ifndef ASSAY_REPORT_JSON_H
#define ASSAY_REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runner/result.h"

#define ASSAY_JSON_DEPTH_MAX 16

struct assay_json {
	FILE *out;
	bool pretty; /* a member a line; else all on one line */
	unsigned depth; /* open objects and arrays */
	bool filled[ASSAY_JSON_DEPTH_MAX]; /* something was written at that depth */
	char close[ASSAY_JSON_DEPTH_MAX]; /* what ends it */
};

/* A string in quotes, escaped; invalid UTF-8 replaced by U+FFFD. NULL is null. */
void assay_json_quote(FILE *out, const char *s);

void assay_json_init(struct assay_json *j, FILE *out, bool pretty);
/* In each: key is NULL inside an array and for the outermost value. */
void assay_json_object(struct assay_json *j, const char *key);
void assay_json_array(struct assay_json *j, const char *key);
void assay_json_end(
	struct assay_json *j); /* of the innermost object or array; the outermost one ends the line */
void assay_json_string(struct assay_json *j, const char *key, const char *value);
void assay_json_number(struct assay_json *j, const char *key, uint64_t value);
void assay_json_bool(struct assay_json *j, const char *key, bool value);
/* 64 bits that JSON numbers would round, as "0x…". */
void assay_json_hex(struct assay_json *j, const char *key, uint64_t value);
/* A list of words as an array of strings; NULL: an empty array. */
void assay_json_words(struct assay_json *j, const char *key, const char *words);

/* The members of a run's information, of one result, and of the totals: the same in run.ndjson and run.json. */
void assay_json_info(struct assay_json *j, const struct assay_run_info *info);
void assay_json_result(struct assay_json *j, const struct assay_test_result *result);
void assay_json_totals(struct assay_json *j, const struct assay_run *run);

#endif
