/*
 * campaign_bench.c - how many cases a second the player does against a target: `campaign_bench [-n CASES] [-s SEED] [-w WORKLOAD] [-v] URL|PROFILE.ini|builtin`.
 * Workloads: "login" plays the right login again and again (connect, login, NOP-Out, sentinel login, reset), "cases" the cases of the seed, "make" only makes them.
 * It prints one line, and what became of the cases; see campaign_bench.sh for the comparison that docs show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "campaign/play.h"

#define OUTCOMES 8

struct bench {
	unsigned long cases;
	uint64_t seed;
	const char *workload;
	struct assay_player *player;
	unsigned long outcomes[OUTCOMES], ours, withheld;
	bool verbose;
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make(struct assay_case *c, const struct bench *b, uint32_t n)
{
	struct assay_case_id id = { .seed = b->seed, .depth = 1, .path = { n } };

	if (!strcmp(b->workload, "login"))
		assay_case_right(c, 0);
	else
		assay_case_make(c, &id, NULL);
}

static int one(struct bench *b, struct assay_case *c, uint32_t n)
{
	struct assay_played played;
	char id[ASSAY_CASE_TEXT];
	int rc;

	make(c, b, n);
	if (!b->player)
		return 0;
	rc = assay_play(&played, b->player, c);
	if (rc < 0)
		return rc;
	b->outcomes[played.outcome % OUTCOMES]++;
	b->withheld += played.withheld;
	b->ours += played.ours > 0;
	if (b->verbose && played.outcome) {
		assay_case_id_print(id, sizeof(id), &c->id, NULL);
		printf("%s %s: %s: %s\n", id, c->scenario, assay_outcome_name(played.outcome), played.words);
	}
	return 0;
}

static int open_player(
	struct bench *b, const char *where, struct assay_profile **profile, struct assay_error *err)
{
	struct assay_play_options options = { .disruptive = true };
	int rc;

	if (!strcmp(where, "builtin"))
		rc = assay_profile_builtin(profile, err);
	else if (strstr(where, "://"))
		rc = assay_profile_from_url(profile, where, err);
	else
		rc = assay_profile_read(profile, where, err);
	if (rc < 0 || !strcmp(b->workload, "make"))
		return rc;
	(*profile)->setup.write_lun_given = true;
	(*profile)->setup.write_lun = (*profile)->setup.lun;
	rc = assay_player_new(&b->player, *profile, &options, err);
	return rc < 0 ? rc : assay_player_learn(b->player, err);
}

static void report(const struct bench *b, double wall, double cpu)
{
	printf("%s: %lu cases in %.2f s, %.0f/s; our CPU time %.1f us a case;", b->workload, b->cases, wall,
		(double)b->cases / wall, cpu / (double)b->cases * 1e6);
	for (unsigned n = 0; n < OUTCOMES; n++)
		if (b->outcomes[n])
			printf(" %s %lu", assay_outcome_name(n), b->outcomes[n]);
	if (b->player)
		printf("; %u states, %u edges; broken by us %lu, withheld %lu",
			assay_state_graph_states(assay_player_states(b->player)),
			assay_state_graph_edges(assay_player_states(b->player)), b->ours, b->withheld);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct bench b = { .cases = 10000, .seed = 0x5eed, .workload = "cases" };
	struct assay_profile *profile = NULL;
	struct assay_error err = { 0 };
	static struct assay_case c;
	double wall, cpu;
	int option, rc = 0;

	while ((option = getopt(argc, argv, "n:s:w:v")) != -1)
		switch (option) {
		case 'n': b.cases = strtoul(optarg, NULL, 0); break;
		case 's': b.seed = strtoull(optarg, NULL, 0); break;
		case 'w': b.workload = optarg; break;
		case 'v': b.verbose = true; break;
		default: return 2;
		}
	if (optind + 1 != argc || open_player(&b, argv[optind], &profile, &err) < 0) {
		fprintf(stderr, "campaign_bench: %s\n", err.message[0] ? err.message : "name one target");
		return 2;
	}
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned long n = 0; n < b.cases && rc == 0; n++)
		rc = one(&b, &c, (uint32_t)n);
	report(&b, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	assay_player_free(b.player);
	assay_profile_free(profile);
	return rc < 0;
}
