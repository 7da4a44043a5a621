/*
 * mutate.h - a capture as a list of what was said, one change to one PDU of it, and the capture written again. A test tool: it changes what it is told to and nothing else (lengths and
 * digests follow the change, numbers of other PDUs do not), and knows no rules.
 */
#ifndef ASSAY_CAPTURE_TEST_MUTATE_H
#define ASSAY_CAPTURE_TEST_MUTATE_H

#include <stdio.h>

#include "capture/timeline.h"

#define STORY_ITEMS 256
#define STORY_NAME  80
#define CHANGE_MAX  512

enum story_kind { STORY_OPEN, STORY_PDU, STORY_CLOSE, STORY_RESET };

struct story_item {
	enum story_kind kind;
	unsigned connection; /* 0, 1, 2 … */
	enum assay_dir dir; /* of a close: who closed */
	unsigned digests; /* of a PDU: enum assay_digests */
	uint8_t *wire; /* allocated */
	size_t length;
};

struct story {
	struct story_item item[STORY_ITEMS];
	size_t items;
	unsigned connections;
	bool broken; /* bytes were lost, or more was said than fits */
};

/* What the rules said of a capture. number: of the PDU, 1, 2, 3 … */
struct story_finding {
	const char *rule;
	enum assay_role offender;
	uint64_t number;
	char expected[128], got[128];
};

struct story_findings {
	struct story_finding finding[64];
	size_t count; /* also of those beyond 64 */
};

/* Reads a capture; either of story and findings may be NULL. Words on standard error and false where it cannot. */
bool story_read(struct story *story, struct story_findings *findings, const char *path);
void story_free(struct story *s);
bool story_copy(struct story *out, const struct story *s);
bool story_write(const struct story *s, const char *path);

/* "SCSI Data-Out 3": the third of its type; "SCSI Data-Out 3 of connection 2" of that connection. NULL: there is none. */
struct story_item *story_find(struct story *s, const char *words);
/* The other way round. */
void story_name(char out[STORY_NAME], const struct story *s, const struct story_item *item);
/* Among all PDUs, from 1; 0: it is not in it. */
uint64_t story_number(const struct story *s, const struct story_item *item);

/*
 * Changes one PDU; what there is: see pcaps/mutations/README.md. NULL, or why it cannot be done.
 * *item is where the PDU is then; NULL when it is gone.
 */
const char *story_change(struct story *s, struct story_item **item, const char *change);

#endif
