/* as_target_serve.c - the target's role behind TCP: one thread, poll, no blocking call but the wait itself. It moves bytes and closes sockets; what they mean is as_target.c's. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "replay/as_target.h"
#include "transport/stream.h"
#include "transport/tcp.h"

#define CONNECTIONS 64 /* at a time: as many as the rules follow */
#define READ        65536 /* bytes at a time */
#define LINGER      (2 * ASSAY_SECOND) /* for the initiator to close too */

struct served {
	int fd;
	struct assay_replay_target_link *link;
	bool finished; /* we have half-closed */
	uint64_t until; /* once it is to end: the end of the patience with it; else 0 */
};

struct serving {
	struct assay_replay_target *t;
	struct served served[CONNECTIONS];
	struct pollfd fds[CONNECTIONS + 2];
	size_t count;
};

static void end(struct served *c, enum assay_role by, bool reset)
{
	const struct linger now = { .l_onoff = 1 };

	if (reset && by == ASSAY_TARGET)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->fd);
	c->fd = -1;
	assay_replay_target_closed(c->link, by, reset, assay_tcp_clock());
}

static void forget_ended(struct serving *s)
{
	size_t kept = 0;

	for (size_t n = 0; n < s->count; n++)
		if (s->served[n].fd >= 0)
			s->served[kept++] = s->served[n];
	s->count = kept;
}

/* The oldest one that has not begun to play; NULL: all do. */
static struct served *idle(struct serving *s)
{
	for (size_t n = 0; n < s->count; n++)
		if (s->served[n].fd >= 0 && !assay_replay_target_plays(s->served[n].link))
			return &s->served[n];
	return NULL;
}

/* Where all places are taken, one that says nothing gives way. */
static bool make_room(struct serving *s)
{
	struct served *silent = s->count < CONNECTIONS ? NULL : idle(s);

	if (silent) {
		end(silent, ASSAY_TARGET, true);
		forget_ended(s);
	}
	return s->count < CONNECTIONS;
}

static void adopt(struct serving *s, int listener)
{
	int fd = make_room(s) ? accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1, on = 1;
	struct served *c = &s->served[s->count];

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*c = (struct served){ .fd = fd };
	c->link = assay_replay_target_accept(s->t, "target", "initiator", assay_tcp_clock());
	if (c->link)
		s->count++;
	else
		close(fd);
}

static void receive(struct served *c)
{
	static char bytes[READ];
	ssize_t got = recv(c->fd, bytes, sizeof(bytes), 0);

	if (got > 0)
		assay_replay_target_input(c->link, bytes, (size_t)got, assay_tcp_clock());
	else if (got == 0)
		end(c, c->finished ? ASSAY_TARGET : ASSAY_INITIATOR, false);
	else if (errno != EAGAIN && errno != EINTR)
		end(c, ASSAY_INITIATOR, true);
}

/* All that can be sent now; then the end, if there is to be one: also for one that takes nothing any more. */
static void flush(struct served *c)
{
	const uint8_t *out;
	size_t length;
	ssize_t sent = 1;

	if (!c->until && assay_replay_target_ends(c->link) != ASSAY_REPLAY_STAYS)
		c->until = assay_tcp_clock() + LINGER;
	while (sent > 0 && (length = assay_replay_target_output(c->link, &out)) > 0) {
		sent = send(c->fd, out, length, MSG_NOSIGNAL);
		if (sent > 0)
			assay_replay_target_sent(c->link, (size_t)sent, assay_tcp_clock());
		else if (errno == EAGAIN || errno == EINTR)
			return;
		else
			end(c, ASSAY_INITIATOR, true);
	}
	if (c->fd < 0 || assay_replay_target_ends(c->link) == ASSAY_REPLAY_STAYS)
		return;
	if (assay_replay_target_ends(c->link) == ASSAY_REPLAY_RESETS) {
		end(c, ASSAY_TARGET, true);
	} else if (!c->finished) {
		c->finished = true;
		shutdown(c->fd, SHUT_WR);
	}
}

/* Milliseconds until something is due; -1: never. */
static int until_due(const struct serving *s)
{
	uint64_t now = assay_tcp_clock(), next = assay_replay_target_next(s->t);

	for (size_t n = 0; n < s->count; n++)
		if (s->served[n].until && s->served[n].until < next)
			next = s->served[n].until;
	if (next == UINT64_MAX)
		return -1;
	return next <= now ? 0 : next - now > 60 * ASSAY_SECOND ? 60000 : (int)((next - now) / 1000000 + 1);
}

static void watch(struct serving *s, int listener, int stop_fd)
{
	s->fds[CONNECTIONS] = (struct pollfd){ s->count < CONNECTIONS || idle(s) ? listener : -1, POLLIN, 0 };
	s->fds[CONNECTIONS + 1] = (struct pollfd){ stop_fd, POLLIN, 0 };
	for (size_t n = 0; n < CONNECTIONS; n++) {
		const uint8_t *out;

		s->fds[n] = (struct pollfd){ .fd = -1 };
		if (n >= s->count)
			continue;
		s->fds[n].fd = s->served[n].fd;
		s->fds[n].events = assay_replay_target_output(s->served[n].link, &out) ? POLLOUT : POLLIN;
	}
}

static void serve(struct serving *s)
{
	uint64_t now = assay_tcp_clock();

	for (size_t n = 0; n < s->count; n++) {
		struct served *c = &s->served[n];

		if (s->fds[n].revents & (POLLIN | POLLHUP | POLLERR))
			receive(c);
		if (c->fd >= 0)
			flush(c);
		if (c->fd >= 0 && c->until && c->until <= now)
			end(c, ASSAY_TARGET, false);
	}
	assay_replay_target_tick(s->t, now);
	for (size_t n = 0; n < s->count; n++)
		if (s->served[n].fd >= 0)
			flush(&s->served[n]);
	forget_ended(s);
}

int assay_replay_target_serve(struct assay_replay_target *t, int listener, int stop_fd)
{
	struct serving *s = calloc(1, sizeof(*s));
	int result = s ? 0 : ASSAY_E_NOMEM;

	if (!s)
		return result;
	s->t = t;
	while (!result && !assay_replay_target_done(t)) {
		watch(s, listener, stop_fd);
		if (poll(s->fds, CONNECTIONS + 2, until_due(s)) < 0) {
			result = errno == EINTR ? 0 : ASSAY_E_IO;
			continue;
		}
		serve(s);
		if (s->fds[CONNECTIONS].revents)
			adopt(s, listener);
		if (s->fds[CONNECTIONS + 1].revents)
			result = 1;
	}
	for (size_t n = 0; n < s->count; n++)
		end(&s->served[n], ASSAY_TARGET, false);
	free(s);
	return result;
}
