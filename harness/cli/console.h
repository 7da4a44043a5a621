/*
 * console.h - the administrator's side of a served target while it serves: a unix socket, open to its user only, and the other end of it.
 *   add-lun N=SIZE|FILE[,ro][,block=4096] [IQN]   remove-lun N [IQN]   drop   announce EVENT [N]
 * IQN: of the first target when not said. A question is its words, each ended by a NUL; the answer is a line, "ok …" or "no: …".
 */
#ifndef ASSAY_CLI_CONSOLE_H
#define ASSAY_CLI_CONSOLE_H

#include "cli/served.h"
#include "target/server.h"

struct assay_console;

/* Opens the socket at path and has the server wait for questions. 0 or a negative error in words. What the pointers point to outlives it. */
int assay_console_open(struct assay_console **out, const char *path, struct assay_served *served,
	struct assay_server *server, struct assay_error *err);
/* Removes the socket, too; before the server is closed. NULL is fine. */
void assay_console_close(struct assay_console *c);

/* The other end: asks a target that serves, prints what it did. Returns an exit code: 0, 2 for a target that does not do that, 3 where none listens. */
int assay_console_tell(const char *path, const char *const *words, size_t count);

#endif
