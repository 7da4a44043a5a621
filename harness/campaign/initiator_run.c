/*
 * initiator_run.c - starts an initiator's command, serves it on loopback, waits for its end: one poll loop with the process, its output and its connections. An initiator that
 * falls silent after an answer was changed is not held for hung because it was: its connections are reset and new ones served as they should be, and only
 * one that does not end then either is. What it says is not judged here.
 */
#include "campaign/initiator_run.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/command.h"

#define SILENCE    20 /* one part in so many of the deadline without a byte either way: it is helped then */
#define KILL_TIME  UINT64_C(1000000000) /* nanoseconds for what was killed to go */
#define KILL_PAUSE 100000L /* nanoseconds between looks whether it has */
#define SEGMENT    2 /* milliseconds between two parts of a PDU that was split */
#define FNV        UINT64_C(0xcbf29ce484222325)
#define FNV_STEP   UINT64_C(0x100000001b3)

enum { LISTENER, OUTPUT, PROCESS, FIRST_LINK, POLLED = FIRST_LINK + INITIATOR_LINKS };

struct process {
	pid_t pid;
	int output,
		handle; /* descriptors: its end of the pipe; -1 when it was read to the end, or has ended */
};

/* ---- connections ---- */

static void accept_one(struct initiator_run *r)
{
	int on = 1, fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct initiator_link *k = r->links;

	while (k < r->links + INITIATOR_LINKS && k->fd >= 0)
		k++;
	if (fd < 0)
		return;
	if (k == r->links + INITIATOR_LINKS || !initiator_link_open(k, r)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	k->fd = fd;
	k->calm = r->calmed;
	k->machine = assay_target_accept(r->target, 0, "127.0.0.1", r->moved);
	if (k->machine)
		assay_target_conn_set_payload(k->machine, k);
}

/* reset: the peer sees a connection that was lost instead of one that was closed. */
static void close_link(struct initiator_run *r, struct initiator_link *k, enum assay_dir by, bool reset)
{
	const struct linger at_once = { .l_onoff = 1 };

	if (reset)
		setsockopt(k->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	assay_tap_close(r->tap, k->tapped, by, reset, r->moved - r->begun);
	close(k->fd);
	if (k->machine)
		assay_target_conn_close(k->machine, r->moved);
	initiator_link_free(k);
}

/* All was sent. */
static void drained(struct initiator_run *r, struct initiator_link *k)
{
	if (k->reset) {
		close_link(r, k, ASSAY_TO_INITIATOR, true);
	} else if (!k->half_closed && (k->half_close || !k->machine || assay_target_closing(k->machine))) {
		k->half_closed = true;
		shutdown(k->fd, SHUT_WR);
	}
}

static void send_pending(struct initiator_run *r, struct initiator_link *k)
{
	size_t part = k->cut && k->cut < k->length ? k->cut : k->length;
	ssize_t sent = part ? send(k->fd, k->pending, part, MSG_NOSIGNAL) : 0;

	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		close_link(r, k, ASSAY_TO_TARGET, true);
		return;
	}
	if (sent > 0) {
		memmove(k->pending, k->pending + sent, k->length - (size_t)sent);
		k->length -= (size_t)sent;
		k->cut = k->cut > (size_t)sent ? k->cut - (size_t)sent : 0;
		r->moved = assay_command_clock();
	}
	if (!k->length)
		drained(r, k);
}

static bool pull_all(struct initiator_run *r)
{
	struct assay_target_conn *c;

	while ((c = assay_target_take_dirty(r->target)))
		; /* each is looked at anyway */
	for (struct initiator_link *k = r->links; k < r->links + INITIATOR_LINKS; k++) {
		if (k->fd < 0)
			continue;
		if (!initiator_link_pull(k, r))
			return false;
		send_pending(r, k);
	}
	return true;
}

static void receive(struct initiator_run *r, struct initiator_link *k)
{
	uint8_t bytes[65536];
	ssize_t got = recv(k->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	r->moved = assay_command_clock();
	if (got <= 0)
		close_link(r, k, ASSAY_TO_TARGET, got < 0);
	else if (k->machine && !assay_target_closing(k->machine))
		initiator_link_take(k, r, bytes, (size_t)got, r->moved);
}

/* ---- the process ---- */

static int start(struct process *p, const struct initiator_run *r, struct assay_error *err)
{
	int fds[2], parent = getpid();

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || pipe2(fds, O_CLOEXEC))
		return assay_error_set(err, ASSAY_E_IO, "pipe: %s", strerror(errno));
	fflush(NULL);
	p->pid = fork();
	if (!p->pid)
		assay_command_exec(r->words, fds[1], parent);
	close(fds[1]);
	p->output = fds[0];
	if (p->pid > 0) {
		setpgid(p->pid, p->pid);
		p->handle = pidfd_open(p->pid, 0);
	}
	if (p->pid > 0 && p->handle >= 0)
		return 0;
	assay_error_set(err, ASSAY_E_IO, "a process for the command: %s", strerror(errno));
	if (p->pid > 0) {
		kill(-p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	close(p->output);
	return ASSAY_E_IO;
}

static void read_output(struct initiator_run *r, struct process *p)
{
	char bytes[4096];
	ssize_t got = read(p->output, bytes, sizeof(bytes));
	size_t have = strlen(r->output), drop;

	if (got <= 0) {
		close(p->output);
		p->output = -1;
		return;
	}
	r->moved = assay_command_clock();
	r->printed += (size_t)got;
	for (ssize_t i = 0; i < got; i++) {
		r->hash = (r->hash ^ (uint8_t)bytes[i]) * FNV_STEP;
		bytes[i] = bytes[i] ? bytes[i] : ' ';
	}
	drop = have + (size_t)got > INITIATOR_OUTPUT ? have + (size_t)got - INITIATOR_OUTPUT : 0;
	memmove(r->output, r->output + drop, have - drop);
	memcpy(r->output + have - drop, bytes, (size_t)got);
	r->output[have - drop + (size_t)got] = 0;
}

/* Waits for whoever has ended. Returns whether any child is left. */
static bool reap(struct initiator_run *r, const struct process *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == p->pid)
			r->status = status;
	return !pid;
}

/* It, and all that it started, which comes to us as the reaper: what has left its group is found by descent. */
static void kill_all(struct initiator_run *r, const struct process *p)
{
	const struct timespec pause = { 0, KILL_PAUSE };
	uint64_t until = assay_command_clock() + KILL_TIME;

	r->status = SIGKILL; /* until it is known */
	kill(-p->pid, SIGKILL);
	assay_command_kill_children();
	while (reap(r, p) && assay_command_clock() < until) {
		nanosleep(&pause, NULL);
		assay_command_kill_children();
	}
}

/* Nothing of a case may reach into the next one: no process, and no connection that waits to be accepted. */
static void end(struct initiator_run *r, struct process *p)
{
	struct pollfd more = { p->output, POLLIN, 0 };
	int late;

	kill_all(r, p);
	while ((late = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(late);
	close(p->handle);
	while (p->output >= 0 && poll(&more, 1, 0) == 1)
		read_output(r, p);
	if (p->output >= 0)
		close(p->output);
}

/* ---- the loop ---- */

static void calm(struct initiator_run *r)
{
	r->calmed = true;
	for (struct initiator_link *k = r->links; k < r->links + INITIATOR_LINKS; k++)
		if (k->fd >= 0)
			close_link(r, k, ASSAY_TO_INITIATOR, true);
}

/* Returns on how many connections something waits to be sent: that is tried again soon. */
static unsigned set_polled(struct pollfd *fds, const struct initiator_run *r, const struct process *p)
{
	unsigned waiting = 0;

	fds[LISTENER] = (struct pollfd){ r->listener, POLLIN, 0 };
	fds[OUTPUT] = (struct pollfd){ p->output, POLLIN, 0 };
	fds[PROCESS] = (struct pollfd){ p->handle, POLLIN, 0 };
	for (unsigned n = 0; n < INITIATOR_LINKS; n++) {
		const struct initiator_link *k = &r->links[n];

		fds[FIRST_LINK + n] = (struct pollfd){ k->fd, POLLIN, 0 };
		waiting += k->fd >= 0 && k->length > 0;
	}
	return waiting;
}

/* One turn. Returns whether the command goes on. */
static bool turn(struct initiator_run *r, struct process *p)
{
	struct pollfd fds[POLLED];
	unsigned waiting = set_polled(fds, r, p);
	uint64_t now;

	poll(fds, POLLED, waiting ? SEGMENT : 50);
	now = assay_command_clock();
	if (fds[OUTPUT].revents)
		read_output(r, p);
	if (fds[LISTENER].revents)
		accept_one(r);
	for (unsigned n = 0; n < INITIATOR_LINKS; n++)
		if (fds[FIRST_LINK + n].revents & (POLLIN | POLLHUP | POLLERR))
			receive(r, &r->links[n]);
	assay_target_tick(r->target, now);
	if (!r->calmed && r->changed && now > r->moved + r->deadline / SILENCE)
		calm(r);
	r->timed_out = now > r->begun + r->deadline;
	return !fds[PROCESS].revents && !r->timed_out && !(r->stop && *r->stop);
}

static int make_target(struct initiator_run *r, struct assay_error *err)
{
	const struct assay_target_portal portal = { .host = "127.0.0.1", .port = r->port, .tpgt = 1 };
	int result;

	r->target = assay_target_new();
	if (!r->target)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	assay_target_set_seed(r->target, 1);
	result = assay_target_add_portal(r->target, &portal, err);
	return result < 0 ? result : assay_target_add_defaults(r->target, err);
}

int initiator_run(struct initiator_run *r, struct assay_error *err)
{
	struct process p = { .output = -1, .handle = -1 };
	int result;

	r->answers = r->changed = r->new_edges = 0;
	r->calmed = r->timed_out = false;
	r->printed = 0;
	r->hash = FNV;
	r->output[0] = 0;
	r->state = (struct assay_state){ .request = ASSAY_STATE_NOTHING, .answer = ASSAY_STATE_NOTHING };
	r->begun = r->moved = assay_command_clock();
	assay_tap_clear(r->tap);
	for (unsigned n = 0; n < INITIATOR_LINKS; n++)
		r->links[n] = (struct initiator_link){ .fd = -1 };
	result = make_target(r, err);
	if (result >= 0)
		result = start(&p, r, err);
	if (result >= 0) {
		bool good = true;

		while (good && turn(r, &p))
			good = pull_all(r);
		end(r, &p);
		for (struct initiator_link *k = r->links; k < r->links + INITIATOR_LINKS; k++)
			if (k->fd >= 0)
				close_link(r, k, ASSAY_TO_TARGET, false);
		result = good ? 0 : assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	}
	assay_target_free(r->target);
	return result < 0 ? result : 0;
}
