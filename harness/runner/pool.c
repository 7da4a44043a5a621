/* pool.c - a slot a worker, one poll for all of them; see pool.h. */
#include "runner/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/sanity.h"

#define GRACE UINT64_C(500000000) /* nanoseconds from the request to end to the kill */

enum stage {
	FREE,
	RUNNING,
	ENDING,
	ASKING
}; /* ENDING: its time is over; ASKING: a sanity login follows it */

struct slot {
	enum stage stage;
	struct assay_worker_spec spec;
	struct assay_reply reply;
	pid_t pid;
	int fd;
	uint64_t started, deadline; /* monotonic */
	bool timed_out;
	int broken; /* what was wrong with the reply, or 0 */
};

struct assay_pool {
	struct assay_arena *arena;
	assay_pool_done_fn *done;
	assay_pool_asked_fn *asked;
	void *payload;
	unsigned count;
	size_t running;
	struct pollfd *fds;
	struct slot slots[];
};

struct assay_pool *assay_pool_new(unsigned slots, struct assay_arena *arena, assay_pool_done_fn *done,
	assay_pool_asked_fn *asked, void *payload)
{
	struct assay_pool *p = calloc(1, sizeof(*p) + slots * sizeof(p->slots[0]));

	if (!p)
		return NULL;
	p->fds = calloc(slots, sizeof(*p->fds));
	p->arena = arena;
	p->done = done;
	p->asked = asked;
	p->payload = payload;
	p->count = slots;
	if (!p->fds) {
		free(p);
		return NULL;
	}
	return p;
}

static int reap(struct slot *s)
{
	int status = 0;

	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(s->fd);
	return status;
}

void assay_pool_free(struct assay_pool *p)
{
	if (!p)
		return;
	for (unsigned n = 0; n < p->count; n++) {
		if (p->slots[n].stage == FREE)
			continue;
		kill(p->slots[n].pid, SIGKILL);
		reap(&p->slots[n]);
		assay_reply_release(&p->slots[n].reply);
	}
	free(p->fds);
	free(p);
}

size_t assay_pool_running(const struct assay_pool *p)
{
	return p->running;
}

int assay_pool_slot(const struct assay_pool *p)
{
	for (unsigned n = 0; n < p->count; n++)
		if (p->slots[n].stage == FREE)
			return (int)n;
	return -1;
}

int assay_pool_start(struct assay_pool *p, const struct assay_worker_spec *spec, struct assay_error *err)
{
	int n = assay_pool_slot(p), fd;
	pid_t pid = n < 0 ? assay_error_set(err, ASSAY_E_LIMIT, "no worker is free")
			  : assay_worker_start(&fd, spec, err);
	struct slot *s;

	if (pid < 0)
		return (int)pid;
	s = &p->slots[n];
	*s = (struct slot){
		.stage = RUNNING, .spec = *spec, .pid = pid, .fd = fd, .started = assay_command_clock()
	};
	s->deadline = s->started + spec->deadline;
	assay_reply_init(&s->reply, p->arena);
	p->running++;
	return 0;
}

/* The slot's test has come to its end, with all that is to be known about it. */
static void finish(struct assay_pool *p, struct slot *s)
{
	struct assay_worker_spec spec = s->spec;
	struct assay_outcome outcome = s->reply.outcome;

	assay_reply_release(&s->reply);
	s->stage = FREE;
	p->running--;
	p->done(p->payload, &spec, &outcome);
}

/* After a worker ended: its verdict, whatever way it went. */
static void judge(struct assay_pool *p, struct slot *s, int status)
{
	struct assay_outcome *o = &s->reply.outcome;
	char how[64];

	if (s->timed_out) {
		o->verdict = ASSAY_TIMEOUT;
		o->reason = assay_arena_printf(
			p->arena, "no end within %.1f s", (double)s->spec.deadline / 1e9);
	} else if (s->broken) {
		o->verdict = ASSAY_ERROR;
		o->reason = assay_arena_printf(
			p->arena, "the worker's reply makes no sense: %s", assay_err_name(s->broken));
	} else if (status || !o->ended) {
		assay_command_how(how, sizeof(how), status);
		o->verdict = ASSAY_ERROR;
		o->reason = assay_arena_printf(p->arena, "the test's process ended with %s", how);
	}
	if (!o->duration || s->timed_out)
		o->duration = assay_command_clock() - s->started;
}

static void end_of_worker(struct assay_pool *p, struct slot *s)
{
	struct assay_error err;
	bool ask;

	judge(p, s, reap(s));
	ask = s->spec.check_alive && s->reply.outcome.verdict != ASSAY_PASS &&
	      s->reply.outcome.verdict != ASSAY_SKIP;
	if (ask) {
		s->pid = assay_sanity_start(&s->fd, &s->deadline, s->spec.profile, s->spec.seed, &err);
		if (s->pid > 0) {
			s->stage = ASKING;
			return;
		}
	}
	finish(p, s);
}

static void end_of_question(struct assay_pool *p, struct slot *s)
{
	s->reply.outcome.dead = assay_sanity_trouble(reap(s));
	finish(p, s);
}

/* A worker waits for a verb: the time that this takes is not its own. */
static void answer(struct assay_pool *p, struct slot *s)
{
	uint64_t start = assay_command_clock();
	struct assay_error err = { 0 };
	int r = p->asked ? p->asked(p->payload, &s->spec, (enum assay_verb)s->reply.asked, &err)
			 : assay_error_set(&err, ASSAY_E_INVAL, "nothing can be asked for here");

	assay_reply_answer(&s->reply, s->fd, r, &err);
	for (unsigned n = 0; n < p->count; n++)
		if (p->slots[n].stage == RUNNING)
			p->slots[n].deadline += assay_command_clock() - start;
}

/* Reads what is there; at the end of the pipe the process is over. */
static void take(struct assay_pool *p, struct slot *s)
{
	unsigned char bytes[16384];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0 && s->stage != ASKING && !s->broken) {
		s->broken = assay_reply_feed(&s->reply, bytes, (size_t)n);
		if (s->broken)
			kill(s->pid, SIGKILL);
		else if (s->reply.asks)
			answer(p, s);
	}
	if (n > 0)
		return;
	if (s->stage == ASKING)
		end_of_question(p, s);
	else
		end_of_worker(p, s);
}

static void time_is_over(struct slot *s, uint64_t now)
{
	if (s->stage == RUNNING) {
		s->timed_out = true;
		s->stage = ENDING;
		s->deadline = now + GRACE;
		kill(s->pid, SIGTERM);
	} else {
		s->deadline = UINT64_MAX;
		kill(s->pid, SIGKILL);
	}
}

void assay_pool_wait(struct assay_pool *p, uint64_t until, const sigset_t *mask)
{
	uint64_t now = assay_command_clock();
	struct timespec wait;
	unsigned n;

	for (n = 0; n < p->count; n++) {
		p->fds[n] = (struct pollfd){ p->slots[n].stage == FREE ? -1 : p->slots[n].fd, POLLIN, 0 };
		if (p->slots[n].stage != FREE && p->slots[n].deadline < until)
			until = p->slots[n].deadline;
	}
	wait.tv_sec = until > now ? (time_t)((until - now) / 1000000000 < 3600 ? (until - now) / 1000000000
									       : 3600)
				  : 0;
	wait.tv_nsec = until > now ? (long)((until - now) % 1000000000) : 0;
	if (ppoll(p->fds, p->count, &wait, mask) < 0)
		return;
	now = assay_command_clock();
	for (n = 0; n < p->count; n++) {
		struct slot *s = &p->slots[n];

		if (s->stage != FREE && p->fds[n].revents)
			take(p, s);
		else if (s->stage != FREE && s->deadline <= now)
			time_is_over(s, now);
	}
}
