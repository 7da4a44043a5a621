/*
 * scenes.h - captures of our own making: what is played and how it is written. A scene is played by our initiator against the built-in target, in memory and
 * virtual time; what the built-in target has not got (ErrorRecoveryLevel 1 and 2, pings, redirection) is a script of the tests of the rules. A test tool: it gives up at the first thing that goes wrong.
 */
#ifndef ASSAY_CAPTURE_TEST_SCENES_H
#define ASSAY_CAPTURE_TEST_SCENES_H

#include "initiator/initiator.h"

/* What a scene has: connections of it are made from config, and end with it unless it ends them. */
struct stage {
	struct assay_initiator_config config; /* of ASSAY_DEFAULT_NAME, without offers */
	uint8_t data[16384]; /* no two blocks alike */
};

struct scene {
	const char *name; /* of the file: NAME.pcapng */
	const char *what; /* the comment of its section */
	void (*play)(struct stage *s);
	const char *script; /* where it is not played */
};

/* The last one has no name. */
extern const struct scene scenes[];

/* Ends the program with the place and the initiator's words unless the result is right. */
#define SURE(i, result) scene_sure((i), (result), __FILE__, __LINE__)
int scene_sure(const struct assay_initiator *i, int result, const char *file, int line);

#endif
