/* json_text.c - see json_text.h. */
#include "runner/json_text.h"

#include <stdlib.h>
#include <string.h>

static json_t *bytes_json(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *escaped = malloc(4 * strlen(text) + 1), *to = escaped;
	json_t *value;

	if (!escaped)
		return NULL;
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at < 0x80) {
			*to++ = (char)*at;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[*at >> 4];
		*to++ = digits[*at & 15];
	}
	*to = 0;
	value = json_string(escaped);
	free(escaped);
	return value;
}

json_t *assay_json_text(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : bytes_json(text);
}
