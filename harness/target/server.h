/* server.h - the built-in target behind epoll and TCP. One thread. */
#ifndef ASSAY_TARGET_SERVER_H
#define ASSAY_TARGET_SERVER_H

#include "proto/role.h"
#include "target/target.h"

struct assay_server;

/* Listens on every portal of the target (port 0: the system chooses, and the target announces it). The target stays the caller's. 0 or a negative error. */
int assay_server_open(struct assay_server **out, struct assay_target *t, struct assay_error *err);
/* Serves until stop_fd (a descriptor, -1 for none) becomes readable. 0 or a negative error. */
int assay_server_run(struct assay_server *s, int stop_fd);
void assay_server_close(struct assay_server *s);

/*
 * Who is told of every connection and of every byte of it: before the machine sees what came, after the system has taken what was sent; so what
 * rests on a request is told after that request. What still comes on a connection that is over is told too.
 */
struct assay_server_observer {
	void *payload;
	/* A connection from peer (its address in words) came. What it returns is given to the others; NULL: they are not called for it. */
	void *(*opened)(void *payload, const char *peer);
	void (*bytes)(
		void *payload, void *connection, enum assay_dir dir, const struct iovec *iov, size_t length);
	/* by: who ended it first. */
	void (*closed)(void *payload, void *connection, enum assay_role by);
};
/* Before run; what observer points to is copied. */
void assay_server_observe(struct assay_server *s, const struct assay_server_observer *observer);

/*
 * Another descriptor that the server waits for: ready is called each time that it is readable, until it is taken back. What ready does to the target goes out at
 * once. 0, ASSAY_E_IO or ASSAY_E_NOMEM.
 */
int assay_server_watch(struct assay_server *s, int fd, void (*ready)(void *payload, int fd), void *payload);
void assay_server_unwatch(struct assay_server *s, int fd);

/* assay_target_announce, now. */
int assay_server_announce(struct assay_server *s, uint8_t event, unsigned argument);
/* Closes every connection in the middle of whatever it does, without a word, as a path that fails. Returns how many. */
unsigned assay_server_drop(struct assay_server *s);

/* The port of a portal after open. */
uint16_t assay_server_port(const struct assay_server *s, unsigned portal);

#endif
