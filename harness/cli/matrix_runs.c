/* matrix_runs.c - see matrix_runs.h. A run that is a process of its own ends its target with it, and what one target does to us is not done to the others. */
#include "cli/matrix_runs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: what the words `run --profile FILE -o DIR --quiet` do. */
static int run_profile(const struct assay_matrix_source *s, const struct assay_cli *cli)
{
	static struct assay_cli own;
	char profile[4096 + 16], seed[32], *words[8] = { (char *)"run", profile, (char *)"-o" };
	int count = 3, result;

	words[count++] = (char *)s->folder;
	words[count++] = (char *)"--quiet";
	snprintf(profile, sizeof(profile), "--profile=%s", s->word);
	snprintf(seed, sizeof(seed), "--seed=%llu", (unsigned long long)cli->seed);
	if (cli->seed_said)
		words[count++] = seed;
	result = assay_options_parse(&own, ASSAY_CMD_RUN, count, words);
	return result ? result : assay_cli_run(&own);
}

static int start(struct assay_matrix_source *s, const struct assay_cli *cli)
{
	pid_t parent = getpid();
	int result;

	s->said = tmpfile();
	if (!s->said)
		return -1;
	fflush(NULL);
	s->pid = fork();
	if (s->pid)
		return s->pid < 0 ? -1 : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (getppid() != parent || dup2(fileno(s->said), STDOUT_FILENO) < 0)
		_exit(ASSAY_EXIT_HARNESS);
	result = run_profile(s, cli);
	_exit(fflush(stdout) ? ASSAY_EXIT_HARNESS : result);
}

static void say(struct assay_matrix_source *s)
{
	char bytes[4096];
	size_t length;

	printf("== %s: exit %d\n", s->word, s->exit);
	rewind(s->said);
	while ((length = fread(bytes, 1, sizeof(bytes), s->said)) > 0)
		fwrite(bytes, 1, length, stdout);
	fflush(stdout);
	fclose(s->said);
	s->said = NULL;
}

/* When we are to stop, so are they; each of them knows what that means for its target. */
static void pass_on(const struct assay_matrix_source *sources, size_t count)
{
	for (size_t i = 0; assay_stop_signal && i < count; i++)
		if (sources[i].pid > 0)
			kill(sources[i].pid, assay_stop_signal == SIGINT ? SIGTERM : assay_stop_signal);
}

/* Waits until one has ended, and its results are written. */
static void wait_for_one(struct assay_matrix_source *sources, size_t count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
		pass_on(sources, count);
	for (size_t i = 0; i < count; i++) {
		struct assay_matrix_source *s = &sources[i];

		if (pid <= 0 || s->pid != pid)
			continue;
		s->pid = 0;
		s->exit = WIFEXITED(status) ? WEXITSTATUS(status) : ASSAY_EXIT_HARNESS;
		say(s);
	}
}

/* Are its results whole, so far as its target let it come? */
static bool usable(int code)
{
	return code == ASSAY_EXIT_OK || code == ASSAY_EXIT_FAIL || code == ASSAY_EXIT_CRASH ||
	       code == ASSAY_EXIT_MAX_TIME || code == ASSAY_EXIT_FINDINGS || code == ASSAY_EXIT_SKIPPED;
}

/* How much an exit code has to say, where several apply. */
static int weight(int code)
{
	static const int order[] = { ASSAY_EXIT_OK, ASSAY_EXIT_SKIPPED, ASSAY_EXIT_FINDINGS, ASSAY_EXIT_FAIL,
		ASSAY_EXIT_MAX_TIME, ASSAY_EXIT_CRASH };
	int at = 0;

	while (order[at] != code)
		at++;
	return at;
}

static int look_at(const struct assay_matrix_source *sources, size_t count, int *worst)
{
	*worst = ASSAY_EXIT_OK;
	if (assay_stop_signal) {
		assay_complain("interrupted: there is no matrix");
		return 128 + assay_stop_signal;
	}
	for (size_t i = 0; i < count; i++) {
		if (!sources[i].profile)
			continue;
		if (!usable(sources[i].exit)) {
			assay_complain("%s: the run ended with exit %d: there is no matrix without it",
				sources[i].word, sources[i].exit);
			return sources[i].exit;
		}
		if (weight(sources[i].exit) > weight(*worst))
			*worst = sources[i].exit;
	}
	return 0;
}

int assay_matrix_run_profiles(
	struct assay_matrix_source *sources, size_t count, const struct assay_cli *cli, int *worst)
{
	size_t running = 0, jobs = cli->jobs ? (size_t)cli->jobs : 1;
	int failed = 0;

	assay_signals_catch();
	for (size_t i = 0; i < count && !failed && !assay_stop_signal; i++) {
		if (!sources[i].profile)
			continue;
		for (; running >= jobs; running--)
			wait_for_one(sources, count);
		failed = start(&sources[i], cli);
		running += !failed;
	}
	if (failed)
		assay_complain("cannot start a run: %s", strerror(errno));
	for (; running; running--)
		wait_for_one(sources, count);
	return failed ? ASSAY_EXIT_HARNESS : look_at(sources, count, worst);
}
