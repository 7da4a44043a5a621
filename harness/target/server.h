/* server.h - the built-in target behind epoll and TCP. One thread. */
#ifndef ASSAY_TARGET_SERVER_H
#define ASSAY_TARGET_SERVER_H

#include "target/target.h"

struct assay_server;

/* Listens on every portal of the target (port 0: the system chooses, and the target announces it). The target stays the caller's. 0 or a negative error. */
int assay_server_open(struct assay_server **out, struct assay_target *t, struct assay_error *err);
/* Serves until stop_fd (a descriptor, -1 for none) becomes readable. 0 or a negative error. */
int assay_server_run(struct assay_server *s, int stop_fd);
void assay_server_close(struct assay_server *s);
/* The port of a portal after open. */
uint16_t assay_server_port(const struct assay_server *s, unsigned portal);

#endif
