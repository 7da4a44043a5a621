/* schema.c - see schema.h. A keyword of the schema that is not known here is a mismatch: nothing passes unread. */
#include "report/test/schema.h"

#include <stdio.h>
#include <string.h>

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	return false;
}

static const char *type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "object";
	case JSON_ARRAY: return "array";
	case JSON_STRING: return "string";
	case JSON_INTEGER: return "integer";
	case JSON_REAL: return "number";
	case JSON_NULL: return "null";
	default: return "boolean";
	}
}

/* allowed is a value, or an array with the value in it. */
static bool among(const json_t *allowed, const json_t *value)
{
	if (!json_is_array(allowed))
		return json_equal(allowed, value);
	for (size_t i = 0; i < json_array_size(allowed); i++)
		if (json_equal(json_array_get(allowed, i), value))
			return true;
	return false;
}

static bool has_type(const json_t *types, const json_t *value)
{
	json_t *type = json_string(type_of(value));
	bool found = among(types, type);

	json_decref(type);
	return found;
}

static bool members_hold(const json_t *schema, const json_t *value, const char *path)
{
	const json_t *properties = json_object_get(schema, "properties"),
		     *required = json_object_get(schema, "required");
	const char *key;
	json_t *member;
	char below[512];

	for (size_t i = 0; i < json_array_size(required); i++)
		if (!json_object_get(value, json_string_value(json_array_get(required, i))))
			return complain(path, json_string_value(json_array_get(required, i)));
	json_object_foreach((json_t *)value, key, member)
	{
		const json_t *sub = json_object_get(properties, key);

		snprintf(below, sizeof(below), "%s.%s", path, key);
		if (!sub && json_is_false(json_object_get(schema, "additionalProperties")))
			return complain(below, "not in the schema");
		if (sub && !assay_schema_holds(sub, member, below))
			return false;
	}
	return true;
}

static bool keywords_known(const json_t *schema, const char *path)
{
	static const char *const known[] = { "$schema", "title", "description", "type", "enum", "required",
		"properties", "additionalProperties", "items", "minimum", "maximum", "pattern", NULL };
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach((json_t *)schema, key, member)
	{
		for (i = 0; known[i] && strcmp(known[i], key) != 0; i++)
			;
		if (!known[i])
			return complain(path, "the schema has a keyword that this test does not know");
	}
	return true;
}

bool assay_schema_holds(const json_t *schema, const json_t *value, const char *path)
{
	const json_t *types = json_object_get(schema, "type"), *values = json_object_get(schema, "enum");
	const json_t *minimum = json_object_get(schema, "minimum"), *items = json_object_get(schema, "items");
	char below[512];

	if (!keywords_known(schema, path))
		return false;
	if (types && !has_type(types, value))
		return complain(path, type_of(value));
	if (values && !among(values, value))
		return complain(path, json_is_string(value) ? json_string_value(value) : "not one of enum");
	if (minimum && json_integer_value(value) < json_integer_value(minimum))
		return complain(path, "below its minimum");
	for (size_t i = 0; items && i < json_array_size(value); i++) {
		snprintf(below, sizeof(below), "%s[%zu]", path, i);
		if (!assay_schema_holds(items, json_array_get(value, i), below))
			return false;
	}
	return !json_is_object(value) || members_hold(schema, value, path);
}
