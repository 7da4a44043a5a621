/* supervise.c - the harness's side of a supervised target: places, guard, setup, readiness; see supervise.h. */
#include "runner/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/guard.h"
#include "runner/ports.h"
#include "runner/profile_internal.h"
#include "runner/sanity.h"
#include "runner/words.h"

#define PAUSE      50000000L /* nanoseconds between tries */
#define SETUP_TIME UINT64_C(5000000000) /* for one setup line */
#define READY_PATIENCE                                                                                       \
	UINT64_C(1000000000) /* nanoseconds, at least, for one answer of a target that comes up */
#define LOG_IN_MESSAGE 120
#define READ_UP_PAUSE  1000000L /* nanoseconds between looks whether the log was read */
#define READ_UP_TRIES  500

struct assay_supervised {
	struct assay_profile *profile;
	struct assay_arena arena;
	struct assay_guard_shared *shared;
	struct assay_guard_spec spec;
	struct assay_places places;
	int reserved[ASSAY_PORTS_MAX]; /* what keeps its ports for it; negative: none */
	char **command, ***setup, ***stop; /* words */
	pid_t guard;
	int life; /* our end of the pipe */
	char log[ASSAY_GUARD_LOG + 1];
};

static int find_places(struct assay_supervised *s, struct assay_error *err)
{
	struct assay_places *out = &s->places;
	const char *tmp = getenv("TMPDIR");
	unsigned used = assay_profile_ports(s->profile);

	if (assay_places_begin(out, s->profile, err) < 0)
		return err ? err->code : ASSAY_E_IO;
	for (unsigned n = 0; n < ASSAY_PORTS_MAX; n++) {
		if (!(used & 1u << n))
			continue;
		s->reserved[n] = assay_port_reserve(&out->port[n], err);
		if (s->reserved[n] < 0)
			return s->reserved[n];
	}
	if (snprintf(out->dir, sizeof(out->dir), "%s/assay-XXXXXX", tmp && tmp[0] ? tmp : "/tmp") >=
			(int)sizeof(out->dir) ||
		!mkdtemp(out->dir))
		return assay_error_set(err, ASSAY_E_IO, "a temporary folder in %.100s: %s",
			tmp ? tmp : "/tmp", strerror(errno));
	return 0;
}

static int split_lines(
	char ****out, struct assay_supervised *s, char *const *lines, size_t count, struct assay_error *err)
{
	int r = 0;

	*out = assay_arena_alloc(&s->arena, (count + 1) * sizeof(**out));
	if (!*out)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	for (size_t i = 0; i < count && r >= 0; i++)
		r = assay_words_split(&(*out)[i], &s->arena, lines[i], err);
	return r < 0 ? r : 0;
}

static int start_guard(struct assay_supervised *s, struct assay_error *err)
{
	int fds[2];

	atomic_store(&s->shared->gone, 0);
	if (mkdir(s->places.dir, 0700) && errno != EEXIST)
		return assay_error_set(err, ASSAY_E_IO, "%.150s: %s", s->places.dir, strerror(errno));
	if (pipe2(fds, O_CLOEXEC))
		return assay_error_set(err, ASSAY_E_IO, "pipe: %s", strerror(errno));
	s->spec = (struct assay_guard_spec){ s->shared, s->command, (char *const *const *)s->stop,
		s->profile->exec.stop_count, s->places.dir, fds[0] };
	fflush(NULL);
	s->guard = fork();
	if (s->guard == 0) {
		assay_guard_run(&s->spec);
	}
	close(fds[0]);
	s->life = fds[1];
	if (s->guard < 0) {
		close(fds[1]);
		s->life = -1;
		return assay_error_set(err, ASSAY_E_IO, "fork: %s", strerror(errno));
	}
	return 0;
}

void assay_supervise_let_go(struct assay_supervised *s)
{
	const char end = ASSAY_GUARD_END;

	if (!s || s->life < 0)
		return;
	(void)!write(s->life, &end, 1); /* fails when it is gone already */
	close(s->life);
	s->life = -1;
}

static void end_guard(struct assay_supervised *s)
{
	if (s->guard <= 0)
		return;
	assay_supervise_let_go(s);
	while (waitpid(s->guard, NULL, 0) < 0 && errno == EINTR)
		;
	s->guard = 0;
}

/* May the wait go on? Words in err when not. */
static int still_coming(struct assay_supervised *s, uint64_t end, const volatile int *stop,
	const char *waited_for, struct assay_error *err)
{
	const struct timespec pause = { 0, PAUSE };
	char how[48];
	int status = 0;

	if (stop && *stop)
		return assay_error_set(err, ASSAY_E_CONNECT, "interrupted while the target came up");
	if (!assay_supervise_alive(s, &status)) {
		const char *log = assay_supervise_log(s);
		size_t length = strlen(log);

		assay_command_how(how, sizeof(how), status);
		return assay_error_set(err,
			WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ASSAY_E_SYNTAX : ASSAY_E_CONNECT,
			"the target's command ended with %s: %s", how,
			log + (length > LOG_IN_MESSAGE ? length - LOG_IN_MESSAGE : 0));
	}
	if (assay_command_clock() >= end) {
		const char *log = assay_supervise_log(s);
		size_t length = strlen(log);

		return assay_error_set(err, ASSAY_E_CONNECT,
			"the target did not come up within %.1f s: %.90s%s%s",
			s->profile->exec.ready_timeout_ms / 1000.0, waited_for,
			length ? "; it printed: " : "",
			log + (length > LOG_IN_MESSAGE ? length - LOG_IN_MESSAGE : 0));
	}
	nanosleep(&pause, NULL);
	return 0;
}

static int set_up(struct assay_supervised *s, uint64_t end, const volatile int *stop, struct assay_error *err)
{
	for (size_t i = 0; i < s->profile->exec.setup_count; i++) {
		struct assay_command_result result;
		char words[sizeof(result.tail) + 100];
		int r;

		for (;;) {
			r = assay_command_run(&result, s->setup[i], SETUP_TIME, err);
			if (r < 0)
				return r;
			if (!result.status)
				break;
			snprintf(words, sizeof(words), "setup line %zu ended with %s: %s", i + 1, result.how,
				result.tail);
			assay_profile_redact(s->profile, words);
			if (result.missing)
				return assay_error_set(err, ASSAY_E_SYNTAX, "%.250s", words);
			r = still_coming(s, end, stop, words, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* An answer to the login of a discovery, whatever it says; the last line of the setup may have been the one that made it possible. */
static int wait_ready(
	struct assay_supervised *s, uint64_t end, const volatile int *stop, struct assay_error *err)
{
	uint64_t patience = (uint64_t)s->profile->answer_timeout_ms * UINT64_C(1000000);
	struct assay_error why = { 0 };
	int r = 0;

	/* However fast its answers are to be once it is up: one that comes up may take its time, and the next question would take no less. */
	patience = patience < READY_PATIENCE ? READY_PATIENCE : patience;
	while (r >= 0) {
		uint64_t now = assay_command_clock(), left = now < end ? end - now : 1;

		if (assay_sanity_answers(s->profile, true, left < patience ? left : patience,
			    (uint64_t)getpid(), &why) >= 0)
			return 0;
		r = still_coming(s, end, stop, why.message, err);
	}
	return r;
}

static int bring_up(struct assay_supervised *s, const volatile int *stop, struct assay_error *err)
{
	uint64_t end = assay_command_clock() +
		       (uint64_t)s->profile->exec.ready_timeout_ms * UINT64_C(1000000);
	int r = start_guard(s, err);

	if (!r)
		r = set_up(s, end, stop, err);
	if (!r)
		r = wait_ready(s, end, stop, err);
	if (err)
		assay_profile_redact(s->profile, err->message);
	return r;
}

int assay_supervise_start(struct assay_supervised **out, struct assay_profile *profile,
	const volatile int *stop, struct assay_error *err)
{
	struct assay_supervised *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (!s)
		return assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	s->profile = profile;
	s->life = -1;
	for (unsigned n = 0; n < ASSAY_PORTS_MAX; n++)
		s->reserved[n] = -1;
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->shared == MAP_FAILED) {
		s->shared = NULL;
		r = assay_error_set(err, ASSAY_E_NOMEM, "out of memory");
	} else {
		r = find_places(s, err);
	}
	if (!r)
		r = assay_profile_expand(profile, &s->places, err);
	if (!r)
		r = assay_words_split(&s->command, &s->arena, profile->exec.command, err) < 0 ? ASSAY_E_SYNTAX
											      : 0;
	if (!r)
		r = split_lines(&s->setup, s, profile->exec.setup, profile->exec.setup_count, err);
	if (!r)
		r = split_lines(&s->stop, s, profile->exec.stop, profile->exec.stop_count, err);
	if (!r)
		r = bring_up(s, stop, err);
	if (r < 0) {
		assay_supervise_stop(s);
		return r;
	}
	*out = s;
	return 0;
}

int assay_supervise_restart(
	struct assay_supervised *s, bool keep, const volatile int *stop, struct assay_error *err)
{
	atomic_store(&s->shared->keep, keep);
	end_guard(s);
	atomic_store(&s->shared->keep, 0);
	return bring_up(s, stop, err);
}

bool assay_supervise_alive(struct assay_supervised *s, int *status)
{
	bool gone = atomic_load(&s->shared->gone);

	*status = gone ? atomic_load(&s->shared->status) : 0;
	return !gone;
}

int assay_supervise_guard(const struct assay_supervised *s)
{
	return (int)s->guard;
}

void assay_supervise_stop(struct assay_supervised *s)
{
	if (!s)
		return;
	end_guard(s);
	for (unsigned n = 0; n < ASSAY_PORTS_MAX; n++)
		if (s->reserved[n] >= 0)
			close(s->reserved[n]);
	if (s->places.dir[0])
		rmdir(s->places.dir); /* when no guard came so far */
	if (s->shared)
		munmap(s->shared, sizeof(*s->shared));
	assay_arena_free(&s->arena);
	free(s);
}

/* The last bytes, no more than so many; what keeps a line apart may stay. */
static void copy_log(struct assay_supervised *s, size_t written, size_t most, bool lines)
{
	size_t have = written < ASSAY_GUARD_LOG ? written : ASSAY_GUARD_LOG;

	have = have < most ? have : most;
	for (size_t i = 0; i < have; i++) {
		char c = s->shared->log[(written - have + i) % ASSAY_GUARD_LOG];

		s->log[i] = (unsigned char)c < ' ' && !(lines && (c == '\n' || c == '\t')) ? ' ' : c;
	}
	while (!lines && have && s->log[have - 1] == ' ')
		have--;
	s->log[have] = 0;
	assay_profile_redact(s->profile, s->log);
}

const char *assay_supervise_log(struct assay_supervised *s)
{
	copy_log(s, atomic_load(&s->shared->written), ASSAY_GUARD_LOG, false);
	return s->log;
}

size_t assay_supervise_log_mark(const struct assay_supervised *s)
{
	return atomic_load(&s->shared->written);
}

/* Asks the guard to read what the target has printed by now. One that is busy is not waited for: less of the log is no harm. */
static void read_up(struct assay_supervised *s)
{
	const struct timespec pause = { 0, READ_UP_PAUSE };
	const char ask = ASSAY_GUARD_READ_UP;
	size_t before = atomic_load(&s->shared->read_up);

	if (s->guard <= 0 || write(s->life, &ask, 1) != 1)
		return;
	for (int tries = 0; tries < READ_UP_TRIES && atomic_load(&s->shared->read_up) == before; tries++)
		nanosleep(&pause, NULL);
}

const char *assay_supervise_log_since(struct assay_supervised *s, size_t mark)
{
	size_t written;

	read_up(s);
	written = atomic_load(&s->shared->written);
	copy_log(s, written, written - mark, true);
	return s->log;
}
