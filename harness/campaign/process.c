/* process.c - see process.h. Memory is the resident set of every process below the guard, read from /proc. */
#include "campaign/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/sanity.h"

#define PAUSE        2000000L /* nanoseconds between looks */
#define END_WAIT     (ASSAY_SECOND / 2)
#define REPORT_WAIT  (10 * ASSAY_SECOND)
#define RESTART_COST (ASSAY_SECOND / 5) /* one start: five a second */
#define CREDIT_MOST  (2 * ASSAY_SECOND) /* ten at once */
#define TRIES        3
#define ANSWER_WAIT  (10 * ASSAY_SECOND)
#define LOOKS        16 /* times that the processes found are used */
#define RESTS        5 /* so many looks at rest in a row, and nothing more is to come */
#define ALL_PIDS     4096

static bool stopped(const struct assay_process *p)
{
	return p->stop && *p->stop;
}

static void nap(uint64_t nanoseconds)
{
	const struct timespec pause = { (time_t)(nanoseconds / ASSAY_SECOND),
		(long)(nanoseconds % ASSAY_SECOND) };

	nanosleep(&pause, NULL);
}

static void note_start(struct assay_process *p)
{
	p->starts++;
	p->pid_count = 0;
	p->started = assay_command_clock();
}

/* What AddressSanitizer holds back of freed memory, up to 256 MiB when it is not told, is no growth of the target's: it is told less, unless the user told it something. */
static void tell_sanitizer(void)
{
	setenv("ASAN_OPTIONS", "quarantine_size_mb=16:thread_local_quarantine_size_kb=64", 0);
}

int assay_process_start(struct assay_process *p, struct assay_profile *profile, const volatile int *stop,
	struct assay_error *err)
{
	int r;

	*p = (struct assay_process){ .stop = stop, .credit = CREDIT_MOST };
	tell_sanitizer();
	r = assay_keeper_start(&p->keeper, profile, stop, err);
	if (!r)
		note_start(p);
	return r;
}

void assay_process_stop(struct assay_process *p)
{
	assay_keeper_stop(&p->keeper);
}

void assay_process_begin(struct assay_process *p)
{
	p->mark = assay_keeper_mark(&p->keeper);
}

/* ---- its processes ---- */

struct relation {
	int pid, parent;
};

static int parent_of(int pid)
{
	char path[64], text[512];
	const char *at;
	FILE *file;
	int parent = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	/* the name may have anything in it, but for the last parenthesis */
	if (fgets(text, sizeof(text), file) && (at = strrchr(text, ')')) &&
		sscanf(at + 1, " %*c %d", &parent) != 1)
		parent = -1;
	fclose(file);
	return parent;
}

static unsigned all_processes(struct relation *out)
{
	DIR *dir = opendir("/proc");
	unsigned count = 0;

	if (!dir)
		return 0;
	for (const struct dirent *e; count < ALL_PIDS && (e = readdir(dir)) != NULL;) {
		int pid = atoi(e->d_name);

		if (pid > 0)
			out[count++] = (struct relation){ pid, parent_of(pid) };
	}
	closedir(dir);
	return count;
}

static bool among(const int *pids, unsigned count, int pid)
{
	for (unsigned i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Whoever descends from the guard. */
static void find_processes(struct assay_process *p)
{
	static struct relation all[ALL_PIDS];
	int guard = assay_supervise_guard(p->keeper.supervised);
	unsigned count = all_processes(all), before;

	p->pid_count = p->looks = 0;
	do {
		before = p->pid_count;
		for (unsigned i = 0; i < count && p->pid_count < ASSAY_PROCESS_PIDS; i++)
			if (!among(p->pids, p->pid_count, all[i].pid) &&
				(all[i].parent == guard || among(p->pids, p->pid_count, all[i].parent)))
				p->pids[p->pid_count++] = all[i].pid;
	} while (p->pid_count != before);
}

/* The same; what was found a moment ago does. */
static void look_up(struct assay_process *p)
{
	if (!p->pid_count || p->looks++ >= LOOKS)
		find_processes(p);
}

/* It waits for bytes or a timer. Not: it runs, writes its core, is being ended. */
static bool task_sleeps(int pid, const char *task)
{
	char path[80], line[128];
	bool sleeps = false, dumps = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", pid, task);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		sleeps = sleeps || !strncmp(line, "State:\tS", 8);
		dumps = dumps || !strncmp(line, "CoreDumping:\t1", 14);
	}
	fclose(file);
	return sleeps && !dumps;
}

static bool process_sleeps(int pid)
{
	char path[64];
	bool sleeps = true;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	for (const struct dirent *e; sleeps && (e = readdir(dir)) != NULL;)
		sleeps = e->d_name[0] == '.' || task_sleeps(pid, e->d_name);
	closedir(dir);
	return sleeps;
}

/* Every task of every process that was found sleeps: none of them is about to end. */
static bool at_rest(const struct assay_process *p)
{
	for (unsigned i = 0; i < p->pid_count; i++)
		if (!process_sleeps(p->pids[i]))
			return false;
	return p->pid_count > 0 && p->pid_count < ASSAY_PROCESS_PIDS;
}

/* ---- its end ---- */

static void read_log(struct assay_process *p)
{
	const char *log = assay_keeper_log(&p->keeper, p->mark);

	snprintf(p->log, sizeof(p->log), "%s", log ? log : "");
}

static bool has_ended(struct assay_process *p, struct assay_process_end *out)
{
	out->ended = p->keeper.supervised && !assay_supervise_alive(p->keeper.supervised, &out->status);
	return out->ended;
}

void assay_process_look(struct assay_process *p, struct assay_process_end *out, enum assay_outcome outcome)
{
	bool well = outcome == ASSAY_OUTCOME_OK || outcome == ASSAY_OUTCOME_RULE;
	uint64_t begin = assay_command_clock(), wait = well ? 0 : END_WAIT;
	unsigned rests = 0;

	*out = (struct assay_process_end){ 0 };
	p->log[0] = 0;
	if (!p->keeper.supervised && well)
		return;
	if (well && !has_ended(p, out) && assay_keeper_mark(&p->keeper) == p->mark)
		return;
	for (;;) {
		read_log(p);
		if (assay_sanitizer_unfinished(p->log))
			wait = REPORT_WAIT;
		if (has_ended(p, out) || assay_command_clock() - begin >= wait || stopped(p) ||
			!p->keeper.supervised)
			break;
		find_processes(p);
		rests = outcome == ASSAY_OUTCOME_WEDGED && wait == END_WAIT && at_rest(p) ? rests + 1 : 0;
		if (rests == RESTS)
			break;
		nap(PAUSE);
	}
	if (out->ended)
		read_log(p); /* its last words */
	assay_sanitizer_find(&out->report, p->log);
}

bool assay_process_busy(struct assay_process *p)
{
	int status;

	if (!p->keeper.supervised || !assay_supervise_alive(p->keeper.supervised, &status))
		return false;
	look_up(p);
	return !at_rest(p);
}

/* ---- again ---- */

/* A flood of crashes is no reason to do nothing but start processes. */
static void hold_back(struct assay_process *p)
{
	uint64_t since = assay_command_clock() - p->started;

	p->credit = p->credit + since < CREDIT_MOST ? p->credit + since : CREDIT_MOST;
	if (p->credit < RESTART_COST && !stopped(p)) {
		nap(RESTART_COST - p->credit);
		p->credit = RESTART_COST;
	}
	p->credit -= RESTART_COST;
}

static int wait_for_answer(struct assay_process *p, struct assay_error *err)
{
	uint64_t end = assay_command_clock() + ANSWER_WAIT;
	int r;

	do {
		r = assay_sanity_answers(p->keeper.profile, true, ASSAY_SECOND, (uint64_t)getpid(), err);
		if (r >= 0)
			return 0;
		nap(10 * (uint64_t)PAUSE);
	} while (assay_command_clock() < end && !stopped(p));
	return r;
}

int assay_process_restore(struct assay_process *p, struct assay_error *err)
{
	int r = ASSAY_E_CONNECT;

	if (!assay_keeper_can_restart(&p->keeper))
		return wait_for_answer(p, err);
	for (int tries = 0; tries < TRIES && r < 0 && !stopped(p); tries++) {
		hold_back(p);
		r = assay_keeper_restart(&p->keeper, false, p->stop, err);
		note_start(p);
	}
	return r;
}

/* ---- memory ---- */

static uint64_t memory_of(int pid)
{
	char path[64];
	unsigned long pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t assay_process_memory(struct assay_process *p)
{
	uint64_t bytes = 0;

	if (!p->keeper.supervised)
		return 0;
	look_up(p);
	for (unsigned i = 0; i < p->pid_count; i++)
		bytes += memory_of(p->pids[i]);
	return bytes;
}
