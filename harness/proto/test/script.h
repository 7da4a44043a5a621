/*
 * script.h - timelines for the tests of the rule engine, written as text: a PDU a statement, statements parted by ';' or new
 * lines. Every field is right by default (tags, numbers, window), so that a timeline shows only what is special in it.
 *
 *   login [KEY=VALUE|KEY=VALUE…]	a whole login with these keys offered and answered alike, into the full feature phase
 *   PDU-NAME [field=value] [field+=delta] [data=bytes] [text=KEY=VALUE|KEY=VALUE…] …	see script.c for the names
 *   open [mid]			another connection, which the statements after it use; c0, c1 … go back to one
 *   gap target|initiator		PDUs that way were missed
 *   close target|initiator
 *   start NUMBER		the CmdSN of the next command
 *   unordered			the first statement: it is a capture
 *   late				the next PDU was seen before the last one of another connection
 *   company			something was said on a connection that may be of the session
 */
#ifndef ASSAY_PROTO_TEST_SCRIPT_H
#define ASSAY_PROTO_TEST_SCRIPT_H

#include "proto/rules.h"

#define SCRIPT_FINDINGS 16

/* What a timeline led to. Rules are of the table, words are copies. */
struct script_result {
	unsigned count; /* findings, also those beyond SCRIPT_FINDINGS */
	struct assay_finding finding[SCRIPT_FINDINGS];
	char error[160]; /* the statement that could not be read; empty when all could */
};

/* Plays a timeline to a new watch. */
void script_play(struct script_result *out, const char *script);

/* Somebody beside the watch: connections are 0, 1, 2 … in the order of their beginnings. */
struct script_listener {
	void *payload;
	void (*open)(void *payload, unsigned connection);
	void (*pdu)(void *payload, unsigned connection, enum assay_dir dir, const void *wire, size_t length);
	void (*close)(void *payload, unsigned connection, enum assay_role by);
};

/* The same; listener hears it once. */
void script_play_to(struct script_result *out, const char *script, const struct script_listener *listener);

#endif
