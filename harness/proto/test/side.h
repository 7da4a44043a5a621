/* side.h - one side of a negotiation in a test, and texts written with ';' for NUL: "A=1;B=2;". */
#ifndef ASSAY_PROTO_TEST_SIDE_H
#define ASSAY_PROTO_TEST_SIDE_H

#include <string.h>

#include "proto/negotiation.h"

/* One side with what it said last. */
struct side {
	struct assay_negotiation n;
	struct assay_wants wants;
	char buf[2048];
	struct assay_text said;
	struct assay_error err;
};

static inline void begin(struct side *s, enum assay_role role)
{
	memset(s, 0, sizeof(*s));
	assay_text_init(&s->said, s->buf, sizeof(s->buf));
	assay_negotiation_init(&s->n, role, &s->wants, true);
}

static inline enum assay_key_id id_of(const char *name)
{
	return assay_key_find(name, strlen(name));
}

/* Gives the side a text written with ';' for NUL, "A=1;B=2;"; what it says is in s->said, written in the same way. */
static inline int hear(struct side *s, const char *text, enum assay_phase phase)
{
	char bytes[2048];
	size_t length = strlen(text);
	int r;

	for (size_t i = 0; i < length; i++)
		bytes[i] = text[i] == ';' ? '\0' : text[i];
	assay_text_init(&s->said, s->buf, sizeof(s->buf) - 1);
	r = assay_negotiation_take_text(&s->n, &s->said, bytes, length, phase, &s->err);
	return r;
}

static inline const char *says(struct side *s)
{
	for (size_t i = 0; i < s->said.length; i++)
		if (!s->buf[i])
			s->buf[i] = ';';
	s->buf[s->said.length] = '\0';
	return s->buf;
}

static inline void quiet(struct side *s)
{
	assay_text_init(&s->said, s->buf, sizeof(s->buf) - 1);
}

#endif
