/* unix_socket.h - a socket in the file system, for its user only. */
#ifndef ASSAY_CLI_UNIX_SOCKET_H
#define ASSAY_CLI_UNIX_SOCKET_H

#include "codec/error.h"

/* Listens at path, mode 0600. A socket that nobody listens at any more is replaced; anything else that is there is not. The descriptor, non-blocking, or a
 * negative error in words. */
int assay_unix_listen(const char *path, struct assay_error *err);
/* Connects to it. The descriptor or a negative error in words. */
int assay_unix_connect(const char *path, struct assay_error *err);

#endif
