/*
 * run_promoted.c - run_promoted OBJECT SUITE PROFILE: runs the one suite that a shared object has, as `run` does, against the target of a profile: what --promote wrote, compiled, without building the
 * program anew. Prints a line for each verdict; exits as `run` does. Tests of the command line use it; it is no part of the program.
 */
#include <dlfcn.h>
#include <stdio.h>

#include "runner/run.h"

static void begun(void *payload, const struct assay_run_info *info, size_t planned)
{
	(void)payload, (void)info, (void)planned;
}

static void started(void *payload, const char *id, size_t running)
{
	(void)payload, (void)id, (void)running;
}

static void told(void *payload, const struct assay_test_result *result, size_t done, size_t planned)
{
	(void)payload, (void)done, (void)planned;
	printf("%s %s\n", assay_verdict_name(result->verdict), result->id);
}

static int ended(void *payload, const struct assay_run *run)
{
	(void)payload, (void)run;
	return 0;
}

static int run(const struct assay_suite *suite, struct assay_profile *profile, struct assay_error *err)
{
	const struct assay_suite *const suites[] = { suite, NULL };
	const char *const all[] = { NULL };
	const struct assay_reporter reporter = { NULL, begun, started, told, ended };
	const struct assay_reporter *const reporters[] = { &reporter, NULL };
	const struct assay_run_options options = { .suites = suites,
		.select = all,
		.profile = profile,
		.again = "run_promoted",
		.jobs = 1,
		.seed = 1,
		.shard = 1,
		.shards = 1,
		.deadline_ms = 10000,
		.timing_factor = 1,
		.disruptive = true,
		.reporters = reporters };
	struct assay_run *done = NULL;
	int r = assay_run(&done, &options, err);

	assay_run_free(done);
	return r;
}

int main(int argc, char **argv)
{
	void *object = argc == 4 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	const struct assay_suite *suite = object ? dlsym(object, argv[2]) : NULL;
	struct assay_error err = { 0 };
	struct assay_profile *profile;
	int r;

	if (!suite) {
		fprintf(stderr, "run_promoted OBJECT SUITE PROFILE: %s\n",
			argc == 4 ? dlerror() : "three words");
		return 2;
	}
	r = assay_profile_read(&profile, argv[3], &err);
	if (!r) {
		r = run(suite, profile, &err);
		assay_profile_free(profile);
	}
	if (err.message[0])
		fprintf(stderr, "run_promoted: %s\n", err.message);
	return r < 0 ? 5 : r;
}
