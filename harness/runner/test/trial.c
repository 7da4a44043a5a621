/* trial.c - carries out whole runs; see trial.h. */
#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_suites.h"
#include "target/defect.h"
#include "test.h"

#define BASELINE "trial.baseline"
#define PROFILE  "trial.ini"

static volatile int stop_flag;

static void on_begin(void *payload, const struct assay_run_info *info, size_t planned)
{
	struct trial *t = payload;

	(void)info, (void)planned;
	t->begun++;
}

static void on_started(void *payload, const char *id, size_t running)
{
	struct trial *t = payload;

	(void)id, (void)running;
	t->started++;
}

static void on_result(void *payload, const struct assay_test_result *result, size_t done, size_t planned)
{
	struct trial *t = payload;

	(void)result, (void)planned;
	t->told++;
	if (t->stop_after && done >= (size_t)t->stop_after)
		stop_flag = SIGINT;
}

static int on_end(void *payload, const struct assay_run *run)
{
	struct trial *t = payload;

	(void)run;
	t->ended++;
	return 0;
}

void carry_out(struct trial *t)
{
	static unsigned char defects[(ASSAY_DEFECT_COUNT + 7) / 8];
	const struct assay_reporter reporter = { t, on_begin, on_started, on_result, on_end };
	const struct assay_reporter *const reporters[] = { &reporter, NULL };
	struct assay_run_options *o = &t->options;
	int r;

	if (t->ini) {
		write_file(PROFILE, t->ini);
		r = assay_profile_read(&t->profile, PROFILE, &t->err);
	} else {
		r = t->url ? assay_profile_from_url(&t->profile, t->url, &t->err)
			   : assay_profile_builtin(&t->profile, &t->err);
	}

	if (r)
		abort();
	memset(defects, 0, sizeof(defects));
	if (t->defect) {
		int n = assay_defect_find(t->defect);

		if (n < 0)
			abort();
		defects[n / 8] |= (unsigned char)(1u << n % 8);
		t->profile->defects = defects;
	}
	if (t->baseline) {
		write_file(BASELINE, t->baseline);
		o->baseline_path = BASELINE;
	}
	stop_flag = 0;
	o->suites = o->suites ? o->suites : fake_suites;
	o->select = t->select;
	o->rerun = t->rerun[0] ? t->rerun : NULL;
	o->profile = t->profile;
	o->reporters = reporters;
	o->stop = &stop_flag;
	o->again = "iscsi-assay run";
	t->exit = assay_run(&t->run, o, &t->err);
	t->orphans = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

const struct assay_test_result *result_of(const struct trial *t, const char *id)
{
	for (size_t i = 0; t->run && i < t->run->count; i++)
		if (!strcmp(t->run->results[i].id, id))
			return &t->run->results[i];
	return NULL;
}

bool exists(const char *id, const char *name)
{
	char path[256];
	struct stat s;

	snprintf(path, sizeof(path), OUT "/%s/%s", id, name);
	return stat(path, &s) == 0 && s.st_size > 0;
}

char program_folder[4096];

void trials_begin(void)
{
	ssize_t n = readlink("/proc/self/exe", program_folder, sizeof(program_folder) - 1);

	if (n < 0)
		abort();
	*strrchr(program_folder, '/') = 0;
	own_folder_begin();
	if (mkdir(OUT, 0777))
		abort();
}

void trials_end(void)
{
	own_folder_end();
}
