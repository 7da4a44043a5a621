/* server_guest.c - descriptors of others that the server waits for beside its own: what they say is not its business. */
#include <stdlib.h>
#include <sys/epoll.h>

#include "target/server_private.h"

int assay_server_listen_to(struct assay_server *s, int fd, void *what, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = what };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev);
}

int assay_server_watch(struct assay_server *s, int fd, void (*ready)(void *payload, int fd), void *payload)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g)
		return ASSAY_E_NOMEM;
	*g = (struct guest){ .kind = GUEST, .fd = fd, .ready = ready, .payload = payload, .next = s->guests };
	if (assay_server_listen_to(s, fd, g, EPOLLIN) < 0) {
		free(g);
		return ASSAY_E_IO;
	}
	s->guests = g;
	return 0;
}

void assay_server_unwatch(struct assay_server *s, int fd)
{
	for (struct guest *g = s->guests; g; g = g->next)
		if (g->fd == fd) {
			epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
			g->fd = -1;
			s->dead_links = true;
		}
}

void assay_server_tell_guest(const struct guest *g)
{
	if (g->fd >= 0)
		g->ready(g->payload, g->fd);
}

void assay_server_bury_guests(struct assay_server *s)
{
	for (struct guest **at = &s->guests; *at;) {
		struct guest *g = *at;

		if (g->fd < 0) {
			*at = g->next;
			free(g);
		} else {
			at = &g->next;
		}
	}
}

void assay_server_forget_guests(struct assay_server *s)
{
	for (struct guest *g = s->guests; g; g = g->next)
		g->fd = -1;
}
