/* server_private.h - what the files of the server share. Not for others. */
#ifndef ASSAY_TARGET_SERVER_PRIVATE_H
#define ASSAY_TARGET_SERVER_PRIVATE_H

#include "target/machine.h"
#include "target/server.h"

enum kind { STOP, LISTENER, LINK, GUEST };

struct listener {
	enum kind kind;
	int fd;
	unsigned portal;
	uint16_t port;
};

/* A connection's socket. */
struct link {
	enum kind kind;
	int fd;
	uint32_t events; /* that epoll was told */
	bool eof; /* the peer has closed */
	enum assay_role ended_by; /* who closed first; 0: nobody yet */
	void *observed; /* the observer's own; NULL: it is not told */
	bool half_closed;
	bool dead;
	uint64_t linger_until;
	struct assay_target_conn *conn;
	struct link *next;
};

/* A descriptor that somebody else wants to be told of. fd -1: taken back, and freed when nothing can be said of it any more. */
struct guest {
	enum kind kind;
	int fd;
	void (*ready)(void *payload, int fd);
	void *payload;
	struct guest *next;
};

struct assay_server {
	struct assay_target *target;
	int epoll;
	int spare; /* a descriptor to give up when there are no more, so that a connection can be refused */
	struct listener *listeners;
	unsigned listener_count;
	struct link *links;
	struct assay_server_observer observer;
	bool dead_links; /* and guests */
	struct guest *guests;
	enum kind stop; /* STOP: what epoll says when stop_fd is readable */
};

/* Has epoll say `what` (whose first member is its kind) when there is something. 0 or -1. */
int assay_server_listen_to(struct assay_server *s, int fd, void *what, uint32_t events);

/* --- server_guest.c --- */
void assay_server_tell_guest(const struct guest *g);
/* Frees those that were taken back; takes all back. */
void assay_server_bury_guests(struct assay_server *s);
void assay_server_forget_guests(struct assay_server *s);

#endif
